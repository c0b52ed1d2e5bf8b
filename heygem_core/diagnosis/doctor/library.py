"""Which dependency of which library a compiled module does not find, in one interpreter's own search order."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path

from heygem_core.diagnosis.diagnosis import STATED, Diagnosis, Finding, same
from heygem_core.diagnosis.doctor import advice
from heygem_core.diagnosis.doctor.facts import DRIVER, Facts
from heygem_core.diagnosis.doctor.interpreter import examine
from heygem_core.diagnosis.doctor.report import Report
from heygem_core.errors import Cause, NotExaminable
from heygem_core.runtime import elf, environment, loading
from heygem_core.text import Text

_CPYTHON = re.compile(r"\.cpython-(\d)(\d+)[\w-]*\.so$")
_CUDA = ("libcu", "libnv", "libonnxruntime_providers")
_AROUND = ("{}", "*.libs/{}", "*/lib/{}", "*/{}", "nvidia/*/lib/{}")
"""Where wheels keep libraries, below an entry of sys.path."""
_SYSTEM = ("usr/local/lib*/{}", "usr/local/*/lib*/{}", "usr/lib/*/{}", "usr/lib*/{}", "opt/*/lib*/{}", "opt/{}")
DEBIAN = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libgomp.so.1": "libgomp1",
    "libsndfile.so.1": "libsndfile1",
    "libSM.so.6": "libsm6",
    "libXext.so.6": "libxext6",
    "libXrender.so.1": "libxrender1",
}
"""Packages of Debian and Ubuntu for what compiled modules of such services need most often."""


def of_library(python: str, library: Path, seconds: float) -> Report:
    """Return what ``library`` needs and does not find in the interpreter ``python``; raises `NotExaminable`."""
    library = library.absolute()
    if re.search(r"[\s:]", str(library)):
        raise NotExaminable(
            f"{str(library)!r} has a space or a colon in its path, which the loader cannot take: link it elsewhere"
        )
    try:
        elf.read(library)
    except ValueError as error:
        raise NotExaminable(str(error)) from error
    facts = examine(python, library=library, seconds=seconds)
    trace: Mapping[str, str | None] = facts.raw["trace"]
    needs = _needs(library, trace)
    missing = tuple(name for name, path in trace.items() if path is None)
    findings = [*(_missing(facts, library, needs, missing) if missing else ()), *_unloadable(facts, library, missing)]
    found = {name: _elsewhere(facts, library, name) for name in missing}
    data = {
        "library": str(library),
        "resolved": dict(trace),
        "missing": [
            {"name": name, "needed_by": list(needs.get(name, ())), "found_in": [str(path) for path in found[name]]}
            for name in missing
        ],
    }
    return Report(Diagnosis(tuple(findings)), _lines(facts, library, trace), data)


def _needs(library: Path, trace: Mapping[str, str | None]) -> dict[str, tuple[str, ...]]:
    """Return for each name which libraries ask for it."""
    asking: dict[str, list[str]] = {}
    for path in [library, *(Path(found) for found in trace.values() if found)]:
        try:
            needed = elf.read(path).needed
        except (OSError, ValueError):
            continue
        for name in needed:
            asking.setdefault(name, []).append(path.name)
    return {name: tuple(dict.fromkeys(paths)) for name, paths in asking.items()}


def _lines(facts: Facts, library: Path, trace: Mapping[str, str | None]) -> tuple[Text, ...]:
    own = [folder for folder in elf.read(library).search if folder]
    exported = facts.environment.get(environment.LIBRARY_PATH)
    english = [f"RPATH/RUNPATH {':'.join(own)}" if own else "no RPATH"]
    english += [f"{environment.LIBRARY_PATH}={exported}" if exported else f"no {environment.LIBRARY_PATH}"]
    count = sum(path is not None for path in trace.values())
    return (
        Text(
            f"{library}: {len(trace)} libraries needed, {count} found, in {facts.python}",
            f"{library}：需要 {len(trace)} 个库，找到 {count} 个（解释器 {facts.python}）",
        ),
        Text(
            f"searched: {', '.join(english)}, ld.so.cache, the system's folders",
            f"查找位置：{'、'.join(english)}、ld.so.cache、系统目录",
        ),
    )


def _missing(
    facts: Facts, library: Path, needs: Mapping[str, Sequence[str]], missing: Sequence[str]
) -> Iterator[Finding]:
    found = {name: _elsewhere(facts, library, name) for name in missing}
    evidence = []
    for name in missing:
        by = ", ".join(needs.get(name, ("?",)))
        where = ", ".join(str(path.parent) for path in found[name][:2])
        evidence.append(
            Text(
                f"{name}, needed by {by}, is not found{f'; it lies in {where}' if where else ''}",
                f"找不到 {by} 所需的 {name}{f'；它位于 {where}' if where else ''}",
            )
        )
    cuda = all(name.startswith(_CUDA) for name in missing)
    title = None if cuda else Text("A library that it needs is not found", "找不到它所需的库")
    cause = Cause.MISSING_CUDA_LIBRARY if cuda else Cause.OTHER
    yield Finding(cause, STATED, tuple(evidence), _remedy(facts, found), missing[0], title)


def _remedy(facts: Facts, found: Mapping[str, Sequence[Path]]) -> Text:
    ways: list[Text] = []
    folders = tuple(dict.fromkeys(paths[0].parent for paths in found.values() if paths))
    if folders:
        ways.append(advice.launch_line(facts, folders))
    packages = sorted({DEBIAN[name] for name, paths in found.items() if not paths and name in DEBIAN})
    if packages:
        ways.append(same(f"apt-get install {' '.join(packages)}"))
    nowhere = [name for name, paths in found.items() if not paths and name not in DEBIAN]
    if DRIVER in nowhere:
        ways.append(Text(f"{DRIVER} comes with the NVIDIA driver", f"{DRIVER} 随 NVIDIA 驱动提供"))
    if any(name.startswith(_CUDA) for name in nowhere if name != DRIVER):
        ways.append(advice.install(facts, advice.choice(facts)))
    if nowhere and not ways:
        names = ", ".join(nowhere)
        ways.append(
            Text(
                f"nothing on this machine has {names}: install the package that this module was built against",
                f"本机没有 {names}：请安装该模块编译时所用的软件包",
            )
        )
    return Text("; ".join(way.en for way in ways), "；".join(way.zh for way in ways))


def _elsewhere(facts: Facts, library: Path, name: str) -> tuple[Path, ...]:
    """Return files called ``name`` where the loader did not look, the nearest to ``library`` first."""
    entries = [Path(entry) for entry in facts.raw["python"]["path"] if entry]
    held = facts.holding(name)
    patterns = chain(
        library.parent.glob(name),
        [held / name] if held else [],
        (path for entry in entries for pattern in _AROUND for path in entry.glob(pattern.format(name))),
        Path(facts.raw["python"]["prefix"]).glob(f"lib/{name}"),
        (path for pattern in _SYSTEM for path in Path("/").glob(pattern.format(name))),
    )
    return tuple(dict.fromkeys(path for path in patterns if path.is_file()))


def _unloadable(facts: Facts, library: Path, missing: Sequence[str]) -> Iterator[Finding]:
    """All that it needs is there, and yet it cannot be loaded."""
    answer = facts.raw["load"] or {}
    message, ended = answer.get("load"), answer.get("ended")
    if missing or (not message and not ended):
        return
    tag, version = _CPYTHON.search(library.name), facts.place.python[:2]
    if tag and (int(tag.group(1)), int(tag.group(2))) != version:
        told = Text(
            f"{library.name} is compiled for Python {tag.group(1)}.{tag.group(2)}, this is {version[0]}.{version[1]}",
            f"{library.name} 为 Python {tag.group(1)}.{tag.group(2)} 编译，此处是 {version[0]}.{version[1]}",
        )
        remedy = Text(f"use Python {tag.group(1)}.{tag.group(2)}", f"使用 Python {tag.group(1)}.{tag.group(2)}")
        title = Text("It is compiled for another Python", "它是为另一个 Python 版本编译的")
        yield Finding(Cause.OTHER, STATED, (told, same(str(message or ended))), remedy, library.name, title)
        return
    symbol = loading.LoadReport(message, (), ()).undefined_symbol if message else None
    told = same(message or f"loading ended its process: {ended}")
    title = Text("It cannot be loaded", "它无法加载")
    remedy = Text(
        "a library of another version was found than the one it was built against: look at what the message names",
        "找到的库与编译时所用的版本不同：请查看消息所指的库",
    )
    yield Finding(Cause.OTHER, STATED, (told,), remedy, symbol or library.name, title)
