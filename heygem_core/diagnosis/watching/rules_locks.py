"""Findings about locks between processes: the owner is gone, or two hold what the other one wants."""

from __future__ import annotations

from collections.abc import Iterable

from heygem_core.diagnosis.diagnosis import HINTED, IMPLIED, STATED, Finding
from heygem_core.diagnosis.watching.graph import Graph, Waiting
from heygem_core.diagnosis.watching.model import Kind, ThreadSeen
from heygem_core.diagnosis.watching.rules_processes import Findings, victims
from heygem_core.diagnosis.watching.words import say, sentence
from heygem_core.errors import Cause
from heygem_core.text import Text

_NEW_QUEUES = Text(
    "restart the workers together with new queues; never kill a process that shares a multiprocessing.Queue and "
    "keep the queue: give each worker a pipe or queue of its own, or use heygem_core.compat.Queue",
    "连同新的队列一起重启工作进程；不要在杀死共享 multiprocessing.Queue 的进程之后继续使用该队列：为每个工作进程"
    "提供独立的管道或队列，或使用 heygem_core.compat.Queue",
)
_ONE_ORDER = Text(
    "take the locks in one order everywhere, and with a timeout; until then end these processes and start the service "
    "anew",
    "各处以同一顺序加锁，并带超时；在此之前结束这些进程并重启服务",
)


def _taken(graph: Graph, *roles: str) -> Iterable[Waiting]:
    """Yield the waits for locks that were taken all the time, one per lock."""
    told: set[int] = set()
    for waiting in graph.waiting:
        if waiting.role in roles and waiting.thread.still and waiting.wait.kind is Kind.SEMAPHORE:
            lock = waiting.wait.objects[0]
            if lock not in told and not graph.seen.values.get(lock, 0):
                told.add(lock)
                yield waiting


def orphaned(graph: Graph, _before: Findings) -> Iterable[Finding]:
    """A lock of a queue that somebody took who is gone: nobody living can hold it, and somebody waits for it."""
    for waiting in _taken(graph, "get", "feed"):
        pipes = graph.untaken(waiting.process) if waiting.role == "get" else ()
        if not any(
            _may_hold(waiting, thread, bool(pipes))
            for pid in waiting.others
            for thread in graph.seen.processes[pid].threads
        ):
            yield _orphaned(graph, waiting, pipes)
    for waiting in _taken(graph, "lock"):
        if not waiting.others:
            yield _orphaned(graph, waiting, ())


def _may_hold(waiting: Waiting, thread: ThreadSeen, data_lies: bool) -> bool:
    """Tell whether a living thread may hold the lock that is waited for.

    The read lock of a queue is held by whoever stands reading it: a pool of idle workers waits so, one in the pipe and
    the others for the lock. That is no explanation where data lies in the pipe and nobody reads it. The write lock is
    held by whoever stands writing.
    """
    if thread.wait == waiting.wait:
        return False
    if waiting.role == "feed":
        return thread.wait.kind is Kind.WRITES or _in_queue(thread, "_feed", "put")
    if not _in_queue(thread, "get") and thread.frames:
        return False
    reads = any(wait.kind is Kind.READS for wait in thread.waits)
    return (reads and not data_lies) or (bool(thread.frames) and not thread.rests)


def _in_queue(thread: ThreadSeen, *functions: str) -> bool:
    inside = ("multiprocessing/queues.py", "multiprocessing/pool.py")
    return any(frame.within(file, *functions, "worker") for frame in thread.frames for file in inside)


def _orphaned(graph: Graph, waiting: Waiting, pipes: tuple[int, ...]) -> Finding:
    seen = graph.seen
    killed = [p for p in seen.processes.values() if p.dead and (p.exit_code or 0) < 0]
    facts = [
        sentence(waiting, seen),
        Text(
            "the lock is taken, and no living process that shares it stands where it could hold it: who took it is "
            "gone",
            "锁已被占用，而共享它的存活进程都不在可能持有它的位置：持有者已经不在了",
        ),
    ]
    if lying := sum(seen.unread.get(inode, 0) for inode in pipes):
        facts.append(say("{count} bytes lie unread in its queue", "其队列中有 {count} 字节未被读取", count=lying))
    ended = [process.label for process in killed] + list(seen.gone)
    facts += [say("process {who} has ended", "进程 {who} 已经结束", who=who) for who in ended]
    facts += [line for line in victims(graph, {waiting.process.pid}) if line not in facts]
    culprit = killed[0].label if killed else f"multiprocessing.Queue lock of {waiting.process.label}"
    sure = HINTED if not waiting.thread.frames else STATED if killed else IMPLIED
    return Finding(Cause.WORKER_DIED, sure, tuple(facts), _NEW_QUEUES, culprit)


def crossed(graph: Graph, before: Findings) -> Iterable[Finding]:
    """Locks of the service's own: two processes want what the other one holds, or all sharers wait for each other."""
    waits = list(_taken(graph, "lock"))
    for number, one in enumerate(waits):
        for other in waits[number + 1 :]:
            if one.process.pid in other.others and other.process.pid in one.others and one.wait != other.wait:
                pair = (one, other)
                facts = [sentence(each, graph.seen, {w.process.pid for w in pair}) for each in pair]
                facts += victims(graph, {each.process.pid for each in pair})
                culprit = f"{one.process.label}, {other.process.label}"
                sure = IMPLIED if all(_exclusive(each.thread) for each in pair) else HINTED
                yield Finding(Cause.WEDGED, sure, tuple(dict.fromkeys(facts)), _ONE_ORDER, culprit)
                return
    if before:
        return
    for waiting in (each for each in waits if _exclusive(each.thread)):
        reached = graph.reach(waiting.others)
        if (
            waiting.others
            and not any(graph.seen.processes[pid].acts for pid in reached)
            and waiting.process.pid in reached
        ):
            facts = [
                sentence(waiting, graph.seen),
                Text(
                    "whoever of them holds it waits in turn, or its owner is gone",
                    "持有该锁的进程自己也在等待，或者持有者已经不在了",
                ),
            ]
            yield Finding(Cause.WEDGED, HINTED, tuple(facts), _ONE_ORDER, waiting.process.label)
            return


def _exclusive(thread: ThreadSeen) -> bool:
    """Tell whether the thread stands in a ``with``: a semaphore that is acquired otherwise may count something."""
    return any(frame.within("multiprocessing/synchronize.py", "__enter__") for frame in thread.frames)
