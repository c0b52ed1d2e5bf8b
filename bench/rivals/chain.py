"""Frames through one or three hops: what each peer does in its turn, and the processes of those with links."""

from __future__ import annotations

import time
from collections.abc import Mapping
from multiprocessing.connection import Connection
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from bench.rivals.links import LINKS, Link

HOPS = (1, 3)
STAMP = "stamp"
_DEADLINE_S = 120.0

Batches = Mapping[str, NDArray[Any]]


def batches() -> dict[str, NDArray[np.uint8]]:
    """Return the batches to carry by name: frames of 1080p and of 256 pixels square, one and four at a time."""
    noise = np.random.default_rng(0)
    shapes = {"1080p": (1080, 1920, 3), "256": (256, 256, 3)}
    return {
        f"{size}x{count}": noise.integers(0, 256, (count, *shape), np.uint8)
        for size, shape in shapes.items()
        for count in (1, 4)
    }


class Chain(Protocol):
    """A driver at one end and up to three processes."""

    def __enter__(self) -> Self:
        """Start the processes."""

    def __exit__(self, *_: object) -> None:
        """End them."""

    def carry(self, case: str, hops: int, count: int) -> float:
        """Send the batch ``case`` so many times through so many hops; return the seconds until the last was seen.

        Raises ValueError where what was seen is not what was sent.
        """

    def latencies(self, count: int, pause_s: float) -> list[int]:
        """Return nanoseconds from before a small message is put until its receiver has it, each after a pause."""


class Relays:
    """Three spawned processes with links between them."""

    def __init__(self, peer: str, sources: Batches) -> None:
        self._sources = sources
        make = LINKS[peer]
        stamp = np.zeros(1, np.int64)
        self._links = {case: [make(batch) for _ in range(max(HOPS))] for case, batch in sources.items()}
        self._links[STAMP] = [make(stamp)]
        self._controls: list[Connection] = []
        self._processes: list[Any] = []

    def __enter__(self) -> Self:
        """Start the processes and wait until each has answered."""
        context = self._links[STAMP][0].context
        for place in range(max(HOPS)):
            ours, theirs = context.Pipe()
            process = context.Process(target=serve, args=(self._links, place, theirs))
            process.start()
            theirs.close()
            self._controls.append(ours)
            self._processes.append(process)
        for control in self._controls:
            _answer(control)
        return self

    def __exit__(self, *_: object) -> None:
        """End them."""
        for control in self._controls:
            control.send(None)
        for process in self._processes:
            process.join(_DEADLINE_S)
            process.close()
        for control in self._controls:
            control.close()
        for link in (link for links in self._links.values() for link in links):
            link.close()

    def carry(self, case: str, hops: int, count: int) -> float:
        """Send the batch ``case``; see `Chain`."""
        batch, first = self._sources[case], self._links[case][0]
        for control in self._controls[:hops]:
            control.send((case, hops, count))
        began = time.perf_counter()
        for _ in range(count):
            first.put(batch)
        seen, _ = _answer(self._controls[hops - 1])
        took = time.perf_counter() - began
        for control in self._controls[: hops - 1]:
            _answer(control)
        check(seen, count * first.expected(batch, hops - 1))
        return took

    def latencies(self, count: int, pause_s: float) -> list[int]:
        """Send small messages; see `Chain`."""
        self._controls[0].send((STAMP, 1, count))
        for _ in range(count):
            time.sleep(pause_s)
            self._links[STAMP][0].put(np.array([time.monotonic_ns()], np.int64))
        _, waits = _answer(self._controls[0])
        return list(waits)


def check(seen: int, expected: int) -> None:
    """Raise ValueError unless the frames that were seen are those that were sent."""
    if seen != expected:
        raise ValueError(f"the frames' bytes add up to {seen}, expected are {expected}")


def _answer(control: Connection) -> Any:
    if not control.poll(_DEADLINE_S):
        raise TimeoutError(f"a process of the chain did not answer within {_DEADLINE_S} s")
    return control.recv()


def serve(links: Mapping[str, list[Link]], place: int, control: Connection) -> None:
    """Be the process at ``place``: relay or look at what comes, as ordered, until told to end."""
    control.send("ready")
    while (order := control.recv()) is not None:
        case, hops, count = order
        following = links[case][place + 1] if place + 1 < hops else None
        control.send(_run(links[case][place], following, count, stamped=case == STAMP))


def _run(incoming: Link, following: Link | None, count: int, *, stamped: bool) -> tuple[int, list[int]]:
    seen, waits = 0, []
    for _ in range(count):
        batch = incoming.get()
        if stamped:
            waits.append(time.monotonic_ns() - int(batch[0]))
        elif following is None:
            seen += incoming.look(batch)
        else:
            incoming.relay(batch, following)
        del batch
        incoming.done()
    return seen, waits
