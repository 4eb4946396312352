"""Labels of steps: one for each step of each sequence, or rows of 0 and 1."""

from numbers import Integral
from typing import Any

import numpy as np

from .. import _frames
from .._messages import brief
from ._checks import as_ragged, place_of
from ._ragged import RaggedArray

_KINDS = {"U": "str", "i": "int", "u": "int", "b": "bool", "f": "float"}


def labels_as_ragged(y: Any, name: str = "y") -> RaggedArray:
    """Labels in any container as one RaggedArray.

    Parameters
    ----------
    y : list, tuple, object array or RaggedArray of sequences of labels, a 2-D or 3-D \
array, or a column of a data frame
        One sequence of labels (str, int or bool) for each sequence, or one 0/1 matrix
        of shape (n_steps_i, n_labels).
    name : str
        What errors call it.

    Returns
    -------
    y : RaggedArray
        Values of shape (n_rows,) or (n_rows, n_labels); sequences may be empty.

    Raises
    ------
    TypeError
        If an entry is no sequence of labels, or labels are of several types.
    ValueError
        If labels are missing, infinite or no whole numbers, or widths differ.
    """
    if _frames.is_frame(y) and len(_frames.column_names(y)) == 1:
        y = np.asarray(y)[:, 0]  # a table of one column that holds the labels
    if _frames.is_column(y):
        y = _frames.to_list(y)
    elif hasattr(y, "__array__") and not isinstance(y, RaggedArray):
        y = np.asarray(y)
        if y.dtype != object and y.ndim in (2, 3):
            y = as_ragged(y, name=name)
    if not isinstance(y, RaggedArray):
        if not hasattr(y, "__len__") or isinstance(y, (str, bytes)):
            raise TypeError(
                f"{name} must be a list of sequences of labels, one for each sequence. "
                f"Got {type(y).__name__} instead."
            )
        y = _join([_labels(labels, i, name) for i, labels in enumerate(y)], name)
    return y.with_values(_check_values(y, name))


def _labels(labels, i, name):
    if _frames.is_column(labels):
        labels = _frames.to_list(labels)
    if isinstance(labels, (str, bytes)) or not hasattr(labels, "__len__"):
        raise ValueError(
            f"{name}[{i}] is {brief(labels)}: one label. Expected one for each step, "
            "as a list or an array."
        )
    try:
        array = np.asarray(labels)
    except ValueError as error:  # rows of unlike length
        raise ValueError(
            f"{name}[{i}] is not one label a step: its entries differ in length."
        ) from error
    if array.dtype == object or (array.dtype.kind == "U" and array is not labels):
        array = _of_one_type(array, labels, i, name)  # NumPy makes "1" of 1 beside "a"
    if array.ndim not in (1, 2):
        raise ValueError(
            f"{name}[{i}] has shape {array.shape}. Expected (n_steps,) labels, or rows "
            "of 0 and 1 of shape (n_steps, n_labels)."
        )
    return array


def _of_one_type(array, labels, i, name):
    """Labels as an array of str or of int, or an error."""
    first = None
    for t, label in enumerate(labels):
        if isinstance(label, (np.ndarray, list, tuple)) and array.ndim == 2:
            continue
        kind = next((k for k in (str, Integral) if isinstance(label, k)), None)
        first = kind if t == 0 else first
        if kind is None or kind is not first:
            raise TypeError(
                f"{name}[{i}][{t}] is {brief(label)}. Expected labels of one type, all "
                "str or all int. Unknown label type."
            )
    return array.astype(np.int64) if first is Integral else array.astype(str)


def _join(arrays, name):
    filled = [(i, a) for i, a in enumerate(arrays) if len(a)]
    if not filled:
        return RaggedArray(np.empty(0), np.zeros(len(arrays) + 1, dtype=np.intp))
    first, like = filled[0]
    for i, a in filled:
        if (a.dtype.kind == "U") != (like.dtype.kind == "U"):
            kinds = [_KINDS.get(b.dtype.kind, b.dtype) for b in (a, like)]
            raise TypeError(
                f"{name}[{i}] holds labels of type {kinds[0]}, but {name}[{first}] of "
                f"type {kinds[1]}. All labels must be of one type."
            )
        if a.shape[1:] != like.shape[1:]:
            raise ValueError(
                f"{name}[{i}] has shape {a.shape}, but {name}[{first}] has shape "
                f"{like.shape}. All must have as many labels a step."
            )
    values = np.concatenate([a for _, a in filled])
    lengths = [len(a) for a in arrays]
    return RaggedArray(values, np.concatenate([[0], np.cumsum(lengths)]))


def _check_values(y, name):
    values = y.values
    if values.dtype == object:
        labels = [_of_one_type(part, part, i, name) for i, part in enumerate(y)]
        return np.concatenate(labels)
    if values.dtype.kind == "f" and len(values):
        rows = values.reshape(len(values), -1)
        bad = np.flatnonzero(
            ~(np.isfinite(rows) & (rows == np.round(rows))).all(axis=1)
        )
        if len(bad):
            i, t = place_of(y.offsets, bad[0])
            what = values[bad[0]].tolist()
            raise ValueError(
                f"{name}[{i}][{t}] is {brief(what)}. Expected labels: str or whole "
                "numbers, neither NaN nor infinity. Unknown label type."
            )
    elif values.dtype.kind not in "Uiubf":
        raise TypeError(
            f"{name} holds {values.dtype} values. Expected labels: str or int."
        )
    return values
