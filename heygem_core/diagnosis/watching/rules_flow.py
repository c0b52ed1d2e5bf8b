"""Findings about the flow of work: who computes without end, who is slow, a queue that nobody serves."""

from __future__ import annotations

from collections.abc import Iterable

from heygem_core.diagnosis.diagnosis import HINTED, IMPLIED, Finding
from heygem_core.diagnosis.watching.graph import Graph, Waiting, semaphore_role
from heygem_core.diagnosis.watching.model import Kind, ProcessSeen, ThreadSeen
from heygem_core.diagnosis.watching.rules_processes import Findings, victims
from heygem_core.diagnosis.watching.words import names, place, say, sentence
from heygem_core.errors import Cause
from heygem_core.text import Text

SLOW_ITEMS_PER_S = 1.0
"""A good run of the reported service takes 0.44 to 0.47 s per item (a batch of four frames), one that fell back to the
CPU 12 s, another slow one 5.3 s: at one item per second and fewer a full queue is told as slowness."""
_MOSTLY = 0.8
"""Share of the samples in which a producer stood before a full queue."""
_HEADER_BYTES = 4
"""multiprocessing/connection.py writes the length of a message in front of it."""


def spinning(graph: Graph, before: Findings) -> Iterable[Finding]:
    """A process that others wait for, and that computes without leaving one place in its Python code, or a loop of
    native code in which nothing changes."""
    if any(finding.confidence >= IMPLIED for finding in before):
        return
    held_up = [waiting for waiting in graph.waiting if waiting.needy]
    reached = {pid for waiting in held_up for pid in graph.reach(waiting.others)}
    for process in graph.seen.living:
        if process.pid not in reached or not process.computes:
            continue
        thread = max(process.threads, key=lambda each: each.busy)
        frame = thread.stands_in
        # Who waits for a GPU that works goes round, too.
        if thread.loop and not process.gpu_share:
            yield _spins_in_native_code(graph, process, thread)
        if frame is None or thread.library != "" or thread.read or thread.written or thread.loop:
            continue
        same = thread.unchanged
        what = say(
            "{who} used {share:.0%} of a processor for {seconds:.1f} s and moved no byte; each time it was looked at "
            "it stood in {frame}, in Python itself, its variables {changed}",
            "{who} 在 {seconds:.1f} 秒内占用处理器 {share:.0%}，没有读写任何数据；每次查看都停在 {frame}，"
            "执行的是 Python 代码本身，变量{changed_zh}",
            who=process.label,
            share=thread.busy,
            seconds=graph.seen.seconds,
            frame=frame,
            changed="unchanged" if same else "changing",
            changed_zh="没有变化" if same else "在变化",
        )
        facts = (what, *victims(graph, {process.pid}))
        remedy = say(
            "see what the loop in {frame} waits for: a flag that nobody sets, or a queue that it asks without waiting; "
            "if it is honest work, watch longer",
            "查看 {frame} 中的循环在等待什么：没有人设置的标志，或不带等待地反复查询的队列；如果确实是在正常计算，"
            "请观察更久",
            frame=frame,
        )
        yield Finding(Cause.SPINNING, IMPLIED if same else HINTED, facts, remedy, process.label)


def _spins_in_native_code(graph: Graph, process: ProcessSeen, thread: ThreadSeen) -> Finding:
    frame = place(thread.frames)
    what = say(
        "{who} used {share:.0%} of a processor for {seconds:.1f} s and moved no byte; its thread {thread} goes round "
        "in {loop}{where}, and each time it came by the processor's registers were the same",
        "{who} 在 {seconds:.1f} 秒内占用处理器 {share:.0%}，没有读写任何数据；线程 {thread} 在 {loop} "
        "中原地循环{where_zh}，每次经过同一处时处理器寄存器都相同",
        who=process.label,
        share=thread.busy,
        seconds=graph.seen.seconds,
        thread=thread.name or thread.tid,
        loop=thread.loop,
        where=f", called from {frame}" if frame else "",
        where_zh=f"（由 {frame} 调用）" if frame else "",
    )
    remedy = say(
        "it waits without sleeping for what nobody does: a spin lock that is not released, a flag, a device that does "
        "not answer; end {who} and start the service anew with new queues, and look at what called {loop}",
        "它在不休眠地等待不会发生的事：没有释放的自旋锁、标志，或没有应答的设备；结束 {who}，连同新的队列一起重启服务，"
        "并检查是谁调用了 {loop}",
        who=process.label,
        loop=thread.loop,
    )
    sure = HINTED if process.libraries and process.gpu_share is None else IMPLIED
    return Finding(Cause.SPINNING, sure, (what, *victims(graph, {process.pid})), remedy, process.label)


def slow(graph: Graph, before: Findings) -> Iterable[Finding]:
    """A consumer that takes items, and so few that its producer stands before the full queue nearly all the time."""
    if any(finding.confidence >= IMPLIED for finding in before):
        return
    seen = graph.seen
    behind = {process.pid: process for process in seen.living if _before_full(process)}
    for producer in behind.values():
        pipes = {inode for t in producer.threads for w in t.waits if w.kind is Kind.WRITES for inode in w.objects}
        takers = _takers(graph, producer, pipes)
        taking = [
            process
            for process in map(seen.processes.__getitem__, takers)
            if process.pid not in behind and _read(process) and not _reads_elsewhere(process, pipes)
        ]
        if not taking:
            continue
        consumer = max(taking, key=_read)
        rate = _rate(producer, consumer, seen.seconds)
        if rate <= SLOW_ITEMS_PER_S:
            yield _slow(graph, producer, consumer, rate)


def _takers(graph: Graph, producer: ProcessSeen, pipes: set[int]) -> frozenset[int]:
    """Return who could take what ``producer`` puts; items so small that the pipe is never full show no pipe."""
    if pipes:
        return frozenset(pid for inode in pipes for pid in graph.holders(inode, "r", but=producer.pid))
    queues = {inode for t in producer.threads for w in t.waits if w.kind is Kind.SEMAPHORE for inode in w.objects}
    return frozenset(p.pid for p in graph.seen.living if p.semaphores & queues and p.pid != producer.pid)


def _read(process: ProcessSeen) -> int:
    return sum(thread.read for thread in process.threads)


def _reads_elsewhere(process: ProcessSeen, pipes: set[int]) -> bool:
    """Tell whether it stood reading other pipes in half of the samples, and these ones in none: it serves another one.

    Where every process was handed every queue, all of them hold the pipe's end.
    """
    main = process.main
    waits = [set(wait.objects) for wait in main.waits if wait.kind is Kind.READS] if main is not None else []
    return main is not None and not any(map(pipes.intersection, waits)) and 2 * len(waits) >= len(main.waits)


def _before_full(process: ProcessSeen) -> bool:
    """Tell whether one of its threads stood before a full queue in most samples."""
    for thread in process.threads:
        puts = semaphore_role(process, thread) == "put"
        stood = [wait.kind is Kind.WRITES or (puts and wait.kind is Kind.SEMAPHORE) for wait in thread.waits]
        if sum(stood) >= _MOSTLY * len(stood):
            return True
    return False


def _rate(producer: ProcessSeen, consumer: ProcessSeen, seconds: float) -> float:
    """Return how many items per second went through the pipe; where their size is not known, how many at most."""
    for thread in producer.threads:
        sizes = [
            f.numbers[name] for frames in thread.stacks for f in frames for name in ("n", "size") if name in f.numbers
        ]
        if sizes and thread.written:
            return thread.written / (max(sizes) + _HEADER_BYTES) / seconds
    # An item is read in two calls, its length and itself; what else it read makes the rate look higher.
    return max(thread.reads for thread in consumer.threads) / 2 / seconds


def _slow(graph: Graph, producer: ProcessSeen, consumer: ProcessSeen, rate: float) -> Finding:
    main = consumer.main
    frame = place(main.frames) if main is not None else None
    where = say(", seen in {frame}", "，位于 {frame}", frame=frame) if frame else Text("", "")
    what = say(
        "{who} takes {rate:.2f} items per second from {producer}, which stands before the full queue; it uses "
        "{share:.0%} of a processor",
        "{who} 每秒从 {producer} 取走 {rate:.2f} 项，后者一直在等待队列腾出空间；它占用处理器 {share:.0%}",
        who=consumer.label,
        rate=rate,
        producer=producer.label,
        share=consumer.busy,
    )
    return Finding(
        Cause.SLOW_CONSUMER,
        IMPLIED,
        (Text(what.en + where.en, what.zh + where.zh), *victims(graph, {consumer.pid})),
        culprit=consumer.label,
    )


def nobody_takes(graph: Graph, before: Findings) -> Iterable[Finding]:
    """A full queue whose reader is not among the living, or reads something else all the time."""
    if before:
        return
    seen = graph.seen
    for waiting in graph.waiting:
        if waiting.role not in ("give", "put") or not waiting.thread.still:
            continue
        if read_outside(graph, waiting):
            continue
        reached = graph.reach(waiting.others)
        engaged = any(seen.processes[pid].acts or _talks(seen.processes[pid]) for pid in reached)
        if engaged or (waiting.role == "put" and _feeds(graph, waiting)):
            continue
        facts = [
            sentence(waiting, seen),
            say(
                "in {seconds:.1f} s not one byte was taken, and each of those that could take it waits for something "
                "else",
                "{seconds:.1f} 秒内没有一个字节被取走，而所有可能取走它的进程都在等待别的事情",
                seconds=seen.seconds,
            ),
            *_joins(waiting),
            *(say("process {who} is gone", "进程 {who} 已不存在", who=who) for who in seen.gone),
        ]
        sleeper = _sleeper(graph, reached)
        if sleeper is not None:
            facts.append(say("{who} sleeps meanwhile", "其间 {who} 一直在睡眠", who=sleeper.label))
            yield Finding(Cause.SLOW_CONSUMER, HINTED, tuple(facts), culprit=sleeper.label)
        else:
            open_ended = any(_awaits_outside(seen.processes[pid]) for pid in reached if pid != seen.root)
            sure = IMPLIED if seen.calls_known and not open_ended else HINTED
            yield Finding(Cause.QUEUE_FULL_NO_CONSUMER, sure, tuple(facts))
        return


def _talks(process: ProcessSeen) -> bool:
    """Tell whether it stands in the middle of talking to somebody outside, as one does that has its work done there."""
    return any(thread.converses for thread in process.threads)


def _awaits_outside(process: ProcessSeen) -> bool:
    """Tell whether it waits for any of several things outside, an answer to its question perhaps among them."""
    return any(thread.wait.kind is Kind.OUTSIDE and "accept" not in thread.wait.call for thread in process.threads)


def talking(graph: Graph) -> Text | None:
    """Return who talks to the outside while others wait for it: the work may be done there."""
    seen = graph.seen
    held_up = [waiting for waiting in graph.waiting if waiting.needy]
    found = {pid for w in held_up for pid in graph.reach(w.others) if _talks(seen.processes[pid])}
    if not found:
        return None
    return say(
        "{who} waits for somebody outside the tree, over the network or a socket, and others wait for it: look there",
        "{who} 正在等待进程树之外的对方（网络或套接字），其他进程在等待它：请检查对方",
        who=names(found, seen),
    )


def read_outside(graph: Graph, waiting: Waiting) -> bool:
    """Tell whether the pipe leads out of the tree: a write that waits has a reader somewhere."""
    if waiting.wait.kind is not Kind.WRITES:
        return False
    held = {inode for process in graph.seen.living for inode, mode in process.channels.items() if "r" in mode}
    return all(inode in graph.seen.outsiders or inode not in held for inode in waiting.wait.objects)


def _feeds(graph: Graph, waiting: Waiting) -> bool:
    """Tell whether the same process also stands writing: then that wait tells more."""
    return any(other.role == "give" for other in graph.of(waiting.process.pid))


def _joins(waiting: Waiting) -> Iterable[Text]:
    """Say that the producer itself is through, where its process waits for the thread that feeds the queue."""
    main = waiting.process.main
    if main is not None and any(f.within("multiprocessing/queues.py", "_finalize_join") for f in main.frames):
        yield say(
            "{who} is through with its work; its process waits for the thread that feeds the queue",
            "{who} 的函数已经返回；其进程在等待向队列送数据的线程",
            who=waiting.process.label,
        )


def _sleeper(graph: Graph, reached: frozenset[int]) -> ProcessSeen | None:
    """Return the worker among them whose main thread slept all the time."""
    found = (graph.seen.processes[pid] for pid in sorted(reached) if pid != graph.seen.root)
    return next((p for p in found if p.main and p.main.still and p.main.wait.kind is Kind.SLEEPS), None)
