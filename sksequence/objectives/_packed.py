"""Independent sequences, packed by time."""

from __future__ import annotations

from concurrent.futures import Executor
from typing import Any

import numpy as np
import numpy.typing as npt

from .._typing import FloatArray, IntArray
from ..network import Batch, Network
from ..sequences import (
    RaggedArray,
    entries_of,
    flat,
    pack,
    static_of,
    training_batches,
)
from ._base import Objective, fractions_of_sum

MOST = 1e100  # of a total weight, beside which one more is nothing


class PackedSequences(Objective):
    """Sequences with one target each, or one for each of their steps.

    Parameters
    ----------
    network : Network
    X : RaggedArray
    y, weights : ndarray or RaggedArray
        Entries of sequences, or of their steps. Weights may also be one for each entry
        of 0/1 rows.
    dtype : dtype
        Of the network.
    batch_size : int
    shuffle : bool
    token_dropout : (ndarray of shape (n_tokens,), int), default=None
        How often each token of X is replaced in an epoch, and by which.
    worker, rng, dropout_rng
        As in ``Objective``.
    """

    def __init__(
        self,
        network: Network,
        X: RaggedArray,
        y: npt.NDArray[Any] | RaggedArray,
        weights: FloatArray | RaggedArray,
        dtype: npt.DTypeLike,
        *,
        batch_size: int,
        shuffle: bool,
        token_dropout: tuple[FloatArray, int] | None = None,
        worker: Executor | None,
        rng: np.random.RandomState,
        dropout_rng: np.random.RandomState | None,
    ) -> None:
        super().__init__(network, worker, rng, dropout_rng)
        self.X, self.y = X, y
        self.given, self.token_dropout = X, token_dropout
        self.weights, self.total_weight = fractions_of_sum(weights, dtype)
        self.batch_size, self.shuffle = batch_size, shuffle
        w = flat(self.weights).astype(np.float64) * min(self.total_weight, MOST)
        self.draw = self.sampler(flat(y), w, dtype)

    def batches(self) -> list[IntArray]:
        if self.token_dropout is not None:
            rates, unknown = self.token_dropout
            ids = self.given.values.copy()
            ids[self.rng.random_sample(len(ids)) < rates[ids]] = unknown
            self.X = self.given.with_values(ids)
        order = self.rng if self.shuffle else None
        return training_batches(self.X.lengths, self.batch_size, order)

    def n_steps(self, piece: IntArray) -> int:
        return int(self.X.lengths[piece].sum())

    def take(
        self, piece: IntArray, scale: float, dtype: npt.DTypeLike, half: int = 0
    ) -> Batch:
        rows, steps, order = pack(self.X, piece)
        return Batch(
            rows,
            steps,
            entries_of(self.y, self.X, steps, order),
            entries_of(self.weights, self.X, steps, order) * scale,
            static=static_of(self.X, order),
            draw=self.draw,
        )
