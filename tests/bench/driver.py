"""A run of a tiny model in a process of its own, to be interrupted: ``driver.py FOLDER MODEL ENVIRONMENT [BROKEN]``."""

from __future__ import annotations

import hashlib
import sys
from dataclasses import replace
from pathlib import Path

from heygem_core.bench import compare
from heygem_core.bench.folder import Folder
from heygem_core.bench.judge import PlanJudge
from heygem_core.bench.replicate import Arm
from heygem_core.bench.schema import Failure, Model, Run, Scenario
from heygem_core.bench.session import Measuring, Session
from heygem_core.bench.twin import Launch
from tests.bench import samples
from tests.bench.conftest import PLAN, QUICK

ARMS = ("1.0", "1.0-rebuilt", "2.0", "3.0")


def new(model: Path) -> Run:
    """Return a run of 2.0 and 3.0 against 1.0, all of them the same environment, in one scenario."""
    there = Model("tiny", str(model), hashlib.sha256(model.read_bytes()).hexdigest(), model.stat().st_size)
    return replace(
        samples.RUN,
        candidates=("2.0", "3.0"),
        plan=replace(PLAN, looks=(2,), alphas=(0.5,), control=2),
        models=(there,),
        scenarios=(QUICK,),
        environments=tuple(map(samples.environment, ARMS)),
        failures=(),
    )


def main(folder: str, model: str, environment: str, broken: str = "") -> None:
    """Measure the run in ``folder``, new or begun; one line per event; ``broken`` is an arm that does not start."""

    def ready(arm: str, _: Model, __: Scenario) -> Arm:
        python = "/bin/false" if arm == broken else sys.executable
        return Arm(Launch(arm, python, [environment]), model)

    def told(event: Measuring | Failure) -> None:
        what = event.done if isinstance(event, Measuring) else event.detail
        arm = event.experiment.candidate if isinstance(event, Measuring) else event.arm
        sys.stdout.write(f"{arm} {what}\n")
        sys.stdout.flush()

    place = Folder(Path(folder))
    run = place.run() if (place.path / "run.json").exists() else new(Path(model))
    Session(place, run, ready, PlanJudge(run.plan, 1), on_event=told).measure()
    place.write_comparisons(compare.gate(compare.read(place)))


if __name__ == "__main__":
    main(*sys.argv[1:])
