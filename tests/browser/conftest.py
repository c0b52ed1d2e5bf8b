"""A browser for each test, and the pages to look at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.bench.report import hostile, nights, synthetic
from tests.browser.chromium import Browser, chromium, missing
from tests.cli.command import heygem


@dataclass(frozen=True)
class Pages:
    """A report of a run with everything in it, and one of a run in which every text is an attack."""

    report: Path
    hostile: Path


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything here, and skip it, with the reason, where no browser can be started."""
    reason = missing()
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if reason is not None:
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    """Return a browser that downloads into ``tmp_path``; each test has its own, so that the census sees it end."""
    with chromium(tmp_path) as started:
        yield started


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Pages:
    """Return the pages, made by the command itself."""
    folder = tmp_path_factory.mktemp("pages")
    told = Pages(folder / "report.html", folder / "hostile.html")
    scenarios = ("single-stream", "paced", "cold-start", "pipeline")
    synthetic.write(folder / "run", synthetic.run(models=("puppet", "dinet-small"), scenarios=scenarios, gpu=True))
    nights.write(folder / "history.jsonl")
    hostile.write(folder / "evil")
    for run, page in (("run", told.report), ("evil", told.hostile)):
        done = heygem("bench", "report", folder / run, "--history", folder / "history.jsonl", "--html", page)
        assert done.returncode == 0, done.stderr
    return told
