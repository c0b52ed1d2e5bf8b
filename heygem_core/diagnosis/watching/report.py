"""One look as JSON: what the diagnosis says, every process, and who waits for whom."""

from __future__ import annotations

from typing import Any

from heygem_core.diagnosis.diagnosis import Diagnosis
from heygem_core.diagnosis.watching.graph import Graph
from heygem_core.diagnosis.watching.model import Kind, Observation, ProcessSeen, ThreadSeen
from heygem_core.diagnosis.watching.words import sentence


def as_json(diagnosis: Diagnosis, graph: Graph, lang: str) -> dict[str, Any]:
    """Return the diagnosis's keys, and ``root``, ``seconds``, ``processes``, ``waits``, ``gone``, ``limits``, ..."""
    seen = graph.seen
    return {
        **diagnosis.as_json(lang),
        "root": seen.root,
        "seconds": round(seen.seconds, 2),
        "processes": [_process(process, lang) for process in seen.processes.values()],
        "waits": waits(graph, lang),
        "gone": list(seen.gone),
        "shm_used": None if seen.shm_used is None else round(seen.shm_used, 4),
        "oom_kills": {"meanwhile": seen.oom_kills, "before": seen.oom_before},
        "no_gpu": None if seen.no_gpu is None else seen.no_gpu.get(lang),
        "limits": [limit.get(lang) for limit in limits(seen)],
    }


def limits(seen: Observation) -> tuple[Any, ...]:
    """Return what could not be read, each reason once."""
    own = (limit for process in seen.living for limit in process.limits)
    return tuple(dict.fromkeys([*seen.limits, *own]))


def waits(graph: Graph, lang: str) -> list[dict[str, Any]]:
    """Return one entry per edge of the wait-for graph; helpers of multiprocessing are left out."""
    return [
        {
            "pid": waiting.process.pid,
            "thread": waiting.thread.tid,
            "name": waiting.process.name,
            "what": waiting.role,
            "for": sorted(waiting.others),
            "objects": list(waiting.wait.objects),
            "timed": waiting.wait.timed,
            "text": sentence(waiting, graph.seen).get(lang),
        }
        for waiting in graph.waiting
    ]


def _process(process: ProcessSeen, lang: str) -> dict[str, Any]:
    runtime = process.onnxruntime
    return {
        "pid": process.pid,
        "parent": process.parent,
        "name": process.name,
        "command": process.command,
        "state": process.state,
        "exit_code": process.exit_code,
        "cpu": round(process.busy, 3),
        "resident": process.resident,
        "descriptors": process.descriptors,
        "clients": process.clients,
        "threads": [_thread(thread) for thread in process.threads],
        "libraries": list(process.libraries),
        "onnxruntime": None
        if runtime is None
        else {"folder": runtime.package, "cuda_provider": runtime.cuda, "gpu_package": runtime.gpu_package},
        "gpu": {"memory": process.gpu_bytes, "utilization": process.gpu_share},
        "environment": dict(process.environment),
        "limits": [limit.get(lang) for limit in process.limits],
    }


def _thread(thread: ThreadSeen) -> dict[str, Any]:
    wait = thread.wait
    return {
        "tid": thread.tid,
        "name": thread.name,
        "does": str(wait.kind),
        "call": wait.call,
        "kernel": list(thread.kernel),
        # Of a lock within a process the object is an address, which tells nobody anything.
        "objects": [] if wait.kind is Kind.LOCK else list(wait.objects),
        "rests": thread.rests,
        "cpu": round(thread.busy, 3),
        "read": thread.read,
        "written": thread.written,
        "stack": [str(frame) for frame in thread.frames],
    }
