"""Rules about what a real session did, and about the machine around it."""

from __future__ import annotations

from heygem_core.diagnosis.diagnosis import HINTED, IMPLIED, STATED, Finding, same
from heygem_core.diagnosis.doctor import rules_driver, rules_packages
from heygem_core.diagnosis.doctor.facts import Facts
from heygem_core.errors import Cause
from heygem_core.text import Text

SHM = "/dev/shm"  # noqa: S108 - a name in a text
SMALL_SHM = 64 << 20
"""Docker's default for /dev/shm, bytes."""
_CUDA_EP = "CUDAExecutionProvider"
_SHOWN = 3


def crashed(facts: Facts) -> Finding | None:
    """Creating the session, or its first work, ended the process or did not end."""
    trial = facts.trial
    if not trial.get("import") or trial["ended"] is None or trial["at"] == "model":
        return None
    if rules_packages.numpy_2(facts) or (trial["at"] == "session" and rules_driver.no_driver(facts)):
        # They tell the crash themselves.
        return None
    step = Text(*{"session": ("creating a session", "创建会话"), "run": ("the first run", "首次推理")}[trial["at"]])
    if trial["ended"] == "timeout":
        told = Text(f"{step.en} did not end in time", f"{step.zh}未在限定时间内结束")
        later = Text(
            "a GPU for which the library has no machine code makes the driver compile it, which takes minutes once; "
            "give it longer (--timeout 600), and take a build with code for this GPU",
            "若库中没有此 GPU 的机器码，驱动会先编译一次，耗时数分钟；可放宽限制（--timeout 600），或换用包含此 "
            "GPU 代码的版本",
        )
        title = Text("A session does not get ready", "会话迟迟未就绪")
        return Finding(Cause.NEVER_READY, IMPLIED, (told, *_errors(facts)), later, "onnxruntime", title)
    told = Text(f"{step.en} ended the process with {trial['ended']}", f"{step.zh}使进程以 {trial['ended']} 终止")
    title = Text("A session crashes its process", "会话使进程崩溃")
    return Finding(Cause.WORKER_DIED, STATED, (told, *_errors(facts)), None, "onnxruntime", title)


def first_run(facts: Facts) -> Finding | None:
    """The session applied CUDA, and the first work in it raised."""
    trial = facts.trial
    if _CUDA_EP not in (trial.get("session") or ()) or trial["at"] != "run" or trial["ended"] is not None:
        return None
    title = Text("The session is on the GPU, its first convolution fails", "会话已在 GPU 上，但首次卷积失败")
    return Finding(Cause.OTHER, IMPLIED, _errors(facts), None, "onnxruntime", title)


def fallback(facts: Facts) -> Finding | None:
    """The session runs on the CPU though CUDA was asked for, or could not be created."""
    trial = facts.trial
    if not trial.get("import") or facts.on_gpu or facts.wanted == "cpu":
        return None
    applied = ", ".join(trial.get("session") or ())
    told = Text(
        f"a session that asks for CUDA gets {applied or 'nothing'}", f"要求 CUDA 的会话得到的是 {applied or '无'}"
    )
    return Finding(Cause.SILENT_CPU_FALLBACK, STATED, (told, *_errors(facts)))


def model(facts: Facts) -> Finding | None:
    """A session works, one with the user's own model does not, or does so on the CPU."""
    trial = facts.trial
    if not trial.get("run") or trial.get("model", ()) == ():
        return None
    if trial["model"] is None:
        errors = _errors(facts) if trial["ended"] is None else (same(f"{trial['ended']}"),)
        remedy = Text(
            "see what the error names: a newer IR or opset needs a newer onnxruntime, a damaged file a new copy",
            "按错误所指处理：更新的 IR 或 opset 需要更新的 onnxruntime，文件损坏则重新获取",
        )
        title = Text("The model cannot be loaded, a tiny one can", "模型无法加载，而极小的测试模型可以")
        return Finding(Cause.BAD_INPUT, STATED, errors, remedy, "--model", title)
    if facts.wanted == "cuda" and facts.on_gpu and _CUDA_EP not in trial["model"]:
        told = Text("the model's session applied the CPU only", "该模型的会话只使用了 CPU")
        return Finding(Cause.SILENT_CPU_FALLBACK, STATED, (told, *_errors(facts)), None, "--model")
    return None


def small_shm(facts: Facts) -> Finding | None:
    """Shared memory is not larger than a container's default."""
    shm = facts.raw["machine"]["shm"]
    if shm["total"] > SMALL_SHM:
        return None
    total, free = shm["total"] / (1 << 20), shm["free"] / (1 << 20)
    told = Text(
        f"{SHM} has {total:.0f} MiB, {free:.0f} MiB of it free", f"{SHM} 共 {total:.0f} MiB，剩余 {free:.0f} MiB"
    )
    return Finding(Cause.SHM_EXHAUSTED, HINTED, (told,), None, SHM)


def _errors(facts: Facts) -> tuple[Text, ...]:
    lines = [line.strip() for line in facts.said.splitlines()]
    telling = [line for line in lines if "[E:onnxruntime" in line or "Error" in line or "CUDA failure" in line]
    return tuple(same(line[:400]) for line in telling[:_SHOWN])
