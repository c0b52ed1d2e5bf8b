"""Small clips made on the spot; every picture carries its own number, so that tests can tell frames apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
from av.container import OutputContainer
from numpy.typing import NDArray

from heygem_core.lipsync import picture
from heygem_core.lipsync.media import Decode, Encode
from heygem_core.pipeline.stage import DictSlot

BITS = 10
SIDE = 16


def numbered(number: int, width: int, height: int) -> NDArray[np.uint8]:
    """Return a picture [H,W,3] with smooth colours and ``number`` as a row of dark and light squares on top."""
    x = np.linspace(40, 200, width, dtype=np.float32)[None, :]
    y = np.linspace(30, 180, height, dtype=np.float32)[:, None]
    planes = [x + 0 * y, y + 0 * x, (x + y) / 2 + 20 * np.sin(number / 5)]
    picture: NDArray[np.uint8] = np.clip(np.stack(planes, axis=-1), 0, 255).astype(np.uint8)
    for bit in range(BITS):
        picture[:SIDE, bit * SIDE : (bit + 1) * SIDE] = 220 if number >> bit & 1 else 30
    return picture


def number_of(picture: NDArray[np.uint8]) -> int:
    """Read the number back from a picture made by `numbered`."""
    squares = [picture[4:12, bit * SIDE + 4 : bit * SIDE + 12].mean() for bit in range(BITS)]
    return sum(1 << bit for bit, level in enumerate(squares) if level > 125)


def tone(seconds: float, rate: int = 48000) -> NDArray[np.float32]:
    """Return mono float32 sound [n]: seeded noise in bursts of a tenth of a second, so that any shift shows."""
    count = round(seconds * rate)
    noise = np.random.default_rng(7).standard_normal(count).astype(np.float32)
    smooth = np.convolve(noise, np.ones(8, np.float32) / 8, mode="same")
    return np.asarray(0.4 * smooth * (np.arange(count) // (rate // 10) % 2), np.float32)


@dataclass
class Clip:
    """How to make a file; ``times`` are the frames' timestamps in units of 1/1000 s (None: constant rate)."""

    frames: int = 25
    fps: Fraction = Fraction(25)
    width: int = 176
    height: int = 96
    format: str = "yuv420p"
    codec: str = "libx264"
    rotation: int = 0
    pixel_aspect: Fraction = Fraction(1)
    times: Sequence[int] | None = None
    sound_s: float | None = 1.0
    sound_rate: int = 48000
    sound_codec: str = "aac"
    options: dict[str, str] = field(default_factory=lambda: {"crf": "12", "g": "12"})
    colour: tuple[int, int] = (2, 0)
    """Matrix and range."""
    container_options: dict[str, str] = field(default_factory=lambda: {"movflags": "+faststart"})

    def write(self, path: Path) -> str:
        """Write the file and return its path."""
        with av.open(str(path), "w", options=self.container_options) as container:
            streams = self._video(container), self._sound(container)
            if streams[0]:
                self._add_frames(container, streams[0])
            if streams[1] and self.sound_s:
                add_sound(container, streams[1], tone(self.sound_s, self.sound_rate))
            elif not streams[0]:
                container.start_encoding()
        return str(path)

    def picture(self, index: int) -> NDArray[np.uint8]:
        """Return frame ``index``, RGB [H,W,3]."""
        return numbered(index, self.width, self.height)

    def _sound(self, container: OutputContainer) -> av.AudioStream | None:
        if self.sound_s is None:
            return None
        return cast("av.AudioStream", container.add_stream(self.sound_codec, rate=self.sound_rate, layout="mono"))

    def _video(self, container: OutputContainer) -> av.VideoStream | None:
        if not self.frames:
            return None
        stream = cast("av.VideoStream", container.add_stream(self.codec, rate=self.fps, options=dict(self.options)))
        context = stream.codec_context
        context.width, context.height, context.pix_fmt = self.width, self.height, self.format
        context.colorspace, context.color_range = self.colour
        context.sample_aspect_ratio = self.pixel_aspect
        if self.times is not None:
            context.time_base = Fraction(1, 1000)
        if self.rotation:
            stream.set_display_rotation(self.rotation)
        return stream

    def _add_frames(self, container: OutputContainer, stream: av.VideoStream) -> None:
        for index in range(self.frames):
            frame = av.VideoFrame.from_ndarray(self.picture(index), "rgb24").reformat(
                format=self.format, dst_colorspace=self.colour[0] if self.colour[0] != 2 else None,
                dst_color_range=self.colour[1],
            )  # fmt: skip
            frame.pts = index if self.times is None else self.times[index]
            frame.time_base = 1 / self.fps if self.times is None else Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def add_sound(container: OutputContainer, stream: av.AudioStream, samples: NDArray[np.float32]) -> None:
    """Add mono ``samples`` [n] to a stream of ``container``."""
    rate = stream.sample_rate
    for begin in range(0, len(samples), 4096):
        frame = av.AudioFrame.from_ndarray(samples[None, begin : begin + 4096].copy(), "fltp", "mono")
        frame.sample_rate, frame.pts, frame.time_base = rate, begin, Fraction(1, rate)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def job(video: str, audio: str, output: Path | str = "", **options: Any) -> dict[str, Any]:
    """Return a job for `Decode` and `Encode`."""
    return {"video": video, "audio": audio, "output": str(output), "overwrite": False, "temporary": None, **options}


def filled(decode: Decode) -> Iterator[DictSlot]:
    """Yield the slots that a started `Decode` fills, until it has no more."""
    first = 0
    while True:
        slot = DictSlot(first=first)
        slot.count = decode.fill(slot)
        if not slot.count:
            return
        first += slot.count
        yield slot


def decoded(task: dict[str, Any], batch: int = 4) -> list[NDArray[np.uint8]]:
    """Run a job through `Decode` and return its pictures."""
    decode = Decode(batch=batch)
    decode.start(task)
    pictures = [picture.rgb(one) for slot in filled(decode) for one in picture.pictures(slot)]
    decode.finish()
    return pictures


def rendered(task: dict[str, Any]) -> dict[str, Any]:
    """Run a job through `Decode` and `Encode` with nothing between them; return what `Encode.finish` says."""
    decode, encode = Decode(), Encode("libx264")
    decode.start(task)
    encode.start(task)
    for slot in filled(decode):
        encode.consume(slot)
    decode.finish()
    return encode.finish()


def frames_of(path: Path | str) -> list[av.VideoFrame]:
    """Decode all video frames of a file."""
    with av.open(str(path)) as container:
        return list(container.decode(video=0))


def rgb(frame: av.VideoFrame) -> NDArray[np.uint8]:
    """Return a frame as a picture [H,W,3]."""
    return np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)


def sound_of(path: Path | str) -> tuple[NDArray[np.float32], int]:
    """Decode a file's sound to float32 [channels, n]; return it and its rate."""
    with av.open(str(path)) as container:
        frames = list(container.decode(audio=0))
    resampler = av.AudioResampler(format="fltp")
    parts = [part.to_ndarray() for frame in [*frames, None] for part in resampler.resample(frame)]
    return np.concatenate(parts, axis=1).astype(np.float32), frames[0].sample_rate
