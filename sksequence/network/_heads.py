"""Heads: the last layer, its loss and its predictions.

::

    scores = H W + b
    loss   = sum_r w_r loss(scores_r, target_r)
    p      = link(scores)

A head owns all three. Networks, objectives and estimators know only this contract, so
that a new head is a class and nothing else.
"""

from __future__ import annotations

from concurrent.futures import Executor
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from .._typing import FloatArray, Grads, Params
from ..cells import Workspace
from ._base import Layer
from ._batch import Batch
from ._layers import Dense
from ._loss_table import LossName, loss_of
from ._losses import Loss


class Noise(Protocol):
    """What a head draws for each batch."""

    def draw(self, rng: np.random.RandomState) -> Any: ...


class Head(Layer):
    """Base of heads: layers whose ``forward`` gives scores, (n_rows, n_outputs).

    Attributes
    ----------
    tied : bool
        Whether W is the table of the embedding. It is then no parameter of the head,
        and ``params`` and ``grads`` have it all the same.

    Examples
    --------
    >>> import numpy as np
    >>> from sksequence.network import HEADS
    >>> head = HEADS["linear"](2, 1, "sigmoid")
    >>> head.predict(np.array([[0.0], [100.0]])).ravel()
    array([0.5, 1. ])
    """

    tied: bool = False

    def loss(
        self,
        params: Params,
        grads: Grads,
        H: FloatArray,
        batch: Batch,
        workspace: Workspace | None = None,
        worker: Executor | None = None,
    ) -> tuple[float, FloatArray]:
        """The weighted sum of the losses of a batch.

        Parameters
        ----------
        params, grads : dict of str -> ndarray
            The gradients of the parameters are added to the latter.
        H : ndarray of shape (n_rows, n_in)
        batch : Batch
        workspace : Workspace, default=None
            Memory to use again.
        worker : Executor with one thread, default=None
            A second thread for large pieces of work.

        Returns
        -------
        loss : float
        dH : ndarray of shape (n_rows, n_in)
        """
        raise NotImplementedError(f"{type(self).__name__} must define 'loss'.")

    def predict(self, scores: FloatArray) -> FloatArray:
        """What scores mean: probabilities, or numbers."""
        raise NotImplementedError(f"{type(self).__name__} must define 'predict'.")

    def noise_distribution(
        self,
        targets: npt.NDArray[Any],
        weights: FloatArray | None,
        dtype: npt.DTypeLike,
    ) -> Noise | None:
        """What has a ``draw(rng)`` for each batch; None if nothing is drawn.

        Parameters
        ----------
        targets, weights : ndarray of shape (n_rows,) or (n_rows, n_outputs)
            Of the whole training set, where a weight of 2 is a repetition. Weights of
            None are ones.
        dtype : dtype

        Returns
        -------
        noise : NoiseDistribution, or None
        """
        return None


class LinearHead(Dense, Head):
    """Scores H W + b, and a loss of each row by itself.

    Parameters
    ----------
    n_in, n_out : int
    loss : str, (str, dict) or Loss
        A name in ``LOSSES``, without or with options, or a loss of your own.

    Examples
    --------
    >>> import numpy as np
    >>> from sksequence.network import Batch, LinearHead
    >>> from sksequence.sequences import Steps
    >>> head = LinearHead(1, 2, "softmax")
    >>> params = {"W": np.array([[0.0, 1.0]]), "b": np.zeros(2)}
    >>> grads = {name: np.zeros_like(values) for name, values in params.items()}
    >>> H, steps = np.array([[0.0], [2.0]]), Steps([2])
    >>> p = head.predict(head.forward(params, H, steps)[0])
    >>> p.round(2)
    array([[0.5 , 0.5 ],
           [0.12, 0.88]])
    >>> batch = Batch(H, steps, np.array([0, 1]), np.ones(2))
    >>> loss, dH = head.loss(params, grads, H, batch)
    >>> np.allclose(loss, -np.log(p[[0, 1], [0, 1]]).sum())
    True
    >>> np.allclose(dH.ravel(), [p[0, 1], p[1, 1] - 1])
    True
    """

    def __init__(self, n_in: int, n_out: int, loss: LossName | Loss) -> None:
        super().__init__(n_in, n_out)
        self.loss_function = loss_of(loss)

    def loss(
        self,
        params: Params,
        grads: Grads,
        H: FloatArray,
        batch: Batch,
        workspace: Workspace | None = None,
        worker: Executor | None = None,
    ) -> tuple[float, FloatArray]:
        scores, tape = self.forward(params, H, batch.steps)
        loss, dscores = self.loss_of_scores(params, grads, scores, batch)
        return loss, self.backward(params, grads, dscores, tape)

    def loss_of_scores(
        self, params: Params, grads: Grads, scores: FloatArray, batch: Batch
    ) -> tuple[float, FloatArray]:
        """(loss, dscores); the gradients of other parameters are added to ``grads``."""
        return self.loss_function.value_and_gradient(
            scores, batch.targets, batch.weights
        )

    def predict(self, scores: FloatArray) -> FloatArray:
        return self.loss_function.predict(scores)

    def log_predict(self, scores: FloatArray) -> FloatArray:
        """Logarithms of probabilities, exact where those round to 0."""
        return self.loss_function.log_predict(scores)
