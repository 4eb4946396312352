"""Columns and tables of any library as NumPy arrays.

Each column, whatever its type, becomes an array through ``__array__``; a table of one
column is that column.
"""

from collections.abc import Hashable, Iterable
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt

from ._kinds import (
    holds_nothing_yet,
    is_column,
    is_frame,
    is_list,
    is_list_like,
    is_scalar,
    refuse_masks,
    unnested,
)
from ._messages import brief
from ._values import (
    are_numbers,
    array_of,
    as_numbers,
    as_objects,
    is_missing,
    is_missing_value,
    object_array,
    of_one_type,
)


def plain(values: Any, name: str = "X") -> Any:
    """Any container as a NumPy array; lists and what is no container as they are.

    Parameters
    ----------
    values : object
        A column (Series, Index, extension or Arrow array), a table of one column, a
        scalar of pyarrow, an array, or anything that NumPy makes an array of.
    name : str
        What errors call it.

    Returns
    -------
    ndarray, or ``values``

    Raises
    ------
    TypeError
        If it is a table of several columns, a masked array, or something of pandas,
        polars or pyarrow that holds no values yet, as a query or groups.
    """
    if isinstance(values, (list, tuple)) and len(values) and is_scalar(values[0]):
        return [value.as_py() for value in values]
    if isinstance(values, (list, tuple, str, bytes, np.generic)):
        return values
    if type(values) is not np.ndarray:
        if is_scalar(values):
            values = values.as_py()
            return plain(values, name)
        if is_frame(values):
            names = column_names(values, name)
            if len(names) != 1:
                raise TypeError(
                    f"{name} is a table of {len(names)} columns. Expected the one "
                    f"column that holds the data: select it from {brief(names)}."
                )
            values = column(values, names[0])
        elif holds_nothing_yet(values):
            kind = type(values).__name__
            way = "call its collect()" if hasattr(values, "collect") else "pass a list"
            if "GroupBy" in kind:
                way += ", or RaggedArray.from_frame(frame, by=...) in place of groups"
            raise TypeError(
                f"{name} is a {kind}, which is neither a column nor a table: {way}."
            )
    if hasattr(values, "__array__"):
        refuse_masks(values, name)
        values = _as_array(values)
        if values.dtype.kind == "T":  # NumPy's StringDType, with its own missing values
            values = values.astype(object)
        if values.ndim == 0 and values.dtype.kind in "OSU":
            values = plain(values.item(), name)
    return values


def _as_array(values):
    inner = getattr(getattr(values, "dtype", None), "inner", None)
    if type(inner).__name__ == "Struct":  # of polars: a table each, with its names
        return object_array([None if v is None else unnested(v) for v in values])
    tensors = _tensors(values)
    if tensors is not None:
        return tensors
    try:
        return np.asarray(values)
    except MemoryError:
        raise
    except Exception:  # of polars, for integers of 128 bits
        if not hasattr(values, "to_list"):
            raise
        return object_array(values.to_list())


def _tensors(values):
    """A column of pyarrow's tensors of one shape as an array; None of anything else."""
    arrow = values
    if hasattr(getattr(values, "dtype", None), "pyarrow_dtype"):  # of pandas
        arrow = getattr(values, "array", values).__arrow_array__()
    if type(getattr(arrow, "type", None)).__name__ != "FixedShapeTensorType":
        return None
    if len(arrow) == 0:
        return np.empty((0, *arrow.type.shape), arrow.type.value_type.to_pandas_dtype())
    if hasattr(arrow, "combine_chunks"):
        arrow = arrow.combine_chunks()
    if arrow.null_count:
        there = arrow.is_valid()
        tensors = iter(arrow.filter(there).to_numpy_ndarray())
        return object_array([next(tensors) if t else None for t in there.to_pylist()])
    return arrow.to_numpy_ndarray()


def listed(values: Any, name: str, what: str) -> Any:
    """As ``plain``; anything but a list or an array of one dimension is an error."""
    values = plain(values, name)
    if isinstance(values, (list, tuple)):
        return values
    if not isinstance(values, np.ndarray) or values.ndim == 0:
        raise TypeError(
            f"{name} must be a list, an array or a column of {what}. Got "
            f"{type(values).__name__} instead."
        )
    return values


def plain_or_rows(values: Any, name: str = "X") -> Any:
    """As ``plain``; a table of several columns is the array of its rows."""
    if is_frame(values) and len(column_names(values)) > 1:
        return rows(values)
    return plain(values, name)


def with_gaps(column: Any) -> Any:
    """A column of which entries are missing as a list, in which integers stay some."""
    if is_column(column):
        array = plain(column)
        if array.dtype.kind in "Of" and is_missing(array).any():
            ways = ("to_pylist", "to_list", "tolist")  # of pyarrow, polars, pandas
            return next(getattr(column, way) for way in ways if hasattr(column, way))()
        return array
    return column


def one_column(values: Any, texts: bool = False) -> Any:
    """An array (n, 1) of matrices, or of ``texts``, as a table of one column: (n,)."""
    if not isinstance(values, np.ndarray) or values.shape[1:] != (1,):
        return values
    if values.dtype.kind not in "OSU" or not len(values):
        return values
    held = values[:, 0]
    if texts:
        whole = all(
            isinstance(v, str) or is_list_like(v) or is_missing_value(v) for v in held
        )
    else:  # a vector may be one step
        whole = all(getattr(v, "ndim", 0) == 2 for v in held)
    return held if whole else values


def to_list(column: Any) -> list[Any]:
    """A column as a list."""
    return plain(column).tolist()


def names_of(names: Any, argument: str) -> list[Any]:
    """Names of columns as a list, none twice, or an error that names the argument."""
    one = isinstance(names, (str, bytes)) or getattr(names, "ndim", 1) != 1
    if one or not isinstance(names, Iterable):
        raise TypeError(
            f"{argument} must be a list of names. Got {brief(names)} instead."
        )
    found = list(names)
    for k, name in enumerate(found):
        if not isinstance(name, Hashable):
            raise TypeError(
                f"{argument}[{k}] is {brief(name)}. Expected a name: a str, a number "
                "or a tuple of them."
            )
    _refuse_twice(found, argument)
    return found


def check_frame(frame: Any) -> None:
    """Raise an error unless this is a table or a dict of columns."""
    if not isinstance(frame, dict) and not is_frame(frame):
        way = ""
        if hasattr(frame, "collect"):
            way = " Call its collect() first."
        raise TypeError(
            "frame must be a pandas or polars DataFrame, a pyarrow Table or a dict of "
            f"arrays. Got {type(frame).__name__} instead.{way}"
        )


def column_names(frame: Any, what: str = "the frame") -> list[Any]:
    """Names of the columns of a table or dict, none twice."""
    if isinstance(frame, dict):
        return list(frame)
    names = frame.column_names if hasattr(frame, "column_names") else frame.columns
    names = list(names)
    _refuse_twice(names, what)
    return names


def _refuse_twice(names, what):
    if len(set(names)) < len(names):
        twice = next(name for k, name in enumerate(names) if name in names[:k])
        raise ValueError(
            f"{what} has several columns {brief(twice)}. Give each a name of its own."
        )


def feature_names(frame: Any, what: str) -> list[Any] | None:
    """Names of the columns that somebody chose; None for numbers 0, 1, 2, ..."""
    names = column_names(frame, what)
    return None if names == list(range(len(names))) else names


def common_names(items: list[Any], name: str) -> list[Any] | None:
    """The names that the tables of a list have in common, if some have names.

    What is no table, as an array among them, has its columns in this order.

    Raises
    ------
    ValueError
        If names differ, or stand in another order.
    """
    common, place = None, 0
    for i, item in enumerate(items):
        names = feature_names(item, f"{name}[{i}]") if is_frame(item) else None
        if names is None:
            continue
        if common is None:
            common, place = names, i
        else:
            check_names(names, common, f"{name}[{i}]", f"{name}[{place}]")
    return common


def check_names(names: list[Any], expected: list[Any], what: str, other: str) -> None:
    """Raise an error unless columns have the names expected, in their order."""
    if names == expected:
        return
    missing = [column for column in expected if column not in names]
    more = [column for column in names if column not in expected]
    if not missing and not more:
        raise ValueError(
            f"{what} has the columns of {other} in another order: {brief(names)}. "
            f"Select them in the order {brief(expected)}."
        )
    differs = [f"lacks {brief(missing)}"] if missing else []
    differs += [f"has also {brief(more)}"] if more else []
    raise ValueError(
        f"{what} has other columns than {other}: it {' and '.join(differs)}. Expected "
        f"the columns {brief(expected)}."
    )


def index_of(values: Any) -> Any:
    """The index of a pandas table or column; None of anything else."""
    index = getattr(values, "index", None)
    return index if hasattr(index, "get_level_values") else None


def level_names(frame: Any) -> list[Any]:
    """Names of the levels of a pandas index that are not names of columns too."""
    index = index_of(frame)
    names = () if index is None else [name for name in index.names if name is not None]
    held = column_names(frame) if names else ()
    return [name for name in names if name not in held]


def n_rows(frame: Any) -> int:
    """Rows of a table or dict of columns."""
    if isinstance(frame, dict):
        return len(column(frame, next(iter(frame)))) if frame else 0
    return int(frame.shape[0])


def raw_column(frame: Any, name: Any) -> Any:
    """One column of a table or dict, or one level of its index, as it is."""
    if name in level_names(frame):
        return frame.index.get_level_values(name)
    return frame[name]


def column(frame: Any, name: Any) -> npt.NDArray[Any]:
    """One column of a table or dict, or one level of its index, as a NumPy array."""
    values = plain(raw_column(frame, name), f"column {brief(name)}")
    array = array_of(values, f"column {brief(name)}")
    if array.ndim == 0:  # in a dict
        raise ValueError(
            f"column {brief(name)} of the frame is {brief(frame[name])}. Expected one "
            "entry for each row."
        )
    return array


def rows(frame: Any) -> npt.NDArray[Any]:
    """The rows of a table as one array: of numbers, or of objects if one is none."""
    return side_by_side([feature(frame, name) for name in column_names(frame)])


def feature(frame: Any, name: Any) -> npt.NDArray[Any]:
    """As ``column``; numbers that are held as objects are an array of numbers."""
    values = column(frame, name)
    return (
        as_numbers(values, f"column {brief(name)}") if are_numbers(values) else values
    )


def common_dtypes(items: Any) -> dict[Any, str]:
    """The types of columns that are alike in all tables of a list, by their names.

    "category", or the NumPy type of integers or Booleans. Columns of anything else are
    left out; all are if not each item is a table.
    """
    if not is_list(items) or not all(map(is_frame, items)):
        return {}
    tables = [{name: _dtype(t[name]) for name in column_names(t)} for t in items]
    return {
        name: dtype
        for name, dtype in (tables[0] if tables else {}).items()
        if dtype is not None and all(other.get(name) == dtype for other in tables)
    }


def _dtype(column):
    of_polars = type(getattr(column, "dtype", None)).__name__ == "Categorical"
    if of_polars or _categories(column) is not None:
        return "category"
    dtype = plain(column).dtype
    return dtype.name if dtype.kind in "biu" else None


def make_frame(columns: dict[Any, npt.NDArray[Any]], dtypes: dict[Any, str]) -> Any:
    """A data frame of pandas, or of polars without it; None without both.

    Scikit-learn's transformers that ask for columns by name need one, or for columns
    of some type: those that ``common_dtypes`` has found, where the values allow it.
    """
    for name, dtype in dtypes.items():
        values = columns.get(name)
        if values is None or dtype == "category" or not are_numbers(values):
            continue
        if is_missing(values).any():
            continue
        with np.errstate(invalid="ignore"):
            cast = values.astype(dtype)
        if np.array_equal(cast, values):
            columns[name] = cast
    categories = [name for name in columns if dtypes.get(name) == "category"]
    for library in ("pandas", "polars"):
        try:
            frame = import_module(library).DataFrame(columns)
        except ImportError:
            continue
        if categories and library == "pandas":
            frame = frame.astype(dict.fromkeys(categories, "category"))
        return frame
    return None


def side_by_side(columns: list[npt.NDArray[Any]]) -> npt.NDArray[Any]:
    """1-D arrays as the columns of one, in which each value stays as it is."""
    if len({"n" if c.dtype.kind in "biuf" else c.dtype.kind for c in columns}) > 1:
        columns = [as_objects(c) for c in columns]
    return np.column_stack(of_one_type(columns))


def sort_codes(frame: Any, name: Any) -> npt.NDArray[np.intp]:
    """A number for each row that orders a column: by value, or as categories stand.

    The categories of pandas, the values of polars' Enum and of pyarrow's dictionaries
    have an order of their own. Anything else is sorted.
    """
    values, categories = column(frame, name), _categories(raw_column(frame, name))
    if categories is None:
        return np.unique(values, return_inverse=True)[1]
    place = {category: k for k, category in enumerate(categories)}
    return np.array([place[value] for value in values.tolist()], dtype=np.intp)


def has_categories(frame: Any, name: Any) -> bool:
    """Whether a column is one of categories, which have an order of their own."""
    return _categories(raw_column(frame, name)) is not None


def _categories(column):
    """What is ordered by its place in a list, or None."""
    dtype = getattr(column, "dtype", getattr(column, "type", None))
    if type(dtype).__name__ in ("CategoricalDtype", "Enum"):  # of pandas and polars
        return np.asarray(dtype.categories).tolist()
    if hasattr(column, "combine_chunks") and hasattr(column, "chunks"):
        column = column.combine_chunks()
    if hasattr(column, "dictionary") and hasattr(column, "indices"):  # of pyarrow
        return np.asarray(column.dictionary).tolist()
    return None


def check_columns(frame: Any, names: list[Any]) -> None:
    """Raise an error that names the first column that is not there or not as long."""
    held = column_names(frame)
    levels = level_names(frame)
    for name in names:
        if name not in held and name not in levels:
            also = f", and the index {brief(levels)}" if levels else ""
            raise ValueError(
                f"the frame has no column {brief(name)}. It has {brief(held)}{also}."
            )
        n, expected = len(column(frame, name)), n_rows(frame)
        if n != expected:  # in a dict
            raise ValueError(
                f"column {brief(name)} of the frame has {n} rows, but "
                f"{brief(held[0])} has {expected}."
            )
