"""One self-contained page of what the cases showed and what a render measured, in both languages."""

from __future__ import annotations

from base64 import b64encode
from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape
from importlib.resources import files
from typing import Any

from heygem_core.casebook import machine
from heygem_core.casebook.model import Core, Reported, Row
from heygem_core.casebook.pictures import Pair
from heygem_core.diagnosis.causes import look_up
from heygem_core.page.document import document
from heygem_core.page.markup import both, grid, heading, number, pairs
from heygem_core.text import Text

_TITLE = Text("What stalls, why, and what does not", "什么会卡死，为什么，什么不会")
_VERDICTS = {
    "confirmed": Text("confirmed", "证实"),
    "refuted": Text("refuted", "推翻"),
    "conditional": Text("conditional", "有条件成立"),
    "skipped": Text("skipped", "跳过"),
    "failed": Text("failed", "失败"),
}
_TONES = {"confirmed": "good", "refuted": "bad", "conditional": "mild", "failed": "alarm"}
"""Classes of the page's style."""
_MEANINGS = Text(
    "Each verdict is about the claim, not about heygem-core: confirmed, it was observed here as claimed; refuted, "
    "what was observed contradicts it; conditional, it holds under the conditions named; skipped, this machine "
    "lacks what the case needs; failed, the case did not show its effect, so nothing is said.",
    "结论针对的是说法，而不是 heygem-core：证实，本机观察到的与说法一致；推翻，观察结果与之矛盾；"
    "有条件成立，仅在所述条件下成立；"
    "跳过，本机缺少该案例所需的条件；失败，案例未能呈现其效果，因此不作结论。",
)
_STAGE_COLUMNS = {
    "name": Text("stage", "阶段"),
    "frames": Text("frames", "帧"),
    "busy_s": Text("busy s", "忙碌 秒"),
    "wait_input_s": Text("waiting for input s", "等待输入 秒"),
    "wait_output_s": Text("waiting for output s", "等待输出 秒"),
    "p50_ms": Text("p50 ms", "p50 毫秒"),
    "p95_ms": Text("p95 ms", "p95 毫秒"),
    "p99_ms": Text("p99 ms", "p99 毫秒"),
}
_FIGURES = {
    "frames_in": Text("frames in", "输入帧"),
    "frames_out": Text("frames out", "输出帧"),
    "frames_without_face": Text("frames without a face", "无人脸的帧"),
    "duration_s": Text("length of the video, s", "视频时长，秒"),
    "wall_s": Text("time taken, s", "用时，秒"),
    "warmup_s": Text("of which until the first frame, s", "其中首帧前，秒"),
    "fps": Text("frames per second of time taken", "按用时计的每秒帧数"),
}


def report(rows: Sequence[Row], *, render: Mapping[str, Any] | None = None, stills: Sequence[Pair] = ()) -> str:
    """Return the page for ``rows`` and, where there is one, ``render``'s JSON with ``stills``."""
    parts = [
        _rendering(render, stills) if render is not None else "",
        _table(rows),
        *(_details(row) for row in rows),
        _machine(),
    ]
    style = files("heygem_core.casebook").joinpath("report.css").read_text(encoding="utf-8")
    return document(_TITLE, "\n".join(part for part in parts if part), style=style)


def _rendering(render: Mapping[str, Any], stills: Sequence[Pair]) -> str:
    provider = render["provider"]
    figures = [(name, number(render[key])) for key, name in _FIGURES.items()]
    figures.append((Text("generator asked for", "生成器：要求"), escape(str(provider["requested"]))))
    figures.append((Text("generator ran on", "生成器：实际"), escape(str(provider["applied"]))))
    stages = grid(
        (both(name) for name in _STAGE_COLUMNS.values()),
        ([number(stage[key]) for key in _STAGE_COLUMNS] for stage in render["stages"]),
        "figures",
    )
    warnings = "".join(f'<p class="warning">{escape(text)}</p>' for text in render.get("warnings", ()))
    title = heading(2, Text("The video", "视频"))
    return f"<section>{title}{_gallery(stills)}{pairs(figures)}{warnings}{stages}</section>"


def _gallery(stills: Sequence[Pair]) -> str:
    if not stills:
        return ""
    note = Text(
        "Above the source, below the result, cut to the part that differs; frames spread evenly over the clip. "
        "The lower pictures are synthetic.",
        "上为源视频，下为结果，裁剪到有差异的部分；各帧在片段中均匀选取。下排图像为合成内容。",
    )
    columns = "".join(
        f"<figure>{_picture(pair.source, f'source, frame {pair.index}')}"
        f"{_picture(pair.result, f'result, frame {pair.index}')}"
        f"<figcaption>{both(Text(f'frame {pair.index}', f'第 {pair.index} 帧'))}</figcaption></figure>"
        for pair in stills
    )
    return f'<p>{both(note)}</p><div class="stills">{columns}</div>'


def _picture(jpeg: bytes, alternative: str) -> str:
    return f'<img alt="{escape(alternative)}" src="data:image/jpeg;base64,{b64encode(jpeg).decode()}">'


def _badge(row: Row) -> str:
    return f'<b class="verdict {_TONES.get(row.ending, "")}">{both(_VERDICTS[row.ending])}</b>'


def _reason(row: Row) -> str:
    """Return why there is no finding; empty where there is one."""
    return both(row.skipped) if row.skipped is not None else escape(row.error or "")


def _table(rows: Sequence[Row]) -> str:
    tally = Counter(row.ending for row in rows)
    counts = ", ".join(f"{count} {both(_VERDICTS[verdict])}" for verdict, count in tally.items())
    head = (
        Text("case", "案例"),
        Text("claim", "说法"),
        Text("verdict", "结论"),
        Text("reported topology", "报告中的结构"),
        Text("heygem-core on the same fault", "heygem-core 面对同样的故障"),
    )
    body = (
        (
            f'<a href="#{escape(row.case.name)}">{escape(row.case.name)}</a>',
            both(row.case.claim),
            _badge(row),
            both(row.finding.reported.outcome) if row.finding else _reason(row),
            both(row.finding.core.outcome) if row.finding else "–",
        )
        for row in rows
    )
    title = heading(2, Text("The cases", "案例"))
    return f"<section>{title}<p>{counts}.</p><p>{both(_MEANINGS)}</p>{grid(map(both, head), body, 'cases')}</section>"


def _details(row: Row) -> str:
    case = row.case
    inner = [
        f"<p><b>{both(Text('Claim', '说法'))}</b> {both(case.claim)}</p>",
        f"<blockquote>{escape(case.source)}</blockquote>",
    ]
    if row.finding:
        inner += [_reported(row.finding.reported), _core(row.finding.core)]
    else:
        inner.append(f'<p class="warning">{_reason(row)}</p>')
    name = escape(case.name)
    summary = f"<summary><code>{name}</code> {both(case.title)} {_badge(row)}</summary>"
    return f'<details id="{name}">{summary}{"".join(inner)}</details>'


def _reported(reported: Reported) -> str:
    evidence = "".join(f"<li>{both(line)}</li>" for line in reported.evidence)
    name = both(Text("Reported topology", "报告中的结构"))
    return f"<p><b>{name}</b> {both(reported.outcome)} ({reported.seconds:.1f} s)</p><ul>{evidence}</ul>"


def _core(core: Core) -> str:
    line = f"<p><b>heygem-core</b> {both(core.outcome)} ({core.seconds:.1f} s)</p>"
    if not core.cause:
        return line
    entry = look_up(core.cause)
    culprit = f", {both(Text('stage', '阶段'))} <code>{escape(core.culprit)}</code>" if core.culprit else ""
    return (
        f"{line}<p><code>{escape(core.cause)}</code>{culprit}: {both(entry.title)}. "
        f"{both(Text('What to do:', '处理办法：'))} {both(entry.remedy)}</p>"
    )


def _machine() -> str:
    title = heading(2, Text("The machine", "机器"))
    return f"<section>{title}{pairs((name, both(value)) for name, value in machine.facts())}</section>"
