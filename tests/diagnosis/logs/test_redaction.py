"""No secret, link, mail address or name of a home directory leaves a log, whatever is printed or written."""

from __future__ import annotations

import io
import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from heygem_core.cli_diagnosis import show
from heygem_core.diagnosis.logs import story
from heygem_core.diagnosis.logs.diagnose import diagnose
from heygem_core.diagnosis.logs.redaction import LONGEST_QUOTE, quote, redact

SECRET = st.text("abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789", min_size=12, max_size=40)
PLACES = (
    "password={}",
    "DB_PASSWORD: '{}'",
    '{{"api_key": "{}"}}',
    "--token {}",
    "Authorization: Bearer {}",
    "authorization: Basic {}",
    "Cookie: session={}; theme=dark",
    "https://user:{}@host.example/path",
    "redis://:{}@cache:6379/0",
    "see https://host.example/{}?a=b",
    "git@host.example:{}/repo.git",
    "github.com/{}/repo",
    "{}@mail.example.com",
    "AWS_SECRET_ACCESS_KEY={}",
    "x-api-key: {}",
    "/home/{}/models/a.onnx",
    "C:\\Users\\{}\\a.onnx",
    "密码：{}",
    "ghp_{}0000000000",
    "hf_{}0000000000",
    "AKIAIOSFODNN7EXAMPLE{}",
)
LINES = (
    "RuntimeError: CUDA out of memory. {}",
    "{} RuntimeError: CUDA error: no kernel image is available for execution on the device",
    "[2026-04-02 10:00:00] [ERROR] [[1004]任务视频驱动队列满，严重阻塞，下游队列异常] {}",
    "FileNotFoundError: No such file or directory: 'in.mp4' {}",
    "TypeError: something else {}",
)


def told(log: str) -> str:
    """Return everything that is printed or written about ``log``."""
    with tempfile.NamedTemporaryFile(suffix=".log") as file:
        Path(file.name).write_text(log, encoding="utf-8")
        reading = diagnose([file.name])
    out = io.StringIO()
    parts = []
    for lang in ("en", "zh"):
        show(reading.diagnosis, Console(file=out, width=1000), lang)
        parts.append(json.dumps(reading.diagnosis.as_json(lang), ensure_ascii=False))
    timeline = reading.material.timeline
    parts += [json.dumps(story.as_json(timeline), ensure_ascii=False), str(story.tell(timeline))]
    return out.getvalue() + "".join(parts)


@settings(max_examples=80, deadline=None)
@given(SECRET, st.sampled_from(PLACES), st.sampled_from(LINES), st.integers(0, 300))
def test_no_secret_is_repeated(secret: str, place: str, line: str, filler: int) -> None:
    """Wherever it stands, in a short line or a long one."""
    log = line.format("word " * filler + place.format(secret)) + "\n"
    assert secret not in told(log)


@pytest.mark.parametrize("place", PLACES)
def test_what_stands_around_a_secret_is_kept(place: str) -> None:
    """Only the secret is replaced, once is enough, and doing it again changes nothing."""
    once = redact(f"before {place.format('s3cretS3cretS3cret')} and")
    assert once.startswith("before ")
    assert "s3cret" not in once
    assert redact(once) == once


@pytest.mark.parametrize(
    "text",
    [
        "libcudnn.so.9: cannot open shared object file: No such file or directory",
        "Require cuDNN 9.* and CUDA 12.*.",
        "/usr/local/lib/python3.11/multiprocessing/queues.py, line 114, in get",
        "[3238dad5-c7d4-460e-868d-f8de4770a1e8]任务视频驱动队列满",
        "nvidia-cudnn-cu12==9.1.0.70",
        "unexpected token in line 3, the secret of success, key frame 12",
        "onnxruntime::ProviderLibrary::Get() provider_bridge_ort.cc:1992 TryGetProviderInfo_CUDA",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    """Messages, versions, paths and ids remain readable."""
    assert redact(text) == text


def test_a_long_line_is_quoted_around_what_was_found() -> None:
    """In a few hundred characters, with dots where something was left out."""
    text = "a " * 500 + "HERE" + " b" * 500
    told = quote(text, text.index("HERE"))
    assert "HERE" in told
    assert len(told) <= LONGEST_QUOTE + 4
    assert told.startswith("…")
    assert told.endswith("…")
