"""Open a log in whatever form it comes: plain, gzip, UTF-8, UTF-16, GB18030, with NULs, from stdin; constant memory."""

from __future__ import annotations

import codecs
import re
import sys
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from heygem_core.errors import BadInput

BLOCK_BYTES = 1 << 19
"""Read at a time: large enough that the work per block does not count, small enough to stay in the cache."""
_SAMPLE_BYTES = 1 << 16
_GZIP = b"\x1f\x8b"
_GZIP_WINDOW = 31
"""zlib's wbits for one gzip member."""
_CONTROL = re.compile(rb"[\x01-\x06\x0e-\x1a\x1c-\x1f\x7f]")
_MOST_CONTROL = 0.02
"""Share of control characters above which it is no text: random bytes have 0.1, logs full of colours none of these."""
_COLOUR = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]")
_CHINESE = re.compile("[\t\n\r -~\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
_MOST_CHINESE = 0.95
"""Share of Chinese and ASCII in a text without a mark that is read in the encoding it has."""
_BINARY = re.compile(
    rb"\x7fELF|\x89PNG|PK\x03\x04|%PDF-|SQLite format 3|BZh|\xfd7zXZ|\x28\xb5\x2f\xfd|RIFF|.{4}ftyp", re.DOTALL
)


class UnusableLog(BadInput):
    """A log cannot be read; ``en`` and ``zh`` say why in one line, the message is the English one."""

    def __init__(self, en: str, zh: str) -> None:
        super().__init__(en, zh)
        self.en = en
        self.zh = zh

    def __str__(self) -> str:
        return self.en


@dataclass(frozen=True)
class Block:
    """Whole lines of a log, in ``encoding`` (utf-8 or gb18030); ``first`` is the number of the first one."""

    data: bytes
    first: int
    encoding: str


def read(name: str) -> Iterator[Block]:
    """Yield the log ``name`` ("-" is stdin) in blocks of whole lines; a line of more than a block comes in pieces.

    Raises `UnusableLog` for what is missing, a directory, not permitted, empty, binary, or damaged.
    """
    try:
        with _open(name) as raw:
            chunks = iter(lambda: raw.read(BLOCK_BYTES), b"")
            yield from _blocks(name, _unpacked(chunks))
    except (EOFError, zlib.error) as error:
        raise UnusableLog(f"{name!r}: damaged gzip data", f"{name!r}：gzip 数据已损坏") from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise UnusableLog(f"{name!r} cannot be read: {reason}", f"{name!r} 无法读取：{reason}") from error


def unusable(name: str) -> UnusableLog | None:
    """Return why the log ``name`` cannot be used, as far as its beginning tells; stdin is not touched."""
    try:
        if name != "-":
            next(read(name))
    except UnusableLog as reason:
        return reason
    return None


def _open(name: str) -> AbstractContextManager[BinaryIO]:
    if name == "-":
        return nullcontext(sys.stdin.buffer)
    if Path(name).is_dir():
        raise UnusableLog(f"{name!r} is a directory, not a log", f"{name!r} 是目录，不是日志文件")
    return Path(name).open("rb")


def _unpacked(chunks: Iterator[bytes]) -> Iterator[bytes]:
    head = next(chunks, b"")
    chunks = chain([head], chunks)
    return _gunzipped(chunks) if head.startswith(_GZIP) else chunks


def _gunzipped(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Unpack gzip members one after the other, never more than a block at once."""
    member = zlib.decompressobj(_GZIP_WINDOW)
    for chunk in chunks:
        rest = chunk
        while rest:
            if member.eof:
                if not rest.strip(b"\0"):
                    break
                member = zlib.decompressobj(_GZIP_WINDOW)
            if data := member.decompress(rest, BLOCK_BYTES):
                yield data
            rest = member.unused_data if member.eof else member.unconsumed_tail
    if not member.eof:
        raise EOFError


def _blocks(name: str, chunks: Iterator[bytes]) -> Iterator[Block]:
    # A log that was truncated while it was written begins with a hole.
    head = next((chunk for chunk in chunks if chunk.strip(b"\0 \t\r\n")), b"")
    if not head:
        raise UnusableLog(f"{name!r} is empty", f"{name!r} 是空的")
    encoding = _encoding(head[:_SAMPLE_BYTES])
    text = _without_nul(_as_bytes_of_text(chain([head], chunks), encoding))
    encoding = encoding if encoding == "gb18030" else "utf-8"
    first = next(text, b"")
    sample = first.lstrip(b"\0")[:_SAMPLE_BYTES]
    if _BINARY.match(head) or len(_CONTROL.findall(sample)) > _MOST_CONTROL * len(sample):
        raise UnusableLog(f"{name!r} is binary, not a log", f"{name!r} 是二进制文件，不是日志")
    number = 1
    for data in _whole_lines(chain([first], text)):
        # Colours may stand in the middle of a message, where somebody had a word marked.
        yield Block(_COLOUR.sub(b"", data) if b"\x1b" in data else data, number, encoding)
        number += data.count(b"\n")


def _encoding(sample: bytes) -> str:
    """Guess what ``sample`` is written in; single lines that are not are taken care of when they are decoded."""
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    odd, even = sample[1::2].count(0), sample[::2].count(0)
    if odd > 0.3 * len(sample) / 2 and even < odd / 10:
        return "utf-16-le"
    if even > 0.3 * len(sample) / 2 and odd < even / 10:
        return "utf-16-be"
    text = sample.replace(b"\0", b"")
    if _is(text, "utf-8"):
        return "utf-8"
    if (
        b"\0" in sample
        and len(_CHINESE.findall(sample.decode("utf-16-le", "ignore"))) > _MOST_CHINESE * len(sample) / 2
    ):
        return "utf-16-le"
    return "gb18030" if _is(text, "gb18030") else "utf-8"


def _is(text: bytes, encoding: str) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)().decode(text)
    except UnicodeDecodeError:
        return False
    return True


def _as_bytes_of_text(chunks: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    if not encoding.startswith("utf-16"):
        yield from chunks
        return
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    for chunk in chunks:
        yield decoder.decode(chunk).encode("utf-8", "replace")


def _without_nul(chunks: Iterator[bytes]) -> Iterator[bytes]:
    for number, chunk in enumerate(chunks):
        data = chunk.replace(b"\0", b"") if b"\0" in chunk else chunk
        yield data.removeprefix(codecs.BOM_UTF8) if number == 0 else data


def _whole_lines(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Cut after the last line break of each chunk; what follows the very last one stays with the lines before it."""
    held, rest = b"", b""
    for chunk in chunks:
        cut = chunk.rfind(b"\n") + 1
        if not cut and len(rest) < BLOCK_BYTES:
            rest += chunk
            continue
        if held:
            yield held
        held, rest = (rest + chunk[:cut], chunk[cut:]) if cut else (rest, chunk)
    if held or rest:
        yield held + rest
