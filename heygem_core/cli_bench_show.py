"""What ``heygem-core bench`` prints: how far it is, and the verdicts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.table import Table

from heygem_core.cli_progress import clock
from heygem_core.text import Text

if TYPE_CHECKING:
    from heygem_core.bench.schema import Failure
    from heygem_core.bench.schema_comparison import Comparison
    from heygem_core.bench.session import Measuring

_BUILDING = Text("preparing onnxruntime {arm}", "正在准备 onnxruntime {arm}")
_FAILED = Text("onnxruntime {arm} failed: {cause}: {detail}", "onnxruntime {arm} 失败：{cause}：{detail}")
_AT_MOST = Text("at most {left} left", "最多剩余 {left}")
_VERDICTS = {
    "regressed": (Text("slower", "变慢"), "bold red"),
    "improved": (Text("faster", "变快"), "green"),
    "equivalent": (Text("equal", "相当"), "green"),
    "inconclusive": (Text("undecided", "未定"), "yellow"),
    "invalid": (Text("INVALID", "无效"), "bold red"),
}
_COLUMNS = (
    Text("model", "模型"),
    Text("scenario", "场景"),
    Text("version", "版本"),
    Text("verdict", "判定"),
    Text("metric", "指标"),
    Text("ratio", "比值"),
    Text("interval", "区间"),
    Text("n", "n"),
)
_AGAINST = Text(
    "against onnxruntime {base}, margin as given per metric", "以 onnxruntime {base} 为基准，界限因指标而异"
)
_WHY = Text("{model}, {scenario}, {candidate}: {reason}", "{model}，{scenario}，{candidate}：{reason}")


class Shown:
    """Takes the events of a session."""

    def __init__(self, out: Console, lang: str, bars: Progress | None) -> None:
        self._out = out
        self._lang = lang
        self._bars = bars
        self._tasks: dict[tuple[str, ...], TaskID] = {}
        self._said: set[tuple[str, ...]] = set()

    def building(self, arm: str) -> None:
        """Say that an environment is being built or asked."""
        self._say(_BUILDING.get(self._lang).format(arm=arm))

    def event(self, event: Measuring | Failure) -> None:
        """Show one event."""
        from heygem_core.bench.schema import Failure

        if isinstance(event, Failure):
            words = _FAILED.get(self._lang)
            self._say(words.format(arm=event.arm, cause=event.cause, detail=event.detail), style="red")
        elif self._bars is not None:
            self._bar(self._bars, event)
        else:
            self._line(event)

    def _bar(self, bars: Progress, event: Measuring) -> None:
        experiment = event.experiment
        key = tuple(map(str, experiment.key))
        if key not in self._tasks:
            name = f"{experiment.model} {experiment.scenario.name}: {experiment.base} / {experiment.candidate}"
            self._tasks[key] = bars.add_task(name, total=event.limit, left="")
        left = "" if event.left_s is None else _AT_MOST.get(self._lang).format(left=clock(event.left_s))
        bars.update(self._tasks[key], completed=event.done, left=left)
        bars.refresh()

    def _line(self, event: Measuring) -> None:
        """Write a line at the first replicate of an experiment and after every twelfth."""
        experiment = event.experiment
        key = (*map(str, experiment.key), str(event.done))
        if event.done % 12 == 0 and key not in self._said:
            self._said.add(key)
            left = "" if event.left_s is None else ", " + _AT_MOST.get(self._lang).format(left=clock(event.left_s))
            self._say(
                f"{experiment.model} {experiment.scenario.name}: {experiment.base} / {experiment.candidate}: "
                f"{event.done}/{event.limit}{left}"
            )

    def _say(self, line: str, style: str | None = None) -> None:
        out = self._out if self._bars is None else self._bars.console
        out.print(line, style=style, highlight=False, markup=False, soft_wrap=True)


@contextmanager
def progress(out: Console, lang: str) -> Iterator[Shown]:
    """Yield what shows a run: bars on a terminal, plain lines otherwise."""
    bars = Console(stderr=True)
    if not bars.is_terminal:
        yield Shown(out, lang, None)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[left]}"))
    with Progress(*columns, console=bars, transient=True, auto_refresh=False) as drawn:
        yield Shown(out, lang, drawn)


def verdicts(comparisons: Sequence[Comparison], out: Console, lang: str) -> None:
    """Print the table of verdicts, and why those that decided nothing did not."""
    headings = (column.get(lang) for column in _COLUMNS)
    table = Table(*headings, box=box.SIMPLE_HEAD, collapse_padding=True, pad_edge=False)
    for column in table.columns[1:]:
        column.no_wrap = True
    for one in comparisons:
        words, style = _VERDICTS[one.verdict]
        low, high = one.ci
        interval = "" if low is None or high is None else f"{low:.3f}–{high:.3f}"
        table.add_row(
            one.model,
            one.scenario,
            one.candidate,
            f"[{style}]{words.get(lang)}[/]",
            one.metric,
            "" if one.ratio is None else f"{one.ratio:.3f}",
            interval,
            str(one.n),
        )
    for base in dict.fromkeys(one.base for one in comparisons):
        out.print(_AGAINST.get(lang).format(base=base), highlight=False, markup=False, soft_wrap=True)
    out.print(table)
    for one in comparisons:
        if one.reason is not None:
            reason = one.reason.get(lang)
            line = _WHY.get(lang).format(model=one.model, scenario=one.scenario, candidate=one.candidate, reason=reason)
            out.print(line, style="yellow", highlight=False, markup=False, soft_wrap=True)
