"""What is used in a ``with`` block and must be closed at its end."""

from __future__ import annotations

from types import TracebackType
from typing import Self


class Closing:
    """Base of what owns processes or files: leaving the ``with`` block calls `close`, however it is left."""

    def close(self) -> None:
        """Release what this object owns; may be called again."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()
