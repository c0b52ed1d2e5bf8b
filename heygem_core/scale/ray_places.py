"""Places on a Ray cluster: an actor per GPU of a node, or per group of its cores, pinned to that node."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from heygem_core.scale.plan import CORES
from heygem_core.scale.ray_node import Worker


@dataclass(frozen=True)
class Node:
    """A living node; ``resources`` are Ray's: CPU, GPU, …"""

    id: str
    name: str
    resources: Mapping[str, float]


@dataclass(frozen=True)
class Share:
    """What one actor asks of its node: ``count`` actors with so many cores and GPUs each."""

    count: int
    cpus: float
    gpus: float


@dataclass(eq=False)
class Place:
    """One actor on one node."""

    node: Node
    share: Share
    actor: Any
    tries: int = 1
    """How many actors in a row have been started here, this one included, that were lost before they had a job."""


def alive(ray: Any) -> dict[str, Node]:
    """Return the living nodes by their id."""
    return {
        told["NodeID"]: Node(told["NodeID"], f"{told['NodeManagerHostname']}/{told['NodeID'][:8]}", told["Resources"])
        for told in ray.nodes()
        if told["Alive"]
    }


def share(node: Node, on_gpu: bool, wanted: int | None) -> Share:
    """Return how a node is divided: by its GPUs where there are any and they are wanted, else by its cores.

    A node without a core or a GPU, such as a head that only directs, gets nothing.
    """
    cpus, gpus = int(node.resources.get("CPU", 0)), int(node.resources.get("GPU", 0))
    if on_gpu and gpus:
        count = wanted or gpus
        return Share(count, min(CORES, cpus / count), min(1.0, gpus / count))
    if not cpus:
        return Share(0, 0, 0)
    count = wanted or max(1, cpus // CORES)
    return Share(count, min(CORES, cpus / count), 0)


def start(ray: Any, node: Node, part: Share, worker: type[Worker], folder: str) -> Any:
    """Return an actor on ``node``, and on no other: when the node is lost it is not started elsewhere, unexamined."""
    pinned = ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy(node.id, soft=False)
    options = {"num_cpus": part.cpus, "num_gpus": part.gpus, "max_restarts": 0, "max_task_retries": 0}
    return ray.remote(worker).options(scheduling_strategy=pinned, **options).remote(folder)
