"""The sampler's process: reads every GPU at a fixed rate until standard input ends, then prints all."""

from __future__ import annotations

import importlib
import select
import sys
import time
from typing import Any

from heygem_core.runtime import nvml


def main(rate_hz: float, binding: str, root: int | None = None) -> int:
    """Print ``ready`` or why not, sample until the input ends, print the samples; return the exit code."""
    reason = nvml.available(binding)
    print("ready" if reason is None else reason.en, flush=True)  # noqa: T201 - standard output is this process's interface
    if reason is not None:
        return 1
    library = importlib.import_module(binding)
    library.nvmlInit()
    devices = range(library.nvmlDeviceGetCount())
    try:
        samples = _sampled(library, devices, rate_hz, root)
    except library.NVMLError as error:
        # A driver that was unloaded, or a GPU that fell off the bus.
        print(f"the GPU cannot be read any more: {error}", file=sys.stderr)  # noqa: T201
        return 1
    library.nvmlShutdown()
    print("\n".join(map(nvml.encode, samples)))  # noqa: T201
    return 0


def _sampled(library: Any, devices: range, rate_hz: float, root: int | None) -> list[nvml.GpuSample]:
    samples: list[nvml.GpuSample] = []
    due = time.monotonic()
    ended = False
    while not ended:
        samples += [nvml.read(library, device, root) for device in devices]
        # Late readings do not cause a burst of catching up: it would weigh one moment too much.
        due = max(due + 1 / rate_hz, time.monotonic())
        ended = _ended(due - time.monotonic())
    return samples


def _ended(seconds: float) -> bool:
    ready, _, _ = select.select([sys.stdin], [], [], max(0.0, seconds))
    return bool(ready)


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), sys.argv[2], *map(int, sys.argv[3:])))
