"""From what somebody asked for to a `Session`: a new run, or the one that the folder already holds."""

from __future__ import annotations

import hashlib
import sys
import uuid
import wave
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from heygem_core.bench import host, matrix
from heygem_core.bench.folder import Folder
from heygem_core.bench.replicate import Arm
from heygem_core.bench.scenarios import SCENARIOS
from heygem_core.bench.schema import Environment, Failure, Model, Plan, Run, Scenario
from heygem_core.bench.session import REBUILT, Session, arms_of
from heygem_core.bench.twin import ROOT, Launch
from heygem_core.errors import ArmFailed, NotComparable
from heygem_core.lipsync import assets
from heygem_core.lipsync.generator import NAMES, model_file
from heygem_core.runtime import nvml

_SPEECH_S = 1
_RATE = 16_000

Building = Callable[[str], None]
"""Told the name of each arm before it is built or asked what it is."""


@dataclass(frozen=True)
class Request:
    """What to compare: the first of ``arms`` is the reference, the others are held against it."""

    arms: tuple[str, ...]
    models: tuple[str, ...] = ("puppet",)
    scenarios: tuple[str, ...] = tuple(SCENARIOS)
    provider: str = "cpu"
    plan: Plan = field(default_factory=Plan)

    def check(self) -> None:
        """Raise ValueError for what cannot be asked for."""
        if len(self.arms) < 2 or len(set(self.arms)) != len(self.arms):
            raise ValueError(f"at least two different versions are needed, got {', '.join(self.arms) or 'none'}")
        for arm in self.arms:
            matrix.parse(arm)
        unknown = [name for name in self.scenarios if name not in SCENARIOS]
        if unknown:
            raise ValueError(f"scenario {unknown[0]!r} is unknown, allowed are {', '.join(SCENARIOS)}")


def run(path: Path, request: Request, building: Building = lambda _: None) -> tuple[Folder, Run]:
    """Return the folder and the run in it, made if there is none; building what is missing.

    Raises ValueError for a bad request, `NotComparable` when the folder holds a run of another request, host or
    build, `BadModel`, and `ArmFailed` when the reference itself cannot be had; a candidate that cannot be had is a
    failure in the run.
    """
    request.check()
    folder = Folder(path)
    made = _made(request, building)
    if not (path / "run.json").exists():
        folder.write_run(made)
        return folder, made
    there = folder.run()
    _require_same(there, made)
    return folder, replace(there, failures=made.failures, environments=_joined(there, made))


def _made(request: Request, building: Building) -> Run:
    base = request.arms[0]
    models = [_model(name, model_file(name)) for name in request.models]
    made = Run(
        id=uuid.uuid4().hex[:12],
        began=datetime.now(UTC).isoformat(timespec="seconds"),
        ended=None,
        provider=request.provider,  # type: ignore[arg-type]  # checked where it is parsed
        base=base,
        candidates=request.arms[1:],
        plan=request.plan,
        host=host.facts(),
        models=tuple(models),
        scenarios=tuple(SCENARIOS[name] for name in request.scenarios),
        environments=(),
        unavailable=_unavailable(request.provider),
    )
    paths = {model.name: Path(model.path) for model in models}
    environments, failures = [], []
    for arm in arms_of(made):
        building(arm)
        try:
            environments.append(matrix.environment(arm, paths, request.provider))
        except ArmFailed as error:
            if arm.removesuffix(REBUILT) == base:
                raise
            failures.append(Failure(arm, None, None, str(error.cause), error.detail))
    told = [matrix.ask(environments[0], Path(model.path), request.provider)["fixed_batch"] for model in models]
    fixed = tuple(replace(model, batch=batch) for model, batch in zip(models, told, strict=True))
    return replace(made, models=fixed, environments=tuple(environments), failures=tuple(failures))


def _model(name: str, path: Path) -> Model:
    content = path.read_bytes()
    label = name if name in NAMES else path.stem
    return Model(label, str(path.absolute()), hashlib.sha256(content).hexdigest(), len(content))


def _unavailable(provider: str) -> dict[str, str]:
    reason = nvml.available()
    if provider == "cuda":
        return {} if reason is None else dict.fromkeys(("gpu", "peak_vram", "energy"), reason.en)
    return dict.fromkeys(("gpu", "peak_vram", "energy"), "measured with provider cuda only")


def _require_same(there: Run, made: Run) -> None:
    host.require_same(there.host, made.host)
    names = ("provider", "base", "candidates", "plan", "models")
    pairs: list[tuple[str, Any, Any]] = [(name, getattr(there, name), getattr(made, name)) for name in names]
    pairs.append(("scenarios", [one.name for one in there.scenarios], [one.name for one in made.scenarios]))
    wheels = [{one.arm: one.wheel_sha256 for one in run.environments} for run in (there, made)]
    pairs += [(f"wheel of {arm}", wheels[0][arm], wheels[1][arm]) for arm in wheels[0].keys() & wheels[1].keys()]
    for name, before, now in pairs:
        if before != now:
            raise NotComparable(f"the folder holds another run: {name} is {before!r} there and {now!r} here")


def _joined(there: Run, made: Run) -> tuple[Environment, ...]:
    known = {one.arm: one for one in (*there.environments, *made.environments)}
    return tuple(known.values())


def session(folder: Folder, run: Run, judge: Any, on_event: Callable[[Any], None], building: Building) -> Session:
    """Return what measures ``run``; environments for a confirmation are built when one is called for."""
    environments = {one.arm: one for one in run.environments}
    paths = {model.name: Path(model.path) for model in run.models}

    def ready(arm: str, model: Model, scenario: Scenario) -> Arm:
        if arm not in environments:
            building(arm)
            environments[arm] = matrix.environment(arm, paths, run.provider)
            made.add({"environments": tuple(environments.values())})
        found = environments[arm]
        if scenario.name != "pipeline":
            return Arm(matrix.launch(found), model.path)
        return Arm(_layered(found), model.name if model.name in NAMES else model.path)

    settings = _settings(folder.path) if any(one.name == "pipeline" for one in run.scenarios) else {}
    made = Session(folder, run, ready, judge, settings, on_event)
    return made


def _layered(found: Environment) -> Launch:
    """Return the environment over the packages installed here: its onnxruntime and numpy, everything else ours."""
    ours = f"{sys.version_info.major}.{sys.version_info.minor}."
    if not found.python_version.startswith(ours):
        raise ArmFailed(found.arm, f"the whole pipeline needs Python {ours}x, this one runs on {found.python_version}")
    path = [found.path, str(ROOT), *(entry for entry in sys.path if entry)]
    return Launch(found.arm, found.python, path, found.variables, layered=True)


def _settings(folder: Path) -> Mapping[str, str]:
    """Return the clip that a pipeline renders, with a second of its own speech."""
    from heygem_core.lipsync.media.sound import SoundReader

    clip = str(assets.fetch("clip"))
    references = folder / "references"
    references.mkdir(parents=True, exist_ok=True)
    speech = references / "speech.wav"
    reader = SoundReader(clip, _RATE, "mono")
    samples = reader.read(_SPEECH_S * _RATE)[0]
    reader.close()
    with wave.open(str(speech), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(_RATE)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return {"video": clip, "audio": str(speech), "scratch": str(references)}
