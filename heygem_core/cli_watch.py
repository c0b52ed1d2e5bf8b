"""``heygem-core watch``."""

from __future__ import annotations

import json as js
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text as RichText

from heygem_core.cli_diagnosis import conclude, show
from heygem_core.cli_outcome import JsonOption, LangOption, complain, failures, language, write_json
from heygem_core.errors import NotWatchable
from heygem_core.text import Text

if TYPE_CHECKING:
    from heygem_core.diagnosis.diagnosis import Diagnosis
    from heygem_core.diagnosis.watching.graph import Graph
    from heygem_core.diagnosis.watching.model import ProcessSeen

_COLUMNS = (
    Text("process", "进程"),
    Text("state", "状态"),
    Text("CPU", "CPU"),
    Text("threads", "线程"),
    Text("files", "文件"),
    Text("memory", "内存"),
    Text("what it does", "在做什么"),
)
_FIGURES = (2, 3, 4, 5)
"""The columns that hold numbers; all but the first are left out where the terminal is narrow."""
_NARROW = 100
_GPU = Text("GPU", "GPU")
_ORT = Text("onnxruntime", "onnxruntime")
_ON_CPU, _ON_CUDA = Text("no CUDA", "无 CUDA"), Text("CUDA", "CUDA")
_WAITS = Text("who waits for whom", "谁在等谁")
_ENVIRONMENT = Text("started with", "启动时的环境变量")
_INERT = Text(" ({why})", "（{why}）")
_LIBRARIES = Text("CUDA libraries mapped", "已映射的 CUDA 库")
_MACHINE = Text(
    "{shm:.0%} of /dev/shm in use; processes of the control group killed for want of memory: {kills}",
    "已使用 {shm:.0%} 的 /dev/shm；控制组中因内存不足被杀死的进程：{kills}",
)
_LIMITS = Text("not seen", "未能看到")
_WATCHING = Text("watching {name}, {seconds:g} s …", "正在观察 {name}，{seconds:g} 秒 …")
_WORKER = Text("{pid} is a worker of {root}: watching the whole tree", "{pid} 是 {root} 的工作进程：观察整棵进程树")
_ENDED = Text("process {pid} has ended", "进程 {pid} 已结束")
_ERROR = Text("error: {what}", "错误：{what}")
_USAGE = Text("give the process id of the service, or --match NAME", "请给出服务的进程号，或 --match NAME")
_NO_NUMBER = Text("{given!r} is no process id", "{given!r} 不是进程号")
_NO_MATCH = Text("no command line contains {name!r}", "没有命令行包含 {name!r}")
_SEVERAL = Text(
    "{count} process trees match {name!r}, watch one of them by its id: {those}",
    "有 {count} 棵进程树匹配 {name!r}，请用进程号指定其中一棵：{those}",
)
_LONGEST = 3600.0
_SHOWN_COMMAND = 60


def watch(
    context: typer.Context,
    pid: Annotated[str | None, typer.Argument(metavar="PID", help="Process id of the service, or of a worker.")] = None,
    match: Annotated[
        str | None, typer.Option("--match", metavar="NAME", help="Instead of PID: part of the service's command line.")
    ] = None,
    seconds: Annotated[float, typer.Option("--seconds", min=0.5, max=_LONGEST, help="How long to look.")] = 5.0,
    follow: Annotated[
        bool, typer.Option("--follow", help="Look again and again, and print what changes, until it ends or Ctrl-C.")
    ] = False,
    json: JsonOption = None,
    lang: LangOption = None,
) -> None:
    """Look at a running service from outside: what each process does, who waits for whom, who is to blame and why.

    Any Python service, or none of Python's: it needs neither its help nor root for your own processes, and neither
    signals nor stops it.
    """
    chosen = language(lang)
    with failures(chosen, bool(context.obj)):
        from heygem_core.diagnosis.watching.look import Watcher

        wanted = _wanted(pid, match, chosen)
        try:
            watcher = Watcher(wanted)
            out = Console(quiet=json == "-")
            if watcher.root != wanted:
                _say(out, _WORKER.get(chosen).format(pid=wanted, root=watcher.root))
            if follow:
                _follow(watcher, seconds, json, out, chosen)
            else:
                _say(out, _WATCHING.get(chosen).format(name=watcher.root, seconds=seconds))
                diagnosis, graph = _look(watcher, seconds)
                write_json(_report(diagnosis, graph, chosen), json)
                _show(diagnosis, graph, out, chosen)
                _conclude(diagnosis, graph, chosen)
        except NotWatchable as error:
            complain(_ERROR.get(chosen).format(what=Text(error.en, error.zh).get(chosen)))
            raise typer.Exit(1) from error


def _wanted(pid: str | None, match: str | None, lang: str) -> int:
    """Return the process to watch; wrong usage is one line and exit code 2."""
    if (pid is None) == (match is None):
        raise _wrong(_USAGE.get(lang), lang)
    if match is None:
        # int() takes blanks, signs, underscores and every script's digits; a process id has none of these.
        if pid is None or not (pid.isascii() and pid.isdigit() and 0 < int(pid) < 1 << 31):
            raise _wrong(_NO_NUMBER.get(lang).format(given=pid), lang)
        return int(pid)
    from heygem_core.diagnosis.watching import family, proc

    found = family.matching(match)
    if not found:
        raise _wrong(_NO_MATCH.get(lang).format(name=match), lang)
    if len(found) > 1:
        those = ", ".join(f"{each} ({' '.join(proc.command(each))[:_SHOWN_COMMAND]})" for each in found)
        raise _wrong(_SEVERAL.get(lang).format(count=len(found), name=match, those=those), lang)
    return found[0]


def _wrong(what: str, lang: str) -> typer.Exit:
    complain(_ERROR.get(lang).format(what=what))
    return typer.Exit(2)


def _look(watcher: Any, seconds: float) -> tuple[Diagnosis, Graph]:
    from heygem_core.diagnosis.watching.judge import judge

    return judge(watcher.look(seconds))


def _report(diagnosis: Diagnosis, graph: Graph, lang: str) -> dict[str, Any]:
    from heygem_core.diagnosis.watching.report import as_json

    return as_json(diagnosis, graph, lang)


def _follow(watcher: Any, seconds: float, json: str | None, out: Console, lang: str) -> None:
    """Show each window that differs from the one before; exit as the last one does, once the service has ended."""
    before: object = None
    last: tuple[Diagnosis, Graph] | None = None
    while not watcher.ended():
        try:
            diagnosis, graph = last = _look(watcher, seconds)
        except NotWatchable:
            break
        now = _changes(diagnosis, graph)
        if now != before:
            _say(out, time.strftime("%H:%M:%S"))
            _write_line(_report(diagnosis, graph, lang), json)
            _show(diagnosis, graph, out, lang)
        before = now
    _say(out, _ENDED.get(lang).format(pid=watcher.root))
    if last is not None:
        _conclude(*last, lang)


def _conclude(diagnosis: Diagnosis, graph: Graph, lang: str) -> None:
    """Exit as the diagnosis says; where nothing was found and next to nothing could be seen, say that instead."""
    if not diagnosis.findings and graph.seen.hidden is not None:
        raise NotWatchable(graph.seen.hidden.en, graph.seen.hidden.zh)
    conclude(diagnosis, lang)


def _changes(diagnosis: Diagnosis, graph: Graph) -> object:
    """Return what must differ for a window to be shown: causes, culprits, processes, who is stuck before what."""
    waits = frozenset((w.process.pid, w.role, w.others) for w in graph.waiting if w.needy)
    return (
        tuple((finding.cause, finding.culprit) for finding in diagnosis.findings),
        diagnosis.collect is not None,
        frozenset((process.pid, process.name, process.dead) for process in graph.seen.processes.values()),
        waits,
    )


def _write_line(report: dict[str, Any], destination: str | None) -> None:
    """Write a window of --follow: to stdout one line each, a file always holds the last one."""
    if destination == "-":
        sys.stdout.write(js.dumps(report, ensure_ascii=False) + "\n")
        sys.stdout.flush()
    else:
        write_json(report, destination)


def _say(out: Console, words: str) -> None:
    out.print(words, style="dim", highlight=False, markup=False, soft_wrap=True)


def _show(diagnosis: Diagnosis, graph: Graph, out: Console, lang: str) -> None:
    from heygem_core.diagnosis.watching.report import limits
    from heygem_core.diagnosis.watching.words import sentences

    seen = graph.seen
    blamed = {p.pid for p in seen.processes.values() for f in diagnosis.findings if f.culprit and p.label in f.culprit}
    out.print(_table(graph, blamed, lang, narrow=out.width < _NARROW))
    _list(_WAITS, [line.get(lang) for line in sentences(graph.waiting, seen, blamed)], out, lang)
    libraries = [f"{process.pid}: {', '.join(process.libraries)}" for process in seen.living if process.libraries]
    _list(_LIBRARIES, libraries, out, lang)
    _list(_ENVIRONMENT, _environment(seen.living, lang), out, lang)
    # A machine without a GPU is no news unless somebody wants one.
    missing = () if seen.no_gpu is None or not (libraries or _asks(seen.living)) else (seen.no_gpu,)
    _list(_LIMITS, [limit.get(lang) for limit in (*limits(seen), *missing)], out, lang)
    kills = seen.oom_before + seen.oom_kills
    _say(out, _MACHINE.get(lang).format(shm=seen.shm_used or 0.0, kills=kills))
    if diagnosis.findings or seen.hidden is None:
        out.print()
        show(diagnosis, out, lang)


def _asks(processes: Sequence[ProcessSeen]) -> bool:
    return any(process.asked_gpu is not None for process in processes)


def _list(title: Text, lines: Sequence[str], out: Console, lang: str) -> None:
    if lines:
        out.print(RichText(title.get(lang), style="bold"))
        for line in lines:
            out.print(Padding(RichText(line), (0, 0, 0, 2)))


def _environment(processes: Sequence[ProcessSeen], lang: str) -> list[str]:
    """Return one line per environment: workers mostly share their parent's."""
    from heygem_core.diagnosis.doctor.notes import INERT

    found: dict[str, list[str]] = {}
    for process in processes:
        told = [
            f"{name}={value}" + (_INERT.get(lang).format(why=INERT[name].get(lang)) if name in INERT else "")
            for name, value in process.environment.items()
        ]
        if told:
            found.setdefault(", ".join(told), []).append(str(process.pid))
    return [f"{', '.join(pids)}: {told}" for told, pids in found.items()]


def _table(graph: Graph, blamed: set[int], lang: str, *, narrow: bool) -> Table:
    seen = graph.seen
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    gpu = any(process.gpu_bytes is not None for process in seen.living)
    runtime = any(process.onnxruntime is not None for process in seen.living)
    for number, column in enumerate(_COLUMNS):
        right = number in _FIGURES
        if not (narrow and number in _FIGURES[1:]):
            table.add_column(column.get(lang), justify="right" if right else "left", overflow="fold", no_wrap=right)
    if runtime:
        table.add_column(_ORT.get(lang))
    if gpu:
        table.add_column(_GPU.get(lang), justify="right")
    for process in seen.processes.values():
        if process.helper:
            continue
        cells = _cells(graph, process, lang)
        cells = [cell for number, cell in enumerate(cells) if not (narrow and number in _FIGURES[1:])]
        if runtime:
            cells.append(_provider(process, lang))
        if gpu:
            cells.append(_on_gpu(process))
        table.add_row(*cells, style="bold red" if process.pid in blamed else None)
    return table


def _cells(graph: Graph, process: ProcessSeen, lang: str) -> list[RichText]:
    from heygem_core.diagnosis.watching.words import doing, state
    from heygem_core.pipeline.evidence import describe_exit

    depth = 0
    above = graph.seen.processes.get(process.parent)
    while above is not None and depth < 8:
        depth, above = depth + 1, graph.seen.processes.get(above.parent)
    does = describe_exit(process.exit_code or 0) if process.dead else doing(process, graph).get(lang)
    files = "?" if process.descriptors is None else str(process.descriptors)
    numbers = ("", "", "", "") if process.dead else _numbers(process, files)
    return [RichText(cell) for cell in ("  " * depth + process.label, state(process).get(lang), *numbers, does)]


def _numbers(process: ProcessSeen, files: str) -> tuple[str, str, str, str]:
    return f"{process.busy:.0%}", str(len(process.threads)), files, f"{process.resident / 1e6:.0f} MB"


def _provider(process: ProcessSeen, lang: str) -> RichText:
    if process.onnxruntime is None:
        return RichText("")
    return RichText((_ON_CUDA if process.onnxruntime.cuda else _ON_CPU).get(lang))


def _on_gpu(process: ProcessSeen) -> RichText:
    if process.gpu_bytes is None:
        return RichText("")
    share = "" if process.gpu_share is None else f", {process.gpu_share} %"
    return RichText(f"{process.gpu_bytes / 1e6:.0f} MB{share}")
