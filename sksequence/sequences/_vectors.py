"""One vector a sample, in any container."""

from typing import Any

import numpy as np
from scipy import sparse

from .. import _frames, _kinds, _values
from ._checks import is_one_column
from ._ragged import RaggedArray


def as_vectors(X: Any, name: str = "X") -> Any:
    """Vectors in any container as the rows of one array; a table as it is.

    Sparse ones, in one matrix or in a list of rows, become a CSR matrix.

    Raises
    ------
    ValueError
        If they are not of one length, or not vectors at all.
    TypeError
        If they do not hold numbers.
    """
    if sparse.issparse(X):
        return _as_csr(X, name)
    if _kinds.is_frame(X) and not is_one_column(X):
        return X
    if isinstance(X, RaggedArray):
        X = list(X)
    _kinds.refuse_views(X, name)
    X = _frames.plain(X, name)
    if isinstance(X, (list, tuple)) or (
        isinstance(X, np.ndarray) and X.dtype == object and X.ndim == 1
    ):
        if any(map(sparse.issparse, X)):
            return _stacked_csr(X, name)
        X = _stacked(X, name)
    array = np.asarray(X)
    if array.ndim == 2:
        missing = np.argwhere(_values.is_missing(array))
        if len(missing):
            i, j = missing[0].tolist()
            raise ValueError(
                f"{name}[{i}][{j}] is missing: Input {name} contains NaN. Fill it, or "
                "leave out its row."
            )
    array = _values.as_numbers(array, name)
    if array.dtype.kind not in "fiubc":  # complex ones are refused later
        raise TypeError(f"{name} holds {array.dtype} values. Expected real numbers.")
    if array.ndim != 2:
        raise ValueError(
            f"{name} must be vectors: an array of shape (n_samples, n_features). Got "
            f"shape {array.shape} instead. Reshape your data: "
            f"np.reshape({name}, (-1, 1)) if each vector is one number, "
            f"np.reshape({name}, (1, -1)) if it is one vector."
        )
    return array


def _as_csr(X, name):
    if X.ndim != 2:
        raise ValueError(
            f"{name} must be vectors: a sparse matrix of shape (n_samples, n_features)."
            f" Got shape {X.shape} instead."
        )
    if X.dtype.kind not in "fiubc":
        raise TypeError(f"{name} holds {X.dtype} values. Expected real numbers.")
    return sparse.csr_matrix(X)


def _stacked_csr(rows, name):
    rows = list(rows)
    for i, row in enumerate(rows):
        shape = (1, *rows[0].shape[-1:])
        if not sparse.issparse(row) or row.ndim != 2 or row.shape != shape:
            what = f"shape {np.shape(row)}" if sparse.issparse(row) else "no sparse row"
            raise ValueError(
                f"{name}[{i}] has {what}. Where {name} is a list of sparse vectors, "
                "each must be a matrix of one row, and all of one length."
            )
    return _as_csr(sparse.vstack(rows, format="csr"), name)


def _stacked(rows, name):
    rows = [
        np.asarray(_frames.plain(row, f"{name}[{i}]")) for i, row in enumerate(rows)
    ]
    for i, row in enumerate(rows):
        if row.shape != rows[0].shape:
            raise ValueError(
                f"{name}[{i}] has shape {row.shape}, but {name}[0] has "
                f"{rows[0].shape}: vectors must be of one length."
            )
    return np.array(rows) if rows else np.empty(0)
