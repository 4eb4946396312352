"""Losses of numbers: their gradients, what they predict, units and scores."""

import numpy as np
import pytest
from helpers import STEADY, complex_step, ragged_data
from numpy.testing import assert_allclose, assert_array_equal
from scipy.optimize import minimize_scalar
from scipy.special import huber
from sklearn.metrics import (
    d2_absolute_error_score,
    d2_pinball_score,
    d2_tweedie_score,
    mean_absolute_error,
    mean_pinball_loss,
    mean_poisson_deviance,
    mean_squared_error,
    r2_score,
)
from sklearn.utils.estimator_checks import check_sample_weight_equivalence_on_dense_data

from sksequence import RNNRegressor
from sksequence.estimators._moments import weighted_quantile
from sksequence.estimators._target_losses import NUMBER_LOSSES
from sksequence.network import LOSSES, QuantileLoss

OF_NUMBERS = {
    name: loss for name, loss in LOSSES.items() if name not in ("softmax", "sigmoid")
} | {"high quantile": QuantileLoss(0.9)}

X, _ = ragged_data()
SUMS = np.array([x.sum() for x in X])
COUNTS = np.random.RandomState(0).poisson(np.exp(SUMS / 10))
WEIGHTS = np.random.RandomState(1).randint(0, 4, 40)
SCORES = {
    "squared_error": r2_score,
    "absolute_error": d2_absolute_error_score,
    "huber": d2_absolute_error_score,
    "quantile": lambda *y, **w: d2_pinball_score(*y, alpha=0.8, **w),
    "poisson": lambda *y, **w: d2_tweedie_score(*y, power=1, **w),
}
ERRORS = {
    "squared_error": mean_squared_error,
    "absolute_error": lambda *y: mean_absolute_error(*y) / 2,
    "huber": lambda *y: mean_absolute_error(*y) / 2,
    "quantile": lambda *y: mean_pinball_loss(*y, alpha=0.8),
    "poisson": mean_poisson_deviance,
}
every_loss = pytest.mark.parametrize("loss", NUMBER_LOSSES)
every_other = pytest.mark.parametrize(
    "loss", [name for name in NUMBER_LOSSES if name != "squared_error"]
)


def small(loss, **settings):
    few = {"hidden_layer_sizes": (8,), "max_iter": 3, "random_state": 0}
    quantile = 0.8 if loss == "quantile" else 0.5
    return RNNRegressor(loss=loss, quantile=quantile, **few | STEADY | settings)


def targets_for(loss):
    return COUNTS if loss == "poisson" else SUMS


# -- the losses ------------------------------------------------------------------------


@pytest.mark.parametrize("name", OF_NUMBERS)
def test_derivatives(name):
    rng = np.random.RandomState(0)
    scores, y = 2 * rng.standard_normal((9, 3)), rng.poisson(1.5, (9, 3)).astype(float)
    weights, function = rng.uniform(0.5, 2, 9), OF_NUMBERS[name].value_and_gradient
    expected = complex_step(lambda s: function(s, y, weights)[0], scores)
    assert_allclose(function(scores, y, weights)[1], expected, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", OF_NUMBERS)
def test_derivatives_are_subgradients_where_losses_bend(name):
    """All are convex: no tangent is above them, not even where y-hat = y."""
    s, t = np.meshgrid(np.linspace(-4, 4, 65), np.linspace(-4, 4, 65))
    y, one = np.zeros((1, 1)), np.ones(1)
    if name == "poisson":
        y += 1
    for delta in (0.0, 1.345):  # where the loss of Huber bends, too

        def of(values, shift=delta):
            losses, derivatives = OF_NUMBERS[name].each(values + y + shift, y)
            return losses, derivatives

        (at_s, slopes), (at_t, _) = of(s), of(t)
        assert (at_t >= at_s + slopes * (t - s) - 1e-12).all()
    if name != "poisson":
        value, gradient = OF_NUMBERS[name].value_and_gradient(y, y, one)
        assert value == 0
        assert gradient == 0


@pytest.mark.parametrize("name", OF_NUMBERS)
def test_float32_stays_float32(name):
    scores = np.linspace(-2, 2, 6, dtype=np.float32).reshape(3, 2)
    weights = np.ones(3, np.float32)
    value, gradient = OF_NUMBERS[name].value_and_gradient(scores, scores + 1, weights)
    assert value.dtype == gradient.dtype == np.float32


def test_losses_are_scikit_learns():
    rng = np.random.RandomState(0)
    scores, y = rng.standard_normal(20), rng.poisson(2, 20).astype(float)
    w = rng.uniform(size=20)

    def of(name):
        return OF_NUMBERS[name].value_and_gradient(scores[:, None], y[:, None], w)[0]

    absolute = mean_absolute_error(y, scores, sample_weight=w)
    assert_allclose(of("absolute") / w.sum(), absolute)
    for name, q in {"quantile": 0.5, "high quantile": 0.9}.items():
        pinball = mean_pinball_loss(y, scores, sample_weight=w, alpha=q)
        assert_allclose(of(name) / w.sum(), pinball)
    deviance = mean_poisson_deviance(y, np.exp(scores), sample_weight=w)
    saturated = np.average(
        y - y * np.log(np.where(y > 0, y, 1)), weights=w
    )  # of perfect predictions
    assert_allclose(2 * (of("poisson") / w.sum() - saturated), deviance)


# -- what is predicted -----------------------------------------------------------------


def constant_of(y, loss, quantile=0.5, **settings):
    """What is predicted of sequences that are all alike."""
    few = {"max_iter": 300, "batch_size": len(y), "random_state": 0}
    reg = RNNRegressor(4, loss=loss, quantile=quantile, **few | settings)
    return reg.fit(np.ones((len(y), 2, 1)), y).predict(np.ones((1, 2, 1)))[0]


def test_each_loss_has_its_constant():
    y = np.random.RandomState(0).exponential(size=400)
    assert constant_of(y, "squared_error") == pytest.approx(y.mean(), rel=0.01)
    assert constant_of(y, "absolute_error") == pytest.approx(np.median(y), rel=0.02)
    for q in (0.05, 0.5, 0.95):
        below = (y < constant_of(y, "quantile", q)).mean()
        assert below == pytest.approx(q, abs=0.01)
    counts = np.random.RandomState(0).poisson(3.0, 400)
    assert constant_of(counts, "poisson") == pytest.approx(counts.mean(), rel=0.01)


def test_hubers_constant_is_between_median_and_mean():
    y = np.r_[np.random.RandomState(0).standard_normal(300), np.full(20, 30.0)]
    delta = 1.345 * np.subtract(*np.quantile(y, [0.75, 0.25])) / 1.349
    expected = minimize_scalar(lambda c: huber(delta, y - c).sum()).x
    assert np.median(y) < expected < 0.1 * y.mean()
    assert constant_of(y, "huber") == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize("loss", ["absolute_error", "huber", "quantile"])
def test_a_target_far_off_changes_little(loss):
    y = SUMS.copy()
    y[3] = 1e9
    reg = small(loss, max_iter=150).fit(X, y)
    rest = np.arange(40) != 3
    assert SCORES[loss](y[rest], reg.predict(X)[rest]) > 0.7
    assert reg.y_scale_ < 2 * SUMS.std()


@every_loss
def test_it_learns(loss):
    y = np.exp(SUMS / 10) if loss == "poisson" else SUMS
    reg = small(loss, max_iter=150).fit(X, y)
    assert reg.score(X, y) > 0.7
    several = small(loss, max_iter=150).fit(X, np.stack([y, 9 * y[::-1]], axis=1))
    assert several.predict(X).shape == (40, 2)
    assert several.score(X, np.stack([y, 9 * y[::-1]], axis=1)) > 0.5


def test_poissons_mean_is_never_negative():
    reg = small("poisson", max_iter=50).fit(X, COUNTS)
    assert (reg.predict([1e6 * x for x in X]) > 0).all()


# -- units -----------------------------------------------------------------------------


@every_loss
@pytest.mark.parametrize("unit", [2.0**-900, 2.0**20, 2.0**900])
def test_units_do_not_matter(loss, unit):
    y = targets_for(loss)
    plain, scaled = small(loss).fit(X, y), small(loss).fit(X, unit * y)
    assert_allclose(scaled.theta_, plain.theta_, rtol=1e-9)
    assert_allclose(scaled.predict(X) / unit, plain.predict(X), rtol=1e-9)
    assert scaled.score(X, unit * y) == pytest.approx(plain.score(X, y))


@every_other
def test_where_scores_begin(loss):
    y = targets_for(loss)
    reg = small(loss).fit(X, y)
    if loss == "poisson":
        assert_allclose((reg.y_mean_[0], reg.y_scale_[0]), (0, y.mean()))
        return
    q = 0.8 if loss == "quantile" else 0.5
    assert reg.y_mean_ == np.quantile(y, q, method="inverted_cdf")
    low, high = np.quantile(y, [0.25, 0.75], method="inverted_cdf")
    assert_allclose(reg.y_scale_, (high - low) / 1.349)
    rare = np.where(np.arange(40) % 5, 0.0, 7.0)  # of which the quartiles are alike
    assert_allclose(small(loss).fit(X, rare).y_scale_, rare.std())


@every_loss
def test_predictions_stay_when_units_move(loss):
    y = targets_for(loss)
    reg = small(loss, learning_rate_init=1e-12).partial_fit(X, y)
    before, units = reg.predict(X), reg.y_scale_
    reg.partial_fit(X, 3 + 5 * y)
    assert reg.y_scale_ != units
    assert_allclose(reg.predict(X), before)


@every_loss
def test_weights_are_repetitions(loss):
    y = targets_for(loss)
    rows = np.repeat(np.arange(40), WEIGHTS)
    one_batch = {"batch_size": 200, "max_iter": 20}
    weighted = small(loss, **one_batch).fit(X, y, sample_weight=0.1 * WEIGHTS)
    repeated = small(loss, **one_batch).fit([X[i] for i in rows], y[rows])
    assert_allclose(weighted.y_mean_, repeated.y_mean_, rtol=1e-12)
    assert_allclose(weighted.y_scale_, repeated.y_scale_, rtol=1e-12)
    assert_allclose(weighted.predict(X), repeated.predict(X), rtol=1e-6)
    score = weighted.score(X, y, WEIGHTS)
    assert score == pytest.approx(weighted.score([X[i] for i in rows], y[rows]))


@every_other
def test_weights_are_repetitions_to_scikit_learns_check(loss):
    settings = {"batch_size": 1000, "max_iter": 50, "loss": loss}
    check_sample_weight_equivalence_on_dense_data(
        "RNNRegressor", RNNRegressor(**settings)
    )


def test_quantiles_are_those_of_numpy_and_do_not_round():
    y = np.random.RandomState(0).standard_normal((50, 3)).round(1)
    w = np.random.RandomState(1).randint(0, 5, 50)
    for q in (0.01, 0.2, 0.5, 0.75, 0.99):
        repeated = np.repeat(y, w, axis=0)
        expected = np.quantile(repeated, q, axis=0, method="inverted_cdf")
        for unit in (1, 0.1, 1 / 3, 1e300):
            assert_array_equal(weighted_quantile(y, w * unit, q), expected)


# -- scores ----------------------------------------------------------------------------


@every_loss
def test_score_is_that_of_scikit_learn(loss):
    y = targets_for(loss)
    reg = small(loss).fit(X, y)
    found, score = reg.predict(X), SCORES[loss]
    assert reg.score(X, y) == pytest.approx(score(y, found))
    weighted = score(y, found, sample_weight=WEIGHTS)
    assert reg.score(X, y, WEIGHTS) == pytest.approx(weighted)
    both = np.stack([y, y[::-1]], axis=1)
    reg = small(loss).fit(X, both)
    each = [score(both[:, k], reg.predict(X)[:, k]) for k in range(2)]
    assert reg.score(X, both) == pytest.approx(np.mean(each))


@every_loss
def test_early_stopping_watches_the_score(loss):
    y = targets_for(loss)
    held = {"X_val": X[30:], "y_val": y[30:]}
    reg = small(loss, max_iter=20, batch_size=8).fit(X[:30], y[:30], **held)
    assert reg.best_validation_score_ == pytest.approx(reg.score(X[30:], y[30:]))
    stopped = small(loss, max_iter=5, early_stopping=True).fit(X, y)
    assert len(stopped.validation_scores_) == 5
    other = small(loss, scoring="r2").fit(X[:30], y[:30], **held)
    expected = r2_score(y[30:], other.predict(X[30:]))
    assert other.best_validation_score_ == pytest.approx(expected)


@every_loss
@pytest.mark.parametrize("constant", [0.0, 3.0])
def test_the_error_is_watched_where_there_is_no_score(loss, constant):
    y, y_val = targets_for(loss)[:30], np.full(10, constant)
    reg = small(loss).fit(X[:30], y, X_val=X[30:], y_val=y_val)
    error = ERRORS[loss](y_val, reg.predict(X[30:]))
    assert reg.best_validation_score_ == pytest.approx(-error)
    assert reg.score(X[30:], y_val) == 0


# -- errors ----------------------------------------------------------------------------


def test_poissons_targets():
    y = COUNTS.astype(float)
    y[7] = -2
    with pytest.raises(ValueError, match=r"y\[7\] is -2: loss='poisson' is for counts"):
        small("poisson").fit(X, y)
    held = {"X_val": X, "y_val": y}
    with pytest.raises(ValueError, match=r"y_val\[7\] is -2"):
        small("poisson").fit(X, COUNTS, **held)
    with pytest.raises(ValueError, match=r"y\[7\] is -2"):
        small("poisson").fit(X, COUNTS).score(X, y)
    with pytest.raises(ValueError, match="y is 0 wherever it has weight"):
        small("poisson").fit(X, np.zeros(40))
    with pytest.raises(ValueError, match="y is 0 wherever it has weight"):
        small("poisson").fit(X, COUNTS, sample_weight=COUNTS == 0)
    with pytest.raises(ValueError, match=r"y\[:, 1\] is 0 wherever it has weight"):
        small("poisson").fit(X, np.stack([COUNTS, 0 * COUNTS], axis=1))


@pytest.mark.parametrize("quantile", [0, 1, -0.1, 1.5, np.nan, "0.5", None])
def test_quantiles_outside(quantile):
    reg = RNNRegressor(loss="quantile", quantile=quantile)
    message = r"The 'quantile' parameter of RNNRegressor must be a float in .*\(0, 1\)"
    with pytest.raises(ValueError, match=message):
        reg.fit(X, SUMS)


def test_a_quantile_that_does_nothing():
    with pytest.warns(UserWarning, match=r"quantile=0.9 does nothing: it concerns"):
        small("huber").set_params(quantile=0.9).fit(X, SUMS)


def test_training_goes_on_with_the_same_loss():
    reg = small("huber").fit(X, SUMS).set_params(loss="absolute_error")
    assert reg.score(X, SUMS) == small("huber").fit(X, SUMS).score(X, SUMS)
    with pytest.raises(ValueError, match="^loss was 'huber' in the fit before"):
        reg.partial_fit(X, SUMS)
