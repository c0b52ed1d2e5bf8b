"""placebo-knobs: which library asks for the five variables that the reports set."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import sys
import tempfile
import time
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

from heygem_core.casebook.model import Case, Core, Finding, Options, Reported, Text
from heygem_core.casebook.probes import core, knob_user, tiny_model
from heygem_core.errors import CaseSkipped, EffectNotShown
from heygem_core.runtime import knobs
from heygem_core.runtime.environment import TELEMETRY

FIVE = {
    "ORT_PARALLEL": "0",
    "ORT_LOGGING_LEVEL": "3",
    "TORCH_DATALOADER_NUM_WORKERS": "0",
    "OMP_NUM_THREADS": "1",
    "OMP_WAIT_POLICY": "ACTIVE",
}
"""The variables with the values that the reports give them."""
CONTROL = "PYTHONHASHSEED"
"""Asked for by every Python at its start: shows that the watching works."""
ORT_CONTROL = "ORT_INTRA_OP_NUM_THREADS"
"""Asked for by onnxruntime since 1.29: shows that a question of onnxruntime would be seen."""

_ORT_CONTROL_SINCE = (1, 29)
_DEADLINE_S = 80.0
Readers = dict[str, tuple[str, ...]]


def observe(what: str) -> Readers:
    """Return variable -> who asked for it in a process that uses ``what``, onnxruntime or torch."""
    environment = {
        **os.environ,
        **FIVE,
        CONTROL: "0",
        ORT_CONTROL: "2",
        TELEMETRY: "1",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    command = [sys.executable, "-m", knob_user.__name__, what]
    watched = (*FIVE, CONTROL, ORT_CONTROL)
    with tempfile.TemporaryDirectory(prefix="heygem-case-") as folder:
        return knobs.readers(command, watched, Path(folder), environment=environment, deadline_s=_DEADLINE_S)


def judge(seen: Mapping[str, Readers]) -> tuple[Text, tuple[Text, ...]]:
    """Return outcome and evidence; raises `EffectNotShown` when the watching was blind or a claimed reader did ask."""
    for what, readers in seen.items():
        if not readers[CONTROL]:
            raise EffectNotShown(f"nobody was seen to ask for {CONTROL}, the watching of {what} is blind")
    if _onnxruntime_version() >= _ORT_CONTROL_SINCE and not seen["onnxruntime"][ORT_CONTROL]:
        raise EffectNotShown(f"onnxruntime was not seen to ask for {ORT_CONTROL}, which it reads")
    asking = {name: sorted({reader for readers in seen.values() for reader in readers[name]}) for name in FIVE}
    for name, askers in asking.items():
        # The two of OpenMP have readers of their own; whoever reads one of the others may well be its addressee.
        addressed = [
            reader
            for reader in askers
            if not name.startswith("OMP_") or "onnxruntime" in reader or "torch.utils.data" in reader
        ]
        if addressed:
            raise EffectNotShown(f"{name} is no placebo here, it is asked for by {', '.join(addressed)}")
    return _outcome(asking, "torch" in seen), _evidence(asking, seen)


def _outcome(asking: Mapping[str, list[str]], with_torch: bool) -> Text:
    users = Text("onnxruntime or the DataLoader", "onnxruntime 或 DataLoader")
    if not with_torch:
        users = Text("onnxruntime", "onnxruntime")
    unread = [name for name, readers in asking.items() if not readers]
    others = sorted({reader for readers in asking.values() for reader in readers})
    return Text(
        f"{len(unread)} of the five are asked for by nobody ({', '.join(unread)}), the others only by "
        f"{', '.join(others) or 'nobody'}; none by {users.en}",
        f"五个变量中有 {len(unread)} 个无人读取（{'、'.join(unread)}），其余的读取者只有："
        f"{'、'.join(others) or '无'}；没有一个被 {users.zh} 读取",
    )


def _evidence(asking: Mapping[str, list[str]], seen: Mapping[str, Readers]) -> tuple[Text, ...]:
    by = {name: _asked(readers) for name, readers in asking.items()}
    controls = {name: _asked(sorted(seen["onnxruntime"][name])) for name in (CONTROL, ORT_CONTROL)}
    unseen = Text("torch is not installed: what it would ask for was not observed", "未安装 torch：未观察它会读取什么")
    return (
        *(
            Text(f"{name}: {who.en} (used: {' and '.join(seen)})", f"{name}：{who.zh}（使用了 {' 和 '.join(seen)}）")
            for name, who in by.items()
        ),
        *(Text(f"control, {name}: {who.en}", f"对照变量 {name}：{who.zh}") for name, who in controls.items()),
        Text(
            "watched: getenv, secure_getenv, and os.environ in Python; code that walks through environ itself is not "
            "seen",
            "监视范围：getenv、secure_getenv 以及 Python 的 os.environ；自行遍历 environ 的代码观察不到",
        ),
        *(() if "torch" in seen else (unseen,)),
    )


def _onnxruntime_version() -> tuple[int, ...]:
    for package in ("onnxruntime-gpu", "onnxruntime"):
        with contextlib.suppress(metadata.PackageNotFoundError):
            return tuple(int(part) for part in metadata.version(package).split(".")[:2])
    return (0, 0)


def _asked(readers: list[str]) -> Text:
    if not readers:
        return Text("asked for by nobody", "无人读取")
    return Text(f"asked for by {', '.join(readers)}", f"读取者为 {'、'.join(readers)}")


def run(options: Options) -> Finding:
    """Watch onnxruntime and, where it is installed, torch; then the core with and without the five."""
    del options
    if knobs.compiler() is None:
        raise CaseSkipped(
            "there is no C compiler (cc, gcc or clang) on PATH to build the interposer with",
            "PATH 中没有 C 编译器（cc、gcc 或 clang），无法构建用于拦截 getenv 的库",
        )
    began = time.monotonic()
    installed = [what for what in ("onnxruntime", "torch") if importlib.util.find_spec(what) is not None]
    outcome, evidence = judge({what: observe(what) for what in installed})
    seconds = time.monotonic() - began
    return Finding("refuted", Reported(outcome, seconds, evidence), _core())


def _core() -> Core:
    configuration = {"model": tiny_model.build(), "provider": "cpu", "threads": 2}
    runs = [core.run("RunsModel", configuration, environment).finished() for environment in ({}, FIVE)]
    without, with_five = (run.noted["pool_threads"] for run in runs)
    if without != with_five:
        raise EffectNotShown(f"the five variables changed the stage's threads from {without} to {with_five}")
    return runs[1].as_core(
        Text(
            f"threads=2 given to the stage: its session starts {with_five} pool thread(s) beside the caller with the "
            f"five variables set and {without} without",
            f"给阶段设定 threads=2：设置这五个变量时，会话在调用线程之外启动 {with_five} 个池线程，"
            f"不设置时为 {without} 个",
        )
    )


CASE = Case(
    name="placebo-knobs",
    title=Text("Five environment variables", "五个环境变量"),
    claim=Text(
        "These five variables configure onnxruntime and the DataLoader: " + ", ".join(FIVE),
        "这五个环境变量可以配置 onnxruntime 和 DataLoader：" + "、".join(FIVE),
    ),
    source="`ORT_PARALLEL=0` ✅",
    run=run,
    mechanism=Text(
        "A variable acts only if somebody calls getenv with its name. Watched at run time, no library asks for "
        "ORT_PARALLEL, ORT_LOGGING_LEVEL or TORCH_DATALOADER_NUM_WORKERS; the OMP variables are read by OpenMP and "
        "BLAS, and onnxruntime has had a thread pool of its own for years.",
        "环境变量只有在有人以其名称调用 getenv 时才起作用。运行时观察表明，没有任何库读取 ORT_PARALLEL、"
        "ORT_LOGGING_LEVEL 或 TORCH_DATALOADER_NUM_WORKERS；OMP 变量由 OpenMP 和 BLAS 读取，而 onnxruntime "
        "多年来一直使用自己的线程池。",
    ),
    cure=Text(
        "set threads in SessionOptions (intra_op_num_threads), and logging by set_default_logger_severity",
        "线程数用 SessionOptions（intra_op_num_threads）设置，日志级别用 set_default_logger_severity 设置",
    ),
)
