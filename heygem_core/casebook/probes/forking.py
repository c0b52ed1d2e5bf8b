"""A process that imports onnxruntime and forks; imports nothing else, for it runs in whatever world is on the path.

Run as a file; with ``python -S`` where the path holds another onnxruntime than the running environment.
"""

import json
import os
import select
import signal
import sys
import time


def main() -> None:
    """Read ``{"skips_exit", "watch_s"}``, print ``{"version", "added", "ended", "seconds", "cpu_s", "wchan"}``.

    ``added``: threads that the import started; ``ended``: exit status of the child, null while it hangs; ``cpu_s``:
    processor time that it then took in the second half of the watch.
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
    ended = _ends(child, given["watch_s"] / 2)
    cpu_s = _cpu_s(child)
    ended = ended or _ends(child, given["watch_s"] / 2)
    seconds = time.monotonic() - began
    cpu_s, wchan = _cpu_s(child) - cpu_s, _wait_channel(child)
    if not ended:
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    answer = {
        "version": onnxruntime.__version__,
        "added": added,
        "ended": os.waitstatus_to_exitcode(status) if ended else None,
        "seconds": seconds,
        "cpu_s": cpu_s,
        "wchan": wchan,
    }
    print(json.dumps(answer))  # noqa: T201 - the answer


def _ends(pid: int, seconds: float) -> bool:
    pidfd = os.pidfd_open(pid)
    try:
        return bool(select.select([pidfd], [], [], seconds)[0])
    finally:
        os.close(pidfd)


def _cpu_s(pid: int) -> float:
    with open(f"/proc/{pid}/stat") as file:  # noqa: PTH123
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _wait_channel(pid: int) -> str:
    try:
        with open(f"/proc/{pid}/wchan") as file:  # noqa: PTH123
            return file.read().strip("0\n")
    except OSError:
        return ""


if __name__ == "__main__":
    main()
