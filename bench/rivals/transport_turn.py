"""One peer's turn, in a process of the peer's own environment: every case once, printed as one line of JSON."""

from __future__ import annotations

import argparse
import json
import sys
import time
from functools import partial
from typing import Any

from bench.peers import PLACES
from bench.rivals.chain import HOPS, batches
from bench.rivals.processor import spent
from bench.rivals.tasks import NotOffered, chain

_PAUSE_S = 0.002
_PILOT = 4
_MOST = 4000


def turn(peer: str, seconds: float, messages: int, idle_s: float) -> dict[str, Any]:
    """Return what ``peer`` did: each case for about so many ``seconds``, so many small messages, so long idle."""
    sources = batches()
    began = time.perf_counter()
    with chain(peer, sources) as carrier:
        result: dict[str, Any] = {"peer": peer, "start_s": time.perf_counter() - began, "cases": {}, "refused": {}}
        result["idle_share"] = _idle(idle_s) if peer != "memcpy" else None
        result["latency_ns"] = _offered(result, "latency", partial(carrier.latencies, messages, _PAUSE_S))
        for hops in HOPS:
            for case, batch in sources.items():
                label = f"{case}-hops{hops}"
                result["cases"][label] = _offered(
                    result, label, partial(_measured, carrier, case, hops, len(batch), seconds)
                )
    return result


def _offered(result: dict[str, Any], label: str, measure: Any) -> Any:
    try:
        return measure()
    except NotOffered as refusal:
        result["refused"][label] = str(refusal)
        return None


def _measured(carrier: Any, case: str, hops: int, frames: int, seconds: float) -> dict[str, float]:
    # First the pages of every place are touched, then it is found out how many batches fill the time.
    carrier.carry(case, hops, PLACES)
    pilot = carrier.carry(case, hops, _PILOT)
    count = max(_PILOT, min(_MOST, round(seconds * _PILOT / pilot)))
    before = spent()
    took = carrier.carry(case, hops, count)
    return {"frames": count * frames, "seconds": took, "cpu_s": spent() - before}


def _idle(seconds: float) -> float:
    """Return the share of a core that everybody takes while nothing is sent."""
    time.sleep(seconds / 3)
    before = spent()
    time.sleep(seconds)
    return (spent() - before) / seconds


def main() -> None:
    """Take the turn that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("peer")
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--messages", type=int, required=True)
    parser.add_argument("--idle", type=float, required=True)
    asked = parser.parse_args()
    told = turn(asked.peer, asked.seconds, asked.messages, asked.idle)
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
