"""Rules about what goes in: files that cannot be read, pictures without a face."""

from __future__ import annotations

from heygem_core.diagnosis.diagnosis import HINTED, IMPLIED, STATED
from heygem_core.diagnosis.logs.claims import Told
from heygem_core.diagnosis.logs.claims_kinds import Claim
from heygem_core.diagnosis.logs.facts import Kind
from heygem_core.diagnosis.logs.verdicts import Evidence, Verdict, rule, verdict
from heygem_core.errors import Cause


def _unreadable(evidence: Evidence) -> list[Told]:
    """Return what a person says about files that cannot be read, where nothing else is wrong."""
    return [] if evidence.facts.has(Kind.ELSEWHERE) else evidence.claims(Claim.BAD_FILE)


@rule(
    "unusable-input",
    Cause.BAD_INPUT,
    "a program refuses the file, finds no face in it, or is not there to read it",
    "程序拒绝该文件、在其中找不到人脸，或读取它的程序不存在",
)
def unusable_input(evidence: Evidence) -> Verdict | None:
    """Needs: the refusal of ffmpeg, of an image or audio library, of a face detector; or a pick from an empty list of
    faces, or a program that was not found where ffmpeg is called. Against: the job ended well."""
    facts = evidence.facts.of(Kind.NO_FFMPEG, Kind.BAD_MEDIA, Kind.NO_FACE)
    if not facts and (pair := evidence.shortly_after(Kind.FACE_PICKED, Kind.NOTHING_THERE)):
        return verdict(Cause.BAD_INPUT, IMPLIED, pair)
    for missing in (Kind.NO_PROGRAM, Kind.NOTHING_THERE):
        if not facts and (pair := evidence.shortly_after(Kind.CALLS_FFMPEG, missing)):
            return verdict(Cause.BAD_INPUT, IMPLIED, pair)
    if not facts and evidence.facts.has(Kind.NO_PROGRAM) and (told := evidence.claims(Claim.FFMPEG_NEEDED)):
        return Verdict(Cause.BAD_INPUT, HINTED, (told[0].line,), 0, told=True)
    if not facts and (told := _unreadable(evidence)):
        return Verdict(Cause.BAD_INPUT, HINTED, (told[0].line,), 0, told=True)
    if not facts or evidence.done_after(facts[-1].order):
        return None
    only_told = all(fact.told for fact in facts)
    return verdict(Cause.BAD_INPUT, IMPLIED if only_told else STATED, facts)
