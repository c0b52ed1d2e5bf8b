"""The DataLoader attempts as a program: ``python -m heygem_core.casebook.dataloader_program STACKS NAME…``.

Writes one line of JSON before and one after each attempt; it answers `stacks.ask` in the file STACKS.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import torch

from heygem_core.casebook import dataloader, stacks


def main(arguments: list[str]) -> None:
    """Make the attempts whose names follow the first argument, one after the other."""
    path, *names = arguments
    stacks.answer(Path(path))
    for name in names:
        if name == "fork after CUDA" and not torch.cuda.is_available():
            print(json.dumps({"attempt": name, "no_gpu": True}), flush=True)  # noqa: T201
            continue
        print(json.dumps({"attempt": name}), flush=True)  # noqa: T201
        print(json.dumps({"attempt": name, **dataloader.attempt(name)}), flush=True)  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
