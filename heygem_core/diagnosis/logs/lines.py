"""One line of a log, taken apart: what was said, when, by whom, and in which tone."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

LONGEST_TEXT = 4000
"""Characters of one line that are looked at, around what was found in it."""

_ANSI = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[@-Z\\-_]")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufeff\u200b]")
_APOSTROPHES = {ord(mark): "'" for mark in "\u2018\u2019\u00b4\u02bc"}
"""Typographic ones are read like the typewriter's."""
_TIME = r"(?P<time>\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?)(?:Z| ?[+-]\d\d:?\d\d)?"
_LEVEL = r"(?P<level>TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|CRITICAL|FATAL)"
_PREFIXES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\[?{_TIME}\]?(?:\s*[-|]\s*|[:,]?\s+|(?=\s*\[)|,?-|$)",
        rf"{_LEVEL}(?:\s*\||:|\s+-)\s*",
        rf"{_LEVEL} \d\d-\d\d \d\d:\d\d:\d\d\s+",  # vllm
        r"\[(?P<process>pod/[\w./-]+)\]\s+",  # kubectl logs --prefix
        r"(?P<process>[A-Za-z][\w.-]*[\w])(?: +\| ?|\s+\|(?= ))",  # docker compose
        r"(?P<syslog>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d) [\w.-]+ (?P<process>[\w./@-]+?)(?:\[\d+\])?: ",
        r"<\d+>",  # priority of a kernel or journal line
        r"\[ *(?P<uptime>\d+\.\d{6})\] ",  # dmesg
        r"(?P<glog>[IWEF])(?P<day>\d{8}) (?P<clock>\d\d:\d\d:\d\d\.\d+) +(?P<process>\d+) ",
        r"\[(?P<process>[\w./-]+\.py)\[line:\d+\]\]\s*",  # the service's own logger
        r"\[(?P<process>[\w.]+)\]-[\w.]+\.py\[line:\d+\]-" + _LEVEL + r":\s*",  # its newer one
        rf"\[{_LEVEL}\]\s*",
        r"(?P<process>[\w.]+(?::[\w<>.]+)*:\d+) - ",  # loguru: module:function:line
        rf"(?P<process>[\w.]+) - {_LEVEL} - ",  # logging's usual format
        r"\[?(?P<hours>\d\d):(?P<minutes>\d\d):(?P<seconds>\d\d(?:[.,]\d+)?)\]?\s+(?=[\[A-Z])",
        r"\[(?P<process>(?:pid |PID:? ?)?\d{2,7})\]\s+",
        r"(?P<process>(?:Fork|Spawn|ForkServer)?(?:Pool|Process|PoolWorker|Worker)-\d+(?::\d+)*)\s*[:|]\s+",
        r"\((?P<process>(?:pid|ip)=[^)]{1,60})\)\s+",  # ray
    )
)
_MOST_PREFIXES = 8
_MESSAGE_KEYS = ("log", "message", "msg", "text", "event", "MESSAGE", "textPayload")
_TIME_KEYS = ("time", "timestamp", "ts", "@timestamp", "asctime", "__REALTIME_TIMESTAMP")
_LEVEL_KEYS = ("level", "severity", "levelname", "lvl")
_PROCESS_KEYS = ("process", "processName", "container_name", "container", "logger", "name", "service", "stage", "pid")


@dataclass(frozen=True, slots=True)
class Line:
    """``text`` without colours and prefixes; ``time`` in seconds, comparable within one log; ``process`` as told."""

    source: str
    number: int
    text: str
    time: float | None = None
    process: str | None = None
    level: str | None = None
    prefixed: bool = False


def decode(raw: bytes, encoding: str) -> str:
    """Return ``raw`` as text: in ``encoding``, else in the other one, for logs in which programs write both."""
    other = "utf-8" if encoding == "gb18030" else "gb18030"
    for one in (encoding, other):
        try:
            return raw.decode(one)
        except UnicodeDecodeError:
            continue
    return raw.decode("utf-8", "replace")


def take_apart(text: str, source: str, number: int) -> Line:
    """Return the line ``text`` without its decoration; a JSON logger's message, where it is one."""
    line = Line(source, number, _plain(text))
    for _ in range(2):
        line = _strip_prefixes(line)
        told = _json(line.text)
        if told is None:
            return line
        line = _from_json(line, told)
    return line


def _plain(text: str) -> str:
    if "\x1b" in text:
        text = _ANSI.sub("", text)
    return _CONTROL.sub(" ", text).translate(_APOSTROPHES).rstrip()[:LONGEST_TEXT]


def _strip_prefixes(line: Line) -> Line:
    text = line.text.lstrip()
    told: dict[str, Any] = {}
    for _ in range(_MOST_PREFIXES):
        match = next((match for prefix in _PREFIXES if (match := prefix.match(text))), None)
        if match is None or match.end() == 0:
            break
        told |= {key: value for key, value in match.groupdict().items() if value}
        text = text[match.end() :].lstrip()
    if not told:
        return line
    if told.get("process", "").endswith(".py") and text.startswith("[") and text.endswith("]"):
        text = text[1:-1]
    return replace(
        line,
        text=text,
        time=_seconds(told) or line.time,
        process=told.get("process") or line.process,
        level=_level(told) or line.level,
        prefixed=True,
    )


def _level(told: dict[str, Any]) -> str | None:
    letter = {"I": "INFO", "W": "WARNING", "E": "ERROR", "F": "FATAL"}
    return told.get("level") or letter.get(told.get("glog", ""))


def _seconds(told: dict[str, Any]) -> float | None:
    try:
        if stamp := told.get("time"):
            return _iso(stamp)
        if day := told.get("day"):
            return _iso(f"{day[:4]}-{day[4:6]}-{day[6:]} {told['clock']}")
        if stamp := told.get("syslog"):
            # No year is told; only differences are used.
            return datetime.strptime(f"2024 {stamp}", "%Y %b %d %H:%M:%S").replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None
    if "hours" in told:
        return int(told["hours"]) * 3600 + int(told["minutes"]) * 60 + float(told["seconds"].replace(",", "."))
    return float(told["uptime"]) if "uptime" in told else None


def _iso(stamp: str) -> float:
    whole, _, fraction = stamp.replace(",", ".").replace("/", "-").replace("T", " ").partition(".")
    at = datetime.strptime(whole, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    return at.timestamp() + float(f"0.{fraction or 0}")


def _json(text: str) -> dict[str, Any] | None:
    if not text.startswith("{") or '"' not in text:
        return None
    try:
        told = json.loads(text)
    except ValueError:
        return None
    return told if isinstance(told, dict) and any(isinstance(told.get(key), str) for key in _MESSAGE_KEYS) else None


def _from_json(line: Line, told: dict[str, Any]) -> Line:
    def first(keys: tuple[str, ...]) -> Any:
        return next((told[key] for key in keys if key in told), None)

    message = next(told[key] for key in _MESSAGE_KEYS if isinstance(told.get(key), str))
    extra = "\n".join(str(told[key]) for key in ("exception", "exc_info", "stack", "error") if told.get(key))
    stamp, level, process = first(_TIME_KEYS), first(_LEVEL_KEYS), first(_PROCESS_KEYS)
    time = float(stamp) if isinstance(stamp, int | float) else None
    if isinstance(stamp, str) and len(stamp) >= len("2024-01-01T00:00:00"):
        time = _seconds({"time": stamp.rstrip("Z").partition("+")[0]})
    return replace(
        line,
        text=_plain(f"{message} {extra}".rstrip()),
        time=time or line.time,
        process=str(process) if process is not None else line.process,
        level=str(level).upper() if level is not None else line.level,
        prefixed=True,
    )
