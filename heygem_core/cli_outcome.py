"""How a command ends: one line for what went wrong, JSON where it was asked for, and the right exit code."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer

from heygem_core.diagnosis.causes import look_up
from heygem_core.errors import Cause, HeygemError, describe
from heygem_core.text import Text, locale_language

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Lang(StrEnum):
    """Languages of what is printed."""

    EN = "en"
    ZH = "zh"


class Interrupted(BaseException):
    """A signal asked the command to end; like KeyboardInterrupt not an Exception, so that nothing swallows it."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.signal = number


@contextmanager
def signals_as_exceptions() -> Iterator[None]:
    """Turn the first SIGINT, SIGTERM or SIGHUP into `Interrupted`; later ones cannot disturb the clearing up."""

    def interrupt(number: int, _frame: FrameType | None) -> None:
        for other in _SIGNALS:
            signal.signal(other, signal.SIG_IGN)
        raise Interrupted(number)

    # What the caller had us ignore (nohup, a job in the background) stays ignored.
    heeded = [number for number in _SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, interrupt) for number in heeded}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def language(lang: Lang | None) -> str:
    """Return ``lang``, or what the locale says: "zh" for a Chinese one, else "en"."""
    return locale_language() if lang is None else lang.value


def failure_line(error: HeygemError, lang: str) -> str:
    """Return the one line that says what went wrong: cause, culprit, detail and remedy."""
    told = describe(error)
    words = Text("error: {cause}: {stage}{detail}", "错误：{cause}：{stage}{detail}").get(lang)
    stage = Text("stage {culprit}: ", "阶段 {culprit}：").get(lang).format(**told) if told["culprit"] else ""
    line = words.format(cause=told["cause"], stage=stage, detail=told["detail"])
    # An error without a known cause brings its own advice where there is any.
    if told["cause"] != Cause.OTHER:
        line += Text(" — ", "——").get(lang) + look_up(told["cause"]).remedy.get(lang)
    return " ".join(line.split())


def remedy_json(cause: str) -> dict[str, str]:
    """Return the remedy for ``cause`` in both languages, as in every command's JSON."""
    remedy = look_up(cause).remedy
    return {"en": remedy.en, "zh": remedy.zh}


@contextmanager
def failures(lang: str, debug: bool, on_failure: Callable[[HeygemError], None] | None = None) -> Iterator[None]:
    """Turn an error inside into its one line on stderr and exit code 1; ``on_failure`` sees a `HeygemError` first."""
    try:
        yield
    except HeygemError as error:
        if on_failure is not None:
            on_failure(error)
        if debug:
            raise
        complain(failure_line(error, lang))
        raise typer.Exit(1) from error
    except (typer.Exit, typer.BadParameter, BrokenPipeError):
        raise
    except Exception as error:
        if debug:
            raise
        complain(_unexpected(error, lang))
        raise typer.Exit(1) from error


def _unexpected(error: Exception, lang: str) -> str:
    words = Text(
        "error: other: {name}: {detail} — {whose}heygem-core --debug COMMAND shows the traceback",
        "错误：other：{name}：{detail}——{whose}用 heygem-core --debug COMMAND 可查看回溯",
    )
    ours = Text("a fault of heygem-core itself; ", "这是 heygem-core 自身的缺陷；")
    # What the operating system refuses (a full disk, a permission) is nobody's fault here.
    whose = "" if isinstance(error, OSError) else ours.get(lang)
    return " ".join(words.get(lang).format(name=type(error).__name__, detail=error, whose=whose).split())


def complain(line: str) -> None:
    """Write one line to stderr."""
    sys.stderr.write(f"{line}\n")


def write_json(data: Mapping[str, Any] | Sequence[Any], destination: str | None) -> None:
    """Write ``data`` to the file ``destination``, to stdout for "-", nowhere for None."""
    if destination is None:
        return
    text = json.dumps(data, ensure_ascii=False, indent=2) + "\n"
    if destination == "-":
        sys.stdout.write(text)
    else:
        Path(destination).write_text(text, encoding="utf-8")


def writable(path: str | None) -> str | None:
    """Check an option's file before the work begins: after minutes of it would be too late."""
    if path is not None and path != "-":
        folder = Path(path).absolute().parent
        if not folder.is_dir():
            raise typer.BadParameter(f"the folder {str(folder)!r} does not exist")
        if Path(path).is_dir() or not os.access(path if Path(path).exists() else folder, os.W_OK):
            raise typer.BadParameter(f"{path!r} cannot be written")
    return path


LangOption = Annotated[
    Lang | None, typer.Option("--lang", help="Language of what is printed; without it, the locale's.")
]
JsonOption = Annotated[
    str | None,
    typer.Option(
        "--json",
        metavar="FILE|-",
        callback=writable,
        help="Write the result as JSON to FILE; with - to stdout, and nothing else there.",
    ),
]
HtmlOption = Annotated[
    str | None,
    typer.Option(
        "--html", metavar="FILE", callback=writable, help="Write a self-contained report in both languages to FILE."
    ),
]
