"""Permutation importance, and the picture of transitions."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy import sparse
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sksequence import RNNClassifier, RNNTagger
from sksequence.inspection import TransitionsDisplay, permutation_importance
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
