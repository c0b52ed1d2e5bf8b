"""A turn of a peer that is no benchmark: ``python -m tests.bench.turns PEER FOLDER``."""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main(peer: str, folder: str) -> None:
    """Print a turn and count it; the peer called "broken" cannot."""
    if peer == "broken":
        sys.exit("it has no legs")
    count = Path(folder) / peer
    taken = len(count.read_text()) if count.exists() else 0
    count.write_text("x" * (taken + 1))
    sys.stdout.write(json.dumps({"peer": peer, "value": taken}) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
