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
of [1]_ in all of them, so that all steps are calculated at once.

Sequences are of unequal length on both sides. For the products they are padded to a
grid, (n_sequences, n_steps, n_units); steps that a sequence does not have get weights
of zero.

.. [1] Luong, Pham & Manning, "Effective approaches to attention-based neural machine
   translation", EMNLP 2015.
.. [2] Bahdanau, Cho & Bengio, "Neural machine translation by jointly learning to align
   and translate", ICLR 2015.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from .._typing import FloatArray, Grads, IntArray, Params, Shapes
from ..sequences import Steps
from ._base import Module

SCORES = ("dot", "general", "additive")


class Attention(Module):
    """Attention to the steps of an input, and the layer above it.

    Parameters
    ----------
    kind : {"dot", "general", "additive"}
    n_units : int
        Width of a step of the output, and of what comes out.
    n_source : int
        Width of a step of the input.

    Examples
    --------
    An output of one step looks at an input of two, at the second of them most:

    >>> import numpy as np
    >>> from sksequence.network import Attention, Grid
    >>> from sksequence.sequences import Steps
    >>> attention = Attention("dot", 2, 2)
    >>> params = {"W": np.vstack([np.eye(2), np.zeros((2, 2))]), "b": np.zeros(2)}
    >>> H, E = np.array([[0.0, 1.0]]), np.array([[0.5, 0.0], [0.0, 2.0]])
    >>> grids = [Grid(steps, np.array([0])) for steps in (Steps([1]), Steps([2]))]
    >>> Y, tape = attention.forward(params, H, E, *grids)
    >>> tape.a.round(2)
    array([[[0.12, 0.88]]])
    >>> np.allclose(Y, np.tanh(tape.a[0] @ E))
    True
    """

    def __init__(
        self, kind: Literal["dot", "general", "additive"], n_units: int, n_source: int
    ) -> None:
        if kind == "dot" and n_units != n_source:
            raise ValueError(
                f"attention='dot' needs states of one width, but the encoder's have "
                f"{n_source} units and the decoder's {n_units}. Use 'general'."
            )
        self.kind, self.n_units, self.n_source = kind, n_units, n_source

    def shapes(self) -> Shapes:
        n, m = self.n_units, self.n_source
        shapes = {"W": (m + n, n), "b": (n,)}
        if self.kind == "general":
            shapes["A"] = (n, m)
        elif self.kind == "additive":
            shapes |= {"A": (n, n), "B": (m, n), "v": (n,)}
        return shapes

    def init(self, params: Params, rng: np.random.RandomState) -> None:
        """Matrices Glorot uniform (AISTATS 2010), v uniform, b zero."""
        for name, values in params.items():
            bound = np.sqrt(6 / (sum(values.shape) + (values.ndim == 1)))
            values[:] = 0 if name == "b" else rng.uniform(-bound, bound, values.shape)

    def queries(self, params: Params, H: FloatArray) -> FloatArray:
        """What a step of the output contributes to the scores, row by row."""
        return H if self.kind == "dot" else H @ params["A"]

    def keys(self, params: Params, E: FloatArray) -> FloatArray:
        """What a step of the input contributes to the scores, row by row."""
        return E @ params["B"] if self.kind == "additive" else E

    def weights(
        self, params: Params, Q: FloatArray, K: FloatArray, mask: npt.NDArray[np.bool_]
    ) -> tuple[FloatArray, FloatArray | None]:
        """Weights of the steps of the input.

        Parameters
        ----------
        params : dict of str -> ndarray
        Q : ndarray of shape (n_sequences, n_out, ...)
            The queries, on a grid.
        K : ndarray of shape (n_sequences, n_in, ...)
            The keys, on a grid.
        mask : ndarray of bool, shape (n_sequences, n_in)
            True for the steps that an input has.

        Returns
        -------
        a : ndarray of shape (n_sequences, n_out, n_in)
        T : ndarray of shape (n_sequences, n_out, n_in, n_units), or None
            The tanh of additive scores.
        """
        T = None
        if self.kind == "additive":
            T = Q[:, :, None] + K[:, None]
            np.tanh(T, T)
            S = (T.reshape(-1, T.shape[3]) @ params["v"]).reshape(T.shape[:3])
        else:
            S = Q @ K.transpose(0, 2, 1)
        S += np.where(mask, 0, -np.inf).astype(S.real.dtype)[:, None]
        S -= S.real.max(axis=2, keepdims=True)
        a = np.exp(S, S)
        a /= a.sum(axis=2, keepdims=True)
        return a, T

    def combine(self, params: Params, CH: FloatArray) -> FloatArray:
        """What comes out, from rows of contexts and states side by side."""
        Y = CH @ params["W"]
        Y += params["b"]
        return np.tanh(Y, Y)

    def forward(
        self,
        params: Params,
        H: FloatArray,
        E: FloatArray,
        H_grid: Grid,
        E_grid: Grid,
    ) -> tuple[FloatArray, SimpleNamespace]:
        """Attention between packed rows.

        Parameters
        ----------
        params : dict of str -> ndarray
        H : ndarray of shape (n_rows, n_units)
        E : ndarray of shape (n_source_rows, n_source)
        H_grid, E_grid : Grid
            Of the same sequences.

        Returns
        -------
        Y : ndarray of shape (n_rows, n_units)
        tape : SimpleNamespace
            With the weights ``a``.
        """
        E_g = E[E_grid.rows]
        Q_g, K = self.queries(params, H)[H_grid.rows], self.keys(params, E)
        K_g = E_g if K is E else K[E_grid.rows]
        a, T = self.weights(params, Q_g, K_g, E_grid.mask)
        CH = np.concatenate([H_grid.packed(a @ E_g), H], axis=1)
        Y = self.combine(params, CH)
        return Y, SimpleNamespace(
            CH=CH, Y=Y, E=E, E_g=E_g, Q_g=Q_g, K_g=K_g, T=T, a=a,
            H_grid=H_grid, E_grid=E_grid,
        )  # fmt: skip

    def backward(
        self, params: Params, grads: Grads, dY: FloatArray, tape: Any
    ) -> tuple[FloatArray, FloatArray]:
        """The gradients of what went in, from that of what came out.

        Parameters
        ----------
        params, grads : dict of str -> ndarray
            The gradients of the parameters are added to the latter.
        dY : ndarray of shape (n_rows, n_units)
        tape
            From ``forward``; not changed.

        Returns
        -------
        dH : ndarray of shape (n_rows, n_units)
        dE : ndarray of shape (n_source_rows, n_source)
        """
        H_grid, E_grid, m = tape.H_grid, tape.E_grid, self.n_source
        dZ = dY * (1 - tape.Y * tape.Y)
        grads["W"] += tape.CH.T @ dZ
        grads["b"] += dZ.sum(axis=0)
        dCH = dZ @ params["W"].T

        a = tape.a
        dC_g = dCH[H_grid.rows, :m]
        dC_g[~H_grid.mask] = 0
        da = dC_g @ tape.E_g.transpose(0, 2, 1)
        dS = a * (da - (a * da).sum(axis=2, keepdims=True))
        dE = E_grid.packed(a.transpose(0, 2, 1) @ dC_g)
        dH = dCH[:, m:].copy()

        dQ_g, dK_g = self._scores_back(params, grads, dS, tape)
        dQ, dK = H_grid.packed(dQ_g), E_grid.packed(dK_g)
        if "A" in params:
            grads["A"] += tape.CH[:, m:].T @ dQ
            dQ = dQ @ params["A"].T
        if "B" in params:
            grads["B"] += tape.E.T @ dK
            dK = dK @ params["B"].T
        dH += dQ
        dE += dK
        return dH, dE

    def _scores_back(self, params, grads, dS, tape):
        """Gradients of queries and keys on their grids; that of v is added."""
        T = tape.T
        if T is None:
            return dS @ tape.K_g, dS.transpose(0, 2, 1) @ tape.Q_g
        grads["v"] += dS.reshape(-1) @ T.reshape(-1, T.shape[3])
        dT = dS[..., None] * params["v"]
        dT *= 1 - T * T
        return dT.sum(axis=2), dT.sum(axis=1)


class Grid:
    """Padded and packed: where the steps of some sequences lie among packed rows.

    Parameters
    ----------
    steps : Steps
    which : ndarray of int, shape (n,)
        The order in which the grid has the sequences of ``steps``.

    Attributes
    ----------
    rows : ndarray of int, shape (n, n_steps)
        The row of each step of the grid; where there is none that of the first step.
    mask : ndarray of bool, shape (n, n_steps)
        Whether the sequence has such a step.

    Examples
    --------
    Two sequences, of two steps and of one: the last row is the second step of the
    first.

    >>> import numpy as np
    >>> from sksequence.network import Grid
    >>> from sksequence.sequences import Steps
    >>> grid = Grid(Steps([2, 1]), np.array([0, 1]))
    >>> grid.rows, grid.mask
    (array([[0, 2],
           [1, 1]]), array([[ True,  True],
           [ True, False]]))
    >>> X = np.array([[10.0], [20.0], [11.0]])
    >>> grid.packed(X[grid.rows]).ravel()
    array([10., 20., 11.])
    """

    def __init__(self, steps: Steps, which: IntArray) -> None:
        lengths = steps.lengths[which]
        t = np.arange(lengths.max())
        self.mask = t < lengths[:, None]
        rows = np.array(steps.starts[:-1])[t] + which[:, None]
        # Its own, so that what overflows in one sequence harms no other.
        self.rows = np.where(self.mask, rows, which[:, None])
        self._cells = np.empty(steps.n_rows, np.intp)
        self._cells[rows[self.mask]] = np.flatnonzero(self.mask)

    def packed(self, a: FloatArray) -> FloatArray:
        """An array (n, n_steps, n_units) on the grid as rows (n_rows, n_units)."""
        return a.reshape(-1, a.shape[2])[self._cells]
