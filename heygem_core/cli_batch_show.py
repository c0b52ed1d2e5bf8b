"""How ``heygem-core batch`` shows a batch: a bar on a terminal, else a line now and then; and what came of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
from rich.progress import Progress as Bars

from heygem_core.cli_progress import LINE_INTERVAL_S, clock
from heygem_core.text import Text

if TYPE_CHECKING:
    from heygem_core.scale.batch import OnEvent, Outcome, Progress
    from heygem_core.scale.engine import Happening

_JOBS = Text("{done} of {total} jobs done", "已完成 {done}/{total} 个任务")
_FAILED = Text(", {failed} failed", "，失败 {failed} 个")
_LEFT = Text(", {left} left", "，剩余 {left}")
_NODES = Text(", on {nodes} nodes", "，共 {nodes} 个节点")
_JOB_FAILED = Text("line {line} failed: {cause}: {detail}", "第 {line} 行失败：{cause}：{detail}")
_REFUSED = Text("refused on node {node}: {why}", "节点 {node} 上被拒绝：{why}")
_REMEDY = Text("what to do: ", "处理：")
_LOST = Text(
    "line {line} is done again: node {node} was lost in the middle of it (attempt {attempt})",
    "第 {line} 行将重做：节点 {node} 在执行途中丢失（第 {attempt} 次尝试）",
)
_STARTING = Text("looking for places to work", "正在寻找可用的位置")


@contextmanager
def shown(out: Console, lang: str, bars: Console | None = None) -> Iterator[OnEvent]:
    """Yield what to give as ``on_event``: a bar on ``bars`` (stderr) if that is a terminal, else lines on ``out``."""
    bars = bars or Console(stderr=True)
    if not bars.is_terminal:
        yield _Lines(out, lang)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[left]}"))
    with Bars(*columns, console=bars, transient=True) as progress:
        yield _Bar(progress, lang)


def _line(event: Happening, lang: str) -> str | None:
    """Return what is always said of ``event``, or None."""
    from heygem_core.scale import engine

    match event:
        case engine.Started():
            nodes = _NODES.get(lang).format(nodes=event.nodes) if event.nodes > 1 else ""
            return event.reason.get(lang) + nodes
        case engine.Refused(node, refusal):
            why = refusal.line().get(lang)
            line = _REFUSED.get(lang).format(node=node, why=why) if node else why
            return line + (f"\n   {_REMEDY.get(lang)}{refusal.remedy.get(lang)}" if refusal.remedy else "")
        case engine.Lost(node, job, attempt):
            return _LOST.get(lang).format(node=node, line=job.line, attempt=attempt)
        case engine.Finished(job, record) if record["status"] == "failed":
            return _JOB_FAILED.get(lang).format(line=job.line, cause=record["cause"], detail=record["detail"])
    return None


class _Bar:
    def __init__(self, progress: Bars, lang: str) -> None:
        self._progress = progress
        self._lang = lang
        self._task = progress.add_task(_STARTING.get(lang), total=None, left="")

    def __call__(self, event: Happening | Progress) -> None:
        from heygem_core.scale.batch import Progress

        if isinstance(event, Progress):
            told = _state(event, self._lang)
            ended = event.done + event.failed
            self._progress.update(self._task, description="", completed=ended, total=event.total, left=told)
        elif (line := _line(event, self._lang)) is not None:
            self._progress.console.print(line, markup=False, highlight=False, soft_wrap=True)


class _Lines:
    """A line for what is rare, and one every `LINE_INTERVAL_S` at most for how far it is."""

    def __init__(self, out: Console, lang: str) -> None:
        self._out = out
        self._lang = lang
        self._due = 0.0

    def __call__(self, event: Happening | Progress) -> None:
        from heygem_core.scale.batch import Progress

        if not isinstance(event, Progress):
            line = _line(event, self._lang)
        elif time.monotonic() >= self._due or event.done + event.failed == event.total:
            self._due = time.monotonic() + LINE_INTERVAL_S
            line = _state(event, self._lang)
        else:
            line = None
        if line is not None:
            self._out.print(line, markup=False, soft_wrap=True)


def _state(event: Progress, lang: str) -> str:
    parts = [_JOBS.get(lang).format(done=event.done, total=event.total)]
    if event.failed:
        parts.append(_FAILED.get(lang).format(failed=event.failed))
    if event.eta_s is not None and event.done + event.failed < event.total:
        parts.append(_LEFT.get(lang).format(left=clock(event.eta_s)))
    return "".join(parts)


def summary(outcome: Outcome, folder: Path, out: Console, lang: str) -> None:
    """Print how many jobs are done, how long it took, and where the results are."""
    words = Text(
        "{folder}: {there} of {total} videos are there, {done} of them from this run, in {wall:.1f} s; "
        "a line for each in results.jsonl",
        "{folder}：{total} 个视频中已有 {there} 个，其中本次完成 {done} 个，用时 {wall:.1f} 秒；"
        "每个任务在 results.jsonl 中有一行",
    )
    told = words.get(lang).format(
        folder=folder,
        there=outcome.done + outcome.done_before,
        total=outcome.total,
        done=outcome.done,
        wall=outcome.wall_s,
    )
    out.print(told, markup=False, soft_wrap=True)


def failed(outcome: Outcome, folder: Path) -> Text:
    """Return the one line for a batch of which not every video is there."""
    count = outcome.failed + outcome.failed_before
    return Text(
        f"error: {count} of {outcome.total} jobs failed ({outcome.failed_before} of them before); the causes are in "
        f"{folder / 'results.jsonl'}; --retry-failed does them again",
        f"错误：{outcome.total} 个任务中有 {count} 个失败（其中 {outcome.failed_before} 个为此前失败）；原因见 "
        f"{folder / 'results.jsonl'}；用 --retry-failed 重做",
    )


def interrupted(outcome: Outcome) -> Text:
    """Return the one line for a batch that a signal ended."""
    there, total = outcome.done + outcome.done_before, outcome.total
    return Text(
        f"interrupted: {there} of {total} videos are there; the same command goes on with the rest",
        f"已中断：{total} 个视频中已有 {there} 个；用同一命令可继续其余部分",
    )


def invalid(count: int) -> Text:
    """Return the one line after all that is wrong with a manifest."""
    things = "problem" if count == 1 else "problems"
    return Text(
        f"error: {count} {things} in the manifest, nothing was done", f"错误：清单有 {count} 处问题，未执行任何任务"
    )
