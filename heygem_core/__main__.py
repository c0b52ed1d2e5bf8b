"""The command's way in: Ctrl-C ends it in order from here on, also while all the rest is still being imported."""

from __future__ import annotations

import os
import signal


def main() -> None:
    """Run the command line; see `heygem_core.cli`."""
    # What the caller had us ignore (nohup, a job in the background) stays ignored.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, lambda *_: os._exit(128 + signal.SIGINT))
    from heygem_core import cli

    cli.main()


if __name__ == "__main__":
    main()
