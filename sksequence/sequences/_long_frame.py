"""A long data frame, one row a step: what its columns are, how its rows are sorted."""

from numbers import Number

import numpy as np

from .. import _frames, _kinds, _values
from .._messages import brief
from ._frame_hints import warn_of_text_order, warn_of_ties


class Roles:
    """What the columns of a frame are, by name.

    Parameters
    ----------
    frame, by, order_by, columns, static
        As of ``RaggedArray.from_frame``.

    Attributes
    ----------
    by, order_by, columns, static : list
        Names of columns, or of levels of an index.
    one_key, one_column : bool
        Whether ``by`` and ``columns`` are one name, not in a list.

    Raises
    ------
    TypeError
        If values are given in place of names.
    ValueError
        If a column does not exist, or is named twice.
    """

    def __init__(self, frame, by, order_by, columns, static):
        held = [*_frames.column_names(frame), *_frames.level_names(frame)]
        self.by = _names_in(by, held, "by")
        self.order_by = _names_in(order_by, held, "order_by")
        self.static = _names_in(static, held, "static")
        if not self.by:
            raise ValueError("by is empty: it must name at least one column.")
        if columns is None:
            taken = {*self.by, *self.order_by, *self.static}
            columns = [c for c in _frames.column_names(frame) if c not in taken]
        self.columns = _names_in(columns, held, "columns")
        self.one_key, self.one_column = _is_name(by, held), _is_name(columns, held)
        if not self.columns:
            raise ValueError("columns is empty: no column is left for the features.")
        every = [*self.by, *self.order_by, *self.columns, *self.static]
        _frames.check_columns(frame, every)
        for argument in ("columns", "static"):
            _frames.names_of(getattr(self, argument), argument)  # none twice
        twice = [name for name in self.columns if name in self.static]
        if twice:
            raise ValueError(
                f"column {brief(twice[0])} is in both columns and static. Leave it out "
                "of one of them."
            )


def sorted_rows(frame, roles):
    """The rows of a frame, sequence by sequence and step by step.

    Returns
    -------
    order : ndarray of int, shape (n_rows,)
    first : ndarray of bool, shape (n_rows,)
        Which of them begin a sequence.

    Warns
    -----
    UserWarning
        If rows of a sequence have the same ``order_by``.
    """
    codes = np.zeros(_frames.n_rows(frame), dtype=np.intp)
    for name in roles.by:
        code = _sort_codes(frame, name, "by")
        codes = codes * (code.max(initial=0) + 1) + code
        codes = np.unique(codes, return_inverse=True)[1]  # small again
    sorts = [_sort_codes(frame, name, "order_by") for name in reversed(roles.order_by)]
    order = np.lexsort([*sorts, codes])
    first = np.diff(codes[order], prepend=-1) != 0
    if roles.order_by:
        alike = [np.diff(s[order], prepend=-1) == 0 for s in sorts]
        warn_of_ties(roles.order_by, order[~first & np.all(alike, axis=0)])
    return order, first


def _is_name(names, held):
    """Whether this is the name of one column, which may be a number or a tuple."""
    return isinstance(names, (str, bytes, Number)) or (
        isinstance(names, tuple) and names in held
    )


def _names_in(names, held, argument):
    """One name, several or None, as a list."""
    if names is None:
        return []
    if _is_name(names, held):
        return [names]
    of_values = _kinds.is_column(names) or isinstance(names, np.ndarray)
    if of_values and len(names) and not any(n in held for n in _frames.to_list(names)):
        named = f", such as {brief(names.name)}" if getattr(names, "name", None) else ""
        raise TypeError(
            f"{argument} is a {type(names).__name__} that holds no name of a column. "
            f"Expected the name of a column of the frame, or several{named}."
        )
    return list(names)


def _sort_codes(frame, name, argument):
    """A number for each row that orders a column, in which nothing may be missing."""
    values = _frames.column(frame, name)
    missing = np.flatnonzero(_values.is_missing(values))
    if len(missing):
        value = values[missing[:1]].tolist()[0]
        raise TypeError(
            f"column {brief(name)} of {argument} cannot be sorted: it holds missing "
            f"values, first {value} in row {missing[0]} ({len(missing)} of "
            f"{len(values)} rows). Leave such rows out, or fill them."
        )
    try:
        codes = _frames.sort_codes(frame, name)
        if argument == "order_by" and not _frames.has_categories(frame, name):
            warn_of_text_order(name, values)
        return codes
    except TypeError as error:
        raise TypeError(
            f"column {brief(name)} of {argument} cannot be sorted: it holds values of "
            "several types."
        ) from error
