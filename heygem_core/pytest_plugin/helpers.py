"""Processes and descriptors that this plugin holds while a test runs: the census does not put them down to the test."""

from __future__ import annotations

import sys

from heygem_core.errors import UnsupportedPlatform

PIDS: set[int] = set()
DESCRIPTORS: set[int] = set()


def need_linux(what: str) -> None:
    """Raise `UnsupportedPlatform` where there is no /proc; a suite that does not ask for ``what`` runs anywhere."""
    if not sys.platform.startswith("linux"):
        raise UnsupportedPlatform(f"{what} needs Linux, this is {sys.platform!r}")
