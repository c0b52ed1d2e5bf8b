"""The report as a person sees it: drawn, silent, offline, sortable, light and dark, on a phone, in both languages."""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.chromium import DEADLINE_S, Browser
from tests.browser.conftest import Pages

PHONE = 390
SEEN = "[...document.querySelectorAll('[data-chart]')].filter((one) => one.checkVisibility())"
DRAWN = f"{SEEN}.every((one) => one.dataset.drawn === document.documentElement.dataset.lang)"
FIRST = "document.querySelector('#intervals [data-chart]').dataset.drawn === document.documentElement.dataset.lang"
MARKS = f"{SEEN}.map((one) => one.querySelectorAll('svg path, svg rect, svg line, svg text').length)"
WIDTHS = "[document.documentElement.scrollWidth, innerWidth]"


def begin(browser: Browser) -> None:
    """Go to the first charts, and wait until they are drawn: what is out of sight may wait."""
    browser.ask("document.querySelector('#intervals').scrollIntoView()")
    browser.settle(FIRST)


def show_all(browser: Browser) -> None:
    """Make the window as high as the page, open what is folded away, and wait until everything is drawn."""
    browser.ask("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
    browser.resize(browser.ask("innerWidth"), browser.ask("document.documentElement.scrollHeight"))
    browser.settle(DRAWN)


def column(browser: Browser, index: int) -> list[str]:
    """Return what a column of the table of verdicts is sorted by, from top to bottom, "" for nothing."""
    rows = "[...document.querySelector('#verdicts').tBodies[0].rows]"
    told: list[str] = browser.ask(f"{rows}.map((row) => row.cells[{index}].dataset.order ?? '')")
    return told


@pytest.fixture(autouse=True)
def silent(browser: Browser) -> Iterator[None]:
    """Whatever a test does, the console stays empty and nothing but the page itself was asked for."""
    yield
    assert browser.said() == []
    asked = browser.requests()
    assert asked
    assert all(address.startswith("file:") for address in asked), asked


def test_every_chart_is_drawn(browser: Browser, pages: Pages) -> None:
    """All that are to be seen, each with marks in it and as wide as its place; those to be chosen when chosen."""
    browser.open(pages.report)
    show_all(browser)
    marks = browser.ask(MARKS)
    assert len(marks) > 20
    assert min(marks) > 20
    assert browser.ask(f"{SEEN}.every((one) => one.querySelector('svg').clientWidth <= one.clientWidth + 1)")
    assert browser.ask("document.querySelector('#advisory select').options[1].textContent") != ""
    browser.ask("((one) => { one.value = 1; one.onchange(); })(document.querySelector('#advisory select'))")
    show_all(browser)
    assert browser.ask(f"{SEEN}.filter((one) => one.dataset.figure === 'advisory')[0].dataset.chart") == "1"
    assert len(browser.ask(MARKS)) == len(marks)


def test_a_table_is_sorted_by_a_click(browser: Browser, pages: Pages) -> None:
    """A click sorts by a column, another one the other way round, by numbers as numbers; the head says which."""
    browser.open(pages.report)
    assert column(browser, 0) == sorted(column(browser, 0), key=int)
    before = column(browser, 4)
    heads = browser.driver.find_elements("css selector", "#verdicts th")
    for expected in ("ascending", "descending"):
        heads[4].find_element("tag name", "button").click()
        assert heads[4].get_attribute("aria-sort") == expected
        assert heads[0].get_attribute("aria-sort") == "none"
        numbers = [float(value) for value in column(browser, 4) if value]
        assert numbers == sorted(numbers, reverse=expected == "descending")
        assert sorted(column(browser, 4)) == sorted(before)
    heads[1].find_element("tag name", "button").click()
    assert column(browser, 1) == sorted(column(browser, 1))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_light_and_dark_follow_the_system_and_the_switch(browser: Browser, pages: Pages, scheme: str) -> None:
    """Paper, words and the lines of charts take the system's side at first, and the other one after a click."""
    browser.open(pages.report, scheme=scheme)
    begin(browser)
    line = "getComputedStyle(document.querySelector('#intervals svg [stroke^=\"var(--\"]')).stroke"
    told = []
    for expected in (scheme, {"light": "dark", "dark": "light"}[scheme]):
        assert browser.ask("document.documentElement.dataset.theme") == expected
        style = "getComputedStyle(document.body)"
        paper, ink = (brightness(browser.ask(f"{style}.{name}")) for name in ("backgroundColor", "color"))
        assert (paper > 200 and ink < 80) if expected == "light" else (paper < 40 and ink > 180)
        told.append(browser.ask(line))
        browser.driver.find_element("id", "theme").click()
    assert told[0] != told[1]


def brightness(colour: str) -> float:
    """Return the mean of a colour's red, green and blue, as the browser tells it: "rgb(r, g, b)"."""
    return sum(map(float, colour[colour.index("(") + 1 : -1].split(",")[:3])) / 3


@pytest.mark.parametrize("width", [PHONE, 700, 1200])
def test_no_page_is_wider_than_its_window(browser: Browser, pages: Pages, width: int) -> None:
    """A phone needs no scrolling sideways, nor does anything between it and a desk; everything is drawn there, too."""
    browser.open(pages.report, width=width)
    show_all(browser)
    page, window = browser.ask(WIDTHS)
    assert page <= window == width
    assert min(browser.ask(MARKS)) > 20


def test_a_turned_phone_draws_again(browser: Browser, pages: Pages) -> None:
    """When the window's width changes, the charts follow."""
    browser.open(pages.report, width=PHONE)
    begin(browser)
    wide = "document.querySelector('#intervals svg').clientWidth"
    narrow = browser.ask(wide)
    browser.resize(560)
    browser.settle(f"{wide} > {narrow + 100}")


def test_the_language_switch_changes_words_and_charts(browser: Browser, pages: Pages) -> None:
    """After a click everything that is to be seen is Chinese, axes and choices included; another one leads back."""
    browser.open(pages.report)
    begin(browser)
    assert "worse in" in browser.driver.find_element("id", "summary").text
    browser.driver.find_element("id", "language").click()
    browser.settle(FIRST)
    summary = browser.driver.find_element("id", "summary").text
    assert "更差" in summary
    assert "worse" not in summary
    assert "变差的百分比" in browser.ask("document.querySelector('#intervals svg').textContent")
    assert "延迟" in browser.ask("document.querySelector('#advisory select').textContent")
    browser.driver.find_element("id", "language").click()
    browser.settle(FIRST)
    assert "worse by" in browser.ask("document.querySelector('#intervals svg').textContent")


def test_every_figure_can_be_downloaded(browser: Browser, pages: Pages, tmp_path: Path) -> None:
    """JSON and CSV of each have the same rows, and an SVG stands alone: its colours are none of the page's."""
    browser.open(pages.report)
    names = browser.ask("[...new Set([...document.querySelectorAll('[data-of]')].map((one) => one.dataset.of))]")
    assert len(names) == 8
    for index, name in enumerate(names):
        # Chromium lets no page save more than ten files.
        if index % 4 == 0:
            browser.open(pages.report)
            browser.ask("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
        files = [
            save(browser, tmp_path, f'[data-of="{name}"][data-download="{kind}"]', f"{name}.{kind}")
            for kind in ("json", "csv")
        ]
        rows = json.loads(files[0].read_text(encoding="utf-8"))
        with files[1].open(encoding="utf-8", newline="") as file:
            table = list(csv.DictReader(file))
        assert len(rows) == len(table) > 0
        assert list(rows[0]) == list(table[0])
    show_all(browser)
    drawing = save(browser, tmp_path, '[data-picture="pipeline-1.svg"]', "pipeline-1.svg").read_text(encoding="utf-8")
    assert drawing.startswith("<svg")
    assert "var(--" not in drawing


def save(browser: Browser, downloads: Path, button: str, file: str) -> Path:
    """Click the button that a selector leads to, as a hand does, and return the file that this gives."""
    path = downloads / file
    browser.driver.find_element("css selector", button).click()
    deadline = time.monotonic() + DEADLINE_S
    while not path.exists():
        assert time.monotonic() < deadline, f"{file} did not come: {browser.said()}"
        time.sleep(0.02)
    return path


def test_the_strip_zooms(browser: Browser, pages: Pages) -> None:
    """Dragging across the top strip of the pipeline shows less time in the charts below it."""
    from selenium.webdriver import ActionChains

    browser.open(pages.report)
    show_all(browser)
    place = browser.driver.find_element("css selector", "#pipeline .chosen svg")
    last = "[...document.querySelectorAll('#pipeline .chosen svg .mark-text text')].map((one) => one.textContent)"
    before = browser.ask(last)
    ActionChains(browser.driver).move_to_element_with_offset(place, 0, -place.size["height"] // 2 + 50).click_and_hold(
        None
    ).move_by_offset(150, 0).release().perform()
    browser.settle(f"JSON.stringify({last}) !== {json.dumps(json.dumps(before, separators=(',', ':')))}")


def test_attacks_stay_words(browser: Browser, pages: Pages) -> None:
    """Markup and scripts in every text of a run are shown as they are written; the policy has nothing to object to."""
    browser.open(pages.hostile)
    show_all(browser)
    assert browser.ask("document.querySelectorAll('main img, main iframe, svg image, svg a').length") == 0
    assert "<script>alert(1)</script>" in browser.driver.find_element("id", "host").text
    assert "<script>alert(1)" in browser.ask("document.querySelector('#pipeline .chosen figcaption').textContent")
    assert "</script>" in browser.ask("document.querySelector('#pipeline svg').textContent")
