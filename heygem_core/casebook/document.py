"""docs/casebook.md and its Chinese twin, written from the cases: ``python -m heygem_core.casebook.document [FOLDER]``.

Verdicts and evidence are those of one run, kept beside them in casebook-evidence.json by `record`.
"""

from __future__ import annotations

import json
import re
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from heygem_core.casebook import registry
from heygem_core.casebook.model import Case
from heygem_core.text import Language, Text

FILES: dict[Language, str] = {"en": "casebook.md", "zh": "casebook.zh.md"}
_WIDTH = 110
RECORD = "casebook-evidence.json"
"""What `record` kept: ``{"machine", "cases"}``."""
_TITLE = Text("# The casebook", "# 案例集")
_HEAD = Text(
    "Written by `python -m heygem_core.casebook.document` from the cases; edit those, not this file. Verdicts and "
    "evidence are those of one run ({machine}), kept by `python -m heygem_core.casebook.record`; "
    "`heygem-core reproduce NAME` observes on the machine at hand.",
    "由 `python -m heygem_core.casebook.document` 根据各案例生成；请修改案例，不要修改本文件。"
    "结论与证据来自 `python -m heygem_core.casebook.record` 保存的一次运行（{machine}）；"
    "`heygem-core reproduce NAME` 则在当前机器上观察。",
)
_EVIDENCE = Text("Evidence, {verdict}:", "证据（{verdict}）：")
_SKIPPED = Text("Evidence: skipped, {reason}", "证据：跳过，{reason}")
_CORE = Text("the core on the same fault: {outcome}", "core 面对同样的故障：{outcome}")
_VERDICTS = {
    "confirmed": Text("confirmed", "证实"),
    "refuted": Text("refuted", "推翻"),
    "conditional": Text("conditional", "有条件成立"),
}
_CLAIM, _SOURCE = Text("Claim:", "说法："), Text("Source:", "出处：")
_MECHANISM, _CURE = Text("Mechanism:", "机理："), Text("Cure:", "解决办法：")
_MARKS = r"<*_"
_CODE = re.compile(r"(`[^`]*`)")


def text(lang: Language, recorded: Mapping[str, Any]) -> str:
    """Return the whole document in ``lang`` with what was ``recorded``."""
    said = Text("{}: {}", "{}：{}").get(lang).format
    facts = (said(Text(**name).get(lang), Text(**value).get(lang)) for name, value in recorded["machine"])
    head = _paragraph(_HEAD.get(lang).format(machine=Text("; ", "；").get(lang).join(facts)), lang)
    sections = (_section(registry.load(name), lang, recorded["cases"][name]) for name in registry.NAMES)
    return "\n".join([f"{_TITLE.get(lang)}\n\n{head}\n", *sections])


def _section(case: Case, lang: Language, kept: Mapping[str, Any]) -> str:
    said = [_part(_CLAIM, case.claim.get(lang), lang), _part(_SOURCE, case.source, lang)]
    said += [_part(_MECHANISM, case.mechanism.get(lang), lang), *_evidence(kept, lang)]
    said.append(_part(_CURE, case.cure.get(lang), lang))
    return "\n\n".join([_escaped(f"## {case.name}: {case.title.get(lang)}"), *said]) + "\n"


def _part(name: Text, said: str, lang: Language) -> str:
    return _paragraph(f"**{name.get(lang)}** {_escaped(said)}", lang)


def _evidence(kept: Mapping[str, Any], lang: Language) -> list[str]:
    """Return a heading and a list: what was observed, and what the core did; or why there is none."""
    if "skipped" in kept:
        return [_paragraph(f"**{_SKIPPED.get(lang).format(reason=Text(**kept['skipped']).get(lang))}**", lang)]
    verdict = _VERDICTS[kept["verdict"]].get(lang)
    lines = [Text(**line).get(lang) for line in kept["evidence"]]
    lines.append(_CORE.get(lang).format(outcome=Text(**kept["core"]).get(lang)))
    return [
        f"**{_EVIDENCE.get(lang).format(verdict=verdict)}**",
        "\n".join(f"- {_escaped(line, _MARKS)}" for line in lines),
    ]


def _escaped(said: str, special: str = "<") -> str:
    """Return ``said`` with the ``special`` characters as Markdown prints them; inside code all are printed."""
    parts = _CODE.split(said)
    return "".join(part if part.startswith("`") else re.sub(f"([{special}])", r"\\\1", part) for part in parts)


def _paragraph(said: str, lang: Language) -> str:
    """Return ``said`` in lines; Chinese in one, because a line's end would be shown as a space."""
    if lang == "zh":
        return said
    return textwrap.fill(said, _WIDTH, break_long_words=False, break_on_hyphens=False)


def main(arguments: list[str]) -> None:
    """Write both files into the folder named in ``arguments``, "docs" without one, from the record that is there."""
    folder = Path(arguments[0] if arguments else "docs")
    recorded = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    for lang, name in FILES.items():
        (folder / name).write_text(text(lang, recorded), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
