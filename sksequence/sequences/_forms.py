"""Other forms of a RaggedArray: lists, padded arrays, concatenated steps, frames."""

import math
from collections.abc import Hashable, Iterator
from typing import Any

import numpy as np
from scipy import sparse

from .. import _frames, _kinds, _values
from .._messages import brief
from .._parameters import warn_user
from ._joining import end_to_end, what_held

# -- from other forms ------------------------------------------------------------------


def parts_of_list(sequences):
    """Values, offsets and names of features of a list (or iterator) of sequences.

    Raises
    ------
    TypeError, ValueError
        If the sequences differ in the shape of their steps, or if only some of them are
        sparse.
    """
    if not isinstance(sequences, Iterator):
        sequences = _frames.listed(sequences, "sequences", "sequences")
    sequences = list(map(_kinds.unnested, sequences))
    names = _frames.common_names(sequences, "sequences")
    arrays: list[Any] = [
        _as_array(s, f"sequences[{i}]") for i, s in enumerate(sequences)
    ]
    if not arrays:
        return np.empty((0, 0)), [0], None
    k = next((k for k, array in enumerate(arrays) if array.shape[:1] != (0,)), 0)
    mixed = any(array.dtype == object for array in arrays)
    first = kind_of(arrays[k], mixed)
    for i, array in enumerate(arrays):
        if array.ndim == 0:
            raise ValueError(
                f"sequences[{i}] is no sequence: it is {brief(sequences[i])}."
            )
        if array.shape[1:] != arrays[0].shape[1:]:
            raise ValueError(
                f"sequences[{i}] has shape {array.shape}, but sequences[0] has "
                f"{arrays[0].shape}. All steps must be of one shape."
            )
        kind = kind_of(array, mixed)
        has_no_type = array.shape[0] == 0 and first.startswith(kind)
        if kind != first and not has_no_type:
            raise TypeError(
                f"sequences[{i}] is {kind}, but sequences[{k}] is {first}. All "
                "sequences must be of one kind."
            )
    return *end_to_end(arrays), names


def parts_of_concatenated(values, lengths):
    """Values, offsets and names of features of concatenated steps.

    Raises
    ------
    ValueError
        If ``lengths`` are negative or do not sum to the number of rows.
    """
    lengths, names = _as_lengths(lengths), None
    if _kinds.is_frame(values):
        names = _frames.feature_names(values, "values")
        values = _frames.rows(values)
    values = as_rows(values)
    total, n_rows = int(lengths.sum()), values.shape[0]
    if total != n_rows:
        raise ValueError(
            f"lengths must sum to the number of rows of values, {n_rows}. "
            f"They sum to {total}."
        )
    return values, np.concatenate([[0], np.cumsum(lengths)]), names


def parts_of_padded(padded, lengths=None):
    """Concatenated steps of a padded array, and the lengths.

    Raises
    ------
    ValueError
        If ``padded`` has fewer than two dimensions, if ``lengths`` is None for values
        that are no floats, or if ``lengths`` do not match ``padded``.
    """
    padded = _values.array_of(_frames.plain_or_rows(padded, "padded"), "padded")
    if padded.ndim < 2:
        raise ValueError(
            "padded must have shape (n_sequences, max_steps, ...). Got an array "
            f"of shape {padded.shape} instead. Rows that differ in length are not "
            "padded: RaggedArray.from_sequences takes them."
        )
    padded = _values.as_numbers(padded, "padded")
    n_sequences, max_steps = padded.shape[:2]
    if lengths is None:
        if padded.dtype.kind != "f":
            raise ValueError(
                "padded must be a float array when lengths is None, for NaN marks "
                f"the padding. Got {padded.dtype} instead: pass lengths."
            )
        held = ~np.isnan(padded).all(axis=tuple(range(2, padded.ndim)))
        lengths = (held * np.arange(1, max_steps + 1)).max(axis=1, initial=0)
    lengths = _as_lengths(lengths)
    if len(lengths) != n_sequences:
        raise ValueError(
            f"lengths must have one entry for each of the {n_sequences} sequences. "
            f"Got {len(lengths)} instead."
        )
    longer = np.flatnonzero(lengths > max_steps)
    if len(longer):
        raise ValueError(
            f"lengths must not exceed the {max_steps} steps of padded. "
            f"lengths[{longer[0]}] is {lengths[longer[0]]}."
        )
    held = np.arange(max_steps) < lengths[:, None]
    _warn_of_values_left_out(padded, held)
    return padded[held], lengths


def _warn_of_values_left_out(padded, held):
    """Warn where what is left out is no padding: it is not always the same."""
    out = padded[~held]
    differs = ~((out == out[:1]) | ((out != out) & (out[:1] != out[:1])))
    if differs.any():
        i, t = np.argwhere(~held)[np.argwhere(differs)[0, 0]].tolist()
        warn_user(
            f"padded[{i}] holds {brief(padded[i, t].tolist())} at step {t}, after its "
            "length, where other padding is different: is it a step that is left out? "
            "If padding is in front, pass RaggedArray.from_sequences([x[len(x) - n:] "
            "for x, n in zip(padded, lengths)])."
        )
    elif held.size and held[:, -1].all() and padded.dtype.kind == "f":
        first = np.isnan(padded[:, 0]).reshape(len(padded), -1).all(axis=1)
        if first.any() and not first.all():
            warn_user(
                f"padded[{first.argmax()}] begins with NaN, which is read as a step "
                "with missing values: only what is NaN at the end is padding. If it is "
                "padding, pass RaggedArray.from_sequences([x[~np.isnan(x).reshape("
                "len(x), -1).all(axis=1)] for x in padded])."
            )


# -- to other forms --------------------------------------------------------------------


def padded_of(X, fill):
    """The steps of a RaggedArray, with ``fill`` at the end of each sequence.

    Raises
    ------
    ValueError
        If no array of the values' kind can hold ``fill``.
    """
    values, lengths = _dense(X), X.lengths
    max_steps = lengths.max(initial=0)
    padded = _filled((len(X), max_steps, *values.shape[1:]), fill, values.dtype)
    padded[np.arange(max_steps) < lengths[:, None]] = values
    return padded


def long_columns(X, by, order_by, columns):
    """The columns of a long frame by name: sequence, step, features, static numbers.

    Raises
    ------
    TypeError, ValueError
        If names are missing, occur twice, or cannot be names of columns.
    """
    values = _dense(X)
    values = values.reshape(len(values), math.prod(values.shape[1:]))
    if columns is None:
        columns = X.feature_names or [f"x{j}" for j in range(values.shape[1])]
    columns = _frames.names_of(columns, "columns")
    for argument, name in [("by", by), ("order_by", order_by)]:
        if not isinstance(name, Hashable):
            raise TypeError(f"{argument} must be a name. Got {brief(name)} instead.")
    static = np.empty((len(X), 0)) if X.static is None else X.static
    static_names = X.static_names or [f"s{j}" for j in range(static.shape[1])]
    taken = [by, order_by, *static_names]
    if len({*taken, *columns}) != len(taken) + values.shape[1]:
        others = " or ".join(map(brief, taken))
        raise ValueError(
            f"columns must be {values.shape[1]} names, none twice and none of them "
            f"{others}. Got {brief(columns)} instead."
        )
    sequence = np.repeat(np.arange(len(X)), X.lengths)
    step = np.arange(len(values)) - X.offsets[sequence]
    found = {by: sequence, order_by: step}
    found.update(zip(columns, values.T, strict=True))
    found.update(zip(static_names, static[sequence].T, strict=True))
    return found


# -- arrays ----------------------------------------------------------------------------


def kind_of(sequence: Any, mixed: bool = False) -> str:
    """What a sequence is, for errors; an empty array is of anything.

    So are all where some are ``mixed``, as texts and others.
    """
    if sparse.issparse(sequence):
        return "a sparse matrix"
    return f"a dense array{'' if mixed or not sequence.size else what_held(sequence)}"


def as_rows(values):
    """What has one row for each step, as an array or a CSR matrix."""
    if sparse.issparse(values):
        return values.tocsr()
    _kinds.refuse_masks(values, "values")
    try:
        values = _values.as_array(values)
    except ValueError as error:  # rows of unlike length
        raise ValueError(
            "values must be an array with one row for each step, and its rows differ "
            "in length. For a list of sequences use RaggedArray.from_sequences."
        ) from error
    if values.ndim == 0:
        raise TypeError(
            "values must be an array with one row for each step. Got "
            f"{brief(values.item())} instead."
        )
    return values


def _as_array(sequence, name):
    """One sequence as an array, whose names of columns are taken elsewhere."""
    if sparse.issparse(sequence):
        return sequence
    if _kinds.is_frame(sequence):
        return _frames.rows(sequence)
    return _values.array_of(sequence, name)


def _as_lengths(lengths):
    lengths = _values.array_of(lengths, "lengths")
    if lengths.ndim != 1 or (lengths.dtype.kind not in "iu" and len(lengths)):
        raise ValueError(
            "lengths must be a 1-D array of integers. Got shape "
            f"{lengths.shape} of {lengths.dtype} instead."
        )
    if len(lengths) and lengths.min() < 0:
        i = int(lengths.argmin())
        raise ValueError(f"lengths must not be negative. lengths[{i}] is {lengths[i]}.")
    return lengths.astype(np.intp, copy=False)


def _dense(X):
    return X.values.toarray() if X.is_sparse else X.values


def _filled(shape, fill, dtype):
    """An array of one value, of a type that holds values of ``dtype`` too."""
    try:
        numbers, texts = dtype.kind in "biuf", dtype.kind in "US"
        is_text = isinstance(fill, (str, bytes))
        if np.ndim(fill) or (numbers and is_text) or (texts and not is_text):
            raise ValueError("no scalar, or a text among numbers, or no text in texts")
        if numbers:
            dtype = np.result_type(dtype, fill)
        elif texts:  # a longer one
            dtype = np.result_type(dtype, np.asarray(fill))
        with np.errstate(over="ignore"):
            filled, held = np.full(shape, fill, dtype), np.full((), fill, dtype)
        whole = dtype.kind in "iu" and held != fill  # older NumPy begins again at 0
        if whole or (numbers and np.isinf(held) and abs(fill) < np.inf):
            raise OverflowError("too large")
        return filled
    except (TypeError, ValueError, ArithmeticError) as error:
        raise ValueError(
            f"fill must be one value that an array of {dtype} can hold. Got "
            f"{brief(fill)} instead."
        ) from error
