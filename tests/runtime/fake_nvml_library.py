"""FakeNvml as a shared library, ``libnvidia-ml.so.1``: NVIDIA's own Python binding is what reads it.

``FAKE_NVML_LIBRARY`` chooses what it pretends: a number is the code that nvmlInit returns; ``mig`` tells no
utilization, no processes' utilization and no power, as for a MIG instance; ``lost`` loses the GPU at the third reading;
``fields`` supports no field at all. By default there is one busy GPU with the process ``FAKE_NVML_PID``.
"""

from __future__ import annotations

SOURCE = r"""
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#define NOT_SUPPORTED 3
#define GPU_IS_LOST 15
typedef struct { unsigned gpu, memory; } rates;
typedef struct { unsigned long long total, free, used; } memory;
typedef struct { unsigned pid; unsigned long long used; unsigned instance, compute; } process;
typedef struct { unsigned pid; unsigned long long stamp; unsigned sm, mem, enc, dec; } sample;
static int readings;
static const char *mode(void) { const char *m = getenv("FAKE_NVML_LIBRARY"); return m ? m : ""; }
static int is(const char *name) { return !strcmp(mode(), name); }
static unsigned pid(void) { const char *p = getenv("FAKE_NVML_PID"); return p ? atoi(p) : 1; }
int nvmlInit_v2(void) { return atoi(mode()); }
int nvmlInitWithFlags(unsigned f) { (void)f; return atoi(mode()); }
int nvmlShutdown(void) { return 0; }
const char *nvmlErrorString(int code) {
    return code == 3 ? "Not Supported" : code == 4 ? "Insufficient Permissions" : code == 9 ? "Driver Not Loaded" :
           code == 15 ? "GPU is lost" : code == 18 ? "Driver/library version mismatch" : "Unknown Error";
}
int nvmlSystemGetDriverVersion(char *v, unsigned n) { snprintf(v, n, "580.95.05"); return 0; }
int nvmlSystemGetCudaDriverVersion(int *v) { *v = 13000; return 0; }
int nvmlSystemGetCudaDriverVersion_v2(int *v) { *v = 13000; return 0; }
int nvmlDeviceGetName(void *d, char *v, unsigned n) { (void)d; snprintf(v, n, "FakeGPU"); return 0; }
int nvmlDeviceGetCount_v2(unsigned *n) { *n = 1; return 0; }
int nvmlDeviceGetHandleByIndex_v2(unsigned i, void **d) {
    (void)i; *d = &readings;
    return is("lost") && ++readings >= 3 ? GPU_IS_LOST : 0;
}
int nvmlDeviceGetUtilizationRates(void *d, rates *r) {
    (void)d; if (is("mig") || is("fields")) return NOT_SUPPORTED;
    r->gpu = 97; r->memory = 40; return 0;
}
int nvmlDeviceGetMemoryInfo(void *d, memory *m) {
    (void)d; if (is("fields")) return NOT_SUPPORTED;
    m->total = 8ull << 30; m->free = 6ull << 30; m->used = 2ull << 30; return 0;
}
int nvmlDeviceGetClockInfo(void *d, int kind, unsigned *c) {
    (void)d; (void)kind; if (is("fields")) return NOT_SUPPORTED; *c = 1980; return 0;
}
int nvmlDeviceGetCurrentClocksEventReasons(void *d, unsigned long long *r) {
    (void)d; if (is("fields")) return NOT_SUPPORTED; *r = 4; return 0;
}
int nvmlDeviceGetPowerUsage(void *d, unsigned *p) {
    (void)d; if (is("mig") || is("fields")) return NOT_SUPPORTED; *p = 650000; return 0;
}
int nvmlDeviceGetTotalEnergyConsumption(void *d, unsigned long long *e) {
    (void)d; if (is("mig") || is("fields")) return NOT_SUPPORTED; *e = 5000; return 0;
}
int nvmlDeviceGetComputeRunningProcesses_v3(void *d, unsigned *n, process *p) {
    (void)d; if (is("fields")) return NOT_SUPPORTED;
    if (!p || *n < 1) { *n = 1; return 7; }
    *n = 1; p->pid = pid(); p->used = 1ull << 30; p->instance = p->compute = ~0u; return 0;
}
int nvmlDeviceGetProcessUtilization(void *d, sample *s, unsigned *n, unsigned long long since) {
    (void)d; if (is("mig") || is("fields")) return NOT_SUPPORTED;
    if (!s || *n < 1) { *n = 1; return 7; }
    *n = 1; s->pid = pid(); s->stamp = since + 1; s->sm = 93; s->mem = 0; s->enc = s->dec = 0; return 0;
}
"""
