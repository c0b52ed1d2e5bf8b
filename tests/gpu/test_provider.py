"""Asked for CUDA, a session runs on CUDA, and the GPU is seen to work."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from heygem_core.casebook.cases import gpu_idle
from heygem_core.casebook.model import Options
from heygem_core.casebook.probes import core, tiny_model
from heygem_core.errors import ProviderNotApplied
from heygem_core.pytest_plugin.usage import GpuRecorder
from heygem_core.runtime import libraries, loading
from heygem_core.runtime.environment import child_environment
from heygem_core.runtime.nvml import GpuSampler
from heygem_core.runtime.session import CPU, CUDA, Provider, create_session

pytestmark = pytest.mark.gpu


def _conv_model() -> bytes:
    """Return y = conv(x) with static shapes, float32 [1,8,64,64]: the first thing that needs cuDNN."""
    from onnx import TensorProto, helper

    weights = np.random.default_rng(0).standard_normal((8, 8, 3, 3)).astype(np.float32)
    graph = helper.make_graph(
        [helper.make_node("Conv", ["x", "w"], ["y"], pads=[1, 1, 1, 1])],
        "convolution",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 8, 64, 64])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 8, 64, 64])],
        [helper.make_tensor("w", TensorProto.FLOAT, weights.shape, weights.tobytes(), raw=True)],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    return bytes(made.SerializeToString())


@pytest.mark.no_cpu_fallback
@pytest.mark.parametrize(("provider", "strict"), [("cuda", False), ("cuda", True), ("auto", False)])
def test_cuda_is_applied(provider: Provider, strict: bool) -> None:
    """With its libraries installed, "cuda" and "auto" both run on CUDA, without a warning, strict or not."""
    made = create_session(tiny_model.build(), provider, threads=1, strict=strict)
    assert (made.applied, made.warning) == (CUDA, None)
    (result,) = made.session.run(None, {"x": np.arange(4, dtype=np.float32)})
    assert result.tolist() == [0, 2, 4, 6]


def test_the_provider_library_lacks_nothing_in_a_workers_environment() -> None:
    """With the environment that workers get, the loader finds everything that the provider library needs."""
    provider = libraries.provider_library()
    assert provider is not None
    report = loading.probe(provider, exported=child_environment())
    assert (report.error, report.not_found) == (None, ())


def test_a_convolution_runs_on_cuda_and_agrees_with_the_cpu(tmp_path: Path) -> None:
    """cuDNN, loaded only now, works: the profile names CUDA for the node, and the result is the CPU's."""
    x = np.random.default_rng(1).standard_normal((1, 8, 64, 64)).astype(np.float32)
    on_cuda = create_session(_conv_model(), "cuda", threads=1, profile=tmp_path / "profile")
    (result,) = on_cuda.session.run(None, {"x": x})
    (expected,) = create_session(_conv_model(), "cpu", threads=1).session.run(None, {"x": x})
    # TF32 keeps 10 bits of the mantissa; 72 products of order 1 are summed.
    np.testing.assert_allclose(result, expected, atol=0.05)
    events = json.loads(Path(on_cuda.session.end_profiling()).read_text())
    ran_on = {event["args"]["provider"] for event in events if event.get("args", {}).get("op_name") == "Conv"}
    assert ran_on == {CUDA}


@pytest.mark.no_cpu_fallback
def test_a_stage_runs_on_cuda() -> None:
    """In a spawned worker of the pipeline CUDA is applied as well, and the plugin has nothing to say against it."""
    done = core.run("RunsModel", {"model": tiny_model.build(), "provider": "cuda"}, child_environment()).finished()
    assert done.noted["applied"] == CUDA


def test_without_a_visible_device_cuda_is_refused() -> None:
    """With every device hidden, "cuda" is an error that says so and "auto" a warning: libraries are not enough."""
    hidden = {**child_environment(), "CUDA_VISIBLE_DEVICES": ""}
    model = {"model": tiny_model.build()}
    failed = core.run("RunsModel", {**model, "provider": "cuda"}, hidden).failed()
    assert failed.cause == ProviderNotApplied.cause
    warned = core.run("RunsModel", {**model, "provider": "auto"}, hidden).finished()
    assert warned.noted["applied"] == CPU
    assert warned.noted["warning"]


def test_the_sampler_sees_the_memory_of_a_session() -> None:
    """While a session holds memory on the device, NVML shows more in use than before."""
    with GpuSampler() as before:
        pass
    length = 1 << 24
    with GpuSampler() as during:
        core.run("Busy", {"model": tiny_model.build(length), "length": length, "provider": "cuda", "seconds": 1.0})
    most = max(sample.memory_used or 0 for sample in during.samples)
    assert most > max(sample.memory_used or 0 for sample in before.samples)


def test_the_plugin_s_figures_are_those_of_a_session(gpu_usage: GpuRecorder) -> None:
    """``gpu_usage`` sees a kernel run and memory in use while a session computes."""
    length = 1 << 24
    core.run("Busy", {"model": tiny_model.build(length), "length": length, "provider": "cuda", "seconds": 1.0})
    used = gpu_usage.stop()
    assert max(gpu.utilization_peak or 0 for gpu in used) > 0
    assert max(gpu.memory_peak or 0 for gpu in used) > 0


def test_utilization_tells_cuda_from_the_cpu() -> None:
    """The case gpu-idle finds its effect on this machine."""
    assert gpu_idle.run(Options()).verdict == "conditional"
