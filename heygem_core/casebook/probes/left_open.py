"""A program that runs one job through the core pipeline and returns from main without closing it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from typing import Any

from heygem_core.casebook import processes
from heygem_core.casebook.host import hosted_as
from heygem_core.casebook.stages import AudioTransfer, DriveredVideo, WriteVideo
from heygem_core.errors import EffectNotShown
from heygem_core.pipeline import Pipeline

FRAMES = 8
_SLOT_BYTES = 1 << 16
_ENDS_S = 20.0
_GRACE_S = 2.0


@dataclass(frozen=True)
class Returned:
    """How the program ended; times in seconds."""

    frames: int
    seconds: float
    """From the return of main to the end of the process."""
    left: int
    """Workers still there 2 s later; looking stops when there are none."""


def run() -> Returned:
    """Run the program in a disposable interpreter, and look what it leaves."""
    return hosted_as(Returned, returned, {}, deadline_s=60.0)


def returned(_arguments: dict[str, Any]) -> dict[str, Any]:
    """Do what `run` promises, inside the host."""
    command = [sys.executable, "-m", __name__]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        try:
            said, _ = program.communicate(timeout=_ENDS_S)
        except subprocess.TimeoutExpired as error:
            program.kill()
            raise EffectNotShown(f"the core's program did not end within {_ENDS_S:g} s") from error
        ended = time.monotonic()
    frames, returned_at = said.split()
    # They are orphans by now, and this process, a subreaper, is their parent.
    processes.await_all_ended([seen.pid for seen in processes.below(os.getpid())], _GRACE_S)
    left = [seen for seen in processes.below(os.getpid()) if seen.state != "Z"]
    return asdict(Returned(int(frames), ended - float(returned_at), len(left)))


def main() -> None:
    """Run the job, say how many frames came out and what time it is, and return."""
    pipeline = Pipeline([DriveredVideo(height=2, width=2), AudioTransfer(), WriteVideo()], slot_bytes=_SLOT_BYTES)
    frames = pipeline.run({"items": FRAMES}, total=FRAMES).frames
    print(frames, time.monotonic())  # noqa: T201 - the answer


if __name__ == "__main__":
    main()
