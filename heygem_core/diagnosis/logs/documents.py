"""Whether what is read speaks of logs instead of being one, and whether who writes is content, or only asks."""

from __future__ import annotations

import re

from heygem_core.diagnosis.logs import speech
from heygem_core.diagnosis.logs.lines import Line

_HEADING = re.compile(r"^#{1,5} \S")
_FIRST_PERSON = re.compile(r"\b(?:I|I'm|I've|my|we|our|please help|anyone)\b|我|请问|求助|大佬")
_MANY_SENTENCES = 80
"""Lines of prose: a report has fewer, a manual more."""


def is_document(lines: list[Line]) -> bool:
    """Tell whether ``lines`` are a manual, an analysis or source code: they speak of messages that nobody has seen.

    What a program has evidently written still counts there.
    """
    told = [line for line in lines if line.text.strip() and not speech.by_program(line)]
    headings = sum(bool(_HEADING.match(line.text)) for line in told)
    items = sum(bool(speech.ITEM.match(line.text)) for line in told)
    if headings >= 3 and items >= 5:
        return True
    code = sum(speech.is_code(line.text) for line in told)
    personal = any(_FIRST_PERSON.search(line.text) for line in told if speech.is_prose(line))
    return (code >= 20 and code > 0.3 * len(told) and not personal) or sum(map(speech.is_prose, told)) > _MANY_SENTENCES


_SATISFIED = re.compile(
    r"\b(?:great work|very satisfied|rock solid|nothing to report|works? (?:on|at) the first (?:try|attempt)|"
    r"(?:everything|all) (?:is |has been )?(?:works?|working|running|runs|ran) (?:well|fine|smoothly|perfectly|great)|"
    r"thanks for (?:the|this|your) (?:great|awesome|nice|good|excellent))\b|\bgreat[.!]|"
    r"赞|非常(?:好用|满意|稳定)|没有任何问题|一切正常|感谢作者|运行(?:很)?稳定",
    re.IGNORECASE,
)
_BUT = re.compile(r"\b(?:but|however|except|unfortunately|although|only)\b|但|不过|可是|就是|然而|除了", re.IGNORECASE)


def satisfied(text: str) -> bool:
    """Tell whether somebody writes ``text`` who is content, without a but."""
    return bool(_SATISFIED.search(text)) and not _BUT.search(text)


_QUESTION = re.compile(r"(?:[?？]|[吗呢])\s*$")


def asks(text: str) -> bool:
    """Tell whether ``text`` is nothing but questions."""
    return all(_QUESTION.search(sentence) for sentence in speech.sentences(text))
