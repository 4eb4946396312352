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

        Parameters
        ----------
        params, X, steps, rng, **options
            As in ``Layer``.
        initial : tuple of ndarray of shape (n_sequences, n_units), default=None

        Returns
        -------
        H : ndarray of shape (n_rows, n_units)
        tape : SimpleNamespace
            ``cell``: its tape; ``final``: the states after each sequence's last step.
        """
        mask = self.draw_mask(params, steps, rng)
        return self.forward_with_mask(params, X, steps, mask, initial, **options)

    def shared_work(self) -> int:
        size = len(self.cell.gates) * self.n_units**2
        return size if self.cell.releases_gil else 0

    def draw_mask(
        self, params: Params, steps: Steps, rng: SupportsRandomSample | None
    ) -> FloatArray | None:
        """A mask of recurrent dropout for each sequence, or None."""
        if rng is None or not self.recurrent_dropout:
            return None
        shape = (steps.n_sequences, self.n_units)
        return dropout_mask(rng, self.recurrent_dropout, shape, params["U"].dtype)

    def forward_with_mask(
        self,
        params: Params,
        X: Rows,
        steps: Steps,
        mask: FloatArray | None,
        initial: Arrays | None = None,
        **options: Unpack[Options],
    ) -> tuple[FloatArray, Any]:
        """As ``forward``, with a mask that is drawn already."""
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
    """Two recurrent layers side by side, one of which reads sequences backwards [1]_.

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
        # Drawn in this order, whichever direction is first to run.
        masks = [
            layer.draw_mask(scope(params, name), steps, rng)
            for name, layer in self.layers.items()
        ]
        (A, tape_a), (B, tape_b) = (
            layer.forward_with_mask(
                scope(params, name),
                _reversed(X, steps) if k else X,
                steps,
                masks[k],
                need_tape=need_tape,
                workspace=workspace and workspace.part(name),
                worker=worker,
            )
            for k, (name, layer) in enumerate(self.layers.items())
        )
        Y = np.concatenate([A, _reversed(B, steps)], axis=1)
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
            layer.backward(
                scope(params, name),
                scope(grads, name),
                _reversed(dY[:, half:], steps) if k else dY[:, :half],
                tapes[k],
                need_dX,
            )
            for k, (name, layer) in enumerate(self.layers.items())
        )
        return dA + _reversed(dB, steps) if need_dX and dA is not None else None


def _reversed(rows, steps):
    """Packed rows, each sequence of which is reversed in time."""
    return rows[::-1] if steps.n_sequences == 1 else rows[steps.reverse]
