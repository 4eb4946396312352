"""The worked example of "Adding a cell" in the docs does what its page says."""

import doctest
import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest
from helpers import Problem, complex_step, ragged_data
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from sksequence import RNNClassifier
from sksequence.sequences import Steps

FILE = Path(__file__).parents[1] / "docs" / "contributing" / "minimal_gated_unit.py"


@pytest.fixture(scope="module")
def module():
    if not FILE.exists():
        pytest.skip("the documentation's sources are not beside the tests")
    spec = importlib.util.spec_from_file_location(FILE.stem, FILE)
    module = importlib.util.module_from_spec(spec)
    sys.modules[FILE.stem] = module  # numba keeps what it compiles by this name
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def cell(module):
    return module.MinimalGatedUnit()


@pytest.mark.parametrize("masked", [False, True], ids=["", "recurrent dropout"])
def test_gradients_by_complex_step(cell, masked):
    rng = np.random.default_rng(0)
    steps, n_features, n_units = Steps([5, 4, 1]), 3, 4
    shapes = cell.shapes(n_features, n_units)
    inputs = {name: 0.6 * rng.standard_normal(s) for name, s in shapes.items()}
    inputs["X"] = rng.standard_normal((steps.n_rows, n_features))
    inputs["initial"] = rng.standard_normal((steps.n_sequences, n_units))
    mask = rng.integers(0, 2, (steps.n_sequences, n_units)) * 2.0 if masked else None
    dH = rng.standard_normal((steps.n_rows, n_units))

    def run(named):
        params = {name: named[name] for name in shapes}
        return cell.forward(params, named["X"], steps, (named["initial"],), mask)

    def loss(name, value):
        named = {k: v.astype(value.dtype) for k, v in inputs.items()}
        H, _, _ = run({**named, name: value})
        return (H * dH).sum()

    _, _, tape = run(inputs)
    gradients = {name: np.zeros(shape) for name, shape in shapes.items()}
    params = {name: inputs[name] for name in shapes}
    dX, (dinitial,) = cell.backward(params, gradients, dH, tape)
    gradients.update(X=dX, initial=dinitial)
    for name, value in inputs.items():
        expected = complex_step(lambda z, name=name: loss(name, z), value)
        assert np.abs(expected).max() > 1e-3  # the check must not be empty
        assert_allclose(gradients[name], expected, rtol=1e-11, atol=1e-12, err_msg=name)


def test_it_learns(cell):
    X, y = ragged_data()
    clf = RNNClassifier(8, cell=cell, max_iter=30, random_state=0).fit(X, y)
    assert clf.score(X, y) > 0.9
    assert repr(clone(clf).cell) == "MinimalGatedUnit()"


def test_it_works_in_all_kinds_of_networks(cell):
    X, y = ragged_data(n_sequences=12)
    settings = {"bidirectional": True, "recurrent_dropout": 0.2, "dropout": 0.1}
    clf = RNNClassifier((4, 3), cell=cell, max_iter=2, **settings).fit(X, y)
    assert clf.transform(X).shape == (12, 6)


def test_it_stands_in_a_grid_beside_names(cell):
    X, y = ragged_data()
    clf = RNNClassifier(6, max_iter=5, random_state=0)
    search = GridSearchCV(clf, {"cell": ["gru", cell]}, cv=2).fit(X, y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_its_docstring_is_true(module):
    assert doctest.testmod(module).failed == 0


# -- compiled --------------------------------------------------------------------------


@pytest.mark.parametrize("chunk", [4, 9, 30])
@pytest.mark.parametrize("masked", [False, True], ids=["", "recurrent dropout"])
def test_compiled_loops_are_numpys(cell, masked, chunk, monkeypatch):
    pytest.importorskip("numba")
    monkeypatch.setattr("sksequence.cells._tape.CHUNK", chunk * 4 * len(cell.gates))
    problem, compiled = Problem(cell, masked), Problem(cell.compiled(), masked)
    expected, found = problem.gradients(), compiled.gradients()
    for name, value in expected.items():
        assert_allclose(found[name], value, rtol=1e-12, atol=1e-13, err_msg=name)
    args = problem.params, problem.X, problem.steps, problem.initial, problem.mask
    (H, *_), (H_compiled, *_) = (c.forward(*args) for c in (cell, compiled.cell))
    assert_allclose(H_compiled, H, rtol=1e-12, atol=1e-14)


def test_an_estimator_runs_them(cell):
    """No warning says that there are none, and the fit is NumPy's."""
    pytest.importorskip("numba")
    X, y = ragged_data(n_sequences=12)
    settings = {"bidirectional": True, "recurrent_dropout": 0.2, "random_state": 0}
    settings |= {"cell": cell, "max_iter": 3}
    of_numpy, of_numba, again = (
        RNNClassifier((4, 3), engine=engine, **settings).fit(X, y)
        for engine in ("numpy", "numba", "numba")
    )
    assert_allclose(of_numba.theta_, of_numpy.theta_, rtol=1e-6, atol=1e-9)
    assert_array_equal(again.theta_, of_numba.theta_)


def test_the_file_itself_needs_no_numba(module):
    lines = FILE.read_text(encoding="utf-8").splitlines()
    imports = [line for line in lines if "import" in line]
    assert imports[-1].startswith("    from sksequence.cells import compiled")
    assert not any("compiled" in line or "numba" in line for line in imports[:-1])
