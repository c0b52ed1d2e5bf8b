"""Pictures of what the commands print, from the commands: ``python docs/pictures/draw.py [--python P] [--run DIR]``.

Each command runs here; what it printed becomes NAME.svg and, with ``--lang zh``, NAME.zh.svg beside this file.
The picture of ``doctor`` examines the interpreter P, that of ``bench compare`` reads the finished run in DIR;
without them these two stay as they are.
"""

from __future__ import annotations

import argparse
import html
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
COLUMNS = 110
_CELL = 20 * 0.61
"""Width of a character in rich's pictures, in pixels: 20 pixels high, as wide as `Console.export_svg` makes it."""
_FONTS = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, 'Noto Sans Mono CJK SC', 'PingFang SC', monospace"
# A picture loads nothing: the template's web fonts go, and the reader's own take their place.
FORMAT = re.sub(r"@font-face \{\{.*?\}\}\n", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL).replace(
    "Fira Code, monospace", _FONTS
)


def draw(name: str, lang: str, shown: str, *arguments: str) -> None:
    """Run ``heygem-core`` with ``arguments`` and save what it prints under the title ``shown``."""
    environment = {**os.environ, "FORCE_COLOR": "1", "TERM": "xterm-256color", "COLUMNS": str(COLUMNS)}
    command = [sys.executable, "-m", "heygem_core", *arguments, "--lang", lang]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode not in {0, 1, 3}:
        sys.exit(f"{' '.join(command)}: exit code {done.returncode}\n{done.stderr}")
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        console = Console(record=True, width=COLUMNS, file=nowhere)
        console.print(Text.from_ansi(done.stdout.rstrip().expandtabs()))
        picture = console.export_svg(title=f"$ heygem-core {shown}", code_format=FORMAT, unique_id=name)
    target = HERE / (f"{name}.svg" if lang == "en" else f"{name}.{lang}.svg")
    target.write_text(re.sub(r' textLength="[\d.]+"([^>]*)>([^<]*)<', _wide, picture), encoding="utf-8")


def _wide(found: re.Match[str]) -> str:
    """Give a text the width of its cells: rich counts a Chinese character as one, it takes two."""
    return f' textLength="{_CELL * cell_len(html.unescape(found[2])):g}"{found[1]}>{found[2]}<'


@contextmanager
def idle_gpu() -> Iterator[str]:
    """Run the service of examples/idle_gpu.py; yields its process id."""
    command = [sys.executable, "examples/idle_gpu.py"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as service:
        assert service.stdout is not None
        yield service.stdout.readline().split()[-1]
        service.communicate(timeout=30)


def main() -> None:
    """Draw in both languages."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", help="interpreter of a service, for the picture of doctor")
    parser.add_argument("--run", help="folder of a finished run, for the picture of bench compare")
    parser.add_argument("--arms", nargs=2, default=["1.20.2", "1.31.1"], help="the versions compared there")
    chosen = parser.parse_args()
    for lang in ("en", "zh"):
        draw("queue-full", lang, "diagnose service.log", "diagnose", "examples/service.log")
        with idle_gpu() as pid:
            draw("idle-gpu", lang, f"watch {pid}", "watch", pid)
        if chosen.python:
            draw("environment", lang, "doctor --python " + chosen.python, "doctor", "--python", chosen.python)
        if chosen.run:
            words = ("bench", "compare", *chosen.arms, "--run")
            draw("upgrade", lang, " ".join([*words, "out/versions"]), *words, chosen.run)


if __name__ == "__main__":
    main()
