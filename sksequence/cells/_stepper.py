"""A cell for one step at a time; ``Cell.forward`` is for whole batches."""

from __future__ import annotations

import numpy as np

from .._typing import Arrays, FloatArray, Params, Rows
from ._arrays import by_gate
from ._base import Cell
from ._inputs import project_sparse


class CellStepper:
    """One step of a cell, with its weights arranged once.

    Parameters
    ----------
    cell : Cell
    params : dict of str -> ndarray
    sparse_input : bool, default=False
        Whether the steps are CSR rows. W may then be very large, and is no part of what
        is arranged: see ``project_sparse``.
    """

    def __init__(self, cell: Cell, params: Params, sparse_input: bool = False) -> None:
        self.cell = cell
        self.weights = cell.weights(params)
        self._forward_one = None
        if not sparse_input:
            W = cell.input_weights(params)
            self.W, self.b = W[:, :-1].copy(), W[:, -1:].copy()
            self._forward_one = cell.forward_one(params)

    @property
    def gates_size(self) -> int:
        """Numbers in the gates of one sequence."""
        return self.b.size

    def project(self, X: FloatArray) -> FloatArray:
        """The input projection of X (n, n_features), (n_gates, n, n_units).

        X may hold the first features only.
        """
        n_features, W = X.shape[1], self.W
        if n_features < W.shape[1]:
            W = W[:, :n_features]
        z = np.matmul(X, W)
        z += self.b
        return z

    def project_sparse(self, params: Params, X: Rows) -> FloatArray:
        """The input projection of CSR rows (n, n_features), from W as it is."""
        projection = project_sparse(self.cell, params, X)
        return by_gate(projection, len(self.cell.gates)).copy()

    def read(self, X: FloatArray, before: Arrays) -> Arrays:
        """The states after a step that reads X (n, n_features)."""
        if self._forward_one is not None and len(X) == 1 and X.dtype == self.W.dtype:
            return self._forward_one(X, before)[1]
        return self.step(self.project(X), before)

    def step(self, z: FloatArray, before: Arrays) -> Arrays:
        """The states after a step, from its input projection.

        Parameters
        ----------
        z : ndarray of shape (n_gates, n, n_units)
            The input projection, overwritten.
        before : tuple of ndarray of shape (n, n_units)

        Returns
        -------
        after : tuple of ndarray of shape (n, n_units)
        """
        return self.cell.one_step(self.weights, z, before)
