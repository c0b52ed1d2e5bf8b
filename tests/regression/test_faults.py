"""The fault table: the right stage, the right cause, in time, nothing left, and the next job's output equal."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import psutil
import pytest

from heygem_core.faults.faulty import MOMENTS
from heygem_core.faults.manners import MANNERS
from heygem_core.faults.table import STAGES, Cell, Row, Table, cells, sample


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


@pytest.mark.slow
@pytest.mark.breaks
@pytest.mark.timeout(7200)
def test_every_fault(tmp_path: Path) -> None:
    """All cells, one after the other, on one pipeline."""
    with Table(tmp_path) as table:
        wrong = [row for row in map(table.run, cells()) if row.wrong]
    assert wrong == []
