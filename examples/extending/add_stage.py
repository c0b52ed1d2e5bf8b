"""A stage of one's own between two others: mirrors every frame, in the shared memory where it lies."""

import importlib
import sys

from heygem_core.casebook.stages import DriveredVideo, WriteVideo
from heygem_core.pipeline import Item, Pipeline, Slot, Transform


class Mirror(Transform):
    """Frames in, mirrored frames out."""

    name = "mirror"

    def process(self, item: Item, out: Slot) -> None:
        """Mirror the frames of one item, uint8 [frames, height, width, 3]."""
        frames = out.forward("frames", item)
        frames[:] = frames[:, :, ::-1].copy()


if __name__ == "__main__":
    # Workers import the class by the name of its module, and this one is called __main__ here.
    stage = importlib.import_module("add_stage").Mirror()
    with Pipeline([DriveredVideo(), stage, WriteVideo()], slot_bytes=1 << 20) as pipeline:
        result = pipeline.run({"items": 20}, total=20)
    sys.stdout.write("".join(f"{each.name} {each.frames}\n" for each in result.statistics.stages))
