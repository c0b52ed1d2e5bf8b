"""Rules about libraries, versions, packages, providers and the GPU."""

from __future__ import annotations

import re

from heygem_core.diagnosis.diagnosis import HINTED, IMPLIED, STATED
from heygem_core.diagnosis.logs import tone
from heygem_core.diagnosis.logs.claims_kinds import Claim
from heygem_core.diagnosis.logs.facts import Fact, Kind
from heygem_core.diagnosis.logs.remedies import for_libraries, for_pair
from heygem_core.diagnosis.logs.verdicts import Evidence, Verdict, rule, verdict
from heygem_core.errors import Cause

_OF_TOOLKIT = re.compile(r"(?:lib)?(?:cublas(?:lt)?|cudart|nvrtc|nvjitlink)(?:64_|\.so\.)(\d{2})", re.IGNORECASE)
_OF_CUDNN = re.compile(r"(?:lib)?cudnn\w*?(?:64_|\.so\.)(\d)", re.IGNORECASE)
_CUFFT = {"10": 11, "11": 12, "12": 13}
"""libcufft counts one behind CUDA since CUDA 11."""
_OF_CUFFT = re.compile(r"libcufft\.so\.(\d\d)")
_ADVISED = re.compile(
    r"\b(?:install(?:ing)?|(?:revert|downgrade|upgrade|update|switch|go)(?: back)? to|needs?|requires?) "
    r"(?:the )?(?:lib)?$|\b(?:refers? to|looks? for|asks? for|wants?|expects?|search(?:es)? for) (?:the )?(?:lib)?$",
    re.IGNORECASE,
)
"""What somebody is to install is not there yet."""
_SENTENCE = re.compile(r"[.!?;]\s+[A-Z]|[。！？；]")
_ASKED_FOR = re.compile(r"^[^.!;。；]{0,60}(?:\?|？|\b(?:is|are|be) (?:required|needed|necessary)\b)")
_REQUIRED = re.compile(r"\brequires? [^;]{0,40}$", re.IGNORECASE)
"""What a message demands is not there either."""
_FATAL = re.compile(r"\b(?:Import|OS|Runtime|Internal)Error\b|Could not load library|panicked")


def _major(fact: Fact) -> int:
    version = fact.what.get("version", "0")
    # torch writes cu118 and cu13 alike.
    return int(version[:2]) if version.isdigit() and len(version) >= 2 else int(version.partition(".")[0])


def _missing(evidence: Evidence) -> list[Fact]:
    """Return the missing libraries that were not found later after all."""
    applied = evidence.facts.last(Kind.APPLIED_GPU)
    found = evidence.facts.of(Kind.MISSING_LIBRARY)
    return [fact for fact in found if applied is None or fact.order > applied.order]


def wanted_majors(facts: list[Fact]) -> tuple[set[int], set[int]]:
    """Return the majors of CUDA and of cuDNN whose libraries ``facts`` miss."""
    names = " ".join(fact.what.get("library", "") for fact in facts)
    # cublas64_91.dll is of CUDA 9.1.
    toolkit = {int(major) if int(major) < 20 else int(major) // 10 for major in _OF_TOOLKIT.findall(names)}
    toolkit |= {_CUFFT[major] for major in _OF_CUFFT.findall(names) if major in _CUFFT}
    return toolkit, {int(major) for major in _OF_CUDNN.findall(names)}


def made_for(version: str) -> int:
    """Return the major of CUDA that onnxruntime-gpu ``version`` from PyPI was built for."""
    minor = int(version.split(".")[1])
    return 11 if minor <= 18 else 12 if minor <= 26 else 13


def _apart(fact: Fact, wanted: list[Fact]) -> bool:
    """Tell whether a person says ``fact`` in another sentence of the line than what is ``wanted``."""
    starts = [one.start for one in wanted if one.line == fact.line]
    between = [fact.line.text[min(start, fact.start) : max(start, fact.start)] for start in starts]
    return fact.told and bool(starts) and all(_SENTENCE.search(text) for text in between)


def _drawn_from(fact: Fact, asked: set[int]) -> bool:
    """Tell whether ``fact`` is a guess or a question that repeats what a message asks for: then it is drawn from it."""
    text = fact.line.text
    if _REQUIRED.search(text[: fact.start]):
        return _major(fact) in asked or not asked
    asks = bool(_ASKED_FOR.search(text[fact.end :])) or tone.supposed(text, fact.start)
    return _major(fact) in asked and asks


def installed_majors(evidence: Evidence, wanted: list[Fact]) -> tuple[dict[int, Fact], dict[int, Fact]]:
    """Return the majors of CUDA and cuDNN that the log shows to be there, each with the fact that shows it."""
    asking = {(fact.line.source, fact.line.number) for fact in wanted}
    refused = evidence.facts.of(Kind.PROVIDER_NOT_CREATED, Kind.CUDA_NOT_LOADED)
    asking |= {(fact.line.source, fact.line.number) for fact in refused}

    majors, majors_cudnn = wanted_majors(wanted)

    def shown(*kinds: Kind) -> list[Fact]:
        drivers = {
            (fact.line, fact.line.text.lower().find("cuda version:")) for fact in evidence.facts.of(Kind.DRIVER_CUDA)
        }
        return [
            fact
            for fact in evidence.facts.of(*kinds)
            if ((fact.line.source, fact.line.number) not in asking or _apart(fact, wanted))
            and (fact.line, fact.start) not in drivers
            and not (fact.told and _ADVISED.search(fact.line.text[: fact.start]))
            and not _drawn_from(fact, majors_cudnn if fact.kind is Kind.CUDNN else majors)
        ]

    # A library that is named where nothing misses it is one that is there, unless it is the one that is missed.
    asked = {fact.words.lower() for fact in wanted} | {fact.what.get("library", "").lower() for fact in wanted}
    seen = [fact for fact in shown(Kind.LIBRARY_SEEN) if fact.words.lower() not in asked]
    toolkit = {_major(fact): fact for fact in reversed([*shown(Kind.TOOLKIT, Kind.TORCH_CUDA), *seen])}
    if not toolkit:
        toolkit = {_major(fact): fact for fact in evidence.facts.of(Kind.DRIVER_CUDA)}
    return toolkit, {_major(fact): fact for fact in reversed(shown(Kind.CUDNN, Kind.CUDNN_SEEN))}


@rule(
    "wrong-major",
    Cause.CUDA_VERSION_MISMATCH,
    "the libraries asked for are of another major version than those that are there",
    "所要的库与实际存在的库主版本不同",
)
def wrong_major(evidence: Evidence) -> Verdict | None:
    """Judge by the number in the library's name.

    Needs: a missing library, or a provider's list of requirements, with its major, and a sign of another major (nvcc,
    wheels, torch's suffix, an image, nvidia-smi). Against: the same major is there too, and not
    only by a guess that is drawn from the message; then only the path is wrong.
    """
    missing = _missing(evidence)
    refused = evidence.facts.of(Kind.PROVIDER_NOT_CREATED, Kind.CUDA_NOT_LOADED)
    asking = missing or [fact for fact in refused if "cuda" in fact.what] or refused
    if not asking:
        return None
    wanted, wanted_cudnn = wanted_majors(missing)
    if not wanted and not wanted_cudnn and any("cuda" in fact.what for fact in refused):
        asking = [fact for fact in refused if "cuda" in fact.what]
        wanted = {int(fact.what["cuda"]) for fact in asking if "cuda" in fact.what}
        wanted_cudnn = {int(fact.what["cudnn"]) for fact in asking if "cudnn" in fact.what}
    elif not missing:
        wanted = {made_for(fact.what["version"]) for fact in evidence.facts.of(Kind.ORT)}
    there, there_cudnn = installed_majors(evidence, asking)
    other = next((there[major] for major in there if major > 8), None) if wanted and not wanted & set(there) else None
    if other is None and wanted_cudnn and there_cudnn and not wanted_cudnn & set(there_cudnn):
        other = next(iter(there_cudnn.values()))
    if other is None:
        return None
    remedy = None
    if wanted and not wanted & set(there):
        remedy = for_pair(max(wanted), max(there), onnxruntime=bool(refused))
    return verdict(Cause.CUDA_VERSION_MISMATCH, IMPLIED, [asking[0], other], remedy=remedy, ends=False)


@rule(
    "version-refused",
    Cause.CUDA_VERSION_MISMATCH,
    "driver or library says itself that the versions do not fit",
    "驱动或库自己报告版本不匹配",
)
def version_refused(evidence: Evidence) -> Verdict | None:
    """Needs: the refusal by driver, runtime or library. Against: nothing; the message names both versions."""
    if facts := evidence.facts.of(Kind.VERSION_REFUSED):
        return verdict(Cause.CUDA_VERSION_MISMATCH, STATED, facts)
    if facts := evidence.facts.of(Kind.SYMBOL_CLASH):
        return verdict(Cause.CUDA_VERSION_MISMATCH, IMPLIED, facts)
    return None


@rule(
    "versions-said-to-differ",
    Cause.CUDA_VERSION_MISMATCH,
    "the user says that versions of CUDA, cuDNN or the driver do not fit each other",
    "用户反映 CUDA、cuDNN 或驱动的版本互不匹配",
)
def versions_said_to_differ(evidence: Evidence) -> Verdict | None:
    """Needs: a person who says so, or names what is demanded and what there is. Against: that it was tried already; a
    message that says what is wrong, by the ranking."""
    told = [one for one in evidence.claims(Claim.VERSIONS_DIFFER) if not tone.tried(one.sentence)]
    if not told or evidence.facts.has(Kind.APPLIED_GPU):
        return None
    return Verdict(Cause.CUDA_VERSION_MISMATCH, HINTED, (told[0].line,), 0, told=True)


@rule(
    "loader-names-library",
    Cause.MISSING_CUDA_LIBRARY,
    "the loader names a CUDA library that it did not find",
    "加载器指出了它没有找到的 CUDA 库",
)
def loader_names_library(evidence: Evidence) -> Verdict | None:
    """Needs: the loader's message. Against: the CUDA provider was applied afterwards; TensorRT's libraries only."""
    missing = _missing(evidence)
    if not missing:
        return None
    names = list(dict.fromkeys(fact.what["library"] for fact in missing if fact.what.get("library")))
    ends = any(_FATAL.search(fact.line.text) for fact in missing) or evidence.facts.has(Kind.CRASHED)
    wanted, _ = wanted_majors(missing)
    there, _ = installed_majors(evidence, missing)
    majors = {major for major in wanted or set(there) if major > 8}
    return verdict(
        Cause.MISSING_CUDA_LIBRARY,
        STATED,
        missing,
        culprit=", ".join(names[:3]) or None,
        remedy=for_libraries(
            names,
            majors.pop() if len(majors) == 1 else None,
            onnxruntime=evidence.facts.has(Kind.PROVIDER_NOT_CREATED),
        ),
        ends=ends,
    )


@rule(
    "cuda-not-loaded",
    Cause.MISSING_CUDA_LIBRARY,
    "onnxruntime could not load CUDA, and does not say which library is missing",
    "onnxruntime 无法加载 CUDA，但没有说明缺少哪个库",
)
def cuda_not_loaded(evidence: Evidence) -> Verdict | None:
    """Needs: onnxruntime's word that CUDA could not be loaded. Against: CUDA was applied after all."""
    facts = evidence.facts.of(Kind.CUDA_NOT_LOADED)
    if not facts or evidence.facts.has(Kind.APPLIED_GPU):
        return None
    return verdict(Cause.MISSING_CUDA_LIBRARY, IMPLIED, facts)


@rule(
    "no-kernel-image",
    Cause.UNSUPPORTED_GPU_ARCH,
    "the library says that it has no code for this GPU",
    "库报告没有适用于此 GPU 的代码",
)
def no_kernel_image(evidence: Evidence) -> Verdict | None:
    """Needs: the library's or compiler's message about the architecture. Against: nothing."""
    facts = evidence.facts.of(Kind.NO_KERNEL)
    if not facts:
        return None
    only_told = all(fact.told for fact in facts)
    return verdict(Cause.UNSUPPORTED_GPU_ARCH, IMPLIED if only_told else STATED, facts)


@rule(
    "allocation-failed",
    Cause.GPU_OUT_OF_MEMORY,
    "an allocation on the GPU failed",
    "在 GPU 上分配显存失败",
)
def allocation_failed(evidence: Evidence) -> Verdict | None:
    """Needs: the allocator's message. Against: a smaller batch was taken afterwards and the work went on to its end."""
    facts = evidence.facts.of(Kind.GPU_MEMORY)
    if not facts:
        return None
    recovered = evidence.facts.last(Kind.GPU_MEMORY_RECOVERED)
    if recovered is not None and recovered.order >= facts[-1].order and evidence.done_after(recovered.order):
        return None
    only_told = all(fact.told for fact in facts)
    return verdict(Cause.GPU_OUT_OF_MEMORY, IMPLIED if only_told else STATED, facts)


@rule(
    "said-to-need-more-memory",
    Cause.GPU_OUT_OF_MEMORY,
    "the user says that the GPU's memory does not suffice",
    "用户反映显存不够用",
)
def said_to_need_more(evidence: Evidence) -> Verdict | None:
    """Needs: a person who wants less of the GPU's memory to be used, or says that it is full, or only that memory is,
    where a GPU is at work. Against: an error; the host's memory."""
    told = evidence.claims(Claim.VRAM_SHORT)
    of_host = evidence.facts.has(Kind.HOST_MEMORY, Kind.KILLED) or evidence.claims(Claim.HOST_RAM, Claim.KILLED)
    if not told and evidence.gpu_wanted and not of_host:
        told = evidence.claims(Claim.OOM)
    if not told or evidence.facts.has(Kind.ERROR, Kind.ELSEWHERE, Kind.TASK_FAILED):
        return None
    return Verdict(Cause.GPU_OUT_OF_MEMORY, HINTED, (told[0].line,), 0, told=True)
