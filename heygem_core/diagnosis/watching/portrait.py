"""The trail that a process leaves in a window, and the portrait that is made of it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from heygem_core.diagnosis.watching import clients, family, libraries, proc, stacks
from heygem_core.diagnosis.watching.asked import asked_gpu
from heygem_core.diagnosis.watching.calls import Surroundings
from heygem_core.diagnosis.watching.gpu import GpuUse
from heygem_core.diagnosis.watching.model import Frame, Kind, ProcessSeen, ThreadSeen, Wait
from heygem_core.diagnosis.watching.proc import Counters, Entry
from heygem_core.diagnosis.watching.stacks import Stack
from heygem_core.text import Text

_KERNEL_FRAMES = 6
_NUMBERED = re.compile(r"^\w*Process-[\d:]+$")
"""What multiprocessing calls a process that was given no name."""
_UNSEEN = Text(
    "its descriptors and memory map were refused (another user's, or more privileged): state and command only",
    "无权读取其文件描述符和内存映射（属于其他用户或权限更高）：只能看到状态和命令",
)


@dataclass
class Trail:
    """What is collected of one process while a window lasts."""

    entry: Entry
    command: tuple[str, ...]
    around: Surroundings | None = None
    children: tuple[int, ...] = ()
    peers: Mapping[int, int] = field(default_factory=dict)
    first: dict[int, Counters] = field(default_factory=dict)
    waits: dict[int, list[Wait]] = field(default_factory=dict)
    dumps: list[tuple[Stack, ...]] = field(default_factory=list)
    no_stacks: Text | None = None
    gone: bool = False

    @property
    def stackable(self) -> bool:
        """Whether Python stacks may be had of it."""
        living = self.around is not None and not self.gone and self.entry.state not in ("Z", "X")
        if living and self.around is not None and not libraries.is_python(self.around.mapped):
            self.no_stacks = stacks.NOT_PYTHON
        refused = self.no_stacks in (stacks.NOT_PYTHON, stacks.REFUSED, stacks.NOT_INSTALLED)
        return living and not refused and not family.helper(self.command)

    def count(self) -> None:
        """Note what its threads have done so far."""
        for tid in proc.tasks(self.entry.pid):
            if (counters := proc.counters(self.entry.pid, tid)) is not None:
                self.first.setdefault(tid, counters)

    def add(self, tid: int, wait: Wait) -> None:
        """Note what a thread waits for now."""
        self.waits.setdefault(tid, []).append(wait)

    def add_stacks(self, answer: tuple[Stack, ...] | Text) -> None:
        """Note its stacks, or why there are none; one failure does not undo what was had."""
        if isinstance(answer, Text):
            self.no_stacks = answer
        else:
            self.no_stacks = None
            self.dumps.append(answer)


def portray(trail: Trail, seconds: float, used: Mapping[int, GpuUse] | Text) -> ProcessSeen:
    """Return what was seen of a process over a window of ``seconds``."""
    pid, entry, around = trail.entry.pid, trail.entry, trail.around
    if entry.state in ("Z", "X"):
        # The kernel says 0 to whom it does not want to tell.
        code = entry.exit_code if entry.exit_code or os.geteuid() in (0, proc.owner(pid)) else None
        return ProcessSeen(pid, entry.parent, entry.name, "", entry.state, code, helper=family.helper(trail.command))
    threads = _threads(trail, seconds)
    command = " ".join(trail.command) or f"[{entry.name}]"
    name = _name(trail)
    if around is None:
        return ProcessSeen(
            pid,
            entry.parent,
            name,
            command,
            entry.state,
            busy=_busy(trail, seconds),
            resident=entry.resident,
            helper=family.helper(trail.command),
            limits=(_UNSEEN,),
        )
    gpu = used.get(pid, GpuUse(None, None)) if isinstance(used, Mapping) else GpuUse(None, None)
    runtime = libraries.onnxruntime(pid, around.mapped)
    dumped = [frames for thread in threads for frames in thread.stacks]
    asked = asked_gpu(around, trail.command, dumped) if runtime is not None and not runtime.cuda else None
    return ProcessSeen(
        pid=pid,
        parent=entry.parent,
        name=name,
        command=command,
        state=entry.state,
        threads=threads,
        busy=sum(thread.busy for thread in threads),
        resident=entry.resident,
        descriptors=len(around.descriptors),
        channels=_channels(around),
        semaphores=frozenset(proc.semaphores(around.mapped)),
        clients=clients.connections(pid, around.descriptors),
        helper=family.helper(trail.command),
        python=libraries.is_python(around.mapped),
        interpreter=proc.program(pid).startswith("python"),
        libraries=libraries.cuda(around.mapped),
        onnxruntime=runtime,
        environment=libraries.telling(proc.environment(pid)),
        asked_gpu=asked[0] if asked else None,
        asked_stated=bool(asked and asked[1]),
        gpu_bytes=gpu.memory,
        gpu_share=gpu.share,
        limits=() if trail.no_stacks is None else (trail.no_stacks,),
    )


def _busy(trail: Trail, seconds: float) -> float:
    """Return the share of the window in which its threads ran or wanted to run, which everybody may know."""
    spans = [
        after.runnable_s - before.runnable_s
        for tid, before in trail.first.items()
        if (after := proc.counters(trail.entry.pid, tid)) is not None
    ]
    return sum(spans) / seconds


def _channels(around: Surroundings) -> dict[int, str]:
    found: dict[int, str] = {}
    for number, descriptor in around.descriptors.items():
        if (inode := around.channel(number)) is not None:
            modes = set(found.get(inode, "")) | set(descriptor.mode)
            found[inode] = "".join(sorted(modes))
    return found


def _threads(trail: Trail, seconds: float) -> tuple[ThreadSeen, ...]:
    pid = trail.entry.pid
    found = []
    for tid, waits in sorted(trail.waits.items()):
        after = proc.counters(pid, tid)
        if after is None:
            continue
        before = trail.first.get(tid, after)
        dumps = [stack for dump in trail.dumps if (stack := _stack_of(tid, pid, waits, dump)) is not None]
        found.append(
            ThreadSeen(
                tid=tid,
                name=dumps[-1].name if dumps and dumps[-1].name else proc.thread_state(pid, tid)[0],
                waits=tuple(waits),
                still=before.switches == after.switches and tid in trail.first,
                busy=(after.runnable_s - before.runnable_s) / seconds,
                ran=(after.ran_s - before.ran_s) / seconds,
                read=after.read - before.read,
                written=after.written - before.written,
                faults=after.faults - before.faults,
                reads=after.reads - before.reads,
                stacks=tuple(stack.frames for stack in dumps),
                owns_gil=bool(dumps) and dumps[-1].owns_gil,
                kernel=() if waits[-1].kind is Kind.RUNS else proc.kernel_stack(pid, tid)[:_KERNEL_FRAMES],
            )
        )
    return tuple(found)


def _stack_of(tid: int, pid: int, waits: list[Wait], dump: tuple[Stack, ...]) -> Stack | None:
    """Return the stack of a thread.

    Before Python 3.11 the interpreter does not know the kernel's number of a thread: then the main thread is known
    by its name, and the one that feeds a queue by the write it stands in.
    """
    for stack in dump:
        if stack.tid == tid or (stack.tid is None and stack.name == "MainThread" and tid == pid):
            return stack
    nameless = [stack for stack in dump if stack.tid is None and stack.name != "MainThread"]
    feeding = [stack for stack in nameless if any(f.within("multiprocessing/queues.py", "_feed") for f in stack.frames)]
    if waits[-1].kind is Kind.WRITES and len(feeding) == 1 and tid != pid:
        return feeding[0]
    return None


def _name(trail: Trail) -> str:
    """Return what the process is called: by who started it, by the function that it runs for it, or by its program."""
    main = [stack for dump in trail.dumps[-1:] for stack in dump if stack.name == "MainThread"]
    frames: tuple[Frame, ...] = main[0].frames if main else ()
    named = next((frame.process for frame in frames if frame.process), "")
    if named and not _NUMBERED.match(named):
        return named
    for outer, inner in zip(frames[1:], frames[:-1], strict=True):
        if outer.within("multiprocessing/process.py", "run"):
            if inner.within("torch/utils/data/_utils/worker.py", "_worker_loop"):
                return "DataLoader worker"
            return "Pool worker" if inner.within("multiprocessing/pool.py", "worker") else inner.function
    if family.helper(trail.command):
        return "resource tracker" if "tracker" in " ".join(trail.command) else "fork server"
    if any("multiprocessing.spawn" in word for word in trail.command):
        return "spawned child"
    return family.program_name(trail.command, trail.entry.name)
