"""Every test ends with the census of the package's own pytest plugin: nothing may be left behind."""

from __future__ import annotations

import signal

import pytest

from heygem_core.pytest_plugin.census import Census


def pytest_configure() -> None:
    """Heed SIGINT although we were started with it ignored (nohup, a job in the background): tests send it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def census(process_census: Census) -> Census:
    """Fail the test that leaves something behind; temporary files go to a folder that must end up empty."""
    return process_census
