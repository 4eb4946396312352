"""What a container of sequences is to scikit-learn, and whether X and y agree."""

import numpy as np

from .. import _frames
from ..sequences import RaggedArray


def is_table(X):
    """Whether X is a table to scikit-learn: a 2-D array or a data frame.

    Lists of equal length are no table, for the next ones may be longer; an object array
    is a list, and 2-D only by the accident of equal lengths.
    """
    if _frames.is_frame(X):
        array = np.asarray(X)  # one column of objects holds the sequences
        return array.dtype != object or array.shape[1] != 1
    if isinstance(X, RaggedArray) or _frames.is_column(X):
        return False
    if hasattr(X, "__array__"):
        array = np.asarray(X)
        return array.ndim == 2 and array.dtype != object
    return False


def width_of_lists(X):
    """The length that lists of numbers have in common, if they are all there is in X.

    They are sequences, but scikit-learn wants an array of another width to be refused
    after them.
    """
    if not isinstance(X, (list, tuple)) or not len(X):
        return None
    lists = all(isinstance(row, (list, tuple)) for row in X)
    even = lists and len({len(row) for row in X}) == 1
    return len(X[0]) if even and all(np.isscalar(v) for v in X[0]) else None


def check_lengths_agree(y, n_sequences, suffix=""):
    """Raise an error if X and y (or X_val and y_val) are not of one length."""
    if len(y) != n_sequences:
        raise ValueError(
            f"y{suffix} must have one entry for each sequence of X{suffix}. "
            f"X{suffix} has {n_sequences} sequences, y{suffix} has {len(y)} "
            "entries: inconsistent numbers of samples."
        )


def check_y_given(estimator, y):
    """Raise an error if there are no targets."""
    if y is None:
        raise ValueError(
            f"This {type(estimator).__name__} estimator requires y to be passed, but "
            "the target y is None."
        )
