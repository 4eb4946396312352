"""The best weights so far, and whether training still gets anywhere."""

import numpy as np


class BestWeights:
    """Watch a score (higher is better), epoch by epoch.

    Parameters
    ----------
    tol : float
        Less than this is no improvement worth waiting for.
    keep_weights : bool
        Whether to copy the weights of the best epoch.

    Attributes
    ----------
    score : float
        The best so far, -inf before the first.
    theta : ndarray or None
        A copy of the weights that gave it.
    n_stale : int
        Epochs in a row without an improvement of ``tol``.
    """

    def __init__(self, tol, keep_weights):
        self.tol, self.keep_weights = tol, keep_weights
        self.score, self.theta, self.n_stale = -np.inf, None, 0

    def update(self, score, theta):
        """Take one epoch into account."""
        stale = not score >= self.score + self.tol
        self.n_stale = self.n_stale + 1 if stale else 0
        if score > self.score:
            self.score = score
            if self.keep_weights:
                self.theta = theta.copy()
