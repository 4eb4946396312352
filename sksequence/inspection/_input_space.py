"""What the lowest layer of a network reads, and what gradients there say of X.

Between a baseline and X one goes in a straight line, in numbers that have gradients::

    numbers     the steps x themselves        d x_j g_j              for each feature
    token ids   their embeddings e            sum_k d e_k g_k        for each token
    sparse      s = x M                       x_j sum_k M_jk g_k     where x_j is stored

d is the difference to the baseline, g the gradient. M is the first matrix of the
network: its embedding, or the W of its first recurrent layer, which then reads sums.
"""

import numpy as np
from scipy import sparse

from ..cells import used_columns
from ..network import Bidirectional, Recurrent

PRODUCTS = 2**22  # numbers that are multiplied at once


class Numbers:
    """Steps that are rows of numbers.

    Parameters
    ----------
    layers : dict of str -> Layer
        Of the network, without its head.
    params : dict of str -> ndarray
        By their full names.
    width : int
        Numbers a step.
    baseline : ndarray of shape (n_features,), RaggedArray like X, or None
        None: what ``standardize`` makes zero.

    Attributes
    ----------
    layers, params
        Of what is above the numbers with gradients; parameters in float64.
    width : int
        How many numbers a step has there.
    """

    def __init__(self, layers, params, width, baseline=None):
        self.layers, self.width = layers, width
        self.params = {name: a.astype(np.float64) for name, a in params.items()}
        if baseline is None:
            baseline = self.params.get("standardize.mean", 0.0)
        self.baseline = baseline

    def ends(self, X, part):
        """Where the line begins, and the way to its end, (n_rows, width) both.

        Parameters
        ----------
        X : RaggedArray
        part : slice
            Which sequences.
        """
        x = X[part].values.astype(np.float64)
        b = self.baseline
        b = b[part].values if hasattr(b, "offsets") else b
        return np.broadcast_to(b, x.shape), x - b

    def attribute(self, X, part, way, gradient):
        """What is attributed to the steps of some sequences: rows like theirs.

        Parameters
        ----------
        X, part
            As of ``ends``.
        way, gradient : ndarray of shape (n_rows, width)
        """
        return way * gradient


class Tokens:
    """Steps that are token ids.

    Parameters
    ----------
    layers, params
        As of ``Numbers``.
    baseline : int, RaggedArray of ids like X, or None
        None: a vector of zeros in the place of each embedding.
    first_stays : bool, default=False
        Whether the first step of each sequence is that of the baseline too, so that
        nothing is attributed to it.
    """

    def __init__(self, layers, params, baseline=None, first_stays=False):
        self.table = params["embedding.E"]
        self.width = self.table.shape[1]
        self.baseline, self.first_stays = baseline, first_stays
        self.layers, self.params = _above(layers, params, "embedding")

    def ends(self, X, part):
        """As of ``Numbers``."""
        ids, b = X[part].values, self.baseline
        x = self.table[ids].astype(np.float64)
        start = np.zeros_like(x)
        if b is not None:
            start[:] = self.table[b[part].values if hasattr(b, "offsets") else b]
        if self.first_stays:
            first = X[part].offsets[:-1]
            start[first] = x[first]
        return start, x - start

    def attribute(self, X, part, way, gradient):
        """One number a token."""
        return np.einsum("ij,ij->i", way, gradient)


class SparseSteps:
    """Steps that are rows of a CSR matrix; the baseline is a step without entries.

    Parameters
    ----------
    layers, params
        As of ``Numbers``.
    """

    def __init__(self, layers, params):
        self.scale = params.get("standardize.scale")
        layers, params = dict(layers), dict(params)
        layers.pop("standardize", None)
        if "embedding" in layers:
            self.matrices = [params["embedding.E"]]
            self.width = self.matrices[0].shape[1]
            self.layers, self.params = _above(layers, params, "embedding")
            return
        first = layers["rnn0"]
        parts = ["rnn0"]
        if isinstance(first, Bidirectional):
            parts = [f"rnn0.{name}" for name in first.layers]
        self.matrices = [params.pop(f"{name}.W") for name in parts]
        self.width = width = sum(W.shape[1] for W in self.matrices)
        layers["rnn0"] = _reading(first, width)
        self.layers = layers
        self.params = {name: a.astype(np.float64) for name, a in params.items()}
        identity = np.eye(width)
        for name in parts:
            n = width // len(parts)
            self.params[f"{name}.W"], identity = identity[:, :n], identity[:, n:]

    def _compressed(self, X, part):
        """The entries that are stored, scaled, and the rows of M that they meet."""
        rows = X[part].values
        columns, rows = used_columns(rows)
        M = np.concatenate([matrix[columns] for matrix in self.matrices], axis=1)
        M = M.astype(np.float64)
        if self.scale is not None:
            M /= self.scale[columns, None]
        return rows, M

    def ends(self, X, part):
        """As of ``Numbers``."""
        rows, M = self._compressed(X, part)
        sums = rows @ M
        return np.zeros_like(sums), sums

    def attribute(self, X, part, way, gradient):
        """A CSR matrix with the entries of X."""
        rows, M = self._compressed(X, part)
        of_entry = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))
        found = np.empty(len(of_entry))
        size = max(1, PRODUCTS // M.shape[1])
        for start in range(0, len(found), size):
            some = slice(start, start + size)
            g, m = gradient[of_entry[some]], M[rows.indices[some]]
            found[some] = rows.data[some] * np.einsum("ij,ij->i", g, m)
        given = X[part].values
        return sparse.csr_matrix((found, given.indices, given.indptr), given.shape)


def _above(layers, params, name):
    """Layers and parameters (float64) without those of one layer."""
    layers = {k: layer for k, layer in layers.items() if k != name}
    params = {
        k: a.astype(np.float64)
        for k, a in params.items()
        if not k.startswith(f"{name}.")
    }
    return layers, params


def _reading(layer, width):
    """A recurrent layer like another one, of input of another width."""
    if isinstance(layer, Bidirectional):
        return Bidirectional(*(_reading(k, width) for k in layer.layers.values()))
    return Recurrent(layer.cell, width, layer.n_units)
