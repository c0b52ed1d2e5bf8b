"""Python stacks of a foreign process, by py-spy: it reads memory, and neither pauses nor asks the process."""

from __future__ import annotations

import itertools
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from heygem_core.diagnosis.watching.model import Frame
from heygem_core.text import Text

_DEADLINE_S = 5.0
_AT_ONCE = 4
_SIZES = frozenset({"n", "size"})
"""Local variables of multiprocessing's connection.py that say how long a message is."""

_PREPARATION = "preparation_data"
_NAMED = re.compile(r'"name": "([^"]+)"')
"""What multiprocessing/spawn.py was told about the child that it is, the name among the first."""
_NATIVE_SAMPLES = 3
_INTERPRETER = re.compile(r"/libpython[^/]*$|/python[\d.]*$|linux-vdso|\[vdso\]")
_C_LIBRARY = re.compile(r"/(lib(c|m|pthread)|ld-linux[^/]*)[-.][^/]*$")
_UNKNOWN = "\uffff"
"""Sorts behind every name, as the interpreter sorts before: what is in the middle is what most samples say."""

NOT_INSTALLED = Text(
    "py-spy is not installed (pip install py-spy): no Python stacks",
    "未安装 py-spy（pip install py-spy）：没有 Python 调用栈",
)
REFUSED = Text(
    "the Python stack was refused: it takes the right to trace the process (same user and kernel.yama.ptrace_scope=0, "
    "sudo, or docker run --cap-add SYS_PTRACE)",
    "无权读取 Python 调用栈：需要跟踪该进程的权限（同一用户且 kernel.yama.ptrace_scope=0，或 sudo，"
    "或 docker run --cap-add SYS_PTRACE）",
)
NO_INTERPRETER = Text(
    "no Python interpreter runs in it: its Python code has ended, or has not begun yet",
    "其中没有运行的 Python 解释器：Python 代码已经结束，或尚未开始",
)
NOT_PYTHON = Text(
    "it is no Python process: seen through /proc only",
    "不是 Python 进程：只能通过 /proc 观察",
)


@dataclass(frozen=True)
class Stack:
    """The Python stack of one thread, innermost frame first; ``tid`` is unknown before Python 3.11."""

    tid: int | None
    name: str
    frames: tuple[Frame, ...]
    owns_gil: bool


def program() -> str | None:
    """Return the path of py-spy: beside this interpreter, or on PATH; None where there is none."""
    beside = Path(sys.executable).with_name("py-spy")
    return str(beside) if beside.exists() else shutil.which("py-spy")


def take(pids: Collection[int]) -> dict[int, tuple[Stack, ...] | Text]:
    """Return the stacks of each process, or why there are none."""
    spy = program()
    if spy is None or not pids:
        return dict.fromkeys(pids, NOT_INSTALLED)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return dict(zip(pids, pool.map(lambda pid: _dump(spy, pid), pids), strict=True))


def libraries(pid: int) -> dict[str, str]:
    """Return thread name -> native library that the thread mostly computes in, "" for the interpreter itself.

    To walk native frames py-spy pauses the process for the sample, some 10 ms: for one that computes, no harm. None
    where py-spy cannot walk.
    """
    samples = [_libraries(pid) for _ in range(_NATIVE_SAMPLES)]
    threads = set.intersection(*(set(sample) for sample in samples))
    found = {name: sorted(sample[name] for sample in samples)[_NATIVE_SAMPLES // 2] for name in threads}
    return {name: library for name, library in found.items() if library != _UNKNOWN}


def native_function(pid: int, thread: str) -> str:
    """Return "function (library)" of the native frame in which the Python thread of that name stands, "" if unknown."""
    found = _native(pid)
    frames = found.get(thread, next(iter(found.values())) if len(found) == 1 else [])
    return f"{frames[0]['name']} ({Path(frames[0]['module']).name})" if frames and frames[0]["module"] else ""


def _libraries(pid: int) -> dict[str, str]:
    return {name: _library(frames) for name, frames in _native(pid).items()}


def _native(pid: int) -> dict[str, list[dict[str, Any]]]:
    """Return thread name -> its frames, native ones among them; nothing where py-spy cannot walk."""
    command = [str(program()), "dump", "--native", "--json", "--pid", str(pid)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_DEADLINE_S, check=True)
        threads = json.loads(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        return {}
    return {each["thread_name"] or "": each["frames"] for each in threads if each["frames"]}


def _library(frames: Iterable[Mapping[str, Any]]) -> str:
    """Return the library of the native frames inside the innermost Python frame.

    The C library alone says nothing: who called it may not have been found.
    """
    native = [frame["module"] for frame in itertools.takewhile(lambda frame: frame["module"], frames)]
    foreign = [Path(path).name for path in native if not _INTERPRETER.search(path) and not _C_LIBRARY.search(path)]
    if foreign:
        return foreign[0]
    return _UNKNOWN if native and all(_C_LIBRARY.search(path) for path in native) else ""


def _dump(spy: str, pid: int) -> tuple[Stack, ...] | Text:
    command = [spy, "dump", "--nonblocking", "--locals", "--json", "--pid", str(pid)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_DEADLINE_S, check=False)
    except subprocess.TimeoutExpired:
        return Text(f"py-spy did not answer within {_DEADLINE_S:g} s", f"py-spy 在 {_DEADLINE_S:g} 秒内没有应答")
    except OSError as error:
        return Text(f"py-spy cannot be run: {error}", f"无法运行 py-spy：{error}")
    if done.returncode:
        return _reason(done.stderr)
    try:
        return tuple(_stack(thread) for thread in json.loads(done.stdout))
    except (ValueError, KeyError, TypeError) as error:
        return Text(f"what py-spy said cannot be read: {error}", f"无法解析 py-spy 的输出：{error}")


def _reason(said: str) -> Text:
    """Return why py-spy failed, from what it wrote to stderr."""
    head = said.partition("Stack backtrace:")[0]
    if any(words in head for words in ("ermission denied", "not permitted", "EPERM")):
        return REFUSED
    if "Failed to find a python interpreter" in head:
        return NO_INTERPRETER
    line = " ".join(head.split()).removeprefix("Error: ")[:200]
    return Text(f"py-spy could not read it: {line}", f"py-spy 无法读取：{line}")


def _stack(thread: Mapping[str, Any]) -> Stack:
    frames = tuple(_frame(frame) for frame in thread["frames"])
    return Stack(thread["os_thread_id"], thread["thread_name"] or "", frames, bool(thread["owns_gil"]))


def _frame(frame: Mapping[str, Any]) -> Frame:
    file = frame["short_filename"] or frame["filename"]
    variables = {each["name"]: each["repr"] or "" for each in frame["locals"] or ()}
    numbers = {}
    if file.endswith("multiprocessing/connection.py"):
        numbers = {name: int(value) for name, value in variables.items() if name in _SIZES and value.isdigit()}
    named = _NAMED.search(variables.get(_PREPARATION, "")) if file.endswith("multiprocessing/spawn.py") else None
    return Frame(
        function=frame["name"].rpartition(".")[2],
        file=file,
        line=frame["line"],
        path=frame["filename"],
        state=hash(tuple(sorted(variables.items()))),
        numbers=numbers,
        process=named[1] if named else "",
    )
