"""The decoder one step at a time, to generate outputs."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from .._typing import FloatArray, IntArray
from ._attention import Grid
from ._base import scope
from ._encoder_decoder import EncoderDecoder
from ._stepper import Stepper


class DecoderStepper:
    """The decoder of a network, one step at a time, for some inputs.

    Parameters
    ----------
    network : EncoderDecoder
    theta : ndarray
    source : SimpleNamespace
        As in ``EncoderDecoder.forward_pass``.
    n_sources : int

    Attributes
    ----------
    state : dict of str -> tuple of ndarray, one row a source
        The state before any token. "source" says which source a row belongs to.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> import numpy as np
    >>> from sksequence.cells import GRUCell
    >>> from sksequence.network import (
    ...     Bridge, Decoder, DecoderStepper, Embedding, EncoderDecoder, Pooling,
    ...     Recurrent, Stack, VocabularyHead,
    ... )
    >>> from sksequence.sequences import Steps
    >>> decoder = Decoder(
    ...     {"embedding": Embedding(5, 3)}, {"rnn0": Recurrent(GRUCell(), 3, 2)}
    ... )
    >>> network = EncoderDecoder(
    ...     decoder,
    ...     VocabularyHead(2, 5),
    ...     encoder=Stack({"rnn0": Recurrent(GRUCell(), 1, 4)}),
    ...     pooling=Pooling("last"),
    ...     bridge=Bridge(4, decoder.recurrent_layers),
    ... )
    >>> theta = network.init(np.random.RandomState(0), np.float64)
    >>> source = SimpleNamespace(
    ...     rows=np.ones((3, 1)), steps=Steps([2, 1]), place=np.array([0, 1])
    ... )
    >>> stepper = DecoderStepper(network, theta, source, 2)
    >>> scores, state = stepper.step(np.array([4, 4]), stepper.state)
    >>> scores.shape, list(state)
    ((2, 5), ['rnn0', 'source'])
    """

    def __init__(
        self,
        network: EncoderDecoder,
        theta: FloatArray,
        source: SimpleNamespace,
        n_sources: int,
    ) -> None:
        params, layers = network.layout.views(theta), network.decoder.layers
        self.attention, self.head = network.attention, network.head
        self.of_head = network.head_params(theta)
        E, summary, _ = network.start(theta, source, need_tape=False)
        states, _ = network.first_states(theta, summary)
        if states is None:
            states = {
                name: tuple(
                    np.zeros((n_sources, layer.n_units), theta.dtype)
                    for _ in layer.cell.states
                )
                for name, layer in network.decoder.recurrent_layers.items()
            }
        self.state: dict[str, Any] = {**states, "source": (np.arange(n_sources),)}
        of_decoder = scope(params, "decoder")
        self.stepper = Stepper(layers, of_decoder, network.context(summary))
        if self.attention is not None:
            self.of_attention = scope(params, "attention")
            grid = Grid(source.steps, source.place)
            self.E, self.mask = E[grid.rows], grid.mask
            self.K = self.attention.keys(self.of_attention, E)[grid.rows]

    def step(
        self, tokens: IntArray, state: dict[str, Any]
    ) -> tuple[FloatArray, dict[str, Any]]:
        """Read one token of each row.

        Parameters
        ----------
        tokens : ndarray of int, shape (n,)
        state : dict of str -> tuple of ndarray, n rows each
            Not changed.

        Returns
        -------
        scores : ndarray of shape (n, n_tokens)
        state : dict
        """
        (source,) = state["source"]
        H, after = self.stepper.step(tokens, state, source)
        after["source"] = state["source"]
        if self.attention is not None:
            Q = self.attention.queries(self.of_attention, H)[:, None]
            a, _ = self.attention.weights(
                self.of_attention, Q, self.K[source], self.mask[source]
            )
            CH = np.concatenate([(a @ self.E[source])[:, 0], H], axis=1)
            H = self.attention.combine(self.of_attention, CH)
        return self.head.scores(self.of_head, H), after
