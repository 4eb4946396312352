"""RNNRegressor: one and several outputs, in their own units."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from helpers import STEADY, ragged_data
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.exceptions import DataConversionWarning

from sksequence import RNNRegressor
from sksequence.estimators._moments import Moments

X, _ = ragged_data()
SUMS = np.array([x.sum() for x in X])


def small(**settings):
    few = {"hidden_layer_sizes": (8,), "max_iter": 3, "random_state": 0}
    return RNNRegressor(**few | STEADY | settings)


def test_one_output():
    reg = small(max_iter=150).fit(X, SUMS)
    assert reg.predict(X).shape == (40,)
    assert reg.score(X, SUMS) > 0.98


def test_several_outputs():
    y = np.stack([SUMS, -100 * SUMS, [len(x) for x in X]], axis=1)
    reg = small(max_iter=200).fit(X, y)
    assert reg.predict(X).shape == (40, 3)
    assert reg.score(X, y) > 0.95
    one = small().fit(X, SUMS)
    with pytest.warns(DataConversionWarning):
        column = small().fit(X, SUMS[:, None])
    assert_array_equal(column.predict(X), one.predict(X))
    with pytest.raises(ValueError, match="y has 2 outputs, but .* fitted with 3"):
        reg.partial_fit(X, y[:, :2])


def test_units_do_not_matter():
    plain = small(max_iter=20).fit(X, SUMS)
    scaled = small(max_iter=20).fit(X, 1e6 * SUMS + 5e7)
    assert_allclose(scaled.predict(X), 1e6 * plain.predict(X) + 5e7, rtol=1e-6)
    assert_allclose(scaled.y_mean_, 1e6 * SUMS.mean() + 5e7)
    assert_allclose(scaled.y_scale_, 1e6 * SUMS.std())
    assert_allclose(scaled.loss_, plain.loss_, rtol=1e-6)


@pytest.mark.parametrize("value", [0.0, 0.1, 1e9])
def test_a_constant_target_is_predicted(value):
    reg = small(max_iter=10).fit(X, np.full(40, value))
    assert_array_equal(reg.y_scale_, [1.0])
    assert_allclose(reg.predict(X), value, atol=0.5)


def test_float32_steps_do_not_cost_the_targets_their_precision():
    X32 = [x.astype(np.float32) for x in X]
    reg = small(max_iter=150).fit(X32, 1e9 + SUMS)
    assert reg.theta_.dtype == np.float32
    assert reg.score(X32, 1e9 + SUMS) > 0.98


def test_weights_count_in_mean_and_scale():
    weights = np.arange(40) % 4
    reg = small().fit(X, SUMS, sample_weight=weights)
    repeated = np.repeat(SUMS, weights)
    assert_allclose(reg.y_mean_, repeated.mean())
    assert_allclose(reg.y_scale_, repeated.std())


def test_mean_and_scale_are_those_of_all_calls_of_partial_fit():
    reg = small().partial_fit(X, SUMS).partial_fit(X, SUMS + 100)
    both = np.concatenate([SUMS, SUMS + 100])
    assert_allclose(reg.y_mean_, both.mean())
    assert_allclose(reg.y_scale_, both.std())


@pytest.mark.parametrize("first", [np.zeros(8), np.full(8, 3.0), 1e-3 * SUMS[:8]])
def test_mean_and_scale_follow_the_data_of_partial_fit(first):
    reg = small(max_iter=1).partial_fit(X[:8], first)
    y = 1e5 + 1e4 * SUMS
    for _ in range(3):
        reg.partial_fit(X, y)
    seen = np.concatenate([first, y, y, y])
    assert_allclose(reg.y_mean_, seen.mean())
    assert_allclose(reg.y_scale_, seen.std())


def test_predictions_stay_when_mean_and_scale_move():
    reg = small(learning_rate_init=1e-12).partial_fit(X, SUMS)
    before = reg.predict(X)
    reg.partial_fit(X, 100 + 5 * SUMS)
    assert_allclose(reg.y_mean_, (SUMS.mean() + 100 + 5 * SUMS.mean()) / 2)
    assert_allclose(reg.predict(X), before)


def test_the_same_data_again_change_no_scale():
    reg = small(warm_start=True).fit(X, SUMS)
    once = reg.y_mean_, reg.y_scale_
    reg.partial_fit(X, SUMS)
    assert_array_equal((reg.y_mean_, reg.y_scale_), once)
    reg.fit(X, SUMS)
    assert_array_equal((reg.y_mean_, reg.y_scale_), once)
    reg.fit(X, 7 + SUMS)  # and a fit has those of its own data
    assert_allclose(reg.y_mean_, 7 + SUMS.mean())


@pytest.mark.parametrize("size", [1e300, 1e155, 1e-155, 1e-170, 1e-300])
@pytest.mark.parametrize("weight", [1.0, 1e300, 1e-300])
@pytest.mark.parametrize("n_outputs", [1, 2])
def test_targets_and_weights_of_any_size(size, weight, n_outputs):
    """What is learnt is the same, in another unit."""
    unit = 2.0 ** np.round(np.log2(size / 8))
    y = np.stack([SUMS / np.abs(SUMS).max(), np.cos(SUMS)][:n_outputs], axis=1)
    y = y[:, 0] if n_outputs == 1 else y
    w = np.where(np.arange(40) % 3, 0.5, 1.0)
    plain = small(early_stopping=True).fit(X, y, sample_weight=w)
    reg = small(early_stopping=True).fit(X, y * unit, sample_weight=w * weight)
    assert_allclose(reg.theta_, plain.theta_, rtol=1e-6)
    assert_allclose(reg.predict(X) / unit, plain.predict(X), rtol=1e-6)
    score = reg.score(X, y * unit, sample_weight=w * weight)
    assert score == pytest.approx(plain.score(X, y, sample_weight=w), rel=1e-6)


@pytest.mark.parametrize("constant", [1e300, -1e-300, 0.0, 5e-324, 7.0])
def test_constant_targets_of_any_size(constant):
    predicted = small().fit(X, np.full(40, constant)).predict(X)
    assert np.abs(predicted - constant).max() <= max(1.0, 0.1 * abs(constant))
    if 0 < abs(constant) < 1:
        assert np.abs(predicted).max() < 10 * abs(constant)


@pytest.mark.filterwarnings("ignore:Feature 0 of X has a mean")
@pytest.mark.parametrize("number", [Fraction, Decimal, lambda v: int(v * 2**70)])
def test_numbers_of_any_type(number):
    values = [0.5, 1.25, -2.0, 0.75] * 4
    X = [[[number(v)], [number(2 * v)]] for v in values]
    y = [number(v) for v in values]
    floats = np.array([float(number(1.0))]) * values
    expected = small().fit([[[v], [2 * v]] for v in floats], floats)
    reg = small().fit(X, y, sample_weight=[Fraction(1, 2)] * 16)
    assert_array_equal(
        reg.predict(X), expected.predict([[[v], [2 * v]] for v in floats])
    )


def test_targets_beyond_floats():
    with pytest.raises(ValueError, match=r"y\[3\] is .*: targets must not be larger"):
        small().fit(X, np.r_[1, 2, 3, 1.7e308, SUMS[4:]])
    with pytest.raises(
        ValueError, match=r"y\[0\] is an int of .* too large for a float"
    ):
        small().fit(X, [10**400, *SUMS[1:]])
    with pytest.raises(ValueError, match="one row of as many targets"):
        small().fit(X, [[1.0, 2.0], *SUMS[1:]])


def test_the_validation_score_is_r2():
    reg = small(max_iter=30, batch_size=8)
    reg.fit(X[:30], SUMS[:30], X_val=X[30:], y_val=SUMS[30:])
    assert reg.best_validation_score_ == pytest.approx(reg.score(X[30:], SUMS[30:]))
    one = small().fit(X[:30], SUMS[:30], X_val=X[30:31], y_val=SUMS[30:31])
    error = (one.predict(X[30:31]) - SUMS[30:31]) ** 2
    assert one.best_validation_score_ == pytest.approx(-error[0])


def test_errors_of_targets():
    with pytest.raises(ValueError, match="Input y contains NaN"):
        small().fit(X, np.r_[np.nan, SUMS[1:]])
    with pytest.raises(TypeError, match="y holds <U1 values, as 'a'. Expected real"):
        small().fit(X, ["a"] * 40)
    with pytest.raises(ValueError, match=r"y contains infinity: y\[3\] is inf"):
        small().fit(X, np.r_[SUMS[:3], np.inf, SUMS[4:]])
    with pytest.raises(ValueError, match=r"y contains infinity: y\[0\]\[1\] is -inf"):
        small().fit(X, np.c_[SUMS, np.r_[-np.inf, SUMS[1:]]])


@pytest.mark.parametrize("pooling", ["last", "mean", "max"])
@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_dense_layers_above(pooling, activation):
    reg = small(
        max_iter=60,
        pooling=pooling,
        dense_layer_sizes=(8, 4),
        dense_activation=activation,
    ).fit(X, SUMS)
    assert reg.transform(X).shape == (40, 4)
    assert reg.loss_ < 0.5 * reg.loss_curve_[0]


@pytest.mark.parametrize("unit", [1e-300, 1e-310, 1e299])
def test_predictions_further_away_than_floats_reach(unit):
    X = [[[1.0]], [[2.0]], [[3.0]]]
    y = np.array([1.0, -2.0, 3.0])
    reg = RNNRegressor(2, max_iter=1, random_state=0).fit(X, 1e150 * y)
    found = reg.score(X, unit * y)
    assert found == -np.inf if unit < 1 else found <= 1


def test_a_target_without_weight_does_not_count_whatever_it_is():
    X, y = np.random.RandomState(0).randn(20, 4, 1), np.arange(20.0)
    reg = RNNRegressor(3, max_iter=2, random_state=0).fit(X, y)
    weights = np.r_[0, np.ones(19)]
    large = np.r_[1e300, y[1:]]
    assert reg.score(X, large, weights) == reg.score(X[1:], y[1:])


@pytest.mark.parametrize("deviation", [10, 0.3, 0.01])
def test_a_large_offset_of_targets_does_not_matter(deviation):
    """Up to the distance of floats that are as large."""
    X, y = ragged_data(40)[0], np.arange(40.0) % 7
    offset = 1e12
    moved = y * deviation + offset
    settings = {"hidden_layer_sizes": 4, "max_iter": 5, "dtype": "float64"}
    near, far = (
        RNNRegressor(**settings, random_state=0).fit(X, targets)
        for targets in (moved - offset, moved)
    )
    assert_allclose(far.y_scale_, near.y_scale_, rtol=1e-6)
    spacing = 4 * np.spacing(offset)
    assert_allclose(far.predict(X) - offset, near.predict(X), atol=spacing)


@pytest.mark.parametrize("n", [7, 100_000])
def test_constant_targets_have_no_deviation(n):
    moments = Moments.of(np.full((n, 1), 0.1), np.full(n, 0.3))
    assert moments.scale == 1
    assert moments.mean == 0.1
