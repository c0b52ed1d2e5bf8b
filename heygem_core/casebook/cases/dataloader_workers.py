"""dataloader-workers: when a DataLoader with four workers hangs, and whether the reported service can get there."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from heygem_core.casebook import core_run, needs
from heygem_core.casebook.core_run import CoreJob, CoreRun
from heygem_core.casebook.dataloader_observer import FLAT_SHARE, Attempt, Hang, attempts, hang
from heygem_core.casebook.model import Case, Finding, Options, Reported, Text
from heygem_core.casebook.phrases import kernel_functions
from heygem_core.errors import Cause, EffectNotShown

_ITEMS = 8
_WORKERS = 4
_WATCH_S = 0.5
_FULL_WATCH_S = 30.0
_FLAT_S = 1.5
# "fork before" first: the others leave OpenMP threads behind in the process that forks.
_ENDING = ("fork before", "daemonic", "fork after CUDA", "zero", "spawn")


def run(options: Options) -> Finding:
    """Return what `judge` makes of `watch`; raises `CaseSkipped` without torch."""
    needs.torch()
    return judge(*watch(options))


def watch(options: Options) -> tuple[dict[str, Attempt], Hang, CoreRun]:
    """Make the attempts that end, the one that hangs, and the core with the one that hangs inside a stage."""
    watch_s = _FULL_WATCH_S if options.full else _WATCH_S
    with ThreadPoolExecutor() as pool:
        hanging = pool.submit(hang, "fork", watch_s=watch_s, flat_s=_FLAT_S)
        ending = pool.submit(attempts, list(_ENDING))
        timing_out = pool.submit(attempts, ["fork with timeout"]) if options.full else None
        core = pool.submit(core_run.run, CoreJob(takes=2, fault="dataloader", ready_s=40.0, first_s=20.0))
        ended = ending.result() | (timing_out.result() if timing_out is not None else {})
        return ended, hanging.result(), core.result()


def judge(ended: Mapping[str, Attempt], stuck: Hang, core: CoreRun) -> Finding:
    """Return the finding; raises `EffectNotShown` naming the first observation that does not fit."""
    for name in ("fork before", "zero", "spawn"):
        if ended[name].loaded != _ITEMS:
            raise EffectNotShown(f"{name}: should load {_ITEMS} items, got {ended[name]}")
    _demand_error(ended["daemonic"], "AssertionError: daemonic processes are not allowed to have children")
    if "fork with timeout" in ended:
        _demand_error(ended["fork with timeout"], "RuntimeError: DataLoader timed out")
    cuda = ended["fork after CUDA"]
    if not cuda.no_gpu:
        _demand_error(cuda, "Cannot re-initialize CUDA in forked subprocess")
    if stuck.ended:
        raise EffectNotShown("forked after an OpenMP region, the DataLoader should hang, and ended")
    if stuck.states != ("S",) * _WORKERS:
        raise EffectNotShown(f"{_WORKERS} workers should all sleep: {stuck.states}")
    if stuck.cpu_s > FLAT_SHARE * stuck.flat_s:
        raise EffectNotShown(
            f"the forked workers used {stuck.cpu_s:.2f} s of CPU in {stuck.flat_s:g} s: slow, not hung"
        )
    if "dataloader.py:parallel_region" not in stuck.worker_stack:
        raise EffectNotShown(f"the worker hangs elsewhere than in the parallel region: {stuck.worker_stack}")
    blamed = core_run.expect_failure(core, (Cause.WEDGED,))
    outcome = Text(
        "a hang only if the workers are forked from a process that already ran an OpenMP region; "
        "spawned, as the reported service starts its processes, or with num_workers=0 everything loads",
        "仅当 worker 由已执行过 OpenMP 并行区的进程 fork 出来时才会卡死；"
        "以 spawn 方式启动（所报告的服务即如此）或 num_workers=0 时全部正常加载",
    )
    seconds = stuck.watched_s + stuck.flat_s
    return Finding("conditional", Reported(outcome, seconds, _evidence(ended, stuck)), blamed)


def _demand_error(attempt: Attempt, message: str) -> None:
    if message not in attempt.error:
        raise EffectNotShown(f"{attempt.attempt}: should raise {message!r}, got {attempt}")


def _evidence(ended: Mapping[str, Attempt], stuck: Hang) -> tuple[Text, ...]:
    daemonic = ended["daemonic"]
    lines = [
        *_hanging(stuck),
        _loaded(Text("forked before any OpenMP region", "在任何 OpenMP 并行区之前 fork"), ended["fork before"]),
        _loaded(Text("spawned after an OpenMP region", "在 OpenMP 并行区之后 spawn"), ended["spawn"]),
        _loaded(Text("num_workers=0", "设 num_workers=0"), ended["zero"]),
        Text(
            f"in a daemonic process: {daemonic.error} after {daemonic.seconds:.2f} s: loud, no hang",
            f"在 daemonic 进程中：{daemonic.seconds:.2f} 秒后报错 {daemonic.error}：明确报错，没有卡死",
        ),
    ]
    if "fork with timeout" in ended:
        attempt = ended["fork with timeout"]
        lines.append(
            Text(
                f"forked after an OpenMP region, timeout=5: {attempt.error} after {attempt.seconds:.1f} s",
                f"在 OpenMP 并行区之后 fork，timeout=5：{attempt.seconds:.1f} 秒后报错 {attempt.error}",
            )
        )
    return (*lines, _after_cuda(ended["fork after CUDA"]))


def _hanging(stuck: Hang) -> tuple[Text, Text]:
    """Say what the DataLoader that hangs does not do, and where it stands."""
    kernel = kernel_functions(sorted(set(stuck.wchans)))
    seconds, count, states = stuck.watched_s + stuck.flat_s, len(stuck.states), "/".join(sorted(set(stuck.states)))
    worker = " < ".join(stuck.worker_stack[:3])
    main = Text("", "")
    if stuck.main_stack:
        main = Text(f"; the main process: {stuck.main_stack[0]}", f"；主进程停在：{stuck.main_stack[0]}")
    return (
        Text(
            f"forked after an OpenMP region, num_workers=4: nothing loaded in {seconds:.1f} s; {count} workers in "
            f"state {states}, kernel {kernel.en}, {stuck.cpu_s:.2f} s of CPU by all processes in the last "
            f"{stuck.flat_s:g} s",
            f"在 OpenMP 并行区之后 fork，num_workers=4：{seconds:.1f} 秒内未加载任何数据；{count} 个 worker 处于 "
            f"{states} 状态，内核函数 {kernel.zh}，最后 {stuck.flat_s:g} 秒内所有进程共用 CPU {stuck.cpu_s:.2f} 秒",
        ),
        Text(f"where a worker is: {worker}{main.en}", f"某个 worker 停在：{worker}{main.zh}"),
    )


def _after_cuda(attempt: Attempt) -> Text:
    if attempt.no_gpu:
        return Text(
            "forked after CUDA initialisation: not observed, no GPU", "在 CUDA 初始化之后 fork：未观察，没有 GPU"
        )
    error = attempt.error.splitlines()[-1]
    return Text(f"forked after CUDA initialisation: {error}", f"在 CUDA 初始化之后 fork：{error}")


def _loaded(how: Text, attempt: Attempt) -> Text:
    return Text(
        f"{how.en}: {attempt.loaded} of {_ITEMS} items in {attempt.seconds:.2f} s",
        f"{how.zh}：{attempt.seconds:.2f} 秒加载 {attempt.loaded}/{_ITEMS} 个数据",
    )


CASE = Case(
    name="dataloader-workers",
    title=Text("DataLoader with four workers", "DataLoader 使用 4 个 worker"),
    claim=Text(
        "num_threads: 4 makes the DataLoader's worker processes deadlock",
        "num_threads: 4 导致 DataLoader 多进程死锁",
    ),
    source="`num_threads: 4` 导致 DataLoader 多进程死锁",
    run=run,
    mechanism=Text(
        "libgomp's thread team belongs to the process that made it. A worker forked after a parallel region believes "
        "that it has the team and waits for threads that do not exist. Spawned workers make their own; in a daemonic "
        "process multiprocessing refuses children with an assertion.",
        "libgomp 的线程组属于创建它的进程。在并行区之后 fork 出的 worker 以为自己拥有该线程组，等待并不存在的线程。"
        "spawn 出的 worker 会自建线程组；在 daemonic 进程中，multiprocessing 以断言拒绝创建子进程。",
    ),
    cure=Text(
        'num_workers=0, or multiprocessing_context="spawn" with a timeout; never fork after the first parallel '
        "operation",
        'num_workers=0，或使用 multiprocessing_context="spawn" 并设 timeout；首次并行运算之后绝不 fork',
    ),
)
