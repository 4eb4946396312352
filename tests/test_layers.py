"""The contracts of layers, heads and other modules, and all of them held to these."""

from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pytest
from helpers import derivative_along
from numpy.testing import assert_allclose, assert_array_equal

from sksequence.cells import CELLS, Tape, Workspace
from sksequence.network import (
    Attention,
    AttentionPooling,
    Batch,
    Bidirectional,
    Bridge,
    Composite,
    ConcatPooling,
    CRFHead,
    Decoder,
    Dense,
    Dropout,
    Embedding,
    Gradients,
    Grid,
    Head,
    Layer,
    Layout,
    LinearHead,
    Module,
    Network,
    NoiseDistribution,
    Pooling,
    Recurrent,
    Stack,
    Standardize,
    VocabularyHead,
    scope,
)
from sksequence.sequences import Steps

STEPS = Steps([4, 3, 1])
ROWS = np.random.RandomState(0).standard_normal((STEPS.n_rows, 3))
IDS = np.random.RandomState(1).randint(5, size=STEPS.n_rows)

HEADS = {
    "linear head": LinearHead(3, 2, "squared"),
    "linear head, softmax": LinearHead(3, 4, "softmax"),
    "linear head, sigmoid": LinearHead(3, 2, "sigmoid"),
    "crf head": CRFHead(3, 4),
    "crf head, constrained": CRFHead(3, 4, forbidden=[(4, 0)]),
    "vocabulary head": VocabularyHead(3, 4),
    "vocabulary head, smoothed": VocabularyHead(3, 4, label_smoothing=0.1),
    "vocabulary head, sampled": VocabularyHead(3, 4, n_sampled=2),
}
LAYERS = {
    "dense": Dense(3, 2, "tanh"),
    "dropout": Dropout(0.5),
    "embedding": Embedding(5, 2),
    "embedding, frozen": Embedding(5, 2, trainable=False),
    "embedding, dense gradient": Embedding(5, 2, rows=False),
    "standardize": Standardize(3),
    "recurrent": Recurrent(CELLS["lstm_peephole"], 3, 2, recurrent_dropout=0.3),
    "bidirectional": Bidirectional(
        Recurrent(CELLS["gru"], 3, 2), Recurrent(CELLS["gru"], 3, 2)
    ),
    "pooling": Pooling("last"),
    "pooling, mean": Pooling("mean"),
    "pooling, max": Pooling("max"),
    "pooling, concat": ConcatPooling(n_backward=1),
    "pooling, attention": AttentionPooling(3),
    "stack": Stack(
        {
            "rnn0": Recurrent(CELLS["gru_simple"], 3, 4),
            "dropout": Dropout(0.5),
            "rnn1": Recurrent(CELLS["lstm"], 4, 2),
            "pooling": Pooling("max"),
            "dense": Dense(2, 3, "relu"),
        }
    ),
    **HEADS,
}
DROPPING = ("dropout", "recurrent", "stack")
every_layer = pytest.mark.parametrize("name", LAYERS)


def given(layer):
    return IDS if isinstance(layer, Embedding) else ROWS


def start(module):
    """The layout of the parameters of one module, and values with biases too."""
    whole = Composite({"it": module})
    layout = Layout(whole.shapes(), set(whole.tables), set(whole.exempt))
    rng, theta = np.random.RandomState(2), np.zeros(layout.size)
    whole.init(layout.views(theta), rng)
    return layout, theta + 0.3 * rng.standard_normal(theta.size)


def run(layer, params, X, seed=None, **options):
    rng = None if seed is None else np.random.RandomState(seed)
    return layer.forward(params, X, STEPS, rng, **options)


def content(value):
    """All that a tape holds, in a form to compare."""
    if isinstance(value, np.ndarray):
        return value.tobytes()
    if isinstance(value, (list, tuple)):
        return [content(v) for v in value]
    if isinstance(value, dict):
        return {k: content(v) for k, v in value.items()}
    if isinstance(value, Tape):  # the rest of the workspace is to calculate in
        names = set(Tape.__slots__) - {"workspace", "worker"}
        return {name: content(getattr(value, name)) for name in sorted(names)}
    if isinstance(value, (SimpleNamespace, Grid)):
        return content(vars(value))
    return value


# -- layers ----------------------------------------------------------------------------


@every_layer
def test_names_and_shapes(name):
    layer = LAYERS[name]
    assert isinstance(layer, Layer)
    shapes = layer.shapes()
    assert set(layer.tables) <= shapes.keys()
    assert all(isinstance(shape, tuple) for shape in shapes.values())
    biases = {key for key in shapes if key.split(".")[-1] in ("b", "c")}
    fixed = name in ("standardize", "embedding, frozen")
    frozen = shapes.keys() if fixed else set()
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
    layout, theta = start(layer)
    Y, _ = run(layer, scope(layout.views(theta), "it"), given(layer))
    assert len(Y) == (STEPS.n_sequences if layer.pools else STEPS.n_rows)


@every_layer
def test_nothing_is_kept_between_calls(name):
    """Settings only: the same call gives the same, and changes no attribute."""
    layer = LAYERS[name]
    layout, theta = start(layer)
    params, before = scope(layout.views(theta), "it"), dict(vars(layer))
    first, _ = run(layer, params, given(layer))
    run(layer, params, given(layer)[::-1].copy(), seed=3)
    again, _ = run(layer, params, given(layer))
    assert_array_equal(again, first)
    assert vars(layer) == before


@every_layer
def test_without_a_generator_nothing_is_dropped(name):
    layer = LAYERS[name]
    layout, theta = start(layer)
    params = scope(layout.views(theta), "it")
    plain, _ = run(layer, params, given(layer))
    dropped, _ = run(layer, params, given(layer), seed=0)
    assert np.array_equal(plain, dropped) == (name not in DROPPING)


@every_layer
def test_backward_is_the_gradient_of_forward(name):
    """Of the parameters, and of what goes in where that is numbers."""
    layer, X = LAYERS[name], given(LAYERS[name])
    layout, theta = start(layer)
    rng = np.random.RandomState(4)
    Y, tape = run(layer, scope(layout.views(theta), "it"), X, seed=5)
    dY = rng.standard_normal(Y.shape)
    gradients = Gradients(layout, np.float64)
    dX = layer.backward(
        scope(layout.views(theta), "it"), scope(gradients.views(), "it"), dY, tape
    )

    def value(theta, X=X):
        Y, _ = run(layer, scope(layout.views(theta), "it"), X, seed=5)
        return (dY * Y).sum()

    gradient = gradients.to_vector()
    fixed = name in ("standardize", "embedding, frozen")
    if theta.size and not fixed:
        direction = rng.standard_normal(theta.size)
        expected = derivative_along(value, theta, direction)
        assert_allclose(gradient @ direction, expected, rtol=1e-10)
    if fixed:
        assert not gradient.any()
    if isinstance(layer, Embedding):
        assert dX is None
    else:
        direction = rng.standard_normal(X.shape)
        expected = derivative_along(lambda X: value(theta, X), X, direction)
        assert_allclose((dX * direction).sum(), expected, rtol=1e-10)


@every_layer
def test_company_does_not_matter(name):
    """Sequences alone give what they give in a batch, and their gradients add up."""
    layer, X = LAYERS[name], given(LAYERS[name])
    layout, theta = start(layer)
    params = scope(layout.views(theta), "it")
    together, alone = (Gradients(layout, np.float64) for _ in range(2))
    Y, tape = layer.forward(params, X, STEPS)
    dY = np.random.RandomState(6).standard_normal(Y.shape)
    dX = layer.backward(params, scope(together.views(), "it"), dY, tape)
    for i, length in enumerate(STEPS.lengths):
        rows = STEPS.sequence_of_row == i
        out = [i] if layer.pools else rows
        y, tape = layer.forward(params, X[rows], Steps([length]))
        assert_allclose(y, Y[out], rtol=1e-12, atol=1e-14)
        dx = layer.backward(params, scope(alone.views(), "it"), dY[out], tape)
        if dX is not None:
            assert_allclose(dx, dX[rows], rtol=1e-12, atol=1e-14)
    assert_allclose(alone.to_vector(), together.to_vector(), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("reused", [False, True], ids=["", "workspace"])
@every_layer
def test_backward_twice_is_the_same_and_changes_no_tape(name, reused):
    layer = LAYERS[name]
    layout, theta = start(layer)
    params = scope(layout.views(theta), "it")
    options = {"workspace": Workspace()} if reused else {}
    Y, tape = run(layer, params, given(layer), seed=5, **options)
    dY = np.random.RandomState(4).standard_normal(Y.shape)
    before, results = content((tape, Y, dY)), []
    for _ in range(2):
        gradients = Gradients(layout, np.float64)
        dX = layer.backward(params, scope(gradients.views(), "it"), dY, tape)
        results.append(content((dX, gradients.to_vector())))
        assert content((tape, Y, dY)) == before
    assert results[0] == results[1]


@every_layer
def test_options_change_no_bit(name, monkeypatch):
    """Memory that is used again, a second thread, no tape."""
    monkeypatch.setattr("sksequence.cells._tape.WORKER_STEP_SIZE", 0)
    monkeypatch.setattr("sksequence.cells._tape.CHUNK", 4)
    layer = LAYERS[name]
    layout, theta = start(layer)
    params, workspace = scope(layout.views(theta), "it"), Workspace()

    def both(**options):
        Y, tape = run(layer, params, given(layer), seed=5, **options)
        gradients = Gradients(layout, np.float64)
        dX = layer.backward(
            params, scope(gradients.views(), "it"), np.cos(Y), tape, need_dX=True
        )
        return content((Y, dX, gradients.to_vector()))

    plain, _ = run(layer, params, given(layer))
    untaped, _ = run(layer, params, given(layer), need_tape=False)
    assert_array_equal(untaped, plain)
    expected = both()
    with ThreadPoolExecutor(1) as worker:
        for _ in range(2):
            assert both(workspace=workspace, worker=worker) == expected


# -- heads -----------------------------------------------------------------------------


def batch_for(name):
    rng = np.random.RandomState(6)
    if name == "linear head":
        targets = rng.standard_normal((STEPS.n_rows, 2))
    elif name.endswith("sigmoid"):
        targets = rng.randint(2, size=(STEPS.n_rows, 2))
    else:
        targets = rng.randint(1, 4, size=STEPS.n_rows)
    draw = None
    if name.endswith("sampled"):
        noise = NoiseDistribution(np.ones(4), 2, np.float64)
        drawn = SimpleNamespace(tokens=np.array([1, 3]), log_c=noise.log_c)
        draw = lambda: drawn  # noqa: E731
    weights = rng.uniform(0.2, 2, STEPS.n_rows)
    return Batch(ROWS, STEPS, targets, weights, draw=draw)


@pytest.mark.parametrize("name", HEADS)
def test_predictions_of_heads(name):
    head = HEADS[name]
    assert isinstance(head, Head)
    network = Network({"output": head})
    assert network.head is head
    theta = network.init(np.random.RandomState(0), np.float64)
    scores, _ = head.forward(network.head_params(theta), ROWS, STEPS)
    predicted = head.predict(scores)
    assert predicted.shape == scores.shape
    if name != "linear head":
        assert_allclose(np.exp(head.log_predict(scores)), predicted)
        if not name.endswith("sigmoid"):
            assert_allclose(predicted.sum(axis=1), 1)


@pytest.mark.parametrize("name", HEADS)
def test_losses_of_heads(name):
    """Gradients, that of what comes in too; the same call gives the same again."""
    head, batch = HEADS[name], batch_for(name)
    layout, theta = start(head)

    def loss(theta, H=ROWS):
        dtype = np.result_type(theta, H)  # complex, if one of them is
        theta, H, gradients = (
            theta.astype(dtype),
            H.astype(dtype),
            Gradients(layout, dtype),
        )
        named = scope(layout.views(theta), "it"), scope(gradients.views(), "it")
        loss, dH = head.loss(*named, H, batch)
        return loss, gradients.to_vector(), dH

    given = content([ROWS, batch.targets, batch.weights])
    value, gradient, dH = loss(theta)
    assert content(loss(theta)) == content((value, gradient, dH))
    assert content([ROWS, batch.targets, batch.weights]) == given
    rng = np.random.RandomState(7)
    direction = rng.standard_normal(theta.size)
    expected = derivative_along(lambda theta: loss(theta)[0], theta, direction)
    assert_allclose(gradient @ direction, expected, rtol=1e-10)
    direction = rng.standard_normal(ROWS.shape)
    expected = derivative_along(lambda H: loss(theta, H)[0], ROWS, direction)
    assert_allclose((dH * direction).sum(), expected, rtol=1e-10)


# -- modules that are no layers: they take or give more than rows ----------------------


class Case:
    """A module, what goes into it by name, and its two passes.

    ``forward(params, inputs)`` gives (arrays, tape), ``backward(params, grads, darrays,
    tape)`` the gradients of the inputs by name.
    """

    def __init__(self, module, inputs, forward, backward):
        self.module, self.inputs = module, inputs
        self.forward, self.backward = forward, backward


def attention(kind):
    rng = np.random.RandomState(8)
    module, steps = Attention(kind, 4, 4 if kind == "dot" else 5), Steps([3, 2, 2])
    place = np.array([1, 2, 0])  # the input of each output
    inputs = {
        "H": rng.standard_normal((steps.n_rows, 4)),
        "E": rng.standard_normal((STEPS.n_rows, module.n_source)),
    }

    def forward(params, inputs):
        grids = Grid(steps, np.arange(3)), Grid(STEPS, place)
        Y, tape = module.forward(params, inputs["H"], inputs["E"], *grids)
        return [Y], tape

    def backward(params, grads, darrays, tape):
        return dict(zip("HE", module.backward(params, grads, *darrays, tape)))

    return Case(module, inputs, forward, backward)


LAYERS_OF_DECODER = {
    "rnn0": Recurrent(CELLS["lstm"], 5, 4),
    "dropout_rnn1": Dropout(0.5),
    "rnn1": Recurrent(CELLS["gru"], 4, 3),
}


def bridge():
    module = Bridge(2, {k: LAYERS_OF_DECODER[k] for k in ("rnn0", "rnn1")})

    def forward(params, inputs):
        states, tape = module.forward(params, inputs["x"])
        return [s for part in states.values() for s in part], tape

    def backward(params, grads, darrays, tape):
        dstates = {"rnn0": tuple(darrays[:2]), "rnn1": tuple(darrays[2:])}
        return {"x": module.backward(params, grads, dstates, tape)}

    x = np.random.RandomState(9).standard_normal((STEPS.n_sequences, 2))
    return Case(module, {"x": x}, forward, backward)


def decoder(n_context):
    rng, n = np.random.RandomState(10), STEPS.n_sequences
    embedding = {"embedding": Embedding(5, 5 - n_context), "dropout_rnn0": Dropout(0.5)}
    module = Decoder(embedding, LAYERS_OF_DECODER)
    inputs = {
        "rnn0 h": rng.standard_normal((n, 4)),
        "rnn0 c": rng.standard_normal((n, 4)),
        "rnn1 h": rng.standard_normal((n, 3)),
    }
    if n_context:
        inputs["context"] = rng.standard_normal((n, n_context))

    def forward(params, inputs):
        states = {
            "rnn0": (inputs["rnn0 h"], inputs["rnn0 c"]),
            "rnn1": (inputs["rnn1 h"],),
        }
        masks = np.random.RandomState(11)
        H, tape = module.forward(
            params, IDS, STEPS, masks, context=inputs.get("context"), states=states
        )
        return [H], tape

    def backward(params, grads, darrays, tape):
        dcontext, d = module.backward(params, grads, *darrays, tape)
        assert (dcontext is None) == (not n_context)
        named = {"rnn0 h": d["rnn0"][0], "rnn0 c": d["rnn0"][1], "rnn1 h": d["rnn1"][0]}
        return named | ({"context": dcontext} if n_context else {})

    return Case(module, inputs, forward, backward)


MODULES = {
    "attention, dot": attention("dot"),
    "attention, general": attention("general"),
    "attention, additive": attention("additive"),
    "bridge": bridge(),
    "decoder": decoder(0),
    "decoder with a context": decoder(2),
}


@pytest.mark.parametrize("name", MODULES)
def test_modules(name):
    case = MODULES[name]
    module, inputs = case.module, case.inputs
    assert isinstance(module, Module)
    layout, theta = start(module)
    kept = dict(vars(module))
    rng = np.random.RandomState(12)

    def forward(theta, inputs):
        return case.forward(scope(layout.views(theta), "it"), inputs)

    arrays, tape = forward(theta, inputs)
    darrays = [rng.standard_normal(a.shape) for a in arrays]

    def value(theta, inputs):
        inputs = {key: x.astype(complex) for key, x in inputs.items()}
        arrays, _ = forward(theta.astype(complex), inputs)
        return sum((d * a).sum() for d, a in zip(darrays, arrays))

    before, results = content((tape, arrays, darrays, inputs)), []
    for _ in range(2):
        gradients = Gradients(layout, np.float64)
        named = scope(layout.views(theta), "it"), scope(gradients.views(), "it")
        d = case.backward(*named, darrays, tape)
        results.append(content((d, gradients.to_vector())))
        assert content((tape, arrays, darrays, inputs)) == before
    assert results[0] == results[1]
    assert vars(module) == kept

    gradient = gradients.to_vector()
    for key, shape in layout.shapes.items():
        direction = np.zeros_like(theta)
        layout.view(direction, key)[:] = rng.standard_normal(shape)
        expected = derivative_along(
            lambda theta: value(theta, inputs), theta, direction
        )
        assert_allclose(gradient @ direction, expected, rtol=1e-9, err_msg=key)
    assert d.keys() == inputs.keys()
    for key, x in inputs.items():
        direction = rng.standard_normal(x.shape)
        expected = derivative_along(
            lambda x, key=key: value(theta, {**inputs, key: x}), x, direction
        )
        assert_allclose((d[key] * direction).sum(), expected, rtol=1e-9, err_msg=key)


@pytest.mark.parametrize("need_dX", [False, True])
@pytest.mark.parametrize("trainable", [False, True])
def test_no_gradient_is_made_below_what_learns(need_dX, trainable, monkeypatch):
    asked = {}
    for kind in (Dense, Embedding):

        def watched(self, *args, backward=kind.backward, kind=kind, **options):
            asked[kind] = options["need_dX"]
            return backward(self, *args, **options)

        monkeypatch.setattr(kind, "backward", watched)
    low = Embedding(3, 2, trainable=trainable)
    stack = Stack({"low": low, "scale": Standardize(2), "high": Dense(2, 1)})
    params = {name: np.ones(shape) for name, shape in stack.shapes().items()}
    grads = {name: np.zeros_like(values) for name, values in params.items()}
    Y, tape = stack.forward(params, np.array([0, 2]), Steps([2]))
    stack.backward(params, grads, np.ones_like(Y), tape, need_dX=need_dX)
    assert asked.pop(Dense) == (need_dX or trainable)
    assert asked == ({Embedding: need_dX} if need_dX or trainable else {})
    assert grads["low.E"].any() == trainable
