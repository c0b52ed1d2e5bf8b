"""The sentences in which a wait and its place are told."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from heygem_core.diagnosis.watching.graph import Graph, Waiting
from heygem_core.diagnosis.watching.model import Frame, Kind, Observation, ProcessSeen
from heygem_core.text import Text

_KINDS = {
    Kind.RUNS: Text("computes", "计算中"),
    Kind.READS: Text("waits for input", "等待输入"),
    Kind.WRITES: Text("waits for room in a pipe", "等待管道腾出空间"),
    Kind.CHILD: Text("waits for a process to end", "等待进程结束"),
    Kind.SEMAPHORE: Text("waits for a lock of a queue", "等待队列的锁"),
    Kind.LOCK: Text("waits for a lock", "等待锁"),
    Kind.SLEEPS: Text("sleeps", "睡眠"),
    Kind.OUTSIDE: Text("waits for the outside", "等待外部事件"),
    Kind.DISK: Text("waits for a disk", "等待磁盘"),
    Kind.DRIVER: Text("waits for the GPU driver", "等待 GPU 驱动"),
    Kind.UNKNOWN: Text("waits", "等待"),
}
_ROLES = {
    "put": Text("waits to put into a queue that is full", "等待向已满的队列放入数据"),
    "give": Text("waits to write into a full pipe", "等待写入已满的管道"),
    "get": Text("waits for the read lock of a queue", "等待队列的读锁"),
    "feed": Text("waits for the write lock of a queue", "等待队列的写锁"),
    "lock": Text("waits for a lock that processes share", "等待进程间共享的锁"),
    "event": Text("waits for an event of another process", "等待其他进程的事件"),
    "take": Text("waits for input", "等待输入"),
    "data": Text("waits for the next batch of its DataLoader", "等待 DataLoader 的下一个批次"),
    "child": Text("waits for the end of a process", "等待进程结束"),
}
_STATES = {
    "R": Text("running", "运行"),
    "S": Text("sleeping", "休眠"),
    "D": Text("disk", "磁盘等待"),
    "T": Text("stopped", "已暂停"),
    "t": Text("traced", "被调试"),
    "Z": Text("defunct", "僵尸"),
    "I": Text("idle", "空闲"),
}
_MOST_NAMES = 6


def say(en: str, zh: str, **values: object) -> Text:
    """Return a sentence with ``values`` filled in, which read the same in both languages."""
    return Text(en.format(**values), zh.format(**values))


def state(process: ProcessSeen) -> Text:
    """Return the process's state in a word."""
    return _STATES.get(process.state, Text(process.state, process.state))


def doing(process: ProcessSeen, graph: Graph) -> Text:
    """Return what a process does, in a few words, and where: its main thread, or the one that tells more."""
    if process.stopped:
        return Text("", "")
    waits = graph.of(process.pid)
    edge = next((w for w in waits if w.needy), next((w for w in waits if w.thread is process.main), None))
    thread = edge.thread if edge is not None else process.main
    if thread is None or not process.threads:
        return Text("?", "?")
    busiest = max(process.threads, key=lambda each: each.busy)
    if process.computes:
        edge, thread = None, busiest if busiest.frames or process.main is None else process.main
    what = _KINDS[Kind.RUNS] if process.computes else _ROLES[edge.role] if edge else _KINDS[thread.wait.kind]
    frame = place(thread.frames) or (place(process.main.frames) if process.main else None)
    where = f": {frame}" if frame else f": {thread.wait.call}" if thread.wait.call else ""
    return Text(what.en + where, what.zh + where.replace(": ", "：", 1))


def place(frames: Iterable[Frame]) -> Frame | None:
    """Return the innermost frame of the user's own code; the innermost at all where there is none."""
    found = tuple(frames)
    own = [f for f in found if not f.file.startswith("<frozen") and not _library(f)]
    return own[0] if own else found[0] if found else None


def _library(frame: Frame) -> bool:
    path = frame.path
    return "/site-packages/" in path or "/dist-packages/" in path or "/lib/python3" in path


def names(pids: Iterable[int], seen: Observation) -> str:
    """Return the labels of processes, in order of their ids, and how many more there are."""
    found = [seen.processes[pid].label for pid in sorted(pids) if pid in seen.processes]
    more = [f"+{len(found) - _MOST_NAMES}"] if len(found) > _MOST_NAMES else []
    return ", ".join(found[:_MOST_NAMES] + more)


def sentence(waiting: Waiting, seen: Observation, blamed: Collection[int] = ()) -> Text:
    """Return who waits for what, and who could bring it.

    Of those who could take what is held up the ``blamed`` alone, if they are among them. Who waits for input may have
    got none from any of them.
    """
    what = _ROLES[waiting.role]
    frame = place(waiting.thread.frames)
    where = f" in {frame}" if frame else ""
    where_zh = f"（{frame}）" if frame else ""
    second = waiting.thread.tid != waiting.process.pid
    name = waiting.thread.name or waiting.thread.tid
    narrowed = waiting.others & set(blamed) if waiting.needy else frozenset()
    others = names(narrowed or waiting.others, seen)
    who = waiting.process.label
    return Text(
        f"{who}{f', thread {name},' if second else ''} {what.en}{where}: {others or 'nobody there'}",
        f"{who}{f' 的线程 {name}' if second else ''} {what.zh}{where_zh}：{others or '没有对象'}",
    )


def sentences(waits: Iterable[Waiting], seen: Observation, blamed: Collection[int] = ()) -> tuple[Text, ...]:
    """Return one sentence per process: of a producer before a full queue the main thread's, not the feeder's too."""
    first: dict[int, Waiting] = {}
    for waiting in sorted(waits, key=lambda each: each.thread.tid != each.process.pid):
        first.setdefault(waiting.process.pid, waiting)
    return tuple(sentence(first[pid], seen, blamed) for pid in seen.processes if pid in first)
