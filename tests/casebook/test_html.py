"""The report: one page that needs nothing else, in both languages, with everything escaped."""

from __future__ import annotations

import re

from heygem_core.casebook import html, registry
from heygem_core.casebook.model import Case, Core, Finding, Reported, Row, Text
from heygem_core.casebook.pictures import Pair
from tests.page.reader import Page

HOSTILE = "<script>alert(1)</script> & \"quotes\" 'more'"


def same(words: str) -> Text:
    """Return a text that reads alike in both languages."""
    return Text(words, words)


def case(name: str = "made-up", words: str = "a claim", source: str = "原文一句") -> Case:
    """Return a case that the casebook does not have."""
    return Case(name, same(words), same(words), source, lambda _options: FINDING)


FINDING = Finding(
    "refuted",
    Reported(Text("hangs", "卡死"), 1.5, (Text("ten puts, none taken", "put 十次，取走零次"),)),
    Core(Text("one error", "一个错误"), 0.25, "worker-died", "face"),
)
ROW = Row(case(), FINDING)


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


def test_the_page_is_well_formed_and_refers_to_nothing_outside_itself() -> None:
    """Every tag is closed in order, pictures are data, links lead to the page itself; styles load nothing."""
    text = html.report([ROW], render=RENDER, stills=[Pair(7, b"\xff\xd8source", b"\xff\xd8result")])
    page = Page(text)
    assert page.open == []
    assert page.addresses == ["data:image/jpeg;base64,/9hzb3VyY2U=", "data:image/jpeg;base64,/9hyZXN1bHQ=", "#made-up"]
    assert not re.search(r"https?:|url\(|@import", text)


def test_what_was_measured_stands_on_the_page() -> None:
    """Verdict, evidence, seconds, cause, culprit and remedy, the render's figures, warnings and each stage."""
    text = Page(html.report([ROW], render=RENDER)).text
    for expected in (
        *("made-up", "refuted", "推翻", "ten puts, none taken", "put 十次，取走零次", "原文一句"),
        *("hangs卡死 (1.5 s)", "one error一个错误 (0.2 s)"),
        *("worker-died", "face", "out-of-memory killer", "173", "5.77", "CPUExecutionProvider", "decode", "–"),
        *("onnxruntime-gpu", "GPU", "frames in", "输入帧"),
    ):
        assert expected in text, expected


def test_everything_from_outside_is_escaped() -> None:
    """Markup in any field of a row or a render comes out as text, never as markup."""
    reported = Reported(same(HOSTILE), 1.0, (same(HOSTILE),))
    core = Core(same(HOSTILE), 1.0, "worker-died", HOSTILE)
    rows = [
        Row(case(HOSTILE, HOSTILE, HOSTILE), Finding("refuted", reported, core)),
        Row(case(), skipped=same(HOSTILE)),
        Row(case(), error=HOSTILE),
    ]
    page = Page(html.report(rows, render=RENDER))
    assert page.tags.count("script") == 1
    assert page.open == []
    assert page.text.count("<script>alert(1)</script>") >= len(rows)


def test_a_case_without_a_verdict_shows_why() -> None:
    """A skipped case gives the reason, a failed one the error; neither is shown as a verdict."""
    skipped = Row(case("a"), skipped=Text("no GPU here", "这里没有 GPU"))
    failed = Row(case("b"), error="the effect did not appear")
    text = Page(html.report([skipped, failed])).text
    assert "no GPU here" in text
    assert "这里没有 GPU" in text
    assert "the effect did not appear" in text
    assert "1 skipped" in text
    assert "1 failed" in text
    assert "1 confirmed" not in text


def test_both_languages_are_there() -> None:
    """Title, claim, outcomes and evidence of a case stand on the page in English and in Chinese."""
    known = registry.load("queue-full")
    text = Page(html.report([Row(known, FINDING)])).text
    told = (known.title, known.claim, FINDING.reported.outcome, *FINDING.reported.evidence, FINDING.core.outcome)
    for words in told:
        assert words.en in text
        assert words.zh in text
