"""Each cell alone: gradients by complex step, states in and out, laws, torch."""

import numpy as np
import pytest
from helpers import ALL_CELLS, LENGTHS, Problem, complex_step
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.base import clone

from sksequence.cells import (
    CELLS,
    Cell,
    Chunk,
    GRUCell,
    LSTMCell,
    RNNCell,
    SimpleGRUCell,
    Workspace,
    by_gate,
)
from sksequence.sequences import Steps

every_cell = pytest.mark.parametrize("cell", ALL_CELLS.values(), ids=ALL_CELLS.keys())


@every_cell
@pytest.mark.parametrize("masked", [False, True], ids=["", "recurrent dropout"])
def test_gradients_by_complex_step(cell, masked):
    problem = Problem(cell, masked)
    gradients = problem.gradients()
    for name, value in problem.inputs().items():
        expected = complex_step(lambda z, name=name: problem.loss(**{name: z}), value)
        assert np.abs(expected).max() > 1e-3, name  # the check must not be empty
        assert_allclose(gradients[name], expected, rtol=1e-11, atol=1e-12, err_msg=name)


@every_cell
def test_run_in_two_parts_is_run_in_one(cell):
    """Final states in as initial states: streaming, truncated BPTT, decoding."""
    problem = Problem(cell)
    steps, X = problem.steps, problem.X
    H, final, _ = cell.forward(problem.params, X, steps, problem.initial)
    first, n_t = Steps([2] * 4 + [1]), 4  # the first two steps of all
    cut = first.n_rows
    H1, states, _ = cell.forward(problem.params, X[:cut], first, problem.initial)
    rest = Steps([4, 3, 3])  # and what follows, of the sequences that still run
    running = tuple(s[:3] for s in states)
    H2, states2, _ = cell.forward(problem.params, X[cut:], rest, running)
    assert n_t == steps.counts[1]
    assert_allclose(np.concatenate([H1, H2]), H, rtol=1e-13, atol=1e-15)
    for whole, early, late in zip(final, states, states2, strict=True):
        assert_allclose(
            np.concatenate([late, early[3:]]), whole, rtol=1e-13, atol=1e-15
        )


@every_cell
def test_step_by_step_is_all_at_once(cell):
    problem = Problem(cell)
    H, _, _ = cell.forward(problem.params, problem.X, problem.steps)
    longest = [problem.steps.starts[t] for t in range(LENGTHS[0])]
    states = None
    for row in longest:
        h, states, _ = cell.forward(
            problem.params, problem.X[[row]], Steps([1]), states
        )
        assert_allclose(h[0], H[row], rtol=1e-12, atol=1e-14)


@every_cell
def test_the_rest_of_the_batch_does_not_matter(cell):
    problem = Problem(cell)
    steps = problem.steps
    H, _, _ = cell.forward(problem.params, problem.X, steps)
    for i, length in enumerate(LENGTHS):
        rows = np.flatnonzero(steps.sequence_of_row == i)
        alone, _, _ = cell.forward(problem.params, problem.X[rows], Steps([length]))
        assert_allclose(alone, H[rows], rtol=1e-12, atol=1e-14)


@every_cell
def test_sparse_steps_are_dense_steps(cell):
    problem = Problem(cell)
    X = problem.X * (problem.X > 0.5)
    results = []
    for form in (X, sparse.csr_matrix(X)):
        H, _, tape = cell.forward(problem.params, form, problem.steps)
        grads = {k: np.zeros_like(v) for k, v in problem.params.items()}
        cell.backward(problem.params, grads, problem.dH, tape)
        results.append((H, grads))
    (H, grads), (H_sparse, grads_sparse) = results
    assert_allclose(H_sparse, H, rtol=1e-12, atol=1e-14)
    for name in grads:
        assert_allclose(grads_sparse[name], grads[name], rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS.keys())
def test_local_derivatives_are_what_their_names_say(cell):
    """dc_dzi: of the new c along the sum of gate i; dh_dh: of the new h along h."""
    rng, n, n_units, eps = np.random.default_rng(0), 3, 4, 1e-30
    shapes = cell.shapes(2, n_units)
    weights = cell.weights({k: np.zeros(s, complex) for k, s in shapes.items()})
    sums = rng.standard_normal((len(cell.gates), n, n_units)) + 0j
    states = {name: rng.standard_normal((n, n_units)) + 0j for name in cell.states}

    def run(sums, states):
        z = sums.copy()
        z[: cell.n_sigmoid] *= 0.5
        rows = [np.concatenate([before, before]) for before in states.values()]
        saved = [np.empty((n, n_units), complex) for _ in cell.saved]
        work = np.empty((len(z) + 1, n, n_units), complex)
        chunk = Chunk(n, 0, n, [(n, 0, n)], before=0)
        cell.run(weights, z, rows, saved, chunk, 0, None, work)
        return z, [state[n:] for state in rows], saved

    z, after, saved = run(sums, states)
    local = np.empty((len(cell.local), n, n_units), complex)
    cell.local_derivatives(z, list(states.values()), after, saved, local)
    named = dict(zip(cell.local, local.real, strict=True))
    found = 0
    for name, values in named.items():
        of, along = name[1:].split("_d")
        if of not in cell.states:
            continue
        moved, moved_states = sums.copy(), dict(states)
        if along in cell.states:
            moved_states[along] = states[along] + 1j * eps
        else:
            k = cell.gates.index(along[1:] or cell.gates[0])
            moved[k] += 1j * eps
        new = dict(zip(cell.states, run(moved, moved_states)[1], strict=True))
        expected = new[of].imag / eps
        if name == "dh_dc":  # along the new c, which moved by f times as much
            expected = new["h"].imag / new["c"].imag
        assert_allclose(values, expected, rtol=1e-12, atol=1e-14, err_msg=name)
        found += 1
    assert found >= min(3, len(cell.local))


@every_cell
def test_a_tape_serves_again(cell):
    problem = Problem(cell)
    _, _, tape = cell.forward(problem.params, problem.X, problem.steps)
    results = []
    for _ in range(2):
        grads = {k: np.zeros_like(v) for k, v in problem.params.items()}
        dX, _ = cell.backward(problem.params, grads, problem.dH, tape)
        results.append([dX, *grads.values()])
    for first, second in zip(*results, strict=True):
        assert_array_equal(first, second)


@every_cell
@pytest.mark.parametrize("masked", [False, True], ids=["", "recurrent dropout"])
@pytest.mark.parametrize("chunk", [4, 9, 30])
def test_how_steps_are_cut_does_not_matter(cell, masked, chunk, monkeypatch):
    problem = Problem(cell, masked)
    whole = problem.gradients()
    monkeypatch.setattr("sksequence.cells._tape.CHUNK", chunk * 4 * len(cell.gates))
    assert len(problem.steps.chunks(chunk)) > (chunk < len(problem.X))
    cut = problem.gradients()
    for name in whole:
        assert_allclose(cut[name], whole[name], rtol=1e-12, atol=1e-13, err_msg=name)


@every_cell
def test_without_a_tape_the_same_states(cell):
    problem = Problem(cell)
    args = problem.params, problem.X, problem.steps, problem.initial
    H, final, _ = cell.forward(*args)
    H2, final2, tape = cell.forward(*args, need_tape=False)
    assert tape is None
    for a, b in zip([H, *final], [H2, *final2], strict=True):
        assert_array_equal(a, b)


@every_cell
def test_a_workspace_is_used_again_and_changes_nothing(cell):
    small, problem = Problem(cell, seed=1), Problem(cell)
    fresh, workspace = problem.gradients(), Workspace()
    for p in (problem, small, problem):
        args = p.params, p.X, p.steps, p.initial
        H, _, tape = cell.forward(*args, workspace=workspace)
        grads = {k: np.zeros_like(v) for k, v in p.params.items()}
        dX, _ = cell.backward(p.params, grads, p.dH, tape, p.dfinal)
    again, _, _ = cell.forward(*args, workspace=workspace)
    assert np.shares_memory(H, again)
    assert_array_equal(dX, fresh["X"])
    for name in grads:
        assert_array_equal(grads[name], fresh[name])


@every_cell
def test_forward_changes_no_argument(cell):
    problem = Problem(cell)
    before = {k: v.copy() for k, v in problem.inputs().items()}
    problem.gradients()
    for name, value in problem.inputs().items():
        assert (value == before[name]).all(), name


@every_cell
def test_start_values(cell):
    rng = np.random.RandomState(0)
    shapes = cell.shapes(40, 30)
    params = {name: np.full(shape, np.nan) for name, shape in shapes.items()}
    cell.init(params, rng)
    assert np.isfinite(np.concatenate([v.ravel() for v in params.values()])).all()
    bound = np.sqrt(6 / 70)
    assert 0.95 * bound < np.abs(params["W"]).max() <= bound
    for gate in by_gate(params["U"], len(cell.gates)):
        assert_allclose(gate @ gate.T, np.eye(30), atol=1e-12)
    bias = params["b"].reshape(len(cell.gates), -1)
    for name, values in zip(cell.gates, bias, strict=True):
        assert (values == (isinstance(cell, LSTMCell) and name == "f")).all()


def test_forget_gate_open_and_input_closed_keep_the_cell_state():
    """The constant error carousel: c passes any number of steps unchanged."""
    cell, n_units = LSTMCell(), 3
    params = {k: np.zeros(s) for k, s in cell.shapes(2, n_units).items()}
    by_gate(params["b"], 4)[0] = -1e3  # i
    by_gate(params["b"], 4)[1] = 1e3  # f
    c = np.array([[0.3, -2.0, 5.0]])
    steps = Steps([500])
    _, (_, c_final), tape = cell.forward(
        params, np.ones((500, 2)), steps, (np.zeros((1, 3)), c)
    )
    assert_allclose(c_final, c, rtol=1e-12)
    grads = {k: np.zeros_like(v) for k, v in params.items()}
    _, (_, dc) = cell.backward(
        params, grads, np.zeros((500, 3)), tape, (np.zeros((1, 3)), np.ones((1, 3)))
    )
    assert_allclose(dc, 1.0, rtol=1e-12)


def test_update_gate_closed_keeps_the_state():
    for cell in (SimpleGRUCell(), GRUCell(), GRUCell(reset_after=True)):
        params = {k: np.zeros(s) for k, s in cell.shapes(2, 3).items()}
        gate = cell.gates.index("u")
        by_gate(params["b"], len(cell.gates))[gate] = -1e3
        h = np.array([[0.3, -0.5, 0.9]])
        _, (final,), _ = cell.forward(params, np.ones((99, 2)), Steps([99]), (h,))
        assert_allclose(final, h, rtol=1e-12)


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        (
            LSTMCell(peephole="x"),
            "'peephole' parameter of LSTMCell must be one of None",
        ),
        (GRUCell(reset_after="yes"), "'reset_after' parameter of GRUCell"),
        (RNNCell(activation="sine"), "'activation' parameter of RNNCell"),
    ],
)
def test_wrong_options(cell, message):
    with pytest.raises(ValueError, match=message):
        cell.shapes(2, 3)


def test_cells_are_cloned_compared_and_shown_like_estimators():
    cell = clone(LSTMCell(peephole="previous"))
    assert cell.get_params() == {"peephole": "previous"}
    assert repr(cell) == "LSTMCell(peephole='previous')"


def test_an_unfinished_cell_says_what_it_lacks():
    class Unfinished(Cell):
        gates = ("h",)

    problem = Problem(RNNCell())
    args = problem.params, problem.X, problem.steps
    with pytest.raises(NotImplementedError, match="Unfinished must define 'step'"):
        Unfinished().forward(*args)
    Unfinished.step = lambda self, *args: None
    _, _, tape = Unfinished().forward(*args)
    grads = {k: np.zeros_like(v) for k, v in problem.params.items()}
    with pytest.raises(NotImplementedError, match="must define 'local_derivatives'"):
        Unfinished().backward(problem.params, grads, problem.dH, tape)
    Unfinished.local_derivatives = lambda self, *args: None
    with pytest.raises(NotImplementedError, match="must define 'step_back'"):
        Unfinished().backward(problem.params, grads, problem.dH, tape)
