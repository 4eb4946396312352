"""Attention: which steps of one sequence matter for each step of another.

::

    s[i, j] = score(h[i], e[j])             of step i of the output, step j of the input
    a[i, :] = softmax_j s[i, j]
    c[i]    = sum_j a[i, j] e[j]
    y[i]    = tanh([c[i], h[i]] W + b)

    dot:       score(h, e) = h . e                       [1]
    general:   score(h, e) = (h A) . e                   [1]
    additive:  score(h, e) = v . tanh(h A + e B)         [2]

The score is that of [1]_ or [2]_; where it stands, after the recurrent layers, is that
of [1]_ in all of them, so that all steps are worked out at once.

Sequences are of unlike length on both sides. For the products they are laid out on a
grid, (n_sequences, n_steps, n_units); steps that are not there get weights of zero.

.. [1] Luong, Pham & Manning, "Effective approaches to attention-based neural machine
   translation", EMNLP 2015.
.. [2] Bahdanau, Cho & Bengio, "Neural machine translation by jointly learning to align
   and translate", ICLR 2015.
"""

from types import SimpleNamespace

import numpy as np

from ._layers import Layer

SCORES = ("dot", "general", "additive")


class Attention(Layer):
    """Attention to the steps of an input, and the layer above it.

    Parameters
    ----------
    kind : {"dot", "general", "additive"}
    n_units : int
        Width of a step of the output, and of what comes out.
    n_source : int
        Width of a step of the input.
    """

    def __init__(self, kind, n_units, n_source):
        if kind == "dot" and n_units != n_source:
            raise ValueError(
                f"attention='dot' needs states of one width, but the encoder's have "
                f"{n_source} units and the decoder's {n_units}. Use 'general'."
            )
        self.kind, self.n_units, self.n_source = kind, n_units, n_source

    def shapes(self):
        n, m = self.n_units, self.n_source
        shapes = {"W": (m + n, n), "b": (n,)}
        if self.kind == "general":
            shapes["A"] = (n, m)
        elif self.kind == "additive":
            shapes |= {"A": (n, n), "B": (m, n), "v": (n,)}
        return shapes

    def init(self, params, rng):
        """Matrices Glorot uniform (AISTATS 2010), v uniform, b zero."""
        for name, values in params.items():
            bound = np.sqrt(6 / (sum(values.shape) + (values.ndim == 1)))
            values[:] = 0 if name == "b" else rng.uniform(-bound, bound, values.shape)

    def prepare(self, params, E):
        """What of the scores is the same for every step of the output.

        Parameters
        ----------
        E : ndarray of shape (n_sequences, n_steps, n_source)
            The steps of the input, on a grid.

        Returns
        -------
        K : ndarray of shape (n_sequences, n_steps, n_units or n_source)
        """
        return _times(E, params["B"]) if self.kind == "additive" else E

    def weights(self, params, H, K, there):
        """Weights of the steps of the input.

        Parameters
        ----------
        H : ndarray of shape (n_sequences, n_out, n_units)
        K : ndarray of shape (n_sequences, n_in, ...)
            From ``prepare``.
        there : ndarray of bool, shape (n_sequences, n_in)
            Which steps of the input are there.

        Returns
        -------
        a : ndarray of shape (n_sequences, n_out, n_in)
        Q : ndarray
            What H became, for ``attend_back``.
        """
        Q = H if self.kind == "dot" else _times(H, params["A"])
        if self.kind == "additive":
            Q = Q[:, :, None] + K[:, None]
            np.tanh(Q, Q)
            S = _times(Q, params["v"])
        else:
            S = Q @ K.transpose(0, 2, 1)
        S[~np.broadcast_to(there[:, None], S.shape)] = -np.inf
        S -= S.real.max(axis=2, keepdims=True)
        a = np.exp(S, S)
        a /= a.sum(axis=2, keepdims=True)
        return a, Q

    def combine(self, params, C, H):
        """What comes out, from contexts and states, rows of both."""
        Y = C @ params["W"][: self.n_source]
        Y += H @ params["W"][self.n_source :]
        Y += params["b"]
        return np.tanh(Y, Y)

    def attend(self, params, H, E, H_grid, E_grid):
        """Attention between packed rows.

        Parameters
        ----------
        params : dict of str -> ndarray
        H : ndarray of shape (n_rows, n_units)
        E : ndarray of shape (n_source_rows, n_source)
        H_grid, E_grid : (rows, there)
            From ``grid``, of the same sequences.

        Returns
        -------
        Y : ndarray of shape (n_rows, n_units)
        tape : SimpleNamespace
            With the weights ``a``.
        """
        rows, there = H_grid
        H_g, E_g = H[rows], E[E_grid[0]]
        a, Q = self.weights(params, H_g, self.prepare(params, E_g), E_grid[1])
        C = np.empty((len(H), self.n_source), H.dtype)
        C[rows[there]] = (a @ E_g)[there]
        Y = self.combine(params, C, H)
        return Y, SimpleNamespace(
            H=H, C=C, Y=Y, a=a, Q=Q, H_g=H_g, E_g=E_g, grids=(H_grid, E_grid)
        )

    def attend_back(self, params, grads, dY, tape, n_source_rows):
        """(dH, dE) from dY; the gradients of the parameters are added to ``grads``."""
        m, (H_grid, E_grid) = self.n_source, tape.grids
        dZ = dY * (1 - tape.Y * tape.Y)
        grads["W"][:m] += tape.C.T @ dZ
        grads["W"][m:] += tape.H.T @ dZ
        grads["b"] += dZ.sum(axis=0)
        dC, dH = dZ @ params["W"][:m].T, dZ @ params["W"][m:].T

        rows, there = H_grid
        dC_g = dC[rows]
        dC_g[~there] = 0
        a, E_g = tape.a, tape.E_g
        da = dC_g @ E_g.transpose(0, 2, 1)
        dE_g = a.transpose(0, 2, 1) @ dC_g
        dS = a * (da - (a * da).sum(axis=2, keepdims=True))
        dH_g, dE_more = self._scores_back(params, grads, dS, tape)
        dE_g += dE_more
        dH[rows[there]] += dH_g[there]
        dE = np.zeros((n_source_rows, m), dY.dtype)
        rows, there = E_grid
        dE[rows[there]] = dE_g[there]
        return dH, dE

    def _scores_back(self, params, grads, dS, tape):
        H_g, E_g, Q = tape.H_g, tape.E_g, tape.Q
        if self.kind == "additive":
            grads["v"] += _outer(Q, dS[..., None])[:, 0]
            dT = dS[..., None] * params["v"]
            dT *= 1 - Q * Q
            dQ, dK = dT.sum(axis=2), dT.sum(axis=1)
            grads["B"] += _outer(E_g, dK)
            dE = _times(dK, params["B"].T)
        else:
            dQ, dE = dS @ E_g, dS.transpose(0, 2, 1) @ Q
        if self.kind == "dot":
            return dQ, dE
        grads["A"] += _outer(H_g, dQ)
        return _times(dQ, params["A"].T), dE


def _times(X, W):
    """X W with X of any number of dimensions, as one product."""
    return (X.reshape(-1, X.shape[-1]) @ W).reshape(*X.shape[:-1], *W.shape[1:])


def _outer(X, dY):
    """The gradient of W in Y = X W."""
    return X.reshape(-1, X.shape[-1]).T @ dY.reshape(-1, dY.shape[-1])


def grid(steps, which):
    """Where the steps of some sequences lie among packed rows.

    Parameters
    ----------
    steps : Steps
    which : ndarray of int, shape (n,)
        Sequences of ``steps``.

    Returns
    -------
    rows : ndarray of int, shape (n, n_steps)
    there : ndarray of bool, shape (n, n_steps)
        Whether there is such a step; where not, the row is 0.
    """
    lengths = steps.lengths[which]
    t = np.arange(lengths.max())
    there = t < lengths[:, None]
    rows = np.array(steps.starts[:-1])[t] + which[:, None]
    return np.where(there, rows, 0), there
