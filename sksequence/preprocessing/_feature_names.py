"""Names of the columns of a table, and of the features of a step."""

from typing import Any

import numpy as np
from sklearn.utils.validation import validate_data

from .. import _frames, _kinds
from .. import _parameters as p
from .._messages import brief


def check_table(estimator: Any, X: Any, *, reset: bool, name: str = "X") -> None:
    """Learn number and names of the columns of a table, or check that they are those.

    They are ``n_features_in_`` and ``feature_names_in_``, by scikit-learn's rules.
    """
    if _kinds.is_frame(X):
        _frames.column_names(X, name)  # none twice
    shape = X.shape if _kinds.is_frame(X) else np.asarray(X).shape
    if shape[1] == 0:
        raise ValueError(
            f"{name} has 0 feature(s) (shape={shape}) while a minimum of 1 is "
            "required: no sequence has a step."
        )
    try:
        validate_data(estimator, X, reset=reset, skip_check_array=True)
    except ValueError as error:
        if reset or shape[1] == estimator.n_features_in_:
            raise
        raise ValueError(
            f"{error} The columns of {name} are steps, of which a table must have as "
            "many as in fit: sequences of other lengths are passed as a list of arrays."
        ) from None


def check_feature_names(
    estimator: Any, X: Any, *, reset: bool, name: str = "X"
) -> None:
    """Learn the names of the features of a step, or check that they are those.

    They are ``feature_names_in_`` if all of them are strings.

    Raises
    ------
    ValueError
        If they were others, or in another order.
    """
    names = X.feature_names
    if reset:
        estimator._feature_names = names
        vars(estimator).pop("feature_names_in_", None)
        if names is not None and all(isinstance(column, str) for column in names):
            estimator.feature_names_in_ = np.array(names, dtype=object)
        return
    known, owner = estimator._feature_names, type(estimator).__name__
    if known is None and names is not None:
        p.warn_user(
            f"{name} has feature names, but {owner} was fitted without feature names."
        )
    elif known is not None and names is None:
        p.warn_user(
            f"{name} does not have feature names, but {owner} was fitted with feature "
            f"names, {brief(known)}: features are taken in this order."
        )
    elif known is not None:
        _frames.check_names(names, known, name, "the data of fit")
