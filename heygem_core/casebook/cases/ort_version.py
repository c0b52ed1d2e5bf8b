"""ort-version: the same fallback in every onnxruntime-gpu version, and the CUDA era that each one needs."""

from __future__ import annotations

import re
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from heygem_core.casebook.model import Case, Core, Finding, Options, Reported, Text
from heygem_core.casebook.probes import core, ort_fallback, tiny_model
from heygem_core.casebook.probes.hiding import without_cuda
from heygem_core.casebook.probes.script import run_program
from heygem_core.errors import CaseSkipped, EffectNotShown
from heygem_core.runtime import elf, libraries, loading, ort_envs, refusal
from heygem_core.runtime.session import CPU, CUDA

AT_LEAST = 5
_DEADLINE_S = 60.0
_VERSIONED = re.compile(r"lib(cublas|cudart|cudnn)\.so\.(\d+)")


@dataclass(frozen=True)
class Seen:
    """What one version did."""

    version: str
    applied: str
    listed: bool
    """Whether get_available_providers() lists CUDA."""
    missing: str | None
    """The library that it said it misses; None when it named none."""
    era: str
    """Major versions of the CUDA libraries that its provider library needs."""
    required: str | None
    """What its own message asks for, where it says so."""


def observe(environments: Mapping[str, Path]) -> list[Seen]:
    """Ask every version for a CUDA session, two at a time, each in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="heygem-case-") as name, ThreadPoolExecutor(2) as pool:
        model = Path(name) / "model.onnx"
        model.write_bytes(tiny_model.build())
        return list(pool.map(lambda path: _ask(path, model), environments.values()))


def _ask(environment: Path, model: Path) -> Seen:
    provider = environment / "onnxruntime" / "capi" / libraries.PROVIDER
    hidden = Path(tempfile.mkdtemp(dir=model.parent))
    command = [sys.executable, "-S", ort_fallback.__file__]
    variables = {"PYTHONPATH": str(environment), **without_cuda(provider, hidden)}
    answer = run_program(command, {"model": str(model)}, environment=variables, deadline_s=_DEADLINE_S)
    needed = elf.read(provider).needed
    majors = {match[1]: match[2] for match in map(_VERSIONED.fullmatch, needed) if match}
    return Seen(
        version=answer["version"],
        applied=answer["applied"],
        listed=CUDA in answer["available"],
        missing=loading.missing_library(answer["log"]),
        era=", ".join(f"{name} {major}" for name, major in sorted(majors.items())),
        required=refusal.required(refusal.plain(answer["log"])),
    )


def judge(seen: list[Seen], versions: Sequence[str]) -> tuple[Text, ...]:
    """Return the evidence; raises `EffectNotShown` when one of ``versions`` did not fall back, or no eras differ."""
    if [one.version for one in seen] != list(versions):
        raise EffectNotShown(f"{', '.join(versions)} were to be asked, {[one.version for one in seen]} answered")
    for one in seen:
        if one.applied != CPU:
            raise EffectNotShown(f"onnxruntime-gpu {one.version} applied {one.applied} without its libraries")
        if not one.listed:
            raise EffectNotShown(f"onnxruntime-gpu {one.version} does not list {CUDA}")
    eras = {one.era for one in seen}
    if len(eras) < 2:
        raise EffectNotShown(f"all {len(seen)} versions need the same CUDA libraries: {eras}")
    return tuple(map(_line, seen))


def _line(one: Seen) -> Text:
    said = Text("", "")
    if one.required:
        said = Text(f"; says: require {one.required}", f"；自述需要 {one.required}")
    return Text(
        f"onnxruntime-gpu {one.version}: asked for CUDA, applied {one.applied}, no exception; "
        f"misses {one.missing or 'a library it does not name'}; its provider needs {one.era}{said.en}",
        f"onnxruntime-gpu {one.version}：请求 CUDA，实际使用 {one.applied}，没有异常；"
        f"缺少 {one.missing or '某个未指明的库'}；其 provider 需要 {one.era}{said.zh}",
    )


def run(options: Options) -> Finding:
    """Ask every version that was built; the core runs on the installed one."""
    del options
    environments = ort_envs.built()
    pins = ort_envs.for_this_python()
    if len(pins) < AT_LEAST:
        python = f"3.{sys.version_info.minor}"
        raise CaseSkipped(
            f"only {len(pins)} of the pinned onnxruntime-gpu versions have wheels for Python {python}",
            f"固定的 onnxruntime-gpu 版本中只有 {len(pins)} 个提供 Python {python} 的 wheel",
        )
    if len(environments) < AT_LEAST:
        raise CaseSkipped(
            f"{len(environments)} of {len(pins)} onnxruntime-gpu versions are built, {AT_LEAST} are needed: "
            "nox -s ort_envs",
            f"{len(pins)} 个 onnxruntime-gpu 版本中已构建 {len(environments)} 个，需要 {AT_LEAST} 个：nox -s ort_envs",
        )
    began = time.monotonic()
    seen = observe(environments)
    evidence = judge(seen, list(environments))
    seconds = time.monotonic() - began
    eras = len({one.era for one in seen})
    outcome = Text(
        f"{len(seen)} versions from {seen[0].version} to {seen[-1].version} fall back in the same way; "
        f"what differs is which CUDA they need, {eras} different sets of libraries",
        f"从 {seen[0].version} 到 {seen[-1].version} 的 {len(seen)} 个版本以同样的方式回退；"
        f"不同的只是所需的 CUDA，共 {eras} 组不同的库",
    )
    return Finding("confirmed", Reported(outcome, seconds, evidence), _core())


def _core() -> Core:
    asked = core.asking_for_cuda()
    words = asked.in_words()
    return asked.as_core(
        Text(f"provider cuda on the installed version: {words.en}", f"已安装版本上 provider cuda：{words.zh}")
    )


CASE = Case(
    name="ort-version",
    title=Text("The version of onnxruntime", "onnxruntime 的版本"),
    claim=Text(
        "The version of onnxruntime is not the root cause",
        "ONNX Runtime 版本不是根本原因",
    ),
    source="ONNX Runtime 版本不是根本原因，而是 `num_threads` 配置问题",
    run=run,
    mechanism=Text(
        "Every version falls back in the same way. What changes with the version is which CUDA and cuDNN its "
        "provider library needs: 11 and 8 up to 1.18, 12 and 9 up to 1.26, 13 since 1.27. An upgrade that does not "
        "bring these along ends on the CPU.",
        "各版本的回退方式相同。随版本变化的是 provider 库所需的 CUDA 与 cuDNN：1.18 及以前为 11 与 8，1.26 及以前为 "
        "12 与 9，自 1.27 起为 13。升级时若不同时换上配套的库，就会落到 CPU 上。",
    ),
    cure=Text(
        "pin onnxruntime-gpu together with the CUDA and cuDNN that it was built for",
        "将 onnxruntime-gpu 与其编译所用的 CUDA、cuDNN 版本一并固定",
    ),
)
