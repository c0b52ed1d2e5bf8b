"""What a comparison says, in plain words."""

from __future__ import annotations

import math
from collections.abc import Sequence

from heygem_core.bench.metrics import LARGER_IS_BETTER
from heygem_core.bench.report import labels
from heygem_core.bench.schema_comparison import Comparison, Verdict
from heygem_core.text import Text

_NOBODY_KNOWS = Text("no figure yet", "尚无数据")


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
    return f"{share:.2f} %" if share < 1 else f"{share:.1f} %"


def amount(shift: float, metric: str) -> Text:
    """Return e.g. "4.2 % slower" for a harm of ``shift``."""
    words = labels.metric(metric)
    # A throughput's own change is the other way round, and so is its percentage.
    own = -shift if metric in LARGER_IS_BETTER else shift
    return _filled(words.worse if shift > 0 else words.better, percent(own))


def sentence(comparison: Comparison) -> Text:
    """Return the verdict as a sentence without its subject, which the row names."""
    if comparison.verdict == "invalid":
        return _joined(Text("no verdict", "不作结论"), comparison)
    if comparison.ratio is None:
        return _joined(_NOBODY_KNOWS, comparison)
    estimate = amount(harm(comparison.ratio, comparison.metric), comparison.metric)
    match comparison.verdict:
        case "equivalent":
            within = f"{100 * comparison.margin:g} %"
            return Text(f"the same within {within} ({estimate.en})", f"差别在 {within} 以内（{estimate.zh}）")
        case "inconclusive":
            words = Text(f"not decided ({estimate.en})", f"未能判定（{estimate.zh}）")
            return _joined(words, comparison)
        case _:
            return estimate


def between(comparison: Comparison) -> Text:
    """Return the interval in words: "3.1 % to 5.3 % slower", "0.3 % faster to 2.1 % slower"."""
    ends = interval(comparison)
    if ends is None:
        return Text("not bounded", "无界")
    low, high = (amount(end, comparison.metric) for end in ends)
    if ends[0] > 0 or ends[1] < 0:
        near, far = sorted(ends, key=abs)
        own = [percent(-end if comparison.metric in LARGER_IS_BETTER else end) for end in (near, far)]
        words = labels.metric(comparison.metric).worse if ends[0] > 0 else labels.metric(comparison.metric).better
        return Text(words.en.replace("{}", f"{own[0]} to {own[1]}"), words.zh.replace("{}", f"{own[0]} 到 {own[1]}"))
    return Text(f"{low.en} to {high.en}", f"{low.zh} 到 {high.zh}")


def headline(base: str, gated: Sequence[Comparison]) -> tuple[Verdict, Text]:
    """Return the worst verdict of one candidate's gated comparisons, and what they say together; one at least."""
    counts = {verdict: sum(one.verdict == verdict for one in gated) for verdict in labels.VERDICTS}
    worst = next(verdict for verdict, count in counts.items() if count)
    total = len(gated)
    parts = [(verdict, count) for verdict, count in counts.items() if count]
    if len(parts) == 1:
        return worst, _ALL[worst](base, total)
    told = [_SOME[verdict](count) for verdict, count in parts]
    en = ", ".join(text.en for text in told)
    return worst, Text(
        f"{en[0].upper()}{en[1:]} of {total} against {base}", f"与 {base} 相比的 {total} 项中，{'，'.join(text.zh for text in told)}"
    )


_SOME = {
    "regressed": lambda count: Text(f"worse in {count}", f"{count} 项更差"),
    "invalid": lambda count: Text(f"no verdict in {count}", f"{count} 项不作结论"),
    "inconclusive": lambda count: Text(f"not decided in {count}", f"{count} 项未定"),
    "improved": lambda count: Text(f"better in {count}", f"{count} 项更好"),
    "equivalent": lambda count: Text(f"the same in {count}", f"{count} 项相当"),
}
_ALL = {
    "regressed": lambda base, total: Text(f"Worse than {base} in all {total}", f"全部 {total} 项都比 {base} 差"),
    "invalid": lambda base, total: Text(
        f"No verdict against {base} in any of {total}", f"与 {base} 的全部 {total} 项均不作结论"
    ),
    "inconclusive": lambda base, total: Text(
        f"Not decided against {base} in any of {total}", f"与 {base} 的全部 {total} 项均未能判定"
    ),
    "improved": lambda base, total: Text(f"Better than {base} in all {total}", f"全部 {total} 项都比 {base} 好"),
    "equivalent": lambda base, total: Text(
        f"The same as {base} in all {total}", f"全部 {total} 项与 {base} 相当"
    ),
}


def _joined(words: Text, comparison: Comparison) -> Text:
    if comparison.reason is None:
        return words
    return Text(f"{words.en}: {comparison.reason}", f"{words.zh}：{comparison.reason}")


def _filled(words: Text, value: str) -> Text:
    return Text(words.en.replace("{}", value), words.zh.replace("{}", value))
