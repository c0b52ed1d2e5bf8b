"""From facts about an interpreter to ranked findings: would onnxruntime use the GPU there, and if not, why."""
