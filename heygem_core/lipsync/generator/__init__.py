"""What draws the mouth: the built-in puppet, DINet's shape for measurements, a user's own model, and their stage."""

from heygem_core.lipsync.generator.stage import NAMES, PATCH, Generate, audio_start, check, load, model_file

__all__ = ["NAMES", "PATCH", "Generate", "audio_start", "check", "load", "model_file"]
