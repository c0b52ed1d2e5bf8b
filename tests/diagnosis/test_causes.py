"""The registry of causes is complete, in both languages, and gives no folk advice."""

from __future__ import annotations

import re

import pytest

from heygem_core.diagnosis.causes import CAUSES, look_up
from heygem_core.errors import Cause
from heygem_core.text import Text

CHINESE = re.compile(r"[\u4e00-\u9fff]")
FOLK_ADVICE = re.compile(
    r"sleep|maxsize|(bigger|larger|longer) (queue|timeout|wait)|睡眠|(加大|增大|扩大)队列|延长(等待|超时)",
    re.IGNORECASE,
)
FORMER_KNOBS = ("ORT_PARALLEL", "ORT_LOGGING_LEVEL", "TORCH_DATALOADER_NUM_WORKERS", "OMP_WAIT_POLICY")


def texts(cause: Cause) -> tuple[Text, Text, Text]:
    """Return everything the registry says about ``cause``."""
    entry = CAUSES[cause]
    return entry.title, entry.explanation, entry.remedy


def test_every_cause_has_an_entry_and_no_entry_is_left_over() -> None:
    """The registry's keys are the members of Cause, each under its own name."""
    assert set(CAUSES) == set(Cause)
    assert all(entry.cause is cause for cause, entry in CAUSES.items())


@pytest.mark.parametrize("cause", Cause)
def test_each_text_is_one_line_in_each_language(cause: Cause) -> None:
    """English has no Chinese character, Chinese has some, neither has a line break or stray spaces."""
    for text in texts(cause):
        assert CHINESE.search(text.zh), text.zh
        assert not CHINESE.search(text.en), text.en
        for line in (text.en, text.zh):
            assert line == " ".join(line.split())


@pytest.mark.parametrize("cause", Cause)
def test_no_remedy_recommends_what_does_not_help(cause: Cause) -> None:
    """No longer sleeps, no bigger queues, none of the variables that nothing reads."""
    for text in texts(cause):
        for line in (text.en, text.zh):
            assert not FOLK_ADVICE.search(line)
            assert not any(knob in line for knob in FORMER_KNOBS)


def test_an_unknown_spelling_gets_the_entry_of_other() -> None:
    """A report of a newer version can be read: what is not known is not guessed."""
    assert look_up("from-the-future") is CAUSES[Cause.OTHER]
    assert look_up("worker-died") is CAUSES[Cause.WORKER_DIED]
