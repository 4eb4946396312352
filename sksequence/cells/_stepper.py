"""A cell for one step at a time; ``Cell.forward`` is for whole batches."""

from __future__ import annotations

import numpy as np

from .._typing import Arrays, FloatArray, Params
from ._base import Cell


class CellStepper:
    """One step of a cell, with its weights arranged once.

    Parameters
    ----------
    cell : Cell
    params : dict of str -> ndarray
    """

    def __init__(self, cell: Cell, params: Params) -> None:
        self.cell = cell
        self.weights, W = cell.weights(params), cell.input_weights(params)
        self.W, self.b = W[:, :-1].copy(), W[:, -1:].copy()

    @property
    def gates_size(self) -> int:
        """Numbers in the gates of one sequence."""
        return self.b.size

    def project(self, X: FloatArray) -> FloatArray:
        """The input projection of X (n, n_features), (n_gates, n, n_units).

        X may hold the first features only.
        """
        z = np.matmul(X, self.W[:, : X.shape[1]])
        z += self.b
        return z

    def step(self, z: FloatArray, before: Arrays) -> Arrays:
        """The states after a step.

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
