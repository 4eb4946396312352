"""The encoder-decoder network: gradients of every part, company, PyTorch's formulas."""

from types import SimpleNamespace

import numpy as np
import pytest
from helpers import slope_along
from numpy.testing import assert_allclose

from sksequence.network import build_encoder_decoder
from sksequence.sequences import RaggedArray, pack

ATTENTIONS = [None, "dot", "general", "additive"]
X_LENGTHS, Y_LENGTHS = [2, 5, 1, 4], [3, 1, 4, 2]


def make(attention=None, encoder=True, seed=0, **options):
    """A small network, weights and a batch that is ragged on both sides."""
    rng = np.random.RandomState(seed)
    options = {"hidden_layer_sizes": (4,), "cell": "lstm"} | options
    both = options.pop("bidirectional", False)
    settings = {"bidirectional": both, "embedding_dim": None}
    network = build_encoder_decoder(
        n_features=3 if encoder else options.pop("n_context", 0),
        encoder=settings if encoder else None,
        n_outputs=6,
        embedding_dim=3,
        attention=attention,
        **options,
    )
    theta = network.init(rng, np.float64)
    theta += 0.3 * rng.standard_normal(theta.size)
    X = RaggedArray.from_sequences([rng.standard_normal((n, 3)) for n in X_LENGTHS])
    y = RaggedArray.from_sequences([rng.randint(6, size=n) for n in Y_LENGTHS])
    return network, theta, X, y


def batch_of(network, X, y, which, vectors=None):
    """What ``loss_and_gradients`` takes, of some sequences."""
    which = np.asarray(which)
    after, steps, order = pack(y, which)
    before = np.where(steps.step_of_row == 0, 0, 1 + steps.step_of_row)
    if network.encoder is None:
        rows = None if vectors is None else vectors[order]
        return SimpleNamespace(rows=rows), before, after, steps, order
    rows, x_steps, x_order = pack(X, order)
    place = np.array([x_order.tolist().index(i) for i in order])
    source = SimpleNamespace(rows=rows, steps=x_steps, place=place)
    return source, before, after, steps, order


CASES = [
    *({"attention": attention} for attention in ATTENTIONS),
    *({"attention": attention, "bidirectional": True} for attention in ATTENTIONS[2:]),
    {"every_step": True},
    {"attention": "general", "every_step": True, "cell": "gru"},
    {"hidden_layer_sizes": (4, 4), "attention": "dot", "cell": "rnn"},
    {"encoder": False},
    {"encoder": False, "n_context": 2},
    {"encoder": False, "n_context": 2, "every_step": True, "cell": "gru"},
]


@pytest.mark.parametrize("options", CASES, ids=str)
def test_gradients_of_bridge_attention_and_decoder(options):
    network, theta, X, y = make(**options)
    vectors = np.random.RandomState(3).standard_normal((4, 2))
    vectors = vectors if options.get("n_context") else None
    source, before, after, steps, _ = batch_of(network, X, y, range(4), vectors)
    rng = np.random.RandomState(5)
    weights = rng.uniform(0.1, 2, steps.n_rows)

    def run(theta):
        return network.loss_and_gradients(theta, source, before, after, steps, weights)

    def loss(theta):
        H, _ = network.forward_pass(theta, source, before, steps)
        params = network.params(theta, "output")
        scores = H @ params["W"].T + params["b"]
        log_p = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
        log_p = log_p[np.arange(steps.n_rows), after]
        return -(weights * log_p).sum() / weights.sum()

    value, gradients = run(theta)
    assert_allclose(value, loss(theta), rtol=1e-12)
    gradient = gradients.to_vector()
    for name, shape in network.layout.shapes.items():
        direction = np.zeros_like(theta)
        network.layout.view(direction, name)[:] = rng.standard_normal(shape)
        expected = slope_along(loss, theta, direction)
        assert expected != 0
        assert_allclose(gradient @ direction, expected, rtol=1e-9, atol=1e-13)
