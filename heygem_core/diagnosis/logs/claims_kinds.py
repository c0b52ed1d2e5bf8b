"""The claims of people that are read in a report."""

from __future__ import annotations

from enum import StrEnum


class Claim(StrEnum):
    """What a person says."""

    HANGS = "it hangs"
    WORKERS = "with DataLoader workers"
    ZERO_WORKS = "works with num_workers=0"
    ZERO_DOES_NOT = "num_workers=0 changes nothing"
    KILLED = "it is killed"
    HOST_RAM = "the host's memory is used up"
    RAM_GROWS = "the host's memory is used more and more, to its end"
    DIES_AND_HANGS = "where one dies, another waits for ever"
    PAUSES = "it stands still for minutes, and goes on"
    SLOW = "it is slow"
    OUT_OF_SYNC = "sound and picture drift apart"
    LOW_FPS = "few frames per second"
    GPU_IDLE = "the GPU is idle"
    GPU_LOW = "the GPU is not used fully"
    ON_CPU = "runs on the CPU"
    GPU_WANTED = "a GPU is wanted"
    CPU_WANTED = "it is to run without a GPU"
    VRAM_SHORT = "the GPU's memory is too small"
    OOM = "memory is used up, whose is not said"
    TASK_STUCK = "a task keeps its state"
    LEFT_OVER = "something is left over from before"
    SECOND_STUCK = "the first works, the next does not"
    OLD_TASK = "an earlier task is in the way"
    BOTH_WHEELS = "both wheels are installed"
    WHEELS_CLASH = "one wheel is in the other's way"
    VERSIONS_DIFFER = "versions do not fit each other"
    SHM_SMALL = "shared memory is small"
    PRELOADED = "a model is loaded before the workers are forked"
    MODEL = "a model's library is at work"
    FFMPEG_NEEDED = "ffmpeg is to be installed"
    BAD_FILE = "a file cannot be read"
    TROUBLE = "something is wrong"
