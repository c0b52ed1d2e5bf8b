"""The pipeline's source: frames and the sound around each of them."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from heygem_core.lipsync.layout import AFTER_DECODE
from heygem_core.pipeline.stage import Job, Slot, Source

if TYPE_CHECKING:
    from av import VideoFrame

    from heygem_core.lipsync.audio import AudioFeatures

    from .player import RgbWriter
    from .sound import SoundReader

# A tenth of a second at 16 kHz: what is read at once while a window is not complete yet.
SOUND_STEP = 1600


@dataclass
class _Playing:
    total: int
    height: int
    width: int
    frames: Generator[VideoFrame, None, None]
    writer: RgbWriter
    sound: SoundReader
    features: AudioFeatures
    done: int = 0


class Decode(Source):
    """Source "decode": ``frames`` uint8 [B,H,W,3] RGB and ``audio`` float32 [B,1,80,16] per slot.

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
        from . import player  # noqa: F401

    def start(self, job: Job) -> None:
        """Find out how many frames there will be and open both files."""
        from heygem_core.lipsync.audio import CENTRED, RATE, AudioFeatures

        from .info import audio_origin, output_frames
        from .player import RgbWriter, played
        from .probe import probed
        from .sound import SoundReader

        video, sound = probed(job)
        self._playing = _Playing(
            total=output_frames(video, sound),
            height=video.height,
            width=video.width,
            frames=played(video, job.get("loop", "pingpong"), self.threads),
            writer=RgbWriter(video),
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
        frames = out.allocate("frames", (count, playing.height, playing.width, 3), "uint8")
        for picture in frames:
            playing.writer.write(next(playing.frames), picture)
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
