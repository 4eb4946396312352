"""Products of matrices in compiled loops: small ones by tiles, others by BLAS.

BLAS is the one that SciPy brings.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..._extras import import_extra
from ._jit import flat, inner, jit, loop, numba, rows
from ._team import part_of, share
from ._tiles import multiply_doubles, multiply_floats

llvm: Any = import_extra("llvmlite.binding", "sksequence[fast]", "engine='numba'")

LARGE = 10_000  # numbers in a matrix from which gemv is faster for a single row
LARGEST = 100_000  # numbers in a matrix up to which small products are faster than BLAS

_BLAS: dict[tuple[str, Any], Any] = {}


def _find(name, kind, letter, n_arguments):
    """A function of BLAS: all of its arguments are addresses."""
    address = numba.extending.get_cython_function_address(
        "scipy.linalg.cython_blas", letter + name
    )
    _BLAS[name, kind] = _by_address(letter + name, address, n_arguments)


def _by_address(name, address, n_arguments):
    """A function for compiled loops, all arguments of which are integers."""
    # A name for a place in memory, by which compiled code that is kept finds it again.
    llvm.add_symbol(f"sksequence_{name}", address)
    signature = numba.types.void(*[numba.types.intp] * n_arguments)
    return numba.types.ExternalFunction(f"sksequence_{name}", signature)


for _kind, _letter in ((numba.float32, "s"), (numba.float64, "d")):
    _find("gemm", _kind, _letter, 13)
    _find("gemv", _kind, _letter, 11)
_SMALL = {
    numba.float32: _by_address("multiply_floats", multiply_floats.address, 11),
    numba.float64: _by_address("multiply_doubles", multiply_doubles.address, 11),
}


@jit
def room_for(like):
    """What a call of BLAS reads in memory: sizes, 0 and 1, and the letters N and T.

    N says that a matrix is not transposed, T that it is.
    """
    constants = np.zeros(2, like.dtype)
    constants[1] = 1
    return np.empty(4, np.int32), constants, np.array([78, 84], np.uint8)


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
    multiply = _SMALL[out.dtype]
    size = np.dtype(out.dtype.name).itemsize

    def impl(room, a, b, out, n_rows, stride, add):
        n_terms = len(a) // n_rows
        width = len(b) // n_terms
        if len(b) <= LARGEST and (n_rows > 1 or len(b) < LARGE):
            places = a.ctypes.data, b.ctypes.data, out.ctypes.data
            strides = n_terms * size, size, width * size, stride * size
            given = (n_rows, n_terms, width, *places, *strides)
            adds = 1 if add else 0
            multiply(*given, adds)
            return
        sizes, constants, letters = room
        # BLAS has columns where we have rows: out^T = b^T a^T
        sizes[0], sizes[1], sizes[2], sizes[3] = width, n_rows, n_terms, stride
        m = sizes.ctypes.data
        n, k, s = m + 4, m + 8, m + 12
        zero, letter = constants.ctypes.data, letters.ctypes.data
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
    gemv, multiply = _BLAS["gemv", out.dtype], _SMALL[out.dtype]
    size = np.dtype(out.dtype.name).itemsize

    def impl(room, a, b, out, stride):
        if len(out) * len(a) < LARGE:
            places = a.ctypes.data, b.ctypes.data, out.ctypes.data
            row = stride * size
            given = (1, len(a), len(out), *places, row, size, row, row)
            multiply(*given, 1)
            return
        sizes, constants, letters = room
        sizes[0], sizes[1], sizes[2], sizes[3] = len(out), 1, len(a), stride
        m = sizes.ctypes.data
        n, k, s = m + 4, m + 8, m + 12
        one, letter = constants.ctypes.data + size, letters.ctypes.data
        A, B, C = a.ctypes.data, b.ctypes.data, out.ctypes.data
        gemv(letter, m, k, one, B, s, A, n, one, C, n)

    return impl


def add_transposed(room, a, b, out, width, first):
    """``out`` += a[:, first : first + n]^T b, in compiled loops.

    Parameters
    ----------
    room : tuple
        From ``room_for``.
    a : ndarray of shape (n_rows * width,)
    b : ndarray of shape (n_rows * m,)
    out : ndarray of shape (n * m,)
    width, first : int
    """


@numba.extending.overload(add_transposed)
def _add_transposed(room, a, b, out, width, first):
    gemm, multiply = _BLAS["gemm", out.dtype], _SMALL[out.dtype]
    size = np.dtype(out.dtype.name).itemsize

    def impl(room, a, b, out, width, first):
        n_terms = len(a) // width
        n_columns = len(b) // n_terms
        n_rows = len(out) // n_columns
        if len(out) <= LARGEST:
            places = a.ctypes.data + first * size, b.ctypes.data, out.ctypes.data
            row = n_columns * size
            given = (n_rows, n_terms, n_columns, *places, size, width * size, row, row)
            multiply(*given, 1)
            return
        sizes, constants, letters = room
        # BLAS has columns where we have rows: out^T += b^T a
        sizes[0], sizes[1], sizes[2], sizes[3] = n_columns, n_rows, n_terms, width
        m = sizes.ctypes.data
        n, k, w = m + 4, m + 8, m + 12
        one, no = constants.ctypes.data + size, letters.ctypes.data
        A, B, C = a.ctypes.data + first * size, b.ctypes.data, out.ctypes.data
        gemm(no, no + 1, m, n, k, one, B, m, A, w, one, C, m)

    return impl


@loop
def add_products(team, a, b, out):
    """``out[k]`` += a^T b[k] for each k, in one thread or two.

    Parameters
    ----------
    team : ndarray
    a : ndarray of shape (n_rows, n)
    b : ndarray of shape (n_products, n_rows, m)
    out : ndarray of shape (n_products, n, m)
    """
    share(team, _add_products_half, (a, b, out))


@inner
def _add_products_half(half, a, b, out):
    n_products, n, m = out.shape
    first, stop = part_of(half, n)
    room, a, b, out, size = room_for(out), flat(a), flat(b), flat(out), b[0].size
    if first == stop:
        return
    for k in range(n_products):
        out_k = rows(out, m, k * n + first, stop - first)
        add_transposed(room, a, rows(b, size, k), out_k, n, first)


@loop
def sum_products(team, a, b, out):
    """``out`` = the sum of a[k] b[k] over all k, in one thread or two.

    Parameters
    ----------
    team : ndarray
    a : ndarray of shape (n_products, n_rows, n)
    b : ndarray of shape (n_products, n, m)
    out : ndarray of shape (n_rows, m)
    """
    share(team, _sum_products_half, (a, b, out))


@inner
def _sum_products_half(half, a, b, out):
    (n_products, n_rows, n), m = a.shape, out.shape[1]
    first, stop = part_of(half, n_rows)
    if first == stop:
        return
    room, a, b, out = room_for(out), flat(a), flat(b), flat(out)
    of_half = rows(out, m, first, stop - first)
    for k in range(n_products):
        a_k, b_k = rows(a, n, k * n_rows + first, stop - first), rows(b, n * m, k)
        gemm(room, a_k, b_k, of_half, stop - first, m, k > 0)
