"""What the GPU did meanwhile: utilization, clock, throttling, memory and processes, sampled from outside.

The sampler is a process of its own: a thread would share the GIL with the work it watches and miss
exactly the moments of interest. It reads NVML, which needs the NVIDIA driver but neither CUDA nor a context.
"""

from __future__ import annotations

import importlib
import json
import select
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from types import TracebackType
from typing import IO, Any, Self

from heygem_core.text import Text

BINDING = "pynvml"
"""Module of NVIDIA's own Python binding (package nvidia-ml-py)."""

RATE_HZ = 20.0
"""NVML itself averages utilization over 1/6 s to 1 s; 20 Hz misses none of its updates."""

_START_S = 20.0
_STOP_S = 10.0


@dataclass(frozen=True)
class TreeUse:
    """What one process and those below it took of one device, at one reading."""

    memory_used: int | None
    """Bytes; None where the driver does not tell per process."""
    utilization: int | None
    """Percent, the newest figure of the last second, summed over the processes; None where there is none."""


@dataclass(frozen=True)
class GpuSample:
    """One reading of one device; None where the device does not support the field."""

    seconds: float
    """``time.monotonic()`` of the reading, comparable between processes of one machine."""
    device: int
    utilization: int | None
    """Percent of the last sampling period in which a kernel was running."""
    memory_used: int | None
    """Bytes."""
    sm_clock: int | None
    """MHz."""
    throttle: int | None
    """Bit mask of nvmlClocksEventReasons; 1 means idle."""
    pids: tuple[int, ...] | None
    """Processes with a compute context; in a container often empty or of another namespace."""
    tree: TreeUse | None = None
    """Of the processes in question; None when none of ``pids`` is one of them."""
    power: int | None = None
    """Milliwatts of the whole board."""
    energy: int | None = None
    """Millijoules of the whole board since the driver was loaded; some boards count in steps of about 100 ms."""


def available(binding: str = BINDING) -> Text | None:
    """Return None when NVML sees a GPU here, else the reason in one fragment."""
    try:
        nvml = importlib.import_module(binding)
    except ImportError as error:
        return Text(f"the NVML binding cannot be imported: {error}", f"无法导入 NVML 绑定：{error}")
    try:
        nvml.nvmlInit()
    except nvml.NVMLError as error:
        return Text(
            f"NVML cannot be used, there is no working NVIDIA driver: {error}",
            f"无法使用 NVML，没有可用的 NVIDIA 驱动：{error}",
        )
    try:
        count = nvml.nvmlDeviceGetCount()
    except nvml.NVMLError as error:
        return Text(f"NVML cannot count GPUs: {error}", f"NVML 无法统计 GPU 数量：{error}")
    finally:
        nvml.nvmlShutdown()
    return None if count else Text("the NVIDIA driver is there, but sees no GPU", "NVIDIA 驱动已安装，但未发现 GPU")


@dataclass(frozen=True)
class Machine:
    """What the driver says about this machine; without a driver None, None and nothing."""

    driver: str | None
    cuda: str | None
    """The newest CUDA version that the driver supports, as "13.0"."""
    gpus: tuple[str, ...]
    """Names of the GPUs, by index."""


def machine(binding: str = BINDING) -> Machine:
    """Return driver, CUDA and GPUs as NVML sees them; what it does not tell is missing."""
    if available(binding) is not None:
        return Machine(None, None, ())
    nvml = importlib.import_module(binding)
    nvml.nvmlInit()
    try:
        cuda = nvml.nvmlSystemGetCudaDriverVersion()
        handles = map(nvml.nvmlDeviceGetHandleByIndex, range(nvml.nvmlDeviceGetCount()))
        names = tuple(nvml.nvmlDeviceGetName(handle) for handle in handles)
        return Machine(nvml.nvmlSystemGetDriverVersion(), f"{cuda // 1000}.{cuda % 1000 // 10}", names)
    except nvml.NVMLError:
        return Machine(None, None, ())
    finally:
        nvml.nvmlShutdown()


def read(nvml: Any, device: int, root: int | None = None) -> GpuSample:
    """Return one reading of ``device`` through the initialised binding ``nvml``; ``root`` is the tree in question."""
    handle = nvml.nvmlDeviceGetHandleByIndex(device)

    def ask(question: str, *arguments: Any) -> Any:
        try:
            return getattr(nvml, question)(handle, *arguments)
        except nvml.NVMLError:
            return None

    rates = ask("nvmlDeviceGetUtilizationRates")
    memory = ask("nvmlDeviceGetMemoryInfo")
    running = ask("nvmlDeviceGetComputeRunningProcesses")
    below = [] if root is None else [process for process in running or () if _is_below(process.pid, root)]
    since = int((time.time() - 1) * 1e6)
    return GpuSample(
        seconds=time.monotonic(),
        device=device,
        utilization=None if rates is None else int(rates.gpu),
        memory_used=None if memory is None else int(memory.used),
        sm_clock=ask("nvmlDeviceGetClockInfo", nvml.NVML_CLOCK_SM),
        throttle=ask("nvmlDeviceGetCurrentClocksEventReasons"),
        pids=None if running is None else tuple(sorted(process.pid for process in running)),
        tree=_tree_use(below, ask("nvmlDeviceGetProcessUtilization", since) or ()) if below else None,
        power=ask("nvmlDeviceGetPowerUsage"),
        energy=ask("nvmlDeviceGetTotalEnergyConsumption"),
    )


def _tree_use(processes: Sequence[Any], rates: Iterable[Any]) -> TreeUse:
    pids = {process.pid for process in processes}
    memory = [process.usedGpuMemory for process in processes if process.usedGpuMemory is not None]
    newest = {rate.pid: int(rate.smUtil) for rate in sorted(rates, key=lambda rate: rate.timeStamp) if rate.pid in pids}
    return TreeUse(sum(memory) if memory else None, sum(newest.values()) if newest else None)


def _is_below(pid: int, root: int) -> bool:
    import psutil  # only the sampler's process needs it, and many import this module

    try:
        return root in {pid, *(parent.pid for parent in psutil.Process(pid).parents())}
    except psutil.Error:
        return False


class GpuSampler:
    """Samples every GPU in a separate process for as long as the ``with`` block lasts; then read ``samples``.

    Raises RuntimeError with the reason on entry when there is nothing to sample (see `available`), and on
    exit when the sampler died. A sampler whose parent dies ends by itself. ``root`` is the process whose tree each
    sample's ``tree`` is about.
    """

    def __init__(self, rate_hz: float = RATE_HZ, binding: str = BINDING, root: int | None = None) -> None:
        if rate_hz < 10:
            raise ValueError(f"rate_hz is {rate_hz:g}, below 10 a short burst of work is missed")
        self.samples: tuple[GpuSample, ...] = ()
        self._arguments = [str(rate_hz), binding, *([] if root is None else [str(root)])]
        self._process: subprocess.Popen[str] | None = None

    @property
    def pid(self) -> int | None:
        """The sampler's own process id, None before it was started."""
        return None if self._process is None else self._process.pid

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "heygem_core.runtime.nvml_sampling", *self._arguments]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
        first = _first_line(self._process.stdout)
        if first != "ready":
            self._process.kill()
            _, errors = self._process.communicate()
            silent = f"the GPU sampler did not answer within {_START_S:g} s"
            raise RuntimeError(first or errors.strip() or silent)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is None:
            return
        try:
            output, errors = self._process.communicate(timeout=_STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            output, errors = self._process.communicate()
        if self._process.returncode != 0 and error is None:
            raise RuntimeError(f"the GPU sampler failed: {errors.strip() or self._process.returncode}")
        self.samples = tuple(decode(line) for line in output.splitlines() if line)


def _first_line(stream: IO[str] | None) -> str:
    if stream is None or not select.select([stream], [], [], _START_S)[0]:
        return ""
    return stream.readline().strip()


def encode(sample: GpuSample) -> str:
    """Return one line for `decode`."""
    return json.dumps(asdict(sample))


def decode(line: str) -> GpuSample:
    """Return the sample of one line of `encode`."""
    fields = json.loads(line)
    pids, tree = fields.pop("pids"), fields.pop("tree")
    return GpuSample(**fields, pids=None if pids is None else tuple(pids), tree=tree and TreeUse(**tree))
