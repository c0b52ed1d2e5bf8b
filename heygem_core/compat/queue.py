"""The queue as its users see it; see the package's docstring for what holds it together."""

from __future__ import annotations

import contextlib
import math
import os
import queue
import select
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import astuple
from multiprocessing import context, reduction, util
from typing import Any, Generic, TypeVar, cast

from heygem_core.compat import parcel
from heygem_core.compat.members import Count, End, Members
from heygem_core.compat.shared import Descriptors, Shared, create
from heygem_core.errors import WorkerDied

T = TypeVar("T")

_SHORT_S = 0.02
"""How long a call waits before it looks who is alive: most waits are shorter, and the look costs some 100 µs."""
_LEAVE_PRIORITY = -100
"""After the children are joined, which may still need this process as a member."""


class Queue(Generic[T]):
    """A multiprocessing.Queue without feeder thread, without a lock that a killed process keeps, with `WorkerDied`.

    ``maxsize`` 0 or less is without a bound; ``ctx`` is accepted and not needed. It can be given to processes as an
    argument, whatever starts them, and is pickled only for that.
    """

    def __init__(self, maxsize: int = 0, *, ctx: context.BaseContext | None = None) -> None:
        del ctx
        self._open(create(), max(0, maxsize), create=True)

    def _open(self, fds: Descriptors, maxsize: int, *, create: bool) -> None:
        self._maxsize = maxsize
        self._closed = False
        self._calls = 0
        self._guard = threading.Lock()
        self._shared: Shared | None = None
        try:
            self._shared = Shared(fds, maxsize, create=create)
        except BaseException:
            fds.close()
            raise
        self._members = Members(self._shared)
        self._join()
        util.register_after_fork(self, Queue._after_fork)

    def _join(self) -> None:
        self._members.join()
        self._leave = util.Finalize(self, _leave, (self._members,), exitpriority=_LEAVE_PRIORITY)

    def _after_fork(self) -> None:
        self._guard = threading.Lock()
        self._calls = 0
        if self._members.pid != os.getpid():
            if not self._closed:
                self._members = Members(self._members.shared)
                self._join()
        else:
            # A fork server's child unpickles first and then forgets all finalizers.
            self._leave = util.Finalize(self, _leave, (self._members,), exitpriority=_LEAVE_PRIORITY)

    def __getstate__(self) -> tuple[int, list[Any]]:
        context.assert_spawning(self)
        with self._use() as shared:
            return self._maxsize, [reduction.DupFd(fd) for fd in astuple(shared.fds)]

    def __setstate__(self, state: tuple[int, list[Any]]) -> None:
        maxsize, duplicates = state
        fds = [duplicate.detach() for duplicate in duplicates]
        for fd in fds:
            os.set_inheritable(fd, False)
        self._open(Descriptors(*fds), maxsize, create=False)

    @contextlib.contextmanager
    def _use(self) -> Iterator[Shared]:
        """Keep the memory open for one call; raises ValueError once the queue is closed."""
        if self._members.pid != os.getpid():
            self._after_fork()
        with self._guard:
            if self._closed or self._shared is None:
                raise ValueError(f"Queue {self!r} is closed")
            shared = self._shared
            self._calls += 1
        try:
            yield shared
        finally:
            with self._guard:
                self._calls -= 1
                last = self._is_over()
            if last:
                self._release()

    def _is_over(self) -> bool:
        return self._closed and not self._calls

    def put(self, obj: T, block: bool = True, timeout: float | None = None) -> None:
        """Put ``obj``; it is in the queue when this returns.

        Raises queue.Full after ``timeout`` seconds, or at once with ``block`` False; `WorkerDied` where it would have
        to wait; what pickling ``obj`` raises; ValueError once the queue is closed.
        """
        with self._use() as shared:
            self._members.use(End.PUT)
            parts = parcel.pack(obj)
            deadline = _deadline(block, timeout)
            entry: bytes | None = None
            try:
                # Written only once room was seen, so that producers that wait hold no memory as a rule.
                while True:
                    with contextlib.suppress(TimeoutError):
                        if not self._maxsize or len(shared) < self._maxsize:
                            # Once it may be in the queue, an interrupt must not free it: better a leak than a hole.
                            written, entry = entry or shared.write(parts, deadline), None
                            if shared.append(written, deadline):
                                return
                            entry = written
                    if time.monotonic() >= deadline:
                        raise queue.Full
                    self._wait_for(shared, shared.fds.room, End.GET, deadline)
            finally:
                if entry is not None:
                    shared.discard(entry)

    def get(self, block: bool = True, timeout: float | None = None) -> T:
        """Return the first item, now this process's alone.

        Raises queue.Empty after ``timeout`` seconds, or at once with ``block`` False; `WorkerDied` where it would
        have to wait; what unpickling raises, and the item is gone then; ValueError once the queue is closed.
        """
        with self._use() as shared:
            self._members.use(End.GET)
            deadline = _deadline(block, timeout)
            while True:
                entry = shared.take(deadline, self._members.word(Count.TAKEN))
                if entry is not None:
                    return cast(T, parcel.unpack(shared.read(entry)))
                if time.monotonic() >= deadline:
                    raise queue.Empty
                self._wait_for(shared, shared.fds.items, End.PUT, deadline)

    def _wait_for(self, shared: Shared, bell: int, other: End, deadline: float) -> None:
        """Wait until ``bell`` rings or the deadline is past; raises `WorkerDied` where that cannot help, ValueError."""
        if not _ready([bell], min(_SHORT_S, deadline - time.monotonic())):
            self._wait(shared, lambda: bool(_ready([bell], 0.0)), [bell], other, deadline)

    def _wait(
        self,
        shared: Shared,
        over: Callable[[], bool],
        bells: list[int],
        other: End,
        deadline: float,
        lost: Callable[[], WorkerDied | None] = lambda: None,
    ) -> None:
        """Wait until it is ``over``, which ``bells`` or a change may mean, or the deadline is past; raises as above.

        ``lost``, called with the mutex held, says why it will never be over although somebody is at the other end.
        """
        with select.epoll() as changes:
            # Each process has its own edge: nobody need reset what others have not seen yet.
            changes.register(shared.fds.changes, select.EPOLLIN | select.EPOLLET)
            while time.monotonic() < deadline:
                changes.poll(0)
                if self._closed:
                    raise ValueError(f"Queue {self!r} is closed")
                with self._members.watched() as pidfds:
                    news = self._members.bad_news(other)
                    with contextlib.suppress(TimeoutError), shared.held(deadline):
                        # What the dead has left half done is settled now, by the way: the bells say what is.
                        news = news or lost()
                    if over():
                        return
                    if news is not None:
                        raise news
                    _ready([*bells, changes.fileno(), *pidfds], deadline - time.monotonic())

    def put_nowait(self, obj: T) -> None:
        """Put ``obj`` or raise queue.Full."""
        self.put(obj, False)

    def get_nowait(self) -> T:
        """Return the first item or raise queue.Empty."""
        return self.get(False)

    def qsize(self) -> int:
        """Return how many items are in the queue; others may change it meanwhile."""
        with self._use() as shared:
            return len(shared)

    def empty(self) -> bool:
        """Tell whether nothing is in the queue; unlike multiprocessing's it knows what has been put."""
        return self.qsize() == 0

    def full(self) -> bool:
        """Tell whether a put would have to wait."""
        return bool(self._maxsize) and self.qsize() >= self._maxsize

    def close(self) -> None:
        """Stop using the queue in this process; what was put stays for the others."""
        with self._guard:
            if self._closed:
                return
            self._closed = True
            last = self._is_over()
        if self._members.pid == os.getpid():
            self._members.close()
        if last:
            self._release()

    def join_thread(self) -> None:
        """Return at once: there is no thread, and what was put is in the queue."""

    def cancel_join_thread(self) -> None:
        """Return at once: no process waits at its end for what it has put."""

    def _release(self) -> None:
        with self._guard:
            shared, self._shared = self._shared, None
        if shared is not None:
            self._leave.cancel()
            shared.close()

    def __del__(self) -> None:
        if getattr(self, "_shared", None) is not None:
            self.close()


def _leave(members: Members) -> None:
    members.leave()


def _deadline(block: bool, timeout: float | None) -> float:
    if not block:
        return 0.0
    return math.inf if timeout is None else time.monotonic() + timeout


def _ready(fds: list[int], timeout: float) -> set[int]:
    """Return which of ``fds`` are readable within ``timeout`` seconds."""
    poller = select.poll()
    for fd in fds:
        poller.register(fd, select.POLLIN)
    return {fd for fd, _ in poller.poll(None if timeout == math.inf else max(0.0, timeout) * 1000)}
