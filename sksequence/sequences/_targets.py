"""Targets of whole sequences: one label or number, or one row of them, a sequence."""

from typing import Any

import numpy as np

from .. import _frames, _kinds, _values
from .._messages import brief


def plain_targets(y: Any, name: str = "y") -> Any:
    """Targets in any container as an array or a list, which scikit-learn knows.

    Parameters
    ----------
    y : array-like of shape (n_sequences,) or (n_sequences, n_outputs)
        A list, an array or a column of any library; a table of several columns has one
        row of targets a sequence.
    name : str, default="y"
        What errors call it.

    Returns
    -------
    y : ndarray, list or sparse matrix

    Raises
    ------
    TypeError
        If entries are sets, or are strings and other things.
    ValueError
        If there are no targets, or one is missing, complex or itself a sequence.
    """
    if hasattr(y, "tocsr"):
        if _values.is_missing(y.tocsr().data).any():
            raise ValueError(f"Input {name} contains NaN.")
        return y
    _kinds.refuse_views(y, name)
    y = _frames.plain_or_rows(y, name)
    if not _kinds.is_list(y):
        raise TypeError(
            f"{name} must be a list, an array or a column of targets. Got "
            f"{type(y).__name__} instead."
        )
    array: Any = y if isinstance(y, np.ndarray) else _values.array_of(y, name)
    held = array if array.dtype == object and array.ndim == 1 else []
    if array.ndim > 2 or any(map(_is_sequence, held)):
        _refuse_missing(array, name)
        raise ValueError(
            f"{name} must hold one target, or one row of as many targets, for each "
            "sequence. It holds sequences: for one label a step use RNNTagger, for one "
            f"number RNNStepRegressor, and for several labels a sequence {_rows(name)}."
        )
    if array.ndim and len(array) == 0:
        raise ValueError(
            f"{name} is empty: it must have one entry for each sequence of X."
        )
    if array.dtype.kind == "c":
        raise ValueError(
            f"{name} holds {array.dtype} values. Complex data not supported."
        )
    if array.dtype.kind in "OU" and array.shape[1:] in ((), (1,)):
        _check_kinds(y if array.ndim == 1 else array[:, 0], name)
    _refuse_missing(array, name)
    if _values.are_numbers(array):
        return _values.as_numbers(array, name)
    if array.shape[1:] > (1,):
        raise ValueError(
            f"{name} has shape {array.shape}, and holds {brief(array.flat[0])}. "
            f"{name} should be a 1d array: one label a sequence. Several of one "
            f"sequence are a row of 0 and 1, as {_rows(name)} gives."
        )
    return array


def _rows(name):
    """What makes rows of 0 and 1 of several labels."""
    return f"sklearn.preprocessing.MultiLabelBinarizer().fit_transform({name})"


def _is_sequence(value):
    if isinstance(value, (list, tuple, np.ndarray)):
        return True
    return _kinds.is_column(value) or _kinds.is_frame(value)


def _refuse_missing(y, name):
    missing = np.argwhere(_values.is_missing(y))
    if len(missing):
        place = tuple(missing[0].tolist())
        raise ValueError(
            f"Input {name} contains NaN or infinity at {list(place)}: "
            f"{name}{_brackets(place)} is missing ({y[place]}). Each sequence needs a "
            "target: leave out those without one."
        )


def _check_kinds(y, name):
    """Raise an error for what NumPy would make strings, and for sets."""
    first = None
    for i, label in enumerate(y):
        if isinstance(label, (set, frozenset)):
            raise TypeError(
                f"{name}[{i}] is a set of labels. Turn sets into rows of 0 and 1 with "
                f"{_rows(name)}."
            )
        if not isinstance(label, str):
            _refuse_missing(_values.object_array(y), name)
        if first is None:
            first = isinstance(label, str)
        elif isinstance(label, str) != first:
            raise TypeError(
                f"{name}[{i}] is {brief(label)}, but {name}[0] is "
                f"{brief(y[0])}. All labels must be of one type: str or "
                "numbers."
            )


def plain_numbers(y: Any, name: str = "y") -> Any:
    """As ``plain_targets``; what is no number is named."""
    y = plain_targets(y, name)
    if not isinstance(y, np.ndarray):
        return y
    if y.dtype.kind in "SUmM":
        way = _values.way_of_text(y.ravel().tolist()) if y.dtype.kind in "SU" else ""
        raise TypeError(
            f"{name} holds {y.dtype} values, as {brief(y.flat[0].item())}. Expected "
            f"real numbers.{way}"
        )
    y = _values.as_numbers(y, name)
    infinite = np.argwhere(np.abs(y) == np.inf)
    if len(infinite):
        place = tuple(infinite[0].tolist())
        raise ValueError(
            f"Input {name} contains infinity: {name}{_brackets(place)} is {y[place]}. "
            "Expected finite numbers: replace it, or leave its sequence out."
        )
    return y


def _brackets(place):
    return "".join(f"[{k}]" for k in place)
