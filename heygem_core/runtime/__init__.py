"""What a process must get right around importing a CUDA library: paths, provider policy, NVML, knobs."""
