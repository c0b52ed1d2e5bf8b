"""Cases that end in every way a case can end, for the tests of the runner."""

from __future__ import annotations

import time

from heygem_core.casebook.model import Case, Core, Finding, Options, Reported, Text
from heygem_core.errors import CaseSkipped, EffectNotShown


def case(name: str) -> Case:
    """Return the case that ends as its name says."""
    endings = {"verdict": _verdict, "skipped": _skipped, "not-shown": _not_shown, "broken": _broken, "hangs": _hangs}
    text = Text(f"case {name}", f"案例 {name}")
    return Case(name, text, text, "说明", endings[name])


def _verdict(options: Options) -> Finding:
    evidence = (Text(f"put timeout {options.put_timeout_s:g} s", "put 超时"), Text("two", "二"))
    core = Core(Text("failed", "失败"), 0.5, "wedged", "audio_transfer")
    return Finding("refuted", Reported(Text("seen", "所见"), 1.5, evidence), core)


def _skipped(_options: Options) -> Finding:
    raise CaseSkipped("no GPU", "没有 GPU")


def _not_shown(_options: Options) -> Finding:
    raise EffectNotShown("the queue never filled")


def _broken(_options: Options) -> Finding:
    raise KeyError("bug")


def _hangs(_options: Options) -> Finding:
    while True:
        time.sleep(600)
