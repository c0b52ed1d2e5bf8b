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
    "before": "before the child's start",
    "after": "after the child's start",
    "late": "after the fork server's start, before the child's",
}


def observe() -> dict[Way, dict[str, Any]]:
    """Return what child and parent see, for every way; each in a process of its own."""
    seen = {}
    for way in EXPECTED:
        arguments = dict(zip(("method", "how", "when"), way, strict=True))
        seen[way] = hosted(f"{inheritance.__name__}:observe", arguments, deadline_s=_DEADLINE_S)
    return seen


def judge(seen: Mapping[Way, Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the evidence; raises `EffectNotShown` naming the first way that behaves differently."""
    lines = []
    for way, expected in EXPECTED.items():
        child = seen[way]["child"]
        got = (child["environ"] is not None, child["proc"] is not None)
        if got != expected:
            raise EffectNotShown(f"{way}: expected (os.environ, /proc) {expected}, the child sees {child}")
        method, how, when = way
        lines.append(
            f"{how}, {_WHEN[when]}, {method}: the child's os.environ {_has(got[0])}, "
            f"its /proc/PID/environ {_has(got[1])}"
        )
    return (*lines, _misleading(seen))


def _misleading(seen: Mapping[Way, Mapping[str, Any]]) -> str:
    """Say what the check of the report shows for the very process that set the variable."""
    own = seen["spawn", "os.environ", "before"]["parent"]
    if own["environ"] is None or own["proc"] is not None or own["ps"]:
        raise EffectNotShown(f"the setting process should have it in os.environ and not in /proc: {own}")
    ps = "ps is not installed" if own["ps"] is None else "ps e, the report's check, does not print it"
    return (
        "the process that set os.environ has it and hands it on, yet its own /proc/PID/environ does not show it and "
        f"{ps}: both show the block that the process started with"
    )


def _has(it: bool) -> str:
    return "has it" if it else "lacks it"


def run(options: Options) -> Finding:
    """Observe every way, then what a stage of the core sees."""
    del options
    began = time.monotonic()
    evidence = judge(observe())
    seconds = time.monotonic() - began
    outcome = (
        "set before the child's start it arrives, set later it does not; ps e shows only what a process started with"
    )
    return Finding("conditional", Reported(outcome, seconds, evidence), core_sees())


def core_sees() -> Core:
    """Return what a stage of the core sees of the pipeline's environment."""
    seen = core.run("SeesEnvironment", {"variable": VARIABLE}, {VARIABLE: "set"}).finished()
    if seen.noted["value"] != "set":
        raise EffectNotShown(f"a stage does not see what the pipeline's environment sets: {seen.noted}")
    return seen.as_core(
        f"the pipeline's environment is set before its stages start: the stage's os.environ has it; {seen.in_words()}"
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
)
