"""The base of objectives: the contract, and splitting a batch between two threads.

::

    L(theta) = sum_r w_r loss_r,    sum_r w_r = 1

over all rows r of the training set. The batches of an epoch are the training set, cut
into pieces; each contributes its part of the sum.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from .._threads import in_halves
from .._typing import FloatArray
from ..cells import Workspace
from ..network import Batch, Gradients, Model
from ..sequences import flat, weights_of_rows, with_flat


class Objective:
    """The loss of a training set as a function of the weights, piece by piece.

    A subclass writes ``batches``, ``take`` and ``n_steps``; ``split`` if two threads
    may share a batch; ``get_state`` and ``set_state`` if a batch leaves something for
    the next one.

    Parameters
    ----------
    network : Network or EncoderDecoder
    worker : Executor with one thread, or None
        A second thread: it takes over large pieces of work, or half of a batch.
    rng : RandomState
        For the order of batches, and for draws.
    dropout_rng : RandomState or None
        For masks; None means no dropout.

    Attributes
    ----------
    total_weight : float
        That of all rows, before it was made one.
    keeps_unfinished : bool
        Whether what was learnt in an epoch that did not end is worth keeping.
    """

    keeps_unfinished = False

    def __init__(
        self,
        network: Model,
        worker: Executor | None,
        rng: np.random.RandomState,
        dropout_rng: np.random.RandomState | None,
    ) -> None:
        self.network, self.rng, self.dropout_rng = network, rng, dropout_rng
        self.worker = worker
        # Memory of whole batches, and of each half of those that are split.
        self.workspace, self.of_halves = Workspace(), [Workspace(), Workspace()]

    def batches(self) -> Sequence[Any]:
        """The batches of an epoch: a list of sized pieces of the training set."""
        raise NotImplementedError(f"{type(self).__name__} must define 'batches'.")

    def n_batches(self) -> int:
        """How many there are in an epoch; nothing is drawn."""
        state = self.rng.get_state()
        n = len(self.batches())
        self.rng.set_state(state)
        return n

    def get_state(self) -> Any:
        """What a batch leaves for the next one of an epoch, copied, or None."""
        return None

    def set_state(self, state: Any) -> None:
        """Take over a state from ``get_state``, copying its arrays."""

    def take(
        self, piece: Any, scale: float, dtype: npt.DTypeLike, half: int = 0
    ) -> Batch:
        """A piece of the training set as a ``Batch``, its weights times ``scale``.

        ``half`` is the number of the half of a batch that was split.
        """
        raise NotImplementedError(f"{type(self).__name__} must define 'take'.")

    def n_steps(self, piece: Any) -> int:
        """The number of steps of a piece."""
        raise NotImplementedError(f"{type(self).__name__} must define 'n_steps'.")

    def split(self, piece: Any) -> list[tuple[Any, Any]] | None:
        """Two halves, each with what it uses for dropout; None for no split."""
        return None

    def sampler(
        self,
        targets: npt.NDArray[Any],
        weights: FloatArray | None,
        dtype: npt.DTypeLike,
    ) -> Callable[[], Any] | None:
        """A function that draws noise for a batch, or None if the head needs none."""
        noise = self.network.head.noise_distribution(targets, weights, dtype)
        return None if noise is None else partial(noise.draw, self.rng)

    def loss_and_gradient(
        self, theta: FloatArray, piece: Any, scale: float
    ) -> tuple[float, Gradients, int]:
        """``scale`` times the contribution of a piece to the loss, and its gradient.

        Parameters
        ----------
        theta : ndarray of shape (n_parameters,)
        piece
            One of ``batches``.
        scale : float

        Returns
        -------
        loss : float
        Gradients
        n_steps : int
        """
        halves = None if self.worker is None else self.split(piece)
        if halves is None:
            batch = self.take(piece, scale, theta.dtype)
            found = self.network.loss_and_gradients(
                theta, batch, self.dropout_rng, self.workspace, self.worker
            )
        else:
            found = in_halves(
                self.worker,
                *(
                    partial(self._work_on_half, theta, half, scale, k, rng)
                    for k, (half, rng) in enumerate(halves)
                ),
            )
        return *found, self.n_steps(piece)

    def _work_on_half(self, theta, half, scale, k, rng):
        batch = self.take(half, scale, theta.dtype, half=k)
        return self.network.loss_and_gradients(theta, batch, rng, self.of_halves[k])


def fractions_of_sum(weights, dtype, counts=None):
    """Weights that sum to one.

    Parameters
    ----------
    weights : ndarray or RaggedArray
        One a row, or one for each label of a row, of which then the means sum to one.
    dtype : dtype
        Of the fractions.
    counts : ndarray of int, default=None
        How many rows each weighs. None: one.

    Returns
    -------
    fractions : like ``weights``
    total : float
        What they summed to before.
    """
    values = flat(weights)
    # The greatest is taken out, so that the sum of large ones is finite.
    greatest = float(values.max())
    values = values / greatest
    total = float(weights_of_rows(values).sum() if counts is None else values @ counts)
    return with_flat(weights, (values / total).astype(dtype)), total * greatest
