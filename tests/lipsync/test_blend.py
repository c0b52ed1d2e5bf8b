"""The patch shows on the lower face only, softly, and a face found or lost does not make the picture jump."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from heygem_core.lipsync.blend import Blend, mask, paste
from heygem_core.lipsync.crop import align
from heygem_core.lipsync.picture import rgb, square
from heygem_core.pipeline.stage import DictSlot
from tests.lipsync import planar

Frames = NDArray[np.uint8]
Floats = NDArray[np.float32]
SIZE = 64
MARK = 1


def grained() -> Frames:
    """Return one frame of noise, no two pixels alike by intention, that its planes hold to the bit."""
    noise = np.random.default_rng(3).integers(40, 216, (1, 160, 200, 3)).astype(np.uint8)
    return planar.kept(noise)


def face(x: float = 100.0, y: float = 80.0, unit: float = 40.0) -> tuple[Floats, Floats]:
    """Return one upright face, [16] and its lips [40,2], with the middle of the mouth at x, y."""
    corners = [[x - unit / 2, y], [x + unit / 2, y]]
    five = [[x - unit / 2, y - unit], [x + unit / 2, y - unit], [x, y - unit / 2], *corners]
    row = np.array([1, 0.9, x - unit, y - 2 * unit, x + unit, y + unit, *np.ravel(five)], np.float32)
    lips = np.full((40, 2), [x, y], np.float32)
    lips[[0, 10, 20, 30]] = [*corners, *corners]
    return row, lips


def blended(frames: Frames, patches: Frames, seen: list[bool], stage: Blend | None = None, **where: float) -> Frames:
    """Run the stage over one slot of frames, in which all faces are at the same place."""
    row, lips = face(**where)
    faces = np.where(np.array(seen)[:, None], row, 0).astype(np.float32)
    slot, out = DictSlot(count=len(frames)), DictSlot(count=len(frames))
    matrix = align(faces, np.repeat(lips[None], len(frames), 0), patches.shape[1])
    planar.put(slot, frames)
    for name, array in (("faces", faces), ("patch", patches), ("matrix", matrix)):
        slot.allocate(name, array.shape, array.dtype)[:] = array
    if stage is None:
        stage = Blend()
        stage.start({})
    stage.process(slot, out)
    return planar.shown(out)


def shares(frames: Frames) -> list[float]:
    """Return how much of a white patch shows in the middle of the mouth of black frames, in 0..1."""
    return [round(float(frame[82, 100].mean()) / 255, 2) for frame in frames]


def white(count: int) -> tuple[Frames, Frames]:
    """Return black frames and white patches."""
    return np.zeros((count, 160, 200, 3), np.uint8), np.full((count, SIZE, SIZE, 3), 255, np.uint8)


def test_the_mask_is_full_at_the_mouth_and_nothing_at_the_border() -> None:
    """Full where lips and chin are, 0 along all four edges, and nowhere a step of more than an eighth."""
    shown = mask(256)
    assert shown[int(0.3 * 256) : int(0.7 * 256), 128].min() == 1
    border = np.concatenate([shown[0], shown[-1], shown[:, 0], shown[:, -1]])
    assert border.max() == 0
    assert max(np.abs(np.diff(shown, axis=axis)).max() for axis in (0, 1)) < 0.125


def test_only_the_lower_face_changes() -> None:
    """Pixels that the mask does not cover are equal to the bit; those in the mouth are the patch's."""
    frames, patches = grained(), white(1)[1]
    result = blended(frames, patches, [True])
    changed = (result != frames).any(axis=3)[0]
    rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
    assert 80 - 40 < rows[0] < rows[-1] < 80 + 1.2 * 40
    assert 100 - 40 < columns[0] < columns[-1] < 100 + 40
    assert (result[0, 70:100, 90:110] == 255).all()


def test_an_unchanged_patch_leaves_the_frame_as_it_was() -> None:
    """A patch that equals the crop changes nothing at all: the frame keeps its grain."""
    frames = grained()
    row, lips = face()
    matrix = align(row[None], lips[None], SIZE)
    crop = square(planar.picture(frames[0]), matrix[0], SIZE)
    assert (blended(frames, crop[None], [True]) == frames).all()


@pytest.mark.parametrize(("x", "y"), [(0.0, 80.0), (199.0, 80.0), (100.0, 2.0), (100.0, 159.0), (-200.0, 80.0)])
def test_a_face_at_the_edge_of_the_picture_is_cut_off_there(x: float, y: float) -> None:
    """A mouth partly or wholly outside the frame neither raises nor wraps around."""
    frames, patches = grained(), white(1)[1]
    changed = (blended(frames, patches, [True], x=x, y=y) != frames).any(axis=(0, 3))
    distance = np.abs(np.arange(200) - x)
    assert not changed[:, distance > 60].any()
    assert changed.any() == (x >= 0)


def test_the_first_frame_shows_the_patch_at_once() -> None:
    """A clip that begins with a face is not faded in."""
    assert shares(blended(*white(3), [True] * 3)) == [1, 1, 1]


def test_a_face_that_turns_up_is_faded_in() -> None:
    """After frames without a face the patch grows by a quarter per frame."""
    assert shares(blended(*white(7), [False, *[True] * 6])) == [0, 0.25, 0.5, 0.75, 1, 1, 1]


def test_a_face_that_leaves_is_faded_out() -> None:
    """Before a frame without a face the patch shrinks by a quarter per frame, and is gone with it."""
    assert shares(blended(*white(6), [True] * 5 + [False])) == [1, 1, 0.75, 0.5, 0.25, 0]


def test_a_new_job_starts_afresh() -> None:
    """How the last job ended does not matter to the next."""
    stage = Blend()
    stage.start({})
    blended(*white(2), [True, False], stage)
    assert shares(blended(*white(1), [True], stage)) == [0.25]
    stage.start({})
    assert shares(blended(*white(1), [True], stage)) == [1]


def test_an_affine_that_turns_brings_the_patch_back_turned() -> None:
    """A patch cut out with a turned matrix lands where it came from."""
    frame = planar.picture(np.zeros((160, 200, 3), np.uint8))
    patch = np.zeros((SIZE, SIZE, 3), np.uint8)
    patch[30:34, 30:34, MARK] = 255
    turned = np.array([[0, 1, -50.0], [-1, 0, 130.0]], np.float32)
    paste(frame, patch, turned)
    rows, columns = np.nonzero(rgb(frame)[..., MARK] > 128)
    assert abs(rows.mean() - (31.5 + 50)) < 0.6
    assert abs(columns.mean() - (130 - 31.5)) < 0.6
