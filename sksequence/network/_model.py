"""The base of networks: the flat vector of parameters, the head, the loss."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from typing import Any

import numpy as np
import numpy.typing as npt

from .._cached import cached_property
from .._typing import FloatArray, Grads, Params
from ..cells import Workspace
from ._base import Composite, scope
from ._batch import Batch
from ._heads import Head
from ._parameters import Gradients, Layout, zeros_like


class Model:
    """Base of networks. They hold settings; parameters and data come as arguments.

    A subclass has ``layers``, writes ``hidden`` and ``backward``, and says what
    ``head`` is.

    Attributes
    ----------
    layers : dict of str -> Module
        In the order of their parameters. "output" is the head.
    layout : Layout
        Of the flat parameter vector; names are "layer.parameter".
    head : Head

    Examples
    --------
    >>> import numpy as np
    >>> from sksequence.cells import GRUCell
    >>> from sksequence.network import Batch, LinearHead, Network, Recurrent
    >>> from sksequence.sequences import Steps
    >>> model = Network({
    ...     "rnn0": Recurrent(GRUCell(), 2, 3), "output": LinearHead(3, 1, "squared")
    ... })
    >>> theta = model.init(np.random.RandomState(0), np.float64)
    >>> batch = Batch(np.ones((3, 2)), Steps([2, 1]), np.ones((3, 1)), np.ones(3))
    >>> loss, gradients = model.loss_and_gradients(theta, batch)
    >>> theta -= 0.1 * gradients.to_vector()  # a step downhill
    >>> bool(model.loss_and_gradients(theta, batch)[0] < loss)
    True
    """

    layers: Mapping[str, Any]
    head: Head

    @cached_property
    def layout(self) -> Layout:
        parts = Composite(self.layers)
        return Layout(parts.shapes(), set(parts.tables), set(parts.exempt))

    def init(self, rng: np.random.RandomState, dtype: npt.DTypeLike) -> FloatArray:
        """A flat vector of start values.

        Parameters
        ----------
        rng : RandomState
        dtype : dtype

        Returns
        -------
        theta : ndarray of shape (layout.size,)
        """
        theta = np.zeros(self.layout.size, dtype=dtype)
        Composite(self.layers).init(self.layout.views(theta), rng)
        return theta

    @cached_property
    def shared_work(self) -> int:
        """See ``Module.shared_work``."""
        return Composite(self.layers).shared_work()

    # -- the head ----------------------------------------------------------------------

    def head_params(self, theta: FloatArray) -> Params:
        """The parameters of the head, by name."""
        params = scope(self.layout.views(theta), "output")
        if self.head.tied:
            params["W"] = self.layout.view(theta, "embedding.E")
        return params

    def head_grads(self, gradients: Gradients) -> Grads:
        """Where the gradients of the parameters of the head belong, by name."""
        views = gradients.views()
        grads = scope(views, "output")
        if self.head.tied:
            grads["W"] = views["embedding.E"]
            if not self.layers["embedding"].trainable:
                grads["W"] = zeros_like(grads["W"])  # is not used
        return grads

    # -- the loss ----------------------------------------------------------------------

    def hidden(
        self,
        theta: FloatArray,
        batch: Batch,
        rng: Any = None,
        *,
        workspace: Workspace | None = None,
        worker: Executor | None = None,
    ) -> tuple[FloatArray, Any]:
        """What the head sees of a batch.

        Parameters
        ----------
        theta, batch, rng, workspace, worker
            As in ``loss_and_gradients``.

        Returns
        -------
        H : ndarray of shape (n_targets, n_units)
        tape
            For ``backward``.
        """
        raise NotImplementedError(f"{type(self).__name__} must define 'hidden'.")

    def backward(
        self, theta: FloatArray, dH: FloatArray, tape: Any, gradients: Gradients
    ) -> Gradients | None:
        """Add the gradients of all parameters below the head, from that of ``hidden``.

        Parameters
        ----------
        theta : ndarray of shape (layout.size,)
        dH : ndarray of shape (n_targets, n_units)
        tape
            From ``hidden``; not changed.
        gradients : Gradients
        """
        raise NotImplementedError(f"{type(self).__name__} must define 'backward'.")

    def loss_and_gradients(
        self,
        theta: FloatArray,
        batch: Batch,
        rng: Any = None,
        workspace: Workspace | None = None,
        worker: Executor | None = None,
    ) -> tuple[float, Gradients]:
        """The weighted sum of the losses of a batch, and its gradients.

        Parameters
        ----------
        theta : ndarray of shape (layout.size,)
        batch : Batch
        rng : RandomState, or what has its ``random_sample``, default=None
            For dropout; None means no dropout. An encoder-decoder may have a pair.
        workspace : Workspace, default=None
            Memory to use again; what the call before returned is then overwritten.
        worker : Executor with one thread, default=None
            A second thread for large pieces of work.

        Returns
        -------
        loss : float
        Gradients
        """
        H, tape = self.hidden(theta, batch, rng, workspace=workspace, worker=worker)
        gradients = Gradients(self.layout, theta.dtype)
        loss, dH = self.head.loss(
            self.head_params(theta),
            self.head_grads(gradients),
            H,
            batch,
            workspace and workspace.part("output"),
            worker,
        )
        self.backward(theta, dH, tape, gradients)
        return loss, gradients
