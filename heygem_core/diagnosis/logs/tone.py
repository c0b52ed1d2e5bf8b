"""What a person makes of what he says: he denies, supposes, asks, has it over and done, tried it, finds it fast."""

from __future__ import annotations

import re

_CLAUSE = re.compile(
    r"[.!?;。！？；]\s|\.{2,}|[。！？；，]|,\s|:\s|\s[-–—]+\s|\b(?:but|now|however|yet|then|because|since|due to|"
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


def over(sentence: str) -> bool:
    """Tell whether ``sentence`` says that something is over and done."""
    return bool(_OVER.search(sentence))


def supposed(text: str, start: int) -> bool:
    """Tell whether what stands at ``start`` is only supposed by the person who wrote ``text``."""
    return bool(_SUPPOSED.search(_CLAUSE.split(text[:start])[-1]))


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
    r"reinstalled)|tried|even (?:with|after|if|though)|(?:did|does|do)(?: not|n't) (?:help|solve|fix|change)|did(?: "
    r"not|n't) work|"
    r"no (?:effect|difference|change|help)|not (?:the|a) (?:problem|issue|reason|case)|"
    r"after (?:re-?)?(?:install|updat|upgrad|downgrad|increas|chang|remov|uninstall|add)\w*ing|"
    r"I (?:have |had |'ve )?(?:increased|uninstalled|removed|reinstalled|checked|set|added|matched|"
    r"installed the (?:right|"
    r"correct|matching)))\b|n't (?:the|a) (?:problem|issue|reason|cause)|"
    r"已经?(?:装|改|加|设|卸|删|增|调|试|确认|检查)|试过|(?:改|加|设|换|重装|调大|卸载)(?:了|过).{0,12}(?:还是|仍|"
    r"依然|没用|也)|"
    r"没用|无效|不是.{0,10}(?:问题|原因)|版本(?:是|都)?(?:匹配|一致|对应)的?",
    re.IGNORECASE,
)


def tried(sentence: str) -> bool:
    """Tell whether ``sentence`` says that a remedy was tried already, or that a cause is excluded."""
    return bool(_TRIED.search(sentence))


_FAST = re.compile(
    r"(?:还|也)?(?:挺|很|够|相当)快(?:的|，|。|$)|能做到实时|\b(?:fast enough|pretty fast|very fast)\b", re.IGNORECASE
)
_SLOW = re.compile(r"慢|\bslow", re.IGNORECASE)
_FIRST = re.compile(
    r"第一(?:次|帧|批|张)|首(?:次|帧|批)|\b(?:first|initial) (?:\w+ ){0,2}(?:inference|image|frame|batch|call|"
    r"prediction)s?\b",
    re.IGNORECASE,
)


def warming_up(sentence: str) -> bool:
    """Tell whether ``sentence`` speaks of the first run, which loads and tunes."""
    return bool(_FIRST.search(sentence))


def fast(sentence: str) -> bool:
    """Tell whether ``sentence`` calls it fast enough."""
    return bool(_FAST.search(sentence)) and not _SLOW.search(sentence)


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
