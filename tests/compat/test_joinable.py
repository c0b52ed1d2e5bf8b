"""JoinableQueue: join returns when all is finished, and never waits for the dead."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from hypothesis import settings
from hypothesis.stateful import invariant, rule

from heygem_core.compat import JoinableQueue, SimpleQueue
from heygem_core.compat.members import End
from heygem_core.errors import WorkerDied
from tests.compat import children
from tests.compat.test_queue import QueueMachine
from tests.compat.waiting import DEADLINE_S, Make, Start, assert_told_when_closed, until, until_waits

pytestmark = pytest.mark.breaks


class JoinableMachine(QueueMachine):
    """Any interleaving with task_done: what is unfinished is what was put less what was finished."""

    def build(self, maxsize: int) -> JoinableQueue[bytes]:
        """Return the queue under test."""
        return JoinableQueue(maxsize)

    @rule()
    def task_done(self) -> None:
        """Finish one more, before or after it is taken, or be told that there is none."""
        if self.finished == self.puts:
            with pytest.raises(ValueError, match="too many times"):
                self.queue.task_done()
            return
        self.queue.task_done()
        self.finished += 1

    @invariant()
    def a_join_returns_exactly_when_all_is_finished(self) -> None:
        """It need not wait then; where it would have to, the count says so."""
        if self.finished == self.puts:
            self.queue.join()
        assert self.queue._shared.unfinished() == self.puts - self.finished


TestJoinableMachine = JoinableMachine.TestCase
TestJoinableMachine.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)


@pytest.fixture
def work(make: Make) -> JoinableQueue[Any]:
    """Return a queue to join."""
    queue = make(kind=JoinableQueue)
    assert isinstance(queue, JoinableQueue)
    return queue


@pytest.mark.parametrize("method", ["spawn", "fork"])
def test_join_returns_when_the_workers_have_finished(
    method: str, work: JoinableQueue[Any], make: Make, start: Start
) -> None:
    """Three workers, forty items and an end for each: after join every result is there."""
    results = make()
    workers = [start(children.finish_until_none, work, results, method=method) for _ in range(3)]
    for number in range(40):
        work.put(number)
    work.join()
    assert sorted(results.get_nowait() for _ in range(40)) == list(range(40))
    for _ in workers:
        work.put(None)
    work.join()


def test_join_wakes_although_more_is_put_at_once(work: JoinableQueue[Any]) -> None:
    """There was a moment at which all was finished, and that is enough: a busy producer keeps nobody waiting."""
    work.put(0)
    thread = threading.Thread(target=work.join)
    thread.start()
    until(lambda: work._calls == 1)
    work.task_done()
    work.put(1)
    thread.join(DEADLINE_S)
    assert not thread.is_alive()


def test_a_closed_queue_says_so_to_a_thread_that_joins(make: Make) -> None:
    """As to one that gets."""
    closing: Any = make(kind=JoinableQueue)
    closing.put(0)
    assert_told_when_closed(closing, closing.join)
    for call in (closing.join, closing.task_done):
        with pytest.raises(ValueError, match="is closed"):
            call()


@pytest.mark.parametrize(
    ("manner", "said"),
    [("raise", "RuntimeError: no model"), ("exit", "exited with 3"), ("kill", "SIGKILL|killed, crashed")],
)
def test_all_who_could_finish_are_dead(
    manner: str, said: str, work: JoinableQueue[Any], make: Make, start: Start
) -> None:
    """The only worker dies with an item in work and others in the queue: name, process id and manner."""
    for number in range(3):
        work.put(number)
    worker = start(children.fail_holding, work, make(), manner, 1, 0)
    with pytest.raises(WorkerDied, match=rf"^fail_holding \(pid {worker.pid}\) .*({said})"):
        work.join()


def test_a_worker_that_dies_with_an_item_is_told_although_others_live(
    work: JoinableQueue[Any], make: Make, start: Start
) -> None:
    """The other has come to the queue and would go on; what the dead had in work nobody will finish: how many."""
    ready = make()
    for number in range(2):
        work.put(number)
    victim = start(children.fail_holding, work, ready, "kill", 2, 1)
    assert ready.get(timeout=DEADLINE_S) == "ready"
    other = start(children.finish_until_none, work, make())
    until_waits(work, other.pid or 0, End.GET)
    with pytest.raises(WorkerDied, match=rf"^fail_holding \(pid {victim.pid}\) .*, with 1 unfinished"):
        work.join()
    work.put(None)


def test_what_the_living_have_in_work_is_waited_for(work: JoinableQueue[Any], make: Make, start: Start) -> None:
    """One dies with an item, another works on one: join tells only when that one is finished, and nobody holds any."""
    ready, finish = make(), make()
    work.put(0)
    other = start(children.hold, work, ready, finish)
    assert ready.get(timeout=DEADLINE_S) == "ready"
    work.put(1)
    victim = start(children.fail_holding, work, ready, "kill", 1, 0)
    told: list[str] = []

    def join() -> None:
        try:
            work.join()
        except WorkerDied as error:
            told.append(str(error))

    thread = threading.Thread(target=join)
    thread.start()
    victim.join(DEADLINE_S)
    thread.join(0.3)
    assert (thread.is_alive(), told) == (True, [])
    finish.put("now")
    thread.join(DEADLINE_S)
    assert len(told) == 1
    assert f"(pid {victim.pid})" in told[0]
    other.kill()


def test_a_death_without_an_item_delays_nobody(work: JoinableQueue[Any], make: Make, start: Start) -> None:
    """Killed while it waited for work: the others finish everything, and join returns."""
    victim = start(children.get_for_ever, work, make())
    until_waits(work, victim.pid or 0, End.GET)
    victim.kill()
    victim.join()
    until_waits(work, start(children.finish_until_none, work, make()).pid or 0, End.GET)
    for item in (*range(10), None):
        work.put(item)
    work.join()


@pytest.mark.parametrize(("moment", "left"), [("taking", 1), ("finishing", 0)])
def test_a_death_in_the_middle_leaves_no_wrong_count(
    moment: str, left: int, work: JoinableQueue[Any], start: Start
) -> None:
    """Killed inside the mutex: an item counted and not taken is taken by the next; one finished is finished."""
    work.put("item")
    start(children.die_between, work, moment).join(DEADLINE_S)
    assert work.qsize() == left
    for _ in range(left):
        assert work.get(timeout=DEADLINE_S) == "item"
        work.task_done()
    work.join()
    with pytest.raises(ValueError, match="too many times"):
        work.task_done()


def test_what_is_repaired_is_forgotten(work: JoinableQueue[Any], make: Make, start: Start) -> None:
    """Who is told puts the lost item back and finishes the old one; a new worker does the rest, and join returns."""
    work.put(0)
    start(children.fail_holding, work, make(), "kill", 1, 0)
    with pytest.raises(WorkerDied):
        work.join()
    until_waits(work, start(children.finish_until_none, work, make()).pid or 0, End.GET)
    for item in (0, None):
        work.put(item)
    work.task_done()
    work.join()


def test_a_simple_queue_is_one_without_options(start: Start) -> None:
    """It takes what comes, in order, also from another process."""
    simple: SimpleQueue[Any] = SimpleQueue()
    assert simple.empty()
    start(children.put_numbered, simple, 1, 50).join(DEADLINE_S)
    assert [simple.get()[1] for _ in range(50)] == list(range(50))
    simple.close()
