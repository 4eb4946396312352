"""RNNClassifier: labels of any kind, multilabel, class weights, real data."""

from datetime import date

import numpy as np
import pytest
from helpers import STEADY, ragged_data
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.exceptions import DataConversionWarning
from sklearn.metrics import accuracy_score
from sklearn.utils.class_weight import compute_sample_weight

from sksequence import RNNClassifier, RNNRegressor, RNNTagger
from sksequence.datasets import load_japanese_vowels

X, Y = ragged_data()


def small(**settings):
    few = {"hidden_layer_sizes": (6,), "max_iter": 3, "random_state": 0}
    return RNNClassifier(**few | STEADY | settings)


def test_labels_come_back_as_they_were():
    kinds = {
        "str": np.array(["blue", "green", "red"]),
        "object": np.array(["blue", "green", "red"], dtype=object),
        "negative": np.array([-5, 0, 300]),
        "large": np.array([10**12, 10**12 + 1, 10**12 + 2]),
        "float": np.array([0.0, 1.0, 2.0]),
        "int8": np.array([0, 1, 2], dtype=np.int8),
    }
    expected = small().fit(X, Y)
    for labels in kinds.values():
        clf = small().fit(X, labels[Y])
        assert_array_equal(clf.classes_, labels)
        prediction = clf.predict(X)
        assert prediction.dtype == labels.dtype
        assert_array_equal(prediction, labels[expected.predict(X)])
        assert clf.score(X, labels[Y]) == expected.score(X, Y)
    flags = small().fit(X, Y > 0)
    assert flags.predict(X).dtype == bool


def test_probabilities_decisions_and_labels_agree():
    clf = small(max_iter=20).fit(X, Y)
    p = clf.predict_proba(X)
    assert p.shape == (40, 3)
    assert_allclose(p.sum(axis=1), 1)
    assert_allclose(clf.predict_log_proba(X), np.log(p), rtol=1e-10)
    assert_array_equal(clf.decision_function(X).argmax(axis=1), p.argmax(axis=1))
    assert_array_equal(clf.predict(X), clf.classes_[p.argmax(axis=1)])
    assert clf.score(X, Y) == accuracy_score(Y, clf.predict(X))


def test_binary():
    y = np.where(Y > 0, "yes", "no")
    clf = small(max_iter=20).fit(X, y)
    decision = clf.decision_function(X)
    assert decision.shape == (40,)
    p = clf.predict_proba(X)
    assert_allclose(p[:, 1], 1 / (1 + np.exp(-decision)))
    assert_allclose(p.sum(axis=1), 1)
    assert_allclose(clf.predict_log_proba(X), np.log(p), rtol=1e-9)
    assert_array_equal(clf.predict(X), np.where(decision > 0, "yes", "no"))


def test_log_probabilities_stay_finite():
    clf = small().fit(X, Y > 0)
    clf.params_["output.b"][:] = 1000
    assert (clf.predict_proba(X)[:, 0] == 0).all()
    assert np.isfinite(clf.predict_log_proba(X)).all()


def multilabel():
    return np.stack([Y > 0, Y == 1, Y < 2, Y > 5], axis=1).astype(int)


def test_multilabel():
    labels = multilabel()
    clf = small(max_iter=60).fit(X, labels)
    assert_array_equal(clf.classes_, np.arange(4))
    p = clf.predict_proba(X)
    assert p.shape == (40, 4)
    assert_array_equal(clf.predict(X), (p > 0.5).astype(int))
    assert clf.decision_function(X).shape == (40, 4)
    assert_allclose(clf.predict_log_proba(X), np.log(p), rtol=1e-9)
    assert clf.score(X, labels) > 0.9
    again = small(max_iter=60).fit(X, sparse.csr_matrix(labels))
    assert_array_equal(again.theta_, clf.theta_)
    with pytest.raises(ValueError, match=r"must hold 0 and 1 .* Got \[-1, 1\]"):
        small().fit(X, 2 * labels - 1)
    early = small(early_stopping=True).fit(X, labels)
    assert 0 <= early.best_validation_score_ <= 1
    parts = small().partial_fit(X, labels).partial_fit(X, labels)
    assert parts.predict(X).shape == (40, 4)


def test_errors_of_labels():
    with pytest.raises(ValueError, match="at least 2 classes. Got 1 class: 7"):
        small().fit(X, np.full(40, 7))
    with pytest.raises(ValueError, match="Unknown label type: continuous"):
        small().fit(X, np.linspace(0, 1, 40))
    with pytest.raises(ValueError, match=r"y\[2\] is missing"):
        small().fit(X, np.r_[0, 1, np.nan, np.ones(37)])
    with pytest.raises(ValueError, match=r"y holds datetime.date\(.*\[str\(v\) for v"):
        small().fit(X, [date(2020, 1, 1 + k % 2) for k in range(40)])
    with pytest.raises(ValueError, match="X has 40 sequences, y has 1 entries"):
        small().fit(X, [0])
    with pytest.warns(DataConversionWarning, match="A column-vector y was passed"):
        small().fit(X, Y[:, None])


def test_partial_fit_needs_all_classes_once():
    with pytest.raises(ValueError, match="classes must be passed in the first call"):
        small().partial_fit(X, Y)
    clf = small().partial_fit(X[:2], Y[:2], classes=[2, 1, 0])
    assert_array_equal(clf.classes_, [0, 1, 2])
    clf.partial_fit(X, Y).partial_fit(X, Y, classes=[0, 1, 2])
    with pytest.raises(ValueError, match=r"classes is \[.*but was"):
        clf.partial_fit(X, Y, classes=[0, 1])
    with pytest.raises(ValueError, match=r"y\[3\] is .*9.*not among the classes"):
        clf.partial_fit(X[:4], [0, 1, 2, 9])
    with pytest.raises(ValueError, match=r"y\[1\] is .*not among the classes"):
        small().partial_fit(X[:2], [0, 5], classes=[0, 1])
    with pytest.raises(ValueError, match="y is rows of 0 and 1"):
        clf.partial_fit(X, multilabel())
    many = small().partial_fit(X, multilabel())
    with pytest.raises(ValueError, match="y is one label a sequence, but"):
        many.partial_fit(X, Y)
    with pytest.raises(ValueError, match="y has 3 labels, but .* fitted with 4"):
        many.partial_fit(X, multilabel()[:, :3])


def test_an_unseen_label_counts_as_wrong():
    """In ``score``, in the scorer, and in what early stopping watches."""
    y = np.where(np.arange(40) % 5, Y, 8)
    for scoring in (None, "accuracy"):
        clf = small(max_iter=1, scoring=scoring).fit(X, Y, X_val=X, y_val=y)
        assert clf.validation_scores_ == [clf.score(X, y)]
        assert clf.score(X, y) == accuracy_score(y, clf.predict(X))
    weights = np.arange(40)
    expected = accuracy_score(y, clf.predict(X), sample_weight=weights)
    assert clf.score(X, y, weights) == pytest.approx(expected)
    with pytest.raises(ValueError, match="the weight of every sequence zero"):
        clf.score(X, y, np.zeros(40))
    with pytest.raises(ValueError, match="y must have one entry for each sequence"):
        clf.score(X, y[:3])
    assert small(max_iter=1).fit(X, Y, X_val=X[:1], y_val=[8]).validation_scores_ == [0]
    with pytest.raises(ValueError, match=r"y\[0\] is .*8.*not among the classes"):
        clf.partial_fit(X, y)
    with pytest.raises(ValueError, match="y_val holds labels of type <U"):
        small().fit(X, Y, X_val=X, y_val=Y.astype(str))


@pytest.mark.parametrize("missing", [None, float("nan"), "NA", "NaT"])
@pytest.mark.parametrize("kind", ["str", "int", "rows", "numbers"])
def test_a_missing_target_is_an_error_that_names_it(missing, kind):
    pandas = pytest.importorskip("pandas")
    missing = getattr(pandas, missing) if isinstance(missing, str) else missing
    y = {
        "str": Y.astype(str).tolist(),
        "int": Y.tolist(),
        "rows": multilabel().tolist(),
        "numbers": np.linspace(0, 1, 40).tolist(),
    }[kind]
    y[7] = missing
    for cls in [RNNClassifier, RNNRegressor]:
        if (cls is RNNRegressor) != (kind == "numbers"):
            continue
        bad = [y, tuple(y)] if kind == "rows" else [y, tuple(y), pandas.Series(y)]
        for part in bad:
            with pytest.raises(ValueError, match=r"Input y contains NaN.*\[7\]"):
                cls(3, max_iter=1).fit(X, part)
            fitted = cls(3, max_iter=1).fit(X, [*y[:7], y[8], *y[8:]])
            if cls is RNNClassifier:
                with pytest.raises(ValueError, match=r"Input y contains NaN.*\[7\]"):
                    fitted.score(X, part)
            with pytest.raises(ValueError, match=r"Input y_val contains NaN.*\[7\]"):
                fitted.fit(X, [*y[:7], y[8], *y[8:]], X_val=X, y_val=part)


@pytest.mark.parametrize("classes", [[], [None, 1], [[0, 1]], [0.0, np.nan], 3])
def test_classes_are_labels(classes):
    with pytest.raises(ValueError, match="classes"):
        small().partial_fit(X, Y, classes=classes)


def test_class_weight_is_sample_weight():
    weights = {0: 1.0, 1: 5.0}
    by_class = small(class_weight=weights).fit(X, Y)
    by_sample = small().fit(X, Y, sample_weight=np.array([1.0, 5.0, 1.0])[Y])
    assert_array_equal(by_class.theta_, by_sample.theta_)
    y = np.where(np.arange(40) < 34, 0, 1)
    balanced = small(class_weight="balanced").fit(X, y)
    expected = small().fit(X, y, sample_weight=compute_sample_weight("balanced", y))
    assert_array_equal(balanced.theta_, expected.theta_)
    assert (
        balanced.predict_proba(X)[:, 1].mean()
        > small().fit(X, y).predict_proba(X)[:, 1].mean()
    )
    names = np.array(["a", "b", "c"])[Y]
    named = small(class_weight={"b": 5}).fit(X, names)
    assert_array_equal(named.theta_, by_class.theta_)


def test_balanced_weights_know_sample_weights():
    y, weights = np.where(np.arange(40) < 30, 0, 1), np.arange(40) % 3
    repeated = np.repeat(np.arange(40), weights)
    settings = {"class_weight": "balanced", "batch_size": 1000, "shuffle": False}
    weighted = small(**settings).fit(X, y, sample_weight=weights)
    longer = small(**settings).fit([X[i] for i in repeated], y[repeated])
    assert_allclose(weighted.theta_, longer.theta_, rtol=1e-9, atol=1e-12)


def test_weights_of_classes_that_are_not_there_are_not_used():
    table = {0: 1.0, 1: 5.0}
    expected = small(class_weight=table).fit(X, Y)
    found = small(class_weight={**table, 7: 3.0, "rare": 9.0}).fit(X, Y)
    assert_array_equal(found.theta_, expected.theta_)
    with pytest.raises(ValueError, match=r"class_weight\[7\] is nan"):
        small(class_weight={**table, 7: np.nan}).fit(X, Y)


@pytest.mark.parametrize("value", [-1, np.nan, np.inf, "a"])
def test_class_weights_are_finite_and_not_negative(value):
    with pytest.raises(ValueError, match=r"class_weight must .* class_weight\[1\] is"):
        small(class_weight={1: value}).fit(X, Y)


def test_a_class_may_be_left_out_by_its_weight():
    clf = small(class_weight={0: 0.0}).fit(X, Y)
    kept = small().fit([x for x, k in zip(X, Y, strict=True) if k], Y[Y > 0])
    assert clf.classes_.tolist() == [0, 1, 2]
    assert kept.classes_.tolist() == [1, 2]
    with pytest.raises(ValueError, match="class_weight makes the weight of every"):
        small(class_weight={0: 0, 1: 0, 2: 0}).fit(X, Y)


def test_errors_of_class_weight():
    with pytest.warns(UserWarning, match=r"class_weight names \[7\], none of which"):
        small(class_weight={7: 1}).fit(X, Y)
    with pytest.raises(
        ValueError, match="parameter of RNNClassifier must be None, a dict, a list of"
    ):
        small(class_weight="even").fit(X, Y)
    with pytest.raises(ValueError, match="class_weight='balanced' needs all labels"):
        small(class_weight="balanced").partial_fit(X, Y, classes=[0, 1, 2])
    with pytest.raises(ValueError, match=r"a dict or 'balanced' where y has one label"):
        small(class_weight=[{0: 1}, {1: 2}]).fit(X, Y)


def test_early_stopping_is_stratified():
    clf = small(early_stopping=True, validation_fraction=0.1)
    rare = np.array([0] * 20 + [1] * 20)
    rng = np.random.RandomState(0)
    kept, out = clf.fit(X, rare)._split(rare, rng)
    assert np.bincount(rare[out]).tolist() == [2, 2]
    assert len(kept) == 36


def test_bidirectional_last_is_each_directions_end():
    clf = small(bidirectional=True).fit(X, Y)
    joined = clf.transform(X)
    sequence = X[3]
    turned = clf.transform([sequence[::-1]])[0]
    params = clf.params_
    for name in ("W", "U", "b"):
        a, b = params[f"rnn0.forward.{name}"], params[f"rnn0.backward.{name}"]
        a[:], b[:] = b.copy(), a.copy()
    swapped = clf.transform([sequence])[0]
    assert_allclose(swapped[:6], turned[6:], rtol=1e-12)
    assert_allclose(swapped[6:], turned[:6], rtol=1e-12)
    assert_allclose(
        clf.transform([sequence[::-1]])[0], np.r_[joined[3][6:], joined[3][:6]]
    )


def test_an_lstm_recognises_nine_speakers():
    """The data are real and ragged; the benchmark has five seeds of the same."""
    train = load_japanese_vowels(subset="train", return_X_y=True)
    test = load_japanese_vowels(subset="test", return_X_y=True)
    clf = RNNClassifier(32, bidirectional=True, max_iter=30, random_state=0)
    assert clf.fit(*train).score(*test) > 0.95


@pytest.mark.parametrize(("embedding_dim", "n_units"), [(None, 64), (2, 128)])
def test_units_that_are_not_given(embedding_dim, n_units):
    """Tokens are read by a larger layer; given by number, it is the same network."""
    X, y = [[0, 1, 2], [2, 1], [1, 0], [2, 2, 0]] * 3, [0, 1, 0, 1] * 3
    if embedding_dim is None:
        X = [np.array(x, dtype=float) for x in X]
    settings = {"embedding_dim": embedding_dim, "max_iter": 1, "random_state": 0}
    auto = RNNClassifier(**settings).fit(X, y)
    given = RNNClassifier(n_units, **settings).fit(X, y)
    assert auto.architecture_["hidden_layer_sizes"] == (n_units,)
    assert_array_equal(auto.theta_, given.theta_)
    resumed = RNNClassifier(**settings, warm_start=True).fit(X, y).fit(X, y)
    assert resumed.n_iter_ == 2


@pytest.mark.parametrize("kind", [object, str])
def test_labels_of_text_are_no_numbers(kind):
    """Not even in a column of objects, whose labels were all wrong without a word."""
    X, y = [np.ones((n, 1)) for n in (2, 3, 1, 2)], np.array([0, 1, 0, 1])
    texts = np.array([str(k) for k in y], dtype=kind)
    few = {"hidden_layer_sizes": 2, "max_iter": 1}
    with pytest.raises(ValueError, match="y holds labels of type .* of type int64"):
        RNNClassifier(**few).fit(X, y).score(X, texts)
    with pytest.raises(ValueError, match="y_val holds labels of type int64"):
        RNNClassifier(**few).fit(X, texts, X_val=X, y_val=y)


@pytest.mark.parametrize("estimator", [RNNClassifier, RNNTagger])
def test_classes_of_columns_are_the_columns(estimator):
    """Names would be sorted, and a weight would be that of another column."""
    X = [np.ones((n, 1)) for n in (2, 3, 1, 2)]
    Y = np.array([[0, 1, 1], [1, 0, 0], [0, 0, 1], [1, 1, 0]])
    y = Y
    if estimator is RNNTagger:
        y = [np.repeat([row], len(x), axis=0) for row, x in zip(Y, X)]
    model = estimator(2, max_iter=1)
    with pytest.raises(ValueError, match=r"columns, \[0, 1, 2\]. Got \['calm'"):
        model.partial_fit(X, y, classes=["sad", "happy", "calm"])
    assert_array_equal(model.partial_fit(X, y, classes=[2, 0, 1]).classes_, range(3))


def test_where_a_sparse_step_is_not_finite():
    x = sparse.csr_matrix([[1.0, 0, 2], [0, 3, 0], [4, 5, 0]])
    bad = x.copy()
    bad[2, 1] = np.nan
    with pytest.raises(ValueError, match=r"NaN: X\[1\], step 2, feature 1"):
        RNNClassifier(2, max_iter=1).fit([x, bad, x], [0, 1, 0])
