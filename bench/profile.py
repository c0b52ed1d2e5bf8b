"""Where the job's processor time goes: every process of two jobs under Linux' ``perf``, told by library.

``python -m bench.profile --out out/peers-profile.json`` takes about half a minute. It needs ``perf`` (Debian's package
linux-perf) and the right to sample one's own processes (kernel.perf_event_paranoid of 2 or less).
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.peers_pipeline import clip
from heygem_core.bench import host

HERTZ = 499
"""Samples per second and processor; no divisor of what timers do at round rates."""
FRAMES = 240
"""Long enough for start-up to be little: two jobs of that length are profiled as they are."""
SIZE = (1920, 1080)
PARTS = {
    "libx264": "encoder",
    "libavcodec": "decoder",
    "onnxruntime": "models",
    "cv2": "opencv",
    "_multiarray_umath": "numpy",
    "libscipy_openblas": "numpy",
    "libpython": "python",
    "python3": "python",
    "[kernel": "kernel",
    "libc.": "libc",
}
"""Beginning of a library's file name -> what it does here; libc's share is nearly all memory copies."""
_ROW = re.compile(r"^\s*([\d.]+)%\s+(\S+)", re.M)


def shares(report: str) -> dict[str, float]:
    """Return the share of each of `PARTS`, and of "other", from what ``perf report --sort dso`` printed."""
    found: dict[str, float] = defaultdict(float)
    for share, library in _ROW.findall(report):
        part = next((part for name, part in PARTS.items() if library.startswith(name)), "other")
        found[part] += float(share) / 100
    return {part: round(share, 4) for part, share in sorted(found.items(), key=lambda pair: -pair[1])}


def profile(folder: Path) -> dict[str, float]:
    """Return the shares over two jobs of the pipeline, the second one warm."""
    data, (width, height) = folder / "perf.data", SIZE
    video = clip(folder, FRAMES, width, height)
    turn = [sys.executable, "-m", "bench.rivals.pipeline_turn", "core", "--video", str(video)]
    turn += ["--width", str(width), "--height", str(height)]
    record = ["perf", "record", "-q", "-F", str(HERTZ), "-o", str(data), "--", *turn]
    subprocess.run(record, check=True, stdout=subprocess.DEVNULL, timeout=300)
    report = ["perf", "report", "-q", "-i", str(data), "--sort", "dso", "--stdio"]
    return shares(subprocess.run(report, check=True, capture_output=True, text=True, timeout=120).stdout)


def main() -> None:
    """Measure, print the shares and keep them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("out/peers-profile.json"))
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = profile(Path(folder))
    facts = host.facts()
    told: dict[str, Any] = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "host": {"cpu": facts.cpu, "cores": facts.cores, "kernel": facts.kernel},
        "how": f"python -m bench.profile; perf at {HERTZ} Hz, two jobs of {FRAMES} frames, {SIZE[0]}x{SIZE[1]}",
        "shares": found,
    }
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    asked.out.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    sys.stdout.writelines(f"{100 * share:5.1f} %  {part}\n" for part, share in found.items())


if __name__ == "__main__":
    main()
