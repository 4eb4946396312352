"""What is known of a whole sequence beside its steps: one row of numbers each."""

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .. import _frames, _kinds, _values
from .._messages import brief
from .._typing import FloatArray, IntArray

if TYPE_CHECKING:
    from ._ragged import RaggedArray


def static_rows(
    static: Any, n: int, names: Any = None
) -> tuple[FloatArray, list[Any] | None]:
    """Any container of static numbers as an array (n, n_static), and their names.

    Parameters
    ----------
    static : array-like of shape (n, n_static) or (n,), data frame or column
    n : int
        How many sequences there are.
    names : list, default=None
        Names of the columns. None: those of a data frame or of a column.

    Raises
    ------
    TypeError, ValueError
        If it holds anything but real numbers, or is of another shape.
    """
    found, static = None, _kinds.unnested(static)
    if _kinds.is_frame(static):
        found = _frames.feature_names(static, "static")
        static = _values.as_numbers(_frames.rows(static), "static", found)
    elif _kinds.is_column(static):
        name = getattr(static, "name", None)
        found = None if name in (None, "") else [name]
    values = _values.array_of(_frames.plain(static, "static"), "static")
    values = _values.as_numbers(values, "static")
    if values.dtype.kind not in "biuf":
        raise TypeError(
            f"static holds {values.dtype} values. Expected real numbers; categories "
            "become numbers by a OneHotEncoder."
        )
    if values.ndim == 1:
        values = values[:, None]
    if values.ndim != 2 or len(values) != n or values.shape[1] == 0:
        raise ValueError(
            f"static must have one row of numbers for each of the {n} sequences: "
            f"shape ({n}, n_static). Got shape {values.shape} instead."
        )
    dtype = values.dtype if values.dtype in (np.float32, np.float64) else np.float64
    values = _values.as_floats(values, dtype)  # a copy: nobody else changes it
    if names is not None:
        found = _frames.names_of(names, "names")
        if len(found) != values.shape[1]:
            raise ValueError(
                "names must have one entry for each column of static, whose shape is "
                f"{values.shape}. Got {len(found)} names."
            )
    return values, found


def static_from_frame(
    frame: Any,
    names: list[Any],
    order: IntArray,
    starts: IntArray,
    keys: list[npt.NDArray[Any]],
    by: list[Any],
) -> FloatArray:
    """Columns of a long frame that have one value a sequence.

    Parameters
    ----------
    frame : table or dict of columns
    names : list
        Of the columns.
    order : ndarray of int, shape (n_rows,)
        The rows, sequence by sequence.
    starts : ndarray of int, shape (n_sequences,)
        Where each sequence begins among them.
    keys, by : list
        For each column that tells sequences apart, their keys, and its name.

    Raises
    ------
    TypeError, ValueError
        If a column holds anything but numbers, or several within a sequence.
    """
    columns = []
    lengths = np.diff(np.append(starts, len(order)))
    for name in names:
        what = f"column {brief(name)} of static"
        values = _frames.column(frame, name)
        if not _values.are_numbers(values):
            raise TypeError(
                f"{what} holds {brief(_no_number(values))}. Expected numbers; "
                "categories become numbers by pandas.get_dummies or a OneHotEncoder."
            )
        values = _values.as_numbers(values, what)[order]
        first = np.repeat(values[starts], lengths)
        missing = _values.is_missing(values) & _values.is_missing(first)
        same = (values == first) | missing
        if not same.all():
            row = int(same.argmin())
            i = int(np.searchsorted(starts, row, side="right")) - 1
            key = ", ".join(
                f"{column}={brief(values[i : i + 1].tolist()[0])}"
                for column, values in zip(by, keys)
            )
            raise ValueError(
                f"{what} changes within the sequence {key}: it is {first[row]} at its "
                f"first step and {values[row]} at step {row - starts[i]}. A static "
                "column has one value a sequence; what changes belongs in columns."
            )
        columns.append(values[starts])
    return _frames.side_by_side(columns)


def _no_number(values):
    """The first entry that is neither a number nor missing."""
    parts = (_values.object_array([value]) for value in values.tolist())
    return next(part[0] for part in parts if not _values.are_numbers(part))


def static_of(X: "RaggedArray", which: IntArray) -> FloatArray | None:
    """The static numbers of some sequences, or None if there are none."""
    return None if X.static is None else X.static[which]
