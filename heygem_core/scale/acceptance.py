"""Whether a machine may be given work: does a session there get the provider that was asked for, and if not, why."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

from heygem_core.diagnosis.diagnosis import Finding
from heygem_core.errors import Cause, NotExaminable
from heygem_core.runtime import environment
from heygem_core.runtime.session import CPU, Provider
from heygem_core.text import Text

SECONDS = 120.0
"""For one examination, of two at most: the first inference on a GPU has taken 12 s (onnxruntime 21541), CUDA's
libraries from a cold network disk more."""


@dataclass(frozen=True)
class Refusal:
    """Why a machine gets no work: doctor's finding where there is one, else what the session said."""

    cause: Cause
    title: Text
    evidence: tuple[Text, ...] = ()
    remedy: Text | None = None

    def words(self) -> Text:
        """Return title and first evidence in one line."""
        if not self.evidence:
            return self.title
        first = self.evidence[0]
        return Text(f"{self.title.en} ({first.en})", f"{self.title.zh}（{first.zh}）")

    def line(self) -> Text:
        """Return the cause and `words`."""
        words = self.words()
        return Text(f"{self.cause}: {words.en}", f"{self.cause}：{words.zh}")

    def as_json(self, lang: str) -> dict[str, Any]:
        """Return it for a report: title and evidence in ``lang``, the remedy in both languages."""
        return {
            "cause": str(self.cause),
            "title": self.title.get(lang),
            "evidence": [text.get(lang) for text in self.evidence],
            "remedy": {"en": self.remedy.en, "zh": self.remedy.zh} if self.remedy else None,
        }


@dataclass(frozen=True)
class Acceptance:
    """What a session got: ``applied`` names the provider; with a ``refusal`` no work may be given."""

    applied: str | None
    refusal: Refusal | None


def examine(provider: Provider) -> Acceptance:
    """Create a session here as the pipeline would, and where it does not get ``provider``, ask doctor why.

    Under "auto" the CPU is accepted. Takes a quarter of a second, with doctor twice that; both in processes of their
    own, which a crash ends without harm.
    """
    told = _session(provider)
    applied = told.get("applied")
    if applied is not None:
        return Acceptance(applied, None)
    finding = _finding("cpu" if provider == "cpu" else "cuda")
    if finding is None:
        return Acceptance(None, Refusal(Cause(told["cause"]), Text(told["detail"], told["detail"])))
    title = finding.heading()
    if finding.culprit:
        title = Text(f"{title.en} — {finding.culprit}", f"{title.zh}——{finding.culprit}")
    return Acceptance(None, Refusal(finding.cause, title, finding.evidence, finding.advice()))


def on_gpu(acceptance: Acceptance) -> bool:
    """Tell whether the session ran on a GPU."""
    return acceptance.applied not in {None, CPU}


def _session(provider: Provider) -> dict[str, Any]:
    command = [sys.executable, "-m", "heygem_core.scale.applied", provider]
    variables = {**os.environ, **environment.child_environment()}
    try:
        done = subprocess.run(
            command,
            env=variables,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired:
        return {"cause": str(Cause.WEDGED), "detail": f"creating a session took longer than {SECONDS:g} s"}
    lines = done.stdout.splitlines()
    if done.returncode == 0 and lines:
        found: dict[str, Any] = json.loads(lines[-1])
        return found
    said = done.stderr.strip().splitlines()[-1:]
    detail = f"creating a session ended with exit code {done.returncode}: {said[0] if said else 'it said nothing'}"
    return {"cause": str(Cause.WORKER_DIED), "detail": detail}


def _finding(wanted: Any) -> Finding | None:
    from heygem_core.diagnosis.doctor import checkup, interpreter

    try:
        findings = checkup.diagnose(interpreter.examine(sys.executable, wanted, seconds=SECONDS)).findings
    except NotExaminable:
        return None
    return findings[0] if findings else None
