"""A network: named layers one on the other, the highest of which is the head."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from typing import Any

from .._typing import FloatArray, Rows, State, SupportsRandomSample
from ..cells import Workspace
from ..sequences import Steps
from ._base import Layer
from ._batch import Batch
from ._heads import Head
from ._model import Model
from ._parameters import Gradients
from ._stack import Stack


class Network(Model):
    """A stack of layers over packed rows, and a head.

    Parameters
    ----------
    layers : dict of str -> Layer
        From the lowest to the highest, which is called "output" if it is a head.

    Examples
    --------
    >>> import numpy as np
    >>> from sksequence.cells import GRUCell
    >>> from sksequence.network import LinearHead, Network, Pooling, Recurrent
    >>> from sksequence.sequences import Steps
    >>> network = Network({
    ...     "rnn0": Recurrent(GRUCell(), 2, 3),
    ...     "pooling": Pooling("last"),
    ...     "output": LinearHead(3, 4, "softmax"),
    ... })
    >>> theta = network.init(np.random.RandomState(0), np.float64)
    >>> scores, tape = network.forward(theta, np.ones((3, 2)), Steps([2, 1]))
    >>> scores.shape  # of two sequences
    (2, 4)
    >>> gradients = network.backward(theta, np.ones_like(scores), tape)
    >>> gradients.dense.shape == theta.shape
    True
    """

    def __init__(self, layers: Mapping[str, Layer]) -> None:
        self.layers, self._stack = layers, Stack(layers)

    @property
    def head(self) -> Head:  # type: ignore[override]
        """The last layer."""
        return self.layers["output"]

    def forward(
        self,
        theta: FloatArray,
        X: Rows,
        steps: Steps,
        rng: SupportsRandomSample | None = None,
        below: str | None = None,
        need_tape: bool = True,
        workspace: Workspace | None = None,
        worker: Executor | None = None,
        states: State | None = None,
        static: FloatArray | None = None,
    ) -> tuple[FloatArray, list[Any]]:
        """Scores of packed rows.

        Parameters
        ----------
        theta : ndarray of shape (layout.size,)
        X : ndarray or CSR matrix of shape (n_rows, ...)
        steps : Steps
        rng : RandomState, default=None
            None means inference: no dropout.
        below : str, default=None
            Stop before the layer of this name.
        need_tape : bool, default=True
            False where there is no backward pass: the tape cannot be used then.
        workspace : Workspace, default=None
            Memory to use again; what the call before returned is then overwritten.
        worker : Executor with one thread, default=None
            A second thread for large pieces of work.
        states : dict of str -> tuple of ndarray, default=None
            Initial states of the recurrent layers by name; those after the last step
            take their place. None: zeros.
        static : ndarray of shape (n_sequences, n_static), default=None
            What is known of each sequence as a whole, if the network joins it.

        Returns
        -------
        Y : ndarray of shape (n_rows or n_sequences, n_outputs)
        tape : list
            For ``backward``.
        """
        return self._stack.forward(
            self.layout.views(theta),
            X,
            steps,
            rng,
            below=below,
            states=states,
            static=static,
            need_tape=need_tape,
            workspace=workspace,
            worker=worker,
        )

    def hidden(
        self,
        theta: FloatArray,
        batch: Batch,
        rng: Any = None,
        *,
        workspace: Workspace | None = None,
        worker: Executor | None = None,
    ) -> tuple[FloatArray, Any]:
        return self.forward(
            theta,
            batch.rows,
            batch.steps,
            rng,
            below="output",
            workspace=workspace,
            worker=worker,
            states=batch.states,
            static=batch.static,
        )

    def backward(
        self,
        theta: FloatArray,
        dY: FloatArray,
        tape: Any,
        gradients: Gradients | None = None,
        dstates: State | None = None,
    ) -> Gradients:
        """The gradients of a loss, from that of what ``forward`` gave.

        Parameters
        ----------
        theta : ndarray of shape (layout.size,)
        dY : ndarray like what ``forward`` gave
        tape : list
            From ``forward``, of all layers or of the lower ones; not changed.
        gradients : Gradients, default=None
            To add to; None: zeros.
        dstates : dict of str -> tuple of ndarray, default=None
            Gradients of the final states of the recurrent layers by name, zeros where
            there are none; those of the initial states take their place.

        Returns
        -------
        Gradients
        """
        if gradients is None:
            gradients = Gradients(self.layout, theta.dtype)
        self._stack.backward(
            self.layout.views(theta),
            gradients.views(),
            dY,
            tape,
            need_dX=False,
            dstates=dstates,
        )
        return gradients
