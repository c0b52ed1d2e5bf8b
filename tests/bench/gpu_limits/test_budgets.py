"""Budgets per GPU: completed by the defaults, found by the driver's name, refused where they make no sense."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.gpu_limits.budgets import DEFAULT, for_gpu, read

COMPLETE = """
[default]
p50_over_device = 1.15
p99_over_p50 = 2
utilization = 0.9
of_bare = 0.95
of_slowest_stage = 0.95
over_cpu = 10
over_reported = 10
"""


def written(folder: Path, more: str) -> Path:
    """Return a file with complete defaults and ``more``."""
    path = folder / "budgets.toml"
    path.write_text(COMPLETE + more, encoding="utf-8")
    return path


def test_the_shipped_file_is_sound() -> None:
    """It reads, and asks of any GPU what the project set out to reach."""
    default = read()[DEFAULT]
    assert (default.p50_over_device, default.p99_over_p50) == (1.15, 2.0)
    assert (default.utilization, default.of_bare, default.of_slowest_stage) == (0.9, 0.95, 0.95)
    assert (default.over_cpu, default.over_reported) == (10, 10)


def test_a_gpu_gets_the_table_that_its_name_begins_with(tmp_path: Path) -> None:
    """The longest of several, the defaults for an unknown one; a table replaces single values."""
    more = '["NVIDIA H100"]\nof_bare = 0.97\n["NVIDIA H100 PCIe"]\nof_bare = 0.8\n'
    budgets = read(written(tmp_path, more))
    sxm, pcie, other = (for_gpu(name, budgets) for name in ("NVIDIA H100 80GB HBM3", "NVIDIA H100 PCIe", "Tesla V100"))
    assert [(each.gpu, each.of_bare, each.utilization) for each in (sxm, pcie, other)] == [
        ("NVIDIA H100", 0.97, 0.9),
        ("NVIDIA H100 PCIe", 0.8, 0.9),
        ("default", 0.95, 0.9),
    ]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("[X]\nutilisation = 0.5\n", r"\[X\] utilisation = 0.5: unknown, known are p50_over_device"),
        ("[X]\nutilization = 90\n", r"utilization = 90: is a share"),
        ("[X]\nof_bare = 'most'\n", r"of_bare = 'most': must be a number"),
        ("[X]\nof_bare = -1\n", r"of_bare = -1: must be a number above 0"),
        ("[X]\nof_bare = nan\n", r"must be a number above 0"),
        ("[X]\np99_over_p50 = 0.5\n", r"p99_over_p50 = 0.5: .* at least 1"),
        ("[X\n", r"budgets\.toml: "),
    ],
)
def test_a_mistake_in_the_file_is_named(tmp_path: Path, more: str, message: str) -> None:
    """File, table, key and value: the owner of a runner finds it at once."""
    with pytest.raises(ValueError, match=message):
        read(written(tmp_path, more))


def test_incomplete_defaults_are_refused(tmp_path: Path) -> None:
    """A budget that is silently not asked for would be none."""
    path = tmp_path / "budgets.toml"
    path.write_text(COMPLETE.replace("over_cpu = 10\n", ""), encoding="utf-8")
    with pytest.raises(ValueError, match="too few or too many: over_cpu"):
        read(path)
