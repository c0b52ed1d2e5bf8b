"""What a session misses first, before and after onnxruntime.preload_dlls was pointed at a folder."""

from __future__ import annotations

import json
import sys

from heygem_core.casebook.probes import tiny_model
from heygem_core.runtime import environment, loading, stderr


def main() -> None:
    """Read ``{"folder"}``, print ``{"before", "after"}``: names of libraries, null for none."""
    folder = json.load(sys.stdin)["folder"]
    environment.prepare()
    import onnxruntime

    before = _missing()
    with stderr.captured():
        onnxruntime.preload_dlls(directory=folder)
    print(json.dumps({"before": before, "after": _missing()}))  # noqa: T201 - the answer


def _missing() -> str | None:
    import onnxruntime

    with stderr.captured() as said:
        onnxruntime.InferenceSession(tiny_model.build(), providers=["CUDAExecutionProvider"])
    return loading.missing_library(said.text)


if __name__ == "__main__":
    main()
