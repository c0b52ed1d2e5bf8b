"""Frames between processes: our channel beside what a user would take instead, and memcpy as the limit.

``python -m bench.peers_transport --out out/peers-transport.json`` takes about nine minutes on two cores; started again
with the same file it goes on where it was stopped. In each round every peer has one turn, in a process of its own.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.rivals import rounds, summary
from bench.rivals.tasks import PEERS
from heygem_core.text import Text

OURS, REPORTED, LIMIT = "channel", "queue", "memcpy"
RIVALS = tuple(peer for peer in PEERS if peer not in (OURS, LIMIT))
CASES = tuple(f"{case}-hops{hops}" for hops in (1, 3) for case in ("1080px1", "1080px4", "256x1", "256x4"))
MAIN = "1080px1-hops1"
"""The case that the targets are about: one 1080p frame after the other, from one process to the next."""


def plan(count: int, budget_s: float, *, seconds: float, messages: int, idle_s: float) -> rounds.Plan:
    """Return the comparison."""
    options = ("--seconds", str(seconds), "--messages", str(messages), "--idle", str(idle_s))
    return rounds.Plan(
        "bench.rivals.transport_turn", PEERS, options, count, budget_s, turn_s=120.0, environment={"joblib": "loky"}
    )


def rate(case: str) -> Any:
    """Return the function that reads frames per second of ``case`` from a turn."""

    def read(turn: Mapping[str, Any]) -> float | None:
        told = turn["cases"].get(case)
        return told["frames"] / told["seconds"] if told else None

    return read


def cost(case: str) -> Any:
    """Return the function that reads processor microseconds per frame of ``case``, all processes together."""

    def read(turn: Mapping[str, Any]) -> float | None:
        told = turn["cases"].get(case)
        return 1e6 * told["cpu_s"] / told["frames"] if told else None

    return read


def latency(share: float) -> Any:
    """Return the function that reads that quantile of the latencies of a turn in microseconds."""

    def read(turn: Mapping[str, Any]) -> float | None:
        waits = sorted(turn["latency_ns"] or ())
        return waits[min(len(waits) - 1, int(share * len(waits)))] / 1e3 if waits else None

    return read


def idle(turn: Mapping[str, Any]) -> float | None:
    """Return the share of a core that an idle chain takes."""
    share: float | None = turn["idle_share"]
    return share


def result(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return figures and verdicts of a record, in the form that is kept under bench/results."""
    turns: Sequence[Mapping[str, Any]] = record["turns"]
    peers = {
        peer: {
            "cases": {
                case: {"fps": summary.of(turns, peer, rate(case)), "cpu_us": summary.of(turns, peer, cost(case))}
                for case in CASES
            },
            "latency_p50_us": summary.of(turns, peer, latency(0.5)),
            "latency_p99_us": summary.of(turns, peer, latency(0.99)),
            "idle_share": summary.of(turns, peer, idle),
            "refused": next((turn["refused"] for turn in turns if turn["peer"] == peer), {}),
        }
        for peer in PEERS
        if peer not in record["absent"]
    }
    ratios = {
        case: {
            "reported": summary.ratios(turns, OURS, [REPORTED], rate(case)),
            "fastest": summary.ratios(turns, OURS, RIVALS, rate(case)),
            "limit": summary.ratios(turns, OURS, [LIMIT], rate(case)),
        }
        for case in CASES
    }
    return {
        "date": record["date"],
        "host": record["host"],
        "how": "nox -s bench_peers; every round gives each peer a turn in a new process, in an order drawn anew; "
        "figures are medians of the turns, ratios are within a round",
        "rounds": len({turn["round"] for turn in turns}),
        "absent": record["absent"],
        "peers": peers,
        "ratios": ratios,
        "targets": _targets(turns, ratios),
    }


def _targets(turns: Sequence[Mapping[str, Any]], ratios: Mapping[str, Any]) -> list[dict[str, Any]]:
    def small(share: float) -> Any:
        return summary.of(turns, OURS, latency(share))

    least = [
        (Text("1080p, one hop: times the reported queue", "1080p，1 跳：问题报告中队列的倍数"), 15.0, "reported"),
        (Text("1080p, one hop: share of memcpy", "1080p，1 跳：与 memcpy 之比"), 0.75, "limit"),
    ]
    rows = [summary.target(what, wanted, ratios[MAIN][to], at_least=True) for what, wanted, to in least]
    rows += [
        summary.target(
            Text(f"{case}: times the fastest peer", f"{case}：最快同类的倍数"),
            1.3,
            ratios[case]["fastest"],
            at_least=True,
        )
        for case in CASES
    ]
    most = [
        (Text("small message, p50 in µs", "小消息延迟 p50，µs"), 30.0, small(0.5)),
        (Text("small message, p99 in µs", "小消息延迟 p99，µs"), 200.0, small(0.99)),
        (Text("idle, share of a core", "空闲时占单核的比例"), 0.01, summary.of(turns, OURS, idle)),
    ]
    return rows + [summary.target(what, wanted, got, at_least=False) for what, wanted, got in most]


def main() -> None:
    """Measure, and print whether each target was met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("out/peers-transport.json"))
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--minutes", type=float, default=11.0, help="no round is begun that would take longer")
    parser.add_argument("--seconds", type=float, default=0.3, help="per case and turn")
    parser.add_argument("--messages", type=int, default=300, help="small ones per turn")
    parser.add_argument("--idle", type=float, default=1.5, help="seconds")
    asked = parser.parse_args()
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    what = plan(asked.rounds, 60 * asked.minutes, seconds=asked.seconds, messages=asked.messages, idle_s=asked.idle)
    record = rounds.run(what, asked.out.with_suffix(".turns.json"), rounds.say)
    told = result(record)
    asked.out.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    for peer, why in told["absent"].items():
        rounds.say(f"absent   {peer}: {why}")
    for row in told["targets"]:
        rounds.say(summary.line(row))


if __name__ == "__main__":
    main()
