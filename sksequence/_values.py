"""Values of arrays: which are missing, which are numbers, and objects as numbers."""

import re
from collections.abc import Collection
from datetime import date, timedelta
from itertools import chain
from numbers import Integral, Number
from typing import Any

import numpy as np
import numpy.typing as npt

from ._kinds import is_frame, refuse_masks
from ._messages import brief

OF_VALIDATION = (
    " A pipeline transforms X, but not X_val: transform X_val before (transform_input "
    "of sklearn's Pipeline does so), or set early_stopping=True in its place."
)
_NUMBERS = (Number, np.bool_)
_OF_MISSING = re.compile(r"(n/?an?|none|null|missing|unknown|[^\w\s]+|)", re.IGNORECASE)
_MISSING = ("NAType", "NaTType")  # the classes of pandas' NA and NaT


def object_array(items: Collection[Any]) -> npt.NDArray[np.object_]:
    """A 1-D array of any objects."""
    array = np.empty(len(items), dtype=object)
    for i, item in enumerate(items):
        array[i] = item
    return array


def array_of(values: Any, name: str = "X") -> npt.NDArray[Any]:
    """A list as an array; of objects, if NumPy finds no array in it.

    Raises
    ------
    TypeError
        If it is a masked array, or a list of them; ``name`` is what it is called.
    """
    refuse_masks(values, name)
    try:
        array = as_array(values)
    except MemoryError:
        raise
    except Exception:  # entries of unlike length, or an error of polars
        return object_array(values)
    if array.ndim > 1 and isinstance(values, (list, tuple)):
        for i, row in enumerate(values):
            refuse_masks(row, f"{name}[{i}]")
    return array


def as_array(values: Any) -> npt.NDArray[Any]:
    """As NumPy's ``asarray``; numbers beside texts stay numbers, among objects."""
    array = np.asarray(values)
    if array.dtype.kind in "US" and isinstance(values, (list, tuple)):
        if all(type(value) is str for value in values):
            return array
        objects = np.array(values, dtype=object)
        if not all(isinstance(value, (str, bytes)) for value in objects.flat):
            return objects
    return array


def of_one_type(arrays: list[npt.NDArray[Any]]) -> list[npt.NDArray[Any]]:
    """Arrays that NumPy joins without a loss, of objects if need be.

    NumPy would make one float of several integers beyond 2**53 beside floats, or of
    uint64 beside int64, and dates of the finer of two units, though they may not fit.
    """
    dtypes = {array.dtype for array in arrays}
    kinds = {dtype.kind for dtype in dtypes}
    if len(dtypes) == 1:
        return arrays
    if "O" in kinds:
        return [as_objects(array) for array in arrays]
    if not (kinds <= set("biuf") or kinds in ({"M"}, {"m"})):
        return arrays
    common = [np.result_type(*arrays)]
    if common[0].kind == "f" and kinds <= set("biu"):
        common = [np.dtype(np.int64), np.dtype(np.uint64)]
    for dtype in common:
        if all(_holds(dtype, array) for array in arrays):
            return [array.astype(dtype, copy=False) for array in arrays]
    if common[0].kind == "f" and "f" in kinds and _stay_apart(arrays):
        return [array.astype(common[0]) for array in arrays]
    return [as_objects(array) for array in arrays]


def _stay_apart(arrays):
    """Whether no two integers become one float."""
    whole = [array.ravel().tolist() for array in arrays if array.dtype.kind in "iu"]
    different = set(chain.from_iterable(whole))
    return len(set(map(float, different))) == len(different)


def _holds(dtype, array):
    """Whether an array can be of another type, and back, without a loss."""
    if array.dtype.kind == "f" or array.dtype == dtype:
        return True
    try:
        with np.errstate(invalid="ignore"):
            cast = array.astype(dtype)
            same = np.array_equal(cast.astype(array.dtype), array, equal_nan=True)
    except OverflowError:  # of dates, from NumPy 2.5 on
        return False
    return same and (dtype.kind not in "iu" or np.array_equal(cast < 0, array < 0))


def as_objects(array: npt.NDArray[Any]) -> npt.NDArray[np.object_]:
    """An array of objects, of which dates stay dates."""
    if array.dtype.kind not in "mM":
        return array.astype(object)
    return object_array(list(array.flat)).reshape(array.shape)


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
            f"number.{_way_of(values[place], column, name)}"
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


def as_exact_numbers(values: npt.NDArray[Any], name: str) -> npt.NDArray[Any]:
    """As ``as_numbers``, if all are numbers and floats hold each integer of them."""
    if values.dtype != object or not are_numbers(values):
        return values
    numbers = as_numbers(values, name)
    if numbers.dtype.kind != "f":
        return numbers
    large = np.abs(numbers) >= 2.0**53
    changed = any(
        isinstance(value, Integral) and int(value) != number
        for value, number in zip(values[large], numbers[large].tolist())
    )
    return values if changed else numbers


def _way_of(value, column, name):
    """What to do about a value that is no number."""
    if name.startswith("X_val"):
        return OF_VALIDATION
    if isinstance(value, (date, timedelta, np.datetime64, np.timedelta64)):
        return " Leave dates out, or turn them into numbers."
    if is_frame(value):
        return " Of groups of a frame, pass RaggedArray.from_frame(frame, by=...)."
    if not isinstance(value, (str, bytes)):
        return ""
    way = "a OneHotEncoder" if name == "static" else "PerStep(ColumnTransformer(...))"
    otherwise = f" Leave the column out, or encode it by {way}." if column else ""
    return way_of_text([value], otherwise)


def way_of_text(texts: Collection[str | bytes], otherwise: str = "") -> str:
    """What to do about text in the place of numbers, after a space.

    Parameters
    ----------
    texts : collection of str or bytes
    otherwise : str, default=""
        What to do if they are neither numbers nor in the place of a missing one.
    """
    held = [t.decode("latin-1") if isinstance(t, bytes) else t for t in texts]
    if not held:
        return otherwise
    if all(map(_reads_as_number, held)):
        return " Turn it into numbers first, as pd.to_numeric or astype(float) do."
    if all(_reads_as_number(t.replace(".", "").replace(",", ".")) for t in held):
        return (
            " Turn it into numbers first: with a decimal comma pd.read_csv reads "
            "them by decimal=','."
        )
    if len(held) == 1 and _OF_MISSING.fullmatch(held[0].strip()):
        return (
            " If it stands for a missing number, pd.to_numeric(..., errors='coerce') "
            f"makes it NaN.{otherwise}"
        )
    return otherwise


def _reads_as_number(text):
    """Whether a text has digits, and is a number; words as "nan" are tokens."""
    try:
        float(text)
    except ValueError:
        return False
    return any(map(str.isdigit, text))


def _as_float(value, place, name):
    try:
        return float(value)
    except TypeError as error:
        way = _way_of(value, "", name)
        raise TypeError(
            f"{name} holds {brief(value)}. Expected real numbers.{way}"
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
