"""Sequences whose steps need not be numbers: dicts, strings, rows that hold strings."""

from collections.abc import Mapping

import numpy as np

from .. import _frames
from ..sequences import (
    RaggedArray,
    as_ragged,
    is_table,
    object_array,
    width_of_lists,
)


def array_ndim(X):
    """Dimensions of an array or data frame; 0 if X is sequences in another form.

    Lists of numbers that are as long as each other are an array of shape
    (n_sequences, n_steps, 1): scikit-learn expects an array back.
    """
    if is_table(X):
        return 2
    if width_of_lists(X) is not None:
        return 3
    others = isinstance(X, RaggedArray) or _frames.is_column(X) or _frames.is_frame(X)
    return 0 if others or not hasattr(X, "__array__") else np.asarray(X).ndim


def steps_as_ragged(X):
    """As ``as_ragged``; steps may also be dicts, strings or rows that hold strings."""
    if _frames.is_column(X):
        X = _frames.to_list(X)
    if isinstance(X, np.ndarray) and X.dtype == object and X.ndim > 0:
        if X.ndim == 2 and not any(_is_row(step) for step in X.flat):
            return RaggedArray.from_concatenated(X.ravel(), [X.shape[1]] * len(X))
        X = list(X)
    if not isinstance(X, (list, tuple)) or not X:
        return as_ragged(X)
    first = (_steps(X[0]) or [None])[0]
    kind = _kind(first)
    is_row = _is_row(first)
    holds_text = is_row and any(isinstance(value, str) for value in first)
    if not (holds_text or isinstance(first, (str, Mapping))):
        return as_ragged(X)

    sequences = [_steps(s) for s in X]
    for i, sequence in enumerate(sequences):
        if sequence is None:
            raise TypeError(
                f"X[{i}] is {_kind(X[i])}. Expected a list of steps, as X[0] is."
            )
        for t, step in enumerate(sequence):
            if _kind(step) != kind:
                raise TypeError(
                    f"X[{i}] has {_kind(step)} at step {t}, but X[0] has {kind} at "
                    "step 0. All steps must be of one kind."
                )
    steps = [step for sequence in sequences for step in sequence]
    values = np.array(steps, dtype=object) if is_row else object_array(steps)
    return RaggedArray.from_concatenated(values, [len(s) for s in sequences])


def _steps(sequence):
    """The steps of a sequence as a list; None if it is not a sequence."""
    if _frames.is_column(sequence):
        return _frames.to_list(sequence)
    return list(sequence) if _is_row(sequence) else None


def _kind(step):
    """What a step is, in few words."""
    if isinstance(step, str):
        return "a string"
    if isinstance(step, Mapping):
        return "a dict"
    if _is_row(step):
        return f"a row of {len(step)}"
    return f"a value of type {type(step).__name__}"


def _is_row(value):
    return isinstance(value, (list, tuple)) or (
        isinstance(value, np.ndarray) and value.ndim > 0
    )
