"""Checks of what fit is given, apart from the sequences themselves.

Targets and weights are arrays with one entry a sequence or, where every step has its
own, a RaggedArray like X.
"""

import numpy as np

from .. import _frames
from ..sequences import RaggedArray, as_ragged, place_of, rows_of


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
    _check_weights(weights, "sample_weight[{}]".format)
    return weights


def check_step_weight(sample_weight, X):
    """Weights of every step, a RaggedArray like X: given so, or one a sequence."""
    if not isinstance(sample_weight, RaggedArray):
        if hasattr(sample_weight, "__array__"):
            sample_weight = np.asarray(sample_weight)
        one = sample_weight is None or np.isscalar(sample_weight)
        if one or len(sample_weight) == 0 or np.ndim(sample_weight[0]) == 0:
            weights = check_sample_weight(sample_weight, len(X))
            return X.with_values(np.repeat(weights, X.lengths))
    weights = as_ragged(sample_weight, name="sample_weight")
    check_steps_agree(weights, X, "sample_weight")
    values = weights.values.astype(np.float64).reshape(-1)
    if len(values) != len(X.values):
        raise ValueError(
            "sample_weight must hold one number for each sequence or for each step. "
            f"Got values of shape {weights.values.shape} for {X.offsets[-1]} steps."
        )
    _check_weights(
        values, lambda row: "sample_weight[{}][{}]".format(*place_of(X.offsets, row))
    )
    return X.with_values(values)


def _check_weights(weights, name):
    bad = np.flatnonzero(~np.isfinite(weights) | (weights < 0))
    if len(bad):
        raise ValueError(
            "sample_weight must be finite and not negative. "
            f"{name(int(bad[0]))} is {weights[bad[0]]}."
        )


def check_steps_agree(y, X, name="y", X_name="X"):
    """Raise an error if entries of y are not as long as their sequences."""
    if len(y) != len(X):
        raise ValueError(
            f"{name} must have one entry for each sequence of {X_name}. {X_name} has "
            f"{len(X)} sequences, {name} has {len(y)} entries: inconsistent numbers "
            "of samples."
        )
    unlike = np.flatnonzero(y.lengths != X.lengths)
    if len(unlike):
        i = unlike[0]
        raise ValueError(
            f"{name}[{i}] has {y.lengths[i]} entries, but {X_name}[{i}] has "
            f"{X.lengths[i]} steps. {name} must have one entry for each step "
            f"({len(unlike)} of {len(X)} sequences differ)."
        )


def flat(values):
    """One entry a row, of what may be a RaggedArray."""
    return values.values if isinstance(values, RaggedArray) else values


def with_flat(values, new):
    """``new`` entries in the form of ``values``."""
    return values.with_values(new) if isinstance(values, RaggedArray) else new


def packed(values, X, steps, order):
    """The entries of a batch that ``pack`` made of X, in the order of its rows."""
    if isinstance(values, RaggedArray):
        return values.values[rows_of(X, steps, order)]
    return values[order]


def without_zeros(X, y, weights, name):
    """The sequences that count. Zero weights would leave batches half empty."""
    held = flat(weights) > 0
    if isinstance(weights, RaggedArray):
        held = np.logical_or.reduceat(held, weights.offsets[:-1])
    if held.all():
        return X, y, weights
    if not held.any():
        raise ValueError(f"{name} makes the weight of every sequence zero.")
    return X[held], y[held], weights[held]
