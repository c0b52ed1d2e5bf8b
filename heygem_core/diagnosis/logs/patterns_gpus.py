"""How messages about the GPU itself: code that it cannot run, memory that it has not read."""

from __future__ import annotations

from heygem_core.diagnosis.logs.facts import Kind, pattern

GPUS = (
    pattern(
        Kind.NO_KERNEL,
        r"no kernel ?image ?(?:is )?available|no kernel image found for|cudaErrorNoKernelImageForDevice|"
        r"CUDA_ERROR_NO_BINARY_FOR_GPU|device kernel image is invalid",
        "no kernel image|no kernelimage|nokernelimage|no_binary_for_gpu|kernel image is invalid",
    ),
    pattern(
        Kind.NO_KERNEL,
        r"with CUDA (?:capabilit(?:y|ies) )?sm_\d+ (?:is )?not compatible|kernel requires [\d.]+ capability",
        "not compatible|kernel requires",
    ),
    pattern(
        Kind.NO_KERNEL,
        r"current PyTorch install supports CUDA capabilities|does not have CUDA compute capability [\d.]+ or greater",
        "install supports cuda capabilities|compute capability",
    ),
    pattern(Kind.NO_KERNEL, r"'sm_\d+a?' is not a recognized processor", "not a recognized processor"),
    pattern(
        Kind.NO_KERNEL,
        r"(?:unsupported gpu architecture|value) '(?:sm|compute)_\d+a?'(?: is not defined for option)?|"
        r"GPU architecture .{0,20}not supported",
        "unsupported gpu architecture|is not defined for option|gpu architecture",
    ),
    pattern(
        Kind.NO_KERNEL,
        r"\bGPU,? which is (?:not|no longer) supported|"
        r"(?:not|n't) support my (?:GPU|graphics card|video card)|my (?:GPU|graphics card|video card) is "
        r"(?:not|no longer) supported|不支持(?:我的|我这[个块张款])显卡|我的显卡(?:型号)?(?:不受支持|不被支持)",
        "supported|support my|不支持|不受支持|不被支持",
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
        Kind.NO_KERNEL,
        r"(?:tesla|quadro|titan|[gr]tx) ?[a-z]?\d{2,4}\w*[^.。,，]{0,24}(?:no longer supported|not supported|"
        r"unsupported|不支持|不再支持)|"
        r"(?:能不能|可不可以|请|希望|是否|何时|什么时候)[^。，]{0,6}支持[^。，]{0,6}(?:tesla|quadro|titan|[gr]tx|"
        r"[2345]0[6789]0|50 ?系)|(?<!\d)50[5-9]0\S{0,6}支持(?:吗|么|不|了吗)|"
        r"(?:没有|不含|不包含)[^。，]{0,6}50 ?系|能支持[^。，]{0,4}50 ?系",
        "no longer supported|not supported|unsupported|支持|50系|50 系",
    ),
    pattern(
        Kind.GPU_MEMORY,
        r"\b(?:CUDA|HIP|MPS|XPU|NPU)\b(?: backend)?(?: (?:error|failed with error|failure 2|error 2|driver error))?:? "
        r"?out of memory|CUDA_ERROR_OUT_OF_MEMORY|cudaErrorMemoryAllocation|torch\.(?:cuda\.)?OutOfMemoryError|"
        r"OutOfMemoryError: Allocation on device|cudaMalloc(?:Async)? failed: out of memory",
        "out of memory|out_of_memory|memoryallocation|outofmemoryerror",
    ),
    pattern(
        Kind.GPU_MEMORY,
        r"CUDA (?:failure|error|runtime)[^.]{0,24}out of memory|\bcuda[A-Z]\w*\(.{0,140}?out of memory|"
        r"(?:GPU|VRAM|显存).{0,12}out of memory|"
        r"out of (?:GPU|video|device) memory|not enough GPU video memory|out of memory error on GPU|(?:ran|run|"
        r"running) out of (?:VRAM|GPU memory)|"
        r"RESOURCE_EXHAUSTED: Out of memory",
        "out of |not enough gpu",
    ),
    pattern(
        Kind.GPU_MEMORY,
        r"BFCArena::AllocateRawInternal.{0,80}(?:failed to allocate|available memory of)|"
        r"failed to allocate memory for requested buffer of size \d|"
        r"allocator \(GPU_\d+_bfc\) ran out of memory",
        "allocaterawinternal|requested buffer of size|_bfc) ran out",
    ),
    pattern(
        Kind.GPU_MEMORY,
        r"(?:CUDNN|CUBLAS|CUSOLVER|CUFFT|CUSPARSE)_(?:STATUS_)?(?:INTERNAL_ERROR_DEVICE_)?ALLOC(?:ATION)?_FAILED",
        "alloc_failed|allocation_failed",
    ),
    pattern(
        Kind.GPU_MEMORY,
        r"OOM when allocating tensor|failed to allocate \S+(?: \S+)? (?:\([^)]*\) )?from device|"
        r"workspace can't be allocated|no available memory for the cache blocks|"
        r"free memory on device .{0,60}is less than desired GPU memory utilization",
        "oom when allocating|from device|workspace can't|memory for the cache blocks|free memory on device",
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
    pattern(
        Kind.GPU_MEMORY,
        r"显存(?:不足|不够|溢出|爆|炸)|爆(?:了|掉)?显存|(?:GPU|显卡|CUDA) ?的?内存(?:不足|不够|溢出|爆|耗尽)",
        "显存|内存",
    ),
    pattern(
        Kind.GPU_MEMORY,
        r"requested amount of GPU memory .{0,40}could not be allocated|insufficient memory on this device|"
        r"ErrorOutOfDeviceMemory|VK_ERROR_OUT_OF_DEVICE_MEMORY|there is not enough (?:GPU|video) memory|"
        r"failed to allocate (?:\S+ ){0,4}(?:of )?(?:GPU|device|CUDA|video) memory",
        "could not be allocated|insufficient memory on|outofdevicememory|out_of_device_memory|there is not enough|"
        "failed to allocate",
    ),
    pattern(
        Kind.GPU_MEMORY_RECOVERED,
        r"recover\w* from (?:the )?OOM|reduc\w+ (?:the )?batch ?size to|new batch size|"
        r"retry\w* with (?:a )?(?:smaller|batch)",
        "oom|batch",
    ),
)
