"""The input of a layer and its weights: X W + b, and the gradients of X, W and b."""

from __future__ import annotations

import numpy as np

from ._arrays import add_rows, by_gate, side_by_side, used_columns
from ._views import blocks


class DenseInput:
    """Steps that are rows of an array. A column of ones makes b a row of W.

    Parameters
    ----------
    X : ndarray of shape (n_rows, n_features)
    longest : int
        Rows of the longest chunk.
    n_slots : int
        How many chunks may be in work at once.
    new : callable
        ``Workspace.array``.
    dtype : dtype
    """

    def __init__(self, X, longest, n_slots, new, dtype):
        self.X = X
        self.rows = new("inputs", (n_slots, longest, X.shape[1] + 1), dtype)
        self.rows[:, :, -1] = 1

    def begin(self, cell, params):
        """Arrange the weights for ``project``."""
        self.cell, self.weights = cell, cell.input_weights(params)

    def project(self, chunk, slot, z, kept):
        """Write the projection of a chunk to ``z``, see ``Cell.run``.

        Parameters
        ----------
        chunk : Chunk
        slot : int
        z : ndarray of shape (n_gates, n_kept, n_units)
        kept : int
        """
        rows = self._take(chunk.first, chunk.stop, slot)
        self.cell.project(self.weights, rows, z, chunk, kept)

    def _take(self, first, stop, slot):
        """[X, 1] of a chunk."""
        rows = self.rows[slot, : stop - first]
        rows[:, :-1] = self.X[first:stop]
        return rows

    def begin_back(self, cell, params, need_dX):
        """Make room for the gradients."""
        self.cell, self.WT = cell, None
        if need_dX:
            self.WT = by_gate(params["W"], len(cell.gates)).transpose(0, 2, 1).copy()
        n_units = len(params["U"])
        shape = len(cell.gates), self.X.shape[1] + 1, n_units
        self.total = np.zeros(shape, self.rows.dtype)
        self.dX = None
        if need_dX:
            self.dX = np.empty(self.X.shape, self.rows.dtype)

    def take_back(self, chunk, slot, dZ):
        """Take the gradients of a chunk into account.

        Parameters
        ----------
        chunk : Chunk
        slot : int
        dZ : ndarray of shape (n_gates, chunk.n_rows, n_units)
        """
        rows = self._take(chunk.first, chunk.stop, slot)
        self.cell.add_products(rows, dZ, self.total, chunk.worker)
        if self.dX is not None:
            dX = self.dX[chunk.first : chunk.stop]
            self.cell.sum_products(dZ, self.WT, dX, chunk.worker)

    def end_back(self, grads):
        """Add the gradients of W and b, and return that of X (or None)."""
        add_rows(grads["W"], slice(None), side_by_side(self.total[:, :-1]))
        grads["b"] += self.total[:, -1].ravel()
        return self.dX


def project_sparse(cell, params, X):
    """X W + b of CSR rows, sigmoid gates halved, (n_rows, n_gates * n_units)."""
    projection = X @ params["W"]
    projection += params["b"]
    projection[:, : cell.n_sigmoid * len(params["U"])] *= 0.5
    return projection


class SparseInput:
    """Steps that are rows of a CSR matrix: only rows of W that they use are read."""

    def __init__(self, X, longest, n_slots, new, dtype):
        self.X = X

    def begin(self, cell, params):
        """The projection of all rows."""
        self.projection = project_sparse(cell, params, self.X)

    def project(self, chunk, slot, z, kept):
        """Write the projection of a chunk, as in DenseInput."""
        for n_t, start, stop in chunk.runs:
            out = blocks(z, n_t, start + kept, stop + kept)
            n_steps, n_gates, n_t, n_units = out.shape
            rows = self.projection[start:stop].reshape(n_steps, n_t, n_gates, n_units)
            out[:] = rows.swapaxes(1, 2)

    def begin_back(self, cell, params, need_dX):
        """Nothing: all rows are one chunk."""

    def take_back(self, chunk, slot, dZ):
        """Take the gradients of all rows into account."""
        self.columns, compressed = used_columns(self.X)
        self.values = np.concatenate([compressed.T @ dz for dz in dZ], axis=1)
        self.db = dZ.sum(axis=1)

    def end_back(self, grads):
        """Add the gradients of W and b."""
        add_rows(grads["W"], self.columns, self.values)
        grads["b"] += self.db.ravel()
