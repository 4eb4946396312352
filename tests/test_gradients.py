"""Gradients of whole networks, by complex step: exact to rounding.

For every parameter by name, the gradient along a random direction is compared with the
derivative of the loss along it. An error in any entry shows, except by chance.
"""

import itertools

import numpy as np
import pytest
from helpers import ALL_CELLS, derivative_along
from numpy.testing import assert_allclose
from scipy import sparse

from sksequence.network import ACTIVATIONS, LOSSES, POOLINGS, build_network
from sksequence.sequences import Steps

LENGTHS = [6, 6, 4, 3, 1]
N_FEATURES, N_OUTPUTS = 3, 3
TOLERANCE = 1e-10  # ten digits, as the docs say


def targets_of(loss, n_rows, rng):
    if loss == "softmax":
        return rng.randint(N_OUTPUTS, size=n_rows)
    if loss == "sigmoid":
        return rng.randint(2, size=(n_rows, N_OUTPUTS)).astype(float)
    return rng.standard_normal((n_rows, N_OUTPUTS))


def check(X, loss="softmax", dropout=False, seed=0, **settings):
    rng = np.random.RandomState(seed)
    rates = {"dropout": 0.4, "recurrent_dropout": 0.3} if dropout else {}
    network = build_network(
        n_features=N_FEATURES, n_outputs=N_OUTPUTS, **rates, **settings
    )
    theta = network.init(rng, np.float64)
    theta += 0.3 * rng.standard_normal(theta.size)  # biases too
    steps = Steps(LENGTHS)
    n_rows = steps.n_rows if settings.get("pooling") is None else steps.n_sequences
    targets = targets_of(loss, n_rows, rng)
    weights = rng.uniform(0.2, 2, n_rows)
    n_static = settings.get("n_static", 0)
    static = rng.standard_normal((len(LENGTHS), n_static)) if n_static else None
    function = LOSSES[loss].value_and_gradient

    def forward(theta):
        masks = np.random.RandomState(seed) if dropout else None
        return network.forward(theta, X, steps, masks, static=static)

    def value(theta):
        return function(forward(theta)[0], targets, weights)[0]

    scores, tape = forward(theta)
    _, dscores = function(scores, targets, weights)
    gradient = network.backward(theta, dscores, tape).to_vector()
    for name in network.layout.shapes.keys() - {"static.mean", "static.scale"}:
        direction = np.zeros_like(theta)
        view = network.layout.view(direction, name)
        view[:] = rng.standard_normal(view.shape)
        expected = derivative_along(value, theta, direction)
        assert_allclose(
            gradient @ direction, expected, rtol=TOLERANCE, atol=1e-13, err_msg=name
        )
    assert np.abs(gradient).max() > 1e-3


def dense_rows():
    return np.random.RandomState(7).standard_normal((sum(LENGTHS), N_FEATURES))


@pytest.mark.parametrize("cell", ALL_CELLS.values(), ids=ALL_CELLS.keys())
@pytest.mark.parametrize("bidirectional", [False, True], ids=["uni", "bi"])
@pytest.mark.parametrize("n_layers", [1, 2])
def test_every_cell_depth_pooling_and_dropout(cell, bidirectional, n_layers):
    ways = itertools.product([None, *POOLINGS], [False, True])
    for (pooling, dropout), loss in zip(ways, itertools.cycle(LOSSES)):
        check(
            dense_rows(),
            loss,
            dropout,
            cell=cell,
            bidirectional=bidirectional,
            hidden_layer_sizes=(4, 3)[:n_layers],
            pooling=pooling,
        )


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("pooling", [None, *POOLINGS])
def test_every_loss_and_pooling(loss, pooling):
    for dropout in (False, True):
        check(
            dense_rows(),
            loss,
            dropout,
            hidden_layer_sizes=(4,),
            pooling=pooling,
            bidirectional=True,
        )


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("pooling", [None, *POOLINGS])
def test_dense_layers(activation, pooling):
    check(
        dense_rows(),
        cell="gru",
        hidden_layer_sizes=(4,),
        dense_layer_sizes=(5, 3),
        dense_activation=activation,
        pooling=pooling,
        bidirectional=True,
        dropout=True,
    )


@pytest.mark.parametrize("dense", [(), (5, 3)])
@pytest.mark.parametrize("pooling", [None, *POOLINGS])
def test_static_numbers(pooling, dense):
    for dropout, standardize in itertools.product([False, True], repeat=2):
        check(
            dense_rows(),
            dropout=dropout,
            cell="gru",
            hidden_layer_sizes=(4,),
            dense_layer_sizes=dense,
            dense_activation="tanh",
            pooling=pooling,
            n_static=2,
            standardize_static=standardize,
        )


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("kind", ["ids", "bags"])
def test_embeddings(kind, bidirectional):
    rng = np.random.RandomState(3)
    ids = rng.randint(N_FEATURES, size=sum(LENGTHS))
    bags = sparse.random(
        sum(LENGTHS), N_FEATURES, density=0.5, format="csr", random_state=rng
    )
    check(
        ids if kind == "ids" else bags,
        hidden_layer_sizes=(4,),
        embedding_dim=2,
        pooling="mean",
        bidirectional=bidirectional,
        dropout=True,
    )


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("sparse_input", [False, True])
def test_sparse_steps(bidirectional, sparse_input):
    """It also holds where the network was built for dense steps and a dense W."""
    X = sparse.random(
        sum(LENGTHS), N_FEATURES, density=0.5, format="csr", random_state=5
    )
    settings = {"hidden_layer_sizes": (4,), "pooling": "max", "cell": "gru"}
    settings |= {"bidirectional": bidirectional, "sparse_input": sparse_input}
    check(X, **settings)
    check(X.toarray(), **settings)
