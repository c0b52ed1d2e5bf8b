"""The generators on CUDA: every heavy node there, the pictures those of the CPU, each option's drift measured."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from heygem_core.lipsync.generator import load
from heygem_core.lipsync.generator.model import Setup
from heygem_core.runtime import tensorrt
from heygem_core.runtime.session import CPU, CUDA, TENSORRT
from heygem_core.runtime.tuning import Precision, Tuning
from tests.gpu.observing import Drawn, draw, drift

pytestmark = [pytest.mark.gpu, pytest.mark.timeout(600)]

GENERATORS = ("puppet", "dinet-small", "dinet")
ON_CUDA = 0.99
"""Of the time of a generator's nodes."""
LEAST_PSNR: dict[Precision, float] = {"fp32": 50.0, "tf32": 38.0, "fp16": 34.0}
"""Decibels against the CPU's float32. Ten bits of mantissa are kept by the latter two; a level is 1/255."""

Record = Callable[[str, Any], None]


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Drawn]:
    """Return what gives a generator's pictures on the CPU, each drawn once."""
    drawn: dict[str, Drawn] = {}

    def of(generator: str) -> Drawn:
        if generator not in drawn:
            # The full size takes two seconds per frame there.
            runs = 1 if generator == "dinet" else 5
            drawn[generator] = draw(generator, "cpu", tmp_path_factory.mktemp(generator), runs=runs)
        return drawn[generator]

    return of


@pytest.mark.no_cpu_fallback
@pytest.mark.parametrize("generator", GENERATORS)
def test_a_generator_s_nodes_run_on_cuda(generator: str, tmp_path: Path, record_property: Record) -> None:
    """By the session, by the library that is mapped and by its own profile; what stays on the CPU is listed."""
    seen = draw(generator, "cuda", tmp_path, runs=20)
    record_property("on_the_cpu", seen.times.elsewhere(CUDA))
    record_property("node_us", dict(seen.times.us))
    assert (seen.applied, seen.providers) == (CUDA, (CUDA, CPU))
    assert seen.provider_library_mapped
    assert seen.times.share(CUDA) >= ON_CUDA, seen.times.elsewhere(CUDA)
    heavy = {"Conv", "FusedConv", "GridSample", "Gemm", "MatMul", "ConvTranspose"}
    assert not heavy & set(seen.times.nodes.get(CPU, {}))
    assert seen.page_locked > 0


@pytest.mark.no_cpu_fallback
@pytest.mark.parametrize("precision", ["fp32", "tf32", "fp16"])
@pytest.mark.parametrize("generator", GENERATORS)
def test_the_pictures_are_those_of_the_cpu(
    generator: str,
    precision: Precision,
    reference: Callable[[str], Drawn],
    tmp_path: Path,
    record_property: Record,
) -> None:
    """Within what the precision allows; how far apart they are is on the record."""
    if (generator, precision) == ("puppet", "fp16"):
        pytest.skip("the puppet's coordinates need more bits: 77 levels off at most, on the CPU as well")
    expected = reference(generator).pictures
    seen = draw(generator, "cuda", tmp_path, Tuning(precision), runs=len(expected) // 4)
    off = drift(expected, seen.pictures)
    record_property("drift", {"most": off.most, "psnr": off.psnr})
    assert off.psnr is None or off.psnr >= LEAST_PSNR[precision]


@pytest.mark.no_cpu_fallback
@pytest.mark.parametrize("generator", GENERATORS)
def test_a_recorded_graph_draws_the_same(generator: str, tmp_path: Path) -> None:
    """Replayed from a CUDA graph, with other inputs than those it was recorded with: the same pictures, bit for bit."""
    plain = draw(generator, "cuda", tmp_path)
    again = draw(generator, "cuda", tmp_path, Tuning(cuda_graph=True))
    assert again.applied == CUDA
    assert drift(plain.pictures, again.pictures).most <= 1
    assert (plain.pictures[0] != plain.pictures[-1]).any()


@pytest.mark.no_cpu_fallback
def test_a_bound_run_on_cuda_is_a_plain_run() -> None:
    """Buffers that are used again give what fresh arrays give, run after run."""
    model = load("dinet-small", Setup("cuda", batch=2)).model
    bound = model.binding()
    for seed in range(3):
        noise = np.random.default_rng(seed)
        for array in bound.inputs.values():
            array[:] = noise.integers(0, 200, array.shape).astype(array.dtype)
        bound.run()
        names = [value.name for value in model.session.session.get_outputs()]
        fresh = model.session.session.run(names, {key: array.copy() for key, array in bound.inputs.items()})
        for name, array in zip(names, fresh, strict=True):
            # The order of a sum over a whole batch is the device's own.
            np.testing.assert_allclose(bound.outputs[name].astype(float), array.astype(float), atol=1, rtol=1e-3)


def test_tensorrt_draws_the_same_where_it_is_installed(reference: Callable[[str], Drawn], tmp_path: Path) -> None:
    """Applied, and within what TF32 allows; without NVIDIA's package it is skipped, never another provider."""
    reason = tensorrt.missing()
    if reason is not None:
        pytest.skip(f"TensorRT: {reason.en}")
    seen = draw("dinet-small", "cuda", tmp_path, Tuning(tensorrt=True))
    assert seen.applied == TENSORRT
    off = drift(reference("dinet-small").pictures, seen.pictures)
    assert off.psnr is None or off.psnr >= LEAST_PSNR["tf32"]
