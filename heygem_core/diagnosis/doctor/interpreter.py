"""Running the probe in somebody's Python interpreter, and finding the interpreter that a command will start."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from heygem_core.diagnosis import probe
from heygem_core.diagnosis.doctor.facts import Facts, Wanted
from heygem_core.errors import NotExaminable

SECONDS = 60.0
"""The whole examination; CUDA's libraries on a cold disk take tens of seconds."""
OLDEST = (3, 8)
"""The oldest Python that the probe runs under, and that any onnxruntime-gpu on PyPI is built for."""
PROBE = Path(probe.__file__)
_FOR_FORKS = 0.8
"""Share of the time for what happens in the probe's forks; the rest is for the interpreter itself."""
_VERSION = re.compile(r"^Python (\d+)\.(\d+)")
_PYTHON = re.compile(r"^(python|pypy)[\d.]*$")
_LONG_SHEBANG = re.compile(r"^'''exec' \"?([^\"\s]+)\"? ")


def examine(
    python: str,
    wanted: Wanted = "cuda",
    *,
    environment: Mapping[str, str] | None = None,
    model: Path | None = None,
    library: Path | None = None,
    seconds: float = SECONDS,
) -> Facts:
    """Run the probe in ``python`` (a path, or a name on PATH) with ``environment``, by default this process's.

    Raises `NotExaminable`, with what was wrong, for anything that is not a Python of a version that the probe supports,
    and where it did not answer within ``seconds``.
    """
    executable = _executable(python)
    base = dict(os.environ if environment is None else environment)
    version = _version(executable, base, seconds)
    if version < OLDEST:
        raise NotExaminable(
            f"{python!r} is Python {version[0]}.{version[1]}; onnxruntime-gpu and this examination need 3.8 or newer"
        )
    request: dict[str, Any] = {"provider": wanted, "seconds": seconds * _FOR_FORKS}
    request |= {"model": str(model.absolute())} if model else {}
    request |= {"library": str(library.absolute())} if library else {}
    out, said = _run([executable, str(PROBE), json.dumps(request)], base, seconds, python)
    last = next((line for line in reversed(out.splitlines()) if line.startswith('{"probe"')), None)
    if last is None:
        words = (said.strip() or out.strip()).splitlines()[-1:]
        raise NotExaminable(f"{python!r} could not run the examination: {words[0] if words else 'it said nothing'}")
    return Facts(json.loads(last), wanted)


def read(path: Path, wanted: Wanted = "cuda") -> Facts:
    """Return the facts that the probe wrote elsewhere, in a container for example; raises `NotExaminable`."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8").strip().splitlines()[-1])
    except (OSError, ValueError, IndexError) as error:
        raise NotExaminable(f"{str(path)!r} cannot be read as the probe's output: {error}") from error
    if not isinstance(raw, dict) or "probe" not in raw:
        raise NotExaminable(f"{str(path)!r} is not the probe's output")
    return Facts(raw, wanted)


def _executable(python: str) -> str:
    found = shutil.which(python)
    if found is not None:
        return str(Path(found).absolute())
    path = Path(python)
    if path.is_dir():
        raise NotExaminable(f"{python!r} is a directory, not a Python interpreter")
    if path.exists():
        raise NotExaminable(f"{python!r} is not a Python interpreter: it is not executable")
    raise NotExaminable(f"{python!r} is not a Python interpreter: there is no such file")


def _version(executable: str, environment: dict[str, str], seconds: float) -> tuple[int, int]:
    try:
        out, said = _run([executable, "-V"], environment, seconds, executable)
    except OSError as error:
        raise NotExaminable(f"{executable!r} is not a Python interpreter: {error.strerror}") from error
    match = _VERSION.match(out) or _VERSION.match(said)
    if match is None:
        raise NotExaminable(f"{executable!r} is not a Python interpreter: it does not answer to -V like one")
    return int(match.group(1)), int(match.group(2))


def _run(command: Sequence[str], environment: dict[str, str], seconds: float, name: str) -> tuple[str, str]:
    pipe = subprocess.PIPE
    # A group of its own: its forks end with it.
    process = subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, start_new_session=True
    )
    try:
        out, said = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        raise NotExaminable(f"{name!r} did not answer within {seconds:g} s") from None
    finally:
        if process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    return out.decode("utf-8", "replace"), said.decode("utf-8", "replace")


def interpreter_of(command: Sequence[str]) -> str:
    """Return the Python that ``command`` will start: named itself, or in the first line of a script.

    Raises `NotExaminable` where that cannot be told.
    """
    found = shutil.which(command[0])
    if found is None:
        raise NotExaminable(f"the command {command[0]!r} is not found")
    if _PYTHON.match(Path(found).name):
        return found
    with Path(found).open("rb") as file:
        lines = file.read(4096).decode("utf-8", "replace").splitlines()
    named = _shebang(lines) if lines and lines[0].startswith("#!") else None
    if named is None:
        raise NotExaminable(
            f"which Python {command[0]!r} starts cannot be told: name it with --python, as in "
            f"heygem-core exec --python /path/to/python -- {command[0]} …"
        )
    return named


def _shebang(lines: Sequence[str]) -> str | None:
    words = lines[0][2:].split()
    if words and Path(words[0]).name == "env":
        words = [word for word in words[1:] if not word.startswith("-") and "=" not in word]
    if words and _PYTHON.match(Path(words[0]).name):
        return words[0]
    # pip's way around the limit of a first line's length.
    second = _LONG_SHEBANG.match(lines[1]) if len(lines) > 1 else None
    return second.group(1) if second else None
