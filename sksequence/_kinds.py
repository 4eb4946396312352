"""What something is: a column, a table, a list. The one place that knows of libraries.

None of pandas, polars and pyarrow is imported.
"""

from collections.abc import Iterable, Iterator, Mapping, Set, ValuesView
from functools import lru_cache
from typing import Any

import numpy as np

_LIBRARIES = ("pandas", "polars", "pyarrow")


def is_frame(X: object) -> bool:
    """Whether X is a table: a pandas or polars DataFrame, a pyarrow Table."""
    return _is_container(X) and hasattr(X, "columns")


def is_column(X: object) -> bool:
    """Whether X is a Series, an Index, an extension array or an Arrow array."""
    return _is_container(X) and not hasattr(X, "columns")


def unnested(X: Any) -> Any:
    """A column of structs of polars as the table that it is; anything else as it is."""
    if type(X) is np.ndarray or type(getattr(X, "dtype", None)).__name__ != "Struct":
        return X
    return X.struct.unnest()


def is_list_like(values: object) -> bool:
    """Whether something gives entries in an order: no text, no set, no mapping."""
    if getattr(values, "ndim", 1) == 0:
        return False
    return isinstance(values, Iterable) and not isinstance(
        values, (str, bytes, Mapping, Set)
    )


def is_list(values: object) -> bool:
    """Whether something is list-like, and no iterator: its length is known."""
    sized = hasattr(values, "__len__") and not hasattr(values, "tocsr")
    return sized and is_list_like(values)


def is_scalar(X):
    """Whether X is one value of a pyarrow array, which may be a list."""
    return _is_of_library(X) and hasattr(X, "as_py")


def holds_nothing_yet(X):
    """Whether X is a query, or groups; pandas' scalars are neither."""
    if not _is_of_library(X) or is_column(X):
        return False
    return hasattr(X, "collect") or hasattr(X, "__iter__")


def refuse_views(values: object, name: str) -> None:
    """Raise an error for what can be read once only, or has no order or places."""
    if isinstance(values, Mapping) and not hasattr(values, "tocsr"):
        raise TypeError(
            f"{name} is a {type(values).__name__}. Expected a list: pass its values, "
            f"list({name}.values())."
        )
    if isinstance(values, (Iterator, Set, ValuesView)):
        raise TypeError(
            f"{name} is a {type(values).__name__}, whose entries have no places. Pass "
            f"list({name})."
        )


def refuse_masks(array: object, name: str) -> None:
    """Raise an error for a masked array that hides something."""
    if isinstance(array, np.ma.MaskedArray) and np.ma.is_masked(array):
        way = ""
        if name.startswith("X"):
            way = (
                "; or fill it with NaN, which PerStep(SimpleImputer()) imputes in steps"
            )
        raise TypeError(
            f"{name} is a masked array, whose mask would be lost. Leave out what is "
            f"masked{way}."
        )


def _is_container(X):
    """Whether X is a column or a table: pandas' scalars and groups are neither."""
    return _is_of_library(X) and hasattr(X, "__array__") and hasattr(X, "__len__")


def _is_of_library(X):
    return _class_of_library(type(X))


@lru_cache(maxsize=100)
def _class_of_library(cls):
    """Whether a class that this one derives from is of a library of tables."""
    return any(c.__module__.split(".")[0] in _LIBRARIES for c in cls.__mro__)
