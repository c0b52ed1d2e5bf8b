"""The claims of the package's docstring, held to: who imports whom, what an import loads, what is public."""

from __future__ import annotations

import ast
import importlib
import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import heygem_core
from heygem_core import errors

PACKAGE = Path(heygem_core.__file__).parent
ROOT = Path(__file__).parent.parent
LAYERS = (
    {"text", "errors"},
    {"runtime", "pipeline", "page"},
    {"lipsync", "compat"},
    {"casebook", "diagnosis", "faults", "bench", "scale"},
    {"cli", "pytest_plugin"},
)
"""Lowest first, as in the package's docstring; a part imports parts of lower layers and itself."""
SIBLINGS = {("text", "errors"), ("casebook", "diagnosis"), ("scale", "diagnosis")}
"""Arrows within a layer: who, from whom. A report of the cases needs the remedies, and a refused node
doctor's finding, never the other way round."""
HEAVY = {"onnxruntime", "cv2", "av", "torch"}
LONGEST = 300
FOLDERS = ("heygem_core", "tests", "bench")


def part(path: Path) -> str:
    """Return the part of the package that ``path`` belongs to; every cli_….py is a piece of cli, and its way in."""
    name = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    return "cli" if name.startswith("cli_") or name == "__main__" else name


def layer(name: str) -> int:
    """Return the height of part ``name``."""
    return next(height for height, parts in enumerate(LAYERS) if name in parts)


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Yield line and absolute name of everything that ``path`` imports, also inside functions."""
    here = ["heygem_core", *path.relative_to(PACKAGE).parent.parts]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = here[: len(here) + 1 - node.level] if node.level else []
            origin = ".".join([*base, *([node.module] if node.module else [])])
            for alias in node.names:
                yield node.lineno, f"{origin}.{alias.name}"


def imported_part(name: str) -> str | None:
    """Return the part of the package that ``name`` is in, None for anything else."""
    steps = name.split(".")
    if steps[0] != "heygem_core" or len(steps) < 2 or steps[1].startswith("__"):
        return None
    found = "cli" if steps[1].startswith("cli_") else steps[1]
    return "pipeline" if found in heygem_core.__all__ else found


def wrong_arrows() -> list[str]:
    """Return every import that points upwards, or sideways where it is not stated."""
    found = []
    # The package itself stands beside the layers: it re-exports the engine.
    for path in sorted(set(PACKAGE.rglob("*.py")) - {PACKAGE / "__init__.py"}):
        own = part(path)
        for line, name in imports(path):
            other = imported_part(name)
            if other not in {None, own} and (own, other) not in SIBLINGS and not layer(str(other)) < layer(own):
                found.append(f"{path.relative_to(PACKAGE)}:{line}: {own} imports {name}")
    return found


def test_no_import_points_upwards() -> None:
    """A module imports only its own part and lower layers, in functions too; siblings only where it is stated."""
    assert wrong_arrows() == []


@pytest.mark.parametrize(
    "statement", ["import heygem_core.lipsync", "from heygem_core import lipsync", "from ..lipsync import face"]
)
def test_the_walk_finds_a_wrong_arrow(statement: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The check itself can fail: an engine module that imports lipsync, in any of the three ways, is found."""
    monkeypatch.setattr(sys.modules[__name__], "PACKAGE", tmp_path)
    (tmp_path / "pipeline").mkdir()
    (tmp_path / "pipeline" / "wrong.py").write_text(f"def later():\n    {statement}\n", encoding="utf-8")
    (arrow,) = wrong_arrows()
    assert arrow.startswith("pipeline/wrong.py:2: pipeline imports heygem_core.lipsync")


def test_the_engine_knows_no_heavy_library() -> None:
    """No module of the engine imports onnxruntime, cv2, av or torch, anywhere."""
    known = {name.split(".")[0] for path in (PACKAGE / "pipeline").glob("*.py") for _, name in imports(path)}
    assert "numpy" in known
    assert not HEAVY & known


def test_no_file_is_longer_than_can_be_read_at_once() -> None:
    """At most 300 lines, tests included."""
    paths = [*ROOT.glob("*.py"), *(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))]
    lengths = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in paths}
    assert len(lengths) > 50
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def fresh(code: str) -> str:
    """Return what ``code`` prints in a fresh interpreter."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True, cwd=ROOT
    )
    return done.stdout


def test_importing_the_package_is_cheap() -> None:
    """A fresh interpreter has it in less than 150 ms, the best of five."""
    code = "import time; t = time.perf_counter(); import heygem_core; print(time.perf_counter() - t)"
    assert min(float(fresh(code)) for _ in range(5)) < 0.150


@pytest.mark.parametrize(
    "module", ["heygem_core", "heygem_core.lipsync", "heygem_core.lipsync.render", "heygem_core.cli"]
)
def test_importing_loads_no_heavy_library(module: str) -> None:
    """Neither the package nor the job nor the command loads onnxruntime, cv2, av or torch."""
    loaded = fresh(f"import {module}, sys; print(*sys.modules)").split()
    assert module in loaded
    assert not HEAVY & set(loaded)


def test_the_public_names_are_sorted_and_there() -> None:
    """``__all__`` of the package and of the engine is sorted and every name in it exists, once."""
    for name in ("heygem_core", "heygem_core.pipeline"):
        module = importlib.import_module(name)
        assert module.__all__ == sorted(set(module.__all__))
        assert all(getattr(module, public) is not None for public in module.__all__)


def test_the_engine_exports_all_that_it_documents() -> None:
    """What the engine's ``__init__`` imports, at once or on first use, is public; nothing else is there."""
    from heygem_core import pipeline

    own = [
        name
        for name, value in vars(pipeline).items()
        if getattr(value, "__module__", "") == "heygem_core.pipeline.stage"
    ]
    assert set(own) <= set(pipeline.__all__)
    assert set(pipeline.__all__) - set(own) == {*pipeline._HOMES, "Job"}


def example(kind: type[errors.HeygemError]) -> errors.HeygemError:
    """Return an error of ``kind`` as its raiser would make it."""
    if issubclass(kind, errors.StageFailed):
        return kind("face", errors.Cause.WEDGED, "no progress for 1.0 s", ("state S", "stack …"))
    if issubclass(kind, errors.CaseSkipped | errors.NotWatchable):
        return kind("one line", "一行")
    if issubclass(kind, errors.ArmFailed):
        return kind("1.20.2", "one line, 一行", errors.Cause.SILENT_CPU_FALLBACK)
    return kind("one line, 一行")


ERRORS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.HeygemError)]


def test_every_error_crosses_a_process_border() -> None:
    """Each pickles to an error of the same kind, with the same text, attributes and report."""
    for error in map(example, ERRORS):
        copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
        assert type(copy) is type(error)
        assert (str(copy), copy.args, vars(copy)) == (str(error), error.args, vars(error))
        assert errors.describe(copy) == errors.describe(error)


def test_the_tree_in_the_docstring_is_the_tree_in_the_code() -> None:
    """Each error stands in the tree, indented one step below its base."""
    drawn: dict[str, str] = {}
    above: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        name = line.lstrip("│├└─ ").split(" ")[0]
        if name != "HeygemError" and not line.startswith(("├", "│", "└")):
            continue
        depth = (len(line) - len(line.lstrip("│├└─ "))) // 4
        above[depth:] = [name]
        if depth:
            drawn[name] = above[depth - 1]
    assert drawn == {kind.__name__: kind.__bases__[0].__name__ for kind in ERRORS if kind is not errors.HeygemError}
