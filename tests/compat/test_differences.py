"""Every difference that the documentation lists, shown on multiprocessing's queue and on ours."""

from __future__ import annotations

import array
import fcntl
import multiprocessing
import pickle
import queue
import re
import termios
import threading
from collections.abc import Callable, Iterator
from multiprocessing.queues import Queue as TheirQueue
from typing import Any

import pytest

from heygem_core import compat
from heygem_core.compat import members, mutex
from heygem_core.compat.differences import DIFFERENCES
from heygem_core.compat.members import End, Members
from heygem_core.compat.shared import ROWS
from heygem_core.errors import UnsupportedPlatform, WorkerDied
from tests.compat import children
from tests.compat.waiting import DEADLINE_S, Make, Start, until, until_waits

pytestmark = pytest.mark.breaks
SPAWN: Any = multiprocessing.get_context("spawn")
LARGE = b"x" * (1 << 20)
Theirs = Callable[..., Any]
Show = Callable[[Theirs, Make, Start], None]


@pytest.fixture
def theirs() -> Iterator[Theirs]:
    """Return what makes queues of multiprocessing's; they are closed in the end, and wait for nobody."""
    made: list[Any] = []

    def build(kind: str = "Queue", *arguments: int) -> Any:
        made.append(getattr(SPAWN, kind)(*arguments))
        return made[-1]

    yield build
    for one in made:
        if isinstance(one, TheirQueue):
            one.cancel_join_thread()
        one.close()
    # The semaphores go with the last reference.
    made.clear()


def waits_for(call: Callable[[], object], release: Callable[[], object]) -> bool:
    """Tell whether ``call`` has not returned after a while, and does once ``release`` was called."""
    thread = threading.Thread(target=call)
    thread.start()
    thread.join(0.3)
    waited = thread.is_alive()
    release()
    thread.join(DEADLINE_S)
    return waited and not thread.is_alive()


def unpicklable(theirs: Theirs, make: Make, _start: Start) -> None:
    """multiprocessing's put returns, and only the next item comes; ours raises."""
    lost = theirs()
    lost.put(lambda: None)
    lost.put("next")
    assert lost.get(timeout=DEADLINE_S) == "next"
    with pytest.raises((AttributeError, pickle.PicklingError)):
        make().put(lambda: None)


def leaves_at_once(theirs: Theirs, make: Make, start: Start) -> None:
    """Of a large item the pipe has a part at most when its process has left; ours has it all."""
    lost, ours = theirs(), make()
    for one in (lost, ours):
        start(children.put_and_exit, one, LARGE).join(DEADLINE_S)
    assert ours.get_nowait() == LARGE
    inside = array.array("i", [0])
    fcntl.ioctl(lost._reader.fileno(), termios.FIONREAD, inside)
    assert inside[0] < len(LARGE)


def killed_reader(theirs: Theirs, make: Make, start: Start) -> None:
    """Who waits in get when it is killed keeps multiprocessing's lock; of ours the next one gets the item."""
    poisoned, ours, ready = theirs(), make(), make()
    readers = {one: start(children.get_for_ever, one, ready) for one in (poisoned, ours)}
    assert [ready.get(timeout=DEADLINE_S) for _ in readers] == ["ready"] * 2
    until(poisoned._rlock._semlock._is_zero)
    until_waits(ours, readers[ours].pid or 0, End.GET)
    for one, reader in readers.items():
        reader.kill()
        reader.join()
        one.put("item")
    assert ours.get(timeout=DEADLINE_S) == "item"
    until(lambda: not poisoned.empty())
    with pytest.raises(queue.Empty):
        poisoned.get(timeout=0.3)


def dead_reader(theirs: Theirs, make: Make, start: Start) -> None:
    """The put that has to wait ends in Full with multiprocessing's, in `WorkerDied` with ours."""
    for one, error in ((theirs("Queue", 1), queue.Full), (make(1), WorkerDied)):
        ready = make()
        reader = start(children.get_for_ever, one, ready)
        assert ready.get(timeout=DEADLINE_S) == "ready"
        reader.kill()
        reader.join()
        one.put(0)
        with pytest.raises(error):
            one.put(1, timeout=0.3 if error is queue.Full else None)


def dead_worker(theirs: Theirs, make: Make, start: Start) -> None:
    """multiprocessing's join waits until somebody else calls task_done; ours says who died."""
    both: tuple[Any, ...] = (theirs("JoinableQueue"), make(kind=compat.JoinableQueue))
    for one in both:
        ready, finish = make(), make()
        one.put(0)
        worker = start(children.hold, one, ready, finish)
        assert ready.get(timeout=DEADLINE_S) == "ready"
        worker.kill()
        worker.join()
        if one is both[0]:
            assert waits_for(one.join, one.task_done)
        else:
            with pytest.raises(WorkerDied, match=rf"\(pid {worker.pid}\)"):
                one.join()


def simple_queue_bound(theirs: Theirs, _make: Make, _start: Start) -> None:
    """A put of more than the pipe holds waits for a get; ours returns."""
    piped, ours = theirs("SimpleQueue"), compat.SimpleQueue[bytes]()
    assert waits_for(lambda: piped.put(LARGE), piped.get)
    ours.put(LARGE)
    assert ours.get() == LARGE
    ours.close()


def classes(theirs: Theirs, make: Make, _start: Start) -> None:
    """Ours is no subclass and has none of the private parts."""
    one: Any = theirs()
    ours: Any = make()
    assert isinstance(one, TheirQueue)
    assert not isinstance(ours, TheirQueue)
    for name in ("_reader", "_writer", "_buffer"):
        assert (hasattr(one, name), hasattr(ours, name)) == (True, False)


def at_most(_theirs: Theirs, make: Make, _start: Start) -> None:
    """One member more than there are rows is refused, and the documented number is that of the rows."""
    ours = make()
    assert ours._shared is not None
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(members, "ROWS", 3)
        for _ in range(2):
            Members(ours._shared).join()
        with pytest.raises(RuntimeError, match="3 processes share this queue"):
            Members(ours._shared).join()
    (said,) = [one.ours.en for one in DIFFERENCES if one.name == "members"]
    assert str(ROWS) in said


def platform(_theirs: Theirs, make: Make, _start: Start) -> None:
    """A C library without the functions is refused by name."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(mutex, "_LIBC", object())
        with pytest.raises(UnsupportedPlatform, match=r"glibc 2\.30"):
            make()


SHOWN: dict[str, Show] = {
    "unpicklable": unpicklable,
    "leaves-at-once": leaves_at_once,
    "killed-reader": killed_reader,
    "dead-reader": dead_reader,
    "dead-worker": dead_worker,
    "simple-queue-bound": simple_queue_bound,
    "classes": classes,
    "members": at_most,
    "platform": platform,
}


@pytest.mark.parametrize("name", [one.name for one in DIFFERENCES])
def test_a_difference_is_one(name: str, theirs: Theirs, make: Make, start: Start) -> None:
    """Both queues, side by side, in real processes: what is listed is so, and nothing is listed that is not shown."""
    SHOWN[name](theirs, make, start)


def test_each_is_told_in_both_languages() -> None:
    """Every text is there in Chinese, but for names in code."""
    cjk = re.compile(r"[\u4e00-\u9fff]")
    for one in DIFFERENCES:
        for text in (one.what, one.theirs, one.ours, one.why):
            assert cjk.search(text.zh) or re.fullmatch(r"`[^`]+`", text.zh), text
            assert not cjk.search(text.en)
    assert list(SHOWN) == [one.name for one in DIFFERENCES]
