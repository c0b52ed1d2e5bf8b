"""Experiments whose mechanism is mended, for hosts: each does as the original does, and the effect cannot show."""

from __future__ import annotations

from functools import partial
from typing import Any

from heygem_core.casebook.probes import small_shm, spinning
from heygem_core.runtime import session


def roomy_shm(arguments: dict[str, Any]) -> dict[str, Any]:
    """Do as `small_shm.observed` with a /dev/shm that everything fits into."""
    small_shm.ROOM = 64 << 20
    return small_shm.observed(arguments)


def without_spinning(arguments: dict[str, Any]) -> dict[str, Any]:
    """Do as `spinning.observed` with sessions none of which spins."""
    spinning._stage = quiet_stage
    return spinning.observed(arguments)


def quiet_stage(pipe: Any, model: bytes) -> None:
    """Be a stage to which spinning makes no difference."""
    original: Any = session.create_session

    def quiet(*arguments: Any, **named: Any) -> Any:
        return original(*arguments, **{**named, "spinning": False})

    vars(spinning)["create_session"] = quiet
    partial(_ORIGINAL, pipe, model)()


_ORIGINAL = spinning._stage
