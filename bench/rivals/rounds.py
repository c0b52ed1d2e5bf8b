"""Rounds in which every peer has one turn, in an order drawn anew; kept in a file, so that a run can be continued."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.rivals import environments
from heygem_core.bench import host

_LAST_WORDS = 300


@dataclass(frozen=True)
class Plan:
    """What is to be compared; ``environment`` maps a peer to the environment that it runs in, if not of its name."""

    module: str
    peers: Sequence[str]
    options: Sequence[str]
    rounds: int
    budget_s: float
    """No round is begun that would not be over by then, going by those before; the first always is."""
    turn_s: float
    """Deadline of one turn."""
    environment: Mapping[str, str] = field(default_factory=dict)


Turn = dict[str, Any]


def run(plan: Plan, path: Path, tell: Callable[[str], None]) -> dict[str, Any]:
    """Return the turns of all rounds and the peers that could not take part, going on with what ``path`` holds.

    ``path`` is rewritten after every turn. Raises ValueError where it is the record of another plan or another host.
    """
    record = _begun(plan, path)
    began, longest = time.monotonic(), 0.0
    for number in range(plan.rounds):
        started = time.monotonic()
        if number and started - began + longest > plan.budget_s:
            tell(f"the time is up after {number} rounds")
            break
        order = [peer for peer in plan.peers if peer not in record["absent"]]
        random.Random(number).shuffle(order)  # noqa: S311 - an order, not a secret
        for peer in order:
            if any(turn["round"] == number and turn["peer"] == peer for turn in record["turns"]):
                continue
            told = time.monotonic()
            _take(plan, peer, number, record)
            path.write_text(json.dumps(record), encoding="utf-8")
            tell(f"round {number + 1} of {plan.rounds}, {peer}: {time.monotonic() - told:.1f} s")
        longest = max(longest, time.monotonic() - started)
    return record


def _begun(plan: Plan, path: Path) -> dict[str, Any]:
    what = json.loads(json.dumps({**asdict(plan), "rounds": None, "budget_s": None}))
    machine = json.loads(json.dumps(asdict(host.facts())))
    if path.exists():
        record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if record["plan"] != what or record["host"]["boot"] != machine["boot"]:
            raise ValueError(f"{path} is the record of another comparison: name another file, or remove it")
        record["absent"] = {}
        return record
    return {"date": f"{datetime.now(UTC):%Y-%m-%d}", "host": machine, "plan": what, "turns": [], "absent": {}}


def _take(plan: Plan, peer: str, number: int, record: dict[str, Any]) -> None:
    """Give ``peer`` its turn; one that cannot take it is put down as absent, with the reason."""
    try:
        python, variables = environments.python(plan.environment.get(peer, peer))
        turn = _turn([python, "-m", plan.module, peer, *plan.options], variables, plan.turn_s)
    except RuntimeError as error:
        record["absent"][peer] = str(error)
    else:
        record["turns"].append({**turn, "round": number})


def _turn(command: list[str], variables: Mapping[str, str], deadline_s: float) -> Turn:
    """Run one turn in a group and a folder of its own; raises RuntimeError with what it said last."""
    with tempfile.TemporaryDirectory(prefix="heygem-peer-") as folder:
        # Unix sockets have short names: a folder deep down would not do for Ray.
        environment = {**os.environ, **variables, "TMPDIR": folder, "RAY_TMPDIR": folder}
        process = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        try:
            out, err = process.communicate(timeout=deadline_s)
        except subprocess.TimeoutExpired:
            raise RuntimeError(f"did not end its turn within {deadline_s:g} s") from None
        finally:
            _end_group(process)
    if process.returncode:
        raise RuntimeError(f"ended with {process.returncode}: {' '.join(err.split())[-_LAST_WORDS:]}")
    turn: Turn = json.loads(out.splitlines()[-1])
    return turn


def _end_group(process: subprocess.Popen[str]) -> None:
    """Kill what is left of the turn: a peer that hung, and what it started in its group."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def say(line: str) -> None:
    """Print a line of progress at once."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()
