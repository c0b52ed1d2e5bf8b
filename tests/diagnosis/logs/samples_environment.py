"""Logs whose cause lies in what is installed."""

from __future__ import annotations

from heygem_core.errors import Cause
from tests.diagnosis.logs.sample import sample

MISSING = Cause.MISSING_CUDA_LIBRARY
MISMATCH = Cause.CUDA_VERSION_MISMATCH
FALLBACK = Cause.SILENT_CPU_FALLBACK
CONFLICT = Cause.PACKAGE_CONFLICT
ARCH = Cause.UNSUPPORTED_GPU_ARCH
MEMORY = Cause.GPU_OUT_OF_MEMORY

ORT_LINE = (
    "2026-02-03 09:14:55.120394 [E:onnxruntime:Default, provider_bridge_ort.cc:1992 TryGetProviderInfo_CUDA] "
    "onnxruntime::ProviderLibrary::Get() [ONNXRuntimeError] : 1 : FAIL : Failed to load library "
    "libonnxruntime_providers_cuda.so with error: {library}: cannot open shared object file: No such file or directory"
)
ORT_REFUSAL = (
    "2026-02-03 09:14:55.120822 [W:onnxruntime:Default, onnxruntime_pybind_state.cc:965 "
    "CreateExecutionProviderInstance] Failed to create CUDAExecutionProvider. Require cuDNN 9.* and CUDA 12.*. "
    "Please install all dependencies as mentioned in the GPU requirements page."
)
ON_CPU = "Applied providers: ['CPUExecutionProvider'], with options: {'CPUExecutionProvider': {}}"
ON_GPU = "Applied providers: ['CUDAExecutionProvider', 'CPUExecutionProvider'], with options: {}"

ENVIRONMENT = (
    sample(
        "ort-cudnn",
        MISSING,
        f"{ORT_LINE.format(library='libcudnn.so.9')}\n{ORT_REFUSAL}\n{ON_CPU}",
        "loader-names-library",
        also=(FALLBACK,),
    ),
    sample(
        "cudnn-aborts",
        MISSING,
        """
loading the speech model
Could not load library libcudnn_cnn_infer.so.8. Error: libcudnn_cnn_infer.so.8: cannot open shared object file
Aborted (core dumped)
""",
        "loader-names-library",
    ),
    sample(
        "import-error",
        MISSING,
        """
Traceback (most recent call last):
  File "/srv/app/serve.py", line 3, in <module>
    import torch
ImportError: libcudart.so.12: cannot open shared object file: No such file or directory
""",
        "loader-names-library",
    ),
    sample(
        "ctranslate2",
        MISSING,
        "RuntimeError: Library libcublas.so.12 is not found or cannot be loaded",
        "loader-names-library",
    ),
    sample(
        "cudnn-9-names",
        MISSING,
        """
Unable to load any of {libcudnn_ops.so.9.1.0, libcudnn_ops.so.9.1, libcudnn_ops.so.9, libcudnn_ops.so}
Invalid handle. Cannot load symbol cudnnCreateTensorDescriptor
Aborted
""",
        "loader-names-library",
    ),
    sample(
        "windows-dll",
        MISSING,
        """
[E:onnxruntime:Default, provider_bridge_ort.cc:2022] Error loading "C:\\app\\onnxruntime_providers_cuda.dll" which depends on "cublasLt64_12.dll" which is missing. (Error 126)
""",
        "loader-names-library",
    ),
    sample(
        "windows-cudnn",
        MISSING,
        "Could not locate cudnn_ops_infer64_8.dll. Please make sure it is in your library path!",
    ),
    sample(
        "tensorflow",
        MISSING,
        """
W tensorflow/stream_executor/platform/default/dso_loader.cc:64] Could not load dynamic library 'libcusolver.so.11'; dlerror: libcusolver.so.11: cannot open shared object file: No such file or directory
W tensorflow/core/common_runtime/gpu/gpu_device.cc:1835] Cannot dlopen some GPU libraries.
Skipping registering GPU devices...
""",
    ),
    sample(
        "ldd",
        MISSING,
        """
$ ldd trans_dh_service.so
	libcudnn.so.8 => not found
	libstdc++.so.6 => /usr/lib/x86_64-linux-gnu/libstdc++.so.6
""",
    ),
    sample(
        "missing-then-empty-queue",
        MISSING,
        f"""
{ORT_LINE.format(library="libcufft.so.11")}
Traceback (most recent call last):
  File "stages.py", line 88, in work
    shape = replies.get(timeout=10)
  File "/usr/lib/python3.11/multiprocessing/queues.py", line 114, in get
    raise Empty
_queue.Empty
""",
        also=(Cause.QUEUE_EMPTY_NO_PRODUCER,),
    ),
    sample(
        "same-major-installed",
        MISSING,
        f"""
nvcc: NVIDIA (R) Cuda compiler driver
Cuda compilation tools, release 12.4, V12.4.131
{ORT_LINE.format(library="libcublasLt.so.12")}
""",
        "loader-names-library",
    ),
    sample(
        "wrong-wheel",
        MISMATCH,
        f"""
Cuda compilation tools, release 12.2, V12.2.140
{ORT_LINE.format(library="libcublasLt.so.11")}
{ON_CPU}
""",
        "wrong-major",
        also=(MISSING, FALLBACK),
    ),
    sample(
        "older-toolkit",
        MISMATCH,
        f"""
torch 2.1.2+cu118
{ORT_LINE.format(library="libcublasLt.so.12")}
{ORT_REFUSAL}
""",
        "wrong-major",
    ),
    sample(
        "driver-of-twelve",
        MISMATCH,
        f"""
| NVIDIA-SMI 535.183.01   Driver Version: 535.183.01   CUDA Version: 12.2  |
{ORT_LINE.format(library="libcudart.so.13")}
""",
        "wrong-major",
    ),
    sample(
        "cudnn-major",
        MISMATCH,
        f"""
nvidia-cudnn-cu12==8.9.7.29
{ORT_LINE.format(library="libcudnn.so.9")}
""",
        "wrong-major",
    ),
    sample(
        "asked-why",
        MISMATCH,
        """
I installed everything for libcublasLt.so.12, why does it look for the other one?
FAIL : Failed to load library libonnxruntime_providers_cuda.so with error: libcublasLt.so.11: cannot open shared object file
""",
        "wrong-major",
    ),
    sample(
        "requirements-only",
        MISMATCH,
        f"image: nvidia/cuda:11.8.0-cudnn8-runtime-ubuntu22.04\n{ORT_REFUSAL}",
        "wrong-major",
    ),
    sample(
        "driver-too-old",
        MISMATCH,
        """
RuntimeError: The NVIDIA driver on your system is too old (found version 11020). Please update your GPU driver.
""",
        "version-refused",
    ),
    sample(
        "insufficient",
        MISMATCH,
        "CUDA failure 35: CUDA driver version is insufficient for CUDA runtime version ; GPU=0",
    ),
    sample(
        "container-condition",
        MISMATCH,
        """
docker: Error response from daemon: OCI runtime create failed: nvidia-container-cli: requirement error: unsatisfied condition: cuda>=12.4, please update your driver to a newer version
""",
    ),
    sample(
        "nvml", MISMATCH, "Failed to initialize NVML: Driver/library version mismatch\nNVML library version: 550.54"
    ),
    sample(
        "cudnn-compiled",
        MISMATCH,
        """
RuntimeError: cuDNN version incompatibility: PyTorch was compiled against (9, 1, 0) but found runtime version (8, 9, 2)
""",
    ),
    sample("tf-cudnn", MISMATCH, "E Loaded runtime CuDNN library: 8.0.5 but source was compiled with: 8.6.0."),
    sample("ptx", MISMATCH, "RuntimeError: CUDA error: the provided PTX was compiled with an unsupported toolchain."),
    sample(
        "symbol",
        MISMATCH,
        """
ImportError: /venv/lib/libcusparse.so.12: undefined symbol: __nvJitLinkComplete_12_4, version libnvJitLink.so.12
""",
    ),
    sample("applied-cpu", FALLBACK, f"{ON_CPU}\nfind model: /models/det.onnx detection\n{ON_CPU}", "session-on-cpu"),
    sample(
        "not-available",
        FALLBACK,
        """
UserWarning: Specified provider 'CUDAExecutionProvider' is not in available provider names.Available providers: 'AzureExecutionProvider, CPUExecutionProvider'
""",
        "session-on-cpu",
    ),
    sample(
        "ep-error",
        FALLBACK,
        """
EP Error CUDA failure 999: unknown error ; GPU=0 ; expr=cudaSetDevice(info_.device_id);
 when using ['CUDAExecutionProvider']
Falling back to ['CPUExecutionProvider'] and retrying.
""",
    ),
    sample(
        "idle-in-words",
        FALLBACK,
        "It runs but the GPU stays at 0% and all CPU cores are at 100 %. onnxruntime-gpu is installed.",
    ),
    sample(
        "idle-in-chinese",
        FALLBACK,
        "推理的时候显卡利用率一直是 0，CPU 占满了，onnxruntime-gpu 已经装了，请问怎么回事？",
    ),
    sample(
        "device-cpu",
        FALLBACK,
        """
$ python infer.py --device cuda
Using cpu for inference.
100%|##########| 40/40 [12:10<00:00, 18.3s/it]
""",
        "session-on-cpu",
    ),
    sample(
        "both-listed",
        CONFLICT,
        f"""
$ pip list | grep onnx
onnxruntime              1.22.0
onnxruntime-gpu          1.22.0
{ON_CPU}
""",
        "both-wheels",
        also=(FALLBACK,),
    ),
    sample(
        "both-in-one-command",
        CONFLICT,
        """
!pip install onnxruntime onnxruntime-gpu rembg
>>> ort.get_available_providers()
['CPUExecutionProvider']
""",
        "both-wheels",
    ),
    sample(
        "both-in-words",
        CONFLICT,
        """
After installing both onnxruntime and onnxruntime-gpu the session never uses the GPU.
UserWarning: Specified provider 'CUDAExecutionProvider' is not in available provider names.
""",
        "both-wheels",
    ),
    sample("no-kernel", ARCH, "RuntimeError: CUDA error: no kernel image is available for execution on the device"),
    sample(
        "capability",
        ARCH,
        """
UserWarning: NVIDIA GeForce RTX 5080 with CUDA capability sm_120 is not compatible with the current PyTorch installation.
The current PyTorch install supports CUDA capabilities sm_50 sm_60 sm_70 sm_75 sm_80 sm_86 sm_90.
""",
    ),
    sample(
        "too-old-gpu",
        ARCH,
        """
Found GPU0 Tesla K40c which is of cuda capability 3.5.
    PyTorch no longer supports this GPU because it is too old.
    The minimum cuda capability supported by this library is 3.7.
""",
    ),
    sample("nvrtc", ARCH, "nvrtc: error: invalid value for --gpu-architecture (-arch)"),
    sample("ptxas", ARCH, "ptxas fatal   : Value 'sm_120' is not defined for option 'gpu-name'"),
    sample(
        "arch-then-exit",
        ARCH,
        "CUDA error: no kernel image is available for execution on the device\nworker exited with code 1",
    ),
    sample(
        "torch-oom",
        MEMORY,
        "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 7.79 GiB",
    ),
    sample(
        "arena",
        MEMORY,
        "onnxruntime::BFCArena::AllocateRawInternal(size_t) Failed to allocate memory for requested buffer of size 5308416",
    ),
    sample(
        "cublas-alloc",
        MEMORY,
        "RuntimeError: CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
    ),
    sample(
        "tf-oom", MEMORY, "ResourceExhaustedError: OOM when allocating tensor with shape[64,512,28,28] and type float"
    ),
    sample(
        "oom-after-fallback",
        MEMORY,
        f"{ORT_LINE.format(library='libcudnn.so.9')}\nTraceback (most recent call last):\n"
        "RuntimeError: CUDA out of memory. Tried to allocate 512.00 MiB",
    ),
)
