"""Phrases that several cases use in what they report, in both languages."""

from __future__ import annotations

from collections.abc import Iterable

from heygem_core.diagnosis.causes import look_up
from heygem_core.text import Text


def blamed(cause: str) -> Text:
    """Return ``cause`` as a report spells it; Chinese adds what it means, in words."""
    return Text(cause, f"{cause}（{look_up(cause).title.zh}）")


def became(seconds: float, frames: int | None, cause: str | None, culprit: str | None, detail: str) -> Text:
    """Return what became of a job of the core, as one phrase."""
    if cause is None:
        return Text(f"{frames} frames in {seconds:.1f} s", f"{seconds:.1f} 秒完成 {frames} 帧")
    why = blamed(cause)
    return Text(
        f"failed in {seconds:.1f} s: stage {culprit!r} {why.en}: {detail}",
        f"{seconds:.1f} 秒后失败：阶段 {culprit!r}，{why.zh}：{detail}",
    )


def kernel_functions(names: Iterable[str]) -> Text:
    """Return the kernel functions that threads sleep in, or that the kernel hides them."""
    told = ", ".join(name for name in names if name)
    return Text(told, told) if told else Text("hidden by the kernel", "未知（内核不公开）")
