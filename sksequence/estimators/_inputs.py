"""Checks of what fit is given, apart from the sequences themselves.

Targets and weights are arrays with one entry a sequence or, where every step has its
own, a RaggedArray like X.
"""

import numpy as np

from ..sequences import RaggedArray, flat


def check_lengths_agree(y, n_sequences, suffix=""):
    """Raise an error if X and y (or X_val and y_val) are not of one length."""
    if len(y) != n_sequences:
        raise ValueError(
            f"y{suffix} must have one entry for each sequence of X{suffix}. "
            f"X{suffix} has {n_sequences} sequences, y{suffix} has {len(y)} "
            "entries: inconsistent numbers of samples."
        )


def without_zeros(X, y, weights, name):
    """The sequences that count, and which they are.

    Zero weights would leave batches half empty.
    """
    held = flat(weights) > 0
    if isinstance(weights, RaggedArray):
        held = np.logical_or.reduceat(held, weights.offsets[:-1])
    if held.all():
        return X, y, weights, np.arange(len(held))
    if not held.any():
        raise ValueError(f"{name} makes the weight of every sequence zero.")
    return X[held], y[held], weights[held], np.flatnonzero(held)
