"""What a run leaves on disk: it comes back equal, survives a torn line, and another layout is refused."""

from __future__ import annotations

import gzip
import json
from dataclasses import asdict
from pathlib import Path

import pytest

from heygem_core.bench.folder import Folder
from heygem_core.bench.from_json import from_json
from heygem_core.bench.schema import Replicate
from tests.bench import samples


def test_everything_comes_back_equal(tmp_path: Path) -> None:
    """A run, its replicates and its verdicts are what was written, types included."""
    folder = Folder(tmp_path / "run")
    folder.write_run(samples.RUN)
    measured = [samples.replicate(index, 100, 101) for index in range(3)]
    for one in measured:
        folder.append(one)
    folder.write_comparisons([samples.COMPARISON])
    assert folder.run() == samples.RUN
    assert list(folder.replicates()) == measured
    assert folder.comparisons() == (samples.COMPARISON,)
    assert sorted(path.name for path in folder.path.iterdir()) == ["comparisons.json", "replicates.jsonl", "run.json"]


def test_a_line_that_a_kill_left_unfinished_is_dropped_and_replaced(tmp_path: Path) -> None:
    """The half line is no replicate, and the next one does not get glued to it."""
    folder = Folder(tmp_path)
    first, second = samples.replicate(0, 100, 101), samples.replicate(1, 100, 102)
    folder.append(first)
    path = tmp_path / "replicates.jsonl"
    path.write_bytes(path.read_bytes() + b'{"model": "ti')
    assert list(folder.replicates()) == [first]
    folder.append(second)
    assert list(folder.replicates()) == [first, second]


def test_a_kept_run_may_be_packed(tmp_path: Path) -> None:
    """replicates.jsonl.gz is read in place of replicates.jsonl."""
    folder = Folder(tmp_path)
    folder.append(samples.replicate(0, 100, 101))
    plain = tmp_path / "replicates.jsonl"
    (tmp_path / "replicates.jsonl.gz").write_bytes(gzip.compress(plain.read_bytes()))
    plain.unlink()
    assert list(folder.replicates()) == [samples.replicate(0, 100, 101)]


def test_another_layout_is_refused(tmp_path: Path) -> None:
    """The number in run.json decides; the message has both."""
    (tmp_path / "run.json").write_text(json.dumps({"schema": 99}))
    with pytest.raises(ValueError, match="schema is 99, this version reads 1"):
        Folder(tmp_path).run()


def test_a_newer_run_stays_readable() -> None:
    """A field that is not known is ignored, one that is missing takes its default."""
    told = asdict(samples.replicate(0, 100, 101))
    told["quads"][0]["blocks"][0]["brand_new"] = 1
    del told["quads"][0]["blocks"][0]["wrong"]
    assert from_json(Replicate, told) == samples.replicate(0, 100, 101)
