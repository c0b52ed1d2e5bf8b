"""How cost grows: with the picture's size, the job's length, and pipelines side by side.

``python -m bench.growth --out out/growth.json`` takes about five minutes on two cores. The exponent is the slope of a
straight line through the logarithms: 1 where twice as much costs twice as much, 0 where it costs nothing.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from bench import memory
from bench.peers_pipeline import clip
from bench.rivals.processor import proportional_mib
from heygem_core.bench import host
from heygem_core.lipsync.render import Renderer

SIZES = ((640, 480), (1280, 720), (1920, 1080), (3840, 2160))
SECONDS = (8.0, 32.0, 128.0)
SIDE_BY_SIDE = (1, 2, 4, 8)
FRAMES = 24

Rung = dict[str, float]


def exponent(rungs: Sequence[Rung], of: str, over: str) -> float:
    """Return the exponent with which ``of`` grows over ``over``."""
    across, up = (np.log([rung[key] for rung in rungs]) for key in (over, of))
    return float(np.polyfit(across, up, 1)[0])


def by_size(folder: Path, size: tuple[int, int]) -> Rung:
    """Return seconds per frame of a warm job in that size."""
    video = clip(folder, FRAMES, *size)
    with Renderer(*size, provider="cpu") as renderer:
        walls = [renderer.render(video, video, folder / "out.mp4", overwrite=True).wall_s for _ in range(2)]
    return {"pixels": size[0] * size[1], "frame_s": walls[-1] / FRAMES}


def by_length(folder: Path, seconds: float) -> Rung:
    """Return seconds and peak memory of a job of that length, in a fresh pipeline."""
    told: dict[str, Any] = memory.measure(folder, seconds)
    return {"seconds": seconds, "wall_s": told["wall_s"], "peak_mib": told["sum_mib"]}


def by_number(folder: Path, number: int) -> Rung:
    """Return seconds and memory of as many warm pipelines at once, each with a job of its own."""
    video = clip(folder, FRAMES, *SIZES[0])
    with ExitStack() as opened:
        running = [opened.enter_context(Renderer(*SIZES[0], provider="cpu")) for _ in range(number)]
        pool = opened.enter_context(ThreadPoolExecutor(number))

        def render(index: int) -> None:
            running[index].render(video, video, folder / f"out-{index}.mp4", overwrite=True)

        list(pool.map(render, range(number)))
        began = time.perf_counter()
        list(pool.map(render, range(number)))
        wall_s = time.perf_counter() - began
        pids = [worker.pid for each in running for worker in each._pipeline._crew.processes()]
        return {"pipelines": number, "wall_s": wall_s, "mib": proportional_mib(pids)}


LADDERS: dict[str, tuple[Callable[[Path, Any], Rung], Sequence[Any], str, tuple[str, ...]]] = {
    "size": (by_size, SIZES, "pixels", ("frame_s",)),
    "length": (by_length, SECONDS, "seconds", ("wall_s", "peak_mib")),
    "side_by_side": (by_number, SIDE_BY_SIDE, "pipelines", ("wall_s", "mib")),
}


def climb(folder: Path, name: str, rounds: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Return a ladder's rungs, medians of rounds in each of which every rung has a turn, and its exponents."""
    measure, steps, over, costs = LADDERS[name]
    told: list[list[Rung]] = [[] for _ in steps]
    for _ in range(rounds):
        for found, step in zip(told, steps, strict=True):
            found.append(measure(folder, step))
            say(f"{name}: {found[-1]}")
    rungs = [{key: median(each[key] for each in found) for key in found[0]} for found in told]
    return {"rungs": rungs, "exponents": {cost: exponent(rungs, cost, over) for cost in costs}}


def main() -> None:
    """Climb the ladders and print the exponents."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("out/growth.json"))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=LADDERS, action="append")
    asked = parser.parse_args()
    asked.out.parent.mkdir(parents=True, exist_ok=True)

    def say(line: str) -> None:
        sys.stderr.write(line + "\n")

    date = f"{datetime.now(UTC):%Y-%m-%d}"
    told: dict[str, Any] = {"date": date, "host": asdict(host.facts()), "rounds": asked.rounds}
    with tempfile.TemporaryDirectory() as folder:
        for name in asked.only or LADDERS:
            told[name] = climb(Path(folder), name, asked.rounds, say)
            say(f"{name}: exponents {told[name]['exponents']}")
            asked.out.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
