"""The pipeline's source: frames and the sound around each of them."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from heygem_core.lipsync.layout import AFTER_DECODE
from heygem_core.lipsync.picture import chroma_shape
from heygem_core.pipeline.stage import Job, Slot, Source

if TYPE_CHECKING:
    from av import VideoFrame

    from heygem_core.lipsync.audio import AudioFeatures

    from .planes import PlaneWriter
    from .sound import SoundReader

# A tenth of a second at 16 kHz: what is read at once while a window is not complete yet.
SOUND_STEP = 1600


@dataclass
class _Playing:
    total: int
    size: tuple[int, int]
    frames: Generator[VideoFrame, None, None]
    writer: PlaneWriter
    sound: SoundReader
    features: AudioFeatures
    done: int = 0


class Decode(Source):
    """Source "decode": frames and ``audio`` float32 [B,1,80,16] per slot.

    A frame is its row of ``luma`` uint8 [B,H,W], ``chroma`` uint8 [B,2,h,w] and ``colour`` float32 [B,3,4], see
    `heygem_core.lipsync.picture`.

    As many frames as the audio lasts at the video's rate; a shorter video is played there and back again, or
    with ``loop: "forward"`` from the start again. ``audio_start`` is where a frame's mel window begins, in mel
    steps after the frame (None: centred on it, see `heygem_core.lipsync.audio`). Raises `BadInput`.
    """

    name = "decode"
    produces = AFTER_DECODE

    def __init__(self, batch: int = 4, *, threads: int = 2, audio_start: int | None = None) -> None:
        self.batch = batch
        self.threads = threads
        self.audio_start = audio_start
        self._playing: _Playing | None = None

    def open(self) -> None:
        """Load PyAV."""
        from . import planes, player  # noqa: F401

    def start(self, job: Job) -> None:
        """Find out how many frames there will be and open both files."""
        from heygem_core.lipsync.audio import CENTRED, RATE, AudioFeatures

        from .info import audio_origin, output_frames
        from .planes import PlaneWriter
        from .player import played
        from .probe import probed
        from .sound import SoundReader

        video, sound = probed(job)
        self._playing = _Playing(
            total=output_frames(video, sound),
            size=(video.width, video.height),
            frames=played(video, job.get("loop", "pingpong"), self.threads),
            writer=PlaneWriter(video),
            sound=SoundReader(job["audio"], RATE, "mono", audio_origin(video, job["audio"])),
            features=AudioFeatures(video.fps, CENTRED if self.audio_start is None else self.audio_start),
        )

    def fill(self, out: Slot) -> int:
        """Decode the next frames into ``out``; raises `BadInput` with the position where a file is damaged."""
        playing = self._playing
        if playing is None:
            return 0
        count = min(self.batch, playing.total - playing.done)
        if count <= 0:
            return 0
        width, height = playing.size
        luma = out.allocate("luma", (count, height, width), "uint8")
        chroma = out.allocate("chroma", (count, *chroma_shape(width, height)), "uint8")
        out.allocate("colour", (count, 3, 4), "float32")[:] = playing.writer.colour
        for planes in zip(luma, chroma, strict=True):
            playing.writer.write(next(playing.frames), *planes)
        audio = out.allocate("audio", (count, 1, 80, 16), "float32")
        audio[...] = _windows(playing, count)
        playing.done += count
        return count

    def finish(self) -> dict[str, Any]:
        """Close the files; return {"frames": frames decoded}."""
        done = self._playing.done if self._playing else 0
        self.abort()
        return {"frames": done}

    def abort(self) -> None:
        """Close the files."""
        if self._playing is not None:
            self._playing.sound.close()
            self._playing.frames.close()
            self._playing = None


def _windows(playing: _Playing, count: int) -> Any:
    features = playing.features
    while (ready := features.ready) is not None and ready < playing.done + count:
        samples = playing.sound.read(SOUND_STEP)
        if samples.shape[1]:
            features.accept(samples[0])
        else:
            features.close()
    return features.windows(playing.done, count)
