"""The one thread that starts every worker of this process.

PR_SET_PDEATHSIG fires when the *thread* that forked ends, so a caller's short-lived thread must not be it. The
thread is a daemon: an executor's would be joined, and the workers killed, as soon as the main thread is done,
while another thread may still run a job.
"""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import TypeVar

_T = TypeVar("_T")
_Task = tuple["Future[object]", Callable[[], object]]

_lock = threading.Lock()
_tasks: queue.SimpleQueue[_Task] | None = None


def launch(start: Callable[[], _T], undo: Callable[[_T], object]) -> _T:
    """Call ``start`` in the launcher thread and return its result; raises what it raises.

    A caller who is interrupted (Ctrl-C) still stays until ``start`` is through, since the descriptors that it hands
    on must be open until then; what was started is undone, and the interruption raised.
    """
    future: Future[_T] = Future()
    _queue().put((future, start))  # type: ignore[arg-type]
    interruption: BaseException | None = None
    while not future.done():
        try:
            wait([future])
        except BaseException as error:
            interruption = error
    if interruption is not None:
        if future.exception() is None:
            undo(future.result())
        raise interruption
    return future.result()


def _queue() -> queue.SimpleQueue[_Task]:
    global _tasks  # noqa: PLW0603 - one per process; a forked copy has no such thread and makes its own
    with _lock:
        if _tasks is None:
            tasks: queue.SimpleQueue[_Task] = queue.SimpleQueue()
            threading.Thread(target=_run, args=(tasks,), name="heygem-launcher", daemon=True).start()
            _tasks = tasks
        return _tasks


def _run(tasks: queue.SimpleQueue[_Task]) -> None:
    while True:
        future, start = tasks.get()
        try:
            future.set_result(start())
        except BaseException as error:
            future.set_exception(error)
        # A reference kept until the next task would keep what that result refers to.
        del future, start


def _forget() -> None:
    global _tasks, _lock
    _tasks, _lock = None, threading.Lock()


# Not only once there is a thread: another thread may hold the lock at the moment of the fork.
os.register_at_fork(after_in_child=_forget)
