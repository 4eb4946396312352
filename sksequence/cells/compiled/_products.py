"""Products of matrices in compiled loops: small ones by tiles, others by BLAS.

BLAS is the one that SciPy brings.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..._extras import import_extra
from ._jit import flat, jitable, loop, numba, rows
from ._team import part_of, share, shared
from ._tiles import ROWS_OF_B, multiply_doubles, multiply_floats

llvm: Any = import_extra("llvmlite.binding", "sksequence[fast]", "engine='numba'")

LARGE = 10_000  # numbers in a matrix from which gemv is faster for a single row
LARGEST = 100_000  # numbers that are worked on at once up to which tiles are faster

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


@jitable
def room_for(like):
    """What a call of BLAS reads in memory: sizes, 0 and 1, and the letters N and T.

    N says that a matrix is not transposed, T that it is.
    """
    constants = np.zeros(2, like.dtype)
    constants[1] = 1
    return np.empty(6, np.int32), constants, np.array([78, 84], np.uint8)


def matmul(room, a, b, out, shape, strides, add):
    """``out`` = a b, or ``out`` += a b, in compiled loops.

    Parameters
    ----------
    room : tuple
        From ``room_for``.
    a, b, out : ndarray
        In one dimension, from the first number on that counts.
    shape : (n_rows, n, width)
        Rows of a, columns of a, columns of b.
    strides : (a_row, a_column, b_row, out_row)
        How many numbers lie between the beginnings of rows, or of columns. Those of a
        are one for its rows or for its columns.
    add : bool
    """


@numba.extending.overload(matmul)
def _matmul(room, a, b, out, shape, strides, add):
    gemm, gemv = (_BLAS[name, out.dtype] for name in ("gemm", "gemv"))
    small = _SMALL[out.dtype]
    size = np.dtype(out.dtype.name).itemsize

    def impl(room, a, b, out, shape, strides, add):
        (n_rows, n, width), (a_row, a_column, b_row, out_row) = shape, strides
        A, B, C = a.ctypes.data, b.ctypes.data, out.ctypes.data
        at_once = width * min(n, ROWS_OF_B)
        if at_once <= LARGEST and (n_rows > 1 or width * n < LARGE):
            lie = a_row * size, a_column * size, b_row * size, out_row * size
            adds = 1 if add else 0
            small(n_rows, n, width, A, B, C, *lie, adds)
            return
        sizes, constants, letters = room
        # BLAS has columns where we have rows: out^T = b^T a^T
        sizes[0], sizes[1], sizes[2] = width, n_rows, n
        sizes[3], sizes[4], sizes[5] = b_row, max(a_row, a_column), out_row
        w = sizes.ctypes.data
        r, k, of_b, of_a, of_out = w + 4, w + 8, w + 12, w + 16, w + 20
        zero, no = constants.ctypes.data, letters.ctypes.data
        one, of_rows = zero + size, no + (a_column > 1)
        beta = one if add else zero
        if n_rows == 1:  # of_a: from a number of the row to the next
            sizes[4] = a_column
            gemv(no, w, k, one, B, of_b, A, of_a, beta, C, r)
        else:
            gemm(no, of_rows, w, r, k, one, B, of_b, A, of_a, beta, C, of_out)

    return impl


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
    def impl(room, a, b, out, n_rows, stride, add):
        n = len(a) // n_rows
        m = len(b) // n
        matmul(room, a, b, out, (n_rows, n, m), (n, 1, m, stride), add)

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
    def impl(room, a, b, out, stride):
        n, m = len(a), len(out)
        matmul(room, a, b, out, (1, n, m), (n, 1, stride, m), True)

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


@shared
def _add_products_half(half, a, b, out):
    n_products, n, m = out.shape
    first, stop = part_of(half, n)
    if first == stop:
        return
    n_rows, room, a, b, out = len(a), room_for(out), flat(a), flat(b), flat(out)
    shape, strides = (stop - first, n_rows, m), (1, n, m, m)
    for k in range(n_products):
        out_k = rows(out, m, k * n + first, stop - first)
        matmul(room, a[first:], rows(b, n_rows * m, k), out_k, shape, strides, True)


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


@shared
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
