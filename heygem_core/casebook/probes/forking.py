"""A process that imports onnxruntime and forks; imports nothing else, for it runs in whatever world is on the path.

Run as a file; with ``python -S`` where the path holds another onnxruntime than the running environment.
"""

import json
import os
import signal
import sys
import time


def main() -> None:
    """Read ``{"skips_exit", "watch_s"}``, print ``{"version", "added", "ended", "seconds", "wchan"}``.

    ``added``: threads that the import started; ``ended``: exit status of the child, null while it hangs.
    """
    given = json.load(sys.stdin)
    before = len(os.listdir("/proc/self/task"))  # noqa: PTH208 - as light as can be
    import onnxruntime

    added = len(os.listdir("/proc/self/task")) - before  # noqa: PTH208
    began = time.monotonic()
    child = os.fork()
    if child == 0:
        if given["skips_exit"]:
            os._exit(0)
        sys.exit(0)
    ended, status = 0, 0
    while not ended and time.monotonic() - began < given["watch_s"]:
        ended, status = os.waitpid(child, os.WNOHANG)
        time.sleep(0.005)
    seconds = time.monotonic() - began
    answer = {
        "version": onnxruntime.__version__,
        "added": added,
        "ended": os.waitstatus_to_exitcode(status) if ended else None,
        "seconds": seconds,
        "wchan": "" if ended else _wait_channel(child),
    }
    if not ended:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    print(json.dumps(answer))  # noqa: T201 - the answer


def _wait_channel(pid: int) -> str:
    try:
        with open(f"/proc/{pid}/wchan") as file:  # noqa: PTH123
            return file.read().strip("0\n")
    except OSError:
        return ""


if __name__ == "__main__":
    main()
