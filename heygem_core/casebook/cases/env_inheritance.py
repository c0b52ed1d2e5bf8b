"""env-inheritance: what a child sees of the variables set in app.py, and what ``ps e`` shows of them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from heygem_core.casebook.host import hosted
from heygem_core.casebook.model import Case, Core, Finding, Options, Reported, Text
from heygem_core.casebook.probes import core, inheritance
from heygem_core.casebook.probes.inheritance import VARIABLE
from heygem_core.errors import EffectNotShown

_DEADLINE_S = 40.0
Way = tuple[str, str, str]
# (start method, how it was set, when) -> (the child's os.environ has it, its /proc/PID/environ shows it).
EXPECTED: dict[Way, tuple[bool, bool]] = {
    ("spawn", "os.environ", "before"): (True, True),
    ("spawn", "os.environ", "after"): (False, False),
    ("spawn", "os.putenv", "before"): (True, True),
    ("fork", "os.environ", "before"): (True, False),
    ("fork", "os.environ", "after"): (False, False),
    ("fork", "os.putenv", "before"): (False, False),
    ("forkserver", "os.environ", "before"): (True, True),
    ("forkserver", "os.environ", "late"): (False, False),
}
_WHEN = {
    "before": Text("before the child's start", "子进程启动前"),
    "after": Text("after the child's start", "子进程启动后"),
    "late": Text("after the fork server's start, before the child's", "fork server 启动后、子进程启动前"),
}


def observe() -> dict[Way, dict[str, Any]]:
    """Return what child and parent see, for every way; each in a process of its own."""
    seen = {}
    for way in EXPECTED:
        arguments = dict(zip(("method", "how", "when"), way, strict=True))
        seen[way] = hosted(f"{inheritance.__name__}:observe", arguments, deadline_s=_DEADLINE_S)
    return seen


def judge(seen: Mapping[Way, Mapping[str, Any]]) -> tuple[Text, ...]:
    """Return the evidence; raises `EffectNotShown` naming the first way that behaves differently."""
    lines = []
    for way, expected in EXPECTED.items():
        child = seen[way]["child"]
        got = (child["environ"] is not None, child["proc"] is not None)
        if got != expected:
            raise EffectNotShown(f"{way}: expected (os.environ, /proc) {expected}, the child sees {child}")
        lines.append(_line(way, *got))
    return (*lines, _misleading(seen))


def _line(way: Way, environ: bool, proc: bool) -> Text:
    method, how, when = way
    return Text(
        f"{how}, {_WHEN[when].en}, {method}: the child's os.environ {_has(environ).en}, "
        f"its /proc/PID/environ {_has(proc).en}",
        f"{how}，{_WHEN[when].zh}，{method}：子进程的 os.environ {_has(environ).zh}，"
        f"其 /proc/PID/environ {_has(proc).zh}",
    )


def _misleading(seen: Mapping[Way, Mapping[str, Any]]) -> Text:
    """Say what the check of the report shows for the very process that set the variable."""
    own = seen["spawn", "os.environ", "before"]["parent"]
    if own["environ"] is None or own["proc"] is not None or own["ps"]:
        raise EffectNotShown(f"the setting process should have it in os.environ and not in /proc: {own}")
    ps = Text("ps e, the report's check, does not print it", "报告中所用的 ps e 也不显示")
    if own["ps"] is None:
        ps = Text("ps is not installed", "ps 未安装")
    return Text(
        "the process that set os.environ has it and hands it on, yet its own /proc/PID/environ does not show it and "
        f"{ps.en}: both show the block that the process started with",
        "设置 os.environ 的进程自身有该变量并会传给子进程，但它自己的 /proc/PID/environ 不显示，"
        f"{ps.zh}：两者显示的都是进程启动时的环境块",
    )


def _has(it: bool) -> Text:
    return Text("has it", "中有该变量") if it else Text("lacks it", "中没有该变量")


def run(options: Options) -> Finding:
    """Observe every way, then what a stage of the core sees."""
    del options
    began = time.monotonic()
    evidence = judge(observe())
    seconds = time.monotonic() - began
    outcome = Text(
        "set before the child's start it arrives, set later it does not; ps e shows only what a process started with",
        "在子进程启动前设置即可传到，之后设置则不行；ps e 只显示进程启动时的环境",
    )
    return Finding("conditional", Reported(outcome, seconds, evidence), core_sees())


def core_sees() -> Core:
    """Return what a stage of the core sees of the pipeline's environment."""
    seen = core.run("SeesEnvironment", {"variable": VARIABLE}, {VARIABLE: "set"}).finished()
    if seen.noted["value"] != "set":
        raise EffectNotShown(f"a stage does not see what the pipeline's environment sets: {seen.noted}")
    words = seen.in_words()
    return seen.as_core(
        Text(
            f"the pipeline's environment is set before its stages start: the stage's os.environ has it; {words.en}",
            f"流水线的环境变量在各阶段启动前设置：阶段的 os.environ 中有该变量；{words.zh}",
        )
    )


CASE = Case(
    name="env-inheritance",
    title=Text("Environment variables and child processes", "环境变量与子进程"),
    claim=Text(
        "Variables set in app.py do not reach the child processes; they show as not set",
        "app.py 中设置的环境变量没有传递到子进程，显示为“未设置”",
    ),
    source='`app.py` 中设置了环境变量，但在实际运行的 Python 进程中显示为"未设置"',
    run=run,
    mechanism=Text(
        "A child gets a copy of its parent's environment when it starts. With spawn that is a new program with a "
        "block of its own, with fork the parent's memory. /proc/PID/environ and ps e show the block with which the "
        "program started, which os.environ does not change.",
        "子进程在启动时得到父进程环境的副本。spawn 启动的是新程序，有自己的环境块；fork 沿用父进程的内存。"
        "/proc/PID/environ 和 ps e 显示的是程序启动时的环境块，os.environ 不会改变它。",
    ),
    cure=Text(
        "set variables before the children start; look for them from inside the child, not with ps e",
        "在子进程启动之前设置变量；在子进程内部检查，不要用 ps e",
    ),
)
