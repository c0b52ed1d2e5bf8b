"""Tests of a service of your own, with the plugin that comes with heygem-core; here a stand-in for the service."""

import subprocess
import sys

import pytest

SERVICE = [sys.executable, "-c", "print('video written')"]
"""In its place: how your service is started for one job."""


@pytest.mark.stall_guard(60)
@pytest.mark.usefixtures("process_census")
def test_a_job_ends_and_leaves_nothing_behind() -> None:
    """Within a minute, and no process, descriptor or temporary file is left; on a hang: who waits for whom."""
    assert subprocess.run(SERVICE, capture_output=True, text=True, check=True).stdout == "video written\n"


@pytest.mark.gpu
@pytest.mark.no_cpu_fallback
def test_a_job_uses_the_gpu() -> None:
    """Every onnxruntime session, also in processes below this one, has the provider that it asked for."""
    subprocess.run(SERVICE, check=True)
