"""Logs in which nothing is wrong, or something that is none of the causes, or words that only look like one."""

from __future__ import annotations

from tests.diagnosis.logs.sample import sample
from tests.diagnosis.logs.samples_environment import ON_GPU, ORT_LINE
from tests.diagnosis.logs.samples_service import FINISHED, accepted, sends, text, works

HEALTHY = tuple(
    sample(name, None, log, trouble=False)
    for name, log in {
        "whole-run": text(accepted("1004"), sends(4, 44, 10), works(4, 148, 11, 0.45), FINISHED),
        "mid-run": text(works(40, 120, 0, 0.45)),
        "cut-after-first-sends": text(accepted("1004"), sends(4, 40, 10)),
        "first-batch-takes-seven-seconds": text(
            accepted("1004"), sends(4, 44, 10), works(4, 4, 11, 7.0), works(8, 40, 18, 0.4)
        ),
        "cuda-applied": f"{ON_GPU}\nfind model: det.onnx\n{ON_GPU}\nset det-size: (640, 640)\nProcessed 200 images\nEncountered 0 errors",
        "tensorrt-only-missing": "Failed to load library libonnxruntime_providers_tensorrt.so with error: libnvinfer.so.10: cannot open shared object file\n"
        + ON_GPU
        + "\n100%|####| 5/5 [00:01<00:00,  4.1it/s]",
        "library-found-later": f"{ORT_LINE.format(library='libcudnn.so.9')}\npreloading libraries\n{ON_GPU}\nwarm-up done",
        "gunicorn-starts": "[2026-01-09 10:00:00 +0000] [1] [INFO] Starting gunicorn 23.0.0\n"
        + "\n".join(f"[2026-01-09 10:00:00 +0000] [{n}] [INFO] Booting worker with pid: {n}" for n in range(7, 15))
        + "\n[2026-01-09 10:00:04 +0000] [7] [INFO] Application startup complete.",
        "stopped-on-request": "[2026-01-09 10:00:00 +0000] [1] [INFO] Handling signal: term\n[2026-01-09 10:00:00 +0000] [7] [INFO] Worker exiting (pid: 7)\n[2026-01-09 10:00:00 +0000] [1] [INFO] Shutting down: Master",
        "compose-stopped": "Gracefully stopping... (press Ctrl+C again to force)\ngen-1 exited with code 137",
        "recovered-from-oom": "RuntimeError: CUDA out of memory. Tried to allocate 1.00 GiB\nRecovering from OOM error; New batch size: 8\n100%|####| 84/84 [00:40<00:00,  2.1it/s]\nsaved to out.mp4",
        "options-dump": "num_workers: 4\nnum_threads: 4\nqueue_size: 10\non_queue_full: block\nretry_on: ['CUDA out of memory', 'queue.Full']\ndevice: cuda\nstarted",
        "cpu-wanted": "$ python serve.py --device cpu\nApplied providers: ['CPUExecutionProvider'], with options: {}\nserving on port 8000",
        "exit-zero": "task finished\nworker exited with code 0\nall done",
        "readme": "# Troubleshooting\n- If you get CUDA out of memory, reduce the batch size.\n- If no face is detected, use another video.\n- In case of queue.Full, check whether the worker was killed.\nInstall with pip install onnxruntime-gpu",
        "frames-without-face": "frame 12: no face detected, passed through\nframe 13: no face detected, passed through\n250 frames written\nfinished in 12.1 s",
        "warnings-only": "FutureWarning: `rcond` parameter will change to the default of machine precision\nUserWarning: This DataLoader will create 12 worker processes in total. Our suggested max number of worker in current system is 8, which is smaller than what this DataLoader is going to create. Please be aware that excessive worker creation might get DataLoader running slow or even freeze, lower the worker number to avoid potential slowness/freeze if necessary.\nepoch 1 done",
        "polls": "\n".join(
            f'[2026-04-02 10:00:{n:02d}] [_internal.py[line:96]] [INFO] [<ip> - - "GET /easy/query?code=7 HTTP/1.1" 200 -]'
            for n in range(30)
        ),
        "solved-long-ago": "Last week I had CUDA out of memory, that is fixed since the update.\nToday's run, for reference:\n"
        + ON_GPU
        + "\n100%|####| 12/12 [00:03<00:00,  4.0it/s]",
        "ort-notes": "[W:onnxruntime:, session_state.cc:1166 VerifyEachNodeIsAssignedToAnEp] Some nodes were not assigned to the preferred execution providers which may or may not have an negative impact on performance.\n"
        + ON_GPU,
    }.items()
)

OTHER = tuple(
    sample(name, None, log, trouble=True)
    for name, log in {
        "port-in-use": "OSError: [Errno 98] Address already in use",
        "no-module": "Traceback (most recent call last):\nModuleNotFoundError: No module named 'cv2box'",
        "command-not-found": "gen-1  | bash: gunicorn: command not found\ngen-1 exited with code 127",
        "torch-cpu-build": "AssertionError: Torch not compiled with CUDA enabled\nThe machine has an Intel graphics card only.",
        "no-driver": "RuntimeError: Found no NVIDIA driver on your system. Please check that you have an NVIDIA GPU and installed a driver.",
        "device-assert": "RuntimeError: CUDA error: device-side assert triggered",
        "internal-cudnn": "RuntimeError: cuDNN error: CUDNN_STATUS_EXECUTION_FAILED",
        "numpy": "AttributeError: module 'numpy' has no attribute 'float'",
        "pip": "ERROR: No matching distribution found for onnxruntime-gpu==1.9.0",
        "download": "requests.exceptions.ConnectionError: Max retries exceeded with url (Caused by SSLError)",
        "key-error": "Traceback (most recent call last):\n  File \"app.py\", line 7, in <module>\nKeyError: 'audio'",
        "stuck-without-more": "It is stuck, what can I do? There is nothing in the log.",
        "not-memory": "It fails with an error, but it is not a CUDA out of memory error, and no process was killed.\nRuntimeError: shape '[1, 80]' is invalid for input of size 12",
        "zero-changes-nothing": "I tried num_workers=0, no change, it still fails.\nValueError: not enough values to unpack (expected 2, got 1)",
        "available-says-cuda": "get_available_providers() returns ['CUDAExecutionProvider', 'CPUExecutionProvider'], so that is not it.\nTypeError: run() missing 1 required positional argument",
        "disk-full": "OSError: [Errno 28] No space left on device: '/data/out/frame_0001.png'",
        "files": "OSError: [Errno 24] Too many open files",
        "http": "urllib.error.HTTPError: HTTP Error 403: Forbidden",
    }.items()
)
