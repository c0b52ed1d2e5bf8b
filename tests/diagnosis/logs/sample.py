"""Logs written for these tests: what is wrong in them, and the rule that should say so."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from heygem_core.errors import Cause

FOLDER = Path(__file__).parent / "samples"
"""One file for each cause, for "none" and for "other"; each log under a line ``=== name rule=… also=…,…``."""
_HEAD = re.compile(r"^=== (?P<name>\S+)(?: rule=(?P<rule>\S+))?(?: also=(?P<also>\S+))?\n", re.MULTILINE)


@dataclass(frozen=True)
class Sample:
    """A log with what is wrong in it: a ``cause``, or None; ``trouble`` says that something is, cause or not."""

    name: str
    cause: Cause | None
    log: str
    rule: str | None = None
    also: tuple[Cause, ...] = ()
    trouble: bool = True

    def __str__(self) -> str:
        return self.name


def read(label: str) -> list[Sample]:
    """Return the logs of the file for ``label``."""
    text = (FOLDER / f"{label}.txt").read_text(encoding="utf-8")
    heads = list(_HEAD.finditer(text))
    ends = [head.start() for head in heads[1:]] + [len(text)]
    cause = None if label in {"none", "other"} else Cause(label)
    return [
        Sample(
            head["name"],
            cause,
            text[head.end() : end],
            head["rule"],
            tuple(map(Cause, head["also"].split(","))) if head["also"] else (),
            label != "none",
        )
        for head, end in zip(heads, ends, strict=True)
    ]


def written() -> list[Sample]:
    """Return the logs of all files."""
    return [sample for path in sorted(FOLDER.glob("*.txt")) for sample in read(path.stem)]
