"""Who is blamed, and when: pure decisions on made-up readings, no processes but this one."""

from __future__ import annotations

import os

import numpy as np
import pytest

from heygem_core.pipeline.liveness import TICK_S, Liveness, Watch
from heygem_core.pipeline.page import ROW_WORDS, ControlPage, Reading, RowWriter, State
from heygem_core.pipeline.standstill import Stall

LIVENESS = Liveness(floor_s=1.0, factor=20.0, ready_s=60.0, first_s=20.0, finish_s=5.0)


def reading(state: State, since_s: float, items: int = 100) -> Reading:
    """Return a row of a worker in ``state`` since ``since_s``, with ``items`` behind it."""
    words = np.zeros(ROW_WORDS, np.int64)
    words[1], words[2], words[3], words[6] = state, int(since_s * 1e9), 1, items
    return Reading(words)


def blame(readings: list[Reading], until_s: float, step_s: float = 0.05) -> tuple[Stall | None, float]:
    """Look at unchanging readings from 0 s on; return the verdict and when it came."""
    watch = Watch(LIVENESS, [0] * len(readings), 4, 0.0)
    now = 0.0
    while now < until_s:
        stall = watch.look(readings, [os.getpid()] * len(readings), now, range(len(readings)))
        if stall is not None:
            return stall, now
        now += min(step_s, watch.timeout(readings, now, range(len(readings))) or step_s)
    return None, now


def test_the_culprit_is_named_and_its_victims_are_not() -> None:
    """With everybody blocked around a wedged stage, only that stage is blamed, within floor + 0.5 s."""
    readings = [
        reading(State.WAITING_FOR_OUTPUT, -100.0),
        reading(State.WAITING_FOR_OUTPUT, -100.0),
        reading(State.WORKING, 0.0),
        reading(State.WAITING_FOR_INPUT, -100.0),
    ]
    stall, when = blame(readings, 5.0)
    assert stall is not None
    assert stall.index == 2
    assert when <= LIVENESS.floor_s + 0.5


@pytest.mark.parametrize("state", [State.IDLE, State.WAITING_FOR_INPUT, State.WAITING_FOR_OUTPUT, State.CLOSING])
def test_waiting_is_never_a_fault_of_the_one_who_waits(state: State) -> None:
    """A stage that waits, for however long, is not blamed while another one gets on."""
    watch = Watch(LIVENESS, [0, 0], 4, 0.0)
    now = 0.0
    while now < 120.0:
        readings = [reading(state, -1e6), reading(State.WORKING, now)]
        assert watch.look(readings, [os.getpid()] * 2, now, {0, 1}) is None
        now += min(0.25, watch.timeout(readings, now, {0, 1}))


def test_what_is_read_of_a_worker_that_owes_nothing_is_not_looked_at() -> None:
    """The row of one who has answered, or has been given up and killed amid its work, delays and hides nobody's."""
    dead, deaf = reading(State.WORKING, -500.0), reading(State.WAITING_FOR_INPUT, -1e6)
    watch = Watch(LIVENESS, [0, 0], 4, 0.0)
    now, stall = 0.0, None
    while stall is None and now < 5.0:
        now += watch.timeout([dead, deaf], now, {1})
        stall = watch.look([dead, deaf], [os.getpid()] * 2, now, {1})
    assert stall is not None
    assert stall.index == 1
    assert now <= LIVENESS.floor_s + 0.5


@pytest.mark.parametrize(
    ("state", "items", "budget_s"),
    [
        (State.LAUNCHED, 0, 60.0),
        (State.OPENING, 0, 60.0),
        (State.STARTING, 0, 20.0),
        (State.WORKING, 0, 20.0),
        (State.WORKING, 100, 1.0),
        (State.FINISHING, 100, 5.0),
    ],
)
def test_each_moment_has_its_own_budget(state: State, items: int, budget_s: float) -> None:
    """Cold start, first item, steady state and finish are judged by their own budgets, not before."""
    stall, when = blame([reading(state, 0.0, items)], 70.0)
    assert stall is not None
    assert budget_s <= when <= budget_s + 0.5


def test_a_stage_that_is_usually_slow_gets_more_time() -> None:
    """The deadline is 20 × the stage's own p99 once that exceeds the floor."""
    page = ControlPage(1)
    writer = RowWriter(page.fd, 0)
    for _ in range(50):
        writer.count(4, 200_000_000, first=False, peak=1)
    writer.enter(State.WORKING, job=1, frame=200)
    assert LIVENESS.budget(page.read(0), 0) == pytest.approx(4.0, rel=0.04)
    page.close()


def test_a_slow_first_item_stands_in_until_there_are_enough() -> None:
    """After one item of 3 s the second may take 60 s: too little is known to blame anybody."""
    page = ControlPage(1)
    writer = RowWriter(page.fd, 0)
    writer.count(4, 3_000_000_000, first=True, peak=1)
    writer.enter(State.WORKING, job=1, frame=4)
    assert LIVENESS.budget(page.read(0), 0) == pytest.approx(60.0)
    page.close()


def test_a_pause_of_the_supervisor_itself_blames_nobody() -> None:
    """After a gap in the supervisor's own clock (SIGSTOP of the whole tree) every stage gets its budget anew."""
    stuck = [reading(State.WORKING, 0.0)]
    watch = Watch(LIVENESS, [0], 4, 0.0)
    watch.timeout(stuck, 0.0, {0})
    assert watch.look(stuck, [os.getpid()], 500.0, {0}) is None
    verdicts = []
    now = 500.0
    while now < 500.9:
        now += watch.timeout(stuck, now, {0})
        verdicts.append(watch.look(stuck, [os.getpid()], now, {0}))
    assert not any(verdicts[:-1])


def test_a_suspect_that_moves_on_is_not_blamed() -> None:
    """A stage that finishes its slow item while under suspicion is cleared: its clock starts anew."""
    watch = Watch(LIVENESS, [0], 4, 0.0)
    now = 0.0
    while now < 2.0:
        row = [reading(State.WORKING, 0.0 if now < 1.1 else 1.08)]
        assert watch.look(row, [os.getpid()], now, {0}) is None
        now += min(0.05, watch.timeout(row, now, {0}) or 0.05)
    assert now > 1.0 + TICK_S
