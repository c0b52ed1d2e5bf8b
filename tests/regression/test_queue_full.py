"""queue-full: ten sends, the error, and three waits without an end; the core names the stage instead."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from heygem_core.casebook.cases import queue_full
from heygem_core.casebook.core_run import CoreRun
from heygem_core.casebook.model import Options
from heygem_core.casebook.topology_observer import Observation
from heygem_core.errors import EffectNotShown
from tests.casebook.census import nothing_left
from tests.casebook.recorded import assert_as_recorded

Watched = tuple[dict[str, Observation], CoreRun]


@pytest.fixture(scope="module")
def watched() -> Iterator[Watched]:
    """Run all scenarios once."""
    with nothing_left():
        yield queue_full.watch(Options())


def test_the_finding_is_confirmed_with_the_counts(watched: Watched) -> None:
    """The verdict rests on sends = 10 + taken, and the core names audio_transfer as what was never ready."""
    finding = queue_full.judge(*watched)
    assert_as_recorded(queue_full.CASE, finding)
    assert finding.verdict == "confirmed"
    assert "0 taken: 10 sent; 1 taken: 11 sent; 2 taken: 12 sent" in " ".join(
        line.en for line in finding.reported.evidence
    )
    assert (finding.core.cause, finding.core.culprit) == ("never-ready", "audio_transfer")


def test_the_log_tells_the_events_of_the_report(watched: Watched) -> None:
    """Start, loop, ten sends with indices 1 to 10, the error: in this order and nothing else."""
    assert queue_full.log_sequence(watched[0]["takes 0"].log) == queue_full.SEED_SEQUENCE


def test_the_report_s_own_lines_are_understood() -> None:
    """The lines as they stand in the report give the same events."""
    lines = [
        "[2025-11-09 15:02:09,990] 任务视频驱动队列启动 batch_size:1, len:150",
        "[2025-11-09 15:02:10,025] drivered_video >>>>>>>>>>>>>>>>>>>> 开始循环",
        "[2025-11-09 15:02:10,104] drivered_video >>>>>>>>>>>>>>>>>>>> 发送数据大小:[1], current_idx:1",
        "[2025-11-09 15:02:10,146] drivered_video >>>>>>>>>>>>>>>>>>>> 发送数据大小:[1], current_idx:10",
        "[2025-11-09 15:03:10,149] [ERROR] 任务视频驱动队列满，严重阻塞，下游队列异常",
    ]
    events = queue_full.log_sequence(lines)
    assert events == tuple(queue_full.SEED_SEQUENCE[index] for index in (0, 1, 2, 11, 12))


def test_the_producer_s_process_outlives_its_function(watched: Watched) -> None:
    """The function returned, the process is there, and waits for the thread that feeds the queue."""
    seen = watched[0]["takes 0"]
    producer = seen.witnesses["drivered_video"]
    assert seen.returned
    assert producer.alive
    assert producer.waits_in("queues.py:_finalize_join")
    assert producer.waits_in("queues.py:_feed")
    assert producer.cpu_s <= 0.05 * seen.settled_s


def test_mending_one_of_the_waits_leaves_the_other(watched: Watched) -> None:
    """A timeout in the writer frees the writer only, dropping the feeder frees the producer only."""
    seen = watched[0]
    assert "drivered_video" in seen["writer mended"].alive()
    assert "write_video" not in seen["writer mended"].alive()
    assert "write_video" in seen["producer mended"].alive()
    assert "drivered_video" not in seen["producer mended"].alive()
    assert [seen[name].ended for name in ("writer mended", "producer mended", "both mended")] == [
        False,
        False,
        True,
    ]


@pytest.mark.parametrize(
    ("scenario", "change", "message"),
    [
        ("takes 0", {"log": ()}, "log sequence"),
        ("takes 1", {"sent": 10}, "sends before the error, takes 1"),
        ("takes 2", {"full_after_s": None}, "no put timed out, takes 2"),
        ("writer mended", {"ended": True}, "whether the task ended, writer mended"),
        ("takes 0", {"returned": False}, "feeder"),
        ("marker", {"returned": True}, "marker got through"),
        ("marker", {"witnesses": {}}, "marker got through"),
        ("timeout doubled", {"sent": 11}, "sends before the error, timeout doubled"),
        ("timeout doubled", {"full_after_s": 1.5}, "no put timed out, timeout doubled"),
        ("writer mended", {"witnesses": {}}, "what the task waits for, writer mended"),
        ("producer mended", {"witnesses": {}}, "what the task waits for, producer mended"),
    ],
)
def test_no_verdict_without_the_effect(watched: Watched, scenario: str, change: dict[str, Any], message: str) -> None:
    """Where one observation does not fit, the case fails and says which."""
    seen = {**watched[0], scenario: replace(watched[0][scenario], **change)}
    with pytest.raises(EffectNotShown, match=message):
        queue_full.judge(seen, watched[1])


def test_no_verdict_when_the_core_blames_another(watched: Watched) -> None:
    """A core that names the wrong stage, or leaves processes, fails the case."""
    with pytest.raises(EffectNotShown, match="got write_video"):
        queue_full.judge(watched[0], replace(watched[1], culprit="write_video"))
    with pytest.raises(EffectNotShown, match="1 running"):
        queue_full.judge(watched[0], replace(watched[1], left=1))
