"""Rules about the CUDA libraries that the provider library needs: absent, of another version, or not on the path."""

from __future__ import annotations

from pathlib import Path

from heygem_core.diagnosis.diagnosis import IMPLIED, STATED, Finding, same
from heygem_core.diagnosis.doctor import advice, eras
from heygem_core.diagnosis.doctor.facts import Facts
from heygem_core.errors import Cause
from heygem_core.runtime.loading import LoadReport
from heygem_core.text import Text

_SHOWN = 4
_COMPILERS = ("libcudart", "libnvrtc")
"""What a compiler for CUDA brings without the libraries: in another version no sign of a mismatch by itself."""


def not_on_the_path(facts: Facts) -> Finding | None:
    """Every missing library is on this machine, in folders where the loader does not look."""
    folders = advice.folders_for(facts)
    if not folders:
        return None
    line = advice.launch_line(facts, folders)
    remedy = Text(
        f"{line.en} (heygem-core exec -- {facts.python} … sets it; in the program itself it is too late)",
        f"{line.zh}（heygem-core exec -- {facts.python} … 会设置它；写在程序里则太晚）",
    )
    if facts.preload_helps:
        remedy = Text(
            "call onnxruntime.preload_dlls() before the first session: tried, the session then applies CUDA; or "
            f"{remedy.en}",
            f"在创建第一个会话之前调用 onnxruntime.preload_dlls()：已试过，会话随后即可使用 CUDA；或者 {remedy.zh}",
        )
    found = []
    for folder in folders:
        names = ", ".join(name for name in facts.missing if facts.holding(name) == folder)
        if names:
            en = f"in {folder}, where the loader does not look: {names}"
            found.append(Text(en, f"加载器不会查找 {folder}，其中有：{names}"))
    return Finding(Cause.MISSING_CUDA_LIBRARY, STATED, (*_needed(facts), *found), remedy, facts.missing[0])


def other_version(facts: Facts) -> Finding | None:
    """Libraries are missing, and the same ones are there in another major version."""
    if advice.folders_for(facts):
        return None
    others = {name: facts.other_versions(name) for name in facts.missing if not facts.holding(name)}
    others = {name: found for name, found in others.items() if found}
    if all(name.startswith(_COMPILERS) for name in others):
        return None
    culprit = next(iter(others))
    found = tuple(
        Text(f"{name} is not there, only {paths[0]}", f"没有 {name}，只有 {paths[0]}")
        for name, paths in list(others.items())[:_SHOWN]
    )
    evidence = (*_needed(facts), *found, *_torch(facts))
    return Finding(Cause.CUDA_VERSION_MISMATCH, STATED, evidence, _pair(facts, others), culprit)


def _pair(facts: Facts, others: dict[str, tuple[Path, ...]]) -> Text:
    """Return both ways out: onnxruntime's own libraries, or the onnxruntime of the libraries that are there."""
    own = facts.era if facts.era and eras.fits(facts.era, facts.place) else None
    there = _era_of(facts, {path.name for paths in others.values() for path in paths})
    ways = (
        [("the libraries of this onnxruntime", "安装此 onnxruntime 所需的库", advice.install(facts, own))]
        if own
        else []
    )
    if there is not None:
        ways.append(
            ("the onnxruntime of these libraries", "安装与现有库配套的 onnxruntime", advice.install(facts, there))
        )
    if not ways:
        ways = [("what fits here", "安装适合此处的版本", advice.install(facts, advice.choice(facts)))]
    # What torch brings stays: the version beside it comes first.
    ways = ways[::-1] if there is not None and there == advice.beside_torch(facts) else ways
    return Text(
        "; or ".join(f"install {en}: {command.en}" for en, _, command in ways),
        "；或者".join(f"{zh}：{command.zh}" for _, zh, command in ways),
    )


def _era_of(facts: Facts, names: set[str]) -> eras.Era | None:
    """Return the newest fitting version that needs the libraries that are there."""
    cudnn = {name.split(".so.")[1].split(".")[0] for name in names if name.startswith("libcudnn.so.")}
    # Not by cudart, which a compiler brings as well.
    cuda = {name.split(".so.")[1].split(".")[0] for name in names if name.startswith("libcublas")}
    era = facts.era
    return next(
        (
            row
            for row in eras.fitting(facts.place)
            if (str(row.cuda) in cuda if cuda else era is not None and row.cuda == era.cuda)
            and (str(row.cudnn) in cudnn if cudnn else True)
            and (era is None or row.series != era.series)
        ),
        None,
    )


def absent(facts: Facts) -> Finding | None:
    """Libraries are missing, and nothing on this machine is like them."""
    if not facts.missing or advice.folders_for(facts) or other_version(facts):
        return None
    gone = [name for name in facts.missing if not facts.holding(name)]
    told = Text(f"nowhere on this machine: {', '.join(gone)}", f"本机任何位置都没有：{'、'.join(gone)}")
    row = advice.choice(facts)
    command = advice.install(facts, row)
    after = Text(
        "then start the program with heygem-core exec -- … or call onnxruntime.preload_dlls() before the first session",
        "然后用 heygem-core exec -- … 启动程序，或在创建第一个会话之前调用 onnxruntime.preload_dlls()",
    )
    if row is None or row.series < eras.PRELOAD:
        after = Text("then start the program with heygem-core exec -- …", "然后用 heygem-core exec -- … 启动程序")
    remedy = Text(f"{command.en}; {after.en}", f"{command.zh}；{after.zh}")
    evidence = (*_needed(facts), told, *_torch(facts))
    return Finding(Cause.MISSING_CUDA_LIBRARY, STATED, evidence, remedy, facts.missing[0])


def unusable(facts: Facts) -> Finding | None:
    """No library is missing and yet the provider library cannot be loaded: a symbol, or a damaged file."""
    message = (facts.raw["load"] or {}).get("load")
    if facts.wanted == "cpu" or facts.missing or facts.on_gpu or not message or "libcuda.so" in message:
        return None
    symbol = LoadReport(message, (), ()).undefined_symbol
    row = advice.choice(facts)
    confidence = STATED if symbol else IMPLIED
    evidence = (same(message), *_torch(facts))
    return Finding(Cause.CUDA_VERSION_MISMATCH, confidence, evidence, advice.install(facts, row), symbol)


def _needed(facts: Facts) -> tuple[Text, ...]:
    """Return what the installed version is made for, and what the loader did not find."""
    lines = []
    if facts.era and facts.version:
        pair = f"onnxruntime-gpu {facts.version}"
        lines.append(
            Text(
                f"{pair} is built for CUDA {facts.era.cuda} and cuDNN {facts.era.cudnn}",
                f"{pair} 为 CUDA {facts.era.cuda} 与 cuDNN {facts.era.cudnn} 编译",
            )
        )
    missing = ", ".join(facts.missing)
    lines.append(Text(f"the loader does not find: {missing}", f"加载器找不到：{missing}"))
    return tuple(lines)


def _torch(facts: Facts) -> tuple[Text, ...]:
    """Return what torch brings, where that is something else than onnxruntime needs."""
    cuda, cudnn = advice.torch_libraries(facts)
    if facts.torch is None or cuda is None or facts.era is None or (cuda, cudnn) == (facts.era.cuda, facts.era.cudnn):
        return ()
    return (
        Text(
            f"torch {facts.torch[0]} brings CUDA {cuda} and cuDNN {cudnn}: no help to this onnxruntime",
            f"torch {facts.torch[0]} 自带 CUDA {cuda} 与 cuDNN {cudnn}：对此 onnxruntime 没有帮助",
        ),
    )
