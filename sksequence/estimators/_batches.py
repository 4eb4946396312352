"""Many sequences through a network, in batches of similar lengths."""

import numpy as np
from scipy import sparse

from .. import _parameters as p
from .._threads import SHARED_STEP_SIZE, n_threads, one_blas_thread, share_out
from ..cells import Workspace
from ..sequences import (
    RaggedArray,
    flat,
    pack,
    place_of,
    rows_of,
    similar_lengths,
    with_flat,
)

PREDICT_BATCH_SIZE = 256
PREDICT_MAX_ROWS = 50_000  # steps in one batch of a prediction


def run_batches(network, theta, X, *, below=None, n_units, n_jobs=None):
    """What a network, or the layers ``below`` one of its layers, make of sequences.

    Parameters
    ----------
    network : Network
    theta : ndarray
    X : RaggedArray
    below : str or None
        The layer at which to stop. None: after all of them.
    n_units : int
        Of the widest recurrent layer.
    n_jobs : int or None
        Threads that may share the batches, if they are large enough.

    Returns
    -------
    scores : ndarray or RaggedArray
        One row a sequence if the network pools its steps, else one row a step.
    """
    batches = similar_lengths(X.lengths, PREDICT_BATCH_SIZE, PREDICT_MAX_ROWS)
    # Threads that share small steps would only wait for each other.
    large = len(batches[0]) * n_units >= SHARED_STEP_SIZE
    n = min(n_threads(n_jobs), len(batches)) if large else 1
    pooled = any(layer.pools for layer in network.layers.values())

    def run(batches):
        workspace, results = Workspace(), []
        for batch in batches:
            rows, steps, order = pack(X, batch)
            Y, _ = network.forward(
                theta, rows, steps, below=below, need_tape=False, workspace=workspace
            )
            place = order if pooled else rows_of(X, steps, order)
            # States of steps lie in the workspace, for the next batch to overwrite.
            results.append((place, Y if below is None else Y.copy()))
        return results

    with one_blas_thread(), quietly():
        results = share_out(run, batches, n)
    first = results[0][1]
    n_rows = len(X) if pooled else X.offsets[-1]
    scores = np.empty((n_rows, first.shape[1]), first.dtype)
    for place, Y in results:
        scores[place] = Y
    return scores if pooled else X.with_values(scores)


def pieces(X):
    """Sequences (or vectors) in order, so many at a time as a prediction may hold."""
    lengths = X.lengths if isinstance(X, RaggedArray) else np.ones(len(X), np.intp)
    ends, start = np.cumsum(lengths), 0
    while start < len(X):
        before = ends[start] - lengths[start]
        stop = int(np.searchsorted(ends, before + PREDICT_MAX_ROWS, "right"))
        stop = max(start + 1, stop)
        yield X[start:stop]
        start = stop


def largest(X):
    """Which sequences (or vectors) hold the largest and the smallest number."""
    values = X.values if isinstance(X, RaggedArray) else X
    if values.ndim < 2 or values.shape[1] == 0:  # token ids, or nothing
        return [0]
    if sparse.issparse(values):
        if values.nnz == 0:
            return [0]
        places = values.data.argmax(), values.data.argmin()
        rows = np.searchsorted(values.indptr, places, side="right") - 1
    else:
        rows = np.array([values.argmax(), values.argmin()]) // values.shape[1]
    if isinstance(X, RaggedArray):
        rows = [place_of(X.offsets, row)[0] for row in rows]
    return sorted(set(map(int, rows)))


def quietly():
    """Without NumPy's warnings: what overflows is an error of ``check_scores``."""
    return np.errstate(over="ignore", invalid="ignore")


def check_scores(scores, X, owner):
    """Raise an error if what a fitted network says of sequences is not finite.

    Parameters
    ----------
    scores : ndarray or RaggedArray
        Of one row a sequence, or one a step.
    X : RaggedArray, or ndarray of one vector a sequence
        What they are of, one entry a sequence.
    owner : estimator
    """
    if not np.isfinite(flat(scores)).all():
        raise ValueError(_overflow(scores, X, owner))


def without_overflow(scores, X, owner):
    """Scores; where they are not finite 0, which says nothing, and a warning.

    The other sequences of a batch are not to suffer from one.
    """
    values = flat(scores)
    if np.isfinite(values).all():
        return scores
    p.warn_user(_overflow(scores, X, owner) + " They are taken as 0 here.")
    finite = np.isfinite(values).all(axis=1, keepdims=True)
    return with_flat(scores, np.where(finite, values, values.dtype.type(0)))


def _overflow(scores, X, owner):
    values = flat(scores)
    finite = np.isfinite(values.reshape(len(values), -1)).all(axis=1)
    i = int(np.flatnonzero(~finite)[0])
    if isinstance(scores, RaggedArray):
        i = place_of(scores.offsets, i)[0]
    steps = f" ({X.lengths[i]:,} steps)" if isinstance(X, RaggedArray) else ""
    return overflow_message(f"X[{i}]{steps}", owner)


def overflow_message(where, owner):
    """What is said of scores that are not finite, and what to do."""
    return (
        f"The states of {type(owner).__name__} overflow on {where}: its scores are not "
        "finite. Where a cell has no bounds, as 'rnn_relu', states may grow at every "
        "step: pass sequences about as long, and of the same scale, as in fit, or use "
        "another cell, such as 'lstm'."
    )
