"""The report's pictures: the right frames, cut to where source and result differ."""

from __future__ import annotations

import cv2
import numpy as np

from heygem_core.casebook.pictures import pairs, where_different
from heygem_core.lipsync import assets


def test_the_frames_are_spread_evenly_and_cut_alike() -> None:
    """A video beside itself differs nowhere: four whole frames, both of a pair the same, no two pairs alike."""
    clip = assets.fetch("clip")
    told = pairs(clip, clip)
    assert [pair.index for pair in told] == [21, 64, 108, 151]
    assert all(pair.source == pair.result for pair in told)
    assert len({pair.source for pair in told}) == len(told)
    picture = cv2.imdecode(np.frombuffer(told[0].source, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    assert picture.shape == (300, 400, 3)


def test_the_cut_is_around_what_differs_in_any_pair() -> None:
    """Two moved parts give one cut with a margin around both; fine noise, as encoding makes it, does not count."""
    random = np.random.default_rng(0)
    before = [np.full((200, 300, 3), 100, np.uint8) for _ in range(2)]
    after = [(picture + random.integers(-3, 4, picture.shape)).astype(np.uint8) for picture in before]
    assert where_different(before, after) == (slice(0, 200), slice(0, 300))
    after[0][90:110, 140:160] = 200
    after[1][90:110, 160:170] = 0
    rows, columns = where_different(before, after)
    assert 40 < rows.start < 90
    assert 110 < rows.stop < 160
    assert 90 < columns.start < 140
    assert 170 < columns.stop < 220
