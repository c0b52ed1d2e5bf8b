"""The report of ``reproduce`` has the same page: silent, offline, light and dark, no wider than a phone."""

from __future__ import annotations

from pathlib import Path

import pytest

from heygem_core.casebook import html, registry
from heygem_core.casebook.model import Row
from tests.browser.chromium import Browser
from tests.casebook.test_html import FINDING, HOSTILE, RENDER, case


@pytest.mark.parametrize("width", [390, 1200])
def test_all_cases_fit(browser: Browser, tmp_path: Path, width: int) -> None:
    """Every case of the casebook, a render and a hostile case: nothing runs, nothing is loaded, nothing sticks out."""
    page = tmp_path / "report.html"
    rows = [
        *(Row(registry.load(name), FINDING) for name in registry.NAMES),
        Row(case(HOSTILE, HOSTILE, HOSTILE), FINDING),
    ]
    page.write_text(html.report(rows, render=RENDER), encoding="utf-8")
    browser.open(page, width=width, scheme="dark")
    browser.ask("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
    assert browser.ask("document.documentElement.dataset.theme") == "dark"
    assert browser.ask("document.documentElement.scrollWidth") <= width
    browser.driver.find_element("id", "language").click()
    assert "什么会卡死" in browser.driver.find_element("tag name", "h1").text
    assert browser.said() == []
    assert set(browser.requests()) == {page.as_uri()}
