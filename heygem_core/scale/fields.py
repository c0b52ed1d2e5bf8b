"""What may stand in a line of a manifest: one check per key, each returning the value that a job has."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, get_args

from heygem_core.errors import BadModel
from heygem_core.lipsync.generator import NAMES, check
from heygem_core.lipsync.media.output import FORMATS
from heygem_core.lipsync.render import Loop
from heygem_core.runtime.session import Provider
from heygem_core.text import Text

Field = Callable[[Any, Path], Any]
"""Takes what stands there and the manifest's folder; raises `Wrong`."""


class Wrong(Exception):
    """What is wrong, in both languages; ``texts`` are several where there is more than one."""

    def __init__(self, *texts: Text) -> None:
        super().__init__(*texts)
        self.texts = texts


def _text(told: Any) -> str:
    if not isinstance(told, str) or not told or "\0" in told:
        raise Wrong(Text(f"{told!r} is not a name", f"{told!r} 不是有效的名称"))
    return told


def _input(told: Any, base: Path) -> str:
    path = base / _text(told)
    if not path.is_file():
        raise Wrong(Text(f"there is no file {str(path)!r}", f"文件 {str(path)!r} 不存在"))
    try:
        with path.open("rb") as file:
            empty = not file.read(1)
    except OSError as error:
        raise Wrong(Text(f"{path}: {error.strerror}", f"{path}：{error.strerror}")) from None
    if empty:
        raise Wrong(Text(f"{path} is empty", f"{path} 是空文件"))
    return str(path.absolute())


def _output(told: Any, _: Path) -> str:
    path = PurePosixPath(_text(told))
    if path.is_absolute() or any(part.startswith(".") for part in path.parts):
        raise Wrong(
            Text(
                f"{told!r} must be a name within the output folder, without a leading dot",
                f"{told!r} 必须是输出目录内的名称，且不能以点开头",
            )
        )
    if path.suffix.lower() not in FORMATS:
        endings = ", ".join(FORMATS)
        raise Wrong(Text(f"{told!r} must end in {endings}", f"{told!r} 的扩展名必须是 {endings}"))
    return str(path)


def generator(told: Any, base: Path) -> str:
    """Return one of `NAMES`, or the absolute path of a model file."""
    name = _text(told)
    if name in NAMES:
        return name
    path = base / name
    try:
        check(str(path) if path.is_file() else name)
    except BadModel as error:
        raise Wrong(Text(str(error), f"未知的模型或模型文件不存在：{name!r}")) from None
    return str(path.absolute())


def _one_of(*allowed: str) -> Field:
    def field(told: Any, _: Path) -> str:
        if told not in allowed:
            names = ", ".join(allowed)
            raise Wrong(Text(f"{told!r} is not one of {names}", f"{told!r} 不在可选值 {names} 之中"))
        return str(told)

    return field


def _flag(told: Any, _: Path) -> bool:
    if not isinstance(told, bool):
        raise Wrong(Text(f"{told!r} is neither true nor false", f"{told!r} 不是 true 或 false"))
    return told


def _number(kind: type[int] | type[float], low: float, high: float) -> Field:
    def field(told: Any, _: Path) -> int | float:
        fits = isinstance(told, int | float) and not isinstance(told, bool) and low <= told <= high
        if not fits or (kind is int and told != int(told)):
            bounds = f"{low:g} … {high:g}" if high < math.inf else f"≥ {low:g}"
            what = Text("a whole number", "整数") if kind is int else Text("a number", "数值")
            raise Wrong(Text(f"{told!r} is not {what.en} {bounds}", f"{told!r} 不是 {bounds} 的{what.zh}"))
        return kind(told)

    return field


FIELDS: Mapping[str, Field] = {
    "video": _input,
    "audio": _input,
    "output": _output,
    "generator": generator,
    "provider": _one_of(*get_args(Provider)),
    "batch": _number(int, 1, 64),
    "stall_timeout": _number(float, 0.1, math.inf),
    "loop": _one_of(*get_args(Loop)),
    "allow_no_face": _flag,
}
"""The keys of a line; ``video`` and ``audio`` must be there. The rest are the options of ``heygem-core render``."""
