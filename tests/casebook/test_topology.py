"""The reported topology, rebuilt: it stalls where the reports say it stalls, and nowhere else."""

from __future__ import annotations

import re

import pytest

from heygem_core.casebook.topology import QUEUE_FULL, Topology, as_arguments, from_arguments
from heygem_core.casebook.topology_observer import Observation, observe
from tests.casebook.census import nothing_left

FEED = "queues.py:_feed"


def watch(topology: Topology) -> Observation:
    """Observe with short deadlines, and check that nothing is left."""
    with nothing_left():
        return observe(topology, settle_s=0.7, limit_s=30.0)


def test_a_consumer_that_works_lets_the_task_end() -> None:
    """Without a fault every item is sent, taken and written, and the task ends well."""
    seen = watch(Topology(items=25, put_timeout_s=20.0))
    assert (seen.ended, seen.ok, seen.sent, seen.taken) == (True, True, 25, 25)
    assert seen.full_after_s is None


def test_a_wedged_consumer_leaves_three_infinite_waits() -> None:
    """After Full the writer waits in get, the service in join, the producer for its feeder thread."""
    seen = watch(Topology(takes=0, put_timeout_s=0.4))
    assert (seen.ended, seen.returned, seen.sent, seen.taken) == (False, True, 10, 0)
    assert seen.full_after_s is not None
    assert seen.full_after_s >= 0.4
    assert seen.alive() == ["service", "init_wh", "audio_transfer", "drivered_video", "write_video"]
    assert seen.witnesses["service"].waits_in("process.py:join")
    assert seen.witnesses["write_video"].waits_in("queues.py:get")
    assert seen.witnesses["drivered_video"].waits_in("queues.py:_finalize_join")
    assert seen.witnesses["drivered_video"].waits_in(FEED)


def test_the_log_has_the_format_of_the_reports() -> None:
    """Every line starts with date, time and milliseconds; the error comes last and says ERROR."""
    seen = watch(Topology(takes=1, put_timeout_s=0.4, batch_size=4))
    stamp = r"\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}\] "
    assert all(re.match(stamp, line) for line in seen.log)
    assert re.fullmatch(rf"{stamp}\[ERROR\] {QUEUE_FULL}", seen.log[-1])
    assert re.search(r"发送数据大小:\[4\], current_idx:44$", "\n".join(seen.log), re.MULTILINE)


def test_items_smaller_than_a_pipe_let_the_producer_go() -> None:
    """Ten items that fit into the pipe's 64 KiB leave the feeder nothing to wait for; the rest stays stuck."""
    seen = watch(Topology(takes=0, put_timeout_s=0.4, height=8, width=8))
    assert not seen.ended
    assert seen.alive() == ["service", "init_wh", "audio_transfer", "write_video"]


@pytest.mark.parametrize("daemonic", [False, True])
def test_a_consumer_that_died_is_a_zombie_until_somebody_joins_it(*, daemonic: bool) -> None:
    """The consumer's corpse stays <defunct>, daemonic or not, because the service waits for another process."""
    seen = watch(Topology(takes=0, fault="die", put_timeout_s=0.4, eternal_daemonic=daemonic))
    assert seen.witnesses["audio_transfer"].state == "Z"
    assert seen.witnesses["audio_transfer"].exit_code == 1
    assert not seen.ended


def test_parameters_survive_the_way_to_another_interpreter() -> None:
    """What goes out as JSON comes back equal."""
    topology = Topology(takes=2, fault="die", item_s=0.25, failure_marker=True)
    assert from_arguments(as_arguments(topology)) == topology
