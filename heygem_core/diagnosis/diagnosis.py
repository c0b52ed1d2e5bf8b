"""What doctor, diagnose and watch answer with: causes, most telling first, or none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from heygem_core.diagnosis.causes import CAUSES
from heygem_core.errors import Cause
from heygem_core.text import Text

STATED = 0.95
"""Confidence where the material itself states the cause: the loader's message, an exit signal, a system call."""
IMPLIED = 0.8
"""Confidence where only the order or the absence of events implies it: ten sends and nothing taken."""
HINTED = 0.5
"""Confidence where it fits and something else would fit too; what to collect next is said beside it."""


def same(words: str) -> Text:
    """Return what reads the same in both languages: a quoted line, a path, a figure."""
    return Text(words, words)


@dataclass(frozen=True)
class Finding:
    """One cause with its ``evidence`` and, where more is known than the registry's, the ``remedy`` for this machine.

    ``confidence`` is one of `STATED`, `IMPLIED`, `HINTED`: ranks, not measured probabilities. ``culprit`` names the
    process, library or package that is to blame, where one is. ``title`` stands in for the registry's where that is
    too general.
    """

    cause: Cause
    confidence: float
    evidence: tuple[Text, ...]
    remedy: Text | None = None
    culprit: str | None = None
    title: Text | None = None

    def heading(self) -> Text:
        """Return what it is called: by this finding's own title, or the registry's."""
        return self.title or CAUSES[self.cause].title

    def advice(self) -> Text:
        """Return the remedy: this finding's own, or the registry's."""
        return self.remedy or CAUSES[self.cause].remedy

    def as_json(self, lang: str) -> dict[str, Any]:
        """Return the finding for a report; the evidence in ``lang``, the remedy in both languages."""
        return {
            "cause": str(self.cause),
            "confidence": self.confidence,
            "culprit": self.culprit,
            "evidence": [line.get(lang) for line in self.evidence],
            "remedy": {"en": self.advice().en, "zh": self.advice().zh},
        }


@dataclass(frozen=True)
class Diagnosis:
    """The ranked ``findings``; none of them when nothing decides.

    ``trouble`` says that something is wrong although nothing decides what: then ``evidence`` quotes the symptoms and
    ``collect`` names what to look at next.
    """

    findings: tuple[Finding, ...] = ()
    trouble: bool = False
    evidence: tuple[Text, ...] = ()
    collect: Text | None = None

    @property
    def cause(self) -> Cause | None:
        """The cause to act on, or None."""
        return self.findings[0].cause if self.findings else None

    @property
    def exit_code(self) -> int:
        """1 where a problem was found, with or without its cause, else 0."""
        return int(bool(self.findings) or self.trouble)

    def as_json(self, lang: str) -> dict[str, Any]:
        """Return ``cause``, ``confidence``, ``also``, ``evidence``, ``remedy``, ``trouble``, ``collect``, ``findings``.

        ``remedy`` and ``collect`` are ``{"en", "zh"}`` or null; ``also`` lists the further causes, each once.
        """
        first = self.findings[0].as_json(lang) if self.findings else None
        also = dict.fromkeys(str(finding.cause) for finding in self.findings[1:] if finding.cause != self.cause)
        symptoms = [line.get(lang) for line in self.evidence]
        return {
            "cause": first["cause"] if first else None,
            "confidence": first["confidence"] if first else 0.0,
            "also": list(also),
            "evidence": first["evidence"] if first else symptoms,
            "remedy": first["remedy"] if first else None,
            "trouble": bool(self.exit_code),
            "collect": {"en": self.collect.en, "zh": self.collect.zh} if self.collect else None,
            "findings": [finding.as_json(lang) for finding in self.findings],
        }
