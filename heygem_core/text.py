"""Messages that a user sees, in both languages."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Literal

Language = Literal["en", "zh"]


def locale_language() -> Language:
    """Return "zh" under a Chinese locale, else "en"."""
    locale = next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := os.environ.get(name))), "")
    return "zh" if locale.startswith("zh") else "en"


@dataclass(frozen=True)
class Text:
    """One message in both languages."""

    en: str
    zh: str

    def get(self, lang: str) -> str:
        """Return the text in ``lang``: "zh" for Chinese, anything else gives English."""
        return self.zh if lang == "zh" else self.en
