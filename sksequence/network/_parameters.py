"""Parameters: one flat vector theta; names are views into it, made on demand.

Large tables (embeddings, input weights of sparse steps) lie at the end of theta. Their
gradients are row-sparse: an update changes the rows that its batch uses, and its cost
does not depend on the number of rows in the table.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from .._typing import FloatArray, Grads, IntArray


class Layout:
    """Where each named parameter lies in the flat vector.

    Parameters
    ----------
    shapes : dict of str -> tuple of int
    tables : set of str, default=frozenset()
        Names of the parameters whose gradients are row-sparse.
    exempt : set of str, default=frozenset()
        Names of the parameters without an L2 penalty: biases, and what is not trained.

    Attributes
    ----------
    size : int
        Length of theta.
    n_dense : int
        Length of the part of theta before the tables.

    Examples
    --------
    >>> import numpy as np
    >>> from sksequence.network import Layout
    >>> layout = Layout({"W": (2, 3), "b": (3,)})
    >>> theta = np.zeros(layout.size)
    >>> layout.views(theta)["b"][:] = 1
    >>> theta
    array([0., 0., 0., 0., 0., 0., 1., 1., 1.])
    """

    def __init__(
        self,
        shapes: Mapping[str, tuple[int, ...]],
        tables: Collection[str] = frozenset(),
        exempt: Collection[str] = frozenset(),
    ) -> None:
        self.shapes = dict(shapes)
        self.tables = [name for name in shapes if name in tables]
        self.penalised = [name for name in shapes if name not in exempt]
        dense = [name for name in shapes if name not in tables]
        self._slices, start = {}, 0
        for name in [*dense, *self.tables]:
            stop = start + prod(self.shapes[name])
            self._slices[name] = slice(start, stop)
            start = stop
            if name in dense:
                self.n_dense = stop
        self.size = start
        if not dense:
            self.n_dense = 0

    def view(self, theta: npt.NDArray[Any], name: str) -> npt.NDArray[Any]:
        """One parameter as a view into a flat vector."""
        return theta[self._slices[name]].reshape(self.shapes[name])

    def views(self, theta: npt.NDArray[Any]) -> dict[str, npt.NDArray[Any]]:
        """All parameters as views into a flat vector, dict of str -> ndarray."""
        return {
            name: theta[self._slices[name]].reshape(shape)
            for name, shape in self.shapes.items()
        }

    def penalised_mask(self) -> npt.NDArray[np.bool_]:
        """Mask of the dense part: True where an L2 penalty applies."""
        mask = np.zeros(self.n_dense, dtype=bool)
        for name in self.penalised:
            if name not in self.tables:
                mask[self._slices[name]] = True
        return mask


class Gradients:
    """The gradient of a loss: one flat vector, and rows of the tables.

    Parameters
    ----------
    layout : Layout
    dtype : dtype

    Attributes
    ----------
    dense : ndarray of shape (layout.n_dense,)
    tables : dict of str -> RowGradient

    Examples
    --------
    >>> import numpy as np
    >>> from sksequence.network import Gradients, Layout
    >>> layout = Layout({"E": (3, 2), "b": (2,)}, tables={"E"})
    >>> gradients = Gradients(layout, np.float64)
    >>> grads = gradients.views()
    >>> grads["b"] += 1
    >>> grads["E"].add_rows(np.array([2]), np.array([[5.0, 6.0]]))
    >>> gradients.to_vector()  # tables lie at the end
    array([1., 1., 0., 0., 0., 0., 5., 6.])
    """

    def __init__(self, layout: Layout, dtype: npt.DTypeLike) -> None:
        self._layout = layout
        self.dense = np.zeros(layout.n_dense, dtype=dtype)
        self.tables = {
            name: RowGradient(layout.shapes[name][1:], dtype) for name in layout.tables
        }

    def views(self) -> Grads:
        """By name: a view into ``dense``, or the RowGradient of a table."""
        return {
            name: self.tables[name]
            if name in self.tables
            else self._layout.view(self.dense, name)
            for name in self._layout.shapes
        }

    def arrays(self) -> list[FloatArray]:
        """The dense vector and the rows of each table."""
        return [self.dense, *(table.values for table in self.tables.values())]

    def add(self, other: Gradients) -> None:
        """Add gradients of the same layout."""
        self.dense += other.dense
        for name, table in self.tables.items():
            more = other.tables[name]
            table.add_rows(more.rows, more.values)

    def to_vector(self) -> FloatArray:
        """The whole gradient as one vector like theta, tables made dense."""
        vector = np.zeros(self._layout.size, dtype=self.dense.dtype)
        vector[: len(self.dense)] = self.dense
        for name, table in self.tables.items():
            self._layout.view(vector, name)[table.rows] = table.values
        return vector


def zeros_like(gradient: FloatArray | RowGradient) -> FloatArray | RowGradient:
    """A gradient of the same form, to which nothing was added."""
    if isinstance(gradient, RowGradient):
        return RowGradient(gradient.values.shape[1:], gradient.values.dtype)
    return np.zeros_like(gradient)


class RowGradient:
    """The gradient of some rows of a table; of none at first.

    Parameters
    ----------
    shape : tuple of int
        Of one row.
    dtype : dtype

    Attributes
    ----------
    rows : ndarray of shape (n_used,), increasing
    values : ndarray of shape (n_used, ...)

    Examples
    --------
    >>> import numpy as np
    >>> from sksequence.network import RowGradient
    >>> gradient = RowGradient((1,), np.float64)
    >>> gradient.add_rows(np.array([0, 7]), np.array([[1.0], [2.0]]))
    >>> gradient.add_rows(np.array([5, 7]), np.array([[3.0], [4.0]]))
    >>> gradient.rows, gradient.values.ravel()
    (array([0, 5, 7]), array([1., 3., 6.]))
    """

    def __init__(self, shape: tuple[int, ...], dtype: npt.DTypeLike) -> None:
        self.rows: IntArray = np.empty(0, dtype=np.intp)
        self.values = np.empty((0, *shape), dtype)

    def add_rows(self, rows: IntArray | slice, values: npt.NDArray[Any]) -> None:
        """Add gradients of distinct rows, in increasing order.

        Parameters
        ----------
        rows : ndarray of shape (n,), or slice
            A slice of all rows: those of steps that are not sparse.
        values : ndarray of shape (n, ...)
        """
        if isinstance(rows, slice):
            rows = np.arange(len(values))
        if len(self.rows) == 0:
            self.rows, self.values = rows, values
            return
        merged = np.union1d(self.rows, rows)
        total = np.zeros((len(merged), *values.shape[1:]), dtype=values.dtype)
        total[np.searchsorted(merged, self.rows)] = self.values
        total[np.searchsorted(merged, rows)] += values
        self.rows, self.values = merged, total
