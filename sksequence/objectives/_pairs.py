"""Pairs of an input and an output that is a sequence, for encoder-decoders.

The decoder reads the right tokens (teacher forcing): before each output its end, then
the tokens one by one.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt

from .._threads import SHARED_STEP_SIZE, SharedDraws
from .._typing import FloatArray, IntArray
from ..network import Batch, EncoderDecoder
from ..sequences import RaggedArray, Steps, pack, places, training_batches
from ._base import Objective, fractions_of_sum


class Pairs(Objective):
    """Inputs, and outputs that are sequences of tokens.

    Parameters
    ----------
    network : EncoderDecoder
    source : callable
        (which, dtype) -> what the decoder starts from for some pairs, in their order,
        see ``EncoderDecoder.forward_pass``.
    source_lengths : ndarray of int, shape (n_pairs,)
        Steps of the inputs.
    y : RaggedArray of int
        The outputs, each with its end.
    weights : ndarray of shape (n_pairs,)
        Each token of an output has that of its pair.
    dtype : dtype
        Of the network.
    eos : int
    batch_size : int
    shuffle : bool
    worker, rng, dropout_rng
        As in ``Objective``.
    """

    def __init__(
        self,
        network: EncoderDecoder,
        source: Callable[[IntArray, npt.DTypeLike], SimpleNamespace],
        source_lengths: IntArray,
        y: RaggedArray,
        weights: FloatArray,
        dtype: npt.DTypeLike,
        eos: int,
        *,
        batch_size: int,
        shuffle: bool,
        worker: Executor | None,
        rng: np.random.RandomState,
        dropout_rng: np.random.RandomState | None,
    ) -> None:
        super().__init__(network, worker, rng, dropout_rng)
        self.source, self.source_lengths = source, source_lengths
        self.y, self.eos = y, eos
        self.weights, self.total_weight = fractions_of_sum(weights, dtype, y.lengths)
        self.lengths = y.lengths + source_lengths
        self.batch_size, self.shuffle = batch_size, shuffle
        self.n_units = max(
            layer.n_units for layer in network.decoder.recurrent_layers.values()
        )

    def batches(self) -> list[IntArray]:
        order = self.rng if self.shuffle else None
        return training_batches(self.lengths, self.batch_size, order)

    def n_steps(self, piece: IntArray) -> int:
        return int(self.lengths[piece].sum())

    def take(
        self, piece: IntArray, scale: float, dtype: npt.DTypeLike, half: int = 0
    ) -> Batch:
        after, steps, order = pack(self.y, piece)
        return Batch(
            before_of(after, steps, self.eos),
            steps,
            after,
            scale * self.weights[order][steps.sequence_of_row],
            source=self.source(order, dtype),
        )

    def split(self, piece: IntArray) -> list[tuple[Any, Any]] | None:
        """Every other output by length; draws for dropout are those of one thread."""
        if len(piece) == 1 or len(piece) * self.n_units < SHARED_STEP_SIZE:
            return None
        order = piece[np.argsort(-self.y.lengths[piece], kind="stable")]
        halves = [slice(0, None, 2), slice(1, None, 2)]
        rngs = [None, None]
        if self.dropout_rng is not None:
            place = places(self.source_lengths[order])
            of_encoder, of_decoder = (
                SharedDraws(self.dropout_rng, len(place)) for _ in range(2)
            )
            rngs = [
                (of_encoder.rows(np.sort(place[half])), of_decoder.rows(half))
                for half in halves
            ]
        return [(order[half], rng) for half, rng in zip(halves, rngs)]


def before_of(after: IntArray, steps: Steps, eos: int) -> IntArray:
    """The token before each of packed tokens; ``eos`` before the first."""
    begun = np.full(steps.n_sequences, eos, after.dtype)
    return np.concatenate([begun, after])[steps.previous]
