"""What to type: the pair of versions for this Python, driver and GPU, and the launch line for this interpreter."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from heygem_core.diagnosis.doctor import eras
from heygem_core.diagnosis.doctor.facts import Facts
from heygem_core.runtime import environment
from heygem_core.text import Text

_PROGRAM = Text("your_program.py", "你的程序.py")


def pip(facts: Facts, arguments: str) -> str:
    """Return a command line of pip for the interpreter that was examined."""
    return f"{shlex.quote(facts.python)} -m pip {arguments}"


def choice(facts: Facts) -> eras.Era | None:
    """Return the version to install: the installed one if it fits here, else what goes with torch, else the newest."""
    fitting = eras.fitting(facts.place)
    installed = facts.era
    if installed is not None and eras.fits(installed, facts.place):
        return installed
    return beside_torch(facts) or (fitting[0] if fitting else None)


def beside_torch(facts: Facts) -> eras.Era | None:
    """Return the newest fitting version with the major versions of CUDA and cuDNN that torch brings, or None."""
    cuda, cudnn = torch_libraries(facts)
    return next((row for row in eras.fitting(facts.place) if (row.cuda, row.cudnn) == (cuda, cudnn)), None)


def torch_libraries(facts: Facts) -> tuple[int | None, int | None]:
    """Return the major versions of CUDA and cuDNN that the installed torch brings; None where it brings none."""
    if facts.torch is None or facts.torch[1] is None:
        return None, None
    cuda = eras.numbers(facts.torch[1])[0]
    return cuda, 9 if eras.numbers(facts.torch[0]) >= (2, 4) else 8


def install(facts: Facts, row: eras.Era | None, *, clean: bool = False) -> Text:
    """Return the command that installs ``row`` with its libraries, after removing what is there where ``clean``."""
    if row is None:
        return Text(
            f"no onnxruntime-gpu on PyPI fits here: {_circumstances(facts).en}",
            f"PyPI 上没有适合此处的 onnxruntime-gpu：{_circumstances(facts).zh}",
        )
    names = " ".join(dict.fromkeys([package["name"] for package in facts.packages]))
    remove = f"{pip(facts, f'uninstall -y {names}')} && " if clean and names else ""
    command = f"{remove}{pip(facts, f'install {eras.requirements(row, facts.place)}')}"
    return Text(command, command)


def launch(facts: Facts, folders: Sequence[Path]) -> str:
    """Return the variable to set before the interpreter starts, with what it holds already."""
    current = facts.environment.get(environment.LIBRARY_PATH)
    return f"{environment.LIBRARY_PATH}={shlex.quote(environment.library_path(folders, current))}"


def launch_line(facts: Facts, folders: Sequence[Path]) -> Text:
    """Return the whole line that starts a program with ``folders`` on the loader's path."""
    line = f"{launch(facts, folders)} {shlex.quote(facts.python)}"
    return Text(f"{line} {_PROGRAM.en}", f"{line} {_PROGRAM.zh}")


def folders_for(facts: Facts) -> tuple[Path, ...]:
    """Return the folders in which every missing library lies, each once; empty unless all of them are somewhere.

    With those of the libraries that are opened only later, where there are any.
    """
    found = [facts.holding(name) for name in facts.missing]
    if not found or None in found:
        return ()
    later = eras.OPENED_LATER if facts.era and facts.era.series >= eras.LAZY else ()
    found += [facts.holding(name) for name in later]
    return tuple(dict.fromkeys(folder for folder in found if folder is not None))


def _circumstances(facts: Facts) -> Text:
    python = ".".join(map(str, facts.place.python[:2]))
    driver = facts.nvml.get("driver")
    gpu = ".".join(map(str, facts.place.capability)) if facts.place.capability else None
    english = [f"Python {python}", f"driver {driver}" if driver else "", f"compute capability {gpu}" if gpu else ""]
    chinese = [f"Python {python}", f"驱动 {driver}" if driver else "", f"计算能力 {gpu}" if gpu else ""]
    return Text(", ".join(filter(None, english)), "、".join(filter(None, chinese)))
