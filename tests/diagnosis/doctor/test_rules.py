"""Single rules and notes, on the facts of a real interpreter in which one thing is made different."""

from __future__ import annotations

import copy
import sys
from collections.abc import Mapping
from typing import Any

import pytest

from heygem_core.diagnosis.doctor import notes
from heygem_core.diagnosis.doctor.checkup import diagnose
from heygem_core.diagnosis.doctor.facts import Facts
from heygem_core.diagnosis.doctor.interpreter import examine
from heygem_core.diagnosis.doctor.rules_session import SHM
from heygem_core.errors import Cause

CUDA = "CUDAExecutionProvider"
WORKING: dict[str, Any] = {
    "trial": {"session": [CUDA, "CPUExecutionProvider"], "run": True, "said": "", "at": None, "ended": None},
    "trace": {},
    "load": None,
    "driver": {"driver": {"init": 0, "cuda": 13000}, "error": None, "ended": None, "said": ""},
    "nvml": {
        "nvml": {
            "error": 0,
            "driver": "580.95.05",
            "cuda": 13000,
            "devices": [{"name": "L4", "capability": [8, 9], "memory": [24 << 30, 20 << 30, 4 << 30]}],
        }
    },
    "machine": {"shm": {"total": 8 << 30, "free": 8 << 30}, "nodes": ["/dev/nvidia0"], "pci": 1, "files": {}},
    "environment": {},
    "torch": None,
}
FAILED_IMPORT: dict[str, Any] = {"import": None, "session": None, "run": None, "at": "import", "error": ""}
GLIBC = "ImportError: /lib/libc.so.6: version `GLIBC_2.28' not found (required by x)"
STACK = "ImportError: libonnxruntime.so: cannot enable executable stack as shared object requires"
QUOTA = {"/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "200000", "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000"}
TORCH_CPU = "__version__ = '2.13.0+cpu'\ncuda: Optional[str] = None\n"
BLACKWELL = {"nvml": {"devices": [{"name": "RTX 5090", "capability": [12, 0]}]}}
NO_DRIVER = {"driver": {"driver": None, "error": "OSError: libcuda.so.1: cannot open shared object file: No such file"}}


def merged(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``base`` with ``changes``, dictionaries merged; an empty one replaces."""
    result = dict(base)
    for name, value in changes.items():
        both = isinstance(value, Mapping) and value and isinstance(result.get(name), Mapping)
        result[name] = merged(result[name], value) if both else copy.deepcopy(value)
    return result


@pytest.fixture(scope="module")
def real() -> Mapping[str, Any]:
    """Return the facts of this interpreter, as the probe tells them."""
    return examine(sys.executable).raw


def working(real: Mapping[str, Any], **changes: Any) -> Facts:
    """Return facts in which all is well on a GPU, but for ``changes``."""
    return Facts(merged(merged(real, WORKING), changes))


def off(**changes: Any) -> dict[str, Any]:
    """Return a trial that ended on the CPU, with ``changes``."""
    return {"session": ["CPUExecutionProvider"], **changes}


def version(number: str) -> dict[str, Any]:
    """Return facts of onnxruntime ``number``."""
    return {"trial": {"import": {"version": number}}}


def files(texts: dict[str, str]) -> dict[str, Any]:
    """Return facts of a machine with eight processors and these files."""
    return {"machine": {"files": texts, "cpus": {"host": 8}}}


def test_nothing_is_found_where_all_is_well(real: Mapping[str, Any]) -> None:
    """The facts that the others differ from have no finding, and no note but the one about telemetry."""
    facts = working(real)
    assert diagnose(facts).findings == ()
    assert [note.en for note in notes.notes(facts) if "starts a thread" not in note.en] == []


@pytest.mark.parametrize(
    ("name", "changes", "cause", "culprit", "words"),
    [
        (
            "glibc",
            {"trial": {**FAILED_IMPORT, "said": GLIBC}},
            Cause.OTHER,
            "GLIBC_2.28",
            "1.15 and 1.16 run with glibc 2.17",
        ),
        (
            "executable stack",
            {"trial": {**FAILED_IMPORT, "said": STACK}},
            Cause.OTHER,
            "onnxruntime",
            "patchelf --clear-execstack",
        ),
        (
            "import hangs",
            {"trial": {**FAILED_IMPORT, "ended": "timeout"}},
            Cause.OTHER,
            "onnxruntime",
            "--force-reinstall",
        ),
        (
            "session crashes",
            {"trial": {"session": None, "run": None, "at": "session", "ended": "SIGSEGV"}},
            Cause.WORKER_DIED,
            "onnxruntime",
            "",
        ),
        (
            "session hangs",
            {"trial": {"run": None, "at": "run", "ended": "timeout"}},
            Cause.NEVER_READY,
            "onnxruntime",
            "--timeout 600",
        ),
        (
            "first run fails",
            {"trial": {"run": None, "at": "run", "error": "Fail: CUDNN_FE failure"}},
            Cause.OTHER,
            "onnxruntime",
            "",
        ),
        ("silent", {"trial": off()}, Cause.SILENT_CPU_FALLBACK, None, "get_providers"),
        (
            "model",
            {"trial": {"model": None, "at": "model", "error": "InvalidGraph: opset 99"}},
            Cause.BAD_INPUT,
            "--model",
            "newer onnxruntime",
        ),
        ("model on the CPU", {"trial": {"model": ["CPUExecutionProvider"]}}, Cause.SILENT_CPU_FALLBACK, "--model", ""),
        (
            "no driver",
            {"trial": off(), **NO_DRIVER, "nvml": {"nvml": None}, "machine": {"nodes": [], "pci": 0}},
            Cause.MISSING_CUDA_LIBRARY,
            "libcuda.so.1",
            "install the NVIDIA driver",
        ),
        (
            "container without its driver",
            {
                "trial": off(),
                **NO_DRIVER,
                "nvml": {"nvml": None},
                "machine": {"files": {"/proc/driver/nvidia/version": "NVRM version: 535.161.08"}},
            },
            Cause.MISSING_CUDA_LIBRARY,
            "libcuda.so.1",
            "--gpus all",
        ),
        (
            "libcuda of another driver",
            {"trial": off(said="CUDA failure 803: system has unsupported display driver ; GPU=0")},
            Cause.CUDA_VERSION_MISMATCH,
            "CUDA error 803",
            "LD_LIBRARY_PATH",
        ),
        ("small shared memory", {"machine": {"shm": {"total": 64 << 20}}}, Cause.SHM_EXHAUSTED, SHM, "--shm-size"),
    ],
)
def test_a_rule_finds_its_case(
    real: Mapping[str, Any], name: str, changes: dict[str, Any], cause: Cause, culprit: str | None, words: str
) -> None:
    """Cause, culprit and the telling words of the remedy."""
    found = diagnose(working(real, **changes)).findings
    assert found, name
    assert (found[0].cause, found[0].culprit) == (cause, culprit)
    assert words in found[0].advice().en


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"environment": {"ORT_PARALLEL": "0"}}, "ORT_PARALLEL=0 does nothing"),
        ({"environment": {"TORCH_DATALOADER_NUM_WORKERS": "0"}}, "torch does not read it"),
        ({"environment": {"OMP_WAIT_POLICY": "ACTIVE"}}, "makes torch's threads spin"),
        ({**version("1.20.2"), "environment": {"ORT_INTRA_OP_NUM_THREADS": "4"}}, "from onnxruntime 1.29 on"),
        (version("1.29.0"), "ORT_DISABLE_TELEMETRY=1"),
        (files({"/sys/fs/cgroup/memory.max": f"{8 << 30}\n"}), "allows 8.0 GiB"),
        (files({"/sys/fs/cgroup/memory/memory.limit_in_bytes": f"{4 << 30}\n"}), "allows 4.0 GiB"),
        (files({"/sys/fs/cgroup/cpu.max": "150000 100000\n"}), "allows 1.5 processors"),
        (files(QUOTA), "allows 2 processors"),
        (files({"/sys/fs/cgroup/memory.events": "low 0\noom 3\noom_kill 2\n"}), "has killed 2 processes"),
        (files({"/sys/fs/cgroup/memory/memory.oom_control": "under_oom 0\noom_kill 1\n"}), "has killed 1 "),
        ({**version("1.23.2"), "nvml": BLACKWELL}, "takes minutes once"),
        ({"torch": TORCH_CPU}, "torch 2.13.0+cpu is built for the CPU"),
    ],
)
def test_a_note_tells_its_hazard(real: Mapping[str, Any], changes: dict[str, Any], words: str) -> None:
    """What is no fault is told, and stays no finding."""
    facts = working(real, **changes)
    assert any(words in note.en for note in notes.notes(facts))
    assert diagnose(facts).findings == ()


def test_no_limit_is_no_note(real: Mapping[str, Any]) -> None:
    """Control groups without a limit write max, -1, or a number near 2**63."""
    files = {
        "/sys/fs/cgroup/memory.max": "max\n",
        "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
        "/sys/fs/cgroup/cpu.max": "max 100000\n",
        "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
    }
    facts = working(real, machine={"files": files})
    assert notes.memory_limit(facts) is None
    assert notes.processors(facts) is None


def test_torch_is_read_without_importing_it(real: Mapping[str, Any]) -> None:
    """Version and CUDA from the file that torch's own build writes."""
    text = "from typing import Optional\n__version__ = '2.4.1+cu121'\ncuda: Optional[str] = '12.1'\nhip = None\n"
    assert working(real, torch=text).torch == ("2.4.1+cu121", "12.1")
    assert working(real, torch="cuda: Optional[str] = None\n").torch == ("?", None)
