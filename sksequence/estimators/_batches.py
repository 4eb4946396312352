"""Many sequences through a network, in batches of similar lengths."""

from threading import Lock

import numpy as np
from scipy import sparse

from .. import _parameters as p
from .._threads import (
    SHARED_STEP_SIZE,
    in_turn,
    n_threads,
    one_blas_thread,
    share_out,
)
from ..cells import Workspace
from ..sequences import (
    RaggedArray,
    flat,
    pack,
    place_of,
    rows_of,
    similar_lengths,
    static_of,
    with_flat,
)

PREDICT_BATCH_SIZE = 256
PREDICT_MAX_ROWS = 50_000  # steps in one batch of a prediction
WORK_OF_A_THREAD = 120_000_000  # products of numbers without Python's lock: it pays
SCORES_AT_ONCE = 2**22  # of what is read batch by batch, or decoded together


@one_blas_thread
def run_batches(
    network,
    theta,
    X,
    *,
    below=None,
    read=None,
    lost=None,
    n_outputs=0,
    n_units,
    n_jobs=None,
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
    lost : list, default=None
        With ``read``, which is given 0 for scores that are not finite: it gets the
        places of these rows.
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
    pooled = any(layer.pools for layer in network.layers.values())
    batches, n = _shared_batches(network, X, n_units, n_jobs)
    whenever = n > 1 or network.shared_work  # not in turn
    width = np.inf if whenever else n_units
    forward = _Forward(network, theta, X, pooled, width, below, read, lost, n_outputs)
    n_rows = len(X) if pooled else X.offsets[-1]
    scores, making = None, Lock()  # an array, made for the first batch that is done

    def run(batches):
        nonlocal scores
        workspace = Workspace()
        with quietly():  # in each thread
            for batch in batches:
                place, Y = forward(batch, workspace)
                with making:
                    if scores is None:
                        scores = np.empty((n_rows, *Y.shape[1:]), Y.dtype)
                # At once: the states of steps lie in the workspace.
                scores[place] = Y

    share_out(run, batches, n)
    return scores if pooled else X.with_values(scores)


def _shared_batches(network, X, n_units, n_jobs):
    """Batches of sequences, and how many threads are to share them."""
    n, size = n_threads(n_jobs), PREDICT_BATCH_SIZE
    if network.shared_work:
        n = min(n, 1 + int(X.offsets[-1]) * network.shared_work // WORK_OF_A_THREAD)
        size = min(size, -(-len(X) // n))
    batches = similar_lengths(X.lengths, size, PREDICT_MAX_ROWS)
    n = min(n, len(batches))
    if not network.shared_work and len(batches[0]) * n_units < SHARED_STEP_SIZE:
        n = 1  # threads that share small steps would only wait for each other
    return batches, n


class _Forward:
    """A network forward over a batch of the sequences of X, see ``run_batches``.

    Parameters
    ----------
    pooled : bool
        Whether there is one row of scores a sequence.
    width : float
        Of the widest recurrent layer, for ``in_turn``.
    """

    def __init__(self, network, theta, X, pooled, width, below, read, lost, n_outputs):
        self.network, self.theta, self.X = network, theta, X
        self.pooled, self.width, self.below = pooled, width, below
        self.read, self.lost, self.n_outputs = read, lost, n_outputs

    def __call__(self, batch, workspace):
        """(places, scores) of a batch, or what is read of these."""
        rows, steps, order = pack(self.X, batch)
        place = order if self.pooled else rows_of(self.X, steps, order)
        reads = self.read is not None
        many = reads and len(place) * self.n_outputs > SCORES_AT_ONCE
        Y, _ = in_turn(
            steps.mean_size * self.width,
            self.network.forward,
            *(self.theta, rows, steps),
            below="output" if many else self.below,
            static=static_of(self.X, order),
            need_tape=False,
            workspace=workspace,
        )
        if many:
            parts = self._parts_of(Y, steps, place)
            Y = np.concatenate([self._read_finite(*part) for part in parts])
        elif reads:
            Y = self._read_finite(place, Y)
        return place, Y

    def _parts_of(self, H, steps, place):
        """(places, scores) of some rows after the others."""
        head, params = self.network.head, self.network.head_params(self.theta)
        n = max(1, SCORES_AT_ONCE // self.n_outputs)
        for start in range(0, len(H), n):
            rows = slice(start, start + n)
            yield place[rows], head.forward(params, H[rows], steps)[0]

    def _read_finite(self, place, scores):
        if self.lost is not None and not np.isfinite(scores).all():
            finite = np.isfinite(scores).all(axis=1)
            self.lost.append(place[~finite])
            scores = _zero_where_lost(scores, finite)
        return self.read(scores)


def parts_by_scores(X, n_outputs):
    """``parts_of_sequences`` of which all scores fit into memory."""
    return parts_of_sequences(X, SCORES_AT_ONCE // n_outputs)


def parts_of_sequences(X, most):
    """Slices of sequences, in order, of at most so many steps (or of one sequence).

    X may also be an array of vectors, each of one step.
    """
    ends = X.offsets if isinstance(X, RaggedArray) else np.arange(len(X) + 1)
    start = 0
    while start < len(X):
        stop = int(np.searchsorted(ends, ends[start] + most, "right")) - 1
        stop = max(start + 1, stop)
        yield slice(start, stop)
        start = stop


def largest(X):
    """Which sequences (or vectors) hold the largest and the smallest number."""
    if getattr(X, "static", None) is not None:
        return sorted({*largest(X.with_static(None)), *largest(X.static)})
    values = X.values if isinstance(X, RaggedArray) else X
    if values.ndim < 2 or values.shape[1] == 0:  # token ids, or nothing
        return [0]
    if sparse.issparse(values):
        if values.nnz == 0:
            return [0]
        places = values.data.argmax(), values.data.argmin()
        rows = [place_of(values.indptr, place)[0] for place in places]
    else:
        rows = np.array([values.argmax(), values.argmin()]) // values.shape[1]
    if isinstance(X, RaggedArray):
        rows = [place_of(X.offsets, row)[0] for row in rows]
    return sorted(set(map(int, rows)))


def quietly():
    """Without NumPy's warnings: what overflows is an error of ``check_scores``."""
    return np.errstate(over="ignore", invalid="ignore")


def check_scores(scores, X, owner, which=None):
    """Raise an error if what a fitted network says of sequences is not finite.

    Parameters
    ----------
    scores : ndarray or RaggedArray
        Of one row a sequence, or one a step.
    X : RaggedArray, or ndarray of one vector a sequence
        What they are of, one entry a sequence.
    owner : estimator
    which : ndarray of int, default=None
        The entry of each row of scores. None: there is one a row.
    """
    if not np.isfinite(flat(scores)).all():
        i = _first_lost(scores)
        raise ValueError(_overflow(i if which is None else which[i], X, owner))


def without_overflow(scores, X, owner, *, start=0):
    """Scores; where they are not finite 0, which says nothing, and a warning.

    The other sequences of a batch are not to suffer from one. X may begin in the midst
    of what was passed, at the sequence ``start``.
    """
    values = flat(scores)
    if np.isfinite(values).all():
        return scores
    finite = np.isfinite(values).all(axis=1)
    rows = np.flatnonzero(~finite)
    pooled = not isinstance(scores, RaggedArray)
    warn_of_lost([rows], X, owner, pooled=pooled, start=start)
    return with_flat(scores, _zero_where_lost(values, finite))


def warn_of_lost(lost, X, owner, *, pooled, start=0):
    """The warning of ``without_overflow``.

    Parameters
    ----------
    lost : list of ndarray of int
        As of ``run_batches``.
    X : RaggedArray
    owner : estimator
    pooled : bool
        Whether there is one row of scores a sequence.
    start : int
        As of ``without_overflow``.
    """
    if lost:
        row = int(min(map(np.min, lost)))
        i = row if pooled else place_of(X.offsets, row)[0]
        message = _overflow(i, X, owner, start)
        p.warn_user(f"{message} They are taken as 0 here.")


def _zero_where_lost(scores, finite):
    return np.where(finite[:, None], scores, scores.dtype.type(0))


def _first_lost(scores):
    """The sequence of the first scores that are not finite."""
    values = flat(scores)
    finite = np.isfinite(values.reshape(len(values), -1)).all(axis=1)
    row = int(np.flatnonzero(~finite)[0])
    return place_of(scores.offsets, row)[0] if isinstance(scores, RaggedArray) else row


def _overflow(i, X, owner, start=0):
    steps = f" ({X.lengths[i]:,} steps)" if isinstance(X, RaggedArray) else ""
    return overflow_message(f"X[{start + i}]{steps}", owner)


def overflow_message(where, owner):
    """What is said of scores that are not finite, and what to do."""
    if owner._cell.bounded:
        way = (
            "Numbers of X, or weights, are too large: pass sequences of the same scale "
            "as in fit, or lower learning_rate_init and fit again."
        )
    else:
        way = (
            "Where a cell has no bounds, as 'rnn_relu', states may grow at every step: "
            "pass sequences about as long, and of the same scale, as in fit, or use "
            "another cell, such as 'lstm'."
        )
    return (
        f"The states of {type(owner).__name__} overflow on {where}: its scores are not "
        f"finite. {way}"
    )
