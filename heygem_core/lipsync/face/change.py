"""Notice that the picture has changed more than pictures of one shot do, from a few thousand of its pixels.

It need not be right: a cut that is missed is found by the mesh or by the detector's next look, and a cut that is none
costs one look.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from heygem_core.lipsync.picture import Picture

CHANGE = 20.0
"""Mean difference of two frames' luma, of 255, above which the second may be of another shot.

Measured within one shot: up to 3 in ``clip`` and 11 in ``clip-second``; across cuts from one clip to another 56 and
more. In RGB, a still with camera noise of 6 has 7, and a picture that shakes as a whole up to 28.
"""
_ROWS, _COLUMNS = 48, 64


class Change:
    """Compares each picture with the one before."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget the picture before; the next one counts as unchanged."""
        self._last: NDArray[np.int16] | None = None

    def __call__(self, frame: Picture) -> bool:
        """Tell whether ``frame`` [H, W, ...] differs from the one before by more than `CHANGE`."""
        width, height = frame.size
        # Single pixels, not means of areas: that would read the whole picture, which takes as long as the mesh.
        few = frame.luma[:: max(height // _ROWS, 1), :: max(width // _COLUMNS, 1)].astype(np.int16)
        last, self._last = self._last, few
        return last is not None and last.shape == few.shape and float(np.abs(few - last).mean()) > CHANGE
