"""``python -m bench.gpu_limits --out FILE.json``: measure, print each check, exit 1 when one fails."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import asdict
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from bench.gpu_limits import budgets, checks
from bench.gpu_limits.feeding import Feeder, in_turns, over_cpu
from bench.gpu_limits.job import job
from bench.gpu_limits.steady import judge, usage
from bench.gpu_limits.topology import reported
from bench.rivals.job import Recipe
from heygem_core.bench import host
from heygem_core.lipsync.generator.model import Setup
from heygem_core.runtime import nvml, nvml_device
from heygem_core.runtime.nvml import GpuSampler
from heygem_core.runtime.tuning import PRECISIONS, Tuning

_PACKAGES = ("onnxruntime-gpu", "nvidia-cuda-runtime", "nvidia-cudnn-cu13", "nvidia-cublas", "numpy", "av", "torch")


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(prog="python -m bench.gpu_limits", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="JSON file to write")
    parser.add_argument(
        "--provider", choices=("cuda", "cpu"), default="cuda", help="cpu: a dry run, nothing about a GPU"
    )
    parser.add_argument("--generator", default="dinet", help="dinet, dinet-small, puppet or an ONNX file")
    parser.add_argument("--batch", type=int, default=8, help="frames per run")
    parser.add_argument("--seconds", type=float, default=12.0, help="for each of the parts")
    parser.add_argument("--warm-cap", type=int, default=300, help="runs after which a series counts as never steady")
    parser.add_argument("--precision", choices=PRECISIONS, default="tf32")
    parser.add_argument("--cuda-graph", action="store_true")
    parser.add_argument("--tensorrt", action="store_true")
    return parser.parse_args(arguments)


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Return the whole record."""
    dry_run = options.provider == "cpu"
    tuning = Tuning(options.precision, options.cuda_graph, options.tensorrt)
    facts = host.facts()
    budget = budgets.for_gpu(facts.gpus[0] if facts.gpus else "", budgets.read())
    feeder = Feeder(options.generator, Setup(options.provider, options.batch, tuning=tuning), cap=options.warm_cap)
    sampler = None if dry_run else GpuSampler(root=os.getpid())
    with sampler or nullcontext():
        fed = feeder.feed(options.seconds)
    samples = () if sampler is None else sampler.samples
    used = usage(samples, 0 if dry_run else nvml_device.index(), fed.began_s, fed.ended_s)
    verdict = judge(used, fed.frames, feeder.applied, budget.utilization)
    turns = in_turns(feeder, options.seconds)
    done = job(options.generator, options.provider, options.batch, tuning, options.seconds)
    ratio, reference = over_cpu(
        options.generator, min(options.batch, 2), fed.fps, len(os.sched_getaffinity(0)), options.seconds / 2
    )
    beside = reported(Recipe(options.generator, options.provider, options.batch), options.seconds)
    made = [
        *checks.of_turns(turns, budget),
        checks.of_utilization(None if used is None else used.utilization, verdict, budget),
        checks.of_job(done, budget),
        checks.check("over_cpu", ratio, budget, f"{reference:.2f} frames/s on the processors"),
        checks.of_topologies(done, beside, budget),
    ]
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "dry_run": dry_run,
        "host": described(facts),
        "gpu_limits": {
            "how": "python -m bench.gpu_limits " + " ".join(sys.argv[1:]),
            "generator": options.generator,
            "batch": feeder.model.batch,
            "precision": options.precision,
            "cuda_graph": options.cuda_graph,
            "applied": feeder.applied,
            "budget": budget.gpu,
            "page_locked": feeder.model.binding().page_locked,
            "warmup_s": feeder.warmup_s,
            "warmup_runs": feeder.warmup_runs,
            "fps": fed.fps,
            "run_ms": 1e3 * fed.batch / fed.fps,
            "device_ms": [1e3 * each for each in turns.bare_s],
            "cpu_fps": reference,
            "usage": None if used is None else {**asdict(used), "rate_hz": used.rate_hz},
            "reported": {"frames": beside.frames, "wall_s": beside.wall_s, "fps": beside.frames / beside.wall_s},
            "job": {**asdict(done), "fps": done.frames / done.wall_s},
            "checks": [asdict(each) for each in made],
        },
    }


def described(facts: Any) -> dict[str, Any]:
    """Return the host as the files in ``bench/results`` have it, with what is behind the GPU."""
    machine = nvml.machine()
    return {
        "cpu": facts.cpu,
        "cores": facts.cores,
        "memory_gib": round(facts.memory / 2**30),
        "gpu": machine.gpus[0] if machine.gpus else None,
        "driver": machine.driver,
        "cuda": machine.cuda,
        "kernel": facts.kernel,
        "python": sys.version.split()[0],
        "git": facts.git,
        "packages": {name: version for name in _PACKAGES if (version := _version(name)) is not None},
    }


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def main(arguments: Sequence[str]) -> int:
    """Measure, write, print; return 1 when a check fails or cannot be told on a GPU."""
    options = parsed(arguments)
    record = measure(options)
    options.out.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    if record["dry_run"]:
        sys.stdout.write("dry run on the CPU: these figures are about no GPU\n")
    for each in record["gpu_limits"]["checks"]:
        value = "unknown" if each["value"] is None else f"{each['value']:.3f}"
        told = {True: "passed", False: "FAILED", None: "UNKNOWN"}[each["passed"]]
        limit = f"{'at most' if each['at_most'] else 'at least'} {each['budget']:g}"
        sys.stdout.write(f"{told:8} {each['name']:18} {value:>9} ({limit}) {each['note']}\n")
    failed = any(each["passed"] is not True for each in record["gpu_limits"]["checks"])
    return int(failed and not record["dry_run"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
