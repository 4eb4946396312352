"""Pictures of attributions."""

from itertools import pairwise

import numpy as np
import pytest
from helpers import ragged_data
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse

from sksequence import RNNClassifier, RNNLanguageModel, RNNRegressor, RNNTagger
from sksequence.inspection import AttributionDisplay, integrated_gradients

X, Y = ragged_data(12, low=4, high=6)
TEXTS = ["the cat sat", "the dog ran", "a cat ran"] * 3
COMMON = {"max_iter": 1, "random_state": 0}


@pytest.fixture(scope="module")
def classifier():
    return RNNClassifier(3, pooling="mean", **COMMON).fit(
        X, np.array(["u", "v"])[Y % 2]
    )


@pytest.fixture(scope="module")
def language_model():
    return RNNLanguageModel(4, embedding_dim=3, **COMMON).fit(TEXTS)


@pytest.fixture(scope="module")
def tagger():
    labels = [["u", "v"] * 3 for _ in X]
    return RNNTagger(3, **COMMON).fit(X, [y[: len(x)] for x, y in zip(X, labels)])


@pytest.fixture
def plt():
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    from matplotlib import pyplot

    yield pyplot
    pyplot.close("all")


def words_of(ax):
    return [text for text in ax.texts if text.get_text()]


def test_a_series(classifier, plt):
    display = AttributionDisplay.from_estimator(classifier, X[0], target="v")
    found = integrated_gradients(classifier, X[:1], target="v")[0]
    assert_array_equal(display.attributions, found)
    (image,) = display.ax_.images
    assert_array_equal(image.get_array(), found.T)
    assert image.norm.vmin == -image.norm.vmax == -np.abs(found).max()
    assert len(display.ax_.lines) == 3
    for row, line in enumerate(display.ax_.lines):  # within its row, and upside down
        y = line.get_ydata()
        assert_allclose([y.min(), y.max()], [row - 0.35, row + 0.35])
        assert y.argmin() == X[0][:, row].argmax()
    assert [t.get_text() for t in display.ax_.get_yticklabels()] == ["0", "1", "2"]
    assert display.ax_.get_title(loc="left").startswith("log p(v) = -0.")
    display.figure_.canvas.draw()


def test_axes_that_are_given(classifier, plt):
    _, (first, second) = plt.subplots(2)
    display = AttributionDisplay.from_estimator(classifier, X[0], ax=first)
    assert display.ax_ is first
    assert AttributionDisplay(display.attributions, x=X[0]).plot(second).ax_ is second
    assert not second.get_title(loc="left")
    assert len(plt.get_fignums()) == 1


def test_many_features_and_long_names(plt):
    values = np.zeros((5, 40))
    values[2, [3, 30, 7]] = 1, -2, 0.5
    names = [
        f"of the pump number {k:02}, its {'x' * 30} temperature in $" for k in range(40)
    ]
    display = AttributionDisplay(values, x=values, feature_names=names).plot(
        max_features=2
    )
    labels = [t.get_text() for t in display.ax_.get_yticklabels()]
    # To tell them apart is worth some room.
    assert labels == [names[k].replace("$", r"\$") for k in (3, 30)]
    assert display.ax_.get_xlabel().endswith("(38 more features)")
    few = AttributionDisplay(values[:, :2], feature_names=["a" * 60, "b" * 60]).plot()
    labels = [t.get_text() for t in few.ax_.get_yticklabels()]
    assert labels == ["a" * 13 + "…" + "a" * 13, "b" * 13 + "…" + "b" * 13]
    display.figure_.canvas.draw()


def test_sparse_steps_and_the_step_that_is_explained(tagger, plt):
    thin = sparse.random(5, 30, 0.3, "csr", random_state=0)
    display = AttributionDisplay(thin, x=thin).plot(max_features=4)
    assert display.ax_.images[0].get_array().shape == (4, 5)
    display = AttributionDisplay.from_estimator(tagger, X[0], step=2)
    assert display.marked == 2
    assert " at step 2 = " in display.title
    (frame,) = display.ax_.patches
    assert frame.get_x() == 1.5


def test_numbers(plt):
    model = RNNRegressor(3, **COMMON).fit(X, [x[0, :2] for x in X])
    display = AttributionDisplay.from_estimator(model, X[0], target=1)
    assert display.title.startswith("prediction 1 = ")
    model = RNNRegressor(3, **COMMON).fit(X, [x[0, 0] for x in X])
    assert AttributionDisplay.from_estimator(model, X[0]).title.startswith(
        "prediction ="
    )


def test_a_text(language_model, plt):
    model = language_model
    display = AttributionDisplay.from_estimator(model, "the cat sat", target="dog")
    found = integrated_gradients(model, ["the cat sat"], target="dog")[0]
    assert_array_equal(display.attributions, [*found, 0])
    words = words_of(display.ax_)
    assert [w.get_text() for w in words] == ["the", "cat", "sat", "dog"]
    boxes = display.ax_.patches
    colors = [box.get_facecolor() for box in boxes]
    for value, (red, _, blue, _) in zip(found, colors):
        assert np.sign(red - blue) == np.sign(value)
    assert colors[-1][:3] == pytest.approx((1, 1, 1), abs=0.02)
    frames = [box.get_edgecolor()[3] for box in boxes]
    assert frames == [0, 0, 0, 1]
    assert display.title.startswith("log p(dog) = ")
    display = AttributionDisplay.from_estimator(model, "the cat sat", step=1)
    assert [w.get_text() for w in words_of(display.ax_)] == ["the", "cat", "sat"]
    assert display.title.startswith("log p(cat) = ")
    assert display.marked == 1


def test_words_fill_lines(plt):
    words = ["word", "$5", "a_b"] * 30
    display = AttributionDisplay(np.linspace(-1, 1, 90), tokens=words).plot()
    display.figure_.canvas.draw()
    shown = words_of(display.ax_)
    assert [w.get_text() for w in shown] == words
    boxes = [w.get_window_extent() for w in shown]
    figure = display.figure_.get_window_extent()
    for a, b in pairwise(boxes):  # side by side, or on the next line
        assert b.x0 >= a.x1 or b.y1 <= a.y0
    assert all(box.x1 <= figure.x1 and box.y0 >= 0 for box in boxes)
    assert len({round(box.y0) for box in boxes}) > 3


def test_tokens_of_steps(classifier, plt):
    """Their colors are those of the sums over features."""
    tokens = list("abcdef")[: len(X[0])]
    display = AttributionDisplay.from_estimator(classifier, X[0], tokens=tokens)
    sums = display.attributions.sum(axis=1)
    assert not display.ax_.images
    colors = [box.get_facecolor() for box in display.ax_.patches]
    for value, (red, _, blue, _) in zip(sums, colors):
        assert np.sign(red - blue) == np.sign(value)
    ids = RNNClassifier(3, embedding_dim=2, **COMMON).fit([[0, 1], [2, 0]], [0, 1])
    display = AttributionDisplay.from_estimator(ids, [0, 2])
    assert [w.get_text() for w in words_of(display.ax_)] == ["0", "2"]


def test_on_a_dark_background(classifier, language_model, plt):
    """What adds nothing has the color behind; lines and words can be read on it."""
    with plt.style.context("dark_background"):
        display = AttributionDisplay.from_estimator(classifier, X[0])
        (image, *_) = display.ax_.images
        assert image.cmap(0.5)[:3] == pytest.approx((0, 0, 0), abs=0.02)
        assert display.ax_.lines[0].get_color() == "white"
        display = AttributionDisplay.from_estimator(language_model, "the cat")
        assert words_of(display.ax_)[-1].get_color() == "white"


def test_nothing_to_see(plt):
    AttributionDisplay(np.zeros((3, 2)), x=np.ones((3, 2))).plot().figure_.canvas.draw()
    AttributionDisplay(np.zeros(0), tokens=[]).plot().figure_.canvas.draw()


def test_errors(classifier, language_model, tagger, plt):
    with pytest.raises(ValueError, match=r"x must be one sequence. Got a list of 12"):
        AttributionDisplay.from_estimator(classifier, X)
    with pytest.raises(TypeError, match="x must be one text"):
        AttributionDisplay.from_estimator(language_model, ["the cat", "a dog"])
    with pytest.raises(TypeError, match="estimator must be one of RNNClassifier"):
        AttributionDisplay.from_estimator("model", X[0])
    with pytest.raises(ValueError, match="tokens must have one entry for each of the"):
        AttributionDisplay(np.zeros(3), tokens=["a"]).plot()
    with pytest.raises(ValueError, match="feature_names must have one entry for each"):
        AttributionDisplay(np.zeros((3, 2)), feature_names=["a"]).plot()
    with pytest.raises(ValueError, match="The 'max_features' parameter of Attr"):
        AttributionDisplay(np.zeros((3, 2))).plot(max_features=0)
    with pytest.raises(ValueError, match="step is 9 for x, which has"):
        AttributionDisplay.from_estimator(tagger, X[0], step=9)
