"""Numbers of any size in units in which they, their sums and squares are floats."""

from typing import Any

import numpy as np
import numpy.typing as npt

from .._typing import FloatArray

FAR = 1e200
ROUNDING = 16 * np.finfo(float).eps  # of numbers that should be one, beside them
SMALLEST_UNIT = 1e-100  # a constant nearer to zero is measured by itself


def power_of_two(values: npt.ArrayLike, axis: int | None = None) -> Any:
    """The power of two just above the largest absolute value; 1 where all are zero."""
    largest = np.abs(values).max(axis=axis)
    exponent = np.frexp(np.where(largest > 0, largest, 1.0))[1]
    return np.ldexp(1.0, np.minimum(exponent, 1023))


def comparable(
    y: FloatArray, predicted: FloatArray, weights: FloatArray | None
) -> tuple[FloatArray, FloatArray, FloatArray | None]:
    """Targets, predictions and weights in a unit in which squares are floats.

    Numbers of ordinary size stay as they are. Predictions that are far from all targets
    are brought to ``FAR``, whose square is infinite as theirs.
    """
    unit = unit_of(y, axis=0)
    with np.errstate(over="ignore"):
        predicted = np.clip(predicted / unit, -FAR, FAR)
    if weights is not None:
        weights = weights / unit_of(weights)
    return y / unit, predicted, weights


def weighted_mean(values: Any, weights: FloatArray) -> float:
    """The mean of some values (n,), whose weights (n,) are not all zero."""
    return float(np.average(values, weights=weights / unit_of(weights)))


def unit_of(values: npt.ArrayLike, axis: int | None = None) -> Any:
    """1, or for numbers that are very large or small the power of two just above."""
    largest = np.abs(values).max(axis=axis)
    ordinary = (largest == 0) | ((largest > SMALLEST_UNIT) & (largest < 1e100))
    return np.where(ordinary, 1.0, power_of_two(values, axis=axis))
