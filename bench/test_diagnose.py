"""``heygem-core diagnose`` on 500 MB through a pipe: MB/s and peak memory, where nothing, much and every line matches.

The log is made on the fly, a block of it again and again, and stored nowhere.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import count

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

TOTAL_BYTES = 500_000_000
BLOCK_BYTES = 4_000_000
LEAST_MB_PER_S = 50
MOST_MIB = 150


def requests(number: int) -> str:
    """Return a line in which nothing matters."""
    stamp = f"2026-04-02 10:{number // 60 % 60:02d}:{number % 60:02d},{number % 1000:03d}"
    return (
        f"{stamp} INFO worker-{number % 7} request {number} served in {number % 300} ms status=200 bytes={number * 31}"
    )


def frames(number: int) -> str:
    """Return four lines of the reported service at work: each is an event."""
    stamp = f"[2026-04-02 {number // 36000 % 24:02d}:{number // 600 % 60:02d}:{number // 10 % 60:02d},{number % 10}00]"
    head = f"gen-1  | {stamp} [process.py[line:108]] [INFO]"
    return "\n".join(
        (
            f"{head} [>>> audio_transfer get message:{number * 4}]",
            f"{head} [drivered_video >>>>>>>>>>>>>>>>>>>> 发送数据大小:[4], current_idx:{number * 4 + 44}]",
            f"{head} [[{number * 4}] -> chaofen  cost:0.21441864967346191s]",
            f"{head} [audio_transfer >>>>>>>>>>> 发送完成数据大小:4, frameId:{number * 4}, cost:0.44519s]",
        )
    )


def errors(number: int) -> str:
    """Return one of many messages, each of them a fact."""
    return (
        f"ERROR request {number} failed: connection refused",
        "[E:onnxruntime:Default] Failed to load library libonnxruntime_providers_cuda.so with error: libcudnn.so.9: "
        "cannot open shared object file: No such file or directory",
        f"Processing batches:  {number % 100}%|###   | {number}/1245 [00:27<04:49,  3.96it/s]\rstep {number}",
        f'Traceback (most recent call last):\n  File "a.py", line {number}\nValueError: no face detected',
    )[number % 4]


def block(line: Callable[[int], str]) -> bytes:
    """Return about `BLOCK_BYTES` of log."""
    lines, size = [], 0
    for number in count():
        lines.append(line(number) + "\n")
        size += len(lines[-1].encode())
        if size >= BLOCK_BYTES:
            return "".join(lines).encode()
    raise AssertionError("count() does not end")


def chunks(data: bytes) -> Iterator[bytes]:
    """Yield ``data`` again and again, `TOTAL_BYTES` in all."""
    for _ in range(TOTAL_BYTES // len(data)):
        yield data


def diagnose(data: bytes) -> tuple[float, float, float]:
    """Return the command's seconds by the clock and of CPU time, from start to end, and its peak memory in MiB."""
    command = [sys.executable, "-m", "heygem_core.cli", "diagnose", "-", "--json", "-"]
    began = time.perf_counter()
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, bufsize=0
    )
    assert process.stdin is not None
    with process.stdin as pipe:
        for chunk in chunks(data):
            pipe.write(chunk)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode in {0, 1}
    return time.perf_counter() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


@pytest.mark.timeout(600)
@pytest.mark.parametrize("line", [requests, frames, errors], ids=lambda line: line.__name__)
def test_a_log_of_500_mb(line: Callable[[int], str], benchmark: BenchmarkFixture) -> None:
    """In constant memory and at 50 MB per second of CPU time at least, the start of the interpreter included.

    Where nothing else runs, that is the rate by the clock too.
    """
    data = block(line)
    seconds, busy, peak = benchmark.pedantic(diagnose, (data,), rounds=1)  # type: ignore[no-untyped-call]
    rates = {"mb_per_s": TOTAL_BYTES / seconds / 1e6, "mb_per_cpu_s": TOTAL_BYTES / busy / 1e6, "peak_mib": peak}
    benchmark.extra_info.update({name: round(value, 1) for name, value in rates.items()})
    assert peak < MOST_MIB
    assert rates["mb_per_cpu_s"] > LEAST_MB_PER_S
