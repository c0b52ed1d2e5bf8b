"""What is asked of each GPU, read from ``budgets.toml``; the owner of a runner adds a table there."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("budgets.toml")
DEFAULT = "default"


@dataclass(frozen=True)
class Budget:
    """Limits as shares, explained in ``budgets.toml``: of latency the most, of all else the least.

    ``gpu`` is the table that they are from.
    """

    gpu: str
    p50_over_device: float
    p99_over_p50: float
    utilization: float
    of_bare: float
    of_slowest_stage: float
    over_cpu: float
    over_reported: float


_KEYS = tuple(field.name for field in fields(Budget) if field.name != "gpu")
_SHARES = {"utilization", "of_bare", "of_slowest_stage"}
_RATIOS = {"p50_over_device", "p99_over_p50"}


def read(path: Path = FILE) -> dict[str, Budget]:
    """Return every table, completed by ``[default]``; raises ValueError naming table and key of what is wrong."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path.name}: {error}") from error
    if set(tables.get(DEFAULT, {})) != set(_KEYS):
        missing = ", ".join(sorted(set(_KEYS) ^ set(tables.get(DEFAULT, {}))))
        raise ValueError(
            f"{path.name}: [{DEFAULT}] must hold exactly {', '.join(_KEYS)}; too few or too many: {missing}"
        )
    return {name: _budget(path.name, name, table, tables[DEFAULT]) for name, table in tables.items()}


def for_gpu(name: str, budgets: Mapping[str, Budget]) -> Budget:
    """Return the budget of the GPU called ``name``: its own table, else the longest that its name begins with."""
    known = [table for table in budgets if name.startswith(table)]
    return budgets[max(known, key=len)] if known else budgets[DEFAULT]


def _budget(file: str, name: str, table: Mapping[str, Any], default: Mapping[str, Any]) -> Budget:
    if not isinstance(table, dict):
        raise ValueError(f"{file}: {name} is no table")
    for key, value in table.items():
        where = f"{file}: [{name}] {key} = {value!r}"
        if key not in _KEYS:
            raise ValueError(f"{where}: unknown, known are {', '.join(_KEYS)}")
        if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
            raise ValueError(f"{where}: must be a number above 0")
        if key in _SHARES and value > 1:
            raise ValueError(f"{where}: is a share, at most 1")
        if key in _RATIOS and value < 1:
            raise ValueError(f"{where}: nothing is faster than what it consists of, at least 1")
    return Budget(gpu=name, **{key: float(value) for key, value in {**default, **table}.items()})
