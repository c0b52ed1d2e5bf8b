"""Every command of the documents, page by page and in their order: how it is run, or why not.

A nox session that a workflow runs needs no line here. What a reader is to replace (a process id, a model, a service)
is replaced by something real.
"""

from __future__ import annotations

from heygem_core.errors import Cause
from tests.commands import beside
from tests.commands.model import Above, How, NotRun, Reason, Run

VERDICT = (0, 1, 3)
"""Those of a comparison: equal or faster, slower, undecided; which one depends on the machine."""
SERVICE = {"/opt/service/bin/python": "python"}
DRAFT = {"--out out": "--scenario single-stream --plan plan.json --out out"}
"""One scenario and few pairs, the plan of first-hour.md: with its own plan a run takes up to hours."""
MISSING = "A CUDA library could not be loaded (missing-cuda-library)"

TABLE: dict[str, dict[str, How]] = {
    "README.md": {
        "pip install .": Above("tutorial.md"),
        "heygem-core diagnose service.log": Above("diagnose.md"),
        "heygem-core watch 9513": Run((1,), cause=Cause.WEDGED, beside=beside.wedged_service),
        "python examples/idle_gpu.py": Run(),
        "heygem-core watch PID": Run((1,), cause=Cause.SILENT_CPU_FALLBACK, beside=beside.idle_gpu),
        "heygem-core doctor --python /opt/service/bin/python": Above("doctor.md"),
        "heygem-core exec --require-gpu -- python app.py": Above("tutorial.md"),
        "heygem-core bench run --ort 1.20.2 --ort 1.31.1 --out out/versions": Run(VERDICT, put=DRAFT),
        "heygem-core bench compare 1.20.2 1.31.1 --run out/versions": Run((1,), beside=beside.measured, quick=True),
        "python -m nox -s gpu -- --require-gpu": NotRun(Reason.GPU, "ci.yml has it where there is such a runner"),
        "python -m nox -s gpu_limits -- --out gpu.json": NotRun(Reason.GPU, "tests/bench/gpu_limits: a dry run"),
        "python -m bench.gpu_limits.table gpu.json": Run(beside=beside.dry_run, put={"gpu.json": "gpu.json --dry-run"}),
        "python -m nox -s bench_ort -- 1.20.2 1.31.1 --provider cuda": NotRun(
            Reason.GPU, "nightly.yml measures these versions where there is such a runner"
        ),
    },
    "batch.md": {
        "heygem-core batch jobs.jsonl --output out": Run(says=("videos are there",)),
        "heygem-core batch jobs.jsonl --output out --engine ray": Run(
            put={"--output out": "--output ray"}, needs="ray"
        ),
        "heygem-core batch jobs.jsonl --output out --engine ray --address HOST:6379": Run(
            put={"--output out": "--output cluster"}, beside=beside.ray_cluster, needs="ray"
        ),
        "heygem-core batch bad.jsonl --output out": Run(
            (2,),
            ("bad.jsonl:8: audio: there is no file", "error: 2 problems in the manifest, nothing was done"),
            quick=True,
        ),
        "heygem-core batch cuda.jsonl --output out --engine ray --address 192.0.2.2:6379": NotRun(
            Reason.CLUSTER, "tests/scale refuses nodes of a cluster on one machine"
        ),
    },
    "bench.md": {
        "pip install '.[bench]'": Above("tutorial.md"),
        "heygem-core bench run --ort 1.20.2 --ort 1.31.1 --out out/versions": Above("README.md"),
        "heygem-core bench compare 1.20.2 1.31.1 --run out/versions --metric p95 --margin 10%": Run(
            VERDICT, beside=beside.measured
        ),
        "python -m nox -s bench_ort -- 1.20.2 1.26.0 1.31.1": NotRun(
            Reason.HOURS, "nightly.yml measures two versions with bench run"
        ),
        "python -m nox -s calibrate": NotRun(Reason.HOURS, "tests/bench/test_calibrate.py"),
        "heygem-core bench report DIR --html report.html": Run(beside=beside.measured),
        "heygem-core bench report DIR --html report.html --history runs.jsonl": Run(beside=beside.measured),
        "heygem-core bench report DIR --markdown": Run(beside=beside.measured),
        "heygem-core bench report run --markdown": Run(
            beside=beside.measured,
            says=(
                "### onnxruntime against 1.20.2",
                "<details><summary>All comparisons and where they were made</summary>",
                "| | version | model | scenario | difference | interval | margin | n |",
            ),
            quick=True,
        ),
    },
    "ci.md": {
        "pytest --require-gpu -m gpu": Run((1,), ("--require-gpu",), {"pytest": "pytest examples/ci"}),
        "heygem-core doctor --json doctor.json": Run((1,), cause=Cause.MISSING_CUDA_LIBRARY),
        "docker build --file docker/Dockerfile.gpu --tag heygem-core:gpu .": NotRun(
            Reason.DOCKER, "nox -s workflows checks the file with hadolint"
        ),
        "docker run --rm --gpus all heygem-core:gpu doctor": NotRun(Reason.GPU, "doctor.md runs doctor"),
    },
    "compat.md": {
        "python -m heygem_core.casebook.swap_document": Run(),
    },
    "development.md": {
        "python -m nox -l": Run(),
        "python -m nox -s tests -- -k channel": Run(put={"nox -s tests --": "pytest --collect-only -q"}),
        "python -m nox -s gpu": NotRun(Reason.GPU, "without one it runs too, and skips"),
        "python -m nox -s gpu -- --require-gpu": Above("README.md"),
        "python -m nox -s gpu_limits -- --out gpu.json": Above("README.md"),
    },
    "diagnose.md": {
        "heygem-core diagnose service.log": Run(
            (1,),
            (
                "task 1004, 200 frames",
                "10:01:11 queue full",
                f"1. {MISSING} — libcublasLt.so.12",
                "line 8: [E:onnxruntime:Default, provider_bridge_ort.cc:1992 TryGetProviderInfo_CUDA]",
                "2. The queue is full because nobody takes anything (queue-full-no-consumer) — audio_transfer",
                "sent up to frame 40, taken up to 0",
                "line 17: [1004]任务视频驱动队列满，严重阻塞，下游队列异常",
            ),
            quick=True,
        ),
        "heygem-core diagnose service.log --json result.json --lang zh": Run((1,), cause=Cause.MISSING_CUDA_LIBRARY),
    },
    "doctor.md": {
        "heygem-core doctor --python /opt/service/bin/python": Run(
            (1,), (f"1. {MISSING}", "what fits this Python, driver and GPU:"), SERVICE
        ),
        "heygem-core doctor --python /opt/service/bin/python --model scrfd.onnx": Run(
            (1,), cause=Cause.MISSING_CUDA_LIBRARY, put=SERVICE
        ),
        "heygem-core doctor --library /opt/service/trans_dh.so": Run(
            (1,), cause=Cause.MISSING_CUDA_LIBRARY, put={"/opt/service/": ""}
        ),
        "heygem-core doctor --config checkpoints/test/opt.txt": Run(quick=True),
        "heygem-core doctor --print-probe > probe.py": Run(quick=True),
        # Where there is no container, the same in another process: what the probe is given is all that it sees.
        "docker exec -i NAME python3 - < probe.py > facts.json": Run(put={"docker exec -i NAME ": ""}, quick=True),
        # 0 on a machine with a GPU and all its libraries.
        "heygem-core doctor --facts facts.json": Run((0, 1), quick=True),
        "heygem-core exec -- python app.py": Run(),
        "heygem-core exec --require-gpu -- gunicorn app:app": Run(
            (1,), cause=Cause.MISSING_CUDA_LIBRARY, put={"gunicorn": "python -m gunicorn"}
        ),
        "heygem-core exec --python venv/bin/python -- sh start.sh": Run(),
    },
    "extending.md": {
        "python -m heygem_core.casebook.record && python -m heygem_core.casebook.document docs": Run(),
    },
    "faults.md": {
        "heygem-core faults --sample": Run(),
        "heygem-core faults": NotRun(Reason.HOURS, "nox -s soak commits every fault"),
        "heygem-core faults --stage generator --moment mid-batch --manner sigkill --json faults.json": Run(),
    },
    "render.md": {
        "pip install .": Above("tutorial.md"),
        "heygem-core render --video speaker.mp4 --audio speech.wav --output out.mp4": Run(),
    },
    "reproduce.md": {
        "heygem-core reproduce": Run(),
        "heygem-core reproduce queue-full zombies": Run(),
        "heygem-core reproduce --list": Run(quick=True),
        # All cases have run two lines above, and the reported timeout is a minute for each of many.
        "heygem-core reproduce --json rows.json --html report.html": Run(put={"reproduce": "reproduce zombies"}),
        "heygem-core reproduce --full": Run(put={"reproduce": "reproduce queue-full"}),
    },
    "tutorial.md": {
        "python3 -m venv venv && . venv/bin/activate": Run(),
        "pip install .": Run(),
        "heygem-core --version": Run(quick=True),
        "heygem-core reproduce queue-full": Run(),
        "heygem-core demo --folder out": Run(),
        "heygem-core diagnose examples/service.log": Run((1,), cause=Cause.MISSING_CUDA_LIBRARY),
        "heygem-core watch --match app.py": Run((1,), cause=Cause.SILENT_CPU_FALLBACK, beside=beside.app),
        "heygem-core doctor --python venv/bin/python": Run((1,), cause=Cause.MISSING_CUDA_LIBRARY),
        "heygem-core exec --require-gpu -- python app.py": Run((1,), cause=Cause.MISSING_CUDA_LIBRARY),
        "pip install '.[bench]'": Run(),
        "heygem-core bench run --ort 1.20.2 --ort 1.31.1 --scenario single-stream --out out/versions": Run(
            VERDICT, put={"--out out": "--plan plan.json --out out"}
        ),
        "heygem-core bench report out/versions --html out/versions.html": Run(),
    },
    "watch.md": {
        "heygem-core watch 9513": Run(
            (1,), ("1. A stage hangs (wedged) — audio_transfer",), cause=Cause.WEDGED, beside=beside.wedged_service
        ),
        "heygem-core watch --match app.py --follow": Run(
            (1,), ("silent-cpu-fallback",), cause=Cause.SILENT_CPU_FALLBACK, beside=beside.app_that_ends
        ),
    },
}
