"""What a comparison says, in plain words."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from heygem_core.bench.metrics import LARGER_IS_BETTER
from heygem_core.bench.report import labels
from heygem_core.bench.schema_comparison import Comparison, Verdict
from heygem_core.bench.verdict import judge
from heygem_core.text import Text


def harm(ratio: float, metric: str) -> float:
    """Return ln of how much worse ``ratio`` of ``metric`` is: above 0 is slower, more memory, lower throughput."""
    return -math.log(ratio) if metric in LARGER_IS_BETTER else math.log(ratio)


def interval(comparison: Comparison) -> tuple[float, float] | None:
    """Return the ends of the interval as harm, lower first; None where an end is not bounded."""
    low, high = comparison.ci
    if low is None or high is None:
        return None
    ends = sorted(harm(end, comparison.metric) for end in (low, high))
    return ends[0], ends[1]


def percent(shift: float) -> str:
    """Return by how much a ratio of e to the ``shift`` is off 1, without its sign: "4.2 %", or "×15" from double on."""
    ratio = math.exp(abs(shift))
    if ratio >= 2:
        return f"×{ratio:.2g}" if ratio < 100 else f"×{ratio:.0f}"
    share = 100 * (ratio - 1 if shift > 0 else 1 - 1 / ratio)
    return f"{share:.2f}\u00a0%" if share < 1 else f"{share:.1f}\u00a0%"


def amount(shift: float, metric: str) -> Text:
    """Return e.g. "4.2 % slower" for a harm of ``shift``."""
    words = labels.metric(metric).worse if shift > 0 else labels.metric(metric).better
    return Text(*(said.replace("{}", _off(shift, metric)) for said in (words.en, words.zh)))


def sentence(comparison: Comparison) -> Text:
    """Return the verdict as a sentence without its subject, which the row names."""
    match comparison.verdict:
        case "invalid":
            return Text("no verdict", "不作判定")
        case "equivalent":
            within = f"{100 * comparison.margin:g}\u00a0%"
            return Text(f"the same within {within}", f"差别在 {within} 以内")
        case "inconclusive":
            return Text("undecided", "未定")
        case _:
            return estimate(comparison) or Text("–", "–")


def estimate(comparison: Comparison) -> Text | None:
    """Return the difference that is most likely, None before the first look."""
    if comparison.ratio is None:
        return None
    return amount(harm(comparison.ratio, comparison.metric), comparison.metric)


def details(comparison: Comparison) -> list[Text]:
    """Return what the sentence leaves out: the estimate and, where the interval does not show it, the reason."""
    differs = comparison.verdict in {"regressed", "improved"}
    return [text for text in (None if differs else estimate(comparison), reason(comparison)) if text is not None]


def reason(comparison: Comparison) -> Text | None:
    """Return why there is no decision, None where the interval beside it says so already."""
    ends = interval(comparison)
    if comparison.verdict == "inconclusive" and ends and judge(*ends, comparison.margin) == "inconclusive":
        return None
    return comparison.reason


def between(comparison: Comparison) -> Text:
    """Return the interval in words: "3.1 % to 5.3 % worse", "0.3 % better to 2.1 % worse"."""
    ends = interval(comparison)
    if ends is None:
        return Text("not bounded", "无界")
    near, far = sorted(ends, key=abs)
    if near * far <= 0:
        low, high = (_off(end, comparison.metric) for end in ends)
        return Text(f"{low} better to {high} worse", f"好 {low} 到差 {high}")
    first, last = _off(near, comparison.metric), _off(far, comparison.metric)
    if far > 0:
        return Text(f"{first} to {last} worse", f"差 {first} 到 {last}")
    return Text(f"{first} to {last} better", f"好 {first} 到 {last}")


def _off(shift: float, metric: str) -> str:
    # A throughput's own change is the other way round, and so is its percentage.
    return percent(-shift if metric in LARGER_IS_BETTER else shift)


def headline(gated: Sequence[Comparison]) -> tuple[Verdict, Text, Text]:
    """Return of one candidate's gated comparisons the worst verdict, what matters most, and the rest; one at least."""
    counts = Counter(one.verdict for one in gated)
    worst = next(verdict for verdict in labels.VERDICTS if counts[verdict])
    told = [(words, counts[verdict]) for verdict, words in _COUNTED.items() if counts[verdict]]
    (first, count), rest = told[0], told[1:]
    total = len(gated)
    en, zh = (f"{count} of {total}", f"{total} 项中 {count}") if rest else (f"all {total}", f"全部 {total}")
    return (
        worst,
        Text(first.en.format(en), first.zh.format(zh)),
        Text(
            ", ".join(words.en.format(some) for words, some in rest),
            "，".join(words.zh.format(some) for words, some in rest),
        ),
    )


_COUNTED: dict[Verdict, Text] = {
    "regressed": Text("worse in {}", "{} 项更差"),
    "improved": Text("better in {}", "{} 项更好"),
    "equivalent": Text("the same in {}", "{} 项相当"),
    "inconclusive": Text("undecided in {}", "{} 项未定"),
    "invalid": Text("no verdict in {}", "{} 项无效"),
}
