"""Scores of labels and spans, their scorers, cross-validated predictions."""

import inspect
import itertools
from functools import partial

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import GridSearchCV, cross_val_score, cross_validate

from sksequence import RaggedArray, RNNClassifier, RNNGenerator, RNNTagger, metrics
from sksequence.inspection import permutation_importance
from sksequence.metrics import (
    bleu_score,
    cross_val_predict,
    exact_match_score,
    exact_match_scorer,
    find_spans,
    flat_classification_report,
    sequence_accuracy_score,
    sequence_accuracy_scorer,
    span_f1_score,
    span_f1_scorer,
    span_precision_score,
    span_recall_score,
    step_mean_absolute_error,
    step_r2_score,
    token_accuracy_score,
    token_accuracy_scorer,
    token_error_rate,
)
from sksequence.sequences import labels_as_ragged

TRUE = [["A", "B", "A"], ["B"], ["A", "A"]]
FOUND = [["A", "B", "B"], ["B"], ["B", "B"]]

# -- steps and sequences ---------------------------------------------------------------


def test_fractions_of_steps_and_of_sequences():
    assert token_accuracy_score(TRUE, FOUND) == 3 / 6
    assert sequence_accuracy_score(TRUE, FOUND) == 1 / 3
    assert token_accuracy_score(TRUE, FOUND, sample_weight=[1, 3, 0]) == 5 / 6
    by_step = [[1, 0, 0], [1], [1, 1]]
    assert token_accuracy_score(TRUE, FOUND, sample_weight=by_step) == 2 / 4
    assert sequence_accuracy_score(TRUE, FOUND, sample_weight=[1, 3, 0]) == 3 / 4
    ragged = [RaggedArray.from_sequences(y) for y in (TRUE, FOUND)]
    assert token_accuracy_score(*ragged) == 3 / 6


WEIGHTED = [
    name
    for name in metrics.__all__
    if name.endswith(("_score", "_rate", "_error"))
    and "sample_weight" in inspect.signature(getattr(metrics, name)).parameters
]


@pytest.mark.parametrize("name", WEIGHTED)
def test_weights_of_any_size(name):
    """A factor that all weights have in common changes no score."""
    score, numbers = getattr(metrics, name), name.startswith("step")
    true, found = ([[1, 2, 1], [2], [1, 5]], [[1, 2, 2], [2], [2, 2]])
    true, found = (true, found) if numbers else (TRUE, FOUND)
    weights = np.array([1.0, 3.0, 0.5])
    expected = score(true, found, sample_weight=weights)
    for power in (-1000, -1, 100, 1022):
        changed = score(true, found, sample_weight=np.ldexp(weights, power))
        assert changed == pytest.approx(expected, rel=1e-12)
    assert {"step_r2_score", "token_error_rate"} < {*WEIGHTED}


@pytest.mark.parametrize("size", [1e-300, 1e300])
def test_r2_of_numbers_of_any_size(size):
    true, found = np.array([[1.0, 2.0, 5.0]]), np.array([[1.0, 3.0, 4.0]])
    score = metrics.step_r2_score(true * size, found * size)
    assert score == pytest.approx(metrics.step_r2_score(true, found))


def test_several_labels_a_step():
    y = [np.array([[0, 1], [1, 1]]), np.array([[0, 0]])]
    p = [np.array([[0, 1], [1, 0]]), np.array([[0, 0]])]
    assert token_accuracy_score(y, p) == 2 / 3
    assert sequence_accuracy_score(y, p) == 1 / 2


def test_the_report_is_scikit_learns():
    report = flat_classification_report(TRUE, FOUND, output_dict=True)
    assert report["A"]["support"] == 4
    assert report["A"]["recall"] == 1 / 4
    assert "precision" in flat_classification_report(TRUE, FOUND)


@pytest.mark.parametrize(
    "score",
    [token_accuracy_score, sequence_accuracy_score, span_f1_score,
     flat_classification_report],
)  # fmt: skip
def test_pairs_that_do_not_fit(score):
    with pytest.raises(ValueError, match="y_true has 3, y_pred has 2"):
        score(TRUE, FOUND[:2])
    with pytest.raises(
        ValueError, match=r"y_true\[1\] has 1 labels, but y_pred\[1\] has"
    ):
        score(TRUE, [FOUND[0], ["A", "B"], FOUND[2]])
    with pytest.raises(ValueError, match="y_true is empty"):
        score([], [])
    with pytest.raises(ValueError, match=r"y_pred\[1\] is 'B': one label"):
        score(TRUE, [FOUND[0], "B", FOUND[2]])


def test_weights_that_do_not_fit():
    for weights, message in [
        ([1, 2], "sample_weight must have one entry for each of the 3 sequences"),
        ([[1], [1], [1]], r"sample_weight\[0\] has 1 entries, but y_true\[0\] has 3"),
        ([1, -1, 0], r"sample_weight\[1\] is -1"),
        ([0, 0, 0], "sample_weight makes the weight of every step zero"),
    ]:
        with pytest.raises(ValueError, match=message):
            token_accuracy_score(TRUE, FOUND, sample_weight=weights)
    with pytest.raises(ValueError, match=r"sample_weight\[1\] is nan"):
        sequence_accuracy_score(TRUE, FOUND, sample_weight=[1, np.nan, 1])


def test_labels_of_two_types():
    with pytest.raises(TypeError, match="y_true holds labels of int64, but y_pred of"):
        token_accuracy_score([[1, 0]], [["1", "0"]])


# -- spans -----------------------------------------------------------------------------

TAGS = ["O", "B", "I", "E", "S"]


def conlleval_spans(labels):
    """The rules of conlleval, start_of_chunk and end_of_chunk, one by one."""
    parts = [(label[0], label[2:]) for label in labels]
    spans, start = [], None
    for t, (tag, kind) in enumerate([*parts, ("O", "")]):
        before, before_kind = parts[t - 1] if t else ("O", "")
        end = (
            (before == "B" and tag in "BOS")
            or (before == "I" and tag in "BOS")
            or before in "ES"
            or (before != "O" and before_kind != kind)
        )
        begin = (
            tag in "BS"
            or (before in "ESO" and tag in "EI")
            or (tag != "O" and before_kind != kind)
        )
        if start is not None and end:
            spans.append((before_kind, start, t))
            start = None
        if begin:
            start = t
    return spans


labels_of_spans = st.lists(
    st.sampled_from(["O", *(f"{tag}-{kind}" for tag in "BIES" for kind in "XY")]),
    max_size=9,
)


@settings(derandomize=True, deadline=None, max_examples=500)
@given(labels_of_spans)
def test_spans_are_those_of_conlleval(labels):
    assert find_spans(labels) == conlleval_spans(labels)


def test_every_pair_of_tags():
    for first, second in itertools.product(TAGS, TAGS):
        for kind in "XY":
            labels = [
                "O" if tag == "O" else f"{tag}-{k}"
                for tag, k in ((first, "X"), (second, kind))
            ]
            assert find_spans(labels) == conlleval_spans(labels), labels


CASES = [
    (["B-X", "I-X", "O"], [("X", 0, 2)]),
    (["I-X", "I-X"], [("X", 0, 2)]),
    (["I-X", "B-X"], [("X", 0, 1), ("X", 1, 2)]),
    (["B-X", "I-Y"], [("X", 0, 1), ("Y", 1, 2)]),
    (["B-X", "I-X", "E-X", "E-X"], [("X", 0, 3), ("X", 3, 4)]),
    (["S-X", "I-X"], [("X", 0, 1), ("X", 1, 2)]),
    (["U-X", "B-X", "L-X"], [("X", 0, 1), ("X", 1, 3)]),
    (["B", "I", "O", "B"], [("", 0, 2), ("", 3, 4)]),
    (["B-X-1", "I-X-1"], [("X-1", 0, 2)]),
    ([], []),
]  # fmt: skip


@pytest.mark.parametrize(("labels", "spans"), CASES)
def test_spans_worked_by_hand(labels, spans):
    assert find_spans(labels) == spans


@pytest.mark.parametrize("form", [list, tuple, np.array])
def test_spans_are_those_of_one_sentence(form):
    with pytest.raises(ValueError, match="one sentence at a time"):
        find_spans([form(["B-X", "I-X"]), form(["O"])])


@settings(derandomize=True, deadline=None, max_examples=60)
@given(st.lists(st.tuples(labels_of_spans, labels_of_spans), min_size=1, max_size=4))
@pytest.mark.filterwarnings("ignore")
def test_scores_are_seqevals(pairs):
    seqeval = pytest.importorskip("seqeval.metrics")
    pairs = [(a[: min(len(a), len(b))], b[: min(len(a), len(b))]) for a, b in pairs]
    true, found = map(list, zip(*pairs))
    for ours, theirs in [
        (span_precision_score, seqeval.precision_score),
        (span_recall_score, seqeval.recall_score),
        (span_f1_score, seqeval.f1_score),
    ]:
        for average in ("micro", "macro", "weighted"):
            if not any(find_spans(y) for y in (*true, *found)) and average != "micro":
                continue
            expected = theirs(true, found, average=average, zero_division=0)
            assert ours(true, found, average=average) == pytest.approx(expected)


def test_averages_and_no_spans():
    true = [["B-X", "I-X", "O", "B-Y"], ["B-X"]]
    found = [["B-X", "I-X", "O", "B-X"], ["O"]]
    assert span_recall_score(true, found, average=None) == {"X": 0.5, "Y": 0.0}
    assert span_recall_score(true, found, average="macro") == 0.25
    assert span_recall_score(true, found, average="weighted") == pytest.approx(1 / 3)
    nothing = [["O", "O"]]
    assert span_f1_score(nothing, nothing) == 0
    assert span_f1_score(nothing, nothing, zero_division=1) == 1
    assert span_f1_score(nothing, nothing, average="macro") == 0
    with pytest.raises(
        ValueError,
        match="The 'average' parameter of span_f1_score must be .* Got 'all'",
    ):
        span_f1_score(true, found, average="all")


@pytest.mark.parametrize("wrong", ["NOUN", "X-B", "O-X", "", "b-X"])
def test_labels_that_are_no_spans(wrong):
    with pytest.raises(
        ValueError, match=rf"y_pred\[1\]\[0\] is '{wrong}'. Expected 'O'"
    ):
        span_f1_score([["O", "O"], ["O"]], [["O", "O"], [wrong]])
    with pytest.raises(ValueError, match=r"labels\[0\] is 3"):
        find_spans([3])


# -- in cross-validation ---------------------------------------------------------------


def tagged(n_sequences=24, seed=0):
    rng = np.random.default_rng(seed)
    X = [rng.standard_normal((n, 2)) for n in rng.integers(1, 6, n_sequences)]
    return X, [np.where(x[:, 0] > 0, "B-X", "O") for x in X]


SCORERS = {
    "tokens": token_accuracy_scorer,
    "sequences": sequence_accuracy_scorer,
    "spans": span_f1_scorer,
}


def test_scorers_in_searches_and_cross_validation():
    X, y = tagged()
    tagger = RNNTagger(6, max_iter=20, random_state=0)
    for scorer in SCORERS.values():
        scores = cross_val_score(tagger, X, y, scoring=scorer, cv=3)
        assert ((scores >= 0) & (scores <= 1)).all()
    several = cross_validate(tagger, X, y, scoring=SCORERS, cv=3)
    assert (several["test_tokens"] >= several["test_sequences"]).all()
    search = GridSearchCV(
        tagger, {"cell": ["gru", "rnn"]}, scoring=SCORERS, refit="spans", cv=3
    ).fit(X, y)
    assert search.best_score_ > 0.5


def test_labels_held_out_altogether_are_wrong_ones():
    X, y = tagged()
    y[0] = np.full(len(y[0]), "B-RARE")
    scores = cross_val_score(
        RNNTagger(6, max_iter=2, random_state=0), X, y,
        scoring=token_accuracy_scorer, cv=4,
    )  # fmt: skip
    assert np.isfinite(scores).all()


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_cross_val_predict(n_jobs):
    X, y = tagged()
    y[0] = np.full(len(y[0]), "B-RARE")
    tagger = RNNTagger(6, max_iter=5, random_state=0)
    found = cross_val_predict(tagger, X, y, cv=4, n_jobs=n_jobs)
    assert [len(labels) for labels in found] == [len(x) for x in X]
    p = cross_val_predict(tagger, X, y, cv=4, method="predict_proba", n_jobs=n_jobs)
    assert [rows.shape for rows in p] == [(len(x), 3) for x in X]
    assert all(np.allclose(rows.sum(axis=1), 1) for rows in p)
    fold = range(6)  # of the first sequence: fitted without the rare label
    assert all((p[i][:, 0] == 0).all() for i in fold)
    tagger.fit(X[6:], y[6:])
    for i in fold:
        assert (found[i] == tagger.predict([X[i]])[0]).all()


def test_cross_val_predict_passes_what_belongs_to_the_sequences():
    X, y = tagged()
    weights = np.linspace(0.1, 2, len(X))
    tagger = RNNTagger(6, max_iter=3, random_state=0)
    found = cross_val_predict(
        tagger, RaggedArray.from_sequences(X), y, cv=4, method="predict_proba",
        params={"sample_weight": weights},
    )  # fmt: skip
    tagger.fit(X[6:], y[6:], sample_weight=weights[6:])
    for i in range(6):
        np.testing.assert_allclose(found[i], tagger.predict_proba([X[i]])[0], rtol=1e-9)


def test_cross_val_predict_needs_a_partition():
    X, y = tagged()
    with pytest.raises(ValueError, match="only works for partitions"):
        cross_val_predict(RNNTagger(), X, y, cv=[([0, 1], [2, 3])])


# -- output sequences ------------------------------------------------------------------


def test_exact_matches():
    assert exact_match_score(["a b", "c"], ["a b", "d"]) == 0.5
    assert exact_match_score([["a"], []], [np.array(["a"]), ()]) == 1.0
    assert exact_match_score(["a", "b"], ["a", "c"], sample_weight=[3, 1]) == 0.75


def brute_distance(a, b):
    if not a or not b:
        return len(a) + len(b)
    return min(
        brute_distance(a[1:], b) + 1,
        brute_distance(a, b[1:]) + 1,
        brute_distance(a[1:], b[1:]) + (a[0] != b[0]),
    )


@given(st.text("abc", max_size=5), st.text("abc", max_size=5))
@settings(max_examples=60, deadline=None)
def test_token_errors_are_the_fewest_edits(a, b):
    rate = token_error_rate([list("a" + a)], [list("a" + b)])
    assert rate == brute_distance(a, b) / (len(a) + 1)


letters = st.text("ab c", min_size=1, max_size=5)


@given(st.lists(st.tuples(letters, letters), min_size=1, max_size=5))
@settings(max_examples=60, deadline=None)
def test_characters_are_tokens_of_lists(pairs):
    true, found = ([*texts] for texts in zip(*pairs))
    as_lists = [list(text) for text in true], [list(text) for text in found]
    assert token_error_rate(true, found, analyzer="char") == token_error_rate(*as_lists)


def test_texts_of_one_token_are_asked_about():
    dates = ["2004-12-25", "2005-01-01"]
    with pytest.warns(UserWarning, match="'2004-12-25'.*analyzer=\"char\""):
        assert token_error_rate(dates, dates) == 0
    nearly_all = ["25 December", *dates * 6]  # as where a TokenEncoder asks
    with pytest.warns(
        UserWarning, match=r"12 of the 13 texts of y_true .* '2004-12-25'"
    ):
        assert token_error_rate(nearly_all, nearly_all) == 0
    token_error_rate(nearly_all[:3], nearly_all[:3])
    token_error_rate(dates, dates, analyzer="char")
    token_error_rate([[date] for date in dates], dates)  # tokens, as they are
    token_error_rate(["a", "b"], ["a", "c"])
    with pytest.raises(ValueError, match="'analyzer' parameter.*Got 'phone'"):
        token_error_rate(dates, dates, analyzer="phone")


def test_token_error_rate_is_over_all_outputs():
    assert token_error_rate(["a b c", "d"], ["a c", "e f"]) == (1 + 2) / 4
    weighted = token_error_rate(["a b c", "d"], ["a c", "e f"], sample_weight=[0, 1])
    assert weighted == 2.0


WRONG_OUTPUTS = [
    (("ab", ["ab"]), TypeError, "y_true is one string"),
    ((["a"], ["a", "b"]), ValueError, "y_true has 1, y_pred has 2"),
    (([], []), ValueError, "y_true is empty"),
    ((["a", b"\xff"], ["a", "b"]), ValueError, r"^y_true\[1\]: 'utf-8' codec"),
]


@pytest.mark.parametrize("score", [exact_match_score, token_error_rate, bleu_score])
@pytest.mark.parametrize(("outputs", "error", "message"), WRONG_OUTPUTS)
def test_wrong_outputs(score, outputs, error, message):
    with pytest.raises(error, match=message):
        score(*outputs)
    if score is token_error_rate:
        with pytest.raises(ValueError, match="y_true holds no token"):
            score([""], ["a"])


def test_bleu_is_sacrebleus():
    sacrebleu = pytest.importorskip("sacrebleu")
    right = ["the cat sat on the mat .", "a dog ran home ."]
    found = ["the cat sat on a mat .", "a dog ran ."]
    expected = sacrebleu.corpus_bleu(found, [right]).score
    assert bleu_score(right, found) == pytest.approx(expected)
    assert bleu_score(right, right) == pytest.approx(100)
    with pytest.raises(TypeError, match=r"y_pred\[1\] is a list of tokens"):
        bleu_score(right, [found[0], found[1].split()])


def test_outputs_are_compared_as_they_are_read():
    composed, decomposed = ["café a\n", ""], ["cafe\u0301 a\r\n", ""]
    assert exact_match_score(composed, decomposed) == 1
    assert token_error_rate(composed, decomposed) == 0
    assert exact_match_score([["café"]], [["cafe\u0301"]]) == 1
    assert token_error_rate([["café", 1]], [["cafe\u0301", 1]]) == 0
    model = RNNGenerator(16, max_iter=60, random_state=0)
    y = ["e\u0301te\u0301", "ha"] * 9
    model.fit([[0.0], [1.0]] * 9, y)
    assert exact_match_scorer(model, [[0.0], [1.0]] * 9, y) == 1


# -- labels that are missing -----------------------------------------------------------

MISSING = [None, float("nan"), "NA", "NaT"]


@pytest.mark.parametrize("missing", MISSING)
def test_steps_without_a_true_label_do_not_count(missing):
    pandas = pytest.importorskip("pandas")
    gap = getattr(pandas, missing) if isinstance(missing, str) else missing
    true = [["A", gap, "B"], [gap, gap], ["A"]]
    found = [["A", "B", "A"], ["B", "B"], ["A"]]
    assert token_accuracy_score(true, found) == 2 / 3
    assert token_accuracy_score(true, found, sample_weight=[3, 5, 2]) == 5 / 8
    by_step = [[1, 9, 1], [9, 9], [2]]
    assert token_accuracy_score(true, found, sample_weight=by_step) == 3 / 4
    assert sequence_accuracy_score(true, found) == 1 / 2
    assert sequence_accuracy_score(true, [["A", "A", "B"], *found[1:]]) == 1
    report = flat_classification_report(true, found, output_dict=True, zero_division=0)
    assert report["accuracy"] == 2 / 3
    rows = [[[1, 0], gap], [[0, 1]]]
    assert token_accuracy_score(rows, [[[1, 0], [1, 1]], [[1, 1]]]) == 1 / 2
    spans = [["B-X", "I-X", gap, "I-X"], ["B-Y", "I-Y"]]
    guess = [["B-X", "I-X", "I-X", "I-X"], ["B-Y", "O"]]
    assert span_f1_score(spans, guess) == 2 / 3
    for metric in (token_accuracy_score, sequence_accuracy_score, span_f1_score):
        with pytest.raises(ValueError, match="y_true holds no labels"):
            metric([[gap, gap]], [["A", "A"]])
        with pytest.raises(ValueError, match=r"y_pred\[0\]\[1\] is missing"):
            metric([["A", "A"]], [["A", gap]])


def test_cross_validated_probabilities_of_partly_labelled_steps():
    X = [np.ones((3, 1)) * i for i in range(6)]
    y = [["a", None, "b"]] * 6
    found = cross_val_predict(
        RNNTagger(2, max_iter=1), X, y, cv=2, method="predict_proba"
    )
    assert [p.shape for p in found] == [(3, 2)] * 6


@pytest.mark.parametrize("wrong", [0, np.array(1.0), None, {"O": 1}, "O", {"O"}])
def test_labels_that_are_no_list_are_named(wrong):
    with pytest.raises(TypeError, match="^labels must be a list of labels"):
        find_spans(wrong)
    for score in (token_accuracy_score, span_f1_score, sequence_accuracy_score):
        with pytest.raises((TypeError, ValueError), match="^y_true"):
            score(wrong, [["O"]])
        with pytest.raises((TypeError, ValueError), match=r"^y_pred\[0\] is .*label"):
            score([["O"]], [wrong])


def test_spans_of_labels_in_any_container():
    labels = ["B-P", "I-P", "O"]
    for form in (np.array, tuple, pd.Series, pl.Series):
        assert find_spans(form(labels)) == [("P", 0, 2)]


def test_numbers_no_type_holds_are_named():
    with pytest.raises(ValueError, match="'zero_division' parameter"):
        span_f1_score([["O"]], [["O"]], zero_division=10**400)
    with pytest.raises(
        ValueError, match=r"y_true\[0\] holds an integer beyond 64 bits"
    ):
        token_accuracy_score([[2**70, 1]], [[1, 1]])


@pytest.mark.parametrize("scoring", [{"a": 2.0}, 3, ["accuracy"], np.array(1)])
def test_a_wrong_scoring_is_named(scoring):
    model = RNNTagger(2, max_iter=1, random_state=0)
    X, y = [[[1.0], [2.0]]] * 4, [["a", "b"]] * 4
    for estimator in (model.fit(X, y), 3):
        with pytest.raises(ValueError, match="The 'scoring' parameter of permutation"):
            permutation_importance(estimator, X, y, scoring=scoring)


@pytest.mark.parametrize("n_jobs", [0, 1.5, [2], "a", object()])
def test_a_wrong_number_of_jobs_is_named(n_jobs):
    X, y = [[[1.0], [2.0]]] * 4, [["a", "b"]] * 4
    model = RNNTagger(2, max_iter=1, random_state=0).fit(X, y)
    with pytest.raises(ValueError, match="'n_jobs' parameter of cross_val_predict"):
        cross_val_predict(model, X, y, n_jobs=n_jobs)
    with pytest.raises(
        ValueError, match="'n_jobs' parameter of permutation_importance"
    ):
        permutation_importance(model, X, y, n_jobs=n_jobs)


def test_strings_and_lists_of_tokens_are_not_compared():
    for y_true, y_pred in ((["a b"], [["a", "b"]]), ([["a", "b"]], ["a b"])):
        with pytest.raises(TypeError, match=r"y_true\[0\] is .* y_pred\[0\] is"):
            exact_match_score(y_true, y_pred)


def test_sequences_without_steps_do_not_count():
    assert sequence_accuracy_score([[], ["A"]], [[], ["B"]]) == 0
    assert sequence_accuracy_score([[], ["A"]], [[], ["A"]]) == 1


LARGE = 2**53


@pytest.mark.parametrize(
    "column",
    [
        pl.Series,
        lambda v: pd.array(v, dtype="Int64"),
        lambda v: pd.Series(v, dtype="Int64"),
        pa.array,
        list,
    ],
    ids=["polars", "pandas array", "pandas", "pyarrow", "list"],
)
def test_labels_beside_missing_ones_stay_integers(column):
    y = [column([LARGE + 1, None, LARGE]), column([LARGE, LARGE, LARGE])]
    labels, known = labels_as_ragged(y)
    assert labels.values.dtype == np.int64
    assert set(labels.values[known]) == {LARGE, LARGE + 1}
    assert token_accuracy_score(y, [[LARGE] * 3] * 2) == 0.8


def test_labels_of_two_integer_types_stay_integers():
    y = [np.array([1, 2], np.uint64), np.array([0, 1])]
    assert labels_as_ragged(y)[0].values.dtype == np.int64


@pytest.mark.parametrize(
    "score",
    [token_accuracy_score, partial(flat_classification_report, output_dict=True)],
)
def test_weights_of_steps_beside_empty_sequences(score):
    y_true, y_pred = [["A", "B"], [], ["A"]], [["A", "A"], [], ["B"]]
    of_steps = score(y_true, y_pred, sample_weight=[[2.0, 2.0], [], [1.0]])
    assert of_steps == score(y_true, y_pred, sample_weight=[2.0, 3.0, 1.0])
    assert of_steps == score([*y_true, ["A", "B"]], [*y_pred, ["A", "A"]])


@pytest.mark.parametrize(
    "score",
    [
        token_accuracy_score,
        sequence_accuracy_score,
        flat_classification_report,
        step_r2_score,
        step_mean_absolute_error,
    ],
)
def test_no_step_at_all_is_nothing_to_score(score):
    with pytest.raises(ValueError, match=r"^y_true holds no .*nothing to score"):
        score([[], []], [[], []])


def test_one_value_a_sequence_is_for_scikit_learns_function():
    X = [np.full((3, 2), k) for k in range(6)]
    with pytest.raises(ValueError, match=r"^estimator is RNNClassifier, whose predict"):
        cross_val_predict(RNNClassifier(2, max_iter=1), X, [0, 1] * 3, cv=2)
