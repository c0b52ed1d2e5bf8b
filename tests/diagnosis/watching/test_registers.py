"""A look at the registers of a running thread: what it tells, and that it leaves no trace."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import psutil
import pytest

from heygem_core.diagnosis.watching import proc, registers
from heygem_core.diagnosis.watching.registers import Standing
from tests.diagnosis.watching.services import running, settle

known = pytest.mark.skipif(platform.machine() not in registers._LAYOUTS, reason="not known for this processor")
SLEEPS = "import time; print('ready', flush=True); time.sleep(600)"


@pytest.mark.parametrize(
    ("seen", "place"),
    [
        ([Standing(0x10 + number % 3, (7,)) for number in range(24)], 0x10),
        ([Standing(0x10 + number % 3, (number,)) for number in range(24)], None),
        ([Standing(0x1000 * number, (7,)) for number in range(24)], None),
        ([Standing(0x10, (7,)) for _ in range(8)], None),
        ([Standing(0x10 if number % 2 else 0x9000, (7,)) for number in range(24)], None),
    ],
    ids=["a loop", "a counter", "a long way", "too few looks", "many functions"],
)
def test_only_a_loop_in_which_nothing_changes_is_one(seen: list[Standing], place: int | None) -> None:
    """The same places with the same registers; a loop that counts, and code that gets on, are work."""
    assert registers.unchanging(seen) == place


@known
def test_a_look_tells_where_a_thread_stands_and_leaves_no_trace() -> None:
    """An address of its C library; it is traced by nobody afterwards, sleeps on, and was not woken."""
    with running(sys.executable, "-c", SLEEPS) as service:
        settle(service.pid)
        found = registers.look(service.pid)
        settle(service.pid)
        mapped = proc.mappings(service.pid)
        after = psutil.Process(service.pid)
        assert found is not None
        assert any(each.start <= found.pointer < each.end for each in mapped)
        assert (after.status(), proc.field(f"/proc/{service.pid}/status", "TracerPid:")) == ("sleeping", 0)


def test_who_may_not_be_traced_or_has_ended_tells_nothing() -> None:
    """Nobody traces himself."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert registers.look(os.getpid()) is None
    assert registers.loop(ended.pid) is None
