"""A run in which every text that comes from outside tries to be markup or script."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from heygem_core.bench.folder import Folder
from heygem_core.bench.schema import Run
from heygem_core.text import Text
from tests.bench.report import jobs, synthetic

WORDS = "</script><script>alert(1)</script><img src=x onerror=alert(2)> & \"quotes\" 'more' <!-- content --> |`*@all"


def _evil(value: Any) -> Any:
    if isinstance(value, str):
        return f"{value}{WORDS}"
    if isinstance(value, tuple):
        return tuple(_evil(one) for one in value)
    return value


def write(path: Path) -> Run:
    """Write the run's folder, a trace with it, and return the run."""
    told = synthetic.run(scenarios=("single-stream",))
    synthetic.write(path, told, replicates=12)
    folder = Folder(path)
    texts = ("cpu", "kernel", "system", "governor", "gpus", "driver", "git")
    host = replace(told.host, **{name: _evil(getattr(told.host, name) or "") for name in texts if name != "gpus"})
    environments = [
        replace(one, package=_evil(one.package), build_info=WORDS, python_version=WORDS, wheel_sha256=WORDS)
        for one in told.environments
    ]
    evil = replace(
        told,
        id=_evil(told.id),
        host=replace(host, gpus=(WORDS,)),
        environments=tuple(environments),
        failures=tuple(replace(one, detail=WORDS, cause=WORDS) for one in told.failures),
        unavailable={WORDS: WORDS},
    )
    folder.write_run(evil)
    reason = Text(WORDS, WORDS)
    comparisons = [replace(one, reason=reason, model=_evil(one.model)) for one in folder.comparisons()]
    folder.write_comparisons([replace(one, verdict="invalid") for one in comparisons])
    # A file's name has no slash.
    name = f"puppet.{WORDS.replace('/', '∕')}.json"
    jobs.write(path / "traces" / name, stages=[_evil(stage) for stage in jobs.STAGES])
    return evil
