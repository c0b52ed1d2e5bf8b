"""Rules about the service: its queues, its tasks, its input, its speed."""

from __future__ import annotations

import re

from heygem_core.diagnosis.diagnosis import HINTED, IMPLIED, STATED
from heygem_core.diagnosis.logs import speech, tone
from heygem_core.diagnosis.logs.claims_kinds import Claim
from heygem_core.diagnosis.logs.events import Name
from heygem_core.diagnosis.logs.facts import Fact, Kind
from heygem_core.diagnosis.logs.lines import Line
from heygem_core.diagnosis.logs.timeline import Job
from heygem_core.diagnosis.logs.verdicts import Evidence, Verdict, rule, verdict
from heygem_core.errors import Cause
from heygem_core.text import Text

SLOW_FRAME_S = 0.5
"""Seconds per frame above which a consumer is called slow: a healthy one needed 0.11, one on the CPU 1.3 to 3."""
QUEUE_PLACES = 10
"""Batches that the reported queue holds."""
STILL_S = 30.0
"""A service that logs for so long after its last send, and takes nothing, is not about to begin."""
SMOOTH_FPS = 25.0


def _lines(*lines: Line | None) -> tuple[Line, ...]:
    return tuple(line for line in lines if line is not None)


def _stood_still(job: Job) -> bool:
    """Tell whether the log goes on long after the last send although nothing was taken."""
    end = job.last_poll or job.at(Name.FULL)
    last = job.sent.last
    return bool(end and last and end.time and last.time and end.time - last.time >= STILL_S)


@rule(
    "nothing-taken",
    Cause.QUEUE_FULL_NO_CONSUMER,
    "the producer filled the queue, and the consumer took nothing more",
    "生产者填满了队列，消费者没有再取走任何数据",
)
def nothing_taken(evidence: Evidence) -> Verdict | None:
    """Needs: sends until the queue is full, its error or a long silence, and a consumer that does not take.

    Against: the consumer goes on finishing batches; then it is slow. Ten sends in the first second are no sign at all.
    """
    for job in reversed(evidence.jobs):
        full = job.at(Name.FULL)
        filled = job.sent.seen >= QUEUE_PLACES and not job.taken.seen and _stood_still(job)
        if (full is None and not filled) or _goes_on(job):
            continue
        sides = Text(
            f"sent up to frame {job.sent.index}, taken up to {job.taken.index}",
            f"已发送到第 {job.sent.index} 帧，已取走到第 {job.taken.index} 帧",
        )
        notes = (sides,) if job.moved else ()
        lines = _lines(job.sent.last, job.taken.last, full or job.last_poll)
        confidence = STATED if full and job.sent.seen and not job.taken.seen else IMPLIED
        return Verdict(
            Cause.QUEUE_FULL_NO_CONSUMER, confidence, lines, job.order, notes=notes, culprit="audio_transfer"
        )
    return None


def _goes_on(job: Job) -> bool:
    """Tell whether a batch took longer than the last send waited: then nothing was wrong with the consumer but that."""
    full, sent, cost = job.at(Name.FULL), job.waited_after, job.batch_cost
    if not (full and sent and full.time and sent.time and cost and job.finished.seen):
        return False
    return cost >= 0.9 * (full.time - sent.time) > 0


_PYTHONS_QUEUE = re.compile(
    r"(?<!Queue )\bFull\b|IllegalStateException|\bEmpty\b|任务视频驱动队列满|异常信息|final result|生成视频失败|"
    r"result info"
)
"""How the queues of Python, of Java and of the reported service end a job, whatever else is named in the log."""


_MEDIA = re.compile(
    r"(?<![a-z])(?:frames?|videos?|stream\w*|camera|encod\w+|decod\w+|transcod\w+|render\w*|audio|rtsp|rtmp|GPU|"
    r"inference|images?|detect\w*|consum\w+|produc\w+)(?![a-z])|帧|视频|流|音频|显卡|推理|图像|渲染|编码|消费|任务|"
    r"数字人|缓冲|屏|直播",
    re.IGNORECASE | re.ASCII,
)
"""What goes through a pipeline of media; the queues of anything else say nothing about one."""
_BROKER = re.compile(
    r"celery|kombu|mq\b|kafka|sidekiq|resque|hangfire|bullmq|\brq\b|redis|nsq|sqs|otel|otlp|telemetry|fluent|logstash|"
    r"filebeat|syslog|log|QueueFull|RejectedExecution|ThreadPoolExecutor|nginx|puma|accept queue|listen queue",
    re.IGNORECASE | re.ASCII,
)


def _of_the_pipeline(evidence: Evidence, facts: list[Fact]) -> list[Fact]:
    """Return those of ``facts`` about queues that are not evidently about other software's queues."""
    others = evidence.facts.of(Kind.OTHERS_QUEUE)
    media = any(_MEDIA.search(line.text) for line in (*(fact.line for fact in facts), *_prose(evidence)))
    if not any(_BROKER.search(fact.words) for fact in others) and (media or not others):
        # What a program prints of its queue is of its pipeline; what a person calls full may be any queue.
        return [fact for fact in facts if media or fact.kind is Kind.QUEUE_EMPTY or not _by_person(fact)]
    lines = {fact.line for fact in others}
    return [fact for fact in facts if fact.line not in lines and _PYTHONS_QUEUE.search(fact.words)]


def _by_person(fact: Fact) -> bool:
    """Tell whether a person says ``fact``, also as a report's title."""
    return fact.told or (fact.line.number == 1 and speech.may_be_prose(fact.line))


def _prose(evidence: Evidence) -> list[Line]:
    return [line for line, _ in evidence.material.prose]


@rule(
    "put-timed-out",
    Cause.QUEUE_FULL_NO_CONSUMER,
    "a put timed out",
    "put 超时",
)
def put_timed_out(evidence: Evidence) -> Verdict | None:
    """Needs: queue.Full or a message about a full queue; in any other words than Python's it is a hint, for software of
    any kind has queues. Against: anything deeper, by the ranking; a good end; a queue of a broker or a
    logger; another trouble, where it is said in other words."""
    facts = _of_the_pipeline(evidence, evidence.facts.of(Kind.QUEUE_FULL))
    if not facts or evidence.done_after(facts[-1].order):
        return None
    stated = any(not fact.told and _PYTHONS_QUEUE.search(fact.words) for fact in facts)
    if not stated and evidence.facts.has(Kind.ELSEWHERE):
        return None
    return verdict(Cause.QUEUE_FULL_NO_CONSUMER, IMPLIED if stated else HINTED, facts)


@rule(
    "get-timed-out",
    Cause.QUEUE_EMPTY_NO_PRODUCER,
    "a get timed out, and the stage before it had delivered nothing",
    "get 超时，前一阶段没有送出任何数据",
)
def get_timed_out(evidence: Evidence) -> Verdict | None:
    """Needs: queue.Empty, an error without text, or no final result; a person's own words are a hint.

    Against: a job that ended well afterwards.
    """
    facts = _of_the_pipeline(evidence, evidence.facts.of(Kind.QUEUE_EMPTY, Kind.NO_RESULT))
    if not facts or evidence.done_after(facts[-1].order):
        return None
    stated = any(fact.kind is Kind.QUEUE_EMPTY and not fact.told for fact in facts)
    theory = all(fact.told and not _PYTHONS_QUEUE.search(fact.words) for fact in facts)
    return verdict(Cause.QUEUE_EMPTY_NO_PRODUCER, STATED if stated else HINTED if theory else IMPLIED, facts)


@rule(
    "large-cost",
    Cause.SLOW_CONSUMER,
    "all sides advance, each batch at a large cost",
    "各方都在推进，但每批耗时很长",
)
def large_cost(evidence: Evidence) -> Verdict | None:
    """Needs: three finished batches at more than half a second per frame. Against: a first batch, which loads models;
    a producer that is ahead, which is as it should be."""
    for job in reversed(evidence.jobs):
        cost = job.batch_cost
        if (
            cost is None
            or not job.batch
            or cost / job.batch <= SLOW_FRAME_S
            or (job.has(Name.FULL) and not _goes_on(job))
        ):
            continue
        note = Text(f"{cost:.1f} s per batch of {job.batch} frames", f"每批 {job.batch} 帧耗时 {cost:.1f} 秒")
        lines = _lines(job.finished.first, job.finished.last)
        return Verdict(
            Cause.SLOW_CONSUMER, IMPLIED, lines, job.order, notes=(note,), culprit="audio_transfer", ends=False
        )
    return None


def _fps(fact: Fact) -> float:
    if "fps" in fact.what:
        return float(fact.what["fps"])
    return float(fact.what["frames"]) / max(float(fact.what["seconds"]), 1e-3)


@rule(
    "said-to-be-slow",
    Cause.SLOW_CONSUMER,
    "the user says that it is slow, and nothing stands still",
    "用户反映速度慢，且没有停住的环节",
)
def said_to_be_slow(evidence: Evidence) -> Verdict | None:
    """Needs: a person who calls it slow; better with logged frame rates below the video's; or
    speech that is slower than it would be spoken.

    Against: it hangs; an error; the frame rates are fine; it is a broker's jobs that are slow.
    """
    if any(tone.fast(line.text) for line in _prose(evidence)):
        return None
    slow, few = evidence.claims(Claim.SLOW, Claim.GPU_LOW, Claim.PAUSES), evidence.claims(Claim.LOW_FPS)
    if evidence.facts.has(Kind.OTHERS_QUEUE) and not evidence.gpu_wanted:
        return None
    rates = evidence.facts.of(Kind.FPS)
    if evidence.gpu_wanted or rates or few:
        # A player that drifts is not a pipeline that is too slow for it.
        slow += evidence.claims(Claim.OUT_OF_SYNC)
    slow = [told for told in slow if not tone.warming_up(told.sentence)]
    low = [fact for fact in rates if _fps(fact) < SMOOTH_FPS]
    behind = evidence.facts.of(Kind.BEHIND)
    if not (slow or few or behind) or evidence.facts.has(
        Kind.ERROR, Kind.ELSEWHERE, Kind.QUEUE_FULL, Kind.QUEUE_EMPTY, Kind.TASK_FAILED
    ):
        return None
    ending = {told.sentence for told in evidence.claims(Claim.PAUSES)}
    if any(told.sentence not in ending for told in evidence.claims(Claim.HANGS)) and not (rates or few):
        return None
    lines = _lines(*(told.line for told in (*slow[:1], *few[:1])), *(fact.line for fact in (*low[:1], *behind[:1])))
    return Verdict(
        Cause.SLOW_CONSUMER, IMPLIED if low else HINTED, tuple(dict.fromkeys(lines)), 0, ends=False, told=True
    )


_OTHERS = re.compile(
    r"\b(?:jobs|tasks|requests|prompts|operations|queue|others?|pending|cancel\w*|delet\w*|remov\w*|interrupt\w*)\b|"
    r"排队|"
    r"队列|其他|别的|取消",
    re.IGNORECASE | re.ASCII,
)
"""One task that does not get on may have any reason; several, or one that cannot be cancelled, have this one."""


_WAITING = re.compile(r"\b(?:queued|in (?:the )?queue|pending|waiting|todo)\b|排队|等待", re.IGNORECASE | re.ASCII)
_RUNNING = re.compile(
    r"\b(?:processing|running|in[_ -]?progress|busy|executing|active|locked|claimed|reserved|cancel\w*)\b|"
    r"处理中|进行中|运行中|制作中|占用|取消",
    re.IGNORECASE | re.ASCII,
)


def _merely_waits(sentence: str) -> bool:
    """Tell whether what keeps its state waits: that says only that nobody takes it, not what is in the way."""
    return bool(_WAITING.search(sentence)) and not _RUNNING.search(sentence)


@rule(
    "earlier-task",
    Cause.STALE_TASK_STATE,
    "an earlier task ended badly, and the next one found its place taken",
    "前一个任务异常结束，后面的任务发现位置仍被占用",
)
def earlier_task(evidence: Evidence) -> Verdict | None:
    """Needs: an earlier task of the same service that failed, was cancelled or deleted, or worked while the next
    stands still; a service that says it is busy. Against: the service was started anew in between; a broker's jobs that
    nobody takes, where nothing ended before; a task that merely waits."""
    stuck = [
        job
        for job in evidence.jobs
        if job.has(Name.FULL) or (job.sent.seen and not job.taken.seen and _stood_still(job))
    ]
    for job in stuck:
        before = [one for one in evidence.jobs if one.order < job.order and one is not job]
        since = max((one.order for one in before), default=0)
        if before and not any(since < restart <= job.order for restart in evidence.material.timeline.restarts):
            bad = [one for one in before if one.has(Name.FULL, Name.FAILED)]
            lines = _lines((bad or before)[-1].at(Name.FULL) or (bad or before)[-1].at(Name.FAILED), job.at(Name.FULL))
            return Verdict(Cause.STALE_TASK_STATE, IMPLIED if bad else HINTED, lines, job.order)
    return _told_of_earlier_task(evidence, stuck)


def _told_of_earlier_task(evidence: Evidence, stuck: list[Job]) -> Verdict | None:
    claims = evidence.claims(Claim.OLD_TASK, Claim.SECOND_STUCK)
    kept, left = evidence.claims(Claim.TASK_STUCK), evidence.claims(Claim.LEFT_OVER)
    if evidence.facts.has(Kind.OTHERS_QUEUE) and not left:
        return None
    kept_lines = tuple(dict.fromkeys(told.line for told in (*kept[:1], *left[:1])))
    if kept and left:
        return Verdict(Cause.STALE_TASK_STATE, IMPLIED, kept_lines, 0, told=True)
    symptoms = (
        bool(stuck)
        or evidence.claimed(Claim.HANGS)
        or evidence.facts.has(Kind.BUSY, Kind.QUEUE_FULL, Kind.NO_SUCH_TASK, Kind.BLOCKED_RESTART, Kind.NO_RESULT)
    )
    if busy := evidence.facts.of(Kind.BUSY):
        return verdict(Cause.STALE_TASK_STATE, IMPLIED if claims else HINTED, busy)
    if claims and (symptoms or evidence.claimed(Claim.OLD_TASK)):
        confidence = IMPLIED if symptoms or kept else HINTED
        return Verdict(Cause.STALE_TASK_STATE, confidence, tuple(told.line for told in claims[:2]), 0, told=True)
    if any(_OTHERS.search(told.sentence) for told in kept) and not all(_merely_waits(told.sentence) for told in kept):
        return Verdict(Cause.STALE_TASK_STATE, HINTED, kept_lines, 0, told=True)
    return None
