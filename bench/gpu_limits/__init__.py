"""How close the generator and a whole job come to what the GPU itself can do, and whether it is the GPU that works.

``python -m bench.gpu_limits --out FILE.json`` measures on the first GPU; ``--provider cpu`` is a dry run of the same
code on the processor, of which nothing is said about a GPU. ``python -m bench.gpu_limits.table FILE.json`` prints the
table for the README.
"""
