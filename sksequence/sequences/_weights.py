"""Weights of sequences and of their steps."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from ._checks import as_ragged, place_of
from ._numbers import as_floats
from ._ragged import RaggedArray


def check_sample_weight(
    sample_weight: object, n_sequences: int
) -> npt.NDArray[np.float64]:
    """Weights of sequences as float64 of shape (n_sequences,); ones for None."""
    if sample_weight is None:
        return np.ones(n_sequences)
    weights = as_floats(sample_weight, "sample_weight")
    if weights.ndim == 0:
        weights = np.full(n_sequences, weights)
    if weights.shape != (n_sequences,):
        raise ValueError(
            "sample_weight must have one entry for each of the "
            f"{n_sequences} sequences. Got shape {weights.shape} instead."
        )
    _check_weights(weights, "sample_weight[{}]".format)
    return weights


def check_step_weight(
    sample_weight: object, X: RaggedArray, X_name: str = "X"
) -> RaggedArray:
    """Weights of steps as a RaggedArray like X; those of sequences are repeated."""
    if not isinstance(sample_weight, RaggedArray):
        if hasattr(sample_weight, "__array__"):
            sample_weight = np.asarray(sample_weight)
        if _one_a_sequence(sample_weight):
            weights = check_sample_weight(sample_weight, len(X))
            return X.with_values(np.repeat(weights, X.lengths))
    weights = as_ragged(sample_weight, name="sample_weight")
    check_steps_agree(weights, X, "sample_weight", X_name)
    values = as_floats(weights.values, "sample_weight").reshape(-1)
    if len(values) != len(X.values):
        raise ValueError(
            "sample_weight must hold one number for each sequence or for each step. "
            f"Got values of shape {weights.values.shape} for {X.offsets[-1]} steps."
        )
    _check_weights(
        values, lambda row: "sample_weight[{}][{}]".format(*place_of(X.offsets, row))
    )
    return X.with_values(values)


def _one_a_sequence(weights):
    one = weights is None or np.isscalar(weights) or isinstance(weights, Mapping)
    return one or len(weights) == 0 or np.ndim(weights[0]) == 0


def _check_weights(weights, name):
    bad = np.flatnonzero(~np.isfinite(weights) | (weights < 0))
    if len(bad):
        raise ValueError(
            "sample_weight must be finite and not negative. "
            f"{name(int(bad[0]))} is {weights[bad[0]]}."
        )


def check_steps_agree(
    y: RaggedArray, X: RaggedArray, name: str = "y", X_name: str = "X"
) -> None:
    """Raise an error unless each entry of y is as long as its sequence of X."""
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
