"""cpu-fallback: onnxruntime asked for CUDA, running on the CPU, and what of its answers says so."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from heygem_core.casebook.model import Case, Core, Finding, Options, Reported, Text
from heygem_core.casebook.phrases import blamed
from heygem_core.casebook.probes import core, fallback, tiny_model
from heygem_core.casebook.probes.hiding import without_cuda
from heygem_core.casebook.probes.script import run_module
from heygem_core.errors import CaseSkipped, Cause, EffectNotShown
from heygem_core.runtime import libraries
from heygem_core.runtime.session import CPU, CUDA

_DEADLINE_S = 60.0
_FALLS_BACK = ("asked", "severity 3", "disable_fallback", "enable_fallback=0", "default logger 4")
_NAMED = (Cause.MISSING_CUDA_LIBRARY, Cause.CUDA_VERSION_MISMATCH)


def judge(answers: Mapping[str, Any]) -> tuple[Text, ...]:
    """Return the evidence; raises `EffectNotShown` naming the first answer that is not the reported one."""
    for question in _FALLS_BACK:
        _demand(answers[question]["applied"] == CPU, question, answers)
    _demand(answers["asked"]["lines"] > 0 and answers["asked"]["missing"] is not None, "stderr names it", answers)
    _demand(CUDA in answers["available"] and answers["device"] == "GPU", "what a check script looks at", answers)
    _demand(answers["severity 3"]["lines"] > 0, "log_severity_level=3 leaves the lines", answers)
    _demand(answers["default logger 4"]["lines"] == 0, "set_default_logger_severity(4) silences", answers)
    for question in ("disable_cpu_ep_fallback", "disable_cpu_ep_fallback, CPU listed"):
        _demand(answers[question]["raised"] is not None, question, answers)
    guard = answers["guard"]
    _demand(guard["raised"] is not None and guard["cause"] in _NAMED, "the guard raises and names", answers)
    return (*_silence(answers), *_strictness(answers))


def _silence(answers: Mapping[str, Any]) -> tuple[Text, ...]:
    """Say what onnxruntime does when it is simply asked, and what of that can be noticed."""
    version, device, asked = answers["version"], answers["device"], answers["asked"]
    still, silenced = answers["severity 3"]["lines"], answers["default logger 4"]["lines"]
    return (
        Text(
            f"onnxruntime-gpu {version}, providers=[{CUDA!r}]: no exception, the session lists {asked['applied']}",
            f"onnxruntime-gpu {version}，providers=[{CUDA!r}]：没有异常，会话列出的是 {asked['applied']}",
        ),
        Text(
            f"its stderr, {asked['lines']} lines, names what is missing: {asked['missing']}",
            f"它的 stderr 有 {asked['lines']} 行，指出了缺少的库：{asked['missing']}",
        ),
        Text(
            f"no evidence: get_available_providers() still lists {CUDA}, get_device() says {device!r}",
            f"不能作为依据：get_available_providers() 仍列出 {CUDA}，get_device() 返回 {device!r}",
        ),
        Text(
            f"SessionOptions.log_severity_level=3: still {still} lines; "
            f"set_default_logger_severity(4): {silenced} lines, the same fallback",
            f"SessionOptions.log_severity_level=3：仍有 {still} 行；"
            f"set_default_logger_severity(4)：{silenced} 行，同样回退",
        ),
    )


def _strictness(answers: Mapping[str, Any]) -> tuple[Text, ...]:
    """Say what forbids the fallback and what only sounds like it."""
    applied, guard = answers["disable_fallback"]["applied"], answers["guard"]
    alone = _first(answers["disable_cpu_ep_fallback"]["raised"])
    listed = _first(answers["disable_cpu_ep_fallback, CPU listed"]["raised"])
    return (
        Text(
            f"disable_fallback() and enable_fallback=0: no effect, still {applied}",
            f"disable_fallback() 和 enable_fallback=0：无效，仍是 {applied}",
        ),
        Text(f"session.disable_cpu_ep_fallback=1: {alone}", f"设置 session.disable_cpu_ep_fallback=1：{alone}"),
        Text(f"the same with the CPU listed too: {listed}", f"同样设置，并且也列出 CPU：{listed}"),
        Text(
            f"create_session(provider='cuda'): ProviderNotApplied, {guard['cause']}: {guard['raised']}",
            f"create_session(provider='cuda')：抛出 ProviderNotApplied，{blamed(guard['cause']).zh}：{guard['raised']}",
        ),
    )


def _demand(shown: bool, what: str, answers: Mapping[str, Any]) -> None:
    if not shown:
        raise EffectNotShown(f"{what}: not so here, {dict(answers)}")


def _first(message: str) -> str:
    return message.replace("[ONNXRuntimeError] : ", "").splitlines()[0]


def run(options: Options) -> Finding:
    """Ask the installed onnxruntime every question, then the core with "cuda" and with "auto"."""
    del options
    with tempfile.TemporaryDirectory(prefix="heygem-case-") as name:
        provider = libraries.provider_library()
        if provider is None:
            raise CaseSkipped(
                "the installed onnxruntime has no CUDA provider (onnxruntime-gpu has)",
                "已安装的 onnxruntime 不含 CUDA provider（onnxruntime-gpu 才有）",
            )
        environment = without_cuda(provider, Path(name))
        began = time.monotonic()
        answers = run_module(fallback.__name__, {}, environment=environment, deadline_s=_DEADLINE_S)
        evidence = judge(answers)
        seconds = time.monotonic() - began
        told = _core(environment)
    applied = answers["asked"]["applied"]
    outcome = Text(
        f"asked for CUDA, got {applied} without an exception; a check script still says GPU",
        f"请求 CUDA，得到的却是 {applied}，没有异常；检查脚本仍显示 GPU",
    )
    return Finding("confirmed", Reported(outcome, seconds, evidence), told)


def _core(environment: Mapping[str, str]) -> Core:
    asked = core.asking_for_cuda(environment)
    auto = core.run("RunsModel", {"model": tiny_model.build(), "provider": "auto"}, environment).finished()
    if auto.noted["applied"] == CPU and not auto.noted["warning"]:
        raise EffectNotShown(f"provider auto fell back without a warning: {auto.noted}")
    applied, warning = auto.noted["applied"], auto.noted["warning"]
    strict, lenient = asked.in_words(), auto.in_words()
    return asked.as_core(
        Text(
            f"provider cuda: {strict.en}; provider auto: {lenient.en} on {applied}, warning: {warning}",
            f"provider cuda：{strict.zh}；provider auto：在 {applied} 上 {lenient.zh}，警告：{warning}",
        )
    )


CASE = Case(
    name="cpu-fallback",
    title=Text("Silent fallback to the CPU", "静默回退到 CPU"),
    claim=Text(
        "A check script shows the GPU as available, and the service still runs on the CPU",
        "检查脚本显示 GPU 可用，但服务实际在 CPU 上运行",
    ),
    source="虽然检查脚本显示 GPU 可用，但实际运行时可能因为环境变量问题回退到 CPU",
    run=run,
    mechanism=Text(
        "The CUDA provider is a library of its own, loaded when a session asks for it. If one of its dependencies is "
        "missing, onnxruntime writes two lines to stderr and goes on with the CPU. get_available_providers() lists "
        "what the build knows, and get_device() says what it was built for: neither looks at the session.",
        "CUDA provider 是一个单独的库，会话请求时才加载。缺少任一依赖时，onnxruntime 只向 stderr 写两行，然后改用 "
        "CPU。get_available_providers() 列出的是编译时支持的 provider，get_device() 说的是编译目标："
        "两者都不看会话本身。",
    ),
    cure=Text(
        "check session.get_providers()[0] after creating it, and treat anything but CUDA as an error",
        "创建会话后检查 session.get_providers()[0]，不是 CUDA 就当作错误",
    ),
)
