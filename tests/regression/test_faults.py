"""The fault table: the right stage, the right cause, in time, nothing left, and the next job's output equal."""

from __future__ import annotations

import json
import statistics
from collections import Counter
from dataclasses import asdict
from pathlib import Path

import psutil
import pytest

from heygem_core.errors import StageStalled
from heygem_core.faults.faulty import MOMENTS, with_fault
from heygem_core.faults.manners import MANNERS, STALLS
from heygem_core.faults.table import STAGES, Cell, Row, Table, cells, sample
from heygem_core.lipsync import assets
from heygem_core.lipsync.render import slot_bytes, stages
from heygem_core.pipeline import Liveness, Pipeline


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> dict[Cell, Row]:
    """The sample, cell after cell on one pipeline: each must leave it fit for the next."""
    with Table(tmp_path_factory.mktemp("faults")) as table:
        return {cell: table.run(cell) for cell in sample()}


def test_the_table_covers_every_stage_moment_and_manner() -> None:
    """No combination is missing but those that do not exist: 5 stages, 8 moments, 13 manners."""
    counted = Counter(cell.manner for cell in cells())
    places = len(STAGES) * len(MOMENTS) - 2
    assert counted == {manner: places if manner != "corrupt-shape" else 4 for manner in MANNERS}
    assert {cell.manner for cell in sample()} == set(MANNERS)
    assert {cell.stage for cell in sample()} == set(STAGES)
    assert {cell.moment for cell in sample()} == set(MOMENTS)


@pytest.mark.breaks
@pytest.mark.timeout(600)
@pytest.mark.parametrize("cell", sample(), ids=lambda cell: f"{cell.stage}-{cell.moment}-{cell.manner}")
def test_a_sampled_fault(cell: Cell, rows: dict[Cell, Row]) -> None:
    """A cell of the sample meets every expectation."""
    assert rows[cell].wrong == ()


def test_nothing_is_left_of_the_sample(rows: dict[Cell, Row]) -> None:
    """After the last cell, and with the pipeline closed, this process has no child."""
    assert rows
    assert psutil.Process().children(recursive=True) == []


@pytest.mark.breaks
def test_the_victims_of_a_wedged_generator_are_not_blamed(tmp_path: Path) -> None:
    """With decode and face blocked before it, blend and encode starved behind it, the report says generator."""
    armed = tmp_path / "fault.json"
    armed.write_text(json.dumps(asdict(Cell("generator", "mid-batch", "native-deadlock"))))
    clip = str(assets.fetch("clip"))
    job = {"video": clip, "audio": clip, "output": str(tmp_path / "out.mp4"), "loop": "pingpong"}
    # One slot: all are blocked soon, also on a busy machine, long before the floor is reached.
    with (
        Pipeline(
            [with_fault(stage, armed) for stage in stages("puppet", "cpu", 4)],
            slot_bytes=slot_bytes(640, 480, 4),
            slots=1,
            liveness=Liveness(floor_s=2.5, ready_s=60.0, first_s=60.0),
        ) as pipeline,
        pytest.raises(StageStalled) as caught,
    ):
        pipeline.run({**job, "temporary": None, "overwrite": False, "allow_no_face": False})
    assert caught.value.stage == "generator"
    said = "\n".join(caught.value.evidence)
    for victim, state in [("decode", "output"), ("face", "output"), ("blend", "input"), ("encode", "input")]:
        assert f"stage '{victim}' is waiting for {state}" in said
    assert [path.name for path in tmp_path.iterdir()] == ["fault.when"]


def figures(rows: list[Row]) -> str:
    """Return the counts and deadlines of the table, in a line for faults that must be known at once and for stalls."""
    lines = []
    for name, those in {
        "raise, exit and signal": [row for row in rows if row.manner not in STALLS],
        "hang, stop and spin": [row for row in rows if row.manner in STALLS],
    }.items():
        seconds = sorted(row.seconds for row in those if row.seconds is not None)
        late = [f"{row.stage} {row.moment} {row.manner} {row.seconds:.2f} s" for row in those if row.late]
        lines.append(
            f"{name}: {len(those)} cells, {sum(bool(row.wrong) for row in those)} wrong, {len(late)} late {late}, "
            f"median {statistics.median(seconds):.3f} s, longest {seconds[-1]:.3f} s from fault to error"
        )
    return "\n".join(lines)


@pytest.mark.slow
@pytest.mark.breaks
@pytest.mark.timeout(7200)
def test_every_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All cells, one after the other, on one pipeline."""
    with Table(tmp_path) as table:
        rows = [table.run(cell) for cell in cells()]
    with capsys.disabled():
        print(f"\n{figures(rows)}")  # noqa: T201 - these figures are what this test is about
    assert [row for row in rows if row.wrong] == []
