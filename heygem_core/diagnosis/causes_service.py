"""Causes as a service shows them: its queues, its tasks, its input."""

from __future__ import annotations

from heygem_core.diagnosis.causes_model import CauseEntry
from heygem_core.errors import Cause
from heygem_core.text import Text

SERVICE = (
    CauseEntry(
        Cause.QUEUE_FULL_NO_CONSUMER,
        Text("The queue is full because nobody takes anything", "队列已满，因为没有消费者取走数据"),
        Text(
            "A put timed out: not one item was taken during the whole timeout. The consumer is dead or hangs, often "
            "while loading; one that is merely slow would have freed a place.",
            "put 超时：在整个超时期间没有一项被取走。消费者已经死亡或卡死（常在加载期间）；"
            "仅仅是慢的消费者早已腾出位置。",
        ),
        Text(
            "look at the consumer, not at the queue: is its process alive, what was its first error on stderr, where "
            "does it stand (py-spy dump --pid PID)?",
            "检查消费者而不是队列：进程是否存活，stderr 的第一条错误是什么，停在哪里（py-spy dump --pid PID）？",
        ),
    ),
    CauseEntry(
        Cause.QUEUE_EMPTY_NO_PRODUCER,
        Text("The queue is empty because nothing is delivered", "队列为空，因为没有数据送达"),
        Text(
            "A get timed out: an earlier stage is dead, hangs, or has not finished loading yet; the deadline for the "
            "first item then measures the loading of the models.",
            "get 超时：前面的阶段已经死亡、卡死，或尚未加载完成；此时首项的期限衡量的其实是模型加载时间。",
        ),
        Text(
            "look at the stage before: alive, first error on stderr, where it stands (py-spy dump --pid PID); have it "
            "announce when loading is done, and time loading and items apart",
            "检查前一阶段：是否存活、stderr 的第一条错误、停在哪里（py-spy dump --pid PID）；让它在加载完成时主动通知，"
            "并把加载与处理分别计时",
        ),
    ),
    CauseEntry(
        Cause.SLOW_CONSUMER,
        Text("A stage is slower than the job needs", "某个阶段慢于任务所需"),
        Text(
            "Everything progresses; the stages before it wait, as they should. The job ends, later.",
            "一切都在推进，前面的阶段照常等待；任务会完成，只是更晚。",
        ),
        Text(
            "find the stage with the longest busy time (the statistics, or --trace) and speed up that one; first see "
            "whether it runs on the GPU that was asked for",
            "找出忙碌时间最长的阶段（看统计或 --trace）并只优化它；先确认它是否真的在所要求的 GPU 上运行",
        ),
    ),
    CauseEntry(
        Cause.STALE_TASK_STATE,
        Text("An earlier task is still in the way", "上一个任务的残留状态"),
        Text(
            "A cancelled or failed task left a message in a queue or a flag set; the next task reads a foreign answer "
            "or is never started.",
            "被取消或失败的任务在队列里留下了消息，或标志未清除；下一个任务读到别人的答复，或根本没有启动。",
        ),
        Text(
            "restart the service's workers together with their queues; for good, put the task's id into every message "
            "and drop those of other tasks",
            "把服务的工作进程连同队列一起重启；要根治，在每条消息里带上任务 id，并丢弃属于其他任务的消息",
        ),
    ),
    CauseEntry(
        Cause.BAD_INPUT,
        Text("The input cannot be used", "输入无法使用"),
        Text(
            "A file, or a model, is not what the job needs; the message names it.",
            "某个文件或模型不符合任务要求；消息里指明了是哪一个。",
        ),
        Text(
            "correct what the message names; a video in which no frame shows a face passes with --allow-no-face",
            "改正消息所指出的问题；所有帧都没有人脸的视频可加 --allow-no-face 原样通过",
        ),
    ),
    CauseEntry(
        Cause.OTHER,
        Text("Nothing here decides the cause", "现有信息不足以确定原因"),
        Text(
            "What is known fits none of the causes; naming one would be a guess.",
            "已知信息不符合任何一种原因；给出结论只能是猜测。",
        ),
        Text(
            "collect the first error on each process's stderr, the exit codes, and py-spy dump --pid PID of every "
            "process that is still alive",
            "收集每个进程 stderr 的第一条错误、退出码，以及每个存活进程的 py-spy dump --pid PID 输出",
        ),
    ),
)
