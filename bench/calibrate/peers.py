"""Other tools on the same model, the same machine and in the same session: themselves, not re-implementations.

Each compares a first and a second series of its own, as its documentation has it, with its own defaults. hyperfine
gives no verdict of its own; the one here is that of its documented companion script, Welch's t-test at five per cent.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from scipy import stats

from bench.calibrate import peer_program
from heygem_core.bench.twin import ROOT
from heygem_core.runtime import ort_envs
from heygem_core.runtime.cache import cache_dir

REQUIREMENTS = ("asv==0.6.6", "pyperf==2.10.0", "pytest==9.2.0", "pytest-benchmark==5.3.1")
_DEADLINE_S = 1800.0
_ASV = {
    "version": 1,
    "project": "frame",
    "repo": ".",
    "branches": ["main"],
    "benchmark_dir": "benchmarks",
    "environment_type": "existing",
    "pythons": ["same"],
}
_PYPERF = (
    "import pyperf\nfrom bench.calibrate.peer_program import frame\n\nrunner = pyperf.Runner()\n"
    "worker = runner.parse_args().worker\nrunner.bench_func('frame', frame() if worker else len)\n"
)
_PYTEST = "from bench.calibrate.peer_program import frame\n\n\ndef test_frame(benchmark):\n    benchmark(frame())\n"
_ASV_BENCHMARK = (
    "from bench.calibrate.peer_program import frame\n\n\nclass Frame:\n    def setup(self):\n"
    "        self.frame = frame()\n\n    def time_frame(self):\n        self.frame()\n"
)
HYPERFINE_RUNS = 10


@dataclass(frozen=True)
class Place:
    """Where a comparison is made: an empty folder, and what its processes see."""

    folder: Path
    variables: Mapping[str, str]

    def run(self, *command: str, spin: float, allowed: tuple[int, ...] = (0,)) -> subprocess.CompletedProcess[str]:
        """Run a command with that handicap; raises RuntimeError, with its last words, for any other exit code."""
        done = subprocess.run(
            command,
            cwd=self.folder,
            env={**os.environ, **self.variables, "CALIBRATE_SPIN": str(spin)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_DEADLINE_S,
            check=False,
        )
        if done.returncode not in allowed:
            raise RuntimeError(
                f"{' '.join(command)} ended with {done.returncode}: {(done.stdout + done.stderr)[-800:]}"
            )
        return done

    def write(self, name: str, text: str) -> Path:
        """Write a file of the comparison."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path


def pyperf(place: Place, spin: float) -> bool:
    """``pyperf compare_to`` of two runs with its defaults: whether it calls them different."""
    script = str(place.write("frame.py", _PYPERF))
    inherit = "--inherit-environ=" + ",".join((*peer_program.VARIABLES, "PYTHONPATH", "PYTHONDONTWRITEBYTECODE"))
    for name, share in (("a.json", 0.0), ("b.json", spin)):
        place.run(sys.executable, script, "--quiet", inherit, "-o", name, spin=share)
    told = place.run(sys.executable, "-m", "pyperf", "compare_to", "a.json", "b.json", spin=0).stdout
    return bool(re.search(r"\b(slower|faster)\b", told))


def pytest_benchmark(place: Place, spin: float) -> bool:
    """``--benchmark-compare-fail=mean:5%`` against a saved run, the documentation's own example."""
    test = str(place.write("test_frame.py", _PYTEST))
    # No other plugin, ours included, has a part in it.
    plugins = ("-p", "no:cacheprovider", "-p", "pytest_benchmark.plugin")
    common = (sys.executable, "-m", "pytest", test, "-c", os.devnull, "--rootdir", ".", *plugins, "-q")
    storage = ("--benchmark-storage", "saved")
    place.run(*common, *storage, "--benchmark-save=first", spin=0)
    compare = ("--benchmark-compare", "--benchmark-compare-fail=mean:5%")
    done = place.run(*common, *storage, *compare, spin=spin, allowed=(0, 1, 2, 4))
    if done.returncode and "Performance has regressed" not in done.stdout + done.stderr:
        raise RuntimeError(f"pytest-benchmark failed otherwise: {(done.stdout + done.stderr)[-800:]}")
    return bool(done.returncode)


def asv(place: Place, spin: float) -> bool:
    """``asv compare`` of two commits with its default factor of 1.1: whether it marks the second as changed."""
    place.write("asv.conf.json", json.dumps(_ASV))
    place.write("benchmarks/__init__.py", "")
    place.write("benchmarks/frame.py", _ASV_BENCHMARK)
    git = ("git", "-c", "user.name=calibrate", "-c", "user.email=calibrate@localhost")
    place.run("git", "init", "--quiet", "--initial-branch=main", spin=0)
    place.run("git", "add", "asv.conf.json", spin=0)
    hashes = []
    for message in ("first", "second"):
        place.run(*git, "commit", "--quiet", "--allow-empty", "-m", message, spin=0)
        hashes.append(place.run("git", "rev-parse", "HEAD", spin=0).stdout.strip())
    here = (sys.executable, "-m", "asv")
    place.run(*here, "machine", "--yes", spin=0)
    for commit, share in zip(hashes, (0.0, spin), strict=True):
        flags = ("-E", f"existing:{sys.executable}", "--set-commit-hash", commit, "--show-stderr")
        place.run(*here, "run", *flags, spin=share, allowed=(0, 2))
    told = place.run(*here, "compare", *hashes, spin=0).stdout
    rows = [line for line in told.splitlines() if "time_frame" in line]
    if not rows:
        raise RuntimeError(f"asv compared nothing: {told[-800:]}")
    return any(re.match(r"\|?\s*[+-]\s", row) for row in rows)


def hyperfine(place: Place, spin: float) -> bool:
    """hyperfine's times of two commands of 1,000 runs each, and Welch's t-test on them."""
    program = f"{sys.executable} -m bench.calibrate.peer_program"
    command = (
        "hyperfine",
        "--style",
        "none",
        "--warmup",
        "1",
        "--runs",
        str(HYPERFINE_RUNS),
        "--export-json",
        "t.json",
    )
    place.run(*command, program, f"env CALIBRATE_SPIN={spin} {program}", spin=0)
    first, second = json.loads((place.folder / "t.json").read_text(encoding="utf-8"))["results"]
    return bool(stats.ttest_ind(first["times"], second["times"], equal_var=False).pvalue < 0.05)


Peer = Callable[[Place, float], bool]
PEERS: dict[str, Peer] = {"pyperf": pyperf, "pytest-benchmark": pytest_benchmark, "asv": asv, "hyperfine": hyperfine}


def missing(name: str) -> str | None:
    """Return why a peer cannot run here, None if it can."""
    if name == "hyperfine" and shutil.which("hyperfine") is None:
        return "hyperfine is not installed (Debian has a package of that name)"
    return None


def environment() -> Path:
    """Return the folder with the tools that pip installs, built if need be."""
    target = cache_dir() / "peers" / f"1-cp3{sys.version_info.minor}"
    flags = ("install", "--no-compile", "--only-binary", ":all:", "--target")
    return ort_envs.complete(target, lambda into: ort_envs.pip(*flags, str(into), *REQUIREMENTS))


def compare(name: str, spin: float, onnxruntime: Path, model: Path, reference: Path, frames: int) -> tuple[bool, float]:
    """Have ``name`` compare the model with itself slowed down by ``spin``; return its alarm and the seconds it took."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="heygem-peer-") as folder:
        path = os.pathsep.join(map(str, (onnxruntime, environment(), ROOT)))
        variables = {
            "PYTHONPATH": path,
            "ASV_PYTHONPATH": path,
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "ORT_DISABLE_TELEMETRY": "1",
            "CALIBRATE_MODEL": str(model),
            "CALIBRATE_REFERENCE": str(reference),
            "CALIBRATE_FRAMES": str(frames),
            "HOME": folder,
        }
        return PEERS[name](Place(Path(folder), variables), spin), time.monotonic() - began
