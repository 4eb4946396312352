"""Permutation importance, and the picture of transitions."""

import sys

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.base import BaseEstimator
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction import DictVectorizer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    OneHotEncoder,
    StandardScaler,
)

from sksequence import (
    RaggedArray,
    RNNClassifier,
    RNNLanguageModel,
    RNNRegressor,
    RNNStepRegressor,
    RNNTagger,
)
from sksequence.inspection import (
    AttributionDisplay,
    GradientFlowDisplay,
    TransitionsDisplay,
    gradient_norms,
    permutation_importance,
)
from sksequence.preprocessing import PerStep, TokenEncoder, TokenFeatures


def data(seed=0, n_sequences=80):
    """The class is the sign of feature 1 at step 2."""
    rng = np.random.default_rng(seed)
    X = [rng.standard_normal((n, 3)) for n in rng.integers(3, 7, n_sequences)]
    return X, np.array([x[2, 1] > 0 for x in X])


X, Y = data()


class Rule(BaseEstimator):
    """An estimator that knows the rule of the data."""

    def __init__(self, dense=lambda x: x):
        self.dense = dense

    def __sklearn_is_fitted__(self):
        return True

    def fit(self, X, y):
        return self

    def predict(self, X):
        return np.array([self.dense(x)[2, 1] > 0 for x in X])

    def score(self, X, y):
        return float(np.mean(self.predict(X) == y))


def test_what_matters_is_found():
    of_features = permutation_importance(Rule(), X, Y, random_state=0)
    assert_array_equal(of_features.importances.shape, (3, 5))
    assert of_features.importances_mean[1] > 0.3
    assert_array_equal(of_features.importances_mean[[0, 2]], 0)
    of_steps = permutation_importance(Rule(), X, Y, of="steps", random_state=0)
    assert of_steps.importances.shape == (6, 5)
    assert of_steps.importances_mean[2] > 0.3
    assert_array_equal(of_steps.importances_mean[[0, 1, 3, 4, 5]], 0)
    assert_array_equal(of_steps.importances_std, of_steps.importances.std(axis=1))


def test_sparse_steps_are_shuffled_alike():
    rows = [sparse.csr_matrix(x * (np.abs(x) > 0.5)) for x in X]
    dense = permutation_importance(
        Rule(), [r.toarray() for r in rows], Y, random_state=0
    )
    thin = permutation_importance(Rule(lambda x: x.toarray()), rows, Y, random_state=0)
    assert_array_equal(thin.importances, dense.importances)


def test_no_data_are_changed_and_n_jobs_does_not_matter():
    before = [x.copy() for x in X]
    model = make_pipeline(PerStep(StandardScaler()), RNNClassifier(4, max_iter=2))
    model.fit(X, Y)
    for of in ("features", "steps"):
        first = permutation_importance(model, X, Y, of=of, random_state=3)
        again = permutation_importance(model, X, Y, of=of, random_state=3, n_jobs=2)
        assert_array_equal(first.importances, again.importances)
    assert all((a == b).all() for a, b in zip(X, before))


def test_tokens_and_labels_of_steps():
    rng = np.random.default_rng(0)
    ids = [rng.integers(0, 5, n) for n in rng.integers(2, 6, 40)]
    y = [x % 2 for x in ids]
    tagger = RNNTagger(6, embedding_dim=4, max_iter=30, random_state=0).fit(ids, y)
    result = permutation_importance(tagger, ids, y, random_state=0, n_repeats=2)
    assert result.importances.shape == (1, 2)
    assert result.importances_mean[0] > 0.2
    with pytest.raises(
        ValueError, match="The 'of' parameter of permutation_importance"
    ):
        permutation_importance(tagger, ids, y, of="time")
    with pytest.raises(ValueError, match="'n_repeats' .* Got 0 instead"):
        permutation_importance(tagger, ids, y, n_repeats=0)


def test_the_picture_of_transitions():
    plt = pytest.importorskip("matplotlib.pyplot")
    labels = [["O", "B-X", "I-X"], ["B-X", "O", "O"]] * 5
    steps = [np.zeros((3, 1))] * 10
    tagger = RNNTagger(4, decoder="crf", constraints="bio", max_iter=5)
    display = TransitionsDisplay.from_estimator(tagger.fit(steps, labels))
    assert display.labels == ["B-X", "I-X", "O"]
    assert [t.get_text() for t in display.ax_.get_xticklabels()][-1] == "end"
    assert display.text_[2, 1] is None  # I-X after O
    assert float(display.text_[0, 1].get_text()) == round(tagger.transitions_[0, 1], 1)
    some = TransitionsDisplay.from_estimator(
        tagger, labels=["O", "B-X"], ax=plt.figure().gca(), text=False
    )
    assert some.scores[0, 1] == tagger.transitions_[2, 0]
    with pytest.raises(ValueError, match="labels holds 'Q', which is not among"):
        TransitionsDisplay.from_estimator(tagger, labels=["Q"])
    with pytest.raises(TypeError, match="labels must be a list of names"):
        TransitionsDisplay.from_estimator(tagger, labels="O")
    tagger.set_params(constraints=None).fit(steps, [["$_{$", "PRP$", "O"]] * 10)
    TransitionsDisplay.from_estimator(tagger).figure_.canvas.draw()  # no formulas
    plt.close("all")


# -- gradients, steps back -------------------------------------------------------------


@pytest.mark.parametrize("cell", ["rnn", "lstm"])
def test_gradient_norms_are_those_of_a_loss_that_is_nudged(cell):
    text = "abba ab baab abab aab " * 3
    model = RNNLanguageModel(
        (5, 4), cell=cell, analyzer="char", embedding_dim=3, contiguous=True,
        max_iter=2, dtype="float64", random_state=0,
    ).fit(text)  # fmt: skip
    found = gradient_norms(model, text, max_lag=6, n_positions=1, random_state=1)
    ids = model.encoder_.transform([text])[0]
    t = np.random.RandomState(1).permutation(np.arange(6, len(ids)))[0]
    read = [model._eos, *ids]

    def loss(k, layer, which, nudge):
        state = model.initial_state()
        for step, token in enumerate(read[: t + 1]):
            log_p, state = model.step([token], state)
            if step == t - k:
                parts = list(state[layer])
                parts[which] = parts[which] + nudge
                state[layer] = tuple(parts)
        return -log_p[0, ids[t]]

    sizes = {"rnn0": 5, "rnn1": 4}
    states = "hc" if cell == "lstm" else "h"
    assert list(found) == [f"{layer}.{state}" for layer in sizes for state in states]
    for name, norms in found.items():
        layer, which = name[:4], states.index(name[-1])
        assert norms.shape == (1, 6)
        for k in (1, 3, 6):
            differences = [
                loss(k, layer, which, 1e-5 * e) - loss(k, layer, which, -1e-5 * e)
                for e in np.eye(sizes[layer])
            ]
            expected = np.linalg.norm(differences) / 2e-5
            assert_allclose(norms[0, k - 1], expected, rtol=1e-6)


def test_gradient_flow_display():
    pytest.importorskip("matplotlib").use("agg")
    model = RNNLanguageModel(4, "lstm", analyzer="char", max_iter=1, random_state=0)
    model.fit(["abba ab", "baab abab"] * 3)
    first = GradientFlowDisplay.from_estimator(
        model, ["abba ab", "baab abab"], max_lag=5, label="lstm"
    )
    assert first.line_.get_xydata().shape == (5, 2)
    assert first.ax_.get_yscale() == "log"
    second = GradientFlowDisplay.from_estimator(
        model, ["baab abab"], max_lag=5, ax=first.ax_, label="again"
    )
    assert second.ax_ is first.ax_
    assert len(first.ax_.lines) == 2
    for state, symbol in [("rnn0.h", "dh_"), ("rnn0.c", "dc_")]:
        display = GradientFlowDisplay.from_estimator(
            model, ["baab abab"], max_lag=5, state=state
        )
        assert symbol in display.ax_.get_ylabel()
    with pytest.raises(ValueError, match="more than max_lag=50 tokens: the longest"):
        gradient_norms(model, ["abba"])
    with pytest.raises(ValueError, match="'state' parameter .* {'rnn0.h', 'rnn0.c'}"):
        GradientFlowDisplay.from_estimator(model, ["abba"], max_lag=2, state="rnn1.h")


@pytest.mark.parametrize(
    "display",
    [
        TransitionsDisplay(np.zeros((3, 3)), ["a", "b"]),
        GradientFlowDisplay(np.ones((2, 3))),
        AttributionDisplay(np.ones((2, 3))),
    ],
    ids=lambda display: type(display).__name__,
)
def test_without_matplotlib_the_extra_is_named(display, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    name = type(display).__name__
    with pytest.raises(
        ImportError, match=rf"{name}.*'pip install sksequence\[plots\]'"
    ):
        display.plot()


def test_importances_are_of_a_finite_score():
    X, y = np.random.RandomState(0).randn(20, 4, 1), np.arange(20.0)
    reg = RNNRegressor(3, max_iter=2, random_state=0).fit(X, y)
    with pytest.raises(ValueError, match="^scoring gave -inf for X as it is"):
        permutation_importance(reg, X, y, scoring=lambda *_: -np.inf)


# -- dicts, tokens and texts -----------------------------------------------------------


class RuleOfDicts(Rule):
    """The class is the sign of the value "b" at step 2; "a" is missing at times."""

    def predict(self, X):
        assert all(isinstance(step, dict) for x in X for step in x)
        return np.array([x[2]["b"] > 0 for x in X])


def as_dicts(X):
    keys = [("a", "b", 3), ("b", 3)]
    return [
        [{k: row["ab3".index(str(k))] for k in keys[t % 2]} for t, row in enumerate(x)]
        for x in X
    ]


def test_dicts_have_features_by_key():
    dicts = as_dicts(X)
    before = as_dicts(X)
    result = permutation_importance(RuleOfDicts(), dicts, Y, random_state=0)
    assert result.feature_names.tolist() == ["a", "b", 3]
    assert result.importances_mean[1] > 0.3
    assert_array_equal(result.importances_mean[[0, 2]], 0)
    of_steps = permutation_importance(
        RuleOfDicts(), dicts, Y, of="steps", random_state=0
    )
    assert of_steps.feature_names.tolist() == list(range(6))
    assert of_steps.importances_mean[2] > 0.3
    assert_array_equal(of_steps.importances_mean[[0, 1, 3, 4, 5]], 0)
    assert dicts == before


def test_dicts_in_a_ragged_array_have_keys_too():
    dicts = [[{"a": a, "w": "u" if w > 0 else "v"} for a, w, _ in x] for x in X]
    values = np.array([step for x in dicts for step in x], object)
    ragged = RaggedArray.from_concatenated(values, list(map(len, dicts)))
    clf = RNNClassifier(3, max_iter=2, random_state=0)
    pipe = make_pipeline(PerStep(DictVectorizer()), clf).fit(dicts, Y)
    found = permutation_importance(pipe, ragged, Y, random_state=0)
    expected = permutation_importance(pipe, dicts, Y, random_state=0)
    assert found.feature_names.tolist() == ["a", "w"]
    assert_array_equal(found.importances, expected.importances)


@pytest.mark.parametrize("dtype", [object, "category"])
def test_columns_that_are_no_numbers(dtype):
    """A pipeline takes frames with texts or categories, so this does."""
    pandas = pytest.importorskip("pandas")
    frames = [pandas.DataFrame(x, columns=list("abc")) for x in X]
    frames = [f.assign(k=np.where(f["b"] > 0, "u", "v")) for f in frames]
    frames = [f.astype({"k": dtype}) for f in frames]
    encoded = make_column_transformer((OneHotEncoder(), ["k"]), remainder="drop")
    clf = RNNClassifier(6, max_iter=30, random_state=0)
    pipe = make_pipeline(PerStep(encoded), clf).fit(frames, Y)
    found = permutation_importance(pipe, frames, Y, random_state=0)
    assert found.feature_names.tolist() == ["a", "b", "c", "k"]
    assert found.importances_mean[3] > 0.1
    assert_array_equal(found.importances[:3], 0)


def test_a_key_that_is_missing_is_shuffled_too():
    """Steps keep the other keys, and all values of the key are there again."""
    seen = []

    class Sees(RuleOfDicts):
        def predict(self, X):
            seen.append([step for x in X for step in x])
            return super().predict(X)

    dicts = as_dicts(X)
    permutation_importance(Sees(), dicts, Y, n_repeats=1, random_state=0)
    whole, without_a, *_ = seen
    assert [{**s, "a": 0} for s in whole] == [{**s, "a": 0} for s in without_a]
    found = [[s["a"] for s in steps if "a" in s] for steps in (whole, without_a)]
    assert found[0] != found[1]
    assert sorted(found[0]) == sorted(found[1])


def test_a_pipeline_of_dicts_is_as_one_of_numbers():
    """Columns that DictVectorizer makes of a key are shuffled as the key is."""
    numbers = [[dict(zip("abc", row)) for row in x] for x in X]
    model = make_pipeline(PerStep(DictVectorizer(sparse=False)), RNNClassifier(3))
    model.set_params(rnnclassifier__max_iter=2, rnnclassifier__random_state=0)
    model.fit(numbers, Y)
    options = {"random_state": 0, "n_repeats": 2, "scoring": "neg_log_loss"}
    found = permutation_importance(model, numbers, Y, **options)
    as_numbers = permutation_importance(model[-1], X, Y, **options)
    assert_allclose(found.importances, as_numbers.importances)


WORDS = ["anna", "Otto", "saw", "Lena", "the", "NATO"]


@pytest.fixture(scope="module")
def tagged():
    """A tagger of names, which have a capital letter, and its data."""
    rng = np.random.default_rng(0)
    texts = [[WORDS[k] for k in rng.integers(0, 6, n)] for n in rng.integers(2, 6, 30)]
    y = [["N" if word[0].isupper() else "O" for word in text] for text in texts]
    tagger = RNNTagger(6, embedding_dim=4, max_iter=10, random_state=0)
    features = TokenFeatures(ngram_range=None, window=1, word=False, min_count=1)
    return make_pipeline(features, tagger).fit(texts, y), texts, y


def test_token_features_are_shuffled_by_kind(tagged):
    model, texts, y = tagged
    result = permutation_importance(model, texts, y, n_repeats=2, random_state=0)
    names = ["lowercase", "shape"]
    around = [f"{k}:{name}" for k in ("-1", "+1") for name in names]
    assert result.feature_names.tolist() == names + around
    assert result.importances_mean[1] == result.importances_mean.max() > 0.1
    # As it is with the last step alone, of which all these columns are shuffled.
    columns = model[0].get_feature_names_out()
    Xt = model[:-1].transform(texts)
    seed = np.random.RandomState(0).randint(np.iinfo(np.int32).max, size=6)[1]
    rng = np.random.RandomState(seed)
    order = rng.permutation(Xt.values.shape[0])
    shapes = np.array([name.startswith("s=") for name in columns])
    values = Xt.values.toarray()
    values[:, shapes] = values[order][:, shapes]
    shuffled = Xt.with_values(sparse.csr_matrix(values))
    expected = model[-1].score(Xt, y) - model[-1].score(shuffled, y)
    assert_allclose(result.importances[1, 0], expected)


def test_every_feature_of_a_token_is_of_a_kind():
    features = TokenFeatures(
        window=1, min_count=1, extra=lambda token: ["x=1"] if token == "saw" else []
    )
    features.fit([[("anna", "NN"), ("w=", "l=b"), ("saw", "=")]])
    kinds = dict(zip(features.get_feature_names_out(), features._feature_kinds()))
    expected = {
        "w=anna": "word",
        "l=saw": "lowercase",
        "s=x": "shape",
        "1=NN": "1",
        "e=x=1": "extra",
        "<a": "ngram_range",
        "na>": "ngram_range",
        "-1:l=anna": "-1:lowercase",
        "+1:s=x": "+1:shape",
    }
    assert expected.items() <= kinds.items()


CONTAINERS = {
    "pandas": lambda pandas, x: pandas.Series(x, index=range(7, 7 + len(x))),
    "polars": lambda polars, x: polars.DataFrame({"x": x}),
    "pyarrow": lambda pyarrow, x: pyarrow.array(x),
}


@pytest.mark.parametrize("form", ["texts", "tokens", "array", *CONTAINERS])
def test_texts_in_a_pipeline(form):
    texts = [text.split() for text in ["a b", "b a c", "a c", "b c"] * 8]
    y = np.array([text[0] for text in texts])
    given = texts
    if form != "tokens":
        given = [" ".join(text) for text in texts]
    if form == "array":
        given = np.array(given)
    if form in CONTAINERS:
        given = CONTAINERS[form](pytest.importorskip(form), given)
    clf = RNNClassifier(6, embedding_dim=4, max_iter=30, random_state=0)
    model = make_pipeline("passthrough", TokenEncoder(), clf).fit(given, y)
    result = permutation_importance(model, given, y, of="steps", random_state=0)
    assert result.importances_mean.argmax() == 0
    ids = permutation_importance(
        clf, model[:-1].transform(given), y, of="steps", random_state=0
    )
    assert_array_equal(result.importances, ids.importances)


def test_tokens_without_a_pipeline():
    class Reads(Rule):
        def predict(self, X):
            return np.array([x[0] == "a" for x in X])

    texts = [list(text) for text in ["ab", "bac", "ac", "b"] * 5]
    y = [text[0] == "a" for text in texts]
    result = permutation_importance(Reads(), texts, y, random_state=0)
    assert result.feature_names.tolist() == ["token"]
    assert result.importances_mean[0] > 0.1
    of_steps = permutation_importance(Reads(), texts, y, of="steps", random_state=0)
    assert_array_equal(of_steps.importances_mean[1:], 0)
    with pytest.raises(ValueError, match="X must be lists of tokens where estimator"):
        permutation_importance(Reads(), ["a b", "c"], [True, False])
    pipe = make_pipeline("passthrough", Reads())
    with pytest.raises(ValueError, match="X holds texts, and no step of the pipeline"):
        permutation_importance(pipe, texts, y)


@pytest.mark.parametrize("of", ["features", "steps"])
def test_an_array_stays_one_for_what_is_before_the_estimator(of):
    stacked = np.array([x[:3] for x in X])
    pipe = make_pipeline(FunctionTransformer(np.tanh), Rule()).fit(stacked, Y)
    result = permutation_importance(pipe, stacked, Y, of=of, random_state=0)
    other = permutation_importance(Rule(), np.tanh(stacked), Y, of=of, random_state=0)
    assert result.importances.any()
    assert_array_equal(result.importances, other.importances)


def test_features_that_have_names():
    pandas = pytest.importorskip("pandas")
    frames = [pandas.DataFrame(x, columns=["p", "q", "r"]) for x in X]
    result = permutation_importance(Rule(), frames, Y, random_state=0)
    assert result.feature_names.tolist() == ["p", "q", "r"]
    plain = permutation_importance(Rule(), X, Y, random_state=0)
    assert plain.feature_names.tolist() == [0, 1, 2]
    assert_array_equal(result.importances, plain.importances)


def test_scorers_of_steps_are_named():
    X = [np.ones((n, 1)) for n in (2, 3, 4)]
    y = [np.arange(len(x)) for x in X]
    reg = RNNStepRegressor(3, max_iter=2, random_state=0).fit(X, y)
    message = "scoring='r2' does not work for RNNStepRegressor.*step_r2_scorer"
    for model in (reg, make_pipeline(reg)):
        with pytest.raises(ValueError, match=message):
            permutation_importance(model, X, y, scoring="r2")
