"""The few things asked of pandas, polars and pyarrow, without importing them."""

from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt

_LIBRARIES = ("pandas", "polars", "pyarrow")


def is_column(X: object) -> bool:
    """Whether X is one column: a pandas or polars Series, a pyarrow array."""
    return _is_of_library(X) and not hasattr(X, "columns")


def is_frame(X: object) -> bool:
    """Whether X is a table: a pandas or polars DataFrame, a pyarrow Table."""
    return _is_of_library(X) and hasattr(X, "columns")


def to_list(series: Any) -> list[Any]:
    """A column as a list of Python objects (or of the arrays it holds)."""
    return series.to_pylist() if hasattr(series, "to_pylist") else series.to_list()


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


def _is_of_library(X):
    return type(X).__module__.split(".")[0] in _LIBRARIES
