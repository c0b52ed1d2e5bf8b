"""Every case with its mechanism mended, for real: it fails, and gives no verdict all the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from heygem_core.casebook import dataloader_observer, field_envs, registry
from heygem_core.casebook.cases import (
    cold_start_deadline,
    dataloader_workers,
    env_inheritance,
    exit_before_report,
    failure_marker,
    feeder_join,
    gunicorn_prefork,
    host_oom,
    late_reply,
    non_daemon_children,
    placebo_knobs,
    poisoned_lock,
    queue_full,
    shm_too_small,
    silent_death,
    slow_consumer,
    telemetry_fork_hang,
    thread_spin,
    zombies,
)
from heygem_core.casebook.host import hosted
from heygem_core.casebook.model import Options
from heygem_core.casebook.probes import memory_limit, native
from heygem_core.casebook.topology import Topology
from heygem_core.errors import CaseSkipped, EffectNotShown
from heygem_core.runtime import ort_envs
from heygem_core.runtime.environment import TELEMETRY
from tests.casebook import mended
from tests.casebook.census import nothing_left

Mend = Callable[[pytest.MonkeyPatch, Path], None]
ELSEWHERE = {"cpu-fallback", "gpu-idle", "last-batch-shape", "fork-after-cuda"}
"""Mended, these would need a GPU."""


def consumer_works(patch: pytest.MonkeyPatch, _folder: Path) -> None:
    """It takes every item."""
    original = queue_full.scenarios
    working = lambda timeout_s: {name: replace(one, takes=None) for name, one in original(timeout_s).items()}  # noqa: E731
    patch.setattr(queue_full, "scenarios", working)


def forked_before(patch: pytest.MonkeyPatch, _folder: Path) -> None:
    """The workers are forked from a process that ran no parallel region."""
    original = dataloader_observer.hang
    patch.setattr(dataloader_workers, "hang", lambda _name, **named: original("fork before", **named))


def no_dependency(patch: pytest.MonkeyPatch, _folder: Path) -> None:
    """The library needs nothing that lies elsewhere."""
    original = native.pair

    def alone(folder: Path) -> tuple[Path, Path]:
        library, dependency = original(folder)
        return native.compile_library(library, "int hg_answer(void) { return 42; }"), dependency

    patch.setattr(native, "pair", alone)


def set_in_time(patch: pytest.MonkeyPatch, _folder: Path) -> None:
    """The variable is always set before the child starts."""
    original = hosted
    early = lambda target, arguments, **named: original(target, {**arguments, "when": "before"}, **named)  # noqa: E731
    patch.setattr(env_inheritance, "hosted", early)


def a_real_knob(patch: pytest.MonkeyPatch, _folder: Path) -> None:
    """One of the five is a variable that onnxruntime does read."""
    five = {**placebo_knobs.FIVE, placebo_knobs.ORT_CONTROL: "2"}
    patch.setattr(placebo_knobs, "FIVE", five)


def always_too_slow(patch: pytest.MonkeyPatch, _folder: Path) -> None:
    """The slow consumer needs more for an item than the timeout."""
    patch.setattr(slow_consumer, "_SLOW", slow_consumer._TOO_SLOW)


def nobody_dies(patch: pytest.MonkeyPatch, _folder: Path) -> None:
    """The consumer hangs where it should die."""
    patch.setattr(zombies, "Topology", lambda **fields: Topology(**{**fields, "fault": "wedge"}))


def one_version(patch: pytest.MonkeyPatch, _folder: Path) -> None:
    """Behind every version is the newest one."""
    there = ort_envs.built()
    patch.setattr(ort_envs, "built", lambda: dict.fromkeys(there, list(there.values())[-1]))


def loads(patch: pytest.MonkeyPatch, _folder: Path) -> None:
    """The model loads; a batch breaks in both."""
    original = silent_death._died
    patch.setattr(silent_death, "_died", lambda _broken, timeout_s: original("batch", timeout_s))


def killed_working(patch: pytest.MonkeyPatch, _folder: Path) -> None:
    """No worker is killed while it waits."""
    ways = {name: {**way, "working": True} for name, way in poisoned_lock.WAYS.items()}
    patch.setattr(poisoned_lock, "WAYS", ways)


def marker_apart(patch: pytest.MonkeyPatch, _folder: Path) -> None:
    """The marker always has a queue of its own."""
    original = failure_marker._marked
    patch.setattr(failure_marker, "_marked", lambda _own, timeout_s: original(True, timeout_s))


def drained(patch: pytest.MonkeyPatch, _folder: Path) -> None:
    """Answers to others are always dropped."""
    original = late_reply._asked
    patch.setattr(late_reply, "_asked", lambda _drains, timeout_s: original(True, timeout_s))


def reports_first(patch: pytest.MonkeyPatch, _folder: Path) -> None:
    """The writer reports before it leaves."""
    original = exit_before_report._written
    reports = lambda how, timeout_s: original("reports" if how == "leaves" else how, timeout_s)  # noqa: E731
    patch.setattr(exit_before_report, "_written", reports)


def asked_when_loaded(patch: pytest.MonkeyPatch, _folder: Path) -> None:
    """Nobody asks before the worker has loaded."""
    original = cold_start_deadline._started
    patch.setattr(cold_start_deadline, "_started", lambda timeout_s, **_: original(timeout_s, loaded=True))


def small_items(patch: pytest.MonkeyPatch, _folder: Path) -> None:
    """All items fit into the pipe."""
    patch.setattr(feeder_join, "WAYS", {name: {**way, "size": 8} for name, way in feeder_join.WAYS.items()})


def daemonic(patch: pytest.MonkeyPatch, _folder: Path) -> None:
    """Every child is."""
    ways = {name: {**way, "daemon": True} for name, way in non_daemon_children.WAYS.items()}
    patch.setattr(non_daemon_children, "WAYS", ways)


def telemetry_off(patch: pytest.MonkeyPatch, _folder: Path) -> None:
    """The variable is always set."""
    original = telemetry_fork_hang._fork
    patch.setattr(telemetry_fork_hang, "_fork", lambda given, **named: original({**given, TELEMETRY: "1"}, **named))


def elsewhere(patch: pytest.MonkeyPatch, case: Any, function: Callable[..., Any]) -> None:
    """Let the hosts of ``case`` run the mended experiment."""
    target = f"{mended.__name__}:{function.__name__}"
    patch.setattr(case, "hosted", lambda _target, arguments, **named: hosted(target, arguments, **named))


def roomy_shm(patch: pytest.MonkeyPatch, _folder: Path) -> None:
    """Everything fits."""
    elsewhere(patch, shm_too_small, mended.roomy_shm)


def roomy_memory(patch: pytest.MonkeyPatch, _folder: Path) -> None:
    """The limit is high enough."""
    patch.setattr(host_oom, "LIMIT", memory_limit.ROOMY)


def no_spinning(patch: pytest.MonkeyPatch, _folder: Path) -> None:
    """No session spins."""
    elsewhere(patch, thread_spin, mended.without_spinning)


def gpu_package_last(patch: pytest.MonkeyPatch, folder: Path) -> None:
    """Whatever the order, onnxruntime-gpu came last."""
    there = field_envs.require(field_envs.CONFLICT)
    for link, target in (("cpu-last", "gpu-last"), ("gpu-last", "gpu-last"), ("cpu-removed", "gpu-last")):
        (folder / link).symlink_to(there / target)
    (folder / "numpy").symlink_to(there / "numpy")
    patch.setattr(field_envs, "require", lambda _name: folder)


def session_after_the_fork(patch: pytest.MonkeyPatch, _folder: Path) -> None:
    """No session is created before the fork."""
    ways = {name: {**way, "early": False} for name, way in gunicorn_prefork._WAYS.items()}
    patch.setattr(gunicorn_prefork, "_WAYS", ways)


MENDED: Mapping[str, tuple[Mend, str]] = {
    "queue-full": (consumer_works, "the log sequence is not the report's: 150 sent"),
    "dataloader-workers": (forked_before, "should hang, and ended"),
    "library-path": (no_dependency, "unset: expected not found"),
    "env-inheritance": (set_in_time, "'after'.*the child sees"),
    "placebo-knobs": (a_real_knob, "is no placebo here"),
    "slow-consumer": (always_too_slow, "should have passed 14 items"),
    "zombies": (nobody_dies, "<defunct> should be"),
    "ort-version": (one_version, "were to be asked"),
    "silent-death": (loads, "should have died at load"),
    "poisoned-lock": (killed_working, "the next worker gets the item should be False"),
    "failure-marker-behind-full-queue": (marker_apart, "the marker should still wait in put"),
    "late-reply": (drained, "the answer to the one before"),
    "exit-before-report": (reports_first, "should report nothing"),
    "cold-start-deadline": (asked_when_loaded, "only the question at once"),
    "feeder-join": (small_items, "as reported: the process should have waited"),
    "non-daemon-children": (daemonic, "should have waited for its child"),
    "telemetry-fork-hang": (telemetry_off, "should hang at its exit, and ended"),
    "shm-too-small": (roomy_shm, "fits into"),
    "host-oom": (roomy_memory, "should have killed the consumer"),
    "thread-spin": (no_spinning, "should cost processor time"),
    "package-conflict": (gpu_package_last, "installed last should decide"),
    "gunicorn-prefork": (session_after_the_fork, "should hang until the timeout"),
}
"""Case, what takes its effect away, and the words of its judge then."""


@pytest.mark.slow
@pytest.mark.parametrize("name", MENDED)
def test_a_case_that_cannot_show_its_effect_fails(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The whole experiment runs, in its real processes, with what makes the effect taken away."""
    case = registry.load(name)
    mend, words = MENDED[name]
    try:
        mend(monkeypatch, tmp_path)
        # The words tell that judgement from an experiment that merely broke down.
        with nothing_left(), pytest.raises(EffectNotShown, match=words):
            case.run(Options())
    except CaseSkipped as reason:
        pytest.skip(str(reason))


def test_no_case_is_left_out() -> None:
    """Each is mended here, or needs a GPU for that."""
    assert MENDED.keys() | ELSEWHERE == set(registry.NAMES)
    assert not MENDED.keys() & ELSEWHERE
