"""A mount namespace of this process's own, with a small tmpfs where shared memory lives."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

from heygem_core.errors import CaseSkipped

SHM = "/dev/shm"  # noqa: S108 - that very folder
# <linux/sched.h>, <sys/mount.h>
_CLONE_NEWNS = 0x00020000
_CLONE_NEWUSER = 0x10000000
_MS_REC, _MS_PRIVATE = 0x4000, 0x40000


def small_shm(size: int) -> int:
    """Give this process and what it starts a /dev/shm of ``size`` bytes; return what the kernel says it holds.

    For a process without threads that is thrown away. Raises `CaseSkipped` where the system does not allow it.
    """
    user, group = os.getuid(), os.getgid()
    try:
        if user == 0:
            _call("unshare", _CLONE_NEWNS)
        else:
            _call("unshare", _CLONE_NEWNS | _CLONE_NEWUSER)
            Path("/proc/self/setgroups").write_text("deny")
            Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
            Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
        _call("mount", b"none", b"/", None, ctypes.c_ulong(_MS_REC | _MS_PRIVATE), None)
        _call("mount", b"tmpfs", SHM.encode(), b"tmpfs", ctypes.c_ulong(0), f"size={size},mode=1777".encode())
    except OSError as error:
        raise CaseSkipped(
            f"a small tmpfs on {SHM} in a mount namespace is not allowed here: {error}",
            f"此处不允许在 mount namespace 中把小 tmpfs 挂载到 {SHM}：{error}",
        ) from error
    room = os.statvfs(SHM)
    return room.f_blocks * room.f_frsize


def _call(name: str, *arguments: object) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*arguments) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{name}: {os.strerror(code)}")
