"""Products of matrices in compiled loops, by the BLAS that SciPy brings."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..._extras import import_extra
from ._jit import jit, numba, rows

llvm: Any = import_extra("llvmlite.binding", "sksequence[fast]", "engine='numba'")

LARGE = 10_000  # numbers in a matrix

_ADDRESSES = numba.types.void(*[numba.types.intp] * 13)
_GEMM: dict[Any, Any] = {}
for _kind, _name in ((numba.float32, "sgemm"), (numba.float64, "dgemm")):
    # A name for a function in memory: compiled code that is kept finds it again.
    _address = numba.extending.get_cython_function_address(
        "scipy.linalg.cython_blas", _name
    )
    llvm.add_symbol(f"sksequence_{_name}", _address)
    _GEMM[_kind] = numba.types.ExternalFunction(f"sksequence_{_name}", _ADDRESSES)


@jit
def room_for(like):
    """What a call of BLAS reads in memory: sizes, 0 and 1, and the letter N.

    N says that a matrix is not transposed.
    """
    constants = np.zeros(2, like.dtype)
    constants[1] = 1
    return np.empty(4, np.int32), constants, np.full(1, 78, np.uint8)


@jit
def _add_vector_times_matrix(a, b, out):
    """``out`` += a b for a single row: for a large b, BLAS takes longer."""
    m, n = len(out), len(a)
    k = 0
    while k + 8 <= n:  # so that ``out`` is read and written once for eight rows of b
        a0, a1, a2, a3 = a[k], a[k + 1], a[k + 2], a[k + 3]
        a4, a5, a6, a7 = a[k + 4], a[k + 5], a[k + 6], a[k + 7]
        b0, b1 = rows(b, m, k), rows(b, m, k + 1)
        b2, b3 = rows(b, m, k + 2), rows(b, m, k + 3)
        b4, b5 = rows(b, m, k + 4), rows(b, m, k + 5)
        b6, b7 = rows(b, m, k + 6), rows(b, m, k + 7)
        for j in range(m):
            out[j] += (a0 * b0[j] + a1 * b1[j] + a2 * b2[j] + a3 * b3[j]) + (
                a4 * b4[j] + a5 * b5[j] + a6 * b6[j] + a7 * b7[j]
            )
        k += 8
    while k < n:
        row = rows(b, m, k)
        for j in range(m):
            out[j] += a[k] * row[j]
        k += 1


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
    blas = _GEMM[out.dtype]
    size = np.dtype(out.dtype.name).itemsize

    def impl(room, a, b, out, n_rows, stride, add):
        if n_rows == 1 and len(b) >= LARGE:
            row = out[: len(b) // len(a)]
            if not add:
                row[:] = 0
            _add_vector_times_matrix(a, b, row)
            return
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
        blas(letter, letter, m, n, k, one, B, m, A, k, beta, C, s)

    return impl
