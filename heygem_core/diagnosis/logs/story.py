"""The timeline of the reported service as told to a user: stages, who is how far, at what rate, when it would end."""

from __future__ import annotations

from typing import Any

from heygem_core.diagnosis.logs.events import Name
from heygem_core.diagnosis.logs.lines import Line
from heygem_core.diagnosis.logs.redaction import redact
from heygem_core.diagnosis.logs.timeline import Job, Progress, Timeline
from heygem_core.text import Text

_STAGES = {
    Name.ACCEPTED: Text("task accepted", "接受任务"),
    Name.PREPARED: Text("media prepared", "预处理完成"),
    Name.HEARD: Text("audio features", "音频特征完成"),
    Name.MEASURED: Text("face measured", "人脸测量完成"),
    Name.QUEUE: Text("queue started", "队列启动"),
    Name.DRAWN: Text("all frames drawn", "全部帧处理完成"),
    Name.WRITTEN: Text("all frames written", "全部帧写入完成"),
    Name.FULL: Text("queue full", "队列满"),
    Name.FAILED: Text("task failed", "任务失败"),
    Name.DONE: Text("task ended", "任务结束"),
}
_MOST_JOBS = 3
"""Jobs that are told of: the last ones."""


def tell(timeline: Timeline) -> list[Text]:
    """Return the lines of the story, one job after the other; none where the log has no job."""
    jobs = timeline.jobs[-_MOST_JOBS:]
    left_out = len(timeline.jobs) - len(jobs)
    told = [line for job in jobs for line in _job(job)]
    if left_out:
        told.insert(0, Text(f"{left_out} earlier tasks are not shown", f"较早的 {left_out} 个任务未显示"))
    return told


def as_json(timeline: Timeline) -> list[dict[str, Any]]:
    """Return one object per job: task, frames, batch, sent, taken, finished, ahead, rate_fps, eta_s, stages."""
    return [
        {
            "task": redact(job.task) if job.task else None,
            "frames": job.frames,
            "batch": job.batch,
            "sent": _reached(job.sent),
            "taken": _reached(job.taken),
            "finished": _reached(job.finished),
            "ahead": job.ahead,
            "batch_s": job.batch_cost,
            "rate_fps": job.rate,
            "eta_s": job.eta,
            "stages": [
                {"name": str(name), "line": line.number, "seconds": cost} for name, (line, cost) in job.stages.items()
            ],
        }
        for job in timeline.jobs[-_MOST_JOBS:]
    ]


def _reached(progress: Progress) -> int | None:
    return progress.index if progress.seen else None


def _clock(seconds: float | None) -> str:
    if seconds is None:
        return "        "
    whole = int(seconds) % 86400
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def _job(job: Job) -> list[Text]:
    name, size = redact(job.task or "?"), f", {job.frames} frames" if job.frames else ""
    lines = [Text(f"task {name}{size}", f"任务 {name}{f'，共 {job.frames} 帧' if job.frames else ''}")]
    happened = [(*job.stages[stage], words) for stage, words in _STAGES.items() if stage in job.stages]
    told = [(line, Text(words.en + _took(cost).en, words.zh + _took(cost).zh)) for line, cost, words in happened]
    sides = (
        (job.sent, Text("producer sent", "生产者已发送")),
        (job.taken, Text("consumer took", "消费者已取走")),
        (job.finished, Text("consumer finished", "消费者已完成")),
    )
    told += [(side.last, _reached_by(side, words)) for side, words in sides if side.last]
    lines += [_at(line, words) for line, words in sorted(told, key=lambda one: one[0].number)]
    if job.moved:
        lines += [_at(None, Text(f"{words.en} nothing", f"{words.zh}：无")) for side, words in sides if not side.last]
    return [*lines, *_figures(job)]


def _took(cost: float | None) -> Text:
    return Text(f" ({cost:.1f} s)", f"（{cost:.1f} 秒）") if cost is not None else Text("", "")


def _reached_by(side: Progress, words: Text) -> Text:
    return Text(f"{words.en} up to frame {side.index}", f"{words.zh}到第 {side.index} 帧")


def _at(line: Line | None, words: Text) -> Text:
    clock = _clock(line.time if line else None)
    return Text(f"{clock}  {words.en}", f"{clock}  {words.zh}")


def _figures(job: Job) -> list[Text]:
    lines = []
    if job.ahead is not None:
        lines.append(Text(f"the producer is {job.ahead} frames ahead", f"生产者领先 {job.ahead} 帧"))
    if job.batch_cost is not None and job.rate:
        lines.append(
            Text(
                f"{job.batch_cost:.2f} s per batch of {job.batch}, {job.rate:.1f} frames/s",
                f"每批 {job.batch} 帧耗时 {job.batch_cost:.2f} 秒，即 {job.rate:.1f} 帧/秒",
            )
        )
    if job.eta is not None:
        lines.append(Text(f"at this rate it ends {job.eta:.0f} s later", f"照此速度还需 {job.eta:.0f} 秒"))
    return [Text(f"          {line.en}", f"          {line.zh}") for line in lines]
