"""The pipeline's third stage: a new lower face for every frame, drawn by one of several generators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from heygem_core.errors import BadModel
from heygem_core.lipsync import crop, geometry, profile
from heygem_core.lipsync.layout import AFTER_GENERATOR
from heygem_core.lipsync.picture import ARRAYS, Picture, pictures, square
from heygem_core.pipeline.stage import Item, Slot, Transform
from heygem_core.runtime.tuning import PLAIN, Tuning

if TYPE_CHECKING:
    from heygem_core.lipsync.generator.model import Model, Setup
    from heygem_core.runtime.session import Provider

Floats = NDArray[np.float32]
Pictures = NDArray[np.uint8]

NAMES = ("puppet", "dinet", "dinet-small")
"""The generators that are built here; anything else is the path of an ONNX file."""
PATCH = 256
"""Side in pixels of the patch for a generator of whole faces."""
CHIN = 0.05
"""Room below the box of a whole face, as a share of its height; Wav2Lip's default ``--pads`` on its own clips."""
FEATHER = 0.06
"""Width of the soft edge of a whole face, as a share of its side."""


class Generator(Protocol):
    """Draws faces. ``size`` is the side R of its square; B is the number of frames in one call."""

    model: Model
    size: int
    whole_face: bool
    """It takes the whole face, as the box has it; otherwise the lower face, as `crop.align` cuts it."""

    def guide(self, lips: Floats, faces: Floats, matrices: Floats) -> Floats | None:
        """Return what it wants to know about the crops beside the pictures: float32 [B, K, N, R]; None for nothing."""

    def generate(self, crops: Pictures, guide: Floats | None, audio: Floats) -> Pictures:
        """Return uint8 RGB [B, R, R, 3] for ``crops`` of the same shape and mel windows float32 [B, 1, 80, 16]."""


def check(generator: str) -> None:
    """Raise `BadModel` when ``generator`` is neither a known name nor an existing file; loads nothing."""
    if generator in NAMES:
        return
    looks_like_file = "/" in generator or Path(generator).suffix
    if not Path(generator).is_file():
        if looks_like_file:
            raise BadModel(f"model file {generator!r} does not exist")
        raise BadModel(f"unknown model {generator!r}; known: {', '.join(NAMES)}, or the path of an ONNX file")


def audio_start(generator: str) -> int:
    """Return where the generator's mel windows begin, in steps after the frame; see `lipsync.audio`."""
    from heygem_core.lipsync.audio import AHEAD, CENTRED

    return CENTRED if generator in NAMES else AHEAD


def model_file(generator: str) -> Path:
    """Return the generator's ONNX file, written into the cache first where it is one of `NAMES`; raises `BadModel`."""
    from heygem_core.lipsync.assets import built
    from heygem_core.lipsync.generator import dinet, puppet

    check(generator)
    if generator == "puppet":
        return built(puppet.FILE_NAME, puppet.build)
    shape = next((shape for shape in (dinet.FULL, dinet.SMALL) if shape.name == generator), None)
    return Path(generator) if shape is None else built(shape.file, partial(dinet.build, shape=shape))


def load(generator: str, setup: Setup) -> Generator:
    """Build, if need be, and load a generator.

    Raises `BadModel` (unknown name, no such file, not a model, other inputs or output) and ProviderNotApplied.
    """
    from heygem_core.lipsync.generator.dinet import Dinet
    from heygem_core.lipsync.generator.puppeteer import Puppeteer
    from heygem_core.lipsync.generator.wav2lip import Wav2Lip

    path = model_file(generator)
    if generator == "puppet":
        return Puppeteer(path, setup)
    return Dinet(path, setup) if generator in NAMES else Wav2Lip(path, setup)


@dataclass
class Generate(Transform):
    """Adds ``patch`` uint8 [B, R, R, 3] and ``matrix`` float32 [B, 2, 3] (frame to patch pixels, `crop.align`).

    The frames and ``faces`` pass; ``lips`` and ``audio`` end here. Rows without a face are zero in both. ``batch`` is
    the size of every run of the model, whatever the slots hold. ``finish`` returns ``{"provider": {"requested",
    "applied"}, "batch", "runs", "run_p50_ms", "run_p99_ms", "warnings"}``, and with ``profile`` (the prefix of
    onnxruntime's profile file) after its first job also ``{"profile": {"path", "start_ns"}}``, the latter on the
    monotonic clock.
    """

    generator: str = "puppet"
    provider: Provider = "auto"
    batch: int = 4
    threads: int = 1
    profile: Path | None = None
    tuning: Tuning = PLAIN
    name: str = field(default="generator", init=False)
    produces = AFTER_GENERATOR

    def open(self) -> None:
        """Load the generator, which runs it once: a model that cannot run is known before the first job."""
        from heygem_core.lipsync.generator.model import Setup

        setup = Setup(self.provider, self.batch, self.threads, self.profile, self.tuning)
        self._generator = load(self.generator, setup)

    def process(self, item: Item, out: Slot) -> None:
        """Draw the faces of ``item``."""
        for name in ARRAYS:
            out.share(name, item)
        faces = out.forward("faces", item)
        side = PATCH if self._generator.whole_face else self._generator.size
        matrices = out.allocate("matrix", (item.count, 2, 3), np.float32)
        matrices[:] = crop.align(faces, item["lips"], side)
        # A face whose points coincide cannot be aligned: better untouched than anywhere.
        faces[~matrices.any(axis=(1, 2))] = 0
        patches = out.allocate("patch", (item.count, side, side, 3), np.uint8)
        patches[:] = 0
        rows = np.flatnonzero(geometry.present(faces))
        if len(rows):
            patches[rows] = self._patches(item, faces, matrices, rows, side)

    def finish(self) -> Mapping[str, Any]:
        """Return on what the model ran."""
        model = self._generator.model
        session = model.session
        summary: dict[str, Any] = {
            "provider": {"requested": session.requested, "applied": session.applied},
            "batch": model.batch,
            **_runs(model.run_s),
            "warnings": [*([session.warning] if session.warning else []), *model.warnings],
        }
        model.run_s.clear()
        if self.profile is not None:
            summary["profile"] = profile.ended(session.session)
            self.profile = None
        return summary

    def _patches(self, item: Item, faces: Floats, matrices: Floats, rows: NDArray[np.intp], side: int) -> Pictures:
        lips, audio = item["lips"][rows], item["audio"][rows]
        every = pictures(item)
        frames = [every[row] for row in rows]
        crops = cut(frames, matrices[rows], side)
        if not self._generator.whole_face:
            return self._draw(crops, faces[rows], lips, matrices[rows], audio)
        whole = whole_faces(faces[rows], self._generator.size)
        drawn = self._draw(cut(frames, whole, self._generator.size), faces[rows], lips, whole, audio)
        return onto(crops, matrices[rows], drawn, whole)

    def _draw(self, crops: Pictures, faces: Floats, lips: Floats, matrices: Floats, audio: Floats) -> Pictures:
        return self._generator.generate(crops, self._generator.guide(lips, faces, matrices), audio)


def _runs(seconds: Sequence[float]) -> dict[str, Any]:
    """Return how many runs of the model a job took, and what they took: the stage's times hold the host's part too."""
    p50, p99 = (float(np.percentile(seconds, share)) * 1e3 if seconds else None for share in (50, 99))
    return {"runs": len(seconds), "run_p50_ms": p50, "run_p99_ms": p99}


def cut(frames: Sequence[Picture], matrices: Floats, side: int) -> Pictures:
    """Return the squares of ``side`` pixels that ``matrices`` [B, 2, 3] cut out of B ``frames``: RGB [B, R, R, 3].

    Beyond the picture its border goes on: black would be part of what the generator sees.
    """
    return np.stack([square(frame, matrix, side) for frame, matrix in zip(frames, matrices, strict=True)])


def whole_faces(faces: Floats, side: int) -> Floats:
    """Return float32 [B, 2, 3]: the box of each face, and some room below it, stretched to a square."""
    matrices = np.zeros((len(faces), 2, 3), np.float32)
    for matrix, (left, top, right, bottom) in zip(matrices, faces[:, 2:6].astype(np.float64), strict=True):
        height = (bottom - top) * (1 + CHIN)
        across, down = side / max(right - left, 1.0), side / max(height, 1.0)
        matrix[:] = [[across, 0, -left * across], [0, down, -top * down]]
    return matrices


def onto(crops: Pictures, matrices: Floats, drawn: Pictures, placed: Floats) -> Pictures:
    """Return ``crops`` with whole faces ``drawn`` over them.

    ``matrices`` and ``placed`` lead from the frame to the crops and to the drawn squares. The drawn ones end softly.
    """
    import cv2

    side, inner = crops.shape[1], drawn.shape[1]
    ramp = np.minimum(np.arange(inner) + 0.5, inner - 0.5 - np.arange(inner)) / (FEATHER * inner)
    edge = np.clip(np.minimum(ramp[:, None], ramp), 0, 1).astype(np.float32)
    result = crops.copy()
    for target, matrix, face, place in zip(result, matrices, drawn, placed, strict=True):
        back = np.vstack([geometry.inverse(place), [0, 0, 1]])
        move = np.asarray(matrix, np.float64) @ back
        weight = cv2.warpAffine(edge, move, (side, side))[..., None]
        moved = cv2.warpAffine(face, move, (side, side), borderMode=cv2.BORDER_REPLICATE)
        target[:] = np.rint(target + weight * (moved.astype(np.float32) - target))
    return result
