"""What a generator expects of an ONNX model, and the model as it is read from its file and held to that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from heygem_core.errors import BadModel

Shape = tuple[int | None, ...]
"""None for a size that is free (the batch, for one)."""

_OLDEST = 11
"""The first opset in which Round, and limits of Clip as inputs, exist: what is laid around a model needs them."""


@dataclass(frozen=True)
class Contract:
    """Expected float32 shapes, the batch as first axis: the picture, the audio window, and the result."""

    picture: Shape
    audio: Shape
    result: Shape


@dataclass(frozen=True)
class Accepted:
    """A model that fits its `Contract`. Its own names and the order of its inputs do not matter."""

    path: Path
    proto: Any
    """The onnx ModelProto; not shared, so that it may be changed."""
    picture: str
    audio: str
    result: str
    """The model's own names."""
    shape: Shape
    """Of the picture, as the model declares it."""
    batch: int | None
    """What many exports fix the batch to: that which they were traced with."""


def read(path: Path, contract: Contract) -> Accepted:
    """Return the model at ``path``; raises `BadModel`, which says what it has and what was expected."""
    import onnx

    try:
        proto: Any = onnx.load(path)
    except Exception as error:  # protobuf's and the file system's errors share no base class
        first_line = (str(error) or type(error).__name__).splitlines()[0]
        raise BadModel(f"model {str(path)!r} cannot be loaded: {first_line}") from error
    proto = _modern(path, proto)
    constants = {tensor.name for tensor in proto.graph.initializer}
    inputs = [value for value in proto.graph.input if value.name not in constants]
    picture, audio = _matched(path, inputs, contract)
    fixed = (_declared(value)[1][0] for value in (picture, audio))
    return Accepted(
        path=path,
        proto=proto,
        picture=picture.name,
        audio=audio.name,
        result=_result(path, proto, contract),
        shape=_declared(picture)[1],
        batch=next((size for size in fixed if size is not None), None),
    )


def fits(shape: Sequence[int | None], expected: Shape) -> bool:
    """Return whether ``shape`` is an instance of ``expected``."""
    pairs = zip(shape, expected, strict=False)
    return len(shape) == len(expected) and all(a is None or b is None or a == b for a, b in pairs)


def text(kind: str, shape: Sequence[int | None]) -> str:
    """Return type and shape as messages have them, ``?`` for a free size."""
    return f"{kind} [{', '.join('?' if size is None else str(size) for size in shape)}]"


def _modern(path: Path, proto: Any) -> Any:
    from onnx import version_converter

    versions = [entry.version for entry in proto.opset_import if entry.domain in {"", "ai.onnx"}]
    if not versions or versions[0] >= _OLDEST:
        return proto
    try:
        return version_converter.convert_version(proto, _OLDEST)
    except Exception as error:  # the converter raises what its C++ code throws
        first_line = str(error).splitlines()[0]
        message = f"model {str(path)!r} is of opset {versions[0]} and cannot be converted to {_OLDEST}: {first_line}"
        raise BadModel(message) from error


def _matched(path: Path, inputs: Sequence[Any], contract: Contract) -> tuple[Any, Any]:
    expected = (contract.picture, contract.audio)
    if len(inputs) == len(expected):
        for one, other in (inputs, inputs[::-1]):
            declared = [_declared(one), _declared(other)]
            pairs = zip(declared, expected, strict=True)
            if all(kind == "float32" and fits(shape, wanted) for (kind, shape), wanted in pairs):
                return one, other
    got = ", ".join(text(*_declared(value)) for value in inputs) or "no inputs"
    raise _misfit(path, f"inputs are {got}", ", ".join(text("float32", shape) for shape in expected))


def _result(path: Path, proto: Any, contract: Contract) -> str:
    if not proto.graph.output:
        raise _misfit(path, "graph has no output", text("float32", contract.result))
    output = proto.graph.output[0]
    kind, shape = _declared(output)
    # An empty shape is one that the model does not tell; the first run will.
    if kind != "float32" or (shape and not fits(shape, contract.result)):
        raise _misfit(path, f"output is {text(kind, shape)}", text("float32", contract.result))
    return str(output.name)


def _declared(value: Any) -> tuple[str, Shape]:
    """Return type and shape of an onnx ValueInfoProto, None for symbolic sizes."""
    from onnx import helper

    tensor = value.type.tensor_type
    kind = helper.tensor_dtype_to_np_dtype(tensor.elem_type).name if tensor.elem_type else "unknown"
    return kind, tuple(size.dim_value if size.dim_value > 0 else None for size in tensor.shape.dim)


def _misfit(path: Path, got: str, expected: str) -> BadModel:
    return BadModel(f"model {str(path)!r} does not fit: its {got}; expected {expected}")
