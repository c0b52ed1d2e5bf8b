"""All patterns, and the matcher that finds in a line those that can match."""

from __future__ import annotations

from heygem_core.diagnosis.logs.facts import Pattern
from heygem_core.diagnosis.logs.patterns_environment import ENVIRONMENT
from heygem_core.diagnosis.logs.patterns_processes import PROCESSES
from heygem_core.diagnosis.logs.patterns_service import SERVICE

PATTERNS: tuple[Pattern, ...] = (*ENVIRONMENT, *PROCESSES, *SERVICE)
