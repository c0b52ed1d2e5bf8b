"""A program that runs one job of a few seconds; prints when it is under way and how many frames came out."""

from __future__ import annotations

from heygem_core.pipeline import Liveness, Pipeline, Progress
from tests.pipeline.stages import Collect, Double, Numbers


def main() -> None:
    """Run the job."""
    told: list[object] = []

    def tell(event: object) -> None:
        if isinstance(event, Progress) and event.frames and not told:
            told.append(event)
            print("running", flush=True)  # noqa: T201 - the test reads it

    with Pipeline([Numbers(), Double(), Collect()], slot_bytes=4096, liveness=Liveness(1.0)) as pipeline:
        result = pipeline.run({"frames": 160, "item_s": 0.04}, on_event=tell)
    print(f"{result.frames} frames", flush=True)  # noqa: T201 - the test reads it


if __name__ == "__main__":
    main()
