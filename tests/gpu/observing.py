"""What the tests on a GPU look at; each takes the provider, so that the same code is tried on the CPU."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heygem_core.casebook.cases.library_path import EXPECTED, in_child
from heygem_core.lipsync import crop
from heygem_core.lipsync.generator import load
from heygem_core.lipsync.generator.model import Setup
from heygem_core.lipsync.render import render
from heygem_core.lipsync.result import RenderResult
from heygem_core.runtime import elf, libraries, loading, node_times
from heygem_core.runtime.environment import LIBRARY_PATH
from heygem_core.runtime.node_times import NodeTimes
from heygem_core.runtime.session import Provider
from heygem_core.runtime.tuning import PLAIN, Tuning
from tests.lipsync.generating import a_face

Pictures = NDArray[np.uint8]
_BATCH = 4
_UNSET = {LIBRARY_PATH: ""}


@dataclass(frozen=True)
class Drawn:
    """What a generator drew, and where its nodes ran without the runs of its warm-up."""

    applied: str
    providers: tuple[str, ...]
    provider_library_mapped: bool
    page_locked: int
    times: NodeTimes
    pictures: Pictures


def draw(generator: str, provider: Provider, folder: Path, tuning: Tuning = PLAIN, runs: int = 5) -> Drawn:
    """Let ``generator`` draw noise for speech in ``runs`` batches on ``provider``; its profile goes to ``folder``."""
    made = load(generator, Setup(provider, _BATCH, profile=folder / "profile", tuning=tuning))
    crops, audio = _noise(_BATCH * runs, made.size)
    # A face whose mouth lies in the middle of the noise: without lips the puppet would move nothing.
    faces, lips = (np.stack([part] * len(crops)) for part in a_face())
    guide = made.guide(lips, faces, crop.align(faces, lips, made.size))
    pictures = made.generate(crops, guide, audio)
    session = made.model.session.session
    path = Path(session.end_profiling())
    warm = sum(event.get("name") == "model_run" for event in _events(path)) - runs
    return Drawn(
        applied=made.model.session.applied,
        providers=tuple(session.get_providers()),
        provider_library_mapped=bool(libraries.mapped_files(libraries.PROVIDER)),
        page_locked=made.model.binding().page_locked,
        times=node_times.read(path, skip_runs=warm),
        pictures=pictures,
    )


def _events(path: Path) -> list[dict[str, Any]]:
    return list(json.loads(path.read_text(encoding="utf-8")))


def _noise(count: int, side: int) -> tuple[Pictures, NDArray[np.float32]]:
    noise = np.random.default_rng(3)
    crops = noise.integers(0, 256, (count, side, side, 3)).astype(np.uint8)
    return crops, noise.uniform(-4, 3, (count, 1, 80, 16)).astype(np.float32)


@dataclass(frozen=True)
class Drift:
    """How far two pictures are apart: levels of 255, and decibels, None for equal ones."""

    most: int
    psnr: float | None


def drift(first: Pictures, second: Pictures) -> Drift:
    """Return how far ``second`` is from ``first``."""
    difference = first.astype(np.float64) - second
    square = float((difference**2).mean())
    return Drift(int(np.abs(difference).max()), 10 * float(np.log10(255**2 / square)) if square else None)


def library_matrix(library: Path, folders: Sequence[Path]) -> dict[str, str | None]:
    """Return what the loader says against ``library`` in each way of telling it of ``folders``, None where it loads."""
    exported = {LIBRARY_PATH: ":".join(map(str, folders))}
    first = libraries.dependency_order(elf.read(library).needed, folders)
    direct: dict[str, Mapping[str, Any]] = {
        "unset": {"exported": _UNSET},
        "os.environ + os.putenv in the process itself, before the import": {"exported": _UNSET, "set_inside": exported},
        "exported before the process started": {"exported": exported},
        "unset, dependency loaded first by absolute path": {"exported": _UNSET, "preload": first},
    }
    seen = {way: loading.probe(library, **how).error for way, how in direct.items()}
    for way in EXPECTED:
        if way not in seen:
            seen[way] = in_child(way, exported[LIBRARY_PATH], [str(library)])[str(library)]
    return seen


@dataclass(frozen=True)
class Jobs:
    """Jobs that ran at the same time: their results, and a hash of each one's decoded pictures."""

    results: tuple[RenderResult, ...]
    hashes: tuple[str, ...]


def at_once(count: int, video: str, folder: Path, generator: str, provider: Provider, tuning: Tuning = PLAIN) -> Jobs:
    """Render ``video`` with its own sound in ``count`` pipelines at the same time."""

    def one(index: int) -> tuple[RenderResult, str]:
        output = folder / f"out{index}.mp4"
        result = render(video, video, output, generator=generator, provider=provider, tuning=tuning)
        return result, _pictures(output)

    with ThreadPoolExecutor(count) as pool:
        results, hashes = zip(*pool.map(one, range(count)), strict=True)
    return Jobs(tuple(results), tuple(hashes))


def _pictures(path: Path) -> str:
    import av

    digest = hashlib.sha256()
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            digest.update(frame.to_ndarray(format="rgb24").tobytes())
    return digest.hexdigest()
