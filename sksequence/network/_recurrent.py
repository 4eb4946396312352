"""Recurrent layers: a cell along each sequence, forwards, backwards or both."""

from __future__ import annotations

from concurrent.futures import Executor
from types import SimpleNamespace
from typing import Any, Unpack

import numpy as np

from .._typing import (
    Arrays,
    FloatArray,
    Grads,
    Params,
    Rows,
    Shapes,
    SupportsRandomSample,
)
from ..cells import Cell, Workspace
from ..sequences import Steps
from ._base import Composite, Layer, Options, scope
from ._layers import dropout_mask


class Recurrent(Layer):
    """A cell along each sequence.

    Parameters
    ----------
    cell : Cell
    n_features, n_units : int
    recurrent_dropout : float, default=0
        Variational dropout of the state: one mask for each sequence.
    sparse_input : bool, default=False
        Whether the steps are sparse, so that W takes row-sparse gradients.
    """

    def __init__(
        self,
        cell: Cell,
        n_features: int,
        n_units: int,
        recurrent_dropout: float = 0.0,
        sparse_input: bool = False,
    ) -> None:
        self.cell, self.n_features, self.n_units = cell, n_features, n_units
        self.recurrent_dropout = recurrent_dropout
        self.tables = ("W",) if sparse_input else ()
        self.exempt = cell.biases

    def shapes(self) -> Shapes:
        return self.cell.shapes(self.n_features, self.n_units)

    def init(self, params: Params, rng: np.random.RandomState) -> None:
        self.cell.init(params, rng)

    def forward(
        self,
        params: Params,
        X: Rows,
        steps: Steps,
        rng: SupportsRandomSample | None = None,
        initial: Arrays | None = None,
        **options: Unpack[Options],
    ) -> tuple[FloatArray, Any]:
        """Run the cell from the states ``initial`` (None: zeros).

        Returns
        -------
        H : ndarray of shape (n_rows, n_units)
        tape : SimpleNamespace
            ``cell``: its tape; ``final``: the states after each sequence's last step.
        """
        mask = None
        if rng is not None and self.recurrent_dropout:
            shape = (steps.n_sequences, self.n_units)
            mask = dropout_mask(rng, self.recurrent_dropout, shape, params["U"].dtype)
        H, final, tape = self.cell.forward(params, X, steps, initial, mask, **options)
        return H, SimpleNamespace(cell=tape, final=final)

    def backward(
        self,
        params: Params,
        grads: Grads,
        dY: FloatArray,
        tape: Any,
        need_dX: bool = True,
    ) -> FloatArray | Any:
        return self.backward_with_states(params, grads, dY, tape, need_dX)[0]

    def backward_with_states(
        self,
        params: Params,
        grads: Grads,
        dY: FloatArray,
        tape: Any,
        need_dX: bool = True,
        dfinal: Arrays | None = None,
    ) -> tuple[FloatArray | Any, Arrays]:
        """Backpropagation through time that also begins and ends with states.

        Parameters
        ----------
        params, grads, dY, tape, need_dX
            As in ``backward``.
        dfinal : tuple of ndarray of shape (n_sequences, n_units), default=None
            Gradients of the final states; None: zeros.

        Returns
        -------
        dX : ndarray of shape (n_rows, n_features), or None
        dinitial : tuple of ndarray of shape (n_sequences, n_units)
            Gradients of the initial states.
        """
        return self.cell.backward(params, grads, dY, tape.cell, dfinal, need_dX)


class Bidirectional(Composite, Layer):
    """Two recurrent layers side by side, one of which reads each sequence backwards.

    Parameters
    ----------
    forwards, backwards : Recurrent

    References
    ----------
    .. [1] Schuster & Paliwal, "Bidirectional recurrent neural networks", IEEE
       Transactions on Signal Processing 45, 1997.
    """

    def __init__(self, forwards: Recurrent, backwards: Recurrent) -> None:
        super().__init__({"forward": forwards, "backward": backwards})

    def forward(
        self,
        params: Params,
        X: Rows,
        steps: Steps,
        rng: SupportsRandomSample | None = None,
        *,
        need_tape: bool = True,
        workspace: Workspace | None = None,
        worker: Executor | None = None,
    ) -> tuple[FloatArray, Any]:
        """Both directions, side by side at each step: Y (n_rows, 2 n_units)."""
        (A, tape_a), (B, tape_b) = (
            layer.forward(
                scope(params, name),
                rows,
                steps,
                rng,
                need_tape=need_tape,
                workspace=workspace and workspace.part(name),
                worker=worker,
            )
            for (name, layer), rows in zip(
                self.layers.items(), (X, X[steps.reverse]), strict=True
            )
        )
        Y = np.concatenate([A, B[steps.reverse]], axis=1)
        return Y, (steps, tape_a, tape_b)

    def backward(
        self,
        params: Params,
        grads: Grads,
        dY: FloatArray,
        tape: Any,
        need_dX: bool = True,
    ) -> FloatArray | Any:
        steps, *tapes = tape
        half = self.layers["forward"].n_units
        dA, dB = (
            layer.backward(scope(params, name), scope(grads, name), d, kept, need_dX)
            for (name, layer), d, kept in zip(
                self.layers.items(),
                (dY[:, :half], dY[steps.reverse, half:]),
                tapes,
                strict=True,
            )
        )
        return dA + dB[steps.reverse] if need_dX and dA is not None else None
