"""A process that does what the reported service does with its libraries, for `knobs.readers` to watch."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from heygem_core.casebook.probes import tiny_model
from heygem_core.runtime import knobs


def use_onnxruntime() -> None:
    """Import onnxruntime, create sessions with a pool of its own choice and one of two threads, run them."""
    import onnxruntime

    for threads in (0, 2):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        session = onnxruntime.InferenceSession(tiny_model.build(), options, providers=["CPUExecutionProvider"])
        session.run(None, {"x": np.zeros(4, np.float32)})


def use_torch() -> None:
    """Import torch, run a parallel operation, and a DataLoader with one worker and one without."""
    import torch
    from torch.utils.data import DataLoader

    torch.set_num_threads(2)
    torch.rand(512, 512) @ torch.rand(512, 512)
    for workers in (0, 1):
        loader: Any = DataLoader(torch.zeros(4), num_workers=workers)
        list(loader)


if __name__ == "__main__":
    knobs.watch_python()
    {"onnxruntime": use_onnxruntime, "torch": use_torch}[sys.argv[1]]()
