"""Running cases: each in a disposable interpreter of its own, under a deadline, into one row of the report."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from heygem_core.casebook import registry
from heygem_core.casebook.host import hosted
from heygem_core.casebook.model import Core, Finding, Options, Reported, Row, Text
from heygem_core.casebook.topology import put_timeout_s
from heygem_core.errors import CaseSkipped, HeygemError

_FOUND = f"{__name__}:found"
_DEADLINE_S = 90.0
# The longest case waits for the put timeout and then for a job of four timeouts.
_DEADLINE_TIMEOUTS = 8


def run(
    names: Sequence[str],
    options: Options | None = None,
    on_row: Callable[[Row], None] | None = None,
) -> list[Row]:
    """Run the cases called ``names`` (all of them for none) and return their rows, in the casebook's order.

    ``on_row`` gets each row as soon as there is one. A case that does not show its effect, fails or overruns
    its deadline gives a row with an error: why. Raises `registry.UnknownCase`.
    """
    options = options or Options()
    rows = []
    for name in registry.select(list(names)):
        row = _row(name, options)
        rows.append(row)
        if on_row is not None:
            on_row(row)
    return rows


def exit_code(rows: Sequence[Row]) -> int:
    """Return 1 when a case failed, else 0; a verdict of any kind and a skipped case are no failures."""
    return int(any(row.ending == "failed" for row in rows))


def found(arguments: dict[str, Any]) -> dict[str, Any]:
    """Run one case, inside its host; ``arguments`` holds its name and the options."""
    options = Options(**arguments["options"])
    return asdict(registry.load(arguments["case"]).run(options))


def _row(name: str, options: Options) -> Row:
    case = registry.load(name)
    deadline = _DEADLINE_S + _DEADLINE_TIMEOUTS * put_timeout_s(options)
    arguments = {"case": name, "options": asdict(options)}
    try:
        return Row(case, _finding(hosted(_FOUND, arguments, deadline_s=deadline)))
    except CaseSkipped as skipped:
        return Row(case, skipped=Text(skipped.en, skipped.zh))
    except HeygemError as error:
        return Row(case, error=str(error))


def _finding(fields: Mapping[str, Any]) -> Finding:
    """Return what `found` made a mapping of."""
    reported, core = fields["reported"], fields["core"]
    evidence = tuple(Text(**line) for line in reported["evidence"])
    return Finding(
        fields["verdict"],
        Reported(Text(**reported["outcome"]), reported["seconds"], evidence),
        Core(**{**core, "outcome": Text(**core["outcome"])}),
    )
