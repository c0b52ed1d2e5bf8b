"""Logs of the reported service, and of servers that start workers, as they would write them."""

from __future__ import annotations

from heygem_core.errors import Cause
from tests.diagnosis.logs.sample import Sample

FULL_LINE = "任务视频驱动队列满，严重阻塞，下游队列异常"


def stamp(seconds: float) -> str:
    """Return the service's time for ``seconds`` after ten o'clock."""
    return f"2026-04-02 10:{int(seconds) // 60:02d}:{int(seconds) % 60:02d},{int(seconds * 1000) % 1000:03d}"


def said(seconds: float, words: str, who: str = "process.py", line: int = 108, level: str = "INFO") -> str:
    """Return a line as the service's logger writes it."""
    return f"[{stamp(seconds)}] [{who}[line:{line}]] [{level}] [{words}]"


def accepted(task: str, at: float = 0) -> list[str]:
    """Return the lines from the start of the service's task to its queue."""
    return [
        said(at, f"任务:{task} -> audio_url:./a.wav  video_url:./v.mp4", "run.py"),
        said(at + 1, f"[{task}] -> 预处理耗时:0.42s", "run.py"),
        said(at + 3, f"[{task}] -> get_aud_feat1 cost:1.9s", "run.py"),
        said(at + 9, f"[{task}]init_wh result :[0.91]， cost: 6.1 s"),
        said(at + 10, f"[{task}]任务视频驱动队列启动 batch_size:4, len:200"),
    ]


def sends(first: int, last: int, at: float, apart: float = 0.02) -> list[str]:
    """Return the producer's lines for the batches that end with frames ``first`` to ``last``."""
    return [
        said(at + number * apart, f"drivered_video >>>>>>>>>>>>>>>>>>>> 发送数据大小:[4], current_idx:{index}")
        for number, index in enumerate(range(first, last + 1, 4))
    ]


def works(first: int, last: int, at: float, cost: float) -> list[str]:
    """Return the consumer's and producer's lines while batches ``first`` to ``last`` take ``cost`` seconds each."""
    lines = []
    for number, index in enumerate(range(first, last + 1, 4)):
        begin = at + number * cost
        lines += [
            said(begin, f">>> audio_transfer get message:{index}"),
            said(begin + 0.01, f"drivered_video >>>>>>>>>>>>>>>>>>>> 发送数据大小:[4], current_idx:{index + 44}"),
            said(begin + cost, f"audio_transfer >>>>>>>>>>> 发送完成数据大小:4, frameId:{index}, cost:{cost}s"),
        ]
    return lines


def failed(at: float) -> str:
    """Return the producer's last word."""
    return said(at, f"[1004]{FULL_LINE}", level="ERROR")


def text(*parts: list[str] | str) -> str:
    """Return the lines of ``parts`` as one log."""
    return "\n".join(line for part in parts for line in ([part] if isinstance(part, str) else part))


FINISHED = [
    said(95, ">>> audio_transfer get exception msg:-1"),
    said(95.1, "[1004]任务数字人图片处理已完成"),
    said(96, "Custom VideoWriter [1004]视频帧队列处理已结束", "run.py"),
    said(99, ">>> 任务:1004 耗时:98.9 ", "run.py"),
]

EMPTY_QUEUE = """
Traceback (most recent call last):
  File "trans_dh_service.py", line 1257, in trans_dh_service.TransDhTask.work
  File "/usr/lib/python3.8/multiprocessing/queues.py", line 108, in get
    raise Empty
_queue.Empty
"""


def polls(task: str, at: float, count: int) -> list[str]:
    """Return the lines of a client that asks for the state of ``task`` every two seconds."""
    asked = f'<ip> - - "GET /easy/query?code={task} HTTP/1.1" 200 -'
    return [said(at + 2 * number, asked, "_internal.py", 96) for number in range(count)]


def boots(apart: float) -> str:
    """Return the lines of a server that starts nine workers, ``apart`` seconds one after the other."""
    return "\n".join(
        f"[{stamp((number - 7) * apart)[:19]} +0000] [{number}] [INFO] Booting worker with pid: {number}"
        for number in range(7, 16)
    )


def generated() -> list[Sample]:
    """Return the logs that are made here."""
    begun, filled = accepted("1004"), sends(4, 40, 10)
    full, slow = Cause.QUEUE_FULL_NO_CONSUMER, Cause.SLOW_CONSUMER
    taken = said(10.1, ">>> audio_transfer get message:4")
    bad_video = said(1, "[1004]预处理失败，异常信息:[format video error]", "run.py", level="ERROR")
    unanswered = said(14, "[1004]任务执行失败，异常信息:[]", "run.py", level="ERROR")
    no_face = said(3, "[1004]任务执行失败，异常信息:[未检测到人脸]", level="ERROR")
    failed_before = [*accepted("1003"), *sends(4, 40, 10), said(70, f"[1003]{FULL_LINE}", level="ERROR")]
    slower_than_the_timeout = sorted([*works(4, 4, 11, 7), *works(8, 12, 18, 70), failed(78.1)])
    return [
        Sample("ten-sends", full, text(begun, filled, failed(70.2)), "nothing-taken"),
        Sample(
            "eleven-sends", full, text(begun, sends(4, 8, 10), taken, sends(12, 44, 10.2), failed(611)), "nothing-taken"
        ),
        Sample("silence-after-sends", full, text(begun, filled, polls("1004", 12, 60)), "nothing-taken"),
        Sample(
            "first-reply-late",
            Cause.QUEUE_EMPTY_NO_PRODUCER,
            text(begun[:3], EMPTY_QUEUE.strip(), unanswered),
            "get-timed-out",
        ),
        Sample("slow-batches", slow, text(begun, sends(4, 44, 10), works(4, 28, 11, 6.5)), "large-cost"),
        Sample("slow-mid-run", slow, text(works(40, 60, 0, 5.2)), "large-cost"),
        Sample("slow-and-full", slow, text(begun, sends(4, 44, 10), slower_than_the_timeout), "large-cost", (full,)),
        Sample(
            "stale-after-failure",
            Cause.STALE_TASK_STATE,
            text(failed_before, accepted("1004", 100), sends(4, 40, 110), failed(171)),
            "earlier-task",
            (full,),
        ),
        Sample("format-error", Cause.BAD_INPUT, text(begun[:1], bad_video), "unusable-input"),
        Sample("no-face-zh", Cause.BAD_INPUT, text(no_face), "unusable-input"),
        Sample("restarts", Cause.WORKER_DIED, boots(2), "workers-start-over"),
        *(Sample(name, None, log, trouble=False) for name, log in healthy().items()),
    ]


def healthy() -> dict[str, str]:
    """Return the logs in which nothing is wrong."""
    begun, ahead = accepted("1004"), sends(4, 44, 10)
    return {
        "whole-run": text(begun, ahead, works(4, 148, 11, 0.45), FINISHED),
        "mid-run": text(works(40, 120, 0, 0.45)),
        "cut-after-first-sends": text(begun, sends(4, 40, 10)),
        "first-batch-takes-seven-seconds": text(begun, ahead, works(4, 4, 11, 7.0), works(8, 40, 18, 0.4)),
        "gunicorn-starts": boots(0),
        "polls": text(polls("7", 0, 30)),
    }
