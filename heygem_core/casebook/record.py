"""What one run of all cases observed, kept for the documents: ``python -m heygem_core.casebook.record [FOLDER]``.

Runs every case, as ``heygem-core reproduce`` does, writes casebook-evidence.json into FOLDER ("docs" without one), and
the documents from it.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from heygem_core.casebook import document, machine, runner
from heygem_core.casebook.model import Row
from heygem_core.errors import EffectNotShown
from heygem_core.text import Text

# A path below one of these says where this machine keeps its files, which is nothing to the reader; its end may be.
_FOLDER = re.compile(r"/(?:home|opt|root|tmp|usr|var)/(?:[\w.+-]+/)*")
_WORTH_KEEPING = {"Processor", "Memory", "GPU", "Python", "onnxruntime-gpu", "torch"}


def record(rows: Sequence[Row]) -> dict[str, Any]:
    """Return ``{"machine", "cases"}`` ready for JSON; raises `EffectNotShown` where a case failed."""
    failed = [f"{row.case.name}: {row.error}" for row in rows if row.ending == "failed"]
    if failed:
        raise EffectNotShown("; ".join(failed))
    facts = [(name, _short(value)) for name, value in machine.facts() if name.en in _WORTH_KEEPING]
    return {
        "machine": [[asdict(name), asdict(value)] for name, value in facts],
        "cases": {row.case.name: _kept(row) for row in rows},
    }


def _short(fact: Text) -> Text:
    """Return a fact without the reason for it."""
    return Text(fact.en.partition(": ")[0], fact.zh.partition("：")[0])


def _kept(row: Row) -> dict[str, Any]:
    if row.finding is None:
        return {"skipped": row.skipped and asdict(row.skipped)}
    evidence = [asdict(_abridged(line)) for line in row.finding.reported.evidence]
    return {"verdict": row.finding.verdict, "evidence": evidence, "core": asdict(_abridged(row.finding.core.outcome))}


def _abridged(text: Text) -> Text:
    en, zh = (" ".join(_FOLDER.sub("…/", told).split()) for told in (text.en, text.zh))
    return Text(en, zh)


def main(arguments: list[str]) -> None:
    """Run all cases, write the record and the documents into the folder named in ``arguments``, "docs" without one."""
    folder = Path(arguments[0] if arguments else "docs")
    kept = record(runner.run([]))
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(kept, ensure_ascii=False, indent=1)
    (folder / document.RECORD).write_text(f"{text}\n", encoding="utf-8")
    document.main([str(folder)])


if __name__ == "__main__":
    main(sys.argv[1:])
