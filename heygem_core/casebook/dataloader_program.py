"""The DataLoader attempts as a program: ``python -m heygem_core.casebook.dataloader_program NAME…``.

Writes one line of JSON before and one after each attempt; SIGUSR1 makes it write its Python stacks to stderr.
"""

from __future__ import annotations

import faulthandler
import json
import signal
import sys

import torch

from heygem_core.casebook import dataloader


def main(names: list[str]) -> None:
    """Make the attempts called ``names``, one after the other."""
    faulthandler.register(signal.SIGUSR1, all_threads=True)
    for name in names:
        if name == "fork after CUDA" and not torch.cuda.is_available():
            print(json.dumps({"attempt": name, "no_gpu": True}), flush=True)  # noqa: T201
            continue
        print(json.dumps({"attempt": name}), flush=True)  # noqa: T201
        print(json.dumps({"attempt": name, **dataloader.attempt(name)}), flush=True)  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
