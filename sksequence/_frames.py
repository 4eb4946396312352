"""The few things asked of pandas, polars and pyarrow, without importing them."""

from importlib import import_module
from numbers import Number
from typing import Any

import numpy as np
import numpy.typing as npt

_LIBRARIES = ("pandas", "polars", "pyarrow")


def is_column(X: object) -> bool:
    """Whether X is one column: a Series, an Index, an extension array, an Arrow array."""
    return _is_container(X) and not hasattr(X, "columns")


def is_frame(X: object) -> bool:
    """Whether X is a table: a pandas or polars DataFrame, a pyarrow Table."""
    return _is_container(X) and hasattr(X, "columns")


def to_list(column: Any) -> list[Any]:
    """A column as a list of Python objects (or of the arrays it holds)."""
    for name in ("to_pylist", "to_list", "tolist"):
        if hasattr(column, name):
            return getattr(column, name)()
    return list(column)


def is_missing(values: Any) -> npt.NDArray[np.bool_]:
    """Which entries are missing: None, NaN, ``pd.NA``, NaT, a masked entry.

    Parameters
    ----------
    values : ndarray, column, or list of scalars

    Returns
    -------
    missing : ndarray of bool, of the same shape
    """
    if is_column(values):
        values = object_array(to_list(values))
    elif isinstance(values, (list, tuple)):
        values = object_array(values)
    missing = np.ma.getmaskarray(values)
    values = np.asarray(values)
    if values.dtype.kind in "fc":
        return missing | np.isnan(values)
    if values.dtype.kind in "mM":
        return missing | np.isnat(values)
    if values.dtype.kind in "OT":  # T: NumPy's StringDType
        found = [_is_missing_value(value) for value in values.astype(object).flat]
        return missing | np.array(found, dtype=bool).reshape(values.shape)
    return missing


def _is_missing_value(value):
    if isinstance(value, (str, int)):  # what is most frequent
        return False
    if value is None or value is np.ma.masked:
        return True
    if type(value).__name__ in ("NAType", "NaTType"):  # of pandas
        return True
    if isinstance(value, (Number, np.generic)) and not isinstance(value, np.void):
        try:
            return bool(value != value)
        except ArithmeticError:  # Decimal("sNaN")
            return True
    return False


def object_array(items: Any) -> npt.NDArray[np.object_]:
    """A 1-D array of any objects."""
    array = np.empty(len(items), dtype=object)
    for i, item in enumerate(items):
        array[i] = item
    return array


def column_names(frame: Any) -> list[Any]:
    """Names of the columns of a table or dict."""
    if isinstance(frame, dict):
        return list(frame)
    return list(frame.column_names if hasattr(frame, "column_names") else frame.columns)


def n_rows(frame: Any) -> int:
    """Rows of a table or dict of columns."""
    return len(column(frame, column_names(frame)[0]))


def column(frame: Any, name: Any) -> npt.NDArray[Any]:
    """One column of a table or dict as a NumPy array."""
    return np.asarray(frame[name])


def check_columns(frame: Any, names: list[Any]) -> None:
    """Raise an error that names the first column that is not there or not as long."""
    held = column_names(frame)
    for name in names:
        if name not in held:
            raise ValueError(f"the frame has no column {name!r}. It has {held}.")
        n, expected = len(column(frame, name)), n_rows(frame)
        if n != expected:  # in a dict
            raise ValueError(
                f"column {name!r} of the frame has {n} rows, but {held[0]!r} has "
                f"{expected}."
            )


def import_extra(module: str, extra: str, user: str) -> Any:
    """Import an optional dependency, or say what to install.

    Parameters
    ----------
    module : str
        What to import.
    extra : str
        What to install with pip: an extra of sksequence (in brackets) or a package.
    user : str
        What needs it.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise ImportError(
            f"{user} needs {module}, which is not installed. Install it with "
            f"'pip install {extra}'."
        ) from error


def _is_container(X):
    """Whether X is a column or a table: pandas' scalars and groups are neither."""
    return hasattr(X, "__array__") and hasattr(X, "__len__") and _is_of_library(X)


def _is_of_library(X):
    """Whether the class of X, or one that it derives from, is of a library of tables."""
    return any(c.__module__.split(".")[0] in _LIBRARIES for c in type(X).__mro__)
