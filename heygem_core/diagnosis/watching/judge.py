"""Whom to blame, and why: from what was seen to ranked findings.

Blame starts at those who hold up work (a put into a full queue, a DataLoader without its batch, a lock between
processes) and at those who join somebody, and follows who waits for whom. Who waits for another is a victim. What the
search ends at is dead, stopped, stuck in itself, or computing; if it ends at nobody, nobody is left to do the work.
"""

from __future__ import annotations

from heygem_core.diagnosis.diagnosis import HINTED, Diagnosis, Finding
from heygem_core.diagnosis.watching import rules_circle, rules_flow, rules_locks, rules_processes, rules_shared
from heygem_core.diagnosis.watching.graph import Graph, Waiting
from heygem_core.diagnosis.watching.model import Observation
from heygem_core.diagnosis.watching.words import names, sentence
from heygem_core.text import Text

_LONGER = Text(
    "watch longer: --seconds 60, or --follow",
    "观察更久：--seconds 60，或 --follow",
)


def judge(seen: Observation) -> tuple[Diagnosis, Graph]:
    """Return what is wrong with the tree, if anything is, and the graph that shows who waits for whom."""
    graph = Graph(seen)
    findings: list[Finding] = []
    for rule in (
        rules_processes.stopped,
        rules_locks.orphaned,
        rules_processes.died,
        rules_processes.wedged,
        rules_locks.crossed,
        rules_flow.spinning,
        rules_flow.slow,
        rules_flow.nobody_takes,
        rules_circle.nobody_delivers,
        rules_shared.on_the_cpu,
        rules_shared.memory,
    ):
        findings += rule(graph, tuple(findings))
    findings.sort(key=lambda finding: -finding.confidence)
    if findings:
        limited = seen.limits[0] if seen.limits and findings[0].confidence <= HINTED else None
        return Diagnosis(tuple(findings), collect=limited), graph
    if seen.hidden is not None:
        return Diagnosis(collect=seen.hidden), graph
    for waiting in graph.waiting:
        if waiting.role == "give" and waiting.thread.still and rules_flow.read_outside(graph, waiting):
            return _outside(graph, waiting), graph
    return Diagnosis(collect=_working(graph) or rules_flow.talking(graph) or rules_circle.circle_told(graph)), graph


def _outside(graph: Graph, waiting: Waiting) -> Diagnosis:
    """Return that a pipe which leads out of the tree is full: who does not read it is not among those watched."""
    found = (graph.seen.outsiders[inode] for inode in waiting.wait.objects if inode in graph.seen.outsiders)
    reader = next(found, "")
    where = Text(
        f"the process that reads the output of {waiting.process.label}{reader and f': {reader}'}",
        f"读取 {waiting.process.label} 输出的进程{reader and f'：{reader}'}",
    )
    return Diagnosis(trouble=True, evidence=(sentence(waiting, graph.seen),), collect=where)


def _working(graph: Graph) -> Text | None:
    """Return that somebody works whom others wait for: no fault, and no proof of progress either."""
    seen = graph.seen
    held_up = [waiting for waiting in graph.waiting if waiting.needy]
    busy = {pid for waiting in held_up for pid in graph.reach(waiting.others) if seen.processes[pid].acts}
    if not busy:
        return None
    who = names(busy, seen)
    return Text(
        f"{who} worked all through these {seen.seconds:.1f} s and others wait for it, which is no fault; to see "
        f"whether it gets on, {_LONGER.en}",
        f"{who} 在这 {seen.seconds:.1f} 秒内一直在工作，其他进程在等待它，这不是故障；要确认它是否有进展，{_LONGER.zh}",
    )
