"""pytest plugin: what the stalls and fallbacks taught, as markers and fixtures for anybody's tests.

Where this package is installed pytest loads it by itself. Nothing happens in a suite that asks for nothing, except for
one line in the header; ``-p no:heygem_core`` switches that off too. Everything else is imported when it is used.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Generator, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

import pytest

from heygem_core.pytest_plugin import phases

if TYPE_CHECKING:
    from heygem_core.pytest_plugin.census import Census
    from heygem_core.pytest_plugin.stall import GuardedBlock
    from heygem_core.pytest_plugin.usage import GpuRecorder

OPTION = "heygem_require_gpu"
MARKERS = {
    "gpu": "gpu: needs an NVIDIA GPU; skipped, with the reason, where there is none; with --require-gpu a failure",
    "no_cpu_fallback": "no_cpu_fallback: an onnxruntime session without the provider it was asked for fails the test",
    "stall_guard": "stall_guard(seconds, grace=10): setup, test or teardown that takes longer is described and killed",
}


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(parser: pytest.Parser) -> Generator[None, None, None]:
    """Add the option last: a project that has one of the same name keeps its own."""
    yield
    explained = "Fail, in place of skip, tests marked gpu where there is no GPU; and fail if none ran."
    try:
        parser.getgroup("heygem-core").addoption("--require-gpu", dest=OPTION, action="store_true", help=explained)
    except (ValueError, argparse.ArgumentError):
        return


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers; with --require-gpu also what looks after it."""
    for line in MARKERS.values():
        config.addinivalue_line("markers", line)
    config.pluginmanager.register(phases, "heygem_core_phases")
    if config.getoption(OPTION, default=False):
        from heygem_core.pytest_plugin.gpu import AtLeastOne

        config.pluginmanager.register(AtLeastOne(), "heygem_core_require_gpu")


def pytest_report_header(config: pytest.Config) -> str:
    """Name the versions that decide whether a GPU is used; the driver is asked only by who is about to use it."""
    from heygem_core.pytest_plugin import gpu, header

    chosen = config.option.markexpr.replace("not gpu", "")
    try:
        return header.line(ask_nvml=gpu.required(config) or "gpu" in chosen)
    except Exception as error:  # a broken package or driver is no reason to run no tests
        return f"heygem-core: no versions: {error!r}"


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Before any fixture is made, skip or fail a test marked gpu, and begin to watch one that asks for it."""
    if item.get_closest_marker("gpu"):
        from heygem_core.pytest_plugin import gpu

        if gpu.ours(item.config):
            gpu.demand(item.config)
    phases.begin(item)


def pytest_enter_pdb() -> None:
    """Whoever debugs takes the time that it takes."""
    from heygem_core.pytest_plugin import stall

    stall.suspend_all()


@pytest.fixture
def no_cpu_fallback(request: pytest.FixtureRequest) -> None:
    """Fail the test if an onnxruntime session in it or below it did not apply the provider it was asked for."""
    phases.watch_sessions(request.node)


@pytest.fixture
def gpu_usage(request: pytest.FixtureRequest) -> Iterator[GpuRecorder]:
    """Sample every GPU from here on; ``gpu_usage.stop()`` returns the figures. Skips where there is no GPU."""
    from heygem_core.pytest_plugin import gpu
    from heygem_core.pytest_plugin.usage import GpuRecorder

    gpu.demand(request.config)
    recorder = GpuRecorder()
    yield recorder
    figures = [asdict(usage) for usage in recorder.stop()]
    if figures:
        request.node.user_properties.append(("gpu_usage", figures))


@pytest.fixture
def process_census(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Census]:
    """Fail the test that leaves a process, zombie, thread, descriptor, entry of /dev/shm or temporary file."""
    from heygem_core.pytest_plugin.census import Census

    tmp_path_factory.getbasetemp()  # for all tests, so it must not be made in the folder of one
    census = Census()
    with census.open():
        yield census
        # A test that was torn off by its guard has failed, and had no chance to clear up.
        if not phases.stalled(request.node):
            census.check()


@pytest.fixture
def stall_guard(request: pytest.FixtureRequest) -> Callable[..., GuardedBlock]:
    """Return a context manager: ``with stall_guard(5):`` fails the test if the block takes longer, and says why."""
    from heygem_core.pytest_plugin.stall import GuardedBlock

    def guarded(seconds: float, *, grace: float | None = None) -> GuardedBlock:
        return GuardedBlock(lambda: phases.new_guard(request.node, seconds, grace=grace))

    return guarded
