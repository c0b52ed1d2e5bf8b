"""Causes that lie in what is installed: libraries, versions, packages, the GPU itself."""

from __future__ import annotations

from heygem_core.diagnosis.causes_model import CauseEntry
from heygem_core.errors import Cause
from heygem_core.text import Text

ENVIRONMENT = (
    CauseEntry(
        Cause.MISSING_CUDA_LIBRARY,
        Text("A CUDA library could not be loaded", "CUDA 库无法加载"),
        Text(
            "A library that the GPU code needs (cuDNN, cuBLAS, cudart, cuFFT, cuRAND) was not found by the "
            "loader; onnxruntime then goes on without the GPU.",
            "加载器找不到 GPU 代码所需的库（cuDNN、cuBLAS、cudart、cuFFT、cuRAND）；onnxruntime 随后改用 CPU "
            "继续运行。",
        ),
        Text(
            'The loader names the file: "libcudnn.so.9: cannot open shared object file", "Could not load library '
            'libcudnn_ops_infer.so.8", "cublasLt64_12.dll is missing"; onnxruntime adds "Failed to create '
            'CUDAExecutionProvider".',
            '加载器会指出文件名："libcudnn.so.9: cannot open shared object file"、"Could not load library '
            'libcudnn_ops_infer.so.8"、"cublasLt64_12.dll is missing"；onnxruntime 还会打印 "Failed to create '
            'CUDAExecutionProvider"。',
        ),
        Text(
            'install the libraries made for it (pip install "onnxruntime-gpu[cuda,cudnn]") and call '
            "onnxruntime.preload_dlls() before creating the session, or export LD_LIBRARY_PATH before Python "
            "starts; set in the running process it has no effect",
            '安装与之配套的库（pip install "onnxruntime-gpu[cuda,cudnn]"），并在创建会话之前调用 '
            "onnxruntime.preload_dlls()；或者在 Python 启动之前导出 LD_LIBRARY_PATH，进程启动之后再设置无效",
        ),
        Text(
            "the first error lines on the stderr of the process that creates the session, heygem-core doctor run "
            "with the service's own interpreter, and the environment that the process was started with (tr '\\0' "
            "'\\n' < /proc/PID/environ)",
            "创建会话的那个进程 stderr 里最先出现的错误、用服务自己的解释器运行 heygem-core doctor 的结果，以及该进程"
            "启动时的环境变量（tr '\\0' '\\n' < /proc/PID/environ）",
        ),
    ),
    CauseEntry(
        Cause.CUDA_VERSION_MISMATCH,
        Text("CUDA, cuDNN or driver of the wrong version", "CUDA、cuDNN 或驱动版本不匹配"),
        Text(
            "onnxruntime-gpu was built for another major version of CUDA or cuDNN than the one installed, or the "
            "driver is too old for it.",
            "onnxruntime-gpu 编译时所用的 CUDA 或 cuDNN 主版本与已安装的不同，或者驱动过旧。",
        ),
        Text(
            "The library asked for bears another major version than the one installed (libcublasLt.so.11 where CUDA "
            '12 is), or the driver is refused: "driver version is insufficient for CUDA runtime version", "The '
            'NVIDIA driver on your system is too old".',
            '所要的库与已安装的主版本不同（装的是 CUDA 12，却去找 libcublasLt.so.11），或者驱动被拒绝："driver '
            'version is insufficient for CUDA runtime version"、"The NVIDIA driver on your system is too old"。',
        ),
        Text(
            "pair them as published: onnxruntime-gpu 1.15 to 1.18 with CUDA 11.8 and cuDNN 8, 1.19 to 1.26 with "
            "CUDA 12 and cuDNN 9, from 1.27 on with CUDA 13, cuDNN 9 and driver R580 or newer",
            "按发布说明配套：onnxruntime-gpu 1.15 至 1.18 配 CUDA 11.8 与 cuDNN 8，1.19 至 1.26 配 CUDA 12 与 cuDNN 9，"
            "1.27 起配 CUDA 13、cuDNN 9 以及 R580 或更新的驱动",
        ),
        Text(
            "nvidia-smi (the CUDA version in its head is the most that the driver can do, not what is installed), "
            "pip list, and heygem-core doctor",
            "nvidia-smi（表头中的 CUDA 版本是驱动支持的上限，并非已安装的版本）、pip list，以及 heygem-core doctor 的"
            "结果",
        ),
    ),
    CauseEntry(
        Cause.SILENT_CPU_FALLBACK,
        Text("It runs on the CPU though a GPU was asked for", "要求使用 GPU，实际却在 CPU 上运行"),
        Text(
            "onnxruntime could not use the CUDA provider and created the session on the CPU without an exception; "
            "the reason stands on stderr of the process that created it.",
            "onnxruntime 无法使用 CUDA provider，未抛出异常就在 CPU 上创建了会话；原因写在创建会话的那个进程的 "
            "stderr 里。",
        ),
        Text(
            "\"Applied providers: ['CPUExecutionProvider']\" alone, \"Specified provider 'CUDAExecutionProvider' is "
            "not in available provider names\", or all cores busy while the GPU's utilisation stays at 0 %; GPU "
            "memory may be in use all the same, by torch.",
            "只出现 \"Applied providers: ['CPUExecutionProvider']\"，或 \"Specified provider 'CUDAExecutionProvider' "
            'is not in available provider names"，或者 CPU 占满而 GPU 利用率一直为 0 %；显存仍可能被 torch 占用。',
        ),
        Text(
            "read the first error line on that stderr, and stop when session.get_providers()[0] is not "
            "CUDAExecutionProvider: get_available_providers(), get_device() and GPU memory in use prove nothing; "
            "to go on without a GPU, ask for the provider auto or cpu",
            "查看该 stderr 的第一条错误，并在 session.get_providers()[0] 不是 CUDAExecutionProvider 时立即停止："
            "get_available_providers()、get_device() 和显存占用都不能作为证据；若不需要 GPU，请把 provider 设为 "
            "auto 或 cpu",
        ),
        Text(
            "what session.get_providers() returns after creation in the very process that works, its stderr from the "
            "start, pip list, and heygem-core doctor",
            "在真正干活的进程里创建会话之后 session.get_providers() 的返回值、该进程从启动开始的 stderr、pip list，以"
            "及 heygem-core doctor 的结果",
        ),
    ),
    CauseEntry(
        Cause.PACKAGE_CONFLICT,
        Text("onnxruntime and onnxruntime-gpu are both installed", "同时安装了 onnxruntime 与 onnxruntime-gpu"),
        Text(
            "Both packages write to the same directory; the one installed last has overwritten the other.",
            "两个包写入同一个目录，后安装的覆盖了先安装的。",
        ),
        Text(
            "pip list shows onnxruntime beside onnxruntime-gpu, often brought in by another package; the list of "
            "available providers has no CUDAExecutionProvider.",
            "pip list 中 onnxruntime 与 onnxruntime-gpu 并存（往往由别的包带入）；可用 provider 列表里没有 "
            "CUDAExecutionProvider。",
        ),
        Text(
            "pip uninstall -y onnxruntime onnxruntime-gpu, then pip install onnxruntime-gpu alone",
            "先执行 pip uninstall -y onnxruntime onnxruntime-gpu，再只安装 onnxruntime-gpu",
        ),
        Text(
            "pip list of the service's own interpreter, and pip show onnxruntime, whose last line says which package "
            "requires it",
            "服务所用解释器的 pip list，以及 pip show onnxruntime（最后一行说明是哪个包依赖它）",
        ),
    ),
    CauseEntry(
        Cause.UNSUPPORTED_GPU_ARCH,
        Text("The library has no code for this GPU", "该库不包含适用于此 GPU 的代码"),
        Text(
            "The GPU is newer or older than the architectures the library was compiled for: no kernel image.",
            "GPU 比该库编译时支持的架构更新或更旧：没有可用的 kernel image。",
        ),
        Text(
            '"no kernel image is available for execution on the device", "with CUDA capability sm_120 is not '
            'compatible with the current PyTorch installation", or a first call that compiles for minutes.',
            '"no kernel image is available for execution on the device"、"with CUDA capability sm_120 is not '
            'compatible with the current PyTorch installation"，或者首次调用要编译好几分钟。',
        ),
        Text(
            "take a build for this compute capability: for a new GPU a build with a newer CUDA, for Pascal and "
            "Volta the last ones with CUDA 12 (onnxruntime-gpu up to 1.26)",
            "改用支持该计算能力的版本：新 GPU 用更新的 CUDA 版本，Pascal 与 Volta 用最后的 CUDA 12 版本"
            "（onnxruntime-gpu 1.26 及以下）",
        ),
        Text(
            "the GPU's compute capability (nvidia-smi --query-gpu=name,compute_cap --format=csv), the exact builds "
            "(pip list), and torch.cuda.get_arch_list()",
            "GPU 的计算能力（nvidia-smi --query-gpu=name,compute_cap --format=csv）、各个包的确切构建版本（pip list），"
            "以及 torch.cuda.get_arch_list()",
        ),
    ),
    CauseEntry(
        Cause.GPU_OUT_OF_MEMORY,
        Text("The GPU's memory is used up", "显存不足"),
        Text(
            "An allocation on the GPU failed; everything that shares the GPU counts.",
            "在 GPU 上分配显存失败；共用该 GPU 的所有进程都计算在内。",
        ),
        Text(
            'The error says it: "CUDA out of memory. Tried to allocate …", "BFCArena::AllocateRawInternal Failed to '
            'allocate memory for requested buffer", "CUBLAS_STATUS_ALLOC_FAILED".',
            '错误信息直接写明："CUDA out of memory. Tried to allocate …"、"BFCArena::AllocateRawInternal Failed to '
            'allocate memory for requested buffer"、"CUBLAS_STATUS_ALLOC_FAILED"。',
        ),
        Text(
            "halve the batch, end what else holds the GPU's memory (nvidia-smi lists it), or give each process "
            "its share with the CUDA provider's gpu_mem_limit",
            "把批大小减半，结束其他占用显存的进程（用 nvidia-smi 查看），或用 CUDA provider 的 gpu_mem_limit "
            "给每个进程限定份额",
        ),
        Text(
            "nvidia-smi at the moment of the failure (which process holds how much), the batch size, and the size of "
            "the input",
            "出错时刻的 nvidia-smi（每个进程各占多少显存）、批大小，以及输入的尺寸",
        ),
    ),
    CauseEntry(
        Cause.SHM_EXHAUSTED,
        Text("Shared memory (/dev/shm) is full", "共享内存（/dev/shm）空间不足"),
        Text(
            "Shared memory is too small for what the processes exchange (Docker gives 64 MB by default); the "
            "symptom is a bus error while there is free memory.",
            "共享内存放不下进程之间交换的数据（Docker 默认只有 64 MB）；表现为内存充足却出现 bus error。",
        ),
        Text(
            '"Unexpected bus error encountered in worker. This might be caused by insufficient shared memory (shm)", '
            '"killed by signal: Bus error", or "No space left on device" on a file below /dev/shm.',
            '"Unexpected bus error encountered in worker. This might be caused by insufficient shared memory (shm)"、'
            '"killed by signal: Bus error"，或对 /dev/shm 下的文件报 "No space left on device"。',
        ),
        Text(
            "start the container with more, e.g. docker run --shm-size=8g (compose: shm_size), and check it with "
            "df -h /dev/shm",
            "启动容器时加大共享内存，例如 docker run --shm-size=8g（compose 中为 shm_size），并用 df -h /dev/shm 确认",
        ),
        Text(
            "df -h /dev/shm inside the container while the service works, and how the container was started (docker "
            "inspect -f '{{.HostConfig.ShmSize}}' NAME)",
            "服务运行期间容器内 df -h /dev/shm 的输出，以及容器的启动参数（docker inspect -f "
            "'{{.HostConfig.ShmSize}}' NAME）",
        ),
    ),
)
