"""Scores of numbers of steps, over the steps of all sequences."""

from typing import Any

import numpy as np
import numpy.typing as npt

from .._typing import StepNumbers, Weights
from ..sequences import (
    check_some_weight,
    check_step_weight,
    comparable,
    step_numbers,
    unit_of,
)
from ._steps import check_alike


def step_r2_score(
    y_true: StepNumbers, y_pred: StepNumbers, *, sample_weight: Weights | None = None
) -> float:
    """R2, the coefficient of determination, over the steps of all sequences.

    Parameters
    ----------
    y_true, y_pred : sequences of numbers
        For each sequence an array of shape (n_steps_i,) or (n_steps_i, n_outputs). A
        step whose true number is NaN or None does not count.
    sample_weight : array-like of shape (n_sequences,), or one array per sequence of \
shape (n_steps_i,), default=None
        Weights of the sequences or of their steps.

    Returns
    -------
    r2 : float
        The mean over the outputs; 1 is the best.

    Raises
    ------
    ValueError
        If y_true and y_pred differ in their number of sequences or in the length of a
        sequence; the message says where.

    See Also
    --------
    sklearn.metrics.r2_score : For one number, or vector, per sequence.

    Examples
    --------
    >>> from sksequence.metrics import step_r2_score
    >>> step_r2_score([[1.0, 2.0, None], [3.0]], [[1.0, 2.0, 9.0], [2.0]])
    0.5
    """
    from sklearn.metrics import r2_score  # not at import: it takes long

    counted = _steps_that_count(y_true, y_pred, sample_weight)
    true, found, weights = comparable(*counted)
    with np.errstate(over="ignore"):  # of predictions that are far from all targets
        return float(r2_score(true, found, sample_weight=weights))


def step_mean_absolute_error(
    y_true: StepNumbers, y_pred: StepNumbers, *, sample_weight: Weights | None = None
) -> float:
    """The mean absolute error over the steps of all sequences.

    Parameters
    ----------
    y_true, y_pred, sample_weight
        As in :func:`step_r2_score`.

    Returns
    -------
    error : float
        The mean over the outputs; 0 is the best.

    Raises
    ------
    ValueError
        As in :func:`step_r2_score`.

    Examples
    --------
    >>> from sksequence.metrics import step_mean_absolute_error
    >>> step_mean_absolute_error([[1.0, 2.0], [3.0]], [[1.0, 2.0], [1.5]])
    0.5
    """
    from sklearn.metrics import mean_absolute_error

    true, found, weights = _steps_that_count(y_true, y_pred, sample_weight)
    weights = weights / unit_of(weights)
    return float(mean_absolute_error(true, found, sample_weight=weights))


def _steps_that_count(
    y_true: StepNumbers, y_pred: StepNumbers, sample_weight: Weights | None
) -> tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]]:
    """True and predicted numbers, and weights, of the steps with weight and number."""
    true, found = (
        step_numbers(y, name, empty=True)
        for y, name in ((y_true, "y_true"), (y_pred, "y_pred"))
    )
    known, there = (
        ~np.isnan(y.values).any(axis=tuple(range(1, y.values.ndim)))
        for y in (true, found)
    )
    check_alike(true, found, known, there, "numbers")
    weights = check_step_weight(sample_weight, true, "y_true").values * known
    check_some_weight(weights, "step")
    counts = weights > 0
    return true.values[counts], found.values[counts], weights[counts]
