"""What is legal in a long data frame and likely a mistake: a warning says so."""

from typing import Any

import numpy as np
import numpy.typing as npt

from .._messages import brief
from .._parameters import warn_user
from .._typing import IntArray

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
