"""What a hung test looks like from outside: who waits for whom, every process and its stacks; and the end of it.

Runs in the guard's process, never in the test's.
"""

from __future__ import annotations

import contextlib
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil

from heygem_core.casebook.processes import is_tracker
from heygem_core.pipeline.evidence import process_state, wait_channel
from heygem_core.pytest_plugin import waits
from heygem_core.text import Text

_STACKS_S = 5.0
_KILL_S = 5.0
_HELPERS = ("heygem_core.runtime.nvml_sampling", str(Path(__file__).with_name("watchdog.py")))
"""Command lines of what this plugin itself runs below a test."""

_RUNNER = ("/_pytest/", "/pluggy/", "/pytest/__main__.py", "<frozen runpy>")
"""Frames of every test, that say nothing about this one."""

_HEAD = Text("{test}: no end within {seconds:g} s", "{test}：{seconds:g} 秒内没有结束")
_PROCESSES = Text(
    "processes (pid, state, seconds of CPU, waits in, command):", "进程（pid、状态、CPU 秒数、等待于、命令）："
)
_OWN_STACKS = Text("stacks of the test itself ({pid}):", "测试自身（{pid}）的调用栈：")
_NO_ANSWER = Text("it does not answer", "没有响应")
_KILLED = Text("killed: {killed}", "已杀死：{killed}")
_NOBODY = Text("no other process", "没有其他进程")
_LAST_WORDS = Text(
    "{pid} cannot be interrupted: it is killed as well, and the whole run ends here",
    "{pid} 无法被中断：一并杀死，整个测试运行到此结束",
)


def describe(settings: dict[str, Any], own_stacks: Callable[[float], str]) -> str:
    """Return the report; ``own_stacks`` asks the test's process for its stacks, within a timeout in seconds."""
    pid, lang = settings["pid"], settings["language"]
    lines = [_HEAD.get(lang).format(**settings)]
    others: list[str] = []
    try:
        seen = waits.look(pid)
        lines += waits.told(seen, lang)
        others += waits.stacks(seen, lang, but=pid)
    except Exception:
        # The rest is worth telling all the same.
        lines.append(traceback.format_exc())
    lines += [_PROCESSES.get(lang), *(_row(process) for process in (psutil.Process(pid), *_below(pid)))]
    own = [line for line in own_stacks(_STACKS_S).splitlines() if not any(part in line for part in _RUNNER)]
    lines += [_OWN_STACKS.get(lang).format(pid=pid), *(f"  {line}" for line in own or [_NO_ANSWER.get(lang)])]
    return "\n".join([*lines, *others])


def end_below(settings: dict[str, Any]) -> str:
    """Kill everything below the test's process and return who it was.

    All are stopped before the first is killed: nobody starts a replacement, and nobody's children get away. Resource
    trackers stay: they end by themselves and remove what the killed left in /dev/shm.
    """
    killed: dict[int, str] = {}
    deadline = time.monotonic() + _KILL_S
    while (victims := [p for p in _below(settings["pid"]) if _is_victim(p)]) and time.monotonic() < deadline:
        for process in victims:
            with contextlib.suppress(psutil.Error):
                killed.setdefault(process.pid, f"{process.pid} {_command(process)[:60]}")
                process.suspend()
        for process in reversed(victims):
            with contextlib.suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(victims, timeout=0.05)
    lang = settings["language"]
    return _KILLED.get(lang).format(killed="; ".join(killed.values()) or _NOBODY.get(lang))


def last_words(settings: dict[str, Any]) -> str:
    """Return what to print before the test's own process is killed."""
    return _LAST_WORDS.get(settings["language"]).format(**settings)


def _below(pid: int) -> Iterator[psutil.Process]:
    """Yield the processes below ``pid``, parents first, without this plugin's own."""
    for process in psutil.Process(pid).children(recursive=True):
        if not any(helper in _command(process) for helper in _HELPERS):
            yield process


def _is_victim(process: psutil.Process) -> bool:
    return process_state(process.pid) not in {"", "Z", "X"} and not is_tracker(process.pid)


def _command(process: psutil.Process) -> str:
    try:
        return " ".join(" ".join(process.cmdline()).split()) or f"[{process.name()}]"
    except psutil.Error:
        return ""


def _row(process: psutil.Process) -> str:
    try:
        times = process.cpu_times()
    except psutil.Error:
        return f"  {process.pid} -"
    state, place = process_state(process.pid), wait_channel(process.pid) or "-"
    return f"  {process.pid} {state} {times.user + times.system:.1f} {place} {_command(process)[:120]}"
