"""What is concluded where the state cannot be had here: a hanging driver or disk, a full /dev/shm, a reaped worker."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from heygem_core.diagnosis.diagnosis import HINTED, IMPLIED, STATED, Diagnosis
from heygem_core.diagnosis.watching.calls import MUTEX
from heygem_core.diagnosis.watching.judge import judge
from heygem_core.diagnosis.watching.model import Frame, Kind, Observation, ProcessSeen, ThreadSeen, Wait
from heygem_core.errors import Cause

ROOT, MAKE, WORK = 10, 11, 12
PIPE = 7
PUT = (Frame("put", "multiprocessing/queues.py", 89), Frame("make", "app.py", 3, "/app.py"))


def thread(pid: int, wait: Wait, *, tid: int = 0, **changes: Any) -> ThreadSeen:
    """Return a thread that waited for one thing all through the window."""
    return replace(
        ThreadSeen(tid or pid, "t", (wait,) * 3, still=True, busy=0.0, ran=0.0, read=0, written=0), **changes
    )


def process(pid: int, name: str, *threads: ThreadSeen, **changes: Any) -> ProcessSeen:
    """Return a living process below the root, with both ends of the queue's pipe."""
    seen = ProcessSeen(pid, ROOT, name, name, "S", threads=threads, channels={PIPE: "rw"}, python=True)
    return replace(seen, **changes)


ROOT_JOINS = process(ROOT, "app.py", thread(ROOT, Wait(Kind.CHILD, (MAKE,))), parent=1)
MAKER = process(
    MAKE,
    "make",
    thread(MAKE, Wait(Kind.SEMAPHORE, (99,)), stacks=(PUT,)),
    thread(MAKE, Wait(Kind.WRITES, (PIPE,)), tid=13),
    semaphores=frozenset({99}),
)


def worker(wait: Wait, **changes: Any) -> ProcessSeen:
    """Return the consumer, waiting in ``work``."""
    frame = Frame("work", "app.py", 9, "/app.py")
    return process(WORK, "work", thread(WORK, wait, stacks=((frame,),) * 3), **changes)


def verdict(*processes: ProcessSeen, **changes: Any) -> Diagnosis:
    """Judge a tree of a joining root, a producer before a full queue, and ``processes``."""
    tree: Mapping[int, ProcessSeen] = {each.pid: each for each in (ROOT_JOINS, MAKER, *processes)}
    return judge(replace(Observation(ROOT, 5.0, tree), **changes))[0]


@pytest.mark.parametrize(
    ("wait", "cause", "confidence", "words"),
    [
        (Wait(Kind.DRIVER, call="ioctl"), Cause.WEDGED, HINTED, "NVIDIA driver"),
        (Wait(Kind.DISK, call="io_schedule"), Cause.WEDGED, IMPLIED, "network file system"),
        (Wait(Kind.SLEEPS, timed=True, left_s=3000.0), Cause.WEDGED, IMPLIED, "3000 s to go"),
        (Wait(Kind.SLEEPS, timed=True, left_s=4.0), Cause.SLOW_CONSUMER, HINTED, "sleeps meanwhile"),
    ],
    ids=["driver", "disk", "long sleep", "short sleep"],
)
def test_a_consumer_that_stands_still(wait: Wait, cause: Cause, confidence: float, words: str) -> None:
    """The cause follows from what it stands in; how sure, from what else would look the same."""
    (finding,) = verdict(worker(wait)).findings
    assert (finding.cause, finding.confidence, finding.culprit) == (cause, confidence, f"work ({WORK})")
    assert any(words in line.en for line in finding.evidence)


@pytest.mark.parametrize(
    ("libraries", "share", "confidence"),
    [((), None, IMPLIED), (("libcuda.so.1",), None, HINTED), (("libcuda.so.1",), 0, IMPLIED)],
)
def test_a_loop_in_native_code_may_wait_for_a_gpu(
    libraries: tuple[str, ...], share: int | None, confidence: float
) -> None:
    """Where nothing is known of the GPU it is a hint; where the GPU works nobody is accused."""
    busy = thread(WORK, Wait(Kind.RUNS), still=False, busy=1.0, ran=1.0, loop="poll (libcuda.so.1)")
    spins = process(WORK, "work", busy, busy=1.0, libraries=libraries, gpu_share=share)
    (finding,) = verdict(spins).findings
    assert (finding.cause, finding.confidence, finding.culprit) == (Cause.SPINNING, confidence, f"work ({WORK})")
    assert verdict(replace(spins, gpu_share=40)).findings == ()


def test_who_computes_on_the_gpu_does_not_hang_in_its_driver() -> None:
    """A long kernel and a hang look alike from the processor's side; utilization tells them apart."""
    diagnosis = verdict(worker(Wait(Kind.DRIVER, call="ioctl"), gpu_bytes=1 << 30, gpu_share=90))
    assert Cause.WEDGED not in {finding.cause for finding in diagnosis.findings}


def test_a_consumer_that_was_reaped_leaves_a_queue_without_one() -> None:
    """Nobody is accused who merely has the queue; who is known to be gone is named."""
    (finding,) = verdict(gone=("work (12)",)).findings
    assert (finding.cause, finding.confidence, finding.culprit) == (Cause.QUEUE_FULL_NO_CONSUMER, IMPLIED, None)
    assert "process work (12) is gone" in [line.en for line in finding.evidence]


def test_an_idle_main_process_is_not_the_consumer_that_is_missing() -> None:
    """It has the queue, and waits for clients, or for the day to end."""
    for wait in (Wait(Kind.OUTSIDE, call="accept4"), Wait(Kind.SLEEPS, timed=True, left_s=9999.0)):
        root = process(ROOT, "app.py", thread(ROOT, wait), parent=1)
        (finding,) = judge(Observation(ROOT, 5.0, {ROOT: root, MAKE: MAKER}))[0].findings
        assert (finding.cause, finding.culprit) == (Cause.QUEUE_FULL_NO_CONSUMER, None)


def test_output_that_nobody_outside_reads_is_trouble_of_no_cause_here() -> None:
    """The pipe leads out of the tree: whom to look at is said, nobody inside is accused."""
    root = process(ROOT, "app.py", thread(ROOT, Wait(Kind.WRITES, (5,))), parent=1, channels={5: "w"})
    diagnosis = judge(Observation(ROOT, 5.0, {ROOT: root}, outsiders={5: "tee (77)"}))[0]
    assert (diagnosis.findings, diagnosis.trouble) == ((), True)
    assert diagnosis.collect is not None
    assert "tee (77)" in diagnosis.collect.en


def dead(code: int, name: str = "python") -> ProcessSeen:
    """Return a process that ended and was not reaped."""
    return ProcessSeen(WORK, ROOT, name, "", "Z", exit_code=code)


def test_a_bus_error_and_a_full_shared_memory_explain_each_other() -> None:
    """Both together state it; the death alone is a death."""
    diagnosis = verdict(dead(-signal.SIGBUS), shm_used=0.99)
    assert {finding.cause for finding in diagnosis.findings} == {Cause.WORKER_DIED, Cause.SHM_EXHAUSTED}
    assert all(finding.confidence == STATED for finding in diagnosis.findings)
    full = verdict(shm_used=0.99, gone=("work (12)",))
    assert [(finding.cause, finding.confidence) for finding in full.findings][-1] == (Cause.SHM_EXHAUSTED, HINTED)


def test_the_memory_killer_is_evidence_of_a_death() -> None:
    """Counted by the control group, before or while it was watched; told of a reaped worker as well."""
    (finding,) = verdict(dead(-signal.SIGKILL), oom_before=1).findings
    assert (finding.cause, finding.confidence) == (Cause.WORKER_DIED, STATED)
    assert any("want of memory" in line.en for line in finding.evidence)
    quiet = process(ROOT, "app.py", thread(ROOT, Wait(Kind.OUTSIDE, call="accept4")), parent=1)
    seen = Observation(ROOT, 5.0, {ROOT: quiet}, gone=("work (12)",), oom_kills=1)
    (finding,) = judge(seen)[0].findings
    assert (finding.cause, finding.culprit) == (Cause.WORKER_DIED, "work (12)")


@pytest.mark.parametrize(
    ("code", "name", "found"), [(0, "python", False), (1, "python", True), (1, "nvidia-smi", False)]
)
def test_a_dead_child_of_a_service_that_works_is_a_hint_if_it_was_a_worker(code: int, name: str, found: bool) -> None:
    """One that ended well, and a tool that failed, are nothing; while nobody waits a dead worker is but a hint."""
    root = process(ROOT, "app.py", thread(ROOT, Wait(Kind.OUTSIDE, call="accept4")), parent=1)
    findings = judge(Observation(ROOT, 5.0, {ROOT: root, WORK: dead(code, name)}))[0].findings
    assert [(finding.cause, finding.confidence) for finding in findings] == [(Cause.WORKER_DIED, HINTED)] * found


def test_a_thread_that_may_hold_the_lock_is_no_deadlock() -> None:
    """A request waits for the model's lock while another one computes, or talks to a backend; clients wait."""
    waits = thread(ROOT, Wait(Kind.LOCK, (1,)), tid=20, stacks=((Frame("infer", "app.py", 5, "/app.py"),),))
    computes = thread(ROOT, Wait(Kind.RUNS), busy=0.9, still=False, stacks=((Frame("run", "model.py", 1, "/m.py"),),))
    talks = thread(ROOT, Wait(Kind.OUTSIDE, call="recvfrom"), stacks=((Frame("call", "api.py", 1, "/api.py"),),))
    accepts = thread(ROOT, Wait(Kind.OUTSIDE, call="accept4"), stacks=((Frame("serve", "app.py", 1, "/app.py"),),))
    for other, accused in ((computes, False), (talks, False), (accepts, True)):
        root = process(ROOT, "app.py", other, waits, parent=1, clients=2)
        findings = judge(Observation(ROOT, 5.0, {ROOT: root}))[0].findings
        assert bool(findings) == accused


def test_a_consumer_that_waits_for_an_answer_from_outside_is_not_missing() -> None:
    """Its work may be done there: said, and no finding; one that waits for any of several things is a hint at most."""
    talks = verdict(worker(Wait(Kind.OUTSIDE, call="recvfrom")))
    assert (talks.findings, talks.trouble) == ((), False)
    assert talks.collect is not None
    assert f"work ({WORK}) waits for somebody outside" in talks.collect.en
    (finding,) = verdict(worker(Wait(Kind.OUTSIDE, call="epoll_wait"))).findings
    assert (finding.cause, finding.confidence) == (Cause.QUEUE_FULL_NO_CONSUMER, HINTED)


@pytest.mark.parametrize(("call", "found"), [("futex", []), (MUTEX, [Cause.WEDGED])])
def test_native_code_that_waits_for_work_is_told_from_one_that_waits_for_a_mutex(call: str, found: list[Cause]) -> None:
    """A worker that is joined and has nothing to do waits in a condition of its library; nobody waits in a mutex so."""
    frame = Frame("spin", "app.py", 9, "/app.py")
    idle = process(WORK, "work", thread(WORK, Wait(Kind.LOCK, (1,), call=call), stacks=((frame,),)))
    root = process(ROOT, "app.py", thread(ROOT, Wait(Kind.CHILD, (WORK,))), parent=1)
    findings = judge(Observation(ROOT, 5.0, {ROOT: root, WORK: idle}))[0].findings
    assert [finding.cause for finding in findings] == found


def test_a_dataloader_that_looks_after_its_workers_still_waits_for_them() -> None:
    """Every five seconds it wakes up and opens ten files; on a busy machine a sample may see it do so."""
    wants = (Frame("_next_data", "torch/utils/data/dataloader.py", 1), Frame("train", "app.py", 2, "/app.py"))
    reads = Wait(Kind.READS, (PIPE,), timed=True)
    main = thread(ROOT, reads, stacks=(wants,), still=False, read=61573, written=64, ran=0.03)
    hangs = (Frame("convert", "app.py", 5, "/app.py"), Frame("_worker_loop", "torch/utils/data/_utils/worker.py", 1))
    hung = process(WORK, "DataLoader worker", thread(WORK, Wait(Kind.LOCK, (1,)), stacks=(hangs,)))
    for waits in ((reads,) * 9, (*(reads,) * 8, Wait(Kind.RUNS))):
        root = process(ROOT, "app.py", replace(main, waits=waits), parent=1)
        (finding,) = judge(Observation(ROOT, 5.0, {ROOT: root, WORK: hung}))[0].findings
        assert (finding.cause, finding.confidence) == (Cause.DATALOADER_WORKER_DEADLOCK, STATED)


def test_nobody_delivers_once_somebody_is_known_to_have_ended() -> None:
    """It waits for input that only who joins it could bring: a stall if a producer is gone, else perhaps idleness."""
    keep = process(WORK, "keep", thread(WORK, Wait(Kind.READS, (PIPE,))))
    root = process(ROOT, "app.py", thread(ROOT, Wait(Kind.CHILD, (WORK,))), parent=1)
    seen = Observation(ROOT, 5.0, {ROOT: root, WORK: keep})
    idle = judge(seen)[0]
    assert (idle.findings, idle.trouble) == ((), False)
    assert idle.collect is not None
    assert "this is an idle service" in idle.collect.en
    (finding,) = judge(replace(seen, gone=("make (11)",)))[0].findings
    assert (finding.cause, finding.culprit) == (Cause.QUEUE_EMPTY_NO_PRODUCER, "make (11)")


def test_every_sentence_exists_in_both_languages() -> None:
    """Chinese evidence holds Chinese, and the same numbers and names."""
    for diagnosis in (
        verdict(worker(Wait(Kind.DISK, call="io_schedule"))),
        verdict(gone=("work (12)",)),
        verdict(dead(-signal.SIGBUS), shm_used=0.99),
    ):
        for finding in diagnosis.findings:
            for line in (*finding.evidence, finding.advice()):
                assert line.en.isascii() or "…" in line.en
                assert any("\u4e00" <= character <= "\u9fff" for character in line.zh)
