"""Notes every onnxruntime session that did not apply the provider it was asked for.

Used in the test's process and, through sitecustomize, in those below it: standard library only, any Python 3.8 or
newer, any onnxruntime. Costs one entry in ``sys.meta_path`` until onnxruntime is imported.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # importing typing would cost every start of a process 5 ms
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any

REPORT = "HEYGEM_FALLBACK_REPORT"
"""Variable with the path of an existing file; each finding is appended as one line of JSON."""

_MODULE = "onnxruntime.capi.onnxruntime_inference_collection"
_FRAMES = 6
_RUNNER = ("/_pytest/", "/pluggy/", "/multiprocessing/", "<frozen ")
"""Frames below every test and every child, that say nothing about this one."""
_REQUESTED = "_heygem_requested"

_report: str | None = None
_replaced: list[tuple[Any, str, Any]] = []


def install(report: str | None) -> None:
    """Note findings in the file ``report`` from now on, in this process and in its forks; None does nothing."""
    global _report  # noqa: PLW0603 - one per process, inherited by forks
    if not report:
        return
    _report = report
    if _MODULE in sys.modules:
        _patch(sys.modules[_MODULE])
    else:
        sys.meta_path.insert(0, _Finder())


def uninstall() -> None:
    """Note nothing any more and take everything back."""
    global _report  # noqa: PLW0603 - as above
    _report = None
    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, _Finder)]
    while _replaced:
        owner, name, original = _replaced.pop()
        setattr(owner, name, original)


class _Finder:
    """Lets the others find the module, and patches it when it has been executed."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the module's own spec with one step added; None for any other module."""
        if name != _MODULE:
            return None
        for finder in sys.meta_path:
            spec = None if isinstance(finder, _Finder) else finder.find_spec(name, path, target)
            if spec is not None:
                _after_execution(spec.loader, _patch)
                return spec
        return None


def _after_execution(loader: Any, call: Callable[[Any], None]) -> None:
    execute = loader.exec_module

    def exec_module(module: ModuleType) -> None:
        execute(module)
        call(module)

    loader.exec_module = exec_module


def _patch(module: Any) -> None:
    session = module.InferenceSession
    _replace(session, "__init__", _watched_init)
    _replace(session, "set_providers", _watched_set_providers)


def _replace(owner: Any, name: str, wrap: Callable[[Any], Any]) -> None:
    import functools

    original = getattr(owner, name)
    _replaced.append((owner, name, original))
    setattr(owner, name, functools.wraps(original)(wrap(original)))


def _watched_init(original: Any) -> Any:
    def __init__(  # noqa: N807
        self: Any, path_or_bytes: Any, sess_options: Any = None, providers: Any = None, *others: Any, **named: Any
    ) -> None:
        original(self, path_or_bytes, sess_options, providers, *others, **named)
        _judge(self, providers, "created")

    return __init__


def _watched_set_providers(original: Any) -> Any:
    def set_providers(self: Any, providers: Any = None, *others: Any, **named: Any) -> None:
        original(self, providers, *others, **named)
        # onnxruntime calls it on itself when a run fails on the device, to go on with another one.
        itself = sys._getframe(1).f_globals.get("__name__") == _MODULE
        _judge(self, getattr(self, _REQUESTED, None) if itself else providers, "changed")

    return set_providers


def _judge(session: Any, providers: Any, how: str) -> None:
    """Note the session unless its first provider is the first that was asked for; never raises."""
    try:
        names = [entry if isinstance(entry, str) else entry[0] for entry in providers or ()]
        applied = session.get_providers()
        setattr(session, _REQUESTED, names)
        if names and applied[:1] != names[:1]:
            _note(names, applied, how)
    except Exception:  # noqa: S110 - it is somebody's program, and it worked
        pass


def _note(requested: list[str], applied: list[str], how: str) -> None:
    import json
    import traceback

    library = os.path.dirname(str(sys.modules["onnxruntime"].__file__))  # noqa: PTH120 - as in sitecustomize
    frames = [
        "%s:%s in %s" % (frame.filename, frame.lineno, frame.name)  # noqa: UP031 - as old as the Python may be
        for frame in traceback.extract_stack()
        if not frame.filename.startswith((__file__, library)) and not any(part in frame.filename for part in _RUNNER)
    ]
    finding = {
        "pid": os.getpid(),
        "process": _name(),
        "requested": requested,
        "applied": applied,
        "how": how,
        "version": sys.modules["onnxruntime"].__version__,
        "library": library,
        "frames": frames[-_FRAMES:],
    }
    # Appending one line by one call keeps lines of several processes apart. A test that is over took its file away.
    descriptor = os.open(str(_report), os.O_WRONLY | os.O_APPEND)
    try:
        os.write(descriptor, json.dumps(finding).encode() + b"\n")
    finally:
        os.close(descriptor)


def _name() -> str:
    process = sys.modules.get("multiprocessing.process")
    name = process.current_process().name if process else "MainProcess"
    return " ".join(sys.argv)[:200] if name == "MainProcess" else name
