"""trace: values of the forward pass, gradients of a loss that is nudged.

The nudges are complex steps: a state, a sum or an input of one step gets a tiny
imaginary part, and the run continues from there.
"""

import pickle
from runpy import run_path

import numpy as np
import pytest
from helpers import ALL_CELLS, ragged_data
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from test_docs_new_cell import FILE

from sksequence import (
    RNNClassifier,
    RNNGenerator,
    RNNLanguageModel,
    RNNRegressor,
    RNNStepRegressor,
    RNNTagger,
    RNNTranslator,
)
from sksequence.inspection import TraceDisplay, trace
from sksequence.network import LOSSES, POOLINGS
from sksequence.preprocessing import TokenEncoder
from sksequence.sequences import RaggedArray, Steps

X, Y = ragged_data(12, low=4, high=5)
IDS = [np.arange(n) % 4 for n in (4, 5, 3, 4)]
BAGS = [sparse.random(4, 6, 0.5, "csr", random_state=k) for k in range(4)]
TEXTS = ["abca", "cab", "bbac", "acab"]
COMMON = {"max_iter": 1, "dtype": "float64", "random_state": 0}
EPS = 1e-30


def fitted(estimator, X, y=None):
    """After an epoch, with weights far from where they began."""
    estimator.set_params(**COMMON).fit(X, y)
    rng = np.random.RandomState(1)
    estimator.theta_ = estimator.theta_ + 0.3 * rng.standard_normal(
        estimator.theta_.size
    )
    return estimator


def steps_of(X, labels):
    return [[labels[k % len(labels)] for k in range(len(x))] for x in X]


def models():
    """Name -> (a fitted estimator, x, y)."""

    def of(estimator, X, y=None, i=0):
        return fitted(estimator, X, y), X[i], None if y is None else y[i]

    for name, cell in ALL_CELLS.items():
        one_way = RNNClassifier(4, cell, bidirectional=False, pooling="mean")
        yield name, of(one_way, X, Y)
    yield "last", of(RNNClassifier((4, 3), pooling="last"), X, Y)
    yield (
        "dense",
        of(RNNClassifier(4, dense_layer_sizes=(5, 3), bidirectional=False), X, Y),
    )
    binary = RNNClassifier((4, 3), bidirectional=False, standardize=False)
    yield "binary", of(binary, X, Y % 2)
    multilabel = np.column_stack([Y == 0, Y == 1]).astype(int)
    yield "multilabel", of(RNNClassifier(4, "lstm"), X, multilabel)
    one_way = RNNClassifier(4, bidirectional=False, pooling="last", embedding_dim=3)
    yield "ids", of(one_way, IDS, ["u", "v", "u", "v"])
    yield "bags", of(RNNClassifier(4, embedding_dim=3), BAGS, [0, 1, 0, 1])
    yield "sparse", of(RNNClassifier(4, "lstm"), BAGS, [0, 1, 0, 1])
    y = np.random.RandomState(0).standard_normal((12, 2))
    yield (
        "numbers",
        of(RNNRegressor((4, 3), "lstm", dense_layer_sizes=(3,)), X, 9 * y[:, 0]),
    )
    yield "vectors", of(RNNRegressor(4, bidirectional=True), X, y)
    curves = [9 * x[:, :2].cumsum(axis=0) for x in X]
    yield "curves", of(RNNStepRegressor(4), X, curves)
    labels = steps_of(X, "uvw")
    yield "tagger", of(RNNTagger((4, 3), "lstm"), X, labels)
    yield "crf", of(RNNTagger(4, decoder="crf"), X, labels)
    tags = [np.c_[x[:, :2] > 0].astype(int) for x in X]
    yield "tags", of(RNNTagger(4, bidirectional=False), X, tags)
    settings = {"analyzer": "char", "embedding_dim": 4}
    yield "language", of(RNNLanguageModel((4, 3), "lstm", **settings), TEXTS)
    tied = RNNLanguageModel(4, tie_weights=True, contiguous=True, **settings)
    yield "tied", of(tied, TEXTS)
    sampled = RNNLanguageModel(4, output="sampled", n_sampled=3, **settings)
    yield "sampled", of(sampled, TEXTS)
    yield "generator", of(RNNGenerator((4, 3), embedding_dim=3), X[0][:4], TEXTS)
    every_step = RNNGenerator(4, "lstm", condition="every_step")
    yield "every step", of(every_step, X[0][:4], TEXTS)
    nothing = fitted(RNNGenerator(4, embedding_dim=3), None, TEXTS)
    yield "nothing", (nothing, None, TEXTS[0])
    settings = {"source_analyzer": "char", "target_analyzer": "char"}
    settings |= {"embedding_dim": 3}
    translator = RNNTranslator((4, 3), "lstm", **settings)
    yield "translator", of(translator, TEXTS, TEXTS[::-1])
    additive = RNNTranslator(4, attention="additive", label_smoothing=0.1)
    yield "additive", of(additive.set_params(**settings), TEXTS, TEXTS[::-1])
    plain = RNNTranslator(3, attention=None, bidirectional=False, embedding_dim=3)
    yield "from numbers", of(plain, X[:4], [list(text) for text in TEXTS])
    of_ids = RNNTranslator(3, source_embedding_dim=2, embedding_dim=3)
    yield "from ids", of(of_ids, IDS, TEXTS)


MODELS = dict(models())
BY_NAME = pytest.mark.parametrize("name", MODELS)


# -- values ----------------------------------------------------------------------------


@BY_NAME
def test_predictions_and_states_are_those_of_the_estimator(name):
    estimator, x, y = MODELS[name]
    found = trace(estimator, x, y)
    assert found.gradients is None
    assert found.loss is None
    if isinstance(estimator, (RNNGenerator, RNNTranslator)):
        encode = estimator.target_encoder_.transform
        tokens = encode([y]).values
        p = found["y_hat"][np.arange(len(tokens)), tokens]
        expected = estimator.score_samples(None if x is None else [x], [y])[0]
        assert_allclose(np.log(p).sum(), expected, rtol=1e-12)
    elif isinstance(estimator, (RNNRegressor, RNNStepRegressor)):
        assert_array_equal(found["y_hat"].ravel(), estimator.predict([x])[0].ravel())
    else:
        assert_array_equal(found["y_hat"], estimator.predict_proba([x])[0].reshape(
            found["y_hat"].shape))  # fmt: skip


@pytest.mark.parametrize("cell", ALL_CELLS.values(), ids=ALL_CELLS.keys())
@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("bidirectional", [False, True], ids=["uni", "bi"])
def test_states_and_params_give_the_prediction(cell, pooling, bidirectional):
    settings = {"cell": cell, "pooling": pooling, "bidirectional": bidirectional}
    clf = fitted(RNNClassifier((4, 3), dense_layer_sizes=(5,), **settings), X, Y)
    found, params = trace(clf, X[1]), clf.params_
    directions = ["forward.", "backward."] if bidirectional else [""]
    H = [found[f"rnn1.{d}h"] for d in directions]
    ends = np.hstack([H[0][-1:], *(h[:1] for h in H[1:])])
    A = np.hstack(H)
    if pooling == "last":
        A = ends
    if pooling == "concat":
        A = np.hstack([ends, A.mean(axis=0)[None], A.max(axis=0)[None]])
    A = np.maximum(A @ params["dense0.W"] + params["dense0.b"], 0)
    if pooling in ("mean", "max"):
        A = getattr(A, pooling)(axis=0, keepdims=True)
    if pooling == "attention":
        W, b, v = (params[f"pooling.{name}"] for name in "Wbv")
        s = np.exp(np.tanh(A @ W + b) @ v)
        A = (s @ A / s.sum())[None]
    assert_allclose(A, clf.transform([X[1]]), rtol=1e-12)
    p = LOSSES["softmax"].predict(A @ params["output.W"] + params["output.b"])
    assert_allclose(p, found["y_hat"], rtol=1e-12)


def test_beginnings_end_in_the_states():
    reg = fitted(RNNRegressor(4, cell="gru"), X, Y)
    beginnings = [X[0][: t + 1] for t in range(len(X[0]))]
    assert_allclose(trace(reg, X[0])["h"], reg.transform(beginnings), rtol=1e-12)


def before(states, backwards):
    """The states before each step, zeros before the first."""
    zeros = np.zeros_like(states[:1])
    if backwards:
        return np.concatenate([states[1:], zeros])
    return np.concatenate([zeros, states[:-1]])


@pytest.mark.parametrize("direction", ["forward", "backward"])
@pytest.mark.parametrize("cell", ["lstm", "lstm_peephole"])
def test_the_equations_of_an_lstm(direction, cell):
    plain = RNNClassifier(4, cell, pooling="mean", standardize=False)
    clf = fitted(plain, X, Y)
    found, back = trace(clf, X[0]), direction == "backward"
    a, c, u, f, o, n = (
        found[f"rnn0.{direction}.{name}"]
        for name in ["a", "c", "Gamma_u", "Gamma_f", "Gamma_o", "c_tilde"]
    )
    assert_allclose(u * n + f * before(c, back), c, rtol=1e-12)
    assert_allclose(o * np.tanh(c), a, rtol=1e-12)
    if cell == "lstm":
        params = {k: clf.params_[f"rnn0.{direction}.{k}"] for k in "WUb"}
        sums = X[0] @ params["W"] + before(a, back) @ params["U"] + params["b"]
        i, f_z, o_z, g = np.split(sums, 4, axis=1)
        for z, gate in [(i, u), (f_z, f), (o_z, o)]:
            assert_allclose(1 / (1 + np.exp(-z)), gate, rtol=1e-12)
        assert_allclose(np.tanh(g), n, rtol=1e-12)


@pytest.mark.parametrize("direction", ["forward", "backward"])
@pytest.mark.parametrize("cell", ["gru", "gru_simple"])
def test_the_equations_of_a_gru(direction, cell):
    plain = RNNClassifier(4, cell, pooling="mean", standardize=False)
    clf = fitted(plain, X, Y)
    found, back = trace(clf, X[0]), direction == "backward"
    a, c, u, n = (
        found[f"rnn0.{direction}.{name}"] for name in ["a", "c", "Gamma_u", "c_tilde"]
    )
    assert a is c
    assert_allclose(u * n + (1 - u) * before(c, back), c, rtol=1e-12)
    params = {k: clf.params_[f"rnn0.{direction}.{k}"][..., -4:] for k in "WUb"}
    r = found[f"rnn0.{direction}.Gamma_r"] if cell == "gru" else 1
    sums = X[0] @ params["W"] + (r * before(c, back)) @ params["U"] + params["b"]
    assert_allclose(np.tanh(sums), n, rtol=1e-12)


def test_what_is_read():
    model, x, _ = MODELS["language"]
    found = trace(model, x)
    assert found["tokens"].tolist() == ["</s>", "a", "b", "c", "a"]
    ids = model.encoder_.transform([x])[0]
    E = model.params_["embedding.E"]
    assert_array_equal(found["x"][1:], E[ids[:-1]])
    assert_array_equal(trace(*MODELS["ids"][:2])["tokens"], IDS[0])
    assert_array_equal(trace(*MODELS["binary"][:2])["x"], X[0])
    clf, x, _ = MODELS["gru"]
    standardized = (x - clf.step_mean_) / clf.step_scale_
    assert_allclose(trace(clf, x)["x"], standardized, rtol=1e-12)
    assert "tokens" not in trace(*MODELS["gru"][:2])
    x = trace(*MODELS["sparse"][:2])["x"]
    scale = MODELS["sparse"][0].step_scale_
    assert_allclose(x.toarray(), BAGS[0].toarray() / scale, rtol=1e-12)


def test_attention_and_the_output_that_predict_gives():
    model, x, y = MODELS["translator"]
    found = trace(model, x, y)
    assert_allclose(found["alpha"], model.attention_weights([x], [y])[0], rtol=1e-12)
    assert found["encoder.tokens"].tolist() == list(x)
    assert found["decoder.tokens"].tolist() == ["</s>", *y]
    given = trace(model, x, model.predict([x])[0])
    assert_array_equal(trace(model, x)["y_hat"], given["y_hat"])


# -- gradients -------------------------------------------------------------------------


class Nudged:
    """A cell that adds to a state, a sum or the input of one step, and continues."""

    def __init__(self, cell, t, key, nudge):
        self.cell, self.t, self.key, self.nudge = cell, t, key, nudge

    def __getattr__(self, name):
        return getattr(self.cell, name)

    def forward(self, params, X, steps, initial=None, mask=None, **memory):
        n_units, cell, key = len(params["U"]), self.cell, self.key
        states, H = initial, []
        for t in range(steps.n_rows):
            here, x = dict(params), X[t : t + 1]
            if t == self.t and key == "x":
                x = x + self.nudge
            elif t == self.t and key not in cell.states:
                start = cell.gates.index(key) * n_units
                here["b"] = params["b"].astype(complex)
                here["b"][start : start + n_units] += self.nudge
            _, states, _ = cell.forward(here, x, Steps([1]), states)
            if t == self.t and key in cell.states:
                states = list(states)
                k = cell.states.index(key)
                states[k] = states[k] + self.nudge
            H.append(states[0])
        return np.concatenate(H), tuple(states), None


def layers_of(network, prefix=""):
    for name, layer in network.layers.items():
        if hasattr(layer, "cell"):
            yield prefix + name, layer
        elif hasattr(layer, "layers"):
            yield from layers_of(layer, f"{prefix}{name}.")


def loss_of(estimator, network, x, y):
    """The loss by its definition, of a network whose cells may be nudged."""
    theta = estimator.theta_.astype(complex)
    output = network.layers["output"]
    log_softmax = LOSSES["softmax"].log_predict
    if isinstance(estimator, (RNNGenerator, RNNTranslator)):
        X, ids = estimator._prepare(None if x is None else [x], [y], reset=False)
        X = estimator._check_X(X, reset=False)
        source = estimator._source(X, np.arange(1), complex)
        ids, smoothing = ids.values, getattr(estimator, "label_smoothing", 0)
        H, _ = network.forward_pass(
            theta, source, np.append(estimator._eos, ids[:-1]), Steps([len(ids)])
        )
        log_p = log_softmax(output.scores(network.head_params(theta), H))
        log_p = (1 - smoothing) * log_p[np.arange(len(ids)), ids] + (
            smoothing * log_p.mean(axis=1)
        )
        return -log_p.mean()
    if isinstance(estimator, RNNLanguageModel):
        rows, ids = (part.values for part in estimator._encode_texts([x]))
        H, _ = network.forward(theta, rows, Steps([len(rows)]), below="output")
        log_p = log_softmax(output.scores(network.head_params(theta), H))
        return -log_p[np.arange(len(ids)), ids].mean()
    rows = estimator._check_X([x], reset=False)[0]
    scores, _ = network.forward(theta, rows, Steps([rows.shape[0]]))
    if isinstance(estimator, RNNRegressor):
        target = (y - estimator.y_mean_) / estimator.y_scale_
        return ((scores[0] - target) ** 2).sum() / 2
    if isinstance(estimator, RNNStepRegressor):
        target = (y - estimator.y_mean_) / estimator.y_scale_
        return ((scores - target) ** 2).sum() / 2 / len(scores)
    n, many = len(scores), isinstance(estimator, RNNTagger)
    if estimator._multilabel or scores.shape[1] == 1:
        target = np.reshape(y, scores.shape)
        if not estimator._multilabel:
            target = np.reshape(y == estimator.classes_[1], (1, 1))
        sign = 2 * target - 1
        return np.log1p(np.exp(-sign * scores)).sum() / n
    labels = np.searchsorted(estimator.classes_, y if many else [y])
    if hasattr(network.head, "chain"):
        chain = network.head.chain
        A = network.layout.view(theta, "output.A")
        log_z = chain.log_z({"A": A}, scores, Steps([n]))[0]
        path = [len(A) - 1, *labels, len(A) - 1]
        return (log_z - scores[np.arange(n), labels].sum()
                - A[path[:-1], path[1:]].sum()) / n  # fmt: skip
    return -log_softmax(scores)[np.arange(n), labels].mean()


@BY_NAME
def test_gradients_are_those_of_a_loss_that_is_nudged(name):
    estimator, x, y = MODELS[name]
    found = trace(estimator, x, y, gradients=True)
    rng, build = np.random.RandomState(0), estimator._build
    plain = loss_of(estimator, build(estimator.architecture_), x, y)
    assert_allclose(found.loss, plain.real, rtol=1e-12)
    checked, largest = [], 0
    for layer, recurrent in layers_of(build(estimator.architecture_)):
        cell = recurrent.cell
        for key in dict.fromkeys([*cell.states, *cell.gates]):
            gradient = found.gradients[f"{layer}.{key}"]
            assert gradient.shape == found[f"{layer}.{key}"].shape
            checked.append(f"{layer}.{key}")
            for t, row in enumerate(gradient):
                network = build(estimator.architecture_)
                nudge = rng.standard_normal(len(row))
                at = len(gradient) - 1 - t if layer.endswith("backward") else t
                of_network = dict(layers_of(network))
                of_network[layer].cell = Nudged(cell, at, key, EPS * 1j * nudge)
                expected = loss_of(estimator, network, x, y).imag / EPS
                # Of the small ones the rounding of larger ones is left.
                assert_allclose(row @ nudge, expected, rtol=1e-9, atol=1e-15)
                largest = max(largest, abs(expected))
    assert largest > 1e-2  # the check must not be empty
    others = [k for k in found.gradients if k not in checked]
    assert {k.rpartition(".")[2] for k in others} <= {"x", "y_hat"}


@BY_NAME
def test_gradients_of_the_input(name):
    estimator, x, y = MODELS[name]
    found = trace(estimator, x, y, gradients=True)
    names = [k for k in found.gradients if k.rpartition(".")[2] == "x"]
    assert (len(names) == 0) == (name == "sparse")
    rng, build = np.random.RandomState(0), estimator._build
    for full_name in names:
        layer = full_name[:-1] + "rnn0"
        for t, row in enumerate(found.gradients[full_name]):
            nudge, network = rng.standard_normal(len(row)), build(
                estimator.architecture_
            )  # fmt: skip
            for k, recurrent in layers_of(network):
                if k.startswith(layer):
                    n_steps = len(found.gradients[full_name])
                    at = n_steps - 1 - t if k.endswith("backward") else t
                    recurrent.cell = Nudged(recurrent.cell, at, "x", EPS * 1j * nudge)
            expected = loss_of(estimator, network, x, y).imag / EPS
            assert_allclose(row @ nudge, expected, rtol=1e-9, atol=1e-15)


@BY_NAME
def test_gradients_of_sums_are_in_sum_those_of_the_parameters(name):
    estimator, x, y = MODELS[name]
    found = trace(estimator, x, y, gradients=True)
    network, theta = estimator._build(estimator.architecture_), estimator.theta_
    h = 1e-6

    def loss(shift):
        estimator.theta_ = theta + shift
        try:
            return trace(estimator, x, y, gradients=True).loss
        finally:
            estimator.theta_ = theta

    def derivative(name, index):
        shift = np.zeros_like(theta)
        network.layout.view(shift, name)[index] = h
        return (loss(shift) - loss(-shift)) / (2 * h)

    for layer, recurrent in layers_of(network):
        for k, gate in enumerate(recurrent.cell.gates):
            if gate not in recurrent.cell.states:
                total = found.gradients[f"{layer}.{gate}"].sum(axis=0)
                expected = derivative(f"{layer}.b", k * recurrent.n_units)
                assert_allclose(total[0], expected, rtol=1e-6, atol=1e-9)
    total = found.gradients["y_hat"].sum(axis=0)
    assert_allclose(total[-1], derivative("output.b", -1), rtol=1e-6, atol=1e-9)


def test_gradients_of_scores_are_predictions_minus_targets():
    for name in ("crf", "tagger"):
        tagger, x, y = MODELS[name]
        found = trace(tagger, x, y, gradients=True)
        one_hot = np.equal.outer(np.array(y), tagger.classes_)
        expected = (found["y_hat"] - one_hot) / len(y)
        assert_allclose(found.gradients["y_hat"], expected, rtol=1e-9, atol=1e-15)
    for name in ("language", "sampled", "translator"):
        model, x, y = MODELS[name]
        found = trace(model, x, y, gradients=True)
        text = x if y is None else y
        one_hot = np.equal.outer(np.array([*text, "</s>"], object), found.classes)
        expected = (found["y_hat"] - one_hot) / (len(text) + 1)
        assert_allclose(found.gradients["y_hat"], expected, rtol=1e-9, atol=1e-15)


def test_gates_that_are_shut_for_good_have_gradients():
    one_way = RNNClassifier(4, "lstm", bidirectional=False, pooling="last")
    clf = fitted(one_way, X, Y)
    clf.params_["rnn0.b"][:12] = 1e4  # i, f and o are 1, exactly
    found = trace(clf, X[0], Y[0], gradients=True)
    assert (found["Gamma_f"] == 1).all()
    assert not any(found.gradients["Gamma_f"].ravel())
    assert all(np.isfinite(g).all() for g in found.gradients.values())
    assert np.linalg.norm(found.gradients["c"][0]) > 0  # all of it came back


def test_float32_stays():
    clf = RNNClassifier(4, dtype="float32", max_iter=1).fit(X, Y)
    found = trace(clf, X[0], Y[0], gradients=True)
    assert {a.dtype for a in found.values()} == {np.dtype(np.float32)}
    assert {a.dtype for a in found.gradients.values()} == {np.dtype(np.float32)}


# -- names -----------------------------------------------------------------------------


def test_names():
    clf, x, y = MODELS["gru"]
    found = trace(clf, x, y, gradients=True)
    assert list(found) == ["x", *(f"rnn0.{k}" for k in "hrun"), "y_hat"]
    assert list(found.gradients) == list(found)
    assert found["rnn0.c"] is found["c"] is found["a"] is found["rnn0.h"]
    assert found.gradients["Gamma_r"] is found.gradients["rnn0.r"]
    assert "rnn0.Gamma_u" in found
    assert "Gamma_f" not in found
    assert set(found.kinds) == set(found)
    assert found.kinds["rnn0.r"] == "gate"
    assert found.kinds["rnn0.n"] == "candidate"
    assert_array_equal(found.classes, clf.classes_)
    with pytest.raises(KeyError, match="'Gamma_f' is not one of: x, rnn0.h, rnn0.r"):
        found["Gamma_f"]
    deep = trace(*MODELS["last"][:2])
    with pytest.raises(KeyError, match="'a' may be any of: rnn0.forward.h, rnn0.backw"):
        deep["a"]
    assert deep["rnn1.backward.a"].shape == (len(x), 3)


def test_gates_of_other_cells():
    clf, x, _ = MODELS["a user's"]
    assert list(trace(clf, x)) == ["x", "rnn0.h", "y_hat"]
    if not FILE.exists():
        pytest.skip("the documentation's sources are not beside the tests")
    cell = run_path(FILE)["MinimalGatedUnit"]()
    clf = fitted(RNNClassifier(4, cell, bidirectional=False), X, Y)
    found = trace(clf, X[0], Y[0], gradients=True)
    assert list(found)[1:-1] == ["rnn0.h", "rnn0.u", "rnn0.n"]
    h, u, n = (found[k] for k in "hun")
    assert_allclose(u * n + (1 - u) * before(h, False), h, rtol=1e-12)
    assert found.gradients["u"].shape == u.shape


def test_repr():
    clf, x, y = MODELS["lstm"]
    lines = repr(trace(clf, x, y, gradients=True)).splitlines()
    assert lines[0].startswith("Trace of RNNClassifier, with gradients of the loss, ")
    n = len(x)
    assert lines[1:4] == [
        f"  x       ({n}, 3)",
        f"  rnn0.h  ({n}, 4)  a",
        f"  rnn0.c  ({n}, 4)",
    ]
    assert repr(trace(clf, x)).splitlines()[0] == "Trace of RNNClassifier"


# -- what goes in ----------------------------------------------------------------------


@BY_NAME
def test_the_estimator_stays_as_it_is(name):
    estimator, x, y = MODELS[name]
    kept = pickle.dumps(estimator)
    first = trace(estimator, x, y, gradients=True)
    assert pickle.dumps(estimator) == kept
    again = trace(estimator, x, y, gradients=True)
    for key, array in first.gradients.items():
        assert_array_equal(array, again.gradients[key])
    pickle.loads(pickle.dumps(first))


def test_one_number_a_step():
    univariate = [[0.5, 1.0, -1.0], [1.0, 0.0], [0.3, 0.2, 0.1]]
    reg = fitted(RNNRegressor(4), univariate, [1.0, 2.0, 3.0])
    assert trace(reg, [0.5, 1.0, -1.0], 1.0, gradients=True)["h"].shape == (3, 4)
    table = fitted(RNNRegressor(4), np.eye(3), [1.0, 2.0, 3.0])
    found = trace(table, np.eye(3)[0])
    assert_array_equal(found["y_hat"][0], table.predict(np.eye(3)[:1]))


def test_errors_of_the_estimator():
    with pytest.raises(NotFittedError):
        trace(RNNClassifier(), X[0])
    with pytest.raises(TypeError, match=r"Got Pipeline instead. Of a pipeline, pass"):
        trace(make_pipeline(TokenEncoder(), RNNClassifier()), X[0])
    with pytest.raises(ValueError, match="The 'gradients' parameter of trace must be"):
        trace(MODELS["gru"][0], X[0], gradients="yes")


@pytest.mark.parametrize(
    ("name", "x"),
    [
        ("gru", X),
        ("gru", RaggedArray.from_sequences(X)),
        ("gru", np.zeros((2, 3, 3))),
        ("gru", [x.tolist() for x in X]),
        ("ids", IDS),
        ("ids", np.zeros((3, 4), int)),
        ("sparse", BAGS),
        ("from numbers", X),
    ],
)
def test_several_sequences(name, x):
    with pytest.raises(
        ValueError, match=r"x must be one sequence.* pass one, as x\[+0"
    ):
        trace(MODELS[name][0], x)


def test_errors_of_x():
    with pytest.raises(ValueError, match=r"x is of shape \(4, 2\), and should"):
        trace(MODELS["gru"][0], np.zeros((4, 2)))
    with pytest.raises(ValueError, match="Input x contains NaN: x, step 1, feature 2"):
        trace(MODELS["gru"][0], [[0, 0, 0], [0, 0, np.nan]])
    with pytest.raises(ValueError, match="x holds the token id 9 at step 1"):
        trace(MODELS["ids"][0], [0, 9])
    for name in ("language", "translator"):
        with pytest.raises(TypeError, match="x must be one text, a str. Got list"):
            trace(MODELS[name][0], TEXTS, None)
    with pytest.raises(ValueError, match="x must be one vector, of shape"):
        trace(MODELS["generator"][0], X[0])
    with pytest.raises(ValueError, match="x must be None: this RNNGenerator was"):
        trace(MODELS["nothing"][0], X[0][0])


def test_lists_of_tokens():
    lists = [list(text) for text in TEXTS]
    model = fitted(RNNLanguageModel(4), lists)
    expected = ["</s>", "a", "b", "c", "a"]
    assert trace(model, lists[0])["tokens"].tolist() == expected
    with pytest.raises(
        TypeError, match="one text, a str or a list of tokens. Got list"
    ):
        trace(model, lists)


def test_a_text_of_integers():
    pytest.importorskip("matplotlib")
    tunes = [[60, 62, 64], [62, 60], [64, 62, 60, 60]]
    model = fitted(RNNLanguageModel(4), tunes)
    for x in (tunes[0], np.array(tunes[0])):
        values = trace(model, x)
        assert_allclose(values["y_hat"], model.predict_proba(tunes[:1])[0], rtol=1e-9)
    assert values["tokens"].tolist() == ["</s>", 60, 62, 64]
    TraceDisplay.from_estimator(model, tunes[0])
    for x in ("abc", tunes, 60):
        with pytest.raises(TypeError, match="x must be one sequence of int. Got"):
            trace(model, x)


def test_errors_of_y():
    for name in ("gru", "tagger", "numbers", "generator", "translator"):
        with pytest.raises(ValueError, match="gradients=True needs y, the target of x"):
            trace(*MODELS[name][:2], gradients=True)
    clf, x, _ = MODELS["gru"]
    with pytest.raises(ValueError, match="y is 7, which is not among the classes"):
        trace(clf, x, 7, gradients=True)
    tagger, x, y = MODELS["tagger"]
    with pytest.raises(ValueError, match="y has 1 entries, but x has 5 steps"):
        trace(tagger, X[np.argmax([len(x) for x in X])], y[:1], gradients=True)
    with pytest.raises(ValueError, match="y is 'u': one label. Expected one for each"):
        trace(tagger, x, "u", gradients=True)
    with pytest.raises(ValueError, match="y must be None: the targets of a language"):
        trace(*MODELS["language"][:2], "abc")
    translator, x, _ = MODELS["translator"]
    with pytest.raises(TypeError, match="y must be one text, a str. Got list"):
        trace(translator, x, TEXTS)


# -- the picture -----------------------------------------------------------------------


@pytest.fixture
def plt():
    pytest.importorskip("matplotlib").use("agg")
    pyplot = pytest.importorskip("matplotlib.pyplot")
    yield pyplot
    pyplot.close("all")


@pytest.mark.usefixtures("plt")
def test_a_picture_of_a_text():
    display = TraceDisplay.from_estimator(
        MODELS["language"][0],
        "ab $c",
        gradients=True,
        names=["rnn1.Gamma_f", "rnn1.c", "y_hat"],
    )
    assert [ax.get_ylabel() for ax in display.axes_] == [
        r"$\Gamma_{f}$",
        "$c$",
        r"$\hat{y}$",
        "norm of\nthe gradient",
    ]
    gate, cell, y_hat, norms = display.axes_
    assert gate.images[0].get_clim() == (0, 1)
    low, high = cell.images[0].get_clim()
    assert low == -high < 0
    assert_array_equal(gate.images[0].get_array(), display.trace["rnn1.f"].T)
    assert norms.get_yscale() == "log"
    ticks = [text.get_text() for text in norms.get_xticklabels()]
    assert ticks == ["</s>", "a", "b", "<unk>", "<unk>", "c"]
    rows = [text.get_text() for text in y_hat.get_yticklabels()]
    assert rows == display.trace.classes.tolist()
    lines = [line for line in norms.lines if len(line.get_xdata())]
    expected = np.linalg.norm(display.trace.gradients["rnn1.c"], axis=1)
    assert expected[-1] == 0  # nothing comes after it
    assert_array_equal(lines[1].get_ydata()[:-1], expected[:-1])
    assert np.isnan(lines[1].get_ydata()[-1])


@pytest.mark.parametrize("kind", ["heatmap", "lines", "gradients"])
@pytest.mark.parametrize("name", ["rnn", "last", "bags", "crf", "from ids", "nothing"])
def test_pictures_of_all_kinds_of_models(name, kind, plt):
    found = trace(*MODELS[name], gradients=True)
    display = TraceDisplay(found).plot(kind=kind)
    display.figure_.draw_without_rendering()
    cell = [k for k, what in found.kinds.items() if what == "state"][-1]
    n = sum(k.startswith(cell[: cell.index("rnn") + 5]) for k in found)
    assert len(display.axes_) == (1 if kind == "gradients" else n + 1)


def test_panels_of_both_directions_and_parts(plt):
    found = trace(*MODELS["translator"], gradients=True)
    display = TraceDisplay(found).plot(["rnn0.forward.a", "rnn0.backward.a", "alpha"])
    labels = [ax.get_ylabel() for ax in display.axes_]
    assert labels[:2] == ["encoder forward\n$a$", "encoder backward\n$a$"]
    assert labels[3] == "decoder\n$\\alpha$"
    assert display.axes_[2].get_xlabel() == "step of the encoder"
    legend = display.axes_[2].get_legend().get_texts()
    assert [t.get_text() for t in legend] == [
        "$a$",
        "encoder forward",
        "encoder backward",
    ]
    deep = TraceDisplay(trace(*MODELS["binary"][:2])).plot("a")
    assert [ax.get_ylabel() for ax in deep.axes_] == ["rnn0\n$a$", "rnn1\n$a$"]
    deep = TraceDisplay(trace(*MODELS["last"][:2])).plot("rnn1.backward.a")
    assert [ax.get_ylabel() for ax in deep.axes_] == ["$a$"]


def test_units_tokens_and_axes_that_are_given(plt):
    clf, x, _ = MODELS["gru"]
    _, axes = plt.subplots(2)
    tokens = [f"word{k}" for k in range(len(x))]
    display = TraceDisplay(trace(clf, x)).plot(
        ["c", "x"], units=[2, 0], tokens=tokens, ax=axes
    )
    assert list(display.axes_) == list(axes)
    assert display.figure_ is axes[0].figure
    shown = axes[0].images[0].get_array()
    assert_array_equal(shown, display.trace["c"].T[[2, 0]])
    assert axes[1].images[0].get_array().shape == (3, len(x))
    assert [t.get_text() for t in axes[1].get_xticklabels()] == tokens


def test_ticks_of_axes_that_had_others(plt):
    ax = plt.figure().gca()
    ax.set_xticks([0, 1], ["a", "b"])
    TraceDisplay(trace(*MODELS["gru"][:2])).plot("a", ax=ax)
    assert all(tick == round(tick) for tick in ax.get_xticks())


def test_errors_of_pictures(plt):
    display = TraceDisplay(trace(*MODELS["gru"][:2]))
    with pytest.raises(ValueError, match="names holds 'Gamma_f', which is not one of"):
        display.plot(["a", "Gamma_f"])
    with pytest.raises(ValueError, match="y_hat is one prediction for the whole"):
        display.plot("y_hat")
    with pytest.raises(ValueError, match="needs a trace with gradients=True"):
        display.plot(kind="gradients")
    with pytest.raises(ValueError, match="The 'kind' parameter of TraceDisplay.plot"):
        display.plot(kind="bars")
    with pytest.raises(ValueError, match="ax must hold one Axes for each of the 4"):
        display.plot(ax=plt.figure().gca())
    with pytest.raises(ValueError, match="one entry for each of the . steps. Got 1"):
        display.plot("a", tokens=["a"])


def test_a_sequence_beyond_the_scale_of_fit():
    steps = np.random.RandomState(0).randn(10, 3, 1) * 1e-200
    reg = RNNRegressor(3, max_iter=2, random_state=0).fit(steps, np.arange(10.0))
    with pytest.raises(ValueError, match="^x is too large: standardized by the mean"):
        trace(reg, [[1e200], [0.0]])
