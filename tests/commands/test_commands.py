"""Each command of the documents runs, in the ordinary tests or in ``nox -s documents``, or has a reason why not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands import page as pages_
from tests.commands.model import Above, How, InWorkflow, NotRun, Run
from tests.commands.table import TABLE
from tests.documents import ENGLISH, command_lines, sessions_of
from tests.test_workflows import called_sessions

DEADLINE_S = 60


def how(page: str, line: str) -> How | None:
    """Return how a command is run: as the table says, or by a workflow that has the nox session; else None."""
    if line in TABLE.get(page, {}):
        return TABLE[page][line]
    named = sessions_of(line) if " -- " not in line else set()
    return InWorkflow() if named and named <= called_sessions() else None


@pytest.mark.parametrize("page", ENGLISH, ids=lambda page: page.stem)
def test_every_command_is_run_or_says_why_not(page: Path) -> None:
    """And the table has no command that is no longer there, in another order, or a reference that leads nowhere."""
    lines = command_lines(page)
    assert [line for line in lines if how(page.name, line) is None] == []
    told = TABLE.get(page.name, {})
    assert list(told) == [line for line in lines if line in told]
    for line, said in told.items():
        if isinstance(said, Above):
            assert isinstance(TABLE[said.page][line], Run | NotRun), f"{said.page} does not run {line}"
        if isinstance(said, NotRun):
            assert said.instead


def test_the_table_is_about_pages_that_are_there() -> None:
    """A page that is gone takes its commands with it."""
    assert set(TABLE) <= {page.name for page in ENGLISH}


QUICK = [page for page, lines in TABLE.items() if any(isinstance(one, Run) and one.quick for one in lines.values())]


@pytest.mark.parametrize("page", QUICK)
def test_the_quick_commands_of_a_page_do_what_it_says(page: str, tmp_path: Path, subtests: pytest.Subtests) -> None:
    """One after another in a folder of their own: the exit code, and what the page shows of the output."""
    pages_.run(page, tmp_path / "checkout", subtests, whole=False, deadline_s=DEADLINE_S)
