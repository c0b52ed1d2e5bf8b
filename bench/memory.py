"""Does memory grow with the job's length? ``python -m bench.memory 20 600`` renders jobs of so many seconds.

A short clip of the default speaker is played ping-pong under noise. Printed as JSON, one line per job: the peak
resident memory (VmHWM) of every worker in MiB, shared slots included, at the end of a job in a fresh pipeline.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
import time
from pathlib import Path

from heygem_core.lipsync.render import Renderer
from tests.lipsync.faces import FaceClip
from tests.lipsync.media.clips import Clip


def peak_mib(pid: int) -> float:
    """Return the peak resident memory of a living process in MiB."""
    match = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    if match is None:
        raise RuntimeError(f"the kernel tells no VmHWM for process {pid}")
    return int(match[1]) / 1024


def measure(folder: Path, seconds: float) -> dict[str, object]:
    """Render one job of ``seconds`` and return its figures."""
    video = FaceClip(frames=48, width=320, height=240, sound_s=None).write(folder / "speaker.mp4")
    noise = Clip(frames=0, sound_s=seconds, sound_rate=16_000, sound_codec="pcm_s16le").write(folder / "noise.wav")
    began = time.monotonic()
    with Renderer(320, 240) as renderer:
        result = renderer.render(video, noise, folder / "out.mp4", overwrite=True)
        peaks = {worker.name: peak_mib(worker.pid) for worker in renderer._pipeline._crew.processes()}
    return {
        "seconds": seconds,
        "frames": result.frames_out,
        "wall_s": time.monotonic() - began,
        "peak_mib": peaks,
        "sum_mib": sum(peaks.values()),
    }


def main(lengths: list[str]) -> None:
    """Measure each length in turn."""
    for seconds in lengths:
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps(measure(Path(folder), float(seconds))), flush=True)  # noqa: T201 - its result


if __name__ == "__main__":
    main(sys.argv[1:])
