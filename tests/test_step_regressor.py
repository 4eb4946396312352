"""RNNStepRegressor: numbers at every step, in their own units, some of them missing."""

import pickle

import numpy as np
import pytest
from helpers import STEADY, containers, ragged_data
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.metrics import (
    d2_absolute_error_score,
    d2_pinball_score,
    d2_tweedie_score,
    mean_absolute_error,
    r2_score,
)
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sksequence import RaggedArray, RNNRegressor, RNNStepRegressor
from sksequence.cells import CELLS
from sksequence.metrics import (
    cross_val_predict,
    step_mean_absolute_error,
    step_mean_absolute_error_scorer,
    step_r2_score,
    step_r2_scorer,
)
from sksequence.parallel import DataParallel
from sksequence.preprocessing import PerStep
from sksequence.training import OPTIMIZERS

X, _ = ragged_data()
SUMS = [x.sum(axis=1).cumsum() for x in X]
BOTH = [np.stack([y, -100 * y[::-1]], axis=1) for y in SUMS]
LENGTHS = [len(x) for x in X]
RNG = np.random.RandomState(0)
HOLES = [np.r_[1, RNG.randint(0, 2, n - 1)] for n in LENGTHS]
MISSING = [np.where(there, y, np.nan) for y, there in zip(SUMS, HOLES, strict=True)]
STEP_WEIGHTS = [RNG.randint(0, 4, n) for n in LENGTHS]
LOSSES = {
    "squared_error": r2_score,
    "absolute_error": d2_absolute_error_score,
    "huber": d2_absolute_error_score,
    "quantile": d2_pinball_score,
    "poisson": lambda *y, **w: d2_tweedie_score(*y, power=1, **w),
}


def small(**settings):
    few = {"hidden_layer_sizes": (8,), "max_iter": 3, "random_state": 0}
    return RNNStepRegressor(**few | STEADY | settings)


def concatenated(sequences):
    return np.concatenate(list(sequences))


def check_same(one, other):
    assert_array_equal(one.theta_, other.theta_)
    assert_array_equal((one.y_mean_, one.y_scale_), (other.y_mean_, other.y_scale_))


# -- what is predicted -----------------------------------------------------------------


def test_it_learns_and_gives_one_array_a_sequence():
    reg = small(max_iter=100, learning_rate="cosine").fit(X, SUMS)
    assert reg.score(X, SUMS) > 0.95
    found = reg.predict(X)
    assert found.dtype == object
    assert [y.shape for y in found] == [(n,) for n in LENGTHS]
    assert reg.transform(X).values.shape == (sum(LENGTHS), 8)


def test_several_outputs():
    reg = small(max_iter=100, bidirectional=True).fit(X, BOTH)
    assert [y.shape for y in reg.predict(X)] == [(n, 2) for n in LENGTHS]
    assert reg.score(X, BOTH) > 0.95
    column = small().fit(X, [y[:, None] for y in SUMS])
    assert column.predict(X)[0].shape == (LENGTHS[0], 1)
    assert_array_equal(column.theta_, small().fit(X, SUMS).theta_)


def test_by_default_no_later_step_matters():
    reg, both = small().fit(X, SUMS), small(bidirectional=True).fit(X, SUMS)
    x = max(X, key=len)
    shorter = reg.predict([x[:4]])[0]
    assert_allclose(reg.predict([x])[0][:4], shorter, rtol=1e-6)
    assert not np.allclose(both.predict([x])[0][:4], both.predict([x[:4]])[0])


def test_the_rest_of_the_batch_does_not_matter():
    reg = small().fit(X, SUMS)
    for x, found in zip(X, reg.predict(X), strict=True):
        assert_allclose(reg.predict([x])[0], found, rtol=1e-10)


def test_sequences_of_one_step_are_regression():
    """One step and one number: as RNNRegressor, to the bit."""
    steps, y = [x[:1] for x in X], np.array([x[0].sum() for x in X])
    for loss in ("squared_error", "huber", "quantile"):
        one = small(loss=loss, max_iter=5).fit(steps, y[:, None])
        settings = {k: v for k, v in one.get_params().items() if k != "scoring"}
        many = RNNRegressor(**settings).fit(steps, y)
        check_same(one, many)
        assert_array_equal(concatenated(one.predict(steps)), many.predict(steps))
        assert one.score(steps, y[:, None]) == many.score(steps, y)


@pytest.mark.parametrize("solver", OPTIMIZERS)
@pytest.mark.parametrize("cell", CELLS)
def test_every_cell_and_solver(cell, solver):
    reg = small(cell=cell, solver=solver, max_iter=20, dense_layer_sizes=(5,))
    reg.fit(X, SUMS)
    assert reg.loss_ < reg.loss_curve_[0]


def test_token_ids():
    ids = [np.arange(n) % 4 for n in LENGTHS]
    y = [np.array([3.0, -1.0, 7.0, 2.0])[row] for row in ids]
    reg = small(embedding_dim=3, max_iter=60, token_dropout=0.0).fit(ids, y)
    assert reg.score(ids, y) > 0.95


# -- containers ------------------------------------------------------------------------


def test_targets_in_every_container():
    expected = small().fit(X, SUMS)
    for y in containers(SUMS).values():
        check_same(small().fit(X, y), expected)
    expected = small().fit(X, MISSING)
    for y in containers(MISSING).values():
        check_same(small().fit(X, y), expected)
    none = [[None if np.isnan(v) else v for v in y.tolist()] for y in MISSING]
    check_same(small().fit(X, none), expected)
    rows = [[None if np.isnan(v) else [v, -v] for v in y.tolist()] for y in MISSING]
    arrays = [np.stack([y, -y], axis=1) for y in MISSING]
    check_same(small().fit(X, rows), small().fit(X, arrays))


def test_arrays_of_equal_lengths():
    long = np.stack([np.resize(x, (5, 3)) for x in X])
    y = long.sum(axis=2).cumsum(axis=1)
    expected = small().fit(list(long), list(y))
    check_same(small().fit(long, y), expected)
    check_same(small().fit(long, y[:, :, None]), expected)


# -- steps without a value, weights ----------------------------------------------------


@pytest.mark.parametrize("loss", LOSSES)
def test_a_step_without_a_value_weighs_nothing(loss):
    y = [np.abs(rows) for rows in SUMS]
    missing = [np.abs(row) for row in MISSING]
    expected = small(loss=loss).fit(X, y, sample_weight=HOLES)
    check_same(small(loss=loss).fit(X, missing), expected)
    wild = [np.where(there, row, 1e290) for row, there in zip(y, HOLES, strict=True)]
    check_same(small(loss=loss).fit(X, wild, sample_weight=HOLES), expected)
    score = expected.score(X, y, sample_weight=HOLES)
    assert expected.score(X, missing) == score
    assert expected.score(X, wild, sample_weight=HOLES) == score


@pytest.mark.parametrize("loss", LOSSES)
def test_units_are_those_of_the_steps_with_values(loss):
    y = [np.abs(row) for row in MISSING]
    reg = small(loss=loss).fit(X, y)
    flat = concatenated(y)[~np.isnan(concatenated(y))]
    one = RNNRegressor(4, loss=loss, max_iter=1).fit(np.ones((len(flat), 1, 1)), flat)
    assert_array_equal((reg.y_mean_, reg.y_scale_), (one.y_mean_, one.y_scale_))


def test_units_do_not_matter():
    plain = small(max_iter=20).fit(X, MISSING)
    scaled = small(max_iter=20).fit(X, [1e6 * y + 5e7 for y in MISSING])
    found, expected = (concatenated(r.predict(X)) for r in (scaled, plain))
    assert_allclose(found, 1e6 * expected + 5e7, rtol=1e-6)


def test_weights_of_sequences_are_those_of_all_their_steps():
    weights = RNG.randint(1, 5, 40)
    steps = [np.full(n, w) for n, w in zip(LENGTHS, weights, strict=True)]
    one, other = (small().fit(X, SUMS, sample_weight=w) for w in (weights, steps))
    check_same(one, other)
    assert one.score(X, SUMS, weights) == one.score(X, SUMS, steps)


@pytest.mark.parametrize("loss", LOSSES)
def test_weights_are_repetitions(loss):
    y, weights = [np.abs(row) for row in MISSING], RNG.randint(0, 4, 40)
    rows = np.repeat(np.arange(40), weights)
    settings = {"loss": loss, "batch_size": 200, "max_iter": 10}
    weighted = small(**settings).fit(X, y, sample_weight=weights)
    repeated = small(**settings).fit([X[i] for i in rows], [y[i] for i in rows])
    found, expected = (concatenated(r.predict(X)) for r in (weighted, repeated))
    assert_allclose(found, expected, rtol=1e-6)


# -- scores ----------------------------------------------------------------------------


@pytest.mark.parametrize("loss", LOSSES)
def test_score_is_that_of_all_steps_with_values(loss):
    y = [np.abs(row) for row in MISSING]
    reg = small(loss=loss).fit(X, y)
    true, found = concatenated(y), concatenated(reg.predict(X))
    there = ~np.isnan(true)
    expected = LOSSES[loss](true[there], found[there])
    assert reg.score(X, y) == pytest.approx(expected)
    w = concatenated(STEP_WEIGHTS)
    expected = LOSSES[loss](true[there], found[there], sample_weight=w[there])
    assert reg.score(X, y, STEP_WEIGHTS) == pytest.approx(expected)
    watched = small(loss=loss).fit(X[:30], y[:30], X_val=X[30:], y_val=y[30:])
    score = watched.score(X[30:], y[30:])
    assert watched.best_validation_score_ == pytest.approx(score)


def test_metrics():
    true, found = concatenated(SUMS), concatenated(BOTH)[:, 0] + 1
    there = ~np.isnan(concatenated(MISSING))
    predicted = [y + 1 for y in SUMS]
    weights = concatenated(STEP_WEIGHTS)
    for ours, theirs in [
        (step_r2_score, r2_score),
        (step_mean_absolute_error, mean_absolute_error),
    ]:
        assert ours(SUMS, predicted) == pytest.approx(theirs(true, found))
        expected = theirs(true[there], found[there])
        assert ours(MISSING, predicted) == pytest.approx(expected)
        expected = theirs(true, found, sample_weight=weights)
        given = ours(SUMS, predicted, sample_weight=STEP_WEIGHTS)
        assert given == pytest.approx(expected)
        two = concatenated(BOTH)
        assert ours(BOTH, [y + 1 for y in BOTH]) == pytest.approx(theirs(two, two + 1))
        for y in containers(SUMS).values():
            assert ours(y, predicted) == pytest.approx(theirs(true, found))


def test_errors_of_metrics():
    with pytest.raises(ValueError, match=r"y_true\[1\] has 1 numbers, but y_pred"):
        step_r2_score([[1, 2], [3]], [[1, 2], [3, 4]])
    with pytest.raises(ValueError, match=r"y_pred\[0\]\[1\] is missing. Only true num"):
        step_r2_score([[1, 2], [3]], [[1, np.nan], [3]])
    with pytest.raises(ValueError, match="y_true holds no numbers"):
        step_r2_score([[np.nan, None]], [[1, 2]])
    with pytest.raises(ValueError, match="y_true is empty"):
        step_r2_score([], [])
    with pytest.raises(ValueError, match="y is empty"):
        RNNStepRegressor().fit(X, [])
    with pytest.raises(ValueError, match="weight of every step zero. One at least"):
        step_mean_absolute_error([[1, 2]], [[1, 2]], sample_weight=[0])
    with pytest.raises(ValueError, match="one number for a whole sequence"):
        step_r2_score([1.0, 2.0], [1.0, 2.0])


def test_searches_and_cross_validation():
    pipeline = make_pipeline(PerStep(StandardScaler()), small())
    for scorer in (step_r2_scorer, step_mean_absolute_error_scorer, None):
        assert np.isfinite(cross_val_score(pipeline, X, MISSING, scoring=scorer)).all()
    grid = {"rnnstepregressor__loss": ["squared_error", "huber"]}
    search = GridSearchCV(pipeline, grid, scoring=step_mean_absolute_error_scorer)
    assert search.fit(X, SUMS).best_score_ < 0
    for y in (MISSING, BOTH):
        found = cross_val_predict(small(), RaggedArray.from_sequences(X), y, cv=4)
        assert [rows.shape for rows in found] == [rows.shape for rows in y]
        fitted = small().fit(X[10:], y[10:])
        assert_allclose(found[0], fitted.predict(X[:1])[0])


def test_early_stopping_on_a_given_score():
    reg = small(
        early_stopping=True, scoring=step_mean_absolute_error_scorer, max_iter=5
    ).fit(X, SUMS, sample_weight=STEP_WEIGHTS)
    assert all(score < 0 for score in reg.validation_scores_)
    with pytest.raises(ValueError, match="a callable, such as step_r2_scorer"):
        small(scoring="r2").fit(X, SUMS)


# -- going on --------------------------------------------------------------------------


@pytest.mark.parametrize("loss", LOSSES)
def test_partial_fit_and_pickles(loss):
    y = [np.abs(row) for row in MISSING]
    reg = small(loss=loss, learning_rate_init=1e-12).partial_fit(X[:20], y[:20])
    before = concatenated(reg.predict(X))
    reg.partial_fit(X[20:], [3 + 9 * row for row in y[20:]])
    assert_allclose(concatenated(reg.predict(X)), before)
    again = pickle.loads(pickle.dumps(reg))
    assert_array_equal(concatenated(again.predict(X)), concatenated(reg.predict(X)))


def test_shards():
    one = DataParallel(small(), n_shards=1, n_jobs=1).fit(X, MISSING)
    check_same(one.estimator_, small().fit(X, MISSING))
    two = DataParallel(small(max_iter=60), n_jobs=1).fit(X, MISSING)
    assert two.score(X, SUMS) > 0.8


# -- errors ----------------------------------------------------------------------------


def changed(i, value):
    return [value if k == i else y for k, y in enumerate(SUMS)]


@pytest.mark.parametrize(
    ("y", "error", "message"),
    [
        (
            changed(3, SUMS[3][:-1]),
            ValueError,
            r"y\[3\] has .* entries, but X\[3\] has",
        ),
        (SUMS[:-1], ValueError, "X has 40 sequences, y has 39 entries"),
        (
            changed(3, np.full(LENGTHS[3], np.nan)),
            ValueError,
            rf"y\[3\] holds no value: all of its {LENGTHS[3]} steps are missing",
        ),
        (
            [np.full(n, np.nan) for n in LENGTHS],
            ValueError,
            r"y\[0\] holds no value: .* \(no sequence has one\)",
        ),
        (
            changed(2, np.r_[SUMS[2][:-1], np.inf]),
            ValueError,
            rf"y\[2\]\[{LENGTHS[2] - 1}\] is inf. Expected finite numbers",
        ),
        (
            changed(2, np.r_[SUMS[2][:-1], 1e301]),
            ValueError,
            rf"y\[2\]\[{LENGTHS[2] - 1}\] is \[1e\+301\]: targets must not be larger",
        ),
        ([y.sum() for y in SUMS], ValueError, r"y\[0\] is .*: one number for a whole"),
        (changed(1, None), ValueError, r"y\[1\] is missing \(None\)"),
        (changed(1, ["a"] * LENGTHS[1]), TypeError, r"y\[1\] holds <U1 values"),
        (changed(1, 1j * SUMS[1]), TypeError, "complex128 values .* Expected real num"),
        (
            [np.stack([y, MISSING[i]], axis=1) for i, y in enumerate(SUMS)],
            ValueError,
            r"y\[\d+\]\[\d+\] is \[.*nan\], of which a part is missing",
        ),
        ([BOTH[0], *SUMS[1:]], ValueError, r"y\[1\] has .*, but y\[0\] has"),
        ({"a": 1}, TypeError, "y is a dict. Expected a list"),
        ([np.zeros((n, 0)) for n in LENGTHS], ValueError, "rows without a number"),
        (None, ValueError, "requires y to be passed"),
    ],
)
def test_bad_targets(y, error, message):
    with pytest.raises(error, match=message):
        small().fit(X, y)


def test_other_errors():
    with pytest.raises(ValueError, match="sample_weight makes the weight of every"):
        small().fit(X, SUMS, sample_weight=[0] * 40)
    only = [1 - there for there in HOLES]
    with pytest.raises(ValueError, match="sample_weight makes the weight of every"):
        small().fit(X, MISSING, sample_weight=only)
    reg = small().fit(X, SUMS)
    with pytest.raises(
        ValueError, match="sample_weight makes the weight of every step"
    ):
        reg.score(X, MISSING, sample_weight=only)
    with pytest.raises(ValueError, match="y has 2 outputs, but .* fitted with 1"):
        reg.score(X, BOTH)
    poisson = small(loss="poisson")
    counts = [np.ones(n) for n in LENGTHS]
    counts[4][-1] = -3
    place = rf"y\[4\]\[{LENGTHS[4] - 1}\] is -3: loss='poisson' is for counts"
    with pytest.raises(ValueError, match=place):
        poisson.fit(X, counts)
    with pytest.raises(ValueError, match="y is 0 wherever it has weight"):
        poisson.fit(X, [np.zeros(n) for n in LENGTHS])
    with pytest.raises(ValueError, match=r"The 'quantile' parameter .* \(0, 1\)"):
        small(loss="quantile", quantile=1.0).fit(X, SUMS)
