"""What runs inside an arm's environment: with numpy and one onnxruntime, on any Python since 3.9, without this package.

Nothing here may import what is outside this folder, but for the scenario ``pipeline``; see `heygem_core.bench.twin`.
"""
