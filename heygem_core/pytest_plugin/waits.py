"""A hung test's tree as ``heygem-core watch`` sees it: who waits for whom, who is to blame, and every Python stack."""

from __future__ import annotations

from collections.abc import Iterator

from heygem_core.diagnosis.watching.judge import judge
from heygem_core.diagnosis.watching.look import Watcher
from heygem_core.diagnosis.watching.model import Observation, ProcessSeen
from heygem_core.diagnosis.watching.words import sentences
from heygem_core.text import Text

_WINDOW_S = 0.5
"""Long enough to tell who stands still: nothing here has come to an end for the seconds of the guard."""
_WAITS = Text("who waits for whom:", "谁在等谁：")
_CAUSE = Text("cause: {cause}", "原因：{cause}")
_REMEDY = Text("what to do: {remedy}", "处理办法：{remedy}")
_STACKS = Text("stacks of {name}:", "{name} 的调用栈：")


def look(pid: int) -> Observation:
    """Return what is to be seen of ``pid`` and the processes below it, within a moment."""
    return Watcher(pid).look(_WINDOW_S)


def told(seen: Observation, lang: str) -> Iterator[str]:
    """Yield who waits for whom, then the cause with its evidence and remedy if it can be told."""
    diagnosis, graph = judge(seen)
    if graph.waiting:
        yield _WAITS.get(lang)
        yield from (f"  {sentence.get(lang)}" for sentence in sentences(graph.waiting, seen))
    for finding in diagnosis.findings[:1]:
        yield _CAUSE.get(lang).format(cause=finding.cause)
        yield from (f"  {line.get(lang)}" for line in finding.evidence)
        yield _REMEDY.get(lang).format(remedy=finding.advice().get(lang))


def stacks(seen: Observation, lang: str, *, but: int) -> Iterator[str]:
    """Yield the Python stacks of every process except ``but`` and multiprocessing's helpers, or why there are none."""
    for process in seen.living:
        if process.pid != but:
            yield _STACKS.get(lang).format(name=process.label)
            yield from (f"  {line}" for line in _of(process, lang))


def _of(process: ProcessSeen, lang: str) -> Iterator[str]:
    for thread in process.threads:
        if thread.frames:
            yield thread.name or str(thread.tid)
            yield from (f"  {frame}" for frame in thread.frames)
    if not process.stacks_known:
        yield from (limit.get(lang) for limit in process.limits)
