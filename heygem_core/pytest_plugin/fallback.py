"""``no_cpu_fallback``: a test in which an onnxruntime session did not apply the requested provider fails.

Seen are sessions in the test's process, in its forks, and in every Python process below it that reads
``PYTHONPATH``. Not seen are Pythons started with ``-I``, ``-E`` or ``-S`` or with an environment of their own,
children of a fork server that ran before the test, and providers chosen through session options.
"""

from __future__ import annotations

import importlib.util
import json
import os
import tempfile
from pathlib import Path
from typing import Any

import pytest

from heygem_core.pytest_plugin.child_hook import heygem_session_watch as hook
from heygem_core.text import Text, locale_language

_CUDA = ("CUDAExecutionProvider", "TensorrtExecutionProvider")
_OWN = Text("the test's own", "测试自身")
_HOW = {
    "created": Text("created in process", "创建于进程"),
    "changed": Text("changed in process", "更改于进程"),
}


class SessionWatch:
    """Watches sessions from its creation to `end`; `findings` are what was noted since the last look."""

    def __init__(self) -> None:
        # On the default path, not in a folder that a test may have made its own: it must outlive the test's fixtures.
        descriptor, name = tempfile.mkstemp(prefix="no-cpu-fallback-")
        os.close(descriptor)
        self._report = Path(name)
        self._read = 0
        self._patch = pytest.MonkeyPatch()
        self._patch.setenv(hook.REPORT, name)
        self._patch.setenv("PYTHONPATH", str(Path(hook.__file__).parent), prepend=os.pathsep)
        hook.install(name)

    def findings(self) -> list[dict[str, Any]]:
        """Return what was noted since the last call, in order."""
        lines = self._report.read_bytes().splitlines()
        new, self._read = lines[self._read :], len(lines)
        return [json.loads(line) for line in new]

    def end(self) -> None:
        """Stop watching this process; those still running below can note nothing any more."""
        hook.uninstall()
        self._patch.undo()
        self._report.unlink()


def explained(findings: list[dict[str, Any]], said: str) -> str:
    """Return the failure's text; ``said`` is what the test and those below it wrote to stderr."""
    return "\n".join(line for finding in findings for line in _lines(finding, said, locale_language()))


def _lines(finding: dict[str, Any], said: str, lang: str) -> list[str]:
    requested, applied = ", ".join(finding["requested"]), ", ".join(finding["applied"])
    reason = _reason(finding, said)
    told = Text(
        f"onnxruntime session: requested {requested}, applied {applied}{f': {reason}' if reason else ''}",
        f"onnxruntime 会话：请求的是 {requested}，实际用的是 {applied}{f'：{reason}' if reason else ''}",
    )
    own = finding["pid"] == os.getpid()
    name = _OWN.get(lang) if own else finding["process"]
    where = f"  {_HOW[finding['how']].get(lang)} {finding['pid']} ({name}), onnxruntime {finding['version']}:"
    frames = [frame.removeprefix(f"{Path.cwd()}/") for frame in finding["frames"]]
    files = [frame for frame in frames if not frame.startswith("<string>")]
    return [told.get(lang), where, *(f"    {frame}" for frame in files or frames)]


def _reason(finding: dict[str, Any], said: str) -> str:
    """Return why, as exactly as can be told; "" where it is not about CUDA, or about another onnxruntime than ours."""
    from heygem_core.runtime import refusal

    spec = importlib.util.find_spec("onnxruntime")
    ours = spec is not None and spec.origin is not None and Path(spec.origin).parent == Path(finding["library"])
    return refusal.explain(refusal.plain(said)).reason if ours and finding["requested"][0] in _CUDA else ""
