"""The encoder-decoder network: gradients of every part, batches, PyTorch's formulas."""

from types import SimpleNamespace

import numpy as np
import pytest
from helpers import derivative_along
from numpy.testing import assert_allclose
from scipy import sparse

from sksequence.network import Attention, Batch, Grid, build_encoder_decoder
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
    {"attention": "general", "label_smoothing": 0.2},
    {"encoder": False},
    {"encoder": False, "n_context": 2},
    {"encoder": False, "n_context": 2, "every_step": True, "cell": "gru"},
    {"encoder": False, "n_context": 2, "sparse_input": True},
    {"encoder": False, "n_context": 2, "sparse_input": True, "every_step": True},
]


@pytest.mark.parametrize("options", CASES, ids=str)
def test_gradients_of_bridge_attention_and_decoder(options):
    network, theta, X, y = make(**options)
    vectors = np.random.RandomState(3).standard_normal((4, 2))
    vectors = vectors if options.get("n_context") else None
    if options.get("sparse_input"):
        vectors = sparse.csr_matrix(vectors * [[0, 1], [1, 0], [1, 1], [0, 1]])
    source, before, after, steps, _ = batch_of(network, X, y, range(4), vectors)
    rng = np.random.RandomState(5)
    weights = rng.uniform(0.1, 2, steps.n_rows)

    def run(theta):
        batch = Batch(before, steps, after, weights, source=source)
        return network.loss_and_gradients(theta, batch)

    def loss(theta):
        H, _ = network.forward_pass(theta, source, before, steps)
        params = network.head_params(theta)
        scores = H @ params["W"].T + params["b"]
        log_p = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
        smoothing = options.get("label_smoothing", 0)
        targets = (1 - smoothing) * np.eye(6)[after] + smoothing / 6
        return -(weights * (targets * log_p).sum(axis=1)).sum()

    value, gradients = run(theta)
    assert_allclose(value, loss(theta), rtol=1e-12)
    gradient = gradients.to_vector()
    for name, shape in network.layout.shapes.items():
        direction = np.zeros_like(theta)
        network.layout.view(direction, name)[:] = rng.standard_normal(shape)
        expected = derivative_along(loss, theta, direction)
        assert expected != 0
        assert_allclose(gradient @ direction, expected, rtol=1e-9, atol=1e-13)


def test_parts_and_the_order_of_parameters():
    network, *_ = make("general", bidirectional=True, dropout=0.5)
    assert list(network.layers) == [
        "encoder", "bridge", "decoder", "attention", "output",
    ]  # fmt: skip
    assert network.layers["decoder"] is network.decoder
    assert network.layers["output"] is network.head
    cell = ["W", "U", "b"]
    assert list(network.layout.shapes) == [
        *(f"encoder.rnn0.{d}.{name}" for d in ("forward", "backward") for name in cell),
        *("bridge.W", "bridge.b", "decoder.embedding.E"),
        *(f"decoder.rnn0.{name}" for name in cell),
        *("attention.W", "attention.b", "attention.A", "output.W", "output.b"),
    ]
    assert network.layout.tables == ["decoder.embedding.E"]
    network, *_ = make(encoder=False)
    assert list(network.layers) == ["decoder", "output"]
    assert not hasattr(network, "forward")  # see forward_pass


def test_dropout_leaves_the_vector_alone():
    network, theta, X, y = make(
        encoder=False, n_context=2, every_step=True, dropout=0.5, cell="gru"
    )
    vectors = np.ones((4, 2))
    source, before, _, steps, _ = batch_of(network, X, y, range(4), vectors)
    seen = []
    recurrent = network.decoder.recurrent
    forward = recurrent.forward
    recurrent.forward = lambda params, Z, *a, **k: (
        seen.append(Z),
        forward(params, Z, *a, **k),
    )[1]
    network.forward_pass(theta, source, before, steps, np.random.RandomState(0))
    assert (seen[0][:, 3:] == 1).all()
    assert (seen[0][:, :3] == 0).any()


@pytest.mark.parametrize("kind", ATTENTIONS[1:])
def test_attention_is_that_of_torch(kind):
    """The formulas, sequence by sequence, with torch's softmax and gradients."""
    torch = pytest.importorskip("torch")
    rng = np.random.RandomState(0)
    layer = Attention(kind, 4, 4 if kind == "dot" else 5)
    params = {k: rng.standard_normal(s) for k, s in layer.shapes().items()}
    E = [rng.standard_normal((n, layer.n_source)) for n in X_LENGTHS]
    H = [rng.standard_normal((n, 4)) for n in Y_LENGTHS]
    h_rows, h_steps, h_order = pack(RaggedArray.from_sequences(H), np.arange(4))
    e_rows, e_steps, e_order = pack(RaggedArray.from_sequences(E), h_order)
    place = np.array([e_order.tolist().index(i) for i in h_order])
    Y, tape = layer.forward(
        params, h_rows, e_rows, Grid(h_steps, np.arange(4)), Grid(e_steps, place)
    )
    dY = rng.standard_normal(Y.shape)
    grads = {k: np.zeros_like(v) for k, v in params.items()}
    dH, dE = layer.backward(params, grads, dY, tape)

    theirs = {k: torch.tensor(v, requires_grad=True) for k, v in params.items()}
    for p, i in enumerate(h_order):
        h, e = (torch.tensor(x[i], requires_grad=True) for x in (H, E))
        if kind == "dot":
            scores = h @ e.T
        elif kind == "general":
            scores = (h @ theirs["A"]) @ e.T
        else:
            both = (h @ theirs["A"])[:, None] + (e @ theirs["B"])[None]
            scores = torch.tanh(both) @ theirs["v"]
        c = torch.softmax(scores, dim=1) @ e
        y = torch.tanh(torch.cat([c, h], dim=1) @ theirs["W"] + theirs["b"])
        rows = [h_steps.starts[t] + p for t in range(len(h))]
        source = [e_steps.starts[t] + place[p] for t in range(len(e))]
        assert_allclose(Y[rows], y.detach(), rtol=1e-10)
        (y * torch.tensor(dY[rows])).sum().backward()
        assert_allclose(dH[rows], h.grad, rtol=1e-9, atol=1e-12)
        assert_allclose(dE[source], e.grad, rtol=1e-9, atol=1e-12)
    for name, values in theirs.items():
        assert_allclose(grads[name], values.grad, rtol=1e-9, atol=1e-12)
