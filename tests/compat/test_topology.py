"""The reported service with only the queue's import changed: which of its hangs are gone, and which are not."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from heygem_core.casebook.topology import Topology
from heygem_core.casebook.topology_observer import Observation, observe
from tests.casebook.census import nothing_left

PUT_TIMEOUT_S = 1.0
LIMIT_S = 10.0
"""For the one that never says that its task ended."""
DEAD = Topology(put_timeout_s=PUT_TIMEOUT_S, takes=0, fault="die", queues="compat", result_timeout_s=0.5)
SCENARIOS = {
    "works": replace(DEAD, takes=None, items=25, put_timeout_s=20.0, result_timeout_s=10.0),
    "dead": DEAD,
    "wedged": replace(DEAD, fault="wedge"),
    "wedged, marker": replace(DEAD, fault="wedge", failure_marker=True),
    "wedged, writer mended": replace(DEAD, fault="wedge", writer_timeout_s=0.5),
}
WAITING = ("drivered_video", "write_video")


@pytest.fixture(scope="module")
def seen() -> dict[str, Observation]:
    """Watch all of them."""
    with nothing_left(), ThreadPoolExecutor(len(SCENARIOS)) as pool:
        started = {
            name: pool.submit(observe, topology, settle_s=1.0, limit_s=LIMIT_S) for name, topology in SCENARIOS.items()
        }
        return {name: future.result() for name, future in started.items()}


def waiting(one: Observation) -> list[str]:
    """Return which of the task's processes still run."""
    return [role for role in WAITING if role in one.alive()]


def test_a_service_that_works_goes_on_working(seen: dict[str, Observation]) -> None:
    """Every item is sent, taken and written."""
    one = seen["works"]
    assert (one.ended, one.ok, one.sent, one.taken) == (True, True, 25, 25)


def test_a_dead_consumer_no_longer_hangs_anybody(seen: dict[str, Observation]) -> None:
    """Cured: producer and writer raise `WorkerDied` and end, so both joins of the service return.

    It raises there as well, and then waits for init_wh, which is not daemonic: another fault, and it remains.
    """
    one = seen["dead"]
    assert (one.sent, one.taken, one.full_after_s, one.returned) == (10, 0, None, False)
    assert waiting(one) == []
    assert one.witnesses["service"].waits_in("util.py:_exit_function")
    assert not one.witnesses["service"].waits_in("topology.py:_task")


def test_of_a_wedged_consumer_s_three_waits_one_is_cured(seen: dict[str, Observation]) -> None:
    """Cured: the producer's process ends after Full, no feeder holds it. Remain: writer and service wait on.

    The wedged consumer is alive, and no queue can know that it will not put.
    """
    one = seen["wedged"]
    assert (one.ended, one.sent, one.taken, one.returned) == (False, 10, 0, True)
    assert one.full_after_s is not None
    assert one.full_after_s >= PUT_TIMEOUT_S
    assert waiting(one) == ["write_video"]
    assert one.witnesses["write_video"].waits_in("queue.py:get")
    assert one.witnesses["service"].waits_in("process.py:join")


def test_a_timeout_in_the_writer_is_then_all_that_is_missing(seen: dict[str, Observation]) -> None:
    """With multiprocessing.Queue the task hangs all the same, for its feeder: see queue-full. Here it ends."""
    one = seen["wedged, writer mended"]
    assert (one.ended, one.ok) == (True, False)
    assert waiting(one) == []


def test_a_marker_behind_a_full_queue_still_waits(seen: dict[str, Observation]) -> None:
    """Remains: a put without a timeout into a queue that a living process does not empty."""
    one = seen["wedged, marker"]
    assert (one.ended, one.returned) == (False, False)
    assert waiting(one) == ["drivered_video", "write_video"]
    assert one.witnesses["drivered_video"].waits_in("queue.py:put")
