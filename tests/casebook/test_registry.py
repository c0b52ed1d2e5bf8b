"""The list of cases: complete, ordered, and clear about a name that is not on it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from heygem_core.casebook import registry


def test_the_order_is_that_of_the_story() -> None:
    """The cases stand in the order in which they are told."""
    assert registry.NAMES == (
        "queue-full",
        "dataloader-workers",
        "library-path",
        "cpu-fallback",
        "env-inheritance",
        "placebo-knobs",
        "slow-consumer",
        "zombies",
        "ort-version",
        "gpu-idle",
        "silent-death",
        "poisoned-lock",
        "failure-marker-behind-full-queue",
        "late-reply",
        "exit-before-report",
        "cold-start-deadline",
        "feeder-join",
        "non-daemon-children",
        "telemetry-fork-hang",
        "shm-too-small",
        "host-oom",
        "thread-spin",
        "package-conflict",
        "gunicorn-prefork",
        "last-batch-shape",
        "fork-after-cuda",
    )


@pytest.mark.parametrize("name", registry.NAMES)
def test_every_case_loads_under_its_name_in_both_languages(name: str) -> None:
    """A case carries its registered name, and title, claim and source are there in both languages."""
    case = registry.load(name)
    assert case.name == name
    assert all((case.title.en, case.title.zh, case.claim.en, case.claim.zh, case.source))
    assert case.title.en != case.title.zh
    assert case.claim.en != case.claim.zh


def test_an_unknown_name_is_answered_with_those_there_are() -> None:
    """The error names what was asked for and every case."""
    with pytest.raises(registry.UnknownCase, match=r"unknown case 'queue'; there are: queue-full, .*gpu-idle"):
        registry.load("queue")
    with pytest.raises(registry.UnknownCase, match="unknown case 'queue'"):
        registry.select(["zombies", "queue"])


def test_listing_the_cases_loads_nothing_heavy() -> None:
    """Whoever only lists the cases loads neither torch, onnxruntime, cv2 nor av."""
    program = (
        "import sys\n"
        "from heygem_core.casebook import registry\n"
        "for name in registry.NAMES: registry.load(name)\n"
        "print(*{'torch', 'onnxruntime', 'cv2', 'av'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == []


def test_a_selection_is_in_order_and_without_doubles() -> None:
    """No name selects all; names in any order, and twice, give each case once, in order."""
    assert registry.select([]) == list(registry.NAMES)
    assert registry.select(["zombies", "queue-full", "zombies"]) == ["queue-full", "zombies"]
