"""Many sequences through a network, in batches of similar lengths."""

import numpy as np

from .._threads import (
    SHARED_STEP_SIZE,
    in_turn,
    n_threads,
    one_blas_thread,
    share_out,
)
from ..cells import Workspace
from ..sequences import pack, rows_of, similar_lengths

PREDICT_BATCH_SIZE = 256
PREDICT_MAX_ROWS = 50_000  # steps in one batch of a prediction
SCORES_AT_ONCE = 2**22  # of what is read batch by batch, or decoded together


@one_blas_thread
def run_batches(
    network, theta, X, *, below=None, read=None, n_outputs=0, n_units, n_jobs=None
):
    """What a network, or the layers ``below`` one of its layers, make of sequences.

    Parameters
    ----------
    network : Network
    theta : ndarray
    X : RaggedArray
    below : str or None
        The layer at which to stop. None: after all of them.
    read : callable, default=None
        Scores of some rows -> what is to be kept of them, one entry or row for each.
        Only a few scores are then in memory. None: all scores.
    n_outputs : int
        Of the head, with ``read``.
    n_units : int
        Of the widest recurrent layer.
    n_jobs : int or None
        Threads that may share the batches, if they are large enough.

    Returns
    -------
    scores : ndarray or RaggedArray
        One row a sequence if the network pools its steps, else one row a step; or what
        ``read`` gives.
    """
    batches = similar_lengths(X.lengths, PREDICT_BATCH_SIZE, PREDICT_MAX_ROWS)
    # Threads that share small steps would only wait for each other.
    large = len(batches[0]) * n_units >= SHARED_STEP_SIZE
    n = min(n_threads(n_jobs), len(batches)) if large else 1
    pooled = any(layer.pools for layer in network.layers.values())

    def parts_of(H, steps):
        """Scores of some rows after the others."""
        head, params = network.head, network.head_params(theta)
        n = max(1, SCORES_AT_ONCE // n_outputs)
        for start in range(0, len(H), n):
            yield head.forward(params, H[start : start + n], steps)[0]

    def run(batches):
        workspace, results = Workspace(), []
        for batch in batches:
            rows, steps, order = pack(X, batch)
            place = order if pooled else rows_of(X, steps, order)
            many = read is not None and len(place) * n_outputs > SCORES_AT_ONCE
            Y, _ = in_turn(
                np.inf if n > 1 else steps.n_rows / len(steps.counts) * n_units,
                network.forward,
                *(theta, rows, steps),
                below="output" if many else below,
                need_tape=False,
                workspace=workspace,
            )
            if many:
                Y = np.concatenate([read(scores) for scores in parts_of(Y, steps)])
            elif read is not None:
                Y = read(Y)
            # States of steps lie in the workspace, for the next batch to overwrite.
            results.append((place, Y if below is None else Y.copy()))
        return results

    results = share_out(run, batches, n)
    first = results[0][1]
    n_rows = len(X) if pooled else X.offsets[-1]
    scores = np.empty((n_rows, *first.shape[1:]), first.dtype)
    for place, Y in results:
        scores[place] = Y
    return scores if pooled else X.with_values(scores)


def parts_of_sequences(X, n_outputs):
    """Slices of sequences, one after the other, of which all scores fit."""
    ends, start = X.offsets, 0
    most = SCORES_AT_ONCE // n_outputs
    while start < len(X):
        stop = int(np.searchsorted(ends, ends[start] + most, "right")) - 1
        stop = max(start + 1, stop)
        yield slice(start, stop)
        start = stop
