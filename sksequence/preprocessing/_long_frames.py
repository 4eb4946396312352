"""Data frames of one row a step, where each row is read as a sequence."""

import re
from typing import Any

import numpy as np

from .. import _frames, _kinds, _values
from .. import _parameters as p
from .._messages import brief
from ..sequences import is_table
from ._row_index import way_of_panel

ID = re.compile(r"(?i:(^|_)u?u?id$)|[a-z]I[dD]$")
TIME = re.compile(r"(?i)time|date|^(t|hour|day|step|cycle|year|month|week|second)s?$")
FEWEST_STEPS = 10  # beside the first ones of sequences, that tell an order from chance


def check_long_frame(X: Any, y: Any = None, owner: str | None = None) -> None:
    """Warn of a data frame that looks long, or refuse it where y has too few entries.

    It looks long if the same integer stands in one column for some rows, then another,
    none twice, as an id does; and if another column rises from row to row of each, and
    begins anew with the next, as a time does, or y is one label of each, not sorted; if
    a column is named as an id is, and holds a value twice; or if its index has such
    levels. To an estimator it also does if each of its columns has a name of its own.
    Columns of several levels are features at several times.

    Parameters
    ----------
    X : object
        As given to ``fit``; what is no data frame is not looked at.
    y : array-like, default=None
        Targets of which each row of X is to have one.
    owner : str, default=None
        The estimator that reads each row as one series. None: a transformer.

    Raises
    ------
    ValueError
        If there are as many targets as a column has values, and not as many as rows.
    """
    if not _kinds.is_frame(X) or not is_table(X):
        return
    _frames.column_names(X, "X")  # none twice
    n, n_targets = _frames.n_rows(X), len(y) if _kinds.is_list(y) else None
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
    found, way = _id_and_order(X, y), way_of_panel(X, "X")
    if found is None and (by := _named_id(X)) is not None:
        found = by, None
    n_levels = getattr(X.columns, "nlevels", 1)
    if n_levels > 1:
        p.warn_user(
            f"{what}: its {len(X.columns)} columns, of {n_levels} levels, for as many "
            "steps of one number. If they are several features, pass an array of shape "
            "(n_sequences, n_steps, n_features), or RaggedArray.from_frame of a frame "
            "of one row a step. X.to_numpy() causes no warning."
        )
    elif way is not None and _is_named(X):
        p.warn_user(
            f"{what}. The first level of its index looks like the id of sequences of "
            f"several rows: if it is, pass {way} and one target, or list of targets, "
            "for each sequence. X.to_numpy() causes no warning."
        )
    elif found is not None:
        p.warn_user(
            f"{what}. {brief(found[0])} looks like the id of sequences of several "
            f"rows: if it is, pass {_way(*found)} and one target, or list of "
            "targets, for each sequence. X.to_numpy() causes no warning."
        )
    elif owner is not None and _is_of_features(X):
        names = _frames.column_names(X)
        p.warn_user(
            f"{what}: {owner} takes its columns {brief(names)} for {len(names)} steps. "
            "If a row is one step of a longer sequence, pass RaggedArray.from_frame(X, "
            "by=...), with the column that tells which, and one target for each "
            "sequence. X.to_numpy() causes no warning."
        )


def _way(by, order_by=None):
    order = "" if order_by is None else f", order_by={brief(order_by)}"
    return f"RaggedArray.from_frame(X, by={brief(by)}{order})"


def _column_of(X, n):
    """The first column, or level of the index, of n different values; None for none."""
    for name in [*_frames.column_names(X), *_frames.level_names(X)]:
        values = _frames.column(X, name).tolist()
        if any(type(value).__hash__ is None for value in values):
            continue  # such as lists
        if n > 1 and len(set(values)) == n:
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
                # all ids at the first time, then at the second
                swapped = TIME.search(by) and not TIME.search(name)
                return (name, by) if swapped else (by, name)
        if _is_of_groups(y, begins):
            return by, None
    return None


def _named_id(X):
    """The first column that is named as an id is, and holds some value twice."""
    for name in _frames.column_names(X) if _is_named(X) else ():
        values = _frames.column(X, name)
        if ID.search(name) and values.dtype.kind in "iuOU":
            values = values.tolist()
            hashable = all(type(value).__hash__ is not None for value in values)
            if hashable and 1 < len(set(values)) < len(values):
                return name
    return None


def _is_named(X):
    return all(isinstance(name, str) for name in _frames.column_names(X))


def _is_of_features(X):
    """Whether columns of numbers are named as features are, not as steps of a series.

    Steps are numbered, or have single letters: apart from that their names are alike.
    """
    if not _is_named(X):
        return False
    names = _frames.column_names(X)
    letters = [re.sub(r"[\W\d_]+", "", name) for name in names]
    if not len(set(letters)) == len(names) > 1 or min(map(len, letters)) < 2:
        return False
    return all(_frames.column(X, name).dtype.kind in "biuf" for name in names)


def _is_of_groups(y, begins):
    """Whether targets change only where a group of rows begins, and come again later.

    Those of rows that are sorted by target do not.
    """
    if not _kinds.is_list(y):
        return False
    y = _values.array_of(_frames.plain_or_rows(y, "y"), "y")
    if y.ndim != 1 or len(y) != len(begins) + 1:
        return False
    changes = y[1:] != y[:-1]
    return bool(begins[changes].all()) and len(set(y.tolist())) <= changes.sum()
