"""A pipeline in every state: the culprit and the cause are named, victims and healthy ones are not."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from heygem_core.diagnosis.diagnosis import HINTED, IMPLIED, STATED, Diagnosis
from heygem_core.diagnosis.watching import proc, registers, stacks
from heygem_core.diagnosis.watching.graph import Graph
from heygem_core.diagnosis.watching.judge import judge
from heygem_core.diagnosis.watching.look import Watcher
from heygem_core.diagnosis.watching.model import ProcessSeen
from heygem_core.errors import Cause
from tests.diagnosis.watching.services import in_state, settle

CALM = ("wedged", "wedged-native", "asleep", "left", "idle", "feeding", "poisoned", "crossed", "talking")
MOVING = ("healthy", "slow", "slow-small", "pool")
BUSY = ("spinning", "computing", "loading", "alone")
NATIVE = ("spinning-native", "spinning-thread")
BLIND = ("wedged", "feeding", "idle", "crossed", "pool")
"""Watched once more as one who may not trace sees them."""
WINDOW_S = 1.2
SLOW_S = 3.0


@dataclass(frozen=True)
class Seen:
    """What came of one watch."""

    diagnosis: Diagnosis
    graph: Graph

    def called(self, name: str) -> ProcessSeen:
        """Return the only process of that name."""
        (found,) = [process for process in self.graph.seen.processes.values() if process.name == name]
        return found


def look(pid: int, seconds: float = WINDOW_S) -> Seen:
    """Watch once."""
    return Seen(*judge(Watcher(pid).look(seconds)))


def watch_all(names: tuple[str, ...], found: dict[str, Seen]) -> None:
    """Start services side by side, let those come to rest that do, watch all at once, and some of them blind."""
    with ExitStack() as stack, ThreadPoolExecutor(len(names)) as pool:
        started = list(pool.map(lambda name: stack.enter_context(in_state(name)), names))
        resting = [service for name, service in zip(names, started, strict=True) if name not in MOVING]
        list(pool.map(lambda service: settle(service.pid), resting))
        seconds = [SLOW_S if name.startswith("slow") else WINDOW_S for name in names]
        seen = list(pool.map(look, [service.pid for service in started], seconds))
        found.update(zip(names, seen, strict=True))
        blind = [(name, service) for name, service in zip(names, started, strict=True) if name in BLIND]
        with pytest.MonkeyPatch.context() as patch:
            FakeRefusal(patch)
            seen = list(pool.map(lambda each: look(each[1].pid), blind))
        found.update({f"{name}, blind": each for (name, _), each in zip(blind, seen, strict=True)})


class FakeRefusal:
    """Stands in for a kernel with kernel.yama.ptrace_scope=1, which this machine's kernel lacks: tracing is refused."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        patch.setattr(proc, "call", lambda _pid, _tid: None)
        patch.setattr(proc, "memory", lambda _pid, _address, _size: None)
        patch.setattr(proc, "unread", lambda _pid, _number: None)
        patch.setattr(registers, "loop", lambda _tid: None)
        patch.setattr(stacks, "take", lambda pids: dict.fromkeys(pids, stacks.REFUSED))


@pytest.fixture(scope="module")
def seen() -> dict[str, Seen]:
    """Watch every state once; the services have ended when the first test begins."""
    found: dict[str, Seen] = {}
    watch_all((*CALM, *MOVING), found)
    watch_all(BUSY, found)
    watch_all(NATIVE, found)
    return found


@pytest.mark.parametrize(
    ("state", "cause", "culprit", "confidence"),
    [
        ("wedged", Cause.WEDGED, "work", STATED),
        ("wedged-native", Cause.WEDGED, "work", STATED),
        ("asleep", Cause.WEDGED, "work", IMPLIED),
        ("talking", Cause.WEDGED, "_never_answer", IMPLIED),
        ("left", Cause.WORKER_DIED, "python", IMPLIED),
        ("slow", Cause.SLOW_CONSUMER, "work", IMPLIED),
        ("slow-small", Cause.SLOW_CONSUMER, "work", IMPLIED),
        ("spinning", Cause.SPINNING, "work", IMPLIED),
        ("spinning-native", Cause.SPINNING, "work", IMPLIED),
        ("spinning-thread", Cause.SPINNING, "work", IMPLIED),
        ("wedged, blind", Cause.WEDGED, "spawned child", HINTED),
    ],
)
def test_the_culprit_is_named_and_nobody_else(
    seen: dict[str, Seen], state: str, cause: Cause, culprit: str, confidence: float
) -> None:
    """One finding: the cause, the process, how sure it is; who waits for it stands in the evidence only."""
    (finding,) = seen[state].diagnosis.findings
    assert (finding.cause, finding.confidence) == (cause, confidence)
    assert finding.culprit is not None
    name, _, pid = finding.culprit.rpartition(" (")
    assert name == culprit
    assert int(pid.rstrip(")")) in seen[state].graph.seen.processes
    told = " ".join(line.en for line in finding.evidence)
    assert finding.culprit in told
    assert "make (" in told or state in {"talking", "wedged, blind"}


@pytest.mark.parametrize("state", ["healthy", "idle", "pool", "alone", "idle, blind", "pool, blind"])
def test_a_healthy_service_has_no_finding(seen: dict[str, Seen], state: str) -> None:
    """Working, warm between tasks, a pool in which all but one wait for a lock, one that computes and nobody waits."""
    diagnosis = seen[state].diagnosis
    assert (diagnosis.findings, diagnosis.trouble, diagnosis.collect) == ((), False, None)


@pytest.mark.parametrize("state", ["computing", "loading"])
def test_who_works_is_not_accused_of_hanging(seen: dict[str, Seen], state: str) -> None:
    """Nothing was taken in the window, the producer stood all the time: but the consumer worked, and that is said."""
    diagnosis = seen[state].diagnosis
    assert (diagnosis.findings, diagnosis.trouble) == ((), False)
    assert diagnosis.collect is not None
    assert seen[state].called("work").label in diagnosis.collect.en
    assert [waiting.role for waiting in seen[state].graph.of(seen[state].called("make").pid)] == ["put", "give"]


@pytest.mark.parametrize("state", ["feeding", "feeding, blind"])
def test_a_queue_that_nobody_serves_has_a_cause_and_no_culprit(seen: dict[str, Seen], state: str) -> None:
    """The producer is through, its process waits for the thread that feeds the queue; no consumer was ever there."""
    (finding,) = seen[state].diagnosis.findings
    assert (finding.cause, finding.culprit) == (Cause.QUEUE_FULL_NO_CONSUMER, None)
    told = " ".join(line.en for line in finding.evidence)
    assert "not one byte was taken" in told
    assert ("waits for the thread that feeds the queue" in told) == (state == "feeding")


@pytest.mark.parametrize(("state", "words"), [("spinning-native", "_spin_in_native_code"), ("spinning-thread", "libc")])
def test_a_loop_in_native_code_is_named(seen: dict[str, Seen], state: str, words: str) -> None:
    """The native code and, where Python called it, the frame; of a thread without any Python only the library."""
    (finding,) = seen[state].diagnosis.findings
    assert words in finding.evidence[0].en
    assert "registers were the same" in finding.evidence[0].en


def test_a_lock_whose_owner_was_killed_is_told_from_a_worker_that_hangs(seen: dict[str, Seen]) -> None:
    """The worker in the killed one's place is a victim: the cause is the death, the remedy new queues."""
    (finding,) = seen["poisoned"].diagnosis.findings
    assert (finding.cause, finding.confidence) == (Cause.WORKER_DIED, IMPLIED)
    assert finding.culprit == f"multiprocessing.Queue lock of {seen['poisoned'].called('work').label}"
    assert "bytes lie unread" in " ".join(line.en for line in finding.evidence)
    assert "new queues" in finding.advice().en


def test_two_that_want_each_other_s_lock_are_named_together(seen: dict[str, Seen]) -> None:
    """Neither is a mere victim of the other."""
    (finding,) = seen["crossed"].diagnosis.findings
    pids = sorted(process.pid for process in seen["crossed"].graph.seen.living if process.name == "_take_both")
    assert finding.cause is Cause.WEDGED
    assert finding.culprit == ", ".join(f"_take_both ({pid})" for pid in pids)


def test_less_is_concluded_where_tracing_is_refused(seen: dict[str, Seen]) -> None:
    """What was refused is said, with what allows it, and no finding is more than a hint."""
    for state, each in seen.items():
        if state.endswith("blind"):
            assert all(finding.confidence == HINTED for finding in each.diagnosis.findings)
            assert any("ptrace_scope" in limit.en for limit in each.graph.seen.limits)
            assert all(stacks.REFUSED in process.limits for process in each.graph.seen.living)
    assert seen["wedged, blind"].diagnosis.collect in seen["wedged, blind"].graph.seen.limits


def test_a_window_is_as_long_as_it_was_asked_for(seen: dict[str, Seen]) -> None:
    """Never shorter; what comes on top is the machine's, which here watches a dozen services at once."""
    for state, each in seen.items():
        asked = SLOW_S if state.startswith("slow") else WINDOW_S
        assert asked <= each.graph.seen.seconds < asked + 20
