"""Products of matrices in compiled loops, by the BLAS that SciPy brings.

Both kinds of product have the call of BLAS written out: one function for both, with all
strides, is no longer made a part of the loops, and a step of 16 sequences of 16 units
then takes 0.75 microseconds in place of 0.5.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..._extras import import_extra
from ._jit import jit, numba

llvm: Any = import_extra("llvmlite.binding", "sksequence[fast]", "engine='numba'")

LARGE = 10_000  # numbers in a matrix from which gemv is faster for a single row

_BLAS: dict[tuple[str, Any], Any] = {}


def _find(name, kind, letter, n_arguments):
    """A function of BLAS: all of its arguments are addresses."""
    symbol = f"sksequence_{letter}{name}"
    address = numba.extending.get_cython_function_address(
        "scipy.linalg.cython_blas", letter + name
    )
    # A name for a place in memory, by which compiled code that is kept finds it again.
    llvm.add_symbol(symbol, address)
    signature = numba.types.void(*[numba.types.intp] * n_arguments)
    _BLAS[name, kind] = numba.types.ExternalFunction(symbol, signature)


for _kind, _letter in ((numba.float32, "s"), (numba.float64, "d")):
    _find("gemm", _kind, _letter, 13)
    _find("gemv", _kind, _letter, 11)


@jit
def room_for(like):
    """What a call of BLAS reads in memory: sizes, 0 and 1, and the letter N.

    N says that a matrix is not transposed.
    """
    constants = np.zeros(2, like.dtype)
    constants[1] = 1
    return np.empty(4, np.int32), constants, np.full(1, 78, np.uint8)


def gemm(room, a, b, out, n_rows, stride, add):
    """``out`` = a b, or ``out`` += a b, in compiled loops.

    Parameters
    ----------
    room : tuple
        From ``room_for``.
    a : ndarray of shape (n_rows * n,)
    b : ndarray of shape (n * m,)
    out : ndarray of shape (n_rows * stride,)
        Its rows begin ``stride`` numbers apart, and have m.
    n_rows, stride : int
    add : bool
    """


@numba.extending.overload(gemm)
def _gemm(room, a, b, out, n_rows, stride, add):
    gemm, gemv = (_BLAS[name, out.dtype] for name in ("gemm", "gemv"))
    size = np.dtype(out.dtype.name).itemsize

    def impl(room, a, b, out, n_rows, stride, add):
        sizes, constants, no = room
        # BLAS has columns where we have rows: out^T = b^T a^T
        sizes[1] = n_rows
        sizes[2] = len(a) // n_rows
        sizes[0] = len(b) // sizes[2]
        sizes[3] = stride
        m = sizes.ctypes.data
        n, k, s = m + 4, m + 8, m + 12
        zero, letter = constants.ctypes.data, no.ctypes.data
        one = zero + size
        beta = one if add else zero
        A, B, C = a.ctypes.data, b.ctypes.data, out.ctypes.data
        if n_rows == 1 and len(b) >= LARGE:
            gemv(letter, m, k, one, B, m, A, n, beta, C, n)
        else:
            gemm(letter, letter, m, n, k, one, B, m, A, k, beta, C, s)

    return impl


def add_row_times(room, a, b, out, stride):
    """``out`` += a b of a single row, in compiled loops.

    Parameters
    ----------
    room : tuple
        From ``room_for``.
    a : ndarray of shape (n,)
    b : ndarray of shape (n * stride,), or less
        Its rows begin ``stride`` numbers apart; the first ones of each, as many as
        ``out`` has, are the matrix.
    out : ndarray of shape (m,)
    stride : int
    """


@numba.extending.overload(add_row_times)
def _add_row_times(room, a, b, out, stride):
    gemm, gemv = (_BLAS[name, out.dtype] for name in ("gemm", "gemv"))
    size = np.dtype(out.dtype.name).itemsize

    def impl(room, a, b, out, stride):
        sizes, constants, no = room
        sizes[0], sizes[1], sizes[2], sizes[3] = len(out), 1, len(a), stride
        m = sizes.ctypes.data
        n, k, s = m + 4, m + 8, m + 12
        one, letter = constants.ctypes.data + size, no.ctypes.data
        A, B, C = a.ctypes.data, b.ctypes.data, out.ctypes.data
        if len(out) * len(a) >= LARGE:
            gemv(letter, m, k, one, B, s, A, n, one, C, n)
        else:
            gemm(letter, letter, m, n, k, one, B, s, A, k, one, C, m)

    return impl
