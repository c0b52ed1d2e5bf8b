"""The folder for what is fetched or built once: models, clips, and environments with one onnxruntime each."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

from heygem_core.errors import AssetUnavailable

CACHE_VARIABLE = "HEYGEM_CACHE"
"""Environment variable that overrides the cache directory."""


def cache_dir() -> Path:
    """Return the cache directory, created if need be: ``$HEYGEM_CACHE`` or the user's cache for heygem-core.

    Raises AssetUnavailable where it cannot be created.
    """
    override = os.environ.get(CACHE_VARIABLE)
    path = Path(override) if override else Path(platformdirs.user_cache_dir("heygem-core", appauthor=False))
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"the cache directory {path} cannot be created ({error.strerror}); set {CACHE_VARIABLE}"
        raise AssetUnavailable(message) from error
    return path
