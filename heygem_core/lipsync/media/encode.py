"""The pipeline's sink: frames and the original sound become the output file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from heygem_core.errors import BadInput
from heygem_core.lipsync.picture import chroma_shape
from heygem_core.pipeline.stage import Item, Job, Sink

from .output import OutputFile, check_output

if TYPE_CHECKING:
    from .writer import Writer

EncoderName = Literal["auto", "libx264", "h264_nvenc"]


class Encode(Sink):
    """Sink "encode": writes ``luma`` uint8 [B,H,W] and ``chroma`` uint8 [B,2,h,w] as H.264 with the job's audio as AAC.

    Size, frame rate, pixel shape and colour tags are the source's. ``threads`` is fixed, not the machine's number
    of cores, because x264's result depends on it. The output appears when it is complete; raises `BadInput`
    where it cannot be written.
    """

    name = "encode"

    def __init__(self, encoder: EncoderName = "auto", *, threads: int = 4) -> None:
        self.encoder: EncoderName = encoder
        self.threads = threads
        self._file: OutputFile | None = None
        self._writer: Writer | None = None
        self._codec = ""
        self._size = (0, 0)
        self._fps = 0.0

    def open(self) -> None:
        """Load PyAV."""
        from . import writer  # noqa: F401

    def start(self, job: Job) -> None:
        """Create the (still nameless) output in the source's size and rate."""
        from .info import audio_origin
        from .probe import audio_shape, probe_video
        from .writer import Writer, choose_encoder

        output, overwrite = job["output"], bool(job.get("overwrite", False))
        check_output(output, overwrite)
        video, sound = job.get("probed") or (probe_video(job["video"]), None)
        rate, channels = (sound.sample_rate, sound.channels) if sound else audio_shape(job["audio"])
        self._size = (video.width, video.height)
        self._fps = float(video.fps)
        self._codec = choose_encoder(self.encoder, video.width, video.height)
        self._file = OutputFile(output, overwrite, job.get("temporary"))
        self._writer = Writer(
            self._file.stream,
            output,
            video,
            job["audio"],
            sound_rate=rate,
            sound_channels=channels,
            origin=audio_origin(video, job["audio"]),
            encoder=self._codec,
            threads=self.threads,
        )

    def consume(self, item: Item) -> None:
        """Encode the frames of ``item``."""
        luma, chroma = item["luma"], item["chroma"]
        width, height = self._size
        if luma.shape[1:] != (height, width) or chroma.shape[1:] != chroma_shape(width, height):
            got = f"{luma.shape[1:]} and {chroma.shape[1:]}"
            raise ValueError(f"frames with planes of shape {got} for an output of {width} x {height} pixels")
        for planes in zip(luma, chroma, strict=True):
            self._working().write(*planes)

    def _working(self) -> Writer:
        if self._writer is None:
            raise RuntimeError("no job has been started")
        return self._writer

    def finish(self) -> dict[str, Any]:
        """Complete the file and give it its name; return {"frames", "duration_s", "codec"}."""
        writer = self._working()
        if self._file is None or not writer.frames:
            self.abort()
            raise BadInput("no frames: there is nothing to write")
        try:
            writer.finish()
            self._writer = None
            self._file.publish()
        finally:
            self.abort()
        return {"frames": writer.frames, "duration_s": writer.frames / self._fps, "codec": self._codec}

    def abort(self) -> None:
        """Drop the output; nothing of it stays, may be called any number of times."""
        writer, self._writer = self._writer, None
        file, self._file = self._file, None
        if file is not None:
            file.discard()
        if writer is not None:
            writer.abort()
