"""Targets of whole sequences: one label or number, or one row of them, a sequence."""

from numbers import Number
from typing import Any

import numpy as np

from .. import _frames
from ._checks import are_numbers, as_numbers


def plain_targets(y: Any, name: str = "y") -> Any:
    """Targets in any container as an array or a list, which scikit-learn knows.

    Parameters
    ----------
    y : array-like of shape (n_sequences,) or (n_sequences, n_outputs)
        A list, an array or a column of any library; a table of several columns has one
        row of targets a sequence.
    name : str
        What errors call it.

    Returns
    -------
    y : ndarray, list or sparse matrix

    Raises
    ------
    TypeError
        If entries are sets, or are strings and other things.
    """
    if hasattr(y, "tocsr"):
        return y
    _frames.refuse_views(y, name)
    y = _frames.plain_or_rows(y, name)
    if not isinstance(y, np.ndarray) or y.dtype == object:
        _check_kinds(y, name)
    if isinstance(y, np.ndarray) and y.dtype == object and are_numbers(y):
        return as_numbers(y, name)
    return y


def _check_kinds(y, name):
    """Raise an error for sets, and for strings beside what NumPy would make strings."""
    first = None
    for i, label in enumerate(y if isinstance(y, (list, tuple, np.ndarray)) else ()):
        if isinstance(label, (set, frozenset)):
            raise TypeError(
                f"{name}[{i}] is a set of labels. Turn sets into rows of 0 and 1 with "
                f"sklearn.preprocessing.MultiLabelBinarizer().fit_transform({name})."
            )
        if not isinstance(label, (str, Number, np.bool_)):
            continue  # missing, or a row
        if _frames.is_missing([label])[0]:
            continue
        if first is None:
            first, place = isinstance(label, str), i
        elif isinstance(label, str) != first:
            raise TypeError(
                f"{name}[{i}] is {_frames.shown(label)}, but {name}[{place}] is "
                f"{_frames.shown(y[place])}. All labels must be of one type: str or "
                "numbers."
            )
