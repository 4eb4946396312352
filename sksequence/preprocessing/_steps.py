"""Sequences whose steps need not be numbers: dicts, strings, rows that hold strings."""

from collections.abc import Mapping

import numpy as np
from scipy import sparse

from .. import _frames, _kinds, _values
from .._messages import brief
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
    others = isinstance(X, RaggedArray) or _kinds.is_column(X) or _kinds.is_frame(X)
    return 0 if others or not hasattr(X, "__array__") else np.asarray(X).ndim


def steps_as_ragged(X):
    """As ``as_ragged``; steps may also be dicts, strings or rows that hold strings.

    What is missing among them is NaN.
    """
    if isinstance(X, RaggedArray):
        values = _without_none(X.values)
        return X if values is X.values else X.with_values(values, X.feature_names)
    if is_table(X):
        X = _frames.rows(X) if _kinds.is_frame(X) else X
    else:
        X = _frames.plain(X)
    if isinstance(X, np.ndarray) and X.dtype == object:
        if X.ndim == 2 and not any(_is_row(step) for step in X.flat):
            values = _without_none(X.ravel())
            return RaggedArray.from_concatenated(values, [X.shape[1]] * len(X))
        X = list(X)
    if isinstance(X, (list, tuple)):
        X = list(map(_kinds.unnested, X))
    if not isinstance(X, (list, tuple)) or not any(map(_holds_objects, X)):
        return as_ragged(X)

    names = _frames.common_names(X, "X")
    sequences = [_steps(s, i) for i, s in enumerate(X)]
    first = kind = None
    for i, sequence in enumerate(sequences):
        if sequence is None:
            raise TypeError(
                f"X[{i}] is {kind_of(X[i])}. Expected a list of steps, as X[0] is."
            )
        for t, step in enumerate(sequence):
            if _values.is_missing_value(step):
                continue
            if kind is None:
                kind, first, place = kind_of(step), step, f"X[{i}] has {{}} at step {t}"
            elif kind_of(step) != kind:
                raise TypeError(
                    f"X[{i}] has {kind_of(step)} at step {t}, but "
                    f"{place.format(kind)}. All steps must be of one kind."
                )
    if isinstance(first, Mapping):
        sequences = _dicts(sequences)
    steps = [step for sequence in sequences for step in sequence]
    if _is_row(first):
        empty = [np.nan] * len(first)
        steps = [
            empty if _values.is_missing_value(step) else list(step) for step in steps
        ]
        values = np.array(steps, dtype=object)
    else:
        values = object_array(steps)
    offsets = np.concatenate([[0], np.cumsum([len(s) for s in sequences])])
    return RaggedArray(_without_none(values), offsets, names)


def refuse_mixed_frame(X):
    """Raise an error for a data frame whose rows are no series, but steps.

    A row of numbers and texts is no sequence of one of them a step.
    """
    if not _kinds.is_frame(X) or not is_table(X):
        return
    kinds = {}
    for name in _frames.column_names(X, "X"):
        values = _frames.column(X, name)
        held = values[~_values.is_missing(values)]
        if len(held):
            kinds.setdefault(_values.are_numbers(held), name)
    if len(kinds) > 1:
        raise ValueError(
            f"X is a data frame, each row of which is read as a sequence of one number "
            f"or text a step, but {brief(kinds[True])} holds numbers and "
            f"{brief(kinds[False])} does not. If X is one sequence, pass [X]; of "
            "several, pass RaggedArray.from_frame(X, by=...)."
        )


def _without_none(values):
    """Values where what is missing is NaN, and numbers are no objects.

    Integers beyond 2**53 stay objects beside floats, which could not hold them.
    """
    if sparse.issparse(values) or values.dtype.kind not in "TO":
        return values
    values = _values.as_exact_numbers(values.astype(object), "X")
    if values.dtype == object:
        values[_values.is_missing(values)] = np.nan
    return values


def _holds_objects(sequence):
    """Whether a step of a sequence is a string or a dict, or holds a string."""
    if _kinds.is_frame(sequence):
        rows = _frames.rows(sequence)
        return rows.dtype.kind not in "biufc"  # text, dates, integers beyond 2**53
    sequence = _frames.plain(sequence)
    if isinstance(sequence, np.ndarray) and sequence.dtype != object:
        return sequence.dtype.kind == "U"
    if not _is_row(sequence):
        return False
    try:
        array = np.asarray(sequence)
    except ValueError:  # rows of unlike length, or missing ones
        array = object_array(sequence)
    if array.dtype != object:
        return array.dtype.kind == "U"
    return any(
        isinstance(step, (str, Mapping))
        or (_is_row(step) and any(isinstance(value, str) for value in step))
        for step in array.flat
    )


def _steps(sequence, i):
    """The steps of a sequence as a list; None if it is not a sequence."""
    if _kinds.is_frame(sequence):
        return list(_frames.rows(sequence))
    sequence = _frames.plain(sequence, f"X[{i}]")
    return list(sequence) if _is_row(sequence) else None


def _dicts(sequences):
    """Dicts of features, in which what is missing is None."""
    for i, sequence in enumerate(sequences):
        for t, step in enumerate(sequence):
            if not isinstance(step, Mapping):
                raise TypeError(
                    f"X[{i}] has {brief(step)} at step {t}: it is missing. Expected a "
                    "dict of features, which may be empty."
                )
            if any(map(_values.is_missing_value, step.values())):
                sequence[t] = {
                    name: None if _values.is_missing_value(value) else value
                    for name, value in step.items()
                }
    return sequences


def kind_of(step):
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
