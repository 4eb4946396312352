"""The chain of labels against brute force over all sequences of labels."""

import itertools

import numpy as np
import pytest
from helpers import complex_step
from numpy.testing import assert_allclose, assert_array_equal

from sksequence.network import LinearChain
from sksequence.network._chain_sums import Bridges, Messages
from sksequence.sequences import Steps

FORBIDDEN = {
    "free": lambda K: [],
    "constrained": lambda K: [(K, K - 1), (0, K - 1), (1, K), (K - 1, 0)],
}


class Problem:
    """A chain with random scores, and everything about it by enumeration."""

    def __init__(self, n_labels, lengths, kind, trained=True, seed=0, size=1):
        rng = np.random.default_rng(seed)
        self.steps = Steps(lengths)
        self.chain = LinearChain(n_labels, FORBIDDEN[kind](n_labels), trained)
        self.params = {}
        if trained:
            A = rng.normal(0, 2 * size, (n_labels + 1, n_labels + 1))
            A[-1, -1] = 0
            self.params["A"] = A
        self.scores = rng.normal(0, 2 * size, (self.steps.n_rows, n_labels))
        self.A = self.chain.transitions(self.params)
        self.rows = [
            np.flatnonzero(self.steps.sequence_of_row == i) for i in range(len(lengths))
        ]

    def labellings(self, i):
        """(labels, score) of all allowed labellings of a sequence, best first."""
        rows, K = self.rows[i], self.scores.shape[1]
        found = []
        for y in itertools.product(range(K), repeat=len(rows)):
            path = [K, *y, K]
            score = sum(self.A[a, b] for a, b in itertools.pairwise(path))
            score += self.scores[rows, y].sum()
            if score > -np.inf:
                found.append((y, score))
        return sorted(found, key=lambda pair: -pair[1])

    def log_z(self, i):
        return np.logaddexp.reduce([score for _, score in self.labellings(i)])

    def random_labels(self, rng):
        """One allowed labelling of each sequence."""
        labels = np.empty(self.steps.n_rows, dtype=int)
        for i, rows in enumerate(self.rows):
            allowed = self.labellings(i)
            labels[rows] = allowed[rng.integers(len(allowed))][0]
        return labels


problems = pytest.mark.parametrize(
    ("n_labels", "lengths", "size"),
    [
        (2, [6, 3, 1], 1),
        (3, [6, 5, 5, 2, 1], 1),
        (4, [5, 2], 1),
        (5, [4, 1, 1], 1),
        (3, [6, 5, 5, 2, 1], 200),  # exp(score) of one label hides that of others
    ],
)
kinds = pytest.mark.parametrize("kind", FORBIDDEN)
trained = pytest.mark.parametrize("trained", [True, False])


@problems
@kinds
@trained
def test_log_z_marginals_viterbi_and_n_best(n_labels, lengths, size, kind, trained):
    problem = Problem(n_labels, lengths, kind, trained, size=size)
    given = problem.params, problem.scores, problem.steps
    log_z = problem.chain.log_z(*given)
    marginals = problem.chain.marginals(*given)
    n_best = 7
    labels, score = problem.chain.best(*given, n_best)
    best, best_score = problem.chain.best(*given)
    for i, rows in enumerate(problem.rows):
        allowed = problem.labellings(i)
        assert_allclose(log_z[i], problem.log_z(i), rtol=1e-12)
        expected = np.zeros((len(rows), n_labels))
        for y, value in allowed:
            expected[np.arange(len(rows)), y] += np.exp(value - log_z[i])
        assert_allclose(marginals[rows], expected, atol=1e-12)
        top = allowed[:n_best]
        assert_allclose(score[: len(top), i], [value for _, value in top], rtol=1e-12)
        assert_array_equal(score[len(top) :, i], -np.inf)
        for found, (y, _) in zip(labels[:, rows], top):
            assert_array_equal(found, y)
        assert_array_equal(best[0, rows], top[0][0])
        assert_allclose(best_score[0, i], top[0][1])


@problems
@kinds
@trained
@pytest.mark.parametrize("chunk", [1, 2**20])
def test_log_marginals_and_likelihoods(
    n_labels, lengths, size, kind, trained, chunk, monkeypatch
):
    monkeypatch.setattr("sksequence.network._chain_sums.CHUNK", chunk)
    problem = Problem(n_labels, lengths, kind, trained, size=size)
    given = problem.params, problem.scores, problem.steps
    found = problem.chain.log_marginals(*given)
    assert_allclose(np.exp(found), problem.chain.marginals(*given), atol=1e-12)
    labels = problem.random_labels(np.random.default_rng(1))
    log_p = problem.chain.log_likelihood(*given, labels)
    for i, rows in enumerate(problem.rows):
        allowed = dict(problem.labellings(i))
        for t, row in enumerate(rows):
            for j in range(n_labels):
                ways = [score for y, score in allowed.items() if y[t] == j]
                expected = np.logaddexp.reduce([-np.inf, *ways]) - problem.log_z(i)
                assert_allclose(found[row, j], expected, rtol=1e-10, atol=1e-12)
        expected = allowed[tuple(labels[rows].tolist())] - problem.log_z(i)
        assert_allclose(log_p[i], expected, rtol=1e-10, atol=1e-12)


@problems
@kinds
def test_loss_is_minus_the_log_likelihood(n_labels, lengths, size, kind):
    problem = Problem(n_labels, lengths, kind, size=size)
    labels = problem.random_labels(np.random.default_rng(1))
    weights = np.ones(problem.steps.n_rows)
    loss, _ = problem.chain.value_and_gradient(
        problem.params, problem.scores, problem.steps, labels, weights
    )
    expected = 0.0
    for i, rows in enumerate(problem.rows):
        score = dict(problem.labellings(i))[tuple(labels[rows].tolist())]
        expected -= score - problem.log_z(i)
    assert_allclose(loss, expected, rtol=1e-12, atol=1e-12)


WEIGHTS = {
    "ones": lambda rng, n: np.ones(n),
    "any": lambda rng, n: rng.uniform(0.1, 2, n),
    "half without a label": lambda rng, n: rng.integers(0, 2, n).astype(float),
    "any, half without": lambda rng, n: rng.integers(0, 2, n) * rng.uniform(0.1, 2, n),
    "none with a label": lambda rng, n: np.zeros(n),
}
weighted = pytest.mark.parametrize("weighted", WEIGHTS)


@problems
@kinds
@weighted
def test_weights_of_steps_weight_their_factors(n_labels, lengths, size, kind, weighted):
    """log p(y_t | labels before) by enumeration, each times its weight.

    Steps of weight zero have no label: neither theirs nor that before others.
    """
    problem = Problem(n_labels, lengths, kind, size=size)
    rng = np.random.default_rng(2)
    labels = problem.random_labels(rng)
    weights = WEIGHTS[weighted](rng, problem.steps.n_rows)
    loss, _ = problem.chain.value_and_gradient(
        problem.params, problem.scores, problem.steps, labels, weights
    )
    expected = 0.0
    for i, rows in enumerate(problem.rows):
        y, has_label = labels[rows], weights[rows] > 0
        allowed = problem.labellings(i)

        agrees = [(score, (y == z) | ~has_label) for z, score in allowed]
        mass = [
            np.logaddexp.reduce([score for score, ok in agrees if ok[:t].all()])
            for t in range(len(rows) + 1)
        ]
        for t in np.flatnonzero(has_label):
            expected -= weights[rows[t]] * (mass[t + 1] - mass[t])
    assert_allclose(loss, expected, rtol=1e-10, atol=1e-12)
    if weighted == "half without a label":  # the likelihood of the labels there are
        some = np.where(weights > 0, labels, -1)
        log_p = problem.chain.log_likelihood(
            problem.params, problem.scores, problem.steps, some
        )
        assert_allclose(-log_p.sum(), loss, rtol=1e-10, atol=1e-12)


@problems
@kinds
@weighted
def test_gradients(n_labels, lengths, size, kind, weighted):
    problem = Problem(n_labels, lengths, kind, size=size)
    rng = np.random.default_rng(3)
    labels = problem.random_labels(rng)
    weights = WEIGHTS[weighted](rng, problem.steps.n_rows)

    def loss(A, scores):
        return problem.chain.value_and_gradient(
            {"A": A}, scores, problem.steps, labels, weights
        )

    A, scores = problem.params["A"], problem.scores
    _, (dscores, dA) = loss(A, scores)
    expected = complex_step(lambda s: loss(A, s)[0], scores)
    assert_allclose(dscores, expected, atol=1e-12)
    expected = complex_step(lambda a: loss(a, scores)[0], A)
    assert_allclose(dA, expected, atol=1e-12)
    if weights.all() and (
        n_labels > 2 or kind == "free"
    ):  # else there is one labelling
        assert np.abs(dA).max() > 1e-3


@problems
@kinds
def test_labels_where_there_are_none_do_not_matter(n_labels, lengths, size, kind):
    """And a label that is there counts the same in both ways to compute it."""
    problem = Problem(n_labels, lengths, kind, size=size)
    rng = np.random.default_rng(4)
    labels = problem.random_labels(rng)
    weights = rng.integers(0, 2, len(labels)).astype(float)
    given = problem.params, problem.scores, problem.steps
    loss, (dscores, dA) = problem.chain.value_and_gradient(*given, labels, weights)
    others = np.where(weights > 0, labels, rng.integers(0, n_labels, len(labels)))
    other, (dother, dA_other) = problem.chain.value_and_gradient(
        *given, others, weights
    )
    assert loss == other
    assert_array_equal(dscores, dother)
    assert_array_equal(dA, dA_other)
    loss, (dscores, dA) = problem.chain.value_and_gradient(*given, labels, weights + 1)
    A = problem.chain.transitions(problem.params)
    messages = Messages(A, problem.scores, problem.steps)
    found = Bridges(A, messages, labels, np.ones(len(labels), bool))
    bridged, dbridged, dA_bridged = found.value_and_gradient(weights + 1)
    assert_allclose(bridged, loss, rtol=1e-12, atol=1e-12)
    assert_allclose(dbridged, dscores, atol=1e-12)
    assert_allclose(dA_bridged, dA, atol=1e-12)


def test_large_scores_neither_overflow_nor_vanish():
    problem = Problem(3, [5, 3], "free")
    problem.params["A"] *= 60
    problem.scores *= 60
    problem.A = problem.chain.transitions(problem.params)
    given = problem.params, problem.scores, problem.steps
    for i, log_z in enumerate(problem.chain.log_z(*given)):
        assert_allclose(log_z, problem.log_z(i), rtol=1e-12)
    marginals = problem.chain.marginals(*given)
    assert_allclose(marginals.sum(axis=1), 1, rtol=1e-12)


def test_log_marginals_are_exact_where_probabilities_are_zero():
    problem = Problem(3, [5, 3], "free")
    problem.params["A"] *= 400
    problem.scores *= 400
    problem.A = problem.chain.transitions(problem.params)
    found = problem.chain.log_marginals(problem.params, problem.scores, problem.steps)
    assert (np.exp(found) == 0).any()
    assert np.isfinite(found).all()
    for i, rows in enumerate(problem.rows):
        scores = {y: score for y, score in problem.labellings(i)}
        for (t, row), j in itertools.product(enumerate(rows), range(3)):
            ways = [score for y, score in scores.items() if y[t] == j]
            expected = np.logaddexp.reduce(ways) - problem.log_z(i)
            assert_allclose(found[row, j], expected, rtol=1e-10, atol=1e-9)


def test_the_rest_of_the_batch_does_not_matter():
    problem = Problem(4, [6, 4, 4, 1], "constrained")
    together = problem.chain.marginals(problem.params, problem.scores, problem.steps)
    for rows in problem.rows:
        alone = problem.chain.marginals(
            problem.params, problem.scores[rows], Steps([len(rows)])
        )
        assert_allclose(together[rows], alone, rtol=1e-12, atol=1e-15)


def test_a_batch_of_no_allowed_labelling_has_a_best_score_of_minus_infinity():
    chain = LinearChain(2, [(2, 0), (1, 2)], trained=False)  # one step: neither
    _, score = chain.best({}, np.zeros((3, 2)), Steps([2, 1]))
    assert_array_equal(score, [[0, -np.inf]])
