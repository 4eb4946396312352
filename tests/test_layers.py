"""The contract of a layer, and every layer held to it."""

import numpy as np
import pytest
from helpers import derivative_along
from numpy.testing import assert_allclose

from sksequence.cells import CELLS
from sksequence.network import (
    Bidirectional,
    CRFHead,
    Dense,
    Dropout,
    Embedding,
    Gradients,
    Head,
    Layer,
    LinearHead,
    Network,
    Pooling,
    Recurrent,
    VocabularyHead,
    scope,
)
from sksequence.sequences import Steps

STEPS = Steps([4, 3, 1])
ROWS = np.random.RandomState(0).standard_normal((STEPS.n_rows, 3))
IDS = np.random.RandomState(1).randint(5, size=STEPS.n_rows)

LAYERS = {
    "dense": Dense(3, 2, "tanh"),
    "dropout": Dropout(0.5),
    "embedding": Embedding(5, 2),
    "embedding, frozen": Embedding(5, 2, trainable=False),
    "embedding, dense gradient": Embedding(5, 2, rows=False),
    "recurrent": Recurrent(CELLS["lstm_peephole"], 3, 2, recurrent_dropout=0.3),
    "bidirectional": Bidirectional(
        Recurrent(CELLS["gru"], 3, 2), Recurrent(CELLS["gru"], 3, 2)
    ),
    "pooling": Pooling("last"),
    "pooling, mean": Pooling("mean"),
    "pooling, max": Pooling("max"),
    "linear head": LinearHead(3, 2, "squared"),
    "crf head": CRFHead(3, 2),
    "vocabulary head": VocabularyHead(3, 4),
}
every_layer = pytest.mark.parametrize("name", LAYERS)


def given(layer):
    return IDS if isinstance(layer, Embedding) else ROWS


def start(layer):
    """A network of one layer, and start values with biases too."""
    network = Network({"it": layer})
    rng = np.random.RandomState(2)
    theta = network.init(rng, np.float64)
    return network, theta + 0.3 * rng.standard_normal(theta.size)


def run(layer, params, X, seed=None):
    rng = None if seed is None else np.random.RandomState(seed)
    return layer.forward(params, X, STEPS, rng)


@every_layer
def test_names_and_shapes(name):
    layer = LAYERS[name]
    assert isinstance(layer, Layer)
    shapes = layer.shapes()
    assert set(layer.tables) <= shapes.keys()
    assert all(isinstance(shape, tuple) for shape in shapes.values())
    biases = {key for key in shapes if key.split(".")[-1] in ("b", "c")}
    frozen = shapes.keys() if name.endswith("frozen") else set()
    assert set(layer.exempt) & shapes.keys() == biases | frozen


@every_layer
def test_start_values_come_from_the_generator_alone(name):
    network = Network({"it": LAYERS[name]})
    thetas = [network.init(np.random.RandomState(k), np.float64) for k in (0, 0, 1)]
    assert (thetas[0] == thetas[1]).all()
    if any(key.split(".")[-1] in ("W", "U", "E") for key in LAYERS[name].shapes()):
        assert (thetas[0] != thetas[2]).any()


@every_layer
def test_one_row_a_step_or_a_sequence(name):
    layer = LAYERS[name]
    network, theta = start(layer)
    Y, _ = run(layer, scope(network.layout.views(theta), "it"), given(layer))
    assert len(Y) == (STEPS.n_sequences if layer.pools else STEPS.n_rows)


@every_layer
def test_nothing_is_kept_between_calls(name):
    """Settings only: the same call gives the same, and changes no attribute."""
    layer = LAYERS[name]
    network, theta = start(layer)
    params, before = scope(network.layout.views(theta), "it"), dict(vars(layer))
    first, _ = run(layer, params, given(layer))
    run(layer, params, given(layer)[::-1].copy(), seed=3)
    again, _ = run(layer, params, given(layer))
    assert_allclose(again, first, rtol=0)
    assert vars(layer) == before


@every_layer
def test_without_a_generator_nothing_is_dropped(name):
    layer = LAYERS[name]
    network, theta = start(layer)
    params = scope(network.layout.views(theta), "it")
    plain, _ = run(layer, params, given(layer))
    dropped, _ = run(layer, params, given(layer), seed=0)
    drops = getattr(layer, "rate", 0) or getattr(layer, "recurrent_dropout", 0)
    assert np.array_equal(plain, dropped) == (not drops)


@pytest.mark.parametrize(
    "name", [n for n in LAYERS if n not in ("crf head", "vocabulary head")]
)
def test_backward_is_the_gradient_of_forward(name):
    """Of the parameters, and of what goes in where that is numbers."""
    layer, X = LAYERS[name], given(LAYERS[name])
    network, theta = start(layer)
    views = network.layout.views
    rng = np.random.RandomState(4)
    Y, tape = run(layer, scope(views(theta), "it"), X, seed=5)
    dY = rng.standard_normal(Y.shape)
    gradients = Gradients(network.layout, np.float64)
    dX = layer.backward(
        scope(views(theta), "it"), scope(gradients.views(), "it"), dY, tape
    )

    def value(theta, X=X):
        Y, _ = run(layer, scope(views(theta), "it"), X, seed=5)
        return (dY * Y).sum()

    gradient = gradients.to_vector()
    if theta.size and not name.endswith("frozen"):
        direction = rng.standard_normal(theta.size)
        expected = derivative_along(value, theta, direction)
        assert_allclose(gradient @ direction, expected, rtol=1e-10)
    if name.endswith("frozen"):
        assert not gradient.any()
    if not isinstance(layer, Embedding):
        direction = rng.standard_normal(X.shape)
        expected = derivative_along(lambda X: value(theta, X), X, direction)
        assert_allclose((dX * direction).sum(), expected, rtol=1e-10)


@pytest.mark.parametrize("name", [n for n in LAYERS if n.endswith("head")])
def test_heads(name):
    head = LAYERS[name]
    assert isinstance(head, Head)
    network = Network({"output": head})
    assert network.head is head
    theta = network.init(np.random.RandomState(0), np.float64)
    scores, _ = head.forward(network.head_params(theta), ROWS, STEPS)
    predicted = head.predict(scores)
    assert predicted.shape == scores.shape
    if name != "linear head":
        assert_allclose(predicted.sum(axis=1), 1)
        assert_allclose(np.exp(head.log_predict(scores)), predicted)
