"""A lip-sync pipeline that cannot stall silently, and the cases that show why others do.

Which part may import which (a test walks the imports):
    text, errors <- runtime, pipeline, page <- lipsync, compat <- casebook, diagnosis, faults, bench, scale
    <- cli, pytest_plugin
``pipeline`` knows neither onnxruntime, cv2, av nor torch; importing this package loads none of them.
PYTEST_DONT_REWRITE: who imports this package and then runs pytest on a suite is not warned about its plugin.
"""

from __future__ import annotations

from typing import Any

__all__ = [
    "HeygemError",
    "JobCancelled",
    "Liveness",
    "Pipeline",
    "PipelineBroken",
    "Sink",
    "Source",
    "Stage",
    "StageFailed",
    "Transform",
    "__version__",
]

_ERRORS = frozenset({"HeygemError", "JobCancelled", "PipelineBroken", "StageFailed"})
_ENGINE = frozenset(__all__) - _ERRORS - {"__version__"}


def __getattr__(name: str) -> Any:
    """Load the engine on first use: the import alone stays cheap."""
    if name == "__version__":
        from importlib.metadata import version

        return version("heygem-core")
    if name in _ERRORS:
        from heygem_core import errors

        return getattr(errors, name)
    if name in _ENGINE:
        from heygem_core import pipeline

        return getattr(pipeline, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """Return the public names, loaded or not."""
    return sorted({*globals(), *__all__})
