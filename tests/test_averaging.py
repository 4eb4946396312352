"""The average of the weights: the formula, and what estimators make of it."""

import pickle
import tracemalloc

import numpy as np
import pytest
from helpers import PER_SEQUENCE, STEADY, ragged_data
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse

from sksequence import RNNClassifier, RNNLanguageModel, RNNRegressor, RNNTagger
from sksequence.network import Gradients, Layout
from sksequence.training import OPTIMIZERS, AveragedWeights, make_optimizer

TABLE = Layout({"E": (5, 2), "b": (2,)}, {"E"}, {"b"})
X, Y = ragged_data()
every_estimator = pytest.mark.parametrize("name", PER_SEQUENCE)


def by_hand(weights, decay):
    """Of all weights after the updates, oldest first."""
    powers = decay ** np.arange(len(weights))[::-1]
    return np.average(weights, axis=0, weights=powers)


def updates(rng, n=12):
    """Gradients, each of some rows of the table (or of none)."""
    for k in range(n):
        gradients = Gradients(TABLE, np.float64)
        gradients.dense[:] = rng.standard_normal(2)
        rows = np.flatnonzero(rng.random_sample(5) < 0.3)
        gradients.tables["E"].add_rows(rows, rng.standard_normal((len(rows), 2)))
        yield k, gradients


@pytest.mark.parametrize("solver", OPTIMIZERS)
@pytest.mark.parametrize("decay", [1e-9, 0.3, 0.9, 0.9999])
@pytest.mark.parametrize("alpha", [0.0, 0.5])
def test_the_average_is_that_of_all_weights(solver, decay, alpha):
    """Whichever rows of a table move, and whenever one looks."""
    rng = np.random.RandomState(0)
    theta = rng.standard_normal(TABLE.size)
    optimizer = make_optimizer(solver, TABLE, np.float64, alpha=alpha)
    average, weights = AveragedWeights(theta, optimizer, decay), []
    assert_array_equal(average.value(), theta)
    for k, gradients in updates(rng):
        average.before_update(gradients)
        optimizer.update(theta, gradients, 0.1)
        weights.append(theta.copy())
        if k in (0, 4, 5):
            assert_allclose(average.value(), by_hand(weights, decay), rtol=1e-11)
    assert_allclose(average.value(), by_hand(weights, decay), rtol=1e-11)


def test_rows_that_an_update_does_not_move_cost_nothing():
    layout = Layout({"E": (500_000, 4), "b": (2,)}, {"E"})
    theta = np.zeros(layout.size, np.float32)
    optimizer = make_optimizer("adam", layout, np.float32)
    average = AveragedWeights(theta, optimizer, 0.9)
    gradients = Gradients(layout, np.float32)
    gradients.views()["E"].add_rows(np.array([5, 400_000]), np.ones((2, 4), np.float32))
    average.before_update(gradients)
    tracemalloc.start()
    average.before_update(gradients)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10_000  # the table is 8 MB
    assert average.value().dtype == np.float32


def test_its_state_goes_out_and_in():
    results = []
    for stopped in (False, True):
        rng = np.random.RandomState(0)
        theta = rng.standard_normal(TABLE.size)
        optimizer = make_optimizer("adam", TABLE, np.float64)
        average = AveragedWeights(theta, optimizer, 0.9)
        for k, gradients in updates(rng):
            if k == 6:
                state = average.get_state()
                if stopped:
                    average = AveragedWeights(theta, optimizer, 0.9)
                    average.set_state(state)
            average.before_update(gradients)
            optimizer.update(theta, gradients, 0.1)
        assert not np.shares_memory(state["average"], average.value())
        results.append(average.value())
    assert_array_equal(*results)


# -- in estimators ---------------------------------------------------------------------


def small(name="RNNClassifier", **settings):
    few = {"hidden_layer_sizes": (6,), "max_iter": 5, "random_state": 0}
    return PER_SEQUENCE[name](**few | STEADY | settings)


def still(epoch):
    """A factor of the learning rate."""
    return 0.0


class Weights:
    """A callback that writes down the weights after each epoch."""

    def __init__(self):
        self.found = []

    def setup(self, estimator, context):
        pass

    teardown = on_fit_task_begin = setup

    def on_fit_task_end(self, estimator, context, *, fitted_estimator):
        if context.task_name == "epoch":
            self.found.append(fitted_estimator.theta_.copy())


@every_estimator
def test_the_fitted_weights_are_the_average(name):
    """And training goes as without it. An epoch is one update here."""
    without, averaged = Weights(), Weights()
    settings = {"batch_size": len(X), "dtype": "float64"}
    plain = small(name, **settings).set_callbacks(without).fit(X, Y)
    ours = small(name, ema_decay=0.7, **settings).set_callbacks(averaged).fit(X, Y)
    assert ours.loss_curve_ == plain.loss_curve_
    for k in range(5):
        expected = by_hand(without.found[: k + 1], 0.7)
        assert_allclose(averaged.found[k], expected, rtol=1e-9, atol=1e-12)
    assert_array_equal(ours.theta_, averaged.found[-1])


def rows_of_tokens(cls, **settings):
    """A fit on token ids, of which each batch holds a few."""
    rng = np.random.RandomState(0)
    tokens = [rng.randint(0, 40, n) for n in rng.randint(1, 4, 12)]
    model = cls(
        3, embedding_dim=2, n_tokens=50, batch_size=2, dtype="float64", max_iter=1,
        random_state=0, **settings,
    )  # fmt: skip
    targets = tokens if cls is RNNTagger else np.arange(12) % 3
    return model.fit(tokens, targets)


@pytest.mark.parametrize("cls", [RNNClassifier, RNNTagger])
@pytest.mark.parametrize(
    "options", [{}, {"alpha": 0.1}, {"alpha": 0.1, "solver": "adamw"}]
)
def test_embeddings_are_averaged_over_all_updates(cls, options, monkeypatch):
    weights, before_update = [], AveragedWeights.before_update

    def recorded(self, gradients):
        weights.append(self.theta.copy())
        before_update(self, gradients)

    plain = rows_of_tokens(cls, **options)
    monkeypatch.setattr(AveragedWeights, "before_update", recorded)
    ours = rows_of_tokens(cls, ema_decay=0.8, **options)
    assert len(weights) == 6
    expected = by_hand([*weights[1:], plain.theta_], 0.8)
    assert_allclose(ours.theta_, expected, rtol=1e-9, atol=1e-12)


def test_sparse_steps_are_averaged_as_dense_ones():
    rng = np.random.RandomState(0)
    steps = [np.eye(9)[rng.randint(0, 9, n)] for n in (3, 1, 2, 2, 4, 1)]
    fits = [
        RNNRegressor(
            3, batch_size=2, solver="sgd", momentum=0, ema_decay=0.9, max_iter=3,
            random_state=0, standardize=False,
        ).fit([form(x) for x in steps], np.arange(6.0))
        for form in (sparse.csr_matrix, np.asarray)
    ]  # fmt: skip
    assert_allclose(fits[0].predict(steps), fits[1].predict(steps), rtol=1e-9)


@every_estimator
def test_weights_that_stand_still_are_their_average(name):
    plain = small(name, learning_rate=still).fit(X, Y)
    ours = small(name, learning_rate=still, ema_decay=0.9).fit(X, Y)
    assert_array_equal(ours.theta_, plain.theta_)


@every_estimator
def test_threads_average_alike(name):
    one, two = (small(name, ema_decay=0.9, n_jobs=n).fit(X, Y) for n in (1, 2))
    assert_allclose(one.theta_, two.theta_, rtol=1e-4, atol=1e-6)


@every_estimator
def test_early_stopping_watches_the_average(name):
    averaged = Weights()
    settings = {"ema_decay": 0.9, "max_iter": 8, "learning_rate_init": 0.1}
    model = small(name, **settings).set_callbacks(averaged)
    model.fit(X, Y, X_val=X[:9], y_val=Y[:9])
    best = int(np.argmax(model.validation_scores_))
    assert_array_equal(model.theta_, averaged.found[best])
    assert model.score(X[:9], Y[:9]) == pytest.approx(model.best_validation_score_)
    again = small(name, warm_start=True, **settings)
    again.fit(X, Y, X_val=X[:9], y_val=Y[:9]).fit(X, Y, X_val=X[:9], y_val=Y[:9])
    assert again.best_validation_score_ >= model.best_validation_score_


@every_estimator
def test_an_average_that_is_turned_off_is_where_training_goes_on(name):
    model = small(name, ema_decay=0.9, warm_start=True).fit(X, Y)
    averaged = model.theta_
    model.set_params(learning_rate=still, max_iter=1)
    turned_off = pickle.loads(pickle.dumps(model)).set_params(ema_decay=0.0)
    assert_array_equal(turned_off.fit(X, Y).theta_, averaged)
    assert not np.array_equal(model.fit(X, Y).theta_, averaged)  # nearer to the weights


def test_other_units_of_targets_change_no_prediction():
    y = np.array([1e3 + 50 * np.sum(x) for x in X])
    model = RNNRegressor(
        4, random_state=0, warm_start=True, ema_decay=0.9, max_iter=2, dtype="float64"
    ).fit(X, y)
    before = model.predict(X)
    model.set_params(learning_rate=still, max_iter=60)
    straight = pickle.loads(pickle.dumps(model)).fit(X, y)  # at the weights themselves
    model.fit(X[:9], y[:9] * 100)
    assert not np.allclose(straight.predict(X), before, rtol=1e-4)
    assert_allclose(model.predict(X), straight.predict(X), rtol=1e-3)
    model.set_params(max_iter=1).fit(X, y)
    assert_allclose(model.predict(X), straight.predict(X), rtol=1e-3)


def test_running_text_that_is_interrupted_keeps_the_average(monkeypatch):
    """The weights after the last update count, in the midst of an epoch."""
    text, values, before_update = "abcab" * 40, [], AveragedWeights.before_update

    def interrupted(self, gradients):
        values.append(self.value().copy())
        if len(values) == 4:
            raise KeyboardInterrupt
        before_update(self, gradients)

    monkeypatch.setattr(AveragedWeights, "before_update", interrupted)
    model = RNNLanguageModel(
        4, analyzer="char", contiguous=True, bptt_length=4, batch_size=2, ema_decay=0.5
    )
    with (
        pytest.warns(UserWarning, match="interrupted"),
        pytest.raises(KeyboardInterrupt),
    ):
        model.fit([text])
    assert_array_equal(model.theta_, values[-1])
