"""Independent sequences, packed by time."""

import numpy as np

from ..network import Batch
from ..sequences import entries_of, flat, pack, training_batches
from ._base import Objective, fractions_of_sum


class PackedSequences(Objective):
    """Sequences with one target each, or one for each of their steps.

    Parameters
    ----------
    network : Network
    X : RaggedArray
    y, weights : ndarray or RaggedArray
        Entries of sequences, or of their steps.
    dtype : dtype
        Of the network.
    batch_size : int
    shuffle : bool
    worker, rng, dropout_rng
        As in ``Objective``.
    """

    def __init__(
        self,
        network,
        X,
        y,
        weights,
        dtype,
        *,
        batch_size,
        shuffle,
        worker,
        rng,
        dropout_rng,
    ):
        super().__init__(network, worker, rng, dropout_rng)
        self.X, self.y = X, y
        self.weights, self.total_weight = fractions_of_sum(weights, dtype)
        self.batch_size, self.shuffle = batch_size, shuffle
        w = flat(self.weights).astype(np.float64) * self.total_weight
        self.draw = self.sampler(flat(y), w, dtype)

    def batches(self):
        order = self.rng if self.shuffle else None
        return training_batches(self.X.lengths, self.batch_size, order)

    def n_steps(self, piece):
        return int(self.X.lengths[piece].sum())

    def take(self, piece, scale, dtype, half=0):
        rows, steps, order = pack(self.X, piece)
        return Batch(
            rows,
            steps,
            entries_of(self.y, self.X, steps, order),
            entries_of(self.weights, self.X, steps, order) * scale,
            draw=self.draw,
        )
