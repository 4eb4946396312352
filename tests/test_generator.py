"""RNNGenerator: sparse vectors, prefixes, and what stands in front of it."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.feature_extraction import DictVectorizer
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sksequence import RaggedArray, RNNGenerator, RNNTranslator
from sksequence.parallel import DataParallel
from sksequence.preprocessing import TokenEncoder

RNG = np.random.RandomState(0)
X = sparse.random(40, 6, density=0.4, format="csr", random_state=1)
Y = ["".join(RNG.choice(list("abc"), RNG.randint(1, 6))) for _ in range(40)]
CONDITIONS = ["initial", "every_step"]
conditions = pytest.mark.parametrize("condition", CONDITIONS)


def generator(**options):
    few = {"hidden_layer_sizes": 6, "embedding_dim": 4, "max_iter": 3}
    return RNNGenerator(**{**few, "random_state": 0, "dtype": "float64"} | options)


PLAIN = generator().fit(X.toarray(), Y)
SPARSE = {c: generator(condition=c).fit(X, Y) for c in CONDITIONS}

# -- sparse vectors --------------------------------------------------------------------


@conditions
def test_sparse_vectors_are_what_dense_ones_are(condition):
    """Without a mean that is taken off, and by descent that knows no single rows."""
    options = {"condition": condition, "standardize": False, "solver": "sgd"}
    dense = generator(**options).fit(X.toarray(), Y)
    found = generator(**options).fit(X, Y)
    assert dense.params_.keys() == found.params_.keys()
    for name, values in dense.params_.items():
        assert_allclose(found.params_[name], values, rtol=1e-9, atol=1e-12)
    assert_allclose(found.score_samples(X, Y), dense.score_samples(X, Y), rtol=1e-9)
    assert found.predict(X) == dense.predict(X.toarray())


@conditions
@pytest.mark.parametrize(
    "form",
    [
        sparse.csr_array,
        sparse.coo_matrix,
        lambda X: [X[i] for i in range(X.shape[0])],
        lambda X: RaggedArray(X, np.arange(X.shape[0] + 1)),
    ],
)
def test_containers_of_sparse_vectors(form, condition):
    given, model = form(X), SPARSE[condition]
    other = generator(condition=condition).fit(given, Y)
    assert_array_equal(other.theta_, model.theta_)
    assert other.n_features_in_ == 6
    assert model.sample(given, random_state=0) == model.sample(X, random_state=0)


@conditions
def test_dense_and_sparse_vectors_may_take_each_others_place(condition):
    model = SPARSE[condition]
    log_p = model.score_samples(X, Y)
    assert_allclose(model.score_samples(X.toarray(), Y), log_p, rtol=1e-12)
    assert_array_equal(PLAIN.score_samples(X, Y), PLAIN.score_samples(X.toarray(), Y))
    rows = [7, 3, 7]  # company does not matter
    assert_allclose(model.score_samples(X[rows], [Y[i] for i in rows]), log_p[rows])


def test_sparse_vectors_are_scaled_and_not_centred():
    model = SPARSE["initial"]
    assert_array_equal(model.step_mean_, np.zeros(6))
    assert_array_equal(model.step_scale_, X.max(axis=0).toarray()[0])
    larger = generator().fit(X * 1024, Y)
    assert_allclose(larger.score_samples(X * 1024, Y), model.score_samples(X, Y))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_precision_is_that_of_the_sparse_vectors(dtype):
    assert generator(dtype="auto").fit(X.astype(dtype), Y).theta_.dtype == dtype
    counts = (X > 0.5).astype(int)
    assert generator(dtype="auto").fit(counts, Y).theta_.dtype == np.float64


def test_only_features_that_a_batch_holds_are_updated():
    wide = sparse.csr_matrix((X.data, X.indices * 1000, X.indptr), shape=(40, 6000))
    model = generator(max_iter=1).fit(wide, Y)
    assert "bridge.W" in model._network.layout.tables
    start = generator(max_iter=1, learning_rate_init=1e-300).fit(wide, Y)
    moved = (model.params_["bridge.W"] != start.params_["bridge.W"]).any(axis=1)
    assert np.flatnonzero(moved).tolist() == [0, 1000, 2000, 3000, 4000, 5000]


def test_sparse_vectors_wherever_vectors_go(tmp_path):
    seen = []

    def scoring(model, X, y):
        seen.append(type(X))
        return model.score(X, y)

    model = generator(early_stopping=True, scoring=scoring, max_iter=2).fit(X, Y)
    assert seen == [sparse.csr_matrix] * 2
    assert len(model.validation_scores_) == 2
    model = generator(max_iter=2).fit(X, Y, X_val=X[:9], y_val=Y[:9])
    assert model.validation_scores_[-1] <= model.best_validation_score_
    again = pickle.loads(pickle.dumps(model.partial_fit(X[:5], Y[:5])))
    assert_array_equal(again.score_samples(X, Y), model.score_samples(X, Y))
    scores = cross_val_score(generator(max_iter=1), X, Y, cv=2)
    assert np.isfinite(scores).all()
    one = DataParallel(generator(), n_shards=1).fit(X, Y)
    assert_array_equal(one.estimator_.theta_, SPARSE["initial"].theta_)


BAD = [
    (sparse.csr_matrix((2, 3)), "X has 3 features, but RNNGenerator is expecting 6"),
    (sparse.csr_matrix([[np.nan] * 6]), "Input X contains NaN"),
    (sparse.coo_array(np.ones(6)), r"X must be vectors: .* Got shape \(6,\) instead"),
    ([X[0], X[:2]], r"X\[1\] has shape \(2, 6\). Where X is a list of sparse vectors"),
    ([X[0], [1.0] * 6], r"X\[1\] has no sparse row"),
]


@pytest.mark.parametrize(("bad", "message"), BAD)
def test_bad_sparse_vectors(bad, message):
    with pytest.raises(ValueError, match=message):
        SPARSE["initial"].predict(bad)


# -- prefixes --------------------------------------------------------------------------

TRANSLATOR = RNNTranslator(
    6, embedding_dim=4, source_analyzer="char", target_analyzer="char",
    max_iter=3, random_state=0, dtype="float64",
).fit(Y, [text[::-1] for text in Y])  # fmt: skip
MODELS = {"generator": (PLAIN, X[:7].toarray()), "translator": (TRANSLATOR, Y[:7])}
both = pytest.mark.parametrize("name", MODELS)


@both
def test_outputs_begin_with_the_prefix(name):
    model, some = MODELS[name]
    samples = model.sample(some, 5, prefix="ab", max_length=4, random_state=0)
    assert len(samples) == 35
    assert len(set(samples)) > 5
    assert all(text.startswith("ab") and len(text) <= 6 for text in samples)
    found = model.predict_n_best(some, 3, prefix="ab")
    assert [best[0][0] for best in model.predict_n_best(some, 1, prefix="ab")] == (
        model.predict(some, prefix="ab")
    )
    for best in found:
        assert len({text for text, _ in best}) == 3
        assert all(text.startswith("ab") for text, _ in best)


@both
def test_probabilities_of_what_follows_are_conditional(name):
    """log P(rest | prefix) = log P(all) - log P(prefix), which all texts share."""
    model, some = MODELS[name]
    found = model.predict_n_best(some, 4, prefix="ca", max_length=30)
    for i, best in enumerate(found):
        texts, log_p = zip(*best, strict=True)
        whole = model.score_samples([some[i]] * len(texts), texts)
        tokens, _ = model._scored([some[i]], ["ca"])
        assert_allclose(whole - log_p, tokens[0][:2].sum(), rtol=1e-9)


@both
def test_no_prefix_is_an_empty_one(name):
    model, some = MODELS[name]
    assert model.predict(some, prefix="") == model.predict(some)
    for method in (model.sample, model.predict_n_best):
        options = {"random_state": 0} if method == model.sample else {}
        assert method(some, prefix=[], **options) == method(some, **options)


LEARNS = {"max_iter": 60, "learning_rate_init": 0.05}


def test_prefixes_of_words_and_tokens():
    names = ["dark red", "dark blue", "pale red"] * 4
    vectors = np.eye(3)[[0, 1, 2] * 4]
    model = generator(analyzer="word", lowercase=True, **LEARNS).fit(vectors, names)
    assert model.predict(vectors[:3]) == names[:3]
    assert model.predict(vectors[:2], prefix="Dark") == ["Dark red", "Dark blue"]
    lists = generator(**LEARNS).fit(vectors, [name.split() for name in names])
    found = lists.predict(vectors[1:2], prefix=["dark"])
    assert found[0].tolist() == ["dark", "blue"]
    # An unknown token is read as <unk>, and written as it was.
    assert model.predict(vectors[:1], prefix="light")[0].startswith("light")
    encoder = TokenEncoder("char", vocabulary=sorted({*"".join(names)}), unk_token=None)
    no_unknown = generator(encoder=encoder, max_iter=1).fit(vectors, names)
    with pytest.raises(ValueError, match="prefix"):
        no_unknown.sample(vectors, prefix="xyz")
    with pytest.raises(TypeError, match="prefix"):
        PLAIN.sample(X[:1], prefix=3)


def test_ngrams_of_the_prefix_are_not_repeated():
    for text in PLAIN.sample(X[:9], prefix="abca", no_repeat_ngram=2, random_state=0):
        pairs = [text[k : k + 2] for k in range(len(text) - 1)]
        assert len(set(pairs)) == len(pairs)


def test_unknown_words_after_a_prefix_are_replaced_by_those_of_the_source():
    model = RNNTranslator(
        8, attention="general", replace_unk=True, max_iter=2, min_count=2
    ).fit(["a b", "b a", "a q"] * 5, ["x y", "y x", "x z"] * 5)
    model.theta_[:] = 0.0
    name = next(k for k in model.params_ if k == "output.b")
    model.params_[name][model._unknown] = 9.0  # always <unk>
    found = model.predict(["a b"], prefix="y", max_length=2)
    assert found[0].split()[0] == "y"
    assert set(found[0].split()[1:]) <= {"a", "b"}


# -- behind others ---------------------------------------------------------------------


def test_behind_a_scaler():
    vectors = X.toarray() * [1, 10, 100, 1, 1, 1]
    pipe = make_pipeline(StandardScaler(), generator(standardize=False))
    pipe.fit(vectors, Y)
    alone = generator(standardize=False).fit(StandardScaler().fit_transform(vectors), Y)
    scaled = pipe[:-1].transform(vectors)
    found = pipe[-1].sample(scaled, 2, prefix="a", random_state=0)
    assert found == alone.sample(scaled, 2, prefix="a", random_state=0)
    assert pipe[-1].predict_n_best(scaled, 2) == alone.predict_n_best(scaled, 2)
    assert pipe.predict(vectors, prefix="a", beam_size=2) == alone.predict(
        scaled, prefix="a", beam_size=2
    )


def test_behind_a_vectorizer_of_dicts():
    given = [{"kind": "abc"[i % 3], "size": float(i % 5)} for i in range(40)]
    pipe = make_pipeline(DictVectorizer(), generator()).fit(given, Y)
    assert pipe[-1].architecture_["sparse_input"]
    samples = pipe[-1].sample(pipe[:-1].transform(given[:3]), 2, random_state=0)
    assert len(samples) == 6
    assert len(pipe.predict(given[:3])) == 3
