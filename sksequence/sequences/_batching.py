"""Batches of sequences of similar length.

A batch costs as many steps of the recurrence as its longest sequence, and a step of few
sequences costs nearly as much as one of many. So sequences of similar length go
together; the rest is random.
"""

import numpy as np

from .._typing import IntArray

# Batches are cut from groups of this many batches, sorted within. More gives more even
# lengths, fewer gives batches that are more like random ones.
BATCHES_IN_A_GROUP = 50


def training_batches(
    lengths: IntArray, batch_size: int, rng: np.random.RandomState | None = None
) -> list[IntArray]:
    """Cut one epoch into batches.

    Parameters
    ----------
    lengths : ndarray of shape (n_sequences,)
    batch_size : int
    rng : RandomState, default=None
        For the shuffling of the sequences and, when those of similar length have been
        put together, of the batches, so that training is not ordered by length. None
        keeps the order of the data.

    Returns
    -------
    batches : list of ndarray of int
        Together they hold every index once. Only one batch may be smaller than
        ``batch_size``.
    """
    n_sequences = len(lengths)
    if rng is None:
        return _cut(np.arange(n_sequences), batch_size)
    order = rng.permutation(n_sequences)
    if n_sequences <= batch_size or lengths.min() == lengths.max():
        return _cut(order, batch_size)
    groups = _cut(order, batch_size * BATCHES_IN_A_GROUP)
    order = np.concatenate(
        [group[np.argsort(lengths[group], kind="stable")] for group in groups]
    )
    batches = _cut(order, batch_size)
    return [batches[i] for i in rng.permutation(len(batches))]


def similar_lengths(
    lengths: IntArray, batch_size: int, max_rows: int | None = None
) -> list[IntArray]:
    """Cut sequences into batches of similar length, for prediction.

    Parameters
    ----------
    lengths : ndarray of shape (n_sequences,)
    batch_size : int
    max_rows : int, default=None
        Steps a batch may have in all, so that long sequences do not need memory for
        ``batch_size`` of them; a sequence longer than that is a batch of its own.

    Returns
    -------
    batches : list of ndarray of int
    """
    order = np.argsort(-lengths, kind="stable")
    if len(order) == 1:
        return [order]
    batches: list[IntArray] = []
    start = 0
    while start < len(order):
        size = batch_size
        if max_rows is not None:  # decreasing: the first is the longest
            size = max(1, min(size, max_rows // int(lengths[order[start]])))
        batches.append(order[start : start + size])
        start += size
    return batches


def _cut(order, size):
    return [order[start : start + size] for start in range(0, len(order), size)]
