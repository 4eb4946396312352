"""Optimisers, schedules, clipping, the loop: against formulas and against PyTorch."""

import tracemalloc
from copy import deepcopy
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sksequence.network import Gradients, Layout
from sksequence.training import (
    OPTIMIZERS,
    SCHEDULES,
    BestWeights,
    Diverged,
    Training,
    clip_by_global_norm,
    global_norm,
    make_optimizer,
)
from sksequence.training._mean import set_to_mean

LAYOUT = Layout({"W": (3, 2), "b": (2,)}, exempt={"b"})
TABLE = Layout({"E": (3, 2), "b": (2,)}, {"E"}, {"b"})


def gradients_of(layout, vector, rows=None):
    gradients = Gradients(layout, vector.dtype)
    gradients.dense[:] = vector[: layout.n_dense]
    for name, table in gradients.tables.items():
        values = layout.view(vector, name)
        rows = np.arange(len(values)) if rows is None else rows
        table.add_rows(np.asarray(rows), values[rows])
    return gradients


SOLVERS = {
    "adam": ({}, lambda t, p: t.optim.Adam(p, lr=0.01)),
    "adamw": ({"alpha": 0.1}, lambda t, p: t.optim.AdamW(p, lr=0.01, weight_decay=0.1)),
    "rmsprop": ({}, lambda t, p: t.optim.RMSprop(p, lr=0.01, alpha=0.999)),
    "sgd": (
        {"momentum": 0.9, "nesterovs_momentum": True},
        lambda t, p: t.optim.SGD(p, lr=0.01, momentum=0.9, nesterov=True),
    ),
    "sgd plain momentum": (
        {"momentum": 0.9, "nesterovs_momentum": False},
        lambda t, p: t.optim.SGD(p, lr=0.01, momentum=0.9),
    ),
}


@pytest.mark.parametrize("name", SOLVERS)
def test_solvers_are_torchs(name):
    torch = pytest.importorskip("torch")
    options, make = SOLVERS[name]
    rng = np.random.default_rng(0)
    layout = Layout({"W": (4, 2)})
    theta = rng.standard_normal(8)
    parameter = torch.nn.Parameter(torch.tensor(theta))
    ours = make_optimizer(name.split()[0], layout, np.float64, **options)
    theirs = make(torch, [parameter])
    for _ in range(20):
        g = rng.standard_normal(8)
        ours.update(theta, gradients_of(layout, g), 0.01)
        parameter.grad = torch.tensor(g)
        theirs.step()
    assert_allclose(theta, parameter.detach().numpy(), rtol=1e-12)


@pytest.mark.parametrize("solver", ["adam", "adamw", "rmsprop"])
def test_an_epsilon_that_float32_rounds_to_zero_divides_by_no_zero(solver):
    layout, theta = Layout({"W": (1, 2)}), np.zeros(2, np.float32)
    ours = make_optimizer(solver, layout, np.float32, epsilon=1e-50)
    for _ in range(3):
        ours.update(theta, gradients_of(layout, np.float32([0, 1e-25])), 0.01)
    assert theta[0] == 0
    assert 0 < np.abs(theta[1]) < 0.1


@pytest.mark.parametrize("solver", OPTIMIZERS)
def test_a_table_seen_in_every_batch_is_no_table(solver):
    rng = np.random.default_rng(0)
    flat = Layout({"b": (2,), "E": (3, 2)}, exempt={"b"})
    start = rng.standard_normal(8)
    results = []
    for layout in (TABLE, flat):
        theta = start.copy()
        optimizer = make_optimizer(solver, layout, np.float64, alpha=0.1)
        gradient_rng = np.random.default_rng(1)
        for _ in range(10):
            g = gradient_rng.standard_normal(8)
            optimizer.update(theta, gradients_of(layout, g), 0.05)
        results.append(theta)
    assert_allclose(*results, rtol=1e-12)


@pytest.mark.parametrize("solver", OPTIMIZERS)
def test_moments_of_a_row_decay_while_it_is_not_seen(solver):
    """They decay as if every update had come with a gradient of zero."""
    theta = np.zeros(8)
    lazy = make_optimizer(solver, TABLE, np.float64)
    full = make_optimizer(solver, TABLE, np.float64)
    ones, zeros = np.ones(8), np.zeros(8)
    lazy.update(theta, gradients_of(TABLE, ones), 0.1)
    full.update(theta.copy(), gradients_of(TABLE, ones), 0.1)
    for _ in range(5):
        lazy.update(theta, gradients_of(TABLE, zeros, rows=[0]), 0.1)
        full.update(theta.copy(), gradients_of(TABLE, zeros), 0.1)
    before = theta.copy()
    lazy.update(theta, gradients_of(TABLE, ones, rows=[0, 2]), 0.1)
    full.update(theta.copy(), gradients_of(TABLE, ones), 0.1)
    for ours, expected in zip(lazy.moments, full.moments, strict=True):
        rows = TABLE.view(ours, "E"), TABLE.view(expected, "E")
        assert_allclose(rows[0][[0, 2]], rows[1][[0, 2]], rtol=1e-12)
    moved = TABLE.view(theta != before, "E").any(axis=1)
    assert moved.tolist() == [True, False, True]


@pytest.mark.parametrize("solver", OPTIMIZERS)
def test_an_update_needs_no_memory_for_rows_it_does_not_see(solver):
    n_rows = 500_000
    layout = Layout({"E": (n_rows, 4), "b": (2,)}, {"E"})
    theta = np.zeros(layout.size, np.float32)
    optimizer = make_optimizer(solver, layout, np.float32, alpha=0.1)
    gradients = Gradients(layout, np.float32)
    gradients.views()["E"].add_rows(np.array([5, 400_000]), np.ones((2, 4), np.float32))
    tracemalloc.start()
    optimizer.update(theta, gradients, 0.1)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10_000  # the table is 8 MB
    moved = layout.view(theta, "E").any(axis=1)
    assert np.flatnonzero(moved).tolist() == [5, 400_000]


def test_weight_decay_spares_biases():
    optimizer = make_optimizer("adamw", LAYOUT, np.float64, alpha=0.5)
    theta = np.ones(8)
    optimizer.update(theta, gradients_of(LAYOUT, np.zeros(8)), 0.1)
    assert_allclose(theta, [0.95] * 6 + [1.0] * 2)


@pytest.mark.parametrize("solver", OPTIMIZERS)
def test_state_goes_out_and_in(solver):
    rng = np.random.default_rng(0)
    g = [gradients_of(TABLE, rng.standard_normal(8)) for _ in range(4)]
    straight, theta = make_optimizer(solver, TABLE, np.float64), np.zeros(8)
    for gradients in g:
        straight.update(theta, gradients, 0.1)
    first, stopped = make_optimizer(solver, TABLE, np.float64), np.zeros(8)
    for gradients in g[:2]:
        first.update(stopped, gradients, 0.1)
    second = make_optimizer(solver, TABLE, np.float64).set_state(first.get_state())
    for gradients in g[2:]:
        second.update(stopped, gradients, 0.1)
    assert (stopped == theta).all()
    assert first.t == 2  # copied, not shared
    fresh = make_optimizer(solver, TABLE, np.float64).set_state(first.get_state())
    assert not np.shares_memory(fresh.moments[0], first.moments[0])
    assert not np.shares_memory(fresh.last_seen["E"], first.last_seen["E"])


# -- means -----------------------------------------------------------------------------


@pytest.mark.parametrize("solver", OPTIMIZERS)
def test_the_mean_of_states(solver):
    """Of moments that are up to date: those of full updates without a gradient."""
    layout = Layout({"W": (2, 3), "T": (4, 2), "b": (4,)}, tables={"T", "b"})
    rng = np.random.default_rng(0)
    optimizer = make_optimizer(solver, layout, np.float64)
    optimizer.update(np.zeros(8 + 6 + 4), gradients_of(layout, rng.random(18)), 0.1)
    begin, states, full = deepcopy(optimizer.get_state()), [], []
    for seen in ([0, 1], [1, 2]):  # nobody sees row 3
        dense = make_optimizer(solver, layout, np.float64).set_state(begin)
        optimizer.set_state(begin)
        for rows in (seen, seen[1:]):
            vector = rng.standard_normal(layout.size)
            optimizer.update(np.zeros(18), gradients_of(layout, vector, rows), 0.1)
            for name in ("T", "b"):
                unseen = np.setdiff1d(np.arange(4), rows)
                layout.view(vector, name)[unseen] = 0
            dense.update(np.zeros(18), gradients_of(layout, vector), 0.1)
        states.append(deepcopy(optimizer.bring_up_to_date().get_state()))
        full.append(dense.moments)
    optimizer.set_state(begin).set_mean(states, [0.25, 0.75])
    assert optimizer.t == 3
    assert all((seen == 3).all() for seen in optimizer.last_seen.values())
    for m, first, second in zip(optimizer.moments, *full, strict=True):
        assert_allclose(m, 0.25 * first + 0.75 * second, rtol=1e-12)


def test_the_mean_of_equal_vectors_is_exact():
    rng = np.random.default_rng(0)
    vector = rng.standard_normal(200_000).astype(np.float32)
    mean, other = np.empty_like(vector), rng.random(200_000, dtype=np.float32)
    set_to_mean(mean, [vector] * 3, [0.2, 0.3, 0.5])
    assert_array_equal(mean, vector)
    set_to_mean(mean, [vector, other], [0.25, 0.75])
    assert_allclose(mean, 0.25 * vector + 0.75 * other, rtol=1e-4, atol=1e-6)


# -- schedules, norms ------------------------------------------------------------------


def test_schedules():
    def rates(name):
        return np.array([SCHEDULES[name](t, 100, 0.5) for t in range(100)])

    assert (rates("constant") == 1).all()
    assert (rates("adaptive") == 1).all()
    assert_allclose(rates("invscaling"), 1 / np.sqrt(np.arange(1, 101)))
    cosine = rates("cosine")
    assert cosine[0] == 1
    assert (np.diff(cosine) < 0).all()
    assert cosine[50] == pytest.approx(0.5)
    assert cosine[-1] < 0.001
    cycle = rates("one_cycle")
    assert cycle[0] == pytest.approx(1 / 25)
    assert cycle.argmax() == 30
    assert cycle.max() == 1
    assert cycle[-1] < 0.01


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("scale", [1e-30, 1.0, 1e30])
def test_norms_neither_overflow_nor_vanish(dtype, scale):
    arrays = [np.full(9, scale, dtype), np.full((2, 8), scale, dtype), np.zeros((0, 2))]
    norm = global_norm(arrays)
    assert norm == pytest.approx(5 * scale)
    clip_by_global_norm(arrays, norm, 2.5 * scale)
    assert global_norm(arrays) == pytest.approx(2.5 * scale)
    clip_by_global_norm(arrays, 2.5 * scale, None)
    clip_by_global_norm(arrays, 2.5 * scale, 3 * scale)
    assert global_norm(arrays) == pytest.approx(2.5 * scale)


def test_norms_of_what_is_not_finite():
    assert global_norm([np.ones(2), np.array([1, np.inf])]) == np.inf
    assert np.isnan(global_norm([np.array([1, np.nan])]))
    assert global_norm([np.zeros(3)]) == 0


# -- the best weights ------------------------------------------------------------------


def test_best_weights():
    best = BestWeights(tol=0.1, keep_weights=True)
    theta = np.zeros(1)
    for k, score in enumerate([0.5, 0.55, 0.7, np.nan, 0.6]):
        theta[:] = k
        best.update(score, theta)
    assert best.score == 0.7
    assert best.theta == 2
    assert best.n_stale == 2
    best.update(0.75, theta)  # better, but by less than tol
    assert (best.score, best.n_stale) == (0.75, 3)
    assert BestWeights(0, keep_weights=False).theta is None


# -- the loop --------------------------------------------------------------------------


def quadratic(layout, target):
    """(theta - target)^2 / 2, of which all batches have the same part."""

    def loss_and_gradient(theta, batch, scale):
        d = theta - target
        return d @ d / 2, gradients_of(layout, d), 3 * len(batch)

    return loss_and_gradient


def run(
    theta, layout=LAYOUT, loss=None, n_epochs=5, solver="sgd", factor=1.0, **options
):
    optimizer = make_optimizer(solver, layout, theta.dtype, momentum=0.0)
    training = Training(
        theta,
        SimpleNamespace(
            loss_and_gradient=loss or quadratic(layout, np.zeros(layout.size)),
            batches=lambda: [np.arange(4), np.arange(2)],
        ),
        optimizer,
        np.random.RandomState(0),
        max_iter=n_epochs,
        **{"learning_rate_init": 0.1, **options},
    )
    for _ in range(n_epochs):
        training.add(training.run_epoch())
        training.factor *= factor
    return training.history


def test_the_loop_descends_and_tells_what_happened():
    theta = np.ones(8)
    rows = run(theta)
    assert_allclose(theta, 0.9**10)
    assert [row["epoch"] for row in rows] == [1, 2, 3, 4, 5]
    assert rows[0]["loss"] == pytest.approx((4 + 4 * 0.81) / 2)
    assert rows[0]["gradient_norm"] == pytest.approx(np.sqrt(8) * 0.95)
    assert rows[0]["max_gradient_norm"] == pytest.approx(np.sqrt(8))
    assert (rows[0]["n_batches"], rows[0]["n_clipped"]) == (2, 0)
    assert rows[0]["learning_rate"] == 0.1
    assert rows[0]["seconds"] > 0
    rate = rows[0]["steps_per_second"] / rows[0]["sequences_per_second"]
    assert rate == pytest.approx(3)


def test_clipping_bounds_each_update():
    theta = np.full(8, 1e6)
    rows = run(theta, clip_norm=1.0, n_epochs=1)
    assert_allclose(theta, 1e6 - 2 * 0.1 / np.sqrt(8))
    assert rows[0]["gradient_norm"] > 1e6  # before clipping
    assert rows[0]["n_clipped"] == 2
    norms = run(np.ones(8), clip_norm=np.sqrt(8) * 0.95, n_epochs=1)
    assert norms[0]["n_clipped"] == 1  # the first: 0.95 of it are left


@pytest.mark.parametrize("layout", [LAYOUT, TABLE])
def test_the_penalty_pulls_weights_and_spares_biases(layout):
    theta = np.ones(8)

    def flat(theta, batch, scale):
        return 0.0, gradients_of(layout, np.zeros(8)), 1

    rows = run(theta, layout=layout, loss=flat, n_epochs=1, alpha=0.5)
    first = next(name for name in layout.shapes if name != "b")
    assert_allclose(layout.view(theta, first), 0.95**2)
    assert_allclose(layout.view(theta, "b"), 1)
    expected = 0.25 * 6 * (1 + 0.95**2) / 2
    assert rows[0]["loss"] == pytest.approx(expected)


def test_a_factor_scales_the_learning_rate_from_then_on():
    rows = run(np.ones(8), factor=0.5, n_epochs=3)
    assert [row["learning_rate"] for row in rows] == [0.1, 0.05, 0.025]


@pytest.mark.parametrize("what", ["loss", "gradient"])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_finite_never_moves_the_weights(what, bad):
    theta = np.ones(8)

    def loss(theta, batch, scale):
        g = np.ones(8)
        if what == "gradient":
            g[3] = bad
        return (bad if what == "loss" else 1.0), gradients_of(LAYOUT, g), 1

    with pytest.raises(Diverged, match="epoch 1, batch 1 of 2: loss"):
        run(theta, loss=loss, clip_norm=1.0)
    assert (theta == 1).all()
