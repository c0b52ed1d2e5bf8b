"""Logs written for these tests: what is wrong in them, and the rule that should say so."""

from __future__ import annotations

from dataclasses import dataclass

from heygem_core.errors import Cause


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


def sample(
    name: str,
    cause: Cause | None,
    log: str,
    rule: str | None = None,
    *,
    also: tuple[Cause, ...] = (),
    trouble: bool | None = None,
) -> Sample:
    """Return a sample; without a word on ``trouble`` there is one where there is a cause."""
    return Sample(name, cause, log.strip("\n") + "\n", rule, also, cause is not None if trouble is None else trouble)
