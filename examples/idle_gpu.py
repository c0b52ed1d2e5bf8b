"""A service that asks for the GPU and works without one, should the CUDA libraries be missing: nothing tells it.

``python examples/idle_gpu.py`` prints its process id; ``heygem-core watch PID`` then says where it really runs.
"""

import os
import sys

import numpy as np
import onnxruntime

from heygem_core.casebook.probes import tiny_model

if __name__ == "__main__":
    session = onnxruntime.InferenceSession(
        tiny_model.build(), providers=["CUDAExecutionProvider", "CPUExecutionProvider"]
    )
    sys.stdout.write(f"serving, process {os.getpid()}\n")
    sys.stdout.flush()
    for line in sys.stdin:
        session.run(None, {"x": np.full(4, float(line), np.float32)})
