"""How a command of the documents is run, or why it is not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from heygem_core.errors import Cause

Beside = Callable[[Path], AbstractContextManager[Mapping[str, str]]]
"""Starts in a page's folder what a command needs beside it; yields words of the command and what stands in for them."""


class Reason(Enum):
    """Why a command cannot be run on a runner without a GPU."""

    GPU = "needs a GPU"
    HOURS = "takes half an hour or more"
    DOCKER = "needs Docker, and a registry of images"
    CLUSTER = "needs a cluster whose nodes have different GPUs"


@dataclass(frozen=True)
class Run:
    """It is run, in a folder of its page, after the commands above it.

    ``exits`` are the exit codes that it may end with. ``says`` stands on its page and in what it prints, whatever the
    width of the line; ``cause`` is the one that it names on stderr. ``put`` are the words that a reader replaces, and
    what stands in for them. ``quick`` says that the ordinary tests run it too. ``needs`` names a module without which
    it is left out, with that reason.
    """

    exits: tuple[int, ...] = (0,)
    says: tuple[str, ...] = ()
    put: Mapping[str, str] = field(default_factory=dict)
    cause: Cause | None = None
    beside: Beside | None = None
    needs: str | None = None
    quick: bool = False


@dataclass(frozen=True)
class Above:
    """The very same command is run on another page."""

    page: str


@dataclass(frozen=True)
class NotRun:
    """It is not run here; ``instead`` says what runs the same code."""

    reason: Reason
    instead: str


@dataclass(frozen=True)
class InWorkflow:
    """A workflow of this repository has it as a step: a nox session."""


How = Run | Above | NotRun | InWorkflow
