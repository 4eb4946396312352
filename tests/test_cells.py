"""Each cell alone: gradients by complex step, states in and out, laws, torch."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import sparse
from sklearn.base import clone

from sksequence.cells import CELLS, Cell, GRUCell, LSTMCell, RNNCell, SimpleGRUCell
from sksequence.sequences import Steps

ALL_CELLS = {
    **CELLS,
    "gru reset_after": GRUCell(reset_after=True),
    "lstm peephole previous": LSTMCell(peephole="previous"),
}
LENGTHS = [6, 5, 5, 2, 1]

every_cell = pytest.mark.parametrize("cell", ALL_CELLS.values(), ids=ALL_CELLS.keys())


class Problem:
    """A cell with random weights, rows, states, and weights of a linear loss."""

    def __init__(self, cell, masked=False, n_features=3, n_units=4, seed=0):
        rng = np.random.default_rng(seed)
        self.cell, self.steps = cell, Steps(LENGTHS)
        n, n_rows = len(LENGTHS), sum(LENGTHS)
        shapes = cell.shapes(n_features, n_units)
        self.params = {k: 0.6 * rng.standard_normal(s) for k, s in shapes.items()}
        self.X = rng.standard_normal((n_rows, n_features))
        self.initial = tuple(rng.standard_normal((n, n_units)) for _ in cell.states)
        self.mask = rng.integers(0, 2, (n, n_units)) * 1.5 if masked else None
        self.dH = rng.standard_normal((n_rows, n_units))
        self.dfinal = tuple(rng.standard_normal((n, n_units)) for _ in cell.states)

    def inputs(self):
        """Everything with a gradient, by name."""
        named = dict(zip(self.cell.states, self.initial, strict=True))
        return {**self.params, "X": self.X, **{f"initial {k}": v for k, v in named.items()}}

    def loss(self, **changed):
        params = {k: changed.get(k, v) for k, v in self.params.items()}
        initial = tuple(
            changed.get(f"initial {k}", v)
            for k, v in zip(self.cell.states, self.initial, strict=True)
        )
        dtype = np.result_type(*changed.values())
        X = changed.get("X", self.X).astype(dtype)
        params = {k: v.astype(dtype) for k, v in params.items()}
        H, final, _ = self.cell.forward(params, X, self.steps, initial, self.mask)
        return (H * self.dH).sum() + sum(
            (f * d).sum() for f, d in zip(final, self.dfinal, strict=True)
        )

    def gradients(self):
        _, _, tape = self.cell.forward(
            self.params, self.X, self.steps, self.initial, self.mask
        )
        grads = {k: np.zeros_like(v) for k, v in self.params.items()}
        dX, dinitial = self.cell.backward(
            self.params, grads, self.dH, tape, self.dfinal
        )
        named = dict(zip(self.cell.states, dinitial, strict=True))
        return {**grads, "X": dX, **{f"initial {k}": v for k, v in named.items()}}


def complex_step(f, x, eps=1e-30):
    """df/dx, exact to rounding: Im f(x + i eps) / eps."""
    grad = np.empty(x.shape)
    for place in np.ndindex(x.shape):
        z = x.astype(complex)
        z[place] += 1j * eps
        grad[place] = f(z).imag / eps
    return grad


@every_cell
@pytest.mark.parametrize("masked", [False, True], ids=["", "recurrent dropout"])
def test_gradients_by_complex_step(cell, masked):
    problem = Problem(cell, masked)
    gradients = problem.gradients()
    for name, value in problem.inputs().items():
        expected = complex_step(lambda z, name=name: problem.loss(**{name: z}), value)
        assert np.abs(expected).max() > 1e-3, name  # the check must not be empty
        assert_allclose(
            gradients[name], expected, rtol=1e-11, atol=1e-12, err_msg=name
        )
