"""A tiny model, one cached environment under two names, and the smallest plan that decides something."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from heygem_core.bench import scenarios
from heygem_core.bench.replicate import Arm, Conditions
from heygem_core.bench.schema import Plan
from heygem_core.bench.twin import Launch, Twin
from heygem_core.lipsync.generator.puppet_graph import Graph
from heygem_core.runtime import ort_envs

PLAN = Plan(looks=(4,), alphas=(0.2,), control=4, block_ns=20_000_000, warm_cap=60)
"""Four replicates of short blocks: two of sixteen sign patterns are at most as likely as 0.2."""
QUICK = replace(scenarios.SCENARIOS["single-stream"], quads=1)


@pytest.fixture(scope="session")
def environment() -> Path:
    """Return the newest cached environment."""
    built = ort_envs.built()
    if not built:
        pytest.skip("no onnxruntime environment is built: nox -s ort_envs")
    return list(built.values())[-1]


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a model of two inputs that takes some 0.1 ms."""
    graph = Graph("tiny")
    image = graph.input("image", ["B", 3, 64, 64])
    audio = graph.input("audio", ["B", 1, 1, 1])
    graph.output((image * 0.5 + audio).relu(), "picture", ["B", 3, 64, 64])
    path = tmp_path_factory.mktemp("model") / "tiny.onnx"
    path.write_bytes(graph.model(17, 8).SerializeToString())
    return path


@pytest.fixture(scope="session")
def arms(environment: Path, model: Path) -> dict[str, Arm]:
    """Return two arms that are the same, and a third whose every run takes twice as long."""
    named = {name: Launch(name, sys.executable, [str(environment)]) for name in ("A", "B", "slow")}
    handicaps = {"slow": {"spin": 1.0}}
    return {name: Arm(launch, str(model), handicaps.get(name, {})) for name, launch in named.items()}


@pytest.fixture(scope="session")
def reference(arms: dict[str, Arm], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file of inputs and outputs that arm A made."""
    path = tmp_path_factory.mktemp("reference") / "tiny.npz"
    with Twin(arms["A"].launch) as twin:
        twin.ask("open", kind="model", model=arms["A"].model, provider="cpu", threads=1, batches=[1])
        twin.ask("prepare", path=str(path))
        twin.quit()
    return path


@pytest.fixture
def conditions(reference: Path) -> Conditions:
    """Return the conditions of a run on the CPU."""
    return Conditions(PLAN, "cpu", nullcontext, str(reference), (1,))
