"""How messages about providers read, and how wheels and versions are listed."""

from __future__ import annotations

from heygem_core.diagnosis.logs.facts import Kind, pattern

_CPU_WHEEL = r"\bonnxruntime(?![\w-])"
_GPU_WHEEL = r"\bonnxruntime[-_]gpu"
_AT = r"\W{0,3}(?:version\W{0,2})?(?:is\b|:|=)*\s*v?\d+\.\d+"
_LISTED = r"^(?:Name:\s+|Found existing installation: |Uninstalling |\W{0,3})?"

PROVIDERS = (
    pattern(
        Kind.APPLIED_GPU,
        r"applied providers: \['(?:CUDA|Tensorrt)ExecutionProvider'",
        "applied providers",
        said_by_programs=True,
    ),
    pattern(
        Kind.APPLIED_CPU,
        r"applied providers: \['CPUExecutionProvider'\]",
        "applied providers",
        said_by_programs=True,
    ),
    pattern(
        Kind.APPLIED_GPU,
        r"(?:session|sess|model|net|recognizer|get_providers\(\)|providers? in use)\b.{0,40}\['(?:CUDA|"
        r"Tensorrt)ExecutionProvider'",
        "executionprovider'",
        said_by_programs=True,
    ),
    pattern(
        Kind.APPLIED_CPU,
        r"(?:sess(?:ion)?\S*\.get_providers\(\)|active providers?|session providers?|providers in use|"
        r"using providers?)\W{0,12}\[?'?CPUExecutionProvider'?\]?\s*$|"
        r"^(?!.*\bavailable\b)[\w /-]{2,40} providers?: \[?'CPUExecutionProvider'\]?\s*$",
        "cpuexecutionprovider",
        said_by_programs=True,
    ),
    pattern(
        Kind.NOT_AVAILABLE,
        r"provider ['\"“]?(?:CUDA|Tensorrt)ExecutionProvider['\"”]? is not in available provider",
        "is not in available provider",
    ),
    pattern(
        Kind.NOT_AVAILABLE,
        r"CUDAExecutionProvider (?:is |was |might |may )*(?:not (?:be )?available|unavailable|not found|not supported)|"
        r"CUDA (?:and/or ROCM )?execution provider is either not enabled or not available|"
        r"no CUDAExecutionProvider|CUDA ?(?:execution ?)?(?:provider|EP)\b (?:is |"
        r"was )?(?:not (?:being )?(?:available|listed|shown|present))|not contain a subset of available providers",
        "not available|not be available|unavailable|not found|not supported|no cudaexecutionprovider|not being|"
        "not listed|not shown|"
        "not present|subset of available",
    ),
    pattern(
        Kind.NOT_AVAILABLE,
        r"invalid choice: '(?:cuda|gpu|tensorrt)'|providers?\b.{0,16}\b(?:not? (?:have )?|without |missing )cuda\b",
        "invalid choice|provider",
    ),
    pattern(
        Kind.LISTED_CPU,
        r"available providers?\b.{0,3}['\"]?[:=,]?\s*\[?(?:'(?:Azure|OpenVINO|Dml)?ExecutionProvider',? ?|"
        r"'AzureExecutionProvider',? ?)*'?CPUExecutionProvider'?\]?\s*$",
        "cpuexecutionprovider",
        said_by_programs=True,
    ),
    pattern(
        Kind.LISTED_CPU,
        r"^\s*(?:>>>\s*)?\[(?:'AzureExecutionProvider', )?'CPUExecutionProvider'\]\s*$|(?:available providers?|"
        r"only) \['CPUExecutionProvider'\]",
        "cpuexecutionprovider",
        in_lists=True,
    ),
    pattern(
        Kind.FELL_BACK,
        r"falling back to \['CPUExecutionProvider'|failed to (?:start|use|init\w*) .{0,30}\bCUDA\b.{0,20}using CPU",
        "falling back to ['cpu|using cpu",
    ),
    pattern(
        Kind.RUNS_ON_CPU,
        r"(?:fall(?:s|ing)? ?back|fallback|switch(?:es|ed|ing)?|default(?:s|ing)?) to (?:the |using )?CPU\b"
        r"(?!.{0,30} for (?:op|node))",
        "back to|fallback to|switch|default",
        said_by_programs=True,
    ),
    pattern(
        Kind.RUNS_ON_CPU,
        r"all nodes (?:have been )?placed on \[CPUExecutionProvider\]",
        "placed on [cpu",
        said_by_programs=True,
    ),
    pattern(
        Kind.APPLIED_GPU,
        r"nodes?(?:\(s\))? (?:have been )?placed on \[(?:CUDA|Tensorrt)ExecutionProvider\]",
        "placed on [cuda|placed on [tensorrt",
        said_by_programs=True,
    ),
    pattern(
        Kind.RUNS_ON_CPU,
        r"^(?:\W{0,3}\w+\W{1,3})?(?:using|use|device(?: is)?[:=]?|running on|inference on|"
        r"on device) ?['\"]?cpu['\"]?(?: device)?(?: for inference)?\.?\s*$",
        "cpu",
        said_by_programs=True,
    ),
    pattern(
        Kind.RUNS_ON_CPU,
        r"(?:cuda|gpu)\b.{0,30}\bnot (?:available|found|detected).{0,12}\b(?:us(?:e|ing)|running on|"
        r"run on) (?:the )?cpu|"
        r"ONNX Runtime is using the CPU|FP16 is not supported on CPU|GPU will not be used|"
        r"Skipping registering GPU devices|"
        r"No GPU/TPU found, falling back to CPU",
        "using cpu|use cpu|on cpu|the cpu|using the cpu|fp16 is not supported on cpu|gpu will not be used|"
        "skipping registering gpu|no gpu/tpu found",
    ),
    pattern(Kind.RUNS_ON_CPU, r"acceleration providers, switch to OpenCV with CPU", "switch to opencv with cpu"),
    pattern(Kind.RUNS_ON_CPU, r"\buse_gpu ?= ?False\b", "use_gpu=f|use_gpu = f", said_by_programs=True),
    pattern(
        Kind.ASKED_GPU,
        r"\buse_gpu\W{0,3}(?:=|to|as|is|设为|设置为|为)?\W{0,3}true",
        "use_gpu",
        in_lists=True,
    ),
    pattern(Kind.LISTED_CPU, r"get_device\(\)\)?[\"']?\s*CPU\s*$", "get_device()", in_lists=True),
    pattern(Kind.ASKED_GPU, r"\bort providers: \['(?:CUDA|Tensorrt)Exec", "ort providers"),
    pattern(
        Kind.ASKED_CPU,
        r"--?(?:execution-providers?|device|provider|backend)[= ]+['\"]?cpu\b|--(?:use-)?cpu\b|"
        r"CUDA_VISIBLE_DEVICES=(?:\"\"|''|-1|\s|$)|\bproviders?\s*(?:=\s*\[?['\"]?cpu(?:ExecutionProvider)?|"
        r":\s*\[?['\"]?cpu)"
        r"['\"]?\]?\s*$|\bdevice\s*[:=]\s*['\"]?cpu\b",
        "cpu|cuda_visible_devices",
        in_lists=True,
    ),
    pattern(
        Kind.ASKED_GPU,
        r"--?(?:execution-providers?|device|provider)[= ]+['\"]?(?:cuda|gpu)\b|providers\s*=\s*\[\(?['\"](?:CUDA|"
        r"Tensorrt)|\bdevice\s*[:=]\s*['\"]?(?:cuda|gpu)\b|--gpus?\b|\.(?:to|cuda)\(['\"]?cuda",
        "cuda|gpu",
        in_lists=True,
    ),
    pattern(
        Kind.TWO_WHEELS,
        r"(?:pip3?|uv|conda|mamba)\b.{0,40}\binstall\b(?=.*\bonnxruntime[-_]gpu\b)(?=.*\bonnxruntime(?![\w-]))",
        "onnxruntime",
        in_lists=True,
    ),
    pattern(
        Kind.TWO_WHEELS,
        r"(?:Successfully installed|Installing collected packages:)(?=.*\bonnxruntime[-_]gpu\b)"
        r"(?=.*\bonnxruntime(?:-\d|[,\s]|$))",
        "onnxruntime",
        in_lists=True,
    ),
    pattern(Kind.CPU_WHEEL, r"Successfully installed.*\bonnxruntime-\d", "onnxruntime", in_lists=True),
    pattern(
        Kind.CPU_WHEEL_ADDED,
        r"Successfully installed.*\bonnxruntime-\d|requirement \[?['\"]onnxruntime['\"]\]? not found, attempting "
        r"AutoUpdate",
        "onnxruntime",
        in_lists=True,
    ),
    pattern(
        Kind.TWO_WHEELS,
        r"dependencies are not loaded.{0,60}conflicting install between \W?onnxruntime\W? and \W?onnxruntime-gpu",
        "conflicting install",
    ),
    pattern(
        Kind.NOT_AVAILABLE,
        r"onnxruntime-gpu\W{1,2}is installed, but GPU dependencies are not loaded",
        "dependencies are not loaded",
    ),
    pattern(
        Kind.WHEEL_BROKEN,
        r"module '?onnxruntime'? has no attribute '?(?:InferenceSession|SessionOptions|get_available_providers|"
        r"get_device)|"
        r"cannot import name '(?:InferenceSession|SessionOptions|get_available_providers)' from '?onnxruntime",
        "has no attribute|cannot import name",
    ),
    pattern(
        Kind.TWO_WHEELS,
        rf"{_CPU_WHEEL}{_AT}[^;]{{0,30}}{_GPU_WHEEL}{_AT}|{_GPU_WHEEL}{_AT}[^;]{{0,30}}{_CPU_WHEEL}{_AT}|"
        r"both onnxruntime(?: \S+)? and onnxruntime-gpu|onnxruntime(?: \S+)? and onnxruntime-gpu(?: \S+)? (?:are )?"
        r"(?:both|together|at the same time|installed)|both `?onnxruntime-gpu`? and `?onnxruntime",
        "onnxruntime",
    ),
    pattern(
        Kind.GPU_WHEEL,
        _LISTED + r"onnxruntime[-_]gpu(?:\[[\w,]+\])?(?:\s*(?:==|=|@|-|:|"
        r"\s)\s*v?(?P<version>\d+\.\d+(?:\.\d+)?\S*)|\s*$)",
        "onnxruntime",
        in_lists=True,
        said_by_programs=True,
    ),
    pattern(
        Kind.CPU_WHEEL,
        _LISTED + r"onnxruntime(?:\s*(?:==|=|-|:|\s)\s*v?(?P<version>\d+\.\d+(?:\.\d+)?\S*)\s*"
        r"(?:pypi_0\s+pypi)?$|\s*$)",
        "onnxruntime",
        in_lists=True,
        said_by_programs=True,
    ),
)

VERSIONS_TOLD = (
    pattern(
        Kind.TOOLKIT,
        r"cuda compilation tools, release (?P<version>\d+\.\d+)",
        "cuda compilation tools",
        in_lists=True,
    ),
    pattern(
        Kind.TOOLKIT,
        r"/usr/local/cuda-(?P<version>\d+(?:\.\d+)?)|(?:nvidia/cuda:|cudatoolkit[ =]+|"
        r"cuda[-_ ]toolkit[ =]+)(?P<version2>\d+(?:\.\d+)?)",
        "/cuda-|nvidia/cuda:|toolkit",
        in_lists=True,
    ),
    pattern(
        Kind.TOOLKIT,
        r"nvidia[-_](?:cudnn|cublas|cuda[-_]runtime)[-_]cu(?P<version>1[1-9])\b",
        "nvidia",
        in_lists=True,
    ),
    pattern(Kind.TORCH_CUDA, r"\+cu(?P<version>1[0-9]\d)\b|\bcu(?P<version2>1[1-3]\d)\b", "cu1", in_lists=True),
    pattern(Kind.DRIVER_CUDA, r"CUDA Version:\s*(?P<version>\d+\.\d+)", "cuda version", in_lists=True),
    pattern(Kind.DRIVER, r"driver (?:version:?)?\s*(?P<version>[3-9]\d\d\.\d+)", "driver", in_lists=True),
    pattern(
        Kind.TOOLKIT,
        r"\bCUDA(?: toolkit| version| ?版本| ?装的| ?用的| ?安装的)?(?: is|是|为|"
        r"：)?[ :=v(（]*(?P<version>\d{1,2}(?:\.\d)?)\b(?!\.?\d* ?(?:GB|"
        r"GiB|MB))",
        "cuda",
        in_lists=True,
    ),
    pattern(
        Kind.CUDNN,
        r"cudnn(?:[-_]cu1\d)?\W{0,2}(?:version|is)?[ :=v-]{0,4}(?P<version>[789])(?:\.\d|\b)|"
        r"libcudnn(?P<version2>[789])\b|nvidia[-_]cudnn[-_]cu1\d\s*(?:==)?\s*(?P<version3>[789])\.",
        "cudnn",
        in_lists=True,
    ),
    pattern(
        Kind.LIBRARY_SEEN,
        r"lib(?:cublas(?:Lt)?|cudart|nvrtc)\.so\.(?P<version>\d\d)\b|"
        r"(?:cublas(?:Lt)?|cudart)64_(?P<version2>1\d)\d?\.dll",
        "libcublas|libcudart|libnvrtc|cublas64|cublaslt64|cudart64",
        in_lists=True,
    ),
    pattern(
        Kind.CUDNN_SEEN,
        r"libcudnn\w*\.so\.(?P<version>[789])(?:\.\d+)* (?:\([^)]*\) )?=> /|"
        r"^\S*/libcudnn\w*\.so\.(?P<version2>[789])\b",
        "libcudnn",
        in_lists=True,
        said_by_programs=True,
    ),
    pattern(
        Kind.ORT,
        r"onnxruntime(?:[-_]gpu)?(?:\s*==\s*|\s+|\s*version\W+|@|-)v?(?P<version>1\.\d+)(?:\.\d+)?",
        "onnxruntime",
        in_lists=True,
    ),
)

PROVIDERS_AND_VERSIONS = (*PROVIDERS, *VERSIONS_TOLD)
