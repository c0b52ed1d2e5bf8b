"""The folder of a run, read and written: run.json and comparisons.json in one step, replicates line by line."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from heygem_core.bench.from_json import from_json
from heygem_core.bench.schema import SCHEMA, Replicate, Run
from heygem_core.bench.schema_comparison import Comparison
from heygem_core.runtime.lines import append, complete


class Folder:
    """A run's folder; reading never changes it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def run(self) -> Run:
        """Return the run; raises FileNotFoundError, and ValueError for another `SCHEMA`."""
        told = json.loads((self.path / "run.json").read_text(encoding="utf-8"))
        if told.get("schema") != SCHEMA:
            raise ValueError(f"{self.path}: schema is {told.get('schema')!r}, this version reads {SCHEMA}")
        return from_json(Run, told)

    def replicates(self) -> Iterator[Replicate]:
        """Yield what was measured, in order; a last line that a kill left unfinished is not there."""
        packed = self.path / "replicates.jsonl.gz"
        plain = self.path / "replicates.jsonl"
        lines = gzip.decompress(packed.read_bytes()) if packed.exists() else _bytes(plain)
        for line in complete(lines):
            yield from_json(Replicate, json.loads(line))

    def comparisons(self) -> tuple[Comparison, ...]:
        """Return the verdicts; empty before the first."""
        path = self.path / "comparisons.json"
        told = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
        return tuple(from_json(Comparison, one) for one in told)

    def write_run(self, run: Run) -> None:
        """Write run.json in one step."""
        self._replace("run.json", run)

    def write_comparisons(self, comparisons: Sequence[Comparison]) -> None:
        """Write comparisons.json in one step."""
        self._replace("comparisons.json", list(comparisons))

    def append(self, replicate: Replicate) -> None:
        """Append one line and return once the disk has it; an unfinished line before it is cut off."""
        # Not dataclasses.asdict, which copies every single latency.
        line = json.dumps(replicate, default=vars, separators=(",", ":"), ensure_ascii=False)
        append(self.path / "replicates.jsonl", line.encode())

    def keep(self, target: Path, names: Mapping[str, str]) -> None:
        """Write what is worth keeping of a run into the folder ``target``: all but references, replicates packed.

        ``names`` are prefixes of paths and what stands for them: a kept run says nothing of the machine's folders.
        """
        target.mkdir(parents=True, exist_ok=True)
        packed = self.path / "replicates.jsonl.gz"
        replicates = (
            packed.read_bytes() if packed.exists() else gzip.compress(_bytes(self.path / "replicates.jsonl"), mtime=0)
        )
        (target / "replicates.jsonl.gz").write_bytes(replicates)
        for path in (self.path / "run.json", self.path / "comparisons.json"):
            text = path.read_text(encoding="utf-8")
            # The longest first: a folder within another one keeps its own name.
            for prefix in sorted(names, key=len, reverse=True):
                text = text.replace(prefix, names[prefix])
            (target / path.name).write_text(text, encoding="utf-8")

    def _replace(self, name: str, told: Any) -> None:
        self.path.mkdir(parents=True, exist_ok=True)
        temporary = self.path / f".{name}.{os.getpid()}"
        with temporary.open("w", encoding="utf-8") as file:
            json.dump(told, file, default=vars, indent=2, ensure_ascii=False)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self.path / name)


def _bytes(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""
