"""A service that asks onnxruntime for CUDA: ``python fallback.py MODEL run|idle|lazy``."""

from __future__ import annotations

import sys
import time
from typing import Any

import onnxruntime

PROVIDERS = ["CUDAExecutionProvider", "CPUExecutionProvider"]


def load(model: str) -> Any:
    """Create the session."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    return onnxruntime.InferenceSession(model, options, providers=PROVIDERS)


if __name__ == "__main__":
    session: Any = None if sys.argv[2] == "lazy" else load(sys.argv[1])
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        if sys.argv[2] == "run":
            session.run(None, {"x": [1.0] * 4})
        time.sleep(0.01 if sys.argv[2] == "run" else 600)
