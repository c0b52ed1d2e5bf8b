"""A stage of one's own between two others: mirrors every frame, in the shared memory where it lies."""

import sys

from heygem_core import Pipeline, Transform
from heygem_core.casebook.stages import DriveredVideo, WriteVideo
from heygem_core.pipeline import Item, Slot


class Mirror(Transform):
    """Frames in, mirrored frames out."""

    name = "mirror"

    def process(self, item: Item, out: Slot) -> None:
        """Mirror the frames of one item, uint8 [frames, height, width, 3]."""
        frames = out.forward("frames", item)
        frames[:] = frames[:, :, ::-1].copy()


if __name__ == "__main__":
    # Workers import the class by the name of its module, and this one is called __main__ here.
    import add_stage

    with Pipeline([DriveredVideo(), add_stage.Mirror(), WriteVideo()], slot_bytes=1 << 20) as pipeline:
        result = pipeline.run({"items": 20}, total=20)
    sys.stdout.write("".join(f"{stage.name} {stage.frames}\n" for stage in result.statistics.stages))
