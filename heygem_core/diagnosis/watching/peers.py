"""Which Unix socket is connected to which: what ``ss -xp`` shows, asked of the kernel directly."""

from __future__ import annotations

import socket
import struct

# <linux/netlink.h>, <linux/sock_diag.h>, <linux/unix_diag.h>
_NETLINK_SOCK_DIAG, _SOCK_DIAG_BY_FAMILY = 4, 20
_REQUEST_DUMP = 0x1 | 0x300
_NLMSG_ERROR, _NLMSG_DONE = 2, 3
_UDIAG_SHOW_PEER, _UNIX_DIAG_PEER = 4, 2
_HEADER, _ATTRIBUTE = struct.Struct("=IHHII"), struct.Struct("=HH")
_MESSAGE = struct.Struct("=BBBBIII")
_ANSWER_S = 1.0
_LARGEST = 1 << 16


def unix_peers() -> dict[int, int]:
    """Return inode -> inode of the other end, for the connected Unix sockets here; empty where that is refused."""
    found: dict[int, int] = {}
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_SOCK_DIAG) as asking:
            asking.settimeout(_ANSWER_S)
            body = struct.pack("=BBHIIIII", socket.AF_UNIX, 0, 0, 0xFFFFFFFF, 0, _UDIAG_SHOW_PEER, 0, 0)
            asking.send(_HEADER.pack(_HEADER.size + len(body), _SOCK_DIAG_BY_FAMILY, _REQUEST_DUMP, 1, 0) + body)
            while _read(asking.recv(_LARGEST), found):
                pass
    except OSError:
        return {}
    return found


def _read(data: bytes, found: dict[int, int]) -> bool:
    """Take the pairs of one datagram into ``found``; tell whether more will follow."""
    while len(data) >= _HEADER.size:
        length, kind, *_ = _HEADER.unpack_from(data)
        if kind in (_NLMSG_ERROR, _NLMSG_DONE):
            return False
        inode = _MESSAGE.unpack_from(data, _HEADER.size)[4]
        at = _HEADER.size + _MESSAGE.size
        while at + _ATTRIBUTE.size <= length:
            size, name = _ATTRIBUTE.unpack_from(data, at)
            if name == _UNIX_DIAG_PEER:
                found[inode] = struct.unpack_from("=I", data, at + _ATTRIBUTE.size)[0]
            at += max(size + 3 & ~3, _ATTRIBUTE.size)
        data = data[length + 3 & ~3 :]
    return True
