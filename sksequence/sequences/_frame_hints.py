"""What is legal in a long data frame and likely a mistake: a warning says so."""

import re
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from .._messages import brief
from .._parameters import warn_user
from .._typing import IntArray

DIGITS = re.compile(r"(\d+)")
YEAR_FIRST = re.compile(r"\d{4}-\d\d-\d\d")
YEAR_LAST = re.compile(r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b")
FEWEST = 10  # pairs of neighboring steps that tell what a column is


def warn_of_columns(
    names: list[Any],
    columns: list[npt.NDArray[Any]],
    first: npt.NDArray[np.bool_],
    ordered: bool,
) -> None:
    """Columns that no one chose and that look like a label, or like the time.

    Parameters
    ----------
    names : list
    columns : list of ndarray of shape (n_rows,)
        The features, sequence by sequence.
    first : ndarray of bool of shape (n_rows,)
        Whether a row is the first of its sequence.
    ordered : bool
        Whether columns order the steps: then the time is not among the features.
    """
    within = ~first[1:]
    if within.sum() < FEWEST or first.sum() < 2:
        return
    for name, column in zip(names, columns):
        if not _is_comparable(column):
            continue
        before, after = column[:-1], column[1:]
        change = np.asarray(before != after, dtype=bool)
        if change.any() and not change[within].any():
            warn_user(
                f"column {brief(name)} is the same at all steps of each sequence, and "
                "is a feature, for columns is None. If it is the label, leave it out: "
                f"columns=[...]; if it is known of the whole sequence, pass "
                f"static={brief(name)}."
            )
        elif ordered or column.dtype.kind not in "iuf":
            continue
        elif (before < after)[within].all():
            warn_user(
                f"column {brief(name)} grows at every step of each sequence, and is a "
                "feature, for columns is None. If it is the time, pass "
                f"order_by={brief(name)}, which sorts by it and leaves it out; else "
                "pass columns=[...]."
            )


def warn_of_text_order(name: Any, values: npt.NDArray[Any]) -> None:
    """Numbers or times that are text, of which the order is another.

    Parameters
    ----------
    name : str
        Of the column.
    values : ndarray of shape (n_rows,)
    """
    if values.dtype.kind not in "OU":
        return
    texts = set(values.tolist())
    if not all(isinstance(text, str) for text in texts):
        return
    ordered = sorted(texts)
    wrong = [_first_wrong(ordered, key) for key in _keys_of(ordered)]
    if wrong and all(wrong):
        first, second = wrong[0]
        warn_user(
            f"order_by={brief(name)} is a column of text, which is sorted as text: "
            f"{brief(first)} before {brief(second)}. If it holds numbers or times, "
            "turn it into these before, as pandas.to_numeric and pandas.to_datetime do."
        )


def _first_wrong(ordered, key):
    """The first two that another order has the other way round, or None."""
    pairs = pairwise(ordered)
    return next((pair for pair in pairs if key(pair[0]) > key(pair[1])), None)


def _keys_of(texts):
    """Functions by which texts are ordered as the numbers or times that they may be."""
    try:
        list(map(float, texts))
        return [float]
    except ValueError:
        pass
    if all(map(YEAR_LAST.match, texts)):  # one of the others is the month
        orders = [[2, 0, 1], [2, 1, 0]]
        return [
            key
            for key in (partial(_numbers, order=order) for order in orders)
            if all(key(text)[1] <= 12 for text in texts)
        ]
    return [] if all(map(YEAR_FIRST.match, texts)) else [_parts]


def _numbers(text, order):
    found = list(map(int, DIGITS.findall(text)))
    return [*(found[k] for k in order), text]  # what follows stays in order


def _parts(text):
    """Numbers as numbers, and what is between them."""
    return [int(p) if k % 2 else p for k, p in enumerate(DIGITS.split(text))]


def _is_comparable(column):
    """Whether it holds one number, or one text, in each row."""
    if column.dtype.kind == "O":
        return column.ndim == 1 and all(type(value) is str for value in column)
    return column.ndim == 1 and column.dtype.kind in "biufU"


def warn_of_ties(order_by: list[Any], same: IntArray) -> None:
    """Rows of a sequence that ``order_by`` does not order.

    Parameters
    ----------
    order_by : list
        Names of columns.
    same : ndarray of int
        Rows of the frame that have the values of the one before in their sequence.
    """
    if len(same):
        warn_user(
            f"order_by={brief(order_by)} is the same in several rows of a sequence, "
            f"first in row {same[0]} of the frame ({len(same)} such rows): they stay "
            "in the frame's order. Are rows doubled, or is a column missing in by?"
        )
