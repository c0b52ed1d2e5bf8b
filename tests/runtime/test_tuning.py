"""What options become on onnxruntime's providers, and TensorRT where it is not installed."""

from __future__ import annotations

from pathlib import Path

import pytest

from heygem_core.errors import Cause, ProviderNotApplied
from heygem_core.runtime import libraries, loading, tensorrt
from heygem_core.runtime.session import create_session
from heygem_core.runtime.tuning import Tuning


def test_each_option_reaches_the_provider() -> None:
    """Precision, graph and limit are options of CUDA; the search for convolutions is never the slow one."""
    assert Tuning().cuda() == {"cudnn_conv_algo_search": "HEURISTIC", "use_tf32": "1"}
    assert Tuning("fp32").cuda()["use_tf32"] == "0"
    told = Tuning(cuda_graph=True, memory_limit=1 << 30).cuda()
    assert (told["enable_cuda_graph"], told["gpu_mem_limit"]) == ("1", "1073741824")
    assert Tuning("fp16", tensorrt=True).trt("/engines") == {
        "trt_fp16_enable": "1",
        "trt_engine_cache_enable": "1",
        "trt_engine_cache_path": "/engines",
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"precision": "int8"}, "'int8'.*fp32, tf32, fp16"),
        ({"memory_limit": 0}, "memory_limit is 0"),
        ({"cuda_graph": True, "tensorrt": True}, "exclude each other"),
    ],
)
def test_bad_options_are_named(arguments: dict[str, object], message: str) -> None:
    """Each is a ValueError with the offending value."""
    with pytest.raises(ValueError, match=message):
        Tuning(**arguments)  # type: ignore[arg-type]


def test_tensorrt_goes_with_cuda_only(model: bytes) -> None:
    """Under auto it could not be told apart from a fallback."""
    with pytest.raises(ValueError, match="tensorrt goes with provider 'cuda'"):
        create_session(model, "auto", threads=1, tuning=Tuning(tensorrt=True))


def test_tensorrt_that_is_not_installed_is_an_error_that_names_the_library(model: bytes) -> None:
    """Never the CPU, and never CUDA without a word."""
    reason = tensorrt.missing()
    if reason is None:
        pytest.skip("TensorRT is installed here")
    with pytest.raises(ProviderNotApplied, match=r"TensorrtExecutionProvider was asked for.*cannot be found") as caught:
        create_session(model, "cuda", threads=1, tuning=Tuning(tensorrt=True))
    assert caught.value.cause == Cause.MISSING_CUDA_LIBRARY
    assert reason.en in str(caught.value)
    assert "找不到" in reason.zh


def test_tensorrt_is_there_when_its_provider_loads(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With a provider library that the loader accepts nothing is missing; with a wheel that has none, that is."""
    monkeypatch.setattr(loading, "probe", lambda *_, **__: loading.LoadReport(None, (), ()))
    assert tensorrt.missing() is None
    monkeypatch.setattr(libraries, "provider_library", lambda: tmp_path / libraries.PROVIDER)
    reason = tensorrt.missing()
    assert reason is not None
    assert tensorrt.LIBRARY in reason.en


def test_pip_s_tensorrt_is_found_and_loaded_by_its_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Its libraries lie on no path of the loader; a file that is none stops nothing."""
    folder = tmp_path / "tensorrt_libs"
    folder.mkdir()
    for name in ("libnvinfer.so.10", "libnvonnxparser.so.10", "other.txt"):
        (folder / name).write_bytes(b"no library")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert [path.name for path in tensorrt.installed()] == ["libnvinfer.so.10", "libnvonnxparser.so.10"]
    tensorrt.preload()
