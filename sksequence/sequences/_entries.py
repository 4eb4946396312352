"""Entries of sequences or of their steps: arrays, or RaggedArrays like X."""

from typing import Any

import numpy.typing as npt

from .._typing import IntArray
from ._packing import Steps, rows_of
from ._ragged import RaggedArray


def flat(values: RaggedArray | npt.NDArray[Any]) -> Any:
    """The values of a RaggedArray, one for each row; an array as it is."""
    return values.values if isinstance(values, RaggedArray) else values


def with_flat(
    values: RaggedArray | npt.NDArray[Any], new: npt.NDArray[Any]
) -> RaggedArray | npt.NDArray[Any]:
    """Other entries, in the form of ``values``: a RaggedArray or an array."""
    return values.with_values(new) if isinstance(values, RaggedArray) else new


def weights_of_rows(weights: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Weights (n_rows,); where each label of a row has its own, their means."""
    return weights if weights.ndim == 1 else weights.mean(axis=1)


def entries_of(
    values: RaggedArray | npt.NDArray[Any],
    X: RaggedArray,
    steps: Steps,
    order: IntArray,
) -> Any:
    """The entries of a batch that ``pack`` made from X, in the order of its rows."""
    if isinstance(values, RaggedArray):
        return values.values[rows_of(X, steps, order)]
    return values[order]


def with_static_of(X: RaggedArray, given: object) -> RaggedArray:
    """X, made of what was given, with its static numbers if it carries some."""
    if not isinstance(given, RaggedArray) or given.static is None:
        return X
    return X.with_static(given.static, given.static_names)


def refuse_static(X: object, owner: str, name: str = "X") -> None:
    """Raise an error for sequences that carry static numbers, of which no use is made.

    Parameters
    ----------
    X : object
    owner : str
        The estimator.
    name : str, default="X"
        What errors call X.
    """
    if isinstance(X, RaggedArray) and X.static is not None:
        raise ValueError(
            f"{name} carries static numbers, of which {owner} makes no use. "
            f"{name}.with_static(None) leaves them out."
        )
