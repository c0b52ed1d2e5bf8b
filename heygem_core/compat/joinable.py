"""The two other queues of multiprocessing: one that counts what is finished, and one without options."""

from __future__ import annotations

import math
from multiprocessing import context
from typing import TypeVar

from heygem_core.compat.members import Count, End
from heygem_core.compat.queue import Queue
from heygem_core.compat.shared import ROUNDS

T = TypeVar("T")


class JoinableQueue(Queue[T]):
    """A `Queue` whose producer can wait until everything put was also finished, as multiprocessing.JoinableQueue."""

    def task_done(self) -> None:
        """Count one item more as finished; raises ValueError when there is none left, or once the queue is closed."""
        with self._use() as shared:
            self._members.use(End.GET)
            shared.finish(self._members.word(Count.FINISHED))
            if not len(shared) and self._members.deaths():
                # It may have been the last that somebody living had in work: a join has to look again.
                shared.announce()

    def join(self) -> None:
        """Wait until everything that was put is finished.

        Raises `WorkerDied` where it would have to wait and nobody is left who could finish: a process ended badly, and
        no other living one has ever been at the get end; or it ended badly with items in work, the queue is empty,
        and no living process has one in work. Raises ValueError once the queue is closed.
        """
        with self._use() as shared:
            rounds = shared.words[ROUNDS]

            def over() -> bool:
                # Somebody may have put again since: it is enough that there was such a moment.
                return not shared.unfinished() or shared.words[ROUNDS] != rounds

            if not over():
                self._wait(shared, over, [], End.GET, math.inf, self._members.lost)


class SimpleQueue(Queue[T]):
    """A `Queue` without a bound, made as multiprocessing.SimpleQueue is; unlike there a put never waits."""

    def __init__(self, *, ctx: context.BaseContext | None = None) -> None:
        super().__init__(0, ctx=ctx)
