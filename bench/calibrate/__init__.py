"""Measures the false alarms and the power of the gate itself, and of others' gates on the same machine and model.

``python -m bench.calibrate --out DIR`` takes hours on a quiet machine and may be ended and started again at any time:
every replicate is on disk before the next begins. ``nox -s calibrate`` does it in an environment of its own.
"""
