"""The whole examination: facts, the rules in their order, and the environment that would cure what can be cured."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from heygem_core.diagnosis.diagnosis import Diagnosis, Finding
from heygem_core.diagnosis.doctor import advice, eras, rules_driver, rules_libraries, rules_packages, rules_session
from heygem_core.diagnosis.doctor.facts import Facts
from heygem_core.diagnosis.doctor.interpreter import SECONDS, examine
from heygem_core.errors import Cause
from heygem_core.runtime import environment
from heygem_core.text import Text

Rule = Callable[[Facts], Finding | None]

RULES: tuple[Rule, ...] = (
    rules_packages.two_packages,
    rules_packages.files_gone,
    rules_packages.cpu_package,
    rules_packages.not_installed,
    rules_packages.numpy_2,
    rules_packages.import_failed,
    # Before the libraries: they decide which ones to install.
    rules_driver.driver_too_old,
    rules_driver.architecture,
    rules_libraries.not_on_the_path,
    rules_libraries.other_version,
    rules_libraries.absent,
    rules_driver.no_driver,
    rules_driver.driver_updated,
    rules_driver.hidden,
    rules_driver.cuda_error,
    rules_driver.memory_used_up,
    rules_libraries.unusable,
    rules_session.crashed,
    rules_session.first_run,
    rules_session.model,
    rules_session.small_shm,
)
"""What is wrong in the interpreter comes first, then the driver and the GPU, then a session's own words."""

_ROUNDS = 3
"""A library that is found at last may need another one that is not."""


def diagnose(facts: Facts) -> Diagnosis:
    """Return what the rules find, in their order; the fallback itself where nothing says why."""
    findings = [found for rule in RULES if (found := rule(facts)) is not None]
    if all(found.cause is Cause.SHM_EXHAUSTED for found in findings):
        silent = rules_session.fallback(facts)
        findings = [silent, *findings] if silent is not None else findings
    return Diagnosis(tuple(findings))


@dataclass(frozen=True)
class Cure:
    """Variables to set before the interpreter starts, and what is found with them."""

    variables: Mapping[str, str]
    facts: Facts
    """The facts with the variables set."""
    folders: tuple[Path, ...] = ()
    """What ``LD_LIBRARY_PATH`` gains."""
    completes: tuple[str, ...] = ()
    """Libraries that were not found before."""


def tried(cure: Cure) -> Text | None:
    """Return what came of the folders that were added, or None where there was nothing to add."""
    if not cure.folders:
        return None
    if cure.facts.on_gpu:
        return Text("tried with that line: the session applies CUDA", "已按该命令行试过：会话使用 CUDA")
    rest = [finding.culprit or str(finding.cause) for finding in diagnose(cure.facts).findings]
    still = ", ".join(rest)
    return Text(
        f"tried with that line: the libraries are found; still in the way: {still}",
        f"已按该命令行试过：库都能找到；仍有问题的是：{still}",
    )


def cure(
    python: str, facts: Facts, base: Mapping[str, str], *, model: Path | None = None, seconds: float = SECONDS
) -> Cure:
    """Return the variables that complete the environment ``base`` of ``python``, tried in that interpreter.

    Without a folder to add nothing is tried and ``facts`` are those given.
    """
    variables: dict[str, str] = {}
    if eras.numbers(facts.version or "0")[:2] >= eras.TELEMETRY and environment.TELEMETRY not in base:
        variables[environment.TELEMETRY] = "1"
    folders: tuple[Path, ...] = ()
    completes: tuple[str, ...] = ()
    for _ in range(_ROUNDS):
        more = tuple(folder for folder in advice.folders_for(facts) if folder not in folders)
        if not more:
            break
        folders, completes = folders + more, completes + facts.missing
        variables[environment.LIBRARY_PATH] = environment.library_path(folders, base.get(environment.LIBRARY_PATH))
        facts = examine(python, facts.wanted, environment={**base, **variables}, model=model, seconds=seconds)
    return Cure(variables, facts, folders, tuple(dict.fromkeys(completes)))
