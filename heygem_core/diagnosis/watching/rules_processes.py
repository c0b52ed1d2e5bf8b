"""Findings that lie in one process: stopped, dead, or stuck in itself."""

from __future__ import annotations

from collections.abc import Iterable

from heygem_core.diagnosis.diagnosis import HINTED, IMPLIED, STATED, Finding
from heygem_core.diagnosis.watching.faults import Rank, Wedge, explicit_lock, ticks_elsewhere, wedge, works_elsewhere
from heygem_core.diagnosis.watching.graph import Graph, Waiting
from heygem_core.diagnosis.watching.model import ProcessSeen
from heygem_core.diagnosis.watching.words import place, say, sentences
from heygem_core.errors import Cause
from heygem_core.pipeline.evidence import describe_exit
from heygem_core.text import Text

_MOST_VICTIMS = 4
Findings = tuple[Finding, ...]


def stopped(graph: Graph, _before: Findings) -> Iterable[Finding]:
    """A process that a signal or a debugger stopped; where the whole tree is, only its root is named."""
    found = [process for process in graph.seen.processes.values() if process.stopped]
    if len(found) > 1 and all(process.stopped for process in graph.seen.living):
        found = [graph.seen.processes[graph.seen.root]]
    for process in found:
        what = say(
            "process {who} is in state {state}: {how}",
            "进程 {who} 处于状态 {state}：{how}",
            who=process.label,
            state=process.state,
            how="SIGSTOP" if process.state == "T" else "ptrace",
        )
        yield Finding(Cause.STOPPED, STATED, (what, *victims(graph, {process.pid})), culprit=process.label)


def died(graph: Graph, before: Findings) -> Iterable[Finding]:
    """A worker that ended and that nobody has reaped; those that ended well matter only where work is held up."""
    seen = graph.seen
    told = {finding.culprit for finding in before}
    dead = [p for p in seen.processes.values() if p.dead and not p.helper and p.label not in told]
    held_up = [waiting for waiting in graph.waiting if waiting.needy and _in_vain(graph, waiting)]
    joined = [waiting for waiting in graph.waiting if waiting.role == "child"]
    for process in dead:
        code = process.exit_code or 0
        if code:
            confidence = STATED if held_up else IMPLIED if joined else HINTED
            if confidence == HINTED and not _worker(graph, process):
                continue
        elif held_up and not before and not any(wedge(p, graph) for p in seen.living):
            confidence = IMPLIED
        else:
            continue
        facts = [
            say(
                "process {who}, started by {parent}, {how}",
                "由 {parent} 启动的进程 {who} 已结束：{how}",
                who=process.label,
                parent=_parent(graph, process),
                how=describe_exit(code),
            )
        ]
        if kills := seen.oom_kills or seen.oom_before:
            facts.append(
                say(
                    "the kernel killed {count} process(es) of its control group for want of memory",
                    "内核因内存不足杀死了其控制组中的 {count} 个进程",
                    count=kills,
                )
            )
        facts += sentences(held_up, seen)[:_MOST_VICTIMS]
        yield Finding(Cause.WORKER_DIED, confidence, tuple(facts), culprit=process.label)


def _in_vain(graph: Graph, waiting: Waiting) -> bool:
    """Tell whether nobody who could bring what is waited for does anything."""
    return not any(graph.seen.processes[pid].acts for pid in graph.reach(waiting.others))


def _worker(graph: Graph, process: ProcessSeen) -> bool:
    """Tell whether it was of the same program as its parent, and no command that was called."""
    parent = graph.seen.processes.get(process.parent)
    return parent is not None and (process.name.startswith("python") or process.name in parent.command)


def _parent(graph: Graph, process: ProcessSeen) -> str:
    parent = graph.seen.processes.get(process.parent)
    return parent.label if parent is not None else str(process.parent)


def wedged(graph: Graph, _before: Findings) -> Iterable[Finding]:
    """Processes that are stuck in themselves, where somebody waits for them or the code says so plainly."""
    found = [one for process in graph.seen.living if (one := wedge(process, graph)) is not None]
    rated = [(one, confidence) for one in found if (confidence := _confidence(graph, one, found)) is not None]
    loaders = [one for one, _ in rated if one.dataloader]
    if loaders:
        yield _dataloader(graph, loaders)
    best = max((confidence for one, confidence in rated if not one.dataloader), default=0.0)
    for one, confidence in rated:
        if not one.dataloader and confidence == best and not loaders:
            yield _wedge(graph, one, confidence)


def _confidence(graph: Graph, one: Wedge, all_: list[Wedge]) -> float | None:
    """Return how sure it is that ``one`` is to blame, None where it is not."""
    pid = one.process.pid
    needy = any(
        waiting.needy and pid in graph.reach(waiting.others) for waiting in graph.waiting if waiting.process.pid != pid
    )
    joined = any(pid in graph.reach(w.others) for w in graph.waiting if w.role == "child" and w.process.pid != pid)
    if one.rank is Rank.PLAIN:
        return _plainly(one, needy=needy, joined=joined)
    # The process that started the others often does nothing but wait for the day to end.
    idle = pid == graph.seen.root and (one.rank is Rank.POSSIBLE or one.kind == "sleep")
    plainer = any(other.rank < one.rank for other in all_)
    if not needy or idle or one.process.gpu_share or (one.rank is Rank.POSSIBLE and plainer):
        return None
    alone = sum(other.rank is one.rank for other in all_) == 1
    sure = one.rank is Rank.LIKELY and alone and graph.seen.calls_known and one.kind != "driver"
    return IMPLIED if sure else HINTED


def _plainly(one: Wedge, *, needy: bool, joined: bool) -> float | None:
    """Return how sure it is that one is to blame which waits for a lock that nobody seems to hold."""
    if works_elsewhere(one):
        return HINTED if needy else None
    explicit, clients = explicit_lock(one), bool(one.process.clients)
    if needy or (explicit and (joined or clients)):
        return HINTED if ticks_elsewhere(one) else STATED
    if explicit:
        return IMPLIED
    return HINTED if clients else None


def _wedge(graph: Graph, one: Wedge, confidence: float) -> Finding:
    facts = [_told(one, graph.seen.seconds)]
    if one.thread.kernel and one.kind in ("disk", "driver"):
        facts.append(
            say("in the kernel it stands in {where}", "在内核中停在 {where}", where=" < ".join(one.thread.kernel))
        )
    if one.thread.owns_gil:
        facts.append(
            Text(
                "it holds the interpreter's lock: no other Python thread of it can run",
                "它持有解释器锁（GIL）：该进程的其他 Python 线程都无法运行",
            )
        )
    if one.process.clients:
        facts.append(
            say(
                "{count} client(s) wait for an answer of it",
                "有 {count} 个客户端在等待它的应答",
                count=one.process.clients,
            )
        )
    facts += victims(graph, {one.process.pid})
    return Finding(Cause.WEDGED, confidence, tuple(facts), _remedy(one), one.process.label)


def _remedy(one: Wedge) -> Text:
    """Return what to do about a process that is stuck in itself."""
    if one.kind == "exit" and one.process.onnxruntime is not None:
        return Text(
            "set ORT_DISABLE_TELEMETRY=1 in the environment that starts the service (onnxruntime 1.29 and newer: a "
            "forked child waits at its end for a thread that it does not have), or fork before importing onnxruntime",
            "在启动服务的环境中设置 ORT_DISABLE_TELEMETRY=1（onnxruntime 1.29 及以上：fork 出的子进程退出时会等待一个"
            "它没有的线程），或在导入 onnxruntime 之前 fork",
        )
    if one.kind == "driver":
        return Text(
            "look for Xid lines in dmesg and at nvidia-smi; then end the process and start it anew with new queues",
            "查看 dmesg 中的 Xid 和 nvidia-smi；然后结束该进程，并连同新的队列一起重启",
        )
    if one.kind == "disk":
        return Text(
            "look at the mount that it reads from: dmesg, df, and the server of a network file system",
            "检查它所读取的挂载点：dmesg、df 以及网络文件系统的服务器",
        )
    frame = place(one.thread.frames)
    return say(
        "mend the call that does not return{where}: a lock taken in one order everywhere, with a timeout; until then "
        "end {who} and start the service anew: its queues are not to be used again",
        "修正没有返回的调用{where_zh}：各处以同一顺序加锁，并带超时；在此之前结束 {who} 并重启服务，"
        "不要再使用原来的队列",
        who=one.process.label,
        where=f" in {frame}" if frame else "",
        where_zh=f"（{frame}）" if frame else "",
    )


def _told(one: Wedge, seconds: float) -> Text:
    """Return what the stuck thread does, and for how long it was seen so."""
    frame = one.where
    own = place(one.thread.frames)
    at = f" in {frame}" if frame else ""
    at_zh = f"，位于 {frame}" if frame else ""
    if own is not None and own != frame:
        at, at_zh = f"{at}, called from {own}", f"{at_zh}，由 {own} 调用"
    what = {
        "lock": Text("waits for a lock within itself", "在等待自身内部的锁"),
        "exit": Text(
            "hangs in native code outside Python, as at its exit", "卡在 Python 之外的原生代码中（如退出阶段）"
        ),
        "driver": Text("stands in a call of the NVIDIA driver", "停在 NVIDIA 驱动的调用中"),
        "disk": Text("waits for a disk or a network file system", "在等待磁盘或网络文件系统"),
        "sleep": Text("sleeps", "在睡眠"),
    }[one.kind]
    left = one.thread.wait.left_s
    if one.kind == "sleep" and left is not None:
        what = (
            Text("sleeps for ever", "永远睡眠")
            if left == float("inf")
            else say("sleeps, with {left:.0f} s to go", "在睡眠，还剩 {left:.0f} 秒", left=left)
        )
    return Text(
        f"{one.process.label} {what.en}{at}; it did not run once in {seconds:.1f} s",
        f"{one.process.label} {what.zh}{at_zh}；{seconds:.1f} 秒内一次也没有运行",
    )


def _dataloader(graph: Graph, loaders: list[Wedge]) -> Finding:
    facts = [_told(one, graph.seen.seconds) for one in loaders[:2]]
    if len(loaders) > 2:
        facts.append(say("{count} more alike", "另有 {count} 个相同", count=len(loaders) - 2))
    pids = {one.process.pid for one in loaders}
    waits = any(waiting.role == "data" for waiting in graph.waiting)
    label = ", ".join(str(pid) for pid in sorted(pids))
    return Finding(
        Cause.DATALOADER_WORKER_DEADLOCK,
        STATED if waits else IMPLIED,
        (*facts, *victims(graph, pids)),
        culprit=f"DataLoader worker ({label})",
    )


def victims(graph: Graph, culprits: set[int]) -> tuple[Text, ...]:
    """Return who waits for the culprits, directly or through others: none of them is to blame."""
    found = [
        waiting
        for waiting in graph.waiting
        if waiting.process.pid not in culprits and culprits & graph.reach(waiting.others)
    ]
    needy = [waiting for waiting in found if waiting.needy or waiting.role == "child"]
    return sentences(needy or found, graph.seen, culprits)[:_MOST_VICTIMS]
