"""The words of the report: verdicts with their symbols, metrics, scenarios and states, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from heygem_core.bench.schema_comparison import Verdict
from heygem_core.text import Text


@dataclass(frozen=True)
class Label:
    """How a verdict is shown: never by colour alone. ``tone`` is a class and a variable of the page's style."""

    symbol: str
    tone: str
    name: Text


VERDICTS: Mapping[Verdict, Label] = {
    "regressed": Label("✖", "bad", Text("regressed", "退步")),
    "invalid": Label("⊘", "odd", Text("invalid", "无效")),
    "inconclusive": Label("?", "mild", Text("inconclusive", "未定")),
    "improved": Label("✔", "good", Text("improved", "改进")),
    "equivalent": Label("=", "same", Text("equivalent", "相当")),
}
"""Worst first: what has to be looked at stands on top."""
NAMES: Mapping[str, Text] = {verdict: label.name for verdict, label in VERDICTS.items()}
SYMBOLS: Mapping[str, Text] = {verdict: Text(label.symbol, label.symbol) for verdict, label in VERDICTS.items()}


@dataclass(frozen=True)
class Metric:
    """A metric's name, and what a difference in it is called; ``{}`` is by how much."""

    name: Text
    worse: Text
    better: Text


_SLOWER, _FASTER = Text("{} slower", "慢 {}"), Text("{} faster", "快 {}")
_MORE_MEMORY, _LESS_MEMORY = Text("{} more memory", "内存多用 {}"), Text("{} less memory", "内存少用 {}")


def _latency(name: str) -> Metric:
    return Metric(Text(f"{name} latency", f"{name} 延迟"), _SLOWER, _FASTER)


def _start(en: str, zh: str) -> Metric:
    return Metric(Text(en, zh), _SLOWER, _FASTER)


METRICS: Mapping[str, Metric] = {
    **{name: _latency(name) for name in ("p50", "p90", "p95", "p99", "p99.9")},
    "throughput": Metric(
        Text("throughput", "吞吐量"),
        Text("{} lower throughput", "吞吐量低 {}"),
        Text("{} higher throughput", "吞吐量高 {}"),
    ),
    "cpu": Metric(
        Text("processor time per frame", "每帧处理器时间"),
        Text("{} more processor time", "处理器时间多 {}"),
        Text("{} less processor time", "处理器时间少 {}"),
    ),
    "power": Metric(Text("power", "功率"), Text("{} more power", "功率高 {}"), Text("{} less power", "功率低 {}")),
    "joules": Metric(
        Text("energy per frame", "每帧能耗"), Text("{} more energy", "能耗多 {}"), Text("{} less energy", "能耗少 {}")
    ),
    "rss": Metric(Text("peak memory", "内存峰值"), _MORE_MEMORY, _LESS_MEMORY),
    "vram": Metric(Text("peak GPU memory", "显存峰值"), _MORE_MEMORY, _LESS_MEMORY),
    "total": _start("time to the first result", "到首个结果的时间"),
    "import": _start("import", "导入"),
    "session": _start("making the session", "创建会话"),
    "first": _start("first run", "首次运行"),
    "warmup": _start("first 30 runs", "前 30 次运行"),
}

SCENARIOS: Mapping[str, Text] = {
    "single-stream": Text("single-stream", "单流 single-stream"),
    "offline": Text("offline", "离线 offline"),
    "paced": Text("paced", "定速 paced"),
    "shape-churn": Text("shape-churn", "尺寸变化 shape-churn"),
    "cold-start": Text("cold-start", "冷启动 cold-start"),
    "pipeline": Text("pipeline", "整条流水线 pipeline"),
}

STATES: Mapping[str, Text] = {
    "working": Text("working", "工作"),
    "waiting_for_input": Text("waiting for input", "等待输入"),
    "waiting_for_output": Text("waiting for output", "等待输出"),
    "starting": Text("starting", "启动任务"),
    "finishing": Text("finishing", "收尾"),
    "idle": Text("idle", "空闲"),
}


def scenario(name: str) -> Text:
    """Return a scenario's name; one that is not known is its own."""
    return SCENARIOS.get(name, Text(name, name))


def metric(name: str) -> Metric:
    """Return a metric's words; one that is not known is more or less of itself."""
    plain = Text(name, name)
    return METRICS.get(
        name, Metric(plain, Text(f"{{}} more {name}", f"{name} 多 {{}}"), Text(f"{{}} less {name}", f"{name} 少 {{}}"))
    )
