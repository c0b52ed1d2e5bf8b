"""The whole job, `render`, in an arm's environment: the arm's onnxruntime, everything else as installed here.

A pipeline is warm and idle between jobs: the inactive arm's stages all wait for a first item, with nothing queued.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from heygem_core.bench.arm import inputs

Answer = dict[str, Any]


class WholePipeline:
    """Renders one clip again and again.

    ``model`` is what `render` calls a generator; ``reference`` the video that outputs are held against, None to make
    it. Everything is written into the folder ``scratch``. ``trace`` makes the first job leave a Chrome trace there.
    """

    def __init__(
        self,
        model: str,
        provider: str,
        threads: int,
        batches: list[int],
        video: str,
        audio: str,
        scratch: str,
        reference: str | None = None,
        handicap: dict[str, float] | None = None,
        trace: str | None = None,
    ) -> None:
        if handicap or threads != 1:
            raise ValueError("the pipeline runs as it is: one thread per stage, no handicap")
        began = time.perf_counter_ns()
        import onnxruntime

        from heygem_core.lipsync.media import probe_video
        from heygem_core.lipsync.render import Renderer

        imported = time.perf_counter_ns()
        info = probe_video(video)
        self._renderer = Renderer(
            info.width,
            info.height,
            generator=model,
            provider=provider,  # type: ignore[arg-type]  # checked by the caller
            batch=batches[0],
            trace=None if trace is None else Path(trace),
        )
        self._job = (video, audio, str(Path(scratch) / f"{onnxruntime.__version__}-{id(self)}.mp4"))
        made = time.perf_counter_ns()
        first = self._render()
        ready = time.perf_counter_ns()
        self._digest = self._sha256()
        self._reference = reference
        self._frames = first.frames_out
        self._opened = {
            "applied": first.provider["applied"],
            "import_ns": imported - began,
            "session_ns": made - imported,
            "first_ns": ready - made,
            "ready_ns": ready,
            "fixed_batch": None,
            "output_sha256": self._digest,
            **self._against(),
        }

    def opened(self) -> Answer:
        """Return what opening took, and how far the first video is from the reference."""
        return self._opened

    def _render(self) -> Any:
        video, audio, output = self._job
        return self._renderer.render(video, audio, output, overwrite=True)

    def _sha256(self) -> str:
        return hashlib.sha256(Path(self._job[2]).read_bytes()).hexdigest()

    def _against(self) -> Answer:
        if self._reference is None:
            return {"max_abs": 0.0, "psnr": None, "wrong": False}
        wanted, output = frames(self._reference), frames(self._job[2])
        near = inputs.psnr(output, wanted)
        return {
            "max_abs": inputs.distance(output, wanted),
            "psnr": near,
            "wrong": near is not None and near < inputs.LEAST_PSNR,
        }

    def prepare(self, path: str) -> Answer:
        """Keep the first video as the reference."""
        Path(path).write_bytes(Path(self._job[2]).read_bytes())
        return {"sha256": self._digest}

    def warm(self, least: int, cap: int) -> Answer:
        """Render once more; a pipeline is warm after its first job, whatever ``least`` and ``cap`` are for a model."""
        del least, cap
        return {"runs_ns": [int(self._render().wall_s * 1e9)], "unsteady": False, "frames": self._frames}

    def block(self, frames: int, period_ns: int | None = None) -> Answer:
        """Render the clip once."""
        if frames != self._frames or period_ns is not None:
            raise ValueError(f"a block is one clip of {self._frames} frames, back to back")
        spent, began = self.cpu_ns(), time.perf_counter_ns()
        result = self._render()
        ended = time.perf_counter_ns()
        spent = self.cpu_ns() - spent
        # Bit for bit as at first, or at least a picture as near to the reference as that was.
        wrong = self._sha256() != self._digest and bool(self._against()["wrong"])
        return {
            "began_ns": began,
            "ended_ns": ended,
            "frames": result.frames_out,
            "runs_ns": [int(result.wall_s * 1e9)],
            "cpu_ns": spent,
            "wrong": int(wrong),
            "stages": [asdict(stage) for stage in result.stages],
        }

    def cpu_ns(self) -> int:
        """Return the processor time so far of this process and all stages."""
        from heygem_core.pipeline.evidence import cpu_seconds

        return time.process_time_ns() + sum(int(cpu_seconds(pid) * 1e9) for pid in below("self"))

    def close(self) -> Answer:
        """End the stages; return the most memory that all processes together held, each at its own peak."""
        from heygem_core.bench.arm.main import peak_rss

        total = sum(peak_rss(pid) or 0 for pid in ["self", *below("self")])
        self._renderer.close()
        Path(self._job[2]).unlink(missing_ok=True)
        return {"peak_rss": total}


def below(pid: str | int) -> list[int]:
    """Return every living process below ``pid``."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += [int(child), *below(int(child))]
    return found


def frames(path: str) -> Any:
    """Return a video's frames, float32 RGB [N, H, W, 3] in 0..1."""
    import av

    with av.open(path) as container:
        decoded = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    return np.stack(decoded).astype(np.float32) / np.float32(255)
