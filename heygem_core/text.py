"""Messages that a user sees, in both languages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Language = Literal["en", "zh"]


@dataclass(frozen=True)
class Text:
    """One message in both languages."""

    en: str
    zh: str

    def get(self, lang: str) -> str:
        """Return the text in ``lang``: "zh" for Chinese, anything else gives English."""
        return self.zh if lang == "zh" else self.en
