"""What a case is, and what it reports: a claim from the field, observed, judged, and the core on the same fault."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Literal

from heygem_core.text import Text as Text  # noqa: PLC0414 - re-exported for the cases

Verdict = Literal["confirmed", "refuted", "conditional"]


@dataclass(frozen=True)
class Options:
    """How to run a case."""

    put_timeout_s: float = 1.5
    """Timeout of the reported topology's put; the reports show 60 s and, in another version, 600 s."""
    full: bool = False
    """Use the reported 60 s instead of the short timeout."""


@dataclass(frozen=True)
class Reported:
    """What the reported topology did: ``evidence`` lines hold observed facts, never expectations."""

    outcome: str
    seconds: float
    evidence: tuple[str, ...]


@dataclass(frozen=True)
class Core:
    """What the core pipeline did on the same fault; cause and culprit are None where it simply succeeded."""

    outcome: str
    seconds: float
    cause: str | None = None
    culprit: str | None = None


@dataclass(frozen=True)
class Finding:
    """A verdict with what it rests on."""

    verdict: Verdict
    reported: Reported
    core: Core


@dataclass(frozen=True)
class Case:
    """One claim under test.

    ``run`` raises `CaseSkipped` where the machine lacks what the case needs and `EffectNotShown` where the
    effect did not appear; it never returns a verdict that it did not observe.
    """

    name: str
    title: Text
    claim: Text
    source: str
    """The sentence of the report that the claim comes from, as it stands there."""
    run: Callable[[Options], Finding]
    mechanism: Text = Text("", "")
    """Why it happens, for docs/casebook.md."""
    cure: Text = Text("", "")
    """What to do about it."""


def as_json(case: Case, finding: Finding | None, skipped: str | None, lang: str = "en") -> dict[str, Any]:
    """Return one row of ``heygem-core reproduce --json``."""
    row: dict[str, Any] = {
        "case": case.name,
        "title": case.title.get(lang),
        "claim": case.claim.get(lang),
        "source": case.source,
        "verdict": None,
        "reported": None,
        "core": None,
        "skipped": skipped,
    }
    if finding is not None:
        row["verdict"] = finding.verdict
        row["reported"] = {**asdict(finding.reported), "evidence": list(finding.reported.evidence)}
        row["core"] = asdict(finding.core)
    return row
