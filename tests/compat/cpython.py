"""CPython's own tests of multiprocessing's queues against ours, and what differs, with the reason.

Not collected by default, ``nox -s compat`` runs it. Where a difference is expected, the test asserts that it shows.
"""

from __future__ import annotations

import multiprocessing
import sys
import unittest
from collections.abc import Callable, Iterator
from multiprocessing import forkserver, queues, resource_tracker
from typing import Any

import pytest

from heygem_core import compat

cpython: Any = pytest.importorskip(
    "test._test_multiprocessing", reason="this interpreter comes without CPython's tests"
)

METHODS = ("spawn", "fork", "forkserver")


class Borrowed(cpython._TestQueue, unittest.TestCase):  # type: ignore[misc] # untyped, from the interpreter
    """CPython's tests, as it runs them for processes, with our queue."""

    __test__ = False
    TYPE = "processes"
    Queue = compat.Queue
    JoinableQueue = compat.JoinableQueue
    Process = staticmethod(multiprocessing.Process)
    Event = staticmethod(multiprocessing.Event)


class BorrowedSimple(cpython.TestSimpleQueue):  # type: ignore[misc] # as above
    """CPython's tests of SimpleQueue."""

    __test__ = False


def _named(case: type[unittest.TestCase]) -> dict[str, type[unittest.TestCase]]:
    return dict.fromkeys(unittest.TestLoader().getTestCaseNames(case), case)


CASES = _named(Borrowed) | _named(BorrowedSimple)
DIFFERENT: dict[str, tuple[type[BaseException], str]] = {
    "test_queue_feeder_donot_stop_onexc": (
        AttributeError,
        "put pickles in its caller, so what cannot be pickled raises there",
    ),
    "test_closed": (AttributeError, "looks at the private attributes _reader and _writer, and there is no pipe"),
}
OF_ANOTHER_CLASS = {
    "test_queue_feeder_on_queue_feeder_error": "subclasses multiprocessing's class for a hook of its feeder thread",
}
"""Run all the same: it passes, and says nothing of our queue."""


@pytest.fixture(scope="module", autouse=True)
def servers() -> Iterator[None]:
    """Run multiprocessing's own helpers around all tests: they outlive every single one."""
    resource_tracker.ensure_running()
    forkserver.ensure_running()
    yield
    own: Any = forkserver._forkserver
    tracker: Any = resource_tracker._resource_tracker
    own._stop()
    tracker._stop()


@pytest.fixture(params=METHODS)
def method(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make ``multiprocessing`` itself start processes this way, and have our queue."""
    before = multiprocessing.get_start_method(allow_none=True)
    multiprocessing.set_start_method(request.param, force=True)
    for name in compat.__all__:
        monkeypatch.setattr(multiprocessing, name, getattr(compat, name))
    monkeypatch.delitem(sys.modules, "imported_by_an_imported_module", raising=False)
    yield
    multiprocessing.set_start_method(before, force=True)


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[compat.Queue[Any]]:
    """Return the queues of ours that a test builds."""
    made: list[compat.Queue[Any]] = []
    original: Callable[..., None] = compat.Queue.__init__

    def noted(self: compat.Queue[Any], *arguments: Any, **named: Any) -> None:
        original(self, *arguments, **named)
        made.append(self)

    monkeypatch.setattr(compat.Queue, "__init__", noted)
    return made


@pytest.mark.usefixtures("method")
@pytest.mark.parametrize("name", CASES)
def test_cpython(name: str, built: list[compat.Queue[Any]]) -> None:
    """Each test of CPython's passes with our queues, or differs as it says above."""
    case = CASES[name](name)
    if name in DIFFERENT:
        with pytest.raises(DIFFERENT[name][0]):
            case.debug()
    else:
        case.debug()
    assert bool(built) == (name not in OF_ANOTHER_CLASS)
    for queue in built:
        queue.close()


def test_the_differences_are_those_of_tests_that_exist() -> None:
    """Every name in the lists of differences is a test of this interpreter's."""
    assert set(DIFFERENT) | set(OF_ANOTHER_CLASS) <= set(CASES)
    assert len(CASES) == len(_named(Borrowed)) + len(_named(BorrowedSimple))
    assert not issubclass(compat.Queue, queues.Queue)
