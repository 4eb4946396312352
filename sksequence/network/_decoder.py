"""The decoder of an encoder-decoder, and the layer that gives its first states.

::

    states  = tanh(summary W + b)                       the bridge
    H       = recurrent layers over [E[token], context] from these states
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Unpack

import numpy as np

from .._typing import (
    FloatArray,
    Grads,
    IntArray,
    Params,
    Rows,
    Shapes,
    State,
    SupportsRandomSample,
)
from ..sequences import Steps
from ._base import Composite, Layer, Module, Options
from ._layers import Dense
from ._recurrent import Recurrent
from ._stack import Stack


class Decoder(Composite):
    """A language model without its head: an embedding, and recurrent layers.

    A vector of each sequence, its context, may come in between, at every step. There is
    no dropout on it.

    Parameters
    ----------
    embedding : dict of str -> Layer
        "embedding" and perhaps dropout.
    recurrent : dict of str -> Layer
        The recurrent layers, and perhaps dropout between them.

    Examples
    --------
    >>> import numpy as np
    >>> from sksequence.cells import GRUCell
    >>> from sksequence.network import Decoder, Embedding, Recurrent
    >>> from sksequence.sequences import Steps
    >>> decoder = Decoder(
    ...     {"embedding": Embedding(5, 3)}, {"rnn0": Recurrent(GRUCell(), 3, 2)}
    ... )
    >>> params = {name: np.zeros(shape) for name, shape in decoder.shapes().items()}
    >>> H, tape = decoder.forward(params, np.array([4, 0, 1]), Steps([2, 1]))
    >>> H.shape
    (3, 2)
    """

    def __init__(
        self, embedding: Mapping[str, Layer], recurrent: Mapping[str, Layer]
    ) -> None:
        super().__init__({**embedding, **recurrent})
        self.embedding, self.recurrent = Stack(embedding), Stack(recurrent)

    @property
    def recurrent_layers(self) -> dict[str, Recurrent]:
        """Those with states, dict of str -> Recurrent."""
        layers = self.recurrent.layers.items()
        return {name: layer for name, layer in layers if isinstance(layer, Recurrent)}

    def forward(
        self,
        params: Params,
        tokens: IntArray,
        steps: Steps,
        rng: SupportsRandomSample | None = None,
        *,
        context: FloatArray | None = None,
        states: State | None = None,
        **options: Unpack[Options],
    ) -> tuple[FloatArray, Any]:
        """The hidden states after each token.

        Parameters
        ----------
        params : dict of str -> ndarray
        tokens : ndarray of int, shape (n_rows,)
            Packed.
        steps : Steps
        rng : RandomState, default=None
            For dropout.
        context : ndarray of shape (n_sequences, n_context), default=None
        states : dict of str -> tuple of ndarray, default=None
            The first states by recurrent layer. None: zeros.
        **options
            As in ``Layer``.

        Returns
        -------
        H : ndarray of shape (n_rows, n_units)
        tape
        """
        Z, of_embedding = self.embedding.forward(params, tokens, steps, rng)
        if context is not None:
            Z = np.concatenate([Z, context[steps.sequence_of_row]], axis=1)
        states = {} if states is None else dict(states)
        H, of_recurrent = self.recurrent.forward(
            params, Z, steps, rng, states=states, **options
        )
        return H, (steps, of_embedding, of_recurrent)

    def backward(
        self, params: Params, grads: Grads, dH: FloatArray, tape: Any
    ) -> tuple[FloatArray | None, State]:
        """The gradients of what went in besides the tokens.

        Parameters
        ----------
        params, grads : dict of str -> ndarray
            The gradients of the parameters are added to the latter.
        dH : ndarray of shape (n_rows, n_units)
        tape
            From ``forward``; not changed.

        Returns
        -------
        dcontext : ndarray of shape (n_sequences, n_context), or None
        dstates : dict of str -> tuple of ndarray
        """
        steps, of_embedding, of_recurrent = tape
        dstates: State = {}
        dZ = self.recurrent.backward(params, grads, dH, of_recurrent, dstates=dstates)
        dcontext, width = None, self.layers["embedding"].n_units
        if dZ.shape[1] > width:
            shape = steps.n_sequences, dZ.shape[1] - width
            dcontext = np.zeros(shape, dZ.dtype)
            np.add.at(dcontext, steps.sequence_of_row, dZ[:, width:])
            dZ = np.ascontiguousarray(dZ[:, :width])
        self.embedding.backward(params, grads, dZ, of_embedding, need_dX=False)
        return dcontext, dstates


class Bridge(Module):
    """First states of recurrent layers from one vector: tanh(x W + b), cut into states.

    Parameters
    ----------
    n_in : int
        Length of the vector.
    layers : dict of str -> Recurrent
    sparse_input : bool, default=False
        Whether the vectors are CSR rows.

    Examples
    --------
    First states of an LSTM, h and c, from one vector for each of two sequences:

    >>> import numpy as np
    >>> from sksequence.cells import LSTMCell
    >>> from sksequence.network import Bridge, Recurrent
    >>> bridge = Bridge(4, {"rnn0": Recurrent(LSTMCell(), 5, 3)})
    >>> params = {name: np.zeros(shape) for name, shape in bridge.shapes().items()}
    >>> states, tape = bridge.forward(params, np.ones((2, 4)))
    >>> [state.shape for state in states["rnn0"]]
    [(2, 3), (2, 3)]
    """

    def __init__(
        self, n_in: int, layers: Mapping[str, Recurrent], sparse_input: bool = False
    ) -> None:
        self.widths = {
            name: [layer.n_units] * len(layer.cell.states)
            for name, layer in layers.items()
        }
        n_out = sum(map(sum, self.widths.values()))
        self.dense = Dense(n_in, n_out, "tanh", sparse_input)
        self.tables = self.dense.tables

    def shapes(self) -> Shapes:
        return self.dense.shapes()

    def init(self, params: Params, rng: np.random.RandomState) -> None:
        self.dense.init(params, rng)

    def forward(self, params: Params, X: Rows) -> tuple[State, Any]:
        """X (n_sequences, n_in) -> states by layer, tuples of arrays; the tape."""
        Y, tape = self.dense.forward(params, X, None)
        states: State = {}
        start = 0
        for name, widths in self.widths.items():
            ends = start + np.cumsum([0, *widths])
            states[name] = tuple(
                np.ascontiguousarray(Y[:, a:b]) for a, b in pairwise(ends)
            )
            start = ends[-1]
        return states, tape

    def backward(
        self,
        params: Params,
        grads: Grads,
        dstates: State,
        tape: Any,
        need_dX: bool = True,
    ) -> FloatArray | Any:
        """dX from the gradients of the states; those of W and b are added."""
        parts = [d for name in self.widths for d in dstates[name]]
        return self.dense.backward(
            params, grads, np.concatenate(parts, axis=1), tape, need_dX
        )
