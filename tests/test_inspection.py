"""Permutation importance, and the picture of transitions."""

import sys

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sksequence import RNNClassifier, RNNLanguageModel, RNNRegressor, RNNTagger
from sksequence.inspection import (
    GradientFlowDisplay,
    TransitionsDisplay,
    gradient_norms,
    permutation_importance,
)
from sksequence.preprocessing import PerStep


def data(seed=0, n_sequences=80):
    """The class is the sign of feature 1 at step 2."""
    rng = np.random.default_rng(seed)
    X = [rng.standard_normal((n, 3)) for n in rng.integers(3, 7, n_sequences)]
    return X, np.array([x[2, 1] > 0 for x in X])


X, Y = data()


class Rule:
    """An estimator that knows the rule of the data."""

    def __init__(self, dense=lambda x: x):
        self.dense = dense

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
    with pytest.raises(ValueError, match="more than max_lag=50 tokens: the longest"):
        gradient_norms(model, ["abba"])
    with pytest.raises(ValueError, match="'state' parameter .* {'rnn0.h', 'rnn0.c'}"):
        GradientFlowDisplay.from_estimator(model, ["abba"], max_lag=2, state="rnn1.h")


@pytest.mark.parametrize(
    "display",
    [
        TransitionsDisplay(np.zeros((3, 3)), ["a", "b"]),
        GradientFlowDisplay(np.ones((2, 3))),
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
