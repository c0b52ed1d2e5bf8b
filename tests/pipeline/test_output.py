"""What workers print is kept per stage, comes with the error, is bounded, and never appears where the user looks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from heygem_core.errors import StageExited, StageFailed, StageRaised
from heygem_core.pipeline import Pipeline, Stage
from tests.pipeline.flood import Chatty
from tests.pipeline.misfits import Misfit, pipeline_of
from tests.pipeline.stages import Collect, Double, Numbers


def test_a_worker_that_floods_its_output_does_not_block_and_is_bounded() -> None:
    """Megabytes on stdout and stderr neither stall the stage nor fill the memory."""
    stages: list[Stage] = [Numbers(), Chatty(), Collect()]
    with Pipeline(stages, slot_bytes=4096) as pipeline:
        assert pipeline.run({"frames": 20}).frames == 20
        lines = pipeline._crew.logs.tail("chatty")
    assert pipeline._crew.logs.tail("chatty")[-1] == lines[-1]
    assert 0 < len(lines) <= 41
    assert max(map(len, lines)) <= 500


def printed(error: StageFailed) -> list[str]:
    """Return the lines that came with the error."""
    return [line.removeprefix("it printed: ") for line in error.evidence if line.startswith("it printed: ")]


PRINTS = """
import ctypes
print("Python says this")
print("and this to stderr", file=sys.stderr)
ctypes.CDLL(None).puts(b"C says that")
os.write(2, b"without an end")
"""


@pytest.mark.breaks
@pytest.mark.parametrize(
    ("end", "kind"),
    [("os.kill(os.getpid(), signal.SIGKILL)", StageExited), ("sys.exit(1)", StageExited), ("1 / 0", StageRaised)],
)
def test_the_last_lines_come_with_the_error(end: str, kind: type[StageFailed], monkeypatch: pytest.MonkeyPatch) -> None:
    """What Python and native code printed is there, though nobody flushed it, and though the process was killed.

    With what was printed before the error was raised read by then, and not a moment later.
    """
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    with pipeline_of() as pipeline, pytest.raises(kind) as caught:
        pipeline.run({"frames": 4, "code": {"process": PRINTS + end}})
    assert printed(caught.value)[:4] == ["Python says this", "and this to stderr", "C says that", "without an end"]


@pytest.mark.breaks
def test_the_lines_are_those_of_the_culprit() -> None:
    """What another stage printed is not in the evidence, nor what the culprit's predecessor printed."""
    stages: list[Stage] = [Numbers(), Misfit(), Chatty(), Collect()]
    with Pipeline(stages, slot_bytes=4096) as pipeline:
        for word in ("first", "second"):
            code = f"if item.first == 8:\n print('{word}')\n os._exit(1)"
            with pytest.raises(StageExited) as caught:
                pipeline.run({"frames": 40, "code": {"process": code}})
        assert printed(caught.value) == ["second"]


def test_nothing_that_a_worker_prints_reaches_the_terminal(tmp_path: Path) -> None:
    """Stdout and stderr of a program hold what the program itself prints, and nothing of its noisy stages."""
    program = tmp_path / "program.py"
    program.write_text(
        "from heygem_core.pipeline import Pipeline\n"
        "from tests.pipeline.flood import Chatty\n"
        "from tests.pipeline.stages import Collect, Numbers\n"
        "print('before', flush=True)\n"
        "with Pipeline([Numbers(), Chatty(), Collect()], slot_bytes=4096) as pipeline:\n"
        "    print(pipeline.run({'frames': 6}).frames, flush=True)\n"
    )
    done = subprocess.run(
        [sys.executable, str(program)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])},
    )
    assert (done.stdout, done.stderr, done.returncode) == ("before\n6\n", "", 0)


def test_a_line_that_cannot_be_encoded_does_not_fail_its_stage(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stage that prints Chinese where the locale knows ASCII only goes on, and its line can be told."""
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    stages: list[Stage] = [Numbers(), Misfit(), Double(name="after"), Collect()]
    with Pipeline(stages, slot_bytes=4096) as pipeline:
        assert pipeline.run({"frames": 4, "code": {"process": "print('阶段')"}}).frames == 4
        assert pipeline._crew.logs.tail("double")[0] == "\\u9636\\u6bb5"
