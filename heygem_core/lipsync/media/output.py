"""The output file: checked before any work, invisible until complete, gone without a trace when it fails."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from heygem_core.errors import BadInput

FORMATS = {".mp4": "mp4", ".mov": "mov", ".mkv": "matroska"}
"""File name endings and the names of their muxers."""
# What a file system or kernel answers that has no O_TMPFILE; EISDIR is what kernels before 3.11 say.
_NO_TMPFILE = frozenset({errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL, errno.ENOENT})


def check_output(path: str, overwrite: bool) -> None:
    """Raise `BadInput` where ``path`` cannot become a video file; leaves nothing behind."""
    target = Path(path)
    if target.suffix.lower() not in FORMATS:
        raise BadInput(f"{path}: the output's name must end in {', '.join(FORMATS)}, not {target.suffix!r}")
    if target.is_dir():
        raise BadInput(f"{path}: the output is a directory")
    if target.exists() and not overwrite:
        raise BadInput(f"{path}: the output exists already (use --overwrite to replace it)")
    if not target.parent.is_dir():
        raise BadInput(f"{path}: the output's directory {target.parent} does not exist")
    OutputFile(path, overwrite).discard()


class OutputFile:
    """A file without a name in the output's directory, which gets its name by `publish`.

    Even a process killed by SIGKILL leaves nothing of it. Where the file system has no unnamed files, it is
    called ``temporary``, or by default ``.NAME.PID.part``, until then.
    """

    def __init__(self, path: str, overwrite: bool, temporary: str | None = None) -> None:
        self.path = path
        self._target = Path(path)
        self._overwrite = overwrite
        self._part = (
            Path(temporary) if temporary else self._target.with_name(f".{self._target.name}.{os.getpid()}.part")
        )
        self._named = False
        descriptor = self._create()
        self.stream: BinaryIO = open(self._target, "wb", opener=lambda _path, _flags: descriptor)  # noqa: SIM115
        """Where to write; closed by `publish` and `discard`."""

    def _create(self) -> int:
        folder = self._target.parent
        try:
            return os.open(folder, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o666)
        except OSError as error:
            if error.errno not in _NO_TMPFILE:
                raise self._unwritable(error) from None
        try:
            descriptor = os.open(self._part, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o666)
        except OSError as error:
            raise self._unwritable(error) from None
        self._named = True
        return descriptor

    def _unwritable(self, error: OSError) -> BadInput:
        return BadInput(f"{self.path}: the output cannot be written: {error.strerror}")

    def publish(self) -> None:
        """Give the file its name, atomically; raises `BadInput` and leaves nothing where that fails."""
        try:
            self.stream.flush()
            if not self._named and not self._overwrite:
                self._link(self._target)
            elif self._overwrite:
                self._replace()
            else:
                os.link(self._part, self._target)
        except FileExistsError:
            raise BadInput(f"{self.path}: the output exists already (use --overwrite to replace it)") from None
        except OSError as error:
            raise self._unwritable(error) from None
        finally:
            self.discard()

    def _replace(self) -> None:
        if not self._named:
            self._link(self._part)
            self._named = True
        self._part.replace(self._target)
        self._named = False

    def _link(self, name: Path) -> None:
        # os.link follows the symbolic link under /proc only when it is given a directory descriptor; the
        # source's path is absolute, so the descriptor itself is ignored.
        descriptor = self.stream.fileno()
        os.link(f"/proc/self/fd/{descriptor}", name, src_dir_fd=descriptor, follow_symlinks=True)

    def discard(self) -> None:
        """Drop what is left of the file; may be called any number of times."""
        if self._named:
            self._part.unlink(missing_ok=True)
            self._named = False
        # Closing writes what is buffered, which a full disk refuses; the file is closed all the same.
        with suppress(OSError):
            self.stream.close()
