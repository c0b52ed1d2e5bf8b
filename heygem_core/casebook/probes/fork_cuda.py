"""What a forked and a spawned child can do with CUDA after their parent used it; needs torch and a GPU."""

from __future__ import annotations

import json
import multiprocessing
import sys
from multiprocessing.connection import Connection
from typing import Any

_ANSWER_S = 60.0


def _use(pipe: Connection) -> None:
    import torch

    try:
        pipe.send({"value": float(torch.ones(1, device="cuda").sum()), "error": None})
    except RuntimeError as error:
        pipe.send({"value": None, "error": str(error)})


def main() -> None:
    """Print ``{"available", "fork", "spawn"}``; the children's answers are null where there is no CUDA for torch."""
    import torch

    answers: dict[str, Any] = {"available": torch.cuda.is_available(), "fork": None, "spawn": None}
    if answers["available"]:
        torch.ones(1, device="cuda")
        for method in ("fork", "spawn"):
            answers[method] = _in_child(method)
    print(json.dumps(answers))  # noqa: T201 - the answer


def _in_child(method: str) -> dict[str, Any]:
    context: Any = multiprocessing.get_context(method)
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_use, args=(theirs,))
    child.start()
    theirs.close()
    try:
        if not ours.poll(_ANSWER_S):
            return {"value": None, "error": f"no answer within {_ANSWER_S:g} s"}
        answer: dict[str, Any] = ours.recv()
        return answer
    finally:
        child.kill()
        child.join()


if __name__ == "__main__":
    if sys.argv[1:]:
        raise SystemExit("takes no arguments")
    main()
