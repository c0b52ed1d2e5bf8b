"""Findings about waiting in a circle: somebody waits for input, and all who could send it wait as well."""

from __future__ import annotations

from collections.abc import Iterable

from heygem_core.diagnosis.diagnosis import HINTED, IMPLIED, Finding
from heygem_core.diagnosis.watching.faults import Rank, wedge
from heygem_core.diagnosis.watching.graph import Graph, Waiting
from heygem_core.diagnosis.watching.model import Kind
from heygem_core.diagnosis.watching.rules_processes import Findings, victims
from heygem_core.diagnosis.watching.words import names, say, sentence
from heygem_core.errors import Cause
from heygem_core.text import Text


def nobody_delivers(graph: Graph, before: Findings) -> Iterable[Finding]:
    """Somebody who is joined waits for input that nobody is free to bring, and somebody who could have has ended."""
    seen = graph.seen
    ended = [*(process.label for process in seen.processes.values() if process.dead and not process.helper), *seen.gone]
    bound = circle(graph)
    if before or bound is None or not ended:
        return
    facts = [
        sentence(bound, seen),
        _all_wait(graph, bound),
        *(say("process {who} has ended", "进程 {who} 已经结束", who=who) for who in ended),
        *victims(graph, {bound.process.pid}),
    ]
    sure = IMPLIED if seen.calls_known else HINTED
    yield Finding(Cause.QUEUE_EMPTY_NO_PRODUCER, sure, tuple(dict.fromkeys(facts)), culprit=ended[-1])


def _all_wait(graph: Graph, bound: Waiting) -> Text:
    return say(
        "all who could send it something wait themselves: {who}",
        "所有可能给它发送数据的进程自己也在等待：{who}",
        who=names(bound.others, graph.seen),
    )


def circle(graph: Graph) -> Waiting | None:
    """Return the wait for input of somebody who is joined, where all who could bring it wait for one another."""
    for waiting in graph.waiting:
        outside = any(inode in graph.seen.outsiders for inode in waiting.wait.objects)
        if waiting.role != "take" or outside or not waiting.others or not _joined(graph, waiting.process.pid):
            continue
        if all(_bound(graph, pid) for pid in graph.reach({waiting.process.pid, *waiting.others})):
            return waiting
    return None


def circle_told(graph: Graph) -> Text | None:
    """Return what can be said of such a circle while nobody is known to have ended: an idle service looks like it."""
    bound = circle(graph)
    if bound is None:
        return None
    first, second = sentence(bound, graph.seen), _all_wait(graph, bound)
    for waiting in graph.waiting:
        at_exit = any(f.within("multiprocessing/util.py", "_exit_function") for f in waiting.thread.frames)
        if waiting.role == "child" and at_exit:
            return say(
                "{who} is through and waits at its exit for children that wait for input and will not end by "
                "themselves: start them with daemon=True, or send them an end mark",
                "{who} 已执行完毕，退出时在等待子进程，而子进程在等待输入，不会自行结束：请以 daemon=True 启动它们，"
                "或给它们发送结束标记",
                who=waiting.process.label,
            )
    return Text(
        f"if a task is running, nobody is left to bring it on ({first.en}; {second.en}); if none is, this is an idle "
        "service: look again while a task runs, or keep looking with --follow",
        f"如果有任务在运行，则没有进程能推进它（{first.zh}；{second.zh}）；如果没有，这就是空闲的服务：请在任务运行时再看，"
        "或用 --follow 持续观察",
    )


def _joined(graph: Graph, pid: int) -> bool:
    return any(pid in graph.reach(w.others) for w in graph.waiting if w.role == "child")


def _bound(graph: Graph, pid: int) -> bool:
    """Tell whether a process can go on only when another one of the tree does something."""
    process = graph.seen.processes[pid]
    if process.dead:
        return True
    free = any(
        thread.acts or not thread.rests or thread.wait.kind in (Kind.OUTSIDE, Kind.SLEEPS, Kind.UNKNOWN)
        for thread in process.threads
    )
    stuck = wedge(process, graph)
    return not free and (bool(graph.of(pid)) or (stuck is not None and stuck.rank is Rank.PLAIN))
