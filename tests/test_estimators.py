"""What all estimators share: parameters, errors, training, restarts, persistence."""

import os
import pickle
import subprocess
import sys
import warnings
from pathlib import Path

import helpers
import joblib
import numpy as np
import pytest
from helpers import PER_SEQUENCE, STEADY, ragged_data, scores_of
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.base import clone
from sklearn.callback import ScoringMonitor
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import sksequence
from sksequence import RaggedArray, RNNClassifier, RNNRegressor
from sksequence.cells import GRUCell, LSTMCell
from sksequence.estimators import _base
from sksequence.inspection import trace
from sksequence.network import POOLINGS
from sksequence.preprocessing import PerStep

X, Y = ragged_data()
every_estimator = pytest.mark.parametrize("name", PER_SEQUENCE)


def small(name="RNNClassifier", **settings):
    few = {"hidden_layer_sizes": (6,), "max_iter": 3, "random_state": 0}
    return PER_SEQUENCE[name](**few | STEADY | settings)


# -- the network -----------------------------------------------------------------------


@every_estimator
def test_a_fitted_network_is_built_once(name):
    estimator = small(name).fit(X, Y)
    network = estimator._network
    scores_of(estimator, X)
    assert estimator._network is network
    other = small(name, hidden_layer_sizes=(4,)).fit(X, Y)
    assert other._network is not network
    estimator.set_params(hidden_layer_sizes=(4,)).fit(X, Y)
    assert estimator._network is not network
    assert_array_equal(scores_of(estimator, X), scores_of(other, X))
    restored = pickle.loads(pickle.dumps(estimator))
    assert_array_equal(scores_of(restored, X), scores_of(other, X))


@every_estimator
def test_sample_weights_of_any_size(name):
    """A factor that all weights have in common changes neither network nor score."""
    w = np.arange(len(X)) % 3 + 0.5
    expected = small(name).fit(X, Y, sample_weight=w)
    score = expected.score(X, Y, sample_weight=w)
    for power in (-1000, 1022):
        weights = np.ldexp(w, power)
        found = small(name).fit(X, Y, sample_weight=weights)
        assert_allclose(found.theta_, expected.theta_, rtol=1e-9)
        assert expected.score(X, Y, sample_weight=weights) == pytest.approx(score)
    unlike = np.where(w > 1, 1e308, 1e-308)
    assert np.isfinite(small(name).fit(X, Y, sample_weight=unlike).theta_).all()


@every_estimator
def test_weights_that_are_changed_count_at_once(name):
    estimator = small(name).fit(X, Y)
    before = scores_of(estimator, X)
    estimator.params_["output.b"][:] += [1, 0, 0][: len(estimator.params_["output.b"])]
    restored = pickle.loads(pickle.dumps(estimator))
    assert_array_equal(scores_of(estimator, X), scores_of(restored, X))
    assert (scores_of(estimator, X) != before).any()


def test_a_trace_leaves_the_network_as_it_is():
    clf = small().fit(X, Y)
    network, expected = clf._network, clf.predict_proba(X)
    layers = dict(network.layers)
    trace(clf, X[0])
    assert clf._network is network
    assert network.layers == layers
    assert_array_equal(clf.predict_proba(X), expected)


# -- parameters ------------------------------------------------------------------------

WRONG = [
    ("cell", "lsmt", r"a str among {'rnn', .* or an instance of 'Cell'\. Got 'lsmt'"),
    ("cell", "relu", r'\(cell="rnn" is the tanh RNN, cell="rnn_relu" the relu one\)'),
    ("cell", "RNN", 'cell="rnn" is the tanh RNN'),
    ("cell", LSTMCell, "an instance of 'Cell'"),
    ("cell", LSTMCell(peephole="x"), "'peephole' parameter of LSTMCell"),
    ("ema_decay", 1.0, "ema_decay"),
    ("engine", "torch", "a str among {'numpy', 'numba'}"),
    ("hidden_layer_sizes", (), "a sequence of at least one of them"),
    ("hidden_layer_sizes", (3, 0), r"an int in the range \[1, inf\)"),
    ("hidden_layer_sizes", "64", "hidden_layer_sizes"),
    ("hidden_layer_sizes", 2.5, "hidden_layer_sizes"),
    ("dense_layer_sizes", (-1,), "dense_layer_sizes"),
    ("dense_activation", "gelu", "dense_activation"),
    ("bidirectional", 1, "must be a bool. Got 1 instead"),
    ("pooling", "first", "a str among {'last', 'mean', 'max', 'concat',"),
    ("decoder", "viterbi", "a str among {'softmax', 'crf'}. Got 'viterbi'"),
    ("constraints", "iob", r"a str among {'iob1', 'bio', 'bioes', 'bilou'} or a"),
    ("embedding_dim", 0, r"None or an int in the range \[1, inf\)"),
    ("n_tokens", -3, "n_tokens"),
    ("embedding_init", 3, "None, a dict or an array"),
    ("embedding_trainable", "no", "must be a bool"),
    ("scoring", 3, "a callable"),
    ("dropout", 1.0, r"a float in the range \[0, 1\)"),
    ("recurrent_dropout", -0.1, "recurrent_dropout"),
    ("solver", "lbfgs", "solver"),
    ("alpha", -1, "alpha"),
    ("alpha", np.nan, "alpha"),
    ("batch_size", 0, "'auto'} or an int"),
    ("learning_rate", "linear", "learning_rate"),
    ("learning_rate_init", 0.0, r"a float in the range \(0, inf\)"),
    ("learning_rate_init", "0.1", "learning_rate_init"),
    ("power_t", -1, "power_t"),
    ("max_iter", 0, "max_iter"),
    ("max_iter", True, "max_iter"),
    ("clip_norm", 0, "None or a float"),
    ("clip_norm", np.inf, "clip_norm"),
    ("shuffle", None, "shuffle"),
    ("tol", -1e-3, "tol"),
    ("n_iter_no_change", 0, "n_iter_no_change"),
    ("early_stopping", "yes", "early_stopping"),
    ("validation_fraction", 1.0, "validation_fraction"),
    ("momentum", 1, "momentum"),
    ("nesterovs_momentum", 0, "nesterovs_momentum"),
    ("beta_1", 1.0, "beta_1"),
    ("beta_2", -1, "beta_2"),
    ("epsilon", 0.0, "epsilon"),
    ("warm_start", "no", "warm_start"),
    ("standardize", "yes", "a bool"),
    ("label_smoothing", 1.0, "a float in the range"),
    ("loss", "mse", "'squared_error', 'absolute_error'"),
    ("quantile", 1.0, r"a float in the range \(0, 1\)"),
    ("token_dropout", -0.1, r"a float in the range \[0, inf\)"),
    ("dtype", "float16", "dtype"),
    ("n_jobs", 0, "an int other than 0"),
    ("random_state", "seed", "random_state"),
    ("verbose", -1, "verbose"),
]  # fmt: skip


@every_estimator
@pytest.mark.parametrize(("parameter", "value", "message"), WRONG)
def test_wrong_parameters(name, parameter, value, message):
    estimator = small(name)
    if parameter not in estimator.get_params():
        pytest.skip("not one of its parameters")
    estimator.set_params(**{parameter: value})
    with pytest.raises(ValueError, match=message) as caught:
        estimator.fit(X, Y)
    if not isinstance(value, LSTMCell):
        owner = type(estimator).__name__
        assert f"The {parameter!r} parameter of {owner} must be" in str(caught.value)
    assert not hasattr(estimator, "theta_")


def test_every_parameter_is_checked():
    for name, cls in PER_SEQUENCE.items():
        assert cls().get_params().keys() == cls._parameters.keys(), name
        assert {parameter for parameter, _, _ in WRONG} >= (
            cls().get_params().keys() - {"class_weight"}
        )


@every_estimator
def test_an_activation_without_dense_layers_is_worth_a_warning(name):
    """Users may take it for that of the recurrent layers, as in other libraries."""
    estimator = small(name, dense_activation="tanh", max_iter=1)
    with pytest.warns(UserWarning, match='dense_layer_sizes is empty.*"rnn_relu"') as w:
        estimator.fit(X, Y)
    assert {warning.filename for warning in w} <= {__file__, helpers.__file__}
    with pytest.warns(UserWarning, match="dense_activation='tanh' does nothing") as w:
        make_pipeline(PerStep(StandardScaler()), estimator).fit(X, Y)
    assert {warning.filename for warning in w} <= {__file__, helpers.__file__}
    small(name, dense_activation="tanh", dense_layer_sizes=3, max_iter=1).fit(X, Y)
    assert small(name).fit(X, Y).architecture_["dense_activation"] == "relu"


def test_checks_can_be_skipped():
    with sksequence_config(skip_parameter_validation=True):
        small(verbose=-0.0).fit(X, Y)


def sksequence_config(**settings):
    from sklearn import config_context

    return config_context(**settings)


def test_the_two_constructors_agree():
    classifier, regressor = RNNClassifier().get_params(), RNNRegressor().get_params()
    del classifier["class_weight"], classifier["label_smoothing"]
    del regressor["loss"], regressor["quantile"]
    assert list(classifier) == list(regressor) == sorted(regressor)
    differ = {name for name in classifier if classifier[name] != regressor[name]}
    assert differ == {"bidirectional", "hidden_layer_sizes", "pooling", "dropout"}


# -- bad input -------------------------------------------------------------------------


def with_value(value, i=3, step=0, feature=1):
    changed = [x.copy() for x in X]
    changed[i][step, feature] = value
    return changed


BAD_X = [
    (with_value(np.nan), ValueError, r"NaN: X\[3\], step 0, feature 1.*SimpleImputer"),
    (with_value(-np.inf), ValueError, r"contains infinity.*X\[3\], step 0, feature 1"),
    ([], ValueError, "X is empty"),
    (np.zeros((0, 3, 2)), ValueError, "X is empty"),
    ([*X[:5], np.zeros((0, 3)), *X[6:]], ValueError, r"X\[5\] is an empty sequence"),
    ([*X[:5], np.zeros((2, 4)), *X[6:]], ValueError, r"X\[5\] has 4 features"),
    (["some", "text"] * 20, TypeError, r"X\[0\] is text"),
    ("text", TypeError, "X must be sequences"),
    (None, TypeError, "X must be sequences.*Got NoneType"),
    (7, TypeError, "X must be sequences"),
    (sparse.csr_matrix(np.eye(40)), TypeError, "X is one sparse matrix"),
    (np.zeros(40), ValueError, r"Got shape \(40,\)"),
    (np.zeros((40, 2, 2, 2)), ValueError, r"Got shape \(40, 2, 2, 2\)"),
    ([x.astype(complex) for x in X], ValueError, "Complex data not supported"),
]  # fmt: skip


@every_estimator
@pytest.mark.parametrize(("bad", "error", "message"), BAD_X)
def test_bad_X(name, bad, error, message):
    with pytest.raises(error, match=message):
        small(name).fit(bad, Y)
    fitted = small(name, max_iter=1).fit(X, Y)
    for method in (fitted.predict, fitted.transform):
        with pytest.raises(error, match=message):
            method(bad)


@every_estimator
def test_sparse_nan_is_placed(name):
    rows = [sparse.csr_matrix(x) for x in with_value(np.nan, i=2, step=0, feature=2)]
    with pytest.raises(ValueError, match=r"X\[2\], step 0, feature 2"):
        small(name).fit(rows, Y)


@every_estimator
def test_too_large_for_float32(name):
    with pytest.raises(ValueError, match=r"too large for float32: X\[3\], step 0"):
        small(name, dtype="float32").fit(with_value(1e300), Y)


ONE = np.linspace(0, 1, 7)[:, None]  # one sequence, univariate


@every_estimator
@pytest.mark.parametrize("kind", ["columns", "lists", "3-D array", "ids", "rows"])
def test_one_sequence_is_not_read_as_many_of_one_step(name, kind):
    """``predict(x)`` in place of ``predict([x])`` gave an answer for each step."""
    pd = pytest.importorskip("pandas")
    x, options = ONE, {"embedding_dim": 2} if kind == "ids" else {}
    train = [np.vstack([ONE, ONE])[:n] for n in (7, 5, 9, 7)]
    if kind == "ids":
        x = np.arange(7)[:, None]
        train = [np.arange(n).tolist() for n in (7, 5, 8, 7)]
    if kind == "lists":
        train = [column.tolist() for column in train]
    if kind == "rows":
        train = [column[:, 0] for column in train]
    if kind == "3-D array":
        train = np.stack([ONE] * 4)
    model = small(name, max_iter=1, **options).fit(train, [0, 1, 0, 1])
    expected = scores_of(model, [x])
    forms = [x, pd.DataFrame(x)]
    if kind not in ("rows", "ids"):  # of which lists of one number are sequences
        forms += [x.astype(object), x.tolist(), list(x), pd.Series(x.tolist())]
    for form in forms:
        for method in ("predict", "transform"):
            with pytest.raises(
                ValueError, match=r"one sequence of 7 steps, pass \[X\]"
            ):
                getattr(model, method)(form)
        with pytest.raises(ValueError, match=r"pass .*X.*\[:, None\]"):
            model.score(form, np.arange(7) % 2)
    if kind in ("rows", "ids"):
        assert len(model.predict(x.tolist())) == 7
    for form in ([x], [x.tolist()], [pd.DataFrame(x)], x[None]):
        assert_array_equal(scores_of(model, form), expected)
    assert len(model.predict(x[:, None])) == len(model.predict(x[:1])) + 6 == 7
    with pytest.raises(
        ValueError, match=r"X_val is of shape \(7, 1\).* pass \[X_val\]"
    ):
        small(name, **options).fit(train, [0, 1, 0, 1], X_val=x, y_val=[0] * 7)


@every_estimator
def test_tables_may_have_one_column(name):
    model = small(name, max_iter=1).fit(ONE, [0, 1, 0, 1, 0, 1, 1])
    assert model.predict(ONE).shape == (7,)


@every_estimator
def test_another_width_at_predict(name):
    estimator = small(name, max_iter=1).fit(X, Y)
    message = f"X has 2 features, but {name} is expecting 3 features"
    with pytest.raises(ValueError, match=message):
        estimator.predict([x[:, :2] for x in X])
    with pytest.raises(ValueError, match="X has 1 features"):
        estimator.predict(np.zeros((4, 3)))  # univariate
    for one in (np.zeros((7, 3)), np.zeros((7, 3)).tolist()):
        with pytest.raises(ValueError, match=r"If X is one sequence, pass it as \[X\]"):
            estimator.predict(one)
    even = small(name, max_iter=1).fit([[1, 2], [3, 4], [5, 7]], [0, 1, 2])
    assert even.predict([[1, 2, 3]]).shape == (1,)  # lists may be longer
    table = small(name, max_iter=1).fit(np.eye(6, 4), [0, 1, 2] * 2)
    with pytest.raises(ValueError, match="X has 5 features, but"):
        table.predict(np.zeros((2, 5)))
    assert table.predict([np.zeros((7, 1))]).shape == (1,)  # ragged: any length


TOKENS = [np.array([0, 2, 1]), np.array([1]), np.array([2, 2])] * 4
TOKEN_Y = [0, 1, 2] * 4


@every_estimator
@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ([*TOKENS[:2], np.array([1, -1])], r"X\[2\] holds the token id -1 at step 1"),
        ([t * 1.0 for t in TOKENS], "must hold integer token ids.*Got float64 values"),
        (np.zeros((12, 2, 3), int), "one token id a step.*Got 3 values"),
    ],
)
def test_bad_tokens(name, bad, message):
    with pytest.raises(ValueError, match=message):
        small(name, embedding_dim=2).fit(bad, TOKEN_Y[: len(bad)])


@every_estimator
def test_ids_beyond_any_integer(name):
    ids = [np.array([2**63 + 5], dtype=np.uint64)] * 3
    with pytest.raises(ValueError, match=r"X\[0\] holds the token id 9223.* too large"):
        small(name, embedding_dim=2).fit(ids, [0, 1, 2])


@every_estimator
def test_masks_and_what_float32_cannot_hold_are_refused(name):
    masked = [np.ma.masked_less(x, 9) for x in X]
    with pytest.raises(TypeError, match=r"X\[0\] is a masked array"):
        small(name).fit(masked, Y)
    with pytest.raises(TypeError, match="X is a masked array"):
        small(name).fit(np.ma.masked_less(np.eye(5) - 1, 0), [0, 1, 2, 1, 0])
    single = small(name, dtype="float32").fit(X, Y)
    with pytest.raises(ValueError, match="too large for float32"):
        single.predict([x * 1e300 for x in X])


@every_estimator
def test_tokens_beyond_the_vocabulary(name):
    estimator = small(name, embedding_dim=2).fit(TOKENS, TOKEN_Y)
    message = r"X\[1\] holds the token id 3 at step 2.*3 tokens: ids must be below 3"
    with pytest.raises(ValueError, match=message):
        estimator.predict([np.array([0]), np.array([1, 2, 3])])
    wider = small(name, embedding_dim=2, n_tokens=4).fit(TOKENS, TOKEN_Y)
    wider.predict([np.array([1, 2, 3])])
    with pytest.raises(ValueError, match="but n_tokens is 2: ids must be below 2"):
        small(name, embedding_dim=2, n_tokens=2).fit(TOKENS, TOKEN_Y)


@every_estimator
def test_bad_y(name):
    with pytest.raises(ValueError, match="X has 40 sequences, y has 39 entries"):
        small(name).fit(X, Y[:-1])
    with pytest.raises(ValueError, match="requires y to be passed"):
        small(name).fit(X, None)


@every_estimator
@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (np.ones(39), r"each of the 40 sequences. Got shape \(39,\)"),
        (np.r_[np.ones(39), -1], r"sample_weight\[39\] is -1"),
        (np.r_[np.nan, np.ones(39)], r"sample_weight\[0\] is nan"),
        (np.zeros(40), "sample_weight makes the weight of every sequence zero"),
    ],
)
def test_bad_weights(name, weights, message):
    with pytest.raises(ValueError, match=message):
        small(name).fit(X, Y, sample_weight=weights)


@every_estimator
def test_one_weight_for_all_is_none(name):
    assert_array_equal(
        small(name).fit(X, Y, sample_weight=2.0).theta_, small(name).fit(X, Y).theta_
    )


@every_estimator
def test_not_fitted(name):
    for method in ("predict", "transform", "get_feature_names_out"):
        with pytest.raises(NotFittedError):
            getattr(small(name), method)(
                *([X] if method != "get_feature_names_out" else [])
            )
    with pytest.raises(NotFittedError):
        _ = small(name).params_


# -- training --------------------------------------------------------------------------


@every_estimator
@pytest.mark.parametrize("solver", ["adam", "adamw", "sgd", "rmsprop"])
@pytest.mark.parametrize(
    "learning_rate", ["constant", "invscaling", "adaptive", "cosine", "one_cycle"]
)
def test_every_solver_and_schedule_learns(name, solver, learning_rate):
    rate = {"sgd": 0.1, "adam": 0.02}.get(solver, 0.01)
    estimator = small(
        name,
        solver=solver,
        learning_rate=learning_rate,
        learning_rate_init=rate,
        max_iter=15,
        batch_size=8,
        cell="gru",
    ).fit(X, Y)
    assert estimator.loss_curve_[-1] < 0.9 * estimator.loss_curve_[0]


@every_estimator
@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm", "lstm_peephole"])
def test_a_batch_can_be_memorised(name, cell):
    rng = np.random.default_rng(0)
    y = rng.permutation(Y[:12])
    estimator = small(name, cell=cell, hidden_layer_sizes=24, max_iter=400)
    estimator.fit(X[:12], y)
    assert estimator.score(X[:12], y) > 0.99


@every_estimator
def test_history(name):
    estimator = small(name, max_iter=4, learning_rate="cosine", early_stopping=True)
    estimator.fit(X, Y)
    assert len(estimator.history_) == estimator.n_iter_ == 4
    row = estimator.history_[0]
    assert list(row) == [
        "epoch", "loss", "gradient_norm", "max_gradient_norm", "n_batches", "n_clipped",
        "learning_rate", "seconds", "sequences_per_second", "steps_per_second",
        "validation_score",
    ]  # fmt: skip
    assert [row["epoch"] for row in estimator.history_] == [1, 2, 3, 4]
    assert estimator.loss_curve_ == [row["loss"] for row in estimator.history_]
    assert estimator.loss_ == estimator.loss_curve_[-1]
    assert estimator.best_loss_ == min(estimator.loss_curve_)
    assert estimator.best_validation_score_ == max(estimator.validation_scores_)
    plain = small(name).fit(X, Y)
    assert plain.validation_scores_ is None
    assert plain.best_validation_score_ is None


@every_estimator
def test_training_stops_when_the_loss_does(name):
    estimator = small(name, tol=10.0, n_iter_no_change=3, max_iter=50).fit(X, Y)
    assert estimator.n_iter_ == 4
    adaptive = clone(estimator).set_params(learning_rate="adaptive").fit(X, Y)
    rates = [row["learning_rate"] for row in adaptive.history_]
    assert rates[0] == 0.01
    assert min(rates) >= 1e-6
    assert_allclose(np.unique(np.round(np.divide(rates[3:], rates[:-3]), 6))[0], 0.2)
    assert adaptive.n_iter_ < 50


@every_estimator
def test_early_stopping_keeps_the_best_weights(name):
    estimator = small(
        name, early_stopping=True, validation_fraction=0.25, max_iter=30, batch_size=8
    ).fit(X, Y)
    scores = estimator.validation_scores_
    assert len(scores) == estimator.n_iter_
    again = clone(estimator).set_params(max_iter=int(np.argmax(scores)) + 1).fit(X, Y)
    assert_array_equal(again.theta_, estimator.theta_)


@every_estimator
def test_a_validation_set_of_ones_own(name):
    estimator = small(name, max_iter=12, batch_size=8)
    estimator.fit(X[:30], Y[:30], X_val=X[30:], y_val=Y[30:])
    assert estimator.score(X[30:], Y[30:]) == pytest.approx(
        estimator.best_validation_score_
    )
    with pytest.raises(ValueError, match="y_val is missing"):
        estimator.fit(X, Y, X_val=X)
    with pytest.raises(ValueError, match="X_val is missing"):
        estimator.fit(X, Y, y_val=Y)
    with pytest.raises(ValueError, match="X_val has 10 sequences, y_val has 40"):
        estimator.fit(X, Y, X_val=X[:10], y_val=Y)
    with pytest.raises(ValueError, match=r"X_val has 2 features"):
        estimator.fit(X, Y, X_val=[x[:, :2] for x in X], y_val=Y)
    with pytest.raises(ValueError, match=r"Input X_val contains NaN: X_val\[3\]"):
        estimator.fit(X, Y, X_val=with_value(np.nan), y_val=Y)


@every_estimator
def test_warm_start_resumes(name):
    settings = {"shuffle": False, "solver": "sgd", "momentum": 0.0}
    straight = small(name, max_iter=6, **settings).fit(X, Y)
    halves = small(name, max_iter=3, warm_start=True, **settings).fit(X, Y).fit(X, Y)
    assert_allclose(halves.theta_, straight.theta_, rtol=1e-12)
    assert halves.n_iter_ == len(halves.history_) == 6
    with pytest.raises(ValueError, match=r"hidden_layer_sizes was \(6,\).*\(7,\) now"):
        halves.set_params(hidden_layer_sizes=(7,)).fit(X, Y)
    with pytest.raises(ValueError, match="X has 2 features"):
        halves.set_params(hidden_layer_sizes=6).fit([x[:, :2] for x in X], Y)
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(np.eye(6, 4), columns=list("abcd"))
    named = small(name).fit(frame, [0, 1, 2] * 2)
    assert named.feature_names_in_.tolist() == list("abcd")
    assert not hasattr(named.fit(X, Y), "feature_names_in_")
    cold = halves.set_params(warm_start=False).fit([x[:, :2] for x in X], Y)
    assert cold.n_features_in_ == 2
    assert cold.n_iter_ == 3


@every_estimator
def test_partial_fit_is_an_epoch_and_keeps_its_momentum(name):
    classes = {"classes": [0, 1, 2]} if name == "RNNClassifier" else {}
    settings = {"dropout": 0.3, "batch_size": 8, "dtype": "float32"}
    fitted = small(name, max_iter=3, **settings).fit(X, Y)
    parts = small(name, **settings)
    for _ in range(3):
        parts.partial_fit(X, Y, **classes)
    assert_array_equal(parts.theta_, fitted.theta_)
    assert parts.n_iter_ == 3
    loaded = pickle.loads(pickle.dumps(parts))
    assert_array_equal(loaded.partial_fit(X, Y).theta_, parts.partial_fit(X, Y).theta_)
    with pytest.raises(ValueError, match="learning_rate='adaptive' needs the epochs"):
        parts.set_params(learning_rate="adaptive").partial_fit(X, Y)
    planned = clone(parts).set_params(learning_rate="cosine")  # there is no end to it
    steady = clone(parts).set_params(learning_rate="constant")
    for _ in range(2):
        planned.partial_fit(X, Y, **classes), steady.partial_fit(X, Y, **classes)
    assert_array_equal(planned.theta_, steady.theta_)
    parts.set_params(learning_rate="invscaling")
    with pytest.raises(ValueError, match="does not support early_stopping=True"):
        parts.set_params(early_stopping=True).partial_fit(X, Y)
    parts.set_params(early_stopping=False).partial_fit(X, Y)
    updates = 5 * 5  # of five calls, with five batches each
    assert parts.history_[-1]["learning_rate"] == pytest.approx(0.01 / np.sqrt(updates))
    other = parts.set_params(learning_rate="constant", solver="sgd").partial_fit(X, Y)
    assert other.n_iter_ == 6


@every_estimator
def test_a_failed_fit_changes_nothing(name):
    estimator = small(name).fit(X, Y)
    before = pickle.dumps(estimator)
    theta = estimator.theta_
    for bad in BAD_X[:7]:
        with pytest.raises((ValueError, TypeError)):
            estimator.fit(bad[0], Y)
    with pytest.raises(ValueError, match="sample_weight"):
        estimator.fit(X, Y, sample_weight=-np.ones(40))
    for method in (estimator.fit, estimator.partial_fit):
        with pytest.raises(ValueError, match="entries"):
            method([x[:, :2] if method == estimator.fit else x for x in X], Y[1:])
    assert estimator.theta_ is theta
    assert pickle.dumps(estimator) == before


@every_estimator
@pytest.mark.parametrize("standardize", [False, True])
def test_the_advice_to_standardise_is_for_those_that_do_not(name, standardize):
    settings = {"cell": "rnn_relu", "solver": "sgd", "clip_norm": None}
    estimator = small(name, learning_rate_init=1e200, **settings)
    with pytest.warns(ConvergenceWarning, match="diverged") as caught:
        estimator.set_params(standardize=standardize).fit(X, Y)
    assert ("standardize=True" in str(caught[0].message)) != standardize


@every_estimator
@pytest.mark.parametrize("early_stopping", [False, True])
def test_divergence_stops_at_once_and_keeps_good_weights(name, early_stopping):
    estimator = small(
        name,
        cell="rnn_relu",
        solver="sgd",
        momentum=0.0,
        learning_rate_init=1e200,
        clip_norm=None,
        max_iter=30,
        early_stopping=early_stopping,
    )
    with pytest.warns(
        ConvergenceWarning, match="diverged: .*epoch 1.*Lower learning_rate_init"
    ):
        estimator.fit(X, Y)
    assert estimator.n_iter_ < 30
    assert np.isfinite(estimator.theta_).all()
    assert np.isfinite(estimator.predict(X[:1])).all()


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("watched", ["", "early_stopping", "callback"])
@pytest.mark.filterwarnings("ignore:overflow encountered")  # in scikit-learn's scorers
def test_exploded_weights_are_never_kept(pooling, watched):
    """Weights may be finite, and give a finite loss, just before they diverge."""
    rng = np.random.default_rng(0)
    long = [rng.standard_normal((60, 2)) for _ in range(30)]
    y = np.array([x.sum() for x in long])
    estimator = small(
        "RNNRegressor",
        cell="rnn_relu",
        solver="sgd",
        clip_norm=None,
        learning_rate_init=1e3,
        max_iter=20,
        pooling=pooling,
        early_stopping=watched == "early_stopping",
    )
    if watched == "callback":
        estimator.set_callbacks(ScoringMonitor(scoring="r2"))
    with pytest.warns(ConvergenceWarning, match="diverged") as caught:
        estimator.fit(long, y)
    ours = [w.filename for w in caught if w.category is ConvergenceWarning]
    assert ours[0] in (__file__, helpers.__file__)  # the user's line, not ours
    assert np.isfinite(estimator.predict(long)).all()
    if watched != "early_stopping":  # there the best score decides
        assert np.abs(estimator.transform(long)).max() < 1e3
    last = clone(estimator).set_params(max_iter=1, learning_rate_init=1e200)
    with pytest.warns(ConvergenceWarning, match="after epoch . the scores|loss"):
        last.set_callbacks().fit(long, y)
    assert np.isfinite(last.predict(long)).all()


@every_estimator
def test_a_planned_schedule_is_run_to_its_end(name):
    settings = {"tol": 10.0, "n_iter_no_change": 2, "max_iter": 8}
    for schedule in ("cosine", "one_cycle"):
        assert small(name, learning_rate=schedule, **settings).fit(X, Y).n_iter_ == 8
        watched = small(name, learning_rate=schedule, early_stopping=True, **settings)
        assert watched.fit(X, Y).n_iter_ == 3


@pytest.mark.parametrize(
    ("watched", "message"),
    [
        (False, "weights that epoch 2, the best, began with are kept"),
        (True, "weights with the best validation score are kept"),
    ],
)
def test_a_late_divergence_keeps_what_was_learnt(watched, message, monkeypatch):
    from sksequence.network import LOSSES

    losses, calls = LOSSES["squared"].value_and_gradient, []

    def fails_in_the_third_epoch(*args):
        calls.append(None)
        value, gradient = losses(*args)
        return (np.nan if len(calls) > 10 else value), gradient

    settings = {"batch_size": 8, "max_iter": 9}
    validation = {"X_val": X, "y_val": Y} if watched else {}
    first = small("RNNRegressor", **settings | {"max_iter": 1}).fit(X, Y)
    second = small("RNNRegressor", **settings | {"max_iter": 2}).fit(X, Y)
    name = "value_and_gradient"
    monkeypatch.setattr(LOSSES["squared"], name, staticmethod(fails_in_the_third_epoch))
    estimator = small("RNNRegressor", **settings)
    with pytest.warns(ConvergenceWarning, match=message):
        estimator.fit(X, Y, **validation)
    assert estimator.n_iter_ == 2
    kept = second if watched else first  # both epochs were improvements
    assert_array_equal(estimator.theta_, kept.theta_)


@every_estimator
def test_divergence_in_partial_fit_keeps_the_optimisers_state(name):
    classes = {"classes": [0, 1, 2]} if name == "RNNClassifier" else {}
    settings = {"cell": "rnn_relu", "clip_norm": None, "batch_size": 8}
    estimator = small(name, solver="sgd", **settings).partial_fit(X, Y, **classes)
    expected = pickle.loads(pickle.dumps(estimator)).partial_fit(X, Y)
    estimator.set_params(learning_rate_init=1e200)
    with pytest.warns(ConvergenceWarning) as caught:
        estimator.partial_fit(X, Y)
    assert caught[0].filename in (__file__, helpers.__file__)
    estimator.set_params(learning_rate_init=0.01).partial_fit(X, Y)
    assert_array_equal(estimator.theta_, expected.theta_)


@every_estimator
@pytest.mark.parametrize(
    "change",
    [
        {"clip_norm": 1e-3},
        {"learning_rate": "invscaling", "power_t": 0.9},
        {"beta_1": 0.5},
        {"beta_2": 0.5},
        {"epsilon": 0.1},
        {"solver": "adamw", "beta_1": 0.5},
        {"solver": "adamw", "alpha": 1.0},
        {"solver": "sgd", "momentum": 0.1},
        {"solver": "sgd", "nesterovs_momentum": False},
        {"solver": "rmsprop", "beta_2": 0.5},
        {"alpha": 1.0},
        {"dropout": 0.5},
        {"recurrent_dropout": 0.5},
        {"dense_activation": "tanh"},
        {"learning_rate_init": 0.02},
        {"batch_size": 8},
        {"random_state": 1},
    ],
)
def test_every_option_reaches_the_training(name, change):
    fixed = {k: change[k] for k in ("solver", "learning_rate") if k in change}
    fixed["dense_layer_sizes"] = 4
    plain = small(name, **fixed).fit(X, Y)
    assert (small(name, **{**fixed, **change}).fit(X, Y).theta_ != plain.theta_).any()


@every_estimator
def test_numpys_numbers_are_pythons(name):
    """NumPy's float64 would turn a float32 network into float64, bit by bit."""
    names = ["learning_rate_init", "epsilon", "beta_1", "beta_2", "alpha", "clip_norm"]
    plain = {"learning_rate_init": 0.02, "epsilon": 1e-7, "beta_1": 0.8, "beta_2": 0.99}
    plain |= {"alpha": 0.3, "clip_norm": 0.1}
    tokens = [np.arange(len(x)) for x in X]
    settings = {"embedding_dim": 3, "dropout": 0.1}
    wrapped = {k: np.float64(plain[k]) for k in names}
    expected = small(name, **plain, **settings).fit(tokens, Y)
    assert expected.theta_.dtype == np.float32
    assert_array_equal(
        small(name, **wrapped, **settings).fit(tokens, Y).theta_, expected.theta_
    )


@every_estimator
def test_the_penalty_is_beside_the_sum_of_losses(name):
    """Twice the data and twice the penalty is the same problem."""
    settings = {"batch_size": 1000, "shuffle": False, "solver": "sgd"}
    once = small(name, alpha=2.0, **settings).fit(X, Y)
    twice = small(name, alpha=4.0, **settings).fit(X + X, np.r_[Y, Y])
    assert_allclose(twice.theta_, once.theta_, rtol=1e-9, atol=1e-12)
    assert (
        np.abs(small(name, alpha=4.0, **settings).fit(X, Y).theta_ - once.theta_).max()
        > 1e-4
    )


@every_estimator
def test_sequences_without_weight_are_not_there(name):
    """Batches are made of the other sequences, so that training is the same."""
    weights = (np.arange(40) % 4 > 0).astype(float)
    kept = [x for x, w in zip(X, weights, strict=True) if w]
    settings = {"batch_size": 7, "early_stopping": True}
    weighted = small(name, **settings).fit(X, Y, sample_weight=weights)
    without = small(name, **settings).fit(kept, Y[weights > 0])
    assert_array_equal(weighted.theta_, without.theta_)


@every_estimator
@pytest.mark.parametrize("weight", [1e-50, 1e40])
def test_only_relative_weights_matter(name, weight):
    settings = {"dtype": "float32"}
    plain = small(name, **settings).fit(X, Y)
    scaled = small(name, **settings).fit(X, Y, sample_weight=np.full(40, weight))
    assert_allclose(scaled.theta_, plain.theta_, rtol=1e-4, atol=1e-5)


@every_estimator
def test_a_validation_set_leaves_all_of_X_to_training(name):
    settings = {"max_iter": 2, "tol": 0.0}
    watched = small(name, **settings).fit(X, Y, X_val=X, y_val=Y)
    both = small(name, early_stopping=True, **settings).fit(X, Y, X_val=X, y_val=Y)
    assert_array_equal(both.theta_, watched.theta_)
    assert watched.loss_curve_ == small(name, **settings).fit(X, Y).loss_curve_


@every_estimator
def test_early_stopping_weighs_what_it_watches(name):
    weights = np.linspace(0.1, 5, 40)
    estimator = small(name, early_stopping=True, validation_fraction=0.4, max_iter=1)
    estimator.fit(X, Y, sample_weight=weights)
    encoded = Y if name == "RNNClassifier" else Y.astype(float)
    _, out = estimator._split(encoded, np.random.RandomState(0))
    expected = estimator.score([X[i] for i in out], Y[out], weights[out])
    assert estimator.best_validation_score_ == pytest.approx(expected)


@every_estimator
def test_warm_start_watches_the_same_part(name, monkeypatch):
    parts, split = [], type(small(name))._split

    def recorded(self, y, rng):
        parts.append(split(self, y, rng)[1])
        return np.arange(36), parts[-1]

    monkeypatch.setattr(type(small(name)), "_split", recorded)
    estimator = small(name, early_stopping=True, warm_start=True)
    estimator.fit(X, Y).fit(X, Y)
    assert_array_equal(parts[0], parts[1])


@every_estimator
def test_the_fitted_network_keeps_its_cell(name):
    estimator = small(name, cell=GRUCell()).fit(X, Y)
    before = estimator.transform(X)
    estimator.set_params(cell__reset_after=True)
    assert_array_equal(estimator.transform(X), before)
    with pytest.raises(ValueError, match="cell was GRUCell"):
        estimator.set_params(warm_start=True).fit(X, Y)


def test_a_subclass_may_have_parameters_of_its_own():
    class Mine(RNNClassifier):
        def __init__(self, extra=1, max_iter=2):
            super().__init__(max_iter=max_iter)
            self.extra = extra

    Mine._get_param_names = classmethod(lambda cls: ["extra", "max_iter"])
    assert Mine().fit(X, Y).n_iter_ == 2


@every_estimator
def test_verbose_prints_a_line_an_epoch(name, capsys):
    settings = {"early_stopping": True, "n_iter_no_change": 20}
    small(name, max_iter=12, verbose=1, **settings).fit(X, Y)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 12
    assert lines[0].startswith("epoch  1/12  loss ")
    assert all("steps/s" in line and "validation" in line for line in lines)
    assert max(map(len, lines)) < 100
    small(name).fit(X, Y)
    assert capsys.readouterr().out == ""
    estimator = small(name, verbose=1, warm_start=True, max_iter=2).fit(X, Y)
    capsys.readouterr()
    estimator.fit(X, Y)
    assert capsys.readouterr().out.splitlines()[1].startswith("epoch 4/4  loss")


@every_estimator
def test_batches_need_not_be_shuffled(name):
    first = small(name, shuffle=False, batch_size=8).fit(X, Y)
    assert_array_equal(first.theta_, clone(first).fit(X, Y).theta_)
    assert (first.theta_ != small(name, batch_size=8).fit(X, Y).theta_).any()


@every_estimator
def test_the_penalty_shrinks_the_weights(name):
    def size(estimator):
        estimator.set_params(max_iter=30, bidirectional=False)
        return np.abs(estimator.fit(X, Y).params_["rnn0.U"]).sum()

    free = size(small(name))
    assert size(small(name, alpha=10.0)) < 0.8 * free
    assert size(small(name, alpha=1.0, solver="adamw")) < 0.8 * free


@every_estimator
def test_params_are_views_by_name(name):
    estimator = small(name, bidirectional=True, dense_layer_sizes=(4,)).fit(X, Y)
    params = estimator.params_
    assert params["rnn0.backward.U"].shape == (6, 18)
    assert sum(v.size for v in params.values()) == estimator.theta_.size
    before = estimator.transform(X)
    params["dense0.b"][:] += 1
    assert (estimator.transform(X) != before).any()


# -- persistence, processes, threads ---------------------------------------------------

LOAD = """
import sys, joblib, numpy as np
estimators, X = joblib.load(sys.argv[1])
np.savez(sys.argv[2], **{name: e.transform(X) for name, e in estimators.items()})
"""


@pytest.mark.parametrize("compress", [0, 3])
def test_a_fresh_process_predicts_the_same_bits(compress, tmp_path):
    fitted = {name: small(name, bidirectional=True).fit(X, Y) for name in PER_SEQUENCE}
    file, out = tmp_path / "models.joblib", tmp_path / "out.npz"
    joblib.dump((fitted, RaggedArray.from_sequences(X)), file, compress=compress)
    tests = {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])}
    command = [sys.executable, "-c", LOAD, file, out]
    subprocess.run(command, check=True, env=os.environ | tests)
    with np.load(out) as found:
        assert found.files == list(fitted)
        for name, estimator in fitted.items():
            assert_array_equal(found[name], estimator.transform(X))


@every_estimator
def test_memory_mapped_then_trained_further(name, tmp_path):
    estimator = small(name).fit(X, Y)
    joblib.dump(estimator, tmp_path / "model.joblib")
    mapped = joblib.load(tmp_path / "model.joblib", mmap_mode="r")
    assert not mapped.theta_.flags.writeable
    assert_array_equal(mapped.predict(X), estimator.predict(X))
    expected = estimator.partial_fit(X, Y).theta_
    assert_array_equal(mapped.partial_fit(X, Y).theta_, expected)


@every_estimator
def test_the_fitted_state_is_arrays_and_plain_values(name):
    def check(value):
        if isinstance(value, dict):
            return all(isinstance(k, str) and check(v) for k, v in value.items())
        if isinstance(value, (list, tuple)):
            return all(map(check, value))
        return value is None or isinstance(
            value, (np.ndarray, str, bool, int, float, np.generic)
        )

    settings = {"cell": np.str_("gru"), "embedding_dim": np.int64(3)}
    tokens = [np.arange(len(x)) for x in X]
    estimator = small(name, **settings).fit(tokens, Y).partial_fit(tokens, Y)
    del estimator.cell, estimator.embedding_dim  # as they were given
    for attribute, value in vars(estimator).items():
        assert check(value), attribute


def test_another_version_warns(monkeypatch):
    data = pickle.dumps(small().fit(X, Y))
    monkeypatch.setattr(sksequence._pickling, "__version__", "9.9")
    with pytest.warns(
        sksequence.estimators.VersionWarning,
        match="RNNClassifier was written by sksequence .* loaded by 9.9",
    ):
        pickle.loads(data)


def test_reaching_max_iter_is_no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        small(max_iter=1).fit(X, Y)


@pytest.mark.parametrize(
    ("n", "batch_size", "epochs"), [(4, 1, 100), (16, 1, 25), (50, 1, 10)]
)
def test_epochs_go_by_updates(n, batch_size, epochs, monkeypatch):
    """4,000 updates (here 400), but at least 10 and at most 100 epochs, or 50 for
    numbers; counting draws nothing."""
    assert _base.AUTO_UPDATES == 4000
    monkeypatch.setattr(_base, "AUTO_UPDATES", 400)
    X, y = np.random.RandomState(0).randn(n, 1), np.arange(n) % 2
    settings = {"batch_size": batch_size, "bidirectional": False, "random_state": 0}
    auto = RNNClassifier(1, **settings).fit(X, y)
    assert auto.n_iter_ == epochs
    said = RNNClassifier(1, max_iter=epochs, **settings).fit(X, y)
    assert_array_equal(auto.theta_, said.theta_)
    of_numbers = RNNRegressor(1, **settings).fit(X, y)
    assert of_numbers.n_iter_ == min(epochs, 50)


@pytest.mark.parametrize(("n", "n_batches"), [(999, 63), (1000, 32)])
def test_batches_go_by_sequences(n, n_batches):
    X, y = np.random.RandomState(0).randn(n, 1), np.arange(n) % 2
    clf = RNNClassifier(1, max_iter=1, random_state=0).fit(X, y)
    assert clf.history_[0]["n_batches"] == n_batches
