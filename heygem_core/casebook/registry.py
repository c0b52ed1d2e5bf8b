"""The cases, in the order in which they are told; each is imported only when it is asked for."""

from __future__ import annotations

import importlib

from heygem_core.casebook.model import Case

_MODULES = {
    "queue-full": "queue_full",
    "dataloader-workers": "dataloader_workers",
    "library-path": "library_path",
    "cpu-fallback": "cpu_fallback",
    "env-inheritance": "env_inheritance",
    "placebo-knobs": "placebo_knobs",
    "slow-consumer": "slow_consumer",
    "zombies": "zombies",
    "ort-version": "ort_version",
    "gpu-idle": "gpu_idle",
    "silent-death": "silent_death",
    "poisoned-lock": "poisoned_lock",
    "failure-marker-behind-full-queue": "failure_marker",
    "late-reply": "late_reply",
    "exit-before-report": "exit_before_report",
    "cold-start-deadline": "cold_start_deadline",
    "feeder-join": "feeder_join",
    "non-daemon-children": "non_daemon_children",
    "telemetry-fork-hang": "telemetry_fork_hang",
    "shm-too-small": "shm_too_small",
    "host-oom": "host_oom",
    "thread-spin": "thread_spin",
    "package-conflict": "package_conflict",
    "gunicorn-prefork": "gunicorn_prefork",
    "last-batch-shape": "last_batch_shape",
    "fork-after-cuda": "fork_after_cuda",
}

NAMES: tuple[str, ...] = tuple(_MODULES)
"""Names of all cases, in order."""


class UnknownCase(ValueError):
    """No case has that name; the message lists those there are."""


def load(name: str) -> Case:
    """Return the case called ``name``; raises `UnknownCase`."""
    if name not in _MODULES:
        raise UnknownCase(f"unknown case {name!r}; there are: {', '.join(NAMES)}")
    case: Case = importlib.import_module(f"heygem_core.casebook.cases.{_MODULES[name]}").CASE
    return case


def select(names: tuple[str, ...] | list[str]) -> list[str]:
    """Return ``names``, each once and in the casebook's order, or all of them for none; raises `UnknownCase`."""
    for name in names:
        if name not in _MODULES:
            raise UnknownCase(f"unknown case {name!r}; there are: {', '.join(NAMES)}")
    return [name for name in NAMES if not names or name in names]
