"""A disposable interpreter for an experiment that may hang, crash or leave processes behind.

    caller -- hosted() --> host: own session, child subreaper, dies with its caller
                             └── whatever the experiment starts; killed and reaped before the host answers

An experiment is a function ``f(arguments: dict) -> dict``, JSON both ways, named "module:function". Nothing
that it does can hang its caller or leave anything in the caller's process.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

from heygem_core import errors
from heygem_core.casebook import processes
from heygem_core.errors import EffectNotShown, HeygemError
from heygem_core.runtime.signals import acted_on_at_once

T = TypeVar("T")
# <linux/prctl.h>
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_STOP_GRACE_S = 15.0
_STDERR_LINES = 5


def hosted(
    target: str,
    arguments: Mapping[str, Any],
    *,
    deadline_s: float,
    without: Sequence[str] = (),
    through: Sequence[str] = (),
) -> dict[str, Any]:
    """Run experiment ``target`` ("module:function") in a fresh interpreter and return its result.

    It starts with this process's environment, less the variables named in ``without``; by the command ``through``,
    where there is one, which must become the interpreter (exec), as systemd-run --scope does.
    A `HeygemError` of the experiment is raised here again, with the same message. `EffectNotShown` says that
    it raised something else, died, or did not end within ``deadline_s``; by then all its processes are gone.
    """
    host_command = [sys.executable, "-m", "heygem_core.casebook.host", target, json.dumps(arguments), str(os.getpid())]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path or str(Path.cwd()) for path in sys.path)}
    environment = {name: value for name, value in environment.items() if name not in without}
    with subprocess.Popen(
        [*through, *host_command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        env=environment,
    ) as host:
        try:
            if processes.asked_to_stop.is_set():
                raise KeyboardInterrupt
            answer, said = host.communicate(timeout=deadline_s)
        except subprocess.TimeoutExpired as error:
            message = f"experiment {target} did not end within {deadline_s:g} s and was killed"
            raise EffectNotShown(message) from error
        finally:
            _stop(host)
    return _result(target, answer, host.returncode, said.decode(errors="replace"))


def hosted_as(
    kind: type[T],
    function: Callable[[dict[str, Any]], dict[str, Any]],
    arguments: Mapping[str, Any],
    *,
    deadline_s: float,
) -> T:
    """Run experiment ``function`` as `hosted` does and return its result as the dataclass ``kind``, lists as tuples."""
    found = hosted(f"{function.__module__}:{function.__name__}", arguments, deadline_s=deadline_s)
    return kind(**{name: _tuples(value) for name, value in found.items()})


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def _stop(host: subprocess.Popen[bytes]) -> None:
    """End the host; asked first, so that it can end and reap what is below it."""
    if host.poll() is not None:
        return
    host.terminate()
    try:
        host.communicate(timeout=_STOP_GRACE_S)
    except subprocess.TimeoutExpired:
        os.killpg(host.pid, signal.SIGKILL)


def _result(target: str, answer: bytes, exit_code: int, said: str) -> dict[str, Any]:
    if not answer:
        tail = " | ".join(said.strip().splitlines()[-_STDERR_LINES:])
        raise EffectNotShown(f"experiment {target} ended with exit code {exit_code} and no result: {tail}")
    message: dict[str, Any] = json.loads(answer)
    if "error" in message:
        raise _error(message["error"], message["message"], message["arguments"])
    result: dict[str, Any] = message["result"]
    return result


def _error(name: str, message: str, arguments: Sequence[str]) -> HeygemError:
    kind = getattr(errors, name, None)
    if isinstance(kind, type) and issubclass(kind, HeygemError) and not issubclass(kind, errors.StageFailed):
        return kind(*arguments)
    return EffectNotShown(f"{name}: {message}")


def _prctl(option: int, value: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _asked_to_stop(number: int, _frame: FrameType | None) -> None:
    # Not SIG_IGN, which a program started from now on would inherit, deaf to the request until it has its own handler.
    signal.signal(number, lambda *_: None)
    # Before it is looked who is there: a host that a thread is just starting is seen below, or sees this.
    processes.asked_to_stop.set()
    # Threads of the experiment may wait for hosts of their own; they return once those have cleared up.
    for seen in processes.descendants(os.getpid()):
        if seen.parent == os.getpid() and seen.state != "Z":
            with suppress(ProcessLookupError):
                os.kill(seen.pid, number)
    raise KeyboardInterrupt


def _answer(target: str, arguments: dict[str, Any]) -> dict[str, Any]:
    module, _, function = target.partition(":")
    try:
        return {"result": getattr(importlib.import_module(module), function)(arguments)}
    except HeygemError as error:
        return {"error": type(error).__name__, "message": str(error), "arguments": [str(part) for part in error.args]}
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{Path(where.filename).name}:{where.lineno}"
        return {"error": type(error).__name__, "message": f"{error} (at {place}, in {target})", "arguments": []}


def main(arguments: list[str]) -> None:
    """Be the host: ``[target, arguments as JSON, pid of the caller]``; the result goes to stdout as JSON."""
    target, parameters, caller = arguments
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    _prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    signal.signal(signal.SIGTERM, _asked_to_stop)
    if os.getppid() != int(caller):
        return
    # What the experiment prints must not get between the caller and the answer.
    answer_fd = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    try:
        with acted_on_at_once():
            message = _answer(target, json.loads(parameters))
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        processes.end_descendants()
    with os.fdopen(answer_fd, "wb") as out:
        out.write(json.dumps(message).encode())


if __name__ == "__main__":
    main(sys.argv[1:])
