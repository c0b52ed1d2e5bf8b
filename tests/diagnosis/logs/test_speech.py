"""What a person asks, or has tried already, weighs less than what he has seen."""

from __future__ import annotations

import pytest

from heygem_core.diagnosis.logs import speech, tone
from heygem_core.diagnosis.logs.lines import take_apart


@pytest.mark.parametrize(
    "sentence",
    [
        "I already reinstalled cudnn.",
        "Even with --shm-size=8g it fails.",
        "That did not help.",
        "It isn't the problem.",
        "已经重装了驱动，还是报错。",
        "调大了 shm 也没用。",
    ],
)
def test_what_was_tried_already_is_told(sentence: str) -> None:
    """A remedy that did not help, or a cause that is excluded."""
    assert tone.tried(sentence)


@pytest.mark.parametrize(
    "sentence", ["It breaks already installed packages.", "The shm size is too small.", "驱动版本太低。"]
)
def test_what_is_only_seen_was_not_tried(sentence: str) -> None:
    """An observation is none."""
    assert not tone.tried(sentence)


@pytest.mark.parametrize(
    ("sentence", "words", "wondered"),
    [
        ("程序被杀，是因为显存不够吗？", "显存不够", True),
        ("会不会是显存不够？", "显存不够", True),
        ("Could it be that there is not enough VRAM?", "not enough VRAM", True),
        ("为什么会爆显存？", "爆显存", False),
        ("Is there any way to reduce VRAM?", "reduce VRAM", False),
        ("显存不够怎么办", "显存不够", False),
    ],
)
def test_only_a_question_whether_it_is_so_leaves_it_open(sentence: str, words: str, wondered: bool) -> None:
    """Who asks why it happens, or what to do about it, has seen it happen."""
    start = sentence.index(words)
    assert tone.wondered(sentence, start, start + len(words)) == wondered


@pytest.mark.parametrize(
    ("text", "number", "prose"),
    [
        ("[Bug] Video queue full", 1, True),
        ("Adjust shared memory", 1, True),
        ("Adjust shared memory", 2, False),
        ("[Worker-3] Video queue full", 1, False),
    ],
)
def test_a_title_needs_no_whole_sentence(text: str, number: int, prose: bool) -> None:
    """It is a note by somebody, with or without a tracker's tag; the same words further below are not."""
    assert speech.may_be_prose(take_apart(text, "", number)) == prose
