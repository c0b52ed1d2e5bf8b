"""What each version did in figures, and what all of it depends on: the machine, the builds, the models, the plan."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

from heygem_core.bench.metrics import SMALLEST
from heygem_core.bench.report import labels
from heygem_core.bench.report.figure import Figure, Row
from heygem_core.bench.report.table import Cell, figure, table, text
from heygem_core.bench.schema import Environment, Run
from heygem_core.bench.summary import Summary
from heygem_core.page.markup import both, pairs
from heygem_core.text import Text

_MIB = 1 << 20
_QUANTILES = ("p50", *SMALLEST)


def _quantile(name: str) -> Callable[[Summary], float | None]:
    return lambda one: one.quantiles[name].ms if name in one.quantiles else None


def _scaled(name: str, factor: float) -> Callable[[Summary], float | None]:
    def read(one: Summary) -> float | None:
        value = getattr(one, name)
        return None if value is None else factor * float(value)

    return read


_FIGURES: Mapping[str, tuple[Text, Callable[[Summary], float | None], int]] = {
    **{f"{name}_ms": (Text(f"{name} ms", f"{name} 毫秒"), _quantile(name), 3) for name in _QUANTILES},
    "fps": (Text("frames/s", "帧/秒"), _scaled("fps", 1), 1),
    "missed_percent": (Text("missed %", "超期 %"), _scaled("missed", 100), 2),
    "processors": (Text("processors", "处理器"), _scaled("cpu", 1), 2),
    "rss_mib": (Text("memory MiB", "内存 MiB"), _scaled("peak_rss", 1 / _MIB), 0),
    "vram_mib": (Text("GPU MiB", "显存 MiB"), _scaled("peak_vram", 1 / _MIB), 0),
    "gpu_percent": (Text("GPU %", "GPU %"), _scaled("gpu_utilization", 100), 0),
    "watts": (Text("W", "瓦"), _scaled("gpu_power", 1), 0),
    "joules_per_frame": (Text("J/frame", "焦/帧"), _scaled("joules_per_frame", 1), 3),
    "max_abs": (Text("output drift", "输出偏差"), _scaled("max_abs", 1), 8),
    "psnr_db": (Text("PSNR dB", "PSNR dB"), _scaled("psnr", 1), 1),
}
DRIFT = Text(
    "A quantile is shown only where the sample is large enough. Output drift is the largest difference from the "
    "reference's output, whose values are in 0 to 1; a dash under PSNR: equal to the bit.",
    "只有样本足够时才给出分位数。输出偏差是与基准输出的最大差值，数值范围为 0 到 1；PSNR 为横线表示逐位相同。",
)


def summary_table(summaries: Sequence[Summary]) -> str:
    """Return the table of figures of each version; columns that no version has are left out."""
    names = [name for name, (_, read, _) in _FIGURES.items() if any(read(one) is not None for one in summaries)]
    columns = [
        Text("version", "版本"),
        Text("model", "模型"),
        Text("scenario", "场景"),
        *(_FIGURES[name][0] for name in names),
    ]
    rows = [
        [
            text(one.arm),
            text(one.model),
            Cell(both(labels.scenario(one.scenario)), one.scenario),
            *(_shown(name, one) for name in names),
        ]
        for one in summaries
    ]
    return table("figures", columns, rows, "numbers")


def _shown(name: str, one: Summary) -> Cell:
    _, read, digits = _FIGURES[name]
    value = read(one)
    if name == "max_abs" and value is not None:
        return Cell(f"{value:.2g}", value, number=True)
    return figure(value, digits if value is None or value < 10 else max(0, digits + 1 - len(f"{value:.0f}")))


def summary_data(summaries: Sequence[Summary]) -> Figure:
    """Return the same figures for download, with the bounds of the quantiles."""
    rows: list[Row] = [
        {
            "model": one.model,
            "scenario": one.scenario,
            "arm": one.arm,
            "replicates": one.replicates,
            "latencies": one.latencies,
            **{name: read(one) for name, (_, read, _) in _FIGURES.items()},
            **{f"{name}_bound_ms": _bound(one, name) for name in _QUANTILES},
            "outputs": one.outputs,
            "unsteady": one.unsteady,
        }
        for one in summaries
    ]
    return Figure("figures", Text("", ""), Text("", ""), rows, [])


def _bound(one: Summary, name: str) -> float | None:
    return one.quantiles[name].bound_ms if name in one.quantiles else None


def host(run: Run) -> str:
    """Return the facts about the machine, the run and its plan."""
    machine, plan = run.host, run.plan
    none = both(Text("none", "无"))
    told: list[tuple[Text, str]] = [
        (Text("processor", "处理器"), f"{escape(machine.cpu)} × {machine.cores}"),
        (Text("memory", "内存"), f"{machine.memory / (1 << 30):.1f} GiB"),
        (Text("system", "系统"), escape(f"{machine.system}, {machine.kernel}")),
        (Text("frequency governor", "调频策略"), escape(machine.governor or "–")),
        (Text("GPU", "GPU"), escape(", ".join(machine.gpus)) or none),
        (Text("driver", "驱动"), escape(machine.driver or "–")),
        (Text("load when it began", "开始时负载"), " ".join(f"{one:.2f}" for one in machine.load)),
        (Text("heygem-core", "heygem-core"), escape(machine.git)),
        (Text("run", "运行"), escape(f"{run.id}, {run.began} – {run.ended or '…'}")),
        (Text("provider", "执行后端"), escape(run.provider)),
        (
            Text("looks", "检视点"),
            ", ".join(f"n = {n} (α {alpha:g})" for n, alpha in zip(plan.looks, plan.alphas, strict=True)),
        ),
        (Text("threads, seed", "线程数，种子"), f"{plan.threads}, {plan.seed}"),
    ]
    told += [
        (
            Text(f"model {one.name}", f"模型 {one.name}"),
            f"{_size(one.size)}, {_code(one.sha256[:16])}",
        )
        for one in run.models
    ]
    told += [(Text(f"no {name}", f"无 {name}"), escape(why)) for name, why in run.unavailable.items()]
    return pairs(told)


def _size(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{size / 1e3:.0f} kB"


def _code(value: str) -> str:
    return f"<code>{escape(value)}</code>"


def environments(run: Run) -> str:
    """Return the table of builds."""
    columns = (
        Text("version", "版本"),
        Text("package", "软件包"),
        Text("Python", "Python"),
        Text("wheel", "wheel"),
        Text("build", "构建"),
        Text("providers it could use", "可用的执行后端"),
        Text("CUDA libraries", "CUDA 库"),
    )
    return table("environments", columns, [_environment(one) for one in run.environments], "builds")


def _environment(one: Environment) -> list[Cell]:
    found = sum(bool(place) for place in one.cuda.values())
    commit = re.search(r"git-commit-id=(\w+)", one.build_info)
    libraries = Text(f"{found} of {len(one.cuda)} found", f"{len(one.cuda)} 个中找到 {found} 个")
    return [
        text(one.arm),
        text(f"{one.package} {one.version}"),
        text(one.python_version),
        Cell(_code(one.wheel_sha256[:12]), one.wheel_sha256),
        Cell(_code(commit[1][:12]) if commit else escape(one.build_info[:60]), one.build_info),
        text(", ".join(provider.removesuffix("ExecutionProvider") for provider in one.providers)),
        Cell(both(libraries), found),
    ]


def run_data(run: Run) -> dict[str, Any]:
    """Return the run without what only makes it long: the freezes."""
    from dataclasses import asdict

    told = asdict(run)
    for one in told["environments"]:
        one.pop("freeze")
    return told
