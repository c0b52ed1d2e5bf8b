"""What docs/scale.md says follows from what it assumes and from what was measured."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
GPUS = (10, 100, 10_000)
FRAMES, FPS = 1500, 50
IN_MB, OUT_MB = 37.5 + 1.9, 37.5
TOLD = json.loads((ROOT / "bench/results/scale-cpu-2026-11-24.json").read_text(encoding="utf-8"))
LINE_BYTES = TOLD["parts"]["line_bytes"]
HASHED_MB = TOLD["parts"]["hashed_gb_per_s"] * 1000
FAILURE_H = 54 * 24 * 16_384 / 419
SECONDS = FRAMES / FPS
DAY = 86_400
PER_NODE = 8


def often(gpus: int) -> tuple[str, str]:
    """Return how often a failure comes."""
    hours = FAILURE_H / gpus
    days = f"{hours / 24:.0f}"
    return (f"every {days} days", f"每 {days} 天") if hours > 48 else (f"every {hours:.1f} h", f"每 {hours:.1f} 小时")


def figure(value: float) -> tuple[str, str]:
    """Return a figure as both documents write it."""
    text = f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
    return text, text


ROWS: dict[tuple[str, str], Callable[[int], tuple[str, str]]] = {
    ("jobs per second", "每秒任务数"): lambda gpus: figure(gpus / SECONDS),
    ("jobs per day", "每天任务数"): lambda gpus: figure(gpus / SECONDS * DAY),
    ("nodes", "节点"): lambda gpus: figure(-(-gpus // PER_NODE)),
    ("read, MB/s", "读，MB/s"): lambda gpus: figure(gpus / SECONDS * IN_MB),
    ("written, MB/s", "写，MB/s"): lambda gpus: figure(gpus / SECONDS * OUT_MB),
    ("written per day, TB", "每天写入，TB"): lambda gpus: figure(gpus / SECONDS * OUT_MB * DAY / 1e6),
    ("results.jsonl per day, MB", "results.jsonl 每天，MB"): lambda gpus: figure(
        gpus / SECONDS * DAY * LINE_BYTES / 1e6
    ),
    ("cores for hashing", "哈希所需的核"): lambda gpus: figure(gpus / SECONDS * IN_MB / HASHED_MB),
    ("pipelines' memory per node, GiB", "每节点流水线内存，GiB"): lambda gpus: figure(min(gpus, PER_NODE) * 602 / 1024),
    ("a failure", "故障"): often,
}


def table(language: int) -> str:
    """Return the rows of the arithmetic, in English (0) or Chinese (1)."""
    rows = [(names[language], *(row(gpus)[language] for gpus in GPUS)) for names, row in ROWS.items()]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in rows)


def measured(told: dict[str, Any], language: int) -> str:
    """Return the rows of what was measured."""
    real, alone = told["real_jobs"], told["engine_alone"]
    per_job, first = real["seconds_per_job"], real["seconds_until_the_first"]
    difference, parts = real["ray_minus_local_s"], told["parts"]
    by_places = ", ".join(f"{row['places']}: {row['efficiency']:.0%}" for row in alone["places"])
    median, low, high = (round(difference[name] * 1000) for name in ("median", "minimum", "maximum"))
    rows = (
        (("Load of the 2 cores beforehand", "事前双核的负载"), f"{told['host']['load'][0]:.1f}"),
        (
            ("A job of 8 frames, local / Ray, one pipeline", "8 帧的任务，local / Ray，一条流水线"),
            f"{per_job['local']['median']:.3f} s / {per_job['ray']['median']:.3f} s",
        ),
        (("Ray less local, of runs in turn", "Ray 减 local，两者轮流运行"), f"{median} ms ({low} … {high})"),
        (
            ("Until the first job is done, local / Ray", "直到第一个任务完成，local / Ray"),
            f"{first['local']['median']:.1f} s / {first['ray']['median']:.1f} s",
        ),
        (
            ("Ray and the record, for a job that does nothing", "Ray 加记录，空任务"),
            f"{alone['added_s_per_job'] * 1000:.1f} ms",
        ),
        (
            (
                "Share of the ideal rate with jobs that wait 0.25 s, by places",
                "等待 0.25 秒的任务，按位置数，占理想速率的比例",
            ),
            by_places,
        ),
        (
            ("Jobs handed out at most, 16 places", "最多分发的任务数，16 个位置"),
            f"{alone['jobs_per_s_at_most']:.0f} /s",
        ),
        (
            ("The driver's own time for each of them", "其中驱动进程自身的 CPU 时间，每个任务"),
            f"{alone['driver_cpu_s_per_job'] * 1000:.1f} ms",
        ),
        (("A line of `results.jsonl`", "`results.jsonl` 的一行"), f"{parts['line_bytes']} B"),
        (("Lines appended, each with fsync", "追加的行数，每行 fsync"), f"{parts['lines_per_s']:.0f} /s"),
        (("Inputs hashed, one core", "计算输入的哈希，单核"), f"{parts['hashed_gb_per_s']:.1f} GB/s"),
        (
            ("The examination of a place; with doctor's finding", "检查一个位置；连同 doctor 的结论"),
            f"{parts['examination_s']:.1f} s; {parts['examination_with_doctor_s']:.1f} s",
        ),
    )
    return "\n".join(f"| {names[language]} | {value} |" for names, value in rows)


@pytest.mark.parametrize(("name", "language"), [("scale.md", 0), ("scale.zh.md", 1)])
def test_the_figures_are_those_of_the_arithmetic_and_of_the_measurement(name: str, language: int) -> None:
    """Both languages have the same rows, computed here, and what was measured as it was recorded."""
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    assert table(language) in text
    assert measured(TOLD, language) in text
