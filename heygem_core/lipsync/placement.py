"""Which stages of the job share a worker, going by what was measured on machines with few and with more cores."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from heygem_core.runtime import nvml

if TYPE_CHECKING:
    from heygem_core.runtime.session import Provider

Placement = Sequence[Sequence[str]]
"""The stages' names, worker by worker."""

APART: Placement = (("decode",), ("face",), ("generator",), ("blend",), ("encode",))
"""Each in a worker of its own: what a machine with a GPU gets, where the generator must not wait for a core."""
FEW_CORES = 2
_CROWDED: Placement = (("decode",), ("face", "generator", "blend"), ("encode",))
_ROOMY: Placement = (("decode",), ("face",), ("generator", "blend"), ("encode",))


def default(generator: str, provider: Provider, cores: int | None = None) -> Placement:
    """Return the placement for ``cores`` (None: those that this process may use).

    Decoder and encoder always keep a worker of their own: they read what users bring, in native code. On two cores the
    job is bound by all its processor time together, of which stages in one worker need the least. With more cores
    the slowest stage bounds it, and only what is light may share: blending with the built-in puppet.
    """
    if provider == "cuda" or (provider == "auto" and nvml.available() is None):
        return APART
    if (len(os.sched_getaffinity(0)) if cores is None else cores) <= FEW_CORES:
        return _CROWDED
    return _ROOMY if generator == "puppet" else APART
