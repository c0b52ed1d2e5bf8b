"""Planes of luma and chroma: their colours, their squares, and a mouth that goes back where it was cut out."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from heygem_core.lipsync.blend import paste
from heygem_core.lipsync.geometry import inverse
from heygem_core.lipsync.picture import (
    FULL,
    Picture,
    back,
    chroma_shape,
    colour,
    reduced,
    rgb,
    square,
)

LIMITED = 1
BT601, BT709 = 6, 1
RED = (255, 0, 0)
# What ITU-R BT.601 and BT.709 give for pure red, in 8 bits.
REDS = {(BT601, LIMITED): (81, 90, 240), (BT709, LIMITED): (63, 102, 240), (BT601, FULL): (76, 85, 255)}


def blob(x: float, y: float, size: tuple[int, int] = (160, 120), reach: float = 8.0) -> Picture:
    """Return a soft red spot on grey, in halved chroma sited as H.264 has it: computed, not resampled."""
    width, height = size
    to_red = back(colour(BT601, LIMITED)) @ [255, 0, 0, 1]
    grey = np.array([126, 128, 128])

    def plane(index: int, xs: NDArray[np.float64], ys: NDArray[np.float64]) -> NDArray[np.uint8]:
        share = np.exp(-((xs[None] - x) ** 2 + (ys[:, None] - y) ** 2) / (2 * reach**2))
        level: NDArray[np.float64] = grey[index] + share * (to_red[index] - grey[index])
        return np.rint(level).astype(np.uint8)

    columns, rows = np.arange(width, dtype=float), np.arange(height, dtype=float)
    chroma = np.stack([plane(index, columns[::2], rows[::2] + 0.5) for index in (1, 2)])
    return Picture(plane(0, columns, rows), chroma, colour(BT601, LIMITED))


def centre(weights: NDArray[np.floating]) -> tuple[float, float]:
    """Return (x, y) of the middle of what is far above the least."""
    heavy = np.clip(weights - np.median(weights) - 8, 0, None)
    rows, columns = np.indices(heavy.shape)
    return float((heavy * columns).sum() / heavy.sum()), float((heavy * rows).sum() / heavy.sum())


@pytest.mark.parametrize(("tags", "levels"), REDS.items())
def test_colours_are_those_of_the_standard(tags: tuple[int, int], levels: tuple[int, ...]) -> None:
    """Pure red has the levels that BT.601 and BT.709 give it, and comes back as red; black and white too."""
    there = colour(*tags)
    np.testing.assert_allclose(back(there) @ [*RED, 1], levels, atol=0.8)
    np.testing.assert_allclose(there @ [*(back(there) @ [*RED, 1]), 1], RED, atol=1e-3)
    low, high = (0, 255) if tags[1] == FULL else (16, 235)
    np.testing.assert_allclose(there @ [low, 128, 128, 1], [0, 0, 0], atol=1e-3)
    np.testing.assert_allclose(there @ [high, 128, 128, 1], [255, 255, 255], atol=1e-3)


def test_an_unknown_matrix_is_bt601s() -> None:
    """Untagged files are taken for BT.601, as swscale takes them."""
    np.testing.assert_array_equal(colour(2, 0), colour(BT601, LIMITED))


def test_chroma_is_halved_where_that_can_be_expressed() -> None:
    """Odd sizes keep a sample per pixel."""
    assert chroma_shape(1920, 1080) == (2, 540, 960)
    assert chroma_shape(321, 240) == (2, 240, 321)
    assert chroma_shape(320, 241) == (2, 241, 320)


@pytest.mark.parametrize("turned", [False, True])
def test_luma_and_chroma_are_cut_out_at_one_place(turned: bool) -> None:
    """A spot's brightness and colour lie on each other in the square, at the place that the matrix tells."""
    x, y = 71.3, 50.8
    matrix = np.array([[1.5, 0.4, -60], [-0.4, 1.5, 10]] if turned else [[1.0, 0, -30], [0, 1.0, -20]])
    seen = square(blob(x, y), matrix, 96).astype(float)
    expected = matrix[:, :2] @ (x, y) + matrix[:, 2]
    # Red is in luma a third, in chroma the rest: what differs from grey is chroma's, their sum is luma's.
    assert centre(seen[..., 0] - seen[..., 2]) == pytest.approx(tuple(expected), abs=0.35)
    assert centre(255 - seen[..., 2]) == pytest.approx(tuple(expected), abs=0.35)


def test_beyond_the_picture_its_border_goes_on_or_it_is_black() -> None:
    """Both are what they say in RGB, not in luma and chroma."""
    grey = Picture(np.full((20, 20), 126, np.uint8), np.full((2, 10, 10), 128, np.uint8), colour(BT709, LIMITED))
    outside = np.array([[1.0, 0, 100], [0, 1.0, 100]])
    assert (np.abs(square(grey, outside, 16).astype(int) - 128) <= 1).all()
    assert (square(grey, outside, 16, dark=True) <= 1).all()


@pytest.mark.parametrize("size", [(160, 120), (640, 480), (150, 110)])
def test_a_reduced_picture_shows_the_same(size: tuple[int, int]) -> None:
    """Whatever the factor, the spot is where it was, in shares of the picture, and as red."""
    picture = blob(size[0] * 0.4, size[1] * 0.6, size, size[0] / 10)
    small = reduced(picture, (96, 64)).astype(float)
    x, y = centre(small[..., 0] - small[..., 2])
    assert ((x + 0.5) / 96, (y + 0.5) / 64) == pytest.approx((0.4, 0.6), abs=0.01)
    assert abs(small.max() - rgb(picture).max()) < 12


def test_a_mouth_goes_back_where_it_was_cut_out() -> None:
    """Chroma and luma of a pasted patch lie on each other, where the matrix leads back to; the rest is untouched."""
    frame = blob(-100, -100)
    before = frame.luma.copy(), frame.chroma.copy()
    matrix = np.array([[1.2, 0.2, -50], [-0.2, 1.2, -20]], np.float32)
    rows, columns = np.indices((96, 96))
    share = np.exp(-((columns - 50) ** 2 + (rows - 34) ** 2) / (2 * 9.0**2))[..., None]
    patch = np.rint(128 + share * (np.array(RED) - 128)).astype(np.uint8)
    paste(frame, patch, matrix)
    expected = tuple(inverse(matrix) @ (50, 34, 1))
    across, down = centre(frame.chroma[1].astype(float))
    assert centre(255.0 - frame.luma) == pytest.approx(expected, abs=0.4)
    assert (2 * across, 2 * down + 0.5) == pytest.approx(expected, abs=0.4)
    for now, then in zip((frame.luma, frame.chroma), before, strict=True):
        assert (now[..., :10, :] == then[..., :10, :]).all()
        assert (now[..., -10:] == then[..., -10:]).all()
