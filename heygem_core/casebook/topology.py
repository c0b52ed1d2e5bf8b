"""The topology that the reports describe, rebuilt: spawn, bounded mp.Queues, joins without a timeout.

    service ── init_wh          (eternal)  in/out Queue(2): frame size of the clip, asked for with get(timeout=10)
            ├─ audio_transfer   (eternal)  drivered_queue -> output_imgs_queue; the model lives here
            ├─ drivered_video   (per task) decodes, put(item, timeout) into drivered_queue = Queue(10)
            └─ write_video      (per task) get() without a timeout from output_imgs_queue = Queue(10)

An item is a list of ``batch_size`` BGR frames, pickled. The service starts the two per-task processes and
joins both without a timeout. Versions differ in the put timeout (60 or 600 s), in whether the eternal
children are daemonic, and in whether a failure marker is put into the same full queue.
"""

from __future__ import annotations

import contextlib
import json
import logging
import multiprocessing
import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any, Literal

from heygem_core.casebook import stacks
from heygem_core.casebook.model import Options
from heygem_core.casebook.queues import Whose, make

QUEUE_FULL = "任务视频驱动队列满，严重阻塞，下游队列异常"
"""The line that the reports are about, as it stands in both logs."""
REPORTED_PUT_TIMEOUT_S = 60.0
"""15:02:10,146 to 15:03:10,149 in the report's log; another version of the service waits 600 s."""
_ARROWS = ">" * 20
_UP_S = 30.0


@dataclass(frozen=True)
class Topology:
    """Parameters of one run; the defaults are the reported ones, with a short timeout and small frames."""

    put_timeout_s: float = 1.5
    queue_size: int = 10
    items: int = 150
    batch_size: int = 1
    height: int = 90
    width: int = 160
    eternal_daemonic: bool = False
    takes: int | None = None
    """Items audio_transfer takes before ``fault``; 0: it strikes while models load for the task; None: never."""
    fault: Literal["wedge", "die"] = "wedge"
    item_s: float = 0.0
    """Seconds that audio_transfer works on one item."""
    init_wh_timeout_s: float = 10.0
    """``get(timeout=10)`` for the answer of init_wh."""
    result_timeout_s: float = 10.0
    """``get(timeout=10)`` for the result, once both joins have returned."""
    failure_marker: bool = False
    """After Full, put a failure marker into the same queue without a timeout, as the 60 s version does."""
    writer_timeout_s: float | None = None
    """Remedy 1: write_video's get gives up after so many seconds."""
    producer_abandons: bool = False
    """Remedy 2: drivered_video calls ``cancel_join_thread`` and so drops what its feeder still holds."""
    queues: Whose = "multiprocessing"
    """Whose Queue the service imports."""


@dataclass(frozen=True)
class Wiring:
    """Where a process of the topology reports to: the log, the events, and its Python stack on SIGUSR1."""

    directory: Path
    events: Connection

    @property
    def log(self) -> Path:
        """The log in the format of the reports."""
        return self.directory / "dh.log"

    def stack(self, role: str) -> Path:
        """The file that takes the Python stacks of ``role``."""
        return self.directory / f"{role}.stack"


@dataclass
class Reporter:
    """A process of the topology, as it tells about itself."""

    role: str
    wiring: Wiring
    log: logging.Logger = field(init=False)

    def __post_init__(self) -> None:
        self.log = logging.getLogger(self.role)
        self.log.setLevel(logging.INFO)
        handler = logging.FileHandler(self.wiring.log, encoding="utf-8")
        handler.setFormatter(_SeedFormatter())
        self.log.addHandler(handler)
        stacks.answer(self.wiring.stack(self.role))
        self.tell("started", pid=multiprocessing.current_process().pid)

    @contextlib.contextmanager
    def telling(self) -> Iterator[None]:
        """Send word of an exception that leaves the block, and let it pass."""
        try:
            yield
        except Exception as error:
            self.tell("raised", error=type(error).__name__)
            raise

    def tell(self, event: str, **details: object) -> None:
        """Send an event to the observer: one write below PIPE_BUF, so several processes can share the pipe."""
        message = {"role": self.role, "event": event, "at": time.monotonic(), **details}
        self.wiring.events.send_bytes(json.dumps(message).encode())


class _SeedFormatter(logging.Formatter):
    """``[2025-11-09 15:02:10,104] message``, with ``[ERROR]`` before the message of an error."""

    def format(self, record: logging.LogRecord) -> str:
        level = "[ERROR] " if record.levelno >= logging.ERROR else ""
        return f"[{self.formatTime(record)}] {level}{record.getMessage()}"


@dataclass(frozen=True)
class _Queues:
    drivered: Any
    output_imgs: Any
    result: Any
    init_wh_in: Any
    init_wh_out: Any
    up: Event
    """Set once audio_transfer runs: tasks come to a service that was started long before."""
    begun: Event
    """Set once the task's processes are started: a child that died earlier is reaped by the next start()."""


def serve(topology: Topology, wiring: Wiring) -> None:
    """Be the service: start the eternal children, run one task, and then wait for the eternal children."""
    multiprocessing.set_start_method("spawn", force=True)
    reporter = Reporter("service", wiring)
    sizes = {"drivered": topology.queue_size, "output_imgs": 10, "result": 1, "init_wh_in": 2, "init_wh_out": 2}
    queues = _Queues(
        **{name: make(topology.queues, size) for name, size in sizes.items()},
        up=multiprocessing.Event(),
        begun=multiprocessing.Event(),
    )
    for target in (audio_transfer, init_wh):
        _process(target, topology, wiring, queues, daemon=topology.eternal_daemonic).start()
    if not queues.up.wait(_UP_S):
        raise TimeoutError(f"audio_transfer did not start within {_UP_S:g} s")
    with reporter.telling():
        _task(topology, wiring, queues, reporter)


def _process(target: Any, topology: Topology, wiring: Wiring, queues: _Queues, *, daemon: bool = False) -> BaseProcess:
    arguments = (target, topology, wiring, queues)
    return multiprocessing.Process(target=_act, args=arguments, name=target.__name__, daemon=daemon)


def _act(
    target: Callable[[Topology, _Queues, Reporter], None], topology: Topology, wiring: Wiring, queues: Any
) -> None:
    """Be the process of one role; what ends it is told to the observer too."""
    reporter = Reporter(target.__name__, wiring)
    with reporter.telling():
        target(topology, queues, reporter)


def _task(topology: Topology, wiring: Wiring, queues: _Queues, reporter: Reporter) -> None:
    queues.init_wh_in.put((topology.height, topology.width))
    try:
        queues.init_wh_out.get(timeout=topology.init_wh_timeout_s)
    except queue.Empty as error:
        reporter.log.error("异常信息:[%s]", error)
        reporter.tell("task-ended", ok=False)
        return
    processes = [_process(target, topology, wiring, queues) for target in (drivered_video, write_video)]
    for process in processes:
        process.start()
    queues.begun.set()
    for process in processes:
        process.join()
    try:
        ok = bool(queues.result.get(timeout=topology.result_timeout_s))
    except queue.Empty:
        ok = False
    reporter.tell("task-ended", ok=ok)


def drivered_video(topology: Topology, queues: _Queues, reporter: Reporter) -> None:
    """Produce the items; after a Full, log the line of the reports and return."""
    reporter.log.info("任务视频驱动队列启动 batch_size:%d, len:%d", topology.batch_size, topology.items)
    reporter.log.info("drivered_video %s 开始循环", _ARROWS)
    # Only here, so that the other four processes need not load it.
    import numpy as np

    shape = (topology.height, topology.width, 3)
    noise = np.random.default_rng(0)
    if topology.producer_abandons:
        queues.drivered.cancel_join_thread()
    for number in range(1, topology.items + 1):
        item = [noise.integers(0, 256, shape, np.uint8) for _ in range(topology.batch_size)]
        began = time.monotonic()
        try:
            queues.drivered.put((number * topology.batch_size, item), timeout=topology.put_timeout_s)
        except queue.Full:
            reporter.log.error(QUEUE_FULL)
            reporter.tell("full", waited_s=time.monotonic() - began)
            _leave_after_full(topology, queues, reporter)
            return
        current = number * topology.batch_size
        reporter.log.info("drivered_video %s 发送数据大小:[%d], current_idx:%d", _ARROWS, len(item), current)
        reporter.tell("sent")
    queues.drivered.put(None)
    reporter.tell("returns")


def _leave_after_full(topology: Topology, queues: _Queues, reporter: Reporter) -> None:
    if topology.failure_marker:
        reporter.tell("puts-marker")
        queues.drivered.put(None)
    reporter.tell("returns")


def audio_transfer(topology: Topology, queues: _Queues, reporter: Reporter) -> None:
    """Be the consumer with the models: works, is slow, wedges or dies, as the parameters say."""
    queues.up.set()
    taken = 0
    while topology.takes is None or taken < topology.takes:
        item = queues.drivered.get()
        if item is None:
            queues.output_imgs.put(None)
            continue
        taken += 1
        reporter.log.info("audio_transfer %s get message current_idx:%d", _ARROWS, item[0])
        reporter.tell("taken")
        time.sleep(topology.item_s)
        queues.output_imgs.put(item)
    queues.begun.wait(_UP_S)
    if topology.fault == "die":
        raise RuntimeError("audio_transfer could not load its model")
    _wedge()


def _wedge() -> None:
    """Wait for a lock that nobody will release: alive, and never on the CPU again."""
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()


def init_wh(_topology: Topology, queues: _Queues, _reporter: Reporter) -> None:
    """Answer every question for the frame size."""
    while True:
        queues.init_wh_out.put(queues.init_wh_in.get())


def write_video(topology: Topology, queues: _Queues, reporter: Reporter) -> None:
    """Take the results until the end of the task; without a remedy, for ever."""
    written = 0
    try:
        while queues.output_imgs.get(timeout=topology.writer_timeout_s) is not None:
            written += 1
    except queue.Empty:
        reporter.tell("gives-up")
        return
    reporter.log.info("write_video %s 完成, 共%d", _ARROWS, written)
    reporter.tell("written", items=written)
    queues.result.put([True, "result.mp4"])


def put_timeout_s(options: Options) -> float:
    """Return the put timeout that ``options`` ask for, in seconds."""
    return REPORTED_PUT_TIMEOUT_S if options.full else options.put_timeout_s


def as_arguments(topology: Topology) -> dict[str, Any]:
    """Return the parameters as JSON can carry them; `from_arguments` is the way back."""
    return asdict(topology)


def from_arguments(arguments: Mapping[str, Any]) -> Topology:
    """Return the parameters that `as_arguments` gave."""
    return Topology(**arguments)
