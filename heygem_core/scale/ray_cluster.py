"""A connection to a Ray cluster: to one that exists, which is left as it is, or to one of our own, of which nothing is
left."""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import tempfile
from collections.abc import Iterator
from typing import Any

import psutil

from heygem_core.errors import ClusterUnavailable, MissingPackage
from heygem_core.scale import plan

_STORE_BYTES = 100_000_000
"""Ray's object store holds jobs and records of a kilobyte each here; videos go through the file system."""
_REACHED_S = 5.0
_GONE_S = 10.0
_QUIET = {
    # What a batch does is nobody's business, and no machine may be asked for it.
    "RAY_USAGE_STATS_ENABLED": "0",
    # What Ray says of nodes it writes to stdout, log_to_driver or not, and there may be JSON.
    "RAY_DEDUP_LOGS_SKIP_REGEX": ".",
    # An actor without a GPU of its own sees what its node sees.
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
}


def imported() -> Any:
    """Return the module ray; raises `MissingPackage`."""
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    try:
        import ray
        import ray.exceptions
        import ray.util.scheduling_strategies
    except ImportError as error:
        raise MissingPackage(f"the engine ray needs Ray ({error}): pip install 'heygem-core[ray]'") from error
    return ray


@contextlib.contextmanager
def connected(address: str | None) -> Iterator[Any]:
    """Yield the module ray, connected to the cluster at ``address``, or to one on this machine for as long.

    Raises `MissingPackage` and `ClusterUnavailable`. When it is left, an existing cluster has lost this client's
    actors and nothing else; of our own every process and file is gone.
    """
    ray = imported()
    with _there(ray, address) if address else _own(ray):
        yield ray


@contextlib.contextmanager
def _there(ray: Any, address: str) -> Iterator[None]:
    _require_reachable(address)
    try:
        ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
    except (ConnectionError, RuntimeError, ValueError, TimeoutError, ray.exceptions.RayError) as error:
        raise ClusterUnavailable(f"no Ray cluster at {address!r}: {_first_line(error)}") from error
    try:
        yield
    finally:
        ray.shutdown()


def _require_reachable(address: str) -> None:
    """Raise `ClusterUnavailable` where nobody listens: Ray itself would try again for a minute."""
    host, _, port = address.rpartition("://")[2].rpartition(":")
    if not host or not port.isdigit():
        return
    try:
        socket.create_connection((host, int(port)), _REACHED_S).close()
    except OSError as error:
        raise ClusterUnavailable(f"no Ray cluster at {address!r}: {error.strerror or error}") from error


@contextlib.contextmanager
def _own(ray: Any) -> Iterator[None]:
    me = psutil.Process()
    before = set(me.children())
    # The name is short: the path of a socket in there may have 107 bytes.
    with tempfile.TemporaryDirectory(prefix="ray", ignore_cleanup_errors=True) as folder:
        try:
            ray.init(
                address="local",
                num_cpus=plan.cores(),
                include_dashboard=False,
                object_store_memory=_STORE_BYTES,
                log_to_driver=False,
                logging_level=logging.ERROR,
                _temp_dir=folder,
            )
            yield
        finally:
            servers = set(me.children()) - before
            processes = [*servers, *(below for server in servers for below in _below(server))]
            ray.shutdown()
            _see_off(processes)


def _below(process: psutil.Process) -> list[psutil.Process]:
    with contextlib.suppress(psutil.Error):
        return list(process.children(recursive=True))
    return []


def _see_off(processes: list[psutil.Process]) -> None:
    """Wait until ``processes`` are gone: Ray's workers notice by themselves that their node is, a moment later."""
    _, alive = psutil.wait_procs(processes, timeout=_GONE_S)
    for process in alive:
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(alive, timeout=_GONE_S)


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
