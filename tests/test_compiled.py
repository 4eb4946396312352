"""Compiled loops: NumPy's results, gradients, and what tanh and sigm are worth."""

from concurrent.futures import ThreadPoolExecutor

import joblib
import numpy as np
import pytest
from helpers import ALL_CELLS, LENGTHS, Problem
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse

pytest.importorskip("numba")

from sksequence.cells import CellStepper, Workspace, brings_compiled, with_engine
from sksequence.cells.compiled import jit, relu, sigm, tanh
from sksequence.cells.compiled._base import CompiledCell
from sksequence.sequences import Steps

COMPILED = {name: cell for name, cell in ALL_CELLS.items() if brings_compiled(cell)}
TOLERANCE = {np.float64: 1e-12, np.float32: 2e-5}  # of the largest number

every_cell = pytest.mark.parametrize("cell", COMPILED.values(), ids=COMPILED.keys())
every_dtype = pytest.mark.parametrize("dtype", TOLERANCE, ids=["float64", "float32"])


def pair(cell, *args, dtype=np.float64, **settings):
    """The same problem for a cell in NumPy and compiled."""
    problems = [Problem(c, *args, **settings) for c in (cell, cell.compiled())]
    assert isinstance(problems[1].cell, CompiledCell)
    return [of_type(problem, dtype) for problem in problems]


def of_type(problem, dtype):
    for name, value in vars(problem).items():
        if isinstance(value, np.ndarray):
            setattr(problem, name, value.astype(dtype))
        elif isinstance(value, tuple):
            setattr(problem, name, tuple(v.astype(dtype) for v in value))
        elif isinstance(value, dict):
            setattr(problem, name, {k: v.astype(dtype) for k, v in value.items()})
    return problem


def results(problem, X=None, with_states=True, **options):
    """Everything that a cell returns, by name."""
    p, X = problem, problem.X if X is None else X
    initial, dfinal = (p.initial, p.dfinal) if with_states else (None, None)
    H, final, tape = p.cell.forward(p.params, X, p.steps, initial, p.mask, **options)
    found = {"H": H.copy()}  # a workspace has room for the next
    found.update((f"final {k}", v.copy()) for k, v in zip(p.cell.states, final))
    if tape is None:
        return found
    grads = {k: np.zeros_like(v) for k, v in p.params.items()}
    dX, dinitial = p.cell.backward(p.params, grads, p.dH, tape, dfinal)
    if dX is not None:
        grads["X"] = dX
    found.update((f"d{k}", v.copy()) for k, v in grads.items())
    found.update((f"dinitial {k}", v) for k, v in zip(p.cell.states, dinitial))
    return found


def assert_close(found, expected, dtype=np.float64):
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        assert found[name].dtype == value.dtype == dtype, name
        atol = TOLERANCE[dtype] * np.abs(value).max()
        assert_allclose(found[name], value, rtol=0, atol=atol, err_msg=name)


# -- the same as NumPy -----------------------------------------------------------------


SHAPES = {
    "ragged": LENGTHS,
    "equal": [5, 5, 5],
    "one sequence": [7],
    "one step": [1, 1, 1],
    "one number": [1],
}


@every_cell
@every_dtype
@pytest.mark.parametrize("masked", [False, True], ids=["", "recurrent dropout"])
@pytest.mark.parametrize("lengths", SHAPES.values(), ids=SHAPES.keys())
def test_results_are_numpys(cell, dtype, masked, lengths):
    for with_states in (False, True):
        reference, problem = pair(cell, masked, dtype=dtype, lengths=lengths)
        expected = results(reference, with_states=with_states)
        assert_close(results(problem, with_states=with_states), expected, dtype)


@every_cell
@pytest.mark.parametrize("n_units", [1, 3, 70, 105])
def test_any_number_of_units(cell, n_units):
    reference, problem = pair(cell, n_units=n_units)
    assert_close(results(problem), results(reference))


@every_cell
@every_dtype
@pytest.mark.parametrize("n_units", [1, 4, 105])
@pytest.mark.parametrize("length", [1, 7])
def test_one_sequence_without_a_tape(cell, dtype, n_units, length, monkeypatch):
    """It has a loop of its own, which takes the weights as they lie."""
    reference, problem = pair(cell, n_units=n_units, lengths=[length], dtype=dtype)
    for params in (reference.params, problem.params):
        params["U"] /= params["U"].dtype.type(n_units**0.5)  # or rounding grows
    kind, taken = type(problem.cell), []
    loop_one = kind.loop_one

    def watched(self, *args):
        taken.append(self)
        loop_one(self, *args)

    monkeypatch.setattr(kind, "loop_one", watched)
    for with_states in (False, True):
        options = {"with_states": with_states, "need_tape": False}
        before = {name: values.copy() for name, values in problem.params.items()}
        assert_close(results(problem, **options), results(reference, **options), dtype)
        for name, values in before.items():
            assert_array_equal(problem.params[name], values)
    assert taken == [problem.cell] * 2


@every_cell
@pytest.mark.parametrize("masked", [False, True], ids=["", "recurrent dropout"])
@pytest.mark.parametrize("rows", [1, 4, 9])
def test_in_small_chunks(cell, masked, rows, monkeypatch):
    reference, problem = pair(cell, masked)
    expected = results(reference)
    monkeypatch.setattr("sksequence.cells._tape.CHUNK", rows * 4 * len(cell.gates))
    assert_close(results(problem), expected)


@every_cell
def test_without_a_tape_and_with_a_worker(cell, monkeypatch):
    reference, problem = pair(cell)
    expected = results(reference)
    states = {k: v for k, v in expected.items() if k == "H" or k.startswith("final")}
    monkeypatch.setattr("sksequence.cells._tape.CHUNK", 4 * 4 * len(cell.gates))
    monkeypatch.setattr("sksequence.cells._tape.WORKER_STEP_SIZE", 0)
    assert_close(results(problem, need_tape=False), states)
    with ThreadPoolExecutor(1) as worker:
        assert_close(results(problem, need_tape=False, worker=worker), states)
        assert_close(results(problem, worker=worker), expected)


@every_cell
@every_dtype
def test_sparse_steps(cell, dtype):
    reference, problem = pair(cell, dtype=dtype)
    X = sparse.csr_matrix(problem.X * (problem.X > 0.5))
    assert_close(results(problem, X), results(reference, X), dtype)


@every_cell
def test_a_workspace_is_used_again(cell):
    _, small = pair(cell, seed=1, lengths=[3, 2])
    _, problem = pair(cell)
    expected, workspace = results(problem), Workspace()
    for p in (problem, small, problem):
        found = results(p, workspace=workspace)
    for name, value in expected.items():
        assert_array_equal(found[name], value)


@every_cell
def test_the_gradient_from_above_may_be_a_part_of_an_array(cell):
    """A bidirectional layer gives each direction its columns."""
    reference, problem = pair(cell)
    expected = results(reference)
    both = np.full((len(problem.dH), 8), np.nan)
    both[:, 4:] = problem.dH
    problem.dH = both[:, 4:]
    assert_close(results(problem), expected)


@every_cell
def test_read_only_and_memory_mapped_arrays(cell, tmp_path):
    reference, problem = pair(cell, masked=True)
    joblib.dump((problem.params, problem.X, problem.initial), tmp_path / "arrays")
    loaded = joblib.load(tmp_path / "arrays", mmap_mode="r")
    problem.params, problem.X, problem.initial = loaded
    assert isinstance(problem.params["U"], np.memmap)
    problem.dH.flags.writeable = False
    assert_close(results(problem), results(reference))


@every_cell
@pytest.mark.parametrize("dtype", [complex, np.longdouble])
def test_numbers_of_other_types_take_numpys_way(cell, dtype):
    reference, problem = pair(cell, masked=True, dtype=dtype)
    expected = results(reference)
    for name, value in results(problem).items():
        assert value.dtype == dtype
        assert_array_equal(value, expected[name])


@every_cell
def test_steps_of_more_digits_than_the_weights(cell):
    reference, problem = pair(cell, dtype=np.float32)
    X, expected = problem.X.astype(np.float64), results(reference)
    for p in (reference, problem):
        found = results(p, X)
        assert found["H"].dtype == np.float64
        for name, value in found.items():
            assert_allclose(value, expected[name], rtol=1e-4, atol=1e-5)


@every_cell
def test_nothing_that_comes_in_is_changed(cell):
    _, problem = pair(cell, masked=True)
    before = {k: v.copy() for k, v in problem.inputs().items()}
    dH, mask, dfinal = problem.dH.copy(), problem.mask.copy(), problem.dfinal
    dfinal = [d.copy() for d in dfinal]
    results(problem)
    for name, value in problem.inputs().items():
        assert_array_equal(value, before[name])
    for value, was in zip(
        [problem.dH, problem.mask, *problem.dfinal], [dH, mask, *dfinal]
    ):
        assert_array_equal(value, was)


@every_cell
@every_dtype
def test_single_steps(cell, dtype):
    reference, problem = pair(cell, dtype=dtype)
    steppers = [CellStepper(p.cell, p.params) for p in (reference, problem)]
    states = [problem.initial, problem.initial]
    for x in problem.X[:5]:
        X = np.tile(x, (len(LENGTHS), 1))
        states = [s.step(s.project(X), old) for s, old in zip(steppers, states)]
        expected, found = (dict(zip(cell.states, new)) for new in states)
        assert_close(found, expected, dtype)


@every_cell
def test_single_steps_of_states_that_are_parts_of_arrays(cell):
    reference, problem = pair(cell)
    steppers = [CellStepper(p.cell, p.params) for p in (reference, problem)]
    before = tuple(np.stack([s, s], axis=1)[:, 0] for s in problem.initial)
    X = problem.X[: len(LENGTHS)]
    z = steppers[0].project(X)
    expected, found = (
        dict(zip(cell.states, s.step(np.asfortranarray(z), before))) for s in steppers
    )
    assert_close(found, expected)


@every_cell
def test_nan_and_overflow_are_not_hidden(cell):
    for name in cell.shapes(3, 4):
        _, problem = pair(cell)
        problem.params[name].flat[0] = np.nan
        found = results(problem)
        assert np.isnan(found["H"]).any(), name
        assert np.isnan(found["dX"]).any(), name
    _, problem = pair(cell)
    problem.X[0, 0] = np.nan
    assert np.isnan(results(problem)["H"][0]).any()
    _, problem = pair(cell)
    problem.X[:] *= 1e200  # saturated, or large where nothing saturates
    found = results(problem)["H"]
    problem.cell = cell
    assert_close({"H": found}, {"H": results(problem)["H"]})


# -- gradients -------------------------------------------------------------------------


@every_cell
@pytest.mark.parametrize("masked", [False, True], ids=["", "recurrent dropout"])
def test_gradients_by_central_differences(cell, masked):
    """Without NumPy's loops: (f(x + e) - f(x - e)) / 2 e, from compiled loops alone."""
    _, problem = pair(cell, masked)
    gradients, eps = problem.gradients(), 1e-5
    for name, value in problem.inputs().items():
        expected = np.empty(value.shape)
        for place in np.ndindex(value.shape):
            moved = [value.copy(), value.copy()]
            moved[0][place] += eps
            moved[1][place] -= eps
            above, below = (problem.loss(**{name: x}) for x in moved)
            expected[place] = (above - below) / (2 * eps)
        assert np.abs(expected).max() > 1e-3, name  # the check must not be empty
        atol = 1e-8 * np.abs(expected).max()
        assert_allclose(gradients[name], expected, rtol=0, atol=atol, err_msg=name)


# -- tanh, sigm and relu ---------------------------------------------------------------


@jit
def at_all(x, out_tanh, out_sigm, out_relu):
    for k in range(len(x)):
        out_tanh[k], out_sigm[k], out_relu[k] = tanh(x[k]), sigm(x[k]), relu(x[k])


def activations(x):
    out = [np.empty_like(x) for _ in range(3)]
    at_all(x, *out)
    return out


def of_every_exponent(dtype):
    """Numbers of each exponent, subnormal ones too; more where tanh bends."""
    rng, info = np.random.default_rng(0), np.finfo(dtype)
    few = 12 if dtype == np.float32 else 2
    lowest, highest = info.minexp - info.nmant, info.maxexp
    bends = np.repeat(np.arange(-14, 6), 300)
    exponents = np.concatenate([np.repeat(np.arange(lowest, highest), few), bends])
    x = np.ldexp(rng.uniform(1, 2, len(exponents)), exponents).astype(dtype)
    return np.concatenate([x, -x])


# dtype: ulp of tanh, its error, the error of sigm, all at most. Measured, over all
# exponents: 4.8 ulp, 1.8e-7 and 1.2e-7 in float32 (from 2^-14 to 16 each number was
# tried); 1.3 ulp, 1.5e-16 and 1.0e-16 in float64.
LARGEST_ERRORS = {np.float32: (5, 2e-7, 1.3e-7), np.float64: (2, 2e-16, 1.5e-16)}


@every_dtype
def test_errors_of_tanh_and_sigm(dtype):
    mpmath = pytest.importorskip("mpmath")
    x = of_every_exponent(dtype)
    found_tanh, found_sigm, found_relu = activations(x)
    with mpmath.workdps(50):
        exact = [mpmath.tanh(mpmath.mpf(float(a))) for a in x]
        errors = [abs(mpmath.mpf(float(f)) - e) for f, e in zip(found_tanh, exact)]
        of_sigm = [
            abs(mpmath.mpf(float(f)) - (e + 1) / 2) for f, e in zip(found_sigm, exact)
        ]
        rounded = np.array([float(e) for e in exact]).astype(dtype)
        ulp = [float(e / float(s)) for e, s in zip(errors, np.spacing(np.abs(rounded)))]
    most_ulp, most, most_of_sigm = LARGEST_ERRORS[dtype]
    assert max(ulp) <= most_ulp
    assert float(max(errors)) <= most
    assert float(max(of_sigm)) <= most_of_sigm
    assert np.abs(found_tanh).max() <= 1
    assert found_sigm.min() >= 0
    assert found_sigm.max() <= 1
    assert_array_equal(found_tanh[len(x) // 2 :], -found_tanh[: len(x) // 2])  # odd
    assert_array_equal(found_relu, np.maximum(x, 0))


@every_dtype
def test_numbers_that_are_none_and_signs_of_zero(dtype):
    x = np.array([0.0, -0.0, np.inf, -np.inf, np.nan], dtype)
    found_tanh, found_sigm, found_relu = activations(x)
    eps = np.finfo(dtype).eps
    assert_array_equal(found_tanh[:2], [0, 0])
    assert_array_equal(np.signbit(found_tanh[:2]), [False, True])
    assert_allclose(found_tanh[2:4], [1, -1], rtol=eps)
    assert_allclose(found_sigm[:4], [0.5, 0.5, 1, 0], rtol=eps, atol=eps)
    assert_array_equal(found_relu[:4], [0, 0, np.inf, 0])
    for found in (found_tanh, found_sigm, found_relu):
        assert np.isnan(found[4])


def test_tanh_grows():
    """Over neighbours in a fine grid, to rounding."""
    for dtype in TOLERANCE:
        x = np.linspace(-12, 12, 200_001).astype(dtype)
        found, _, _ = activations(x)
        assert np.diff(found).min() >= -4 * np.finfo(dtype).eps


# -- which loops run -------------------------------------------------------------------


@every_cell
def test_compiled_loops_do_run(cell, monkeypatch):
    """What is compared above are two ways, not one."""
    for method in ("run_steps", "run_steps_back", "one_step", "project"):
        monkeypatch.delattr(f"sksequence.cells._base.{method}", raising=False)
    reference, problem = pair(cell)
    results(problem)
    CellStepper(problem.cell, problem.params).step(
        np.zeros((len(cell.gates), len(LENGTHS), 4)), problem.initial
    )
    with pytest.raises(NameError):
        results(reference)


@every_cell
def test_a_compiled_cell_is_the_same_cell(cell):
    compiled = with_engine(cell, "numba")
    assert isinstance(compiled, CompiledCell)
    assert isinstance(compiled, type(cell))
    assert compiled.get_params() == cell.get_params()
    assert with_engine(cell, "numpy") is cell


def test_a_cell_with_compiled_loops_must_have_them():
    class Unfinished(CompiledCell):
        gates = ("h",)

    problem = Problem(Unfinished())
    with pytest.raises(NotImplementedError, match="Unfinished must define 'loop'"):
        problem.cell.forward(problem.params, problem.X, problem.steps)
    Unfinished.loop = lambda self, *args: None
    _, _, tape = problem.cell.forward(problem.params, problem.X, Steps(LENGTHS))
    grads = {k: np.zeros_like(v) for k, v in problem.params.items()}
    with pytest.raises(NotImplementedError, match="must define 'loop_back'"):
        problem.cell.backward(problem.params, grads, problem.dH, tape)
