"""The loops over steps, compiled by numba: behind ``engine="numba"``.

Each family of cells is one file, which reads as its equations, with the marks of the
file in NumPy beside it. Nothing here is imported before it is asked for; it needs
numba, which ``pip install sksequence[fast]`` installs.

What is exported is for loops of one's own: ``CompiledCell`` comes in front of the class
with the equations, ``loop`` compiles what Python calls, ``jit`` what such loops call,
and the others are called in loops.
"""

from __future__ import annotations

from ._activations import halve, relu, sigm, tanh
from ._base import CompiledCell
from ._jit import add_scaled, copy, jit, loop, multiply, rows, steps_of
from ._products import add_row_times, gemm, room_for

__all__ = [
    "CompiledCell",
    "add_row_times",
    "add_scaled",
    "copy",
    "gemm",
    "halve",
    "jit",
    "loop",
    "multiply",
    "relu",
    "room_for",
    "rows",
    "sigm",
    "steps_of",
    "tanh",
]
