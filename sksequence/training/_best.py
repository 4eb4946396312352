"""Weights to restore: the best so far, and the last that are known to be good."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._typing import FloatArray


class BestWeights:
    """The best score (higher is better) over the epochs, and its weights.

    Parameters
    ----------
    tol : float
        A smaller improvement does not count as one.
    keep_weights : bool
        Whether to copy the weights of the best epoch.

    Attributes
    ----------
    score : float
        The best so far, -inf before the first.
    theta : ndarray or None
        A copy of the weights that gave this score.
    n_stale : int
        Epochs in a row without an improvement of ``tol``.
    """

    def __init__(self, tol: float, keep_weights: bool) -> None:
        self.tol, self.keep_weights = tol, keep_weights
        self.score, self.n_stale = -np.inf, 0
        self.theta: FloatArray | None = None

    def update(self, score: float, theta: FloatArray) -> None:
        """Take one epoch into account; a score of NaN is none, and never the best."""
        if np.isnan(score) and self.score == -np.inf:
            return  # nothing to compare with yet
        stale = not score >= self.score + self.tol
        self.n_stale = self.n_stale + 1 if stale else 0
        if score > self.score:
            self.score = score
            if self.keep_weights:
                self.theta = theta.copy()

    def get_state(self) -> dict[str, Any]:
        """All that changes. The array in it is not written to later."""
        return {"score": self.score, "theta": self.theta, "n_stale": self.n_stale}

    def set_state(self, state: dict[str, Any]) -> None:
        """Take over a state from ``get_state``."""
        self.score, self.theta = state["score"], state["theta"]
        self.n_stale = state["n_stale"]


class GoodWeights:
    """Weights to restore when training breaks off.

    The loss of an epoch is that of the weights before their updates: the weights that
    the epoch of the lowest loss began with are good, even if it ended badly. Updates
    within the epoch can have made its loss low by chance: weights of 1e305 score all or
    nothing. The start values are what is left then.

    Parameters
    ----------
    theta : ndarray
        The weights before the first epoch.

    Attributes
    ----------
    start : ndarray
        A copy of the weights before the first epoch.
    whole : ndarray
        A copy of the weights after the last whole epoch.
    theta : ndarray
        A copy of the weights that the epoch of the lowest loss began with.
    epoch : int
        That epoch.
    """

    def __init__(self, theta: FloatArray) -> None:
        self.start, self.whole, self.theta = theta.copy(), theta.copy(), theta.copy()
        self.epoch, self.lowest = 1, np.inf

    def return_to_start(self) -> None:
        """Let the weights before the first epoch be the good ones."""
        self.theta[:] = self.start
        self.epoch, self.lowest = 1, np.inf

    def update(self, epoch: int, loss: float, theta: FloatArray) -> None:
        """Take one epoch into account."""
        if loss <= self.lowest:
            self.theta[:] = self.whole
            self.epoch, self.lowest = epoch, loss
        self.whole[:] = theta

    def get_state(self) -> dict[str, Any]:
        """All that changes, so without ``start``; the arrays are not copied."""
        return {
            "whole": self.whole,
            "theta": self.theta,
            "epoch": self.epoch,
            "lowest": self.lowest,
        }

    def set_state(self, state: dict[str, Any]) -> None:
        """Take over a state from ``get_state``, copying its arrays."""
        self.whole[:], self.theta[:] = state["whole"], state["theta"]
        self.epoch, self.lowest = state["epoch"], state["lowest"]
