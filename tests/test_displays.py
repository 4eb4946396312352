"""Pictures of training, attention, likelihoods, gates and confused spans."""

import itertools
import pickle
import sys

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from sksequence import (
    RNNClassifier,
    RNNGenerator,
    RNNLanguageModel,
    RNNRegressor,
    RNNStepRegressor,
    RNNTagger,
    RNNTranslator,
)
from sksequence.inspection import (
    AttentionDisplay,
    GatesDisplay,
    LikelihoodDisplay,
    SpanConfusionDisplay,
    TraceDisplay,
    TrainingDisplay,
    TransitionsDisplay,
    trace,
)
from sksequence.metrics import span_confusion_matrix
from sksequence.parallel import DataParallel
from sksequence.preprocessing import TokenEncoder
from sksequence.sequences import Steps

rng = np.random.default_rng(0)
X = [rng.standard_normal((n, 2)) for n in (4, 6, 3, 5, 4, 7, 3, 5)]
Y = np.arange(8) % 2
TEXTS = ["a b", "b c a", "c b", "a c b a"]
ONE = {"max_iter": 1, "random_state": 0}


@pytest.fixture(autouse=True)
def plt():
    pytest.importorskip("matplotlib").use("agg")
    pyplot = pytest.importorskip("matplotlib.pyplot")
    yield pyplot
    pyplot.close("all")


@pytest.fixture(scope="module")
def classifier():
    return RNNClassifier(4, max_iter=5, random_state=0).fit(X, Y, X_val=X, y_val=Y)


@pytest.fixture(scope="module")
def pooled():
    clf = RNNClassifier(4, pooling="attention", **ONE).fit(X, Y)
    clf.theta_ = clf.theta_ + rng.standard_normal(clf.theta_.size)
    return clf


@pytest.fixture(scope="module")
def translator():
    return RNNTranslator(4, **ONE).fit(TEXTS, [t.upper() for t in TEXTS])


@pytest.fixture(scope="module")
def words():
    return RNNLanguageModel(4, **ONE).fit(TEXTS)


def ticks(axis):
    return [text.get_text() for text in axis]


# -- training --------------------------------------------------------------------------


def test_training_by_epochs(classifier):
    display = TrainingDisplay.from_estimator(classifier)
    names = ["loss", "validation_score", "gradient_norm", "learning_rate"]
    assert list(display.lines_) == names
    for name, line in display.lines_.items():
        assert_array_equal(line.get_xdata(), [1, 2, 3, 4, 5])
        assert_array_equal(line.get_ydata(), [row[name] for row in classifier.history_])
    assert_array_equal(display.lines_["loss"].get_ydata(), classifier.loss_curve_)
    highest = display.axes_[2].lines[1].get_ydata()
    assert (highest >= display.lines_["gradient_norm"].get_ydata()).all()
    assert display.axes_[-1].get_xlabel() == "epoch"
    assert display.axes_[3].get_ylim()[0] == 0


def test_the_best_epoch_is_the_one_whose_weights_are_kept():
    clf = RNNClassifier(4, max_iter=3, warm_start=True, random_state=0)
    seen = []
    for _ in range(3):
        clf.fit(X, Y, X_val=X[:5], y_val=Y[:5])
        best = TrainingDisplay.from_estimator(clf, names="loss").best_epoch
        scores = [row["validation_score"] for row in clf.history_]
        assert scores[best - 1] == max(scores) == clf.best_validation_score_
        assert best == 1 + int(np.argmax(scores))
        seen.append(len(scores))
    assert seen == [3, 6, 9]


def test_a_warm_start_on_other_data_marks_its_own_best_epoch():
    clf = RNNClassifier(4, max_iter=3, warm_start=True, random_state=0)
    clf.fit(X, Y, X_val=X, y_val=Y)
    clf.fit(X, Y, X_val=X[1:4], y_val=1 - Y[1:4])
    scores = clf.validation_scores_
    assert len(scores) == 4  # one of the weights that the second fit began with
    best = TrainingDisplay.from_estimator(clf, names="loss").best_epoch
    k = scores.index(max(scores))
    assert best == (3 + k if k else None)


def test_without_a_validation_set_nothing_is_marked():
    reg = RNNRegressor(3, max_iter=2).fit(X, Y)
    display = TrainingDisplay.from_estimator(reg)
    assert display.best_epoch is None
    assert list(display.lines_) == ["loss", "gradient_norm", "learning_rate"]
    with pytest.raises(ValueError, match="of which there are no scores: set early_sto"):
        display.plot("validation_score")


def test_fits_beside_each_other(classifier):
    first = TrainingDisplay.from_estimator(classifier, names="loss", label="one")
    ax = first.axes_[0]
    other = RNNClassifier(3, max_iter=2, random_state=1).fit(X, Y)
    second = TrainingDisplay.from_estimator(other, names="loss", label="other", ax=ax)
    assert second.axes_[0] is ax
    assert ticks(ax.get_legend().get_texts()) == ["one", "other"]


def test_several_fits_in_one_picture_hide_nothing_of_each_other():
    axes = None
    for rate in (0.001, 0.01, 0.1):  # the first best epoch is the best of all
        history = [
            {"epoch": 1, "validation_score": rate, "learning_rate": rate},
            {"epoch": 2, "validation_score": 0.0, "learning_rate": 0.0},
        ]
        display = TrainingDisplay(history, best_epoch=1).plot(label=str(rate), ax=axes)
        axes = display.axes_
    scores, rates = axes
    display.figure_.canvas.draw()
    boxes = [note.get_window_extent() for note in scores.texts]
    assert len(boxes) == 3
    for one, other in itertools.combinations(boxes, 2):
        assert not one.overlaps(other)
    colors = [note.get_color() for note in scores.texts]
    assert len(set(colors)) == 3
    low, high = rates.get_ylim()
    assert low == 0
    assert high > 0.1


def test_training_of_other_estimators(classifier):
    shards = DataParallel(RNNClassifier(3, max_iter=2, random_state=0), n_jobs=1)
    shards.fit(X, Y)
    display = TrainingDisplay.from_estimator(shards, names=["loss", "n_batches"])
    assert len(display.lines_["loss"].get_xdata()) == len(shards.estimator_.history_)
    loaded = pickle.loads(pickle.dumps(classifier))  # without times
    TrainingDisplay.from_estimator(loaded)
    with pytest.raises(ValueError, match="'seconds', which is not one of: loss, "):
        TrainingDisplay.from_estimator(loaded, names="seconds")


def test_errors_of_training(classifier):
    with pytest.raises(NotFittedError):
        TrainingDisplay.from_estimator(RNNTagger())
    with pytest.raises(TypeError, match="must be one of RNN.*pass pipe.-1."):
        TrainingDisplay.from_estimator(make_pipeline(RNNTagger()))
    search = GridSearchCV(classifier, {"max_iter": [1]}, cv=2).fit(X, Y)
    with pytest.raises(TypeError, match="Got GridSearchCV .* search.best_estimator_"):
        TrainingDisplay.from_estimator(search)
    TrainingDisplay.from_estimator(search.best_estimator_)
    with pytest.raises(ValueError, match="history holds no epoch"):
        TrainingDisplay([]).plot()
    display = TrainingDisplay.from_estimator(classifier, names=["loss", "n_clipped"])
    with pytest.raises(ValueError, match="one Axes for each of the 4 panels. Got 2"):
        display.plot(ax=display.axes_)
    with pytest.raises(ValueError, match="'label' parameter of TrainingDisplay.plot"):
        TrainingDisplay.from_estimator(classifier, label=3)


# -- attention -------------------------------------------------------------------------


def test_attention_of_a_translator(translator):
    display = AttentionDisplay.from_estimator(translator, "b c a", "B A")
    (expected,) = translator.attention_weights(["b c a"], ["B A"])
    assert_allclose(display.weights, expected, rtol=1e-6)
    image = display.ax_.images[0]
    assert_allclose(image.get_array(), expected, rtol=1e-6)
    assert ticks(display.ax_.get_xticklabels()) == ["b", "c", "a"]
    assert ticks(display.ax_.get_yticklabels()) == ["B", "A", "</s>"]
    (predicted,) = translator.predict(["b c a"])
    found = AttentionDisplay.from_estimator(translator, "b c a")
    assert found.output_tokens[:-1] == predicted.split()


def test_attention_of_a_pooling(pooled, plt):
    x = X[1]
    display = AttentionDisplay.from_estimator(pooled, x)
    assert display.weights.shape == (6,)
    assert_allclose(display.weights.sum(), 1, rtol=1e-6)
    assert np.ptp(display.weights) > 0.01
    # They are those of the mean that the output sees.
    H, _ = pooled._network.forward(
        pooled.theta_, x.astype(pooled.theta_.dtype), Steps([len(x)]), below="pooling"
    )
    assert_allclose(display.weights @ H, pooled.transform([x])[0], rtol=1e-5)
    bars = [bar.get_height() for bar in display.ax_.patches]
    assert_allclose(bars, display.weights, rtol=1e-6)
    ax = plt.figure().gca()
    tokens = [f"word{k}" for k in range(6)]
    shown = AttentionDisplay.from_estimator(pooled, x, tokens=tokens, ax=ax)
    assert shown.ax_ is ax
    assert ticks(ax.get_xticklabels()) == tokens
    text = shown.plot(as_text=True)
    assert ticks(text.ax_.texts) == tokens


def test_the_weights_of_a_pooling_are_in_the_trace(pooled):
    found = trace(pooled, X[0], Y[0], gradients=True)
    assert found["alpha"].shape == (4, 1)
    assert "alpha" not in trace(RNNClassifier(3, **ONE).fit(X, Y), X[0])


@pytest.mark.parametrize(
    ("estimator", "advice"),
    [
        (RNNClassifier(3, **ONE), "Set pooling='attention'"),
        (RNNRegressor(3, **ONE), "Set pooling='attention'"),
        (RNNTranslator(3, attention=None, **ONE), "Set attention='general'"),
        (RNNTagger(3, **ONE), "RNNTranslator, RNNClassifier and RNNRegressor can"),
        (RNNGenerator(3, **ONE), "RNNTranslator, RNNClassifier and RNNRegressor can"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_models_without_attention(estimator, advice):
    if isinstance(estimator, RNNTagger):
        estimator.fit(X, [np.arange(len(x)) % 2 for x in X])
    elif isinstance(estimator, RNNTranslator):
        estimator.fit(TEXTS, TEXTS)
    elif isinstance(estimator, RNNGenerator):
        estimator.fit(None, TEXTS)
    else:
        estimator.fit(X, Y)
    with pytest.raises(ValueError, match=f"without attention: .* {advice}"):
        AttentionDisplay.from_estimator(estimator, X[0])


def test_errors_of_attention(translator, pooled):
    with pytest.raises(NotFittedError):
        AttentionDisplay.from_estimator(RNNTranslator(), "a")
    with pytest.raises(
        ValueError, match="tokens must have one entry for each of the 3"
    ):
        AttentionDisplay.from_estimator(translator, "b c a", tokens=["a"])
    with pytest.raises(ValueError, match="output_tokens must have one .* the 2 steps"):
        AttentionDisplay(np.eye(2), output_tokens=["a"]).plot()
    for display in (AttentionDisplay(np.eye(2), tokens="ab"), AttentionDisplay([1.0])):
        with pytest.raises(
            ValueError, match="as_text=True needs the weights of a pool"
        ):
            display.plot(as_text=True)


# -- likelihoods -----------------------------------------------------------------------


def test_likelihoods_of_words(words):
    display = LikelihoodDisplay.from_estimator(words, ["a b", "b zebra"])
    assert display.tokens == [["a", "b", "</s>"], ["b", "zebra", "</s>"]]
    for found, expected in zip(
        display.log_likelihoods, words.log_likelihoods(["a b", "b zebra"])
    ):
        assert_array_equal(found, expected)
    assert ticks(display.texts_) == ["a", "b", "</s>", "b", "zebra", "</s>"]
    lines = [text.get_position()[1] for text in display.texts_]
    assert lines[0] == lines[2] > lines[3] == lines[5]
    colors = [box.get_facecolor() for box in display.ax_.patches]
    bar = display.colorbar_
    p = np.exp(np.concatenate(list(display.log_likelihoods)))
    for color, probability in zip(colors, p):
        assert_allclose(color, bar.cmap(bar.norm(probability)), atol=0.01)
    assert (bar.norm.vmin, bar.norm.vmax) == (1e-4, 1)
    one = LikelihoodDisplay.from_estimator(words, "a b")
    assert one.tokens == display.tokens[:1]


def test_likelihoods_of_characters_and_integers():
    text = "ab\nba ab"
    model = RNNLanguageModel(4, analyzer="char", contiguous=True, **ONE).fit(text * 9)
    display = LikelihoodDisplay.from_estimator(model, text)
    assert display.tokens == [[*text, "</s>"]]
    assert display.separator == ""
    assert ticks(display.texts_)[:4] == ["a", "b", "↵", "b"]
    tunes = [[60, 62, 64], [62, 60], [64, 62, 60, 60]]
    model = RNNLanguageModel(4, **ONE).fit(tunes)
    display = LikelihoodDisplay.from_estimator(model, tunes[1])
    assert display.tokens == [[62, 60, "</s>"]]


def test_likelihoods_of_outputs(translator):
    display = LikelihoodDisplay.from_estimator(translator, "b a", "B A")
    assert display.tokens == [["B", "A", "</s>"]]
    expected = translator.score_samples(["b a"], ["B A"])
    assert_allclose(sum(display.log_likelihoods[0]), expected[0], rtol=1e-6)
    both = LikelihoodDisplay.from_estimator(translator, ["b a", "c"], ["B A", "C"])
    assert both.tokens == [["B", "A", "</s>"], ["C", "</s>"]]
    nothing = RNNGenerator(4, **ONE).fit(None, TEXTS)
    assert LikelihoodDisplay.from_estimator(nothing, None, "a").tokens == [
        ["a", "</s>"]
    ]
    with pytest.raises(ValueError, match="y is missing: the outputs of RNNTranslator"):
        LikelihoodDisplay.from_estimator(translator, "b a")


def test_likelihoods_of_whatever_model(plt):
    display = LikelihoodDisplay.from_predictions(["a", "b"], [-1, -np.inf])
    assert len(display.texts_) == 2
    display = LikelihoodDisplay.from_predictions(
        ["a", "b", "c"], [-1, -50, -np.inf], separator=""
    )
    boxes = [patch.get_facecolor() for patch in display.ax_.patches]
    assert boxes[0] != boxes[1] == boxes[2]  # nothing is less likely than vmin
    assert boxes[2][3] == 1
    several = LikelihoodDisplay.from_predictions([["a"], ["b", "c"]], [[-1], [-2, -3]])
    assert ticks(several.texts_) == ["a", "b", "c"]
    few = several.plot(max_tokens=2, ax=plt.figure().gca())
    assert ticks(few.texts_) == ["a", "b"]
    assert "... and 1 more" in ticks(few.ax_.texts)


def test_errors_of_likelihoods(words, classifier):
    with pytest.raises(
        TypeError, match="must be one of RNNLanguageModel, RNNTranslator"
    ):
        LikelihoodDisplay.from_estimator(classifier, X[0])
    with pytest.raises(NotFittedError):
        LikelihoodDisplay.from_estimator(RNNLanguageModel(), "a")
    with pytest.raises(ValueError, match="y must be None: the targets"):
        LikelihoodDisplay.from_estimator(words, "a", "b")
    make = LikelihoodDisplay.from_predictions
    with pytest.raises(
        ValueError, match=r"\[0\] must have one number for .* the 2 tok"
    ):
        make(["a", "b"], [-1])
    with pytest.raises(ValueError, match="one array for each of the 2 texts .* Got 1"):
        make([["a"], ["b"]], [[-1]])
    with pytest.raises(ValueError, match="are not above 0. Got 0.5"):
        make(["a"], [0.5])
    with pytest.raises(ValueError, match="are not above 0. Got nan"):
        make(["a"], [np.nan])
    with pytest.raises(ValueError, match="'vmin' parameter of LikelihoodDisplay.plot"):
        make(["a"], [-1], vmin=0)
    with pytest.raises(ValueError, match="'max_tokens' parameter"):
        make(["a"], [-1], max_tokens=0)


# -- gates -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "gates"), [("gru", "ru"), ("gru_simple", "u"), ("lstm", "ifo")]
)
def test_gates(cell, gates):
    clf = RNNClassifier((4, 3), cell, bidirectional=False, **ONE).fit(X, Y)
    display = GatesDisplay.from_estimator(clf, X[0])
    assert [ax.get_ylabel() for ax in display.axes_] == [f"${g}$" for g in gates]
    values = display.trace[f"rnn1.{gates[-1]}"]
    (line,) = display.axes_[-1].lines
    assert_allclose(line.get_ydata(), values.mean(axis=1))
    both = display.plot(gates[0])  # of both layers
    assert [ax.get_ylabel() for ax in both.axes_] == [
        f"rnn{k}\n${gates[0]}$" for k in (0, 1)
    ]
    units = GatesDisplay(display.trace).plot(f"rnn0.{gates[0]}", kind="heatmap")
    shown = units.axes_[0].images[0].get_array()
    assert shown.shape == (4, len(X[0]))
    means = shown.mean(axis=1)
    assert (np.diff(means) <= 0).all()
    assert units.axes_[0].images[0].get_clim() == (0, 1)


def test_gates_of_an_encoder_and_a_decoder(translator, words):
    found = trace(translator, "b c a", "B A")
    display = GatesDisplay(found).plot("Gamma_u")
    assert [ax.get_ylabel() for ax in display.axes_] == [
        "encoder forward\n$\\Gamma_{u}$",
        "encoder backward\n$\\Gamma_{u}$",
        "decoder\n$\\Gamma_{u}$",
    ]
    assert display.axes_[1].get_xlabel() == "step of the encoder"
    assert ticks(display.axes_[2].get_xticklabels()) == ["</s>", "B", "A"]
    display = GatesDisplay.from_estimator(words, "a b", tokens=["x", "y", "z"])
    assert ticks(display.axes_[-1].get_xticklabels()) == ["x", "y", "z"]


@pytest.mark.parametrize("display", [TrainingDisplay, GatesDisplay, TraceDisplay])
def test_errors_of_names(classifier, display):
    given = [classifier] if display is TrainingDisplay else [classifier, X[0]]
    with pytest.raises(ValueError, match="names is empty: there is nothing to draw"):
        display.from_estimator(*given, names=[])
    with pytest.raises(TypeError, match="names must be a list of names. Got 3"):
        display.from_estimator(*given, names=3)
    if display is TraceDisplay:
        with pytest.raises(ValueError, match="^units: index 9 is out of bounds"):
            display.from_estimator(*given, units=[9])
    if display is not TrainingDisplay:
        with pytest.raises(ValueError, match="tokens must have .* steps. Got int"):
            display.from_estimator(*given, tokens=3)


def test_errors_of_gates(classifier, plt):
    simple = RNNStepRegressor(3, "rnn", **ONE).fit(X, [x[:, 0] for x in X])
    with pytest.raises(ValueError, match="RNNStepRegressor have no gates: there"):
        GatesDisplay.from_estimator(simple, X[0])
    display = GatesDisplay.from_estimator(classifier, X[0])
    with pytest.raises(
        ValueError, match="'a', which is not a gate. The gates are: rnn0"
    ):
        display.plot("a")
    with pytest.raises(ValueError, match="The 'kind' parameter of GatesDisplay.plot"):
        display.plot(kind="lines")
    with pytest.raises(ValueError, match="one Axes for each of the 4 panels. Got 1"):
        display.plot(ax=plt.figure().gca())
    with pytest.raises(NotFittedError):
        GatesDisplay.from_estimator(RNNClassifier(), X[0])


# -- confused spans --------------------------------------------------------------------

TRUE = [
    ["B-PER", "I-PER", "O", "B-LOC", "O"],
    ["B-ORG", "I-ORG", "I-ORG", "O", "O", "B-PER"],
]
FOUND = [
    ["B-PER", "O", "O", "B-PER", "B-LOC"],
    ["B-LOC", "I-LOC", "B-ORG", "O", "O", "O"],
]


class Repeats(BaseEstimator):
    """Predicts what it is given."""

    def predict(self, X):
        return X


def test_spans_that_are_confused():
    display = SpanConfusionDisplay.from_estimator(Repeats(), FOUND, TRUE)
    found = span_confusion_matrix(TRUE, FOUND)
    assert display.labels == found.labels == ["LOC", "ORG", "PER"]
    assert_array_equal(display.exact, found.exact)
    cells = [[text and text.get_text() for text in row] for row in display.text_]
    assert cells == [
        [None, None, "1", None],
        ["0\n+1", None, None, None],
        [None, None, "0\n+1", "1"],
        ["1", "1", None, None],
    ]
    assert ticks(display.ax_.get_xticklabels()) == ["LOC", "ORG", "PER", "none"]
    again = SpanConfusionDisplay.from_predictions(
        TRUE, FOUND, labels=["PER"], normalize="true", ax=display.figure_.add_subplot()
    )
    assert again.text_[0, 0].get_text() == "0.00\n+0.50"


def test_many_types_with_long_names_and_dollars(plt):
    kinds = [f"A_long_name_of_a_type_${k}" for k in range(20)]
    y = [[f"B-{kind}" for kind in kinds]]
    with plt.style.context("dark_background"):
        display = SpanConfusionDisplay.from_predictions(y, y)
        display.figure_.draw_without_rendering()
    assert sum(text is not None for text in display.text_.flat) == 20


def test_errors_of_confused_spans():
    with pytest.raises(
        TypeError, match="must have a method 'predict'.* Got TokenEncod"
    ):
        SpanConfusionDisplay.from_estimator(TokenEncoder(), FOUND, TRUE)
    with pytest.raises(
        ValueError, match="'normalize' parameter of span_confusion_matr"
    ):
        SpanConfusionDisplay.from_predictions(TRUE, FOUND, normalize="rows")
    with pytest.raises(
        ValueError, match=r"shapes \(2, 2\) and \(1, 1\) for the 1 types"
    ):
        SpanConfusionDisplay(np.ones((3, 3)), np.ones((2, 2)), ["A"]).plot()


# -- all -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "make",
    [
        lambda: TrainingDisplay([{"epoch": 1, "loss": 1.0}]),
        lambda: AttentionDisplay(np.ones((1, 1))),
        lambda: LikelihoodDisplay([["a"]], [[-1.0]]),
        lambda: GatesDisplay(trace(RNNRegressor(2, **ONE).fit(X, Y), X[0])),
        lambda: SpanConfusionDisplay(np.ones((1, 1)), np.ones((0, 0)), []),
    ],
    ids=["training", "attention", "likelihood", "gates", "spans"],
)
def test_without_matplotlib_the_extra_is_named(make, monkeypatch):
    display = make()
    display.plot()
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    name = type(display).__name__
    with pytest.raises(
        ImportError, match=rf"{name}.*'pip install sksequence\[plots\]'"
    ):
        display.plot()


@pytest.mark.parametrize("display", [TrainingDisplay, TransitionsDisplay])
def test_displays_without_sequences_are_given_the_last_step(display):
    words = [text.split() for text in TEXTS]
    pipe = make_pipeline(TokenEncoder(), RNNTagger(3, decoder="crf", **ONE))
    pipe.set_params(rnntagger__embedding_dim=2).fit(words, words)
    with pytest.raises(TypeError, match=r"Got Pipeline .* pass pipe\[-1\]\.$"):
        display.from_estimator(pipe)
    display.from_estimator(pipe[-1])
    with pytest.raises(TypeError, match=r"and what pipe\[:-1\].transform gives"):
        TraceDisplay.from_estimator(pipe, words)
