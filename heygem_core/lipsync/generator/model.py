"""A model with 8-bit pictures going in and out, run in whole batches over buffers that are used again and again."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heygem_core.errors import BadModel, Cause, MemoryExhausted
from heygem_core.lipsync.generator.contract import Accepted
from heygem_core.lipsync.generator.surround import AUDIO, CROPS, GUIDE, PICTURES, SOUND, Before, converted, surrounded
from heygem_core.runtime.binding import UNRECORDED, Binding, Specification
from heygem_core.runtime.exhaustion import is_exhausted
from heygem_core.runtime.session import CPU, Provider, Session, create_session
from heygem_core.runtime.tuning import PLAIN, Tuning

Pictures = NDArray[np.uint8]

_WARM_RUNS = 2
"""On a GPU: the first chooses algorithms and takes memory, with CUDA graphs the second records."""


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
    tuning: Tuning = field(default=PLAIN)


class Model:
    """An accepted model, `surrounded` so that pictures are uint8, loaded and run once.

    ``side`` is the R of its pictures, ``before`` and ``bgr`` what lies around it, ``guide`` the K and N of its guide.
    ``batch`` is the size of its runs, which the model has fixed unless it is ``resizable``; ``warnings`` are for the
    user; ``run_s`` are the seconds of each run, with the copies to and from the device, for whoever empties it. Raises
    `BadModel` for what cannot be loaded or run, ProviderNotApplied, and `MemoryExhausted`.
    """

    def __init__(
        self,
        accepted: Accepted,
        side: int,
        setup: Setup,
        before: Before,
        *,
        guide: tuple[int, int] | None = None,
        bgr: bool = False,
    ) -> None:
        self._path = accepted.path
        self._side = side
        self.resizable = accepted.batch is None
        self._graph = setup.tuning.cuda_graph
        self._guide = guide
        self.batch = accepted.batch or setup.batch
        self.warnings: list[str] = []
        self.run_s: list[float] = []
        self.session: Session = create_session(
            self._serialized(converted(accepted, setup.tuning.precision), before, bgr),
            setup.provider,
            threads=setup.threads,
            profile=setup.profile,
            tuning=setup.tuning,
            name=str(accepted.path),
        )
        self._bound: Binding | None = None
        self._with_less_if_need_be(self._settle)

    def run(self, crops: Pictures, audio: NDArray[np.float32], guide: NDArray[np.float32] | None = None) -> Pictures:
        """Return as many pictures as there are ``crops``, both uint8 RGB [N, R, R, 3].

        ``audio`` is float32 [N, 1, 80, 16]. They are run in batches of the model's own size, the last one filled up
        with zeros: on a GPU a new batch size would cost more than the frames that it saves. Where memory runs out it is
        tried once more with half the batch, which then stays. Raises `MemoryExhausted` when that fails too, after
        which the next call begins with the old size again; `BadModel` when the model fails, or its result holds what
        is no number.
        """
        arrays: dict[str, NDArray[Any]] = {CROPS: crops, AUDIO: audio}
        if guide is not None:
            arrays[GUIDE] = guide
        result: Pictures = np.empty((len(crops), self._side, self._side, 3), np.uint8)
        self._with_less_if_need_be(lambda: self._fill(result, arrays))
        return result

    def resize(self, batch: int) -> bool:
        """Use ``batch`` from now on; return whether the model allows it. Raises `MemoryExhausted` as `run` does."""
        if not self.resizable:
            return False
        self.batch, self._bound = batch, None
        self._attempt(self._settle)
        return True

    def binding(self, *, on_device: bool = False) -> Binding:
        """Return buffers of their own for the model at its batch size, for measurements."""
        return Binding(self.session, self._inputs(), self._outputs(), on_device=on_device)

    def _with_less_if_need_be(self, work: Callable[[], None]) -> None:
        try:
            self._attempt(work)
        except MemoryExhausted as first:
            size = self.batch
            if size == 1 or not self.resizable:
                raise
            self.batch, self._bound = size // 2, None
            try:
                self._attempt(work)
            except MemoryExhausted as second:
                self.batch, self._bound = size, None
                message = f"{first}; a batch of {size // 2} did not fit either"
                raise self._exhausted(message) from second
            self.warnings.append(f"memory ran out with batches of {size} frames, going on with {size // 2}")

    def _attempt(self, work: Callable[[], None]) -> None:
        try:
            work()
        except (BadModel, MemoryExhausted):
            raise
        except Exception as error:  # onnxruntime's errors share no base class below Exception
            first_line = (str(error) or type(error).__name__).splitlines()[0]
            if is_exhausted(error):
                message = f"model {str(self._path)!r} in batches of {self.batch} frames: {first_line}"
                raise self._exhausted(message) from error
            raise BadModel(f"model {str(self._path)!r} failed: {first_line}") from error

    def _exhausted(self, message: str) -> MemoryExhausted:
        error = MemoryExhausted(message)
        if self.session.applied != CPU:
            error.cause = Cause.GPU_OUT_OF_MEMORY
        return error

    def _settle(self) -> None:
        """Run once on what onnxruntime allocates, which shows what the model returns; then take the buffers."""
        import onnxruntime

        options = onnxruntime.RunOptions()
        options.add_run_config_entry(*UNRECORDED)
        feed = {name: np.zeros(*specification) for name, specification in self._inputs().items()}
        pictures, sound = self.session.session.run([PICTURES, SOUND], feed, options)
        self._check(pictures.shape, sound)
        self._bound = self.binding(on_device=self._graph)
        for _ in range(0 if self.session.applied == CPU else _WARM_RUNS):
            self._bound.run()

    def _fill(self, result: Pictures, arrays: Mapping[str, NDArray[Any]]) -> None:
        if self._bound is None:
            self._settle()
        bound = self._bound
        if bound is None:
            raise ValueError("a settled model has its buffers")
        for first in range(0, len(result), self.batch):
            count = min(self.batch, len(result) - first)
            for name, array in arrays.items():
                bound.inputs[name][:count] = array[first : first + count]
                bound.inputs[name][count:] = 0
            began = time.perf_counter()
            bound.run()
            self.run_s.append(time.perf_counter() - began)
            self._check(bound.outputs[PICTURES].shape, bound.outputs[SOUND])
            result[first : first + count] = bound.outputs[PICTURES][:count]

    def _check(self, shape: Sequence[int], sound: NDArray[np.float32]) -> None:
        if tuple(shape[1:]) != (self._side, self._side, 3):
            height, width = shape[1:3]
            raise BadModel(
                f"model {str(self._path)!r} returned pictures of {width} x {height} pixels, expected "
                f"{self._side} x {self._side}"
            )
        if shape[0] != self.batch:
            raise BadModel(f"model {str(self._path)!r} returned {shape[0]} pictures for {self.batch}")
        if not np.isfinite(sound):
            raise BadModel(f"model {str(self._path)!r} returned values that are not numbers")

    def _inputs(self) -> dict[str, Specification]:
        side = self._side
        specifications: dict[str, Specification] = {
            CROPS: ((self.batch, side, side, 3), np.uint8),
            AUDIO: ((self.batch, 1, 80, 16), np.float32),
        }
        if self._guide is not None:
            specifications[GUIDE] = ((self.batch, *self._guide, side), np.float32)
        return specifications

    def _outputs(self) -> dict[str, Specification]:
        return {PICTURES: ((self.batch, self._side, self._side, 3), np.uint8), SOUND: ((), np.float32)}

    def _serialized(self, accepted: Accepted, before: Before, bgr: bool) -> bytes:
        try:
            return surrounded(accepted, self._side, before, guide=self._guide, bgr=bgr)
        except ValueError as error:
            raise BadModel(f"model {str(self._path)!r} cannot be serialized: {str(error).splitlines()[0]}") from error
