"""All commands of the documents, page by page, and the links that lead out: ``nox -s documents`` runs this."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.commands import page as pages_
from tests.commands.table import TABLE
from tests.documents import ENGLISH, LINK, prose

DEADLINE_S = 900
LINKS = sorted({link for page in ENGLISH for link in LINK.findall(prose(page)) if re.match("https?:", link)})


@pytest.mark.timeout(3 * DEADLINE_S)
@pytest.mark.parametrize("page", TABLE)
def test_the_commands_of_a_page_do_what_it_says(page: str, tmp_path: Path, subtests: pytest.Subtests) -> None:
    """One after another in a copy of the checkout: the exit code, and what the page shows of the output."""
    pages_.run(page, tmp_path / "checkout", subtests, whole=True, deadline_s=DEADLINE_S)


@pytest.mark.parametrize("link", LINKS)
def test_every_link_to_the_outside_answers(link: str) -> None:
    """With less than 400; skipped, with the reason, where the network does not lead there."""
    request = urllib.request.Request(link, headers={"User-Agent": "heygem-core documents"})  # noqa: S310 - http only
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - http only
            assert answer.status < 400
    except urllib.error.HTTPError:
        raise
    except OSError as unreachable:
        pytest.skip(f"not reached: {unreachable}")
