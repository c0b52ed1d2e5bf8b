"""All patterns."""

from __future__ import annotations

from heygem_core.diagnosis.logs.facts import Pattern
from heygem_core.diagnosis.logs.patterns_libraries import ENVIRONMENT
from heygem_core.diagnosis.logs.patterns_processes import PROCESSES
from heygem_core.diagnosis.logs.patterns_providers import PROVIDERS_AND_VERSIONS
from heygem_core.diagnosis.logs.patterns_service import SERVICE

PATTERNS: tuple[Pattern, ...] = (*ENVIRONMENT, *PROVIDERS_AND_VERSIONS, *PROCESSES, *SERVICE)
