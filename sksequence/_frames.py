"""What a container is: the one place that knows of pandas, polars and pyarrow.

None of them is imported. Each of their columns, whatever its type, becomes a NumPy
array through ``__array__``; a table of one column is that column.
"""

from collections.abc import (
    Collection,
    Hashable,
    Iterable,
    Iterator,
    Mapping,
    Set,
    ValuesView,
)
from datetime import date, timedelta
from functools import lru_cache
from importlib import import_module
from numbers import Number
from typing import Any

import numpy as np
import numpy.typing as npt

from ._messages import brief

_LIBRARIES = ("pandas", "polars", "pyarrow")
_NUMBERS = (Number, np.bool_)
_MISSING = ("NAType", "NaTType")  # the classes of pandas' NA and NaT


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
    if isinstance(values, (list, tuple)) and len(values) and _is_scalar(values[0]):
        return [value.as_py() for value in values]
    if isinstance(values, (list, tuple, str, bytes, np.generic)):
        return values
    if type(values) is not np.ndarray:
        if _is_scalar(values):
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
        elif _holds_nothing_yet(values):
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
    try:
        return np.asarray(values)
    except Exception:  # of polars, for integers of 128 bits
        if not hasattr(values, "to_list"):
            raise
        return object_array(values.to_list())


def array_of(values: Any, name: str = "X") -> npt.NDArray[Any]:
    """A list as an array; of objects, if NumPy finds no array in it.

    Raises
    ------
    TypeError
        If it is a masked array, or a list of them; ``name`` is what it is called.
    """
    refuse_masks(values, name)
    try:
        array = np.asarray(values)
    except Exception:  # entries of unlike length, or an error of polars
        return object_array(values)
    if array.ndim > 1 and isinstance(values, (list, tuple)):
        for i, row in enumerate(values):
            refuse_masks(row, f"{name}[{i}]")
    return array


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


def one_column(values: Any, texts: bool = False) -> Any:
    """An array (n, 1) of matrices, or of ``texts``, as a table of one column: (n,)."""
    if not isinstance(values, np.ndarray) or values.shape[1:] != (1,):
        return values
    if values.dtype.kind not in "OSU" or not len(values):
        return values
    held = values[:, 0]
    if texts:
        whole = all(isinstance(v, str) or is_list_like(v) for v in held)
    else:  # a vector may be one step
        whole = all(getattr(v, "ndim", 0) == 2 for v in held)
    return held if whole else values


def to_list(column: Any) -> list[Any]:
    """A column as a list."""
    return plain(column).tolist()


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
        raise TypeError(
            f"{name} is a masked array, whose mask would be lost. Leave out what is "
            "masked; or fill it with NaN, which PerStep(SimpleImputer()) imputes in "
            "steps."
        )


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


def is_column(X: object) -> bool:
    """Whether X is a Series, an Index, an extension array or an Arrow array."""
    return _is_container(X) and not hasattr(X, "columns")


def is_frame(X: object) -> bool:
    """Whether X is a table: a pandas or polars DataFrame, a pyarrow Table."""
    return _is_container(X) and hasattr(X, "columns")


def is_missing(values: Any) -> npt.NDArray[np.bool_]:
    """Which entries are missing: None, NaN, ``pd.NA``, NaT, a masked entry.

    Parameters
    ----------
    values : ndarray, column, or list of scalars

    Returns
    -------
    missing : ndarray of bool, of the same shape
    """
    if isinstance(values, (list, tuple)):
        values = object_array(values)
    masked = isinstance(values, np.ma.MaskedArray)
    missing = np.ma.getmaskarray(values) if masked else np.zeros(np.shape(values), bool)
    values = np.asarray(values)
    if values.dtype.kind in "fc":
        return missing | np.isnan(values)
    if values.dtype.kind in "mM":
        return missing | np.isnat(values)
    if values.dtype.kind in "TO":  # T: NumPy's StringDType
        found = [is_missing_value(value) for value in values.astype(object).flat]
        return missing | np.array(found, dtype=bool).reshape(values.shape)
    return missing


def is_missing_value(value: object) -> bool:
    """Whether one value is missing; a list or an array never is."""
    if isinstance(value, (str, int, list, tuple, np.ndarray)):  # the most frequent
        return False
    if value is None or value is np.ma.masked or type(value).__name__ in _MISSING:
        return True
    if isinstance(value, (Number, np.generic)) and not isinstance(value, np.void):
        try:
            return bool(value != value)
        except ArithmeticError:  # Decimal("sNaN")
            return True
    return False


def are_numbers(values: npt.NDArray[Any]) -> bool:
    """Whether all entries of an object array are numbers or missing."""
    if values.dtype != object:
        return values.dtype.kind in "biufc"
    held = values[~is_missing(values)]
    return all(_is_number(value) for value in held)


def _is_number(value):
    return isinstance(value, _NUMBERS) and not isinstance(value, np.timedelta64)


def as_numbers(
    values: npt.NDArray[Any], name: str, columns: list[Any] | None = None
) -> npt.NDArray[Any]:
    """An object array as one of numbers, with NaN for what is missing.

    Parameters
    ----------
    values : ndarray
        Of numbers it is given as it is.
    name : str
        What errors call it.
    columns : list, default=None
        Names of the columns, for the errors.

    Raises
    ------
    TypeError
        If an entry is no number; the message says where.
    """
    if values.dtype != object:
        return values
    missing = is_missing(values)
    if not are_numbers(values):
        ok = missing | np.vectorize(_is_number, [bool])(values)
        place = tuple(np.argwhere(~ok)[0].tolist())
        at = f" at {place}" if place else ""
        column = f", column {brief(columns[place[-1]])}" if columns else ""
        raise TypeError(
            f"{name} holds {brief(values[place])}{at}{column}. Expected "
            "a number: the argument must be neither string nor other object, but a "
            f"number.{_way_of(values[place], column)}"
        )
    held = values[~missing]
    numbers = np.array(held.tolist())
    if numbers.dtype.kind not in "biufc":
        places = np.argwhere(~missing).tolist()
        numbers = np.array([_as_float(*pair, name) for pair in zip(held, places)])
    if not missing.any():
        return numbers.reshape(values.shape)
    found = np.full(values.shape, np.nan, np.result_type(numbers, np.float64))
    found[~missing] = numbers
    return found


def _way_of(value, column):
    """What to do about a value that is no number."""
    if isinstance(value, (date, timedelta, np.datetime64, np.timedelta64)):
        return " Leave dates out, or turn them into numbers."
    if is_frame(value):
        return " Of groups of a frame, pass RaggedArray.from_frame(frame, by=...)."
    if column and isinstance(value, str):
        return " Leave the column out, or encode it by PerStep(ColumnTransformer(...))."
    return ""


def _as_float(value, place, name):
    try:
        return float(value)
    except TypeError as error:
        raise TypeError(
            f"{name} holds {brief(value)}. Expected real numbers.{_way_of(value, '')}"
        ) from error
    except ArithmeticError as error:
        where = name + "".join(f"[{k}]" for k in place)
        raise ValueError(
            f"{where} is {brief(value, 50)}, which is too large for a float. Divide "
            f"{name} by a constant."
        ) from error


def as_floats(values: Any, dtype: npt.DTypeLike = np.float64, copy: bool = True) -> Any:
    """Numbers as floats; one that is too large becomes infinity, without a warning."""
    with np.errstate(over="ignore"):
        return values.astype(dtype, copy=copy)


def object_array(items: Collection[Any]) -> npt.NDArray[np.object_]:
    """A 1-D array of any objects."""
    array = np.empty(len(items), dtype=object)
    for i, item in enumerate(items):
        array[i] = item
    return array


# -- tables ----------------------------------------------------------------------------


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
    """The names that all tables of a list have in common; None if not all have names.

    Raises
    ------
    ValueError
        If names differ, or stand in another order.
    """
    common, place, all_named = None, 0, len(items) > 0
    for i, item in enumerate(items):
        names = feature_names(item, f"{name}[{i}]") if is_frame(item) else None
        if names is None:
            all_named = False
        elif common is None:
            common, place = names, i
        else:
            check_names(names, common, f"{name}[{i}]", f"{name}[{place}]")
    return common if all_named else None


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
    if array.dtype.kind == "U" and not all(isinstance(v, str) for v in values):
        array = object_array(values)  # of which NumPy has made strings
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
        if values is None or dtype == "category" or values.dtype.kind not in "biuf":
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
    """1-D arrays as the columns of one, where numbers do not become text."""
    if len({"n" if c.dtype.kind in "biuf" else c.dtype.kind for c in columns}) > 1:
        columns = [  # as objects, dates would become numbers
            object_array(list(c)) if c.dtype.kind in "mM" else c.astype(object)
            for c in columns
        ]
    return np.column_stack(columns)


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


# -- what is of which library ----------------------------------------------------------


def _is_container(X):
    """Whether X is a column or a table: pandas' scalars and groups are neither."""
    return _is_of_library(X) and hasattr(X, "__array__") and hasattr(X, "__len__")


def _holds_nothing_yet(X):
    """Whether X is a query, or groups; pandas' scalars are neither."""
    if not _is_of_library(X) or is_column(X):
        return False
    return hasattr(X, "collect") or hasattr(X, "__iter__")


def _is_scalar(X):
    """Whether X is one value of a pyarrow array, which may be a list."""
    return _is_of_library(X) and hasattr(X, "as_py")


def _is_of_library(X):
    return _class_of_library(type(X))


@lru_cache(maxsize=100)
def _class_of_library(cls):
    """Whether a class that this one derives from is of a library of tables."""
    return any(c.__module__.split(".")[0] in _LIBRARIES for c in cls.__mro__)
