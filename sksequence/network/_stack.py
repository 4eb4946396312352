"""A stack: named layers one on the other, over packed rows."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from typing import Any

from .._typing import FloatArray, Grads, Params, Rows, State, SupportsRandomSample
from ..cells import Workspace
from ..sequences import Steps
from ._base import Composite, Layer
from ._recurrent import Recurrent


class Stack(Composite, Layer):
    """Layers one on the other, seen as one.

    Parameters
    ----------
    layers : dict of str -> Layer
        From the lowest to the highest.

    Examples
    --------
    >>> import numpy as np
    >>> from sksequence.network import Dense, Stack
    >>> from sksequence.sequences import Steps
    >>> stack = Stack({"low": Dense(1, 2), "high": Dense(2, 1)})
    >>> params = {name: np.ones(shape) for name, shape in stack.shapes().items()}
    >>> X = np.array([[1.0], [2.0]])
    >>> stack.forward(params, X, Steps([2]), below="high")[0]
    array([[2., 2.],
           [3., 3.]])
    >>> stack.forward(params, X, Steps([2]))[0].ravel()
    array([5., 7.])
    """

    def __init__(self, layers: Mapping[str, Layer]) -> None:
        super().__init__(layers)
        self._keys = {  # of parameters: here, and in their layer
            name: [(f"{name}.{key}", key) for key in layer.shapes()]
            for name, layer in layers.items()
        }
        learns = [bool(layer.shapes() and layer.trainable) for layer in layers.values()]
        self._lowest = learns.index(True) if True in learns else len(learns)

    def _own(self, params, name):
        """The parameters of a layer, by its own names."""
        return {key: params[full] for full, key in self._keys[name]}

    @property
    def pools(self) -> bool:  # type: ignore[override]
        return any(layer.pools for layer in self.layers.values())

    def forward(
        self,
        params: Params,
        X: Rows,
        steps: Steps,
        rng: SupportsRandomSample | None = None,
        *,
        below: str | None = None,
        states: State | None = None,
        static: FloatArray | None = None,
        need_tape: bool = True,
        workspace: Workspace | None = None,
        worker: Executor | None = None,
    ) -> tuple[FloatArray, list[Any]]:
        """What comes out of the highest layer.

        Parameters
        ----------
        params, X, steps, rng, need_tape, workspace, worker
            As in ``Layer``.
        below : str, default=None
            Stop before the layer of this name.
        states : dict of str -> tuple of ndarray, default=None
            Initial states of the recurrent layers by name; those after the last step
            take their place. None: zeros.
        static : ndarray of shape (n_sequences, n_static), default=None
            What is known of each sequence as a whole, for the layer that joins it.

        Returns
        -------
        Y : ndarray of shape (n_rows or n_sequences, ...)
        tape : list
            One for each layer.
        """
        tape = []
        for name, layer in self.layers.items():
            if name == below:
                break
            options: dict[str, Any] = {"need_tape": need_tape, "worker": worker}
            if workspace is not None:
                options["workspace"] = workspace.part(name)
            of_layer = states if isinstance(layer, Recurrent) else None
            if of_layer is not None:
                options["initial"] = of_layer.get(name)
            if layer.joins:
                options["static"] = static
            own = self._own(params, name)
            X, kept = layer.forward(own, X, steps, rng, **options)
            if of_layer is not None:
                of_layer[name] = kept.final
            tape.append(kept)
            if layer.pools:
                steps = steps.pooled
        return X, tape

    def backward(
        self,
        params: Params,
        grads: Grads,
        dY: FloatArray,
        tape: Any,
        need_dX: bool = True,
        *,
        dstates: State | None = None,
    ) -> FloatArray | Any:
        """The gradient of what went into the lowest layer.

        Parameters
        ----------
        params, grads, dY, tape, need_dX
            As in ``Layer``. The tape is of all layers or of the lower ones.
        dstates : dict of str -> tuple of ndarray, default=None
            Gradients of the final states of the recurrent layers by name, zeros where
            there are none; those of the initial states take their place.

        Returns
        -------
        dX : ndarray like X, or None
        """
        lowest = 0 if need_dX else self._lowest  # no layer below that learns
        layers = list(self.layers.items())
        for k in range(len(tape) - 1, lowest - 1, -1):
            (name, layer), kept = layers[k], tape[k]
            of_layer = self._own(params, name), self._own(grads, name)
            needed = need_dX or k > lowest
            if dstates is not None and isinstance(layer, Recurrent):
                dY, dstates[name] = layer.backward_with_states(
                    *of_layer, dY, kept, needed, dstates.get(name)
                )
            else:
                dY = layer.backward(*of_layer, dY, kept, need_dX=needed)
        return dY if need_dX else None
