"""How messages about full and empty queues, errors in general, and a good end read.

A broker, a log shipper, a web server and a pool of threads have full queues of their own, which say nothing about a
pipeline in Python.
"""

from __future__ import annotations

from heygem_core.diagnosis.logs.facts import Kind, pattern

_BROKERS = (
    r"celery|kombu|rabbitmq|activemq|confluent|(?:lib)?r?d?kafka|sidekiq|resque|hangfire|bullmq|\brq\b(?= (?:worker|"
    r"job|queue))|"
    r"redis[- ]queue|\bnsq\b|\bsqs\b"
)
_LOGGERS = (
    r"opentelemetry|\botel\w*|\botlp\b|fluent(?:d|-?bit)|logstash|filebeat|r?syslog|sending_queue|log(?:ging|"
    r"ger)? queue|"
    r"log(?:ging)? handler"
)
_POOLS = (
    r"asyncio\.(?:queues\.)?QueueFull|\bQueueFull\b|RejectedExecution|java\.util\.concurrent|BlockingQueue|"
    r"ThreadPoolExecutor@"
)
_SERVERS = (
    r"\bnginx\b|\bpuma\b|accept queue|listen queue|"
    r"dropping (?:requests?|messages?|packets?|events?|the SYN)|\bdrop(?:s|ped)? (?:the |all |"
    r"log )?(?:messages?|events?)\b|"
    r"\blog appender"
)
QUEUES = (
    pattern(
        Kind.OTHERS_QUEUE,
        rf"{_BROKERS}|{_LOGGERS}|{_POOLS}|{_SERVERS}",
        "celery|kombu|rabbitmq|activemq|confluent|kafka|sidekiq|resque|hangfire|bullmq|rq worker|rq job|rq queue|"
        "redis-queue|"
        "redis queue|nsq|sqs|telemetry|otel|otlp|fluent|logstash|filebeat|syslog|sending_queue|log queue|logging queue|"
        "logger queue|log handler|logging handler|queuefull|rejectedexecution|java.util.concurrent|blockingqueue|"
        "threadpoolexecutor@|nginx|puma|accept queue|listen queue|drop |drops |dropped |dropping |log appender",
    ),
    pattern(
        Kind.QUEUE_FULL,
        r"^\s*(?:raise )?(?:_?queue\.|Queue\.)?Full\b:?\s*(?:Traceback .*)?$|\wQueue is full\b|"
        r"(?<![\w.])_?queue\.Full\b|任务视频驱动队列满|"
        r"queue (?:is |was )?full(?:ed)?\b\W{0,4}(?:\d+/\d+|wait\w*|"
        r"drop\w*)|queue (?:is |"
        r"was )?full\b.{0,60}(?:block|timeout|timed|drop|"
        r"moving on|skip|discard|"
        r"giving|abort|stall|for \d)|(?:due to|because of) (?:a |the )?full (?:\w+ )?queue|"
        r"failed to (?:push|put|enqueue|send) \w+: ?(?:queue )?full\b|"
        r"(?:sending|putting|pushing|enqueu\w+)\b.{0,40}\b(?:queue|channel|buffer)\b.{0,30}\btim(?:es|ed|ing) out|"
        r"put\b.{0,30}timed out|(?:timed out|timeout).{0,40}\bput\b|队列(?:已)?满",
        "full|队列满|timed out|times out|timing out|timeout|已满",
    ),
    pattern(
        Kind.QUEUE_FULL,
        r"IllegalStateException: (?:Queue|Deque) full|(?<!local: )\b(?:queues?|deque|fifo|ring ?buffer|(?:frame |"
        r"send |input |output |"
        r"packet )?buffers?|channel|msgCh|backlog)\b(?:\(\w+\)| \w+:?){0,2}?,? ?(?:is |are |was |were |gets? |got |"
        r"becomes? |may be |"
        r"will(?: be)? |always |has |have )*(?:full(?:ed)?|overflow\w*|overrun|saturated)\b|"
        r"\bqueues?\b.{0,60}?\bfill(?:s|ed|ing)? up\b|\b(?:fifo|queue|buffer) overflow\b|dropped pkts as no slot",
        "full|overflow|overrun|saturated|fill|no slot",
    ),
    pattern(
        Kind.QUEUE_FULL,
        r"(?:队列|缓冲区?)\S{0,4}(?:满了|已满|堵|阻塞|溢出|积压|爆)|(?:阻塞|堵塞|堵住)\S{0,3}队列",
        "队列|缓冲",
    ),
    pattern(
        Kind.QUEUE_EMPTY,
        r"^\s*(?:_?queue\.|multiprocessing\.queues\.|Queue\.|asyncio\.(?:queues\.)?)(?:Empty|QueueEmpty)\b:?\s*$|"
        r"^Empty:?\s*(?:Traceback .*)?$|queue '[^']*' is closed and has insufficient elements|"
        r"(?<![\w.])_?queue\.Empty\b|\b(?:read|get|wait|block)\w* (?:\w+ ){0,3}?(?:on|from|for) an? empty queue|"
        r"\bempty queue (?:while|when|on|at|in)\b|"
        r"get\b.{0,30}timed out waiting for|queue (?:is |was )?empty\b.{0,60}(?:timeout|"
        r"timed|after \d|for \d)|(?:timed out|timeout).{0,40}\b(?:waiting for|get\b).{0,40}\b(?:frame|batch|item|"
        r"result|queue)",
        "empty|timed out|timeout|insufficient elements",
    ),
    pattern(
        Kind.QUEUE_EMPTY,
        r"\bframes? (?:did(?: not|n't)|has not|hasn't|never) arrived?\b|\b(?:get|got|getting|wait\w*(?: for)?|capture|"
        r"fetch\w*) (?:\w+ )?frames? ?time(?:d|s)? ?out|\bframes? capture time(?:d|s)? ?out|"
        r"\bno (?:new )?frames? (?:received|arrived|delivered)\b|timeout exceeded while waiting for message|"
        r"\bdid not receive data since \d|waiting (?:for )?next packet timeout|^\W{0,2}waiting for (?:image|"
        r"frame)s?\W*$",
        "frame did|frames did|frame has|frames have|frame never|frames never|frame time|frames time|capture time|"
        "no frame|no new frame|waiting for message|not receive data|next packet|waiting for image|waiting for frame",
    ),
    pattern(
        Kind.QUEUE_EMPTY,
        r"\b(?:stuck|hang\w*|hung|block\w*|wait\w*)\b[^.]{0,24}\bqueue\S{0,12}\.get\(",
        ".get(",
    ),
    pattern(
        Kind.QUEUE_FULL,
        r"\b(?:stuck|hang\w*|hung|block\w*|wait\w*)\b[^.]{0,24}\bqueue\S{0,12}\.put\(",
        ".put(",
    ),
)

OUTCOME = (
    pattern(
        Kind.EXIT,
        r"(?:exited with (?:code|status)|exit (?:code|status)|exitcode|退出代码为?|退出码)[:= ]*(?P<code>-?\d+)",
        "exit|退出",
    ),
    pattern(Kind.ERROR, r"^\s*Traceback \(most recent call last\)", "traceback (most", said_by_programs=True),
    pattern(
        Kind.ERROR,
        r"^(?!(?:uvicorn|gunicorn)\.error\b)[\w.]*(?:Error|Exception)\b(?::|$)|^(?:fatal|critical|panic)\b[: ]|"
        r"^error[: ]",
        "error|exception|fatal|critical|panic",
        said_by_programs=True,
    ),
    pattern(
        Kind.ERROR,
        r"^(?:asyncio\.(?:queues\.)?)?QueueFull\s*$|exception was never retrieved",
        "queuefull|never retrieved",
        said_by_programs=True,
    ),
    pattern(
        Kind.ERROR,
        r"\[E:onnxruntime|command not found|permission denied|address already in use|connection refused|"
        r"no module named",
        "[e:onnxruntime|command not found|permission denied|address already in use|connection refused|no module named",
    ),
    pattern(
        Kind.ERROR,
        r"^\[?[\w.]*(?:\[ONNXRuntimeError\]|ONNXRuntimeError\]) : [1-9]|^[\w.]+\.(?:exceptions?|errors?|"
        r"\w*pybind11_state)\.[A-Z]\w+",
        "onnxruntimeerror]|.exceptions.|.exception.|.errors.|.error.|pybind11_state.",
    ),
    pattern(
        Kind.DONE,
        r"\b100%\|?|\b(?:completed|finished|done)\b(?: successfully)?\W*(?:$|in \d)|successfully (?:completed|"
        r"finished|saved|generated|created)|\b(?:saved|written|wrote|output) (?:\S+ )?to\b|\bsaved in\b|video saved|"
        r"合成(?:成功|完成)|处理完成|任务完成|生成成功",
        "100%|completed|finished|done|successfully|saved|written|wrote|output|成功|完成",
        said_by_programs=True,
    ),
    pattern(
        Kind.ELSEWHERE,
        r"torch not compiled with CUDA|found no NVIDIA driver|no CUDA-capable device|no CUDA GPUs are available|"
        r"nvidia-smi has failed|could not select device driver|driver not loaded",
        "not compiled with cuda|no nvidia driver|no cuda-capable|no cuda gpus|nvidia-smi has failed|"
        "could not select device|driver not loaded",
    ),
    pattern(
        Kind.ELSEWHERE,
        r"device-side assert triggered|illegal memory access|unspecified launch failure|misaligned address|"
        r"CUBLAS_STATUS_(?:NOT_INITIALIZED|EXECUTION_FAILED|NOT_SUPPORTED|INVALID_VALUE|INTERNAL_ERROR)|"
        r"CUDNN_STATUS_(?:NOT_INITIALIZED|EXECUTION_FAILED|INTERNAL_ERROR|BAD_PARAM|NOT_SUPPORTED|MAPPING_ERROR)",
        "device-side assert|illegal memory|launch failure|misaligned|cublas_status_|cudnn_status_",
    ),
    pattern(
        Kind.ELSEWHERE,
        r"Watchdog caught collective operation timeout|some NCCL operations have failed or timed out|"
        r"Failed to load library libonnxruntime_providers_shared\.so|can't pickle local object|cannot pickle '",
        "collective operation|some nccl operations|providers_shared.so|can't pickle|cannot pickle",
    ),
    pattern(
        Kind.ELSEWHERE,
        r"codec reported err\b|MediaCodec\W.{0,40}(?:UNKNOWN_ERROR|CodecException)",
        "reported err|mediacodec",
    ),
    pattern(
        Kind.ELSEWHERE,
        r"Xid \(PCI:[^)]+\): \d+|GPU has fallen off the bus|too many open files|received 0 items of ancdata",
        "xid (|fallen off the bus|too many open files|ancdata",
    ),
    pattern(
        Kind.ELSEWHERE,
        r"address already in use|no module named|command not found|ModuleNotFoundError|cannot import name|"
        r"has no attribute|command ['\"]?\S+['\"]? not found|no matching distribution|"
        r"could not find a version that satisfies",
        "address already in use|no module named|command not found|modulenotfounderror|cannot import name|"
        "has no attribute|not found|no matching distribution|could not find a version",
    ),
    pattern(
        Kind.ELSEWHERE,
        r"No space left on device|connection (?:refused|reset|timed out)|SSLError|Max retries exceeded|"
        r"HTTPError: [45]\d\d|permission denied",
        "no space left|connection |sslerror|max retries|httperror|permission denied",
    ),
)

OUTCOMES = (*QUEUES, *OUTCOME)
