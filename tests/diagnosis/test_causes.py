"""The registry of causes is complete, in both languages, and gives no folk advice."""

from __future__ import annotations

import re

import pytest

from heygem_core.diagnosis.causes import CAUSES, look_up
from heygem_core.errors import Cause
from heygem_core.text import Text

CHINESE = re.compile(r"[\u4e00-\u9fff]")
QUOTED = re.compile(r'"[^"]*"')
FOLK_ADVICE = re.compile(
    r"sleep|maxsize|(bigger|larger|longer) (queue|timeout|wait)|睡眠|(加大|增大|扩大)队列|延长(等待|超时)",
    re.IGNORECASE,
)
FORMER_KNOBS = ("ORT_PARALLEL", "ORT_LOGGING_LEVEL", "TORCH_DATALOADER_NUM_WORKERS", "OMP_WAIT_POLICY")


def texts(cause: Cause) -> tuple[Text, ...]:
    """Return everything the registry says about ``cause``."""
    entry = CAUSES[cause]
    return entry.title, entry.explanation, entry.shows, entry.remedy, entry.collect


def test_every_cause_has_an_entry_and_no_entry_is_left_over() -> None:
    """The registry's keys are the members of Cause, each under its own name."""
    assert set(CAUSES) == set(Cause)
    assert all(entry.cause is cause for cause, entry in CAUSES.items())


@pytest.mark.parametrize("cause", Cause)
def test_each_text_is_one_line_in_each_language(cause: Cause) -> None:
    """English has Chinese characters only where it quotes a log, Chinese has some; no line break, no stray space."""
    for text in texts(cause):
        assert CHINESE.search(text.zh), text.zh
        assert not CHINESE.search(QUOTED.sub("", text.en)), text.en
        for line in (text.en, text.zh):
            assert line == " ".join(line.split())


@pytest.mark.parametrize("cause", Cause)
def test_no_remedy_recommends_what_does_not_help(cause: Cause) -> None:
    """No longer sleeps, no bigger queues, none of the variables that nothing reads."""
    for text in texts(cause):
        for line in (text.en, text.zh):
            assert not FOLK_ADVICE.search(line)
            assert not any(knob in line for knob in FORMER_KNOBS)


@pytest.mark.parametrize("part", ["title", "explanation", "shows", "remedy", "collect"])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_no_two_causes_say_the_same(part: str, lang: str) -> None:
    """What tells one cause from another differs, field by field."""
    said = [getattr(entry, part).get(lang) for entry in CAUSES.values()]
    assert len(set(said)) == len(Cause)


@pytest.mark.parametrize("cause", Cause)
def test_what_a_log_would_show_is_quoted_alike_in_both_languages(cause: Cause) -> None:
    """Lines of programs are not translated; commands to collect with are the same ones."""
    entry = CAUSES[cause]
    quoted = [line for line in QUOTED.findall(entry.shows.en) if not CHINESE.search(line)]
    assert [line for line in quoted if line not in entry.shows.zh] == []
    for tool in ("nvidia-smi", "py-spy", "pip list", "df -h /dev/shm", "heygem-core doctor", "heygem-core watch"):
        assert (tool in entry.collect.en) == (tool in entry.collect.zh)


def test_an_unknown_spelling_gets_the_entry_of_other() -> None:
    """A report of a newer version can be read: what is not known is not guessed."""
    assert look_up("from-the-future") is CAUSES[Cause.OTHER]
    assert look_up("worker-died") is CAUSES[Cause.WORKER_DIED]
