"""FakeCuda: the CUDA libraries that a real provider library needs, with every symbol that it takes from them.

Compiled here, because neither a GPU nor its driver can be had on every machine. SONAMEs, symbol names and symbol
versions are read from the provider library itself, so that the real loader loads the real provider against them.
A call does nothing and succeeds; of what onnxruntime looks at there is one device. ``FAKE_CUDA`` chooses what goes
wrong: ``no-device`` (error 100), ``old-driver`` (35), ``no-memory`` (2) or ``no-kernel`` (209).

FakeNvml and FakeDriver stand in for the driver's own two libraries in the same way: ``FAKE_NVML`` is
``DRIVER,CUDA,NAME,MAJOR.MINOR``, or an error's number.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile
from elftools.elf.gnuversions import GNUVerNeedSection, GNUVerSymSection
from elftools.elf.sections import SymbolTableSection

from heygem_core.runtime import elf as elf_facts

_RUNTIME = r"""
#include <stdlib.h>
#include <string.h>
static int wrong(const char *kind) { const char *set = getenv("FAKE_CUDA"); return set && !strcmp(set, kind); }
static int start(void) { return wrong("no-device") ? 100 : wrong("old-driver") ? 35 : 0; }
static int launched(void) { return wrong("no-kernel") ? 209 : 0; }
static int take(void **p, size_t n) { return wrong("no-memory") ? 2 : (*p = calloc(1, n + 256)) ? 0 : 2; }
int cudaGetDeviceCount(int *n) { *n = start() ? 0 : 1; return start(); }
int cudaGetDevice(int *d) { *d = 0; return start(); }
int cudaSetDevice(int d) { (void)d; return start(); }
static int properties(char *p) { memset(p, 0, 700); strcpy(p, "FakeCuda"); return start(); }
int cudaGetDeviceProperties(char *p, int d) { (void)d; return properties(p); }
int cudaGetDeviceProperties_v2(char *p, int d) { (void)d; return properties(p); }
int cudaDeviceGetAttribute(int *v, int a, int d) { (void)a; (void)d; *v = 1024; return 0; }
int cudaMemGetInfo(size_t *f, size_t *t) { *f = *t = (size_t)1 << 33; return 0; }
int cudaRuntimeGetVersion(int *v) { *v = 99999; return 0; }
int cudaDriverGetVersion(int *v) { *v = 99999; return 0; }
int cudaMalloc(void **p, size_t n) { return take(p, n); }
int cudaMallocHost(void **p, size_t n) { return take(p, n); }
int cudaHostAlloc(void **p, size_t n, unsigned f) { (void)f; return take(p, n); }
int cudaMallocFromPoolAsync(void **p, size_t n, void *q, void *s) { (void)q; (void)s; return take(p, n); }
static int captures;
int fake_captures(void) { return captures; }
int cudaStreamEndCapture(void *s, void **g) { (void)s; captures++; *g = malloc(1); return 0; }
int cudaGraphInstantiate(void **e, void *g, unsigned long f) { (void)g; (void)f; *e = malloc(1); return 0; }
int cudaHostRegister(void *p, size_t n, unsigned f) { (void)p; (void)n; (void)f; return 0; }
int cudaHostUnregister(void *p) { (void)p; return 0; }
int cudaFree(void *p) { free(p); return 0; }
int cudaFreeHost(void *p) { free(p); return 0; }
int cudaFreeAsync(void *p, void *s) { (void)s; free(p); return 0; }
int cudaMemcpy(void *d, const void *s, size_t n, int k) { (void)k; memmove(d, s, n); return 0; }
int cudaMemcpyAsync(void *d, const void *s, size_t n, int k, void *q) { (void)k; (void)q; memmove(d, s, n); return 0; }
int cudaLaunchKernel(void) { return launched(); }
int cudaLaunchKernelExC(void) { return launched(); }
int __cudaLaunchKernel(void) { return launched(); }
int cudaGetLastError(void) { return launched(); }
int cudaPeekAtLastError(void) { return launched(); }
const char *cudaGetErrorName(int e) { (void)e; return "cudaErrorFake"; }
const char *cudaGetErrorString(int e) {
    return e == 35 ? "CUDA driver version is insufficient for CUDA runtime version" :
           e == 100 ? "no CUDA-capable device is detected" : e == 2 ? "out of memory" :
           e == 209 ? "no kernel image is available for execution on the device" : "no error";
}
int cudaStreamCreate(void **p) { *p = malloc(1); return 0; }
int cudaStreamCreateWithFlags(void **p, unsigned f) { (void)f; *p = malloc(1); return 0; }
int cudaEventCreate(void **p) { *p = malloc(1); return 0; }
int cudaEventCreateWithFlags(void **p, unsigned f) { (void)f; *p = malloc(1); return 0; }
int cudaMemPoolCreate(void **p, const void *q) { (void)q; *p = malloc(1); return 0; }
"""
_HANDLES = r"""
#include <stdlib.h>
#define DESCRIPTOR 15
int cublasCreate_v2(void **p) { *p = malloc(1); return 0; }
int cublasLtCreate(void **p) { *p = malloc(1); return 0; }
int cudnnCreate(void **p) { *p = malloc(1); return 0; }
size_t cudnnGetVersion(void) { return 91002; }
const char *cudnnGetErrorString(int e) { (void)e; return "FakeCuda"; }
int cudnnBackendCreateDescriptor(int t, void **p) { (void)t; *p = calloc(1, 64); return 0; }
int cudnnBackendDestroyDescriptor(void *p) { free(p); return 0; }
int cudnnBackendGetAttribute(void *d, int name, int type, long asked, long *count, void *out) {
    (void)d; (void)name; (void)type;
    if (count) *count = 1;
    if (out && asked > 0 && type != DESCRIPTOR) *(long *)out = 0;
    return 0;
}
"""
_DRIVER = """
int cuInit(unsigned flags) { (void)flags; return 0; }
int cuDriverGetVersion(int *version) { *version = 13000; return 0; }
int cuTensorMapEncodeTiled(void) { return 0; }
"""
_LOOKED_UP = (
    *("cuGetErrorName", "cuFuncSetAttribute", "cuLinkComplete", "cuLinkDestroy", "cuLinkCreate_v2", "cuLinkAddFile_v2"),
    *("cuLinkAddData_v2", "cuModuleLoadData", "cuModuleUnload", "cuModuleGetFunction", "cuLaunchKernel"),
    *("cuLaunchCooperativeKernel", "cuDeviceGetAttribute", "cuFuncSetCacheConfig"),
)
_NVML = r"""
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static char driver[80] = "580.95.05", name[96] = "FakeGPU"; static int cuda = 13000, major = 8, minor = 6;
int nvmlInit_v2(void) {
    const char *set = getenv("FAKE_NVML");
    if (set && !strchr(set, ',')) return atoi(set);
    if (set) sscanf(set, "%79[^,],%d,%95[^,],%d.%d", driver, &cuda, name, &major, &minor);
    return 0;
}
int nvmlShutdown(void) { return 0; }
int nvmlSystemGetDriverVersion(char *v, unsigned n) { snprintf(v, n, "%s", driver); return 0; }
int nvmlSystemGetCudaDriverVersion_v2(int *v) { *v = cuda; return 0; }
int nvmlDeviceGetCount_v2(unsigned *n) { *n = 1; return 0; }
int nvmlDeviceGetHandleByIndex_v2(unsigned i, void **d) { (void)i; *d = name; return 0; }
int nvmlDeviceGetName(void *d, char *v, unsigned n) { (void)d; snprintf(v, n, "%s", name); return 0; }
int nvmlDeviceGetCudaComputeCapability(void *d, int *a, int *b) { (void)d; *a = major; *b = minor; return 0; }
int nvmlDeviceGetMemoryInfo(void *d, unsigned long long *m) {
    (void)d; m[0] = 8ull << 30; m[1] = 7ull << 30; m[2] = 1ull << 30; return 0;
}
"""
_OWN = {"libcudart": _RUNTIME, "libcublas": _HANDLES, "libcublasLt": _HANDLES, "libcudnn": _HANDLES}
_NAME = re.compile(r"(\w+)\(")
_BY_NAME = re.compile(rb"\0(cudnn[A-Z]\w+)(?=\0)")
_PREFIX = ("cu", "__cuda", "nvrtc")


def wanted(provider: Path) -> dict[str, set[str]]:
    """Return SONAME -> symbols that ``provider`` takes from it, of all its CUDA libraries but the driver's."""
    with provider.open("rb") as file:
        elf = ELFFile(file)
        needs = next(part for part in elf.iter_sections() if isinstance(part, GNUVerNeedSection))
        names = {aux["vna_other"]: aux.name for _, versions in needs.iter_versions() for aux in versions}
        index = next(part for part in elf.iter_sections() if isinstance(part, GNUVerSymSection))
        table = elf.get_section_by_name(".dynsym")
        assert isinstance(table, SymbolTableSection)
        found: dict[str, set[str]] = {name: set() for name in elf_facts.read(provider).needed}
        found = {name: symbols for name, symbols in found.items() if name.startswith(("libcu", "libnv"))}
        found.pop("libcuda.so.1", None)
        for position, symbol in enumerate(table.iter_symbols()):
            owner = names.get(index.get_symbol(position)["ndx"])
            if symbol["st_shndx"] == "SHN_UNDEF" and owner in found and symbol.name.startswith(_PREFIX):
                found[owner].add(symbol.name)
        if not any(name.startswith("libcudnn.") for name in found):
            # From onnxruntime 1.28 on it is opened by name at the first convolution.
            found["libcudnn.so.9"] = {name.decode() for name in _BY_NAME.findall(provider.read_bytes())}
    return found


def build(provider: Path, folder: Path) -> Path:
    """Compile a library per SONAME that ``provider`` needs into ``folder``, and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    for soname, symbols in wanted(provider).items():
        own = _OWN.get(soname.split(".so", maxsplit=1)[0], "")
        defined = set(_NAME.findall(own))
        rest = "".join(f"int {name}(void) {{ return 0; }}\n" for name in sorted(symbols - defined))
        _compile(folder / soname, own + rest, soname)
    return folder


def driver(folder: Path) -> Path:
    """Compile FakeDriver (``libcuda.so.1``) and FakeNvml into ``folder``, and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    # onnxruntime-gpu 1.18 and 1.20 look these up while the provider is loaded, and crash without them.
    looked_up = "".join(f"int {name}(void) {{ return 0; }}\n" for name in _LOOKED_UP)
    _compile(folder / "libcuda.so.1", _DRIVER + looked_up, None)
    _compile(folder / "libnvidia-ml.so.1", _NVML, None)
    return folder


def empty(folder: Path, *sonames: str) -> Path:
    """Compile libraries without a symbol under ``sonames`` into ``folder``: there, and of another version."""
    folder.mkdir(parents=True, exist_ok=True)
    for soname in sonames:
        _compile(folder / soname, "", soname)
    return folder


def crashing(path: Path) -> Path:
    """Compile a library of which loading ends the process with SIGSEGV."""
    _compile(path, "#include <signal.h>\n__attribute__((constructor)) void f(void) { raise(SIGSEGV); }", None)
    return path


def _compile(path: Path, source: str, version: str | None) -> None:
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler (cc) on this machine")
    command = [compiler, "-shared", "-fPIC", "-w", f"-Wl,-soname,{path.name}", "-o", str(path), "-x", "c", "-"]
    if version is not None:
        script = path.with_suffix(".map")
        script.write_text(f"{version} {{ global: *; }};\n", encoding="utf-8")
        command += [f"-Wl,--version-script={script}"]
    subprocess.run(command, input=source, text=True, check=True, timeout=60)
    path.with_suffix(".map").unlink(missing_ok=True)
