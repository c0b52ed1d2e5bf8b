"""What an onnxruntime that two packages were installed into says of itself; run as a file with ``python -S``."""

import json
import os
import sys
import warnings
from importlib import metadata


def main() -> None:
    """Read ``{"model": path}``, print what is installed, what is available, and what a CUDA session runs on."""
    model = json.load(sys.stdin)["model"]
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    names = sorted(distribution.metadata["Name"] for distribution in metadata.distributions())
    answer: dict[str, object] = {"installed": [name for name in names if name.startswith("onnxruntime")]}
    try:
        import onnxruntime

        answer["available"] = onnxruntime.get_available_providers()
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            session = onnxruntime.InferenceSession(model, providers=["CUDAExecutionProvider"])
        answer["applied"] = session.get_providers()[0]
        answer["warned"] = [str(warning.message) for warning in warned]
        answer["error"] = None
    except Exception as error:
        answer["error"] = f"{type(error).__name__}: {error}"
    print(json.dumps(answer))  # noqa: T201 - the answer


if __name__ == "__main__":
    main()
