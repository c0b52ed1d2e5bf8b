"""Experiments on processes and CUDA that may hang or crash: each runs in a host of its own, see `casebook.host`."""

from __future__ import annotations

import multiprocessing
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from heygem_core.casebook.host import hosted
from heygem_core.casebook.probes import tiny_model

_ANSWER_S = 60.0
_DEADLINE_S = 150.0


def hosted_here(name: str, **arguments: Any) -> dict[str, Any]:
    """Run the experiment ``name`` of this module in a host."""
    return hosted(f"{__name__}:{name}", arguments, deadline_s=_DEADLINE_S)


def use(provider: Any) -> dict[str, Any]:
    """Create a session on ``provider`` and run it once; return ``{"applied", "value", "error"}``."""
    from heygem_core.runtime.session import create_session

    try:
        made = create_session(tiny_model.build(), provider, threads=1)
        (result,) = made.session.run(None, {"x": np.ones(4, np.float32)})
        return {"applied": made.applied, "value": float(result.sum()), "error": None}
    except Exception as error:  # whatever it is, it is the answer
        return {"applied": None, "value": None, "error": f"{type(error).__name__}: {error}"}


def _used_in_child(pipe: Connection, provider: str) -> None:
    pipe.send(use(provider))


def after_cuda(arguments: dict[str, Any]) -> dict[str, Any]:
    """Use ``provider`` here, then in a forked and in a spawned child; return ``{"parent", "fork", "spawn"}``."""
    provider = arguments["provider"]
    return {"parent": use(provider), **{method: _in_child(method, provider) for method in ("fork", "spawn")}}


def _in_child(method: str, provider: str) -> dict[str, Any]:
    context: Any = multiprocessing.get_context(method)
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_used_in_child, args=(theirs, provider))
    child.start()
    theirs.close()
    try:
        if not ours.poll(_ANSWER_S):
            return {"applied": None, "value": None, "error": f"no answer within {_ANSWER_S:g} s"}
        answer: dict[str, Any] = ours.recv()
    except EOFError:
        child.join()
        return {"applied": None, "value": None, "error": f"ended with {child.exitcode}"}
    finally:
        child.kill()
        child.join()
    return answer


def dataloader(arguments: dict[str, Any]) -> dict[str, Any]:
    """Use ``provider`` in a spawned process, then load with ``workers`` workers of ``method`` there."""
    context: Any = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(
        target=_load, args=(theirs, arguments["provider"], arguments["method"], arguments["workers"])
    )
    child.start()
    theirs.close()
    if not ours.poll(2 * _ANSWER_S):
        return {"used": None, "loaded": None, "again": None, "error": f"nothing loaded within {2 * _ANSWER_S:g} s"}
    answer: dict[str, Any] = ours.recv()
    child.join()
    return answer


def _load(pipe: Connection, provider: str, method: str, workers: int) -> None:
    from heygem_core.casebook import dataloader as torch_loader

    used = use(provider)
    try:
        loaded, error = torch_loader.load(workers, method, timeout_s=_ANSWER_S), None
    except RuntimeError as raised:
        loaded, error = None, str(raised)
    pipe.send({"used": used, "loaded": loaded, "again": use(provider), "error": error})


def preloaded(arguments: dict[str, Any]) -> dict[str, Any]:
    """Create a plain session on CUDA after ``first``: "nothing", "preload_dlls" or "torch"; return what it applied."""
    from heygem_core.runtime import environment, loading, stderr

    environment.prepare()
    import onnxruntime

    if arguments["first"] == "torch":
        __import__("torch")
    elif arguments["first"] == "preload_dlls":
        onnxruntime.preload_dlls()
    with stderr.captured() as said:
        session = onnxruntime.InferenceSession(tiny_model.build(), providers=["CUDAExecutionProvider"])
    return {"applied": session.get_providers()[0], "missing": loading.missing_library(said.text)}


def hidden_between(arguments: dict[str, Any]) -> dict[str, Any]:
    """Run a job on ``provider``, one with every device hidden, and one with them back; return each one's outcome."""
    import os
    from pathlib import Path

    from heygem_core.errors import HeygemError, describe
    from heygem_core.lipsync.render import render

    told: dict[str, Any] = {}
    own = os.environ.get("CUDA_VISIBLE_DEVICES")
    for name, visible in (("before", own), ("hidden", ""), ("after", own)):
        if visible is None:
            os.environ.pop("CUDA_VISIBLE_DEVICES", None)
        else:
            os.environ["CUDA_VISIBLE_DEVICES"] = visible
        video, output = arguments["video"], Path(arguments["folder"]) / f"{name}.mp4"
        try:
            done = render(video, video, output, provider=arguments["provider"])
            told[name] = {"applied": done.provider["applied"], "frames": done.frames_out, "cause": None}
        except HeygemError as error:
            told[name] = {"applied": None, "frames": None, "cause": describe(error)["cause"]}
    return told
