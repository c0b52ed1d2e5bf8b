"""The report: one page that needs nothing else, in both languages, with everything escaped."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

from heygem_core.casebook import html
from heygem_core.casebook.pictures import Pair

VOID = {"meta", "img", "br"}
HOSTILE = "<script>alert(1)</script> & \"quotes\" 'more'"


def row(**changes: Any) -> dict[str, Any]:
    """Return a row of a case that the casebook does not have, so that the page shows the row's own words."""
    return {
        "case": "made-up",
        "title": "a title",
        "claim": "a claim",
        "source": "原文一句",
        "verdict": "refuted",
        "reported": {"outcome": "hangs", "seconds": 1.5, "evidence": ["ten puts, none taken"]},
        "core": {"outcome": "one error", "seconds": 0.25, "cause": "worker-died", "culprit": "face"},
        "skipped": None,
        **changes,
    }


RENDER = {
    "status": "done",
    "frames_in": 173,
    "frames_out": 173,
    "frames_without_face": 2,
    "duration_s": 5.77,
    "wall_s": 9.5,
    "warmup_s": 3.25,
    "fps": 18.2,
    "provider": {"requested": "auto", "applied": "CPUExecutionProvider"},
    "stages": [
        {
            "name": "decode",
            "frames": 173,
            "busy_s": 0.5,
            "wait_input_s": 0.0,
            "wait_output_s": 4.0,
            "p50_ms": 2.5,
            "p95_ms": None,
            "p99_ms": 4.0,
        }
    ],
    "warnings": ["runs on the CPU: " + HOSTILE],
}


class Page(HTMLParser):
    """Reads a page: balance of tags, text, scripts, and every address that it refers to."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the tag and what it refers to."""
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in {"src", "href"}]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Check that the tag closes the one opened last."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Collect the text."""
        if self.open and self.open[-1] not in {"script", "style"}:
            self.text += data


def test_the_page_is_well_formed_and_refers_to_nothing_outside_itself() -> None:
    """Every tag is closed in order, pictures are data, links lead to the page itself; styles load nothing."""
    text = html.report([row()], render=RENDER, stills=[Pair(7, b"\xff\xd8source", b"\xff\xd8result")])
    page = Page(text)
    assert page.open == []
    assert page.addresses == ["data:image/jpeg;base64,/9hzb3VyY2U=", "data:image/jpeg;base64,/9hyZXN1bHQ=", "#made-up"]
    assert not re.search(r"https?:|url\(|@import", text)


def test_what_was_measured_stands_on_the_page() -> None:
    """Verdict, evidence, seconds, cause, culprit and remedy, the render's figures, warnings and each stage."""
    text = Page(html.report([row()], render=RENDER)).text
    for expected in (
        *("made-up", "refuted", "推翻", "ten puts, none taken", "原文一句", "hangs (1.5 s)", "one error (0.2 s)"),
        *("worker-died", "face", "out-of-memory killer", "173", "5.77", "CPUExecutionProvider", "decode", "–"),
        *("onnxruntime-gpu", "GPU", "frames in", "输入帧"),
    ):
        assert expected in text, expected


def test_everything_from_outside_is_escaped() -> None:
    """Markup in any field of a row or a render comes out as text, never as markup."""
    reported = {"outcome": HOSTILE, "seconds": 1.0, "evidence": [HOSTILE]}
    core = {"outcome": HOSTILE, "seconds": 1.0, "cause": "worker-died", "culprit": HOSTILE}
    rows = [
        row(case=HOSTILE, title=HOSTILE, claim=HOSTILE, source=HOSTILE, reported=reported, core=core),
        row(verdict=None, reported=None, core=None, skipped=HOSTILE),
        row(verdict=None, reported=None, core=None, error=HOSTILE),
    ]
    page = Page(html.report(rows, render=RENDER))
    assert page.tags.count("script") == 1
    assert page.open == []
    assert page.text.count("<script>alert(1)</script>") >= len(rows)


def test_a_case_without_a_verdict_shows_why() -> None:
    """A skipped case gives the reason, a failed one the error; neither is shown as a verdict."""
    skipped = row(case="a", verdict=None, reported=None, core=None, skipped="no GPU here")
    failed = row(case="b", verdict=None, reported=None, core=None, error="the effect did not appear")
    text = Page(html.report([skipped, failed])).text
    assert "no GPU here" in text
    assert "the effect did not appear" in text
    assert "1 skipped" in text
    assert "1 failed" in text
    assert "1 confirmed" not in text


def test_both_languages_are_there_for_every_case_of_the_casebook() -> None:
    """A row of a known case shows title and claim in both languages, whatever language the row was made in."""
    from heygem_core.casebook import registry

    case = registry.load("queue-full")
    text = Page(html.report([row(case="queue-full")])).text
    for words in (case.title, case.claim):
        assert words.en in text
        assert words.zh in text
