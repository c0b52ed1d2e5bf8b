"""Running one experiment as a program of its own: JSON in, JSON out, with a given environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from heygem_core.errors import EffectNotShown

_STDERR_CHARACTERS = 600


def run_module(
    module: str, arguments: Mapping[str, Any], *, environment: Mapping[str, str] | None = None, deadline_s: float
) -> dict[str, Any]:
    """Run ``python -m module`` and return what it printed last; see `run_program`."""
    return run_program([sys.executable, "-m", module], arguments, environment=environment, deadline_s=deadline_s)


def run_program(
    command: Sequence[str],
    arguments: Mapping[str, Any],
    *,
    environment: Mapping[str, str] | None = None,
    deadline_s: float,
) -> dict[str, Any]:
    """Run ``command`` with ``arguments`` as JSON on its input and return the JSON of its last output line.

    ``environment`` is added to this process's own; an empty value removes the variable. `EffectNotShown` says
    that the program failed, printed nothing or did not end within ``deadline_s``.
    """
    variables = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **(environment or {})}
    variables = {name: value for name, value in variables.items() if value}
    try:
        done = subprocess.run(
            command,
            input=json.dumps(arguments),
            env=variables,
            capture_output=True,
            text=True,
            timeout=deadline_s,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise EffectNotShown(f"{' '.join(command)} did not end within {deadline_s:g} s") from error
    lines = done.stdout.splitlines()
    if done.returncode != 0 or not lines:
        tail = " ".join(done.stderr.split())[-_STDERR_CHARACTERS:]
        raise EffectNotShown(f"{' '.join(command)} ended with exit code {done.returncode}: {tail}")
    answer: dict[str, Any] = json.loads(lines[-1])
    return answer
