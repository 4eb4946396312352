"""A loss, a head, an objective and a cell of one's own: a class each, nothing else."""

import pickle

import numpy as np
import pytest
from helpers import derivative_along, ragged_data
from numpy.testing import assert_allclose
from sklearn.model_selection import GridSearchCV

from sksequence import RNNClassifier, RNNRegressor
from sksequence.cells import RNNCell
from sksequence.network import Head, LinearHead, Loss, build_network
from sksequence.objectives import PackedSequences
from sksequence.sequences import Steps

X, LABELS = ragged_data(40)
NUMBERS = np.array([x.sum() for x in X])
SMALL = {"hidden_layer_sizes": 4, "max_iter": 3, "random_state": 0}


class HuberLoss(Loss):
    """Squared near zero, absolute beyond ``delta``."""

    def __init__(self, delta=1.0):
        self.delta = delta

    def value_and_gradient(self, scores, targets, weights):
        d = scores - targets
        size = np.where(d.real > 0, d, -d)
        small = size.real <= self.delta
        losses = np.where(small, d * d / 2, self.delta * (size - self.delta / 2))
        derivatives = np.where(small, d, self.delta * np.sign(d.real))
        loss = (weights * losses.sum(axis=1)).sum()
        return loss, derivatives * weights[:, None]


class HuberRegressor(RNNRegressor):
    """A loss with an option, which a search can choose."""

    def __init__(self, hidden_layer_sizes=4, delta=1.0, max_iter=3, random_state=None):
        super().__init__(
            hidden_layer_sizes, max_iter=max_iter, random_state=random_state
        )
        self.delta = delta

    def _loss(self):
        return HuberLoss(self.delta)


class BoundedHead(LinearHead):
    """Scores that stay between -3 and 3: a link and its derivative."""

    def forward(self, params, H, steps, rng=None, **memory):
        Z, tape = super().forward(params, H, steps)
        return 3 * np.tanh(Z / 3), tape

    def backward(self, params, grads, dY, tape, need_dX=True):
        _, Z = tape
        return super().backward(
            params, grads, dY * (1 - np.tanh(Z / 3) ** 2), tape, need_dX
        )


class BoundedRegressor(RNNRegressor):
    def _head_options(self):
        return BoundedHead, {"loss": "squared"}


class ShortFirst(PackedSequences):
    """Batches from short sequences to long ones: a curriculum."""

    def batches(self):
        pieces = super().batches()
        return sorted(pieces, key=lambda piece: self.X.lengths[piece].mean())


class Pupil(RNNClassifier):
    def _objective(self, network, data, dtype, **options):
        parts = data.X, data.y, data.weights
        return ShortFirst(network, *parts, dtype, batch_size=4, shuffle=True, **options)


class LeakyCell(RNNCell):
    """h' = keep h + (1 - keep) tanh(h U + x W + b)."""

    options = {}
    activation = "tanh"
    carries_h = True

    def __init__(self, keep=0.5):
        self.keep = keep

    def step(self, weights, z, h, before, after, saved, work):
        super().step(weights, z, h, before, after, saved, work)
        z[0][:] = after[0]
        after[0][:] = self.keep * before[0] + (1 - self.keep) * z[0]

    def local_derivatives(self, z, before, after, saved, local):
        local[0] = (1 - self.keep) * (1 - z[0] * z[0])

    def step_back(self, weights, z, local, dstates, dz, dh, work):
        super().step_back(weights, z, local, dstates, dz, dh, work)
        dstates[0][:] *= self.keep


CASES = {
    "loss": (HuberRegressor(**SMALL), {"delta": [0.5, 1.0]}, NUMBERS),
    "head": (BoundedRegressor(**SMALL), {"max_iter": [1, 3]}, NUMBERS),
    "objective": (Pupil(**SMALL), {"max_iter": [1, 3]}, LABELS),
    "cell": (
        RNNClassifier(cell=LeakyCell(), **SMALL),
        {"cell__keep": [0.2, 0.8]},
        LABELS,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_it_works_in_a_search_and_in_a_pickle(name):
    estimator, grid, y = CASES[name]
    search = GridSearchCV(estimator, grid, cv=2).fit(X, y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    again = pickle.loads(pickle.dumps(search.best_estimator_))
    assert_allclose(again.predict(X), search.predict(X))
    assert again.partial_fit(X, y).n_iter_ == search.best_estimator_.n_iter_ + 1


def test_an_option_of_a_loss_is_part_of_the_network():
    reg = HuberRegressor(**SMALL).fit(X, NUMBERS)
    assert repr(reg.architecture_["head"]) == "('linear', {'loss': HuberLoss()})"
    reg.set_params(delta=3.0).warm_start = True
    with pytest.raises(ValueError, match="^loss was HuberLoss.* in the fit before"):
        reg.fit(X, NUMBERS)


@pytest.mark.parametrize(
    "head",
    [("linear", {"loss": HuberLoss(0.7)}), (BoundedHead, {"loss": "squared"})],
    ids=["loss", "head"],
)
def test_gradients(head):
    rng = np.random.RandomState(0)
    network = build_network(
        n_features=3, n_outputs=2, hidden_layer_sizes=(4,), pooling="mean", head=head
    )
    assert isinstance(network.head, Head)
    theta = network.init(rng, np.float64) + 0.3 * rng.standard_normal(
        network.layout.size
    )
    steps, rows = Steps([4, 2, 1]), rng.standard_normal((7, 3))
    y, weights = 3 * rng.standard_normal((3, 2)), rng.uniform(0.5, 2, 3)

    def loss(theta):
        scores, _ = network.forward(theta, rows, steps)
        function = network.head.loss_function
        return function.value_and_gradient(scores, y, weights)[0]

    scores, tape = network.forward(theta, rows, steps)
    function = network.head.loss_function
    _, dscores = function.value_and_gradient(scores, y, weights)
    gradient = network.backward(theta, dscores, tape).to_vector()
    for name, shape in network.layout.shapes.items():
        direction = np.zeros_like(theta)
        network.layout.view(direction, name)[:] = rng.standard_normal(shape)
        expected = derivative_along(loss, theta, direction)
        assert_allclose(gradient @ direction, expected, rtol=1e-9, atol=1e-13)


def test_a_curriculum_begins_with_short_sequences(monkeypatch):
    seen = []
    take = ShortFirst.take
    monkeypatch.setattr(
        ShortFirst,
        "take",
        lambda self, piece, *others: (
            seen.append(self.X.lengths[piece].mean()),
            take(self, piece, *others),
        )[1],
    )
    Pupil(4, max_iter=1, random_state=0).fit(X, LABELS)
    assert seen == sorted(seen)
    assert len(seen) == 10
