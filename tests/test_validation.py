"""What early stopping watches: the same number, split off or given, by any scorer."""

import joblib
import numpy as np
import pytest
from helpers import ragged_data
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.metrics import f1_score, make_scorer, mean_squared_error
from sklearn.model_selection import (
    GridSearchCV,
    GroupShuffleSplit,
    KFold,
    PredefinedSplit,
    StratifiedKFold,
)

from sksequence import (
    RNNClassifier,
    RNNGenerator,
    RNNLanguageModel,
    RNNRegressor,
    RNNStepRegressor,
    RNNTagger,
    RNNTranslator,
)
from sksequence.estimators._validation import take
from sksequence.metrics import step_r2_scorer, token_accuracy_scorer

RNG = np.random.RandomState(0)
X, LABELS = ragged_data(40)
LABELS = np.array(LABELS)
NUMBERS = np.array([x.sum() for x in X])
CURVES = [x[:, 0].cumsum() for x in X]
TAGS = [RNG.choice(list("abc"), size=len(x)).tolist() for x in X]
TEXTS = [" ".join(RNG.choice(list("abcd"), size=len(x))) for x in X]
WEIGHTS = RNG.uniform(0.01, 10, len(X))
WEIGHTS[[3, 5, 20]] = 0
SMALL = {"hidden_layer_sizes": 4, "max_iter": 3, "random_state": 0, "dtype": "float64"}
EARLY = {**SMALL, "early_stopping": True, "validation_fraction": 0.4}

DEFAULT_SCORES = {
    "classifier": (RNNClassifier(**EARLY), (X, LABELS), "accuracy"),
    "regressor": (RNNRegressor(**EARLY), (X, NUMBERS), "r2"),
    "tagger": (RNNTagger(**EARLY), (X, TAGS), token_accuracy_scorer),
    "step regressor": (RNNStepRegressor(**EARLY), (X, CURVES), step_r2_scorer),
    "generator": (RNNGenerator(**EARLY), ([x[0] for x in X], TEXTS), "score"),
    "translator": (RNNTranslator(**EARLY), (TEXTS, TEXTS), "score"),
    "translator of numbers": (RNNTranslator(**EARLY), (X, TEXTS), "score"),
}


def score(estimator, X, y=None, sample_weight=None):
    return estimator.score(X, y, sample_weight)


@pytest.mark.parametrize("name", DEFAULT_SCORES)
@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["alike", "weighted"])
def test_the_default_score_is_the_one_that_scoring_names(name, weights):
    estimator, data, scoring = DEFAULT_SCORES[name]
    scoring = score if scoring == "score" else scoring
    expected = clone(estimator).fit(*data, sample_weight=weights)
    named = clone(estimator).set_params(scoring=scoring)
    named.fit(*data, sample_weight=weights)
    assert_allclose(named.validation_scores_, expected.validation_scores_, rtol=1e-9)
    by_score = clone(estimator).set_params(scoring=score)
    by_score.fit(*data, sample_weight=weights)
    assert_allclose(by_score.validation_scores_, expected.validation_scores_, rtol=1e-9)


@pytest.mark.parametrize("cls", [RNNClassifier, RNNTagger])
def test_class_weights_are_for_training(cls):
    """A held-out part counts as it would if it were passed to ``fit``."""
    y = LABELS if cls is RNNClassifier else TAGS
    labels = np.unique(y if cls is RNNClassifier else np.concatenate(y))
    weighted = cls(**EARLY, class_weight=dict.fromkeys(labels.tolist(), 1.0) | {
        labels[0].item(): 50.0
    }).fit(X, y)  # fmt: skip
    seen = []

    def spy(estimator, X, y):
        seen.append((X, y))
        return estimator.score(X, y)

    clone(weighted).set_params(scoring=spy).fit(X, y)
    X_val, y_val = seen[-1]
    last = clone(weighted).set_params(max_iter=1)
    last.fit(X, y)
    assert_allclose(last.validation_scores_[0], last.score(X_val, y_val), rtol=1e-9)


def test_scorers_see_what_the_user_gave():
    seen = []

    def spy(estimator, X, y=None):
        seen.append((X, y))
        return 0.0

    RNNLanguageModel(**EARLY, scoring=spy).fit(TEXTS)
    RNNLanguageModel(**SMALL, scoring=spy).fit(TEXTS, X_val=TEXTS[:2])
    RNNTranslator(**EARLY, scoring=spy).fit(TEXTS, tuple(TEXTS))
    RNNGenerator(**EARLY, scoring=spy).fit(None, TEXTS)
    RNNClassifier(**EARLY, scoring=spy).fit(X, LABELS.astype(str))
    texts, given, translated, generated, classified = seen[::3]
    assert set(texts[0]) <= set(TEXTS)
    assert len(texts[0]) == 16
    assert given[0] == TEXTS[:2]
    assert set(translated[0]) | set(translated[1]) <= set(TEXTS)
    assert generated[0] is None
    assert set(generated[1]) <= set(TEXTS)
    assert set(classified[1].tolist()) == {"0", "1", "2"}


def test_weights_reach_scorers_that_take_them_and_others_are_told():
    seen = []

    def weighted(estimator, X, y, sample_weight=None):
        seen.append(sample_weight)
        return 0.0

    clf = RNNClassifier(**EARLY, scoring=weighted)
    clf.fit(X, LABELS, WEIGHTS)
    assert len(seen) == 3
    assert set(seen[0]) <= set(WEIGHTS[WEIGHTS > 0])
    clone(clf).fit(X, LABELS)
    assert seen[3:] == [None] * 3
    for scoring in (lambda estimator, X, y: 0.0, "matthews_corrcoef"):
        clf = clone(clf).set_params(scoring=scoring)
        if callable(scoring):
            with pytest.warns(UserWarning, match="takes no sample_weight") as caught:
                clf.fit(X, LABELS, WEIGHTS)
            assert len(caught) == 1
        else:
            clf.fit(X, LABELS, WEIGHTS)


def test_a_metric_without_weights_is_told_too():
    reg = RNNRegressor(**EARLY, scoring="neg_max_error")
    with pytest.warns(
        UserWarning, match="scoring='neg_max_error' takes no sample_weight"
    ):
        reg.fit(X, NUMBERS, WEIGHTS)
    assert max(reg.validation_scores_) < 0


def test_errors_of_a_scorer_are_its_own():
    def broken(estimator, X, y):
        raise TypeError("mine")

    with pytest.raises(TypeError, match="mine"):
        RNNClassifier(**EARLY, scoring=broken).fit(X, LABELS)


@pytest.mark.parametrize("n", [1, 3])
def test_given_sets_count_alike(n):
    clf = RNNClassifier(**SMALL).fit(X, LABELS, WEIGHTS, X_val=X[:n], y_val=LABELS[:n])
    assert clf.best_validation_score_ == clf.score(X[:n], LABELS[:n])


# -- language models -------------------------------------------------------------------

LINES = [f"{text}\n" for text in TEXTS]


@pytest.mark.parametrize("contiguous", [False, True])
def test_the_score_of_texts(contiguous):
    model = RNNLanguageModel(**SMALL, contiguous=contiguous)
    expected = clone(model).fit(TEXTS, X_val=TEXTS[:3])
    by_score = clone(model).set_params(scoring=lambda est, X, y: est.score(X))
    by_score.fit(TEXTS, X_val=TEXTS[:3])
    assert_allclose(by_score.validation_scores_, expected.validation_scores_)


@pytest.mark.parametrize("scoring", [None, lambda est, X, y: est.score(X)])
def test_lines_that_can_be_read_once_are_one_text(scoring):
    model = RNNLanguageModel(**SMALL, contiguous=True, scoring=scoring)
    expected = clone(model).fit("".join(LINES), X_val="".join(LINES[:5]))
    found = clone(model).fit(iter(LINES), X_val=iter(LINES[:5]))
    assert_allclose(found.validation_scores_, expected.validation_scores_)
    assert_allclose(found.best_validation_score_, found.score("".join(LINES[:5])))


def test_sentences_that_can_be_read_once():
    model = RNNLanguageModel(**EARLY, scoring=lambda est, X, y: est.score(X))
    expected = clone(model).fit(TEXTS, X_val=TEXTS[:3])
    found = clone(model).fit(iter(TEXTS), X_val=iter(TEXTS[:3]))
    assert found.validation_scores_ == expected.validation_scores_
    split = clone(model).fit(iter(TEXTS))
    assert split.validation_scores_ == clone(model).fit(TEXTS).validation_scores_


@pytest.mark.parametrize("batch_size", [1, 10, 1000])
@pytest.mark.parametrize("scoring", [None, lambda est, X, y: est.score(X)])
def test_the_end_of_running_text_is_held_out(batch_size, scoring):
    """It is read by itself, from the end of a text; the rest is trained on once."""
    words = [f"w{i}" for i in range(104)]
    model = RNNLanguageModel(
        **SMALL | {"max_iter": 1},
        contiguous=True,
        batch_size=batch_size,
        bptt_length=5,
        early_stopping=True,
        validation_fraction=0.2,
        scoring=scoring,
    ).fit(" ".join(words))
    history = model.history_[0]
    assert round(history["steps_per_second"] * history["seconds"]) == 84  # of 105
    held_out = " ".join(words[84:])
    assert_allclose(model.validation_scores_[0], model.score(held_out), rtol=1e-6)


def test_running_text_too_short_to_hold_out_any():
    model = RNNLanguageModel(
        **EARLY | {"validation_fraction": 0.9}, contiguous=True, analyzer="char"
    )
    with pytest.raises(ValueError, match="holds out 2 of the 2 tokens of X"):
        model.fit("a")


# -- equal fits ------------------------------------------------------------------------


@pytest.mark.parametrize("name", DEFAULT_SCORES)
def test_equal_fits_have_equal_state(name):
    estimator, data, _ = DEFAULT_SCORES[name]
    one, other = clone(estimator).fit(*data), clone(estimator).fit(*data)
    assert one.history_ != other.history_  # each took its time
    assert joblib.hash(one) == joblib.hash(other)


# -- containers ------------------------------------------------------------------------


def test_entries_of_every_container():
    pandas = pytest.importorskip("pandas")
    polars = pytest.importorskip("polars")
    pyarrow = pytest.importorskip("pyarrow")
    which = np.array([2, 0])
    assert take(None, which) is None
    for data in (
        [5, 6, 7],
        (5, 6, 7),
        np.array([5, 6, 7]),
        pandas.Series([5, 6, 7], index=[9, 8, 7]),
        polars.Series([5, 6, 7]),
        pyarrow.array([5, 6, 7]),
    ):
        found = take(data, which)
        assert [int(str(k)) for k in found] == [7, 5]
    frame = pandas.DataFrame({"a": [5, 6, 7]})
    assert take(frame, which)["a"].tolist() == [7, 5]
    assert take(polars.DataFrame(frame.to_dict("list")), which)["a"].to_list() == [7, 5]


def test_scorers_get_weights_as_they_were_given():
    """They get one weight for each text, not one for each token."""
    pandas = pytest.importorskip("pandas")

    def weighted(estimator, X, y=None, sample_weight=None):
        kinds.add(type(sample_weight))
        log_p = estimator.score_samples(X)
        return float(np.average(log_p, weights=sample_weight))

    kinds = set()
    model = RNNLanguageModel(**EARLY, scoring=weighted)
    model.fit(TEXTS, sample_weight=pandas.Series(WEIGHTS))
    model.fit(TEXTS, sample_weight=2.0)
    assert kinds == {pandas.Series, np.ndarray}


def test_scorers_see_the_epoch_that_has_ended():
    seen = []

    def spy(estimator, X, y):
        seen.append((estimator.n_iter_, estimator.loss_, estimator.theta_))
        return 0.0

    clf = RNNClassifier(**EARLY, scoring=spy).fit(X, LABELS)
    assert [n for n, _, _ in seen] == [1, 2, 3]
    assert [loss for _, loss, _ in seen] == clf.loss_curve_
    assert not np.array_equal(seen[0][2], seen[2][2])
    assert clf.validation_scores_ == [0.0] * 3


def test_scorers_of_a_generator_without_vectors():
    seen = []

    def spy(estimator, X, y):
        seen.append(X)
        return estimator.score(X, y)

    RNNGenerator(**SMALL, scoring=spy).fit(None, TEXTS, y_val=TEXTS[:5])
    assert seen == [None] * 3


def test_lines_of_other_kinds_that_can_be_read_once():
    """``fit`` and ``score`` read bytes, integers, and lines without their ends."""
    model = RNNLanguageModel(**SMALL, contiguous=True)
    lines = [line.encode() for line in LINES]
    found = clone(model).fit(iter(lines), X_val=iter(lines[:3]))
    assert_allclose(found.best_validation_score_, found.score(iter(lines[:3])))
    bare = clone(model).fit(iter(TEXTS), X_val=iter(TEXTS[:3]))
    assert_allclose(bare.best_validation_score_, bare.score(iter(TEXTS[:3])))
    notes = [1, 2, 3, 1, 2] * 20
    music = clone(model).fit(iter(notes), X_val=iter(notes[:9]))
    assert_allclose(music.best_validation_score_, music.score(notes[:9]))


def test_scorers_with_other_keywords_get_weights():
    def weighted(estimator, X, y, **others):
        assert "sample_weight" in others
        return 0.0

    RNNClassifier(**EARLY, scoring=weighted).fit(X, LABELS, WEIGHTS)


def test_other_sequences_of_targets():
    from collections import deque

    clf = RNNClassifier(**EARLY, scoring="accuracy")
    expected = clone(clf).fit(X, LABELS)
    assert take(deque("abc"), np.array([2, 0])) == ["c", "a"]
    assert take(range(5), np.array([2, 0])) == [2, 0]
    found = clone(clf).fit(X, LABELS.tolist())
    assert found.validation_scores_ == expected.validation_scores_


def test_scores_of_nothing_that_counts():
    for cls in (RNNGenerator, RNNTranslator):
        given = (None if cls is RNNGenerator else TEXTS), TEXTS
        model = cls(**SMALL).fit(*given)
        with pytest.raises(ValueError, match="makes the weight of every output zero"):
            model.score(*given, np.zeros(len(TEXTS)))


# -- what can be held out --------------------------------------------------------------


def one_label_each(labels):
    return labels


def every_label_and(labels):
    """Two labels that are everywhere, and those given at the first step."""
    rest = [["x", "y"][t % 2] for t in range(9)]
    return [[label, *rest[: len(x) - 1]] for label, x in zip(labels, X)]


RARE = {
    "one member": [f"rare{0}", *["a", "b"] * 19, "a"],
    "classes outnumber the part": [f"k{i % 18}" for i in range(40)],
    "a third of them once": [f"k{min(i, 12)}" for i in range(40)],
    "two classes of one": ["p", "q", *["a", "b"] * 19],
}


@pytest.mark.parametrize("kind", RARE)
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("cls", "targets"),
    [(RNNClassifier, one_label_each), (RNNTagger, every_label_and)],
)
def test_early_stopping_keeps_rare_labels_in_training(kind, seed, cls, targets):
    y = targets(RARE[kind])
    estimator = cls(**EARLY | {"random_state": seed, "validation_fraction": 0.1})
    estimator.fit(X, y)
    assert len(estimator.validation_scores_) == 3
    encoded = estimator._check_targets(y, reset=False)
    kept, out = estimator._split(encoded, np.random.RandomState(seed))
    assert sorted([*kept, *out]) == list(range(40))
    assert len(out) == 4
    held = [{y[i]} if cls is RNNClassifier else set(y[i]) for i in kept]
    assert set().union(*held) == set(estimator.classes_)


@pytest.mark.parametrize(
    ("estimator", "data"),
    [
        (RNNClassifier(**EARLY), (X[:3], ["a", "b", "c"])),
        (RNNClassifier(**EARLY), (X[:3], np.eye(3, dtype=int))),
        (RNNTagger(**EARLY), (X[:2], [["a"] * len(X[0]), ["b"] * len(X[1])])),
        (RNNRegressor(**EARLY), (X[:1], [1.0])),
        (RNNTranslator(**EARLY), (TEXTS[:1], TEXTS[:1])),
        (RNNGenerator(**EARLY), (np.eye(1), TEXTS[:1])),
        (RNNLanguageModel(**EARLY), (TEXTS[:1],)),
    ],
)
def test_where_nothing_can_be_held_out_nothing_is_watched(estimator, data):
    name = type(estimator).__name__
    message = f"early_stopping=True of {name} watches nothing: of the"
    with pytest.warns(UserWarning, match=message) as caught:
        watched = clone(estimator).fit(*data)
    assert len(caught) == 1
    assert "Pass more sequences, or X_val" in str(caught[0].message)
    plain = clone(estimator).set_params(early_stopping=False).fit(*data)
    assert watched.loss_curve_ == plain.loss_curve_
    assert watched.validation_scores_ is watched.best_validation_score_ is None


@pytest.mark.filterwarnings("ignore:The number of unique classes")
def test_the_warning_names_the_labels():
    y = [f"a long name of a class, the {i}th" for i in range(40)]
    with pytest.warns(UserWarning, match="one of the labels .*the 0th'.*the 9th'") as w:
        RNNClassifier(**EARLY).fit(X, y)
    assert len(str(w[0].message)) < 1000


@pytest.mark.parametrize("fraction", [0.01, 0.5, 0.99])
@pytest.mark.parametrize("n", [2, 3, 10])
def test_any_fraction_of_few_sequences(fraction, n):
    """One sequence at least is watched, and one is trained on."""
    model = RNNRegressor(**EARLY | {"validation_fraction": fraction})
    model.fit(X[:n], NUMBERS[:n])
    assert len(model.validation_scores_) == 3


# -- a split of one's own --------------------------------------------------------------

GROUPS = np.arange(40) // 4
BY_GROUP = next(
    GroupShuffleSplit(1, test_size=0.3, random_state=0).split(X, groups=GROUPS)
)
SPLITS = {
    "pair": [BY_GROUP],
    "lists": [[part.tolist() for part in BY_GROUP]],
    "predefined": PredefinedSplit(np.where(np.isin(np.arange(40), BY_GROUP[1]), 0, -1)),
}


@pytest.mark.parametrize("name", [*DEFAULT_SCORES, "language model"])
@pytest.mark.parametrize("kind", SPLITS)
@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["alike", "weighted"])
def test_the_split_may_be_given(name, kind, weights):
    """Training and score are those of its parts, passed by hand."""
    if name == "language model":
        estimator, data = RNNLanguageModel(**EARLY), (TEXTS,)
    else:
        estimator, data, _ = DEFAULT_SCORES[name]
    split = clone(estimator).set_params(validation_fraction=SPLITS[kind])
    split.fit(*data, sample_weight=weights)
    train, test = ([take(d, np.sort(part)) for d in data] for part in BY_GROUP)
    of_test = [] if weights is None else [weights[np.sort(BY_GROUP[1])]]
    of_train = {} if weights is None else {"sample_weight": weights[BY_GROUP[0]]}
    last = clone(split).set_params(max_iter=1)
    last.fit(*data, sample_weight=weights)
    if name == "language model" and weights is not None:
        expected = last.score(*test, sample_weight=of_test[0])
    else:
        expected = last.score(*test, *of_test)
    assert_allclose(last.validation_scores_[0], expected, rtol=1e-9)
    if name in ("classifier", "tagger"):  # the others learn from all what there is
        alone = clone(estimator).set_params(early_stopping=False)
        alone.fit(*train, **of_train)
        assert alone.loss_curve_[0] == pytest.approx(split.loss_curve_[0])


def test_splitters_give_their_first_split():
    y = LABELS
    splitter = StratifiedKFold(4)
    clf = RNNClassifier(**EARLY | {"validation_fraction": splitter}).fit(X, y)
    train, test = next(splitter.split(X, y))
    pair = RNNClassifier(**EARLY | {"validation_fraction": [(train, test)]}).fit(X, y)
    assert_array_equal(clf.theta_, pair.theta_)
    assert clf.validation_scores_ == pair.validation_scores_
    search = GridSearchCV(clf, {"cell": ["rnn"]}, cv=2).fit(X, y)
    assert np.isfinite(search.best_score_)


BAD_SPLITS = [
    (0.0, "must be a float in the range .* a splitter or an iterable of one split"),
    (1.0, "must be a float in the range"),
    ("half", "must be a float in the range"),
    ([], "must hold one split.*Got 0 entries"),
    ([BY_GROUP] * 2, "must hold one split.*Got 2 entries"),
    (BY_GROUP, "must hold one split.*Got 2 entries"),
    ([(np.arange(5), np.arange(4, 9))], "a sequence in both parts. Got 4"),
    ([(np.arange(5), [40])], "indices of the 40 sequences of X. Its test part"),
    ([(np.arange(5), [])], "Its test part has"),
    ([([-1], [1])], "Its train part goes from -1"),
    ([(np.ones(40, bool), [1])], "Its train part has bool"),
    (GroupShuffleSplit(1), r"'groups' parameter should not be None.*next\(splitter"),
    (KFold(50), "cannot split 40 sequences"),
]  # fmt: skip


@pytest.mark.parametrize(("split", "message"), BAD_SPLITS)
def test_bad_splits(split, message):
    clf = RNNClassifier(**EARLY | {"validation_fraction": split})
    start = "The 'validation_fraction' parameter of RNNClassifier "
    with pytest.raises(ValueError, match=start + ".*" + message):
        clf.fit(X, LABELS)


def test_running_text_takes_no_split():
    model = RNNLanguageModel(
        **EARLY | {"validation_fraction": KFold(2)}, contiguous=True
    )
    with pytest.raises(ValueError, match="'validation_fraction' .* float for running"):
        model.fit(TEXTS)


# -- scorers -------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*DEFAULT_SCORES, "language model"])
def test_a_wrong_name_of_a_scorer_is_found_before_training(name):
    rates = []

    def rate(epoch):
        rates.append(epoch)
        return 1.0

    if name == "language model":
        estimator, data = RNNLanguageModel(**EARLY), (TEXTS,)
    else:
        estimator, data, _ = DEFAULT_SCORES[name]
    estimator = clone(estimator).set_params(scoring="accurate", learning_rate=rate)
    owner = type(estimator).__name__
    with pytest.raises(ValueError, match=f"'scoring' parameter of {owner} must be"):
        estimator.fit(*data)
    assert not rates


def test_a_tagger_says_which_scorers_there_are():
    with pytest.raises(ValueError, match="token_accuracy_scorer.*Got 'f1_macro'"):
        RNNTagger(**EARLY, scoring="f1_macro").fit(X, TAGS)
    f1 = make_scorer(f1_score, average="macro")
    with pytest.raises(ValueError, match="not work for RNNTagger.*token_accuracy_sco"):
        RNNTagger(**EARLY, scoring=f1).fit(X, TAGS)


# -- scores that are not defined -------------------------------------------------------

CONSTANT = np.where(np.arange(40) % 2, 3.0, NUMBERS)


@pytest.mark.parametrize("scoring", [None, "r2"])
@pytest.mark.parametrize("n", [1, 5])
def test_squared_error_where_targets_are_constant(scoring, n):
    """R2 would be 0 for ever, and the weights of the first epoch the best."""
    which = np.arange(1, 2 * n, 2)
    X_val, y_val = [X[i] for i in which], CONSTANT[which]
    reg = RNNRegressor(**SMALL | {"max_iter": 15}, scoring=scoring)
    reg.fit(X, CONSTANT, X_val=X_val, y_val=y_val)
    error = mean_squared_error(y_val, reg.predict(X_val))
    assert_allclose(reg.best_validation_score_, -error)
    assert len(set(reg.validation_scores_)) == reg.n_iter_ > 10
    assert reg.best_validation_score_ == max(reg.validation_scores_) < 0
    several = RNNRegressor(**SMALL).fit(
        X, np.c_[NUMBERS, CONSTANT], X_val=X_val, y_val=np.c_[NUMBERS[which], y_val]
    )
    error = mean_squared_error(np.c_[NUMBERS[which], y_val], several.predict(X_val))
    assert_allclose(several.best_validation_score_, -error)


def test_weights_count_in_the_squared_error():
    weights = np.where(np.arange(40) < 30, 1, np.arange(40.0))
    y = np.where(np.arange(40) < 30, NUMBERS, 2.0)
    split = [(np.arange(30), np.arange(30, 40))]
    reg = RNNRegressor(**EARLY | {"validation_fraction": split, "max_iter": 1})
    reg.fit(X, y, sample_weight=weights)
    error = mean_squared_error(y[30:], reg.predict(X[30:]), sample_weight=weights[30:])
    assert_allclose(reg.validation_scores_, [-error])


@pytest.mark.parametrize("name", [*DEFAULT_SCORES, "language model"])
@pytest.mark.parametrize("undefined", [np.nan, -np.inf, np.inf])
def test_where_no_score_is_defined_nothing_is_watched(name, undefined):
    if name == "language model":
        estimator, data = RNNLanguageModel(**EARLY), (TEXTS,)
    else:
        estimator, data, _ = DEFAULT_SCORES[name]
    given = clone(estimator).set_params(scoring=lambda est, X, y=None: undefined)
    with pytest.warns(UserWarning, match="watched nothing: the score .* not defined"):
        given.fit(*data)
    assert np.isnan(given.validation_scores_).all()
    assert np.isnan(given.best_validation_score_)
    last = clone(estimator).set_params(scoring=lambda est, X, y=None: est.n_iter_)
    assert_array_equal(given.theta_, last.fit(*data).theta_)
    assert last.validation_scores_ == [1, 2, 3]


def test_undefined_scores_are_never_the_best():
    scores = iter([np.nan, 0.25, np.nan, 0.75, -np.inf, 0.5])
    thetas = []

    def scoring(estimator, X, y):
        thetas.append(estimator.theta_)
        return next(scores)

    clf = RNNClassifier(**EARLY | {"max_iter": 6}, scoring=scoring).fit(X, LABELS)
    assert clf.best_validation_score_ == 0.75
    assert_array_equal(clf.theta_, thetas[3])
    assert_array_equal(np.isnan(clf.validation_scores_), [1, 0, 1, 0, 1, 0])


@pytest.mark.parametrize("score", [None, "0.5", [0.5, 0.6], {"a": 1}])
def test_a_score_is_a_number(score):
    clf = RNNClassifier(**EARLY, scoring=lambda est, X, y: score)
    with pytest.raises(TypeError, match="scoring=.* must give a number. Got"):
        clf.fit(X, LABELS)


@pytest.mark.parametrize("score", [1, True, np.float32(0.5), np.array(0.5)])
def test_numbers_of_any_kind_are_scores(score):
    clf = RNNClassifier(**EARLY, scoring=lambda est, X, y: score).fit(X, LABELS)
    assert clf.validation_scores_ == [float(score)] * 3


def test_parts_of_a_split_without_weight():
    split = [(np.arange(30), np.arange(30, 40))]
    clf = RNNClassifier(**EARLY | {"validation_fraction": split})
    with pytest.warns(UserWarning, match="that validation_fraction leaves out have no"):
        clf.fit(X, LABELS, sample_weight=np.arange(40) < 30)
    assert clf.validation_scores_ is None
    with pytest.raises(ValueError, match="zero that validation_fraction leaves to"):
        clf.fit(X, LABELS, sample_weight=np.arange(40) >= 30)


@pytest.mark.parametrize("random_state", [None, np.random.RandomState(0)])
def test_a_warm_start_on_other_labels_is_split_anew(random_state):
    """Training keeps some sequences of each label."""
    settings = {**EARLY, "random_state": random_state, "warm_start": True}
    clf = RNNClassifier(**settings).fit(X, np.arange(40) % 2)
    kept, out = clf._split_before[1]
    clf.fit(X, np.arange(40) % 2)
    assert_array_equal(clf._split_before[1][1], out)
    y = np.isin(np.arange(40), out).astype(int)
    kept, _ = clf.fit(X, y)._split_before[1]
    assert set(y[kept]) == {0, 1}
    weights = np.ones(40)
    weights[kept[0]] = 0
    clf.fit(X, y, weights)
    weights[kept[:2]] = 1, 0  # as many, but others
    before = clf._split_before
    assert clf.fit(X, y, weights)._split_before != before


@pytest.mark.parametrize(
    ("estimator", "y", "scoring"),
    [
        (RNNClassifier, np.arange(40) % 2, "f1_macro"),
        (RNNClassifier, np.arange(80).reshape(40, 2) % 3 == 0, "f1_macro"),
        (RNNRegressor, NUMBERS, "neg_mean_absolute_error"),
    ],
)
def test_any_container_of_targets_and_weights_with_scoring(estimator, y, scoring):
    pandas, torch = pytest.importorskip("pandas"), pytest.importorskip("torch")
    model = estimator(**EARLY, scoring=scoring)
    y = y.astype(float) if estimator is RNNRegressor else y.astype(int)
    weights = np.arange(40) % 3 + 1.0
    expected = clone(model).fit(X, y, weights).theta_
    forms = [y.tolist(), y.astype(object), pandas.DataFrame(y), torch.tensor(y)]
    if y.dtype == int:
        forms.append(pandas.DataFrame(y).astype("Int64"))
    columns = pandas.DataFrame({"w": weights}), torch.tensor(weights), weights.tolist()
    for form in forms:
        assert_array_equal(clone(model).fit(X, form, weights).theta_, expected)
    for column in columns:
        assert_array_equal(clone(model).fit(X, y, column).theta_, expected)
    watched = clone(model).fit(X, y, X_val=X, y_val=y).validation_scores_
    for form in forms:
        found = clone(model).fit(X, y, X_val=X, y_val=form)
        assert found.validation_scores_ == watched


def test_a_scorer_that_needs_every_class_is_named():
    X, y = [np.full((2, 1), k) for k in range(20)], [0, 1] * 10
    y[3] = 2
    model = RNNClassifier(
        2, max_iter=2, early_stopping=True, scoring="neg_log_loss", random_state=0
    )
    with pytest.raises(
        ValueError, match=r"^scoring='neg_log_loss' .*every class\? X_val"
    ):
        model.fit(X, y)
