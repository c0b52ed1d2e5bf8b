"""The table: one cell is a fault at a moment in a stage of the real lip-sync pipeline, and what it led to."""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from heygem_core.errors import Cause, HeygemError, StageFailed, StageNeverReady
from heygem_core.faults import census
from heygem_core.faults.census import Census
from heygem_core.faults.faulty import MOMENTS, noted, with_fault
from heygem_core.faults.manners import MANNERS, STALLS
from heygem_core.lipsync import assets
from heygem_core.lipsync.media import probe_video
from heygem_core.lipsync.render import slot_bytes, stages
from heygem_core.pipeline import Liveness, Pipeline
from heygem_core.pipeline.closing import Closing
from heygem_core.runtime import environment

STAGES = ("decode", "face", "generator", "blend", "encode")
BUDGETS = Liveness(floor_s=1.0, factor=4.0, ready_s=10.0, first_s=3.0, finish_s=3.0)
"""The engine's own floor. The factor is smaller than its default, so that with items of up to a quarter of a second it
is the floor that decides; the budgets for cold start, first item and finish are shorter, to keep the table short."""
PROMPT_S = 0.2
"""From an exception, exit or signal to its error."""
SLACK_S = 0.5
"""From the end of a stall's budget, which is the floor unless the stage is usually slower, to its error."""
_FRAMES = 12
_WORKER_ENDS_S = 10.0


@dataclass(frozen=True)
class Cell:
    """One place of the table."""

    stage: str
    moment: str
    manner: str


@dataclass(frozen=True)
class Row:
    """What came of a cell.

    ``wrong`` lists every expectation that was not met; ``seconds`` from fault to error, which should be at most
    ``limit_s``: a deadline that a busy machine may miss, told apart from what is wrong. ``restart_s`` is what the
    worker that replaced the broken one took to be open, None where none was replaced.
    """

    stage: str
    moment: str
    manner: str
    error: str | None
    cause: str | None
    seconds: float | None
    limit_s: float | None
    restart_s: float | None
    wrong: tuple[str, ...]

    @property
    def late(self) -> bool:
        """Whether the error came after its deadline."""
        return self.seconds is not None and self.limit_s is not None and self.seconds > self.limit_s

    def as_json(self) -> dict[str, Any]:
        """Return the row for ``heygem-core faults --json``."""
        return {**asdict(self), "wrong": list(self.wrong)}


def cells() -> Iterator[Cell]:
    """Yield every cell that exists: a source holds no input slot, a sink no output slot, and only writers write."""
    for stage in STAGES:
        for moment in MOMENTS:
            for manner in MANNERS:
                if (stage, moment) in {("decode", "holding-input"), ("encode", "holding-output")}:
                    continue
                if manner == "corrupt-shape" and (moment != "mid-batch" or stage == "encode"):
                    continue
                yield Cell(stage, moment, manner)


def sample() -> list[Cell]:
    """Return three cells for every manner, over all stages and moments, without stalls that wait for long budgets."""
    chosen = []
    for turn, manner in enumerate(MANNERS):
        for offset in (0, 2, 4):
            stage = STAGES[(turn + offset) % len(STAGES)]
            possible = [
                cell
                for cell in cells()
                if (cell.stage, cell.manner) == (stage, manner)
                and not (manner in STALLS and cell.moment in {"import", "open", "start", "finish"})
            ]
            if possible:
                chosen.append(possible[(turn + offset) % len(possible)])
    return chosen


class Table(Closing):
    """Runs cells, all on one pipeline: each must leave it fit for the next. ``folder`` takes its files."""

    def __init__(self, folder: Path) -> None:
        self._armed = folder / "fault.json"
        self._outputs = folder / "outputs"
        self._temporary = folder / "temporary"
        for path in (self._outputs, self._temporary):
            path.mkdir()
        self._clip = assets.fetch("clip")
        for name in ("centerface", "landmarks"):
            assets.fetch(name)
        self._sound = _short_sound(folder / "sound.wav")
        self._workers: set[int] = set()
        self._pipeline = self._fresh()
        try:
            self._expected = self._healthy()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the pipeline."""
        self._pipeline.close()

    def run(self, cell: Cell) -> Row:
        """Commit the fault of ``cell`` and check everything that must follow."""
        before = self._census()
        self._armed.with_suffix(".when").unlink(missing_ok=True)
        self._armed.write_text(json.dumps(asdict(cell)))
        restarts = self._pipeline.statistics().restarts
        error, seconds = self._provoke(cell)
        wrong = [*_judge(cell, error, seconds)]
        if self._armed.exists():
            self._armed.unlink()
            wrong.append("the fault was not committed")
        wrong += [f"left behind: {path.name}" for path in self._outputs.iterdir()]
        wrong += self._recovery()
        wrong += census.settled(self._census, before).changes(before)
        cause = str(error.cause) if error is not None else None
        kind = type(error).__name__ if error is not None else None
        limit = _limit(cell, error.detail) if isinstance(error, StageFailed) else None
        restart_s = self._restart_s(cell, restarts)
        return Row(cell.stage, cell.moment, cell.manner, kind, cause, seconds, limit, restart_s, tuple(wrong))

    def _restart_s(self, cell: Cell, restarts_before: int) -> float | None:
        statistics = self._pipeline.statistics()
        startup_s = statistics.stages[STAGES.index(cell.stage)].startup_s
        return startup_s if statistics.restarts > restarts_before else None

    def _census(self) -> Census:
        pids = self._pipeline._crew.pids()
        self._workers.update(pids)
        return census.take(pids, self._workers, [self._outputs, self._temporary])

    def _provoke(self, cell: Cell) -> tuple[HeygemError | None, float | None]:
        if cell.moment in {"import", "open"}:
            # Replaced by the next job, the worker imports and opens its stage again, and meets the order.
            worker = self._pipeline._crew.workers[STAGES.index(cell.stage)]
            os.kill(worker.pid, signal.SIGKILL)
            worker.wait_ended(_WORKER_ENDS_S)
        try:
            if cell.moment == "close":
                self._pipeline.close()
            else:
                self._job()
        except HeygemError as error:
            raised = time.monotonic()
            when = self._armed.with_suffix(".when")
            return error, raised - noted(self._armed) if when.exists() else None
        finally:
            for output in self._outputs.glob("done.*"):
                output.unlink()
            if cell.moment == "close":
                self._pipeline = self._fresh()
        return None, None

    def _recovery(self) -> list[str]:
        """Run a healthy job on the same pipeline; return what is wrong with it."""
        try:
            return [] if self._healthy() == self._expected else ["the next job's output differs"]
        except HeygemError as error:
            return [f"the next job failed: {error}"]

    def _healthy(self) -> str:
        output = self._job()
        digest = hashlib.sha256(output.read_bytes()).hexdigest()
        output.unlink()
        return digest

    def _job(self) -> Path:
        output = self._outputs / "done.mp4"
        job = {
            "video": str(self._clip),
            "audio": str(self._sound),
            "output": str(output),
            "temporary": None,
            "loop": "pingpong",
            "overwrite": False,
            "allow_no_face": False,
        }
        self._pipeline.run(job, total=_FRAMES)
        return output

    def _fresh(self) -> Pipeline:
        info = probe_video(str(self._clip))
        return Pipeline(
            [with_fault(stage, self._armed) for stage in stages("puppet", "cpu", 4)],
            slot_bytes=slot_bytes(info.width, info.height, 4),
            liveness=BUDGETS,
            environment={**environment.child_environment(), "TMPDIR": str(self._temporary)},
        )


def _judge(cell: Cell, error: HeygemError | None, seconds: float | None) -> Iterator[str]:
    manner = MANNERS[cell.manner]
    if cell.moment == "close" or manner.error is None:
        if error is not None:
            yield f"failed: {error}"
        return
    if not isinstance(error, StageFailed) or seconds is None:
        yield f"no stage was named: {error!r}"
        return
    # A stopped process is told from one that takes its time to open.
    cold = cell.moment in {"import", "open"} and cell.manner in STALLS and manner.cause is not Cause.STOPPED
    kind, cause = (StageNeverReady, Cause.NEVER_READY) if cold else (manner.error, manner.cause)
    words = "not ready after" if cold else manner.words
    if (type(error), error.stage, error.cause) != (kind, cell.stage, cause):
        yield f"named as {type(error).__name__} of {error.stage!r}, {error.cause}"
    if words not in error.detail:
        yield f"said: {error.detail}"


def _limit(cell: Cell, detail: str) -> float:
    """Return the seconds within which a cell's fault must be known; a stall's error names the budget it exceeded."""
    if cell.manner not in STALLS:
        return PROMPT_S
    budget = re.search(r"budget (\d+\.\d) s", detail)
    return float(budget[1]) + SLACK_S if budget else PROMPT_S


def _short_sound(path: Path) -> Path:
    """Write as much of a tone as `_FRAMES` frames of the clip last: three items of four frames."""
    import wave

    import numpy as np

    rate, fps = 16_000, 29.97
    samples = 8000 * np.sin(np.arange(round(_FRAMES / fps * rate)) * 0.2)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.astype("<i2").tobytes())
    return path
