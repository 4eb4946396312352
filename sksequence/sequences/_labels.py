"""Labels of steps: one for each step of each sequence, or rows of 0 and 1."""

from collections.abc import Mapping, Set
from numbers import Integral
from typing import Any

import numpy as np
import numpy.typing as npt

from .. import _frames, _kinds, _values
from .._messages import brief
from ._checks import as_ragged
from ._ragged import RaggedArray

_WAY = " Turn others, such as dates, into str."
_KINDS = {"U": "str", "i": "int", "u": "int", "b": "bool", "f": "float"}


def labels_as_ragged(
    y: Any, name: str = "y"
) -> tuple[RaggedArray, npt.NDArray[np.bool_]]:
    """Labels in any container as one RaggedArray, and which steps have one.

    Parameters
    ----------
    y : list, tuple, object array or RaggedArray of sequences of labels, a 2-D or 3-D \
array, or a column of a data frame
        One sequence of labels (str, int or bool) for each sequence, or one 0/1 matrix
        of shape (n_steps_i, n_labels). None, NaN, ``pd.NA`` and ``NaT`` mean that a
        step has no label.
    name : str, default="y"
        What errors call it.

    Returns
    -------
    y : RaggedArray
        Values of shape (n_rows,) or (n_rows, n_labels); sequences may be empty. Where a
        label is missing, there is any other one.
    known : ndarray of bool, shape (n_rows,)
        False where a label is missing.

    Raises
    ------
    TypeError
        If an entry is no sequence of labels, or labels are of several types.
    ValueError
        If labels are infinite or no whole numbers, widths differ, or a part of a row
        of 0 and 1 is missing.
    """
    if not isinstance(y, RaggedArray):
        y = _frames.plain_or_rows(y, name)
        if isinstance(y, np.ndarray) and y.dtype != object and y.ndim in (2, 3):
            y = as_ragged(y, name=name)
    if isinstance(y, RaggedArray):
        if y.values.dtype.kind not in "OUiubfT":
            raise TypeError(
                f"{name} holds {y.values.dtype} values. Expected labels: str or int."
                f"{_WAY}"
            )
        y = y.with_values(_without_column(y.values))
        if y.values.dtype.kind in "Uiub":  # none can be missing
            return y, np.ones(len(y.values), dtype=bool)
    elif not _kinds.is_list(y):
        way = f" Of one sequence, pass [{name}.split()]." if _is_several(y) else ""
        raise TypeError(
            f"{name} must be a list of sequences of labels, one for each sequence. "
            f"Got {type(y).__name__} instead.{way}"
        )
    return _join([_labels(labels, i, name) for i, labels in enumerate(y)], name)


def _labels(labels, i, name):
    """The labels of one sequence that are there, and which steps have one."""
    labels = _frames.plain_or_rows(_frames.with_gaps(labels), f"{name}[{i}]")
    if not _kinds.is_list(labels):
        what = (
            "no list of labels" if isinstance(labels, (Mapping, Set)) else "one label"
        )
        way = f"If {name} is of one sequence, pass [{name}]."
        if _is_several(labels):
            way = f"If spaces separate them, pass [text.split() for text in {name}]."
        raise ValueError(
            f"{name}[{i}] is {brief(labels)}: {what}. Expected one for each step, as a "
            f"list or an array. {way}"
        )
    alike = _are_alike(labels)
    known = np.ones(len(labels), dtype=bool) if alike else _known(labels, i, name)
    if not known.all():
        labels = [label for label, there in zip(labels, known) if there]
    try:
        array = np.asarray(labels)
    except ValueError as error:  # rows of unlike length
        raise ValueError(
            f"{name}[{i}] is not one label a step: its entries differ in length."
        ) from error
    if array.ndim not in (1, 2):
        raise ValueError(
            f"{name}[{i}] has shape {array.shape}. Expected (n_steps,) labels, or rows "
            "of 0 and 1 of shape (n_steps, n_labels)."
        )
    if array.dtype.kind in "TO" or (array.dtype.kind == "U" and not alike):
        # NumPy makes "1" of 1 beside "a"
        array = _of_one_type(array, labels, np.flatnonzero(known), f"{name}[{i}]")
    elif array.dtype.kind == "f":
        _check_whole(array, np.flatnonzero(known), f"{name}[{i}]")
    elif array.dtype.kind not in "Uiub":
        raise TypeError(
            f"{name}[{i}] holds {array.dtype} values. Expected labels: str or int."
            f"{_WAY}"
        )
    return _without_column(array), known


def _is_several(labels):
    """Whether a str is several labels, most likely."""
    return isinstance(labels, str) and len(labels.split()) > 1


def _without_column(values):
    """Texts in a single column are labels; numbers may be rows of 0 and 1."""
    one = values.shape[1:] == (1,)
    return values[:, 0] if one and values.dtype.kind in "UT" else values


def _are_alike(labels):
    """Whether a look at the types shows labels of one type, and that none is missing.

    Nearly all are so, and there may be millions.
    """
    if isinstance(labels, (list, tuple)):
        return set(map(type, labels)) in ({str}, {int})
    return type(labels) is np.ndarray and labels.dtype.kind in "Uiub"


def _known(labels, i, name):
    """Which steps of a sequence have a label, (n_steps,)."""
    missing = _values.is_missing(labels)
    if missing.ndim < 2:
        missing = [
            _values.is_missing(row) if isinstance(row, (list, tuple, np.ndarray)) else m
            for row, m in zip(labels, missing.tolist())
        ]
    known = np.array([not np.any(row) for row in missing], dtype=bool)
    for t in np.flatnonzero(~known):
        if not np.all(missing[t]):
            raise ValueError(
                f"{name}[{i}][{t}] is {brief(labels[t])}, of which a part is missing. "
                "Give all entries of a row of 0 and 1, or None in place of the row."
            )
    return known


def _of_one_type(array, labels, steps, name):
    """Labels as an array of str, of int or of bool, or an error."""
    if array.size and all(isinstance(v, (bool, np.bool_)) for v in array.flat):
        return array.astype(bool)
    first = None
    for t, label in zip(steps.tolist(), labels):
        if isinstance(label, (np.ndarray, list, tuple)) and array.ndim == 2:
            continue
        kind = next((k for k in (str, Integral) if isinstance(label, k)), None)
        first = first or kind
        if kind is None or kind is not first:
            raise TypeError(
                f"{name}[{t}] is {brief(label)}. Expected labels of one type, all str "
                f"or all int. Unknown label type.{_WAY}"
            )
    if first is not Integral:
        return array.astype(str)
    try:
        return array.astype(np.int64)
    except OverflowError as error:
        raise ValueError(
            f"{name} holds an integer beyond 64 bits. Pass such labels as str."
        ) from error


def _check_whole(array, steps, name):
    rows = array if array.ndim == 2 else array[:, None]
    bad = np.flatnonzero(~(np.isfinite(rows) & (rows == np.round(rows))).all(axis=1))
    if len(bad):
        raise ValueError(
            f"{name}[{steps[bad[0]]}] is {brief(array[bad[0]].tolist())}. Expected "
            "labels: str or whole numbers, not infinity. Unknown label type."
        )


def _join(parts, name):
    """All labels, with any of them in the place of missing ones."""
    lengths = [len(known) for _, known in parts]
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.intp)
    filled = [(i, a) for i, (a, _) in enumerate(parts) if len(a)]
    if not filled:
        n = offsets[-1]
        return RaggedArray(np.zeros(n), offsets), np.zeros(n, dtype=bool)
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
    known = np.concatenate([known for _, known in parts])
    labels = np.concatenate(_values.of_one_type([a for _, a in filled]))
    if not known.all():
        labels = labels[np.maximum(np.cumsum(known) - 1, 0)]
    return RaggedArray(labels, offsets), known
