"""What benchmarks share."""

from __future__ import annotations

from multiprocessing import resource_tracker

import pytest


@pytest.fixture(scope="session", autouse=True)
def tracker() -> None:
    """Start multiprocessing's resource tracker first: it outlives each test that uses mp.Queue, by design."""
    resource_tracker.ensure_running()
