"""The built package, installed where its source is not: ``nox -s package`` runs this, nothing else does."""

from __future__ import annotations

import os
import tarfile
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path

import heygem_core
from tests.documents import ROOT

BUILT = Path(os.environ["HEYGEM_DIST"])
VERSION = metadata.version("heygem-core")


def names() -> set[str]:
    """Return the names of the files in the wheel."""
    (wheel,) = BUILT.glob("*.whl")
    return set(zipfile.ZipFile(wheel).namelist())


def test_it_is_the_installed_package_that_is_tested() -> None:
    """The source lies elsewhere."""
    assert not (ROOT / "heygem_core").exists()
    assert "site-packages" in heygem_core.__file__


def test_the_wheel_has_what_it_needs_and_nothing_else() -> None:
    """Its types, its licence, the pages' styles and scripts, the plugin's hook; neither tests nor documents."""
    there = names()
    wanted = ("py.typed", "page/page.html", "page/page.css", "page/page.js", "bench/report/charts.js")
    assert {f"heygem_core/{name}" for name in wanted} <= there
    assert "heygem_core/pytest_plugin/child_hook/sitecustomize.py" in there
    assert f"heygem_core-{VERSION}.dist-info/licenses/LICENSE" in there
    assert {name.split("/")[0] for name in there} == {"heygem_core", f"heygem_core-{VERSION}.dist-info"}


def test_the_source_distribution_has_what_the_tests_need() -> None:
    """Whoever packages it again can test it; no environment and no output is in it."""
    (source,) = BUILT.glob("*.tar.gz")
    with tarfile.open(source) as archive:
        there = {name.split("/", 1)[-1] for name in archive.getnames()}
    assert {"noxfile.py", "conftest.py", "tests/test_readme.py", "docs/index.md", "examples/service.log"} <= there
    assert not {name for name in there if name.startswith((".venv", "out/", ".nox"))}


def test_commands_and_plugin_are_registered() -> None:
    """By the names that the documents use."""
    found = {(point.group, point.name) for point in metadata.distribution("heygem-core").entry_points}
    assert found == {("console_scripts", "heygem-core"), ("pytest11", "heygem_core")}


def test_the_version_stands_in_one_place() -> None:
    """What is installed is what is imported, and what the project says."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert heygem_core.__version__ == VERSION == project["version"]
