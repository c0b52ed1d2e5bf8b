"""How messages about libraries, versions and the GPU read: onnxruntime, torch, TensorFlow, the loader, CUDA."""

from __future__ import annotations

from heygem_core.diagnosis.logs.facts import Kind, pattern

_CUDA = r"(?:cudnn|cublas|cudart|cufft|curand|cusolver|cusparse|nvrtc|nvjitlink|nvtoolsext|cupti|nccl|cuda|npp|nvcuvid)"
_SO = rf"(?P<library>lib{_CUDA}\w*\.so(?:\.\d+)*)"
_DLL = rf"(?P<library>(?:lib)?{_CUDA}\w*\.dll)"
_TENSORRT = r"(?P<library>(?:lib)?nvinfer\w*(?:\.so(?:\.\d+)*|\.dll))"

LIBRARIES = (
    pattern(
        Kind.MISSING_LIBRARY,
        rf"{_SO}['\"`]?\s*[:;,：]?.{{0,40}}?(?:cannot open shared object|无法打开共享(?:对象|目标)文件)",
        "cannot open shared|无法打开共享",
    ),
    pattern(
        Kind.MISSING_LIBRARY,
        rf"(?:could not|unable to|fail(?:s|ed)? to|cannot|can't|not able to) (?:load|find|open|"
        rf"locate) (?:(?:the )?(?:dynamic |"
        rf"shared )?library |file )?['\"`]?{_SO}",
        "could not load|unable to load|failed to load|fails to load|fails to find|can't load|can't find|able to load|"
        "able to find|cannot load|could not find|unable to find|cannot find|"
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
        r"(?:找不到|缺(?:少|失|了)?|没有找到|未找到|无法(?:加载|找到)) ?(?P<library>(?:lib)?(?:cudnn|cublas|cudart|"
        r"cufft|"
        r"curand)[\w.]*)",
        "找不到|缺|没有找到|未找到|无法",
    ),
    pattern(Kind.MISSING_LIBRARY, r"unable to load any of \{(?P<library>lib\w+\.so[\d.]*)", "unable to load any of"),
    pattern(Kind.MISSING_LIBRARY, r"cannot load symbol cu\w+", "cannot load symbol cu"),
    pattern(
        Kind.MISSING_LIBRARY,
        r"unable to load (?P<library>cuDNN|cuDART|cuBLAS|cuFFT|cuSOLVER|cuSPARSE|CUPTI)\b",
        "unable to load cu",
    ),
    pattern(Kind.MISSING_LIBRARY, r"cannot dlopen some gpu libraries", "cannot dlopen some gpu"),
    pattern(
        Kind.MISSING_LIBRARY,
        r"(?:cannot|could not|couldn't|unable to|failed to) load (?:the )?(?P<library>cudnn|cublas|cudart|cufft|"
        r"curand|nvrtc) (?:shared |dynamic )?librar(?:y|ies)",
        "cannot load|could not load|couldn't load|unable to load|failed to load",
    ),
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
        r"(?:无法加载|加载失败|找不到|(?:failed|unable) to load|(?:cannot|could not|couldn't) load|error loading)"
        r".{0,160}onnxruntime_providers_cuda\.dll|onnxruntime_providers_cuda\.dll.{0,40}(?:加载失败|无法加载|"
        r"not found|missing)",
        "onnxruntime_providers_cuda.dll",
    ),
    pattern(
        Kind.CUDA_NOT_LOADED,
        r"provider_bridge_ort.{0,160}error code: 126|CUDA_PATH is set but CUDA was(?:n'?t| not) able to be loaded",
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
        r"driver version is insufficient for CUDA runtime version|cudaErrorInsufficientDriver|"
        r"(?:CUDA (?:failure|error)|cudaGetDeviceCount returned|CUDA initialization failure with error:?) 35\b",
        "driver version is insufficient|cudaerrorinsufficientdriver|failure 35|error 35|returned 35",
    ),
    pattern(Kind.VERSION_REFUSED, r"unsatisfied condition: (?:cuda|driver)\s*>=?\s*[\d.]+", "unsatisfied condition"),
    pattern(
        Kind.VERSION_REFUSED,
        r"forward compatibility was attempted on non supported HW|unsupported display driver / cuda driver combination|"
        r"cudaErrorSystemDriverMismatch|CUDA_ERROR_SYSTEM_DRIVER_MISMATCH|cudaErrorCompatNotSupportedOnDevice|"
        r"CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE|kernel version \S+ does not match DSO version",
        "forward compatibility|cuda driver combination|drivermismatch|driver_mismatch|compatnotsupported|"
        "compat_not_supported|dso version",
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
        r"detected CUDA version \([\d.]+\) mismatches|cuDNN compiled \(\d+\) and runtime \(\d+\) versions mismatch|"
        r"compiled with different CUDA (?:major )?versions|needs to have matching major version|"
        r"LIB_RM_VERSION_MISMATCH|"
        r"CUDA [\d.]+ detected but \w+ only supports|"
        r"CUDA version mismatch|cuDNN version (?:incompatibility|mismatch)|"
        r"CUDNN_STATUS_(?:SUBLIBRARY_)?VERSION_MISMATCH|engine plan file is not compatible with this version of "
        r"TensorRT",
        "version (|mismatches|versions mismatch|different cuda|matching major|rm_version_mismatch|detected but |"
        "version mismatch|version incompatibility|version_mismatch|"
        "engine plan file",
    ),
    pattern(
        Kind.VERSION_REFUSED,
        r"cudnn\b.{0,60}\b(?:was )?compiled (?:against|with)\b.{0,60}?(?:but|found|run ?time|linked|loaded)"
        r"(?!.{0,120}may cause)",
        "compiled against|compiled with",
    ),
    pattern(
        Kind.VERSION_REFUSED,
        r"loaded runtime CuDNN library: [\d.]+(?: \([^)]*\))? but source was compiled with",
        "loaded runtime cudnn",
    ),
    pattern(
        Kind.VERSION_REFUSED,
        r"(?:compiled|built|linked) (?:with|for|against) (?:CUDA|cuDNN) (?P<built>\d+)\S*,? (?:but|while|however|"
        r"so)\b(?!.{0,120}may cause).{0,60}\b\d+",
        "linked with cu|linked against cu|compiled with cu|built with cu|compiled for cu|built for cu|"
        "compiled against cu|built against cu",
    ),
    pattern(
        Kind.VERSION_REFUSED,
        r"CUDA (?:runtime|driver|toolkit)? ?version .{0,30}(?:does not match|doesn't match|incompatible|不匹配)",
        "does not match|doesn't match|incompatible|不匹配",
    ),
    pattern(Kind.VERSION_REFUSED, r"libcudnn v\d+ with header v\d+ unmatched", "unmatched"),
    pattern(
        Kind.SYMBOL_CLASH,
        r"undefined symbol: \w*(?:cublas|cudnn|cusparse|cufft|nvjitlink|nvrtc|cuda)\w*",
        "undefined symbol",
    ),
    pattern(
        Kind.SYMBOL_CLASH,
        r"fail(?:ed|s)? to (?:load|find|get|resolve) (?:the )?(?:function|symbol|entry point) [`'\"]?cu(?:dnn|blas|fft|"
        r"sparse|solver|rand)\w+|procedure entry point [`'\"]?cu(?:da|dnn|blas|fft|sparse|solver|"
        r"rand)\w+[`'\"]? could not be located",
        "failed to|fails to|fail to|procedure entry point",
    ),
    pattern(
        Kind.SYMBOL_CLASH,
        r"symbol \S+ (?:version \S+ )?not defined in file lib(?:cu|nv)\w+\.so",
        "not defined in file",
    ),
    pattern(Kind.SYMBOL_CLASH, r"version `?lib(?:cu|nv)\w+\.so[\d.]*'? not found", "not found"),
)

ENVIRONMENT = (*LIBRARIES, *VERSIONS_REFUSED)
