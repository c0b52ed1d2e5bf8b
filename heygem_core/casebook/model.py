"""What a case is, and what it reports: a claim from the field, observed, judged, and the core on the same fault."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from heygem_core.text import Text as Text  # noqa: PLC0414 - re-exported for the cases

_NOTHING = Text("", "")

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

    outcome: Text
    seconds: float
    evidence: tuple[Text, ...]


@dataclass(frozen=True)
class Core:
    """What the core pipeline did on the same fault; cause and culprit are None where it simply succeeded."""

    outcome: Text
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
    """The sentence that the claim comes from, as it stands in a report, a log, or what is told of such services;
    or where the report is."""
    run: Callable[[Options], Finding]
    mechanism: Text = _NOTHING
    """Why it happens, for docs/casebook.md."""
    cure: Text = _NOTHING
    """What to do about it."""


@dataclass(frozen=True)
class Row:
    """What became of one case, in both languages: a finding, or why it was skipped, or why it failed."""

    case: Case
    finding: Finding | None = None
    skipped: Text | None = None
    error: str | None = None
    """Why there is nothing to say; English only, because it is about the case and no diagnosis."""

    @property
    def ending(self) -> Literal[Verdict, "skipped", "failed"]:
        """The verdict, or what there is in its place."""
        if self.finding is not None:
            return self.finding.verdict
        return "failed" if self.error is not None else "skipped"

    def as_json(self, lang: str) -> dict[str, Any]:
        """Return one row of ``heygem-core reproduce --json`` in ``lang``; "error" is there only where it failed."""
        finding = self.finding
        row: dict[str, Any] = {
            "case": self.case.name,
            "title": self.case.title.get(lang),
            "claim": self.case.claim.get(lang),
            "source": self.case.source,
            "verdict": finding and finding.verdict,
            "reported": finding and _reported(finding.reported, lang),
            "core": finding and _core(finding.core, lang),
            "skipped": self.skipped and self.skipped.get(lang),
        }
        return row if self.error is None else {**row, "error": self.error}


def _reported(reported: Reported, lang: str) -> dict[str, Any]:
    return {
        "outcome": reported.outcome.get(lang),
        "seconds": reported.seconds,
        "evidence": [line.get(lang) for line in reported.evidence],
    }


def _core(core: Core, lang: str) -> dict[str, Any]:
    return {"outcome": core.outcome.get(lang), "seconds": core.seconds, "cause": core.cause, "culprit": core.culprit}
