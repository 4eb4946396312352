"""Recorders: layers and cells that keep what passes through them, of one sequence.

They replace the layers of a network, which calculates as before. In the forward pass
they keep what the layer gives. In the backward pass they take one step at a time, with
the layer's own backward pass: so the gradients of a step are seen before those of other
steps are added.

::

    states  the gradients of a step's final states are those of the states after it,
            those of its initial states are those of the states before it
    sums    a bias is added to a sum, so in one step they have the same gradient
"""

from types import SimpleNamespace

import numpy as np
from scipy import sparse

from ..cells import by_gate
from ..network import AttentionPooling, Composite, EncoderDecoder, Recurrent
from ..sequences import Steps


class Recorder:
    """Replaces a layer or a cell; what it does not define is as in the original."""

    def __init__(self, original):
        self._original = original

    def __getattr__(self, name):
        return getattr(self._original, name)


class CellRecorder(Recorder):
    """A cell that keeps its input, states and gates, and their gradients.

    Attributes
    ----------
    X : ndarray or CSR matrix of shape (n_steps, n_features)
    values : dict of str -> ndarray of shape (n_steps, n_units)
        States after each step, and gates.
    dX : ndarray of shape (n_steps, n_features), or None for sparse X
    gradients : dict of str -> ndarray of shape (n_steps, n_units)
        Of the states, and of the sums of the gates, before their activation.
    """

    def forward(self, params, X, steps, initial=None, mask=None, **options):
        # Always with a tape, and never in memory that is used again.
        H, final, tape = self._original.forward(params, X, steps, initial, mask)
        self.X, states = X, dict(zip(self.states, tape.states))
        gates = dict(zip(self.gates, tape.gates))
        self.values = {name: state[1:] for name, state in states.items()}
        self.values |= {k: gate for k, gate in gates.items() if k not in states}
        return H, final, tape

    def backward(self, params, grads, dH, tape, dfinal=None, need_dX=True):
        cell, n_steps, n_units = self._original, len(dH), dH.shape[1]
        dense = not sparse.issparse(tape.X)
        of_states = np.empty((len(cell.states), n_steps, n_units), dH.dtype)
        of_sums = np.empty((len(cell.gates), n_steps, n_units), dH.dtype)
        dX = np.empty(tape.X.shape, dH.dtype) if dense else None
        if dfinal is None:
            dfinal = [np.zeros((1, n_units), dH.dtype) for _ in cell.states]
        d, zeros, one_step = list(dfinal), np.zeros_like(dH[:1]), Steps([1])
        for t in reversed(range(n_steps)):
            now = slice(t, t + 1)
            d[0] = d[0] + dH[now]
            of_states[:, t] = np.concatenate(d)
            before = [state[now] for state in tape.states]
            db = np.zeros_like(params["b"])
            *_, tape_t = cell.forward(params, tape.X[now], one_step, before)
            dx, d = cell.backward(
                params, {**grads, "b": db}, zeros, tape_t, d, need_dX=dense
            )
            d = list(d)
            of_sums[:, t] = by_gate(db, len(cell.gates))[:, 0]
            grads["b"] += db
            if dense:
                dX[now] = dx
        self.dX, self.gradients = dX, dict(zip(cell.gates, of_sums))
        self.gradients |= zip(cell.states, of_states)
        return dX, tuple(d)


class OutputRecorder(Recorder):
    """An output layer that keeps the gradient of its scores, ``dscores``."""

    def loss(self, params, grads, H, batch, workspace=None, worker=None):
        """The loss of the head."""
        head = self._original
        if not hasattr(head, "loss_of_scores"):
            return self._loss_of_tokens(params, H, batch.targets, batch.weights)
        scores, tape = head.forward(params, H, batch.steps)
        loss, self.dscores = head.loss_of_scores(params, grads, scores, batch)
        return loss, head.backward(params, grads, self.dscores, tape)

    def _loss_of_tokens(self, params, H, tokens, weights):
        """Of a vocabulary's softmax, step by step; no gradients of its parameters."""
        loss, dH, one = 0.0, np.empty_like(H), np.ones(1, H.dtype)
        self.dscores = np.empty((len(H), len(params["b"])), H.dtype)
        of_no_use = np.zeros_like(params["W"])
        for t, weight in enumerate(weights):
            now, db = slice(t, t + 1), np.zeros_like(params["b"])
            loss_t, dh = self._original.value_and_gradient(
                params, {"W": of_no_use, "b": db}, H[now], tokens[now], one
            )
            loss += weight * loss_t
            dH[now], self.dscores[t] = weight * dh, weight * db
        return loss, dH


class AttentionRecorder(Recorder):
    """Attention that keeps its weights, ``alpha`` (n_steps, n_source_steps)."""

    def forward(self, *arguments):
        Y, tape = self._original.forward(*arguments)
        self.alpha = tape.a[0]
        return Y, tape


class PoolingRecorder(Recorder):
    """Attention pooling that keeps its weights, ``alpha`` (n_steps, 1)."""

    def forward(self, *arguments, **options):
        Y, tape = self._original.forward(*arguments, **options)
        self.alpha = tape[2][:, None]  # of one sequence: in the order of its steps
        return Y, tape


def record(network):
    """Put recorders into a network.

    Parameters
    ----------
    network : Network or EncoderDecoder
        Changed in place.

    Returns
    -------
    SimpleNamespace
        ``cells``: dict of str -> CellRecorder, by layer and direction as in the names
        of parameters; ``output``; ``attention`` and ``pooling`` (or None).
    """
    cells = {}
    for name, layer in _recurrent_layers(network.layers):
        layer.cell = cells[name] = CellRecorder(layer.cell)
    output, attention, pooling = OutputRecorder(network.head), None, None
    if isinstance(network, EncoderDecoder):
        network.head = output
        if network.attention is not None:
            network.attention = attention = AttentionRecorder(network.attention)
    else:
        network.layers["output"] = output
        if isinstance(network.layers.get("pooling"), AttentionPooling):
            pooling = PoolingRecorder(network.layers["pooling"])
            network.layers["pooling"] = pooling
    return SimpleNamespace(
        cells=cells, output=output, attention=attention, pooling=pooling
    )


def _recurrent_layers(layers, prefix=""):
    """The names and layers of all that are recurrent, also within others."""
    for name, layer in layers.items():
        if isinstance(layer, Recurrent):
            yield prefix + name, layer
        elif isinstance(layer, Composite):
            yield from _recurrent_layers(layer.layers, f"{prefix}{name}.")
