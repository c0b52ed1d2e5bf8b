"""Real shared libraries and a real model, made here."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Compile = Callable[..., Path]


@pytest.fixture(scope="session")
def compile_library() -> Compile:
    """Return a function that compiles C source into a shared library, optionally linked against others."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler (cc) on this machine")

    def build(path: Path, source: str, *linked: Path) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        command = [compiler, "-shared", "-fPIC", f"-Wl,-soname,{path.name}", "-o", str(path), "-x", "c", "-"]
        links = [argument for other in linked for argument in (f"-L{other.parent}", f"-l:{other.name}")]
        subprocess.run([*command, "-x", "none", *links], input=source, text=True, check=True, timeout=30)
        return path

    return build


@pytest.fixture(scope="session")
def pair(compile_library: Compile, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return (library, dependency): the first needs the second, which lies outside every default path."""
    folder = tmp_path_factory.mktemp("pair")
    dependency = compile_library(folder / "hidden" / "libhgdep.so.1", "int hg_dep(void) { return 41; }")
    source = "int hg_dep(void); int hg_top(void) { return hg_dep() + 1; }"
    return compile_library(folder / "libhgtop.so.1", source, dependency), dependency


@pytest.fixture(scope="session")
def model() -> bytes:
    """Return a serialized ONNX model: y = x + x, float32 [4]."""
    from onnx import TensorProto, helper

    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        [helper.make_node("Add", ["x", "x"], ["y"])],
        "twice",
        [value("x", TensorProto.FLOAT, [4])],
        [value("y", TensorProto.FLOAT, [4])],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    return bytes(made.SerializeToString())
