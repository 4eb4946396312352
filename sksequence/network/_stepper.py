"""One step at a time: what is the same at every step is arranged once.

A pass through a batch arranges the weights, makes room and cuts the batch into
stretches. For a single step that would take far longer than the step itself.
"""

import numpy as np

from ..cells import CellStepper
from ._layers import Embedding
from ._recurrent import Recurrent, scope

TABLE = 2**24  # numbers in the first layer's share of the gates, token by token


class Stepper:
    """The embedding and the recurrent layers of a network, step by step.

    Parameters
    ----------
    network : Network
        That begins with an embedding.
    theta : ndarray of shape (n_parameters,)
    layers : dict of str -> Layer, default=None
        Those of the network that matter. None: all.
    beside : ndarray of shape (n_sources, n), default=None
        What the first recurrent layer reads beside the embedding at every step.
    """

    def __init__(self, network, theta, layers=None, beside=None):
        params = network.layout.views(theta)
        self.embedding, self.table, self.cells = None, None, {}
        for name, layer in (layers or network.layers).items():
            if isinstance(layer, Embedding):
                self.embedding = params[f"{name}.E"]
            elif isinstance(layer, Recurrent):
                self.cells[name] = CellStepper(layer.cell, scope(params, name))
        first = next(iter(self.cells.values()))
        if len(self.embedding) * first.gates_size <= TABLE:
            self.table = first.project(self.embedding)
        self.beside = None
        if beside is not None:
            self.beside = np.matmul(beside, first.W[:, self.embedding.shape[1] :])

    def step(self, ids, states, source=None):
        """Read one token of each of n texts.

        Parameters
        ----------
        ids : ndarray of int, shape (n,)
        states : dict of str -> tuple of ndarray of shape (n, n_units)
            By layer; not changed.
        source : ndarray of int, shape (n,)
            The row of ``beside`` of each text.

        Returns
        -------
        H : ndarray of shape (n, n_units)
            Of the last recurrent layer.
        states : dict
        """
        H, after = None, {}
        for name, cell in self.cells.items():
            if H is not None:
                z = cell.project(H)
            elif self.table is not None:
                z = self.table[:, ids]
            else:
                z = cell.project(self.embedding[ids])
            if H is None and self.beside is not None:
                z += self.beside[:, source]
            after[name] = cell.step(z, states[name])
            H = after[name][0]
        return H, after
