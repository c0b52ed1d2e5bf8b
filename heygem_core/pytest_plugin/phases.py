"""What surrounds the three phases of a test that asks for it: `no_cpu_fallback` and `stall_guard`.

A plugin of its own beside the package: the wrapper of a phase must not raise before those within it have run, so
what can raise is called from a hook in their midst.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, ExitStack, nullcontext
from functools import partial
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from heygem_core.pytest_plugin.fallback import SessionWatch
    from heygem_core.pytest_plugin.stall import StallGuard

_WATCH: pytest.StashKey[SessionWatch] = pytest.StashKey()
_GUARD: pytest.StashKey[StallGuard] = pytest.StashKey()
_NEW_GUARD: pytest.StashKey[Callable[[], StallGuard]] = pytest.StashKey()
_GUARDS: pytest.StashKey[list[StallGuard]] = pytest.StashKey()
_SETUP: pytest.StashKey[ExitStack] = pytest.StashKey()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, None, None]:
    """Surround what `begin` begins."""
    __tracebackhide__ = True
    with ExitStack() as item.stash[_SETUP]:
        yield


def begin(item: pytest.Item) -> None:
    """Begin before any fixture, so that whatever these make is seen."""
    if item.get_closest_marker("no_cpu_fallback") or "no_cpu_fallback" in getattr(item, "fixturenames", ()):
        watch_sessions(item)
    marker = item.get_closest_marker("stall_guard")
    if marker is not None:
        new: Callable[[], StallGuard] = partial(new_guard, item, *marker.args, **marker.kwargs)
        guard = new()
        item.stash[_GUARD], item.stash[_NEW_GUARD] = guard, new
        item.stash[_SETUP].enter_context(guard)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Around the capturing: what the test wrote to stderr is known afterwards."""
    __tracebackhide__ = True
    with _guarding(item):
        try:
            yield
        except BaseException:
            fallbacks = _fallbacks(item)
            if fallbacks:
                item.add_report_section("call", "no_cpu_fallback", fallbacks)
            raise
    _fail(_fallbacks(item))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, None, None]:
    """After all fixtures."""
    __tracebackhide__ = True
    try:
        with _guarding(item):
            yield
        _fail(_fallbacks(item))
    finally:
        if _WATCH in item.stash:
            item.stash[_WATCH].end()
            del item.stash[_WATCH]
        if _GUARD in item.stash:
            item.stash[_GUARD].stop()
            del item.stash[_GUARD], item.stash[_NEW_GUARD]


def watch_sessions(item: pytest.Item) -> None:
    """Watch the sessions of this test from now on, once."""
    from heygem_core.pytest_plugin.fallback import SessionWatch

    if _WATCH not in item.stash:
        item.stash[_WATCH] = SessionWatch()


def _fallbacks(item: pytest.Item) -> str:
    """Return what is new to tell about sessions that fell back, "" for nothing."""
    findings = item.stash[_WATCH].findings() if _WATCH in item.stash else []
    if not findings:
        return ""
    from heygem_core.pytest_plugin.fallback import explained

    sections = getattr(item, "_report_sections", [])
    return explained(findings, "".join(text for _, kind, text in sections if kind == "stderr"))


def _fail(reason: str) -> None:
    if reason:
        pytest.fail(reason, pytrace=False)


def _guarding(item: pytest.Item) -> AbstractContextManager[object]:
    """Return the guard of a test marked stall_guard for a later phase; one that fired is replaced."""
    if _NEW_GUARD not in item.stash:
        return nullcontext()
    guard = item.stash[_GUARD]
    if guard.fired:
        guard.stop()
        guard = item.stash[_NEW_GUARD]()
        item.stash[_GUARD] = guard
    return guard


def new_guard(item: pytest.Item, seconds: float, *, grace: float | None = None) -> StallGuard:
    """Return a guard that can still write to the terminal when it has to kill this process."""
    from heygem_core.pytest_plugin.stall import GRACE_S, StallGuard

    capture = item.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled() if capture else nullcontext():
        terminal = os.dup(2)
    try:
        guard = StallGuard(item.nodeid, seconds, grace=GRACE_S if grace is None else grace, terminal=terminal)
    finally:
        os.close(terminal)
    item.stash.setdefault(_GUARDS, []).append(guard)
    return guard


def stalled(item: pytest.Item) -> bool:
    """Return whether a guard of this test has fired."""
    return any(guard.fired for guard in item.stash.get(_GUARDS, []))
