"""A service's printed options: which of them matter for a stall or for the GPU, which do not, and why."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from heygem_core.diagnosis.diagnosis import Diagnosis
from heygem_core.diagnosis.doctor.report import Report
from heygem_core.errors import NotExaminable
from heygem_core.text import Text

_PRINTED = re.compile(r"^\s*([A-Za-z_]\w*)\s*[:=]\s*(.*?)\s*(?:\[default: (.*)\])?\s*$")
_LONGEST = 1 << 20


@dataclass(frozen=True)
class Option:
    """What one option does in the reported service."""

    matters: bool
    why: Text


_DATA = Text(
    "it is read by the training's data set, which no inference creates", "由训练数据集读取，推理不会创建数据集"
)
_CRITIC = Text("the discriminator exists while training only", "判别器只在训练时存在")
_START = Text("starting values of the network; the loaded weights replace them", "网络初始值，会被加载的权重覆盖")
_WINDOW = Text("it is read by the training's display only", "只用于训练时的显示")
OPTIONS: dict[str, Option] = {
    "num_threads": Option(
        False,
        Text(
            "workers of the training's DataLoader; no inference creates one. `heygem-core reproduce "
            "dataloader-workers` shows "
            "what a DataLoader with 4 workers really does",
            "训练用 DataLoader 的 worker 数；推理不会创建 DataLoader。heygem-core reproduce dataloader-workers 可显示 "
            "4 个 worker 的实际表现",
        ),
    ),
    "gpu_ids": Option(
        True,
        Text(
            "the GPU of the lip network (torch); -1 is the CPU. It says nothing about onnxruntime's sessions",
            "口型网络（torch）使用的 GPU；-1 表示 CPU。与 onnxruntime 的会话无关",
        ),
    ),
    "batch_size": Option(
        True,
        Text(
            "in config.ini the frames per step: memory, and the length of one step; among the network's own options it "
            "is the training's. Larger is no cure for a stall: a put times out only if nothing is taken",
            "在 config.ini 中是每步帧数：影响内存与单步时长；在网络自身的选项中是训练用的批大小。"
            "加大并不能解决卡死：只有完全无人取走数据时 put 才会超时",
        ),
    ),
    "checkpoints_dir": Option(True, Text("where the weights are looked for", "查找权重的目录")),
    "epoch": Option(True, Text("which weights are loaded", "加载哪一份权重")),
    "load_iter": Option(True, Text("which weights are loaded", "加载哪一份权重")),
    "model": Option(True, Text("which network is built", "构建哪个网络")),
    "netG": Option(True, Text("which network is built; it must fit the weights", "构建哪个网络；必须与权重一致")),
    "ngf": Option(True, Text("size of the network; it must fit the weights", "网络规模；必须与权重一致")),
    "crop_size": Option(
        True, Text("size of the face picture; it must fit the weights", "人脸图像尺寸；必须与权重一致")
    ),
    "load_size": Option(False, _DATA),
    "serial_batches": Option(False, _DATA),
    "max_dataset_size": Option(False, _DATA),
    "dataset_mode": Option(False, _DATA),
    "dataroot": Option(False, _DATA),
    "no_flip": Option(False, _DATA),
    "preprocess": Option(False, _DATA),
    "netD": Option(False, _CRITIC),
    "ndf": Option(False, _CRITIC),
    "n_layers_D": Option(False, _CRITIC),
    "init_type": Option(False, _START),
    "init_gain": Option(False, _START),
    "display_winsize": Option(False, _WINDOW),
    "verbose": Option(False, Text("it prints more", "只是多打印一些内容")),
}
"""Options of the reported service's network (pix2pix options) and of its config.ini, as far as it is known who "
"reads them."""


def of_options(path: Path) -> Report:
    """Return which of the options in ``path`` matter; raises `NotExaminable` where it has none."""
    found = parse(_text(path))
    if not found:
        raise NotExaminable(
            f"{str(path)!r} has no options: neither lines like 'num_threads: 4' nor words like --num_threads 4"
        )
    lines, rows = [], []
    for name, value in found.items():
        known = OPTIONS.get(name)
        rows.append({"option": name, "value": value, "matters": known.matters if known else None})
        if known is not None:
            mark = Text("matters", "有影响") if known.matters else Text("does not matter", "无影响")
            lines.append(
                (
                    known.matters,
                    Text(f"{name}: {value} — {mark.en}: {known.why.en}", f"{name}: {value}——{mark.zh}：{known.why.zh}"),
                )
            )
    unknown = [name for name in found if name not in OPTIONS]
    ordered = [line for _, line in sorted(lines, key=lambda pair: not pair[0])]
    if unknown:
        names = ", ".join(unknown)
        ordered.append(Text(f"nothing is known here about: {names}", f"对以下选项没有了解：{names}"))
    return Report(Diagnosis(), tuple(ordered), {"options": rows})


def _text(path: Path) -> str:
    with path.open("rb") as file:
        data = file.read(_LONGEST)
    if b"\0" in data:
        raise NotExaminable(f"{str(path)!r} is no text file")
    return data.decode("utf-8", "replace")


def parse(text: str) -> dict[str, str]:
    """Return option -> value: of printed options, of an .ini file, or of a command line."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        match = _PRINTED.match(line)
        if match:
            found[match.group(1)] = match.group(2)
        elif "--" in line and not line.lstrip().startswith("---"):
            found.update(_command_line(line))
    return found


def _command_line(line: str) -> dict[str, str]:
    try:
        words = shlex.split(line, comments=True)
    except ValueError:
        words = line.split()
    found: dict[str, str] = {}
    for position, word in enumerate(words):
        if word.startswith("--") and len(word) > 2:
            name, equals, value = word[2:].partition("=")
            after = words[position + 1] if position + 1 < len(words) else ""
            found[name.replace("-", "_")] = value if equals else "" if after.startswith("--") else after
    return found
