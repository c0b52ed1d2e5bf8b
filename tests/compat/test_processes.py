"""Across processes: nothing is lost or doubled, nothing is kept by the dead, and the living are told."""

from __future__ import annotations

import os
import pickle
import queue
import signal
import time

import pytest

from heygem_core.compat.members import End
from heygem_core.errors import Cause, WorkerDied, describe
from heygem_core.pipeline.evidence import stopped
from tests.compat import children
from tests.compat.waiting import DEADLINE_S, Make, Start, until, until_waits

pytestmark = pytest.mark.breaks


@pytest.mark.parametrize("method", ["spawn", "fork"])
def test_many_producers_and_consumers_lose_and_double_nothing(method: str, make: Make, start: Start) -> None:
    """Three put, three get, with items large and small: each arrives once, unharmed, in its producer's order."""
    work, results = make(4), make()
    for name, size in enumerate((0, 3_000, 200_000)):
        start(children.put_numbered, work, name, 60, size, method=method)
    readers = [start(children.get_until_none, work, results, method=method) for _ in range(3)]
    got = [results.get(timeout=DEADLINE_S) for _ in range(180)]
    for _ in readers:
        work.put(None)
    assert [results.get(timeout=DEADLINE_S) for _ in readers] == [None] * 3
    assert all(right for _, _, _, right in got)
    assert sorted((name, number) for _, name, number, _ in got) == [(n, i) for n in range(3) for i in range(60)]
    for reader in {pid for pid, _, _, _ in got}:
        for producer in range(3):
            numbers = [number for pid, name, number, _ in got if (pid, name) == (reader, producer)]
            assert numbers == sorted(numbers)


def test_a_killed_reader_poisons_nothing(make: Make, start: Start) -> None:
    """multiprocessing.Queue's read lock stays with the dead; here the next reader gets what is put."""
    work, ready = make(), make()
    reader = start(children.get_for_ever, work, ready)
    assert ready.get(timeout=DEADLINE_S) == "ready"
    until_waits(work, reader.pid or 0, End.GET)
    reader.kill()
    reader.join()
    work.put("item")
    assert work.get(timeout=DEADLINE_S) == "item"


def test_an_item_outlives_the_producer_that_ends_at_once(make: Make, start: Start) -> None:
    """Once put has returned the item is in the queue, larger than any pipe, whatever becomes of its producer."""
    work = make()
    producer = start(children.put_and_exit, work, b"x" * (8 << 20))
    producer.join(DEADLINE_S)
    assert producer.exitcode == 0
    assert work.get_nowait() == b"x" * (8 << 20)


def test_a_producer_killed_in_put_leaves_no_half_item(make: Make, start: Start) -> None:
    """Its item is not there, the queue works, and who waits for it is told."""
    work = make()
    producer = start(children.die_writing, work)
    with pytest.raises(WorkerDied, match="die_writing"):
        work.get(timeout=DEADLINE_S)
    producer.join()
    assert work.empty()
    work.put(1)
    assert work.get() == 1


def test_a_death_inside_the_mutex_is_mended(make: Make, start: Start) -> None:
    """Killed with the counter stored and the bell silent: the item is got by the one who waits, the mutex is free."""
    work, ready = make(), make()
    start(children.die_in_the_mutex, work, ready)
    assert ready.get(timeout=DEADLINE_S) == "ready"
    assert work.get(timeout=DEADLINE_S) == 7
    work.put(8, timeout=DEADLINE_S)
    assert work.get(timeout=DEADLINE_S) == 8


def test_timeouts_are_honest_even_where_the_mutex_is_kept(make: Make, start: Start) -> None:
    """Its owner is stopped, the worst moment there is: Empty and Full still come; killed, all goes on."""
    work = make()
    owner = start(children.stop_in_the_mutex, work)
    until(lambda: stopped(owner.pid or 0))
    for wait, error in ((lambda: work.get(timeout=0.3), queue.Empty), (lambda: work.put(1, timeout=0.3), queue.Full)):
        began = time.monotonic()
        with pytest.raises(error):
            wait()
        assert 0.3 <= time.monotonic() - began < DEADLINE_S
    owner.kill()
    owner.join()
    assert work.get(timeout=DEADLINE_S) == 7


@pytest.mark.parametrize(
    ("manner", "said"),
    [("raise", "RuntimeError: no model"), ("exit", "exited with 3"), ("kill", "SIGKILL|killed, crashed")],
)
@pytest.mark.parametrize("end", End)
def test_the_survivor_is_told_who_died(manner: str, said: str, end: End, make: Make, start: Start) -> None:
    """A call without a timeout ends with name, process id and manner; a call that need not wait goes on working."""
    work, ready = make(1), make()
    process = start(children.fail, work, ready, manner, end)
    assert ready.get(timeout=DEADLINE_S) == "ready"
    if end is End.PUT:
        work.put(0)
    with pytest.raises(WorkerDied, match=rf"^fail \(pid {process.pid}\) .*({said})") as caught:
        work.get() if end is End.GET else work.put(1)
    assert describe(caught.value)["cause"] == Cause.WORKER_DIED
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)  # noqa: S301 - our own bytes
    with pytest.raises(queue.Full if end is End.PUT else queue.Empty):
        work.put_nowait(1) if end is End.PUT else work.get_nowait()


def test_it_is_told_after_what_is_left_is_taken(make: Make, start: Start) -> None:
    """What the dead had put comes first."""
    work = make()
    producer = start(children.put_numbered, work, 0, 5)
    producer.join(DEADLINE_S)
    killed = start(children.put_and_exit, work, (1, 0, None))
    killed.join(DEADLINE_S)
    assert [work.get()[:2] for _ in range(6)] == [*((0, number) for number in range(5)), (1, 0)]
    with pytest.raises(WorkerDied, match="put_and_exit"):
        work.get()


def test_a_good_end_is_not_a_death(make: Make, start: Start) -> None:
    """All others have left as they should: the get waits its time out."""
    work, ready = make(), make()
    start(children.leave, work, ready).join(DEADLINE_S)
    assert ready.get(timeout=DEADLINE_S) == "ready"
    with pytest.raises(queue.Empty):
        work.get(timeout=0.3)


def test_who_may_still_be_served_is_not_told(make: Make, start: Start) -> None:
    """One of two readers dies, the other only hangs: a put waits its time out, and works once the other goes on."""
    work, ready = make(1), make()
    victim, other = (start(children.get_for_ever, work, ready) for _ in range(2))
    assert [ready.get(timeout=DEADLINE_S) for _ in range(2)] == ["ready"] * 2
    for reader in (victim, other):
        until_waits(work, reader.pid or 0, End.GET)
    os.kill(other.pid or 0, signal.SIGSTOP)
    victim.kill()
    victim.join()
    work.put(1)
    with pytest.raises(queue.Full):
        work.put(2, timeout=0.3)
    os.kill(other.pid or 0, signal.SIGCONT)
    work.put(2, timeout=DEADLINE_S)
    other.kill()


def test_a_replacement_ends_the_bad_news(make: Make, start: Start) -> None:
    """Told once, and again as long as nobody new has come; then the call waits for the new one."""
    work, ready = make(), make()
    start(children.fail, work, ready, "kill").join(DEADLINE_S)
    for _ in range(2):
        with pytest.raises(WorkerDied):
            work.get()
    start(children.put_numbered, work, 5, 1)
    while True:
        try:
            name, _, _ = work.get(timeout=DEADLINE_S)
        except WorkerDied:
            continue
        break
    assert name == 5
