"""What runs on a node of a Ray cluster: an actor with a warm pipeline. Nothing here imports Ray."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from heygem_core import __version__
from heygem_core.errors import Cause
from heygem_core.runtime.session import Provider
from heygem_core.scale.acceptance import Acceptance, Refusal, examine
from heygem_core.scale.jobs import Job
from heygem_core.scale.ledger import WORK
from heygem_core.scale.warm import WarmPipeline
from heygem_core.text import Text


class Worker:
    """Serves the jobs of one place, one after the other, into ``folder``, which every node must see."""

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder)
        self._pipeline = WarmPipeline(self._folder, {})

    def admit(self, provider: Provider, version: str) -> Acceptance:
        """Return whether this place may be given work: the same package, the same folder, and the ``provider``."""
        reason = self._unlike(version)
        return Acceptance(None, Refusal(Cause.OTHER, reason)) if reason else examine(provider)

    def render(self, job: Job) -> dict[str, Any]:
        """Render one job and return its record, done or failed."""
        return self._pipeline.render(job)

    def close(self) -> None:
        """End the pipeline."""
        self._pipeline.close()

    def _unlike(self, version: str) -> Text | None:
        if version != __version__:
            return Text(
                f"heygem-core {__version__} is installed there, {version} here",
                f"该节点安装的是 heygem-core {__version__}，本机为 {version}",
            )
        work = self._folder / WORK
        if not work.is_dir() or not os.access(work, os.W_OK):
            return Text(
                f"{self._folder} is not to be seen there, or not to be written to: every node needs the same folder",
                f"该节点看不到 {self._folder} 或不可写：所有节点需要共享同一目录",
            )
        return None
