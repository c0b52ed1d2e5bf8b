"""package-conflict: onnxruntime and onnxruntime-gpu in one environment, in both orders, and after a removal."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from heygem_core.casebook import field_envs
from heygem_core.casebook.host import hosted
from heygem_core.casebook.model import Case, Finding, Options, Reported, Text
from heygem_core.casebook.probes import core, tiny_model, two_packages
from heygem_core.casebook.probes.core import CoreRun
from heygem_core.casebook.probes.script import run_program
from heygem_core.errors import Cause, EffectNotShown
from heygem_core.runtime.session import CPU, CUDA

_BOTH = ["onnxruntime", "onnxruntime-gpu"]
_DEADLINE_S = 60.0


def watch() -> tuple[dict[str, Any], CoreRun]:
    """Ask each environment in a process of its own, and the core in the one that has lost CUDA."""
    environments = field_envs.require(field_envs.CONFLICT)
    seen = {}
    with tempfile.TemporaryDirectory(prefix="heygem-case-") as name:
        model = Path(name) / "model.onnx"
        model.write_bytes(tiny_model.build())
        for way in ("cpu-last", "gpu-last", "cpu-removed"):
            path = f"{environments / way}:{environments / 'numpy'}"
            command = [sys.executable, "-S", two_packages.__file__]
            seen[way] = run_program(
                command, {"model": str(model)}, environment={"PYTHONPATH": path}, deadline_s=_DEADLINE_S
            )
    arguments = {"folder": str(environments / "cpu-last")}
    return seen, CoreRun(**hosted(f"{__name__}:core_there", arguments, deadline_s=_DEADLINE_S))


def core_there(arguments: dict[str, Any]) -> dict[str, Any]:
    """Run the core with the packages in ``folder`` in front of the installed ones; for a host only."""
    # Spawned stages get the path of the process that starts them.
    sys.path.insert(0, arguments["folder"])
    configuration = core.coded({"model": tiny_model.build(), "provider": "cuda"})
    return core.ran({"kind": "RunsModel", "configuration": configuration, "environment": {}})


def judge(seen: Mapping[str, Mapping[str, Any]], told: CoreRun, seconds: float) -> Finding:
    """Return the finding; raises `EffectNotShown` naming the first environment that behaves differently."""
    cpu_last, gpu_last, removed = seen["cpu-last"], seen["gpu-last"], seen["cpu-removed"]
    for way in ("cpu-last", "gpu-last"):
        if seen[way]["installed"] != _BOTH or seen[way]["error"] is not None:
            raise EffectNotShown(f"{way}: both packages should be installed and importable: {seen[way]}")
    if CUDA in cpu_last["available"] or CUDA not in gpu_last["available"]:
        raise EffectNotShown(f"the package installed last should decide: {cpu_last}, {gpu_last}")
    if cpu_last["applied"] != CPU:
        raise EffectNotShown(f"without CUDA in the list the session should run on {CPU}: {cpu_last}")
    if removed["installed"] != _BOTH[1:] or removed["error"] is None:
        raise EffectNotShown(f"after a removal the other package should be broken: {removed}")
    if told.failed().cause != Cause.PACKAGE_CONFLICT:
        raise EffectNotShown(f"the core should have named the conflict: {told}")
    outcome = Text(
        "the package installed last decides: onnxruntime last, and CUDA is gone; onnxruntime-gpu last, and it is there",
        "后安装的包决定结果：最后装 onnxruntime 则没有 CUDA；最后装 onnxruntime-gpu 则有",
    )
    words = told.in_words()
    blamed = Text(f"provider cuda, onnxruntime last: {words.en}", f"provider cuda，最后装 onnxruntime：{words.zh}")
    return Finding("conditional", Reported(outcome, seconds, _evidence(seen)), told.as_core(blamed))


def _evidence(seen: Mapping[str, Mapping[str, Any]]) -> tuple[Text, ...]:
    cpu_last, gpu_last, removed = seen["cpu-last"], seen["gpu-last"], seen["cpu-removed"]
    listed, warned = ", ".join(cpu_last["available"]), (cpu_last["warned"] or [""])[0]
    return (
        Text(
            f"pip install onnxruntime-gpu, then onnxruntime: pip lists both, get_available_providers() is {listed}; "
            f"a session asked for CUDA runs on {cpu_last['applied']}, no exception, {len(cpu_last['warned'])} warning",
            f"先 pip install onnxruntime-gpu，再装 onnxruntime：pip 列出两者，get_available_providers() 为 {listed}；"
            f"请求 CUDA 的会话运行在 {cpu_last['applied']}，没有异常，警告 {len(cpu_last['warned'])} 条",
        ),
        Text(f"that warning: {warned}", f"该警告：{warned}"),
        Text(
            f"the other order: get_available_providers() is {', '.join(gpu_last['available'])}",
            f"相反的顺序：get_available_providers() 为 {', '.join(gpu_last['available'])}",
        ),
        Text(
            f"pip uninstall onnxruntime after the first: pip lists {', '.join(removed['installed'])}, and using it "
            f"fails: {removed['error']}",
            f"在第一种情况下 pip uninstall onnxruntime：pip 列出 {', '.join(removed['installed'])}，使用时报错："
            f"{removed['error']}",
        ),
    )


def run(options: Options) -> Finding:
    """Ask the environments that were built; raises `CaseSkipped` when they were not."""
    del options
    began = time.monotonic()
    seen, told = watch()
    return judge(seen, told, time.monotonic() - began - told.seconds)


CASE = Case(
    name="package-conflict",
    title=Text("onnxruntime and onnxruntime-gpu together", "同时安装 onnxruntime 与 onnxruntime-gpu"),
    claim=Text(
        "With both packages installed, CUDA cannot be used",
        "同时安装两个包之后无法使用 CUDA",
    ),
    source=(
        "When I install both `onnxruntime` and `onnxruntime-gpu` packages, I can not use the `CUDAExecutionProvider`. "
        "(microsoft/onnxruntime#26996)"
    ),
    run=run,
    mechanism=Text(
        "Both packages unpack into the same folder, onnxruntime/. pip does not notice; the one installed last, often "
        "as a dependency of something else, overwrites the library that decides which providers exist, while the CUDA "
        "provider's file stays beside it. Removing one package removes the files that they share.",
        "两个包解压到同一目录 onnxruntime/。pip 不会发现；后安装的包（常常是其他包的依赖）覆盖了决定有哪些 provider "
        "的库，"
        "而 CUDA provider 的文件仍留在旁边。卸载其中一个会删除两者共有的文件。",
    ),
    cure=Text(
        "pip uninstall both, then install onnxruntime-gpu alone; it contains the CPU provider too",
        "用 pip 卸载两者，然后只安装 onnxruntime-gpu；其中也包含 CPU provider",
    ),
)
