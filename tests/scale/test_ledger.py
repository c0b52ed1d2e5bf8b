"""The results of a batch survive what ends it, and tell what is left."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from heygem_core.errors import BadInput
from heygem_core.runtime import lines
from heygem_core.scale import batch
from heygem_core.scale.engine import Finished, Started, Tell
from heygem_core.scale.jobs import Job, Setup
from heygem_core.scale.ledger import RESULTS, WORK, Ledger, publish
from heygem_core.scale.warm import header
from heygem_core.text import Text
from tests.scale.conftest import records


def jobs(count: int) -> list[Job]:
    """Return jobs with keys of their own."""
    return [Job(line, "v", "a", f"{line}.mp4", Setup(), key=f"{line:064}") for line in range(1, count + 1)]


class FakeEngine:
    """Stands in for the rendering: writes a byte per video, and fails the lines it is told to fail."""

    def __init__(self, folder: Path, *failing: int) -> None:
        self.folder = folder
        self.failing = failing
        self.done: list[int] = []

    def work(self, jobs: Sequence[Job], tell: Tell, stop: threading.Event) -> None:
        """Do one after the other."""
        tell(Started(1, 1, Text("one", "一")))
        for job in jobs:
            if stop.is_set():
                return
            self.done.append(job.line)
            tell(Finished(job, self._record(job)))

    def _record(self, job: Job) -> dict[str, Any]:
        if job.line in self.failing:
            return {**header(job), "status": "failed", "cause": "other", "detail": "as told"}
        (self.folder / job.output).write_bytes(b"x")
        return {**header(job), "status": "done", "bytes": 1}


def test_only_what_is_left_is_done(tmp_path: Path) -> None:
    """The second time nothing is done; a failure only on request; what was removed or cut short is done again."""
    first = batch.run(jobs(4), tmp_path, FakeEngine(tmp_path, 2))
    assert (first.done, first.failed, first.all_done) == (3, 1, False)
    second = FakeEngine(tmp_path)
    outcome = batch.run(jobs(4), tmp_path, second)
    assert (second.done, outcome.done_before, outcome.failed_before) == ([], 3, 1)
    (tmp_path / "3.mp4").unlink()
    (tmp_path / "4.mp4").write_bytes(b"")
    third = FakeEngine(tmp_path)
    outcome = batch.run(jobs(4), tmp_path, third, retry_failed=True)
    assert (third.done, outcome.done, outcome.done_before, outcome.all_done) == ([2, 3, 4], 3, 1, True)
    assert [record["line"] for record in outcome.records] == [1, 2, 3, 4]
    assert len(records(tmp_path)) == 4 + 3


def test_an_interrupt_right_after_a_line_counts_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is on disk is there, though the signal came before it could be counted, or even remembered."""
    from heygem_core.scale import ledger

    def interrupted(path: Path, line: bytes) -> None:
        lines.append(path, line)
        if len(records(tmp_path)) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(ledger, "append", interrupted)
    outcome = batch.Outcome()
    with pytest.raises(KeyboardInterrupt):
        batch.run(jobs(4), tmp_path, FakeEngine(tmp_path), outcome=outcome)
    assert outcome.done == len(outcome.records) == 2


def test_a_job_with_another_key_is_another_job(tmp_path: Path) -> None:
    """Inputs or options that changed are done again, into the same name."""
    batch.run(jobs(1), tmp_path, FakeEngine(tmp_path))
    changed = [Job(1, "v", "a", "1.mp4", Setup(), key="f" * 64)]
    engine = FakeEngine(tmp_path)
    batch.run(changed, tmp_path, engine)
    assert engine.done == [1]


def test_a_torn_last_line_is_no_result_and_is_cut_off(tmp_path: Path) -> None:
    """Wherever a kill cut the last line, the job counts as left, and the file has whole lines again afterwards."""
    batch.run(jobs(2), tmp_path, FakeEngine(tmp_path))
    whole = (tmp_path / RESULTS).read_bytes()
    start = whole.index(b"\n") + 1
    for cut in (start + 1, start + 20, len(whole) - 1):
        (tmp_path / RESULTS).write_bytes(whole[:cut])
        engine = FakeEngine(tmp_path)
        batch.run(jobs(2), tmp_path, engine)
        assert engine.done == [2]
        assert [record["line"] for record in records(tmp_path)] == [1, 2]


def test_a_whole_line_that_is_no_result_is_named(tmp_path: Path) -> None:
    """A file that something else has written is not appended to."""
    (tmp_path / RESULTS).write_text('{"key": 1}\n')
    with pytest.raises(BadInput, match=r"results\.jsonl: line 1 is no result"):
        Ledger(tmp_path)


def test_a_folder_serves_one_batch_at_a_time(tmp_path: Path) -> None:
    """A second process is refused while the first lives, and not any longer, however that ended."""
    code = (
        "import sys, pathlib; from heygem_core.scale.ledger import Ledger; "
        "ledger = Ledger(pathlib.Path(sys.argv[1])); print('held', flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(BadInput, match="another batch is at work"):
            Ledger(tmp_path)
        other.kill()
    Ledger(tmp_path).close()


def test_somebody_elses_file_stays(tmp_path: Path) -> None:
    """In a folder that was no batch's, a file with an output's name ends the batch before it begins, every time."""
    (tmp_path / "2.mp4").write_text("precious")
    engine = FakeEngine(tmp_path)
    for _ in range(2):
        with pytest.raises(BadInput, match="exists already"):
            batch.run(jobs(2), tmp_path, engine)
    assert engine.done == []
    assert (tmp_path / "2.mp4").read_text() == "precious"


def test_a_video_is_published_once(tmp_path: Path) -> None:
    """The second attempt at a job finds the first one's video, leaves it, and leaves nothing of its own."""
    (tmp_path / WORK).mkdir()
    for content in (b"first", b"second!"):
        (tmp_path / WORK / "x.mp4").write_bytes(content)
        assert publish(tmp_path / WORK / "x.mp4", tmp_path / "x.mp4") == len(b"first")
    assert (tmp_path / "x.mp4").read_bytes() == b"first"
    assert list((tmp_path / WORK).iterdir()) == []


def test_what_an_event_raises_ends_the_engine_too(tmp_path: Path) -> None:
    """An interrupt in the middle: the result so far is on disk, nothing incomplete is left, the engine has stopped."""

    def interrupt(event: object) -> None:
        if isinstance(event, batch.Progress):
            raise KeyboardInterrupt

    engine = FakeEngine(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        batch.run(jobs(5_000), tmp_path, engine, on_event=interrupt)
    assert len(records(tmp_path)) == 1
    assert not (tmp_path / WORK).exists()
    assert len(engine.done) < 5_000


def test_complete_lines_only() -> None:
    """An empty file has no line; a file without a last newline has one less."""
    assert lines.complete(b"") == []
    assert lines.complete(b"a\nb") == [b"a"]
