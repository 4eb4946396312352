"""Losses over rows: (scores, targets, weights) -> the weighted sum, its gradient.

The loss is a sum, not a mean over the rows of a batch, so that the contributions of the
batches of an epoch add up to the loss of the whole training set, if the weights of all
its rows sum to one.

Each is paired with its canonical link, so the gradient of a row's scores is p - y:

::

    softmax:  p = exp(s) / sum exp(s),    loss = -log p[y]
    sigmoid:  p = 1 / (1 + exp(-s)),      loss = -sum y log p + (1 - y) log(1 - p)

Those of numbers are in ``_number_losses``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import expit
from sklearn.base import BaseEstimator

from .._typing import FloatArray


class Loss(BaseEstimator):
    """Base of losses, which are functions of scores and data.

    The constructor takes options only. The link, ``predict``, says what scores mean.

    Examples
    --------
    >>> import numpy as np
    >>> from sksequence.network import LOSSES
    >>> softmax, targets = LOSSES["softmax"], np.array([0, 1])
    >>> scores = np.array([[0.0, 0.0], [0.0, 2.0]])
    >>> softmax.predict(scores).round(2)
    array([[0.5 , 0.5 ],
           [0.12, 0.88]])
    >>> loss, dscores = softmax.value_and_gradient(scores, targets, np.ones(2))
    >>> dscores.round(2)  # p - y
    array([[-0.5 ,  0.5 ],
           [ 0.12, -0.12]])
    """

    def value_and_gradient(
        self, scores: FloatArray, targets: npt.NDArray[Any], weights: FloatArray
    ) -> tuple[float, FloatArray]:
        """The weighted sum of the losses of all rows, and its gradient.

        Parameters
        ----------
        scores : ndarray of shape (n_rows, n_outputs)
        targets : ndarray of shape (n_rows,) or (n_rows, n_outputs)
        weights : ndarray of shape (n_rows,)
            Of ``SigmoidLoss`` also (n_rows, n_outputs).

        Returns
        -------
        loss : float
        dscores : ndarray of shape (n_rows, n_outputs)
        """
        raise NotImplementedError(
            f"{type(self).__name__} must define 'value_and_gradient'."
        )

    def predict(self, scores: FloatArray) -> FloatArray:
        """The link: what scores mean, here the scores themselves."""
        return scores


class SoftmaxLoss(Loss):
    """Cross-entropy of one label for each row; targets (n_rows,) are ints.

    Parameters
    ----------
    label_smoothing : float in [0, 1), default=0
        The fraction e of each target that goes to all classes alike [1]_: the loss is
        (1 - e) times minus log p of the label, plus e times the mean over all classes.

    References
    ----------
    .. [1] Szegedy et al., "Rethinking the Inception architecture for computer vision",
       CVPR 2016.
    """

    def __init__(self, label_smoothing: float = 0.0) -> None:
        self.label_smoothing = label_smoothing

    def value_and_gradient(
        self, scores: FloatArray, targets: npt.NDArray[Any], weights: FloatArray
    ) -> tuple[float, FloatArray]:
        """Weighted sum of the losses, and its gradient (n_rows, n_classes)."""
        rows, e = np.arange(len(scores)), self.label_smoothing
        log_p = self.log_predict(scores)
        gradient = np.exp(log_p)
        gradient[rows, targets] -= 1 - e
        losses = (e - 1) * log_p[rows, targets]
        if e:
            gradient -= e / scores.shape[1]
            losses -= e * log_p.mean(axis=1)
        gradient *= weights[:, None]
        return (weights * losses).sum(), gradient

    @staticmethod
    def log_predict(scores: FloatArray) -> FloatArray:
        """Log probabilities."""
        shifted = scores - scores.real.max(axis=1, keepdims=True)
        return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))

    @staticmethod
    def predict(scores: FloatArray) -> FloatArray:
        """Probabilities that sum to one in each row."""
        p = np.exp(scores - np.maximum.reduce(scores, axis=1, keepdims=True))
        p /= np.add.reduce(p, axis=1, keepdims=True)
        return p


class SigmoidLoss(Loss):
    """Binary cross-entropy of each column; targets (n_rows, n_outputs) are 0 or 1.

    Parameters
    ----------
    label_smoothing : float in [0, 1), default=0
        The fraction of each target that goes to 0 and 1 alike.
    """

    def __init__(self, label_smoothing: float = 0.0) -> None:
        self.label_smoothing = label_smoothing

    def value_and_gradient(
        self, scores: FloatArray, targets: npt.NDArray[Any], weights: FloatArray
    ) -> tuple[float, FloatArray]:
        """Weighted sum of the losses, and its gradient (n_rows, n_outputs).

        Weights are those of rows, or of all their entries.
        """
        if weights.ndim == 1:
            weights = weights[:, None]
        if self.label_smoothing:
            targets = targets + self.label_smoothing * (0.5 - targets)
        size = np.where(scores.real > 0, scores, -scores)  # |s|, complex-safe
        losses = (size + scores) / 2 - targets * scores + np.log1p(np.exp(-size))
        # Of complex numbers too, by which gradients are checked.
        gradient = ((np.tanh(scores / 2) + 1) / 2 - targets) * weights
        return (weights * losses).sum(), gradient

    @staticmethod
    def log_predict(scores: FloatArray) -> FloatArray:
        """Log probabilities of a 1."""
        return -np.logaddexp(0, -scores)

    @staticmethod
    def predict(scores: FloatArray) -> FloatArray:
        """Probability of a 1."""
        return expit(scores)  # also small ones keep their digits
