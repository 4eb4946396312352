"""What memory and size depend on: results, not scores, largest ids or long lines."""

import tracemalloc
import warnings

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy import sparse
from sklearn.pipeline import make_pipeline

from sksequence import (
    RaggedArray,
    RNNClassifier,
    RNNGenerator,
    RNNLanguageModel,
    RNNRegressor,
    RNNTagger,
    RNNTranslator,
)
from sksequence.estimators import _batches, _embedding, _generation
from sksequence.preprocessing import TokenEncoder

RNG = np.random.default_rng(0)
SMALL = {"hidden_layer_sizes": 2, "max_iter": 1, "random_state": 0, "dtype": "float32"}


def peak_memory(call):
    """What a call gives, and the memory that it needed at its peak."""
    tracemalloc.start()
    try:
        return call(), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.fixture
def few_scores(monkeypatch):
    """Room for 50,000 scores at a time."""
    for module in (_batches, _generation):
        monkeypatch.setattr(module, "SCORES_AT_ONCE", 50_000)


# -- many classes ----------------------------------------------------------------------


def test_labels_of_many_classes(few_scores):
    X = RNG.standard_normal((900, 2, 1))
    clf = RNNClassifier(**SMALL)
    clf.partial_fit(X[:2], [0, 1], classes=np.arange(3000))
    labels, peak = peak_memory(lambda: clf.predict(X))
    assert_array_equal(labels, clf.predict_proba(X).argmax(axis=1))
    assert peak < 900 * 3000 * 4 / 5
    assert clf.score(X, labels) == 1


@pytest.mark.parametrize("model", [RNNClassifier, RNNTagger])
def test_scores_that_overflow_are_named_and_harm_no_others(few_scores, model):
    X = [np.full((3, 1), k / 10) for k in range(20)]
    y = np.arange(20) % 2 if model is RNNClassifier else [np.arange(3) % 2] * 20
    settings = {"cell": "rnn_relu", "bidirectional": False, "standardize": False}
    reader = model(4, **settings, max_iter=1, random_state=0).fit(X, y)
    before = reader.predict(X)
    reader.params_["rnn0.U"][:] = 5
    reader.params_["rnn0.W"][:] = 1
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with_long = reader.predict([*X, np.ones((3000, 1))])
    (warning,) = caught
    assert "overflow on X[20] (3,000 steps)" in str(warning.message)
    assert len(with_long) == len(before) + 1
    for one, other in zip(with_long, reader.predict(X)):
        assert_array_equal(one, other)
    with pytest.raises(ValueError, match=r"overflow on X\[20\]"):
        reader.transform([*X, np.ones((3000, 1))])


def test_texts_whose_states_overflow_have_no_perplexity():
    model = RNNLanguageModel(4, cell="rnn_relu", analyzer="char", max_iter=1)
    model.fit(["abc", "acb"])
    model.params_["rnn0.U"][:] = np.eye(4) * 1e3
    for score in (model.score, model.perplexity, model.bits_per_character):
        with pytest.raises(ValueError, match=r"overflow on X\[1\]"):
            score(["a", "abc" * 20])


def test_many_labels_of_a_sequence(few_scores):
    X = RNG.standard_normal((900, 2, 1))
    clf = RNNClassifier(**SMALL).fit(X[:2], np.eye(2, 500, dtype=int))
    labels, peak = peak_memory(lambda: clf.predict(X))
    assert labels.shape == (900, 500)
    assert_array_equal(labels, clf.predict_proba(X) > 0.5)
    assert peak < labels.nbytes * 3


@pytest.mark.parametrize("decoder", ["softmax", "crf"])
@pytest.mark.parametrize("constraints", [None, [(0, 1)]])
def test_tags_of_many_classes(few_scores, decoder, constraints):
    n_tags = 200
    lengths = RNG.integers(1, 40, 300)
    X = RaggedArray.from_concatenated(RNG.standard_normal((lengths.sum(), 1)), lengths)
    y = [np.zeros(n, int) for n in lengths[:2]]
    tagger = RNNTagger(decoder=decoder, constraints=constraints, **SMALL)
    tagger.partial_fit(X[:2], y, classes=np.arange(n_tags))
    tags, peak = peak_memory(lambda: tagger.predict(X))
    if decoder == "softmax" and constraints is None:
        assert peak < X.offsets[-1] * n_tags * 4 / 2
    else:  # a table of pairs of labels too, however many sequences there are
        assert peak < 1.5 * peak_memory(lambda: tagger.predict(X[:60]))[1]
    assert tagger.score(X, tags) == 1
    log_p, best = tagger.score_samples(X, tags), tagger.predict_n_best(X[:60], 1)
    assert log_p.shape == (300,)
    for i in (0, 30, 59):  # as alone
        ((labels, _),) = tagger.predict_n_best(X[[i]], 1)[0]
        assert_array_equal(best[i][0][0], labels)
        assert_array_equal(tags[i], labels)
        alone = tagger.score_samples(X[[i]], tags[[i]])[0]
        np.testing.assert_allclose(log_p[i], alone, rtol=1e-5)


def test_a_sequence_without_allowed_labels_keeps_its_number(monkeypatch):
    X = [np.zeros((3, 1))] * 9
    tagger = RNNTagger(constraints="bioes", **SMALL).fit(X, [["B-x", "I-x", "E-x"]] * 9)
    monkeypatch.setattr(_batches, "SCORES_AT_ONCE", 20)
    with pytest.raises(ValueError, match=r"X\[9\] has 1 step\(s\), for which"):
        tagger.predict([*X, np.zeros((1, 1))])


@pytest.mark.parametrize("method", ["transform", "predict_proba", "predict"])
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_many_sequences_need_little_beside_the_result(method, n_jobs):
    X = RNG.standard_normal((12_000, 1, 1), dtype=np.float32)
    clf = RNNClassifier(**SMALL | {"hidden_layer_sizes": 64}, n_jobs=n_jobs)
    clf.partial_fit(X[:2], [0, 1], classes=np.arange(100))
    call = getattr(clf, method)
    few, beside = peak_memory(lambda: call(X[:1000]))
    result, peak = peak_memory(lambda: call(X))
    assert_array_equal(result[:1000].argmax(axis=-1), few.argmax(axis=-1))
    assert peak < result.nbytes + 3 * beside


@pytest.mark.parametrize("strings", [False, True])
def test_many_outputs_are_written_in_pieces(monkeypatch, strings):
    texts = ["a b", "b", "c a"] if strings else [["a", "b"], ["b"], ["c", "a"]]
    X = np.arange(3.0)[:, None]
    generator = RNNGenerator(**SMALL, embedding_dim=3).fit(X, texts)
    X = np.arange(10.0)[:, None]
    whole = generator.predict(X)
    monkeypatch.setattr("sksequence.estimators._output_sequences.WRITTEN_AT_ONCE", 4)
    pieces = generator.predict(X)
    assert type(pieces) is type(whole)
    assert list(map(list, pieces)) == list(map(list, whole))
    model = RNNLanguageModel(**SMALL).fit(texts)
    drawn = model.sample(9, random_state=0)
    assert len(drawn) == 9


# -- large vocabularies ----------------------------------------------------------------


def many_words(n=3000):
    return TokenEncoder(vocabulary=[f"w{k}" for k in range(n)])


def test_the_next_of_many_tokens():
    texts = ["w1 w2 w3"] * 3000
    model = RNNLanguageModel(encoder=many_words(), embedding_dim=2, **SMALL)
    model.fit(texts[:2])
    tokens, peak = peak_memory(lambda: model.predict(texts))
    assert len(tokens) == 3000
    scores = 3000 * 4 * model.n_tokens_ * 4
    assert peak < scores / 3
    assert peak_memory(lambda: model.score(texts))[1] < scores / 3


@pytest.mark.parametrize("kind", ["translator", "generator"])
def test_outputs_of_many_tokens(few_scores, kind):
    n, options = 500, {"max_length": 3, "embedding_dim": 2, **SMALL}
    if kind == "translator":
        model, X = RNNTranslator(target_encoder=many_words(), **options), ["a b"] * n
    else:
        model, X = RNNGenerator(encoder=many_words(), **options), np.zeros((n, 1))
    model.fit(X[:4], ["w1 w2"] * 4)
    scores = n * model.n_tokens_ * 8
    best, peak = peak_memory(lambda: model.predict(X))
    assert best == model.predict(X[:1]) * n
    assert peak < scores / 2
    drawn, peak = peak_memory(lambda: model.sample(X, random_state=0))
    assert len(drawn) == n
    assert len(set(drawn)) > n / 2
    assert peak < scores / 2


def test_samples_of_many_tokens(few_scores):
    model = RNNLanguageModel(encoder=many_words(), embedding_dim=2, **SMALL)
    model.fit(["w1 w2 w3"] * 2)
    drawn, peak = peak_memory(
        lambda: model.sample(500, prefix="w1 w2", max_length=3, random_state=0)
    )
    assert len({tuple(text) for text in drawn}) > 400
    assert all(text[:2] == ["w1", "w2"] for text in drawn)
    assert peak < 500 * model.n_tokens_ * 8 / 2


# -- ids that are far apart ------------------------------------------------------------


ESTIMATORS = [RNNClassifier, RNNRegressor, RNNTagger]


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_a_few_ids_far_apart(estimator):
    X, y = [[1, 200_000], [0, 5]], [0, 1]
    if estimator is RNNTagger:
        y = [[0, 1], [1, 0]]
    model = estimator(embedding_dim=2, **SMALL)
    message = r"X\[0\] holds the token id 200000 at step 1, but X has only 4 diff.*Tok"
    with pytest.warns(UserWarning, match=message):
        model.fit(X, y)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.set_params(n_tokens=200_001).fit(X, y)
        estimator(embedding_dim=2, **SMALL).fit([[1, 99_000], [0, 5]], y)
    for largest in (2**28, 2**40, 2**62):
        X[0][1] = largest
        with pytest.raises(
            ValueError, match=r"X\[0\] .* at step 1, .*n_tokens"
        ) as error:
            clone_of(model).fit(X, y)
        assert len(str(error.value)) < 1000


def clone_of(model):
    return type(model)(embedding_dim=2, **SMALL)


def test_many_ids_that_are_used(monkeypatch):
    monkeypatch.setattr(_embedding, "MANY_ROWS", 100)
    X = RNG.permutation(300).reshape(30, 10)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        RNNClassifier(embedding_dim=2, **SMALL).fit(X, np.arange(30) % 2)


def test_ids_of_a_translator_far_apart():
    model = RNNTranslator(source_embedding_dim=2, embedding_dim=2, **SMALL)
    with pytest.warns(UserWarning, match=r"X\[1\] holds .* if X is lists of strings"):
        model.fit([[1, 2], [200_000]], ["a", "b"])
    with pytest.raises(ValueError, match=r"X\[1\] holds .* if X is lists of strings"):
        model.fit([[1, 2], [2**40]], ["a", "b"])


def test_ids_of_a_language_model_may_be_far_apart():
    model = RNNLanguageModel(embedding_dim=2, **SMALL).fit([[1, 2**62], [5, 10**6]])
    assert model.n_tokens_ == 6


# -- texts without a token -------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:X holds one integer a step")
@pytest.mark.parametrize("options", [{"embedding_dim": 2}, {}])
def test_an_empty_text_is_told_of_add_eos(options):
    texts, y = ["good film", "bad film"] * 3, [1, 0] * 3
    pipe = make_pipeline(TokenEncoder(), RNNClassifier(**options, **SMALL))
    pipe.fit(texts, y)
    for method in (pipe.predict, lambda X: pipe.fit(X, [0, 1])):
        with pytest.raises(
            ValueError, match=r"X\[1\] is .* TokenEncoder\(add_eos=True"
        ):
            method(["good", "  "])
    pipe.set_params(tokenencoder__add_eos=True).fit(texts, y)
    assert len(pipe.predict(["good", "  "])) == 2


def test_an_empty_text_to_translate():
    model = RNNTranslator(embedding_dim=2, **SMALL)
    with pytest.raises(ValueError, match=r"X\[1\] is .*=TokenEncoder\(add_eos=True"):
        model.fit(["a b", ""], ["x", "y"])
    model.set_params(source_encoder=TokenEncoder(add_eos=True), replace_unk=True)
    model.fit(["a b", ""], ["x", ""])
    assert len(model.predict(["", "a"])) == 2
    assert len(model.sample(["", "zz"], 5, random_state=0)) == 10


@pytest.mark.parametrize("large", [2**63, 2**64, 2**70])
def test_ids_beyond_int64(large):
    options = {"embedding_dim": 2, **SMALL}
    message = r"X\[0\] holds the token id [0-9]+ at step 1, which is too large.*2\*\*63"
    for X in ([[0, large], [1]], [[0, large], [large, 1]]):
        for model, y in (
            (RNNClassifier(**options), [0, 1]),
            (RNNLanguageModel(**options), None),
            (RNNTranslator(source_embedding_dim=2, **options), ["a", "b"]),
        ):
            with pytest.raises(ValueError, match=message):
                model.fit(X, y)


@pytest.mark.parametrize("n_tokens", [2**43, 2**62, 2**70])
def test_networks_without_memory_name_what_is_large(n_tokens):
    model = RNNClassifier(embedding_dim=16, n_tokens=n_tokens, **SMALL)
    what = rf"'embedding.E' of shape \({n_tokens}, 16\)|beyond 64 bits"
    with pytest.raises(ValueError, match=what):
        model.fit([[0, 1], [1]], [0, 1])
    model = RNNLanguageModel(embedding_dim=n_tokens, **SMALL)
    with pytest.raises(ValueError, match=rf"shape \(.*{n_tokens}.*\)|beyond 64 bits"):
        model.fit(["a b"])


def test_the_largest_numbers_of_sparse_steps_are_those_of_dense_ones():
    X = [RNG.standard_normal((n, 3)) for n in (3, 1, 5, 2)]
    X[2][4, 1], X[3][0, 2] = 9, -9
    dense = RaggedArray.from_sequences(X)
    rows = RaggedArray.from_sequences([sparse.csr_matrix(x) for x in X])
    assert _batches.largest(dense) == _batches.largest(rows) == [2, 3]
