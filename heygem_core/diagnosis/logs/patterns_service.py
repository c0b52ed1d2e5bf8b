"""How messages about tasks read: the reported service, and programs that say that they are busy."""

from __future__ import annotations

from heygem_core.diagnosis.logs.facts import Kind, pattern

TASKS = (
    pattern(
        Kind.NO_RESULT,
        r"异常信息:\[(?:no final result)?\]|\bno final result\b|生成视频失败|result info \[\] ?,continue",
        "异常信息|no final result|生成视频失败|result info []",
    ),
    pattern(Kind.BLOCKED_RESTART, r"\w+ maybe blocked, restart", "maybe blocked"),
    pattern(
        Kind.BUSY,
        r"忙碌中|(?:已有|存在|有)\S{0,4}任务(?:正在)?(?:运行|执行|处理|进行)|正在(?:处理|执行)(?:其他|其它|别的|"
        r"上一个)任务|任务正在(?:执行|运行|进行)中?[，,].{0,12}(?:稍后|等待|重试)|(?:service|server|worker|pipeline|"
        r"another (?:task|job)) (?:is )?(?:busy|already running|still running|in progress)|task already (?:running|"
        r"exists|in progress)|found a lock file .{0,80}waiting|(?:previous|last|another) (?:task|job|request) (?:is |"
        r"has )?(?:still|"
        r"not (?:yet )?finished|already)|"
        r"\b(?:a|another|the) (?:\w+ )?(?:prompt|job|task|render) is still running",
        "忙碌中|任务|lock file|busy|already|still|in progress|not finished|not yet finished",
    ),
    pattern(Kind.NO_SUCH_TASK, r"任务不存在", "任务不存在"),
    pattern(Kind.TASK_FAILED, r"任务执行失败|预处理失败", "任务执行失败|预处理失败"),
)
