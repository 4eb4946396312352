"""RNNTagger: labels of steps, the chain of labels, constraints, bad input."""

import itertools
import pickle
from datetime import date

import numpy as np
import pytest
from helpers import SPANS, STEADY, is_of_scheme, labels_of
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.feature_extraction import DictVectorizer
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.model_selection import GridSearchCV, cross_val_predict, learning_curve
from sklearn.pipeline import make_pipeline

from sksequence import RaggedArray, RNNStepRegressor, RNNTagger
from sksequence.metrics import token_accuracy_scorer
from sksequence.preprocessing import PerStep, TokenEncoder

BIO = ["B-A", "B-B", "I-A", "I-B", "O"]


def tagged_data(n_sequences=40, seed=0, labels=BIO):
    """Sequences whose steps tell their label, with some noise."""
    rng = np.random.default_rng(seed)
    X, y = [], []
    for n in rng.integers(1, 9, n_sequences):
        spans, codes = [], []
        while len(codes) < n:
            kind = rng.integers(3)
            length = min(int(rng.integers(1, 4)), n - len(codes))
            spans += (
                ["O"] * length
                if kind == 2
                else [f"{'B' if k == 0 else 'I'}-{'AB'[kind]}" for k in range(length)]
            )
            codes = spans
        y.append(np.array(spans[:n]))
        place = [labels.index(label) for label in y[-1]]
        X.append(
            np.eye(len(labels))[place] + 0.3 * rng.standard_normal((n, len(labels)))
        )
    return X, y


X, Y = tagged_data()


def small(**options):
    few = {"hidden_layer_sizes": 8, "max_iter": 3, "random_state": 0}
    return RNNTagger(**few | STEADY | options)


def n_best(tagger, X, n):
    """Labels (n_i, n_steps_i) and their log probabilities (n_i,), by sequence."""
    found = tagger.predict_n_best(X, n)
    return (
        [np.array([labels for labels, _ in best]) for best in found],
        [np.array([log_p for _, log_p in best]) for best in found],
    )


decoders = pytest.mark.parametrize("decoder", ["softmax", "crf"])


# -- what it gives ---------------------------------------------------------------------


@decoders
def test_it_learns_and_gives_object_arrays(decoder):
    tagger = small(decoder=decoder, bidirectional=True, max_iter=40).fit(X, Y)
    assert tagger.classes_.tolist() == BIO
    predicted = tagger.predict(X)
    assert predicted.dtype == object
    assert predicted.shape == (len(X),)
    assert all(p.shape == (len(x),) for p, x in zip(predicted, X))
    right = np.concatenate(predicted) == np.concatenate(Y)
    assert tagger.score(X, Y) == right.mean() > 0.9
    proba = tagger.predict_proba(X)
    assert all(p.shape == (len(x), 5) for p, x in zip(proba, X))
    assert_allclose(np.concatenate(proba).sum(axis=1), 1)
    states = tagger.transform(X)
    assert isinstance(states, RaggedArray)
    assert states.values.shape == (sum(map(len, X)), 16)


@decoders
def test_the_rest_of_the_batch_does_not_matter(decoder):
    tagger = small(decoder=decoder, bidirectional=True).fit(X, Y)
    together = tagger.predict_proba(X)
    best, log_proba = n_best(tagger, X, 3)
    for i in (0, 7, 20):
        assert_allclose(tagger.predict_proba([X[i]])[0], together[i], rtol=1e-10)
        alone, log_p = n_best(tagger, [X[i]], 3)
        assert_array_equal(alone[0], best[i])
        assert_allclose(log_p[0], log_proba[i], rtol=1e-10)


def test_states_of_many_batches_are_those_of_each_sequence():
    for bidirectional in (False, True):
        tagger = small(bidirectional=bidirectional, max_iter=1).fit(X, Y)
        alone = np.concatenate([tagger.transform([x])[0] for x in X])
        many = tagger.transform(X * 20)  # several batches of a prediction
        assert_allclose(many.values, np.tile(alone, (20, 1)), rtol=1e-9, atol=1e-12)


def test_labels_in_every_container():
    pandas = pytest.importorskip("pandas")
    polars = pytest.importorskip("polars")
    as_objects = np.empty(len(Y), dtype=object)
    as_objects[:] = Y
    expected = small().fit(X, Y).theta_
    lists = [labels.tolist() for labels in Y]
    for form in (
        lists,
        tuple(Y),
        as_objects,
        RaggedArray.from_sequences(Y),
        pandas.Series(lists),
        pandas.DataFrame({"labels": lists}),
        polars.Series(lists),
        [labels.astype(object) for labels in Y],
        [pandas.Series(labels) for labels in lists],
    ):
        assert_array_equal(small().fit(X, form).theta_, expected)
    rng = np.random.default_rng(0)
    table, labels = rng.standard_normal((20, 5)), rng.integers(0, 3, (20, 5))
    tagger = small().fit(table, labels)
    assert tagger.n_features_in_ == 5
    assert np.stack(tagger.predict(table)).shape == (20, 5)
    assert_array_equal(tagger.theta_, small().fit(table, list(labels)).theta_)


@pytest.mark.parametrize("make", [list, np.array, lambda v: np.array(v, object)])
@pytest.mark.parametrize("gap", [True, None])
def test_labels_that_are_bools(make, gap):
    y = [make([True, False]), make([False, gap, True])]
    tagger = RNNTagger(2, max_iter=1, random_state=0).fit([[1.0, 2], [3.0, 4, 5]], y)
    assert tagger.classes_.tolist() == [False, True]
    assert tagger.classes_.dtype == bool


def test_labels_keep_their_type():
    for labels in ([1, 5], [True, False], ["x", "yy"]):
        y = [np.resize(labels, len(x)) for x in X]
        tagger = small(max_iter=1).fit(X, y)
        predicted = tagger.predict(X)[0]
        assert predicted.dtype.kind == y[0].dtype.kind
        assert set(predicted.tolist()) <= set(labels)


def test_several_labels_a_step():
    rng = np.random.default_rng(0)
    y = [
        (x[:, :4] + 0.1 * rng.standard_normal((len(x), 4)) > 0.5).astype(int) for x in X
    ]
    tagger = small(max_iter=60).fit(X, y)
    assert tagger.predict(X)[0].shape == y[0].shape
    assert tagger.score(X, y) > 0.8
    proba = np.concatenate(tagger.predict_proba(X))
    assert ((proba > 0) & (proba < 1)).all()
    assert_array_equal(np.concatenate(tagger.predict(X)), proba > 0.5)
    with pytest.raises(ValueError, match="predict_n_best needs one label a step"):
        tagger.predict_n_best(X)
    with pytest.raises(ValueError, match="y holds one label a step, but the tagger"):
        tagger.score(X, Y)
    with pytest.raises(ValueError, match="y has 3 labels a step, but the tagger was"):
        tagger.score(X, [rows[:, :3] for rows in y])
    for option, value in [("decoder", "crf"), ("constraints", "bio")]:
        with pytest.raises(ValueError, match=f"{option} must be .* rows of 0 and 1"):
            small(**{option: value}).fit(X, y)
    y[3][0, 2] = 7
    with pytest.raises(ValueError, match=r"y\[3\]\[0\] holds 7"):
        small().fit(X, y)


# -- the chain -------------------------------------------------------------------------


def test_n_best_and_its_log_probabilities():
    tagger = small(decoder="crf").fit(X, Y)
    labels, log_proba = n_best(tagger, X, 6)
    predicted = tagger.predict(X)
    for i, x in enumerate(X):
        assert labels[i].shape == (len(log_proba[i]), len(x))
        assert_array_equal(labels[i][0], predicted[i])
        assert (np.diff(log_proba[i]) <= 0).all()
        assert len(log_proba[i]) == min(6, 5 ** len(x))
        assert len({tuple(row) for row in labels[i].tolist()}) == len(labels[i])
    one_step = [x[:1] for x in X[:3]]
    for log_p in n_best(tagger, one_step, 9)[1]:
        assert_allclose(np.exp(log_p).sum(), 1)
    with pytest.raises(ValueError, match="The 'n' parameter of predict_n_best must be"):
        n_best(tagger, X, 0)


def test_softmax_n_best_are_products_of_probabilities():
    tagger = small().fit(X, Y)
    labels, log_proba = n_best(tagger, X, 2)
    for i, p in enumerate(tagger.predict_proba(X)):
        codes = np.searchsorted(tagger.classes_, labels[i])
        expected = np.log(p[np.arange(len(p)), codes]).sum(axis=1)
        assert_allclose(log_proba[i], expected, rtol=1e-9)


@decoders
def test_log_probabilities(decoder):
    """There are those of labels at steps, and of labels of whole sequences."""
    tagger = small(decoder=decoder, dtype="float64").fit(X, Y)
    log_p = tagger.predict_log_proba(X)
    for p, log in zip(tagger.predict_proba(X), log_p):
        assert_allclose(np.exp(log), p, rtol=1e-9)
    found = tagger.score_samples(X, Y)
    assert found.shape == (len(X),)
    alone = [tagger.score_samples([x], [y])[0] for x, y in zip(X, Y)]
    assert_allclose(found, alone, rtol=1e-9)
    labels, log_proba = n_best(tagger, X, 3)
    for k in range(3):
        held = [i for i in range(len(X)) if len(log_proba[i]) > k]
        of_kth = tagger.score_samples(
            [X[i] for i in held], [labels[i][k] for i in held]
        )
        assert_allclose(of_kth, [log_proba[i][k] for i in held], rtol=1e-8)
    short = [x[:2] for x in X if len(x) > 1][:3]
    for pair in short:  # the probabilities of all labellings sum to one
        every = list(itertools.product(tagger.classes_, repeat=2))
        total = np.exp(tagger.score_samples([pair] * len(every), every)).sum()
        assert_allclose(total, 1, rtol=1e-9)
    if decoder == "softmax":
        codes = [np.searchsorted(tagger.classes_, y) for y in Y]
        expected = [p[np.arange(len(p)), c].sum() for p, c in zip(log_p, codes)]
        assert_allclose(found, expected, rtol=1e-9)


def test_log_probabilities_are_exact_where_probabilities_round_to_zero():
    for decoder in ("softmax", "crf"):
        tagger = small(decoder=decoder, dtype="float64", max_iter=60).fit(X, Y)
        tagger.theta_ *= 400
        log_p = np.concatenate(tagger.predict_log_proba(X))
        assert (np.concatenate(tagger.predict_proba(X)) == 0).any()
        assert np.isfinite(log_p).all()


def test_log_probabilities_of_several_labels_a_step():
    rng = np.random.default_rng(0)
    y = [rng.integers(2, size=(len(x), 3)) for x in X]
    tagger = small().fit(X, y)
    p = tagger.predict_proba(X)
    for of_steps, log_p in zip(p, tagger.predict_log_proba(X)):
        assert_allclose(np.exp(log_p), of_steps, rtol=1e-9)
    expected = [np.log(np.where(t, q, 1 - q)).sum() for t, q in zip(y, p)]
    assert_allclose(tagger.score_samples(X, y), expected, rtol=1e-9)


def test_log_probabilities_know_the_constraints_of_the_crf():
    wrong = [np.roll(y, 1) for y in Y]
    of_crf = small(decoder="crf", constraints="bio").fit(X, Y)
    assert np.isfinite(of_crf.score_samples(X, Y)).all()
    log_p = of_crf.score_samples([X[0][:2]], [["O", "I-A"]])
    assert log_p[0] == -np.inf
    first = [log_p[0] for log_p in of_crf.predict_log_proba(X)]
    inside = of_crf.classes_ == "I-A"
    assert all(row[inside] == -np.inf for row in first)
    of_softmax = small(constraints="bio").fit(X, Y)
    assert np.isfinite(of_softmax.score_samples(X, wrong)).all()
    never = [("A", None), ("A", "B"), ("B", None), ("B", "A"), ("B", "B")]
    with pytest.raises(ValueError, match="constraints"):
        small(decoder="crf", constraints=never).fit([np.eye(2)], [["A", "B"]])
    two = [[[0.0], [1.0]], [[1.0], [0.0]]] * 4
    pairs = small(
        decoder="crf", constraints=[(None, "B"), ("A", None), ("B", "A"), ("B", "B")]
    ).fit(two, [["A", "B"]] * 8)
    for method in (
        pairs.predict,
        pairs.predict_n_best,
        pairs.predict_proba,
        pairs.predict_log_proba,
        lambda X: pairs.score_samples(X, [["A", "A"], ["B"]]),
    ):
        with pytest.raises(ValueError, match=r"X\[1\] has 1 step.* allow no sequence"):
            method([[[0.0], [1.0]], [[1.0]]])
    with pytest.raises(ValueError, match="'C', which is not among the classes"):
        pairs.score_samples(two[:1], [["A", "C"]])
    with pytest.raises(ValueError, match=r"X\[0\] has 2"):
        pairs.score_samples(two[:1], [["A"]])


def test_marginals_of_the_first_step_by_n_best():
    tagger = small(decoder="crf").fit(X, Y)
    two_steps = [x[:2] for x in X if len(x) > 1][:3]
    labels, log_proba = n_best(tagger, two_steps, 25)
    for i, p in enumerate(tagger.predict_proba(two_steps)):
        for k, label in enumerate(tagger.classes_):
            mass = np.exp(log_proba[i][labels[i][:, 0] == label]).sum()
            assert_allclose(p[0, k], mass, rtol=1e-9)


def test_the_crf_learns_what_the_steps_do_not_tell():
    """The labels alternate from a start that only the first step shows."""
    rng = np.random.default_rng(0)
    X, y = [], []
    for n in rng.integers(3, 9, 60):
        first = rng.integers(2)
        x = np.zeros((n, 1))
        x[0] = 2 * first - 1
        X.append(x)
        y.append((first + np.arange(n)) % 2)
    tagger = small(hidden_layer_sizes=1, decoder="crf", max_iter=100).fit(X, y)
    features = tagger.transition_features_
    assert min(features[0, 1], features[1, 0]) > max(features[0, 0], features[1, 1]) + 1
    assert tagger.transitions_.shape == (2, 2)
    assert tagger.transitions_[0, 1] == features[0, 1]
    assert (None, None) not in features
    values = list(features.values())
    assert values == sorted(values, reverse=True)
    assert tagger.score(X, y) > 0.95


def test_transitions_need_a_crf():
    tagger = small(max_iter=1).fit(X, Y)
    with pytest.raises(AttributeError, match="learnt with decoder='crf' only"):
        tagger.transitions_  # noqa: B018


# -- constraints -----------------------------------------------------------------------


@decoders
@pytest.mark.parametrize("scheme", SPANS)
@settings(derandomize=True, deadline=None, max_examples=25)
@given(data=st.data())
def test_predictions_never_break_constraints(decoder, scheme, data):
    seed = data.draw(st.integers(0, 10_000))
    rng = np.random.default_rng(seed)
    labels = labels_of(scheme, "XY")
    rows = [rng.standard_normal((n, 3)) for n in rng.integers(1, 9, 12)]
    y = [np.array(["O"] * len(x)) for x in rows]
    tagger = small(decoder=decoder, constraints=scheme, max_iter=1)
    tagger.partial_fit(rows, y, classes=labels)
    tagger.theta_ = rng.normal(0, 3, tagger.theta_.size)
    predicted = tagger.predict(rows)
    assert all(is_of_scheme(labels, scheme) for labels in predicted)
    for found in n_best(tagger, rows, 3)[0]:
        assert all(is_of_scheme(labels, scheme) for labels in found)


@decoders
@pytest.mark.parametrize("scheme", SPANS)
def test_predictions_are_the_best_of_all_that_are_allowed(decoder, scheme):
    rng = np.random.default_rng(0)
    labels = labels_of(scheme, "XY")
    rows = [rng.standard_normal((n, 3)) for n in (1, 2, 3, 3)]
    y = [["O"] * len(x) for x in rows]
    tagger = small(decoder=decoder, constraints=scheme, max_iter=1)
    tagger.partial_fit(rows, y, classes=labels)
    tagger.theta_ = rng.normal(0, 2, tagger.theta_.size)
    for x, best in zip(rows, tagger.predict_n_best(rows, 3)):
        allowed = [
            found
            for found in itertools.product(labels, repeat=len(x))
            if is_of_scheme(found, scheme)
        ]
        log_p = tagger.score_samples([x] * len(allowed), allowed)
        order = np.argsort(-log_p)[:3]
        assert [tuple(found) for found, _ in best] == [allowed[k] for k in order]
        assert_array_equal(tagger.predict([x])[0], allowed[order[0]])
        if decoder == "crf":
            assert_allclose(np.exp(log_p).sum(), 1)


def test_constraints_from_pairs():
    pairs = [("O", "O"), (None, "O"), ("B-A", None)]
    y = [np.resize(["B-A", "O"], 2 * len(x))[: 2 * len(x)] for x in X]
    X2 = [np.repeat(x, 2, axis=0) for x in X]
    tagger = small(constraints=pairs, decoder="crf").fit(X2, y)
    assert tagger.transitions_[1, 1] == -np.inf
    for labels in tagger.predict(X2):
        assert labels[0] == "B-A"
        assert labels[-1] == "O"
    with pytest.raises(
        ValueError, match=r"X\[0\] has 1 step\(s\), for which constraints=.* allow no"
    ):
        tagger.predict([x[:1] for x in X])
    rare = small(constraints=[*pairs, ("Q", "O"), (None, "Q")], decoder="crf")
    assert_array_equal(rare.fit(X2, y).theta_, tagger.theta_)
    with pytest.raises(ValueError, match=r"constraints name 'Q', which is not among"):
        small(constraints=[("Q", "O")]).fit(X, Y)
    with pytest.raises(ValueError, match="constraints must hold pairs of labels. Got"):
        small(constraints=["OO"]).fit(X, Y)


BAD_CONSTRAINTS = [
    ("bio", ["NOUN", "O"], "'NOUN' is neither 'O' nor 'B-...', 'I-...'"),
    ("bio", ["I-A", "O"], "'I-A' can never be reached"),
    ("bioes", ["B-A", "O"], "'B-A' can never be left again"),
    ("bioes", ["I-A", "E-A", "O"], "'E-A' can never be reached"),
    ("bio", [1, 2], "1 is neither 'O' nor"),
    ("bioes", ["BI-A", "O"], "'BI-A' is neither 'O' nor"),
    ("bio", ["E-A", "O"], "'E-A' is neither 'O' nor"),
    ("iob1", ["B-A", "O"], "'B-A' can never be reached"),
    ("iob1", ["S-A", "O"], "'S-A' is neither 'O' nor 'B-...', 'I-...'"),
    ("bilou", ["B-A", "O"], "'B-A' can never be left again"),
    ("bilou", ["B-A", "E-A"], "'E-A' is neither 'O' nor 'B-...', 'I-...', 'L-...'"),
]  # fmt: skip


@pytest.mark.parametrize(("scheme", "labels", "message"), BAD_CONSTRAINTS)
def test_labels_that_cannot_satisfy_the_constraints(scheme, labels, message):
    y = [np.resize(labels, len(x)) for x in X]
    with pytest.raises(ValueError, match=f"labels cannot satisfy.*{message}"):
        small(constraints=scheme).fit(X, y)


@decoders
def test_training_labels_that_break_the_constraints(decoder):
    y = [labels.astype("<U5") for labels in Y]
    i = next(i for i, labels in enumerate(y) if len(labels) > 3)
    y[i][:] = ["O"] * len(y[i])
    y[i][2] = "I-A"
    with pytest.raises(
        ValueError, match=rf"y\[{i}\] has 'I-A' after 'O' at step 2, .*'bio' forbids"
    ):
        small(constraints="bio", decoder=decoder).fit(X, y)
    y[i][2] = "O"
    y[i][0] = "I-A"
    with pytest.raises(ValueError, match=r"'I-A' at the beginning at step 0"):
        small(constraints="bio", decoder=decoder).fit(X, y)


# -- weights ---------------------------------------------------------------------------


@decoders
def test_equal_weights_of_steps_are_weights_of_sequences(decoder):
    rng = np.random.default_rng(0)
    by_sequence = rng.uniform(0, 2, len(X))
    by_step = [np.full(len(x), w) for x, w in zip(X, by_sequence)]
    first = small(decoder=decoder).fit(X, Y, sample_weight=by_sequence)
    for form in (by_step, RaggedArray.from_sequences(by_step)):
        other = small(decoder=decoder).fit(X, Y, sample_weight=form)
        assert_array_equal(first.theta_, other.theta_)


@decoders
def test_weights_of_sequences_are_repetitions(decoder):
    weights = np.arange(len(X)) % 3
    repeated = np.repeat(np.arange(len(X)), weights)
    options = {"decoder": decoder, "batch_size": 1000, "alpha": 0.1}
    weighted = small(**options).fit(X, Y, sample_weight=weights)
    longer = small(**options).fit([X[i] for i in repeated], [Y[i] for i in repeated])
    assert_allclose(weighted.theta_, longer.theta_, rtol=1e-7, atol=1e-9)


def test_a_step_of_weight_zero_has_no_label():
    weights = [np.ones(len(x)) for x in X]
    y = [labels.astype("<U5") for labels in Y]
    expected = None
    for label in ("O", "B-A", "B-B"):
        for labels, w in zip(y, weights):
            labels[0], w[0] = label, 0
        tagger = small().partial_fit(X, y, BIO, sample_weight=weights)
        if expected is not None:
            assert_array_equal(tagger.theta_, expected)
        expected = tagger.theta_
    with pytest.raises(ValueError, match="weight of every sequence zero"):
        small().fit(X, y, sample_weight=[0 * w for w in weights])


@decoders
def test_class_weights_are_weights_of_steps(decoder):
    table = {"O": 0.5, "B-A": 3.0}
    by_step = [np.array([table.get(label, 1.0) for label in labels]) for labels in Y]
    expected = small(decoder=decoder).fit(X, Y, sample_weight=by_step).theta_
    found = small(decoder=decoder, class_weight=table).fit(X, Y).theta_
    assert_allclose(found, expected, rtol=1e-12)
    counts = dict(zip(*np.unique(np.concatenate(Y), return_counts=True)))
    n_steps = sum(counts.values())
    balanced = {str(k): n_steps / (len(counts) * n) for k, n in counts.items()}
    assert_allclose(
        small(decoder=decoder, class_weight="balanced").fit(X, Y).theta_,
        small(decoder=decoder, class_weight=balanced).fit(X, Y).theta_,
        rtol=1e-9,
    )


# -- early stopping --------------------------------------------------------------------


def all_right(tagger, X, y):
    """Fraction of sequences with every label right."""
    assert not hasattr(y[0], "toarray")
    return np.mean([(p == t).all() for p, t in zip(tagger.predict(X), y)])


@decoders
def test_early_stopping_on_a_given_score(decoder):
    options = {"decoder": decoder, "max_iter": 8, "n_iter_no_change": 8}
    tagger = small(scoring=all_right, **options)
    tagger.fit(X[:30], Y[:30], X_val=X[30:], y_val=Y[30:])
    assert tagger.best_validation_score_ == all_right(tagger, X[30:], Y[30:])
    plain = small(**options).fit(X[:30], Y[:30], X_val=X[30:], y_val=Y[30:])
    assert plain.best_validation_score_ == plain.score(X[30:], Y[30:])
    assert plain.validation_scores_ != tagger.validation_scores_
    assert len(small(early_stopping=True, **options).fit(X, Y).validation_scores_) == 8


# -- bad input -------------------------------------------------------------------------


def changed(i, labels):
    return [labels if k == i else entry for k, entry in enumerate(Y)]


BAD_Y = [
    (None, ValueError, "requires y to be passed"),
    (Y[:-1], ValueError, "X has 40 sequences, y has 39 entries"),
    (changed(3, Y[3][:-1]), ValueError, r"y\[3\] has \d entries, but X\[3\] has \d"),
    (changed(3, [*Y[3], "O"]), ValueError, r"y\[3\] has \d entries, but X\[3\] has"),
    (changed(3, "O"), ValueError, r"y\[3\] is 'O': one label"),
    (changed(3, "O B-X"), ValueError, r"y\[3\] is 'O B-X'.*\[text.split\(\) for"),
    (changed(3, [date(2020, 1, 1)] * len(X[3])), TypeError, "dates, into str"),
    (changed(3, np.full(len(X[3]), "2020", "M8[D]")), TypeError, "dates, into str"),
    (changed(3, 5), ValueError, r"y\[3\] is 5: one label"),
    (changed(3, [1] * len(X[3])), TypeError, r"y\[3\] holds labels of type int"),
    (changed(3, ["O", 1, None][: len(X[3])]), TypeError, r"y\[3\]\[1\] is 1"),
    ([np.full(len(x), np.nan) for x in X], ValueError, r"y\[0\]\[0\] is nan"),
    ([np.full(len(x), 0.5) for x in X], ValueError, r"y\[0\]\[0\] is 0.5. Expected"),
    ([["O"] * len(x) for x in X], ValueError, "at least 2 labels. Got 1 class: 'O'"),
    ("labels", TypeError, "y must be a list of sequences of labels"),
    ("O B-X", TypeError, r"Of one sequence, pass \[y.split\(\)\]"),
    ([Y[0]], ValueError, "X has 40 sequences, y has 1 entries"),
    ([[*labels, "O"] for labels in Y], ValueError, "40 of 40.*as Downsample does"),
    (np.arange(40), ValueError, r"y\[0\] is .*0.*: one label"),
    ([np.zeros((len(x), 2, 2)) for x in X], ValueError, r"y\[0\] has shape"),
]  # fmt: skip


@pytest.mark.parametrize(("y", "error", "message"), BAD_Y)
def test_bad_y(y, error, message):
    tagger = small()
    with pytest.raises(error, match=message):
        tagger.fit(X, y)
    assert not hasattr(tagger, "theta_")
    fitted = small(max_iter=1).fit(X, Y)
    if "at least 2" not in message:
        with pytest.raises((ValueError, TypeError)):
            fitted.score(X, y)
        with pytest.raises((ValueError, TypeError)):
            small(max_iter=1).fit(X, Y, X_val=X, y_val=y)


@decoders
def test_an_unseen_label_counts_as_wrong(decoder):
    """In ``score``, in the scorer, and in what early stopping watches."""
    tagger = small(max_iter=1, decoder=decoder).fit(X, Y)
    i, labels = 5, Y[5].copy().astype("<U5")
    labels[0] = "B-NEW"
    y = changed(i, labels)
    expected = tagger.score(X, y)
    right = [p == t for p, t in zip(tagger.predict(X), y)]
    assert expected == np.concatenate(right).mean()
    assert token_accuracy_scorer(tagger, X, y) == expected
    watched = small(max_iter=1, decoder=decoder).fit(X, Y, X_val=X, y_val=y)
    assert watched.validation_scores_ == [expected]
    weights = [np.arange(1.0, len(x) + 1) for x in X]
    assert tagger.score(X, y, weights) == pytest.approx(
        np.average(np.concatenate(right), weights=np.concatenate(weights))
    )
    with pytest.raises(ValueError, match=r"y\[5\]\[0\] is 'B-NEW', which is not among"):
        tagger.partial_fit(X, y)
    with pytest.raises(ValueError, match="y holds labels of type int64: .* type <U3"):
        tagger.score(X, [[1] * len(x) for x in X])


def missing_labels(rng, y):
    """Labels of which about a third are not there, in the ways there are to say so."""
    pandas = pytest.importorskip("pandas")
    known = [rng.random(len(labels)) > 0.3 for labels in y]
    known[0][:], known[1][:] = True, False
    ways = [None, float("nan"), pandas.NA, pandas.NaT]
    some = [
        [a if k else ways[(i + t) % 4] for t, (a, k) in enumerate(zip(labels, there))]
        for i, (labels, there) in enumerate(zip(y, known))
    ]
    return some, known


LABELS = {
    "str": Y,
    "int": [np.searchsorted(BIO, labels) for labels in Y],
    "rows": [np.tri(len(BIO), dtype=int)[np.searchsorted(BIO, labels)] for labels in Y],
}


@pytest.mark.parametrize("kind", LABELS)
@decoders
def test_a_step_without_a_label_weighs_nothing(decoder, kind):
    if kind == "rows" and decoder == "crf":
        pytest.skip("a CRF has one label a step")
    y = [labels.tolist() for labels in LABELS[kind]]
    some, known = missing_labels(np.random.default_rng(0), y)
    weights = [k.astype(float) for k in known]
    options = {"decoder": decoder, "max_iter": 2}
    expected = small(**options).fit(X, y, sample_weight=weights)
    found = small(**options).fit(X, some)
    assert_array_equal(found.classes_, expected.classes_)
    assert found.classes_.dtype == expected.classes_.dtype
    assert_array_equal(found.theta_, expected.theta_)
    assert found.score(X, some) == expected.score(X, y, weights)
    assert token_accuracy_scorer(found, X, some) == found.score(X, some)
    watched = small(**options).fit(X, some, X_val=X, y_val=some)
    assert watched.validation_scores_[-1] == found.score(X, some)
    early = small(**options, early_stopping=True, validation_fraction=0.5).fit(X, some)
    named = small(
        **options,
        early_stopping=True,
        validation_fraction=0.5,
        scoring=token_accuracy_scorer,
    ).fit(X, some)
    assert early.validation_scores_ == pytest.approx(named.validation_scores_)
    log_p = found.score_samples(X, some)
    assert log_p[1] == 0
    assert_allclose(log_p[0], found.score_samples(X[:1], y[:1])[0], rtol=1e-12)
    nothing = [[None] * len(x) for x in X]
    for call in (
        lambda: small().fit(X, nothing),
        lambda: found.score(X, nothing),
        lambda: small().fit(X, y, X_val=X, y_val=nothing),
    ):
        with pytest.raises(ValueError, match="y(_val)? holds no label"):
            call()
    with pytest.raises(ValueError, match=r"y\[3\] is None: one label"):
        small().fit(X, changed(3, None))


@decoders
def test_what_a_label_was_that_is_not_there_does_not_matter(decoder):
    """A step of weight zero is one without a label: also to the next one of a CRF."""
    weights = [np.ones(len(x)) for x in X]
    for w in weights[::2]:
        w[len(w) // 2] = 0
    other = [np.where(w > 0, labels, "O") for w, labels in zip(weights, Y)]
    some = [
        [a if k else None for a, k in zip(labels.tolist(), w)]
        for labels, w in zip(Y, weights)
    ]
    fits = [
        small(decoder=decoder, max_iter=2).partial_fit(X, y, BIO, sample_weight=w)
        for y, w in [(Y, weights), (other, weights), (some, None)]
    ]
    assert_array_equal(fits[0].theta_, fits[1].theta_)
    assert_array_equal(fits[0].theta_, fits[2].theta_)
    weights[0][:] = 0.5  # all equal again, but for those of zero
    assert (fits[0].theta_ != small(decoder=decoder, max_iter=2)
            .partial_fit(X, Y, BIO).theta_).any()  # fmt: skip


def test_a_crf_sums_over_labels_that_are_missing():
    tagger = small(decoder="crf").fit(X, Y)
    x, y = [X[3][:3]], Y[3][:3].tolist()
    every = [tagger.score_samples(x, [[y[0], b, y[2]]])[0] for b in tagger.classes_]
    found = tagger.score_samples(x, [[y[0], None, y[2]]])
    assert_allclose(found[0], np.logaddexp.reduce(every), rtol=1e-9)


def test_constraints_hold_around_missing_labels():
    never = [("A", "A"), ("B", "B")]
    tagger = small(decoder="crf", constraints=never)
    two = [np.eye(3)] * 4
    y = [["A", None, "A"], [None, "B", None]] * 2
    tagger.fit(two, y)
    assert np.isfinite(tagger.loss_)
    with pytest.raises(ValueError, match=r"allow no labels for y\[1\]"):
        small(decoder="crf", constraints=never).fit(
            two, [["A", "B", "A"], ["A", None, "B"]] * 2, X_val=two, y_val=y
        )
    with pytest.raises(ValueError, match=r"y\[0\] has 'A' after 'A' at step 2"):
        tagger.fit(two, [[None, "A", "A"], [None, "B", None]] * 2)


def test_a_part_of_a_row_may_not_be_missing():
    rows = [np.ones((len(x), 2)).tolist() for x in X]
    rows[2][0] = [1, None]
    with pytest.raises(
        ValueError, match=r"y\[2\]\[0\] is \[1, None\], of which a part"
    ):
        small().fit(X, rows)


@pytest.mark.parametrize("classes", [[], [None, "O"], [["O"]], ["O", float("nan")]])
def test_classes_are_labels(classes):
    with pytest.raises(ValueError, match="classes"):
        small().partial_fit(X, Y, classes=classes)
    with pytest.raises(ValueError, match="y holds no labels"):
        small().fit([[1.0], [2.0]], [[], []])


def test_bad_weights():
    weights = [np.ones(len(x)) for x in X]
    weights[2][0] = -1
    with pytest.raises(ValueError, match=r"sample_weight\[2\]\[0\] is -1"):
        small().fit(X, Y, sample_weight=weights)
    weights[2] = np.ones(99)
    with pytest.raises(ValueError, match=r"sample_weight\[2\] has 99 entries, but X"):
        small().fit(X, Y, sample_weight=weights)
    with pytest.raises(ValueError, match="sample_weight must have one entry for each"):
        small().fit(X, Y, sample_weight=np.ones(3))
    with pytest.raises(ValueError, match="weight of every step zero"):
        small(max_iter=1).fit(X, Y).score(X, Y, sample_weight=np.zeros(len(X)))


def test_wrong_parameters():
    for parameter, value in [("decoder", "viterbi"), ("constraints", "iob"),
                             ("constraints", 3), ("scoring", "accuracy")]:  # fmt: skip
        with pytest.raises(
            ValueError, match=f"The {parameter!r} parameter of RNNTagger"
        ):
            small(**{parameter: value}).fit(X, Y)


# -- in scikit-learn -------------------------------------------------------------------


def dict_steps(X):
    return [[{"best": str(row.argmax()), "high": row.max()} for row in x] for x in X]


def test_a_grid_over_a_pipeline_with_ragged_y():
    pipeline = make_pipeline(PerStep(DictVectorizer()), small(embedding_dim=4))
    search = GridSearchCV(
        pipeline,
        {
            "rnntagger__decoder": ["softmax", "crf"],
            "perstep__dictvectorizer__sort": [True, False],
        },
        cv=3,
    ).fit(dict_steps(X), Y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    predicted = search.predict(dict_steps(X))
    assert predicted.shape == (40,)
    found = cross_val_predict(pipeline, dict_steps(X), Y, cv=4)
    assert [len(labels) for labels in found] == [len(x) for x in X]
    _, _, scores = learning_curve(pipeline, dict_steps(X), Y, cv=3)
    assert np.isfinite(scores).all()


@decoders
def test_a_sentence_of_unknown_words_is_tagged(decoder):
    words = [[f"w{row.argmax()}" for row in x] for x in X]
    whole_words = CountVectorizer(token_pattern=".+")
    for steps in (TokenEncoder(), PerStep(whole_words)):
        tagger = make_pipeline(steps, small(decoder=decoder, embedding_dim=4))
        (labels,) = tagger.fit(words, Y).predict([["never", "seen"]])
        assert labels.shape == (2,)
        assert set(labels) <= set(BIO)


@decoders
def test_resuming_and_pickles(decoder):
    tagger = small(decoder=decoder, constraints="bio").fit(X, Y)
    copy = pickle.loads(pickle.dumps(tagger))
    assert_array_equal(
        np.concatenate(copy.predict(X)), np.concatenate(tagger.predict(X))
    )
    tagger.partial_fit(X, Y)
    assert not np.array_equal(copy.theta_, tagger.theta_)
    warm = small(decoder=decoder, warm_start=True).fit(X, Y)
    warm.set_params(decoder="crf" if decoder == "softmax" else "softmax")
    with pytest.raises(ValueError, match="decoder was .* in the fit before and is"):
        warm.fit(X, Y)
    with pytest.raises(ValueError, match=r"classes is \['x'\], but was"):
        tagger.partial_fit(X, Y, classes=["x"])


@pytest.mark.parametrize("call", ["fit", "partial_fit"])
def test_constraints_hold_where_training_goes_on(call):
    plain = [np.repeat(BIO[k % 5], len(x)) for k, x in enumerate(X)]  # of one label
    tagger = small(warm_start=True).fit(X, plain)
    again = getattr(tagger.set_params(constraints=[("O", "B-A")]), call)(X, plain)
    pairs = [pair for tags in again.predict(X) for pair in itertools.pairwise(tags)]
    assert ("O", "B-A") not in pairs
    with pytest.raises(ValueError, match=r"y\[0\].*constraints"):
        getattr(tagger, call)(X, [np.resize(["O", "B-A"], len(x)) for x in X])
    with pytest.raises(ValueError, match="constraints"):
        getattr(tagger.set_params(constraints="bioes"), call)(X, plain)
    chain = small(warm_start=True, decoder="crf").fit(X, plain)
    with pytest.raises(ValueError, match="constraints was .* in the fit before"):
        getattr(chain.set_params(constraints=[("O", "B-A")]), call)(X, plain)


@decoders
def test_float32_is_near_float64(decoder):
    single = small(decoder=decoder, dtype="float32").fit(X, Y)
    double = small(decoder=decoder).fit(X, Y)
    assert single.predict_proba(X)[0].dtype == np.float32
    assert_allclose(
        np.concatenate(single.predict_proba(X)),
        np.concatenate(double.predict_proba(X)),
        atol=1e-3,
    )


@pytest.mark.parametrize(
    "constraints", [np.array([]), np.array([["a", "b"]]), [("a",)]]
)
def test_parameters_for_one_label_a_step_may_be_arrays(constraints):
    X, y = [[[1.0], [2.0]]] * 4, [[[0, 1], [1, 1]]] * 4
    with pytest.raises(ValueError, match="constraints must be None where y holds rows"):
        RNNTagger(2, constraints=constraints).fit(X, y)


@pytest.mark.parametrize("name", ["constraints", "validation_fraction"])
def test_arrays_without_a_dimension_are_no_lists(name):
    tagger = RNNTagger(2, early_stopping=True, **{name: np.array(2)})
    with pytest.raises(ValueError, match=f"The '{name}' parameter of RNNTagger"):
        tagger.fit([[[1.0], [2.0]]] * 4, [["a", "b"]] * 4)


@pytest.mark.parametrize("weights", [[[1, 0, 2], [1, 1]], [[0, 0, 0], [0, 1]]])
def test_weights_of_sparse_steps(weights):
    dense = [np.eye(3), np.eye(3)[:2]]
    X, y = [sparse.csr_matrix(x) for x in dense], [[0, 1, 0], [1, 0]]
    few = {"hidden_layer_sizes": 2, "max_iter": 3, "random_state": 0}
    for cls in (RNNTagger, RNNStepRegressor):
        fits = [
            cls(**few, standardize=False).fit(steps, y, sample_weight=weights)
            for steps in (X, dense)
        ]
        for one, other in zip(fits[0].transform(X), fits[1].transform(dense)):
            assert_allclose(one, other, rtol=1e-4, atol=1e-5)
