"""host-oom: with a memory limit the kernel kills the consumer; the core names the signal and the counter."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from heygem_core.casebook.cases import host_oom
from heygem_core.casebook.model import Options
from heygem_core.casebook.probes import memory_limit
from heygem_core.errors import CaseSkipped, EffectNotShown
from tests.casebook.census import nothing_left
from tests.casebook.languages import in_both
from tests.casebook.recorded import assert_as_recorded

FOUND: dict[str, Any] = {
    "service": {"sent": 10, "full": True, "exit_code": -9, "oom_kills": 1},
    "roomy": {"sent": 150, "full": False, "exit_code": 0, "oom_kills": 0},
    "core": {
        "cause": "worker-died",
        "culprit": "generator",
        "detail": "its process was killed by SIGKILL (9) while working at frame 4",
        "evidence": ["the kernel's out-of-memory killer ended 1 process(es) of its control group meanwhile"],
        "seconds": 1.0,
        "left": 0,
    },
}
V1 = "35 31 0:32 / {at} rw - cgroup cgroup rw,memory\n"
V2 = "41 31 0:38 / {at} rw - cgroup2 cgroup2 rw\n"
Own = Callable[[str, str], Path]


@pytest.fixture
def own(tmp_path: Path) -> Own:
    """Return what builds a /proc in which control groups, ordinary folders here, are mounted at ``tmp_path``/fs."""

    def build(groups: str, mount: str) -> Path:
        (tmp_path / "fs" / "session").mkdir(parents=True)
        (tmp_path / "self").mkdir()
        (tmp_path / "self" / "cgroup").write_text(groups)
        (tmp_path / "self" / "mountinfo").write_text(mount.format(at=tmp_path / "fs"))
        return tmp_path

    return build


def emptied(group: Path) -> None:
    """Remove the files of ``group``: the kernel takes them away with a group, ordinary ones must go first."""
    for file in group.iterdir():
        file.unlink()


def test_the_kernel_kills_the_consumer_and_the_core_says_so() -> None:
    """Under a real limit: ten puts, SIGKILL, one more kill counted, the same of the core's stage; none with room."""
    try:
        with nothing_left():
            finding = host_oom.run(Options())
    except CaseSkipped as reason:
        in_both(reason)
        pytest.skip(str(reason))
    assert finding.verdict == "confirmed"
    assert (finding.core.cause, finding.core.culprit) == ("worker-died", "generator")
    assert "out-of-memory killer ended 1 process(es)" in finding.core.outcome.en
    assert_as_recorded(host_oom.CASE, finding)


@pytest.mark.parametrize(
    ("part", "field", "value"),
    [
        ("service", "exit_code", 1),
        ("service", "oom_kills", 0),
        ("service", "sent", 11),
        ("service", "full", False),
        ("roomy", "exit_code", -9),
        ("roomy", "sent", 10),
        ("roomy", "full", True),
        ("core", "cause", "raised"),
        ("core", "culprit", "write_video"),
        ("core", "detail", "its process exited with code 1"),
        ("core", "evidence", []),
        ("core", "left", 1),
    ],
)
def test_no_verdict_without_the_effect(part: str, field: str, value: object) -> None:
    """Each fact that the verdict rests on can fail it: another end, no kill counted, no more room, another blame."""
    assert host_oom.judge(FOUND, "cgroup v1", 5.0, 1.5).verdict == "confirmed"
    with pytest.raises(EffectNotShown):
        host_oom.judge({**FOUND, part: {**FOUND[part], field: value}}, "cgroup v1", 5.0, 1.5)


def test_without_a_controller_and_without_systemd_the_reason_says_so(own: Own, tmp_path: Path) -> None:
    """A system with no control groups for memory is no verdict."""
    proc = own("1:cpu:/\n", "")
    with (
        pytest.raises(CaseSkipped, match="no control groups with a memory controller") as caught,
        memory_limit.limited(1 << 20, proc, tmp_path / "no systemd"),
    ):
        pytest.fail("there is nothing to make a group in")
    in_both(caught.value)


def test_version_2_the_group_is_made_where_the_controller_is_handed_on(own: Own) -> None:
    """The nearest parent that hands on the memory controller is taken; the limit is there, and gone afterwards."""
    proc = own("0::/session\n", V2)
    (proc / "fs" / "cgroup.subtree_control").write_text("cpu memory")
    (proc / "fs" / "session" / "cgroup.subtree_control").write_text("cpu")
    with memory_limit.limited(1 << 20, proc) as limit:
        assert limit.group is not None
        assert (limit.how, limit.command, limit.group.parent) == ("cgroup v2", (), proc / "fs")
        assert int((limit.group / "memory.max").read_text()) == 1 << 20
        emptied(limit.group)
    assert not limit.group.exists()


def test_version_1_the_group_is_made_below_our_own(own: Own) -> None:
    """Nothing has to be handed on there; the killer is on, whatever the parent had."""
    proc = own("4:memory:/session\n0::/\n", V1)
    with memory_limit.limited(1 << 20, proc) as limit:
        assert limit.group is not None
        assert (limit.how, limit.group.parent) == ("cgroup v1", proc / "fs" / "session")
        assert int((limit.group / "memory.limit_in_bytes").read_text()) == 1 << 20
        assert (limit.group / "memory.oom_control").read_text() == "0"
        emptied(limit.group)
    assert not limit.group.exists()


def test_where_no_group_can_be_made_systemd_is_asked(own: Own, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A controller that nobody hands on: the limit is a scope's if systemd runs, else the case is skipped."""
    proc = own("0::/\n", V2)
    (proc / "fs" / "cgroup.subtree_control").write_text("")
    with (
        pytest.raises(CaseSkipped, match="the memory controller is not handed on") as caught,
        memory_limit.limited(1 << 20, proc, tmp_path / "no systemd"),
    ):
        pytest.fail("there is nothing to make a group in")
    in_both(caught.value)
    fake_systemd_run(tmp_path, 'while [ "$1" != -- ]; do shift; done; shift; exec "$@"', monkeypatch)
    with memory_limit.limited(1 << 20, proc, tmp_path) as limit:
        assert (limit.group, limit.command[0], limit.command[-1]) == (None, str(tmp_path / "systemd-run"), "--")
        assert "MemoryMax=1048576" in limit.command
    fake_systemd_run(tmp_path, "echo 'Failed to connect to bus' >&2; exit 1", monkeypatch)
    with (
        pytest.raises(CaseSkipped, match=r"handed on.*; systemd-run: Failed to connect to bus"),
        memory_limit.limited(1 << 20, proc, tmp_path),
    ):
        pytest.fail("systemd refused")


def fake_systemd_run(folder: Path, program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a shell program in the place of systemd-run."""
    path = folder / "systemd-run"
    path.write_text(f"#!/bin/sh\n{program}\n")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
