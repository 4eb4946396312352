"""Data frames of one row a step, where each row is read as a sequence."""

from collections.abc import Hashable
from typing import Any

import numpy as np

from .. import _frames
from .. import _parameters as p
from .._messages import brief
from ..sequences import is_table

FEWEST_STEPS = 10  # beside the first ones of sequences, that tell an order from chance
LONG_RUN = 10  # rows of the same target, as a mean, that chance does not give


def check_long_frame(X: Any, y: Any = None) -> None:
    """Warn of a data frame that looks long, or refuse it where y has too few entries.

    It looks long if the same integer stands in one column for some rows, then another,
    none twice, as an id does; and if another column rises from row to row of each, and
    begins anew with the next, as a time does, or y is one label of each, not sorted. It
    also does if the same label stands in y for many rows, then another, then it again.

    Parameters
    ----------
    X : object
        As given to ``fit``; what is no data frame is not looked at.
    y : array-like, default=None
        Targets of which each row of X is to have one.

    Raises
    ------
    ValueError
        If there are as many targets as a column has values, and not as many as rows.
    """
    if not _frames.is_frame(X) or not is_table(X):
        return
    _frames.column_names(X, "X")  # none twice
    n, n_targets = _frames.n_rows(X), len(y) if _frames.is_list(y) else None
    what = f"X is a data frame of {n} rows, each of which is read as a sequence"
    if n_targets not in (None, n):
        by = _column_of(X, n_targets)
        if by is not None:
            raise ValueError(
                f"{what}, but y has {n_targets} entries: inconsistent numbers of "
                f"samples. {brief(by)} has {n_targets} different values: if it tells "
                f"which sequence a row is a step of, pass {_way(by)}."
            )
        return
    found = _id_and_order(X, y)
    if found is not None:
        p.warn_user(
            f"{what}. {brief(found[0])} looks like the id of sequences of several "
            f"rows: if it is, pass {_way(*found)} and one target, or list of "
            f"targets, for each sequence. X.to_numpy() causes no warning."
        )
    elif _is_named(X) and _is_in_runs(y, n):
        p.warn_user(
            f"{what}, and the same target stands for many rows, one after the other. "
            f"If a row is one step of a longer sequence, pass {_way(...)} with the "
            "column that tells which, and one target for each sequence. "
            "X.to_numpy() causes no warning."
        )


def _way(by, order_by=None):
    order = "" if order_by is None else f", order_by={brief(order_by)}"
    by = "..." if by is ... else brief(by)
    return f"RaggedArray.from_frame(X, by={by}{order})"


def _column_of(X, n):
    """The first column, or level of the index, of n different values; None for none."""
    for name in [*_frames.column_names(X), *_frames.level_names(X)]:
        if n > 1 and len(set(_frames.column(X, name).tolist())) == n:
            return name
    return None


def _id_and_order(X, y):
    """The names of a column that looks like an id and of one like a time, if any.

    Wide frames have names that are numbers or dates, or none, and values of one kind.
    """
    names = _frames.column_names(X)
    if len(names) < 3 or not _is_named(X):
        return None
    columns = {name: _frames.column(X, name) for name in names}
    for by, ids in columns.items():
        if ids.dtype.kind not in "iu":
            continue
        begins = ids[1:] != ids[:-1]
        n = 1 + np.count_nonzero(begins)
        if not 1 < n <= len(ids) - FEWEST_STEPS or len(np.unique(ids)) < n:
            continue
        for name, values in columns.items():
            ordered = values.dtype.kind in "iufmM"
            if ordered and np.array_equal(~(values[1:] > values[:-1]), begins):
                return by, name
        if _is_of_groups(y, begins):
            return by, None
    return None


def _is_named(X):
    return all(isinstance(name, str) for name in _frames.column_names(X))


def _is_of_groups(y, begins):
    """Whether targets change only where a group of rows begins, and come again later.

    Those of rows that are sorted by target do not.
    """
    changes, n_different = _changes(y)
    if len(changes) != len(begins):
        return False
    return bool(begins[changes].all()) and n_different <= changes.sum()


def _is_in_runs(y, n):
    """Whether one of few targets stands for many of the n rows, and comes again."""
    changes, n_different = _changes(y)
    return n_different <= changes.sum() < n // LONG_RUN and len(changes) == n - 1


def _changes(y):
    """Where a target is not the one before, and how many there are; none if not 1-D."""
    if _frames.is_list(y):
        y = _frames.array_of(_frames.plain_or_rows(y, "y"), "y")
        if y.ndim == 1 and len(y) and all(isinstance(v, Hashable) for v in y.tolist()):
            return y[1:] != y[:-1], len(set(y.tolist()))
    return np.zeros(0, dtype=bool), 0
