"""Where the group that limits a process's memory is, in every way in which control groups are mounted."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from heygem_core.pipeline import control_group, evidence
from heygem_core.pipeline.control_group import MemoryGroup

V1 = "35 31 0:32 {root} {at}/memory rw,relatime shared:9 - cgroup cgroup rw,memory"
V1_OTHER = "32 31 0:29 / {at}/cpu rw,relatime - cgroup cgroup rw,cpu"
V2 = "41 31 0:38 {root} {at}/unified rw,nosuid - cgroup2 cgroup2 rw,nsdelegate"


def world(proc: Path, groups: str, *mounts: str, root: str = "/") -> Path:
    """Return a /proc whose own process is in ``groups``, with these ``mounts`` below ``proc``/fs."""
    (proc / "self").mkdir(parents=True)
    (proc / "self" / "cgroup").write_text(groups)
    at = str(proc / "fs").replace(" ", r"\040")
    lines = ["23 1 0:1 / / rw - ext4 /dev/vda rw", *(mount.format(at=at, root=root) for mount in mounts)]
    (proc / "self" / "mountinfo").write_text("\n".join(lines) + "\n")
    return proc


@pytest.mark.parametrize(
    ("groups", "mounts", "root", "version", "folder"),
    [
        ("0::/session.slice\n", (V2,), "/", 2, "unified/session.slice"),
        ("4:memory:/docker/1\n1:cpu:/\n0::/\n", (V1_OTHER, V1, V2), "/", 1, "memory/docker/1"),
        ("4:hugetlb,memory:/a:b\n", (V1,), "/", 1, "memory/a:b"),
        ("4:memory:/docker/1/inner\n", (V1,), "/docker/1", 1, "memory/inner"),
        ("4:memory:/docker/1\n", (V1,), "/docker/1", 1, "memory"),
        ("1:name=systemd:/\n0::/a\n", (V1_OTHER, V2), "/", 2, "unified/a"),
    ],
)
def test_it_is_found(
    tmp_path: Path, groups: str, mounts: tuple[str, ...], root: str, version: int, folder: str
) -> None:
    """Version 1 where that has the controller, else 2; as seen in a container; spaces in the path of the mount."""
    proc = world(tmp_path / "a b", groups, *mounts, root=root)
    found = control_group.of(proc=proc)
    assert found is not None
    assert (found.version, found.folder) == (version, proc / "fs" / folder)
    assert found.folder.is_relative_to(found.mount)


@pytest.mark.parametrize(
    ("groups", "mounts", "root"),
    [
        ("0::/a\n", (V1_OTHER,), "/"),
        ("4:memory:/a\n", (V1_OTHER, V2), "/"),
        ("4:memory:/other\n", (V1,), "/docker/1"),
        ("0::/../outside\n", (V2,), "/"),
        ("1:cpu:/\n", (V1_OTHER,), "/"),
    ],
)
def test_what_cannot_be_seen_is_none(tmp_path: Path, groups: str, mounts: tuple[str, ...], root: str) -> None:
    """No controller, no mount of it, or a group outside what is mounted: no guess."""
    assert control_group.of(proc=world(tmp_path, groups, *mounts, root=root)) is None


def test_a_process_that_is_gone_is_none() -> None:
    """There is no folder of it in /proc."""
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    assert control_group.of(gone.pid) is None
    assert evidence.oom_kills(gone.pid) == 0


@pytest.mark.parametrize(
    ("version", "name", "text"),
    [
        (1, "memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n"),
        (2, "memory.events", "low 0\nhigh 0\nmax 41\noom 4\noom_kill 3\noom_group_kill 0\n"),
    ],
)
def test_kills_are_counted_in_both_versions(tmp_path: Path, version: int, name: str, text: str) -> None:
    """The kernel's file of either version gives the same figure; an older kernel's, or none, gives 0."""
    group = MemoryGroup(version, tmp_path, tmp_path)  # type: ignore[arg-type]
    assert group.oom_kills() == 0
    (tmp_path / name).write_text(text)
    assert group.oom_kills() == 3
    (tmp_path / name).write_text("oom_kill_disable 0\nunder_oom 0\n")
    assert group.oom_kills() == 0
