"""Who says something: a program, a person, a shell, source code; see `tone` for how a person says it."""

from __future__ import annotations

import re

from heygem_core.diagnosis.logs.lines import Line

_CODE = re.compile(
    r"""^\s*(?:
        (?:if|elif|else|while|for|except|try|with)\b.*[:(\[{,\\]\s*(?:\#.*)?$  # "with error: …" opens no block
        | (?:if|for|while|with)\b.*\)(?:\s*as\s\w+)?:\s*\S
        | (?:raise|assert|def|class|import|from|return|print|logger|logging|self)\b
            (?!\s*[:]\s*\S.*[a-z]{3,}\s+[a-z]{3,}\s+[a-z]{3,}\s+[a-z])   # "for example: …" is a sentence
            .*(?:[=({[\\:]|\)\s*$|\bimport\b)
        | [\w.\[\]"']+\s*=\s*[\w"'(\[{]     # an assignment
        | \s{4,}[fru]?["'].*["']\s*[,)]?$ # a continued string
        | [fru]["']
        | @\w | \#(?!\#|[ ](?:Cannot|\w*Error:)) | //
    )""",
    re.VERBOSE,
)
_COMMAND = re.compile(
    r"^\s*(?:[\w.~@:/-]*[$#>]\s+|!|>>>\s|\.\.\.\s|%\s?pip|RUN |CMD |ENTRYPOINT )?"
    r"(?:sudo |export |set |env )*(?:pip3?|uv|conda|mamba|poetry|apt(?:-get)?|docker(?:-compose)?|python3?|bash|sh|cd|"
    r"export|echo|locate|find|ls|cat|grep|ldd|nvidia-smi|nvcc|gunicorn|celery|flask|ffmpeg|git|wget|curl)\b[ \t]+"
    r"(?!(?:fatal|error|warning)\b)(?!\S+:(?:\s|[A-Z]))\S"
)
_PROMPT = re.compile(r"^\s*(?:[\w.~@:()/ -]*[$#]\s|!pip|!apt|>>> |\.\.\. |%\s?pip|RUN )")
_TRACE = re.compile(
    r"^\s*(?:File \"|Traceback \(|\^+$|at \S+ ?\(|#\d+ |"
    r"[\w.]+(?:Error|Exception|Warning|Empty|Full)\b(?! [a-z]+ [a-z]+ [a-z]))"
)
_PERSON = re.compile(
    r"\b(?:I|I'm|I've|I'd|I'll|i|my|me|we|our|you|your|anyone|somebody|someone|please|pls|help|thanks|hello|hi|hey|why|"
    r"how|what|when|while|after|before|tried|trying|works?|worked|working|but|because|seems?|problem|issue|question|"
    r"sometimes|always|never|every ?time|only|still|again|now|then|also|does(?:n't)?|did(?:n't)?|is there|"
    r"happens?|happened|hangs?|stuck|slow|same|expected|on the line|shows?|will|would|takes?)\b",
    re.IGNORECASE,
)
_PERSON_ZH = re.compile(
    r"我|请问|請問|怎么|怎麼|为什么|為什麼|什么|什麼|求助|大佬|一直|之后|之後|后面|现在|現在|之前|可以|没有|沒有|不了|"
    r"不动|"
    r"是不是|能不能|吗|嗎|呢|的时候|時候|都|就|了|很|才|还|還|试|報錯|报错|[，。？！]"
)
_BAR = re.compile(r"\d%\||\bit/s\b|\bs/it\b")
ITEM = re.compile(r"^\s*(?:[-*+] |\d+[.、)] ?|\|.*\|\s*$|```)")
_CJK = re.compile(r"[\u4e00-\u9fff]")
_WARNED = re.compile(r"^\S+:\d+: \w*Warning\b")
"""How Python prints a warning: behind the place, in whole sentences."""


def is_code(text: str) -> bool:
    """Tell whether ``text`` is source code, as a traceback shows it: it names messages that nobody has said."""
    return bool(_CODE.match(text)) and not _TRACE.match(text)


def is_quoted_raise(line: Line) -> bool:
    """Tell whether ``line`` is a report's title that quotes the statement which raised: then it was raised."""
    return line.number == 1 and line.text.lstrip().startswith("raise ")


def is_command(text: str) -> bool:
    """Tell whether ``text`` is something typed into a shell, a notebook or a Dockerfile."""
    return bool(_PROMPT.match(text) or _COMMAND.match(text)) and not _speaks(text)


def _speaks(text: str) -> bool:
    """Tell whether ``text`` goes on as a sentence, as what begins with a program's name may."""
    return len(_CJK.findall(text)) >= 6 or (
        len(_FUNCTION_WORD.findall(text)) >= 3 and " -" not in text and "/" not in text
    )


_FUNCTION_WORD = re.compile(
    r"\b(?:a|an|the|is|are|was|were|has|have|had|been|it|its|this|that|there|with|on|in|of|to|and|or|for|from|by|at|"
    r"than|use[sd]?|using|get|got|run|runs|ran|running|usage|reaches|stays|cost|costs|only|all|any|some|more|very|too|"
    r"low|high|instead|always)\b",
    re.IGNORECASE,
)
_STANDS_STILL = re.compile(r"\b(?:deadlocks?|deadlocked|freez(?:es|ing)|frozen|stalls|stalled)$", re.IGNORECASE)
"""So a title ends that somebody gives to a report."""
_PROGRAM = re.compile(
    r"^[\w./ -]{1,40}(?:Error|Warning|Exception)\b|^\S*[\\/]\S+:\d+|^\[|^\||^[+=*#-]{3,}|\bERROR\b|\.\.\.$|"
    r"0x[0-9a-f]{6,}"
)


_TAG = re.compile(
    r"^(?:\[(?:bug|question|help|feature|issue|request|qst|rfc|support|usage|perf|求助|问题|提问|疑问|讨论|"
    r"反馈)[^\]]*\][:：]?\s*)+",
    re.IGNORECASE,
)
"""What trackers put before a title."""


def may_be_prose(line: Line) -> bool:
    """Tell whether a person may have written ``line``: also terse notes, which read like a program's messages."""
    text = line.text.strip()
    if line.number == 1:
        text = _TAG.sub("", text)
    if is_prose(line):
        return True
    if line.prefixed or is_code(text) or is_command(text) or _TRACE.match(text) or _PROGRAM.search(text):
        return False
    if _BAR.search(text):
        return False
    if _CJK.search(text):
        return len(_CJK.findall(text)) >= 4
    if line.number == 1:
        return len(re.findall(r"[A-Za-z']+", text)) >= 3
    marks = (_FUNCTION_WORD, _PERSON, _STANDS_STILL)
    return len(re.findall(r"[A-Za-z']+", text)) >= 3 and any(mark.search(text) for mark in marks)


_SENTENCE = re.compile(r"^[A-Z][^=<>{}\[\]|]*[a-z][.!?]$")


def is_prose(line: Line) -> bool:
    """Tell whether a person wrote ``line`` rather than a program."""
    text = line.text.strip()
    if line.prefixed or not text or is_code(text) or is_command(text) or _TRACE.match(text) or _WARNED.match(text):
        return False
    if _BAR.search(text) or len(_SETTING.findall(text)) >= _MANY_SETTINGS:
        return False
    if len(_CJK.findall(text)) >= 4:
        return bool(_PERSON_ZH.search(text) or ITEM.match(text)) and not text.startswith("[")
    words = re.findall(r"[A-Za-z']+", text)
    if len(words) < 4 or text[0] in "[|{<":
        return False
    return bool(_PERSON.search(text)) or _is_a_report(text, words) or _is_a_sentence(text, words)


def _is_a_sentence(text: str, words: list[str]) -> bool:
    """Tell whether ``text`` is punctuated as a sentence of two clauses."""
    whole = bool(_SENTENCE.match(text)) and "," in text and not _PROGRAM.search(text)
    return whole and len(words) >= 7 and len(_FUNCTION_WORD.findall(text)) >= 2


_SETTING = re.compile(r"\b\w+=[\w'\"(\[]")
_MANY_SETTINGS = 5
"""In one line: so programs print their configuration."""
_LONG = 18
"""Words: what a program says in one line is shorter, or has a mark of programs in it."""


def _is_a_report(text: str, words: list[str]) -> bool:
    """Tell whether ``text`` reads like what somebody writes who does not speak of himself."""
    return len(words) >= _LONG and len(_FUNCTION_WORD.findall(text)) >= 5 and not _PROGRAM.search(text)


def by_program(line: Line) -> bool:
    """Tell whether ``line`` is evidently a program's: with a time or a level, of a traceback, or a progress bar."""
    return line.prefixed or bool(_TRACE.match(line.text) or _BAR.search(line.text))


def sentences(text: str) -> list[str]:
    """Split what a person wrote into sentences."""
    return [
        part for part in re.split(r"(?<=[.!?;])(?<!\be\.g\.)(?<!\bi\.e\.)\s+|(?<=[。！？；])", text) if part.strip()
    ]


_SETTLED = re.compile(
    r"\b(?:that|this|it|which|(?:the|that|this) (?:error|problem|issue|one))\b.{0,30}"
    r"\b(?:is|was|got|has been|have been) (?:now |already )?(?:fixed|solved|resolved|gone)\b|\bworks now\b|"
    r"\bno longer (?:happens|appears|occurs)\b|已(?:经)?(?:解决|修复)了?|解决了",
    re.IGNORECASE,
)


def settles(line: Line) -> bool:
    """Tell whether somebody writes on ``line`` that what stands before it is settled."""
    return is_prose(line) and bool(_SETTLED.search(line.text))
