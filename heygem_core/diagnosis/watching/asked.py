"""What shows that a process asked onnxruntime for a GPU: its log, its code, its command line.

Code and command line only say what will be asked when a session is created; so they count once one was.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from heygem_core.diagnosis.watching import libraries, proc
from heygem_core.diagnosis.watching.calls import Surroundings, understand
from heygem_core.diagnosis.watching.model import Frame, Kind
from heygem_core.text import Text

# What onnxruntime 1.16 to 1.31 write where CUDA was asked for and is not applied.
_FALLBACK = re.compile(
    rb"Failed to create CUDAExecutionProvider|TryGetProviderInfo_CUDA"
    rb"|Specified provider 'CUDAExecutionProvider' is not in available"
)
_MISSING = re.compile(rb"(lib\w+\.so[.\d]*): cannot open shared object file")
_LOG_PART = 1 << 18
"""Bytes of a log's beginning and of its end that are searched: a model is loaded early, a service restarts late."""
_PROVIDER = b"CUDAExecutionProvider"
_COMMAND = re.compile(r"(?:^|[=:])(?:cuda|gpu)(?::\d+)?$", re.IGNORECASE)
_DECLINED = re.compile(r"(?:^|[=:])cpu$", re.IGNORECASE)
_INSTALLED = re.compile(
    r"/(site|dist)-packages/|^/(usr/)?lib|/lib-dynload/|/lib/python3|/heygem_core/(runtime|lipsync|pipeline)/"
)
"""Code that is not the service's own; this package's stages check what was applied by themselves."""
_MOST_FILES, _LARGEST = 200, 1 << 24
_STACK_BYTES = 4096


def asked_gpu(
    around: Surroundings, command: Sequence[str], stacks: Iterable[tuple[Frame, ...]]
) -> tuple[Text, bool] | None:
    """Return what shows that CUDA was asked for, and whether it states it; None where nothing does."""
    written = {d.target for d in around.descriptors.values() if d.target.startswith("/") and "w" in d.mode}
    for path in sorted(written):
        if found := _logged(Path(f"/proc/{around.pid}/root{path}"), Path(path).name):
            return found, True
    frames = [frame for stack in stacks for frame in stack]
    running = any("onnxruntime" in frame.file for frame in frames)
    if not running and not _has_pool(around):
        return None
    hidden = proc.environment(around.pid).get("CUDA_VISIBLE_DEVICES") in ("", "-1")
    if hidden or any(_DECLINED.search(word) for word in command):
        return None
    said = next((word for word in command if _COMMAND.search(word)), None)
    if said is not None:
        return Text(f"its command line says {said}", f"其命令行中写有 {said}"), False
    found = next(_written(around, frames), None)
    return None if found is None else (found, False)


def _logged(path: Path, shown: str) -> Text | None:
    try:
        if not path.is_file():
            return None
        with path.open("rb") as file:
            data = file.read(_LOG_PART)
            file.seek(max(file.tell(), path.stat().st_size - _LOG_PART))
            data += file.read(_LOG_PART)
    except OSError:
        return None
    if not _FALLBACK.search(data):
        return None
    missing = _MISSING.search(data)
    if missing:
        library = missing[1].decode()
        return Text(
            f"its log {shown} says that CUDA was asked for and {library} could not be opened",
            f"它的日志 {shown} 表明请求了 CUDA，而 {library} 无法打开",
        )
    return Text(
        f"its log {shown} says that CUDA was asked for and not applied",
        f"它的日志 {shown} 表明请求了 CUDA 却没有生效",
    )


def _written(around: Surroundings, frames: Iterable[Frame]) -> Iterator[Text]:
    """Yield the places in the user's own code that name the CUDA provider: beside what is on the stack, or compiled."""
    root = Path(f"/proc/{around.pid}/root")
    folders = {Path(f.path).parent for f in frames if f.path.startswith("/") and not _INSTALLED.search(f.path)}
    sources = [path for folder in sorted(folders) for path in sorted(Path(f"{root}{folder}").glob("*.py"))]
    own = {each.path for each in around.mapped if ".so" in each.path and not _INSTALLED.search(each.path)}
    for path in [*sources[:_MOST_FILES], *(Path(f"{root}{name}") for name in sorted(own))]:
        try:
            data = path.read_bytes() if path.stat().st_size <= _LARGEST else b""
        except OSError:
            continue
        at = data.find(_PROVIDER)
        if at >= 0:
            number = data[:at].count(b"\n") + 1
            line = f":{number}" if path.suffix == ".py" else ""
            yield Text(
                f"its code asks for CUDAExecutionProvider ({path.name}{line}), and a session was created",
                f"其代码请求了 CUDAExecutionProvider（{path.name}{line}），并且已创建会话",
            )


def _has_pool(around: Surroundings) -> bool:
    """Tell whether threads of an onnxruntime pool exist: every session with more than one thread has some.

    They wait in the C library without a time limit, and their stacks hold return addresses within onnxruntime; so does
    that of its telemetry, which waits with a limit.
    """
    code = [(each.start, each.end) for each in libraries.sessions(around.mapped)]
    for tid in proc.tasks(around.pid)[1:]:
        line = proc.call(around.pid, tid)
        wait = understand(line, "", "S", around)
        if line and wait.kind is Kind.LOCK and not wait.timed and _returns_into(around.pid, line, code):
            return True
    return False


def _returns_into(pid: int, call: str, code: list[tuple[int, int]]) -> bool:
    """Tell whether the stack of a thread, whose address stands in ``call``, points into ``code``."""
    raw = proc.memory(pid, int(call.split()[-2], 16), _STACK_BYTES)
    return raw is not None and any(
        start <= address < end for (address,) in struct.iter_unpack("=Q", raw) for start, end in code
    )
