"""In which tone something is said: by a program, by a person, in source code; denied, supposed, or over and done."""

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
        | @\w | \#(?!\#) | //
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
_CLAUSE = re.compile(
    r"[.!?;。！？；]\s|[。！？；，]|,\s|:\s|\s[-–—]+\s|\b(?:but|now|however|yet|then|because|since|due to|"
    r"instead(?! of))\b|但是?|现在|然而|不过"
)
_DENIED = re.compile(
    r"(?:\b(?:no|not|never|without|neither|nor|none|nothing|unlike|cannot|(?:rule[ds]?|ruling) out|exclude[ds]?|"
    r"free of|"
    r"instead of|rather than|different from|unrelated to|avoid\w*|prevent\w*)\b|n't\b|没有|沒有|并非|不是|"
    r"未(?:见|出现|发现)|无(?:任何)?|排除|避免)"
    r"(?! (?:know|sure|understand|only|just|clear|idea|matter|able|work))(?:\W+\w+){0,4}\W*$",
    re.IGNORECASE,
)
"""A negation, and no more than a few words up to what it denies."""
_SUPPOSED = re.compile(
    r"\b(?:if|in case|whether|might|may|could|would be|should be|suspect\w*|maybe|perhaps|probably|possibly|guess|"
    r"wonder\w*|think|thought|assume\w*|believe|afraid|e\.g|for example|such as|like when|faq|troubleshooting|"
    r"known issues?|"
    r"unless|once you|whenever you|when you|so that|in order to|to check for|check(?:ing)? (?:for|whether)|"
    r"documentation says|readme says|says that)\b|如果|假如|可能|也许|是否|怀疑|例如|比如|万一|猜|应该是|"
    r"遇到.{0,12}(?:时|请)",
    re.IGNORECASE,
)
_OVER = re.compile(
    r"^\s*(?:is|are|was|has) gone\b|"
    r"\b(?:used to (?:get|see|have|fail|crash|hang|happen|occur|print|show|say)|previously|earlier today|(?:was|were|"
    r"is|are|been|got|have) (?:now )?(?:already )?(?:fixed|solved|"
    r"resolved)|(?:error|problem|issue|message|warning|it|this|that|hang|crash)(?:es|s)? "
    r"(?:is|are|was|were|has|have) (?:now )?gone|"
    r"went away|(?<!process )disappear(?:s|ed)?|fixed (?:that|it|this|with|by)|solved (?:that|it|this|with|by)|"
    r"no longer "
    r"(?:get|see|have|fails?|crash\w*|hangs?|happens?|occurs?|appears?|shows?)|last (?:week|month|year|time)|"
    r"in the past|a while ago|does not (?:happen|occur|"
    r"appear) (?:any ?more|again)|"
    r"(?:not|n't) (?:happen|occur|appear|see|get) (?:it |that |this )?(?:any ?more|again))\b|"
    r"已(?:经)?(?:解决|修复)|解决了|不再|以前|上次|之前(?:有|出现|遇到|报)",
    re.IGNORECASE,
)


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
    r"^(?:\[(?:bug|question|help|feature|issue|request|qst|rfc|support|usage|perf|求助|问题|提问|疑问|讨论|反馈)[^\]]*\][:：]?\s*)+",
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
    if line.prefixed or not text or is_code(text) or is_command(text) or _TRACE.match(text):
        return False
    if _BAR.search(text):
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


def over(sentence: str) -> bool:
    """Tell whether ``sentence`` says that something is over and done."""
    return bool(_OVER.search(sentence))


_SETTLED = re.compile(
    r"\b(?:that|this|it|which|(?:the|that|this) (?:error|problem|issue|one))\b.{0,30}"
    r"\b(?:is|was|got|has been|have been) (?:now |already )?(?:fixed|solved|resolved|gone)\b|\bworks now\b|"
    r"\bno longer (?:happens|appears|occurs)\b|已(?:经)?(?:解决|修复)了?|解决了",
    re.IGNORECASE,
)


def supposed(text: str, start: int) -> bool:
    """Tell whether what stands at ``start`` is only supposed by the person who wrote ``text``."""
    return bool(_SUPPOSED.search(_CLAUSE.split(text[:start])[-1]))


def settles(line: Line) -> bool:
    """Tell whether somebody writes on ``line`` that what stands before it is settled."""
    return is_prose(line) and bool(_SETTLED.search(line.text))


_NOT_SO = re.compile(
    r"^(?:(?!\b(?:when|if|while|as|since|although|though)\b).){0,20}\b(?:is|was|are|were|does|did|do)(?: not|n't)\b"
)
_SENTENCE_END = re.compile(r"[.!?](?=\s|$)")
_ASKED_ZH = re.compile(r"(?:是不是|是因为|是由于|会不会|难道|是否)[^。！？；]{0,12}$")
_ASKS_ZH = re.compile(r"^[^。！；]{0,12}(?:吗|嘛|么|呢|？|\?|$)")
"""A question to be answered by yes or no, around what it asks."""
_ASKING = re.compile(r"(?:^|\bor )\s*(?:is|are|was|were|does|do|did|can|could|may|might)\b", re.IGNORECASE)


_TRIED = re.compile(
    r"\b(?:(?:I|we|have|has|had|I've) already|already (?:tried|did|done|checked|set(?! up)|"
    r"increased|removed|uninstalled|"
    r"reinstalled)|tried|even (?:with|after|if|though)|(?:did|does|do)(?: not|n't) (?:help|work|solve|fix|change)|"
    r"no (?:effect|difference|change|help)|not (?:the|a) (?:problem|issue|reason|case)|"
    r"after (?:re-?)?(?:install|updat|upgrad|downgrad|increas|chang|remov|uninstall|add)\w*ing|"
    r"I (?:have |had |'ve )?(?:increased|uninstalled|removed|reinstalled|checked|set|added|matched|"
    r"installed the (?:right|"
    r"correct|matching)))\b|n't (?:the|a) (?:problem|issue|reason|cause)|"
    r"已经?(?:装|改|加|设|卸|删|增|调|试|确认|检查)|试过|(?:改|加|设|换|重装|调大|卸载)(?:了|过).{0,12}(?:还是|仍|依然|没用|也)|"
    r"没用|无效|不是.{0,10}(?:问题|原因)|版本(?:是|都)?(?:匹配|一致|对应)的?",
    re.IGNORECASE,
)


def tried(sentence: str) -> bool:
    """Tell whether ``sentence`` says that a remedy was tried already, or that a cause is excluded."""
    return bool(_TRIED.search(sentence))


_NOT_ZH = tuple("不没未无")


def negated(text: str, start: int, end: int) -> bool:
    """Tell whether what stands from start to end is denied within its clause, or only wondered about."""
    before = _CLAUSE.split(text[:start])[-1]
    return bool(_DENIED.search(before)) or before.endswith(_NOT_ZH) or wondered(text, start, end)


_QUOTED_ERROR = re.compile(r"[\"'`”’] ?(?:errors?|exceptions?|messages?)\b|[\"'”’]的?(?:错误|报错|异常)", re.IGNORECASE)


def denied(text: str, start: int, end: int) -> bool:
    """Tell whether the person who wrote ``text`` denies, supposes or has done with what stands from start to end."""
    before = _CLAUSE.split(text[:start])[-1]
    after = _CLAUSE.split(text[end:])[0]
    if _QUOTED_ERROR.match(after):
        # What is quoted as an error has been seen, whatever is supposed about it.
        return bool(_DENIED.search(before) or _OVER.search(before) or _OVER.search(after))
    return bool(
        _DENIED.search(before)
        or _SUPPOSED.search(before)
        or _OVER.search(before)
        or _OVER.search(after)
        or _NOT_SO.search(after)
        or _asked(text, start, end)
    )


_WONDERED = re.compile(
    r"\b(?:is|was|could|might|may|can) (?:it|this|that|the (?:problem|reason|cause|issue))\b[^.!?]*$", re.IGNORECASE
)


def wondered(text: str, start: int, end: int) -> bool:
    """Tell whether somebody wonders whether what stands from start to end is the reason."""
    if _ASKED_ZH.search(text[:start]) and _ASKS_ZH.search(text[end:]):
        return True
    return bool(_WONDERED.search(text[:start])) and "?" in text[end:]


def _asked(text: str, start: int, end: int) -> bool:
    """Tell whether the sentence around the match is a question that asks just that."""
    if wondered(text, start, end):
        return True
    begin = max((match.end() for match in _SENTENCE_END.finditer(text, 0, start)), default=0)
    stop = _SENTENCE_END.search(text, end)
    return stop is not None and "?" in stop[0] and bool(_ASKING.search(text[begin:start]))
