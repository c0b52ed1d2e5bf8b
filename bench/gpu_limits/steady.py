"""From which run on a series is steady, and what the GPU did in that window, as far as the driver tells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median

from heygem_core.bench.gpu import between, block
from heygem_core.runtime.nvml import GpuSample
from heygem_core.runtime.session import CPU
from heygem_core.text import Text

WINDOW = 10
STEADY = 0.02
"""A series is steady where the medians of two successive windows differ by less; the rule of `bench.arm.model`."""
AVERAGED_S = 1.0
"""The driver's figure is a mean over up to this long before its reading: so much of a window belongs to what was."""


def first_steady(seconds: Sequence[float]) -> int | None:
    """Return the first run of the first steady window; None when the series never is."""
    for start in range(len(seconds) - 2 * WINDOW + 1):
        before, after = median(seconds[start : start + WINDOW]), median(seconds[start + WINDOW : start + 2 * WINDOW])
        if abs(after - before) < STEADY * before:
            return start
    return None


@dataclass(frozen=True)
class Usage:
    """What one GPU did in a window: shares in 0..1, clocks in MHz, power in watts; None where the driver is silent."""

    readings: int
    seconds: float
    utilization: float | None
    """Anybody's."""
    ours: float | None
    """Of our processes alone, the mean over readings in which the driver named them; a driver in a container rarely
    does, and a MIG instance never."""
    sm_clock_min: int | None
    sm_clock_max: int | None
    throttle: int | None
    """Reasons to slow down that were seen, bits of nvmlClocksEventReasons; idle and set clocks are none."""
    power: float | None

    @property
    def rate_hz(self) -> float:
        """Readings per second."""
        return (self.readings - 1) / self.seconds if self.seconds > 0 else 0.0


def usage(samples: Sequence[GpuSample], device: int, began_s: float, ended_s: float) -> Usage | None:
    """Return what ``device`` did between two moments of ``time.monotonic``, its first `AVERAGED_S` left out.

    None without a reading in that window.
    """
    ends = (int((began_s + AVERAGED_S) * 1e9), int(ended_s * 1e9))
    own = [sample for sample in samples if sample.device == device]
    seen, mean = between(own, *ends), block(own, *ends)
    if mean is None:
        return None
    clocks = [sample.sm_clock for sample in seen if sample.sm_clock is not None]
    shares = [sample.tree.utilization for sample in seen if sample.tree is not None]
    told = [share / 100 for share in shares if share is not None]
    return Usage(
        readings=len(seen),
        seconds=seen[-1].seconds - seen[0].seconds,
        utilization=mean.utilization,
        ours=fmean(told) if told else None,
        sm_clock_min=min(clocks, default=None),
        sm_clock_max=max(clocks, default=None),
        throttle=mean.throttle,
        power=mean.power,
    )


@dataclass(frozen=True)
class Verdict:
    """Whether the GPU worked; ``passed`` is None where the driver does not tell, which is no success."""

    passed: bool | None
    said: Text


def judge(used: Usage | None, frames: int, applied: str, least: float) -> Verdict:
    """Say whether the GPU was busy for the share ``least`` while ``frames`` came out of a session on ``applied``.

    Memory in use on the GPU is no evidence and not asked for.
    """
    if applied == CPU:
        said = Text(
            f"silent-cpu-fallback: {frames} frames were drawn by a session on {CPU}",
            f"silent-cpu-fallback：{frames} 帧由运行在 {CPU} 上的会话生成",
        )
        return Verdict(False, said)
    if frames == 0:
        return Verdict(None, Text("no frames flowed, so an idle GPU says nothing", "没有帧流过，GPU 空闲说明不了什么"))
    if used is None or used.utilization is None:
        said = Text(
            "the driver tells no utilization here (a MIG instance, or not supported)",
            "驱动在此处不提供利用率（MIG 实例，或不支持）",
        )
        return Verdict(None, said)
    if used.utilization == 0:
        said = Text(
            f"silent-cpu-fallback: {frames} frames flowed and no kernel ran, though the session says {applied}",
            f"silent-cpu-fallback：{frames} 帧流过而没有任何内核运行，尽管会话声称在 {applied} 上",
        )
        return Verdict(False, said)
    if used.ours == 0:
        said = Text(
            f"silent-cpu-fallback: the GPU was busy to {used.utilization:.0%}, with other processes than ours",
            f"silent-cpu-fallback：GPU 利用率 {used.utilization:.0%}，但都来自其他进程",
        )
        return Verdict(False, said)
    said = Text(
        f"a kernel ran in {used.utilization:.1%} of the window, asked are {least:.0%}",
        f"窗口内 {used.utilization:.1%} 的时间有内核在运行，要求 {least:.0%}",
    )
    return Verdict(used.utilization >= least, said)
