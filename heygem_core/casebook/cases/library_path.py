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


@dataclass(frozen=True)
class Subjects:
    """What is loaded: a library with a hidden dependency, and the real provider with its stand-ins."""

    library: Path
    dependency: Path
    provider: Path | None
    stubs: tuple[Path, ...]
    steps: tuple[str, ...]
    """What the loader missed first, stub by stub."""


def prepare(folder: Path) -> Subjects:
    """Compile the library and as many stubs as the loader asks for on behalf of the CUDA provider."""
    library, dependency = native.pair(folder)
    provider = libraries.provider_library()
    if provider is None:
        return Subjects(library, dependency, None, (), ())
    stubs: list[Path] = []
    steps: list[str] = []
    exported = _UNSET
    while len(stubs) < _MAX_STUBS:
        report = loading.probe(provider, exported=exported)
        steps.append(report.error or "loads")
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


def judge(subjects: Subjects, seen: dict[str, dict[str, str | None]]) -> tuple[str, ...]:
    """Return the evidence; raises `EffectNotShown` naming the first way that did not behave as the loader should."""
    lines = []
    for way, expected in EXPECTED.items():
        error = seen[way][str(subjects.library)]
        if (error is None) != expected:
            raise EffectNotShown(f"{way}: expected {'found' if expected else 'not found'}, the loader said {error!r}")
        line = f"{way}: {'found' if error is None else f'{loading.missing_library(error)} not found'}"
        if subjects.stubs:
            provider = seen[way][str(subjects.provider)] or "loads"
            reached = loading.missing_library(provider) != subjects.stubs[0].name
            if reached != expected:
                raise EffectNotShown(f"{way}: the CUDA provider behaves differently, the loader said {provider!r}")
            line += f"; CUDA provider: {_short(provider)}"
        lines.append(line)
    return tuple(lines)


def stub_steps(subjects: Subjects) -> tuple[str, ...]:
    """Return what the real provider library misses, stub by stub; says so where it misses nothing."""
    if subjects.provider is None:
        return ("the installed onnxruntime has no CUDA provider library",)
    if not subjects.stubs:
        return (f"{subjects.provider.name} without LD_LIBRARY_PATH: {subjects.steps[0]}",)
    names = ["nothing added", *(f"+ a stub {stub.name}" for stub in subjects.stubs)]
    steps = [f"{name}: {_short(step)}" for name, step in zip(names, subjects.steps, strict=True)]
    return ("the CUDA provider, stub by stub (a name without functions): " + " | ".join(steps),)


def _short(message: str) -> str:
    """Return a loader's message without the folder of the library and without the text of the errno."""
    path, _, rest = message.removesuffix(": No such file or directory").partition(": ")
    return f"{Path(path).name}: {rest}" if rest else message


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
    outcome = "set inside the process it comes too late; set by the parent it reaches spawned children, not forked ones"
    return Finding("conditional", Reported(outcome, seconds, evidence), blamed)


def _preload_dlls(subjects: Subjects) -> tuple[str, ...]:
    """Let onnxruntime's own preload_dlls load the stubs, and say what its session misses then."""
    if not subjects.stubs:
        return ()
    folder = str(subjects.dependency.parent)
    answer = run_module(preloading.__name__, {"folder": folder}, environment=_UNSET, deadline_s=_DEADLINE_S)
    if answer["before"] != subjects.stubs[0].name or answer["after"] == answer["before"]:
        raise EffectNotShown(f"preload_dlls made no difference to what a session misses: {answer}")
    return (
        f"onnxruntime.preload_dlls(directory=stubs): a session first misses {answer['before']} before it "
        f"and {answer['after'] or 'a symbol, no file,'} after it",
    )


def _core(subjects: Subjects) -> Core:
    configuration = {"path": str(subjects.library)}
    failed = core.run("LoadsLibrary", configuration, _UNSET).failed()
    if subjects.dependency.name not in failed.detail:
        raise EffectNotShown(f"the core did not name {subjects.dependency.name}: {failed.detail}")
    variable = {LIBRARY_PATH: library_path([subjects.dependency.parent])}
    finished = core.run("LoadsLibrary", configuration, variable).finished()
    return failed.as_core(
        f"unset: {failed.in_words()}; set by the parent for its spawned stages: {finished.in_words()}"
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
)
