"""From parsed JSON back to frozen dataclasses."""

from __future__ import annotations

import collections.abc
import types
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

Record = TypeVar("Record")


def from_json(kind: type[Record], told: Any) -> Record:
    """Return ``told``, as parsed from JSON, as a ``kind``: a dataclass, or a type of its fields.

    Fields that are not known are ignored, those that are missing take their default: a newer run stays readable as
    long as the schema's number is the same. Raises TypeError when a field without a default is missing.
    """
    return _typed(kind, told)  # type: ignore[no-any-return]  # the type is data here


def _typed(kind: Any, told: Any) -> Any:
    if is_dataclass(kind) and isinstance(kind, type):
        hints = _hints(kind)
        return kind(**{name: _typed(hints[name], told[name]) for name in hints if name in told})
    origin, inner = get_origin(kind), get_args(kind)
    if origin in {Union, types.UnionType}:
        return None if told is None else _typed(next(one for one in inner if one is not type(None)), told)
    if origin is tuple and inner[0] in {int, str} and inner[-1] is ...:
        return tuple(told)
    if origin is tuple:
        kinds = [inner[0]] * len(told) if inner[-1] is ... else inner
        return tuple(_typed(one, value) for one, value in zip(kinds, told, strict=True))
    if origin is collections.abc.Mapping:
        return {name: _typed(inner[1], value) for name, value in told.items()}
    return float(told) if kind is float else told


_KNOWN: dict[type, dict[str, Any]] = {}


def _hints(kind: type) -> dict[str, Any]:
    if kind not in _KNOWN:
        hints = get_type_hints(kind)
        _KNOWN[kind] = {one.name: hints[one.name] for one in fields(kind)}
    return _KNOWN[kind]
