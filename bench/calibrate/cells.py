"""What is measured: pairs of arms whose true difference is known, under a load that is known too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Load = Literal["none", "burners", "ramp"]
STEPS = (1, 2, 3, 5)
"""Per cent of the power ladder."""
TAIL = 1 / 16
"""Share of runs that take twice as long in the cell ``tail``: one more than p95 leaves out of a replicate's."""
BALLAST = 0.05
"""Share of a process's memory that the cell ``memory`` adds."""


@dataclass(frozen=True)
class Side:
    """One arm of a cell: which build of the reference it runs, and what slows it down or makes it larger.

    ``op`` is a model with that share of extra work in it. ``handicap`` is `arm.model.ModelRunner`'s.
    """

    rebuilt: bool = False
    handicap: Mapping[str, float] = field(default_factory=dict)
    op: float = 0.0


@dataclass(frozen=True)
class Cell:
    """A pair of arms. ``effect`` is the true share by which the second is slower, None where only its sign is known.

    ``fixed`` cells are cut into experiments of the first look's size, for the test itself; the others are measured
    until so many experiments of the whole plan have ended.
    """

    name: str
    first: Side
    second: Side
    effect: float | None
    load: Load = "none"
    fixed: bool = False


SPIN = {step: Side(handicap={"spin": step / 100}) for step in (0, *STEPS)}
PLAIN, REBUILT = SPIN[0], Side(rebuilt=True, handicap={"spin": 0.0})
"""As if slowed down, by nothing: the handicap's own microsecond is then on both sides."""

NULL = (
    Cell("aa-same", PLAIN, PLAIN, 0.0, fixed=True),
    Cell("aa-rebuilt", PLAIN, REBUILT, 0.0, fixed=True),
    Cell("aa-burners", PLAIN, REBUILT, 0.0, "burners", fixed=True),
    Cell("aa-ramp", PLAIN, REBUILT, 0.0, "ramp", fixed=True),
)
LADDER = (
    *(Cell(f"spin-{step}", PLAIN, SPIN[step], step / 100) for step in STEPS),
    *(Cell(f"op-{step}", PLAIN, Side(handicap={"spin": 0.0}, op=step / 100), None) for step in STEPS),
)
OTHERS = (
    Cell("swapped-3", SPIN[3], PLAIN, 1 / 1.03 - 1),
    Cell("chain-2-5", SPIN[2], SPIN[5], 1.05 / 1.02 - 1),
    Cell("tail", PLAIN, Side(handicap={"spin": 0.0, "tail": TAIL}), 0.0),
    Cell("memory", PLAIN, Side(handicap={"spin": 0.0, "ballast": BALLAST}), 0.0),
)
CELLS = {cell.name: cell for cell in (*NULL, *LADDER, *OTHERS)}
