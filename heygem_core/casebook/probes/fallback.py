"""What onnxruntime answers when CUDA is asked for and its provider library cannot be loaded."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

from heygem_core.casebook.probes import tiny_model
from heygem_core.errors import ProviderNotApplied
from heygem_core.runtime import environment, loading, stderr
from heygem_core.runtime.session import CPU, CUDA, create_session


def main() -> None:
    """Print one JSON mapping: name of the question -> answer."""
    environment.prepare()
    import onnxruntime

    model = tiny_model.build()

    def session(*, severity: int = 2, strict: bool = False, listed: tuple[str, ...] = (CUDA,), **more: Any) -> Any:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = severity
        if strict:
            options.add_session_config_entry("session.disable_cpu_ep_fallback", "1")
        return onnxruntime.InferenceSession(model, options, providers=list(listed), **more)

    def forbidden_later() -> Any:
        made = session()
        made.disable_fallback()
        return made

    answers: dict[str, Any] = {
        "version": onnxruntime.__version__,
        "available": onnxruntime.get_available_providers(),
        "device": onnxruntime.get_device(),
        "asked": _try(session),
        "severity 3": _try(lambda: session(severity=3)),
        "disable_fallback": _try(forbidden_later),
        "enable_fallback=0": _try(lambda: session(enable_fallback=0)),
        "disable_cpu_ep_fallback": _try(lambda: session(strict=True)),
        "disable_cpu_ep_fallback, CPU listed": _try(lambda: session(strict=True, listed=(CUDA, CPU))),
        "guard": _guard(model),
    }
    # Last, because it silences the whole process.
    onnxruntime.set_default_logger_severity(4)
    answers["default logger 4"] = _try(session)
    print(json.dumps(answers))  # noqa: T201 - the answer


def _try(make: Callable[[], Any]) -> dict[str, Any]:
    """Return which provider was applied or what was raised, and how many lines went to stderr."""
    applied, raised = None, None
    with stderr.captured() as said:
        try:
            applied = make().get_providers()[0]
        except Exception as error:
            raised = f"{type(error).__name__}: {error}"
    lines = [line for line in said.text.splitlines() if "onnxruntime:" in line]
    missing = loading.missing_library(said.text)
    return {"applied": applied, "raised": raised, "lines": len(lines), "missing": missing}


def _guard(model: bytes) -> dict[str, Any]:
    try:
        made = create_session(model, "cuda", threads=1)
    except ProviderNotApplied as error:
        return {"raised": str(error), "cause": str(error.cause)}
    return {"raised": None, "applied": made.applied}


if __name__ == "__main__":
    if sys.argv[1:]:
        raise SystemExit("takes no arguments")
    main()
