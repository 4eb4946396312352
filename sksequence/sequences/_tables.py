"""What scikit-learn reads as a table of numbers, and the names of its columns."""

from numbers import Real
from typing import Any

import numpy as np
from sklearn.utils.validation import validate_data

from .. import _frames
from .. import _parameters as p
from ._checks import is_one_column
from ._ragged import RaggedArray


def is_table(X: object) -> bool:
    """Whether X is a table to scikit-learn: a 2-D array or a data frame.

    Lists of equal length are no table, for the next ones may be longer. An object array
    is a list, and 2-D only by the accident of equal lengths.
    """
    if _frames.is_frame(X):
        return not is_one_column(X)  # which holds the sequences
    if isinstance(X, RaggedArray) or _frames.is_column(X):
        return False
    if hasattr(X, "__array__"):
        array = np.asarray(X)
        return array.ndim == 2 and array.dtype.kind not in "OT"
    return False


def width_of_lists(X: object) -> int | None:
    """The length that lists of numbers have in common, if they are all there is in X.

    They are sequences, but scikit-learn wants an array of another width to be refused
    after them.
    """
    if not isinstance(X, (list, tuple)) or not len(X):
        return None
    lists = all(isinstance(row, (list, tuple)) for row in X)
    even = lists and len({len(row) for row in X}) == 1
    return len(X[0]) if even and all(isinstance(v, Real) for v in X[0]) else None


def check_table(estimator: Any, X: Any, *, reset: bool, name: str = "X") -> None:
    """Learn number and names of the columns of a table, or check that they are those.

    They are ``n_features_in_`` and ``feature_names_in_``, by scikit-learn's rules.
    """
    if _frames.is_frame(X):
        _frames.column_names(X)  # none twice
    shape = X.shape if _frames.is_frame(X) else np.asarray(X).shape
    if shape[1] == 0:
        raise ValueError(
            f"{name} has 0 feature(s) (shape={shape}) while a minimum of 1 is "
            "required: no sequence has a step."
        )
    validate_data(estimator, X, reset=reset, skip_check_array=True)


def check_feature_names(
    estimator: Any, X: RaggedArray, *, reset: bool, name: str = "X"
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
            f"names, {_frames.shown(known)}: features are taken in this order."
        )
    elif known is not None:
        _frames.check_names(names, known, name, "the data of fit")
