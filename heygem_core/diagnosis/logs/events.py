"""What the reported service logs about a task, as events: who sent, who took, who finished, which stage began."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Name(StrEnum):
    """An event's name."""

    STARTED = "service started"
    ACCEPTED = "task accepted"
    PREPARED = "media prepared"
    HEARD = "audio features"
    MEASURING = "face measuring started"
    MEASURED = "face measured"
    CONSUMER = "consumer loaded"
    QUEUE = "queue started"
    SENT = "sent"
    TAKEN = "taken"
    FINISHED = "finished"
    DRAWN = "all frames drawn"
    WRITTEN = "all frames written"
    FULL = "queue full"
    FAILED = "task failed"
    DONE = "task ended"
    POLLED = "asked for its state"


@dataclass(frozen=True)
class Event:
    """How the event ``name`` reads; its groups are task, index, batch, frames, cost (seconds), message."""

    name: Name
    needle: str
    regex: re.Pattern[str]


_ID = r"(?P<task>[\w-]+)"


def _event(name: Name, needle: str, regex: str) -> Event:
    return Event(name, needle, re.compile(regex))


EVENTS = (
    _event(Name.STARTED, "transdhtask init", r"TransDhTask init"),
    _event(Name.ACCEPTED, "audio_url:", rf"(?:任务:)?{_ID} ->\s*audio_url:"),
    _event(Name.PREPARED, "预处理耗时", rf"\[{_ID}\] -> 预处理耗时:(?P<cost>[\d.]+)"),
    _event(Name.PREPARED, "video_info:[", rf"{_ID} ->\s*video_info:\["),
    _event(Name.HEARD, "get_aud_feat1 cost", rf"\[{_ID}\] -> get_aud_feat1 cost:(?P<cost>[\d.]+)"),
    _event(Name.MEASURING, "init_wh_process", r"init_wh_process(?:进程启动| start)"),
    _event(Name.MEASURED, "init_wh result", rf"\[?{_ID}\]init_wh result :\[.*?\]，\s*cost: (?P<cost>[\d.]+)"),
    _event(Name.CONSUMER, "数字人图片处理进程启动", r"数字人图片处理进程启动"),
    _event(Name.CONSUMER, "av_transfer load success", r"av_transfer load success\W+cost:(?P<cost>[\d.]+)"),
    _event(
        Name.QUEUE,
        "任务视频驱动队列启动",
        rf"(?:\[?{_ID}\])?任务视频驱动队列启动(?: batch_size:(?P<batch>\d+))?(?:, len:(?P<frames>\d+))?",
    ),
    _event(Name.SENT, "current_idx:", r"发送数据大小:\[(?P<batch>\d+)\], current_idx:(?P<index>\d+)"),
    _event(Name.TAKEN, "audio_transfer get message:", r"audio_transfer get message:(?P<index>\d+)"),
    _event(
        Name.FINISHED,
        "发送完成数据大小",
        r"发送完成数据大小:(?P<batch>\d+), frameId:(?P<index>\d+), cost:(?P<cost>[\d.]+)",
    ),
    _event(Name.DRAWN, "任务数字人图片处理已完成", r"任务数字人图片处理已完成"),
    _event(Name.WRITTEN, "视频帧队列处理已结束", r"视频帧队列处理已结束"),
    _event(Name.FULL, "任务视频驱动队列满", rf"(?:\[?{_ID}\])?任务视频驱动队列满"),
    _event(Name.FAILED, "任务执行失败", rf"(?:\[?{_ID}\]| ->)?任务执行失败，异常信息:\[?(?P<message>.*?)\]*$"),
    _event(Name.DONE, "耗时:", rf">>> 任务:{_ID} 耗时:(?P<cost>[\d.]+)"),
    _event(Name.POLLED, "/easy/query?code=", rf"/easy/query\?code={_ID}"),
)
BORDERS = ("audio_url:", "任务视频驱动队列启动", "任务视频驱动队列满", "任务执行失败", "transdhtask init")
"""Needles of the events at which one task gives way to the next."""
