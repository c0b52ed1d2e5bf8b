"""A session in an arm's environment. `heygem_core.runtime.session` needs a newer Python than some arms have."""

from __future__ import annotations

from typing import Any

PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}


class NotApplied(Exception):
    """The provider that was asked for is not the one that the session runs on."""


def create(model: str, provider: str, threads: int, profile: str = "") -> Any:
    """Return a session with a fixed pool whose idle threads sleep; raises `NotApplied` for a silent fallback."""
    import onnxruntime

    preload = getattr(onnxruntime, "preload_dlls", None)
    if provider == "cuda" and preload is not None:
        preload()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if profile:
        options.enable_profiling = True
        options.profile_file_prefix = profile
    wanted = PROVIDERS[provider]
    listed = list(dict.fromkeys([wanted, PROVIDERS["cpu"]]))
    session = onnxruntime.InferenceSession(model, options, providers=listed)
    applied = session.get_providers()[0]
    if applied != wanted:
        raise NotApplied(f"{wanted} was asked for, the session runs on {applied}")
    return session
