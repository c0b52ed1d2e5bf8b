"""What people say in words of their own is understood by the things and states that they speak of."""

from __future__ import annotations

from collections import Counter

import pytest

from heygem_core.diagnosis.logs import documents, speech
from heygem_core.diagnosis.logs.combinations import COMBINATIONS
from heygem_core.diagnosis.logs.concepts import Sentence, understand
from heygem_core.diagnosis.logs.concepts_kinds import State
from heygem_core.diagnosis.logs.concepts_states import STATES
from heygem_core.diagnosis.logs.concepts_things import THINGS, Thing
from heygem_core.diagnosis.logs.lines import take_apart
from heygem_core.diagnosis.logs.wording import hits_in
from heygem_core.errors import Cause


def understood(text: str) -> list[Sentence]:
    """Return the sentences of ``text``, understood."""
    return understand((take_apart(text, "", 1), one) for one in speech.sentences(text))


def pointed_to(text: str) -> set[Cause]:
    """Return the causes to which any row points in ``text``."""
    return set(hits_in(understood(text)))


def test_each_row_has_a_name_of_its_own_and_a_reason_in_both_languages() -> None:
    """And every cause that people tell of has rows."""
    assert [name for name, count in Counter(row.name for row in COMBINATIONS).items() if count > 1] == []
    assert all(row.why.en and row.why.zh and row.needs for row in COMBINATIONS)
    assert len({row.cause for row in COMBINATIONS}) == 17


def test_each_thing_and_state_has_words_in_both_languages_and_a_row() -> None:
    """Nothing in the lexicon is without use, and no row needs what has no words."""
    used = {one for row in COMBINATIONS for group in row.needs for need in group for one in need}
    used |= {one for row in COMBINATIONS for one in row.unless}
    assert set(THINGS) == set(Thing)
    assert set(STATES) == set(State)
    assert {*Thing, *State} - used == set()


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("curand isn't part of the image, so the session falls over.", Cause.MISSING_CUDA_LIBRARY),
        ("系统里找不到 cudnn 的动态库。", Cause.MISSING_CUDA_LIBRARY),
        ("The wheel expects cuDNN 9, my machine has cuDNN 8, and the GPU is refused.", Cause.CUDA_VERSION_MISMATCH),
        ("The card sleeps at zero percent, the processor is at full load.", Cause.SILENT_CPU_FALLBACK),
        ("One dependency pulls onnxruntime, another pulls onnxruntime-gpu.", Cause.PACKAGE_CONFLICT),
        ("My Tesla K80 is no longer supported by the binaries.", Cause.UNSUPPORTED_GPU_ARCH),
        ("It fills the VRAM up to the last byte.", Cause.GPU_OUT_OF_MEMORY),
        ("With more than one worker the loader hangs.", Cause.DATALOADER_WORKER_DEADLOCK),
        ("父进程先用了显卡，fork 出来的子进程不能用 cuda。", Cause.FORK_AFTER_CUDA),
        ("A daemon is not allowed to have children.", Cause.DAEMONIC_CHILDREN),
        ("The pod has no room in /dev/shm.", Cause.SHM_EXHAUSTED),
        ("Does a pool need that name-main thing?", Cause.SPAWN_MAIN_GUARD),
        ("One process vanishes and the parent waits.", Cause.WORKER_DIED),
        ("The queue is full and nobody takes from it.", Cause.QUEUE_FULL_NO_CONSUMER),
        ("The stage before delivers nothing.", Cause.QUEUE_EMPTY_NO_PRODUCER),
        ("It is slow, but the result is correct.", Cause.SLOW_CONSUMER),
        ("The cancelled job is still listed as running.", Cause.STALE_TASK_STATE),
        ("视频里检测不到人脸。", Cause.BAD_INPUT),
    ],
)
def test_each_cause_is_pointed_to_in_words(text: str, cause: Cause) -> None:
    """By things and states, not by a phrase."""
    assert cause in pointed_to(text)


@pytest.mark.parametrize(
    "text",
    [
        "It uses the GPU at 95 % and my CPU idles.",
        "The queue never fills.",
        "There is no out of memory on the card.",
        "队列没有满，显存也没有满。",
        "Could you add an option for the output folder?",
    ],
)
def test_what_is_denied_or_said_of_another_thing_points_nowhere(text: str) -> None:
    """A state counts for the thing that it is said of, and only where it is so."""
    assert pointed_to(text) == set()


def test_two_words_belong_together_only_where_they_stand_near() -> None:
    """A long way between them is filled with something else."""
    far = "The VRAM of this machine was bought last year in a shop in the city centre where the shelves were full."
    assert Cause.GPU_OUT_OF_MEMORY in pointed_to("The VRAM is full.")
    assert Cause.GPU_OUT_OF_MEMORY not in pointed_to(far)


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("Everything runs fine, thanks for the great work!", True),
        ("跑了一天没有任何问题", True),
        ("Great work, but it is slow.", False),
        ("It hangs.", False),
    ],
)
def test_who_is_content_without_a_but_reports_no_trouble(text: str, content: bool) -> None:
    """Praise with a but is a complaint."""
    assert documents.satisfied(text) == content
