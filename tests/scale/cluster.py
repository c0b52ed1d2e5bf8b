"""A Ray cluster of several nodes on this machine, in a process of its own that takes orders: ``python cluster.py``.

Arguments: JSON with one object per node, its arguments for ``Cluster.add_node``. Says ``{"address", "nodes"}``, the
latter the first eight digits of each node's id. Orders on stdin: ``kill N`` (SIGKILL to the node and everything below
it, as when a machine goes away), ``add`` (one more like the first); answers each with a line. Ends with its stdin.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
import tempfile
from typing import Any

import psutil

HEAD = {"num_cpus": 0, "include_dashboard": False, "object_store_memory": 100_000_000}


def below(pid: int) -> list[psutil.Process]:
    """Return a process and all below it."""
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    return []


def raylet(node: Any) -> int:
    """Return the process id of a node."""
    return int(node.all_processes["raylet"][0].process.pid)


def lose(cluster: Any, node: Any) -> None:
    """Take a node away with everything on it, without a word."""
    for process in below(raylet(node)):
        with contextlib.suppress(psutil.Error):
            process.kill()
    with contextlib.suppress(Exception):
        cluster.remove_node(node, allow_graceful=False)


def serve(cluster: Any, wanted: list[dict[str, Any]]) -> None:
    """Start the nodes and take orders."""
    arguments = {"object_store_memory": HEAD["object_store_memory"]}
    nodes = [cluster.add_node(wait=False, **arguments, **one) for one in wanted]
    cluster.wait_for_nodes()
    say({"address": cluster.address, "nodes": [node.node_id[:8] for node in nodes]})
    for line in sys.stdin:
        order, *rest = line.split()
        if order == "kill":
            lose(cluster, nodes[int(rest[0])])
        else:
            nodes.append(cluster.add_node(**arguments, **wanted[0]))
        say({"done": line.strip()})


def say(told: dict[str, Any]) -> None:
    """Write one line."""
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Serve, and leave nothing."""
    folder = tempfile.mkdtemp(prefix="ray")
    # Before the import: Ray reads it there.
    os.environ["RAY_TMPDIR"] = folder
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args=HEAD)
    try:
        serve(cluster, json.loads(sys.argv[1]))
    finally:
        everything = below(os.getpid())[1:]
        cluster.shutdown()
        _, alive = psutil.wait_procs(everything, timeout=10)
        for process in alive:
            process.kill()
        psutil.wait_procs(alive, timeout=10)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
