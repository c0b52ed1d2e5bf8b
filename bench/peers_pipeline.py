"""The whole job: the project's pipeline beside the reported topology, one process, threads, DataLoader and Ray Data.

``python -m bench.peers_pipeline --out out/peers-pipeline.json`` takes about twelve minutes on two cores; started again
with the same file it goes on where it was stopped. What every run writes is compared, to the bit.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from bench.rivals import rounds, summary
from bench.rivals.pipeline_turn import RUNNERS
from heygem_core.text import Text

OURS, LOOP, REPORTED, BESIDE = "core", "loop", "reported", "side-by-side"
RIVALS = ("reported", "loop", "threads", "dataloader", "ray-data")
_ENVIRONMENT = {"dataloader": "torch", "ray-data": "ray"}
_START = "import sys; from bench.rivals.job import made; made()[int(sys.argv[1])].open(); print('open', flush=True)"

Turn = Mapping[str, Any]


def clip(folder: Path, frames: int, width: int, height: int) -> Path:
    """Return a clip of the default speaker in that size, with as much sound, made if need be."""
    from tests.lipsync.faces import FaceClip

    path = folder / f"clip-{frames}-{width}x{height}.mp4"
    if not path.exists():
        FaceClip(frames=frames, width=width, height=height, sound_s=frames / 25).write(path)
    return path


def plan(video: Path, width: int, height: int, count: int, budget_s: float) -> rounds.Plan:
    """Return the comparison on one clip."""
    options = ("--video", str(video), "--width", str(width), "--height", str(height))
    return rounds.Plan(
        "bench.rivals.pipeline_turn",
        tuple(RUNNERS),
        options,
        count,
        budget_s,
        turn_s=240.0,
        environment=_ENVIRONMENT,
    )


def starts(times: int) -> dict[str, float]:
    """Return the seconds from launch until open of each stage alone in an interpreter of its own, medians."""
    from bench.rivals.job import made

    return {stage.name: median(_start(index) for _ in range(times)) for index, stage in enumerate(made())}


def _start(index: int) -> float:
    began = time.perf_counter()
    with subprocess.Popen([sys.executable, "-c", _START, str(index)], stdout=subprocess.PIPE) as process:
        if process.stdout is None or not process.stdout.readline():
            raise RuntimeError(f"stage {index} did not open")
        return time.perf_counter() - began


def fps(turn: Turn) -> float | None:
    """Return frames per second of the warm job, or of all that were done at once."""
    return float(_frames(turn) / turn["warm"]["wall_s"])


def cost(turn: Turn) -> float | None:
    """Return processor milliseconds per frame of the warm job, all processes together."""
    return float(1e3 * turn["cpu_s"] / _frames(turn))


def _frames(turn: Turn) -> int:
    return int(turn.get("jobs", 1) * turn["warm"]["frames"])


def _per_cost(turn: Turn) -> float | None:
    return 1 / (cost(turn) or 1)


READ: dict[str, Callable[[Turn], float | None]] = {
    "fps": fps,
    "cpu_ms": cost,
    "first_s": lambda turn: turn["warm"]["first_s"] or None,
    "cold_first_s": lambda turn: turn["ready_s"] + turn["cold"]["first_s"],
    "ready_s": lambda turn: turn["ready_s"],
    "open_s": lambda turn: turn["open_s"],
    "peak_mib": lambda turn: turn["peak_mib"],
    "beyond_ms": lambda turn: None if turn["warm"]["beyond_s"] is None else 1e3 * turn["warm"]["beyond_s"],
}


def bound(turns: Sequence[Turn], cores: int) -> list[Turn]:
    """Return one turn a round of what no pipeline of these stages can exceed, going by the loop of that round.

    That is the slowest stage, or all the processor time spread over all cores, whichever takes longer.
    """

    def least(turn: Turn) -> float:
        return float(max(*turn["busy_s"].values(), turn["cpu_s"] / cores))

    loops = [turn for turn in turns if turn["peer"] == LOOP]
    return [{**turn, "peer": "bound", "warm": {**turn["warm"], "wall_s": least(turn)}} for turn in loops]


def wrong(turns: Sequence[Turn], frames: int) -> list[str]:
    """Return what was wrong with the output of any run; ffmpeg's rounding of colours is its own."""
    digests = {
        turn[job]["digest"] for turn in turns if turn["peer"] in (OURS, BESIDE, *RIVALS) for job in ("cold", "warm")
    }
    told = [f"{len(digests)} different files were written"] if len(digests) > 1 else []
    return told + [
        f"{turn['peer']} wrote {turn[job]['frames']} frames of {frames}"
        for turn in turns
        for job in ("cold", "warm")
        if turn[job]["frames"] != frames
    ]


def result(record: Mapping[str, Any], frames: int, alone: Mapping[str, float]) -> dict[str, Any]:
    """Return figures and verdicts of a record, in the form that is kept under bench/results."""
    turns: Sequence[Turn] = record["turns"]
    limits = bound(turns, record["host"]["cores"])
    everything = [*turns, *limits]
    return {
        "date": record["date"],
        "host": record["host"],
        "how": f"nox -s bench_peers; {frames} frames, batches of 4, puppet, CPU; every round gives each runner a turn "
        "in a new process with a cold and a warm job; figures are medians of the turns, ratios are within a round",
        "rounds": len({turn["round"] for turn in turns}),
        "absent": record["absent"],
        "wrong": wrong(turns, frames),
        "bound_fps": summary.of(limits, "bound", fps),
        "stage_alone_s": dict(alone),
        "runners": {
            peer: {name: summary.of(turns, peer, read) for name, read in READ.items()}
            for peer in RUNNERS
            if peer not in record["absent"]
        },
        "targets": _targets(everything, alone),
    }


def _targets(turns: Sequence[Turn], alone: Mapping[str, float]) -> list[dict[str, Any]]:
    def times(others: Sequence[str], read: Callable[[Turn], float | None], ours: str = OURS) -> Any:
        return summary.ratios(turns, ours, others, read)

    slowest = max(alone.values())
    ready = summary.of(turns, OURS, lambda turn: turn["open_s"] / slowest)
    beyond = summary.of(turns, "core-traced", READ["beyond_ms"])
    least = [
        (Text("share of the bound", "与上限之比"), 0.95, times(["bound"], fps)),
        (
            Text("share of as many loops as cores, side by side", "与每核一个循环并排运行的总和之比"),
            0.95,
            times([BESIDE], fps),
        ),
        (Text("times the reported topology", "问题报告中拓扑的倍数"), 2.0, times([REPORTED], fps)),
        (Text("times the fastest peer", "最快同类的倍数"), 1.0, times(RIVALS, fps)),
        (Text("thrift: times the thriftiest peer", "CPU 用量：最省同类的倍数"), 1.0, times(RIVALS, _per_cost)),
        (
            Text("decode and encode: times ffmpeg", "解码与编码：ffmpeg 的倍数"),
            1.0,
            times(["ffmpeg"], fps, "core-transcode"),
        ),
        (Text("trace on: share of the rate", "打开跟踪后的速率之比"), 0.99, times([OURS], fps, "core-traced")),
    ]
    most = [
        (Text("warm first batch beyond the stages' own time, ms", "热启动首批超出各级自身用时，ms"), 60.0, beyond),
        (Text("cold start, times the slowest stage alone", "冷启动：单独启动最慢一级的倍数"), 1.3, ready),
    ]
    rows = [summary.target(what, wanted, got, at_least=True) for what, wanted, got in least]
    return rows + [summary.target(what, wanted, got, at_least=False) for what, wanted, got in most]


def main() -> None:
    """Measure, and print whether each target was met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("out/peers-pipeline.json"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--minutes", type=float, default=13.0, help="no round is begun that would take longer")
    parser.add_argument("--frames", type=int, default=240)
    parser.add_argument("--size", default="1920x1080")
    asked = parser.parse_args()
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    width, height = map(int, asked.size.split("x"))
    video = clip(asked.out.parent.absolute(), asked.frames, width, height)
    record = rounds.run(
        plan(video, width, height, asked.rounds, 60 * asked.minutes), asked.out.with_suffix(".turns.json"), rounds.say
    )
    told = result(record, asked.frames, starts(3))
    asked.out.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    for peer, why in told["absent"].items():
        rounds.say(f"absent   {peer}: {why}")
    for fault in told["wrong"]:
        rounds.say(f"WRONG    {fault}")
    for row in told["targets"]:
        rounds.say(summary.line(row))
    sys.exit(bool(told["wrong"]))


if __name__ == "__main__":
    main()
