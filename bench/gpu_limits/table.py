"""``python -m bench.gpu_limits.table FILE.json…``: the README's table of what was measured on GPUs, and what was not.

``--lang zh`` for the Chinese README. A dry run is refused, since its figures are about no GPU, unless ``--dry-run``
asks for a table to look at, which then says so in every line.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.gpu_limits.checks import TITLES
from heygem_core.text import Text

_HEAD = Text(
    "| GPU | what | measured | asked | |\n|---|---|---|---|---|",
    "| GPU | 内容 | 实测 | 要求 | |\n|---|---|---|---|---|",
)
_MOST, _LEAST = Text("at most", "至多"), Text("at least", "至少")
_PASSED = {True: Text("yes", "达到"), False: Text("**no**", "**未达到**"), None: Text("not told", "无法得知")}
_DRY = Text("dry run on a CPU, about no GPU", "CPU 试运行，与 GPU 无关")
_UNVERIFIED = Text("Not confirmed on any GPU yet:", "尚未在任何 GPU 上确认：")
_ALL = Text("Everything above was measured on a GPU.", "以上全部在 GPU 上实测。")
_RUN = Text(
    "{gpu}, driver {driver}, CUDA {cuda}, onnxruntime-gpu {ort}, {date}: {generator}, batch {batch}, {precision}; "
    "{fps:.1f} frames/s, {run_ms:.2f} ms per run, of which the device {device_ms:.2f} ms; warm-up {warmup_s:.1f} s",
    "{gpu}，驱动 {driver}，CUDA {cuda}，onnxruntime-gpu {ort}，{date}：{generator}，批大小 {batch}，{precision}；"
    "{fps:.1f} 帧/秒，每次运行 {run_ms:.2f} 毫秒，其中设备 {device_ms:.2f} 毫秒；预热 {warmup_s:.1f} 秒",
)


def table(records: Sequence[Mapping[str, Any]], lang: str, *, dry_run: bool = False) -> str:
    """Return Markdown for ``records``, as `bench.gpu_limits` writes them; raises ValueError for a dry run."""
    refused = [record["date"] for record in records if record["dry_run"] and not dry_run]
    if refused:
        raise ValueError(f"the record of {', '.join(refused)} is a dry run on a CPU, no result of a GPU")
    lines = [_HEAD.get(lang)] if records else []
    for record in records:
        lines += [_row(record, each, lang) for each in record["gpu_limits"]["checks"]]
    lines += ["", *(_described(record, lang) for record in records)] if records else []
    return "\n".join([*lines, *([""] if records else []), *unverified(records, lang)]) + "\n"


def unverified(records: Sequence[Mapping[str, Any]], lang: str) -> list[str]:
    """Return a line for each check that no record of a GPU could tell."""
    told = {
        each["name"]
        for record in records
        if not record["dry_run"]
        for each in record["gpu_limits"]["checks"]
        if each["passed"] is not None
    }
    left = [title.get(lang) for name, title in TITLES.items() if name not in told]
    return [_UNVERIFIED.get(lang), "", *(f"- {title}" for title in left)] if left else [_ALL.get(lang)]


def _row(record: Mapping[str, Any], check: Mapping[str, Any], lang: str) -> str:
    value = "–" if check["value"] is None else f"{check['value']:.2f}"
    limit = (_MOST if check["at_most"] else _LEAST).get(lang)
    passed = _DRY.get(lang) if record["dry_run"] else _PASSED[check["passed"]].get(lang)
    title = TITLES[check["name"]].get(lang)
    return f"| {_gpu(record, lang)} | {title} | {value} | {limit} {check['budget']:g} | {passed} |"


def _gpu(record: Mapping[str, Any], lang: str) -> str:
    return _DRY.get(lang) if record["dry_run"] else str(record["host"]["gpu"])


def _described(record: Mapping[str, Any], lang: str) -> str:
    limits, host = record["gpu_limits"], record["host"]
    device = sorted(limits["device_ms"])
    return _RUN.get(lang).format(
        **{key: limits[key] for key in ("generator", "batch", "precision", "fps", "run_ms", "warmup_s")},
        gpu=_gpu(record, lang),
        driver=host["driver"],
        cuda=host["cuda"],
        ort=host["packages"].get("onnxruntime-gpu"),
        date=record["date"],
        device_ms=device[len(device) // 2],
    )


def main(arguments: Sequence[str]) -> int:
    """Print the table; 1 with one line on stderr for a record that must not be in it."""
    parser = argparse.ArgumentParser(prog="python -m bench.gpu_limits.table", description=__doc__)
    parser.add_argument("files", type=Path, nargs="*", help="without any: what is not confirmed yet")
    parser.add_argument("--lang", choices=("en", "zh"), default="en")
    parser.add_argument("--dry-run", action="store_true")
    options = parser.parse_args(arguments)
    records = [json.loads(file.read_text(encoding="utf-8")) for file in options.files]
    try:
        sys.stdout.write(table(records, options.lang, dry_run=options.dry_run))
    except ValueError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
