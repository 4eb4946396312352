"""Numbers of steps: one, or one row of them, for each step of each sequence."""

from typing import Any

import numpy as np

from .. import _frames, _kinds, _values
from .._messages import brief
from ._checks import as_ragged, numbers_of, place_of
from ._ragged import RaggedArray


def step_numbers(y: Any, name: str = "y", *, empty: bool = False) -> RaggedArray:
    """Numbers of steps in any container as one RaggedArray, NaN where there is none.

    Parameters
    ----------
    y : list, tuple, object array or RaggedArray of sequences of numbers, a 2-D or 3-D \
array, or a column of a data frame
        For each sequence one number a step, (n_steps_i,), or one row of them,
        (n_steps_i, n_outputs). None, NaN and ``pd.NA`` mean that a step has none.
    name : str, default="y"
        What errors call it.
    empty : bool, default=False
        Whether sequences may be empty.

    Returns
    -------
    y : RaggedArray
        Values of shape (n_rows,) or (n_rows, n_outputs), float64.

    Raises
    ------
    TypeError
        If an entry is no number.
    ValueError
        If there is one number a sequence, numbers are infinite, widths differ, or a
        part of a row is missing.
    """
    if not isinstance(y, RaggedArray):
        _kinds.refuse_views(y, name)
        if hasattr(y, "tocsr"):
            raise TypeError(
                f"{name} is a sparse matrix. Expected a list of arrays, one a sequence."
            )
        y = _frames.plain_or_rows(y, name)
        _refuse_one_a_sequence(y, name)
    y = numbers_of(as_ragged(y, name=name, empty=empty), name)
    values = y.values
    if y.is_sparse or values.dtype.kind not in "biuf" or values.ndim > 2:
        what = "sparse" if y.is_sparse else values.dtype
        raise TypeError(
            f"{name} holds {what} values of shape {values.shape[1:]} a step. Expected "
            "real numbers, one or one row of them."
        )
    if values.ndim == 2 and values.shape[1] == 0:
        raise ValueError(f"{name} holds rows without a number.")
    values = _values.as_floats(values)
    rows = values if values.ndim == 2 else values[:, None]

    def place(row):
        return "{}[{}][{}]".format(name, *place_of(y.offsets, int(row)))

    infinite = np.flatnonzero(np.isinf(rows).any(axis=1))
    if len(infinite):
        raise ValueError(
            f"{place(infinite[0])} is {brief(values[infinite[0]].tolist())}. Expected "
            "finite numbers, or NaN where a step has no value."
        )
    missing = np.isnan(rows)
    partly = np.flatnonzero(missing.any(axis=1) & ~missing.all(axis=1))
    if len(partly):
        raise ValueError(
            f"{place(partly[0])} is {brief(values[partly[0]].tolist())}, of which a "
            "part is missing. Give all numbers of a row, or NaN in place of all."
        )
    return y.with_values(values)


def _refuse_one_a_sequence(y, name):
    """Raise an error for what holds one number for each sequence."""
    first = y[0] if _kinds.is_list_like(y) and len(y) else None
    if isinstance(first, (int, float, np.number)):
        raise ValueError(
            f"{name}[0] is {brief(first)}: one number for a whole sequence. Expected "
            f"one for each step, as a list or an array. If {name} is of one sequence, "
            f"pass [{name}]; for one number a sequence use RNNRegressor."
        )
