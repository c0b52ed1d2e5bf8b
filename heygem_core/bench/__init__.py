"""Compares onnxruntime versions on a noisy machine, with a known rate of false alarms.

What is compared are two environments in two live processes that take turns; what is counted are pairs of fresh
processes, never frames. `schema` says what a run leaves on disk; everything else reads and writes only that.
"""
