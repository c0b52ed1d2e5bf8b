"""How messages about libraries, versions and the GPU read: onnxruntime, torch, TensorFlow, the loader, CUDA."""

from __future__ import annotations

from heygem_core.diagnosis.logs.facts import Kind, pattern

_CUDA = r"(?:cudnn|cublas|cudart|cufft|curand|cusolver|cusparse|nvrtc|nvjitlink|nvtoolsext|cupti|nccl|cuda|npp|nvcuvid)"
_SO = rf"(?P<library>lib{_CUDA}\w*\.so(?:\.\d+)*)"
_DLL = rf"(?P<library>(?:lib)?{_CUDA}\w*\.dll)"
_TENSORRT = r"(?P<library>(?:lib)?nvinfer\w*(?:\.so(?:\.\d+)*|\.dll))"

LIBRARIES = (
    pattern(Kind.MISSING_LIBRARY, rf"{_SO}['\"`]?\s*[:;,]?.{{0,40}}?cannot open shared object", "cannot open shared"),
    pattern(
        Kind.MISSING_LIBRARY,
        rf"(?:could not|unable to|failed to|cannot) (?:load|find|open|locate) (?:(?:the )?(?:dynamic |"
        rf"shared )?library |file )?['\"`]?{_SO}",
        "could not load|unable to load|failed to load|cannot load|could not find|unable to find|cannot find|"
        "could not locate|cannot open|could not open",
    ),
    pattern(
        Kind.MISSING_LIBRARY,
        rf"{_SO}['\"`]?(?: \([^)]*\))? (?:=> not found|(?:is |was )?(?:not found|missing|cannot be found|"
        rf"not be found))",
        "not found|missing|cannot be found",
    ),
    pattern(Kind.MISSING_LIBRARY, rf"library {_SO} is not found", "is not found"),
    pattern(
        Kind.MISSING_LIBRARY,
        rf"(?:library |which depends on \"?|could not locate |could not load (?:dynamic )?(?:library )?'?|"
        rf"could not find |cannot find |unable to load ){_DLL}",
        "library |depends on|could not locate|could not load|could not find|cannot find|unable to load",
    ),
    pattern(
        Kind.MISSING_LIBRARY,
        rf"{_DLL}['\"]?,? (?:which )?(?:is |was )?(?:missing|not found)",
        "missing|not found",
    ),
    pattern(
        Kind.MISSING_LIBRARY,
        r"(?:找不到|缺少|没有找到|未找到|无法(?:加载|找到)) ?(?P<library>(?:lib)?(?:cudnn|cublas|cudart|cufft|"
        r"curand)[\w.]*)",
        "找不到|缺少|没有找到|未找到|无法",
    ),
    pattern(Kind.MISSING_LIBRARY, r"unable to load any of \{(?P<library>lib\w+\.so[\d.]*)", "unable to load any of"),
    pattern(Kind.MISSING_LIBRARY, r"cannot load symbol cu\w+", "cannot load symbol cu"),
    pattern(
        Kind.MISSING_LIBRARY,
        r"unable to load (?P<library>cuDNN|cuBLAS|cuFFT|cuSOLVER|cuSPARSE|CUPTI)\b",
        "unable to load cu",
    ),
    pattern(Kind.MISSING_LIBRARY, r"cannot dlopen some gpu libraries", "cannot dlopen some gpu"),
    pattern(
        Kind.MISSING_LIBRARY,
        r"onnxruntime_providers_cuda\.dll.{0,200}error 126|error 126.{0,200}onnxruntime_providers_cuda\.dll",
        "error 126",
    ),
    pattern(
        Kind.MISSING_LIBRARY,
        r"third-party dynamic library \((?P<library>(?:lib)?cu[^)]{1,40})\) that paddle depends on",
        "third-party dynamic library",
    ),
    pattern(Kind.MISSING_TENSORRT, rf"{_TENSORRT}", "nvinfer", said_by_programs=True),
    pattern(
        Kind.CUDA_NOT_LOADED,
        r"provider_bridge_ort.{0,160}error code: 126|CUDA_PATH is set but CUDA was(?:n't| not) able to be loaded",
        "error code: 126|cuda_path is set",
    ),
    pattern(
        Kind.PROVIDER_NOT_CREATED,
        r"failed to create (?:CUDA|Tensorrt)ExecutionProvider(?:\. Require cuDNN (?P<cudnn>\d+)\S* and CUDA "
        r"(?P<cuda>\d+))?",
        "failed to create cudaexecutionprovider|failed to create tensorrtexecutionprovider",
    ),
    pattern(
        Kind.PROVIDER_NOT_CREATED,
        r"failed to load library libonnxruntime_providers_cuda\.so",
        "libonnxruntime_providers_cuda.so",
    ),
)

VERSIONS_REFUSED = (
    pattern(Kind.VERSION_REFUSED, r"(?:nvidia )?driver (?:on your system )?is too old", "is too old"),
    pattern(
        Kind.VERSION_REFUSED,
        r"driver version is insufficient for CUDA runtime version|cudaErrorInsufficientDriver",
        "driver version is insufficient|cudaerrorinsufficientdriver",
    ),
    pattern(Kind.VERSION_REFUSED, r"unsatisfied condition: (?:cuda|driver)\s*>=?\s*[\d.]+", "unsatisfied condition"),
    pattern(
        Kind.VERSION_REFUSED,
        r"forward compatibility was attempted on non supported HW|unsupported display driver / cuda driver combination",
        "forward compatibility|cuda driver combination",
    ),
    pattern(Kind.VERSION_REFUSED, r"driver/library version mismatch", "driver/library version mismatch"),
    pattern(
        Kind.VERSION_REFUSED,
        r"PTX was compiled with an unsupported toolchain|cudaErrorUnsupportedPtxVersion|"
        r"CUDA_ERROR_UNSUPPORTED_PTX_VERSION",
        "unsupported toolchain|unsupportedptxversion|unsupported_ptx_version",
    ),
    pattern(
        Kind.VERSION_REFUSED,
        r"detected CUDA version \([\d.]+\) mismatches|CUDA version mismatch|cuDNN version (?:incompatibility|mismatch)",
        "mismatches the version|version mismatch|version incompatibility",
    ),
    pattern(
        Kind.VERSION_REFUSED,
        r"cudnn\b.{0,60}\b(?:was )?compiled (?:against|with)\b.{0,60}?(?:but|found|run ?time|linked|loaded)",
        "compiled against|compiled with",
    ),
    pattern(
        Kind.VERSION_REFUSED,
        r"loaded runtime CuDNN library: [\d.]+ but source was compiled with",
        "loaded runtime cudnn",
    ),
    pattern(
        Kind.VERSION_REFUSED,
        r"(?:compiled|built|linked) (?:with|for|against) CUDA (?P<built>\d+)\S*,? (?:but|while|however|"
        r"so)\b.{0,60}\b\d+",
        "linked with cuda|linked against cuda|compiled with cuda|built with cuda|compiled for cuda|built for cuda|"
        "compiled against cuda|built against cuda",
    ),
    pattern(
        Kind.VERSION_REFUSED,
        r"CUDA (?:runtime|driver|toolkit)? ?version .{0,30}(?:does not match|doesn't match|incompatible|不匹配)",
        "does not match|doesn't match|incompatible|不匹配",
    ),
    pattern(
        Kind.SYMBOL_CLASH,
        r"undefined symbol: \w*(?:cublas|cudnn|cusparse|cufft|nvjitlink|nvrtc|cuda)\w*",
        "undefined symbol",
    ),
    pattern(
        Kind.SYMBOL_CLASH,
        r"symbol \S+ (?:version \S+ )?not defined in file lib(?:cu|nv)\w+\.so",
        "not defined in file",
    ),
    pattern(Kind.SYMBOL_CLASH, r"version `?lib(?:cu|nv)\w+\.so[\d.]*'? not found", "not found"),
)

GPUS = (
    pattern(
        Kind.NO_KERNEL,
        r"no kernel image is available|cudaErrorNoKernelImageForDevice|CUDA_ERROR_NO_BINARY_FOR_GPU|"
        r"device kernel image is invalid",
        "no kernel image|nokernelimage|no_binary_for_gpu|kernel image is invalid",
    ),
    pattern(
        Kind.NO_KERNEL,
        r"with CUDA capability sm_\d+ is not compatible with the current PyTorch",
        "is not compatible with the current pytorch",
    ),
    pattern(Kind.NO_KERNEL, r"'sm_\d+a?' is not a recognized processor", "not a recognized processor"),
    pattern(
        Kind.NO_KERNEL,
        r"(?:unsupported gpu architecture|value) '(?:sm|compute)_\d+a?'(?: is not defined for option)?",
        "unsupported gpu architecture|is not defined for option",
    ),
    pattern(Kind.NO_KERNEL, r"invalid value for --gpu-architecture", "--gpu-architecture"),
    pattern(
        Kind.NO_KERNEL,
        r"of cuda capability \d+\.\d+\.?\s*PyTorch no longer supports this GPU|PyTorch no longer supports this GPU",
        "no longer supports this gpu",
    ),
    pattern(
        Kind.NO_KERNEL,
        r"minimum (?:required )?cuda capability (?:supported by this library )?is \d|minimum required Cuda capability",
        "cuda capability",
    ),
    pattern(Kind.NO_KERNEL, r"CUDNN_STATUS_ARCH_MISMATCH|CUBLAS_STATUS_ARCH_MISMATCH", "status_arch_mismatch"),
    pattern(
        Kind.NO_KERNEL,
        r"FlashAttention only supports Ampere|requires? \.?target sm_\d+ or higher|"
        r"only supported on CUDA devices with compute capability",
        "flashattention only supports|or higher|compute capability",
    ),
    pattern(
        Kind.GPU_MEMORY,
        r"CUDA (?:error: )?out of memory|CUDA_ERROR_OUT_OF_MEMORY|cudaErrorMemoryAllocation|"
        r"torch\.(?:cuda\.)?OutOfMemoryError",
        "out of memory|out_of_memory|memoryallocation|outofmemoryerror",
    ),
    pattern(
        Kind.GPU_MEMORY,
        r"CUDA (?:failure|error):? ?\(?2\)?[: ].{0,12}out of memory|(?:HIP|GPU|VRAM|显存).{0,12}out of memory|"
        r"out of (?:GPU|video|device) memory|(?:ran|run|running) out of (?:VRAM|GPU memory)",
        "out of ",
    ),
    pattern(
        Kind.GPU_MEMORY,
        r"BFCArena::AllocateRawInternal.{0,80}(?:failed to allocate|available memory of)",
        "allocaterawinternal",
    ),
    pattern(Kind.GPU_MEMORY, r"(?:CUDNN|CUBLAS|CUSOLVER|CUFFT)_(?:STATUS_)?ALLOC_FAILED", "alloc_failed"),
    pattern(
        Kind.GPU_MEMORY,
        r"OOM when allocating tensor|failed to allocate \S+(?: \S+)? (?:\([^)]*\) )?from device",
        "oom when allocating|from device",
    ),
    pattern(
        Kind.GPU_MEMORY,
        r"\b(?:CUDA|GPU|VRAM|torch) OOM\b|\bOOM\b[^.]{0,40}\b(?:GPU|VRAM|cuda|显存|card)|(?:GPU|VRAM|"
        r"显存)[^.]{0,40}\bOOM\b",
        "oom",
    ),
    pattern(
        Kind.NO_KERNEL,
        r"(?:\bsm_1[02]0\b|blackwell|RTX ?50[5-9]0|\b50[5-9]0\b|50 ?系|50 series)[^.。]{0,60}"
        r"(?:not (?:yet )?support|unsupported|n't (?:yet )?support|no support|不支持|不兼容|incompatible|"
        r"not compatible)|"
        r"(?:not (?:yet )?support|unsupported|n't (?:yet )?support|不支持|不兼容)[^.。]{0,40}"
        r"(?:\bsm_1[02]0\b|blackwell|RTX ?50[5-9]0|\b50[5-9]0\b|50 ?系|50 series)",
        "not support|not yet support|unsupported|n't support|n't yet support|no support|不支持|不兼容|incompatible|"
        "not compatible",
    ),
    pattern(Kind.GPU_MEMORY, r"显存(?:不足|不够|溢出|爆)|爆显存", "显存"),
    pattern(
        Kind.GPU_MEMORY_RECOVERED,
        r"recover\w* from (?:the )?OOM|reduc\w+ (?:the )?batch ?size to|new batch size|"
        r"retry\w* with (?:a )?(?:smaller|batch)",
        "oom|batch",
    ),
)

ENVIRONMENT = (*LIBRARIES, *VERSIONS_REFUSED, *GPUS)
