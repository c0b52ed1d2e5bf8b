"""A window in the life of a process tree: samples of every thread, stacks at three moments, counters at both ends."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from heygem_core.diagnosis.watching import family, gpu, peers, proc, registers, stacks, surroundings
from heygem_core.diagnosis.watching.calls import Surroundings, understand
from heygem_core.diagnosis.watching.model import COMPUTES, Observation, ProcessSeen, Wait
from heygem_core.diagnosis.watching.portrait import Trail, portray
from heygem_core.diagnosis.watching.shared import outsiders, unread_everywhere, values
from heygem_core.errors import NotWatchable
from heygem_core.pipeline.evidence import oom_kills
from heygem_core.text import Text

_SAMPLES = 9
_WITH_STACKS = (1, 4, 7)
"""Samples at which Python stacks are taken: three say whether a loop stands still."""
_OTHER_NAMES = Text(
    "the driver tells the process ids of the host, which are not those of this container: nothing is known of the GPU",
    "驱动给出的是宿主机的进程号，与容器内的不同：无法得知 GPU 使用情况",
)
CALLS_REFUSED = Text(
    "which system calls the threads stand in was refused (it takes the right to trace: kernel.yama.ptrace_scope=0, "
    "sudo, or docker run --cap-add SYS_PTRACE); only kinds of waiting are known, so less is concluded",
    "无权读取线程所在的系统调用（需要跟踪权限：kernel.yama.ptrace_scope=0、sudo 或 docker run --cap-add SYS_PTRACE）；"
    "只知道等待的类别，因此结论更少",
)


@dataclass
class _Window:
    """What is collected while it lasts."""

    trails: dict[int, Trail] = field(default_factory=dict)
    calls_known: bool = False
    calls_refused: bool = False


class Watcher:
    """Looks at the tree below ``root``, window after window; raises `NotWatchable` where there is nothing to see."""

    def __init__(self, root: int) -> None:
        family.check(root)
        self.root = family.top(root, proc.everyone())
        self._identity = family.check(self.root).started
        self._names: dict[int, str] = {}
        self._gone: dict[str, None] = {}

    def ended(self) -> bool:
        """Tell whether the root has ended."""
        entry = proc.entry(self.root)
        return entry is None or entry.started != self._identity or entry.state in ("Z", "X")

    def look(self, seconds: float) -> Observation:
        """Watch for ``seconds`` and return what was seen."""
        family.check(self.root)
        window = _Window()
        kills = surroundings.machine_oom_kills()
        before = oom_kills(self.root)
        began = time.monotonic()
        self._begin(window)
        lying = unread_everywhere(window.trails)
        for number in range(_SAMPLES):
            # On a machine with too much to do samples are left out rather than stacks.
            if time.monotonic() > began + seconds and number not in _WITH_STACKS:
                continue
            self._sample(window)
            if number in _WITH_STACKS:
                self._take_stacks(window)
            time.sleep(max(0.0, began + seconds * (number + 1) / _SAMPLES - time.monotonic()))
        self._sample(window)
        # Whoever came meanwhile is part of the tree; its window is shorter.
        self._begin(window)
        took = time.monotonic() - began
        if self.ended():
            raise NotWatchable(f"process {self.root} ended while it was watched", f"进程 {self.root} 在观察期间结束了")
        killed = max(oom_kills(self.root) - before, 0)
        return self._observation(window, took, lying, killed or surroundings.machine_oom_kills() - kills, before)

    def _begin(self, window: _Window) -> None:
        """Find the processes of the tree that are not known yet."""
        everyone = proc.everyone()
        for pid in family.members(self.root, everyone):
            if pid not in window.trails:
                window.trails[pid] = Trail(everyone[pid], proc.command(pid))
        known = peers.unix_peers()
        for trail in window.trails.values():
            children = [each.pid for each in everyone.values() if each.parent == trail.entry.pid]
            trail.children = tuple(children)
            trail.peers = known
            if trail.around is None:
                trail.around = _around(trail)
                # What a thread has done so far is for everybody to read.
                trail.count()

    def _sample(self, window: _Window) -> None:
        for pid, trail in window.trails.items():
            entry = proc.entry(pid)
            if entry is None or entry.started != trail.entry.started:
                trail.gone = True
                continue
            trail.entry = entry
            if trail.around is None or entry.state in ("Z", "X"):
                continue
            trail.around = _refreshed(trail, trail.around)
            for tid in proc.tasks(pid):
                trail.add(tid, self._wait(window, pid, tid, trail.around))

    def _wait(self, window: _Window, pid: int, tid: int, around: Surroundings) -> Wait:
        _, state = proc.thread_state(pid, tid)
        line = proc.call(pid, tid)
        if line is None and state not in ("", "R"):
            window.calls_refused = True
        elif line is not None:
            window.calls_known = True
        return understand(line, proc.kernel_function(pid, tid), state, around)

    def _take_stacks(self, window: _Window) -> None:
        wanted = [pid for pid, trail in window.trails.items() if trail.stackable]
        for pid, answer in stacks.take(wanted).items():
            window.trails[pid].add_stacks(answer)

    def _observation(
        self, window: _Window, seconds: float, lying: Mapping[int, int], killed: int, before: int
    ) -> Observation:
        trails = window.trails
        used = gpu.use(seconds)
        still = unread_everywhere(trails)
        processes = {
            pid: _with_loop(_with_libraries(self._named(portray(trail, seconds, used))))
            for pid, trail in trails.items()
            if not trail.gone
        }
        for pid, trail in trails.items():
            if trail.gone and not family.helper(trail.command):
                self._gone[self._names.get(pid, trail.entry.name) + f" ({pid})"] = None
        self._names.update({pid: seen.name for pid, seen in processes.items() if not seen.dead})
        self._remember_lost(processes)
        limits = () if not window.calls_refused else (CALLS_REFUSED,)
        return Observation(
            root=self.root,
            seconds=seconds,
            processes=processes,
            peers={inode: other for trail in trails.values() for inode, other in trail.peers.items()},
            unread={inode: min(count, still[inode]) for inode, count in lying.items() if inode in still},
            values=values(trails),
            outsiders=outsiders(trails),
            gone=tuple(self._gone),
            calls_known=window.calls_known,
            no_gpu=_no_gpu(used, processes),
            shm_used=surroundings.shm_used(self.root),
            oom_kills=killed,
            oom_before=before,
            limits=limits,
            hidden=family.refusal(self.root),
        )

    def _named(self, seen: ProcessSeen) -> ProcessSeen:
        """Call a process that ended what it was called while it lived."""
        return replace(seen, name=self._names.get(seen.pid, seen.name)) if seen.dead else seen

    def _remember_lost(self, processes: Mapping[int, object]) -> None:
        """Note who was there in an earlier window and is not any more."""
        for pid, name in list(self._names.items()):
            if pid not in processes:
                self._gone[f"{name} ({pid})"] = None
                del self._names[pid]


def _no_gpu(used: Mapping[int, gpu.GpuUse] | Text, processes: Mapping[int, ProcessSeen]) -> Text | None:
    """Return why nothing is known of the GPU; None where something is, or nobody uses one."""
    if isinstance(used, Text):
        return used
    uses = any(name.startswith("libcuda.so") for process in processes.values() for name in process.libraries)
    return _OTHER_NAMES if used and uses and not set(used) & set(processes) else None


def _with_loop(seen: ProcessSeen) -> ProcessSeen:
    """Ask whether the busiest thread of a process that computes goes round in native code without getting on.

    Only a thread that does not leave one Python function can, or one that runs none while nobody else does anything.
    """
    if not seen.computes or not seen.python or not seen.threads:
        return seen
    busiest = max(seen.threads, key=lambda each: each.busy)
    alone = not busiest.stacks and not any(each.acts for each in seen.threads if each is not busiest)
    stands = busiest.stands_in is not None and busiest.unchanged and busiest.library != ""
    if busiest.busy < COMPUTES or busiest.read or busiest.written or not (stands or alone):
        return seen
    address = registers.loop(busiest.tid)
    if address is None:
        return seen
    mapped = next((each for each in proc.mappings(seen.pid) if each.start <= address < each.end), None)
    where = f"{Path(mapped.path).name}+{address - mapped.start:#x}" if mapped is not None else f"{address:#x}"
    named = stacks.native_function(seen.pid, busiest.name) if busiest.stacks else ""
    threads = tuple(replace(thread, loop=named or where) if thread is busiest else thread for thread in seen.threads)
    return replace(seen, threads=threads)


def _with_libraries(seen: ProcessSeen) -> ProcessSeen:
    """Ask in which native library a process computes that computes, and does not leave one Python function."""
    if not seen.computes or not any(thread.stands_in for thread in seen.threads):
        return seen
    found = stacks.libraries(seen.pid)
    # py-spy names the only thread of a process None when it walks native frames.
    only = found.get("") if len(found) == 1 else None
    threads = tuple(
        replace(thread, library=found.get(thread.name, only)) if thread.stands_in else thread for thread in seen.threads
    )
    return replace(seen, threads=threads)


def _around(trail: Trail) -> Surroundings | None:
    descriptors = proc.descriptors(trail.entry.pid)
    if descriptors is None:
        return None
    mapped = proc.mappings(trail.entry.pid)
    return Surroundings(trail.entry.pid, descriptors, mapped, trail.peers, trail.children)


def _refreshed(trail: Trail, around: Surroundings) -> Surroundings:
    """Return what the process has open now: a worker that loads opens and maps all the time."""
    descriptors = proc.descriptors(trail.entry.pid)
    if descriptors is None or descriptors == around.descriptors:
        return around
    return _around(trail) or around
