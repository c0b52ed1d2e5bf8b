"""Which library reads an environment variable: getenv interposed, and the asking library named by dladdr.

A variable's name among a binary's strings proves nothing (ORT_PARALLEL is an enum's name in onnxruntime);
only being asked for does. C code asks by getenv or secure_getenv. Python copies the whole of ``environ`` at
its start and asks nobody afterwards, so Python code is watched at ``os.environ``, by `watch_python`. Code
that walks through ``environ`` by itself is not seen.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

LOG = "HEYGEM_KNOBS_LOG"
WATCHED = "HEYGEM_KNOBS_WATCHED"

# environ is scanned here because calling the real getenv through dlsym is not possible while the loader
# runs constructors. Each line is one write: processes and threads append to the same file.
_SOURCE = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/auxv.h>
extern char **environ;
static char *find(const char *name) {
    size_t length = strlen(name);
    for (char **entry = environ; entry && *entry; entry++)
        if (!strncmp(*entry, name, length) && (*entry)[length] == '=') return *entry + length + 1;
    return NULL;
}
static int watched(const char *name) {
    const char *list = find("HEYGEM_KNOBS_WATCHED");
    size_t length = strlen(name);
    for (const char *at = list; at && (at = strstr(at, name)); at += length)
        if ((at == list || at[-1] == ',') && (at[length] == ',' || !at[length])) return length > 0;
    return 0;
}
static char *ask(const char *name, void *caller) {
    if (watched(name)) {
        Dl_info info;
        char line[4352];
        const char *path = dladdr(caller, &info) && info.dli_fname ? info.dli_fname : "?";
        int size = snprintf(line, sizeof line, "%s\t%s\n", name, path);
        int file = open(find("HEYGEM_KNOBS_LOG"), O_WRONLY | O_APPEND | O_CLOEXEC);
        if (file >= 0) { if (write(file, line, size) < 0) {} close(file); }
    }
    return find(name);
}
char *getenv(const char *name) { return ask(name, __builtin_return_address(0)); }
char *secure_getenv(const char *name) {
    char *value = ask(name, __builtin_return_address(0));
    return getauxval(AT_SECURE) ? NULL : value;
}
char *__secure_getenv(const char *name) { return secure_getenv(name); }
"""


def compiler() -> str | None:
    """Return the path of a C compiler, or None."""
    return shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")


def build(folder: Path) -> Path:
    """Compile the interposer into ``folder``, return its path; FileNotFoundError without a compiler."""
    command = compiler()
    if command is None:
        raise FileNotFoundError("there is no C compiler (cc, gcc or clang) on PATH")
    path = folder / "libheygem_knobs.so"
    arguments = ["-shared", "-fPIC", "-O1", "-o", str(path), "-x", "c", "-", "-ldl"]
    subprocess.run([command, *arguments], input=_SOURCE, text=True, check=True, timeout=60)
    return path


def readers(
    command: Sequence[str],
    watched: Sequence[str],
    folder: Path,
    *,
    environment: Mapping[str, str] | None = None,
    deadline_s: float = 120.0,
) -> dict[str, tuple[str, ...]]:
    """Run ``command`` to its end and return, per watched variable, the sorted names of what asked for it.

    Names are file names of shared libraries, or ``python:module`` where `watch_python` was called in the
    command. Children of the command are watched too. ``folder`` takes the interposer and its log. Raises
    subprocess.CalledProcessError when the command fails and subprocess.TimeoutExpired after ``deadline_s``.
    """
    log = folder / "asked"
    log.write_bytes(b"")
    variables = {
        **(os.environ if environment is None else environment),
        "LD_PRELOAD": str(build(folder)),
        LOG: str(log),
        WATCHED: ",".join(watched),
    }
    subprocess.run(command, env=variables, check=True, capture_output=True, text=True, timeout=deadline_s)
    found: dict[str, set[str]] = {name: set() for name in watched}
    for line in log.read_text().splitlines():
        name, _, path = line.partition("\t")
        found[name].add(path if path.startswith("python:") else Path(path).name)
    return {name: tuple(sorted(asking)) for name, asking in found.items()}


def watch_python() -> None:
    """Report reads of ``os.environ`` and ``os.getenv`` in this process to the log that `readers` made."""
    log = os.environ[LOG]
    watched = frozenset(os.environ[WATCHED].split(","))
    kind: Any = type(os.environ)
    read, contains = kind.__getitem__, kind.__contains__

    def report(name: object) -> None:
        if name in watched:
            with Path(log).open("a") as file:
                file.write(f"{name}\tpython:{_asking_module()}\n")

    def reported_read(self: os._Environ[str], name: str) -> str:
        report(name)
        return str(read(self, name))

    def reported_contains(self: os._Environ[str], name: object) -> bool:
        report(name)
        return bool(contains(self, name))

    kind.__getitem__ = reported_read
    kind.__contains__ = reported_contains


def _asking_module() -> str:
    passed_through = {__name__, "os", "collections.abc"}
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_globals.get("__name__") in passed_through:
        frame = frame.f_back
    return str(frame.f_globals.get("__name__")) if frame is not None else "?"
