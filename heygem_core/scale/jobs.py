"""One job of a batch, and the key by which it is known again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from heygem_core import __version__
from heygem_core.lipsync.generator import NAMES
from heygem_core.lipsync.render import Loop
from heygem_core.runtime.session import Provider


@dataclass(frozen=True)
class Setup:
    """What a warm pipeline is made for; jobs that share it need no new one."""

    generator: str = "puppet"
    """One of `NAMES`, or the absolute path of an ONNX file."""
    provider: Provider = "auto"
    batch: int = 4
    stall_timeout: float = 10.0
    """Seconds, see `heygem_core.lipsync.render.Renderer`."""


@dataclass(frozen=True)
class Job:
    """One line of a manifest; ``video`` and ``audio`` are absolute paths."""

    line: int
    video: str
    audio: str
    output: str
    """Path of the video to write, relative to the batch's folder."""
    setup: Setup
    loop: Loop = "pingpong"
    allow_no_face: bool = False
    key: str = ""
    """SHA-256 of what decides the output, see `content_key`."""

    @property
    def identity(self) -> tuple[str, str]:
        """By what a result is known as this job's."""
        return self.key, self.output

    def what(self) -> tuple[object, ...]:
        """Return what is asked for, wherever it is written to."""
        return self.video, self.audio, self.setup, self.loop, self.allow_no_face


Digest = Callable[[str], str]
"""Returns the SHA-256 of a file's content, as hexadecimal digits."""


def digests() -> Digest:
    """Return a `Digest` that reads each file once, however many jobs it is an input of."""
    known: dict[str, str] = {}

    def digest(path: str) -> str:
        if path not in known:
            with Path(path).open("rb") as file:
                known[path] = hashlib.file_digest(file, "sha256").hexdigest()
        return known[path]

    return digest


def content_key(job: Job, digest: Digest) -> str:
    """Return the SHA-256 of the inputs' content, the options and this package's version.

    Not of the inputs' names, nor of ``stall_timeout``, which decides whether there is an output and not which. The
    provider is part of it: a GPU's arithmetic differs from the CPU's in the last digits.
    """
    setup = asdict(job.setup)
    del setup["stall_timeout"]
    if setup["generator"] not in NAMES:
        setup["generator"] = digest(job.setup.generator)
    told = {
        **setup,
        "video": digest(job.video),
        "audio": digest(job.audio),
        # Whose video it is decides where its own sound begins, see `media.info.audio_origin`.
        "own_sound": Path(job.video).samefile(job.audio),
        "loop": job.loop,
        "allow_no_face": job.allow_no_face,
        "version": __version__,
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
