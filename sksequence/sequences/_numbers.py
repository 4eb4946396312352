"""Real numbers of any type as floats, or an error that says which is none."""

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from .. import _frames
from .._messages import brief
from ._ragged import RaggedArray


def as_floats(values: Any, name: str) -> npt.NDArray[np.float64]:
    """Numbers as float64: of any type of NumPy, ints of any size, Fractions, Decimals.

    Parameters
    ----------
    values : array-like of any shape
    name : str
        What errors call it.

    Returns
    -------
    array : ndarray of float64
        NaN and infinity as they are.

    Raises
    ------
    TypeError
        If an entry is no number.
    ValueError
        If numbers are complex, entries are of unlike length, or a number is too large
        for a float.
    """
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise ValueError(
            f"{name} is not an array of numbers: its entries differ in length or kind."
        ) from error
    if array.dtype == object and array.ndim == 1 and any(map(np.ndim, array)):
        try:
            array = np.array([np.asarray(row) for row in array])
        except ValueError as error:
            raise ValueError(f"{name} holds rows that differ in length.") from error
    if array.dtype == object:
        return _of_objects(array, name)
    if array.dtype.kind == "c":
        raise ValueError(
            f"{name} holds {array.dtype} values. Complex data not supported; expected "
            "real numbers."
        )
    if array.dtype.kind not in "fiub":
        example = f", as {brief(array.ravel()[:1].tolist()[0])}" if array.size else ""
        raise TypeError(
            f"{name} holds {array.dtype} values{example}. Expected real numbers."
        )
    with np.errstate(over="ignore"):  # of numbers wider than float64: infinity
        return array.astype(np.float64)


def as_vectors(X: Any, name: str = "X") -> Any:
    """Vectors in any container as the rows of one array; a table as it is.

    Raises
    ------
    ValueError
        If they are not of one length, or not vectors at all.
    TypeError
        If they do not hold numbers.
    """
    if sparse.issparse(X):
        raise TypeError(f"{name} is sparse. Expected dense vectors: {name}.toarray().")
    if _frames.is_frame(X) and len(_frames.column_names(X)) > 1:
        return X
    if isinstance(X, RaggedArray):
        X = list(X)
    elif _frames.is_frame(X):
        X = _frames.to_list(X[_frames.column_names(X)[0]])
        X = X if np.ndim(X[:1]) > 1 else np.reshape(X, (-1, 1))
    elif _frames.is_column(X):
        X = _frames.to_list(X)
    if isinstance(X, np.ndarray) and X.dtype in (np.float32, np.float64):
        array: npt.NDArray[Any] = X
    else:
        array = as_floats(X, name)
    if array.ndim != 2:
        raise ValueError(
            f"{name} must be vectors: an array of shape (n_samples, n_features). Got "
            f"shape {array.shape} instead. Reshape your data: {name}.reshape(-1, 1) if "
            f"each vector is one number, {name}.reshape(1, -1) if it is one vector."
        )
    return array


def _of_objects(array, name):
    found = np.empty(array.shape)
    for place, value in zip(np.ndindex(array.shape), array.flat):
        where = name + "".join(f"[{k}]" for k in place)
        try:
            if isinstance(value, (str, bytes)) or np.ndim(value):
                raise TypeError
            found[place] = float(value)
        except OverflowError as error:
            raise ValueError(
                f"{where} is {brief(value)}, which is too large for a float. Divide "
                f"{name} by a constant."
            ) from error
        except (TypeError, ValueError) as error:
            raise TypeError(
                f"{where} is {brief(value)}. Expected a number: the argument must be "
                "neither string nor other object, but a number."
            ) from error
    return found
