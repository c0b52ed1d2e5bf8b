"""What differs from multiprocessing's queues, and why; a test shows each of them on both."""

from __future__ import annotations

from dataclasses import dataclass

from heygem_core.text import Text


@dataclass(frozen=True)
class Difference:
    """One thing that a program could notice."""

    name: str
    what: Text
    theirs: Text
    ours: Text
    why: Text


DIFFERENCES = (
    Difference(
        "unpicklable",
        Text("`put` of what cannot be pickled", "`put` 不能序列化的对象"),
        Text("returns; a traceback on stderr, and the item never comes", "正常返回；stderr 上有回溯，数据永远不会到达"),
        Text("raises in its caller", "在调用者处抛出异常"),
        Text("there is no feeder thread that could find out later", "没有事后才发现的 feeder 线程"),
    ),
    Difference(
        "leaves-at-once",
        Text("`os._exit` right after `put`", "`put` 之后立即 `os._exit`"),
        Text("the item is lost", "数据丢失"),
        Text("the item is in the queue", "数据已在队列中"),
        Text("`put` returns when the item is in the queue", "`put` 返回时数据已在队列中"),
    ),
    Difference(
        "killed-reader",
        Text("a process killed while it waits in `get`", "在 `get` 中等待时被杀死的进程"),
        Text("keeps the read lock: the next one gets nothing", "仍持有读锁：接替者取不到数据"),
        Text("keeps nothing", "不持有任何锁"),
        Text("nobody holds a lock while it waits, and the mutex is robust", "等待时不持锁，互斥量是 robust 的"),
    ),
    Difference(
        "dead-reader",
        Text("`put` into a full queue whose only reader died", "向唯一的读取方已死的满队列 `put`"),
        Text("waits, or `queue.Full`", "等待，或得到 `queue.Full`"),
        Text("`WorkerDied`", "`WorkerDied`"),
        Text("each process that shares the queue is known to it", "队列知道有哪些进程共享它"),
    ),
    Difference(
        "dead-worker",
        Text("`join` when a worker died with an item in work", "worker 处理数据时死亡之后的 `join`"),
        Text("waits for ever", "永远等待"),
        Text("`WorkerDied`, once nobody living has an item in work", "没有存活的进程在处理数据时即 `WorkerDied`"),
        Text("what each process took and finished is counted", "每个进程取走与完成的数量都有计数"),
    ),
    Difference(
        "simple-queue-bound",
        Text("`SimpleQueue.put` of more than a pipe holds", "`SimpleQueue.put` 超过管道容量的数据"),
        Text("waits for a reader", "等待读取方"),
        Text("returns", "直接返回"),
        Text("items are in shared memory, which grows with them", "数据在共享内存中，内存随之增长"),
    ),
    Difference(
        "classes",
        Text("`isinstance(q, multiprocessing.queues.Queue)`", "`isinstance(q, multiprocessing.queues.Queue)`"),
        Text("true; private `_reader`, `_writer`, `_buffer`", "为真；有私有的 `_reader`、`_writer`、`_buffer`"),
        Text("false; none of them", "为假；没有这些属性"),
        Text("nothing of it is inherited: there is no pipe", "没有继承任何实现：没有管道"),
    ),
    Difference(
        "members",
        Text("processes that share one queue at a time", "同时共享一个队列的进程数"),
        Text("any number", "不限"),
        Text("at most 256, then RuntimeError", "最多 256 个，超出则 RuntimeError"),
        Text("each has a row in the queue's memory", "每个进程在队列内存中占一行"),
    ),
    Difference(
        "platform",
        Text("systems", "系统"),
        Text("any", "任意"),
        Text(
            "Linux with glibc 2.30 or later, else `UnsupportedPlatform`",
            "Linux 且 glibc ≥ 2.30，否则 `UnsupportedPlatform`",
        ),
        Text(
            "memfd, pidfd, and robust mutexes with a monotonic clock",
            "需要 memfd、pidfd 以及支持单调时钟的 robust 互斥量",
        ),
    ),
)
