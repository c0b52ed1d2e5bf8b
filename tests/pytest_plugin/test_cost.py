"""A suite that asks for nothing pays for nothing, and stays the suite that it was."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import heygem_core
from heygem_core.pytest_plugin import header
from heygem_core.runtime import versions
from heygem_core.runtime.nvml import Machine
from tests.pytest_plugin.conftest import Suite

pytest_plugins = ["pytester"]

ASKS_FOR_NOTHING = """
import os, signal, sys, threading

def test_what_is_there():
    print("LOADED", *sys.modules)
    assert threading.active_count() == 1
    assert not [name for name in os.environ if name.startswith("HEYGEM_FALLBACK")]
    assert signal.getsignal(signal.SIGRTMIN + 8) is signal.SIG_DFL
"""
OWN = """
import pytest

@pytest.fixture
def gpu_usage():
    return "its own"

@pytest.fixture
def stall_guard():
    return 7
"""
USES_OWN = "def test_own(gpu_usage, stall_guard):\n    assert (gpu_usage, stall_guard) == ('its own', 7)\n"
STRICT = "[pytest]\nfilterwarnings = error\nxfail_strict = true\naddopts = --strict-markers --strict-config\n"
OF_THE_PLUGIN = {"", ".pytest_plugin", ".pytest_plugin.phases"}
OF_THE_HEADER = {".pytest_plugin.gpu", ".pytest_plugin.header", ".runtime", ".runtime.nvml"}
OF_THE_HEADER |= {".runtime.versions", ".text"}


@pytest.mark.parametrize(("options", "allowed"), [(("-q",), set()), ((), OF_THE_HEADER)], ids=["quiet", "header"])
def test_nothing_heavy_is_loaded(suite: Suite, options: tuple[str, ...], allowed: set[str]) -> None:
    """Neither onnxruntime, numpy, rich, typer, psutil nor NVML; of this package the hooks only, and the header's."""
    done = suite(ASKS_FOR_NOTHING, "-s", *options)
    done.assert_outcomes(passed=1)
    (line,) = (line for line in done.outlines if "LOADED " in line)
    loaded = set(line.split())
    assert not loaded & {"numpy", "rich", "typer", "onnxruntime", "psutil", "pynvml", "multiprocessing", "torch"}
    ours = {name.removeprefix("heygem_core") for name in loaded if name.startswith("heygem_core")}
    assert ours == OF_THE_PLUGIN | allowed


def test_the_import_is_cheap() -> None:
    """Beside pytest itself, less than 50 ms, the best of five."""
    code = (
        "import pytest, time; t = time.perf_counter(); import heygem_core.pytest_plugin; print(time.perf_counter() - t)"
    )
    command = [sys.executable, "-c", code]
    runs = [subprocess.run(command, capture_output=True, text=True, timeout=60, check=True) for _ in range(5)]
    assert min(float(run.stdout) for run in runs) < 0.050


def test_a_strict_suite_with_every_plugin_here_stays_green(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Loaded by its entry point beside all others, with warnings as errors and fixtures of the same names."""
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", raising=False)
    pytester.makeini(STRICT)
    pytester.makeconftest(OWN)
    pytester.makepyfile(test_it=USES_OWN + ASKS_FOR_NOTHING)
    done = pytester.runpytest_subprocess("-p", "no:cacheprovider", timeout=60)
    done.assert_outcomes(passed=2)
    done.stdout.fnmatch_lines(["heygem-core: onnxruntime*, CUDA: *, driver: *, GPU: *", "plugins: *heygem-core-*"])


def test_a_program_that_has_imported_the_package_can_run_pytest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Installed from a wheel, a package with a plugin that is loaded already is a warning, and that may be an error."""
    package = Path(heygem_core.__file__).parent
    installed = tmp_path / "site" / "heygem_core-0.1.0.dist-info"
    installed.mkdir(parents=True)
    (installed.parent / "heygem_core").symlink_to(package)
    (installed / "METADATA").write_text("Metadata-Version: 2.4\nName: heygem-core\nVersion: 0.1.0\n")
    (installed / "entry_points.txt").write_text("[pytest11]\nheygem_core = heygem_core.pytest_plugin\n")
    names = (path.relative_to(package.parent) for path in package.rglob("*.py"))
    (installed / "RECORD").write_text("".join(f"{name},,\n" for name in names))
    (tmp_path / "test_it.py").write_text("def test_it(stall_guard):\n    pass\n")
    monkeypatch.setenv("PYTHONPATH", str(installed.parent), prepend=os.pathsep)
    code = "import heygem_core, pytest, sys; sys.exit(pytest.main(['-W', 'error', '-p', 'no:cacheprovider']))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_plugin_can_be_switched_off(suite: Suite) -> None:
    """As any other: then it says nothing and knows no marker."""
    done = suite("import pytest\n@pytest.mark.gpu\ndef test_it(): pass\n", "-p", "no:heygem_core", "--strict-markers")
    assert "heygem-core:" not in done.stdout.str()
    done.stdout.fnmatch_lines("*'gpu' not found in `markers` configuration option*")


def test_the_header_reads_the_kernel_module_s_files(tmp_path: Path) -> None:
    """Driver and GPUs without waking one, in the words of the two kernel modules that there are."""
    information = tmp_path / "gpus" / "0000:01:00.0" / "information"
    information.parent.mkdir(parents=True)
    information.write_text("Model: \t\t NVIDIA H100 80GB HBM3\nIRQ:   \t\t 123\n")
    for text in (
        "NVRM version: NVIDIA UNIX x86_64 Kernel Module  580.65.06  Sun Jul 27 06:54:38 UTC 2025\nGCC: 12.2\n",
        "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.65.06  Release Build  (root)\n",
    ):
        (tmp_path / "version").write_text(text)
        assert header.line(ask_nvml=False, driver=tmp_path).endswith("driver: 580.65.06, GPU: NVIDIA H100 80GB HBM3")


def test_the_header_asks_nvml_where_a_gpu_is_to_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then the newest CUDA that the driver supports is told as well."""
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "runtime"))
    told = header.line(ask_nvml=True, binding="fake_nvml")
    assert told.endswith("driver: 580.65.06 (up to CUDA 13.0), GPU: Fake GPU 0 and Fake GPU 1")
    assert re.match(r"heygem-core: onnxruntime", told)
    assert versions.from_driver_files(Path("/nowhere")) == Machine(None, None, ())
