"""Static numbers in networks: joined to states, standardised, asked for again."""

import pickle
from contextlib import nullcontext

import numpy as np
import pandas
import polars
import pytest
from helpers import STEADY, every_engine
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sksequence import (
    RaggedArray,
    RNNClassifier,
    RNNGenerator,
    RNNLanguageModel,
    RNNRegressor,
    RNNStepRegressor,
    RNNTagger,
    RNNTranslator,
)
from sksequence.inspection import permutation_importance, trace
from sksequence.network import POOLINGS, build_network
from sksequence.parallel import DataParallel
from sksequence.preprocessing import ByIndex, PerStep, TokenEncoder
from sksequence.sequences import Steps

N = 30
RNG = np.random.default_rng(0)
STEPS = RaggedArray.from_sequences(
    [RNG.standard_normal((n, 2)) for n in RNG.integers(1, 6, N)]
)
S = RNG.standard_normal((N, 3)) * [10, 0.1, 1] + [50, 0, 3]
NAMES = ["age", "dose", "risk"]
X = STEPS.with_static(S, NAMES)
HIGH = S[:, 0] > 50  # of the static numbers alone
SIGN = np.array([x[0, 0] > 0 for x in STEPS])  # of the steps alone
TARGETS = {
    "RNNClassifier": np.where(HIGH, "old", "young"),
    "RNNRegressor": S[:, 0] + S[:, 1],
    "RNNTagger": [np.repeat(high, len(x)) for high, x in zip(HIGH, STEPS)],
    "RNNStepRegressor": [np.repeat(s, len(x)) for s, x in zip(S[:, 0], STEPS)],
}
ESTIMATORS = {
    e.__name__: e for e in (RNNClassifier, RNNRegressor, RNNTagger, RNNStepRegressor)
}
every_estimator = pytest.mark.parametrize("name", ESTIMATORS)
FEW = {"hidden_layer_sizes": (5,), "max_iter": 2, "random_state": 0}
OTHERS = {"engine": "numba"}, {"n_jobs": 2}


def fitted(name="RNNClassifier", X=X, y=None, **settings):
    estimator = ESTIMATORS[name](**FEW | settings)
    return estimator.fit(X, TARGETS[name] if y is None else y)


def said(estimator, X):
    """All numbers that an estimator says of X, in one array."""
    numbers = isinstance(estimator, (RNNRegressor, RNNStepRegressor))
    found = estimator.predict(X) if numbers else estimator.predict_proba(X)
    return np.concatenate(found) if found.dtype == object else found


@pytest.fixture(scope="module")
def models():
    return {name: fitted(name) for name in ESTIMATORS}


@pytest.mark.parametrize("offset", [0, 1.7e9])
def test_an_offset_of_float64_beside_float32_steps(offset):
    """Seconds since 1970: float32 has steps of 128 there."""
    rng = np.random.default_rng(0)
    seconds = rng.uniform(0, 60, 300)
    steps = [rng.standard_normal((3, 1)).astype("f4") for _ in seconds]
    X = RaggedArray.from_sequences(steps).with_static(seconds + offset)
    reg = RNNRegressor(8, max_iter=30, random_state=0)
    coarse = pytest.warns(UserWarning, match="float32 is too coarse for its mean")
    with coarse if offset else nullcontext():
        reg.fit(X[:200], seconds[:200])
    assert reg.theta_.dtype == np.float32
    assert_allclose(reg.static_scale_, seconds[:200].std(), rtol=1e-3)
    assert reg.score(X[200:], seconds[200:]) > 0.9
    state = reg.initial_state(100, static=X[200:].static)
    for t in range(3):
        found, state = reg.step(np.stack([x[t] for x in X[200:]]), state)
    assert_allclose(found, reg.predict(X[200:]), rtol=1e-4)


# -- what they are good for ------------------------------------------------------------


@every_estimator
def test_what_they_alone_tell_is_learnt(name):
    model = fitted(name, max_iter=60, learning_rate_init=0.03, dropout=0.0)
    assert model.score(X, TARGETS[name]) > 0.95
    opposite = STEPS.with_static([100, 0, 6] - S, NAMES)
    assert model.score(opposite, TARGETS[name]) < 0.8
    assert model.n_features_in_ == 2


@pytest.mark.parametrize("pooling", ["last", "max"])
def test_dense_layers_put_them_together_with_the_steps(pooling):
    y = HIGH ^ SIGN
    settings = {"max_iter": 80, "learning_rate_init": 0.02, "dropout": 0.0}
    model = fitted(y=y, pooling=pooling, dense_layer_sizes=(8,), **settings)
    assert model.score(X, y) > 0.95


@every_estimator
def test_company_does_not_matter(models, name):
    whole = said(models[name], X[::-1])
    parts = [said(models[name], X[[i]]) for i in range(N)][::-1]
    assert_allclose(whole, np.concatenate(parts), rtol=1e-10, atol=1e-12)


@every_estimator
def test_units_and_offsets_do_not_matter(name):
    unit, offset = [1000, 0.01, 3], [5, 20, -10]
    Z = STEPS.with_static(S * unit + offset, NAMES)
    assert_allclose(
        said(fitted(name, Z), Z), said(fitted(name), X), rtol=1e-7, atol=1e-9
    )


@every_estimator
def test_a_constant_one_does_nothing(name):
    constant = np.column_stack([S[:, 0], np.full(N, 1 / 3)])
    model = fitted(name, STEPS.with_static(constant))
    before = said(model, STEPS.with_static(constant))
    assert_allclose(model.static_mean_[1], 1 / 3)
    model.params_["output.W"][-1] = 1e6
    found = said(model, STEPS.with_static(constant))
    assert_allclose(found, before, rtol=1e-8, atol=1e-8)


@every_estimator
def test_they_are_standardised_by_the_first_fit(name):
    model = fitted(name, batch_size=N)
    n = 1 if model.pooling else STEPS.lengths
    repeated = np.repeat(S, n, axis=0)
    assert_allclose(model.static_mean_, repeated.mean(axis=0))
    assert_allclose(model.static_scale_, repeated.std(axis=0))
    before = model.static_mean_.copy()
    model.partial_fit(STEPS.with_static(S + 100, NAMES), TARGETS[name])
    assert_array_equal(model.static_mean_, before)


@every_estimator
def test_weights_are_repetitions(name):
    weights = np.arange(N) % 3
    rows = np.repeat(np.arange(N), weights)
    y = TARGETS[name]
    settings = STEADY | FEW | {"batch_size": 100, "max_iter": 4}
    weighted = ESTIMATORS[name](**settings).fit(X, y, weights)
    repeated = ESTIMATORS[name](**settings).fit(X[rows], [y[i] for i in rows])
    assert_allclose(weighted.static_mean_, repeated.static_mean_)
    assert_allclose(weighted.static_scale_, repeated.static_scale_)
    assert_allclose(said(weighted, X), said(repeated, X), rtol=1e-6, atol=1e-8)


@every_estimator
@pytest.mark.filterwarnings("ignore:Training of .* ended with a loss")
def test_not_standardised_if_not_wanted(name):
    scaled = STEPS.with_static((S - S.mean(axis=0)) / S.std(axis=0), NAMES)
    model = fitted(name, scaled, standardize=False)
    assert not [key for key in model.params_ if key.startswith("static.")]
    with pytest.raises(AttributeError, match="static_mean_.*standardize=False"):
        _ = model.static_mean_
    far = STEPS.with_static(100 * S, NAMES)
    with pytest.warns(UserWarning, match="Column 0 of X.static has a mean of 4.95e"):
        fitted(name, far, standardize=False)


def test_dropout_leaves_them_alone():
    network = build_network(
        n_features=2,
        n_static=2,
        n_outputs=1,
        hidden_layer_sizes=(3,),
        pooling="max",
        dropout=0.9,
        standardize_static=True,
    )
    rng = np.random.RandomState(0)
    theta, rows = network.init(rng, np.float64), rng.standard_normal((4, 2))
    H, _ = network.forward(
        theta, rows, Steps([2, 2]), rng, below="output", static=np.ones((2, 2))
    )
    assert_array_equal(H[:, 3:], 1)
    assert not H[:, :3].all()


# -- gradients -------------------------------------------------------------------------
# Those of all parameters are in test_gradients.py.


def test_a_network_that_joins_them_asks_for_them():
    network = build_network(
        n_features=2, n_static=2, n_outputs=1, hidden_layer_sizes=(3,), pooling="max"
    )
    theta = network.init(np.random.RandomState(0), np.float64)
    with pytest.raises(TypeError, match="needs 'static'"):
        network.forward(theta, np.zeros((2, 2)), Steps([2]))


# -- the rest of an estimator ----------------------------------------------------------


@every_estimator
@pytest.mark.parametrize("other", OTHERS, ids=str)
def test_engines_and_threads_change_nothing(models, name, other):
    if "engine" in other:
        pytest.importorskip("numba")
    assert_allclose(
        said(fitted(name, **other), X), said(models[name], X), rtol=1e-7, atol=1e-9
    )


@every_estimator
def test_pickles_and_clones(models, name):
    model = models[name]
    again = pickle.loads(pickle.dumps(model))
    assert_array_equal(said(again, X), said(model, X))
    assert_array_equal(said(clone(model).fit(X, TARGETS[name]), X), said(model, X))
    with pytest.raises(ValueError, match="no static numbers"):
        again.predict(STEPS)


@every_estimator
def test_training_goes_on_with_them(models, name):
    model = fitted(name, warm_start=True, learning_rate="constant")
    model.set_params(max_iter=1).fit(X, TARGETS[name])
    assert model.n_iter_ == 3
    some = fitted(name, learning_rate="constant").partial_fit(X, TARGETS[name])
    assert some.n_iter_ == 3
    for going_on in (model.fit, some.partial_fit):
        before = said(some, X)
        with pytest.raises(ValueError, match="no static numbers, but .* fitted with 3"):
            going_on(STEPS, TARGETS[name])
        assert_array_equal(said(some, X), before)


@every_estimator
def test_what_is_watched_has_them_too(name):
    y = TARGETS[name]
    model = fitted(name, early_stopping=True)
    assert len(model.validation_scores_) == 2
    watched = ESTIMATORS[name](**FEW).fit(X, y, X_val=X[:9], y_val=y[:9])
    score = watched.score(X[:9], y[:9])
    assert watched.best_validation_score_ == pytest.approx(score)
    with pytest.raises(ValueError, match="X_val has no static numbers"):
        ESTIMATORS[name](**FEW).fit(X, y, X_val=STEPS[:9], y_val=y[:9])
    bad = X[:9].with_static(np.full((9, 3), np.inf), NAMES)
    with pytest.raises(ValueError, match="X_val.static contains infinity"):
        ESTIMATORS[name](**FEW).fit(X, y, X_val=bad, y_val=y[:9])


@every_estimator
def test_shards_have_them(name):
    model = ESTIMATORS[name](**FEW)
    one = DataParallel(model, n_shards=1, n_jobs=1).fit(X, TARGETS[name])
    assert_array_equal(said(one.estimator_, X), said(fitted(name), X))
    two = DataParallel(model, n_shards=2, n_jobs=1).fit(X, TARGETS[name])
    assert_allclose(two.estimator_.static_mean_, one.estimator_.static_mean_)
    assert said(two.estimator_, X).shape == said(one.estimator_, X).shape


def test_searches_and_pipelines():
    y = TARGETS["RNNClassifier"]
    pipe = make_pipeline(PerStep(StandardScaler()), RNNClassifier(**FEW))
    assert len(cross_val_score(pipe, X, y, cv=3)) == 3
    search = GridSearchCV(pipe, {"rnnclassifier__pooling": ["max", "last"]}, cv=2)
    assert search.fit(X, y).best_estimator_[-1].static_mean_.shape == (3,)


@pytest.mark.parametrize("pooling", POOLINGS)
def test_transform_gives_what_the_output_layer_sees(pooling):
    model = fitted(pooling=pooling, bidirectional=False)
    found = model.transform(X)
    n = 15 if pooling == "concat" else 5
    assert found.shape == (N, n + 3)
    assert_allclose(found[:, n:], (S - model.static_mean_) / model.static_scale_)
    assert len(model.get_feature_names_out()) == n + 3


@pytest.mark.parametrize("name", ["RNNTagger", "RNNStepRegressor"])
def test_states_of_steps_have_them_too(models, name):
    model = models[name]
    found = model.transform(X)
    beside = (S - model.static_mean_) / model.static_scale_
    assert_allclose(found.values[:, -3:], np.repeat(beside, STEPS.lengths, axis=0))
    assert_array_equal(found.static, S)


@every_estimator
@pytest.mark.parametrize("kind", ["ids", "sparse", "bags"])
def test_ids_and_sparse_steps(name, kind):
    rng = np.random.default_rng(1)
    dense = rng.integers(0, 4, (int(STEPS.offsets[-1]), 5)).astype(float)
    values = (
        sparse.csr_matrix(dense) if kind != "ids" else rng.integers(0, 5, len(dense))
    )
    Z = RaggedArray(values, STEPS.offsets).with_static(S)
    model = fitted(name, Z, embedding_dim=None if kind == "sparse" else 4, max_iter=1)
    assert model.theta_.dtype == (np.float32 if kind == "ids" else np.float64)
    assert_allclose(model.static_mean_, fitted(name).static_mean_, rtol=1e-6)
    changed = Z.with_static(np.concatenate([S[:1] + 30, S[1:]]))
    differs = np.unique(np.nonzero(said(model, changed) != said(model, Z))[0])
    n = 1 if model.pooling else STEPS.lengths[0]
    assert_array_equal(differs, np.arange(n))


def test_meta_estimators_of_tables():
    pipe = make_pipeline(ByIndex(X), RNNClassifier(**FEW))
    pipe.fit(np.arange(N)[:, None], TARGETS["RNNClassifier"])
    assert_array_equal(pipe.predict([[3], [7]]), pipe[-1].predict(X[[3, 7]]))


def test_texts_of_which_more_is_known():
    words = RaggedArray.from_sequences([list("abca"[: len(x)]) for x in STEPS])
    pipe = make_pipeline(TokenEncoder(), RNNClassifier(**FEW, embedding_dim=3))
    pipe.fit(words.with_static(S), HIGH)
    assert pipe[-1].static_mean_.shape == (3,)
    with pytest.raises(ValueError, match="no static numbers"):
        pipe.predict(words)


def test_a_chain_of_tags():
    tags = TARGETS["RNNTagger"]
    model = fitted("RNNTagger", decoder="crf")
    assert model.score_samples(X, tags).shape == (N,)
    assert len(model.predict_n_best(X, 2)) == N
    alone = model.predict_n_best(X[[3]], 2)[0]
    assert_array_equal(alone[0][0], model.predict_n_best(X, 2)[3][0][0])


# -- one step at a time ----------------------------------------------------------------


def check_steps(estimator, T=4):
    """Every step gives what the prefix up to it gives."""
    rng = np.random.default_rng(2)
    steps = rng.standard_normal((6, T, 2))
    state = estimator.initial_state(6, static=S[:6])
    for t in range(T):
        output, state = estimator.step(steps[:, t], state)
        prefix = RaggedArray.from_sequences(steps[:, : t + 1]).with_static(S[:6])
        expected = said(estimator, prefix)
        if estimator.pooling is None:
            expected = expected[t :: t + 1]
        tolerance = 1e-12 if estimator.theta_.dtype == np.float64 else 1e-5
        scale = max(1, np.abs(expected).max())
        assert_allclose(output, expected, rtol=0, atol=tolerance * scale)
    return state


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("dense", [(), (4, 3)])
@pytest.mark.parametrize("pooling", POOLINGS)
def test_steps_of_every_pooling(pooling, dense, dtype):
    settings = {"pooling": pooling, "dense_layer_sizes": dense, "dtype": dtype}
    model = fitted(X=STEPS.with_static(S), bidirectional=False, **settings)
    check_steps(model)


@every_engine
@pytest.mark.parametrize("standardize", [True, False])
@pytest.mark.parametrize("name", ["RNNRegressor", "RNNTagger", "RNNStepRegressor"])
def test_steps_of_every_estimator(name, standardize, engine):
    scaled = STEPS.with_static(S / [50, 1, 3])
    settings = {"bidirectional": False, "standardize": standardize, "engine": engine}
    check_steps(fitted(name, scaled, **settings))


def test_the_state_holds_them():
    model = fitted(bidirectional=False)
    x = STEPS[int(STEPS.lengths.argmax())][:3]
    state = model.initial_state(2, static=S[:2])
    output, state = model.step(x[[0, 0]], state)
    second = {name: tuple(a[1:] for a in part) for name, part in state.items()}
    second = pickle.loads(pickle.dumps(second))
    found, _ = model.step(x[1:2], second)
    expected, _ = model.step(x[[1, 1]], state)
    assert_allclose(found, expected[1:], rtol=1e-12)
    frame = pandas.DataFrame(S[1:2], columns=NAMES)
    for static in (S[1], S[1].tolist(), S[1:2], frame):
        alone, _ = model.step(x[:1], model.initial_state(static=static))
        assert_allclose(alone, output[1:], rtol=1e-12)


@pytest.mark.parametrize("pooling", ["last", "mean", "attention"])
def test_predictions_of_all_prefixes(pooling):
    model = fitted(pooling=pooling, bidirectional=False, dense_layer_sizes=(4,))
    staged = model.staged_predict_proba(X)
    last = np.array([p[-1] for p in staged])
    assert_allclose(last, model.predict_proba(X), rtol=1e-10)
    i = int(STEPS.lengths.argmax())
    prefix = RaggedArray.from_sequences([STEPS[i][:2]]).with_static(S[[i]], NAMES)
    assert_allclose(staged[i][1], model.predict_proba(prefix)[0], rtol=1e-10)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ((), r"of shape \(1, 3\), for RNNClassifier was fitted with 3.*Got None"),
        ((2, S[0]), r"each of the 2 sequences"),
        ((2, S[:1]), r"each of the 2 sequences"),
        ((1, S[:1, :2]), r"of shape \(1, 3\). Got shape \(1, 2\)"),
        ((1, [np.nan, 0, 0]), "static contains NaN in row 0, column 0"),
    ],
)
def test_states_need_what_fit_had(given, message):
    model = fitted(bidirectional=False)
    with pytest.raises(ValueError, match=message):
        model.initial_state(*given)


def test_names_of_a_state():
    model = fitted(bidirectional=False)
    with pytest.raises(ValueError, match="static has the columns .* in another order"):
        model.initial_state(static=pandas.DataFrame(S[:1, ::-1], columns=NAMES[::-1]))


def test_a_row_of_a_frame_is_the_static_numbers_of_one_sequence():
    model = fitted(bidirectional=False)
    frame = pandas.DataFrame(S, columns=NAMES)
    expected = model.initial_state(static=S[1])["static"]
    for row in (frame.iloc[1], pandas.Series(S[1]), polars.Series(S[1])):
        assert_array_equal(model.initial_state(static=row)["static"], expected)
    with pytest.raises(ValueError, match="static has the columns .* in another order"):
        model.initial_state(static=frame.iloc[1][::-1])
    with pytest.raises(ValueError, match=r"shape \(1, 3\). Got shape \(1, 2\)"):
        model.initial_state(static=frame.iloc[1, :2])
    one = STEPS.with_static(frame["age"])
    model = fitted(X=one, bidirectional=False)
    expected = model.initial_state(static=S[1, :1])["static"]
    for row in (frame["age"][1:2], frame[["age"]].iloc[1]):
        assert_array_equal(model.initial_state(static=row)["static"], expected)


def test_states_without():
    model = fitted(X=STEPS, bidirectional=False)
    assert "static" not in model.initial_state()
    with pytest.raises(ValueError, match="static must be None, for RNNClassifier was"):
        model.initial_state(static=S[0])


# -- when things go wrong --------------------------------------------------------------


@every_estimator
def test_a_model_asks_for_what_it_was_fitted_with(models, name):
    model = models[name]
    known = rf"{name} was fitted with 3 static numbers a sequence \(age, dose, risk\)"
    for Z in (STEPS, STEPS.to_list(), [STEPS[0]]):
        with pytest.raises(ValueError, match=f"X has no static numbers, but {known}"):
            model.predict(Z)
        with pytest.raises(ValueError, match=r"X\[\[i\]\] keeps them"):
            model.transform(Z)
    with pytest.raises(ValueError, match="X has 1 static number a sequence, but"):
        model.score(STEPS.with_static(S[:, 0]), TARGETS[name])
    with pytest.raises(ValueError, match="another order"):
        model.predict(STEPS.with_static(S[:, [1, 0, 2]], ["dose", "age", "risk"]))
    with pytest.warns(UserWarning, match=rf"X.static does not have names, but {name}"):
        found = said(model, STEPS.with_static(S))
    assert_array_equal(found, said(model, X))


def test_names_that_fit_did_not_have():
    model = fitted(X=STEPS.with_static(S))
    with pytest.warns(UserWarning, match="X.static has names, but RNNClassifier was"):
        found = said(model, X)
    assert_array_equal(found, said(model, STEPS.with_static(S)))


@every_estimator
def test_and_for_nothing_else(name):
    model = fitted(name, STEPS, max_iter=1)
    with pytest.raises(
        ValueError, match=r"fitted with no static numbers. Pass X\.with"
    ):
        model.predict(X)
    assert_array_equal(said(model, X.with_static(None)), said(model, STEPS))
    with pytest.raises(AttributeError, match="static_scale_: it was fitted without"):
        _ = model.static_scale_


@every_estimator
@pytest.mark.parametrize(
    ("value", "dtype", "message"),
    [
        (
            np.nan,
            "auto",
            "X.static contains NaN in row 4, column 'dose'.*SimpleImputer",
        ),
        (-np.inf, "auto", "X.static contains infinity or .* in row 4, column 'dose'"),
        (1e300, "float32", "too large for float32 in row 4, column 'dose'"),
    ],
)
def test_they_are_finite(name, value, dtype, message):
    bad = S.copy()
    bad[4, 1] = value
    with pytest.raises(ValueError, match=message):
        fitted(name, STEPS.with_static(bad, NAMES), dtype=dtype)
    model = fitted(name, dtype=dtype, max_iter=1)
    with pytest.raises(ValueError, match=message):
        model.predict(STEPS.with_static(bad, NAMES))


def test_one_so_large_that_scores_overflow():
    model = fitted()
    far = S.copy()
    far[7] = 1.7e308
    with pytest.warns(UserWarning, match=r"X\[7\]"):
        found = model.predict_proba(STEPS.with_static(far, NAMES))
    others = np.arange(N) != 7
    assert_allclose(found[others], model.predict_proba(X)[others], rtol=1e-10)


@pytest.mark.parametrize(
    ("model", "y"),
    [
        (RNNLanguageModel(max_iter=1), None),
        (RNNTranslator(max_iter=1), ["a"] * N),
        (RNNGenerator(max_iter=1), ["a"] * N),
    ],
    ids=lambda v: type(v).__name__,
)
def test_who_makes_no_use_of_them_says_so(model, y):
    ids = RaggedArray(np.arange(int(STEPS.offsets[-1])) % 3, STEPS.offsets)
    message = f"X carries static numbers, of which {type(model).__name__} makes no use"
    with pytest.raises(ValueError, match=message):
        model.fit(ids.with_static(S), y)
    if isinstance(model, RNNTranslator):
        ids = ids.with_values(ids.values.astype(float))
    if not isinstance(model, RNNGenerator):
        fitted = clone(model).fit(ids, y)
        with pytest.raises(ValueError, match=message):
            fitted.score(ids.with_static(S), y)


# -- looking inside --------------------------------------------------------------------


def test_the_importance_of_each():
    model = fitted(max_iter=60, learning_rate_init=0.03, dropout=0.0)
    y = TARGETS["RNNClassifier"]
    found = permutation_importance(model, X, y, of="static", random_state=0)
    assert found.importances.shape == (3, 5)
    assert found.importances_mean.argmax() == 0
    assert permutation_importance(model, X, y).importances.shape == (2, 5)
    with pytest.raises(ValueError, match="X carries no static numbers"):
        permutation_importance(fitted(X=STEPS), STEPS, y, of="static")


@every_estimator
def test_a_trace_of_one_sequence(models, name):
    model, y = models[name], TARGETS[name]
    found = trace(model, X[[4]], y[4], gradients=True)
    rows = said(model, X[[4]])
    assert_allclose(found["y_hat"].ravel(), rows.ravel(), rtol=1e-10)
    assert np.isfinite(found.loss)
    with pytest.raises(ValueError, match=r"pass one, as x\[\[0\]\]"):
        trace(model, X[:2])
    with pytest.raises(ValueError, match="x has no static numbers"):
        trace(model, X[4])
