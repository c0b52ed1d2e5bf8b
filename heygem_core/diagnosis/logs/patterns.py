"""All patterns."""

from __future__ import annotations

from heygem_core.diagnosis.logs.facts import Pattern
from heygem_core.diagnosis.logs.patterns_gpus import GPUS
from heygem_core.diagnosis.logs.patterns_libraries import ENVIRONMENT
from heygem_core.diagnosis.logs.patterns_media import MEDIA
from heygem_core.diagnosis.logs.patterns_memory import MEMORY
from heygem_core.diagnosis.logs.patterns_outcome import OUTCOMES
from heygem_core.diagnosis.logs.patterns_processes import PROCESSES
from heygem_core.diagnosis.logs.patterns_providers import PROVIDERS_AND_VERSIONS
from heygem_core.diagnosis.logs.patterns_service import TASKS

PATTERNS: tuple[Pattern, ...] = (
    *ENVIRONMENT,
    *GPUS,
    *PROVIDERS_AND_VERSIONS,
    *PROCESSES,
    *MEMORY,
    *OUTCOMES,
    *TASKS,
    *MEDIA,
)
