"""A log is read in whatever form it comes, and what is none is refused in one line."""

from __future__ import annotations

import gzip
import io
import os
import pickle
import random
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heygem_core.diagnosis.logs import reading
from heygem_core.diagnosis.logs.reading import BLOCK_BYTES, UnusableLog, read, unusable

TEXT = "first\n任务视频驱动队列满\nlast line without an end"


def lines(path: Path) -> list[str]:
    """Return the lines of the log at ``path`` as they are read."""
    return b"".join(block.data for block in read(str(path))).decode("utf-8").split("\n")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("packed", [False, True])
def test_each_form_gives_the_same_lines(encoding: str, packed: bool, tmp_path: Path) -> None:
    """UTF-8 and UTF-16, with and without a byte order mark, plain and packed."""
    text = TEXT if encoding != "utf-16-be" else TEXT.replace("任务视频驱动队列满", "a line in English, as most are")
    raw = text.encode(encoding)
    path = tmp_path / "a.log"
    path.write_bytes(gzip.compress(raw) if packed else raw)
    assert lines(path) == text.split("\n")


def test_chinese_in_its_national_encoding_is_told_as_such(tmp_path: Path) -> None:
    """The bytes are handed on, with the name of what they are in."""
    path = tmp_path / "a.log"
    path.write_bytes(TEXT.encode("gb18030"))
    (block,) = read(str(path))
    assert (block.encoding, block.data.decode("gb18030")) == ("gb18030", TEXT)


def test_members_of_a_rotated_log_follow_each_other(tmp_path: Path) -> None:
    """Concatenated gzip files are one, also with zeros behind them."""
    path = tmp_path / "a.log.gz"
    path.write_bytes(gzip.compress(b"one\n") + gzip.compress(b"two\n") + bytes(512))
    assert lines(path) == ["one", "two", ""]


def test_a_hole_at_the_beginning_is_skipped(tmp_path: Path) -> None:
    """What is left where a log was truncated while a program wrote on."""
    path = tmp_path / "a.log"
    with path.open("wb") as file:
        file.seek(3 * BLOCK_BYTES)
        file.write(b"one\ntwo\n")
    assert lines(path) == ["one", "two", ""]


def test_stdin_is_a_dash(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also packed."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(gzip.compress(TEXT.encode()))))
    assert b"".join(block.data for block in read("-")).decode() == TEXT
    assert unusable("-") is None


@settings(max_examples=50, deadline=None)
@given(st.lists(st.binary(max_size=40).map(lambda raw: raw.replace(b"\n", b"").replace(b"\0", b"")), max_size=30))
def test_blocks_end_with_lines_and_are_numbered(parts: list[bytes]) -> None:
    """Whatever the size of the chunks, nothing is lost and each block begins with the line whose number it bears."""
    whole = b"\n".join(parts)
    chunks = [whole[at : at + 7] for at in range(0, len(whole), 7)]
    blocks = list(reading._whole_lines(iter(chunks)))
    assert b"".join(blocks) == whole
    assert all(block.endswith(b"\n") for block in blocks[:-1])


def test_a_line_that_does_not_end_comes_in_pieces(tmp_path: Path) -> None:
    """In constant memory: no block is larger than three times what is read at once."""
    path = tmp_path / "a.log"
    path.write_bytes(b"x" * (5 * BLOCK_BYTES) + b"\nend\n")
    blocks = list(read(str(path)))
    assert sum(len(block.data) for block in blocks) == 5 * BLOCK_BYTES + 5
    assert max(len(block.data) for block in blocks) <= 3 * BLOCK_BYTES


def test_what_is_no_log_is_refused_in_one_line_in_both_languages(tmp_path: Path) -> None:
    """Missing, a directory, empty, only blank, binary of several kinds, damaged, not permitted."""
    random.seed(1)
    (tmp_path / "empty").touch()
    (tmp_path / "blank").write_bytes(b"\n\n \0\0")
    (tmp_path / "random").write_bytes(random.randbytes(5000))
    (tmp_path / "program").write_bytes(Path(sys.executable).read_bytes()[:100000])
    (tmp_path / "video").write_bytes(b"\0\0\0\x20ftypisom" + random.randbytes(500))
    (tmp_path / "damaged").write_bytes(gzip.compress(random.randbytes(50000).hex().encode())[:20000])
    reasons = {
        "missing": "cannot be read: No such file",
        ".": "directory",
        "empty": "is empty",
        "blank": "is empty",
        "random": "binary",
        "program": "binary",
        "video": "binary",
    }
    for name, reason in reasons.items():
        error = unusable(str(tmp_path / name))
        assert error is not None
        assert reason in error.en
        assert error.zh != error.en
        assert "\n" not in error.en + error.zh
    with pytest.raises(UnusableLog, match="damaged"):
        list(read(str(tmp_path / "damaged")))


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_what_may_not_be_read_is_refused(tmp_path: Path) -> None:
    """The system's own words say why."""
    path = tmp_path / "a.log"
    path.write_text("x")
    path.chmod(0)
    error = unusable(str(path))
    assert error is not None
    assert "Permission denied" in error.en


def test_a_packed_bomb_is_unpacked_in_pieces(tmp_path: Path) -> None:
    """A member that unpacks to many times its size gives blocks of the usual size."""
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(b"0123456789abcdef\n" * 2_000_000))
    assert max(len(block.data) for block in read(str(path))) <= 3 * BLOCK_BYTES


def test_the_refusal_crosses_a_process_border() -> None:
    """As every error of heygem_core."""
    error = UnusableLog("en", "zh")
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert (str(copy), copy.zh) == ("en", "zh")
