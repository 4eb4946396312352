"""Layers that treat each row by itself: dense, embedding, standardize, dropout.

::

    Dense:        Y = activation(X W + b)    where X may be sparse
    Embedding:    Y = E[ids]     or, for sparse steps,  Y = X E
    Standardize:  Y = (X - mean) / scale
    Dropout:      Y = X m        with one mask m per sequence
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeAlias, Unpack

import numpy as np
from scipy import sparse

from .._typing import FloatArray, Grads, Params, Rows, Shapes, SupportsRandomSample
from ..cells import add_rows, used_columns
from ..sequences import Steps
from ._base import Layer, Options, glorot_uniform


def _tanh_derivative(y):
    return 1 - y * y


def _relu(z):
    return z * (z.real > 0)


def _relu_derivative(y):
    return y.real > 0


def _logistic(z):
    return (np.tanh(z / 2) + 1) / 2


def _logistic_derivative(y):
    return y * (1 - y)


Function: TypeAlias = Callable[[FloatArray], FloatArray]

# name: (function, its derivative from its value)
ACTIVATIONS: dict[str, tuple[Function | None, Function | None]] = {
    "identity": (None, None),
    "relu": (_relu, _relu_derivative),
    "tanh": (np.tanh, _tanh_derivative),
    "logistic": (_logistic, _logistic_derivative),
}


class Dense(Layer):
    """Y = activation(X W + b), the same at every row.

    Parameters
    ----------
    n_in, n_out : int
    activation : {"identity", "relu", "tanh", "logistic"}, default="identity"
    sparse_input : bool, default=False
        Whether the rows are CSR rows, so that W takes row-sparse gradients.

    Examples
    --------
    >>> import numpy as np
    >>> from sksequence.network import Dense
    >>> from sksequence.sequences import Steps
    >>> layer = Dense(2, 3)
    >>> params = {"W": np.ones((2, 3)), "b": np.array([0.0, 1.0, 2.0])}
    >>> X = np.array([[1.0, 2.0], [3.0, 4.0]])
    >>> Y, tape = layer.forward(params, X, Steps([2]))
    >>> Y
    array([[3., 4., 5.],
           [7., 8., 9.]])

    The gradients of the sum of Y:

    >>> grads = {name: np.zeros_like(values) for name, values in params.items()}
    >>> layer.backward(params, grads, np.ones_like(Y), tape)
    array([[3., 3.],
           [3., 3.]])
    >>> grads["W"], grads["b"]
    (array([[4., 4., 4.],
           [6., 6., 6.]]), array([2., 2., 2.]))
    """

    def __init__(
        self,
        n_in: int,
        n_out: int,
        activation: Literal["identity", "relu", "tanh", "logistic"] = "identity",
        sparse_input: bool = False,
    ) -> None:
        self.n_in, self.n_out = n_in, n_out
        self.tables = ("W",) if sparse_input else ()
        self.function, self.derivative = ACTIVATIONS[activation]

    def shapes(self) -> Shapes:
        return {"W": (self.n_in, self.n_out), "b": (self.n_out,)}

    def init(self, params: Params, rng: np.random.RandomState) -> None:
        """W Glorot uniform, b zero."""
        params["W"][:] = glorot_uniform(rng, (self.n_in, self.n_out))
        params["b"][:] = 0

    def forward(
        self,
        params: Params,
        X: Rows,
        steps: Steps | None,
        rng: SupportsRandomSample | None = None,
        **options: Unpack[Options],
    ) -> tuple[FloatArray, Any]:
        Z = X @ params["W"]
        Z += params["b"]  # (1)
        Y = Z if self.function is None else self.function(Z)  # (2)
        return Y, (X, Y)

    def backward(
        self,
        params: Params,
        grads: Grads,
        dY: FloatArray,
        tape: Any,
        need_dX: bool = True,
    ) -> FloatArray | Any:
        X, Y = tape
        dZ = dY if self.derivative is None else dY * self.derivative(Y)  # (2)
        if sparse.issparse(X):
            rows, X = used_columns(X)
            add_rows(grads["W"], rows, X.T @ dZ)  # (1)
        else:
            grads["W"] += X.T @ dZ  # (1)
        grads["b"] += dZ.sum(axis=0)
        return dZ @ params["W"].T if need_dX else None


class Embedding(Layer):
    """One vector a token: rows of a table E, whose gradient is row-sparse.

    Sparse steps are bags of tokens: the sum of their vectors, each times its count.

    Parameters
    ----------
    n_tokens, n_units : int
    trainable : bool, default=True
        Whether the table has a gradient.
    rows : bool, default=True
        Whether the gradient is that of some rows. If not, it is that of the whole
        table, as suits an embedding whose table is the weights of an output too.
    scale : float, default=None
        Standard deviation of the start values. None: 1 / sqrt(n_units), so that a
        vector's length is about 1.

    Examples
    --------
    >>> import numpy as np
    >>> from sksequence.network import Embedding
    >>> from sksequence.sequences import Steps
    >>> layer = Embedding(3, 2)
    >>> params = {"E": np.array([[0.0, 0.0], [1.0, 2.0], [3.0, 4.0]])}
    >>> layer.forward(params, np.array([2, 1, 2]), Steps([3]))[0]
    array([[3., 4.],
           [1., 2.],
           [3., 4.]])
    """

    def __init__(
        self,
        n_tokens: int,
        n_units: int,
        trainable: bool = True,
        rows: bool = True,
        scale: float | None = None,
    ) -> None:
        self.n_tokens, self.n_units, self.trainable = n_tokens, n_units, trainable
        self.scale = 1 / np.sqrt(n_units) if scale is None else scale
        self.tables = ("E",) if rows else ()
        self.exempt = () if trainable else ("E",)

    def shapes(self) -> Shapes:
        return {"E": (self.n_tokens, self.n_units)}

    def init(self, params: Params, rng: np.random.RandomState) -> None:
        """E normal, with the standard deviation ``scale``."""
        params["E"][:] = rng.standard_normal((self.n_tokens, self.n_units))
        params["E"][:] *= self.scale

    def forward(
        self,
        params: Params,
        X: Rows,
        steps: Steps | None,
        rng: SupportsRandomSample | None = None,
        **options: Unpack[Options],
    ) -> tuple[FloatArray, Any]:
        Y = X @ params["E"] if sparse.issparse(X) else params["E"][X]
        return Y, X

    def backward(
        self,
        params: Params,
        grads: Grads,
        dY: FloatArray,
        tape: Any,
        need_dX: bool = True,
    ) -> None:
        """The gradient of E; tokens have none, so dX is None."""
        if not self.trainable:
            return
        X = tape
        if sparse.issparse(X):
            rows, compressed = used_columns(X)
            add_rows(grads["E"], rows, compressed.T @ dY)
        else:
            add_rows_of_ids(grads["E"], X, dY)


def add_rows_of_ids(grad, ids, values):
    """Add each row of ``values`` to the row of a gradient that its id names.

    Parameters
    ----------
    grad : ndarray or RowGradient
    ids : ndarray of int, shape (n,)
        In any order, and more than once.
    values : ndarray of shape (n, ...)
    """
    rows, place = np.unique(ids, return_inverse=True)
    ones = np.ones(len(ids), values.real.dtype)
    sums = sparse.csr_matrix((ones, (place, np.arange(len(ids)))))
    add_rows(grad, rows, sums @ values)


class Standardize(Layer):
    """Each feature of a step by its mean and scale: (x - mean) / scale.

    Both are parameters that training does not change. Of sparse steps only the scale
    counts, so that zeros stay zeros.

    Parameters
    ----------
    n_features : int
    sparse_input : bool, default=False
        Whether the steps are CSR rows, of which there may be very many features: then
        no update looks at all of them.

    Examples
    --------
    >>> import numpy as np
    >>> from sksequence.network import Standardize
    >>> from sksequence.sequences import Steps
    >>> params = {"mean": np.array([10.0]), "scale": np.array([2.0])}
    >>> X = np.array([[8.0], [10.0], [14.0]])
    >>> Standardize(1).forward(params, X, Steps([3]))[0].ravel()
    array([-1.,  0.,  2.])
    """

    exempt = ("mean", "scale")
    trainable = False

    def __init__(self, n_features: int, sparse_input: bool = False) -> None:
        self.n_features = n_features
        self.tables = self.exempt if sparse_input else ()

    def shapes(self) -> Shapes:
        return {"mean": (self.n_features,), "scale": (self.n_features,)}

    def init(self, params: Params, rng: np.random.RandomState) -> None:
        """Mean 0 and scale 1, until there are data."""
        params["mean"][:] = 0
        params["scale"][:] = 1

    def forward(
        self,
        params: Params,
        X: Rows,
        steps: Steps | None,
        rng: SupportsRandomSample | None = None,
        **options: Unpack[Options],
    ) -> tuple[Rows, Any]:
        if not sparse.issparse(X):
            Y = X - params["mean"]
            Y /= params["scale"]
            return Y, None
        values = X.data / params["scale"][X.indices]
        return type(X)((values, X.indices, X.indptr), shape=X.shape), None

    def backward(
        self,
        params: Params,
        grads: Grads,
        dY: FloatArray,
        tape: Any,
        need_dX: bool = True,
    ) -> FloatArray | Any:
        return dY / params["scale"] if need_dX else None


class Dropout(Layer):
    """Variational dropout: one mask for each sequence, the same at all its steps [1]_.

    Parameters
    ----------
    rate : float in [0, 1)
        Probability of a zero. Values that are not set to zero are divided by 1 - rate.

    References
    ----------
    .. [1] Gal & Ghahramani, "A theoretically grounded application of dropout in
       recurrent neural networks", NeurIPS 2016.

    Examples
    --------
    Two sequences, of two steps and of one: the last row is the second step of the
    first.

    >>> import numpy as np
    >>> from sksequence.network import Dropout
    >>> from sksequence.sequences import Steps
    >>> rng = np.random.RandomState(0)
    >>> Dropout(0.5).forward({}, np.ones((3, 4)), Steps([2, 1]), rng)[0]
    array([[2., 2., 2., 2.],
           [0., 2., 0., 2.],
           [2., 2., 2., 2.]])
    """

    def __init__(self, rate: float) -> None:
        self.rate = rate

    def forward(
        self,
        params: Params,
        X: Rows,
        steps: Steps,
        rng: SupportsRandomSample | None = None,
        **options: Unpack[Options],
    ) -> tuple[FloatArray, Any]:
        if rng is None:
            return X, None
        mask = dropout_mask(rng, self.rate, (steps.n_sequences, X.shape[1]), X.dtype)
        mask = mask[steps.sequence_of_row]
        return X * mask, mask

    def backward(
        self,
        params: Params,
        grads: Grads,
        dY: FloatArray,
        tape: Any,
        need_dX: bool = True,
    ) -> FloatArray | Any:
        return dY if tape is None else dY * tape


def dropout_mask(rng, rate, shape, dtype):
    """Zeros with probability ``rate``, else 1 / (1 - rate)."""
    kept = rng.random_sample(shape) >= rate
    return np.where(kept, 1 / (1 - rate), 0).astype(np.dtype(dtype).type(0).real.dtype)
