"""cold-start-deadline: a get with a timeout against a worker that is still loading."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from heygem_core.casebook.host import hosted_as
from heygem_core.casebook.model import Case, Core, Finding, Options, Reported, Text
from heygem_core.casebook.probes import cold_start, core_jobs
from heygem_core.casebook.probes.cold_start import Start
from heygem_core.casebook.probes.core_jobs import CoreJobs
from heygem_core.errors import EffectNotShown

# Far enough from 1 on both sides that a busy machine does not turn one into the other.
_TOO_SHORT = 1 / 8
_SAME_MEMORY = 0.05
_DEADLINE_S = 120.0
_ITEMS = 20
_FLOOR_S = 0.1


def run(options: Options) -> Finding:
    """Return what `judge` makes of `watch`."""
    del options
    return judge(*watch())


def watch() -> tuple[Start, Start, Start, CoreJobs]:
    """Measure the cold start, then ask with an eighth of it: at once, and of a worker that has loaded; and the core.

    What loads at the same time slows each other down, so the first is measured in company as well.
    """
    with ThreadPoolExecutor(2) as pool:
        core = pool.submit(core_jobs.run, [{"items": _ITEMS, "task": 1}], loads=True, floor_s=_FLOOR_S)
        patient = _started(0.0)
        timeout_s = _TOO_SHORT * patient.answered_s
        at_once = pool.submit(_started, timeout_s)
        later = _started(timeout_s, loaded=True)
        return patient, at_once.result(), later, core.result()


def _started(timeout_s: float, *, loaded: bool = False) -> Start:
    arguments = {"loaded": loaded, "timeout_s": timeout_s}
    return hosted_as(Start, cold_start.started, arguments, deadline_s=_DEADLINE_S)


def judge(patient: Start, at_once: Start, later: Start, core: CoreJobs) -> Finding:
    """Return the finding; raises `EffectNotShown` naming the first observation that does not fit."""
    if patient.empty or not at_once.empty or later.empty:
        raise EffectNotShown(f"only the question at once should end in Empty: {patient}, {at_once}, {later}")
    if at_once.message or at_once.answered_s <= at_once.timeout_s:
        raise EffectNotShown(f"Empty should have no text, and the answer should come after it: {at_once}")
    if abs(later.peak_kib - at_once.peak_kib) > _SAME_MEMORY * at_once.peak_kib:
        raise EffectNotShown(f"the failing and the passing worker differ in memory: {at_once}, {later}")
    (done,) = core.clean().jobs
    if done.frames != _ITEMS or core.ready_s <= _FLOOR_S:
        raise EffectNotShown(f"the core should have started slower than {_FLOOR_S:g} s and finished: {core}")
    outcome = Text(
        "the same worker with the same memory and no GPU fails when asked while it loads, and answers when asked later",
        "同一 worker、同样的内存、完全不用 GPU：加载期间询问则失败，稍后询问则正常答复",
    )
    told = Text(
        f"loading has its own budget: ready after {core.ready_s:.1f} s with {_FLOOR_S:g} s allowed per item, then "
        f"{done.in_words().en}",
        f"加载有单独的时限：{core.ready_s:.1f} 秒后就绪，而每个数据只允许 {_FLOOR_S:g} 秒；随后 {done.in_words().zh}",
    )
    seconds = patient.answered_s + later.head_start_s
    evidence = _evidence(patient, at_once, later)
    return Finding("refuted", Reported(outcome, seconds, evidence), Core(told, core.ready_s + done.seconds))


def _evidence(patient: Start, at_once: Start, later: Start) -> tuple[Text, ...]:
    return (
        Text(
            f"asked at once, as long as it takes: answered after {patient.answered_s:.2f} s; once loaded the same "
            f"question takes {1000 * later.answered_s:.0f} ms",
            f"立即询问，不限时间：{patient.answered_s:.2f} 秒后答复；加载完成后，同一询问只需 "
            f"{1000 * later.answered_s:.0f} 毫秒",
        ),
        Text(
            f"asked at once with a timeout of {at_once.timeout_s:.2f} s: _queue.Empty, whose text is "
            f"[{at_once.message}], as in the reports; the answer came {at_once.answered_s:.2f} s after the question",
            f"立即询问，超时 {at_once.timeout_s:.2f} 秒：_queue.Empty，其文本为 [{at_once.message}]，与报告一致；"
            f"答复在询问后 {at_once.answered_s:.2f} 秒才到",
        ),
        Text(
            f"the same timeout once it had loaded, {later.head_start_s:.2f} s after its start: answered after "
            f"{1000 * later.answered_s:.0f} ms; that is how sleep(20) “somehow works”",
            f"超时不变，等它加载完成（启动后 {later.head_start_s:.2f} 秒）再询问：{1000 * later.answered_s:.0f} "
            "毫秒后答复；这就是 sleep(20) “莫名有效”的原因",
        ),
        Text(
            f"largest memory of it: {at_once.peak_kib // 1024} MiB where it failed, {later.peak_kib // 1024} MiB "
            "where it passed; both were given the CPU provider only",
            f"worker 的最大内存：失败时 {at_once.peak_kib // 1024} MiB，成功时 {later.peak_kib // 1024} MiB；"
            "两次都只使用 CPU provider",
        ),
    )


CASE = Case(
    name="cold-start-deadline",
    title=Text("Ten seconds for a cold start", "冷启动只给十秒"),
    claim=Text(
        "The empty error shows that the GPU's memory is too small: 16 GB fails, 24 GB works",
        "空的异常信息说明显存不足：16 GB 失败，24 GB 正常",
    ),
    source='#73 "16 GB GPU fails, 24 GB works"; #60 sleep(10) ("somehow, this works...")',
    run=run,
    mechanism=Text(
        "The deadline of the first question covers the loading of the models too. A worker that loads longer than "
        "that answers too late, whatever memory it has, and queue.Empty has no text: the error message is empty.",
        "首次提问的期限也包含了模型加载时间。加载时间更长的 worker 无论内存多大都会答复过晚，而 queue.Empty "
        "没有文字：错误信息为空。",
    ),
    cure=Text(
        "wait for readiness with a budget of its own, and give the first job its deadline only then",
        "用单独的时限等待就绪，之后才为首个任务设期限",
    ),
)
