"""exit-before-report: a writer that leaves after its work and before it tells its result."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from heygem_core.casebook.host import hosted_as
from heygem_core.casebook.model import Case, Finding, Options, Reported, Text
from heygem_core.casebook.probes import core_jobs, exit_report
from heygem_core.casebook.probes.core_jobs import CoreJobs
from heygem_core.casebook.probes.exit_report import FRAMES, Written
from heygem_core.errors import Cause, EffectNotShown

_TIMEOUT_S = 1.0
_REPORTED_TIMEOUT_S = 10.0
_DEADLINE_S = 60.0
_ITEMS = 20
HOW = ("leaves", "reports", "raises")
"""What the writer does once the video is there."""


def run(options: Options) -> Finding:
    """Return what `judge` makes of `watch`."""
    return judge(*watch(options))


def watch(options: Options) -> tuple[dict[str, Written], CoreJobs]:
    """Let a writer end in each way, and one of the core leave before it finishes, all at once."""
    timeout_s = _REPORTED_TIMEOUT_S if options.full else _TIMEOUT_S
    jobs = [{"items": _ITEMS, "task": 1, "leaves": True}, {"items": _ITEMS, "task": 2}]
    with ThreadPoolExecutor(len(HOW) + 1) as pool:
        core = pool.submit(core_jobs.run, jobs)
        seen = {how: pool.submit(_written, how, timeout_s) for how in HOW}
        return {how: future.result() for how, future in seen.items()}, core.result()


def _written(how: str, timeout_s: float) -> Written:
    arguments = {"how": how, "timeout_s": timeout_s}
    return hosted_as(Written, exit_report.written, arguments, deadline_s=_DEADLINE_S + timeout_s)


def judge(seen: Mapping[str, Written], core: CoreJobs) -> Finding:
    """Return the finding; raises `EffectNotShown` naming the first observation that does not fit."""
    for how, one in seen.items():
        if (one.exit_code, one.frames) != (0, FRAMES):
            raise EffectNotShown(f"{how}: the writer should end with code 0 and {FRAMES} frames: {one}")
    if seen["leaves"].reported is not None:
        raise EffectNotShown(f"a writer that leaves first should report nothing: {seen['leaves']}")
    told = {how: seen[how].reported for how in HOW[1:]}
    if [answer is not None and answer[0] for answer in told.values()] != [True, False]:
        raise EffectNotShown(f"success and a failure caught by the try should both be reported: {told}")
    outcome = Text(
        "the video is complete, the writer's exit code 0; the task gets no result in time and takes that for a failure",
        "视频完整，写入进程退出码为 0；任务却未能及时收到结果，因而视为失败",
    )
    reported = Reported(outcome, seen["leaves"].waited_s, _evidence(seen))
    return Finding("refuted", reported, core.recovered(Cause.WORKER_DIED, "write_video", "code 0", _ITEMS))


def _evidence(seen: Mapping[str, Written]) -> tuple[Text, ...]:
    leaves, reports, raises = (seen[how] for how in HOW)
    error = raises.reported[1] if raises.reported is not None else ""
    return (
        Text(
            f"exit(0) before result_queue.put: exit code {leaves.exit_code}, {leaves.frames} of {FRAMES} frames "
            f"decode, and the task gave up after {leaves.waited_s:.1f} s without a result",
            f"在 result_queue.put 之前 exit(0)：退出码 {leaves.exit_code}，可解码 {leaves.frames}/{FRAMES} 帧，"
            f"任务等待 {leaves.waited_s:.1f} 秒仍无结果，于是放弃",
        ),
        Text(
            f"the same writer without exit(0): success, {1000 * reports.waited_s:.1f} ms after its end",
            f"同样的写入进程，去掉 exit(0)：结束后 {1000 * reports.waited_s:.1f} 毫秒报告成功",
        ),
        Text(
            f"an exception in its place: caught and reported ({error}); SystemExit is no Exception, so "
            "neither branch reports",
            f"换成普通异常：被捕获并报告（{error}）；SystemExit 不是 Exception，因此两个分支都不报告",
        ),
    )


CASE = Case(
    name="exit-before-report",
    title=Text("Gone before the report", "未报告先退出"),
    claim=Text(
        "“Video generation failed” means that there is no video",
        "“生成视频失败”说明视频没有生成",
    ),
    source="**生成视频失败",
    run=run,
    mechanism=Text(
        "exit(0) raises SystemExit, which is no Exception: `except Exception` does not see it, and the lines after "
        "it, among them the report of success, never run. Whoever waits for the report times out and calls it a "
        "failure.",
        "exit(0) 抛出 SystemExit，它不是 Exception：`except Exception` 捕获不到，"
        "其后的代码（包括报告成功）都不会执行。等待报告的一方超时，于是判为失败。",
    ),
    cure=Text(
        "report first, then return from the function instead of exiting",
        "先报告，再从函数返回，而不是调用 exit",
    ),
)
