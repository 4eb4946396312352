"""Mean and scale of the steps, learnt at the first fit and kept by the network."""

import numpy as np
from scipy import sparse
from sklearn.preprocessing import StandardScaler
from sklearn.utils.sparsefuncs import min_max_axis

from .._state import reads_fitted
from .._typing import FloatArray
from ..sequences import ROUNDING, RaggedArray, flat, weights_of_rows

CHUNK = 2**16  # rows that are looked at together


class StandardizeMixin:
    """For an estimator with the parameter ``standardize``."""

    @property
    @reads_fitted
    def step_mean_(self) -> FloatArray:
        """Mean of each feature over the steps of the first fit (zero if sparse)."""
        return self._of_steps("mean")

    @property
    @reads_fitted
    def step_scale_(self) -> FloatArray:
        """Standard deviation of each feature (if sparse, greatest absolute value)."""
        return self._of_steps("scale")

    def _of_steps(self, what):
        for name, values in self.params_.items():
            if name.endswith(f"standardize.{what}"):
                return values
        raise AttributeError(
            f"This {type(self).__name__} has no step_{what}_: its steps are tokens, or "
            "standardize=False."
        )

    def _start_values(self, network, rng, dtype, data):
        theta = super()._start_values(network, rng, dtype, data)
        for name, values in network.layout.views(theta).items():
            part, _, what = name.rpartition(".")
            if part.endswith("standardize") and what == "mean":
                mean, scale = mean_and_scale(data.X, data.weights_as_read)
                values[:] = mean
                network.layout.view(theta, f"{part}.scale")[:] = scale
        return theta


def mean_and_scale(X, weights):
    """Weighted mean and standard deviation of the features of all steps.

    A weight counts as repetition. The scale of a constant feature is the power of two
    below its size, and 1 where it is zero. Of sparse steps the mean is 0 and the scale
    the greatest absolute value, so that zeros stay.

    Parameters
    ----------
    X : RaggedArray, or ndarray of shape (n_rows, n_features)
    weights : ndarray or RaggedArray
        Of sequences, or of their steps; or of the labels of each.

    Returns
    -------
    mean, scale : ndarray of shape (n_features,), float64
    """
    rows, w = flat(X), weights_of_rows(flat(weights))
    if isinstance(X, RaggedArray) and not isinstance(weights, RaggedArray):
        w = np.repeat(w, X.lengths)
    w = w / w.max()
    if not w.all():
        rows, w = rows[w > 0], w[w > 0]
    if sparse.issparse(rows):
        greatest = np.abs(min_max_axis(rows, axis=0)).max(axis=0).astype(np.float64)
        return np.zeros(rows.shape[1]), np.where(greatest > 0, greatest, 1.0)
    low, high = (end(axis=0).astype(np.float64) for end in (rows.min, rows.max))
    middle, unit = low / 2 + high / 2, _power_of_two(high / 2 - low / 2)
    scaler = StandardScaler()
    for start in range(0, len(rows), CHUNK):
        chunk = slice(start, start + CHUNK)
        centered = (rows[chunk].astype(np.float64) - middle) / unit
        with np.errstate(invalid="ignore"):  # the variance of a constant
            scaler.partial_fit(centered, sample_weight=w[chunk])
    size = np.maximum(np.abs(low), np.abs(high))
    deviation = np.sqrt(np.maximum(scaler.var_, 0)) * unit
    # what differs by rounding, or in rows that weigh nothing beside the others
    constant = np.minimum(high / 2 - low / 2, deviation) <= ROUNDING * size
    mean = middle + scaler.mean_ * unit
    return mean, np.where(constant, _power_of_two(size), deviation)


def _power_of_two(sizes):
    """Just below each size, so that it is a float too; 1 where it is zero.

    In this unit squares are neither huge nor zero.
    """
    exponent = np.frexp(sizes)[1] - 1
    return np.where(sizes > 0, np.ldexp(1.0, np.clip(exponent, -1000, 1000)), 1.0)
