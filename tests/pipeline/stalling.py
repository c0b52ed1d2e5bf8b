"""A program in which a stage hangs; prints when that begins, and then which error came of it, of which stage."""

from __future__ import annotations

from heygem_core.errors import HeygemError
from heygem_core.pipeline import Pipeline
from tests.pipeline.misfits import LIVENESS, bounded
from tests.pipeline.stages import Collect, Double, Numbers


def main() -> None:
    """Run the job; give up after some seconds."""
    with Pipeline([Numbers(), Double(), Collect()], slot_bytes=4096, liveness=LIVENESS) as pipeline, bounded(pipeline):
        pipeline.wait_ready()
        print("started", flush=True)  # noqa: T201 - the test reads it
        try:
            pipeline.run({"frames": 20, "faults": {("double", "middle"): "hang"}})
        except HeygemError as error:
            print(type(error).__name__, getattr(error, "stage", ""), flush=True)  # noqa: T201 - as above


if __name__ == "__main__":
    main()
