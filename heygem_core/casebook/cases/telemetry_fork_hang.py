"""telemetry-fork-hang: since 1.29 an import of onnxruntime is enough for a forked child to hang when it ends."""

from __future__ import annotations

import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from heygem_core.casebook import field_envs, needs
from heygem_core.casebook.model import Case, Core, Finding, Options, Reported, Text
from heygem_core.casebook.phrases import kernel_functions
from heygem_core.casebook.probes import core, forking
from heygem_core.casebook.probes.core import CoreRun
from heygem_core.casebook.probes.script import run_program
from heygem_core.errors import Cause, EffectNotShown
from heygem_core.runtime.environment import BUILD_SERVICES, TELEMETRY

_WATCH_S = 2.0
_ENDS_S = 30.0
"""For those that end, which they do at once; a busy machine may delay them."""
_IDLE_SHARE = 0.05
_FULL_WATCH_S = 30.0
_DEADLINE_S = 60.0


@dataclass(frozen=True)
class Child:
    """What became of a forked child; ``ended`` is its exit code, None while it hangs."""

    version: str
    added: int
    """Threads that ``import onnxruntime`` started."""
    ended: int | None
    seconds: float
    cpu_s: float
    """Processor time that it took in the second half of the watch."""
    wchan: str


@dataclass(frozen=True)
class Watched:
    """The five children, and the core with and without the remedy."""

    hung: Child
    skipping: Child
    cured: Child
    built: Child
    before: Child
    core: CoreRun
    careless: CoreRun


def watch(options: Options) -> Watched:
    """Fork from the installed version in three ways and from 1.28, and let a stage of the core do it."""
    old = {"PYTHONPATH": str(field_envs.require(field_envs.BEFORE_TELEMETRY))}
    watch_s = _FULL_WATCH_S if options.full else _WATCH_S
    # A folder of its own, because the telemetry leaves a file in the one for temporary files.
    with tempfile.TemporaryDirectory(prefix="heygem-case-") as name, ThreadPoolExecutor(2) as pool:
        apart = {"TMPDIR": name}
        hung = pool.submit(_fork, apart, watch_s=watch_s)
        unset = (TELEMETRY, *BUILD_SERVICES)
        careless = pool.submit(core.run, "ForksChild", {"prepared": False}, apart, without=unset)
        skipping = pool.submit(_fork, apart, skips_exit=True)
        cured = pool.submit(_fork, {TELEMETRY: "1"})
        built = pool.submit(_fork, {"CI": "true", **apart})
        before = pool.submit(_fork, old)
        prepared = pool.submit(core.run, "ForksChild", {"prepared": True})
        children = (hung.result(), skipping.result(), cured.result(), built.result(), before.result())
        return Watched(*children, prepared.result(), careless.result())


def _fork(variables: dict[str, str], *, watch_s: float = _ENDS_S, skips_exit: bool = False) -> Child:
    flags = ["-S"] if "PYTHONPATH" in variables else []
    arguments = {"skips_exit": skips_exit, "watch_s": watch_s}
    command = [sys.executable, *flags, forking.__file__]
    environment = {**dict.fromkeys((TELEMETRY, *BUILD_SERVICES), ""), **variables}
    return Child(**run_program(command, arguments, environment=environment, deadline_s=_DEADLINE_S))


def judge(watched: Watched) -> Finding:
    """Return the finding; raises `EffectNotShown` naming the first observation that does not fit."""
    if watched.hung.ended is not None:
        raise EffectNotShown(f"the child should hang at its exit, and ended: {watched.hung}")
    if watched.hung.cpu_s > _IDLE_SHARE * watched.hung.seconds:
        raise EffectNotShown(f"the child should sleep at its exit, and is busy: {watched.hung}")
    for name in ("skipping", "cured", "built", "before"):
        if getattr(watched, name).ended != 0:
            raise EffectNotShown(f"{name}: the child should end with exit code 0: {getattr(watched, name)}")
    told = _core(watched)
    seconds = watched.hung.seconds
    outcome = Text(
        f"imported and forked, nothing else: the child of onnxruntime {watched.hung.version} never ends",
        f"仅导入并 fork：onnxruntime {watched.hung.version} 的子进程永不结束",
    )
    return Finding("confirmed", Reported(outcome, seconds, _evidence(watched)), told)


def _evidence(watched: Watched) -> tuple[Text, ...]:
    hung, skipping, cured = watched.hung, watched.skipping, watched.cured
    built, before = watched.built, watched.before
    kernel = kernel_functions([hung.wchan])
    return (
        Text(
            f"onnxruntime {hung.version}: the import starts {hung.added} thread(s); a child made by os.fork() that "
            f"ends by sys.exit(0) has not ended after {hung.seconds:.1f} s and takes no CPU, kernel {kernel.en}",
            f"onnxruntime {hung.version}：导入时启动 {hung.added} 个线程；os.fork() 出的子进程以 sys.exit(0) 退出，"
            f"{hung.seconds:.1f} 秒后仍未结束，也不占用 CPU，内核函数 {kernel.zh}",
        ),
        Text(
            f"the same child with os._exit(0), as multiprocessing's own forked children end: {skipping.seconds:.2f} s",
            f"同样的子进程改用 os._exit(0)（multiprocessing 自己 fork 的子进程即如此）：{skipping.seconds:.2f} 秒结束",
        ),
        Text(
            f"the same with {TELEMETRY}=1 before the import: {cured.added} thread(s), ended in {cured.seconds:.2f} s",
            f"导入前设置 {TELEMETRY}=1：{cured.added} 个线程，{cured.seconds:.2f} 秒结束",
        ),
        Text(
            f"the same with CI=true, as on a build service: ended in {built.seconds:.2f} s; no hang shows there",
            f"设置 CI=true（如在构建服务上）：{built.seconds:.2f} 秒结束；在那里看不到这种卡死",
        ),
        Text(
            f"onnxruntime {before.version}, nothing set: {before.added} thread(s), ended in {before.seconds:.2f} s",
            f"onnxruntime {before.version}，不设任何变量：{before.added} 个线程，{before.seconds:.2f} 秒结束",
        ),
    )


def _core(watched: Watched) -> Core:
    careless = watched.careless.failed()
    if careless.cause != Cause.WEDGED:
        raise EffectNotShown(f"the core should have found the waiting stage wedged: {careless}")
    words, blamed = watched.core.finished().in_words(), careless.in_words()
    return careless.as_core(
        Text(
            f"a stage that waits for such a child: {blamed.en}; with the runtime's preparation: {words.en}",
            f"等待这种子进程的阶段：{blamed.zh}；经 runtime 准备之后：{words.zh}",
        )
    )


def run(options: Options) -> Finding:
    """Return what `judge` makes of `watch`; raises `CaseSkipped` without 1.28, or with an older installed version."""
    needs.telemetry()
    return judge(watch(options))


CASE = Case(
    name="telemetry-fork-hang",
    title=Text("Forked after import onnxruntime", "导入 onnxruntime 之后 fork"),
    claim=Text(
        "Since onnxruntime 1.29 a forked child hangs when it ends, even if it never used onnxruntime",
        "自 onnxruntime 1.29 起，fork 出的子进程即使从未使用 onnxruntime，也会在退出时卡死",
    ),
    source="microsoft/onnxruntime#27379",
    run=run,
    mechanism=Text(
        "Since 1.29 the import starts a telemetry thread on Linux. A fork copies the memory and only the forking "
        "thread. At a normal exit the library's exit handler waits for the telemetry thread, which does not exist in "
        "the child: a futex that nobody wakes. os._exit() skips the handlers; gunicorn's workers and plain os.fork() "
        "do not.",
        "自 1.29 起，在 Linux 上导入时会启动一个遥测线程。fork 只复制内存和发起 fork 的线程。正常退出时，"
        "库的退出处理函数"
        "等待遥测线程，而子进程中并没有该线程：等待一个无人唤醒的 futex。os._exit() 会跳过这些处理函数；gunicorn 的 "
        "worker "
        "和直接调用 os.fork() 的程序则不会。",
    ),
    cure=Text(
        "export ORT_DISABLE_TELEMETRY=1 before the import, or spawn instead of fork",
        "在导入之前导出 ORT_DISABLE_TELEMETRY=1，或用 spawn 代替 fork",
    ),
)
