"""library-path: when LD_LIBRARY_PATH still helps, on a library compiled here and on the real CUDA provider."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from heygem_core.casebook.host import hosted
from heygem_core.casebook.model import Case, Core, Finding, Options, Reported, Text
from heygem_core.casebook.probes import core, loader, native, preloading
from heygem_core.casebook.probes.script import run_module
from heygem_core.errors import EffectNotShown
from heygem_core.runtime import libraries, loading
from heygem_core.runtime.environment import LIBRARY_PATH, library_path

_UNSET = {LIBRARY_PATH: ""}
_DEADLINE_S = 40.0
_MAX_STUBS = 16
# Per way of setting the variable: whether the dependency outside the default paths is then found.
EXPECTED = {
    "unset": False,
    "os.environ + os.putenv in the process itself, before the import": False,
    "exported before the process started": True,
    "set by the parent, child by spawn": True,
    "set by the parent, child by fork": False,
    "set by the parent before the fork server's start, child by forkserver": True,
    "set by the parent after the fork server's start, child by forkserver": False,
    "unset, dependency loaded first by absolute path": True,
}
_CHINESE = dict(
    zip(
        EXPECTED,
        (
            "未设置",
            "在进程自身内、导入之前用 os.environ + os.putenv 设置",
            "在进程启动前 export",
            "由父进程设置，子进程以 spawn 启动",
            "由父进程设置，子进程以 fork 启动",
            "由父进程在 fork server 启动前设置，子进程以 forkserver 启动",
            "由父进程在 fork server 启动后设置，子进程以 forkserver 启动",
            "未设置，先用绝对路径加载依赖库",
        ),
        strict=True,
    )
)


@dataclass(frozen=True)
class Subjects:
    """What is loaded: a library with a hidden dependency, and the real provider with its stand-ins."""

    library: Path
    dependency: Path
    provider: Path | None
    stubs: tuple[Path, ...]
    steps: tuple[str | None, ...]
    """What the loader said, stub by stub; None where it loaded."""


def prepare(folder: Path) -> Subjects:
    """Compile the library and as many stubs as the loader asks for on behalf of the CUDA provider."""
    library, dependency = native.pair(folder)
    provider = libraries.provider_library()
    if provider is None:
        return Subjects(library, dependency, None, (), ())
    stubs: list[Path] = []
    steps: list[str | None] = []
    exported = _UNSET
    while len(stubs) < _MAX_STUBS:
        report = loading.probe(provider, exported=exported)
        steps.append(report.error)
        if report.first_missing is None:
            break
        stubs.append(native.stub(dependency.parent, report.first_missing, provider))
        exported = {LIBRARY_PATH: str(dependency.parent)}
    return Subjects(library, dependency, provider, tuple(stubs), tuple(steps))


def observe(subjects: Subjects) -> dict[str, dict[str, str | None]]:
    """Return way -> library -> the loader's message, None when it loaded; both libraries in every way."""
    exported = {LIBRARY_PATH: str(subjects.dependency.parent)}
    first = (subjects.dependency, *subjects.stubs)
    paths = [path for path in (subjects.library, subjects.provider) if path is not None]
    direct = {
        "unset": {"exported": _UNSET},
        "os.environ + os.putenv in the process itself, before the import": {"exported": _UNSET, "set_inside": exported},
        "exported before the process started": {"exported": exported},
        "unset, dependency loaded first by absolute path": {"exported": _UNSET, "preload": first},
    }
    seen = {way: {str(path): loading.probe(path, **how).error for path in paths} for way, how in direct.items()}  # type: ignore[arg-type]
    for way in EXPECTED:
        if way not in seen:
            seen[way] = in_child(way, str(subjects.dependency.parent), [str(path) for path in paths])
    return {way: seen[way] for way in EXPECTED}


def in_child(way: str, folder: str, paths: list[str]) -> dict[str, str | None]:
    """Return library -> what the loader said in a child of the start method that ``way`` ends with."""
    arguments = {
        "method": way.rsplit(" ", 1)[1],
        "early": "after the fork server's start" in way,
        "folder": folder,
        "paths": paths,
    }
    return hosted(f"{loader.__name__}:in_child", arguments, deadline_s=_DEADLINE_S, without=[LIBRARY_PATH])


def judge(subjects: Subjects, seen: dict[str, dict[str, str | None]]) -> tuple[Text, ...]:
    """Return the evidence; raises `EffectNotShown` naming the first way that did not behave as the loader should."""
    lines = []
    for way, expected in EXPECTED.items():
        error = seen[way][str(subjects.library)]
        if (error is None) != expected:
            raise EffectNotShown(f"{way}: expected {'found' if expected else 'not found'}, the loader said {error!r}")
        provider = Text("", "")
        if subjects.stubs:
            provider = _provider(subjects, way, seen[way][str(subjects.provider)])
        found = Text("found", "可找到")
        if error is not None:
            missing = loading.missing_library(error)
            found = Text(f"{missing} not found", f"找不到 {missing}")
        lines.append(Text(f"{way}: {found.en}{provider.en}", f"{_CHINESE[way]}：{found.zh}{provider.zh}"))
    return tuple(lines)


def _provider(subjects: Subjects, way: str, error: str | None) -> Text:
    """Say how far the real provider got; raises `EffectNotShown` unless it follows the library of the experiment."""
    reached = loading.missing_library(error or "") != subjects.stubs[0].name
    if reached != EXPECTED[way]:
        raise EffectNotShown(f"{way}: the CUDA provider behaves differently, the loader said {error!r}")
    told = _short(error)
    return Text(f"; CUDA provider: {told.en}", f"；CUDA provider：{told.zh}")


def stub_steps(subjects: Subjects) -> tuple[Text, ...]:
    """Return what the real provider library misses, stub by stub; says so where it misses nothing."""
    if subjects.provider is None:
        return (
            Text(
                "the installed onnxruntime has no CUDA provider library", "已安装的 onnxruntime 没有 CUDA provider 库"
            ),
        )
    if not subjects.stubs:
        name, step = subjects.provider.name, _short(subjects.steps[0])
        return (Text(f"{name} without LD_LIBRARY_PATH: {step.en}", f"未设置 LD_LIBRARY_PATH 时 {name}：{step.zh}"),)
    names = [
        Text("nothing added", "不添加"),
        *(Text(f"+ a stub {stub.name}", f"+ 空壳 {stub.name}") for stub in subjects.stubs),
    ]
    told = [(name, _short(step)) for name, step in zip(names, subjects.steps, strict=True)]
    steps = Text(
        " | ".join(f"{name.en}: {step.en}" for name, step in told),
        " | ".join(f"{name.zh}：{step.zh}" for name, step in told),
    )
    return (
        Text(
            f"the CUDA provider, stub by stub (a name without functions): {steps.en}",
            f"CUDA provider，逐个添加空壳库（只有库名、没有函数）：{steps.zh}",
        ),
    )


def _short(message: str | None) -> Text:
    """Return a loader's message without the folder of the library and without the text of the errno."""
    if message is None:
        return Text("loads", "可加载")
    path, _, rest = message.removesuffix(": No such file or directory").partition(": ")
    short = f"{Path(path).name}: {rest}" if rest else message
    return Text(short, short)


def run(options: Options) -> Finding:
    """Try every way to point the loader at a library, then the core with and without the parent's variable."""
    del options
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="heygem-case-") as name:
        subjects = prepare(Path(name))
        seen = observe(subjects)
        evidence = (*judge(subjects, seen), *stub_steps(subjects), *_preload_dlls(subjects))
        seconds = time.monotonic() - began
        blamed = _core(subjects)
    outcome = Text(
        "set inside the process it comes too late; set by the parent it reaches spawned children, not forked ones",
        "在进程自身内设置为时已晚；由父进程设置，spawn 的子进程能用上，fork 的用不上",
    )
    return Finding("conditional", Reported(outcome, seconds, evidence), blamed)


def _preload_dlls(subjects: Subjects) -> tuple[Text, ...]:
    """Let onnxruntime's own preload_dlls load the stubs, and say what its session misses then."""
    if not subjects.stubs:
        return ()
    folder = str(subjects.dependency.parent)
    answer = run_module(preloading.__name__, {"folder": folder}, environment=_UNSET, deadline_s=_DEADLINE_S)
    if answer["before"] != subjects.stubs[0].name or answer["after"] == answer["before"]:
        raise EffectNotShown(f"preload_dlls made no difference to what a session misses: {answer}")
    before, after = answer["before"], answer["after"]
    return (
        Text(
            f"onnxruntime.preload_dlls(directory=stubs): a session first misses {before} before it "
            f"and {after or 'a symbol, no file,'} after it",
            f"onnxruntime.preload_dlls(directory=stubs)：会话首先缺少的，调用前是 {before}，"
            f"调用后是 {after or '某个符号（不再是文件）'}",
        ),
    )


def _core(subjects: Subjects) -> Core:
    configuration = {"path": str(subjects.library)}
    failed = core.run("LoadsLibrary", configuration, _UNSET).failed()
    if subjects.dependency.name not in failed.detail:
        raise EffectNotShown(f"the core did not name {subjects.dependency.name}: {failed.detail}")
    variable = {LIBRARY_PATH: library_path([subjects.dependency.parent])}
    finished = core.run("LoadsLibrary", configuration, variable).finished()
    unset, with_path = failed.in_words(), finished.in_words()
    return failed.as_core(
        Text(
            f"unset: {unset.en}; set by the parent for its spawned stages: {with_path.en}",
            f"未设置：{unset.zh}；由父进程为其 spawn 的阶段设置：{with_path.zh}",
        )
    )


CASE = Case(
    name="library-path",
    title=Text("LD_LIBRARY_PATH, and when it still helps", "LD_LIBRARY_PATH 何时还有效"),
    claim=Text(
        "Without LD_LIBRARY_PATH the import does not find cuDNN; setting it in app.py before all imports cures that",
        "导入时若未设置 LD_LIBRARY_PATH 就找不到 cuDNN；在 app.py 所有导入之前设置即可解决",
    ),
    source="在 app.py 开头，在所有导入之前设置环境变量",
    run=run,
    mechanism=Text(
        "The dynamic loader reads LD_LIBRARY_PATH once, when a program starts. What os.environ sets later reaches "
        "the loader of programs that are started afterwards, spawned children among them, but neither the process "
        "itself nor its forks. A library that is already loaded satisfies others by its name, wherever it lies.",
        "动态加载器只在程序启动时读取一次 LD_LIBRARY_PATH。之后在 os.environ 中的设置只对随后启动的程序（包括 spawn "
        "出的子进程）生效，对进程自身及其 fork 无效。已加载的库按名称即可满足其他库的依赖，无论它在哪里。",
    ),
    cure=Text(
        "export it before Python starts or before the children are spawned, or load the libraries by absolute path "
        "first (onnxruntime.preload_dlls)",
        "在 Python 启动之前或子进程 spawn 之前导出，或先用绝对路径加载这些库（onnxruntime.preload_dlls）",
    ),
)
