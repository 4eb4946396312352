"""The labelings of highest score of a chain."""

import numpy as np


def viterbi(A, scores, steps, n_best=1):
    """The ``n_best`` labelings of highest score of each sequence [1]_, see ``best``.

    References
    ----------
    .. [1] Forney, "The Viterbi algorithm", Proceedings of the IEEE 61, 1973.
    """
    n, n_labels = steps.n_sequences, scores.shape[1]
    # Best prefixes that end in each label, n_best of each: (rows, labels, n_best).
    best = np.full((steps.n_rows, n_labels, n_best), -np.inf)
    origin = np.zeros((steps.n_rows, n_labels, n_best), dtype=np.intp)
    best[:n, :, 0] = scores[:n] + A[-1, :-1]
    arriving = np.repeat(A[:-1, :-1].T, n_best, axis=1)  # (labels, labels * n_best)
    before = 0
    for start, stop in zip(steps.starts[1:-1], steps.starts[2:]):
        ways = best[before : before + stop - start].reshape(stop - start, 1, -1)
        values, origin[start:stop] = _highest(ways + arriving, n_best)
        np.add(values, scores[start:stop, :, None], out=best[start:stop])
        before = start
    ends = best[steps.last] + A[:-1, -1, None]
    totals, place = _highest(ends.reshape(n, -1), n_best)
    labels = np.empty((n_best, steps.n_rows), dtype=np.intp)
    flat = origin.reshape(steps.n_rows, -1)
    for start, stop in zip(steps.starts[-2::-1], steps.starts[:0:-1]):
        running = place[: stop - start]
        labels[:, start:stop] = running.T // n_best
        if start:
            rows = np.arange(start, stop)[:, None]
            place[: stop - start] = flat[rows, running]
    return labels, totals.T


def _highest(values, n):
    """The n highest along the last axis, decreasing, and where they are."""
    if n == 1:
        place = values.argmax(axis=-1)[..., None]
    else:
        place = np.argsort(-values, axis=-1, kind="stable")[..., :n]
    return np.take_along_axis(values, place, axis=-1), place
