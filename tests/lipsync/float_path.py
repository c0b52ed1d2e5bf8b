"""The generators in numpy around a plain session of the model: what `surround` puts into the graph must equal this."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from heygem_core.lipsync.generator import dinet, puppet
from heygem_core.runtime.session import create_session

Floats = NDArray[np.float32]
Pictures = NDArray[np.uint8]


def drawn(kind: str, path: Path, crops: Pictures, guide: Floats | None, audio: Floats) -> Pictures:
    """Return what ``kind`` ("puppet", "dinet", "wav2lip") draws with the model at ``path``: uint8 RGB [N, R, R, 3]."""
    session = create_session(path, "cpu", threads=1).session
    bgr = kind == "wav2lip"
    pictures = np.ascontiguousarray(
        (crops[..., ::-1] if bgr else crops).transpose(0, 3, 1, 2), np.float32
    ) / np.float32(255)
    if kind == "puppet":
        assert guide is not None
        rest = np.zeros((len(crops), 1, puppet.SIZE - puppet.GUIDE_ROWS, puppet.SIZE), np.float32)
        image = np.concatenate([pictures, np.concatenate([guide, rest], axis=2)], axis=1)
    else:
        masked = pictures.copy()
        side = crops.shape[1]
        if bgr:
            masked[:, :, side // 2 :] = 0
        else:
            masked[:, :, side // 4 : -side // 8, side // 8 : -side // 8] = 0
        image = np.concatenate([masked, pictures], axis=1)
    heard = _stretched(audio) if kind == "dinet" else audio
    feed = {value.name: image if "im" in value.name or "pic" in value.name else heard for value in session.get_inputs()}
    (result, *_) = session.run(None, feed)
    result = np.clip(result[:, ::-1] if bgr else result, 0, 1) * 255
    shown: Pictures = np.rint(result.transpose(0, 2, 3, 1)).astype(np.uint8)
    return shown


def _stretched(audio: Floats) -> Floats:
    bins = np.arange(dinet.BINS) * audio.shape[2] // dinet.BINS
    steps = np.arange(dinet.STEPS) * audio.shape[3] // dinet.STEPS
    return np.ascontiguousarray(audio[:, 0][:, bins][:, :, steps])


def noise(count: int, side: int, seed: int = 0) -> tuple[Pictures, Floats]:
    """Return crops uint8 [N, R, R, 3] of every level, and mel windows in the range of speech."""
    random = np.random.default_rng(seed)
    crops = random.integers(0, 256, (count, side, side, 3)).astype(np.uint8)
    return crops, random.uniform(-4, 3, (count, 1, 80, 16)).astype(np.float32)
