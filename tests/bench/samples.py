"""A run and its parts with every field filled in, for tests of what reads and writes them."""

from __future__ import annotations

from dataclasses import replace

from heygem_core.bench.schema import (
    Block,
    Environment,
    Failure,
    Gpu,
    Host,
    Model,
    Plan,
    Quad,
    Replicate,
    Run,
    Scenario,
    Worker,
)
from heygem_core.bench.schema_comparison import Comparison, Control, Look

HOST = Host("cpu", 2, 1 << 34, "6.1", "Debian", None, (), None, "boot-1", "abc+dirty", (0.1, 0.2, 0.3))
SCENARIO = Scenario("single-stream", "p50", 0.01, (1,), None, 4, {"tiny": 20})
MODEL = Model("tiny", "/models/tiny.onnx", "00", 10)


def environment(arm: str) -> Environment:
    """Return the environment of ``arm``."""
    version = arm.removesuffix("-rebuilt")
    build = 2 if arm.endswith("-rebuilt") else 1
    return Environment(
        arm, "onnxruntime-gpu", version, build, f"/envs/{arm}", "/usr/bin/python3", "3.11.2", "ff", ("numpy==2.3.5",),
        "git", ("CPUExecutionProvider",), {"libcudart.so.13": ""}, {"A": "1"},
    )  # fmt: skip


RUN = Run(
    "run-1", "2026-01-01T00:00:00+00:00", None, "cpu", "1.0", ("2.0",), Plan(), HOST, (MODEL,), (SCENARIO,),
    tuple(map(environment, ("1.0", "1.0-rebuilt", "2.0"))), (Failure("3.0", None, None, "other", "no wheel"),),
    {"power": "no GPU"},
)  # fmt: skip


def worker(arm: str) -> Worker:
    """Return a process of ``arm``."""
    return Worker(arm, 1, 2, 3, "CPUExecutionProvider", 10, 20, 30, 100, (5, 6), False, "00", 0.0, None, 1 << 20)


def block(arm: str, runs: tuple[int, ...]) -> Block:
    """Return a block of ``arm`` with these latencies."""
    total = sum(runs)
    return Block(arm, 0, total, len(runs), runs, total, gpu=Gpu(None, None, None, None, 0), stages=({"name": "face"},))


def replicate(index: int, a_ns: int, b_ns: int, *, quads: int = 4, candidate: str = "2.0") -> Replicate:
    """Return a replicate in which every run of A took ``a_ns`` and every run of B ``b_ns``."""
    base, control = "1.0", candidate == "1.0-rebuilt"
    times = {base: (a_ns,) * 20, candidate: (b_ns,) * 20}
    made = tuple(
        Quad("ABBA", tuple(block(arm, times[arm]) for arm in (base, candidate, candidate, base)), {base: 0.0})
        for _ in range(quads)
    )
    return Replicate(
        "tiny",
        "single-stream",
        base,
        candidate,
        1,
        index,
        control,
        base,
        (worker(base), worker(candidate)),
        made,
        "now",
    )


LOOK = Look(12, 0.005, 1.1, (1.05, None), 0.001, "regressed")
COMPARISON = Comparison(
    "regressed", "p50", 1.1, (1.05, 1.15), 0.995, 0.01, 12, 0.001, Control(1.0, (0.99, 1.01), 12, 0.5, False), "tiny",
    "single-stream", "1.0", "2.0", True, 0.01, True, None, (LOOK,), (0.1, 0.2), 1, 48, 2,
)  # fmt: skip


def voided(one: Replicate, quad: int) -> Replicate:
    """Return ``one`` with a quad voided."""
    quads = tuple(replace(each, void="why") if index == quad else each for index, each in enumerate(one.quads))
    return replace(one, quads=quads)


def void(one: Replicate) -> Replicate:
    """Return ``one`` with all of its quads voided."""
    return replace(one, quads=tuple(replace(quad, void="why") for quad in one.quads))
