"""How loops are compiled, and what those of all cells share."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np

from ..._extras import import_extra


@contextmanager
def without_collection() -> Iterator[None]:
    """Let no garbage be looked for: numba begins in half the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


with without_collection():
    numba: Any = import_extra("numba", "sksequence[fast]", "engine='numba'")

# contract: x * y + z is rounded once. numpy: 1 / 0 is infinite, not an error.
OPTIONS = {"fastmath": {"contract"}, "error_model": "numpy", "nopython": True}
jit = partial(numba.jit, **OPTIONS, nogil=True)
# What loops call: compiled where it is used, and in Python it stays what it is.
jitable = numba.extending.register_jitable(
    **OPTIONS, nogil=True, no_cpython_wrapper=True, no_cfunc_wrapper=True
)


def loop(function: Any) -> Any:
    """A function that Python calls, compiled once a machine and type of numbers."""
    try:
        return jit(function, cache=True)
    except RuntimeError:  # there is no folder to keep it in
        return jit(function)


@loop
def begin():
    """Nothing. The first call of any loop makes numba read all that it knows."""


with without_collection():
    begin()


@jitable
def steps_of(runs, n_sequences, before):
    """The steps of a chunk: n_t, the first row, and where the states before are.

    Parameters
    ----------
    runs : ndarray of shape (n_runs, 3)
        See ``Chunk``.
    n_sequences, before : int

    Returns
    -------
    ndarray of shape (n_steps, 3)
    """
    n_steps = 0
    for k in range(len(runs)):
        n_steps += (runs[k, 2] - runs[k, 1]) // runs[k, 0]
    steps = np.empty((n_steps, 3), np.int64)
    t = 0
    for k in range(len(runs)):
        n_t = runs[k, 0]
        for row in range(runs[k, 1], runs[k, 2], n_t):
            steps[t, 0], steps[t, 1], steps[t, 2] = n_t, row, before
            before = n_sequences + row
            t += 1
    return steps


@numba.extending.intrinsic
def _borrowed(context, a):
    """The same array, which numba does not count as a reference to its memory."""

    def code(context, builder, signature, given):
        array = context.make_array(a)(context, builder, given[0])
        array.meminfo = numba.core.cgutils.get_null_value(array.meminfo.type)
        array.parent = numba.core.cgutils.get_null_value(array.parent.type)
        return array._getvalue()

    return a(a), code


@jitable
def flat(a):
    """A contiguous array in one dimension, as long as a caller keeps ``a``.

    Views of it are free, where those of ``a`` would be counted: by two threads at once,
    that takes longer than a small step.
    """
    return _borrowed(a.ravel())


@jitable
def rows(a, width, start, n=1):
    """Rows ``start`` to ``start + n`` of ``a``, all in one dimension."""
    return a[start * width : (start + n) * width]


@jitable
def copy(a, out):
    """``out`` = a, number by number.

    ``out[:] = a`` would have numba compile the text of an error, for seconds.
    """
    for k in range(len(out)):
        out[k] = a[k]


@jitable
def multiply(a, b, out):
    """``out`` = a b, number by number."""
    for k in range(len(out)):
        out[k] = a[k] * b[k]
    return out


@jitable
def add_scaled(row, a, out):
    """``out`` += row a, in which ``row`` is the same for each sequence."""
    width = len(row)
    for start in range(0, len(out), width):
        for k in range(width):
            out[start + k] += row[k] * a[start + k]
