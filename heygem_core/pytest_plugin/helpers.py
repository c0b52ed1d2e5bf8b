"""Processes and descriptors that this plugin holds while a test runs: the census does not put them down to the test."""

from __future__ import annotations

PIDS: set[int] = set()
DESCRIPTORS: set[int] = set()
