"""docs/casebook.md and its Chinese twin, written from the cases: ``python -m heygem_core.casebook.document [FOLDER]``.

Verdicts are not in it: they belong to the machine that `heygem-core reproduce` ran on.
"""

from __future__ import annotations

import re
import sys
import textwrap
from pathlib import Path

from heygem_core.casebook import registry
from heygem_core.casebook.model import Case
from heygem_core.text import Language, Text

FILES: dict[Language, str] = {"en": "casebook.md", "zh": "casebook.zh.md"}
_WIDTH = 110
_HEAD = Text(
    "# The casebook\n\n"
    "Written by `python -m heygem_core.casebook.document` from the cases; edit those, not this file.\n"
    "What a case observes, its verdict and its evidence come from the machine at hand:\n"
    "`heygem-core reproduce NAME`.\n",
    "# 案例集\n\n"
    "由 `python -m heygem_core.casebook.document` 根据各案例生成；请修改案例，不要修改本文件。\n"
    "每个案例的观察、结论与证据都来自运行它的机器：`heygem-core reproduce NAME`。\n",
)
_CLAIM, _SOURCE = Text("Claim:", "说法："), Text("Source:", "出处：")
_MECHANISM, _CURE = Text("Mechanism:", "机理："), Text("Cure:", "解决办法：")
_CODE = re.compile(r"(`[^`]*`)")


def text(lang: Language) -> str:
    """Return the whole document in ``lang``."""
    return "\n".join([_HEAD.get(lang), *(_section(registry.load(name), lang) for name in registry.NAMES)])


def _section(case: Case, lang: Language) -> str:
    parts = [(_CLAIM, case.claim.get(lang)), (_SOURCE, case.source)]
    parts += [(_MECHANISM, case.mechanism.get(lang)), (_CURE, case.cure.get(lang))]
    told = [_paragraph(f"**{name.get(lang)}** {_escaped(said)}", lang) for name, said in parts if said]
    return "\n\n".join([_escaped(f"## {case.name}: {case.title.get(lang)}"), *told]) + "\n"


def _escaped(said: str) -> str:
    """Return ``said`` with "<" as Markdown prints it; inside code it is printed as it stands."""
    return "".join(part if part.startswith("`") else part.replace("<", "\\<") for part in _CODE.split(said))


def _paragraph(said: str, lang: Language) -> str:
    """Return ``said`` in lines; Chinese in one, because a line's end would be shown as a space."""
    if lang == "zh":
        return said
    return textwrap.fill(said, _WIDTH, break_long_words=False, break_on_hyphens=False)


def main(arguments: list[str]) -> None:
    """Write both files into the folder named in ``arguments``, "docs" without one."""
    folder = Path(arguments[0] if arguments else "docs")
    folder.mkdir(parents=True, exist_ok=True)
    for lang, name in FILES.items():
        (folder / name).write_text(text(lang), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
