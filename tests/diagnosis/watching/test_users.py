"""Watched by the user that the service runs as, by a stranger and by root: who sees how much, and what else is said."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import heygem_core
from heygem_core.diagnosis.watching import stacks
from heygem_core.diagnosis.watching.portrait import _UNSEEN
from tests.cli.command import environment
from tests.diagnosis.watching.services import settle
from tests.diagnosis.watching.test_reported import WEDGED, serving

OWN, STRANGER, ROOT = 65534, 65533, 0
YAMA = Path("/proc/sys/kernel/yama/ptrace_scope")
"""Where it exists and is not 0, not even the same user may trace a process that is not its child."""


@dataclass(frozen=True)
class Stage:
    """What users without any rights need: a folder that they may enter, a copy of the package, an interpreter."""

    folder: Path
    interpreter: str

    def python(self, user: int) -> tuple[str, ...]:
        """Return the command that runs Python as ``user``; the shell leaves no right of root's to the program."""
        drop = ("setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups")
        return (*drop, "sh", "-c", 'exec "$@"', "sh", self.interpreter)

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment in which the copy, the installed packages and py-spy are found."""
        packages = [name for name in sys.path if "-packages" in name]
        return environment(
            PYTHONPATH=os.pathsep.join([str(self.folder), *packages]),
            PATH=os.pathsep.join([str(self.folder / "bin"), os.environ["PATH"]]),
            PYTHONDONTWRITEBYTECODE="1",
            HOME=str(self.folder / "work"),
        )

    def watch(self, user: int, pid: int) -> subprocess.Popen[str]:
        """Start the command as ``user``."""
        arguments = ("-m", "heygem_core", "watch", str(pid), "--seconds", "0.8", "--json", "-")
        return subprocess.Popen(
            [*self.python(user), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environment,
        )


@dataclass(frozen=True)
class Told:
    """What one look came to."""

    code: int
    report: dict[str, Any]
    said: str


def told(look: subprocess.Popen[str]) -> Told:
    """Wait for the end of a look."""
    out, said = look.communicate(timeout=60)
    return Told(look.returncode, json.loads(out), said)


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """Make the folder, which pytest's own are not: nobody but their owner may enter those."""
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        pytest.skip("it takes root, and setpriv, to start a service as somebody else")
    spy = stacks.program()
    if spy is None:
        pytest.skip("py-spy is not installed")
    with tempfile.TemporaryDirectory(prefix="heygem-users-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        package = Path(heygem_core.__file__).parent
        shutil.copytree(package, folder / "heygem_core")
        (folder / "bin").mkdir()
        shutil.copy(spy, folder / "bin" / "py-spy")
        (folder / "work").mkdir()
        os.chown(folder / "work", OWN, OWN)
        why = ""
        for interpreter in (sys.executable, f"/usr/bin/python{sys.version_info.major}.{sys.version_info.minor}"):
            found = Stage(folder, interpreter)
            tried = subprocess.run(
                [*found.python(OWN), "-c", "import heygem_core.cli_watch, numpy, psutil"],
                capture_output=True,
                text=True,
                check=False,
                env=found.environment,
            )
            if tried.returncode == 0:
                yield found
                return
            why = tried.stderr.strip().rpartition("\n")[2]
        pytest.skip(f"user {OWN} may not run this Python and its packages: {why}")


@pytest.fixture(scope="module")
def looks(stage: Stage) -> dict[int | str, Told]:
    """Run the reported topology, wedged, as one user; all three look at it at once, and the stranger once more."""
    with serving(WEDGED, stage.folder / "work", "returns", stage.python(OWN), stage.environment) as pid:
        settle(pid)
        started = {user: stage.watch(user, pid) for user in (OWN, STRANGER, ROOT)}
        found: dict[int | str, Told] = {user: told(look) for user, look in started.items()}
        consumer = next(each for each in found[ROOT].report["processes"] if each["name"] == "audio_transfer")
        os.kill(consumer["pid"], signal.SIGSTOP)
        settle(pid)
        found["stopped"] = told(stage.watch(STRANGER, pid))
    return found


def verdict(one: Told) -> tuple[int, str, str, list[str]]:
    """Return exit code, cause, who is to blame less its process id, and what could not be read."""
    culprit = str(one.report["findings"][0]["culprit"]).partition(" (")[0]
    return one.code, one.report["cause"], culprit, one.report["limits"]


def test_root_sees_everything_of_somebody_else(looks: dict[int | str, Told]) -> None:
    """The consumer that hangs, with its Python stack; nothing was refused."""
    seen = looks[ROOT]
    assert verdict(seen) == (1, "wedged", "audio_transfer", [])
    consumer = next(process for process in seen.report["processes"] if process["name"] == "audio_transfer")
    assert consumer["threads"][0]["stack"]


def test_the_service_s_own_user_needs_no_rights(looks: dict[int | str, Told]) -> None:
    """As root; where the kernel forbids tracing among equals, that is what is said, and /proc alone is used."""
    seen = looks[OWN]
    if YAMA.exists() and YAMA.read_text().strip() != "0":
        assert stacks.REFUSED.en in seen.report["limits"]
        assert len(seen.report["processes"]) >= 4
        return
    assert verdict(seen) == (1, "wedged", "audio_transfer", [])
    names = [process["name"] for process in looks[ROOT].report["processes"]]
    assert [process["name"] for process in seen.report["processes"]] == names


def test_a_stranger_sees_the_process_table_and_is_told_why_no_more(looks: dict[int | str, Told]) -> None:
    """No cause is named and none ruled out: one line says what it takes; who is there, and its state, is shown."""
    seen, root = looks[STRANGER], looks[ROOT].report["root"]
    refusal = f"no permission to look at process {root}, it runs as user {OWN}: run as that user, or with sudo"
    assert (seen.code, seen.said) == (1, f"error: {refusal}\n")
    assert (seen.report["cause"], seen.report["trouble"], seen.report["collect"]["en"]) == (None, False, refusal)
    assert seen.report["limits"] == [_UNSEEN.en]
    known = {process["pid"] for process in looks[ROOT].report["processes"]}
    assert {process["pid"] for process in seen.report["processes"]} == known
    assert {process["state"] for process in seen.report["processes"]} <= {"S", "R"}


def test_a_stranger_still_sees_who_is_stopped(looks: dict[int | str, Told]) -> None:
    """The state stands in the process table."""
    seen = looks["stopped"]
    assert (seen.code, seen.report["cause"], seen.report["confidence"]) == (1, "stopped", 0.95)
    stopped = [process["pid"] for process in seen.report["processes"] if process["state"] == "T"]
    assert [seen.report["findings"][0]["culprit"].endswith(f"({pid})") for pid in stopped] == [True]
