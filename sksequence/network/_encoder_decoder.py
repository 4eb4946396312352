"""Networks whose output is a sequence: a decoder, and what it starts from.

::

    summary   the last states of an encoder [1]_, or a vector that is given
    states    the first states of the decoder: tanh(summary W + b)
    decoder   a language model of the output that begins with these states
    attention of the decoder's steps to the encoder's, if there is one

In training the decoder reads the right tokens (teacher forcing), all in one pass.

.. [1] Sutskever, Vinyals & Le, "Sequence to sequence learning with neural networks",
   NeurIPS 2014; Cho et al., "Learning phrase representations using RNN encoder-decoder
   for statistical machine translation", EMNLP 2014.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from types import SimpleNamespace
from typing import Any, Unpack

import numpy as np
from scipy import sparse

from .._typing import (
    FloatArray,
    Grads,
    IntArray,
    Params,
    Rows,
    State,
    SupportsRandomSample,
)
from ..cells import Workspace
from ..sequences import Steps
from ._attention import Attention, Grid
from ._base import Options, scope
from ._batch import Batch
from ._decoder import Bridge, Decoder
from ._layers import Dropout, Standardize
from ._model import Model
from ._parameters import Gradients
from ._pooling import Pooling
from ._stack import Stack
from ._vocabulary import VocabularyHead


class EncoderDecoder(Model):
    """An encoder-decoder of its parts.

    Parameters
    ----------
    decoder : Decoder
    head : VocabularyHead
    standardize : Standardize, default=None
        Of the vector.
    encoder : Stack, default=None
        Recurrent. None: the decoder starts from a vector that is given, or from none.
    pooling : Pooling, default=None
        Makes the summary of the encoder's steps.
    bridge : Bridge, default=None
        None: the first states of the decoder are zeros.
    attention : Attention, default=None
    dropout : Dropout, default=None
        Below the head.
    every_step : bool, default=False
        Whether the decoder also reads the vector, or the summary, at every step.

    Examples
    --------
    Inputs of two steps and of one, outputs of one token and of two: these are sorted by
    their length, and ``place`` says where the input of each one is.

    >>> from types import SimpleNamespace
    >>> import numpy as np
    >>> from sksequence.cells import GRUCell
    >>> from sksequence.network import (
    ...     Bridge, Decoder, Embedding, EncoderDecoder, Pooling, Recurrent, Stack,
    ...     VocabularyHead,
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
    ...     rows=np.ones((3, 1)), steps=Steps([2, 1]), place=np.array([1, 0])
    ... )
    >>> tokens, steps = np.array([4, 4, 2]), Steps([2, 1])  # 4 begins an output
    >>> H, tape = network.forward_pass(theta, source, tokens, steps)
    >>> network.head.scores(network.head_params(theta), H).shape
    (3, 5)
    """

    encoder: Stack | Any  # both or none of these two
    pooling: Pooling | Any
    head: VocabularyHead

    def __init__(
        self,
        decoder: Decoder,
        head: VocabularyHead,
        *,
        standardize: Standardize | None = None,
        encoder: Stack | None = None,
        pooling: Pooling | None = None,
        bridge: Bridge | None = None,
        attention: Attention | None = None,
        dropout: Dropout | None = None,
        every_step: bool = False,
    ) -> None:
        self.standardize, self.bridge = standardize, bridge
        self.encoder, self.pooling = encoder, pooling
        self.decoder, self.attention = decoder, attention
        self.dropout, self.head, self.every_step = dropout, head, every_step

    @property
    def layers(self) -> Mapping[str, Any]:  # type: ignore[override]
        """The parts that there are, in the order of their parameters."""
        parts = {
            "standardize": self.standardize,
            "encoder": self.encoder,
            "bridge": self.bridge,
            "decoder": self.decoder,
            "attention": self.attention,
            "output": self.head,
        }
        return {name: part for name, part in parts.items() if part is not None}

    # -- the input ---------------------------------------------------------------------

    def read(
        self,
        theta: FloatArray,
        X: Rows,
        steps: Steps,
        rng: Any = None,
        **options: Unpack[Options],
    ) -> tuple[FloatArray, FloatArray, Any]:
        """The encoder's steps and their summary.

        Parameters
        ----------
        theta : ndarray
        X, steps, rng, **options
            As in ``Layer``.

        Returns
        -------
        E : ndarray of shape (n_rows, n_units)
        summary : ndarray of shape (n_sequences, n_units)
        tape
        """
        params = scope(self.layout.views(theta), "encoder")
        E, tape = self.encoder.forward(params, X, steps, rng, **options)
        summary, pooled = self.pooling.forward({}, E, steps)
        return E, summary, (tape, pooled)

    def start(
        self,
        theta: FloatArray,
        source: SimpleNamespace,
        rng: SupportsRandomSample | None = None,
        **options: Any,
    ) -> tuple[Any, Any, Any]:
        """What the decoder starts from.

        Parameters
        ----------
        theta, source, rng, **options
            As in ``forward_pass``.

        Returns
        -------
        E : ndarray of shape (n_rows, n_units), or None
            The encoder's steps.
        summary : ndarray or CSR matrix of shape (n_sequences, n), or None
            Of each of the decoder's sequences.
        tape
        """
        if self.encoder is not None:
            E, summary, tape = self.read(
                theta, source.rows, source.steps, rng, **options
            )
            return E, summary[source.place], tape
        if self.standardize is None:
            return None, source.rows, None
        params = scope(self.layout.views(theta), "standardize")
        return None, self.standardize.forward(params, source.rows, None)[0], None

    def first_states(
        self, theta: FloatArray, summary: FloatArray | Any
    ) -> tuple[State | None, Any]:
        """First states of the decoder by layer (None: zeros), and the tape."""
        if self.bridge is None:
            return None, None
        params = scope(self.layout.views(theta), "bridge")
        return self.bridge.forward(params, summary)

    def context(self, summary: Rows | None) -> FloatArray | None:
        """What the decoder reads at every step: the summary, or nothing."""
        if not self.every_step or summary is None:
            return None
        # A row of few numbers stands beside each of its steps: it is made dense.
        return summary.toarray() if sparse.issparse(summary) else summary

    # -- training ----------------------------------------------------------------------

    def forward_pass(
        self,
        theta: FloatArray,
        source: SimpleNamespace | Any,
        before: IntArray,
        steps: Steps,
        rng: Any = None,
        *,
        need_tape: bool = True,
        workspace: Workspace | None = None,
        worker: Executor | None = None,
    ) -> tuple[FloatArray, SimpleNamespace]:
        """From inputs and the right tokens to what the head sees.

        Parameters
        ----------
        theta : ndarray
        source : SimpleNamespace
            ``rows``, ``steps`` and ``place`` (the encoder's sequence of each of the
            decoder's), or ``rows`` alone: one vector for each of the decoder's
            sequences, or CSR rows, or None.
        before : ndarray of int, shape (n_rows,)
            The token before each, packed.
        steps : Steps
            Of the decoder.
        rng : RandomState, or one for the encoder and one for the rest, default=None
            For dropout.
        need_tape, workspace, worker
            As in ``Network.forward``.

        Returns
        -------
        H : ndarray of shape (n_rows, n_units)
        tape : SimpleNamespace
            With that of the attention, ``attention``, if there is one.
        """

        def options(part: str) -> Options:
            memory = workspace and workspace.part(part)
            return {"need_tape": need_tape, "workspace": memory, "worker": worker}

        params = self.layout.views(theta)
        of_encoder, rng = rng if isinstance(rng, tuple) else (rng, rng)
        tape = SimpleNamespace(source=source)
        E, summary, tape.encoder = self.start(
            theta, source, of_encoder, **options("encoder")
        )
        states, tape.bridge = self.first_states(theta, summary)
        H, tape.decoder = self.decoder.forward(
            scope(params, "decoder"),
            before,
            steps,
            rng,
            context=self.context(summary),
            states=states,
            **options("decoder"),
        )
        if self.attention is not None:
            H, tape.attention = self.attention.forward(
                scope(params, "attention"),
                H,
                E,
                Grid(steps, np.arange(steps.n_sequences)),
                Grid(source.steps, source.place),
            )
        if self.dropout is not None:
            H, tape.dropout = self.dropout.forward({}, H, steps, rng)
        return H, tape

    def hidden(
        self,
        theta: FloatArray,
        batch: Batch,
        rng: Any = None,
        **options: Unpack[Options],
    ) -> tuple[FloatArray, Any]:
        """What the head sees of a batch of the decoder.

        Parameters
        ----------
        theta : ndarray
        batch : Batch
            ``rows`` are the tokens before, ``targets`` the tokens, ``source`` what the
            decoder starts from.
        rng, **options
            As in ``forward_pass``.
        """
        return self.forward_pass(
            theta, batch.source, batch.rows, batch.steps, rng, **options
        )

    def backward(
        self, theta: FloatArray, dH: FloatArray, tape: Any, gradients: Gradients
    ) -> None:
        params, grads = self.layout.views(theta), gradients.views()

        def of(part: str) -> tuple[Params, Grads]:
            return scope(params, part), scope(grads, part)

        if self.dropout is not None:
            dH = self.dropout.backward({}, {}, dH, tape.dropout)
        dE = None
        if self.attention is not None:
            dH, dE = self.attention.backward(*of("attention"), dH, tape.attention)
        dsummary, dstates = self.decoder.backward(*of("decoder"), dH, tape.decoder)
        if self.bridge is None:
            return
        need_dX = self.encoder is not None
        of_bridge = self.bridge.backward(*of("bridge"), dstates, tape.bridge, need_dX)
        if self.encoder is None:
            return
        dsummary = of_bridge if dsummary is None else dsummary + of_bridge
        of_encoder, pooled = tape.encoder
        d = np.empty_like(dsummary)
        d[tape.source.place] = dsummary
        d = self.pooling.backward({}, {}, d, pooled)
        d = d if dE is None else d + dE
        self.encoder.backward(*of("encoder"), d, of_encoder, need_dX=False)
