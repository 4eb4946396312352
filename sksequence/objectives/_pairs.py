"""Pairs of an input and an output that is a sequence, for encoder-decoders.

The decoder reads the right tokens (teacher forcing): before each output its end, then
the tokens one by one.
"""

import numpy as np

from .._threads import SHARED_STEP_SIZE, SharedDraws
from ..network import Batch
from ..sequences import pack, places, training_batches
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
        network,
        source,
        source_lengths,
        y,
        weights,
        dtype,
        eos,
        *,
        batch_size,
        shuffle,
        worker,
        rng,
        dropout_rng,
    ):
        super().__init__(network, worker, rng, dropout_rng)
        self.source, self.source_lengths = source, source_lengths
        self.y, self.eos = y, eos
        self.weights, self.total_weight = fractions_of_sum(weights, dtype, y.lengths)
        self.lengths = y.lengths + source_lengths
        self.batch_size, self.shuffle = batch_size, shuffle
        self.n_units = max(
            layer.n_units for layer in network.decoder.recurrent_layers.values()
        )

    def batches(self):
        order = self.rng if self.shuffle else None
        return training_batches(self.lengths, self.batch_size, order)

    def n_steps(self, piece):
        return int(self.lengths[piece].sum())

    def take(self, piece, scale, dtype, half=0):
        after, steps, order = pack(self.y, piece)
        return Batch(
            before_of(after, steps, self.eos),
            steps,
            after,
            scale * self.weights[order][steps.sequence_of_row],
            source=self.source(order, dtype),
        )

    def split(self, piece):
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


def before_of(after, steps, eos):
    """The token before each of packed tokens; ``eos`` before the first."""
    begun = np.full(steps.n_sequences, eos, after.dtype)
    return np.concatenate([begun, after])[steps.previous]
