"""What can be looked into: a fitted estimator of this library."""

from __future__ import annotations

from typing import Any

from sklearn.utils.validation import check_is_fitted

from .._state import as_fitted
from ..estimators import ESTIMATORS


def fitted_model(estimator: Any, kinds: Any = None, *, with_X: bool = True) -> Any:
    """An estimator as it was fitted, or an error that says what was expected.

    Parameters
    ----------
    estimator : estimator
    kinds : tuple of classes, default=None
        What it may be. None: any estimator of this library.
    with_X : bool, default=True
        Whether the caller also takes sequences, which a pipeline would transform.

    Raises
    ------
    TypeError
        If it is none of these.
    NotFittedError
        If it is not fitted.
    """
    kinds = tuple(ESTIMATORS.values()) if kinds is None else kinds
    if not isinstance(estimator, kinds):
        *first, last = [kind.__name__ for kind in kinds]
        names = f"one of {', '.join(first)} and {last}" if first else last
        hint = ""
        if hasattr(estimator, "steps"):
            given = ", and what pipe[:-1].transform gives" if with_X else ""
            hint = f" Of a pipeline, pass pipe[-1]{given}."
        elif hasattr(estimator, "best_estimator_"):
            hint = " Of a search, pass search.best_estimator_."
        elif isinstance(getattr(estimator, "estimator_", None), kinds):
            hint = f" Pass the estimator_ of this {type(estimator).__name__}."
        raise TypeError(
            f"estimator must be {names}. Got {type(estimator).__name__} instead.{hint}"
        )
    check_is_fitted(estimator)
    return as_fitted(estimator)
