"""A session that runs over the same buffers time after time: nothing is allocated, and nothing copied twice.

On the CPU the session reads and writes the caller's arrays in place. On a GPU the inputs keep their place on the
device and are filled from page-locked memory, and the outputs are copied straight into such memory.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from heygem_core.runtime.page_locked import Memory, loaded_runtime
from heygem_core.runtime.session import CPU, Session

Array = NDArray[Any]
Specification = tuple[tuple[int, ...], DTypeLike]
"""Shape and dtype."""

UNRECORDED = ("gpu_graph_id", "-1")
"""Run option for a run that no CUDA graph is to be made of: its buffers are not the ones that will be used."""
_UNSYNCHRONIZED = ("disable_synchronize_execution_providers", "1")
_graphs = itertools.count(1)


class Binding:
    """The buffers of ``session``: write to ``inputs``, `run`, read ``outputs``, which the next run overwrites.

    ``on_device`` keeps the outputs' own place on the device, which CUDA graphs need and `replay` wants; they are then
    copied after every run. A run raises what onnxruntime raises.
    """

    def __init__(
        self,
        session: Session,
        inputs: Mapping[str, Specification],
        outputs: Mapping[str, Specification],
        *,
        on_device: bool = False,
    ) -> None:
        from onnxruntime import OrtValue

        gpu = session.applied != CPU
        # A recorded graph goes on with the buffers that it was recorded with: each set of buffers has one of its own.
        self._graph = ("gpu_graph_id", str(next(_graphs)))
        self._options = self._run_options()
        memory = Memory(loaded_runtime() if gpu else None)
        self._session = session.session
        self._binding = self._session.io_binding()
        self._uploads: list[tuple[Any, Array]] = []
        self._downloads: list[tuple[Any, Array]] = []
        self.inputs: dict[str, Array] = {}
        self.outputs: dict[str, Array] = {}

        def bound(specification: Specification, place: bool, moves: list[tuple[Any, Array]]) -> tuple[Array, Any]:
            host = memory.empty(*specification)
            if not place:
                # Shares the array's memory.
                return host, OrtValue.ortvalue_from_numpy(host)
            value = OrtValue.ortvalue_from_shape_and_type(*specification, "cuda", 0)
            moves.append((value, host))
            return host, value

        for name, specification in inputs.items():
            self.inputs[name], value = bound(specification, gpu, self._uploads)
            self._binding.bind_ortvalue_input(name, value)
        for name, specification in outputs.items():
            self.outputs[name], value = bound(specification, gpu and on_device, self._downloads)
            self._binding.bind_ortvalue_output(name, value)
        self.page_locked = memory.locked

    def run(self) -> None:
        """Run the model once over what ``inputs`` hold."""
        self._upload()
        self._session.run_with_iobinding(self._binding, self._options)
        self._binding.synchronize_outputs()
        for value, host in self._downloads:
            np.copyto(host, value.numpy())

    def replay(self, times: int) -> float:
        """Run ``times`` times over the same inputs, back to back, waiting for the device once; return the seconds.

        Divided by ``times``, that is the device's own time for the graph: no copy of inputs lies in between, and with
        ``on_device`` none of outputs either.
        """
        options = self._run_options(_UNSYNCHRONIZED)
        self._upload()
        self._binding.synchronize_inputs()
        began = time.perf_counter()
        for _ in range(times):
            self._session.run_with_iobinding(self._binding, options)
        self._binding.synchronize_outputs()
        return time.perf_counter() - began

    def _run_options(self, *more: tuple[str, str]) -> Any:
        import onnxruntime

        options = onnxruntime.RunOptions()
        for entry in (self._graph, *more):
            options.add_run_config_entry(*entry)
        return options

    def _upload(self) -> None:
        for value, host in self._uploads:
            value.update_inplace(host)
