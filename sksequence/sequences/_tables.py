"""What scikit-learn reads as a table of numbers, and what are sequences to it."""

from numbers import Real

import numpy as np

from .. import _kinds
from ._checks import is_one_column
from ._ragged import RaggedArray


def is_table(X: object) -> bool:
    """Whether X is a table to scikit-learn: a 2-D array or a data frame.

    Lists of equal length are no table, for the next ones may be longer. An object array
    is a list, and 2-D only by the accident of equal lengths.
    """
    if _kinds.is_frame(X):
        return not is_one_column(X)  # which holds the sequences
    if isinstance(X, RaggedArray) or _kinds.is_column(X):
        return False
    if hasattr(X, "__array__"):
        array = np.asarray(X)
        return array.ndim == 2 and array.dtype.kind not in "TO"
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
