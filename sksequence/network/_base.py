"""The contracts of modules, which own parameters, and of layers.

All hold settings only. Parameters and data come as arguments, so that the same object
may be used by several threads.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from typing import Any, TypedDict, TypeVar, Unpack

import numpy as np
import numpy.typing as npt

from .._typing import FloatArray, Grads, Params, Rows, Shapes, SupportsRandomSample
from ..cells import Workspace
from ..sequences import Steps

T = TypeVar("T")


class Options(TypedDict, total=False):
    """What ``forward`` of any layer may be told; not all layers look."""

    need_tape: bool
    workspace: Workspace | None
    worker: Executor | None


class Module:
    """Base of everything that owns parameters.

    Attributes
    ----------
    tables : tuple of str
        Names of parameters with row-sparse gradients.
    exempt : tuple of str
        Names of parameters without an L2 penalty: biases, and what is not trained.
    trainable : bool
        Whether training changes its parameters, if it has any.

    Examples
    --------
    >>> from sksequence.network import Dense
    >>> module = Dense(2, 3)
    >>> module.shapes(), module.tables, module.exempt
    ({'W': (2, 3), 'b': (3,)}, (), ('b',))
    """

    tables: tuple[str, ...] = ()
    exempt: tuple[str, ...] = ("b",)
    trainable: bool = True

    def shapes(self) -> Shapes:
        """Shapes of the parameters, dict of str -> tuple of int."""
        return {}

    def shared_work(self) -> int:
        """Products of numbers a row in loops that threads can share.

        0 where there are none, as they keep Python's lock.
        """
        return 0

    def init(self, params: Params, rng: np.random.RandomState) -> None:
        """Fill the parameters in place.

        Parameters
        ----------
        params : dict of str -> ndarray
        rng : RandomState
        """


class Layer(Module):
    """Base of layers: packed rows in, rows out.

    Attributes
    ----------
    pools : bool
        Whether it makes one row of each sequence.
    joins : bool
        Whether it is told what is known of sequences as a whole: ``static``.

    Examples
    --------
    A layer that has no parameters, and negates its rows:

    >>> import numpy as np
    >>> from sksequence.network import Layer
    >>> from sksequence.sequences import Steps
    >>> class Negate(Layer):
    ...     def forward(self, params, X, steps, rng=None, **options):
    ...         return -X, None
    ...
    ...     def backward(self, params, grads, dY, tape, need_dX=True):
    ...         return -dY if need_dX else None
    >>> Negate().forward({}, np.array([[1.0], [2.0]]), Steps([2]))[0].ravel()
    array([-1., -2.])
    """

    pools: bool = False
    joins: bool = False

    def forward(
        self,
        params: Params,
        X: Rows,
        steps: Steps,
        rng: SupportsRandomSample | None = None,
        **options: Unpack[Options],
    ) -> tuple[FloatArray, Any]:
        """What comes out, and what ``backward`` needs.

        Parameters
        ----------
        params : dict of str -> ndarray
        X : ndarray or CSR matrix of shape (n_rows, ...)
            Packed rows.
        steps : Steps
            How they lie; only some layers look.
        rng : RandomState, or what has its ``random_sample``, default=None
            For dropout; None means inference.
        **options
            ``need_tape=False`` where there is no backward pass; ``workspace``, memory
            to use again; ``worker``, a second thread. A layer may ignore them.

        Returns
        -------
        Y : ndarray of shape (n_rows or n_sequences, ...)
        tape
        """
        raise NotImplementedError(f"{type(self).__name__} must define 'forward'.")

    def backward(
        self,
        params: Params,
        grads: Grads,
        dY: FloatArray,
        tape: Any,
        need_dX: bool = True,
    ) -> FloatArray | Any:
        """The gradient of what went in, from that of what came out.

        Parameters
        ----------
        params, grads : dict of str -> ndarray
            The gradients of the parameters are added to the latter.
        dY : ndarray like Y
        tape
            From ``forward``. Neither it nor ``dY`` is changed: until ``forward`` is
            called with the same workspace, the same call gives the same again.
        need_dX : bool, default=True
            Whether dX is wanted.

        Returns
        -------
        dX : ndarray like X, or None
        """
        raise NotImplementedError(f"{type(self).__name__} must define 'backward'.")


class Composite(Module):
    """Modules by name, seen as one whose parameters are called "name.parameter".

    Parameters
    ----------
    layers : dict of str -> Module
        In the order of their parameters.

    Examples
    --------
    >>> from sksequence.network import Composite, Dense
    >>> both = Composite({"low": Dense(2, 3), "high": Dense(3, 1)})
    >>> both.shapes()
    {'low.W': (2, 3), 'low.b': (3,), 'high.W': (3, 1), 'high.b': (1,)}
    >>> both.exempt
    ('low.b', 'high.b')
    """

    def __init__(self, layers: Mapping[str, Module]) -> None:
        self.layers: Mapping[str, Any] = layers

    @property
    def tables(self) -> tuple[str, ...]:  # type: ignore[override]
        return self._names("tables")

    @property
    def exempt(self) -> tuple[str, ...]:  # type: ignore[override]
        return self._names("exempt")

    def _names(self, kind):
        return tuple(
            f"{name}.{key}"
            for name, layer in self.layers.items()
            for key in getattr(layer, kind)
        )

    def shapes(self) -> Shapes:
        return {
            f"{name}.{key}": shape
            for name, layer in self.layers.items()
            for key, shape in layer.shapes().items()
        }

    def shared_work(self) -> int:
        return sum(layer.shared_work() for layer in self.layers.values())

    def init(self, params: Params, rng: np.random.RandomState) -> None:
        for name, layer in self.layers.items():
            layer.init(scope(params, name), rng)


def glorot_uniform(
    rng: np.random.RandomState, shape: tuple[int, int]
) -> npt.NDArray[np.float64]:
    """Start values of a matrix [1]_.

    .. [1] Glorot & Bengio, "Understanding the difficulty of training deep feedforward
       neural networks", AISTATS 2010.
    """
    bound = np.sqrt(6 / sum(shape))
    return rng.uniform(-bound, bound, shape)


def scope(named: Mapping[str, T], prefix: str) -> dict[str, T]:
    """The entries whose names begin with ``prefix.``, under the rest of their name."""
    start = len(prefix) + 1
    return {k[start:]: v for k, v in named.items() if k.startswith(prefix + ".")}
