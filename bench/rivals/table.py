"""The tables of the READMEs, made from the results; run as a module it rewrites what is between the marks."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.marked import rewrite
from bench.rivals.summary import Figure
from heygem_core.bench.twin import ROOT
from heygem_core.text import Text

RESULTS = Path(ROOT) / "bench" / "results"
READMES = {"en": Path(ROOT) / "docs" / "peers.md", "zh": Path(ROOT) / "docs" / "peers.zh.md"}
KINDS = ("transport", "pipeline", "profile")

_PEERS = {
    "channel": Text("**heygem-core's channel**", "**heygem-core 的通道**"),
    "queue": Text("`mp.Queue(10)`, as reported", "`mp.Queue(10)`（问题报告中的做法）"),
    "torch": Text("`torch.multiprocessing`", "`torch.multiprocessing`"),
    "faster-fifo": Text("faster-fifo", "faster-fifo"),
    "zeromq": Text("ZeroMQ ipc, `copy=False`", "ZeroMQ ipc，`copy=False`"),
    "loky": Text("loky", "loky"),
    "joblib": Text("joblib", "joblib"),
    "ray": Text("Ray, object store", "Ray 对象存储"),
    "memcpy": Text("memcpy, the limit", "memcpy（上限）"),
    "core": Text("**heygem-core**", "**heygem-core**"),
    "core-traced": Text("heygem-core, with its trace", "heygem-core（打开跟踪）"),
    "reported": Text("the reported topology", "问题报告中的拓扑"),
    "loop": Text("one process, a plain loop", "单进程循环"),
    "threads": Text("one process, a thread per stage", "单进程，每级一个线程"),
    "side-by-side": Text("as many such loops as cores, each its own job", "每核一个这样的循环，各做各的任务"),
    "dataloader": Text("torch DataLoader and a loop", "torch DataLoader 加循环"),
    "ray-data": Text("Ray Data", "Ray Data"),
    "core-transcode": Text("heygem-core, decode and encode only", "heygem-core，仅解码与编码"),
    "ffmpeg": Text("ffmpeg, decode and encode only", "ffmpeg，仅解码与编码"),
}
_TRANSPORT = (
    Text("1080p, 1 hop", "1080p，1 跳"),
    Text("in fours", "每批 4 帧"),
    Text("1080p, 3 hops", "1080p，3 跳"),
    Text("256², 1 hop", "256²，1 跳"),
    Text("CPU µs per 1080p frame", "每 1080p 帧 CPU µs"),
    Text("latency p50 / p99, µs", "延迟 p50 / p99，µs"),
    Text("idle, % of a core", "空闲时占单核 %"),
)
_PIPELINE = (
    Text("frames/s", "帧/秒"),
    Text("CPU ms per frame", "每帧 CPU ms"),
    Text("first batch, warm, s", "首批（热），秒"),
    Text("first batch, cold, s", "首批（冷启动），秒"),
    Text("peak MiB", "峰值 MiB"),
)
_PROFILE = Text("what it is spent on", "用在哪里"), Text("share of processor time", "占处理器时间")
_PARTS = {
    "encoder": Text("encoding (libx264)", "编码（libx264）"),
    "decoder": Text("decoding, and AAC (libavcodec)", "解码及 AAC（libavcodec）"),
    "models": Text("detector and puppet (onnxruntime)", "检测模型与 puppet（onnxruntime）"),
    "opencv": Text("face mesh, warps, resizing (OpenCV)", "人脸网格、仿射变换、缩放（OpenCV）"),
    "numpy": Text("arithmetic on patches and landmarks (numpy)", "图块与关键点运算（numpy）"),
    "python": Text("Python itself, start-up included", "Python 本身，含启动"),
    "kernel": Text("the kernel", "内核"),
    "libc": Text("libc, nearly all of it copies", "libc，几乎全是内存拷贝"),
    "other": Text("everything else", "其他"),
}
_ABSENT = Text("not measured: ", "未测：")
_BOUND = Text("bound: the slowest stage, or all CPU time over all cores", "上限：最慢的一级，或全部 CPU 时间除以核数")
_TARGETS = (Text("target", "目标"), Text("wanted", "要求"), Text("measured", "实测"), Text("met", "达到"))
_YES_NO = (Text("no", "否"), Text("yes", "是"))
_SPREAD = Text(
    "Medians of {rounds} rounds, in brackets the least and the most, on {cores} cores of {cpu}.",
    "{rounds} 轮的中位数，括号内为最小值和最大值；{cpu}，{cores} 核。",
)


def number(value: float) -> str:
    """Return three significant digits, and whole numbers from 100 on."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def told(figure: Figure | None, scale: float = 1.0, *, spread: bool = False) -> str:
    """Return a figure as a cell."""
    if figure is None:
        return "–"
    median, least, most = (number(figure[key] * scale) for key in ("median", "least", "most"))
    return f"{median} ({least}–{most})" if spread else median


def transport(result: Mapping[str, Any], language: str) -> list[str]:
    """Return the rows of the transport table."""
    rows = []
    for peer, figures in result["peers"].items():
        cases = figures["cases"]
        rates = [told(cases[f"1080px1-hops{1}"]["fps"], spread=True)]
        rates += [told(cases[case]["fps"]) for case in ("1080px4-hops1", "1080px1-hops3", "256x1-hops1")]
        cost, idle = told(cases["1080px1-hops1"]["cpu_us"]), told(figures["idle_share"], 100)
        latency = f"{told(figures['latency_p50_us'])} / {told(figures['latency_p99_us'])}"
        rows.append(_row(_PEERS[peer].get(language), *rates, cost, latency if figures["latency_p50_us"] else "–", idle))
    return [_row("", *(text.get(language) for text in _TRANSPORT)), _rule(len(_TRANSPORT)), *rows]


def pipeline(result: Mapping[str, Any], language: str) -> list[str]:
    """Return the rows of the pipeline table."""
    rows = []
    for runner, figures in result["runners"].items():
        cells = [told(figures["fps"], spread=True), told(figures["cpu_ms"]), told(figures["first_s"])]
        cells += [told(figures["cold_first_s"] if figures["first_s"] else None), told(figures["peak_mib"])]
        rows.append(_row(_PEERS[runner].get(language), *cells))
    rows.append(_row(_BOUND.get(language), told(result["bound_fps"], spread=True), *[""] * (len(_PIPELINE) - 1)))
    return [_row("", *(text.get(language) for text in _PIPELINE)), _rule(len(_PIPELINE)), *rows]


def targets(result: Mapping[str, Any], language: str) -> list[str]:
    """Return the rows of the table of targets."""
    rows = [_row(*(text.get(language) for text in _TARGETS)), _rule(len(_TARGETS) - 1)]
    for target in result["targets"]:
        sign = "≥" if target["at_least"] else "≤"
        met = _YES_NO[target["met"]].get(language)
        rows.append(
            _row(target["what"][language], f"{sign} {target['wanted']:g}", told(target["got"], spread=True), met)
        )
    return rows


def profile(result: Mapping[str, Any], language: str) -> list[str]:
    """Return the rows of the table that says what the processor's time goes into."""
    rows = [_row(_PARTS[part].get(language), f"{100 * share:.1f} %") for part, share in result["shares"].items()]
    return [_row(*(text.get(language) for text in _PROFILE)), _rule(1), *rows]


def table(kind: str, result: Mapping[str, Any], language: str) -> str:
    """Return all that stands between the marks of ``kind``."""
    if kind == "profile":
        return "\n".join(profile(result, language))
    rows = (transport if kind == "transport" else pipeline)(result, language)
    host = result["host"]
    note = _SPREAD.get(language).format(rounds=result["rounds"], cores=host["cores"], cpu=host["cpu"])
    absent = [f"- {_PEERS[peer].get(language)}: {_ABSENT.get(language)}{why}" for peer, why in result["absent"].items()]
    parts = [rows, [note], absent, targets(result, language)]
    return "\n\n".join("\n".join(part) for part in parts if part)


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _rule(numbers: int) -> str:
    return "|---|" + "---:|" * numbers


def load(kind: str, folder: Path = RESULTS) -> dict[str, Any] | None:
    """Return the committed result of ``kind``, None where there is none yet."""
    path = folder / f"peers-{kind}.json"
    result: dict[str, Any] | None = json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
    return result


def main(kinds: Sequence[str] = KINDS) -> None:
    """Rewrite the tables of both documents."""
    for kind in kinds:
        result = load(kind)
        if result is not None:
            for language, path in READMES.items():
                rewrite(path, f"peers-{kind}", table(kind, result, language))


if __name__ == "__main__":
    main()
