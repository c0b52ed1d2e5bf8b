"""Files of lines to which processes that may be killed at any moment append: what is whole stays, what is torn goes."""

from __future__ import annotations

import os
from pathlib import Path


def append(path: Path, line: bytes) -> None:
    """Append ``line`` and its newline, and return once the disk has it; an unfinished line before it is cut off."""
    with path.open("ab+") as file:
        if file.tell() and os.pread(file.fileno(), 1, file.tell() - 1) != b"\n":
            file.truncate(path.read_bytes().rfind(b"\n") + 1)
        file.write(line + b"\n")
        file.flush()
        os.fsync(file.fileno())


def complete(content: bytes) -> list[bytes]:
    """Return the lines of a file's ``content``; a last one that a kill left unfinished is not there."""
    return content.split(b"\n")[:-1]
