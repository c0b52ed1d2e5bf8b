"""host-oom: with a memory limit the kernel kills the consumer; the core names the signal and the counter."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from heygem_core.casebook.cases import host_oom
from heygem_core.casebook.model import Options
from heygem_core.casebook.probes import memory_limit
from heygem_core.errors import CaseSkipped, EffectNotShown
from tests.casebook.census import nothing_left

FOUND: dict[str, Any] = {
    "service": {"sent": 10, "exit_code": -9, "oom_kills": 1},
    "core": {
        "cause": "worker-died",
        "culprit": "generator",
        "detail": "its process was killed by SIGKILL (9) while working at frame 4",
        "evidence": ["the memory limit of the control group killed 1 process(es) meanwhile"],
        "seconds": 1.0,
        "left": 0,
    },
}


def test_the_kernel_kills_the_consumer_and_the_core_says_so() -> None:
    """Under a real limit: ten puts, SIGKILL, one more kill counted; and the same of the core's stage."""
    try:
        with nothing_left():
            finding = host_oom.run(Options())
    except CaseSkipped as reason:
        pytest.skip(str(reason))
    assert finding.verdict == "confirmed"
    assert (finding.core.cause, finding.core.culprit) == ("worker-died", "generator")


@pytest.mark.parametrize(
    ("part", "field", "value"),
    [
        ("service", "exit_code", 1),
        ("service", "oom_kills", 0),
        ("service", "sent", 11),
        ("core", "cause", "raised"),
        ("core", "culprit", "write_video"),
        ("core", "detail", "its process exited with code 1"),
        ("core", "evidence", []),
        ("core", "left", 1),
    ],
)
def test_no_verdict_without_the_effect(part: str, field: str, value: object) -> None:
    """Each fact that the verdict rests on can fail it: another end, no kill counted, another log, another blame."""
    assert host_oom.judge(FOUND, 5.0, 1.5).verdict == "confirmed"
    with pytest.raises(EffectNotShown):
        host_oom.judge({**FOUND, part: {**FOUND[part], field: value}}, 5.0, 1.5)


def test_without_version_2_the_reason_says_so(tmp_path: Path) -> None:
    """A system with the older control groups, or none, is no verdict."""
    with pytest.raises(CaseSkipped, match="version 2"), memory_limit.limited(tmp_path):
        pytest.fail("there is nothing to make a group in")


def test_the_group_is_made_where_the_controller_is_handed_on_and_removed(tmp_path: Path) -> None:
    """The nearest parent that hands on the memory controller is taken; the limit is set without swap."""
    (tmp_path / "cgroup.controllers").write_text("cpu memory")
    (tmp_path / "cgroup.subtree_control").write_text("cpu memory")
    (tmp_path / "session").mkdir()
    (tmp_path / "session" / "cgroup.subtree_control").write_text("cpu")
    own = tmp_path / "own"
    own.write_text("0::/session\n")
    with memory_limit.limited(tmp_path, own) as group:
        assert group.parent == tmp_path
        assert int((group / "memory.max").read_text()) == memory_limit.LIMIT
        # The kernel removes these with the group; ordinary files must go first.
        for file in group.iterdir():
            file.unlink()
    assert not group.exists()


def test_a_controller_that_nobody_hands_on_is_a_reason_to_skip(tmp_path: Path) -> None:
    """As in a container without delegation."""
    (tmp_path / "cgroup.controllers").write_text("memory")
    (tmp_path / "cgroup.subtree_control").write_text("")
    own = tmp_path / "own"
    own.write_text("0::/\n")
    with pytest.raises(CaseSkipped, match="none of them hands on"), memory_limit.limited(tmp_path, own):
        pytest.fail("there is nothing to make a group in")
