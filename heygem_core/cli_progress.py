"""Shows how a job gets on: bars on a terminal, a plain line now and then otherwise."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from heygem_core.text import Text

if TYPE_CHECKING:
    from typing_extensions import TypeIs

    from heygem_core import pipeline
    from heygem_core.lipsync.render import OnEvent

LINE_INTERVAL_S = 2.0
"""Between two plain lines; a log is read later, by somebody in a hurry."""

_OVERALL = Text("all", "总计")
_STARTING = Text("starting the stages", "正在启动各阶段")
_RATE = Text("{fps:.1f} frames/s", "{fps:.1f} 帧/秒")
_LEFT = Text("{left} left", "剩余 {left}")
_FRAMES = Text("{frames}/{total} frames", "{frames}/{total} 帧")
_SLOW = Text(
    "slow-consumer: stage {stage} makes {fps:.1f} frames/s, the video plays {needed:.1f}; the job goes on{left}",
    "slow-consumer：阶段 {stage} 的速率为 {fps:.1f} 帧/秒，视频播放需要 {needed:.1f}；任务继续进行{left}",
)


@contextmanager
def shown(out: Console, lang: str, bars: Console | None = None) -> Iterator[OnEvent]:
    """Yield what to give as ``on_event``: it draws on ``bars`` (stderr) if that is a terminal, else "
    "writes to ``out``."""
    bars = bars or Console(stderr=True)
    if not bars.is_terminal:
        yield _Lines(out, lang)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TextColumn("{task.fields[left]}"),
    )
    with Progress(*columns, console=bars, transient=True, auto_refresh=False) as progress:
        drawn = _Bars(progress, lang)
        progress.refresh()
        yield drawn


def _rate(fps: float | None, lang: str) -> str:
    return "" if fps is None else _RATE.get(lang).format(fps=fps)


def _left(eta_s: float | None, lang: str) -> str:
    return "" if eta_s is None else _LEFT.get(lang).format(left=clock(eta_s))


def clock(seconds: float) -> str:
    """Return a duration as m:ss or h:mm:ss."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _slow(event: pipeline.Progress | pipeline.SlowStage) -> TypeIs[pipeline.SlowStage]:
    from heygem_core.pipeline import SlowStage

    return isinstance(event, SlowStage)


def _warning(event: pipeline.SlowStage, lang: str) -> str:
    left = _left(event.eta_s, lang)
    return _SLOW.get(lang).format(
        stage=event.stage,
        fps=event.fps,
        needed=event.needed_fps,
        left=Text(", ", "，").get(lang) + left if left else "",
    )


class _Bars:
    """One bar per stage and one for the job."""

    def __init__(self, progress: Progress, lang: str) -> None:
        self._progress = progress
        self._lang = lang
        self._tasks: dict[str, TaskID] = {}
        self._starting = progress.add_task(_STARTING.get(lang), total=None, rate="", left="")

    def __call__(self, event: pipeline.Progress | pipeline.SlowStage) -> None:
        """Draw ``event``."""
        if _slow(event):
            self._progress.console.print(_warning(event, self._lang), style="yellow", highlight=False)
            return
        self._progress.update(self._starting, visible=False)
        for stage in event.statistics.stages:
            self._draw(stage.name, stage.frames, event.total, _rate(stage.fps, self._lang), "")
        left = _left(event.eta_s, self._lang)
        self._draw(_OVERALL.get(self._lang), event.frames, event.total, _rate(event.fps, self._lang), left)
        self._progress.refresh()

    def _draw(self, name: str, frames: int, total: int | None, rate: str, left: str) -> None:
        if name not in self._tasks:
            self._tasks[name] = self._progress.add_task(name, total=total, rate="", left="")
        self._progress.update(self._tasks[name], completed=frames, rate=rate, left=left)


class _Lines:
    """One line every `LINE_INTERVAL_S` at most."""

    def __init__(self, out: Console, lang: str) -> None:
        self._out = out
        self._lang = lang
        self._due = 0.0
        self._unheard = False

    def __call__(self, event: pipeline.Progress | pipeline.SlowStage) -> None:
        """Write ``event`` if a line is due; a warning always is."""
        if _slow(event):
            self._write(_warning(event, self._lang))
        elif time.monotonic() >= self._due:
            self._due = time.monotonic() + LINE_INTERVAL_S
            self._write(self._line(event))

    def _line(self, event: pipeline.Progress) -> str:
        total = "?" if event.total is None else event.total
        stages = (
            f"{stage.name} {_rate(stage.fps, self._lang)}" for stage in event.statistics.stages if stage.fps is not None
        )
        overall = (
            _FRAMES.get(self._lang).format(frames=event.frames, total=total),
            _rate(event.fps, self._lang),
            _left(event.eta_s, self._lang),
        )
        return " | ".join((", ".join(part for part in overall if part), *stages))

    def _write(self, line: str) -> None:
        """Write a line; a reader that is gone, or a full disk under a log, must not end the job."""
        if self._unheard or self._out.quiet:
            return
        try:
            self._out.file.write(f"{line}\n")
            self._out.file.flush()
        except OSError:
            self._unheard = True
