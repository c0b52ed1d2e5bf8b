"""The marker ``gpu`` and ``--require-gpu``, in a stranger's suite; FakeNvml plays the driver."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.pytest_plugin.conftest import Suite

pytest_plugins = ["pytester"]

SOURCE = """
import pytest

@pytest.fixture
def model():
    print("made a model")

@pytest.mark.gpu
def test_on_the_gpu(model):
    pass

def test_elsewhere():
    pass
"""
SKIPS_ITSELF = """
import pytest

@pytest.mark.gpu
def test_on_the_gpu():
    pytest.skip("of its own")
"""
STRICT = "[pytest]\nfilterwarnings = error\naddopts = --strict-markers --strict-config\n"


@pytest.fixture(autouse=True)
def _strict(pytester: pytest.Pytester) -> None:
    pytester.makeini(STRICT)


def test_without_a_gpu_the_test_is_skipped_with_the_reason(suite: Suite, fake_gpu: Callable[[str], None]) -> None:
    """The reason is the driver's own; the run is green; no fixture was made in vain; the marker is registered."""
    fake_gpu("no-driver")
    done = suite(SOURCE, "-rs", "-s")
    done.assert_outcomes(skipped=1, passed=1)
    assert done.ret == 0
    done.stdout.fnmatch_lines("SKIPPED *no working NVIDIA driver: NVML Shared Library Not Found")
    done.stdout.no_fnmatch_line("*made a model*")


def test_required_and_not_there_is_a_failure(suite: Suite, fake_gpu: Callable[[str], None]) -> None:
    """A runner that lost its GPU does not go green, and says why."""
    fake_gpu("no-gpu")
    done = suite(SOURCE, "--require-gpu")
    done.assert_outcomes(errors=1, passed=1)
    assert done.ret == pytest.ExitCode.TESTS_FAILED
    done.stdout.fnmatch_lines("--require-gpu: the NVIDIA driver is there, but sees no GPU")


@pytest.mark.parametrize("processes", [(), ("-n", "2")], ids=["one-process", "xdist"])
def test_required_and_there_is_green(suite: Suite, fake_gpu: Callable[[str], None], processes: tuple[str, ...]) -> None:
    """With a GPU the marked test runs, in one process and under pytest-xdist, and the run is green."""
    fake_gpu("")
    done = suite(SOURCE, "--require-gpu", *processes, plugins="xdist")
    done.assert_outcomes(passed=2)
    assert done.ret == 0


@pytest.mark.parametrize(
    ("source", "options"),
    [
        (SOURCE, ("-m", "not gpu")),
        (SOURCE, ("-k", "nothing_is_called_so")),
        (SKIPS_ITSELF, ("-n", "2")),
    ],
    ids=["deselected", "nothing-collected", "all-skipped-under-xdist"],
)
def test_required_and_not_run_is_a_failure(
    suite: Suite, fake_gpu: Callable[[str], None], source: str, options: tuple[str, ...]
) -> None:
    """A run that asks for a GPU and in which no marked test got to its own code is not green."""
    fake_gpu("")
    done = suite(source, "--require-gpu", *options, plugins="xdist")
    assert done.ret == pytest.ExitCode.TESTS_FAILED
    done.stdout.fnmatch_lines("--require-gpu: no test marked gpu ran")


def test_only_listing_the_tests_needs_no_gpu(suite: Suite, fake_gpu: Callable[[str], None]) -> None:
    """``--collect-only`` runs nothing, and that is no failure."""
    fake_gpu("no-driver")
    assert suite(SOURCE, "--require-gpu", "--collect-only").ret == 0


def test_hidden_devices_are_a_reason(
    suite: Suite, fake_gpu: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """NVML sees the GPU and CUDA does not: the variable that hides it is named."""
    fake_gpu("")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    done = suite(SOURCE, "-rs")
    done.assert_outcomes(skipped=1, passed=1)
    done.stdout.fnmatch_lines("SKIPPED *CUDA_VISIBLE_DEVICES='-1' hides every GPU")


def test_a_project_keeps_its_own_marker_and_option(
    suite: Suite, pytester: pytest.Pytester, fake_gpu: Callable[[str], None]
) -> None:
    """A suite from before the plugin, with a marker ``gpu`` and an option of that name, works as it did."""
    fake_gpu("no-driver")
    pytester.makeini(STRICT + "markers =\n    gpu(kind): ours\n")
    pytester.makeconftest("def pytest_addoption(parser):\n    parser.addoption('--require-gpu', default='any')\n")
    done = suite(SOURCE, "--require-gpu", "amd")
    done.assert_outcomes(passed=2)
    assert done.ret == 0
