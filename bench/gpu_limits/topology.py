"""The reported topology on the job that `bench.gpu_limits.job` has the warm pipeline do."""

from __future__ import annotations

import tempfile
from pathlib import Path

from bench.gpu_limits.job import loud
from bench.rivals.job import Ran, Recipe, Task
from bench.rivals.reported import Reported
from heygem_core.lipsync import assets
from heygem_core.lipsync.media import probe_video


def reported(recipe: Recipe, seconds: float) -> Ran:
    """Render ``seconds`` of the default clip twice in the reported topology and return the second."""
    clip = assets.fetch("clip")
    info = probe_video(str(clip))
    with tempfile.TemporaryDirectory() as folder:
        sound, output = loud(Path(folder) / "loud.wav", seconds), Path(folder) / "out.mp4"
        runner = Reported(Task(str(clip), str(output), info.width, info.height, recipe, str(sound)))
        runner.start()
        try:
            return [runner.run() for _ in range(2)][-1]
        finally:
            runner.close()
