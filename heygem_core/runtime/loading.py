"""Asking the dynamic loader itself, in a child process: can this library be loaded, what is missing first?

A child, because what a process has loaded it keeps, and because the answer depends on the environment that a
process *started* with.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from signal import Signals

from heygem_core.runtime import elf

DEADLINE_S = 60.0
"""2 GB of CUDA libraries on a cold disk take tens of seconds to map; more means that the loader hangs."""

_CHILD = """
import ctypes, json, os, sys
library, environment, preload, names = json.loads(sys.stdin.read())
os.environ.update(environment)
for name, value in environment.items():
    os.putenv(name, value)
def attempt(path, mode=ctypes.DEFAULT_MODE):
    try:
        ctypes.CDLL(path, mode)
    except OSError as error:
        return str(error)
shared = os.path.join(os.path.dirname(library), "libonnxruntime_providers_shared.so")
if os.path.basename(library).startswith("libonnxruntime_providers_") and os.path.exists(shared):
    attempt(shared, ctypes.RTLD_GLOBAL)
for path in preload:
    attempt(path)
error = attempt(library)
print(json.dumps([error, [name for name in names if error and attempt(name)]]))
"""

_CANNOT_OPEN = re.compile(r"(\S+): (?:cannot open shared object file|file too short|invalid ELF header)")
_SYMBOL = re.compile(r"undefined symbol: (\S+?)(?:,|$)")


@dataclass(frozen=True)
class LoadReport:
    """What the loader answered."""

    error: str | None
    """Its message; None when the library was loaded."""
    needed: tuple[str, ...]
    """Libraries that the file says it needs, in the loader's order."""
    not_found: tuple[str, ...]
    """Those of ``needed`` that could not be loaded on their own either."""

    @property
    def first_missing(self) -> str | None:
        """The library whose absence stopped the loader; None when nothing or something else stopped it."""
        return missing_library(self.error or "")

    @property
    def undefined_symbol(self) -> str | None:
        """The symbol that no loaded library defines; None unless that stopped the loader."""
        match = _SYMBOL.search(self.error or "")
        return match.group(1) if match else None


def missing_library(message: str) -> str | None:
    """Return the library that a loader's message says it cannot open or read, or None."""
    match = _CANNOT_OPEN.search(message)
    return Path(match.group(1)).name if match else None


def probe(
    library: Path,
    *,
    exported: Mapping[str, str] | None = None,
    set_inside: Mapping[str, str] | None = None,
    preload: Sequence[Path] = (),
) -> LoadReport:
    """Load ``library`` in a fresh child and return what the loader said.

    ``exported`` variables are in the child's environment when it starts, ``set_inside`` ones are set there
    after the start (``os.environ`` and ``os.putenv``), ``preload`` files are loaded first by absolute path.
    The caller's own ``LD_LIBRARY_PATH`` reaches the child unless ``exported`` replaces it; an empty value
    removes it.
    A child that crashes or exceeds `DEADLINE_S` is reported as an error text, not raised.
    """
    needed = elf.read(library).needed
    environment = {**os.environ, **(exported or {})}
    environment = {name: value for name, value in environment.items() if value or name != "LD_LIBRARY_PATH"}
    request = json.dumps([str(library), dict(set_inside or {}), [str(path) for path in preload], needed])
    try:
        child = subprocess.run(
            [sys.executable, "-I", "-S", "-c", _CHILD],
            input=request,
            env=environment,
            capture_output=True,
            text=True,
            timeout=DEADLINE_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return LoadReport(f"loading {library.name} did not end within {DEADLINE_S:g} s", needed, ())
    if child.returncode != 0:
        return LoadReport(f"loading {library.name} ended its process with {_ending(child)}", needed, ())
    error, not_found = json.loads(child.stdout)
    return LoadReport(error, needed, tuple(not_found))


def _ending(child: subprocess.CompletedProcess[str]) -> str:
    if child.returncode < 0:
        return Signals(-child.returncode).name
    last = child.stderr.strip().splitlines()[-1:] or [""]
    return f"exit code {child.returncode}: {last[0]}"
