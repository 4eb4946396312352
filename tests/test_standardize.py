"""Units and offsets of the steps do not matter."""

import pickle

import numpy as np
import pytest
from helpers import PER_SEQUENCE, ragged_data, scores_of
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sksequence import (
    RaggedArray,
    RNNClassifier,
    RNNGenerator,
    RNNRegressor,
    RNNStepRegressor,
    RNNTagger,
    RNNTranslator,
)
from sksequence.estimators._standardize import mean_and_scale
from sksequence.preprocessing import PerStep

X, Y = ragged_data(40)
RAGGED = RaggedArray.from_sequences(X)
SMALL = {
    "hidden_layer_sizes": 5,
    "max_iter": 3,
    "standardize": True,
    "random_state": 0,
}
every_estimator = pytest.mark.parametrize("name", PER_SEQUENCE)
WEIGHTS = np.arange(40) % 3


def translator(X):
    model = RNNTranslator(**SMALL)
    return model.fit(X, [["a", "b"][: 1 + k % 2] for k in range(40)]).transform(X)


def generator(X):
    first = np.array([x[0] for x in X])
    model = RNNGenerator(**SMALL).fit(
        first, [["a", "b"][: 1 + k % 2] for k in range(40)]
    )
    return model.score_samples(first, [["a"]] * 40)


@every_estimator
@pytest.mark.parametrize(
    ("offset", "unit", "rtol"),
    [(100, 1, 1e-9), (1e6, 1, 1e-5), (0, 1e-6, 1e-9), (0, 1e6, 1e-9), (0, 1e-290, 1e-9),
     (0, 1e290, 1e-9), (-7, 3, 1e-9)],
)  # fmt: skip
def test_units_and_offsets_do_not_matter(name, offset, unit, rtol):
    expected = scores_of(PER_SEQUENCE[name](**SMALL).fit(X, Y), X)
    moved = [x * unit + offset for x in X]
    found = scores_of(PER_SEQUENCE[name](**SMALL).fit(moved, Y), moved)
    assert_allclose(found, expected, rtol=rtol, atol=1e-9)


@pytest.mark.parametrize("fit", [translator, generator])
def test_nor_do_they_where_outputs_are_sequences(fit):
    assert_allclose(fit([1e4 * x + 500 for x in X]), fit(X), rtol=1e-7)


@every_estimator
def test_a_scaler_in_front_makes_no_difference(name):
    alone = PER_SEQUENCE[name](**SMALL).fit(X, Y)
    pipeline = make_pipeline(PerStep(StandardScaler()), PER_SEQUENCE[name](**SMALL))
    pipeline.fit(X, Y)
    assert_allclose(
        pipeline[-1].transform(pipeline[0].transform(X)), alone.transform(X), rtol=1e-7
    )


@every_estimator
def test_weights_are_repetitions(name):
    found = PER_SEQUENCE[name](**SMALL).fit(X, Y, WEIGHTS)
    which = np.repeat(np.arange(40), WEIGHTS)
    rows = np.concatenate([X[i] for i in which])
    assert_allclose(found.step_mean_, rows.mean(axis=0))
    assert_allclose(found.step_scale_, rows.std(axis=0))


def test_weights_of_steps():
    weights = RAGGED.with_values(np.arange(len(RAGGED.values)) % 3.0)
    mean, scale = mean_and_scale(RAGGED, weights)
    rows = np.repeat(RAGGED.values, weights.values.astype(int), axis=0)
    assert_allclose(mean, rows.mean(axis=0))
    assert_allclose(scale, rows.std(axis=0))


def test_steps_without_a_target_are_read_and_count():
    """As others do: the last step alone has a target, or a weight, or a label."""
    rng = np.random.default_rng(0)
    lengths = rng.integers(1, 9, 20)
    ramps = [np.c_[np.linspace(0, 1000, n), rng.standard_normal(n)] for n in lengths]
    rows = np.concatenate(ramps)
    y = [np.arange(n) % 3.0 for n in lengths]
    last = [np.arange(n) == n - 1 for n in lengths]
    missing = [np.where(k, v, np.nan) for k, v in zip(last, y)]
    labels = [[v if is_last else None for v, is_last in zip(*s)] for s in zip(y, last)]
    for found in (
        RNNStepRegressor(**SMALL).fit(ramps, missing),
        RNNStepRegressor(**SMALL).fit(ramps, y, [7.0 * k for k in last]),
        RNNTagger(**SMALL).fit(ramps, labels),
    ):
        assert_allclose(found.step_mean_, rows.mean(axis=0))
        assert_allclose(found.step_scale_, rows.std(axis=0))
    twice = np.where(np.arange(len(ramps)) < 5, 2.0, 1.0)
    weights = [w * k for w, k in zip(twice, last)]
    found = RNNStepRegressor(**SMALL).fit(ramps, y, weights)
    rows = np.concatenate([*ramps, *ramps[:5]])
    assert_allclose(found.step_mean_, rows.mean(axis=0))
    assert_allclose(found.step_scale_, rows.std(axis=0))


def test_what_comes_before_the_only_target_is_learnt_from():
    rng = np.random.default_rng(0)
    X, y = [], []
    for _ in range(150):
        x = np.c_[np.linspace(0, 1000, 10), rng.standard_normal(10)]
        X.append(x)
        y.append(np.r_[np.full(9, np.nan), x[:, 1].sum()])
    reg = RNNStepRegressor(16, max_iter=25, random_state=0).fit(X[:100], y[:100])
    assert reg.score(X[100:], y[100:]) > 0.9


def test_many_rows_are_looked_at_in_chunks(monkeypatch):
    expected = mean_and_scale(RAGGED, np.ones(40))
    monkeypatch.setattr("sksequence.estimators._standardize.CHUNK", 7)
    assert_allclose(mean_and_scale(RAGGED, np.ones(40)), expected, rtol=1e-13)
    weights = RAGGED.with_values(
        np.repeat([0.0, 1e300], [100, len(RAGGED.values) - 100])
    )
    mean, _ = mean_and_scale(RAGGED, weights)
    assert_allclose(mean, RAGGED.values[100:].mean(axis=0))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("value", [0.0, 0.1, -1e30, 1e-30, 3e38])
def test_constant_features_are_left_in_their_unit(dtype, value):
    rows = np.full((1000, 2), value, dtype)
    rows[:, 1] = np.linspace(0, 1, 1000)
    mean, scale = mean_and_scale(RaggedArray(rows, [0, 400, 1000]), np.ones(2))
    assert_allclose(mean[0], rows[0, 0], rtol=1e-6)
    assert np.isfinite(scale).all()
    assert (scale > 0).all()
    clf = RNNClassifier(**SMALL).fit(RaggedArray(rows, [0, 400, 1000]), [0, 1])
    assert np.isfinite(clf.theta_).all()
    assert np.isfinite(clf.predict_proba([rows])).all()


def test_float32_is_as_exact_as_its_numbers():
    rows = (np.random.default_rng(0).standard_normal((100_000, 1)) + 1000).astype("f4")
    mean, scale = mean_and_scale(RaggedArray(rows, [0, len(rows)]), np.ones(1))
    assert_allclose(mean, rows.mean(dtype=float), rtol=1e-12)
    assert_allclose(scale, rows.astype(float).std(), rtol=1e-9)


@every_estimator
def test_sparse_steps_are_scaled_only(name):
    rows = [sparse.csr_matrix(x * (x > 0.3)) for x in X]
    estimator = PER_SEQUENCE[name](**SMALL).fit(rows, Y)
    assert_array_equal(estimator.step_mean_, np.zeros(3))
    largest = np.max([np.abs(row.toarray()).max(axis=0) for row in rows], axis=0)
    assert_allclose(estimator.step_scale_, largest)
    larger = [1e5 * row for row in rows]
    again = PER_SEQUENCE[name](**SMALL).fit(larger, Y)
    assert_allclose(scores_of(again, larger), scores_of(estimator, rows), rtol=1e-9)


@every_estimator
def test_they_are_those_of_the_first_fit(name):
    estimator = PER_SEQUENCE[name](**SMALL).fit(X, Y)
    before = estimator.step_mean_.copy(), estimator.step_scale_.copy()
    moved = [x + 5 for x in X]
    estimator.partial_fit(moved, Y)
    estimator.set_params(warm_start=True, solver="adamw", alpha=0.1).fit(moved, Y)
    assert_array_equal(estimator.step_mean_, before[0])
    assert_array_equal(estimator.step_scale_, before[1])
    again = pickle.loads(pickle.dumps(estimator))
    assert_array_equal(again.step_mean_, before[0])
    fresh = PER_SEQUENCE[name](**SMALL)
    classes = {"classes": [0, 1, 2]} if hasattr(estimator, "classes_") else {}
    first = fresh.partial_fit(X[:20], Y[:20], **classes).step_mean_.copy()
    assert_array_equal(fresh.partial_fit(X, Y).step_mean_, first)


@every_estimator
def test_only_what_is_trained_on_counts(name, monkeypatch):
    cls, parts = PER_SEQUENCE[name], []
    hold_out = cls._hold_out

    def recorded(self, *args):
        parts.append(hold_out(self, *args))
        return parts[-1]

    monkeypatch.setattr(cls, "_hold_out", recorded)
    estimator = cls(**SMALL, early_stopping=True).fit(X, Y)
    rows = parts[0][0].X.values
    assert len(rows) < len(RAGGED.values)
    assert_allclose(estimator.step_mean_, rows.mean(axis=0))


@every_estimator
def test_where_there_is_nothing_to_standardise(name):
    ids = [np.arange(len(x)) for x in X]
    tokens = PER_SEQUENCE[name](embedding_dim=2, **SMALL).fit(ids, Y)
    plain = PER_SEQUENCE[name](**SMALL | {"standardize": False}).fit(X, Y)
    for estimator in (tokens, plain):
        assert "standardize.mean" not in estimator.params_
        with pytest.raises(AttributeError, match="has no step_mean_"):
            estimator.step_mean_  # noqa: B018
    with pytest.raises(ValueError, match="standardize was False in the fit before"):
        plain.set_params(standardize=True, warm_start=True).fit(X, Y)


@pytest.mark.parametrize("value", [3.7, 0.1, -7.3, 2.0**60, 1e300, 1e-300])
@pytest.mark.parametrize("unit", [1.0, 1e-300, 1e300])
def test_weights_of_constants_leave_no_trace(value, unit):
    """The variance of a constant may be negative by rounding."""
    rng = np.random.default_rng(0)
    for n in range(1, 60):
        mean, scale = mean_and_scale(np.full((n, 1), value), rng.random(n) * unit)
        assert_allclose(mean, value)
        assert scale > 0


def test_no_update_looks_at_all_features_of_sparse_steps():
    steps = [sparse.random(3, 5000, 0.001, "csr", random_state=k) for k in range(12)]
    clf = RNNClassifier(3, max_iter=2, random_state=0).fit(steps, np.arange(12) % 2)
    assert clf._network.layout.n_dense < 5000
    found = clf.step_scale_
    assert_allclose(
        found, mean_and_scale(RaggedArray.from_sequences(steps), np.ones(12))[1]
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("unit", [1e-5, 2e-7, 1e-16, 1e5])
def test_sparse_steps_of_any_unit_are_scaled(dtype, unit):
    dense = np.array([[0.5, 0.0], [-2.0, 0.0], [1.0, 3.0]]) * unit
    rows = sparse.csr_matrix(dense.astype(dtype))
    rows.indices[-2:] = rows.indices[-2:][::-1]  # in no order, which is legal
    rows.data[-2:] = rows.data[-2:][::-1]
    before = [a.copy() for a in (rows.data, rows.indices)]
    mean, scale = mean_and_scale(RaggedArray(rows, [0, 3]), np.ones(1))
    assert_array_equal(before, [rows.data, rows.indices])
    assert_array_equal(mean, 0)
    assert_allclose(scale, [2 * unit, 3 * unit], rtol=1e-6)


@pytest.mark.parametrize("offset", [0, 1e9, 1e11, -1e11])
def test_a_small_deviation_is_none_of_rounding(offset):
    """As that of seconds since 1970, however many there are."""
    x = np.round(np.random.default_rng(0).normal(size=(200_000, 1)) * 2**10) / 2**12
    mean, scale = mean_and_scale(x + offset, np.ones(len(x)))
    assert_allclose(mean - offset, x.mean(), atol=1e-4)
    assert_allclose(scale, x.std(), rtol=1e-5)


def test_what_only_rounding_makes_differ_is_constant():
    for constant in (np.array([[0.1 + 0.2], [0.3]]), np.full((200_000, 1), 0.1)):
        _, scale = mean_and_scale(constant, np.ones(len(constant)))
        assert 0.5 < constant[0, 0] / scale[0] <= 2


def test_a_mean_that_float32_cannot_hold_is_warned_of():
    rng = np.random.default_rng(0)
    X = RaggedArray.from_sequences([[1, 2], [0, 1, 2]] * 10)
    X = X.with_static(1.7e12 + 1e4 * rng.normal(size=(20, 1)), ["since 1970"])
    few = {"embedding_dim": 2, "max_iter": 1}
    with pytest.warns(UserWarning, match=r"number 'since 1970' .*float32 is too"):
        RNNRegressor(2, **few).fit(X, rng.normal(size=20))
    RNNRegressor(2, **few, dtype="float64").fit(X, rng.normal(size=20))


def test_steps_that_float32_cannot_tell_apart_are_warned_of():
    """Where they are cast, all of them may become one number."""
    X, y = [1.7e9 + k * np.arange(6.0)[:, None] for k in (1, 9)] * 6, [0, 1] * 6
    few = {"max_iter": 1, "dtype": "float32"}
    with pytest.warns(UserWarning, match="feature 0 has the mean 1.7e.09 .*too coarse"):
        RNNClassifier(2, **few).fit(X, y)
    RNNClassifier(2, **few | {"dtype": "auto"}).fit(X, y)
    RNNClassifier(2, **few).fit([np.c_[x - 1.7e9 + 1e5, 0 * x + 0.1] for x in X], y)


def test_first_steps_and_rounded_constants_are_no_coarse_features():
    rng, few = np.random.default_rng(0), {"max_iter": 1, "dtype": "float32"}
    rebased = np.exp(rng.normal(size=(1000, 10)).cumsum(axis=1))
    rebased *= 100 / rebased[:, :1]  # all begin at 100, up to rounding
    RNNClassifier(2, **few).fit(rebased[:, :, None], np.arange(1000) % 2)
    sums = [np.c_[rng.normal(size=6), [0.3, 0.1 + 0.2] * 3] for _ in range(20)]
    RNNClassifier(2, **few).fit(sums, [0, 1] * 10)
    known = [np.c_[x[:, 0], [1, 1 - 6e-8] * 3].astype(np.float32) for x in sums]
    RNNClassifier(2, **few).fit(known, [0, 1] * 10)


def test_a_feature_that_only_a_tiny_weight_moves_is_constant():
    X = np.array([[1.0], [1.0], [2.0]])
    mean, scale = mean_and_scale(X, np.array([1.0, 1.0, 1e-200]))
    assert mean[0] == 1
    assert scale[0] == 2  # the power of two of its size
