"""A line is taken apart: what was said, when, by whom, in which tone."""

from __future__ import annotations

import pytest

from heygem_core.diagnosis.logs import speech, tone
from heygem_core.diagnosis.logs.lines import decode, take_apart

TEN = 1767261600.0
"""2026-01-01 10:00:00 UTC."""


@pytest.mark.parametrize(
    ("raw", "text", "process", "level", "time"),
    [
        ("gen-1  | hello", "hello", "gen-1", None, None),
        ("2026-01-01T10:00:00.250000000Z hello", "hello", None, None, TEN + 0.25),
        ("gen | 2026-01-01 10:00:00.5 | hello", "hello", "gen", None, TEN + 0.5),
        ("[pod/render-7d/worker] hello", "hello", "pod/render-7d/worker", None, None),
        ("[2026-01-01 10:00:00,250] [run.py[line:147]] [ERROR] [hello]", "hello", "run.py", "ERROR", TEN + 0.25),
        ("2026-01-01 10:00:00,250-[service.self_logger]-threading.py[line:870]-INFO: hello", "hello",
         "service.self_logger", "INFO", TEN + 0.25),
        ("[2026-01-01 10:00:00 +0000] [31] [INFO] hello", "hello", "31", "INFO", TEN),
        ("2026-01-01 10:00:00,250 - cv2box - WARNING - hello", "hello", "cv2box", "WARNING", TEN + 0.25),
        ("2026-01-01 10:00:00.250 | ERROR    | app:run:12 - hello", "hello", "app:run:12", "ERROR", TEN + 0.25),
        ("E20260101 10:00:00.250000   116 hello", "hello", "116", "ERROR", TEN + 0.25),
        ("INFO:     hello", "hello", None, "INFO", None),
        ("[81234.500000] hello", "hello", None, None, 81234.5),
        ("\x1b[31mERROR\x1b[0m: hello", "hello", None, "ERROR", None),
        ('{"log": "hello\\n", "stream": "stderr", "time": "2026-01-01T10:00:00.25Z"}', "hello", None, None, TEN + 0.25),
        ('{"level": "error", "msg": "hello", "ts": 12.5, "logger": "x"}', "hello", "x", "ERROR", 12.5),
        ('gen-1  | {"message": "[2026-01-01 10:00:00] hello"}', "hello", "gen-1", None, TEN),
        ("hello", "hello", None, None, None),
    ],
)  # fmt: skip
def test_prefixes_are_told_from_what_is_said(
    raw: str, text: str, process: str | None, level: str | None, time: float | None
) -> None:
    """Compose, kubectl, the service's loggers, gunicorn, logging, loguru, glog, uvicorn, the kernel, JSON."""
    line = take_apart(raw, "", 1)
    assert (line.text, line.process, line.level, line.time) == (text, process, level, time)


def test_a_line_in_the_other_encoding_is_decoded_all_the_same() -> None:
    """Programs of both kinds write into one log; what is in neither becomes readable as far as it is."""
    assert decode("队列满".encode("gb18030"), "utf-8") == "队列满"
    assert decode("队列满".encode(), "gb18030") == "队列满"
    assert decode(b"abc\xff\xff\xff", "utf-8").startswith("abc")


@pytest.mark.parametrize(
    ("text", "prose"),
    [
        ("I get an error when I run it with four workers.", True),
        ("第二个任务一直卡住，请问怎么处理？", True),
        ("RuntimeError: CUDA out of memory. Tried to allocate 1.00 GiB", False),
        ('  File "a.py", line 3, in run', False),
        ("Applied providers: ['CPUExecutionProvider'], with options: {}", False),
        ("100%|####| 12/12 [00:03<00:00,  4.0it/s]", False),
        ("drivered_video >>>>>>>>>>>>>>>>>>>> 开始循环", False),
        ('    if "CUDA out of memory" in str(error):', False),
        ("$ pip install onnxruntime-gpu", False),
    ],
)
def test_what_a_person_writes_is_told_from_what_programs_print(text: str, prose: bool) -> None:
    """In English and Chinese; source code and commands are neither."""
    assert speech.is_prose(take_apart(text, "", 1)) is prose


@pytest.mark.parametrize(
    ("text", "denied"),
    [
        ("It is not a CUDA out of memory.", True),
        ("If you get CUDA out of memory, use a smaller batch.", True),
        ("Maybe it is CUDA out of memory.", True),
        ("Is it CUDA out of memory?", True),
        ("Last month I had CUDA out of memory.", True),
        ("The CUDA out of memory is gone now.", True),
        ("I get CUDA out of memory, not at once but after an hour.", False),
        ("I do not know why I get CUDA out of memory.", False),
        ("It does not start because of CUDA out of memory.", False),
        ("Why do I get CUDA out of memory?", False),
    ],
)
def test_what_is_denied_supposed_or_over_does_not_count(text: str, denied: bool) -> None:
    """The same words, with and without something that takes them back."""
    start = text.index("CUDA out of memory")
    assert tone.denied(text, start, start + len("CUDA out of memory")) is denied
