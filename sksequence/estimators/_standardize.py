"""Mean and scale of the steps, learnt at the first fit and kept by the network."""

import numpy as np
from scipy import sparse
from sklearn.preprocessing import MaxAbsScaler, StandardScaler

from .._state import reads_fitted
from .._typing import FloatArray
from ..sequences import RaggedArray, flat, weights_of_rows

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
    if sparse.issparse(rows):
        return np.zeros(rows.shape[1]), MaxAbsScaler().fit(rows).scale_
    unit = _power_of_two(rows)
    scaler = StandardScaler()
    for start in range(0, len(rows), CHUNK):
        chunk = slice(start, start + CHUNK)
        counts = w[chunk] > 0
        if counts.any():
            # The variance of a constant may be negative by rounding: its scale is 1.
            with np.errstate(invalid="ignore"):
                scaler.partial_fit(
                    rows[chunk][counts].astype(np.float64) / unit,
                    sample_weight=w[chunk][counts],
                )
    return scaler.mean_ * unit, scaler.scale_ * unit


def _power_of_two(rows):
    """Just below the greatest value of each feature, so that it is a float too.

    In this unit squares are neither huge nor zero.
    """
    greatest = np.maximum(rows.max(axis=0), -rows.min(axis=0)).astype(np.float64)
    exponent = np.frexp(greatest)[1] - 1
    return np.where(greatest > 0, np.ldexp(1.0, np.clip(exponent, -1000, 1000)), 1.0)
