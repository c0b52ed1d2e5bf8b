"""The host's side of the runner, with the fake cases registered."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from heygem_core.casebook.model import Options
from tests.casebook import fake_cases


def found(arguments: dict[str, Any]) -> dict[str, Any]:
    """Do as `runner.found` does."""
    return asdict(fake_cases.case(arguments["case"]).run(Options(**arguments["options"])))
