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

from itertools import pairwise
from types import SimpleNamespace

import numpy as np

from ._attention import Attention, Grid
from ._build import recurrent_stack
from ._layers import Dense, Dropout, Embedding
from ._network import Network
from ._parameters import Gradients
from ._pooling import Pooling
from ._recurrent import Recurrent, scope
from ._stepper import Stepper
from ._vocabulary import VocabularyHead

DROPOUT = "decoder.dropout_rnn0"  # of the embedding


def build_encoder_decoder(
    *,
    n_features,
    n_outputs,
    hidden_layer_sizes,
    cell,
    embedding_dim,
    sparse_input=False,
    encoder=None,
    dropout=0.0,
    recurrent_dropout=0.0,
    label_smoothing=0.0,
    every_step=False,
    attention=None,
):
    """Put an encoder-decoder together.

    Parameters
    ----------
    n_features : int
        Width of a step of the input, or the number of its tokens. Without an encoder,
        the length of the vector from which the decoder starts; 0 for none.
    n_outputs : int
        Tokens of the output.
    hidden_layer_sizes, cell, dropout, recurrent_dropout
        As in the estimators, for encoder and decoder.
    label_smoothing : float
        See ``VocabularyHead``.
    embedding_dim : int
        Of the output's tokens.
    sparse_input : bool
        Whether the steps of the input are CSR rows.
    encoder : dict or None
        ``bidirectional`` and ``embedding_dim`` (or None) of the encoder.
    every_step : bool
        Whether the decoder also reads the vector, or the summary, at every step.
    attention : {"dot", "general", "additive"} or None

    Returns
    -------
    EncoderDecoder
    """
    layers, n_context = {}, n_features
    common = {
        "hidden_layer_sizes": hidden_layer_sizes,
        "cell": cell,
        "dropout": dropout,
        "recurrent_dropout": recurrent_dropout,
    }
    if encoder is not None:
        stack, n_context = recurrent_stack(
            n_features=n_features, sparse_input=sparse_input, **encoder, **common
        )
        layers |= {f"encoder.{name}": layer for name, layer in stack.items()}
    width = embedding_dim + every_step * n_context
    stack, n_units = recurrent_stack(
        n_features=n_outputs, embedding_dim=width, **common
    )
    decoder = {f"decoder.{name}": layer for name, layer in stack.items()}
    decoder["decoder.embedding"] = Embedding(n_outputs, embedding_dim)
    cells = [v for v in decoder.values() if isinstance(v, Recurrent)]
    if n_context:
        width = sum(len(layer.cell.states) * layer.n_units for layer in cells)
        layers["bridge"] = Dense(n_context, width, "tanh")
    layers |= decoder
    if attention is not None:
        layers["attention"] = Attention(attention, n_units, n_context)
    if dropout:
        layers["dropout_output"] = Dropout(dropout)
    layers["output"] = VocabularyHead(
        n_units, n_outputs, label_smoothing=label_smoothing
    )
    return EncoderDecoder(layers, every_step)


class EncoderDecoder(Network):
    """Layers "encoder...", "bridge", "decoder...", "attention" and "output".

    All but the decoder's and the output may be missing.
    """

    def __init__(self, layers, every_step):
        super().__init__(layers)
        self.every_step = every_step

        def part(prefix):
            found = {k: v for k, v in layers.items() if k.startswith(prefix)}
            return Network(found, self.layout) if found else None

        self.encoder, self.decoder = part("encoder"), part("decoder")
        # The vector comes in between: no dropout on it.
        below = [k for k in self.decoder.layers if k in ("decoder.embedding", DROPOUT)]
        self.embedding = Network(
            {k: self.decoder.layers.pop(k) for k in below}, self.layout
        )
        self.bridge, self.attention = layers.get("bridge"), layers.get("attention")
        self.dropout, self.output = layers.get("dropout_output"), layers["output"]

    @property
    def cells(self):
        """The decoder's recurrent layers by name."""
        layers = self.decoder.layers.items()
        return {k: v for k, v in layers if isinstance(v, Recurrent)}

    @property
    def pooling(self):
        """How the encoder's steps become a summary."""
        last = list(self.encoder.layers.values())[-1]
        both = not isinstance(last, Recurrent)
        n_backward = last.directions["backward"].n_units if both else 0
        return Pooling("last", n_backward)

    def params(self, theta, name):
        """The parameters of one layer."""
        return scope(self.layout.views(theta), name)

    # -- the input ---------------------------------------------------------------------

    def read(self, theta, X, steps, rng=None, *, need_tape=True, workspace=None):
        """The encoder's steps (n_rows, n_units) and their summary; the tape."""
        E, tape = self.encoder.forward(
            theta, X, steps, rng, need_tape=need_tape, workspace=workspace
        )
        summary, pooled = self.pooling.forward({}, E, steps)
        return E, summary, (tape, pooled)

    def first_states(self, theta, summary):
        """States of the decoder, dict of str -> tuple of arrays; the tape."""
        Y, tape = self.bridge.forward(self.params(theta, "bridge"), summary, None)
        states, start = {}, 0
        for name, layer in self.cells.items():
            ends = start + layer.n_units * np.arange(len(layer.cell.states) + 1)
            states[name] = tuple(
                np.ascontiguousarray(Y[:, a:b]) for a, b in pairwise(ends)
            )
            start = ends[-1]
        return states, tape

    # -- training ----------------------------------------------------------------------

    def forward_pass(
        self, theta, source, before, steps, rng=None, *, need_tape=True, workspace=None
    ):
        """From inputs and the right tokens to what the output sees.

        Parameters
        ----------
        theta : ndarray
        source : SimpleNamespace
            ``rows``, ``steps`` and ``place`` (the encoder's sequence of each of the
            decoder's), or ``rows`` alone: one vector for each of the decoder's
            sequences, or None.
        before : ndarray of int, shape (n_rows,)
            The token before each, packed.
        steps : Steps
            Of the decoder.
        rng : RandomState, (one for the encoder, one for the rest), or None
            For dropout.

        Returns
        -------
        H : ndarray of shape (n_rows, n_units)
        tape : SimpleNamespace
        """
        parts = workspace and (workspace.part("encoder"), workspace.part("decoder"))
        spaces = parts or (None, None)
        of_encoder, rng = rng if isinstance(rng, tuple) else (rng, rng)
        tape = SimpleNamespace(source=source, steps=steps)
        E, summary, states = None, source.rows, None
        if self.encoder is not None:
            E, summary, tape.encoder = self.read(
                theta,
                source.rows,
                source.steps,
                of_encoder,
                need_tape=need_tape,
                workspace=spaces[0],
            )
            summary = summary[source.place]
        if self.bridge is not None:
            states, tape.bridge = self.first_states(theta, summary)
        Z, tape.embedding = self.embedding.forward(theta, before, steps, rng)
        if self.every_step:
            Z = np.concatenate([Z, summary[steps.sequence_of_row]], axis=1)
        H, tape.decoder = self.decoder.forward(
            theta, Z, steps, rng, need_tape=need_tape, workspace=spaces[1],
            states={} if states is None else dict(states),
        )  # fmt: skip
        if self.attention is not None:
            H, tape.attention = self.attention.attend(
                self.params(theta, "attention"),
                H,
                E,
                Grid(steps, np.arange(steps.n_sequences)),
                Grid(source.steps, source.place),
            )
        if self.dropout is not None:
            H, tape.dropout = self.dropout.forward({}, H, steps, rng)
        return H, tape

    def loss_and_gradients(self, theta, batch, rng=None, workspace=None):
        """The weighted sum of the losses of a batch, and its gradients.

        Parameters
        ----------
        theta : ndarray
        batch : Batch
            Of the decoder: ``rows`` are the tokens before, ``targets`` the tokens,
            ``source`` what it starts from.
        rng, workspace
            As in ``forward_pass``.

        Returns
        -------
        loss : float
        Gradients
        """
        source, steps = batch.source, batch.steps
        H, tape = self.forward_pass(
            theta, source, batch.rows, steps, rng, workspace=workspace
        )
        gradients = Gradients(self.layout, theta.dtype)
        grads = gradients.views()
        loss, dH = self.output.loss(
            self.params(theta, "output"),
            scope(grads, "output"),
            H,
            batch,
            workspace and workspace.part("output"),
        )
        if self.dropout is not None:
            dH = self.dropout.backward({}, {}, dH, tape.dropout)
        dE = None
        if self.attention is not None:
            dH, dE = self.attention.attend_back(
                self.params(theta, "attention"),
                scope(grads, "attention"),
                dH,
                tape.attention,
            )
        _, dZ = self.decoder.backward(theta, dH, tape.decoder, gradients, need_dX=True)
        dsummary = 0
        if self.every_step:
            width = self.layout.shapes["decoder.embedding.E"][1]
            dsummary = np.zeros((steps.n_sequences, dZ.shape[1] - width), dZ.dtype)
            np.add.at(dsummary, steps.sequence_of_row, dZ[:, width:])
            dZ = np.ascontiguousarray(dZ[:, :width])
        self.embedding.backward(theta, dZ, tape.embedding, gradients)
        if self.bridge is None:
            return loss, gradients
        dinitial = [
            d
            for name, kept in zip(self.decoder.layers, tape.decoder)
            if name in self.cells
            for d in kept.dinitial
        ]
        dsummary = dsummary + self.bridge.backward(
            self.params(theta, "bridge"),
            scope(grads, "bridge"),
            np.concatenate(dinitial, axis=1),
            tape.bridge,
        )
        if self.encoder is not None:
            self._encoder_back(theta, gradients, dsummary, dE, tape)
        return loss, gradients

    def _encoder_back(self, theta, gradients, dsummary, dE, tape):
        encoder, pooled = tape.encoder
        d = np.empty_like(dsummary)
        d[tape.source.place] = dsummary
        d = self.pooling.backward({}, {}, d, pooled)
        self.encoder.backward(theta, d if dE is None else d + dE, encoder, gradients)


class DecoderStepper:
    """The decoder step by step, for some inputs.

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
    """

    def __init__(self, network, theta, source, n_sources):
        self.attention, self.output = network.attention, network.output
        self.params = network.params(theta, "output")
        summary = source.rows
        if network.encoder is not None:
            E, summary, _ = network.read(
                theta, source.rows, source.steps, need_tape=False
            )
            summary = summary[source.place]
        if network.bridge is not None:
            self.state, _ = network.first_states(theta, summary)
        else:
            self.state = {
                name: tuple(
                    np.zeros((n_sources, layer.n_units), theta.dtype)
                    for _ in layer.cell.states
                )
                for name, layer in network.cells.items()
            }
        self.state["source"] = (np.arange(n_sources),)
        self.stepper = Stepper(
            network,
            theta,
            {**network.embedding.layers, **network.decoder.layers},
            summary if network.every_step else None,
        )
        if self.attention is not None:
            self.of_attention = network.params(theta, "attention")
            grid = Grid(source.steps, source.place)
            self.E, self.there = E[grid.rows], grid.there
            self.K = self.attention.keys(self.of_attention, E)[grid.rows]

    def step(self, ids, state):
        """Read one token of each row.

        Returns
        -------
        scores : ndarray of shape (n, n_tokens)
        state : dict
        """
        (source,) = state["source"]
        H, after = self.stepper.step(ids, state, source)
        after["source"] = state["source"]
        if self.attention is not None:
            Q = self.attention.queries(self.of_attention, H)[:, None]
            a, _ = self.attention.weights(
                self.of_attention, Q, self.K[source], self.there[source]
            )
            CH = np.concatenate([(a @ self.E[source])[:, 0], H], axis=1)
            H = self.attention.combine(self.of_attention, CH)
        return self.output.scores(self.params, H), after
