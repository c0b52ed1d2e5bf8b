"""Where the speaker's face and lips are: detector, landmarks, tracking, smoothing, and the stage that joins them."""

from heygem_core.lipsync.face.stage import DetectFaces

__all__ = ["DetectFaces"]
