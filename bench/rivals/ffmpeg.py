"""Decoding and encoding alone: ffmpeg's command line, and the project's first and last stage, same settings."""

from __future__ import annotations

import re
import shutil
import subprocess
import time

from bench.rivals.job import BATCH, Ran, made, split
from bench.rivals.runners import Runner
from heygem_core.lipsync.render import slot_bytes
from heygem_core.pipeline import Pipeline


class FFmpeg(Runner):
    """ffmpeg in one process: x264 and AAC as the project's encoder has them."""

    def start(self) -> None:
        """Find the program; it has nothing to be opened."""
        if shutil.which("ffmpeg") is None:
            raise SystemExit("ffmpeg is not installed (Debian has a package of that name)")

    def run(self) -> Ran:
        """Run the job; ffmpeg tells how many frames it has written, not when the first was."""
        began = time.perf_counter()
        command = ["ffmpeg", "-hide_banner", "-nostdin", "-y", "-threads", "2", "-i", self.task.video]
        command += ["-vf", "format=yuv420p"]
        command += [
            "-c:v",
            "libx264",
            "-preset",
            "superfast",
            "-crf",
            "18",
            "-x264-params",
            "mbtree=0",
            "-threads",
            "4",
        ]
        command += ["-c:a", "aac", "-b:a", "96k", self.task.output]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stderr
        wall_s = time.perf_counter() - began
        frames = re.findall(r"frame=\s*(\d+)", said)
        return Ran(0.0, wall_s, int(frames[-1]))


class Transcode(Runner):
    """The project's decoder and encoder, without anything between."""

    def start(self) -> None:
        """Start both workers."""
        source, _, sink = split(made())
        self._pipeline = Pipeline([source, sink], slot_bytes=slot_bytes(self.task.width, self.task.height, BATCH))
        self._pipeline.wait_ready()

    def run(self) -> Ran:
        """Run the job."""
        result = self._pipeline.run(self.task.mapping())
        return Ran(result.warmup_s, result.seconds, result.frames)

    def close(self) -> None:
        """End the workers."""
        self._pipeline.close()
