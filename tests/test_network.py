"""Layers, losses, pooling and parameters; the laws that gradients do not show."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from scipy.special import expit, log_softmax

from sksequence.cells import CELLS
from sksequence.network import (
    LOSSES,
    AttentionPooling,
    ConcatPooling,
    Dropout,
    Embedding,
    Gradients,
    Layout,
    Pooling,
    Recurrent,
    RowGradient,
    build_network,
    loss_of,
    smoothed,
)
from sksequence.sequences import Steps

STEPS = Steps([4, 4, 2, 1])


def rows(n_columns=3, seed=0):
    return np.random.RandomState(seed).standard_normal((STEPS.n_rows, n_columns))


# -- parameters ------------------------------------------------------------------------


def test_views_share_memory_and_cover_the_vector_once():
    layout = Layout({"a": (2, 3), "table": (5, 2), "b": (3,)}, {"table"}, {"b"})
    theta = np.zeros(layout.size)
    for k, view in enumerate(layout.views(theta).values()):
        view += k + 1
    assert sorted(theta) == [1] * 6 + [2] * 10 + [3] * 3
    assert layout.n_dense == 9  # the table lies behind
    assert (theta[9:] == 2).all()
    assert layout.penalised == ["a", "table"]
    assert layout.penalised_mask().tolist() == [True] * 6 + [False] * 3


def test_a_network_of_tables_only_has_no_dense_part():
    layout = Layout({"E": (4, 2)}, {"E"})
    assert (layout.n_dense, layout.size) == (0, 8)


def test_row_gradients_add_up():
    table = RowGradient((2,), np.float64)
    table.add_rows(np.array([1, 4]), np.ones((2, 2)))
    table.add_rows(np.array([0, 4]), np.full((2, 2), 2.0))
    assert table.rows.tolist() == [0, 1, 4]
    assert table.values.tolist() == [[2, 2], [1, 1], [3, 3]]
    layout = Layout({"E": (5, 2), "b": (2,)}, {"E"})
    gradients = Gradients(layout, np.float64)
    gradients.views()["E"].add_rows(np.array([3]), np.ones((1, 2)))
    gradients.views()["b"] += 7
    assert_array_equal(gradients.to_vector(), [7, 7, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0])


# -- losses ----------------------------------------------------------------------------


def test_losses_are_scipys():
    rng = np.random.RandomState(0)
    scores = 5 * rng.standard_normal((6, 4))
    labels, bits = rng.randint(4, size=6), rng.randint(2, size=(6, 4))
    weights = rng.uniform(size=6)

    softmax = LOSSES["softmax"]
    expected = -(weights * log_softmax(scores, axis=1)[np.arange(6), labels]).sum()
    assert_allclose(softmax.value_and_gradient(scores, labels, weights)[0], expected)
    assert_allclose(softmax.log_predict(scores), log_softmax(scores, axis=1))
    assert_allclose(softmax.predict(scores).sum(axis=1), 1)

    sigmoid = LOSSES["sigmoid"]
    p = expit(scores)
    losses = -(bits * np.log(p) + (1 - bits) * np.log(1 - p)).sum(axis=1)
    value, _ = sigmoid.value_and_gradient(scores, bits, weights)
    assert_allclose(value, (weights * losses).sum())
    assert_allclose(sigmoid.predict(scores), p)
    assert_allclose(sigmoid.log_predict(scores), np.log(p))

    squared = LOSSES["squared"]
    value, _ = squared.value_and_gradient(scores, np.zeros((6, 4)), weights)
    assert_allclose(value, (weights * (scores**2).sum(axis=1)).sum() / 2)
    assert squared.predict(scores) is scores


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("loss", ["softmax", "sigmoid"])
def test_losses_at_extreme_scores(loss, dtype):
    scores = np.array([[1e4, -1e4, 0.0], [-1e4, 1e4, 1e4]], dtype)
    targets = {
        "softmax": np.array([1, 0]),
        "sigmoid": np.array([[0, 1, 1], [1, 0, 0]], dtype),
    }
    value, gradient = LOSSES[loss].value_and_gradient(
        scores, targets[loss], np.ones(2, dtype)
    )
    assert 1e3 < value < 1e5
    assert np.isfinite(gradient).all()
    assert gradient.dtype == dtype
    assert np.isfinite(LOSSES[loss].log_predict(scores)).all()


@pytest.mark.parametrize("n_classes", [3, 10])
def test_an_untrained_classifier_knows_nothing(n_classes):
    network = build_network(
        n_features=3, n_outputs=n_classes, hidden_layer_sizes=(16,), pooling="last"
    )
    rng = np.random.RandomState(0)
    X = 0.1 * rows()
    scores, _ = network.forward(network.init(rng, np.float64), X, STEPS)
    value, _ = LOSSES["softmax"].value_and_gradient(
        scores, np.zeros(4, int), np.full(4, 1 / 4)
    )
    assert_allclose(value, np.log(n_classes), rtol=0.1)


# -- pooling ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["softmax", "sigmoid"])
def test_smoothed_targets_are_a_mixture(name):
    """The loss is linear in the target: of the label, and of all alike."""
    rng = np.random.RandomState(0)
    scores, weights = rng.standard_normal((5, 3)), rng.uniform(1, 2, 5)
    labels = rng.randint(3, size=5)
    hot = np.eye(3)[labels]
    targets = labels if name == "softmax" else hot
    even = np.full((5, 3), 1 / 3 if name == "softmax" else 0.5)
    log_p = LOSSES[name].log_predict(scores)
    log_not = 0 if name == "softmax" else LOSSES[name].log_predict(-scores)

    def expected(target):
        return -(weights[:, None] * (target * log_p + (1 - target) * log_not)).sum()

    loss = loss_of(smoothed(name, 0.2))
    value, gradient = loss.value_and_gradient(scores, targets, weights)
    assert_allclose(value, 0.8 * expected(hot) + 0.2 * expected(even))
    difference = LOSSES[name].predict(scores) - (0.8 * hot + 0.2 * even)
    assert_allclose(gradient, weights[:, None] * difference, atol=1e-15)
    assert smoothed(name, 0.0) == name


@pytest.mark.parametrize("kind", ["last", "mean", "max"])
def test_pooling_is_the_obvious_loop(kind):
    X = rows(4)
    layer = Pooling(kind, n_backward=2)
    Y, _ = layer.forward({}, X, STEPS)
    assert_array_equal(layer.forward({}, X, STEPS, need_tape=False)[0], Y)
    for i in range(STEPS.n_sequences):
        own = X[STEPS.sequence_of_row == i]
        expected = {
            "last": np.concatenate([own[-1, :2], own[0, 2:]]),
            "mean": own.mean(axis=0),
            "max": own.max(axis=0),
        }[kind]
        assert_allclose(Y[i], expected)


def test_concat_is_last_mean_and_max():
    X = rows(4)
    Y, _ = ConcatPooling(n_backward=2).forward({}, X, STEPS)
    parts = [Pooling(kind, n_backward=2) for kind in ("last", "mean", "max")]
    assert_array_equal(Y, np.hstack([part.forward({}, X, STEPS)[0] for part in parts]))


def test_attention_is_a_weighted_mean():
    X, layer = rows(4), AttentionPooling(4)
    rng = np.random.RandomState(0)
    params = {name: rng.standard_normal(s) for name, s in layer.shapes().items()}
    Y, (*_, a, _, _) = layer.forward(params, X, STEPS)
    for i in range(STEPS.n_sequences):
        own = X[STEPS.sequence_of_row == i]
        s = np.exp(np.tanh(own @ params["W"] + params["b"]) @ params["v"])
        assert_allclose(a[STEPS.sequence_of_row == i], s / s.sum())
        assert_allclose(Y[i], s @ own / s.sum())
    large = {**params, "v": params["v"] * 1e4}
    assert np.isfinite(layer.forward(large, X, STEPS)[0]).all()
    layer.init(params, rng)
    mean, _ = Pooling("mean").forward({}, X, STEPS)
    assert_allclose(layer.forward(params, X, STEPS)[0], mean)


def test_the_gradient_of_a_tied_maximum_goes_to_one_step():
    _, tape = Pooling("max").forward({}, np.ones((STEPS.n_rows, 2)), STEPS)
    dX = Pooling("max").backward({}, {}, np.ones((4, 2)), tape)
    assert dX.sum() == 8
    assert (dX[:4] == 1).all()


# -- dropout ---------------------------------------------------------------------------


def test_dropout_has_one_mask_a_sequence_and_keeps_the_mean():
    layer, X = Dropout(0.5), np.ones((STEPS.n_rows, 2000))
    Y, mask = layer.forward({}, X, STEPS, np.random.RandomState(0))
    for i in range(STEPS.n_sequences):
        own = Y[STEPS.sequence_of_row == i]
        assert (own == own[0]).all()
    assert set(np.unique(Y)) == {0.0, 2.0}
    assert_allclose(Y[0].mean(), 1, atol=0.1)
    assert (Y[0] != Y[1]).any()
    assert_array_equal(layer.backward({}, {}, X, mask), Y)
    assert layer.forward({}, X, STEPS)[0] is X  # inference
    assert layer.backward({}, {}, X, None) is X


def test_dropout_never_touches_the_input_and_does_an_embeddings_output():
    names = build_network(
        n_features=3,
        n_outputs=2,
        hidden_layer_sizes=(4, 4),
        dense_layer_sizes=(3,),
        dropout=0.5,
        pooling="last",
    ).layers
    assert list(names) == [
        "rnn0", "dropout_rnn1", "rnn1", "pooling", "dropout_dense0", "dense0",
        "dropout_output", "output",
    ]  # fmt: skip
    names = build_network(
        n_features=3, n_outputs=2, hidden_layer_sizes=(4,), dropout=0.5, embedding_dim=2
    ).layers
    assert list(names) == [
        "embedding", "dropout_rnn0", "rnn0", "dropout_output", "output",
    ]  # fmt: skip


def test_recurrent_dropout_has_one_mask_a_sequence():
    layer = Recurrent(CELLS["lstm"], 3, 5, recurrent_dropout=0.5)
    params = {k: np.ones(s) for k, s in layer.shapes().items()}
    _, tape = layer.forward(params, rows(), STEPS, np.random.RandomState(0))
    assert tape.cell.mask.shape == (4, 5)
    assert set(np.unique(tape.cell.mask)) == {0.0, 2.0}
    _, tape = layer.forward(params, rows(), STEPS)
    assert tape.cell.mask is None


# -- states, tables --------------------------------------------------------------------


def test_a_recurrent_layer_takes_and_gives_states_and_their_gradients():
    layer = Recurrent(CELLS["lstm"], 3, 5)
    rng = np.random.RandomState(0)
    params = {k: rng.standard_normal(s) for k, s in layer.shapes().items()}
    initial = tuple(rng.standard_normal((4, 5)) for _ in range(2))
    H, tape = layer.forward(params, rows(), STEPS, initial=initial)
    assert_array_equal(tape.final[0], H[STEPS.last])
    grads = {k: np.zeros_like(v) for k, v in params.items()}
    dX, dinitial = layer.backward_with_states(
        params, grads, np.zeros_like(H), tape, dfinal=initial
    )
    assert dX.shape == (STEPS.n_rows, 3)
    assert [d.shape for d in dinitial] == [(4, 5)] * 2
    assert all(np.abs(d).max() > 0 for d in dinitial)


@pytest.mark.parametrize("n_tokens", [10, 1_000_000])
def test_an_embedding_touches_the_rows_of_its_batch(n_tokens):
    layer = Embedding(n_tokens, 2)
    params = {"E": np.zeros((n_tokens, 2), np.float32)}
    table = RowGradient((2,), np.float64)
    ids = np.array([3, 9, 3, 3, 0, 9, 3, 0, 0, 0, 9])
    Y, tape = layer.forward(params, ids, STEPS)
    layer.backward(params, {"E": table}, np.ones_like(Y), tape)
    assert table.rows.tolist() == [0, 3, 9]
    assert table.values[:, 0].tolist() == [4, 4, 3]
    assert table.values.dtype == np.float32


@pytest.mark.parametrize("bidirectional", [False, True])
def test_sparse_steps_touch_the_rows_of_their_columns(bidirectional):
    n_features = 100_000
    network = build_network(
        n_features=n_features,
        n_outputs=2,
        hidden_layer_sizes=(3,),
        bidirectional=bidirectional,
        pooling="last",
        sparse_input=True,
    )
    theta = network.init(np.random.RandomState(0), np.float32)
    X = sparse.csr_matrix(
        (np.ones(11, np.float32), [7] * 5 + [90_000] * 6, np.arange(12)),
        shape=(11, n_features),
    )
    scores, tape = network.forward(theta, X, STEPS)
    gradients = network.backward(theta, np.ones_like(scores), tape)
    tables = gradients.tables
    assert len(tables) == 1 + bidirectional
    for table in tables.values():
        assert table.rows.tolist() == [7, 90_000]
    assert len(gradients.dense) < 200
