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
            '"任务视频驱动队列满，严重阻塞，下游队列异常" after exactly as many sends as the queue has places, or a '
            "traceback that ends in queue.Full; of the consumer, no line at all.",
            "恰好发送了队列容量那么多项之后出现“任务视频驱动队列满，严重阻塞，下游队列异常”，或以 queue.Full 结尾的"
            "回溯；消费者一行日志都没有。",
        ),
        Text(
            "look at the consumer, not at the queue: is its process alive, what was its first error on stderr, where "
            "does it stand (py-spy dump --pid PID)?",
            "检查消费者而不是队列：进程是否存活，stderr 的第一条错误是什么，停在哪里（py-spy dump --pid PID）？",
        ),
        Text(
            "the consumer's stderr from its start (what it says while loading is what counts), whether its process "
            "lives, and heygem-core watch PID or py-spy dump --pid PID while it stands still",
            "消费者从启动开始的 stderr（关键是加载阶段的输出）、它的进程是否还在，以及停住时 heygem-core watch PID 或"
            " py-spy dump --pid PID 的输出",
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
            'A traceback that ends in _queue.Empty, an error with an empty text ("异常信息:[]"), and before it a '
            "stage that was started and never answered.",
            "以 _queue.Empty 结尾的回溯，或内容为空的错误（“异常信息:[]”）；在它之前有一个阶段启动了却始终没有答复。",
        ),
        Text(
            "look at the stage before: alive, first error on stderr, where it stands (py-spy dump --pid PID); have it "
            "announce when loading is done, and time loading and items apart",
            "检查前一阶段：是否存活、stderr 的第一条错误、停在哪里（py-spy dump --pid PID）；让它在加载完成时主动通知，"
            "并把加载与处理分别计时",
        ),
        Text(
            "the stderr of the stage that should have delivered, from its start, and the time between its start and "
            "the error",
            "本该送出数据的那个阶段从启动开始的 stderr，以及从它启动到报错之间的时间",
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
            "Sends, takes and completions all advance, each batch at a high cost; frames per second stay below those "
            "of the video, and nothing times out.",
            "发送、取走、完成三者都在推进，但每批耗时很长；帧率低于视频帧率，没有任何超时。",
        ),
        Text(
            "find the stage with the longest busy time (the statistics, or --trace) and speed up that one; first see "
            "whether it runs on the GPU that was asked for",
            "找出忙碌时间最长的阶段（看统计或 --trace）并只优化它；先确认它是否真的在所要求的 GPU 上运行",
        ),
        Text(
            "the log of one whole job with times, which says what each batch costs, and nvidia-smi dmon while it runs",
            "一个完整任务的带时间日志（可看出每批耗时），以及运行期间的 nvidia-smi dmon",
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
            "The first task succeeds, the next stays at 20 % or is told that one is running; or a task that was "
            "deleted comes back after a restart.",
            "第一个任务成功，后面的停在 20 % 或被告知已有任务在运行；或者已删除的任务在重启后又出现。",
        ),
        Text(
            "restart the service's workers together with their queues; for good, put the task's id into every message "
            "and drop those of other tasks",
            "把服务的工作进程连同队列一起重启；要根治，在每条消息里带上任务 id，并丢弃属于其他任务的消息",
        ),
        Text(
            "the log from the service's start over both tasks: the earlier one's end is what matters",
            "从服务启动开始、覆盖前后两个任务的日志：关键是前一个任务是怎么结束的",
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
            'The message names a file: "Invalid data found when processing input", "format video error", "moov atom '
            'not found", no face or several faces in the picture, or ffmpeg itself is not found.',
            '消息里指出了文件："Invalid data found when processing input"、"format video error"、"moov atom not '
            'found"，画面里没有人脸或有多张人脸，或者找不到 ffmpeg。',
        ),
        Text(
            "correct what the message names; a video in which no frame shows a face passes with --allow-no-face",
            "改正消息所指出的问题；所有帧都没有人脸的视频可加 --allow-no-face 原样通过",
        ),
        Text(
            "the ffmpeg command from the log run by hand with its full output, and ffprobe of that file",
            "手工执行日志里的 ffmpeg 命令并保留完整输出，以及对该文件执行 ffprobe 的结果",
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
            "An error that none of the other causes explains, or a standstill without any line about it.",
            "出现其他原因都解释不了的错误，或者停住了却没有任何相关日志。",
        ),
        Text(
            "collect the first error on each process's stderr, the exit codes, and py-spy dump --pid PID of every "
            "process that is still alive",
            "收集每个进程 stderr 的第一条错误、退出码，以及每个存活进程的 py-spy dump --pid PID 输出",
        ),
        Text(
            "the log from the start of the service, the first error on each process's stderr, the exit codes, and "
            "py-spy dump --pid PID of every process that is still alive",
            "从服务启动开始的日志、每个进程 stderr 的第一条错误、退出码，以及每个存活进程的 py-spy dump --pid PID 输出",
        ),
    ),
)
