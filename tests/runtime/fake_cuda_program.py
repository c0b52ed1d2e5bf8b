"""A program for a process that sees FakeCuda: what onnxruntime's real CUDA provider makes of our sessions.

FakeCuda's kernels compute nothing. What is real is onnxruntime: which options it takes, on which provider it places
every node, how its arena fills, where buffers live and what is copied. Prints one JSON object.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from onnx import TensorProto, helper

from heygem_core.casebook.probes import tiny_model
from heygem_core.errors import HeygemError
from heygem_core.lipsync.generator import load, model
from heygem_core.lipsync.generator.model import Setup
from heygem_core.runtime.binding import Binding
from heygem_core.runtime.page_locked import loaded_runtime
from heygem_core.runtime.session import CUDA, create_session
from heygem_core.runtime.tuning import Tuning
from tests.gpu.observing import draw

_MIB = 1 << 20


def options(tuning: Tuning) -> dict[str, str]:
    """Return the options that the session's CUDA provider says it has."""
    session = create_session(tiny_model.build(), "cuda", threads=1, tuning=tuning).session
    told: dict[str, str] = session.get_provider_options()[CUDA]
    return {key: told[key] for key in ("cudnn_conv_algo_search", "use_tf32", "enable_cuda_graph", "gpu_mem_limit")}


def strictly(generator: str, tuning: Tuning) -> str:
    """Create the generator's session in strict mode, which refuses a graph with a node on the CPU."""
    made: list[str] = []
    plain = create_session

    def strict(*arguments: Any, **keywords: Any) -> Any:
        session = plain(*arguments, strict=True, **keywords)
        made.append(session.applied)
        return session

    with patch.object(model, "create_session", strict):
        load(generator, Setup("cuda", batch=2, tuning=tuning))
    return made[0]


def node_without_a_kernel() -> str:
    """Create a strict session of a node that CUDA has no kernel for."""
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        [helper.make_node("Unique", ["x"], ["y"])],
        "unique",
        [value("x", TensorProto.FLOAT, [4])],
        [value("y", TensorProto.FLOAT, None)],
    )
    proto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return create_session(proto.SerializeToString(), "cuda", threads=1, strict=True).applied


def placed(generator: str, folder: str) -> dict[str, Any]:
    """Draw, and return where the nodes ran."""
    seen = draw(generator, "cuda", Path(folder), runs=2)
    return {"share": seen.times.share(CUDA), "elsewhere": seen.times.elsewhere(CUDA), "locked": seen.page_locked}


def copied(on_device: bool) -> dict[str, Any]:
    """Bind and run; return what was uploaded, read back from the device, and the buffers' devices."""
    session = create_session(tiny_model.build(), "cuda", threads=1)
    (output,) = (value.name for value in session.session.get_outputs())
    bound = Binding(session, {"x": ((4,), np.float32)}, {output: ((4,), np.float32)}, on_device=on_device)
    bound.inputs["x"][:] = [1, 2, 3, 4]
    bound.run()
    ((value, _),) = bound._uploads
    return {
        "uploaded": value.numpy().tolist(),
        "device": value.device_name(),
        "downloads": len(bound._downloads),
        "locked": bound.page_locked,
        "replayed": bound.replay(3) > 0,
    }


def within(limit: int) -> list[Any]:
    """Return batch and warnings of a generator that was to draw 16 frames at once within ``limit`` MiB."""
    made = load("dinet-small", Setup("cuda", batch=16, tuning=Tuning(memory_limit=limit * _MIB))).model
    return [made.batch, len(made.warnings)]


def recorded() -> list[int]:
    """Draw with a CUDA graph, three batches, and the same with another batch size.

    Return the pictures that came and the graphs recorded by then, of each.
    """
    made = load("puppet", Setup("cuda", batch=2, tuning=Tuning(cuda_graph=True)))
    crops = np.zeros((5, made.size, made.size, 3), np.uint8)
    guide = np.zeros((5, 1, 6, made.size), np.float32)
    audio = np.zeros((5, 1, 80, 16), np.float32)
    runtime = loaded_runtime()
    assert runtime is not None
    first = [len(made.generate(crops, guide, audio)), runtime.fake_captures()]
    made.model.resize(3)
    return [*first, len(made.generate(crops, guide, audio)), runtime.fake_captures()]


def outcome(work: Callable[[], Any]) -> Any:
    """Return what ``work`` returns, or the cause and the words of its error."""
    try:
        return work()
    except HeygemError as error:
        return {"cause": str(error.cause), "error": f"{type(error).__name__}: {error}"}


def main(folder: str, users: str) -> None:
    """Do all of it; ``folder`` takes profiles, ``users`` is a user's model."""
    plain, half = Tuning(), Tuning("fp16")
    tuned = Tuning("fp32", cuda_graph=True, memory_limit=256 * _MIB)
    graphs = {"puppet": plain, "dinet-small": half, users: plain}
    told = {
        "options": [options(plain), options(tuned)],
        "strict": {name: outcome(partial(strictly, name, tuning)) for name, tuning in graphs.items()},
        "no kernel": outcome(node_without_a_kernel),
        "placed": {name: placed(name, folder) for name in ("puppet", "dinet-small")},
        "copied": [copied(False), copied(True)],
        "within": [outcome(partial(within, size)) for size in (1, 16, 32, 64, 128, 256, 1024)],
        "recorded": outcome(recorded),
    }
    print(json.dumps(told))  # noqa: T201 - the answer


if __name__ == "__main__":
    main(*sys.argv[1:])
