"""What a file holds and whether all of it is there, found out before any work starts."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.stream import Stream

from heygem_core.errors import BadInput
from heygem_core.pipeline.stage import Job

from .info import AudioInfo, Colour, VideoInfo, round_half_up
from .reading import audio_stream, broken, decoded_audio, opened, seconds_of, video_stream

# A mel window is 0.2 s of sound; half of one is the least that says anything about a mouth.
SHORTEST_AUDIO_S = 0.1
# Demuxers whose duration comes from the file's header, so that a shorter file is a truncated one. Elsewhere
# (MP3, ADTS, MPEG-TS) it is estimated from what is there.
STATED_DURATION = frozenset({"mov", "matroska", "wav", "avi", "flv"})
TRUNCATED_S = 0.5
WAV_HEAD = 4096
# ffmpeg writes 0xFFFFFFFF, others 0, 0x7FFFFFFF or a little less; two gigabytes less 64 KiB is nobody's speech.
WAV_PLACEHOLDER = 0x7FFF0000
# A nominal rate so close to the average one is the exact spelling of it (30000/1001 for 29.97003).
SAME_RATE = Fraction(1, 200)
LARGEST_RATE_DENOMINATOR = 1001
# Two frames of HE-AAC, the longest in use.
LARGEST_PADDING = 4096


@dataclass(slots=True)
class _Extent:
    packets: int = 0
    timed: int = 0
    start: Fraction | None = None
    last: Fraction = Fraction(0)
    last_duration: Fraction = Fraction(0)

    def add(self, packet: av.Packet[Stream]) -> None:
        self.packets += 1
        if packet.pts is None:
            return
        self.timed += 1
        when = packet.pts * packet.time_base
        if self.start is None or when < self.start:
            self.start = when
        if when >= self.last:
            self.last = when
            self.last_duration = (packet.duration or 0) * packet.time_base


def _scan(container: InputContainer, stream: Stream, path: str) -> _Extent:
    """Walk all packets; raises `BadInput` where one is damaged or the file ends before its header says."""
    extents: dict[int, _Extent] = {}
    open_ended = container.format.name == "wav" and _open_ended(path)
    now = 0.0
    try:
        for packet in container.demux():
            if not packet.size or packet.is_discard:
                continue
            extent = extents.setdefault(packet.stream_index, _Extent())
            extent.add(packet)
            now = float(extent.last - (extent.start or 0))
            if packet.is_corrupt and not open_ended:
                raise broken(path, packet.stream.type, now, "a packet is incomplete")
    except av.FFmpegError as error:
        raise broken(path, "file", now, error.strerror) from None
    _check_whole(container, extents, path)
    return extents.get(stream.index, _Extent())


def _open_ended(path: str) -> bool:
    """Tell whether a WAV file's header has a placeholder for the length, as speech synthesisers stream it."""
    with Path(path).open("rb") as file:
        head = file.read(WAV_HEAD)
    at = head.find(b"data")
    length = int.from_bytes(head[at + 4 : at + 8], "little")
    return at >= 0 and (length == 0 or length >= WAV_PLACEHOLDER)


def _check_whole(container: InputContainer, extents: dict[int, _Extent], path: str) -> None:
    if container.duration is None or not STATED_DURATION & set(container.format.name.split(",")):
        return
    stated = container.duration / av.time_base
    starts = [e.start for e in extents.values() if e.start is not None]
    end = max((e.last + e.last_duration for e in extents.values()), default=Fraction(0))
    found = float(end - min(starts, default=Fraction(0)))
    if found < stated - TRUNCATED_S:
        raise BadInput(f"{path}: is truncated: it ends at {found:.2f} s of {stated:.2f} s")


def _rate(stream: av.VideoStream, path: str) -> Fraction:
    average, nominal = stream.average_rate, stream.guessed_rate
    rate = average or nominal
    if not rate or rate <= 0:
        raise BadInput(f"{path}: states no frame rate")
    if nominal and abs(nominal - rate) <= rate * SAME_RATE:
        rate = nominal
    return rate.limit_denominator(LARGEST_RATE_DENOMINATOR)


def _frames(extent: _Extent, fps: Fraction) -> int:
    if extent.start is None or extent.timed < extent.packets:
        return extent.packets
    shown = max(1, round_half_up(extent.last_duration * fps))
    return round_half_up((extent.last - extent.start) * fps) + shown


def _first_frame(container: InputContainer, stream: av.VideoStream, path: str) -> av.VideoFrame:
    try:
        frame = next(iter(container.decode(stream)), None)
    except av.FFmpegError as error:
        raise broken(path, "video", 0.0, error.strerror) from None
    if frame is None:
        raise BadInput(f"{path}: holds no frame that can be decoded")
    return frame


def probe_video(path: str) -> VideoInfo:
    """Return what ``path`` shows; reads all packets and decodes the first frame.

    Raises `BadInput` for a missing, empty, unreadable or truncated file, one without video, and a still picture.
    """
    with opened(path) as container:
        stream = video_stream(container, path)
        first = _first_frame(container, stream, path)
    with opened(path) as container:
        stream = video_stream(container, path)
        fps = _rate(stream, path)
        extent = _scan(container, stream, path)
        context = stream.codec_context
        colour = Colour(context.colorspace, context.color_range, context.color_primaries, context.color_trc)
        aspect = stream.sample_aspect_ratio or context.sample_aspect_ratio or Fraction(1)
        codec = context.name
    frames = _frames(extent, fps)
    if frames < 2 or extent.packets < 2:
        raise BadInput(f"{path}: is a still picture (1 frame); a video needs at least 2")
    rotation = int(first.rotation) % 360
    sideways = rotation in {90, 270}
    return VideoInfo(
        path=path,
        width=first.height if sideways else first.width,
        height=first.width if sideways else first.height,
        rotation=rotation,
        fps=fps,
        frames=frames,
        duration_s=float(frames / fps),
        start_s=extent.start if extent.timed == extent.packets else None,
        pixel_aspect=1 / aspect if sideways and aspect else aspect or Fraction(1),
        colour=colour,
        codec=codec,
    )


def _without_padding(container: InputContainer, stream: av.AudioStream, samples: int, rate: int) -> int:
    """Return ``samples`` without what fills the last frame of the codec, where the file says so (MP4 does)."""
    if "mov" not in container.format.name.split(",") or not stream.duration or not stream.time_base:
        return samples
    stated = round_half_up(stream.duration * stream.time_base * rate)
    return stated if 0 < samples - stated <= LARGEST_PADDING else samples


def probe_audio(path: str) -> AudioInfo:
    """Return what ``path`` sounds like; decodes it all, since only that tells its length to the sample.

    Raises `BadInput` for a missing, empty, unreadable or damaged file, one without audio, and audio under 0.1 s.
    """
    samples = 0
    start: Fraction | None = None
    with opened(path) as container:
        _scan(container, audio_stream(container, path), path)
    with opened(path) as container:
        stream = audio_stream(container, path)
        rate, channels, codec = stream.sample_rate, stream.channels, stream.codec_context.name
        for frame in decoded_audio(container, stream, path):
            if not samples:
                rate, channels, start = frame.sample_rate, frame.layout.nb_channels, seconds_of(frame)
            samples += frame.samples
        samples = _without_padding(container, stream, samples, rate)
    seconds = samples / rate if rate else 0.0
    if seconds < SHORTEST_AUDIO_S:
        raise BadInput(
            f"{path}: has {seconds * 1000:.0f} ms of audio; at least {SHORTEST_AUDIO_S * 1000:.0f} ms is needed"
        )
    return AudioInfo(path, rate, channels, samples, seconds, start or Fraction(0), codec)


def probed(job: Job) -> tuple[VideoInfo, AudioInfo]:
    """Return what whoever made the job found out about its files, ``job["probed"]``, or find it out."""
    found: tuple[VideoInfo, AudioInfo] | None = job.get("probed")
    return found or (probe_video(job["video"]), probe_audio(job["audio"]))


def audio_shape(path: str) -> tuple[int, int]:
    """Return sample rate and channels of ``path`` as decoded: the header of HE-AAC states half of both.

    Decodes the first frame alone; raises `BadInput`.
    """
    with opened(path) as container:
        first = next(decoded_audio(container, audio_stream(container, path), path), None)
        if first is None:
            raise BadInput(f"{path}: has 0 ms of audio")
        return first.sample_rate, first.layout.nb_channels
