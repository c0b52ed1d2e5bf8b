"""One run of the model, for tools that measure a function or a command; the environment says which and how slow.

``CALIBRATE_MODEL`` and ``CALIBRATE_REFERENCE`` are files, ``CALIBRATE_SPIN`` the share by which each run is slower.
As a command, it runs ``CALIBRATE_FRAMES`` of them.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

VARIABLES = ("CALIBRATE_MODEL", "CALIBRATE_REFERENCE", "CALIBRATE_SPIN", "CALIBRATE_FRAMES")


def frame() -> Callable[[], Any]:
    """Return the function to measure, warm."""
    from heygem_core.bench.arm.model import ModelRunner

    runner = ModelRunner(
        os.environ["CALIBRATE_MODEL"],
        "cpu",
        1,
        [1],
        os.environ["CALIBRATE_REFERENCE"],
        {"spin": float(os.environ["CALIBRATE_SPIN"])},
    )
    for _ in range(30):
        runner.frame()
    return runner.frame


if __name__ == "__main__":
    run = frame()
    for _ in range(int(os.environ["CALIBRATE_FRAMES"])):
        run()
