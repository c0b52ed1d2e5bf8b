"""Rules about what is installed in the interpreter: the packages, their files, and whether they can be imported."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from heygem_core.diagnosis.diagnosis import IMPLIED, STATED, Finding, same
from heygem_core.diagnosis.doctor import advice, eras
from heygem_core.diagnosis.doctor.facts import Facts
from heygem_core.errors import Cause
from heygem_core.runtime.libraries import PROVIDER
from heygem_core.text import Text

_NUMPY = re.compile(r"_ARRAY_API not found|compiled using NumPy 1\.x|numpy\.core\.multiarray failed to import")
_GLIBC = re.compile(r"version `((?:GLIBC|GLIBCXX|CXXABI)_[\d.]+)' not found")
_ERROR = re.compile(r"Error: .")
_EXECSTACK = "cannot enable executable stack"
_SHOWN = 3


def two_packages(facts: Facts) -> Finding | None:
    """More than one package writes to the folder onnxruntime: the one installed last has overwritten the other."""
    if len(facts.packages) < 2:
        return None
    names = ", ".join(f"{package['name']} {package['version']}" for package in facts.packages)
    evidence = [Text(f"installed together: {names}", f"同时安装了：{names}")]
    evidence += [line for package in facts.packages for line in _overwritten(package)]
    available = (facts.trial.get("import") or {}).get("available")
    if available is not None:
        there = ", ".join(available)
        evidence.append(Text(f"the build in force offers: {there}", f"当前生效的构建提供：{there}"))
    # Removing only one of them breaks the other: its files go, too.
    remedy = advice.install(facts, advice.choice(facts), clean=True)
    return Finding(Cause.PACKAGE_CONFLICT, STATED, tuple(evidence), remedy, "onnxruntime")


def _overwritten(package: Mapping[str, Any]) -> list[Text]:
    lines = []
    for kind, en, zh in (("changed", "were overwritten", "已被覆盖"), ("missing", "are gone", "已不存在")):
        files = package[kind]
        if files:
            some = ", ".join(files[:_SHOWN])
            lines.append(
                Text(
                    f"{len(files)} files of {package['name']} {en}: {some}",
                    f"{package['name']} 有 {len(files)} 个文件{zh}：{some}",
                )
            )
    return lines


def files_gone(facts: Facts) -> Finding | None:
    """The one package that is installed lacks files that it brought: its provider library, or half of itself."""
    if len(facts.packages) != 1:
        return None
    (package,) = facts.packages
    lost = [*package["missing"], *(name for name in package["changed"] if name.endswith(PROVIDER))]
    if not lost:
        return None
    again = f"install --force-reinstall --no-deps {package['name']}=={package['version']}"
    remedy = same(advice.pip(facts, again))
    evidence = tuple(_overwritten(package))
    if all(name.endswith(PROVIDER) for name in lost):
        return Finding(Cause.MISSING_CUDA_LIBRARY, STATED, evidence, remedy, PROVIDER)
    told = Text(
        "uninstalling onnxruntime or onnxruntime-gpu takes files away from the other one",
        "卸载 onnxruntime 与 onnxruntime-gpu 之一，会连同另一个的文件一起删除",
    )
    return Finding(Cause.PACKAGE_CONFLICT, IMPLIED, (*evidence, told), remedy, package["name"])


def cpu_package(facts: Facts) -> Finding | None:
    """The one package that is installed has no CUDA provider: a session on the GPU is not possible with it."""
    if facts.wanted == "cpu" or len(facts.packages) != 1 or facts.packages[0]["gpu"] or facts.provider:
        return None
    (package,) = facts.packages
    evidence = Text(
        f"{package['name']} {package['version']} is built for the CPU; the CUDA provider is in onnxruntime-gpu",
        f"{package['name']} {package['version']} 只支持 CPU；CUDA provider 在 onnxruntime-gpu 里",
    )
    remedy = advice.install(facts, advice.choice(facts), clean=True)
    return Finding(Cause.SILENT_CPU_FALLBACK, STATED, (evidence,), remedy, package["name"])


def not_installed(facts: Facts) -> Finding | None:
    """There is no onnxruntime in this interpreter at all."""
    if facts.packages or facts.folder:
        return None
    return Finding(
        Cause.OTHER,
        STATED,
        (Text(f"{facts.python} has no package onnxruntime", f"{facts.python} 中没有 onnxruntime 包"),),
        advice.install(facts, advice.choice(facts)),
        "onnxruntime",
        Text("onnxruntime is not installed", "未安装 onnxruntime"),
    )


def import_failed(facts: Facts) -> Finding | None:
    """Importing onnxruntime raises, crashes or hangs."""
    if not (facts.packages or facts.folder) or facts.trial.get("import") or numpy_2(facts):
        return None
    return _system(facts) or _execstack(facts) or _broken(facts)


def numpy_2(facts: Facts) -> Finding | None:
    """A version that was built for numpy 1 is used with numpy 2: 1.18 raises, 1.16 crashes at the first run."""
    numpy = facts.package_version("numpy")
    if not _NUMPY.search(facts.said) or not numpy or eras.numbers(numpy) < (2,):
        return None
    evidence = Text(
        f"onnxruntime {facts.version} is built for numpy 1 (up to 1.18 all are), numpy {numpy} is installed",
        f"onnxruntime {facts.version} 按 numpy 1 编译（1.18 及以前都是），已安装的是 numpy {numpy}",
    )
    remedy = same(advice.pip(facts, 'install "numpy<2"'))
    title = Text("This onnxruntime does not work with numpy 2", "此 onnxruntime 与 numpy 2 不兼容")
    ended = facts.trial["ended"]
    crash = [Text(f"the first run ended the process with {ended}", f"首次推理使进程以 {ended} 终止")] if ended else []
    return Finding(Cause.OTHER, STATED, (evidence, *crash, *_last_words(facts)), remedy, f"numpy {numpy}", title)


def _system(facts: Facts) -> Finding | None:
    """The system's C or C++ library is older than the wheel needs."""
    wanted = _GLIBC.search(facts.said)
    if wanted is None:
        return None
    libc = facts.raw["python"]["libc"]
    evidence = Text(
        f"needed: {wanted.group(1)}; this interpreter runs with glibc {libc}",
        f"需要 {wanted.group(1)}；此解释器使用 glibc {libc}",
    )
    remedy = Text(
        "use a system (container image) with a newer C and C++ library, or, in conda, a newer libstdcxx-ng; "
        "onnxruntime-gpu 1.15 and 1.16 run with glibc 2.17, 1.18 to 1.28 with 2.27, 1.17 and newer ones with 2.28",
        "换用 C/C++ 库更新的系统（容器镜像），conda 环境则升级 libstdcxx-ng；onnxruntime-gpu 1.15 和 1.16 可用 "
        "glibc 2.17，1.18 至 1.28 可用 2.27，1.17 及更新的版本需要 2.28",
    )
    title = Text("The system's C or C++ library is too old for onnxruntime", "系统的 C/C++ 库对 onnxruntime 过旧")
    return Finding(Cause.OTHER, STATED, (evidence, *_last_words(facts)), remedy, wanted.group(1), title)


def _execstack(facts: Facts) -> Finding | None:
    """The system refuses the executable stack that the library asks for."""
    if _EXECSTACK not in facts.said:
        return None
    remedy = Text(
        f"install a newer onnxruntime-gpu, or clear the mark: patchelf --clear-execstack {facts.folder}/capi/*.so",
        f"安装更新的 onnxruntime-gpu，或清除该标记：patchelf --clear-execstack {facts.folder}/capi/*.so",
    )
    title = Text("The system refuses onnxruntime's executable stack", "系统拒绝 onnxruntime 所要求的可执行栈")
    return Finding(Cause.OTHER, STATED, _last_words(facts), remedy, "onnxruntime", title)


def _broken(facts: Facts) -> Finding:
    """It cannot be imported, and what it said is all that is known."""
    ended = facts.trial["ended"]
    hung, crashed = ended == "timeout", ended not in {None, "timeout"}
    how = Text(
        "does not end" if hung else f"ends the process with {ended}" if crashed else "raises",
        "没有结束" if hung else f"使进程以 {ended} 终止" if crashed else "抛出异常",
    )
    evidence = Text(f"import onnxruntime {how.en}", f"import onnxruntime {how.zh}")
    package = next((f"{each['name']}=={each['version']}" for each in facts.packages), "onnxruntime-gpu")
    remedy = same(advice.pip(facts, f"install --force-reinstall {package}"))
    title = Text("onnxruntime cannot be imported", "onnxruntime 无法导入")
    return Finding(Cause.OTHER, IMPLIED, (evidence, *_last_words(facts)), remedy, "onnxruntime", title)


def _last_words(facts: Facts) -> tuple[Text, ...]:
    lines = [line.strip() for line in facts.said.splitlines() if line.strip()]
    errors = [line for line in lines if _ERROR.search(line)]
    return tuple(same(line[:300]) for line in (errors or lines)[-1:])
