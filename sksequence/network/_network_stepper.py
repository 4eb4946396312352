"""A whole network, one step at a time: from the input of a step to the scores."""

from __future__ import annotations

from math import prod
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse

from .._typing import FloatArray, Params, Rows, State
from ._base import scope
from ._layers import Dense, Dropout
from ._network import Network
from ._pooling import PoolingLayer
from ._recurrent import Recurrent
from ._static import JoinStatic, join
from ._stepper import RecurrentStepper
from ._weights_copy import WEIGHTS, WeightsCopy


class _Part(NamedTuple):
    """A layer and its parameters; of tables, which are not copied, the names."""

    name: str
    layer: Any  # a Layer, which looks at no steps here
    params: Params
    tables: list[tuple[str, str]]


class NetworkStepper:
    """A network that reads sequences in one direction, step by step.

    It works with a copy of the weights (but not of tables), arranged for single steps.
    ``weights.is_of`` tells whether they are still the same.

    Parameters
    ----------
    network : Network
        Each layer of one direction, and a head that scores each row by itself.
    theta : ndarray of shape (layout.size,)
        Its weights.

    Attributes
    ----------
    weights : WeightsCopy
    bounded : bool
        Whether no cell's states can overflow.
    largest_product : int
        Numbers in the largest matrix that a row is multiplied with.

    Examples
    --------
    Step by step, or all at once:

    >>> import numpy as np
    >>> from sksequence.cells import GRUCell
    >>> from sksequence.network import LinearHead, Network, NetworkStepper, Recurrent
    >>> from sksequence.sequences import Steps
    >>> network = Network({
    ...     "rnn0": Recurrent(GRUCell(), 2, 3), "output": LinearHead(3, 1, "squared")
    ... })
    >>> theta = network.init(np.random.RandomState(0), np.float64)
    >>> X, steps = np.random.RandomState(1).standard_normal((4, 2)), Steps([4])
    >>> stepper = NetworkStepper(network, theta)
    >>> state, scores = stepper.begin(1), []
    >>> for x in X:
    ...     score, state = stepper.step(theta, x[None], state)
    ...     scores.append(score[0])
    >>> np.allclose(scores, network.forward(theta, X, steps)[0])
    True
    """

    def __init__(self, network: Network, theta: FloatArray) -> None:
        layout = self._layout = network.layout
        self.weights = WeightsCopy(layout, theta)
        views = self.weights.views
        parts = [
            _Part(
                name,
                layer,
                scope(views, name),
                [(key, f"{name}.{key}") for key in layer.tables],
            )
            for name, layer in network.layers.items()
            if not isinstance(layer, Dropout)
        ]
        recurrent = [isinstance(part.layer, Recurrent) for part in parts]
        first, n = recurrent.index(True), sum(recurrent)
        self._below, self._first = parts[:first], parts[first]
        self._recurrent, self._above = parts[first : first + n], parts[first + n :]
        self._stepper = RecurrentStepper(network.layers, views)
        self._sparse_input, self._dtype = bool(self._first.tables), theta.dtype
        cells = self._stepper.cells.values()
        self.bounded = all(cell.cell.bounded for cell in cells)
        self.largest_product = self._largest_product()

    def begin(self, n: int, static: FloatArray | None = None) -> State:
        """The state of n sequences before their first step.

        Parameters
        ----------
        n : int
        static : ndarray of shape (n, n_static), default=None
            What is known of each sequence as a whole. None: zeros, or nothing.

        Returns
        -------
        state : dict of str -> tuple of ndarray of shape (n, ...)
            By layer; "weights" has the fingerprint of the weights for each sequence.
        """
        state: dict[str, Any] = {WEIGHTS: (self.weights.owners(n),)}
        width = 0
        for name, layer, params, _ in [*self._recurrent, *self._above]:
            if isinstance(layer, Recurrent):
                width = layer.n_units
                state[name] = tuple(
                    np.zeros((n, width), self._dtype) for _ in layer.cell.states
                )
            elif isinstance(layer, PoolingLayer):
                state[name] = layer.begin(n, width, self._dtype)
            elif isinstance(layer, JoinStatic):
                rows = np.zeros((n, layer.n_features)) if static is None else static
                rows = layer.standardized(params, rows)
                state[name] = (rows.astype(self._dtype, copy=False),)
                width += layer.n_features
            elif isinstance(layer, Dense):
                width = layer.n_out
        return state

    def step(
        self, theta: FloatArray, X: Rows, state: State
    ) -> tuple[FloatArray, State]:
        """Read one step of each of n sequences.

        Parameters
        ----------
        theta : ndarray of shape (layout.size,)
            The weights, for tables.
        X : ndarray or CSR matrix of shape (n, n_features), or ids of shape (n,)
        state : dict of str -> tuple of ndarray of shape (n, ...)
            Not changed.

        Returns
        -------
        scores : ndarray of shape (n, n_outputs)
            Of the sequences if they end here.
        state : dict
        """
        for part in self._below:
            X, _ = part.layer.forward(self._params(part, theta), X, None)
        first = self._stepper.first
        if self._sparse_input or sparse.issparse(X):
            z = first.project_sparse(self._params(self._first, theta), X)
            H, after = self._stepper.climb(None, state, z)
        else:
            H, after = self._stepper.climb(X, state)
        after[WEIGHTS] = state[WEIGHTS]
        for name, layer, params, _ in self._above:
            if isinstance(layer, PoolingLayer):
                H, after[name] = layer.step(params, H, state[name])
            elif isinstance(layer, JoinStatic):
                H, after[name] = join(H, state[name][0]), state[name]
            else:
                H, _ = layer.forward(params, H, None)
        return H, after

    def _largest_product(self):
        cells = self._stepper.cells.values()
        matrices = [a for cell in cells for a in cell.weights.values()]
        matrices += [cell.W for cell in cells if hasattr(cell, "W")]
        matrices += [a for part in self._above for a in part.params.values()]
        return max(prod(np.shape(a)[-2:]) for a in matrices)

    def _params(self, part, theta):
        if not part.tables:
            return part.params
        tables = {key: self._layout.view(theta, name) for key, name in part.tables}
        return {**part.params, **tables}
