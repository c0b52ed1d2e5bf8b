"""What can be run on a checkout; ``nox -l`` lists it, one line each."""

from __future__ import annotations

import itertools
import os
import shutil
from pathlib import Path

import nox

nox.needs_version = ">=2025.2.9"
# pip inside the environment is what fetches models and clips, and uv's environments have none.
nox.options.default_venv_backend = "virtualenv"
nox.options.sessions = ["lint", "typing", "tests"]

PYPROJECT = nox.project.load_toml("pyproject.toml")
TORCH = os.environ.get("HEYGEM_TORCH", "torch==2.13.0")
"""For the DataLoader cases. Pinned: what those cases show depends on it; override with ``HEYGEM_TORCH``."""
ORT = os.environ.get("HEYGEM_ORT")
"""A requirement such as ``onnxruntime-gpu==1.26.0``: the version to test with, the newest without it."""


def install(session: nox.Session, *groups: str, extra: tuple[str, ...] = ()) -> None:
    """Install the package as users get it, with torch for the DataLoader cases, and the dependency ``groups``."""
    requirements = nox.project.dependency_groups(PYPROJECT, *groups) if groups else ()
    session.install(".", TORCH, *((ORT,) if ORT else ()), *requirements, *extra)


def build_ort_envs(session: nox.Session) -> None:
    """Build the environments that cases need beside the installed packages, or find them in the cache."""
    session.run("python", "-m", "heygem_core.runtime.ort_envs", "build", "all")
    session.run("python", "-m", "heygem_core.casebook.field_envs")


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and formatting with ruff."""
    session.install(*nox.project.dependency_groups(PYPROJECT, "lint"))
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def typing(session: nox.Session) -> None:
    """Check types strictly: package, tests, benchmarks and this file."""
    session.install(".", *nox.project.dependency_groups(PYPROJECT, "test", "typing"))
    session.run("mypy")


@nox.session
def tests(session: nox.Session) -> None:
    """Run all tests; what needs a GPU is skipped, with the reason, where there is none."""
    install(session, "test")
    # First, so that no test waits for a download: its deadline is for what it tests.
    session.run("python", "-m", "heygem_core.lipsync.assets")
    build_ort_envs(session)
    session.run("pytest", *session.posargs)


@nox.session
def soak(session: nox.Session) -> None:
    """Run what takes long: every fault at every moment in every stage, healthy jobs under load, random schedules."""
    install(session, "test")
    session.run("pytest", "-m", "slow", *session.posargs)


@nox.session
def gpu(session: nox.Session) -> None:
    """Run the tests that need a CUDA GPU, with the CUDA libraries; skips without one, -- --require-gpu fails."""
    install(session, "test", extra=("onnxruntime-gpu[cuda,cudnn]",))
    session.run("pytest", "-m", "gpu", *session.posargs)


@nox.session
def gpu_limits(session: nox.Session) -> None:
    """Measure how close generator and job come to the GPU's own limits: nox -s gpu_limits -- --out FILE.json."""
    install(session, "test", extra=("onnxruntime-gpu[cuda,cudnn]",))
    session.run("python", "-m", "bench.gpu_limits", *session.posargs)


@nox.session
def browser(session: nox.Session) -> None:
    """Run the tests of the reports in a real browser: Debian's packages chromium and chromium-driver."""
    session.install(".", *nox.project.dependency_groups(PYPROJECT, "test", "browser"))
    session.run("pytest", "-m", "browser", *(session.posargs or ("tests/browser",)))


@nox.session
def ray(session: nox.Session) -> None:
    """Run the tests of batch on a Ray cluster of several nodes on this machine; -- -m ray adds the 200 jobs."""
    session.install(".[ray]", *nox.project.dependency_groups(PYPROJECT, "test"))
    session.run("python", "-m", "heygem_core.lipsync.assets")
    session.run("pytest", *(session.posargs or ("-m", "ray and not slow")), "tests/scale")


@nox.session
def compat(session: nox.Session) -> None:
    """Run CPython's own tests of Queue, JoinableQueue and SimpleQueue against those of heygem_core.compat."""
    session.install(".", *nox.project.dependency_groups(PYPROJECT, "test"))
    session.run("pytest", "tests/compat/cpython.py", "tests/compat", *session.posargs)


@nox.session
def doctor_envs(session: nox.Session) -> None:
    """Build broken environments for real, look for the right first finding in each, and print the table."""
    install(session, "test")
    build_ort_envs(session)
    session.run("pytest", "tests/diagnosis/doctor", "-m", "slow or not slow", *session.posargs)


@nox.session
def demo(session: nox.Session) -> None:
    """Render the default clip, run the casebook, write out/demo.mp4 and out/report.html."""
    install(session)
    build_ort_envs(session)
    session.run("heygem-core", "demo", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Measure the parts, a whole job, the channel beside mp.Queue and memcpy, and how soon a fault or a cancel ends."""
    session.install(".", *nox.project.dependency_groups(PYPROJECT, "test"))
    session.run("pytest", "bench", *session.posargs)


@nox.session
def bench_peers(session: nox.Session) -> None:
    """Measure channel and job beside what a user would take instead, each in its own environment; 25 minutes."""
    install(session, "test")
    session.run("python", "-m", "bench.peers_transport", *session.posargs)
    session.run("python", "-m", "bench.peers_pipeline", *session.posargs)


@nox.session
def bench_ort(session: nox.Session) -> None:
    """Compare onnxruntime versions: nox -s bench_ort -- 1.20.2 1.31.1, with options of heygem-core bench run after."""
    session.install(".[bench]")
    versions = list(itertools.takewhile(lambda argument: not argument.startswith("-"), session.posargs))
    if len(versions) < 2:
        session.error("name at least two versions, the reference first: nox -s bench_ort -- 1.20.2 1.31.1")
    options = list(session.posargs[len(versions) :])
    if "--out" not in options:
        options += ["--out", "out/bench-ort"]
    chosen = [part for version in versions for part in ("--ort", version)]
    session.run("heygem-core", "bench", "run", *chosen, *options)


@nox.session
def calibrate(session: nox.Session) -> None:
    """Measure the false alarms and the power of the gate and of other tools; hours, and the same again goes on."""
    session.install("-e", ".[bench]", *nox.project.dependency_groups(PYPROJECT, "test"))
    options = list(session.posargs)
    if "--out" not in options:
        options += ["--out", "out/calibration"]
    session.run("python", "-m", "bench.calibrate", *options)


@nox.session
def ort_envs(session: nox.Session) -> None:
    """Build the environments of ort-version and of three cases from the field (cached; tests and demo do it too)."""
    session.install(".")
    build_ort_envs(session)


@nox.session
def package(session: nox.Session) -> None:
    """Build sdist and wheel, install the wheel where the source is not, and test what was installed."""
    session.install("build", "twine", *nox.project.dependency_groups(PYPROJECT, "test"))
    # Not in the session's temporary folder: tests that make suites would find this checkout's configuration above it.
    built = Path(session.virtualenv.location).absolute() / "dist"
    shutil.rmtree(built, ignore_errors=True)
    session.run("python", "-m", "build", "--outdir", str(built), silent=True)
    session.run("twine", "check", "--strict", *map(str, built.iterdir()))
    session.install(*map(str, built.glob("*.whl")))
    away = built.parent / "away"
    shutil.rmtree(away, ignore_errors=True)
    shutil.unpack_archive(next(built.glob("*.tar.gz")), away, filter="data")
    (source,) = away.iterdir()
    shutil.rmtree(source / "heygem_core")
    session.chdir(source)
    chosen = session.posargs or ("tests/wheel.py", "tests/cli", "tests/page", "tests/pytest_plugin")
    session.run("pytest", *chosen, env={"HEYGEM_DIST": str(built)})


@nox.session
def minimums(session: nox.Session) -> None:
    """Test with the oldest versions that pyproject.toml allows, and so keep its lower bounds true."""
    session.install("uv")
    oldest = Path(session.create_tmp()) / "oldest.txt"
    chosen = ("--resolution", "lowest-direct", "--extra", "bench", "--group", "test", "--python-version", "3.11")
    session.run("uv", "pip", "compile", "pyproject.toml", *chosen, "--quiet", "--output-file", str(oldest))
    session.install("--requirement", str(oldest))
    session.install("--no-deps", ".")
    # What stands on other people's packages; the engine stands on numpy alone.
    parts = ("bench", "casebook", "cli", "diagnosis/doctor", "diagnosis/watching", "lipsync", "page", "runtime")
    session.run("pytest", *(session.posargs or [f"tests/{part}" for part in (*parts, "pipeline/test_channel.py")]))


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documents as a site in out/site; a dead link or any other warning is an error."""
    session.install(*nox.project.dependency_groups(PYPROJECT, "docs"))
    session.run("zensical", "build", "--clean", "--strict")


@nox.session
def documents(session: nox.Session) -> None:
    """Run every command of the documents, page by page, and try their links; -- -k watch runs those of one page."""
    session.install(".[bench,ray]", TORCH, *nox.project.dependency_groups(PYPROJECT, "test"))
    session.run("python", "-m", "heygem_core.lipsync.assets")
    build_ort_envs(session)
    # No dump of all stacks while a page is being read; no folder of a page is kept, it may have an environment in it.
    options = ("faulthandler_timeout=0", "tmp_path_retention_policy=failed")
    chosen = [word for option in options for word in ("-o", option)]
    session.run("pytest", *chosen, "tests/commands/whole.py", *session.posargs)


@nox.session
def workflows(session: nox.Session) -> None:
    """Check the workflows with actionlint and zizmor, and the containers with hadolint."""
    session.install(*nox.project.dependency_groups(PYPROJECT, "workflows"))
    files = sorted(map(str, [*Path(".github/workflows").glob("*.yml"), *Path("examples/ci").glob("*.yml")]))
    session.run("actionlint", *files)
    session.run("zizmor", "--offline", "--config", ".github/zizmor.yml", *files)
    session.run("hadolint", *sorted(map(str, Path("docker").glob("Dockerfile.*"))))
