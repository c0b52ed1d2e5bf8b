"""What watches the sessions, beside a test and in the programs that it starts: somebody's programs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from heygem_core.pytest_plugin import fallback
from heygem_core.pytest_plugin.child_hook import heygem_session_watch


@pytest.fixture(autouse=True)
def _no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    monkeypatch.setenv("ORT_DISABLE_TELEMETRY", "1")


def python(code: str, *folders: Path) -> subprocess.CompletedProcess[str]:
    """Run ``code`` with the hook on the path before ``folders``, and a report that nobody can write."""
    hook = Path(heygem_session_watch.__file__).parent
    path = os.pathsep.join(map(str, [hook, *folders, *sys.path]))
    environment = {**os.environ, "PYTHONPATH": path, heygem_session_watch.REPORT: "/nowhere/report"}
    command = [sys.executable, "-c", code]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_a_child_is_the_same_program_as_without_us(model: bytes, tmp_path: Path) -> None:
    """Its sitecustomize runs, its path does not show ours, and a report that cannot be written stops nothing."""
    (tmp_path / "sitecustomize.py").write_text("import sys; sys.mine = True", encoding="utf-8")
    code = "import sys, sitecustomize, onnxruntime; print(sys.mine, sitecustomize.__file__, *sys.path)"
    code += f"; onnxruntime.InferenceSession({model!r}, providers=['CUDAExecutionProvider'])"
    done = python(code, tmp_path)
    assert done.returncode == 0
    mine, file, *path = done.stdout.split()[: 2 + len(sys.path)]
    assert (mine, file) == ("True", str(tmp_path / "sitecustomize.py"))
    assert not any("child_hook" in entry for entry in path)
    assert "Traceback" not in done.stderr
    assert "sitecustomize" not in done.stderr


def test_a_child_s_broken_sitecustomize_is_its_own_affair(tmp_path: Path) -> None:
    """It fails with the words that it would fail with, and the program runs."""
    (tmp_path / "sitecustomize.py").write_text("raise RuntimeError('of its own')", encoding="utf-8")
    done = python("print('ran')", tmp_path)
    assert (done.returncode, done.stdout) == (0, "ran\n")
    assert "RuntimeError: of its own" in done.stderr


def test_a_child_without_onnxruntime_pays_for_no_import() -> None:
    """Until onnxruntime is imported the hook imports nothing but itself."""
    show = "import sys; print(*sys.modules)"
    command = [sys.executable, "-c", show]
    plain = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout.split()
    loaded = set(python(show).stdout.split()) - set(plain)
    assert loaded <= {"__future__", "sitecustomize", "heygem_session_watch"}
    assert "heygem_session_watch" in loaded


def test_the_watch_takes_everything_back() -> None:
    """After its end the class, the import system and the environment are what they were."""
    import onnxruntime

    kind = onnxruntime.InferenceSession
    before = (kind.__init__, kind.set_providers, list(sys.meta_path), dict(os.environ))
    watch = fallback.SessionWatch()
    assert kind.__init__ is not before[0]
    watch.end()
    assert (kind.__init__, kind.set_providers, list(sys.meta_path), dict(os.environ)) == before


def test_a_fallback_in_the_middle_of_a_run_is_one(model: bytes) -> None:
    """When a run fails on the device, onnxruntime itself changes the session's providers: nobody asked for these."""
    import onnxruntime
    from onnxruntime.capi import onnxruntime_inference_collection as collection

    watch = fallback.SessionWatch()
    try:
        session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
        session._heygem_requested = ["CUDAExecutionProvider", "CPUExecutionProvider"]
        # As its run() does it, from that module.
        exec("session.set_providers(['CPUExecutionProvider'])", vars(collection), {"session": session})  # noqa: S102
        (finding,) = watch.findings()
    finally:
        watch.end()
    assert finding["requested"][0] == "CUDAExecutionProvider"
    assert finding["how"] == "changed"


def test_the_failure_is_told_in_chinese_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Under a Chinese locale."""
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    finding = {
        "pid": 7,
        "process": "生成",
        "requested": ["ROCMExecutionProvider"],
        "applied": ["CPUExecutionProvider"],
        "how": "created",
        "version": "1.31.1",
        "library": "/somewhere",
        "frames": ["a.py:1 in f"],
    }
    told = fallback.explained([finding], "")
    assert "请求的是 ROCMExecutionProvider，实际用的是 CPUExecutionProvider" in told
    assert "创建于进程 7" in told
