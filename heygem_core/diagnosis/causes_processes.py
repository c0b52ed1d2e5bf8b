"""Causes that lie in how processes are started, and what a supervisor sees of a worker that fails."""

from __future__ import annotations

from heygem_core.diagnosis.causes_model import CauseEntry
from heygem_core.errors import Cause
from heygem_core.text import Text

_STARTING = (
    CauseEntry(
        Cause.DATALOADER_WORKER_DEADLOCK,
        Text("DataLoader workers hang", "DataLoader 的 worker 卡死"),
        Text(
            "Workers forked from a process that had already used OpenMP, or another library with threads, wait "
            "for threads that do not exist in them; without a timeout the DataLoader waits for ever.",
            "父进程用过 OpenMP 或其他带线程的库之后再 fork 出 worker，worker 会等待在其中并不存在的线程；"
            "不设 timeout 时 DataLoader 将永远等待。",
        ),
        Text(
            "It stops without any message, at the first batch or between two epochs, with no CPU in use; with "
            "num_workers=0 it works.",
            "没有任何提示就停住，停在第一个 batch 或两个 epoch 之间，CPU 占用为零；改成 num_workers=0 就正常。",
        ),
        Text(
            'use num_workers=0; or multiprocessing_context="spawn" together with timeout above 0, so that a worker '
            "that hangs becomes an error",
            '使用 num_workers=0；或者使用 multiprocessing_context="spawn" 并把 timeout 设为大于 0，使卡死的 '
            "worker 变成报错",
        ),
        Text(
            "py-spy dump --pid PID of the main process and of each worker while it hangs, and the start method in use",
            "卡住时主进程与每个 worker 的 py-spy dump --pid PID 输出，以及所用的启动方式（start method）",
        ),
    ),
    CauseEntry(
        Cause.FORK_AFTER_CUDA,
        Text("A process was forked after CUDA had been initialised", "CUDA 初始化之后又 fork 了进程"),
        Text(
            "CUDA does not survive a fork: the child cannot use the GPU.",
            "CUDA 不支持 fork：子进程无法使用 GPU。",
        ),
        Text(
            '"Cannot re-initialize CUDA in forked subprocess", or "CUDA error: initialization error" (3) in a child '
            "of a server that loads its model before it forks.",
            '"Cannot re-initialize CUDA in forked subprocess"；或者服务先加载模型再 fork，子进程里出现 "CUDA error: '
            'initialization error"（3）。',
        ),
        Text(
            'start processes with multiprocessing.get_context("spawn") and touch CUDA only in the child that uses it',
            '用 multiprocessing.get_context("spawn") 启动进程，并且只在真正使用 CUDA 的子进程里接触 CUDA',
        ),
        Text(
            "the server's options for starting workers (gunicorn --preload, Flask processes=, Celery prefork) and "
            "where the model is loaded: at import or in the worker",
            "服务启动工作进程的选项（gunicorn --preload、Flask processes=、Celery prefork），以及模型是在导入时还是在"
            "工作进程里加载的",
        ),
    ),
    CauseEntry(
        Cause.DAEMONIC_CHILDREN,
        Text("A daemonic process tried to start processes", "守护进程（daemonic）试图启动子进程"),
        Text(
            "Python forbids it, so a DataLoader with workers raises there at once; if that happens while a consumer "
            "loads its models, the consumer is dead and its queue fills up.",
            "Python 禁止这样做，因此其中带 worker 的 DataLoader 会立即抛出异常；如果发生在消费者加载模型期间，"
            "消费者随即死亡，"
            "队列会被填满。",
        ),
        Text(
            '"AssertionError: daemonic processes are not allowed to have children", often from a pool or a '
            "DataLoader inside a Celery, Dask or multiprocessing worker.",
            '"AssertionError: daemonic processes are not allowed to have children"，多出现在 Celery、Dask 或 '
            "multiprocessing 的工作进程里再开进程池或 DataLoader 的时候。",
        ),
        Text(
            "start that process with daemon=False, or use num_workers=0 in it",
            "以 daemon=False 启动该进程，或在其中使用 num_workers=0",
        ),
        Text(
            "the traceback from its first line on: it names who starts the inner processes",
            "完整的回溯（从第一行开始）：它指出是谁在启动内层进程",
        ),
    ),
    CauseEntry(
        Cause.SPAWN_MAIN_GUARD,
        Text("The main module has no guard", "主模块没有入口保护"),
        Text(
            "A spawned child imports the main module again; without a guard it starts the program once more.",
            "spawn 出的子进程会重新导入主模块；没有入口保护就会再次启动整个程序。",
        ),
        Text(
            '"An attempt has been made to start a new process before the current process has finished its '
            "bootstrapping phase\", or the program's first lines printed once per worker.",
            '"An attempt has been made to start a new process before the current process has finished its '
            'bootstrapping phase"，或者程序开头的输出每个 worker 都重复一遍。',
        ),
        Text(
            'put everything that starts processes under if __name__ == "__main__":',
            '把启动进程的代码放到 if __name__ == "__main__": 之下',
        ),
        Text(
            "the whole traceback, and the last lines of the script that was started",
            "完整的回溯，以及被启动脚本的最后几行",
        ),
    ),
)

_WORKERS = (
    CauseEntry(
        Cause.WORKER_DIED,
        Text("A worker process ended", "工作进程已退出"),
        Text(
            "A process of the pipeline ended before the job did: killed, crashed, out of host memory, or by an exit.",
            "流水线中的某个进程在任务完成之前就结束了：被杀死、崩溃、主机内存不足，或自行退出。",
        ),
        Text(
            '"Killed", exit code 137 (SIGKILL) or 139 (SIGSEGV), "DataLoader worker (pid N) is killed by '
            'signal", "exited unexpectedly", "Worker (pid:N) was sent SIGKILL", or the kernel\'s "Out of '
            'memory: Killed process".',
            '"Killed"、退出码 137（SIGKILL）或 139（SIGSEGV）、"DataLoader worker (pid N) is killed by signal"、'
            '"exited unexpectedly"、"Worker (pid:N) was sent SIGKILL"，或内核日志 "Out of memory: Killed process"。',
        ),
        Text(
            "go by its exit code and its last words: signal 9 that nobody sent is the kernel's out-of-memory killer "
            "(dmesg shows it; use smaller batches or give it more memory), signal 11 a crash in native code",
            "看退出码和最后的输出：没有人发送的信号 9 来自内核的 OOM killer（dmesg 可以看到；减小批大小或增加内存），"
            "信号 11 是原生代码崩溃",
        ),
        Text(
            "the exit code or signal, dmesg -T around that time, docker inspect -f '{{.State.OOMKilled}}' NAME, free "
            "memory, and the worker's own last lines on stderr",
            "退出码或信号、该时刻前后的 dmesg -T、docker inspect -f '{{.State.OOMKilled}}' NAME、剩余内存，以及该进程"
            " stderr 的最后几行",
        ),
    ),
    CauseEntry(
        Cause.RAISED,
        Text("A stage's code raised an exception", "阶段代码抛出异常"),
        Text(
            "The exception crossed from the worker with its traceback; it stands in the evidence.",
            "异常连同回溯一起从工作进程传回，列在证据中。",
        ),
        Text(
            "The job ends at once with the stage's name and the exception.",
            "任务立即结束，并给出阶段名与异常。",
        ),
        Text(
            "read the traceback in the evidence (--json - prints it) and mend what it points at",
            "查看证据中的回溯（--json - 会输出），修正其所指之处",
        ),
        Text(
            "the traceback (--json - prints it) and the input that it happened with",
            "回溯（--json - 会输出）以及出错时的输入",
        ),
    ),
    CauseEntry(
        Cause.NEVER_READY,
        Text("A stage did not finish loading", "阶段未能完成加载"),
        Text(
            "Its process is alive, but opening (loading models and libraries) did not return within its budget.",
            "进程还在，但打开阶段（加载模型与库）没有在限定时间内返回。",
        ),
        Text(
            "The stage stays in opening until its budget is used up; no item has been taken yet.",
            "该阶段一直停在打开状态，直到用完时间预算；尚未取走任何数据。",
        ),
        Text(
            "read its stack in the evidence: it shows the call that does not return, such as a file on a dead mount, "
            "a lock, or GPU code being compiled for an architecture that the library does not contain",
            "查看证据中的调用栈：它指出没有返回的调用，例如失效挂载点上的文件、锁，或正在为库中没有的架构编译 GPU 代码",
        ),
        Text(
            "its stack (--json - prints it), and how long loading takes when it runs alone",
            "它的调用栈（--json - 会输出），以及单独运行时加载所需的时间",
        ),
    ),
    CauseEntry(
        Cause.WEDGED,
        Text("A stage hangs", "阶段卡死"),
        Text(
            "It holds work, is alive and uses no CPU time: it waits for something that does not come.",
            "它手中有任务、进程存活，却不消耗 CPU 时间：在等待不会到来的东西。",
        ),
        Text(
            "The stage stays in working with no CPU time; the stages before it wait for output, those after it for "
            "input.",
            "该阶段一直处于工作状态却不消耗 CPU；前面的阶段在等待输出，后面的在等待输入。",
        ),
        Text(
            "read its stack in the evidence (--json - prints it): the innermost call is what it waits for, a lock, "
            "a pipe or a device",
            "查看证据中的调用栈（--json - 会输出）：最内层的调用就是它在等待的东西，锁、管道或设备",
        ),
        Text(
            "py-spy dump --pid PID of that stage, twice, and the wait channel in /proc/PID/wchan",
            "该阶段的 py-spy dump --pid PID（隔一会儿再来一次），以及 /proc/PID/wchan",
        ),
    ),
    CauseEntry(
        Cause.SPINNING,
        Text("A stage burns CPU without progress", "阶段空转，占用 CPU 而无进展"),
        Text(
            "It holds work and uses CPU time, but one item takes far longer than all before.",
            "它手中有任务也在消耗 CPU，但处理一项的时间远超此前各项。",
        ),
        Text(
            "The stage stays in working and its CPU time grows, but the frame index does not.",
            "该阶段一直处于工作状态，CPU 时间在增长，帧序号却不变。",
        ),
        Text(
            "read its stack in the evidence (--json - prints it): the innermost call is the loop; if it is honest "
            "work on a machine this slow, allow it with --stall-timeout",
            "查看证据中的调用栈（--json - 会输出）：最内层的调用就是循环所在；如果只是机器太慢，可用 "
            "--stall-timeout 放宽",
        ),
        Text(
            "py-spy dump --pid PID of that stage, several times: what stays the same is the loop",
            "对该阶段多次执行 py-spy dump --pid PID：始终不变的部分就是循环所在",
        ),
    ),
    CauseEntry(
        Cause.STOPPED,
        Text("A stage's process was stopped", "阶段进程被暂停"),
        Text(
            "It was sent SIGSTOP, or a debugger holds it.",
            "它收到了 SIGSTOP，或被调试器挂起。",
        ),
        Text(
            "Its state in /proc/PID/status is T; it goes on after kill -CONT PID.",
            "/proc/PID/status 中的状态为 T；执行 kill -CONT PID 后会继续。",
        ),
        Text(
            "find out who stopped it (kill -STOP, job control, a debugger) and run the job again",
            "查明是谁暂停的（kill -STOP、作业控制或调试器），然后重新运行任务",
        ),
        Text(
            "the state and TracerPid in /proc/PID/status: a tracer is a debugger",
            "/proc/PID/status 中的 State 与 TracerPid：有 tracer 说明是调试器",
        ),
    ),
    CauseEntry(
        Cause.CANCELLED,
        Text("The job was cancelled", "任务已取消"),
        Text(
            "Somebody asked for it; nothing is wrong with the pipeline.",
            "这是应要求进行的，流水线本身没有问题。",
        ),
        Text(
            "The result says that it was cancelled; the workers stay and take the next job.",
            "结果注明任务已取消；各工作进程仍在，可以接下一个任务。",
        ),
        Text("submit the job again if it is still wanted", "如仍需要，请重新提交任务"),
        Text(
            "who asked for it: a signal, or a call of Pipeline.cancel",
            "是谁取消的：信号，还是对 Pipeline.cancel 的调用",
        ),
    ),
)

PROCESSES = (*_STARTING, *_WORKERS)
