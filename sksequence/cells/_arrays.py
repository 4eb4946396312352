"""Arrays of gates: the views, the activation and the memory that cells share."""

from __future__ import annotations

from functools import cache
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from .._typing import FloatArray, IntArray, Rows, SupportsAddRows


class Workspace:
    """Memory that is used again, batch after batch.

    Fresh arrays of a few megabytes come from the operating system page by page, which
    takes longer than the arithmetic on them. Whoever passes a workspace accepts that
    the arrays which the call before returned are overwritten. Two threads must not use
    one workspace at the same time.

    Examples
    --------
    >>> from sksequence.cells import Workspace
    >>> workspace = Workspace()
    >>> a = workspace.array("H", (2, 3), "float32")
    >>> b = workspace.array("H", (3, 1), "float32")
    >>> a.base is b.base
    True
    """

    def __init__(self) -> None:
        self._buffers: dict[str, npt.NDArray[Any]] = {}
        self._parts: dict[str, Workspace] = {}

    def array(
        self, name: str, shape: tuple[int, ...], dtype: npt.DTypeLike
    ) -> npt.NDArray[Any]:
        """An array of any content, in the memory of this name.

        Parameters
        ----------
        name : str
        shape : tuple of int
        dtype : dtype

        Returns
        -------
        ndarray
        """
        size = prod(shape)
        buffer = self._buffers.get(name)
        if buffer is None or buffer.size < size or buffer.dtype != dtype:
            buffer = self._buffers[name] = _aligned(size, np.dtype(dtype))
        return buffer[:size].reshape(shape)

    def part(self, name: str) -> Workspace:
        """The workspace of this name within this one, for one layer or thread."""
        if name not in self._parts:
            self._parts[name] = Workspace()
        return self._parts[name]


def _aligned(size, dtype):
    """Memory that begins at a cache line, where vector loads are fastest."""
    n_bytes, line = size * dtype.itemsize, 64
    if n_bytes < 16_384:  # too little to be worth the search
        return np.empty(size, dtype)
    memory = np.empty(n_bytes + line, np.uint8)
    start = -memory.ctypes.data % line
    return memory[start : start + n_bytes].view(dtype)


def by_gate(a: FloatArray, n_gates: int) -> FloatArray:
    """View (..., n_gates * n_units) as (n_gates, ..., n_units), a vector as a row."""
    a = np.atleast_2d(a)
    return a.reshape(len(a), n_gates, -1).transpose(1, 0, 2)


def side_by_side(a):
    """(n_gates, n, n_units) as (n, n_gates * n_units), the inverse of ``by_gate``."""
    return a.transpose(1, 0, 2).reshape(a.shape[1], -1)


def add_rows(
    grad: npt.NDArray[Any] | SupportsAddRows,
    rows: IntArray | slice,
    values: npt.NDArray[Any],
) -> None:
    """Add to rows of a gradient, which is an array or has a method ``add_rows``."""
    if hasattr(grad, "add_rows"):
        grad.add_rows(rows, values)
    else:
        grad[rows] += values


def add_gates(a: FloatArray, out: FloatArray) -> None:
    """Write the sum over the gates of ``a`` (n_gates, n, n_units), overwriting ``a``.

    Halving is faster than ``np.add.reduce`` on small arrays.
    """
    n = len(a)
    while n > 2:
        half = n // 2
        np.add(a[:half], a[n - half : n], a[:half])
        n -= half
    if n == 2:
        np.add(a[0], a[1], out)
    else:
        out[:] = a[0]


@cache
def constants(dtype: np.dtype[Any]) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """1 and 1/2 as arrays: faster operands than numbers.

    Returns
    -------
    one, half : ndarray of shape ()
    """
    return np.array(1, dtype), np.array(0.5, dtype)


def activate_gates(z: FloatArray, n_sigmoid: int) -> None:
    """Gates from their sums, in place: sigm of the first ``n_sigmoid``, tanh of others.

    The sums of the sigmoid gates are halved before: sigm(2 z) = (tanh(z) + 1) / 2.
    """
    np.tanh(z, z)
    s = z[:n_sigmoid]
    one, half = constants(z.dtype)
    np.add(s, one, s)
    np.multiply(s, half, s)


def used_columns(X: Rows) -> tuple[IntArray, Any]:
    """The columns of a CSR matrix that hold entries, and X with only these.

    Returns
    -------
    columns : ndarray of shape (n_used,), increasing
    compressed : CSR matrix of shape (n_rows, n_used)
    """
    columns, position = np.unique(X.indices, return_inverse=True)
    compressed = sparse.csr_matrix(
        (X.data, position, X.indptr), shape=(X.shape[0], len(columns))
    )
    return columns, compressed
