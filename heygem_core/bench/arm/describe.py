"""What an arm's environment is: its versions, its onnxruntime's own word, and where each node of a model runs."""

from __future__ import annotations

import collections
import json
import os
import platform
import tempfile
from importlib import metadata
from typing import Any

_CUDA = ("libcublas", "libcuda", "libcudart", "libcudnn", "libcufft", "libcurand", "libnvrtc")


def describe(model: str, provider: str) -> dict[str, Any]:
    """Return the facts; ``nodes`` counts the model's nodes by provider, out of the profile of one run."""
    from heygem_core.bench.arm import inputs, sessions

    with tempfile.TemporaryDirectory(prefix="heygem-arm-") as folder:
        session = sessions.create(model, provider, 1, os.path.join(folder, "profile"))  # noqa: PTH118
        batch = inputs.fixed_batch(session) or 1
        session.run(None, inputs.runs(inputs.make(session), None, [batch])[0][1])
        with open(session.end_profiling(), encoding="utf-8") as file:  # noqa: PTH123
            events = json.load(file)
    import onnxruntime

    placed = {
        (event["args"].get("node_index"), event["name"]): event["args"]["provider"]
        for event in events
        if event.get("cat") == "Node" and "provider" in event.get("args", {})
    }
    return {
        "version": onnxruntime.__version__,
        "build_info": getattr(onnxruntime, "get_build_info", str)(),
        "providers": onnxruntime.get_available_providers(),
        "python_version": platform.python_version(),
        "freeze": sorted(f"{one.metadata['Name']}=={one.version}" for one in metadata.distributions()),
        "nodes": dict(collections.Counter(placed.values())),
        "mapped": sorted(_mapped()),
        "fixed_batch": inputs.fixed_batch(session),
    }


def _mapped() -> Any:
    with open("/proc/self/maps", encoding="utf-8") as maps:  # noqa: PTH123
        paths = {line.split(maxsplit=5)[5].strip() for line in maps if line.count("/") > 1}
    return {path for path in paths if os.path.basename(path).startswith(_CUDA)}  # noqa: PTH119
