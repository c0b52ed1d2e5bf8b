"""cpu-fallback: onnxruntime asked for CUDA, running on the CPU, and what of its answers says so."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from heygem_core.casebook.model import Case, Core, Finding, Options, Reported, Text
from heygem_core.casebook.probes import core, fallback, tiny_model
from heygem_core.casebook.probes.fallback import CPU, CUDA
from heygem_core.casebook.probes.hiding import without_cuda
from heygem_core.casebook.probes.script import run_module
from heygem_core.errors import CaseSkipped, Cause, EffectNotShown
from heygem_core.runtime import libraries

_DEADLINE_S = 60.0
_FALLS_BACK = ("asked", "severity 3", "disable_fallback", "enable_fallback=0", "default logger 4")
_NAMED = (Cause.MISSING_CUDA_LIBRARY, Cause.CUDA_VERSION_MISMATCH)


def judge(answers: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the evidence; raises `EffectNotShown` naming the first answer that is not the reported one."""
    for question in _FALLS_BACK:
        _demand(answers[question]["applied"] == CPU, question, answers)
    _demand(CUDA in answers["available"] and answers["device"] == "GPU", "what a check script looks at", answers)
    _demand(answers["severity 3"]["lines"] > 0, "log_severity_level=3 leaves the lines", answers)
    _demand(answers["default logger 4"]["lines"] == 0, "set_default_logger_severity(4) silences", answers)
    for question in ("disable_cpu_ep_fallback", "disable_cpu_ep_fallback, CPU listed"):
        _demand(answers[question]["raised"] is not None, question, answers)
    asked, guard = answers["asked"], answers["guard"]
    _demand(guard["raised"] is not None and guard["cause"] in _NAMED, "the guard raises and names", answers)
    return (
        f"onnxruntime-gpu {answers['version']}, providers=[{CUDA!r}]: no exception, "
        f"the session lists {asked['applied']}",
        f"its stderr, {asked['lines']} lines, names what is missing: {asked['missing']}",
        f"no evidence: get_available_providers() still lists {CUDA}, get_device() says {answers['device']!r}",
        f"SessionOptions.log_severity_level=3: still {answers['severity 3']['lines']} lines; "
        f"set_default_logger_severity(4): {answers['default logger 4']['lines']} lines, the same fallback",
        "disable_fallback() and enable_fallback=0: no effect, still " + answers["disable_fallback"]["applied"],
        f"session.disable_cpu_ep_fallback=1: {_first(answers['disable_cpu_ep_fallback']['raised'])}",
        f"the same with the CPU listed too: {_first(answers['disable_cpu_ep_fallback, CPU listed']['raised'])}",
        f"create_session(provider='cuda'): ProviderNotApplied, {guard['cause']}: {guard['raised']}",
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
            raise CaseSkipped("the installed onnxruntime has no CUDA provider (onnxruntime-gpu has)")
        environment = without_cuda(provider, Path(name))
        began = time.monotonic()
        answers = run_module(fallback.__name__, {}, environment=environment, deadline_s=_DEADLINE_S)
        evidence = judge(answers)
        seconds = time.monotonic() - began
        told = _core(environment)
    outcome = f"asked for CUDA, got {answers['asked']['applied']} without an exception; a check script still says GPU"
    return Finding("confirmed", Reported(outcome, seconds, evidence), told)


def _core(environment: Mapping[str, str]) -> Core:
    asked = core.asking_for_cuda(environment)
    auto = core.run("RunsModel", {"model": tiny_model.build(), "provider": "auto"}, environment).finished()
    if auto.noted["applied"] == CPU and not auto.noted["warning"]:
        raise EffectNotShown(f"provider auto fell back without a warning: {auto.noted}")
    return asked.as_core(
        f"provider cuda: {asked.in_words()}; provider auto: {auto.in_words()} on {auto.noted['applied']}, "
        f"warning: {auto.noted['warning']}"
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
)
