"""A session asked for CUDA in whatever onnxruntime is on the path; imports nothing else, for it runs in its world.

Run as a file, with ``python -S``: the site-packages of the running environment hold another onnxruntime.
"""

import json
import os
import sys
import tempfile


def main() -> None:
    """Read ``{"model": path}``, print ``{"version", "applied", "available", "log"}``."""
    model = json.load(sys.stdin)["model"]
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    with tempfile.TemporaryFile() as log:
        kept = os.dup(2)
        os.dup2(log.fileno(), 2)
        session = onnxruntime.InferenceSession(model, providers=["CUDAExecutionProvider"])
        os.dup2(kept, 2)
        os.close(kept)
        log.seek(0)
        said = log.read().decode(errors="replace")
    answer = {
        "version": onnxruntime.__version__,
        "applied": session.get_providers()[0],
        "available": onnxruntime.get_available_providers(),
        "log": said,
    }
    print(json.dumps(answer))  # noqa: T201 - the answer


if __name__ == "__main__":
    main()
