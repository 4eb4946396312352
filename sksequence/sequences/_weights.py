"""Weights of sequences and of their steps."""

from collections.abc import Sized
from typing import Any

import numpy as np
import numpy.typing as npt

from .. import _frames, _kinds, _values
from ._checks import as_ragged, numbers_of, place_of
from ._ragged import RaggedArray


def check_sample_weight(
    sample_weight: object, n_sequences: int
) -> npt.NDArray[np.float64]:
    """Weights of sequences as float64 of shape (n_sequences,); ones for None."""
    weights = plain_weights(sample_weight)
    if weights is None:
        return np.ones(n_sequences)
    if weights.ndim == 0:
        weights = np.full(n_sequences, weights)
    if weights.shape != (n_sequences,):
        raise ValueError(
            "sample_weight must have one entry for each of the "
            f"{n_sequences} sequences. Got shape {weights.shape} instead."
        )
    _check_weights(weights, "sample_weight[{}]".format)
    return weights


def plain_weights(sample_weight: object) -> npt.NDArray[np.float64] | None:
    """Weights of sequences in any container as an array, and None as it is."""
    if sample_weight is None:
        return None
    _kinds.refuse_views(sample_weight, "sample_weight")
    weights = _frames.plain(sample_weight, "sample_weight")
    weights = _values.array_of(weights, "sample_weight")
    if weights.dtype.kind not in "biuf":
        weights = _values.as_numbers(weights.astype(object), "sample_weight")
    if weights.dtype.kind == "c":
        raise TypeError("sample_weight holds complex numbers. Expected real ones.")
    return _values.as_floats(weights)


def check_step_weight(
    sample_weight: object, X: RaggedArray, X_name: str = "X"
) -> RaggedArray:
    """Weights of steps as a RaggedArray like X; those of sequences are repeated."""
    if not isinstance(sample_weight, RaggedArray):
        _kinds.refuse_views(sample_weight, "sample_weight")
        if hasattr(sample_weight, "tocsr"):
            raise TypeError(
                "sample_weight is a sparse matrix. Expected a list of arrays."
            )
        sample_weight = _frames.plain_or_rows(sample_weight, "sample_weight")
        if _one_a_sequence(sample_weight):
            weights = check_sample_weight(sample_weight, len(X))
            return X.with_values(np.repeat(weights, X.lengths))
    weights = numbers_of(
        as_ragged(sample_weight, name="sample_weight", empty=True), "sample_weight"
    )
    check_steps_agree(weights, X, "sample_weight", X_name)
    if weights.values.dtype.kind not in "biuf" or weights.is_sparse:
        raise TypeError(
            f"sample_weight holds {weights.values.dtype} values"
            f"{' of sparse matrices' if weights.is_sparse else ''}. Expected numbers."
        )
    values = _values.as_floats(weights.values).reshape(-1)
    if len(values) != X.offsets[-1]:
        raise ValueError(
            "sample_weight must hold one number for each sequence or for each step. "
            f"Got values of shape {weights.values.shape} for {X.offsets[-1]} steps."
        )
    _check_weights(
        values, lambda row: "sample_weight[{}][{}]".format(*place_of(X.offsets, row))
    )
    return X.with_values(values)


def _one_a_sequence(weights):
    if not _kinds.is_list(weights):
        return True
    return not len(weights) or not _kinds.is_list_like(weights[0])


def _check_weights(weights, name):
    bad = np.flatnonzero(~np.isfinite(weights) | (weights < 0))
    if len(bad):
        raise ValueError(
            "sample_weight must be finite and not negative. "
            f"{name(int(bad[0]))} is {weights[bad[0]]}."
        )


def check_some_weight(
    weights: npt.NDArray[Any], what: str = "sequence", name: str = "sample_weight"
) -> None:
    """Raise an error if no weight is above zero.

    Parameters
    ----------
    weights : ndarray
    what : str, default="sequence"
        Has a weight.
    name : str, default="sample_weight"
        What has given the weights.
    """
    if not weights.any():
        raise ValueError(
            f"{name} makes the weight of every {what} zero. One at least must be above "
            "zero."
        )


def check_lengths_agree(y: Sized, X: Sized, name: str = "y", X_name: str = "X") -> None:
    """Raise an error unless there is one entry of y for each sequence of X."""
    if len(y) != len(X):
        way = f" If {X_name} is one sequence, pass [{X_name}]." if len(y) == 1 else ""
        raise ValueError(
            f"{name} must have one entry for each sequence of {X_name}. {X_name} has "
            f"{len(X)} sequences, {name} has {len(y)} entries: inconsistent numbers "
            f"of samples.{way}"
        )


def check_steps_agree(
    y: RaggedArray, X: RaggedArray, name: str = "y", X_name: str = "X"
) -> None:
    """Raise an error unless each entry of y is as long as its sequence of X."""
    check_lengths_agree(y, X, name, X_name)
    unlike = np.flatnonzero(y.lengths != X.lengths)
    if len(unlike):
        i, way = unlike[0], ""
        if len(unlike) == len(X) > 1:
            way = (
                f" If a transformer has changed the number of steps of {X_name}, as "
                f"Downsample does, {name} has stayed as it was."
            )
        raise ValueError(
            f"{name}[{i}] has {y.lengths[i]} entries, but {X_name}[{i}] has "
            f"{X.lengths[i]} steps. {name} must have one entry for each step "
            f"({len(unlike)} of {len(X)} sequences differ).{way}"
        )
