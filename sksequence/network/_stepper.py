"""One step at a time, with all that is the same at every step arranged once.

A pass through a batch arranges the weights, allocates memory and cuts the batch into
chunks. For a single step that would take far longer than the step itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .._typing import FloatArray, IntArray, Params, State
from ..cells import CellStepper
from ._base import Layer, scope
from ._layers import Embedding
from ._recurrent import Recurrent

TABLE = 2**24  # numbers in a table of the first layer's input projections


class RecurrentStepper:
    """Recurrent layers one on the other, step by step.

    Parameters
    ----------
    layers : dict of str -> Layer
        From the lowest to the highest. Only the recurrent ones are used.
    params : dict of str -> ndarray
        Their parameters.

    Examples
    --------
    >>> import numpy as np
    >>> from sksequence.cells import RNNCell
    >>> from sksequence.network import Recurrent, RecurrentStepper
    >>> layer = Recurrent(RNNCell(), 1, 2)
    >>> params = {f"rnn0.{k}": np.ones(shape) for k, shape in layer.shapes().items()}
    >>> stepper = RecurrentStepper({"rnn0": layer}, params)
    >>> H, states = stepper.climb(np.array([[-1.0]]), {"rnn0": (np.zeros((1, 2)),)})
    >>> H  # tanh(-1 + 1)
    array([[0., 0.]])
    """

    def __init__(self, layers: Mapping[str, Layer], params: Params) -> None:
        self.cells = {
            name: CellStepper(layer.cell, scope(params, name), "W" in layer.tables)
            for name, layer in layers.items()
            if isinstance(layer, Recurrent)
        }
        self.first = next(iter(self.cells.values()))

    def climb(
        self, X: FloatArray | None, states: State, z: FloatArray | None = None
    ) -> tuple[FloatArray, State]:
        """From the input of the lowest layer to what the highest one gives.

        Parameters
        ----------
        X : ndarray of shape (n, n_features), or None if there is ``z``
        states : dict of str -> tuple of ndarray of shape (n, n_units)
            By layer, others are not looked at; not changed.
        z : ndarray of shape (n_gates, n, n_units), default=None
            The input projection of the lowest layer, where it is known; overwritten.

        Returns
        -------
        H : ndarray of shape (n, n_units)
        states : dict
        """
        H: FloatArray | Any = X
        after: State = {}
        for name, cell in self.cells.items():
            before = states[name]
            after[name] = cell.read(H, before) if z is None else cell.step(z, before)
            H, z = after[name][0], None
        return H, after


class Stepper(RecurrentStepper):
    """An embedding and the recurrent layers above it, step by step.

    Parameters
    ----------
    layers : dict of str -> Layer
        From the lowest to the highest. Only the embedding and recurrent ones are
        used.
    params : dict of str -> ndarray
        Their parameters.
    context : ndarray of shape (n_sources, n), default=None
        What the first recurrent layer reads at every step besides the embedding.

    Examples
    --------
    >>> import numpy as np
    >>> from sksequence.cells import RNNCell
    >>> from sksequence.network import Embedding, Recurrent, Stack, Stepper
    >>> layers = {"embedding": Embedding(5, 3), "rnn0": Recurrent(RNNCell(), 3, 2)}
    >>> shapes = Stack(layers).shapes()
    >>> params = {name: np.zeros(shape) for name, shape in shapes.items()}
    >>> params["rnn0.b"][:] = 1
    >>> states = {"rnn0": (np.zeros((2, 2)),)}
    >>> H, states = Stepper(layers, params).step(np.array([4, 0]), states)
    >>> np.allclose(H, np.tanh(1)), H.shape
    (True, (2, 2))
    """

    def __init__(
        self,
        layers: Mapping[str, Layer],
        params: Params,
        context: FloatArray | None = None,
    ) -> None:
        super().__init__(layers, params)
        self.embedding = next(
            params[f"{name}.E"]
            for name, layer in layers.items()
            if isinstance(layer, Embedding)
        )
        self.table: FloatArray | None = None
        if len(self.embedding) * self.first.gates_size <= TABLE:
            self.table = self.first.project(self.embedding)
        # Its part of the input projection.
        self.of_context: FloatArray | None = None
        if context is not None:
            W = self.first.W[:, self.embedding.shape[1] :]
            self.of_context = np.matmul(context, W)

    def step(
        self, ids: IntArray, states: State, source: IntArray | None = None
    ) -> tuple[FloatArray, State]:
        """Read one token of each of n texts.

        Parameters
        ----------
        ids : ndarray of int, shape (n,)
        states : dict of str -> tuple of ndarray of shape (n, n_units)
            By layer, others are not looked at; not changed.
        source : ndarray of int, shape (n,), default=None
            The row of ``context`` of each text.

        Returns
        -------
        H : ndarray of shape (n, n_units)
            Of the last recurrent layer.
        states : dict
        """
        if self.table is not None:
            z = self.table[:, ids]
        else:
            z = self.first.project(self.embedding[ids])
        if self.of_context is not None:
            z += self.of_context[:, source]
        return self.climb(None, states, z)
