"""The size of an embedding, and start values that were learnt elsewhere."""

from collections.abc import Mapping
from numbers import Integral

import numpy as np

from .. import _parameters as p
from .. import _values
from .._messages import brief
from ..sequences import place_of

MANY_ROWS = 100_000  # of an embedding, to warn if few of them are used
LARGEST_TABLE = 2**28  # numbers in it, if few of them are used


def count_tokens(X, width, remedy):
    """One more than the largest token id of X: rows of the embedding.

    Ids that are numbers of users or products may be few and far between. Nearly all
    rows are then of no use: that gives a warning, or where it is much memory an error.

    Parameters
    ----------
    X : RaggedArray of int
    width : int
        Of the embedding.
    remedy : str
        What else to do, for the error.
    """
    row = int(X.values.argmax())
    n_tokens = int(X.values[row]) + 1
    if n_tokens <= MANY_ROWS:
        return n_tokens
    n_used = len(np.unique(X.values))
    if n_used * 10 > n_tokens:
        return n_tokens
    i, t = place_of(X.offsets, row)
    message = (
        f"X[{i}] holds the token id {n_tokens - 1} at step {t}, but X has "
        f"only {n_used} different ids. The embedding has a row for each number up to "
        f"the largest id: {n_tokens} of them, of {width} numbers each. TokenEncoder "
        f"numbers tokens from 0 on (pass ids as strings){remedy}."
    )
    if n_tokens * width > LARGEST_TABLE:
        raise ValueError(message)
    p.warn_user(message)
    return n_tokens


def fill_embedding(table, vectors, owner):
    """Write vectors into an embedding.

    Parameters
    ----------
    table : ndarray of shape (n_tokens, embedding_dim), or None
        Changed in place. None: the network has no embedding.
    vectors : ndarray like ``table``, or mapping of token id to vector
        Tokens that a mapping does not name keep what they have.
    owner : str
        Who asks, for the errors.

    Raises
    ------
    ValueError
        If there is no embedding, or vectors are of another shape or not finite.
    """
    if table is None:
        raise ValueError(
            f"embedding_init needs embedding_dim: without it {owner} has no embedding. "
            "Set embedding_dim to the width of the vectors."
        )
    if isinstance(vectors, Mapping):
        for token, vector in vectors.items():
            _check_token(token, len(table))
            vector = _as_numbers(vector, f"embedding_init[{token}]", table.dtype)
            if vector.shape != table.shape[1:]:
                raise ValueError(
                    f"embedding_init[{token}] has shape {vector.shape}, but "
                    f"embedding_dim is {table.shape[1]}."
                )
            table[token] = vector
        return
    vectors = _as_numbers(vectors, "embedding_init", table.dtype)
    if vectors.shape != table.shape:
        raise ValueError(
            "embedding_init must have one vector of width embedding_dim for each "
            f"token: shape {table.shape}. Got shape {vectors.shape} instead."
        )
    table[:] = vectors


def start_unseen(table, ids):
    """Zeros for tokens that the data do not hold, of which training tells nothing.

    Parameters
    ----------
    table : ndarray of shape (n_tokens, embedding_dim)
        Changed in place.
    ids : ndarray of int
        Those of the data.

    Returns
    -------
    int or None
        The first of these tokens, if there is one.
    """
    unseen = np.ones(len(table), bool)
    unseen[ids] = False
    table[unseen] = 0
    return int(unseen.argmax()) if unseen.any() else None


def dropout_rates(ids, a):
    """How often each token is to be replaced: a / (a + n) if it occurs n times [1]_.

    Parameters
    ----------
    ids : ndarray of int
    a : float

    Returns
    -------
    ndarray of shape (1 + the largest id,)

    References
    ----------
    .. [1] Kiperwasser & Goldberg, "Simple and accurate dependency parsing using
       bidirectional LSTM feature representations", TACL 2016.
    """
    return a / (a + np.bincount(ids))


def _check_token(token, n_tokens):
    if not isinstance(token, Integral) or not 0 <= token < n_tokens:
        raise ValueError(
            f"embedding_init names {brief(token)}, which is no token id in [0, "
            f"{n_tokens}). TokenEncoder.embedding_matrix turns vectors by token into "
            "an array by id."
        )


def _as_numbers(vectors, name, dtype):
    vectors = _values.array_of(vectors, name)
    if vectors.dtype.kind not in "fiu":
        raise ValueError(f"{name} must hold numbers. Got {vectors.dtype} values.")
    vectors = _values.as_floats(vectors, dtype, copy=False)
    if not np.isfinite(vectors).all():
        place = np.argwhere(~np.isfinite(vectors))[0].tolist()
        raise ValueError(
            f"{name} contains NaN, infinity or a number too large for {dtype} at "
            f"{place}."
        )
    return vectors
