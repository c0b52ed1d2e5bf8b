"""What is measured beside the processes: GPU, memory killer, shared memory; and what py-spy answers."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from heygem_core.diagnosis.watching import gpu, stacks, surroundings
from heygem_core.diagnosis.watching.gpu import GpuUse
from heygem_core.pipeline.evidence import oom_kills
from heygem_core.text import Text
from tests.diagnosis.watching.services import running

_MEMORY = Path("/sys/fs/cgroup/memory")
_LIMIT = 32 << 20


class FakeNvml(ModuleType):
    """Stands in for NVIDIA's binding, which works only with a driver: two GPUs, one process on both."""

    class NVMLError(Exception):
        """Base of the binding's errors, as in the real one."""

    nvmlInit = nvmlShutdown = staticmethod(lambda: None)  # noqa: N815 - the binding's own spelling
    nvmlDeviceGetCount = staticmethod(lambda: 2)  # noqa: N815
    nvmlDeviceGetHandleByIndex = staticmethod(lambda index: index)  # noqa: N815

    @staticmethod
    def nvmlDeviceGetComputeRunningProcesses(device: int) -> list[SimpleNamespace]:  # noqa: N802
        """Return process 10 on both, 11 on the second, of which the driver does not tell the memory."""
        first = SimpleNamespace(pid=10, usedGpuMemory=1 << 30)
        return [first] if device == 0 else [first, SimpleNamespace(pid=11, usedGpuMemory=None)]

    @classmethod
    def nvmlDeviceGetProcessUtilization(cls, device: int, _since: int) -> list[SimpleNamespace]:  # noqa: N802
        """Return samples on the first device; on the second there were none, which is an error of the binding."""
        if device == 1:
            raise cls.NVMLError("Not Found")
        return [SimpleNamespace(pid=10, smUtil=20), SimpleNamespace(pid=10, smUtil=70)]


def test_a_process_uses_all_gpus_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory adds up, of the utilization the highest sample counts; what is not told stays unknown."""
    monkeypatch.setitem(sys.modules, "fake_nvml_of_processes", FakeNvml("fake_nvml_of_processes"))
    assert gpu.use(1.0, "fake_nvml_of_processes") == {10: GpuUse(2 << 30, 70), 11: GpuUse(None, None)}


def test_without_a_driver_there_is_a_reason() -> None:
    """The reason is NVML's, in both languages."""
    found = gpu.use(1.0, "no_such_binding_of_nvml")
    assert isinstance(found, Text)
    assert "no_such_binding_of_nvml" in found.en


@pytest.fixture
def small_group() -> Iterator[Path]:
    """Make a control group with a memory limit, where one can be made."""
    group = _MEMORY / f"heygem-test-{os.getpid()}"
    try:
        group.mkdir()
        (group / "memory.limit_in_bytes").write_text(str(_LIMIT))
    except OSError as error:
        with suppress(OSError):
            group.rmdir()
        pytest.skip(f"no control group of version 1 can be made here: {error}")
    yield group
    group.rmdir()


def test_what_the_memory_limit_kills_is_counted(small_group: Path) -> None:
    """The counter of a process's own control group, version 1, goes up with the kill; the machine's as well."""
    member = "import sys, time; sys.stdin.read(1); print('ready', flush=True); time.sleep(600)"
    eater = "import sys; sys.stdin.read(1); x = bytearray(1 << 28); x[::4096] = bytes(len(x[::4096]))"
    machine = surroundings.machine_oom_kills()
    processes = [subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE) for code in (member, eater)]
    for process in processes:
        (small_group / "cgroup.procs").write_text(str(process.pid))
    before = oom_kills(processes[0].pid)
    processes[1].communicate(b"x")
    counted = oom_kills(processes[0].pid)
    processes[0].kill()
    processes[0].communicate()
    assert processes[1].returncode == -9
    assert (before, counted) == (0, 1)
    assert surroundings.machine_oom_kills() > machine


def test_shared_memory_is_seen_as_the_process_sees_it() -> None:
    """A share between 0 and 1; nothing for a process that is gone."""
    used = surroundings.shm_used(os.getpid())
    assert used is not None
    assert 0 <= used <= 1
    assert surroundings.shm_used(2**22 + 1) is None


def test_py_spy_is_not_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it every process has the same reason for having no stacks."""
    monkeypatch.setattr(stacks, "program", lambda: None)
    assert stacks.take([os.getpid()]) == {os.getpid(): stacks.NOT_INSTALLED}


def test_what_py_spy_cannot_read_has_a_reason_in_one_line() -> None:
    """Not Python, gone: neither a traceback of py-spy nor a path of its sources."""
    with running("sleep", "600", ready=False) as service:
        found = stacks.take([service.pid, 2**22 + 1])
    for reason in found.values():
        assert isinstance(reason, Text)
        assert "\n" not in reason.en
        assert "backtrace" not in reason.en


def test_variables_leave_a_fingerprint_only() -> None:
    """A stack holds names, places and sizes of messages; what the variables hold is in it nowhere."""
    code = "def f():\n    secret = 's3cret'\n    print('ready', flush=True)\n    import time; time.sleep(600)\nf()"
    with running(sys.executable, "-c", code) as service:
        found = stacks.take([service.pid])[service.pid]
    assert not isinstance(found, Text), found.en
    (stack,) = found
    assert [frame.function for frame in stack.frames] == ["f", "<module>"]
    assert stack.frames[0].state != stack.frames[1].state
    assert "s3cret" not in repr(stack)
