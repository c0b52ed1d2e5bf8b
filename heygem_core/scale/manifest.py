"""Reading a manifest: one JSON object per line, all of it checked before anything is done."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from heygem_core.lipsync.media.output import FORMATS
from heygem_core.scale.fields import FIELDS, Wrong, generator
from heygem_core.scale.jobs import Job, Setup, content_key, digests
from heygem_core.text import Text


@dataclass(frozen=True)
class Problem:
    """What is wrong with a line; line 0 is the manifest itself."""

    line: int
    text: Text


@dataclass(frozen=True)
class Manifest:
    """The jobs in the manifest's order, or what is wrong with it: with a problem there are no jobs."""

    jobs: tuple[Job, ...]
    problems: tuple[Problem, ...]


def read(path: Path, folder: Path, defaults: Setup | None = None) -> Manifest:
    """Read the manifest ``path`` of a batch that writes to ``folder``; ``defaults`` are for what lines do not say.

    Paths in it are relative to its own folder. Every line is checked, and every problem returned; the inputs' content
    is read, for the jobs' keys, only once there is none. Raises OSError where the manifest cannot be read.
    """
    jobs: list[Job] = []
    problems: list[Problem] = []
    try:
        chosen = _checked(defaults or Setup())
    except Wrong as wrong:
        return Manifest((), tuple(Problem(0, text) for text in wrong.texts))
    for number, line in enumerate(path.read_bytes().removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if line.strip():
            try:
                jobs.append(_job(number, line, path.absolute().parent, folder, chosen))
            except Wrong as wrong:
                problems += [Problem(number, text) for text in wrong.texts]
    problems += _twice(jobs)
    if not jobs and not problems:
        problems.append(Problem(0, Text("there is no job in it", "其中没有任何任务")))
    if problems:
        return Manifest((), tuple(sorted(problems, key=lambda problem: problem.line)))
    return _keyed(jobs)


def _checked(defaults: Setup) -> Setup:
    """Return ``defaults`` with the model's whole path; theirs is relative to where the command was typed."""
    return replace(defaults, generator=generator(defaults.generator, Path.cwd()))


def _job(number: int, line: bytes, base: Path, folder: Path, defaults: Setup) -> Job:
    told = _object(line)
    wrong: list[Text] = []
    good: dict[str, Any] = {}
    unknown = sorted(told.keys() - FIELDS.keys())
    if unknown:
        names, known = ", ".join(map(repr, unknown)), ", ".join(FIELDS)
        wrong.append(Text(f"unknown: {names}; known are {known}", f"未知的键：{names}；可用的键：{known}"))
    for name, field in FIELDS.items():
        try:
            if name in told:
                good[name] = field(told[name], base)
            elif name in {"video", "audio"}:
                wrong.append(Text(f"{name!r} is missing", f"缺少 {name!r}"))
        except Wrong as error:
            wrong += [Text(f"{name}: {text.en}", f"{name}：{text.zh}") for text in error.texts]
    wrong += _over_an_input(good, folder)
    if wrong:
        raise Wrong(*wrong)
    setup = replace(defaults, **{name: good[name] for name in Setup.__annotations__ if name in good})
    rest = {name: good[name] for name in ("loop", "allow_no_face") if name in good}
    return Job(number, good["video"], good["audio"], good.get("output", ""), setup, **rest)


def _object(line: bytes) -> Mapping[str, Any]:
    try:
        told = json.loads(line)
    except ValueError as error:
        raise Wrong(Text(f"not JSON: {error}", f"不是 JSON：{error}")) from None
    if not isinstance(told, dict):
        kind = type(told).__name__
        raise Wrong(Text(f"not a JSON object but {kind}", f"不是 JSON 对象，而是 {kind}"))
    return told


def _over_an_input(good: Mapping[str, Any], folder: Path) -> list[Text]:
    target = (folder / good.get("output", "")).resolve()
    for name in ("video", "audio"):
        if name in good and Path(good[name]).resolve() == target:
            return [Text(f"output: {target} is the job's own {name}", f"output：{target} 就是该任务自己的 {name}")]
    return []


def _twice(jobs: list[Job]) -> list[Problem]:
    """Return the lines that would write a file that an earlier line writes, as far as can be told unread."""
    first: dict[object, int] = {}
    found = []
    for job in jobs:
        written = job.output or job.what()
        if written not in first:
            first[written] = job.line
        elif job.output:
            before = first[written]
            text = Text(
                f"output: {job.output!r} is written by line {before} too",
                f"output：{job.output!r} 与第 {before} 行的输出同名",
            )
            found.append(Problem(job.line, text))
        else:
            found.append(Problem(job.line, _same(first[written])))
    return found


def _same(line: int) -> Text:
    return Text(
        f"the same job as line {line}; if it is wanted twice, give it an 'output'",
        f"与第 {line} 行是同一个任务；如确需两份，请指定 'output'",
    )


def _keyed(jobs: list[Job]) -> Manifest:
    digest = digests()
    keyed: dict[str, Job] = {}
    problems = []
    for job in jobs:
        key = content_key(job, digest)
        named = replace(job, key=key, output=job.output or f"{key[:16]}{next(iter(FORMATS))}")
        # Only equal content under several names is found here at last.
        if named.output in keyed:
            problems.append(Problem(job.line, _same(keyed[named.output].line)))
        keyed.setdefault(named.output, named)
    return Manifest(() if problems else tuple(keyed.values()), tuple(problems))
