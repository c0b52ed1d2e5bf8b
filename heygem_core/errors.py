"""Everything heygem_core raises on purpose, split by whose fault it is.

HeygemError
├── BadInput                the user's file cannot be used (cause ``bad-input``)
├── BadModel                the user's model does not fit its contract
├── NotExaminable           what doctor was given is no Python interpreter, no library, no readable file
├── AssetUnavailable        a pinned model or clip could not be fetched
├── MissingPackage          an optional package is not installed
├── ProviderNotApplied      a GPU was asked for, the session runs on something else
├── MemoryExhausted         the model needs more memory than there is, in a smaller batch as well
├── UnsupportedPlatform     not Linux
├── SlotTooSmall            a stage wanted more bytes than its slot has
├── ChannelClosed           *you* closed this end
├── ChannelBroken           the process at the other end is gone
├── WorkerDied              a process sharing a `compat.Queue` ended badly, and the call would wait in vain
├── JobCancelled            somebody called ``Pipeline.cancel``
├── StageFailed             one stage broke the job; says which, why, and with what evidence
│   ├── StageRaised         its code raised
│   ├── StageExited         its process ended
│   ├── StageNeverReady     it did not finish ``open`` in time
│   └── StageStalled        it is alive and does not progress
├── PipelineBroken          too many restarts, or used after ``close``
├── ClusterUnavailable      the Ray cluster cannot be reached, or every node of it is gone
├── NotWatchable            the process cannot be watched: gone, a kernel thread, or not yours
├── ArmFailed               an onnxruntime version could not be measured; never a slow result
├── NotComparable           figures that must not be held against each other
├── CaseSkipped             this machine lacks what the case needs; not a verdict
└── EffectNotShown          a case did not produce the effect it exists to show

All of them cross process borders: each pickles to an equal error.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any


class Cause(StrEnum):
    """Why a job failed or a service stalls; the spelling users and machines see.

    The second group is what only a supervisor can tell, by looking at the process itself.
    """

    MISSING_CUDA_LIBRARY = "missing-cuda-library"
    CUDA_VERSION_MISMATCH = "cuda-version-mismatch"
    SILENT_CPU_FALLBACK = "silent-cpu-fallback"
    PACKAGE_CONFLICT = "package-conflict"
    UNSUPPORTED_GPU_ARCH = "unsupported-gpu-arch"
    GPU_OUT_OF_MEMORY = "gpu-out-of-memory"
    DATALOADER_WORKER_DEADLOCK = "dataloader-worker-deadlock"
    FORK_AFTER_CUDA = "fork-after-cuda"
    DAEMONIC_CHILDREN = "daemonic-children"
    SHM_EXHAUSTED = "shm-exhausted"
    SPAWN_MAIN_GUARD = "spawn-main-guard"
    WORKER_DIED = "worker-died"
    QUEUE_FULL_NO_CONSUMER = "queue-full-no-consumer"
    QUEUE_EMPTY_NO_PRODUCER = "queue-empty-no-producer"
    SLOW_CONSUMER = "slow-consumer"
    STALE_TASK_STATE = "stale-task-state"
    BAD_INPUT = "bad-input"
    OTHER = "other"

    RAISED = "raised"
    NEVER_READY = "never-ready"
    WEDGED = "wedged"
    SPINNING = "spinning"
    STOPPED = "stopped"
    CANCELLED = "cancelled"


class HeygemError(Exception):
    """Base of every error raised on purpose; ``cause`` is what a report prints."""

    cause: Cause = Cause.OTHER


class BadInput(HeygemError):
    """The user's file cannot be used; the message names the file and what is wrong with it."""

    cause = Cause.BAD_INPUT


class BadModel(HeygemError):
    """The model does not fit the generator contract; the message gives got and expected."""

    cause = Cause.BAD_INPUT


class NotExaminable(HeygemError):
    """What was to be examined is not what it was taken for: no Python interpreter, no library, no options."""


class AssetUnavailable(HeygemError):
    """A pinned model or clip is neither in the cache nor to be fetched; you do not get this offline once cached."""


class MissingPackage(HeygemError):
    """An optional package is not installed; the message says how to install it."""


class ProviderNotApplied(HeygemError):
    """A GPU was asked for and the session that was created runs on something else.

    You do not get this with ``provider="auto"``, nor for ``provider="cpu"``.
    """

    cause = Cause.SILENT_CPU_FALLBACK


class MemoryExhausted(HeygemError):
    """A model needs more memory than there is, and in a batch of half the size as well; names both sizes.

    The cause is ``gpu-out-of-memory`` only when it ran on a GPU. You do not get this when the smaller batch fits.
    """


class UnsupportedPlatform(HeygemError):
    """The engine needs Linux: memfd, pidfd and SCM_RIGHTS."""


class SlotTooSmall(HeygemError):
    """A stage wanted more bytes than its slot has; the message gives both figures."""


class ChannelClosed(HeygemError):
    """You used an end of a channel that you had closed; if the *peer* is gone you get `ChannelBroken`."""


class ChannelBroken(HeygemError):
    """The process at the other end is gone, or closed its end in the middle of a job."""

    cause = Cause.WORKER_DIED


class WorkerDied(HeygemError):
    """A process sharing the queue was killed, crashed or raised, and nobody living has been at the queue's other end.

    For `JoinableQueue.join` it is enough that the dead had items in work and nobody living has. The message names the
    process. You do not get this from a call that need not wait, nor for one that only hangs.
    """

    cause = Cause.WORKER_DIED


class JobCancelled(HeygemError):
    """The job was cancelled; the pipeline itself is fine."""

    cause = Cause.CANCELLED


class StageFailed(HeygemError):
    """One stage broke the job.

    Attributes: ``stage`` (its name), ``cause``, ``detail`` (one line), ``evidence`` (lines, most telling first).
    """

    def __init__(self, stage: str, cause: Cause, detail: str, evidence: tuple[str, ...] = ()) -> None:
        super().__init__(stage, cause, detail, evidence)
        self.stage = stage
        self.cause = cause
        self.detail = detail
        self.evidence = evidence

    def __str__(self) -> str:
        return f"stage {self.stage!r}: {self.cause}: {self.detail}"


class StageRaised(StageFailed):
    """The stage's own code raised; ``__cause__`` is the original error where it could be pickled."""


class StageExited(StageFailed):
    """The stage's process ended before the job did; the detail names exit code or signal."""


class StageNeverReady(StageFailed):
    """``Stage.open`` did not return within its budget; a process that *died* in open is `StageExited`."""


class StageStalled(StageFailed):
    """The stage is alive, holds work and does not progress: wedged, spinning or stopped."""


class PipelineBroken(HeygemError):
    """The pipeline cannot run jobs (any more): closed, a worker replaced too often, or this is a forked copy."""


class ClusterUnavailable(HeygemError):
    """The Ray cluster cannot be reached, or has no node left; a single lost node does not raise this."""


class ArmFailed(HeygemError):
    """An environment under measurement could not be built, died, did not answer, or gave a wrong output.

    One that fell back to the CPU has the cause ``silent-cpu-fallback``. Attributes: ``arm`` (its name), ``detail``,
    which ends with its last words, ``cause``.
    """

    def __init__(self, arm: str, detail: str, cause: Cause = Cause.OTHER) -> None:
        super().__init__(arm, detail, cause)
        self.arm = arm
        self.detail = detail
        self.cause = cause

    def __str__(self) -> str:
        return f"onnxruntime {self.arm}: {self.detail}"


class NotComparable(HeygemError):
    """Figures that must not be held against each other: other host facts, or too few samples; names both values."""


class CaseSkipped(HeygemError):
    """This machine lacks what the case needs; it is never a verdict.

    Attributes: ``en`` and ``zh``, the reason in both languages; the message is the English one.
    """

    def __init__(self, en: str, zh: str) -> None:
        super().__init__(en, zh)
        self.en = en
        self.zh = zh

    def __str__(self) -> str:
        return self.en


class NotWatchable(HeygemError):
    """The process is gone, a thread of the kernel, or may not be looked at by this user.

    Attributes: ``en`` and ``zh``, the reason in both languages; the message is the English one. You do not get this
    for a worker below the process that may not be looked at: then less is concluded, and that is said.
    """

    def __init__(self, en: str, zh: str) -> None:
        super().__init__(en, zh)
        self.en = en
        self.zh = zh

    def __str__(self) -> str:
        return self.en


class EffectNotShown(HeygemError):
    """A case ran and did not produce the effect that it exists to show."""


def describe(error: BaseException) -> dict[str, Any]:
    """Return ``{"cause", "culprit", "detail", "evidence"}`` for a report; culprit is a stage name or None."""
    if isinstance(error, StageFailed):
        return {
            "cause": str(error.cause),
            "culprit": error.stage,
            "detail": error.detail,
            "evidence": list(error.evidence),
        }
    cause = error.cause if isinstance(error, HeygemError) else Cause.OTHER
    return {"cause": str(cause), "culprit": None, "detail": str(error), "evidence": []}
