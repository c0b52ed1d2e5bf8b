"""Runs one model in blocks, and checks every output outside the time that is measured."""

from __future__ import annotations

import time
from collections.abc import Sequence
from statistics import median
from typing import Any

Answer = dict[str, Any]
_WINDOW = 10
_STEADY = 0.02
"""Warm-up is over when the medians of two successive windows differ by less than this share."""


class ModelRunner:
    """A session and what goes through it.

    ``reference`` is the file that `prepare` wrote, None to prepare it. ``handicap`` makes this arm slower by a known
    amount, to measure what the comparison can see: ``spin`` adds that share to every run, ``tail`` doubles that share
    of the runs, ``ballast`` holds that many bytes.
    """

    def __init__(
        self,
        model: str,
        provider: str,
        threads: int,
        batches: Sequence[int],
        reference: str | None = None,
        handicap: dict[str, float] | None = None,
    ) -> None:
        began = time.perf_counter_ns()
        from heygem_core.bench.arm import inputs, sessions

        __import__("onnxruntime")
        imported = time.perf_counter_ns()
        self._session = sessions.create(model, provider, threads)
        made = time.perf_counter_ns()
        self._batches = list(batches)
        self._handicap = handicap or {}
        self._ballast = bytearray(b"x" * int(self._handicap.get("ballast", 0)))
        self._turn = 0
        if reference is None:
            self._feed, outputs = inputs.make(self._session), None
        else:
            self._feed, outputs = _load(reference)
        self._cycle = inputs.runs(self._feed, outputs, self._batches)
        first = time.perf_counter_ns()
        self._wrong = 0
        output = self._session.run(None, self._cycle[0][1])[0]
        ready = time.perf_counter_ns()
        self._opened = {
            "applied": self._session.get_providers()[0],
            "import_ns": imported - began,
            "session_ns": made - imported,
            "first_ns": ready - first,
            "ready_ns": ready,
            "fixed_batch": inputs.fixed_batch(self._session),
            **self._against(output),
        }

    def opened(self) -> Answer:
        """Return what opening took, and how far the first output is from the reference."""
        return self._opened

    def _against(self, output: Any) -> Answer:
        from heygem_core.bench.arm import inputs

        wanted = self._cycle[0][2]
        told: Answer = {"output_sha256": inputs.digest(output), "max_abs": 0.0, "psnr": None, "wrong": False}
        if wanted is not None:
            told["max_abs"], told["psnr"] = inputs.distance(output, wanted), inputs.psnr(output, wanted)
            told["wrong"] = inputs.wrong(output, wanted)
        return told

    def prepare(self, path: str) -> Answer:
        """Write the inputs, and the outputs of runs of the batch size of this runner, to ``path``."""
        import numpy as np

        from heygem_core.bench.arm import inputs

        outputs = np.concatenate(
            [self._session.run(None, part)[0] for _, part, _ in inputs.runs(self._feed, None, self._batches)]
        )[: inputs.FRAMES]
        named = {f"input:{name}": array for name, array in self._feed.items()}
        with open(path, "wb") as file:  # noqa: PTH123
            np.savez(file, **named, outputs=outputs)
        return {"sha256": inputs.digest(outputs), "shape": list(outputs.shape)}

    def warm(self, least: int, cap: int) -> Answer:
        """Run at least ``least`` times, until two successive medians of ten runs agree; at most ``cap`` times."""
        # A window of whole turns: under changing sizes any other would compare different runs.
        window = len(self._batches) * -(-_WINDOW // len(self._batches))
        times: list[int] = []
        while len(times) < cap:
            times += self._runs(window)
            if len(times) >= max(least, 2 * window):
                before, after = median(times[-2 * window : -window]), median(times[-window:])
                if abs(after - before) < _STEADY * before:
                    return {"runs_ns": times, "unsteady": False}
        return {"runs_ns": times, "unsteady": True}

    def block(self, frames: int, period_ns: int | None = None) -> Answer:
        """Run ``frames`` frames: back to back, or each at its scheduled arrival ``period_ns`` apart."""
        runs = _count(frames, self._batches)
        self._wrong = 0
        spent, began = time.process_time_ns(), time.perf_counter_ns()
        arrivals = [index * period_ns for index in range(runs)] if period_ns else []
        times = self._runs(runs, [began + arrival for arrival in arrivals])
        ended = time.perf_counter_ns()
        return {
            "began_ns": began,
            "ended_ns": ended,
            "frames": frames,
            "runs_ns": times,
            "cpu_ns": time.process_time_ns() - spent,
            "wrong": self._wrong,
            "missed": sum(took > period_ns for took in times) if period_ns else None,
            "arrivals_ns": arrivals,
        }

    def _runs(self, runs: int, arrivals: Sequence[int] = ()) -> list[int]:
        from heygem_core.bench.arm import inputs

        times = []
        for index in range(runs):
            if arrivals:
                _wait_until(arrivals[index])
            wanted = self._cycle[self._turn % len(self._cycle)][2]
            started = time.perf_counter_ns()
            output = self.frame()
            # Under a schedule a run that had to wait for the one before is late by that, too.
            times.append(time.perf_counter_ns() - (arrivals[index] if arrivals else started))
            if wanted is not None and inputs.wrong(output, wanted):
                self._wrong += 1
        return times

    def frame(self) -> Any:
        """Run the model once, as slowly as the handicap has it, and return its output unchecked."""
        feed = self._cycle[self._turn % len(self._cycle)][1]
        self._turn += 1
        started = time.perf_counter_ns()
        output = self._session.run(None, feed)[0]
        self._slow_down(started)
        return output

    def _slow_down(self, started: int) -> None:
        if "spin" not in self._handicap and "tail" not in self._handicap:
            return
        # With a share of 0, too: what it costs to be slowed down is then the same for both.
        share = self._handicap.get("spin", 0.0)
        tail = self._handicap.get("tail", 0.0)
        # Every n-th run, and not at random: its number per block must be the same.
        if tail and self._turn % round(1 / tail) == 0:
            share += 1.0
        until = started + int((time.perf_counter_ns() - started) * (1 + share))
        while time.perf_counter_ns() < until:
            pass

    def cpu_ns(self) -> int:
        """Return the processor time of all threads so far."""
        return time.process_time_ns()

    def close(self) -> Answer:
        """Nothing more can be told."""
        return {}


def _load(path: str) -> Any:
    import numpy as np

    with np.load(path) as stored:
        feed = {name[len("input:") :]: stored[name] for name in stored.files if name.startswith("input:")}
        return feed, stored["outputs"]


def _count(frames: int, batches: Sequence[int]) -> int:
    turns, rest = divmod(frames, sum(batches))
    if rest:
        raise ValueError(f"a block of {frames} frames is not made of whole turns of {list(batches)}")
    return turns * len(batches)


def _wait_until(moment: int) -> None:
    left = moment - time.perf_counter_ns()
    if left > 0:
        time.sleep(left / 1e9)
