"""What others do with the same traces: the design's negative controls, which must raise false alarms where it does not.

Each rule takes an experiment's replicates and says whether it would call them different. They are our own short
versions of common rules, to show what the design is for; the rates of real tools are measured in `peers`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import fmean, median

from scipy import stats

from heygem_core.bench.schema import Replicate

ALPHA = 0.05
_LIMIT = 0.05

Rule = Callable[[Sequence[Replicate]], bool]


def _runs(replicates: Sequence[Replicate], second: bool) -> list[int]:
    """Return all latencies of one arm."""
    return [took for replicate in replicates for runs in per_process([replicate], second) for took in runs]


def per_process(replicates: Sequence[Replicate], second: bool) -> list[list[int]]:
    """Return the latencies of one arm, process by process."""
    found = []
    for replicate in replicates:
        arm = replicate.candidate if second else replicate.base
        blocks = [block for quad in replicate.quads for block in quad.blocks if block.arm == arm]
        found.append([took for block in blocks for took in block.runs_ns])
    return found


def frames_are_samples(replicates: Sequence[Replicate]) -> bool:
    """Welch's t-test on all frames pooled, as if each were a sample of its own."""
    return bool(stats.ttest_ind(_runs(replicates, False), _runs(replicates, True), equal_var=False).pvalue < ALPHA)


def mean_within_five_per_cent(replicates: Sequence[Replicate]) -> bool:
    """Compare the means of all frames of one process each with a limit of five per cent, whatever the spread."""
    first, second = fmean(_runs(replicates[:1], False)), fmean(_runs(replicates[-1:], True))
    return second > first * (1 + _LIMIT) or first > second * (1 + _LIMIT)


def one_after_the_other(replicates: Sequence[Replicate]) -> bool:
    """Welch's t-test on process medians, without turns: A from the first half of the time, B from the second."""
    half = len(replicates) // 2
    before = [median(runs) for runs in per_process(replicates[:half], False)]
    after = [median(runs) for runs in per_process(replicates[half:], True)]
    return bool(stats.ttest_ind(before, after, equal_var=False).pvalue < ALPHA)


def rank_test_on_frames(replicates: Sequence[Replicate]) -> bool:
    """Mann and Whitney's test on the frames of one process each: what comparing two files of repetitions does."""
    first, second = _runs(replicates[:1], False), _runs(replicates[:1], True)
    return bool(stats.mannwhitneyu(first, second).pvalue < ALPHA)


RULES: dict[str, Rule] = {
    "frames as samples (Welch)": frames_are_samples,
    "no turns (Welch on processes)": one_after_the_other,
    "one process each, mean 5 %": mean_within_five_per_cent,
    "one process each, U test on frames": rank_test_on_frames,
}
