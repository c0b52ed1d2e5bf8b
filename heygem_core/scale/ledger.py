"""The folder of a batch: ``results.jsonl``, to which one process appends a line per job, and the videos."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from heygem_core.errors import BadInput
from heygem_core.pipeline.closing import Closing
from heygem_core.runtime.lines import append, complete
from heygem_core.scale.jobs import Job

RESULTS = "results.jsonl"
WORK = ".work"
"""Folder for videos that are not complete or not yet accounted for."""

Record = Mapping[str, Any]


class Ledger(Closing):
    """Holds the folder for one batch; a second one that opens it raises `BadInput`.

    The lock ends with the process, however it ends. ``existed`` says whether the folder was a batch's before.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.path = folder / RESULTS
        self.existed = self.path.exists()
        self._file = self.path.open("ab")
        self._begun = False
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.close()
            raise BadInput(f"{folder}: another batch is at work in this folder; wait for it, or end it") from None
        try:
            self.refresh()
        except BaseException:
            self._file.close()
            raise

    def refresh(self) -> None:
        """Go by what is on disk: an interrupt may come between a line's end and what is remembered of it."""
        self._latest = {(told["key"], told["output"]): told for told in self._read()}

    def _read(self) -> list[Record]:
        records = []
        for number, line in enumerate(complete(self.path.read_bytes()), 1):
            try:
                told = json.loads(line)
                told["key"], told["output"], told["status"]
            except (ValueError, KeyError, TypeError):
                raise BadInput(f"{self.path}: line {number} is no result of a batch") from None
            records.append(told)
        return records

    def close(self) -> None:
        """Remove what is not complete, and let others in; a folder in which nothing was begun is no batch's."""
        if not self._file.closed:
            shutil.rmtree(self.folder / WORK, ignore_errors=True)
            if not self.existed and not self._begun:
                self.path.unlink()
            self._file.close()

    def latest(self, job: Job) -> Record | None:
        """Return the last result of ``job``; None where there is none, or its video is not there as it was."""
        told = self._latest.get(job.identity)
        if told is None or told["status"] != "done":
            return told
        try:
            size = (self.folder / job.output).stat().st_size
        except OSError:
            return None
        return told if size == told["bytes"] else None

    def begin(self, jobs: list[Job]) -> None:
        """Make room for the outputs of ``jobs``.

        What has their names and is not accounted for was left by a batch that was killed, or by an earlier version of
        the job. In a folder that was no batch's before it is somebody else's: then `BadInput` is raised.
        """
        for job in jobs:
            target = self.folder / job.output
            if target.exists() and not self.existed:
                raise BadInput(f"{target} exists already, and this folder is not one of a batch; choose another one")
        self._begun = True
        for job in jobs:
            (self.folder / job.output).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / job.output).unlink(missing_ok=True)
        shutil.rmtree(self.folder / WORK, ignore_errors=True)
        (self.folder / WORK).mkdir()

    def append(self, record: Record) -> None:
        """Append one line and return once the disk has it; a line that a kill left unfinished is cut off."""
        append(self.path, json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode())
        self._latest[record["key"], record["output"]] = record


def publish(work: Path, target: Path) -> int:
    """Give the complete video ``work`` the name ``target``, on disk before this returns; return its size in bytes.

    In one step, and once: where an earlier attempt at the same job has been there first, its video stays.
    """
    with work.open("rb+") as file:
        os.fsync(file.fileno())
    try:
        with suppress(FileExistsError):
            os.link(work, target)
    finally:
        work.unlink()
    return target.stat().st_size
