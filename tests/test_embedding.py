"""Embeddings that start from vectors learnt elsewhere, trained further or not."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy import sparse

from sksequence import RNNClassifier, RNNTagger

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
    with pytest.raises(ValueError, match="ids must be below 3"):
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
    ({"embedding_init": VECTORS * np.nan}, r"NaN or infinity at \[0, 0\]"),
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
