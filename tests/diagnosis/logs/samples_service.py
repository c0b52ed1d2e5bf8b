"""Logs whose cause shows in the service: its queues, its tasks, its input, its speed."""

from __future__ import annotations

from heygem_core.errors import Cause
from tests.diagnosis.logs.sample import sample

FULL = Cause.QUEUE_FULL_NO_CONSUMER
EMPTY = Cause.QUEUE_EMPTY_NO_PRODUCER
SLOW = Cause.SLOW_CONSUMER
STALE = Cause.STALE_TASK_STATE
BAD = Cause.BAD_INPUT

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

SERVICE = (
    sample("ten-sends", FULL, text(accepted("1004"), sends(4, 40, 10), failed(70.2)), "nothing-taken"),
    sample(
        "eleven-sends",
        FULL,
        text(
            accepted("1004"),
            sends(4, 8, 10),
            said(10.1, ">>> audio_transfer get message:4"),
            sends(12, 44, 10.2),
            failed(611),
        ),
        "nothing-taken",
    ),
    sample(
        "silence-after-sends",
        FULL,
        text(
            accepted("1004"),
            sends(4, 40, 10),
            [
                said(10 + 2 * n, '<ip> - - "GET /easy/query?code=1004 HTTP/1.1" 200 -', "_internal.py", 96)
                for n in range(1, 60)
            ],
        ),
        "nothing-taken",
    ),
    sample(
        "full-line-alone",
        FULL,
        f"heygem-f2f  | [2026-04-02 22:41:10] [process.py[line:108]] [ERROR] [[a43e]{FULL_LINE}]",
    ),
    sample(
        "python-full",
        FULL,
        """
Traceback (most recent call last):
  File "pipeline.py", line 41, in feed
    frames.put(batch, timeout=30)
  File "/usr/lib/python3.11/multiprocessing/queues.py", line 90, in put
    raise Full
queue.Full
""",
        "put-timed-out",
    ),
    sample(
        "first-reply-late",
        EMPTY,
        text(
            accepted("1004")[:3],
            """
Traceback (most recent call last):
  File "trans_dh_service.py", line 1257, in trans_dh_service.TransDhTask.work
  File "/usr/lib/python3.8/multiprocessing/queues.py", line 108, in get
    raise Empty
_queue.Empty
""",
            said(14, "[1004]任务执行失败，异常信息:[]", "run.py", level="ERROR"),
        ),
        "get-timed-out",
    ),
    sample(
        "no-final-result",
        EMPTY,
        "2026-04-02 10:20:39,222-[service.self_logger]-threading.py[line:870]-ERROR: 71e6 -> 任务执行失败，异常信息:[no final result]",
    ),
    sample("slow-batches", SLOW, text(accepted("1004"), sends(4, 44, 10), works(4, 28, 11, 6.5)), "large-cost"),
    sample("slow-mid-run", SLOW, text(works(40, 60, 0, 5.2)), "large-cost"),
    sample(
        "slow-and-full",
        SLOW,
        text(accepted("1004"), sends(4, 44, 10), sorted([*works(4, 4, 11, 7), *works(8, 12, 18, 70), failed(78.1)])),
        "large-cost",
        also=(FULL,),
    ),
    sample(
        "slow-fps",
        SLOW,
        "用起来很卡顿，不流畅\nINFO:logger:actual avg final fps:13.2\nINFO:logger:actual avg final fps:12.9",
    ),
    sample(
        "slow-in-words", SLOW, "It works, but it is extremely slow: a clip of 10 seconds takes 40 minutes on my card."
    ),
    sample(
        "stale-after-failure",
        STALE,
        text(
            accepted("1003"),
            sends(4, 40, 10),
            said(70, f"[1003]{FULL_LINE}", level="ERROR"),
            accepted("1004", 100),
            sends(4, 40, 110),
            failed(171),
        ),
        "earlier-task",
        also=(FULL,),
    ),
    sample(
        "second-stuck",
        STALE,
        f"第一个任务正常完成，第二个一直卡在 20%，也取消不了\n[2026-04-02 11:35:41] [process.py[line:108]] [ERROR] [[32e]{FULL_LINE}]",
    ),
    sample(
        "resumes-old-job",
        STALE,
        "I cancelled a job half way. Whatever I submit next, it resumes the previous job instead and the new one stays in the queue.",
    ),
    sample("busy", STALE, '{"code":10001,"msg":"忙碌中","success":true}\n上一个任务已经失败了，重新提交还是提示忙碌中'),
    sample("ffmpeg-missing", BAD, "FileNotFoundError: [Errno 2] No such file or directory: 'ffmpeg'"),
    sample(
        "format-error",
        BAD,
        text(accepted("1004")[:1], said(1, "[1004]预处理失败，异常信息:[format video error]", "run.py", level="ERROR")),
    ),
    sample(
        "moov",
        BAD,
        "[mov,mp4,m4a,3gp,3g2,mj2 @ 0x55d] moov atom not found\nin.mp4: Invalid data found when processing input",
    ),
    sample("no-face", BAD, "ValueError: Face not detected! Ensure the video contains a face in all the frames."),
    sample("no-face-zh", BAD, said(3, "[1004]任务执行失败，异常信息:[未检测到人脸]", level="ERROR")),
    sample("several-faces", BAD, "RuntimeError: more than one face found in the reference image"),
    sample("audio-file", BAD, "soundfile.LibsndfileError: Error opening 'speech.wav': Format not recognised."),
    sample(
        "no-video-file",
        BAD,
        "Traceback (most recent call last):\nFileNotFoundError: [Errno 2] No such file or directory: '/data/in/talk.mp4'",
    ),
)
