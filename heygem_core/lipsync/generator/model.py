"""An ONNX model with a fixed batch: loaded, checked against what is expected of it, and run in whole batches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from heygem_core.errors import BadModel
from heygem_core.runtime.session import Provider, Session, create_session

Floats = NDArray[np.float32]
Shape = tuple[int | None, ...]


@dataclass(frozen=True)
class Setup:
    """How models are run.

    ``batch`` is the size of every run, whatever the slots hold; ``threads`` is the pool for one operator;
    ``profile`` is the prefix of onnxruntime's profile file, None for no profile.
    """

    provider: Provider = "auto"
    batch: int = 4
    threads: int = 1
    profile: Path | None = None


class Model:
    """A model whose inputs and output are float32 with the batch as first axis.

    ``inputs`` and ``output`` are the expected shapes, None for a size that is free (the batch, for one). The
    model's own names and the order of its inputs do not matter; its sizes may be symbolic. Raises `BadModel`,
    which says what the model has and what was expected, and ProviderNotApplied.
    """

    def __init__(self, path: Path, inputs: Sequence[Shape], output: Shape, setup: Setup) -> None:
        self._path = path
        self._expected = (tuple(inputs), output)
        self.session: Session = create_session(path, setup.provider, threads=setup.threads, profile=setup.profile)
        declared = self.session.session.get_inputs()
        self._order = self._match([_shape(value) for value in declared])
        self._names = [declared[index].name for index in self._order]
        self._check_output()
        # Many exports fix the batch to what they were traced with; then that is the batch.
        fixed = {_shape(declared[index])[1][0] for index in self._order} - {None}
        self.batch = next((size for size in fixed if size is not None), setup.batch)

    def dimension(self, index: int, axis: int) -> int | None:
        """Return the size of ``axis`` of expected input ``index`` as the model declares it; None if free."""
        return _shape(self.session.session.get_inputs()[self._order[index]])[1][axis]

    def run(self, *arrays: Floats) -> Floats:
        """Run the model on arrays of any one length and return as many results.

        They are run in batches of the model's own size, the last one filled up with zeros: on a GPU a new
        batch size would cost more than the frames that it saves. Raises `BadModel` when the model fails, or its
        result has another shape than expected, or holds what is no number.
        """
        count = len(arrays[0])
        parts = [
            self._batch([part[first : first + self.batch] for part in arrays]) for first in range(0, count, self.batch)
        ]
        return np.concatenate(parts)[:count]

    def _batch(self, arrays: Sequence[Floats]) -> Floats:
        missing = self.batch - len(arrays[0])
        padded = [np.pad(array, [(0, missing)] + [(0, 0)] * (array.ndim - 1)) for array in arrays]
        try:
            result = np.asarray(self.session.session.run(None, dict(zip(self._names, padded, strict=True)))[0])
        except Exception as error:  # onnxruntime's errors share no base class below Exception
            raise BadModel(f"model {str(self._path)!r} failed: {str(error).splitlines()[0]}") from error
        if not _fits(result.shape, (self.batch, *self._expected[1][1:])):
            expected = _text("float32", self._expected[1])
            raise BadModel(f"model {str(self._path)!r} returned {_text('float32', result.shape)}, expected {expected}")
        if not np.isfinite(result).all():
            raise BadModel(f"model {str(self._path)!r} returned values that are not numbers")
        return result

    def _match(self, declared: Sequence[tuple[str, Shape]]) -> list[int]:
        """Return which declared input is which expected one."""
        expected = self._expected[0]
        if len(declared) == len(expected):
            for order in (list(range(len(expected))), list(range(len(expected)))[::-1]):
                if all(
                    declared[index][0] == "float32" and _fits(declared[index][1], shape)
                    for index, shape in zip(order, expected, strict=True)
                ):
                    return order
        got = ", ".join(_text(*one) for one in declared) or "no inputs"
        raise self._misfit(f"inputs are {got}", ", ".join(_text("float32", shape) for shape in expected))

    def _check_output(self) -> None:
        kind, shape = _shape(self.session.session.get_outputs()[0])
        # An empty shape is one that the model does not tell; the first run will.
        if kind != "float32" or (shape and not _fits(shape, self._expected[1])):
            raise self._misfit(f"output is {_text(kind, shape)}", _text("float32", self._expected[1]))

    def _misfit(self, got: str, expected: str) -> BadModel:
        return BadModel(f"model {str(self._path)!r} does not fit: its {got}; expected {expected}")


def _shape(value: object) -> tuple[str, Shape]:
    """Return type and shape of one of onnxruntime's NodeArg, None for symbolic sizes."""
    kind = str(getattr(value, "type", "")).removeprefix("tensor(").removesuffix(")")
    shape = tuple(size if isinstance(size, int) and size > 0 else None for size in getattr(value, "shape", ()))
    return {"float": "float32"}.get(kind, kind), shape


def _fits(shape: Shape, expected: Shape) -> bool:
    pairs = zip(shape, expected, strict=False)
    return len(shape) == len(expected) and all(a is None or b is None or a == b for a, b in pairs)


def _text(kind: str, shape: Shape) -> str:
    return f"{kind} [{', '.join('?' if size is None else str(size) for size in shape)}]"
