"""Runs at the start of every Python process below a test that asked for ``no_cpu_fallback``.

Only the standard library, and nothing here may break the process: it is somebody's program. The sitecustomize that
this one hides, if there is one, runs as if this one were not there.
"""

from __future__ import annotations

import os
import sys


def _watch() -> None:
    try:
        import heygem_session_watch  # type: ignore[import-not-found] # this folder is on the path

        heygem_session_watch.install(os.environ.get(heygem_session_watch.REPORT))
    except Exception:  # noqa: S110 - an unwatched process is better than a broken one
        pass


def _run_the_hidden_one() -> None:
    here = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 - pathlib costs every start 5 ms
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) != here]  # noqa: PTH100
    own = sys.modules.pop("sitecustomize", None)
    try:
        import sitecustomize  # type: ignore[import-not-found] # noqa: F401 - another one, if any
    except ImportError as error:
        if error.name != "sitecustomize":
            raise
    finally:
        # The interpreter takes the module out of this table after the import.
        if own is not None:
            sys.modules.setdefault("sitecustomize", own)


_watch()
_run_the_hidden_one()
