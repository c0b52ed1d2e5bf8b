"""The other end of a channel, as a program: ``python -m tests.pipeline.peer ROLE FD FD FD SLOTS SLOT_BYTES``."""

from __future__ import annotations

import sys

import numpy as np

from heygem_core.pipeline.channel import Receiver, Sender


def main(role: str, *numbers: int) -> None:
    """Play ``role`` until standard input ends."""
    region, first, second, slots, slot_bytes = numbers
    if role == "produce-two-and-wait":
        sender = Sender(region, first, second, slots, slot_bytes)
        for value in range(2):
            slot = sender.acquire()
            slot.allocate("x", (8,), np.int64)[:] = value
            sender.send(slot, 1, value, 1)
        print("sent", flush=True)  # noqa: T201 - the test reads it
    elif role == "take-two-and-wait":
        receiver = Receiver(region, first, second, slots, slot_bytes)
        receiver.receive()
        receiver.receive()
        print("holding", flush=True)  # noqa: T201 - the test reads it
    sys.stdin.read()


main(sys.argv[1], *map(int, sys.argv[2:]))
