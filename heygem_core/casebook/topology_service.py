"""The reported service as a program of its own: ``python -m heygem_core.casebook.topology_service``."""

from __future__ import annotations

import json
import sys
from multiprocessing.connection import Connection
from pathlib import Path

from heygem_core.casebook.topology import Wiring, from_arguments, serve


def main(arguments: list[str]) -> None:
    """Serve one task: ``[parameters as JSON, directory for log and stacks, fd of the event pipe]``."""
    parameters, directory, events = arguments
    serve(
        from_arguments(json.loads(parameters)),
        Wiring(Path(directory), Connection(int(events), readable=False)),
    )


if __name__ == "__main__":
    main(sys.argv[1:])
