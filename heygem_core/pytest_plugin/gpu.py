"""The marker ``gpu``: a skip that says why, and ``--require-gpu``, under which nothing goes green by skipping."""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest

from heygem_core.pytest_plugin import MARKERS, OPTION
from heygem_core.text import Text, locale_language

_REASON = pytest.StashKey[Text | None]()
_OURS = pytest.StashKey[bool]()
_NONE_RAN = Text("--require-gpu: no test marked gpu ran", "--require-gpu：没有运行任何带 gpu 标记的测试")


def required(config: pytest.Config) -> bool:
    """Return whether the run was started with ``--require-gpu``."""
    return bool(config.getoption(OPTION, default=False))


def ours(config: pytest.Config) -> bool:
    """Return whether ``gpu`` means what it means here: a project that registers its own keeps its own."""
    if _OURS not in config.stash:
        lines = (line for line in config.getini("markers") if line != MARKERS["gpu"])
        names = {line.partition(":")[0].partition("(")[0].strip() for line in lines}
        config.stash[_OURS] = required(config) or "gpu" not in names
    return config.stash[_OURS]


def missing() -> Text | None:
    """Return why CUDA can use no GPU here, None when it can."""
    from heygem_core.runtime import nvml

    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    # The list ends at the first entry that names no device; -1 and an empty string are the usual ways to say none.
    if visible is not None and visible.partition(",")[0].strip() in {"", "-1", "NoDevFiles"}:
        return Text(
            f"CUDA_VISIBLE_DEVICES={visible!r} hides every GPU", f"CUDA_VISIBLE_DEVICES={visible!r} 隐藏了所有 GPU"
        )
    return nvml.available()


def demand(config: pytest.Config) -> None:
    """Skip the running test where there is no GPU, with the reason; fail it if a GPU is required."""
    if _REASON not in config.stash:
        config.stash[_REASON] = missing()
    reason = config.stash[_REASON]
    if reason is None:
        return
    said = reason.get(locale_language())
    if required(config):
        pytest.fail(f"--require-gpu: {said}", pytrace=False)
    pytest.skip(said)


class AtLeastOne:
    """With ``--require-gpu`` a run in which no marked test came as far as its own code ends with an error."""

    def __init__(self) -> None:
        self._ran = 0
        self._complain = False

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Note on the report that its test is marked: under pytest-xdist only the report reaches the controller."""
        report = yield
        report.heygem_gpu = item.get_closest_marker("gpu") is not None  # type: ignore[attr-defined] # by design
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count; an expected failure has run, a skip from within the test has not."""
        ran = report.when == "call" and (not report.skipped or hasattr(report, "wasxfail"))
        self._ran += ran and getattr(report, "heygem_gpu", False)

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Turn a success into a failure; any other end stays what it is."""
        config = session.config
        looking = any(config.getoption(name, default=False) for name in ("collectonly", "setuponly"))
        green = exitstatus in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}
        if green and not self._ran and not looking and not hasattr(config, "workerinput"):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
            self._complain = True

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say why the run failed although no test did."""
        if self._complain:
            terminalreporter.section("--require-gpu", red=True)
            terminalreporter.line(_NONE_RAN.get(locale_language()), red=True)
