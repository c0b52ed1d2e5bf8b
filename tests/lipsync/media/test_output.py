"""The output file: refused before any work where it cannot be, invisible until complete, traceless on failure."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from heygem_core.errors import BadInput
from heygem_core.lipsync.media import check_output
from heygem_core.lipsync.media.output import OutputFile

open_file = os.open


def refused(path: Path | str, *, overwrite: bool = False) -> str:
    """Return why an output is refused; one line that begins with its name."""
    with pytest.raises(BadInput) as caught:
        check_output(str(path), overwrite)
    text = str(caught.value)
    assert text.startswith(f"{path}: ")
    assert "\n" not in text
    return text


@pytest.fixture(params=["unnamed", "named"])
def folder(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory, once with unnamed files and once on a file system without them."""
    if request.param == "named":

        def without_unnamed(path: str, flags: int, mode: int = 0o777) -> int:
            if flags & os.O_TMPFILE == os.O_TMPFILE:
                raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))
            return open_file(path, flags, mode)

        monkeypatch.setattr(os, "open", without_unnamed)
    return tmp_path


def test_good_output_leaves_nothing(folder: Path) -> None:
    """Checking an output that is fine creates nothing."""
    for name in ("o.mp4", "o.MOV", "中 文.mkv"):
        check_output(str(folder / name), overwrite=False)
    assert list(folder.iterdir()) == []


def test_existing(tmp_path: Path) -> None:
    """An existing output needs --overwrite, and is not touched by the check."""
    path = tmp_path / "o.mp4"
    path.write_text("precious")
    assert "--overwrite" in refused(path)
    check_output(str(path), overwrite=True)
    assert path.read_text() == "precious"


def test_directory(tmp_path: Path) -> None:
    """A directory is not overwritten."""
    (tmp_path / "o.mp4").mkdir()
    assert "directory" in refused(tmp_path / "o.mp4", overwrite=True)


def test_missing_directory(tmp_path: Path) -> None:
    """The output's directory must be there."""
    assert "does not exist" in refused(tmp_path / "none" / "o.mp4")


@pytest.mark.parametrize("name", ["o.avi", "o", "o.mp4.txt"])
def test_ending(name: str, tmp_path: Path) -> None:
    """Other endings are refused, and the message says which there are."""
    assert ".mp4, .mov, .mkv" in refused(tmp_path / name)


def test_unwritable_directory() -> None:
    """A directory that takes no files is refused; /proc takes none even from root."""
    assert "cannot be written" in refused("/proc/o.mp4")


def test_appears_when_published(folder: Path) -> None:
    """The name is there only after `publish`, with all that was written, and nothing else is left."""
    path = folder / "o.mp4"
    file = OutputFile(str(path), overwrite=False)
    file.stream.write(b"complete")
    assert not path.exists()
    file.publish()
    assert path.read_text() == "complete"
    assert list(folder.iterdir()) == [path]
    assert path.stat().st_mode & 0o777 == 0o666 & ~_umask()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_overwrites_at_once(folder: Path) -> None:
    """With overwrite the old file is replaced, not before the new one is complete."""
    path = folder / "o.mp4"
    path.write_text("old")
    file = OutputFile(str(path), overwrite=True)
    file.stream.write(b"new")
    assert path.read_text() == "old"
    file.publish()
    assert path.read_text() == "new"
    assert list(folder.iterdir()) == [path]


def test_never_replaces_what_appeared_meanwhile(folder: Path) -> None:
    """A file that somebody made during the job is kept, and the job fails."""
    path = folder / "o.mp4"
    file = OutputFile(str(path), overwrite=False)
    path.write_text("theirs")
    with pytest.raises(BadInput, match="exists already"):
        file.publish()
    assert path.read_text() == "theirs"
    assert list(folder.iterdir()) == [path]


def test_discard(folder: Path) -> None:
    """A discarded file leaves nothing, however often it is discarded."""
    file = OutputFile(str(folder / "o.mp4"), overwrite=False)
    file.stream.write(b"partial")
    file.discard()
    file.discard()
    assert list(folder.iterdir()) == []


@pytest.mark.breaks
def test_killed_process_leaves_nothing(tmp_path: Path) -> None:
    """SIGKILL in the middle of writing leaves no file."""
    program = (
        "import os, signal, sys\n"
        "from heygem_core.lipsync.media.output import OutputFile\n"
        "file = OutputFile(sys.argv[1], overwrite=False)\n"
        "file.stream.write(b'partial')\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path / "o.mp4")], check=False, timeout=60)
    assert done.returncode == -9
    assert list(tmp_path.iterdir()) == []
