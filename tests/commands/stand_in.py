"""The folder in which the commands of a page run: the checkout, and the files that a reader would bring."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

from tests.documents import ROOT

LEFT_OUT = shutil.ignore_patterns(".*", "__pycache__", "out", "build", "dist", "*.egg-info", "venv")
PROVIDER = "onnxruntime/capi/libonnxruntime_providers_cuda.so"
PLAN = {"looks": [6, 7, 8], "alphas": [0.035, 0.01, 0.005]}


def checkout(folder: Path, *, copied: bool) -> None:
    """Put the checkout into ``folder``: a copy where commands write into it, links where nothing does."""
    if copied:
        shutil.copytree(ROOT, folder, ignore=LEFT_OUT)
        return
    folder.mkdir()
    for path in ROOT.iterdir():
        if path.name not in LEFT_OUT(str(ROOT), [path.name]):
            (folder / path.name).symlink_to(path)


def service_log(folder: Path) -> None:
    """What a service printed."""
    shutil.copy(ROOT / "examples" / "service.log", folder / "service.log")


def app(folder: Path) -> None:
    """A service that asks for a GPU, and a script that starts it."""
    shutil.copy(ROOT / "examples" / "idle_gpu.py", folder / "app.py")
    (folder / "start.sh").write_text("exec python app.py\n", encoding="utf-8")


def plan(folder: Path) -> None:
    """The plan of first-hour.md, for a first look."""
    (folder / "plan.json").write_text(json.dumps(PLAN), encoding="utf-8")


def options(folder: Path) -> None:
    """A service's options, as it prints them."""
    from tests.diagnosis.doctor.test_options import PRINTED

    path = folder / "checkpoints" / "test" / "opt.txt"
    path.parent.mkdir(parents=True)
    path.write_text(PRINTED, encoding="utf-8")


def examined(folder: Path) -> None:
    """A model, a compiled module that does not find its libraries, an environment."""
    from heygem_core.casebook.probes import tiny_model

    (folder / "scrfd.onnx").write_bytes(tiny_model.build())
    (folder / "trans_dh.so").symlink_to(str(metadata.distribution("onnxruntime-gpu").locate_file(PROVIDER)))
    (folder / "venv").symlink_to(sys.prefix)


def clip(folder: Path) -> None:
    """A speaker of a third of a second, and speech."""
    from tests.cli.command import noise
    from tests.lipsync.faces import FaceClip

    FaceClip(frames=8, width=160, height=120, sound_s=0.32).write(folder / "speaker.mp4")
    noise(folder / "speech.wav", 0.32)


def jobs(folder: Path) -> None:
    """Two jobs."""
    clip(folder)
    job = {"video": "speaker.mp4", "audio": "speech.wav", "provider": "cpu"}
    lines = [json.dumps({**job, "output": f"{number}.mp4"}) for number in range(2)]
    (folder / "jobs.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


def bad_jobs(folder: Path) -> None:
    """A manifest with a problem in each of its last two lines; what is before them is not looked into."""
    for name in ("v.mp4", "a.wav"):
        (folder / name).write_text("not looked into before the manifest is right", encoding="utf-8")
    good = [{"video": "v.mp4", "audio": "a.wav", "output": f"{number}.mp4"} for number in range(9)]
    bad = [*good[:7], {**good[7], "audio": "none.wav"}, {**good[8], "batch": 0}]
    (folder / "bad.jsonl").write_text("\n".join(map(json.dumps, bad)) + "\n", encoding="utf-8")


Files = tuple[Callable[[Path], None], ...]
QUICK: dict[str, Files] = {
    "batch.md": (bad_jobs,),
    "diagnose.md": (service_log,),
    "doctor.md": (options,),
}
"""What the commands of a page that the ordinary tests run find there."""
WHOLE: dict[str, Files] = {
    **QUICK,
    "README.md": (plan,),
    "batch.md": (bad_jobs, jobs),
    "doctor.md": (options, app, examined),
    "render.md": (clip,),
    "tutorial.md": (app, plan),
    "watch.md": (app,),
}
"""And what all of its commands find."""
