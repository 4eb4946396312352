"""An exponential moving average of the weights (EMA), corrected for its start.

::

    average_t = sum_s d^(t - s) theta_s / sum_s d^(t - s),       s = 1, ..., t

over the weights theta_s after update s. Weights that stood still for the last k of t
updates come in all at once::

    average += (1 - d^k) / (1 - d^t) (theta - average)

So of a table only the rows that are about to move are brought up to date.

.. [1] Polyak & Juditsky, "Acceleration of stochastic approximation by averaging", 1992.
.. [2] Morales-Brotons, Vogels & Hendrikx, "Exponential moving average of weights in
   deep learning: dynamics and benefits", TMLR 2024.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .._typing import FloatArray
from ._contracts import Gradients
from ._optimizers import Optimizer


class AveragedWeights:
    """The average of the weights over the updates of a training.

    Parameters
    ----------
    theta : ndarray of shape (n_parameters,)
        The weights before the first update, which are the average until then. The
        average holds on to this array, which updates change in place.
    optimizer : Optimizer
        That changes them.
    decay : float
        d in (0, 1).

    Attributes
    ----------
    t : int
        Updates that are averaged.
    counted : dict of str -> ndarray of shape (n_rows_of_table,)
        How many of them each row of a table has come in with.
    """

    def __init__(self, theta: FloatArray, optimizer: Optimizer, decay: float) -> None:
        self.theta, self.optimizer, self.decay = theta, optimizer, decay
        self.t, self._counted_dense = 0, 0
        layout = optimizer.layout
        self.counted = {
            name: np.zeros(layout.shapes[name][0], np.intp) for name in layout.tables
        }
        self._average = theta.copy()

    def before_update(self, gradients: Gradients) -> None:
        """Take in all weights that an update is about to move; count the update."""
        self._take_in_dense()
        for name, rows in self.optimizer.moved_rows(gradients).items():
            self._take_in_rows(name, rows)
        self.t += 1

    @np.errstate(over="ignore", invalid="ignore")  # of weights that have diverged
    def value(self) -> FloatArray:
        """The average: an array that further updates change."""
        self._take_in_dense()
        for name, counted in self.counted.items():
            self._take_in_rows(name, np.flatnonzero(counted < self.t))
        return self._average

    def _take_in_dense(self):
        if self._counted_dense < self.t:
            n = self.optimizer.layout.n_dense
            part = self._part(self.t - self._counted_dense)
            self._average[:n] += _times(part, self.theta[:n] - self._average[:n])
            self._counted_dense = self.t

    def _take_in_rows(self, name, rows):
        if self.t == 0:
            return
        layout, counted = self.optimizer.layout, self.counted[name]
        average = layout.view(self._average, name)
        difference = layout.view(self.theta, name)[rows] - average[rows]
        average[rows] += _times(self._part(self.t - counted[rows]), difference)
        counted[rows] = self.t

    def _part(self, k):
        """Of the average: that of weights that stood still for k updates."""
        return (1 - self.decay**k) / (1 - self.decay**self.t)

    def hold(self, name: str, values: FloatArray) -> None:
        """Set the average of some parameters."""
        self.optimizer.layout.view(self._average, name)[...] = values

    def get_state(self) -> dict[str, Any]:
        """All that changes besides the weights, copied."""
        self._take_in_dense()
        counted = {name: k.copy() for name, k in self.counted.items()}
        return {"average": self._average.copy(), "t": self.t, "counted": counted}

    def set_state(self, state: dict[str, Any]) -> None:
        """Take over a state from ``get_state``, copying its arrays."""
        self._average[:] = state["average"]
        self.t = self._counted_dense = state["t"]
        self.counted = {name: np.array(k) for name, k in state["counted"].items()}


def _times(part, rows):
    """Rows, or all numbers, times their part, in their own precision."""
    return (rows.T * np.asarray(part, rows.dtype)).T
