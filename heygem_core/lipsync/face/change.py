"""Notice that the picture has changed more than pictures of one shot do, from a few thousand of its pixels.

It need not be right: a cut that is missed is found by the mesh or by the detector's next look, and a cut that is none
costs one look.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

CHANGE = 20.0
"""Mean difference of two frames, of 255, above which the second may be of another shot.

Measured within one shot: up to 3 in ``clip``, 10 in ``clip-second``, 7 in a still with camera noise of 6, up to 28
where the whole picture shakes. Across cuts from one clip to another: 69 and more.
"""
_ROWS, _COLUMNS = 48, 64


class Change:
    """Compares each picture with the one before."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget the picture before; the next one counts as unchanged."""
        self._last: NDArray[np.int16] | None = None

    def __call__(self, frame: NDArray[np.uint8]) -> bool:
        """Tell whether ``frame`` [H, W, ...] differs from the one before by more than `CHANGE`."""
        height, width = frame.shape[:2]
        # Single pixels, not means of areas: that would read the whole picture, which takes as long as the mesh.
        few = frame[:: max(height // _ROWS, 1), :: max(width // _COLUMNS, 1)].astype(np.int16)
        last, self._last = self._last, few
        return last is not None and last.shape == few.shape and float(np.abs(few - last).mean()) > CHANGE
