"""Embeddings: start values learnt elsewhere, and tokens that the data do not hold."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse

from sksequence import RaggedArray, RNNClassifier, RNNTagger
from sksequence.estimators._embedding import dropout_rates
from sksequence.network import build_network
from sksequence.objectives import PackedSequences
from sksequence.preprocessing import TokenEncoder

RNG = np.random.default_rng(0)
X = [RNG.integers(0, 6, n) for n in RNG.integers(1, 7, 30)]
Y = [int(x[0]) % 2 for x in X]
VECTORS = RNG.standard_normal((9, 4)).astype(np.float32)


def small(**options):
    options = {"hidden_layer_sizes": 5, "embedding_dim": 4, "max_iter": 2} | options
    return RNNClassifier(random_state=0, **options)


def embedding(estimator):
    return estimator.params_["embedding.E"]


def test_frozen_vectors_stay_and_others_learn():
    frozen = small(embedding_init=VECTORS, embedding_trainable=False).fit(X, Y)
    assert_array_equal(embedding(frozen), VECTORS)
    assert frozen.loss_curve_[1] < frozen.loss_curve_[0]
    tuned = small(embedding_init=VECTORS).fit(X, Y)
    seen = np.unique(np.concatenate(X))
    unseen = np.setdiff1d(np.arange(9), seen)
    assert (embedding(tuned)[seen] != VECTORS[seen]).any(axis=1).all()
    assert_array_equal(embedding(tuned)[unseen], VECTORS[unseen])


@pytest.mark.parametrize("solver", ["adam", "adamw", "sgd", "rmsprop"])
def test_nothing_moves_a_frozen_embedding(solver):
    options = {"alpha": 0.1, "solver": solver, "embedding_trainable": False}
    estimator = small(embedding_init=VECTORS, **options).fit(X, Y)
    assert_array_equal(embedding(estimator.partial_fit(X, Y)), VECTORS)


def test_vectors_of_some_tokens():
    some = {2: VECTORS[2], np.int64(5): VECTORS[5].tolist()}
    plain = small(embedding_trainable=False, n_tokens=9).fit(X, Y)
    given = small(embedding_trainable=False, n_tokens=9, embedding_init=some).fit(X, Y)
    assert_array_equal(embedding(given)[[2, 5]], VECTORS[[2, 5]])
    others = [0, 1, 3, 4, 6, 7, 8]
    assert_array_equal(embedding(given)[others], embedding(plain)[others])


def test_the_array_tells_the_size_of_the_vocabulary():
    assert len(embedding(small(embedding_init=VECTORS).fit(X, Y))) == 9
    with pytest.raises(ValueError, match="_init has 3 vectors: ids must be below 3"):
        small(embedding_init=VECTORS[:3]).fit(X, Y)


def test_bags_of_tokens_and_taggers():
    bags = [sparse.csr_matrix(np.eye(9)[x]) for x in X]
    options = {"embedding_init": VECTORS, "embedding_trainable": False}
    assert_array_equal(embedding(small(**options).fit(bags, Y)), VECTORS)
    tagger = RNNTagger(5, embedding_dim=4, max_iter=1, **options)
    assert_array_equal(embedding(tagger.fit(X, [x % 2 for x in X])), VECTORS)


def test_resuming_keeps_what_is_there():
    estimator = small(embedding_init=VECTORS, warm_start=True).fit(X, Y)
    before = embedding(estimator).copy()
    estimator.set_params(embedding_trainable=False).fit(X, Y)
    assert_array_equal(embedding(estimator), before)


BAD = [
    ({"embedding_init": VECTORS[:, :3]}, r"shape \(9, 4\). Got shape \(9, 3\)"),
    ({"embedding_init": VECTORS[:8], "n_tokens": 9}, r"Got shape \(8, 4\)"),
    ({"embedding_init": {2: VECTORS[2, :3]}}, r"embedding_init\[2\] has shape \(3,\)"),
    ({"embedding_init": {"rose": VECTORS[2]}}, "'rose', which is no token id"),
    ({"embedding_init": {77: VECTORS[2]}}, "77, which is no token id"),
    ({"embedding_init": VECTORS * np.nan}, r"contains NaN, .* at \[0, 0\]"),
    ({"embedding_init": VECTORS.astype(float) + 1e300}, r"too large for float32 at"),
    ({"embedding_init": VECTORS.astype(str)}, "embedding_init must hold numbers"),
]  # fmt: skip


@pytest.mark.parametrize(("options", "message"), BAD)
def test_vectors_that_do_not_fit(options, message):
    with pytest.raises(ValueError, match=message):
        small(**options).fit(X, Y)


def test_vectors_need_an_embedding():
    steps = [np.ones((3, 2))] * 4
    with pytest.raises(ValueError, match="embedding_init needs embedding_dim"):
        small(embedding_dim=None, embedding_init=VECTORS).fit(steps, [0, 1] * 2)


# -- tokens that the data do not hold --------------------------------------------------


def with_unknown(**options):
    """Fitted on ids of which 0, 7 and 8 do not occur."""
    options = {"n_tokens": 9} | options
    return small(**options).fit([x + 1 for x in X], Y)


def test_the_first_token_that_data_do_not_hold_is_trained():
    table = embedding(with_unknown())
    assert table[0].any()
    assert not table[7:].any()
    off = embedding(with_unknown(token_dropout=0))
    assert not off[[0, 7, 8]].any()
    assert off[1:7].any(axis=1).all()
    assert_array_equal(embedding(with_unknown()), table)  # of one random_state


@pytest.mark.parametrize(
    ("options", "shift"),
    [
        ({}, 0),  # all tokens occur
        ({"embedding_init": VECTORS}, 1),
        ({"embedding_init": dict(enumerate(VECTORS)), "n_tokens": 9}, 1),
        ({"embedding_trainable": False, "n_tokens": 9}, 1),
    ],
)
def test_where_no_token_is_replaced(options, shift):
    ids = [x + shift for x in X]
    plain = small(**options).fit(ids, Y)
    for a in (0, 100):
        other = small(token_dropout=a, **options).fit(ids, Y)
        assert_array_equal(other.theta_, plain.theta_)


def test_resuming_does_not_replace_by_a_token_that_occurs():
    for resume in ("fit", "partial_fit"):
        fits = []
        for a in (0, 100):
            estimator = with_unknown(warm_start=True).set_params(token_dropout=a)
            fits.append(getattr(estimator, resume)(X, Y).theta_)  # of which 0 is one
        assert_array_equal(*fits)


def test_epochs_of_partial_fit_replace_as_those_of_fit():
    once = with_unknown(max_iter=3, token_dropout=1, learning_rate="constant")
    ids, pieces = [x + 1 for x in X], small(n_tokens=9, token_dropout=1)
    for _ in range(3):
        pieces.partial_fit(ids, Y, classes=[0, 1])
    assert_array_equal(pieces.theta_, once.theta_)


def test_how_often_tokens_are_replaced():
    """Anew in each epoch, a token that occurs n times with probability a / (a + n)."""
    ids, a, n_epochs = np.repeat([3, 1, 5], [1, 4, 20]), 2.0, 2000
    sequences = RaggedArray.from_concatenated(ids, [5, 20])
    network = build_network(
        n_features=6, n_outputs=2, hidden_layer_sizes=(2,), embedding_dim=2
    )
    objective = PackedSequences(
        network,
        sequences,
        sequences.with_values(ids % 2),
        sequences.with_values(np.ones(25)),
        np.float32,
        batch_size=2,
        shuffle=True,
        token_dropout=(dropout_rates(ids, a), 0),
        worker=None,
        rng=np.random.RandomState(0),
        dropout_rng=None,
    )
    replaced = np.zeros(25)
    for _ in range(n_epochs):
        objective.batches()
        held = objective.X.values
        assert set(held[held != ids]) <= {0}
        replaced += held == 0
    assert_array_equal(sequences.values, np.repeat([3, 1, 5], [1, 4, 20]))
    for token, n in ((3, 1), (1, 4), (5, 20)):
        rate = a / (a + n)
        error = 4 * np.sqrt(rate * (1 - rate) / n_epochs)
        assert np.abs(replaced[ids == token] / n_epochs - rate).max() < error


def test_an_unknown_token_is_like_rare_ones():
    """Names, which are rare, have another label than the two words between them."""
    rng = np.random.RandomState(0)
    words = [["a", "said", f"name{k}", "said", "a"] for k in rng.permutation(60)]
    words = [rng.permutation(w).tolist() for w in words]
    tags = [["NAME" if w.startswith("name") else "WORD" for w in s] for s in words]
    encoder = TokenEncoder().fit(words[:40])
    tagger = RNNTagger(8, embedding_dim=8, max_iter=60, random_state=0)
    tagger.fit(encoder.transform(words[:40]), tags[:40])
    assert tagger.score(encoder.transform(words[40:]), tags[40:]) == 1


def test_bags_after_ids():
    """``partial_fit`` takes what ``predict`` takes."""
    bags = [sparse.csr_matrix(np.eye(10)[x]) for x in X]
    few = {"embedding_dim": 3, "n_tokens": 10, "max_iter": 1, "random_state": 0}
    clf = RNNClassifier(4, **few).fit(X, Y)
    assert_allclose(clf.predict_proba(bags), clf.predict_proba(X), atol=1e-6)
    before = clf.theta_
    assert not np.array_equal(clf.partial_fit(bags, Y).theta_, before)
