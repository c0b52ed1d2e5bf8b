"""Facts about one interpreter and what onnxruntime does in it, as one line of JSON: this file alone, no packages.

Runs under Python 3.8 and newer, as a file or from stdin: ``docker exec -i NAME python3 - < probe.py > facts.json``.
What may crash or hang (importing onnxruntime, loading its CUDA provider, a session, the driver) happens in forks, so
that a signal or a missed deadline becomes a fact as well. Nothing is judged here; `heygem_core.diagnosis.doctor` does.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib.metadata
import importlib.util
import json
import os
import platform
import re
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

TINY_MODEL = bytes.fromhex(
    "080712003a86010a0f0a01780a01771201792204436f6e76120474696e792a33080108010803080310014201774a24"
    + 9 * "0000803f"
    + "5a1b0a017812160a14080112100a0208010a0208010a0208040a020804621b0a017912160a14080112100a0208010a0208010a020802"
    "0a02080242040a00100d"
)
"""An ONNX model (IR 7, opset 13): y[1,1,2,2] is the convolution of x[1,1,4,4] with ones, float32. It needs cuDNN."""
_LIBRARY = re.compile(r"lib(cu(da|blas|dnn|fft|rand|sparse|solver|pti)|nv)[\w-]*\.so(\.\d+)+$")
_VARIABLE = re.compile(r"(LD_|CUDA_|NVIDIA_|ORT_|ONNXRUNTIME_|OMP_|KMP_|MKL_|OPENBLAS_|TORCH_|PYTORCH_|PYTHON|CONDA_)")
_ORT = re.compile(r"(onnxruntime|ort-nightly)(-(?!extensions|genai|tools).*)?$")
_PACKAGE = re.compile(r"(numpy|torch|nvidia-.*)$|" + _ORT.pattern)
_TRACED = re.compile(r"^\s*(\S+) => (not found|/.*?)(?: \(0x[0-9a-f]+\))?$")
_PROVIDER = "libonnxruntime_providers_cuda.so"
_FILES = (
    *("/proc/driver/nvidia/version", "/proc/meminfo", "/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.events"),
    *("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.oom_control"),
    *("/sys/fs/cgroup/cpu.max", "/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "/sys/fs/cgroup/cpu/cpu.cfs_period_us"),
)
"""Told as they are, as far as they can be read; in a container the control group's are its own."""


def isolated(steps: dict[str, Callable[[], Any]], end: float) -> dict[str, Any]:
    """Run ``steps`` in a fork until ``end`` (monotonic); return each one's answer, and how the fork ended.

    ``error`` is an exception's text, ``ended`` a signal's name or "timeout", ``at`` the first step
    without an answer, ``said`` what was written to stdout and stderr.
    """
    ours, theirs = os.pipe()
    with tempfile.TemporaryFile() as said:
        child = os.fork()
        if child == 0:
            os.dup2(said.fileno(), 1)
            os.dup2(said.fileno(), 2)
            # From 1.29 on an import would send telemetry, and leave a file.
            os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
            _run_steps(steps, theirs)
        os.close(theirs)
        data, late = _read(ours, end)
        os.close(ours)
        if late:
            os.kill(child, signal.SIGKILL)
        status = os.waitpid(child, 0)[1]
        said.seek(0)
        words = said.read().decode("utf-8", "replace")
    answers = {name: answer for line in data.splitlines() for name, answer in json.loads(line).items()}
    killed = signal.Signals(os.WTERMSIG(status)).name if os.WIFSIGNALED(status) else None
    unanswered = next((name for name in steps if answers.get(name) is None), None)
    return {**answers, "ended": "timeout" if late else killed, "at": unanswered, "said": words[:8000]}


def _run_steps(steps: dict[str, Callable[[], Any]], pipe: int) -> None:
    try:
        for name, step in steps.items():
            try:
                answer = {name: step()}
            except BaseException as error:  # SystemExit of an import is a fact, too
                answer = {name: None, "error": f"{type(error).__name__}: {error}"}
            os.write(pipe, (json.dumps(answer) + "\n").encode())
            if "error" in answer:
                break
    finally:
        # No cleaning up: libraries' exit handlers may hang in a fork, and are not what is asked here.
        os._exit(0)


def _read(pipe: int, end: float) -> tuple[bytes, bool]:
    data = b""
    while select.select([pipe], [], [], max(0.1, end - time.monotonic()))[0]:
        part = os.read(pipe, 1 << 16)
        if not part:
            return data, False
        data += part
    return data[: data.rfind(b"\n") + 1], True


def trial(provider: str, model: str | None = None, preload: bool = False) -> dict[str, Callable[[], Any]]:
    """Return the steps that import onnxruntime and use it, for `isolated`."""
    wanted = ["CUDAExecutionProvider" if provider == "cuda" else "CPUExecutionProvider"]
    made: dict[str, Any] = {}

    def begin() -> dict[str, Any]:
        import numpy
        import onnxruntime

        made.update(numpy=numpy, ort=onnxruntime)
        return {
            "version": onnxruntime.__version__,
            "available": onnxruntime.get_available_providers(),
            "build": getattr(onnxruntime, "get_build_info", lambda: None)(),
            "can_preload": hasattr(onnxruntime, "preload_dlls"),
        }

    def create(source: str | bytes) -> list[str]:
        made["session"] = made["ort"].InferenceSession(source, providers=wanted, enable_fallback=0)
        return list(made["session"].get_providers())

    def run() -> bool:
        made["session"].run(None, {"x": made["numpy"].ones((1, 1, 4, 4), "float32")})
        return True

    steps: dict[str, Callable[[], Any]] = {"import": begin}
    if preload:
        steps["preload"] = lambda: not made["ort"].preload_dlls()
    steps.update({"session": lambda: create(TINY_MODEL), "run": run})
    if model:
        steps["model"] = lambda: create(model)
    return steps


def package_facts() -> dict[str, Any]:
    """Return the installed distributions that matter, and what is wrong with the files of onnxruntime's."""
    versions: dict[str, str] = {}
    ours = []
    for found in importlib.metadata.distributions():
        name = re.sub(r"[-_.]+", "-", found.metadata["Name"] or "").lower()
        if name not in versions and _PACKAGE.match(name):
            versions[name] = found.version
            if _ORT.match(name):
                ours.append({"name": name, "version": found.version, **_files(found)})
    folder = _folder("onnxruntime")
    provider = Path(folder, "capi", _PROVIDER) if folder else None
    there = provider is not None and provider.is_file()
    return {"versions": versions, "onnxruntime": ours, "folder": folder, "provider": str(provider) if there else None}


def _folder(package: str) -> str | None:
    spec = importlib.util.find_spec(package)
    return next(iter(spec.submodule_search_locations or ()), None) if spec else None


def _files(found: importlib.metadata.Distribution) -> dict[str, Any]:
    files = [file for file in found.files or () if str(file).startswith("onnxruntime/") and file.suffix != ".pyc"]
    sizes = {str(file): (file.size, Path(str(file.locate()))) for file in files}
    missing = [name for name, (_, path) in sizes.items() if not path.is_file()]
    changed = [
        name for name, (size, path) in sizes.items() if path.is_file() and size not in (None, path.stat().st_size)
    ]
    gpu = any(file.name == _PROVIDER for file in files)
    return {"gpu": gpu, "missing": missing, "changed": changed, "where": str(found.locate_file(""))}


def places() -> list[dict[str, Any]]:
    """Return the folders in which CUDA libraries lie, whether the loader looks there or not."""
    entries = [Path(entry) for entry in sys.path if entry]
    sources = [
        ("pip", [folder for entry in entries for folder in sorted(entry.glob("nvidia/*/lib"))]),
        ("torch", [entry / "torch" / "lib" for entry in entries]),
        ("exported", [Path(entry) for entry in os.environ.get("LD_LIBRARY_PATH", "").split(":") if entry]),
        ("toolkit", [*sorted(Path("/usr/local").glob("cuda*/lib64")), Path("/opt/cuda/lib64")]),
        ("system", [Path("/usr/lib", f"{platform.machine()}-linux-gnu"), Path("/usr/lib64"), Path("/usr/lib/wsl/lib")]),
        ("prefix", [Path(sys.prefix, "lib"), Path(sys.base_prefix, "lib"), Path("/usr/local/lib")]),
    ]
    found: dict[str, dict[str, Any]] = {}
    for source, folders in sources:
        for folder in folders:
            names = [path.name for path in folder.glob("lib*.so*") if _LIBRARY.match(path.name) and path.is_file()]
            if names and str(folder) not in found:
                found[str(folder)] = {"folder": str(folder), "source": source, "names": sorted(names)}
    return list(found.values())


def loader_trace(library: str) -> dict[str, str | None]:
    """Return name -> file, None where not found, for all that ``library`` needs, in this interpreter's search order.

    The dynamic loader itself answers, with this interpreter as the program: its RPATH counts as well.
    """
    if re.search(r"[\s:]", library):
        return {}
    preload = " ".join([library, os.environ.get("LD_PRELOAD", "")])
    environment = {**os.environ, "LD_TRACE_LOADED_OBJECTS": "1", "LD_PRELOAD": preload}
    done = subprocess.run([sys.executable], env=environment, capture_output=True, timeout=30, check=False)
    matches = (_TRACED.match(line) for line in done.stdout.decode("utf-8", "replace").splitlines())
    return {match.group(1): None if match.group(2) == "not found" else match.group(2) for match in matches if match}


def load(library: str) -> str:
    """Return the loader's message when it loads ``library``, "" when it could."""
    shared = Path(library).parent / "libonnxruntime_providers_shared.so"
    if Path(library).name == _PROVIDER and shared.is_file():
        ctypes.CDLL(str(shared), ctypes.RTLD_GLOBAL)
    try:
        ctypes.CDLL(library)
    except OSError as error:
        return str(error)
    return ""


def driver_facts() -> dict[str, Any]:
    """Return what the driver's own library says: ``cuInit``'s result (0: all is well) and its CUDA version."""
    cuda, version = ctypes.CDLL("libcuda.so.1"), ctypes.c_int()
    result = cuda.cuInit(0)
    cuda.cuDriverGetVersion(ctypes.byref(version))
    return {"init": result, "cuda": version.value}


def nvml_facts() -> dict[str, Any]:
    """Return driver version, CUDA version and GPUs as NVML knows them; OSError without its library."""
    nvml, cuda, count = ctypes.CDLL("libnvidia-ml.so.1"), ctypes.c_int(), ctypes.c_uint()
    text, devices = ctypes.create_string_buffer(96), []
    error = nvml.nvmlInit_v2()
    if error:
        return {"error": error}
    nvml.nvmlSystemGetCudaDriverVersion_v2(ctypes.byref(cuda))
    nvml.nvmlDeviceGetCount_v2(ctypes.byref(count))
    for index in range(count.value):
        handle, major, minor, memory = ctypes.c_void_p(), ctypes.c_int(), ctypes.c_int(), (ctypes.c_ulonglong * 3)()
        if nvml.nvmlDeviceGetHandleByIndex_v2(index, ctypes.byref(handle)) == 0:
            nvml.nvmlDeviceGetName(handle, text, 96)
            nvml.nvmlDeviceGetCudaComputeCapability(handle, ctypes.byref(major), ctypes.byref(minor))
            nvml.nvmlDeviceGetMemoryInfo(handle, memory)
            capability = [major.value, minor.value]
            devices.append({"name": text.value.decode(), "capability": capability, "memory": list(memory)})
    nvml.nvmlSystemGetDriverVersion(text, 80)
    return {"error": 0, "driver": text.value.decode(), "cuda": cuda.value, "devices": devices}


def machine_facts() -> dict[str, Any]:
    """Return files of /proc and /sys as they are, devices, shared memory and processors."""
    texts = {}
    for name in _FILES:
        with contextlib.suppress(OSError):
            texts[name] = Path(name).read_text(encoding="utf-8")[:4000]
    shm = os.statvfs("/dev/shm")  # noqa: S108 - that very folder is asked for
    return {
        "files": texts,
        "nodes": sorted(str(node) for node in [*Path("/dev").glob("nvidia*"), *Path("/dev").glob("dxg")]),
        "pci": sum(path.read_text().strip() == "0x10de" for path in Path("/sys/bus/pci/devices").glob("*/vendor")),
        "shm": {"total": shm.f_blocks * shm.f_frsize, "free": shm.f_bavail * shm.f_frsize},
        "cpus": {"host": os.cpu_count(), "allowed": len(os.sched_getaffinity(0))},
        "container": Path("/.dockerenv").exists() or Path("/run/.containerenv").exists(),
    }


def facts(request: dict[str, Any]) -> dict[str, Any]:
    """Return all; ``request`` may have ``provider`` (cuda, cpu), ``model``, ``library``, ``seconds`` (60) for all."""
    end = time.monotonic() + request.get("seconds", 60)
    wanted, packages = request.get("provider", "cuda"), package_facts()
    provider = packages["provider"]
    library = request.get("library") or provider
    torch = Path(_folder("torch") or "/", "version.py")
    tried = isolated(trial(wanted, request.get("model")), end)
    applied = "CUDAExecutionProvider" in (tried.get("session") or ()) and tried.get("run")
    off = wanted == "cuda" and provider and not applied
    again = off and (tried.get("import") or {}).get("can_preload")
    python = {"executable": sys.executable, "prefix": sys.prefix, "path": sys.path, "libc": platform.libc_ver()[1]}
    return {
        "probe": 1,
        "python": {**python, "version": list(sys.version_info[:3])},
        "environment": {name: value for name, value in os.environ.items() if _VARIABLE.match(name)},
        "packages": packages,
        # Its version file: importing torch takes seconds, and loads CUDA.
        "torch": torch.read_text(encoding="utf-8") if torch.is_file() else None,
        "places": places(),
        "trace": loader_trace(library) if library else {},
        "trial": tried,
        "preloaded": isolated(trial(wanted, preload=True), end) if again else None,
        "load": isolated({"load": lambda: load(library)}, end) if off or request.get("library") else None,
        "driver": isolated({"driver": driver_facts}, end),
        "nvml": isolated({"nvml": nvml_facts}, end),
        "machine": machine_facts(),
    }


def main() -> None:
    """Print the facts; the request is JSON in the first argument."""
    if sys.path[0] in ("", str(Path(sys.argv[0]).resolve().parent)):
        # This file's folder is none of the interpreter's.
        del sys.path[0]
    print(json.dumps(facts(json.loads(sys.argv[1]) if len(sys.argv) > 1 else {})))  # noqa: T201 - its answer


if __name__ == "__main__":
    main()
