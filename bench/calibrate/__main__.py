"""``python -m bench.calibrate --out DIR``: measure what is missing, then say what it shows."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.calibrate import overhead, peers
from bench.calibrate.cells import CELLS, NULL
from bench.calibrate.measuring import Bench
from bench.calibrate.table import figures, markdown
from heygem_core.bench import host, matrix
from heygem_core.bench.from_json import from_json
from heygem_core.bench.scenarios import SCENARIOS
from heygem_core.bench.schema import Plan
from heygem_core.bench.session import REBUILT
from heygem_core.lipsync.generator import model_file
from heygem_core.runtime import ort_envs

PLUS = 0.03
"""What the peers have to find."""
_FRAMES = 1000
"""Runs of one command for hyperfine, so that the start of the process is little of it."""


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(prog="python -m bench.calibrate", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder; the same again goes on")
    parser.add_argument("--ort", default=ort_envs.for_this_python()[-1].version, help="the version that is compared")
    parser.add_argument("--model", default="puppet", help="puppet, dinet-small, dinet or an ONNX file")
    parser.add_argument("--experiments", type=int, default=100, help="of each condition without a difference")
    parser.add_argument("--ladder", type=int, default=20, help="experiments of each cell with one")
    parser.add_argument("--peers", type=int, default=30, help="comparisons of each other tool, equal and at +3 %%")
    parser.add_argument("--peer-frames", type=int, default=_FRAMES, help="runs per command for hyperfine")
    parser.add_argument("--cell", action="append", choices=list(CELLS), help="only this cell; may be given again")
    parser.add_argument("--plan", type=Path, help="JSON with another plan, see heygem-core bench run --plan")
    return parser.parse_args(arguments)


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


class Peers:
    """What the other tools said so far, one line each in peers.jsonl."""

    def __init__(self, bench: Bench, wanted: int, frames: int) -> None:
        self._path = bench.path / "peers.jsonl"
        self._bench = bench
        self._wanted = wanted
        self._frames = frames

    def rows(self) -> list[dict[str, object]]:
        """Return every comparison that was made; an unfinished last line is none."""
        lines = self._path.read_text(encoding="utf-8").split("\n")[:-1] if self._path.exists() else []
        return [json.loads(line) for line in lines]

    def left(self) -> list[tuple[str, float]]:
        """Return which tool has to compare what, once each."""
        rows = self.rows()
        return [
            (name, spin)
            for name in peers.PEERS
            for spin in (0.0, PLUS)
            if peers.missing(name) is None
            and sum((row["peer"], row["spin"]) == (name, spin) for row in rows) < self._wanted
        ]

    def turn(self) -> None:
        """Have every tool that is not done make one comparison of each kind."""
        rows = self.rows()
        for name, spin in self.left():
            environment = Path(self._bench.builds[0].path)
            reference = self._bench.reference()
            alarm, seconds = peers.compare(name, spin, environment, self._bench.model, reference, self._frames)
            row = {"peer": name, "spin": spin, "alarm": alarm, "seconds": seconds}
            rows.append(row)
            self._write(rows)
            say(f"{name} at +{spin:.0%}: {'different' if alarm else 'not different'}, {seconds:.0f} s")

    def _write(self, rows: Sequence[dict[str, object]]) -> None:
        unfinished = self._path.with_suffix(".unfinished")
        with unfinished.open("w", encoding="utf-8") as file:
            file.writelines(f"{json.dumps(row)}\n" for row in rows)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(self._path)


def main(arguments: Sequence[str]) -> int:
    """Measure until everything has its experiments, write calibration.json and calibration.md; return 0."""
    options = parsed(arguments)
    plan = from_json(Plan, json.loads(options.plan.read_text(encoding="utf-8"))) if options.plan else Plan()
    model = model_file(options.model)
    first, second = (
        matrix.environment(arm, {model.stem: model}, "cpu") for arm in (options.ort, options.ort + REBUILT)
    )
    bench = Bench(options.out, (first, second), model, SCENARIOS["single-stream"], plan, say=say)
    facts = {"host": asdict(host.facts()), "ort": options.ort, "wheel_sha256": first.wheel_sha256, "plan": asdict(plan)}
    begin(options.out, facts)
    cells = [CELLS[name] for name in options.cell or CELLS]
    wanted = {cell.name: options.experiments if cell in NULL else options.ladder for cell in cells}
    others = Peers(bench, options.peers, options.peer_frames)
    while (left := [cell for cell in cells if not bench.done(cell, wanted[cell.name])]) or others.left():
        for cell in left:
            bench.turn(cell, wanted[cell.name])
        others.turn()
    told = {**facts, **figures(bench, cells, others.rows()), "overhead": harness(bench)}
    (options.out / "calibration.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    text = markdown(told)
    (options.out / "calibration.md").write_text(text, encoding="utf-8")
    say(text)
    return 0


def harness(bench: Bench) -> dict[str, Any]:
    """Return what the harness costs, measured once."""
    path = bench.path / "overhead.json"
    if not path.exists():
        say("overhead of the harness")
        measured = bench.harness()
        told = {"empty": overhead.empty_frame(measured, bench.path / "null.onnx"), "idle": overhead.idle_twin(measured)}
        path.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def begin(folder: Path, facts: dict[str, object]) -> None:
    """Record what a calibration is of, or raise `NotComparable` where the folder's is of something else."""
    from heygem_core.bench.schema import Host
    from heygem_core.errors import NotComparable

    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "of.json"
    if not path.exists():
        path.write_text(json.dumps(facts, indent=1), encoding="utf-8")
        return
    there = json.loads(path.read_text(encoding="utf-8"))
    host.require_same(from_json(Host, there["host"]), from_json(Host, facts["host"]))
    now = json.loads(json.dumps(facts))
    for name in ("ort", "wheel_sha256", "plan"):
        if there[name] != now[name]:
            raise NotComparable(f"the folder is of another calibration: {name} is {there[name]!r}, not {now[name]!r}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
