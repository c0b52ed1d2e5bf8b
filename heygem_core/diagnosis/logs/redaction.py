"""Keep secrets, links and names of people out of what is quoted from a log."""

from __future__ import annotations

import re

_NAMES = (
    r"(?:password|passwd|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credentials?|"
    r"client[_-]?id|session[_-]?id|signature|密码|口令|密钥|令牌)"
)
_VALUE = r"(?:\"[^\"]*\"?|'[^']*'?|[^\s,;&\"'}\])]+)"
_SHAPES = (
    r"\b(?:(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{12,}|gh[pousr]_\w{16,}|github_pat_\w{16,}|glpat-[\w-]{12,}|"
    r"hf_[A-Za-z0-9]{16,}|sk-[\w-]{16,}|xox[abprs]-[\w-]{8,}|AIza[\w-]{20,}|ya29\.[\w-]{10,}|npm_\w{16,}|"
    r"pypi-[\w-]{16,}|eyJ[\w-]{6,}\.[\w-]{6,}(?:\.[\w-]+)?|dop_v1_\w{16,}|SG\.[\w-]{10,}\.[\w-]{10,})"
)
"""What services give out: AWS, GitHub, GitLab, Hugging Face, OpenAI, Slack, Google, npm, PyPI, JSON web tokens."""
_RULES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(regex, re.IGNORECASE), put)
    for regex, put in (
        (r"-----BEGIN [^-]*-----.*", "<secret>"),
        (
            r"((?:proxy-)?authorization|(?:set-)?cookie|x-[\w-]*(?:key|token|auth)[\w-]*)([\"']?\s*[:=]\s*).*",
            r"\1\2<secret>",
        ),
        (r"\b(bearer|basic|token)\s+(?:(?=[\w.~+/=-]*\d)[\w.~+/=-]{6,}|[\w.~+/=-]{20,})", r"\1 <secret>"),
        (r"\b[a-z][a-z0-9+.-]*://[^\s'\"<>`，。）)\]]+", "<link>"),
        (r"\bgit@[\w.-]+:\S+", "<link>"),
        (
            r"\b(?:www\.[\w-]+|(?:[\w-]+\.)+(?:com|org|net|io|ai|cn|dev|edu|gov|co|xyz|app|"
            r"me))(?=/)[^\s'\"<>`，。）)\]]*",
            "<link>",
        ),
        (r"\bwww\.[\w.-]+", "<link>"),
        (r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", "<email>"),
        (rf"([\w.-]*{_NAMES}[\w.-]*[\"']?\s*(?:[:=：]|=>|是|为)\s*){_VALUE}", r"\1<secret>"),
        (rf"(--?[\w-]*{_NAMES}[\w-]*\s+){_VALUE}", r"\1<secret>"),
        (_SHAPES, "<secret>"),
        (r"((?:/home/|/Users/|\\Users\\|/export/home/))[^/\\\s'\":]+", r"\1<user>"),
    )
)
_BLOB = re.compile(r"(?<![\w/+=-])(?=[\w+/=-]*[a-z])(?=[\w+/=-]*[A-Z])(?=[\w+/=-]*\d)[\w+/=-]{32,}(?![\w/+=-])")
LONGEST_QUOTE = 240
"""Characters of a quoted line."""


def redact(text: str) -> str:
    """Return ``text`` without secrets, links, mail addresses and names of home directories."""
    for regex, put in _RULES:
        text = regex.sub(put, text)
    return _BLOB.sub(lambda match: match[0] if match[0].startswith("_Z") else "<secret>", text)


def quote(text: str, around: int = 0) -> str:
    """Return ``text`` redacted, in one line, shortened to what stands around the character ``around``."""
    # Redacted before it is cut: half a secret is not recognised.
    told = " ".join(redact(text).split())
    if len(told) <= LONGEST_QUOTE:
        return told
    begin = max(0, min(around - LONGEST_QUOTE // 2, len(told) - LONGEST_QUOTE))
    return (
        ("… " if begin else "")
        + told[begin : begin + LONGEST_QUOTE]
        + (" …" if begin + LONGEST_QUOTE < len(told) else "")
    )
