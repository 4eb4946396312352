"""Real numbers of any type as floats, or an error that says which is none."""

from typing import Any

import numpy as np
import numpy.typing as npt

from .._messages import brief


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
        If an entry is not a real number.
    ValueError
        If entries are of unlike length, or a number is too large for a float.
    """
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise ValueError(
            f"{name} is not an array of numbers: its entries differ in length or kind."
        ) from error
    if array.dtype == object:
        return _of_objects(array, name)
    if array.dtype.kind not in "fiub":
        example = f", as {brief(array.ravel()[0].item())}" if array.size else ""
        raise TypeError(
            f"{name} holds {array.dtype} values{example}. Expected real numbers."
        )
    with np.errstate(over="ignore"):  # of numbers wider than float64: infinity
        return array.astype(np.float64)


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
            raise TypeError(f"{where} is {brief(value)}. Expected a number.") from error
    return found
