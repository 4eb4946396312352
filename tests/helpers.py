"""What several test modules use."""

import numpy as np
import pytest

from sksequence import RaggedArray
from sksequence.cells import CELLS, GRUCell, LSTMCell, RNNCell


class MyCell(RNNCell):
    """A user's cell: the simple one with a share of the old state kept."""

    def __init__(self, keep=0.5):
        self.keep = keep

    activation = "tanh"
    options = {}
    carries_h = True

    def step(self, weights, z, h, before, after, saved, work):
        super().step(weights, z, h, before, after, saved, work)
        z[0][:] = after[0]
        after[0][:] = self.keep * before[0] + (1 - self.keep) * z[0]

    def local_derivatives(self, z, before, after, saved, local):
        local[0] = (1 - self.keep) * (1 - z[0] * z[0])

    def step_back(self, weights, z, local, dstates, dz, dh, work):
        super().step_back(weights, z, local, dstates, dz, dh, work)
        dstates[0][:] *= self.keep


ALL_CELLS = {
    **CELLS,
    "gru reset_after": GRUCell(reset_after=True),
    "lstm peephole previous": LSTMCell(peephole="previous"),
    "a user's": MyCell(),
}


def complex_step(f, x, eps=1e-30):
    """df/dx, exact to rounding: Im f(x + i eps) / eps.

    .. [1] Squire & Trapp, "Using complex variables to estimate derivatives of real
       functions", SIAM Review 40, 1998.
    """
    grad = np.empty(x.shape)
    for place in np.ndindex(x.shape):
        z = x.astype(complex)
        z[place] += 1j * eps
        grad[place] = f(z).imag / eps
    return grad


def slope_along(f, x, direction, eps=1e-30):
    """The derivative of f at x along a direction, exact to rounding."""
    return f(x + 1j * eps * direction).imag / eps


def ragged_data(n_sequences=40, n_features=3, n_classes=3, seed=0, low=1, high=9):
    """Sequences of unequal length whose class moves the mean of their steps."""
    rng = np.random.default_rng(seed)
    y = np.arange(n_sequences) % n_classes
    X = [
        rng.standard_normal((n, n_features))
        + 1.5 * np.sin(k * np.arange(1, n_features + 1))
        for n, k in zip(rng.integers(low, high + 1, n_sequences), y)
    ]
    return X, y


def containers(X):
    """The same sequences in every kind of X, by name."""
    pandas = pytest.importorskip("pandas")
    polars = pytest.importorskip("polars")
    pyarrow = pytest.importorskip("pyarrow")
    as_objects = np.empty(len(X), dtype=object)
    as_objects[:] = X
    nested = [x.tolist() for x in X]
    return {
        "tuple": tuple(X),
        "object array": as_objects,
        "ragged": RaggedArray.from_sequences(X),
        "nested lists": nested,
        "pandas": pandas.Series(X, index=range(100, 100 + len(X))),
        "pandas frame": pandas.DataFrame({"sequence": X}),
        "polars": polars.Series(nested),
        "pyarrow": pyarrow.array(nested),
        "pyarrow chunks": pyarrow.chunked_array([nested[:10], nested[10:]]),
    }
