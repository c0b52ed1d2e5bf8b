"""A verdict in words: who is worse, by how much, and how sure that is, in both languages."""

from __future__ import annotations

from dataclasses import replace

import pytest

from heygem_core.bench.metrics import METRICS
from heygem_core.bench.report import labels, sentences
from heygem_core.bench.schema_comparison import Comparison, Verdict
from heygem_core.bench.verdict import judge
from heygem_core.text import Text
from tests.bench import samples


def comparison(
    verdict: Verdict, ratio: float | None, ci: tuple[float | None, float | None], **more: object
) -> Comparison:
    """Return a comparison with this outcome, of p50 with a margin of 1 % unless ``more`` says otherwise."""
    return replace(samples.COMPARISON, verdict=verdict, ratio=ratio, ci=ci, **more)  # type: ignore[arg-type]


def plain(text: Text | None) -> tuple[str, str]:
    """Return both languages with ordinary spaces."""
    assert text is not None
    return text.en.replace("\u00a0", " "), text.zh.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("metric", "ratio", "words"),
    [
        ("p50", 1.042, ("4.2 % slower", "慢 4.2 %")),
        ("p50", 0.958, ("4.2 % faster", "快 4.2 %")),
        ("throughput", 0.958, ("4.2 % lower throughput", "吞吐量低 4.2 %")),
        ("throughput", 1.042, ("4.2 % higher throughput", "吞吐量高 4.2 %")),
        ("rss", 1.005, ("0.50 % more memory", "内存多用 0.50 %")),
        ("p50", 15.0, ("×15 slower", "慢 ×15")),
        ("made-up", 1.1, ("10.0 % more made-up", "made-up 多 10.0 %")),
    ],
)
def test_a_difference_is_told_in_the_metrics_own_terms(metric: str, ratio: float, words: tuple[str, str]) -> None:
    """A latency of 1.042 is 4.2 % slower, a throughput of 0.958 is 4.2 % lower; a factor from double on."""
    assert plain(sentences.amount(sentences.harm(ratio, metric), metric)) == words


def test_every_metric_has_its_words() -> None:
    """No metric that can be measured is shown by its bare name."""
    assert set(labels.METRICS) == set(METRICS)


def test_an_interval_is_told_from_its_nearer_end() -> None:
    """Both ends on one side share their word; across zero each has its own; the metric's direction does not matter."""
    assert plain(sentences.between(comparison("regressed", 1.04, (1.031, 1.053))))[0] == "3.1 % to 5.3 % worse"
    assert plain(sentences.between(comparison("improved", 0.96, (0.95, 0.97))))[0] == "3.0 % to 5.0 % better"
    across = comparison("inconclusive", 1.01, (0.997, 1.021), metric="p50")
    assert plain(sentences.between(across)) == ("0.30 % better to 2.1 % worse", "好 0.30 % 到差 2.1 %")
    throughput = comparison("inconclusive", 1.01, (0.979, 1.003), metric="throughput")
    assert plain(sentences.between(throughput))[0] == "0.30 % better to 2.1 % worse"
    assert sentences.between(comparison("inconclusive", 1.0, (None, None))).en == "not bounded"


def test_a_reason_is_told_where_the_interval_does_not_show_it() -> None:
    """An interval across the margin needs no words; one beyond it that is inconclusive all the same does."""
    reason = Text("not confirmed", "未证实")
    assert judge(-0.01, 0.05, 0.01) == "inconclusive"
    assert sentences.reason(comparison("inconclusive", 1.02, (0.99, 1.05), reason=reason)) is None
    assert sentences.reason(comparison("inconclusive", 1.04, (1.03, 1.05), reason=reason)) == reason
    assert sentences.reason(comparison("invalid", 1.0, (0.99, 1.05), reason=reason)) == reason
    early = comparison("inconclusive", None, (None, None), reason=reason)
    assert sentences.details(early) == [reason]


def test_the_estimate_stands_beside_a_verdict_that_does_not_tell_it() -> None:
    """A regression is told by its size; what is the same within the margin tells the margin, and the size beside it."""
    assert plain(sentences.sentence(comparison("regressed", 1.04, (1.03, 1.05))))[0] == "4.0 % slower"
    same = comparison("equivalent", 1.002, (0.999, 1.005))
    assert plain(sentences.sentence(same)) == ("the same within 1 %", "差别在 1 % 以内")
    assert [plain(text)[0] for text in sentences.details(same)] == ["0.20 % slower"]


def test_the_headline_counts_everything_and_begins_with_what_matters() -> None:
    """Worse before better before the same; the sign is the worst verdict; the counts add up to all."""
    verdicts: list[Verdict] = ["equivalent", "improved", "regressed", "equivalent", "inconclusive", "invalid"]
    worst, first, rest = sentences.headline([comparison(one, 1.0, (0.9, 1.1)) for one in verdicts])
    assert worst == "regressed"
    assert first == Text("worse in 1 of 6", "6 项中 1 项更差")
    assert rest.en == "better in 1, the same in 2, undecided in 1, no verdict in 1"
    assert rest.zh == "1 项更好，2 项相当，1 项未定，1 项无效"
    worst, first, rest = sentences.headline([comparison("equivalent", 1.0, (0.999, 1.001))] * 3)
    assert (worst, first.en, first.zh, rest.en) == ("equivalent", "the same in all 3", "全部 3 项相当", "")
