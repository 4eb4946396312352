"""Checks of what fit is given, apart from the sequences themselves."""

import numpy as np

from .. import _frames
from ..sequences import RaggedArray


def is_table(X, tokens):
    """Whether scikit-learn would take X for a table: 2-D, or rows of plain numbers."""
    if _frames.is_frame(X):
        array = np.asarray(X)  # one column of objects holds the sequences
        return array.dtype != object or array.shape[1] != 1
    if isinstance(X, (list, tuple)):  # lists of token ids are sequences even if even
        return (
            not tokens
            and len(X) > 0
            and all(isinstance(row, (list, tuple)) for row in X)
            and len({len(row) for row in X}) == 1
            and all(np.isscalar(value) for value in X[0])
        )
    if isinstance(X, RaggedArray) or _frames.is_column(X):
        return False
    if hasattr(X, "__array__"):
        return np.asarray(X).ndim == 2
    return False


def check_lengths_agree(y, n_sequences, suffix=""):
    """Raise an error if X and y (or X_val and y_val) are not of one length."""
    if len(y) != n_sequences:
        raise ValueError(
            f"y{suffix} must have one entry for each sequence of X{suffix}. "
            f"X{suffix} has {n_sequences} sequences, y{suffix} has {len(y)} "
            "entries: inconsistent numbers of samples."
        )


def check_sample_weight(sample_weight, n_sequences):
    """Weights of shape (n_sequences,), float64; None gives ones."""
    if sample_weight is None:
        return np.ones(n_sequences)
    weights = np.asarray(sample_weight, dtype=np.float64)
    if weights.ndim == 0:
        weights = np.full(n_sequences, weights)
    if weights.shape != (n_sequences,):
        raise ValueError(
            "sample_weight must have one entry for each of the "
            f"{n_sequences} sequences. Got shape {weights.shape} instead."
        )
    bad = np.flatnonzero(~np.isfinite(weights) | (weights < 0))
    if len(bad):
        raise ValueError(
            "sample_weight must be finite and not negative. "
            f"sample_weight[{bad[0]}] is {weights[bad[0]]}."
        )
    return weights


def without_zeros(X, y, weights, name):
    """The sequences that count. Zero weights would leave batches half empty."""
    held = weights > 0
    if held.all():
        return X, y, weights
    if not held.any():
        raise ValueError(f"{name} makes the weight of every sequence zero.")
    return X[held], y[held], weights[held]
