"""Losses of numbers, summed over the columns.

::

    squared:   p = s,         loss = sum (p - y)^2 / 2
    absolute:  p = s,         loss = sum |p - y|
    huber:     p = s,         loss = sum d^2 / 2           where |d| = |p - y| <= delta
                                         delta |d| - delta^2 / 2            elsewhere
    quantile:  p = s,         loss = sum max(q (y - p), (1 - q) (p - y))
    poisson:   p = exp(s),    loss = sum p - y s

The derivatives by s are d, sign(d), d between -delta and delta, 1 - q or -q, and p - y.
Where p = y, sign(d) and the derivative of the quantile's loss are taken as 0, which is
a subgradient.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from .._typing import FloatArray
from ._losses import Loss


class NumberLoss(Loss):
    """Base of losses that are sums over the columns.

    Examples
    --------
    A loss of your own, of which an estimator's ``loss`` has none:

    >>> import numpy as np
    >>> from sksequence.network import NumberLoss
    >>> class LogCosh(NumberLoss):
    ...     def each(self, scores, targets):
    ...         difference = scores - targets
    ...         return np.log(np.cosh(difference)), np.tanh(difference)
    >>> scores, targets = np.array([[1.0], [3.0]]), np.array([[1.0], [2.0]])
    >>> loss, dscores = LogCosh().value_and_gradient(scores, targets, np.ones(2))
    >>> round(float(loss), 3), dscores.ravel().round(3)
    (0.434, array([0.   , 0.762]))
    """

    def value_and_gradient(
        self, scores: FloatArray, targets: npt.NDArray[Any], weights: FloatArray
    ) -> tuple[float, FloatArray]:
        """Weighted sum of the losses, and its gradient (n_rows, n_outputs)."""
        losses, derivatives = self.each(scores, targets)
        loss = (weights * losses.sum(axis=1)).sum()
        return loss, derivatives * weights[:, None]

    def each(
        self, scores: FloatArray, targets: npt.NDArray[Any]
    ) -> tuple[FloatArray, FloatArray]:
        """Loss and derivative of each entry, both (n_rows, n_outputs)."""
        raise NotImplementedError(f"{type(self).__name__} must define 'each'.")


class SquaredLoss(NumberLoss):
    """Half the squared error, which the mean minimizes."""

    def each(
        self, scores: FloatArray, targets: npt.NDArray[Any]
    ) -> tuple[FloatArray, FloatArray]:
        """Loss and derivative of each entry."""
        difference = scores - targets
        return difference * difference / 2, difference


class AbsoluteLoss(NumberLoss):
    """The absolute error, which the median minimizes."""

    def each(
        self, scores: FloatArray, targets: npt.NDArray[Any]
    ) -> tuple[FloatArray, FloatArray]:
        """Loss and derivative of each entry."""
        difference = scores - targets
        sign = np.sign(difference.real)
        return sign * difference, sign


class HuberLoss(NumberLoss):
    """Squared near zero, absolute beyond ``delta`` [1]_.

    Parameters
    ----------
    delta : float, default=1.345
        In standard deviations of normal errors, of which 1.345 loses 5 % of the
        efficiency of the mean.

    References
    ----------
    .. [1] Huber, "Robust estimation of a location parameter", Annals of Mathematical
       Statistics 35, 1964.
    """

    def __init__(self, delta: float = 1.345) -> None:
        self.delta = delta

    def each(
        self, scores: FloatArray, targets: npt.NDArray[Any]
    ) -> tuple[FloatArray, FloatArray]:
        """Loss and derivative of each entry."""
        difference = scores - targets
        derivative = np.clip(difference.real, -self.delta, self.delta)
        # Inside, this is d^2 / 2; beyond delta, delta |d| - delta^2 / 2.
        inside = np.abs(difference.real) <= self.delta
        bend = np.where(inside, difference, derivative)
        return bend * (difference - bend / 2), derivative


class QuantileLoss(NumberLoss):
    """The pinball loss, which the quantile minimizes [1]_.

    Parameters
    ----------
    quantile : float in (0, 1), default=0.5

    References
    ----------
    .. [1] Koenker & Bassett, "Regression quantiles", Econometrica 46, 1978.

    Examples
    --------
    Too low costs nine times as much as too high:

    >>> import numpy as np
    >>> from sksequence.network import QuantileLoss
    >>> losses, derivatives = QuantileLoss(0.9).each(
    ...     np.array([[1.0], [3.0]]), np.array([[2.0], [2.0]])
    ... )
    >>> losses.ravel().round(2), derivatives.ravel().round(2)
    (array([0.9, 0.1]), array([-0.9,  0.1]))
    """

    def __init__(self, quantile: float = 0.5) -> None:
        self.quantile = quantile

    def each(
        self, scores: FloatArray, targets: npt.NDArray[Any]
    ) -> tuple[FloatArray, FloatArray]:
        """Loss and derivative of each entry."""
        difference = scores - targets
        sign = np.sign(difference.real)
        derivative = sign * (0.5 + (0.5 - self.quantile) * sign)  # 1 - q, 0 or -q
        return derivative * difference, derivative


class PoissonLoss(NumberLoss):
    """Minus the log likelihood of a Poisson distribution, up to terms of y alone.

    The link is the logarithm: scores are those of the mean.
    """

    def each(
        self, scores: FloatArray, targets: npt.NDArray[Any]
    ) -> tuple[FloatArray, FloatArray]:
        """Loss and derivative of each entry."""
        mean = np.exp(scores)
        return mean - targets * scores, mean - targets

    @staticmethod
    def predict(scores: FloatArray) -> FloatArray:
        """The mean, exp(scores)."""
        return np.exp(scores)
