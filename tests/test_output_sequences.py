"""RNNGenerator and RNNTranslator: laws of search and probability, inputs, errors."""

import itertools
import pickle
import warnings
from io import StringIO
from unittest.mock import Mock

import joblib
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse, stats
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sksequence import RaggedArray, RNNGenerator, RNNLanguageModel, RNNTranslator
from sksequence.cells import CELLS
from sksequence.estimators._decoding import length_ranks, repeats_ngram
from sksequence.metrics import exact_match_scorer, token_error_scorer
from sksequence.network import SCORES
from sksequence.objectives import _base, _pairs
from sksequence.preprocessing import PerStep, TokenEncoder

RNG = np.random.RandomState(0)
SOURCES = ["".join(RNG.choice(list("abc"), RNG.randint(1, 6))) for _ in range(40)]
TARGETS = [source[::-1] for source in SOURCES]
VECTORS = np.eye(3)[RNG.randint(3, size=40)]
NAMES = ["abc"[k] * (k + 1) for k in VECTORS.argmax(axis=1)]


def translator(**options):
    options = {"hidden_layer_sizes": 6, "embedding_dim": 4, "max_iter": 3} | options
    options = {"source_analyzer": "char", "target_analyzer": "char"} | options
    return RNNTranslator(**{"random_state": 0, "dtype": "float64"} | options)


def generator(**options):
    options = {"hidden_layer_sizes": 6, "embedding_dim": 4, "max_iter": 3} | options
    return RNNGenerator(**{"random_state": 0, "dtype": "float64"} | options)


TRANSLATOR = translator().fit(SOURCES, TARGETS)
GENERATOR = generator().fit(VECTORS, NAMES)
MODELS = {
    "translator": (TRANSLATOR, SOURCES, TARGETS),
    "generator": (GENERATOR, VECTORS, NAMES),
}
both = pytest.mark.parametrize("name", MODELS)


def every_output(model, max_length):
    letters = [t for t in model.tokens_ if t not in ("<unk>", "</s>")]
    return [
        "".join(text)
        for n in range(max_length + 1)
        for text in itertools.product(letters, repeat=n)
    ]


# -- probability and search ------------------------------------------------------------


@both
def test_probabilities_of_all_outputs_sum_to_one(name):
    """The sum has all outputs up to a length, and the prefixes of longer ones."""
    model, X, _ = MODELS[name]
    letters, n = ["<unk>", "a", "b", "c"], 2
    shorter = [list(t) for k in range(n) for t in itertools.product(letters, repeat=k)]
    longer = [list(t) for t in itertools.product(letters, repeat=n)]
    mass = np.exp(model.score_samples([X[0]] * len(shorter), shorter)).sum()
    ends, _ = model._scored([X[0]] * len(longer), longer)
    mass += sum(np.exp(log_p[:-1].sum()) for log_p in ends)
    assert_allclose(mass, 1, rtol=1e-10)


@pytest.mark.parametrize("attention", [None, *SCORES])
@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_a_beam_that_holds_everything_is_brute_force(attention, cell):
    model = translator(
        attention=attention, cell=cell, bidirectional=attention != "dot",
        beam_size=700, max_length=4, max_iter=1,
    ).fit(SOURCES, TARGETS)  # fmt: skip
    X = ["abc", "b"]
    outputs = every_output(model, 4)
    for x, found in zip(X, model.predict_n_best(X, 5)):
        log_p = model.score_samples([x] * len(outputs), outputs)
        best = np.argsort(-log_p)[:5]
        assert [text for text, _ in found] == [outputs[i] for i in best]
        assert_allclose([p for _, p in found], log_p[best], rtol=1e-9)


def test_a_beam_of_a_generator_is_brute_force():
    model = clone(GENERATOR).set_params(beam_size=700, max_length=4)
    model.set_params(condition="every_step").fit(VECTORS, NAMES)
    outputs = every_output(model, 4)
    for x, found in zip(np.eye(3), model.predict_n_best(np.eye(3), 3)):
        log_p = model.score_samples([x] * len(outputs), outputs)
        best = np.argsort(-log_p)[:3]
        assert [text for text, _ in found] == [outputs[i] for i in best]


@both
def test_log_probabilities_of_the_n_best_are_those_of_score_samples(name):
    model, X, _ = MODELS[name]
    model = clone(model).set_params(beam_size=5, max_length=8).fit(X, MODELS[name][2])
    found = model.predict_n_best(X, 5)
    for k in range(3):
        outputs, log_p = zip(*(best[k] for best in found))
        assert_allclose(model.score_samples(X, list(outputs)), log_p, rtol=1e-8)
    assert all(best == sorted(best, key=lambda pair: -pair[1]) for best in found)
    assert [best[0][0] for best in found] == model.predict(X)


@both
def test_greedy_is_a_beam_of_one_and_always_the_most_likely_token(name):
    model, X, _ = MODELS[name]
    found = model.predict(X)
    eos, unknown = model._eos, model.target_encoder_.vocabulary_["<unk>"]
    prepared = model._read_X(X)
    for i in range(6):
        step, log_p, state = model._begin(prepared, np.array([i]))
        ids = []
        while len(ids) < 100:
            log_p[:, unknown] = -np.inf
            token = log_p.argmax(axis=1)
            if token[0] == eos:
                break
            ids.append(token[0])
            log_p, state = step(token, state)
        assert found[i] == "".join(model.tokens_[ids])


@both
@pytest.mark.parametrize("beam_size", [1, 4])
def test_the_rest_of_the_batch_does_not_matter(name, beam_size):
    model, X, y = MODELS[name]
    model = clone(model).set_params(beam_size=beam_size, max_length=7).fit(X, y)
    together = model.predict_n_best(X, beam_size)
    for i in range(8):
        (alone,) = model.predict_n_best(X[i : i + 1], beam_size)
        assert [t for t, _ in alone] == [t for t, _ in together[i]]
        assert_allclose([p for _, p in alone], [p for _, p in together[i]], rtol=1e-9)
    scores = model.score_samples(X, y)
    order = np.random.RandomState(1).permutation(len(y))
    mixed = model.score_samples([X[i] for i in order], [y[i] for i in order])
    assert_allclose(mixed, scores[order], rtol=1e-10)


@both
def test_scores(name):
    model, X, y = MODELS[name]
    log_p = model.score_samples(X, y)
    n_tokens = sum(len(text) + 1 for text in y)
    assert model.score(X, y) == pytest.approx(log_p.sum() / n_tokens)
    weights = np.arange(len(y)) % 3
    repeated = np.repeat(np.arange(len(y)), weights)
    expected = model.score([X[i] for i in repeated], [y[i] for i in repeated])
    assert model.score(X, y, sample_weight=weights) == pytest.approx(expected)


@both
def test_weights_are_repetitions(name):
    model, X, y = MODELS[name]
    options = {"batch_size": 1000, "max_iter": 4}
    encoder = TokenEncoder("char", vocabulary=["<unk>", "</s>", "a", "b", "c"])
    options["target_encoder" if name == "translator" else "encoder"] = encoder
    if name == "translator":
        options["source_encoder"] = encoder
    weights = np.arange(len(y)) % 3
    repeated = np.repeat(np.arange(len(y)), weights)
    weighted = clone(model).set_params(**options).fit(X, y, sample_weight=weights)
    longer = clone(model).set_params(**options)
    longer.fit([X[i] for i in repeated], [y[i] for i in repeated])
    assert_allclose(weighted.score_samples(X, y), longer.score_samples(X, y), rtol=1e-7)


# -- what the search may give ----------------------------------------------------------


def test_length_penalties():
    total, lengths = np.array([-2.0, -3.0]), np.array([1, 4])
    assert length_ranks(None) is None
    assert_allclose(length_ranks("avg")(total, lengths), [-2, -0.75])
    wu = [-2 / (6 / 6) ** 0.6, -3 / (9 / 6) ** 0.6]
    assert_allclose(length_ranks("wu")(total, lengths), wu)
    plain = clone(TRANSLATOR).set_params(beam_size=700, max_length=4)
    outputs = every_output(TRANSLATOR, 4)
    n_tokens = np.array([len(text) + 1 for text in outputs])
    for penalty, power in (("avg", n_tokens), ("wu", ((5 + n_tokens) / 6) ** 0.6)):
        model = clone(plain).set_params(length_penalty=penalty).fit(SOURCES, TARGETS)
        log_p = model.score_samples(["ab"] * len(outputs), outputs)
        best = outputs[np.argmax(log_p / power)]
        ((found,),) = [[t for t, _ in b] for b in model.predict_n_best(["ab"], 1)]
        assert found == best


def test_lengths_of_outputs():
    model = translator(max_iter=1).fit(SOURCES, TARGETS)
    for low, high in ((0, 0), (3, 3), (2, 5)):
        model.set_params(min_length=low, max_length=high, beam_size=3)
        assert all(low <= len(text) <= high for text in model.predict(SOURCES))
    model.set_params(min_length=0, max_length=0.5)
    assert all(
        len(text) <= np.ceil(len(x) / 2) + 5
        for x, text in zip(SOURCES, model.predict(SOURCES))
    )
    assert model.predict(SOURCES)[:2] == model.predict(SOURCES[:2])


def test_no_ngram_is_repeated():
    tokens = np.array([[1, 2, 3, 1, 2], [1, 1, 1, 1, 1], [5, 4, 3, 2, 1]])
    rows, repeated = repeats_ngram(tokens, 2)
    assert set(zip(rows.tolist(), repeated.tolist())) == {(0, 3), (1, 1)}
    model = translator(max_iter=1, min_length=8, max_length=8, beam_size=2)
    model.fit(SOURCES, TARGETS)
    for n in (1, 2):
        model.set_params(no_repeat_ngram=n, min_length=min(8, 3 if n == 1 else 8))
        for text in model.predict(SOURCES[:10]):
            grams = [text[i : i + n] for i in range(len(text) - n + 1)]
            assert len(set(grams)) == len(grams)


def test_unknown_words_are_replaced_by_what_attention_looks_at():
    X = [f"name {k} end" for k in "stuvwxyz"] * 8
    y = [f"end {k} name" for k in "stuvwxyz"] * 8
    model = RNNTranslator(
        16, max_iter=60, max_tokens=4, random_state=0, attention="general"
    ).fit(X, y)
    assert "<unk>" not in " ".join(model.predict(["name q end"]))
    model.set_params(replace_unk=True)
    found = model.predict(["name q end", "name w end"])
    assert "<unk>" not in " ".join(found)
    weights = model.attention_weights(["name q end"], [["end", "q", "name"]])[0]
    word = ["name", "q", "end"][weights[1].argmax()]
    assert found[0] == f"end {word} name"
    with pytest.raises(ValueError, match="replace_unk=True needs attention"):
        translator(replace_unk=True, attention=None).fit(SOURCES, TARGETS)


@pytest.mark.parametrize("as_given", [str, list], ids=["texts", "lists"])
def test_of_outputs_that_replacing_makes_one_the_best_counts(as_given):
    model = translator(attention="general", max_length=1)
    model.fit(SOURCES, [as_given(target) for target in TARGETS])
    n = len(model.tokens_)

    def n_best(**options):
        (found,) = model.set_params(**options).predict_n_best(["a"], n)
        return [("".join(output), log_p) for output, log_p in found]

    every = dict(n_best(allow_unk=True))
    assert len(every) == n == 5  # nothing, a, b, c, and what is unknown
    found = n_best(replace_unk=True)
    expected = every | {"a": max(every["a"], every.pop("<unk>"))}
    assert found == sorted(expected.items(), key=lambda pair: -pair[1])


def test_attention_weights():
    found = TRANSLATOR.attention_weights(SOURCES, TARGETS)
    for x, y, a in zip(SOURCES, TARGETS, found):
        assert a.shape == (len(y) + 1, len(x))
        assert_allclose(a.sum(axis=1), 1)
    predicted = TRANSLATOR.predict(SOURCES)
    for a, b in zip(
        TRANSLATOR.attention_weights(SOURCES),
        TRANSLATOR.attention_weights(SOURCES, predicted),
    ):
        assert_allclose(a, b)
    plain = translator(attention=None, max_iter=1).fit(SOURCES, TARGETS)
    with pytest.raises(ValueError, match="fitted with attention=None"):
        plain.attention_weights(SOURCES)


@both
def test_samples_follow_the_distribution(name):
    model, X, _ = MODELS[name]
    outputs = every_output(model, 2)
    drawn = model.sample(X[:2], 1500, max_length=3, allow_unk=True, random_state=0)
    assert len(drawn) == 3000
    for x, samples in zip(X[:2], (drawn[:1500], drawn[1500:])):
        p = np.exp(model.score_samples([x] * len(outputs), outputs))
        often = p > 0.005
        counts = np.array([samples.count(text) for text in outputs])[often]
        counts = np.append(counts, 1500 - counts.sum())
        expected = 1500 * np.append(p[often], 1 - p[often].sum())
        assert stats.chisquare(counts, expected).pvalue > 1e-3
    assert model.sample(X[:2], random_state=1) == model.sample(X[:2], random_state=1)
    assert "<unk>" not in "".join(model.sample(X, 20, random_state=0))


# -- they learn ------------------------------------------------------------------------


@pytest.mark.parametrize("attention", SCORES)
def test_it_learns_to_reverse(attention):
    model = translator(
        hidden_layer_sizes=24, attention=attention, bidirectional=attention != "dot",
        max_iter=100, learning_rate="one_cycle", learning_rate_init=0.02,
        dtype="float32",
    ).fit(SOURCES, TARGETS)  # fmt: skip
    found = model.predict(SOURCES)
    assert np.mean([a == b for a, b in zip(found, TARGETS)]) > 0.9


def test_smoothed_labels_keep_the_network_from_certainty():
    """At best the right token gets the probability that its target gives it."""
    X, y = ["a", "b", "ab", "ba"] * 10, ["b", "a", "ba", "ab"] * 10
    model = translator(
        hidden_layer_sizes=16, label_smoothing=0.3, max_iter=60, learning_rate="cosine"
    ).fit(X, y)
    likely = 0.7 + 0.3 / len(model.tokens_)
    assert_allclose(model.score(X, y), np.log(likely), atol=0.01)
    targets = np.full(len(model.tokens_), 0.3 / len(model.tokens_))
    targets[0] += 0.7
    assert_allclose(model.loss_, stats.entropy(targets), atol=0.01)
    assert model.predict(X) == y


@pytest.mark.parametrize("condition", ["initial", "every_step"])
@pytest.mark.parametrize("cell", CELLS)
def test_a_generator_learns_what_a_vector_means(condition, cell):
    model = generator(
        condition=condition, cell=cell, max_iter=60, hidden_layer_sizes=(12, 8)
    ).fit(VECTORS, NAMES)
    assert model.predict(np.eye(3)) == ["a", "bb", "ccc"]
    assert model.score(VECTORS, NAMES) > generator().fit(None, NAMES).score(None, NAMES)


def test_a_generator_of_nothing():
    model = generator(max_iter=30, random_state=1).fit(None, NAMES)
    assert model.n_features_in_ == 0
    assert set(model.sample(None, 60, random_state=0)) & {"a", "bb", "ccc"}
    assert len(model.predict(None)) == 1
    watched = generator(max_iter=3).fit(None, NAMES, y_val=NAMES[:9])
    assert len(watched.validation_scores_) == 3
    with pytest.raises(ValueError, match="X must be None: this RNNGenerator"):
        model.predict(VECTORS)
    with pytest.raises(ValueError, match="X is None, but this RNNGenerator"):
        GENERATOR.predict(None)


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64"])
def test_precision_is_that_of_the_vectors_or_steps(dtype):
    vectors = (4 * VECTORS).astype(dtype)
    wide = np.dtype("float32" if dtype == "float32" else "float64")
    model = generator(dtype="auto", max_iter=1).fit(vectors, NAMES)
    assert model.theta_.dtype == wide
    assert model.score_samples(vectors, NAMES).dtype == np.float64
    assert model.predict(vectors.astype("float32")) == model.predict(vectors)
    assert generator(dtype="auto", max_iter=1).fit(None, NAMES).theta_.dtype == "f4"
    forced = generator(dtype="float32", max_iter=1).fit(vectors, NAMES)
    assert forced.theta_.dtype == np.float32
    steps = [np.array([row, row]) for row in vectors]
    of_steps = translator(dtype="auto", max_iter=1).fit(steps, NAMES)
    assert of_steps.theta_.dtype == wide
    assert of_steps.transform(steps).dtype == wide
    of_texts = translator(dtype="auto", max_iter=1).fit(SOURCES, TARGETS)
    assert of_texts.theta_.dtype == np.float32


def test_word_level_strings_and_lists():
    X = ["a b", "b a c", "c"] * 6
    strings = RNNTranslator(8, max_iter=2, random_state=0).fit(X, X)
    assert all(isinstance(text, str) for text in strings.predict(X))
    assert set(" ".join(strings.predict(X)).split()) <= set("abc")
    lists = [text.split() for text in X]
    of_lists = RNNTranslator(8, max_iter=2, random_state=0).fit(lists, lists)
    assert_array_equal(of_lists.theta_, strings.theta_)
    found = of_lists.predict(lists)
    assert isinstance(found, np.ndarray)
    assert [" ".join(row) for row in found] == strings.predict(X)


# -- kinds of input --------------------------------------------------------------------


def test_lists_of_tokens_may_be_of_one_length():
    """An array of them, of whatever shape and type, is the same texts."""
    lists = [["a", "b"], ["b", "c"], ["c", "a"]] * 6
    model = RNNTranslator(4, max_iter=1, random_state=0).fit(lists, lists)
    expected = model.score_samples(lists, lists)
    for form in (np.array(lists), np.array(lists, dtype=object), map(tuple, lists)):
        form = list(form) if isinstance(form, map) else form
        again = RNNTranslator(4, max_iter=1, random_state=0).fit(form, form)
        assert_array_equal(again.score_samples(form, form), expected)
        assert len(model.predict(form)) == 18


def test_one_sequence_of_numbers_is_not_read_as_many():
    rng = np.random.RandomState(0)
    X = [rng.standard_normal((n, 1)) for n in (3, 4, 5, 4)]
    model = translator(max_iter=1).fit(X, ["a", "b", "a", "b"])
    for method in ("predict", "transform", "sample", "attention_weights"):
        with pytest.raises(ValueError, match=r"one sequence of 3 steps, pass \[X\]"):
            getattr(model, method)(X[0])
    assert model.predict([X[0]]) == model.predict(X)[:1]
    even = translator(max_iter=1).fit([[1.0, 2.0]] * 4, ["a", "b", "a", "b"])
    assert even.n_features_in_ == 1
    assert len(even.predict([[1.0, 2.0, 3.0]])) == 1


def test_numbers_ids_and_sparse_steps():
    rng = np.random.RandomState(0)
    ids = [rng.randint(5, size=rng.randint(1, 6)) for _ in range(30)]
    y = ["".join("abcde"[i] for i in row) for row in ids]
    one_hot = [np.eye(5)[row] for row in ids]
    numbers = translator(max_iter=2).fit(one_hot, y)
    assert numbers.n_features_in_ == 5
    assert len(numbers.predict(one_hot)) == 30
    settings = {"solver": "sgd", "momentum": 0.0, "max_iter": 2, "standardize": False}
    dense = translator(**settings).fit(one_hot, y)
    rows = [sparse.csr_matrix(x) for x in one_hot]
    thin = translator(**settings).fit(rows, y)
    assert_allclose(thin.score_samples(rows, y), dense.score_samples(one_hot, y))
    tokens = translator(source_embedding_dim=4, max_iter=2).fit(ids, y)
    for form in (RaggedArray.from_sequences(ids), [row.tolist() for row in ids]):
        other = clone(tokens).fit(form, y)
        assert_array_equal(other.theta_, tokens.theta_)
    with pytest.raises(ValueError, match="share_vocabulary=True needs X to be text"):
        translator(share_vocabulary=True).fit(one_hot, y)
    with pytest.raises(TypeError, match="X is text, but X was not text in fit"):
        numbers.predict(["ab"])
    with pytest.raises(TypeError, match="X must be texts or lists of tokens"):
        TRANSLATOR.predict(one_hot)


def test_one_vocabulary_for_both_sides():
    model = translator(share_vocabulary=True).fit(["abc", "xa"], ["cba", "ay"])
    assert model.source_encoder_.vocabulary_ == model.target_encoder_.vocabulary_
    assert {"x", "y"} <= set(model.tokens_)
    assert len(model.predict(["abc"])) == 1


UNUSED = {
    "source_analyzer": (
        lambda: RNNTranslator(source_analyzer="char", source_encoder=TokenEncoder()),
        "source_analyzer='char' is not used: source_encoder has analyzer='word'",
    ),
    "target_analyzer": (
        lambda: RNNTranslator(target_analyzer=list, target_encoder=TokenEncoder()),
        "target_analyzer=<class 'list'> is not used: target_encoder has analyzer=",
    ),
    "analyzer": (
        lambda: RNNGenerator(analyzer="word", encoder=TokenEncoder("char")),
        "Set encoder=None, or encoder__analyzer in place of analyzer",
    ),
    "lowercase": (
        lambda: RNNLanguageModel(lowercase=True, encoder=TokenEncoder()),
        "lowercase=True is not used: encoder has lowercase=False",
    ),
    "min_count": (
        lambda: RNNTranslator(
            min_count=2, source_encoder=TokenEncoder(), target_encoder=TokenEncoder()
        ),
        "min_count=2 is not used: target_encoder has min_count=1",
    ),
    "shared": (
        lambda: RNNTranslator(source_analyzer="char", share_vocabulary=True),
        "source_analyzer='char' is not used: with share_vocabulary=True the encoder",
    ),
}
USED = [
    RNNTranslator(source_analyzer="char", source_encoder=TokenEncoder("char")),
    RNNTranslator(lowercase=True, source_encoder=TokenEncoder()),  # of the target
    RNNGenerator(encoder=TokenEncoder("word", lowercase=True)),
    RNNTranslator(
        source_analyzer="char", target_analyzer="char", share_vocabulary=True
    ),
]


@pytest.mark.parametrize("name", UNUSED)
def test_a_parameter_that_an_encoder_overrides_is_a_warning(name):
    make, message = UNUSED[name]
    model = make().set_params(hidden_layer_sizes=2, max_iter=1)
    texts = ["a b", "b"]
    X = texts if isinstance(model, RNNTranslator) else np.eye(2)
    data = (texts,) if isinstance(model, RNNLanguageModel) else (X, texts)
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always", UserWarning)
        model.fit(*data)
    assert any(message in str(warning.message) for warning in found)


@pytest.mark.parametrize("model", USED)
def test_what_an_encoder_agrees_with_is_no_warning(model):
    model = clone(model).set_params(hidden_layer_sizes=2, max_iter=1)
    texts = ["a b", "b"]  # warnings are errors
    model.fit(texts if isinstance(model, RNNTranslator) else np.eye(2), texts)


@pytest.mark.parametrize(
    ("options", "way"),
    [
        ({}, r"pass source_encoder=TokenEncoder\(add_eos=True\)\."),
        ({"source_encoder": TokenEncoder()}, "set source_encoder__add_eos=True"),
        ({"share_vocabulary": True}, "TokenEncoder.* and share_vocabulary=False"),
    ],
)
def test_a_text_without_a_token_is_told_which_encoder(options, way):
    model = RNNTranslator(hidden_layer_sizes=2, max_iter=1, **options)
    message = rf"is an empty sequence .*analyzer='word' finds no token.*{way}"
    with pytest.raises(ValueError, match=r"X\[1\] " + message):
        model.fit(["a b", ""], ["b", "a"])
    model.fit(["a b", "b"], ["b", "a"])
    with pytest.raises(ValueError, match=r"X\[0\] " + message):
        model.predict([" "])


def test_long_inputs_unseen_tokens_and_empty_outputs():
    assert len(TRANSLATOR.predict(["ab" * 300, "xyz", "a"])) == 3
    assert np.isfinite(TRANSLATOR.score_samples(["xyz"], ["zyx"])).all()
    model = translator(max_iter=60).fit(["a", "b"] * 10, ["", "bb"] * 10)
    assert model.predict(["a", "b", "a"]) == ["", "bb", ""]
    assert np.isfinite(model.score(["a"], [""]))
    lists = translator(max_iter=2).fit(["a", "b"], [[], ["x"]])
    assert np.isfinite(lists.score(["a"], [[]]))


# -- errors ----------------------------------------------------------------------------

BAD_FITS = [
    ({}, ["ab"], ["a", "b"], "X has 1 sequences, y has 2 entries"),
    ({}, ["ab", ""], ["a", "b"], r"X\[1\] is an empty sequence"),
    ({}, [], [], "X is empty|y is empty"),
    ({}, ["ab", "a"], None, "requires y to be passed"),
    ({}, ["ab"], ["a", 3], r"X has 1|y\[1\] is 3"),
    ({"beam_size": 0}, ["ab"], ["a"], "'beam_size' parameter of RNNTranslator"),
    ({"max_length": 2, "min_length": 3}, ["a"], ["a"], "max_length=2 is shorter than"),
    ({"attention": "luong"}, ["ab"], ["a"], "'attention' parameter of RNNTranslator"),
    ({"attention": "dot"}, ["ab"], ["a"], "attention='dot' needs states of one width"),
    ({"length_penalty": "x"}, ["ab"], ["a"], "'length_penalty'"),
    ({"no_repeat_ngram": 0}, ["ab"], ["a"], "'no_repeat_ngram'"),
    ({"max_length": -1.0}, ["ab"], ["a"], "'max_length'"),
    ({"label_smoothing": 1.0}, ["ab"], ["a"], "'label_smoothing'"),
    ({"source_encoder": "char"}, ["ab"], ["a"], "'source_encoder'"),
]  # fmt: skip


@pytest.mark.parametrize(("options", "X", "y", "message"), BAD_FITS)
def test_bad_fits(options, X, y, message):
    with pytest.raises((ValueError, TypeError), match=message):
        translator(**options).fit(X, y)


def test_bad_calls():
    with pytest.raises(ValueError, match="'n' parameter of predict_n_best .* Got 0"):
        TRANSLATOR.predict_n_best(SOURCES, 0)
    with pytest.raises(ValueError, match="X has 2 sequences, y has 1 entries"):
        TRANSLATOR.score(SOURCES[:2], TARGETS[:1])
    with pytest.raises(TypeError, match=r"y\[1\] is 3"):
        TRANSLATOR.score(SOURCES[:2], ["a", 3])
    with pytest.raises(ValueError, match="'temperature' parameter of sample"):
        TRANSLATOR.sample(SOURCES, temperature=-1)
    with pytest.raises(ValueError, match="X has 2 features, but RNNGenerator"):
        GENERATOR.predict([[1.0, 2.0]])
    with pytest.raises(ValueError, match="'condition' parameter of RNNGenerator"):
        generator(condition="first").fit(VECTORS, NAMES)


# -- in scikit-learn -------------------------------------------------------------------


def test_search_and_cross_validation():
    grid = {"cell": ["gru", "rnn"]}
    search = GridSearchCV(translator(max_iter=1), grid, cv=2).fit(SOURCES, TARGETS)
    assert np.isfinite(search.best_score_)
    X = [np.eye(3)[["abc".index(c) for c in x]] for x in SOURCES]
    pipeline = make_pipeline(PerStep(StandardScaler()), translator(max_iter=1))
    search = GridSearchCV(pipeline, {"rnntranslator__attention": [None, "additive"]})
    search.set_params(cv=2, scoring=exact_match_scorer).fit(X, TARGETS)
    assert 0 <= search.best_score_ <= 1
    names = [name.split() for name in NAMES]
    scores = cross_val_score(
        generator(), VECTORS, names, cv=2, scoring=token_error_scorer
    )
    assert (scores <= 0).all()


@both
def test_two_threads_that_split_batches_train_the_same_model(name, monkeypatch):
    model, X, y = MODELS[name]
    monkeypatch.setattr(_pairs, "SHARED_STEP_SIZE", 1)
    shared = Mock(wraps=_base.in_halves)
    monkeypatch.setattr(_base, "in_halves", shared)
    weights = np.random.RandomState(0).uniform(0.5, 2, len(X))
    options = {"dropout": 0.2, "recurrent_dropout": 0.2, "batch_size": 5}
    one, two = (
        clone(model).set_params(**options, n_jobs=n).fit(X, y, weights) for n in (1, 2)
    )
    assert_allclose(two.theta_, one.theta_, rtol=1e-6, atol=1e-9)
    assert_allclose(two.loss_curve_, one.loss_curve_, rtol=1e-9)
    assert shared.call_count == 3 * len(X) / 5  # of the second fit


@both
def test_two_threads_keep_the_precision(name, monkeypatch):
    model, X, y = MODELS[name]
    monkeypatch.setattr(_pairs, "SHARED_STEP_SIZE", 1)
    shared, found = _base.in_halves, []

    def in_halves(*given):
        loss, gradients = shared(*given)
        found.extend(a.dtype for a in gradients.arrays())
        return loss, gradients

    monkeypatch.setattr(_base, "in_halves", in_halves)
    clone(model).set_params(dtype="float32", n_jobs=2).fit(X, y)
    assert set(found) == {np.dtype("float32")}


@both
def test_pickle_joblib_and_warm_starts(name, tmp_path):
    model, X, y = MODELS[name]
    before = pickle.dumps(model)
    model.predict(X), model.score(X, y), model.sample(X[:2], random_state=0)
    assert pickle.dumps(model) == before
    assert pickle.loads(before).predict(X) == model.predict(X)
    joblib.dump(model, tmp_path / "model.joblib")
    mapped = joblib.load(tmp_path / "model.joblib", mmap_mode="r")
    assert_array_equal(mapped.score_samples(X, y), model.score_samples(X, y))
    again = clone(model).fit(X, y)
    assert_array_equal(again.theta_, model.theta_)
    assert_array_equal(clone(model).set_params(n_jobs=2).fit(X, y).theta_, model.theta_)
    score = again.score(X, y)
    assert again.partial_fit(X, y).score(X, y) > score
    watched = clone(model).set_params(max_iter=4).fit(X, y, X_val=X, y_val=y)
    assert_allclose(watched.best_validation_score_, watched.score(X, y), rtol=1e-9)
    early = clone(model).set_params(early_stopping=True, scoring=exact_match_scorer)
    assert 0 <= early.fit(X, y).best_validation_score_ <= 1


def test_the_encoders_summary_as_features():
    features = TRANSLATOR.transform(SOURCES)
    assert features.shape == (40, 12)
    assert_allclose(TRANSLATOR.transform(SOURCES[3:4]), features[3:4], rtol=1e-10)
    assert TRANSLATOR.get_feature_names_out()[0] == "rnntranslator0"


# -- texts in files and tables ---------------------------------------------------------


def as_file(texts):
    return StringIO("\ufeff" + "\n".join(texts) + "\n")


def as_table(texts):
    return pd.DataFrame({"text": texts})


@pytest.mark.parametrize("given_as", [as_file, as_table, iter, pd.Series])
@pytest.mark.parametrize("share", [False, True])
def test_pairs_of_texts_in_files_and_tables(given_as, share):
    model = translator(share_vocabulary=share, max_iter=1)
    expected = clone(model).fit(SOURCES, TARGETS, X_val=SOURCES[:9], y_val=TARGETS[:9])
    model.fit(
        given_as(SOURCES),
        given_as(TARGETS),
        X_val=given_as(SOURCES[:9]),
        y_val=given_as(TARGETS[:9]),
    )
    assert_array_equal(model.theta_, expected.theta_)
    assert model.validation_scores_ == expected.validation_scores_
    assert "\n" not in {*model.tokens_, *model.source_encoder_.vocabulary_}
    assert model.predict(given_as(SOURCES)) == expected.predict(SOURCES)
    assert model.score(given_as(SOURCES), given_as(TARGETS)) == (
        expected.score(SOURCES, TARGETS)
    )
    model.set_params(replace_unk=True)
    expected.set_params(replace_unk=True)
    unknown = ["abxx", "yab"]
    for method in ("predict", "sample", "predict_n_best"):
        options = {"random_state": 0} if method == "sample" else {}
        got = getattr(model, method)(given_as(unknown), **options)
        assert got == getattr(expected, method)(unknown, **options)
    weights = model.attention_weights(given_as(SOURCES), given_as(TARGETS))
    for a, b in zip(weights, expected.attention_weights(SOURCES, TARGETS)):
        assert_array_equal(a, b)
    model.partial_fit(given_as(SOURCES), given_as(TARGETS))
    expected.partial_fit(SOURCES, TARGETS)
    assert_array_equal(model.theta_, expected.theta_)


@pytest.mark.parametrize("given_as", [as_file, as_table, iter, pd.Series])
def test_outputs_of_a_generator_in_files_and_tables(given_as):
    model = generator(max_iter=1).fit(VECTORS, given_as(NAMES))
    expected = generator(max_iter=1).fit(VECTORS, NAMES)
    assert_array_equal(model.theta_, expected.theta_)
    assert model.predict(VECTORS) == expected.predict(VECTORS)
    assert_array_equal(
        model.score_samples(VECTORS, given_as(NAMES)),
        expected.score_samples(VECTORS, NAMES),
    )


@pytest.mark.parametrize("share", [False, True])
def test_a_table_of_two_columns_is_named(share):
    table = pd.DataFrame({"id": ["a"] * 40, "text": SOURCES})
    model = translator(share_vocabulary=share)
    with pytest.raises(TypeError, match="^X is a table of 2 columns"):
        model.fit(table, TARGETS)
    with pytest.raises(TypeError, match="^y is a table of 2 columns"):
        model.fit(SOURCES, table)
    with pytest.raises(TypeError, match="^X is a table of 2 columns"):
        TRANSLATOR.predict(table)


def test_fit_transform_of_an_iterator():
    model = RNNTranslator(4, source_analyzer="char", max_iter=1, random_state=0)
    texts = ["ab", "abc", "b"]
    found = model.fit_transform(iter(texts), texts)
    assert_array_equal(found, model.transform(texts))


def test_tokens_in_a_ragged_array_are_tokens_and_numbers_are_none():
    X, y = [list("ab"), list("ba"), ["a"]] * 4, [["p", "q"], ["q"], ["p", "p"]] * 4
    settings = {"hidden_layer_sizes": 3, "max_iter": 1, "random_state": 0}
    model = RNNTranslator(**settings).fit(X, y)
    ragged = RaggedArray.from_sequences(X), RaggedArray.from_sequences(y)
    again = RNNTranslator(**settings).fit(*ragged)
    assert_array_equal(again.theta_, model.theta_)
    assert_array_equal(model.score_samples(*ragged), model.score_samples(X, y))
    assert model.score(*ragged) == model.score(X, y)
    numbers = RaggedArray.from_sequences([[1, 2]] * 12)
    with pytest.raises(TypeError, match=r"y\[0\], step 0, is 1. Expected a token"):
        model.score(X, numbers)
    with pytest.raises(
        TypeError, match="X must be texts or lists of tokens, as in fit"
    ):
        model.predict(numbers)


def test_texts_that_hold_nothing_are_empty_texts():
    settings = {"hidden_layer_sizes": 3, "max_iter": 1, "random_state": 0}
    encoder, X = TokenEncoder(add_eos=True), ["a b", "b"]
    model = RNNTranslator(**settings, source_encoder=encoder).fit(X, X)
    assert model.predict([[], []]) == model.predict(["", ""])
    with pytest.raises(ValueError, match=r"X\[0\] is an empty sequence"):
        RNNTranslator(**settings).fit(X, X).predict([[]])


@pytest.mark.parametrize("longest", [1e300, 1e18, 2.0**63])
def test_outputs_as_long_as_can_be(longest):
    model = RNNTranslator(2, source_analyzer="char", max_iter=1, random_state=0)
    model.fit(["ab", "a"], ["a", "b a"])
    limits = model._limits(
        model._read_X(["abc", "a"]),
        np.arange(2),
        model._options("predict", max_length=longest, no_repeat_ngram=1),
    )
    assert (limits > 10**15).all()
    assert len(model.predict(["a"], max_length=longest, no_repeat_ngram=1)) == 1


# -- what one input or one word may not do to others -----------------------------------


@pytest.mark.parametrize(
    ("attention", "bidirectional"),
    [("dot", False), ("general", True), ("additive", True)],
)
def test_an_input_that_overflows_harms_no_other(attention, bidirectional):
    rng = np.random.default_rng(0)
    X = [rng.standard_normal((n, 1)) for n in (5, 3, 4)] * 4
    model = RNNTranslator(
        4,
        "rnn_relu",
        attention=attention,
        bidirectional=bidirectional,
        max_iter=1,
        random_state=3,
    ).fit(X, ["a b", "b", "a"] * 4)
    model.theta_ *= 5  # states grow at once
    huge, y = np.full((200, 1), 1e307), ["a b", "a b"]
    alone = model.attention_weights(X[:1], y[:1])[0]
    assert_allclose(alone.sum(axis=1), 1, rtol=1e-6)
    for call in (model.attention_weights, model.score_samples):
        with pytest.raises(ValueError, match=r"overflow on X\[1\] \(200 steps\)"):
            call([X[0], huge], y)
    for write in (model.predict, model.sample):
        with pytest.raises(ValueError, match=r"overflow on X\[1\] \(200 steps\)"):
            write([X[0], huge])


@pytest.mark.parametrize("encoder", [TokenEncoder("char"), TokenEncoder(min_count=5)])
def test_a_source_encoder_that_is_not_used_is_said(encoder):
    model = RNNTranslator(3, share_vocabulary=True, max_iter=1, source_encoder=encoder)
    with pytest.warns(UserWarning, match=r"^source_encoder=TokenEncoder.* is not used"):
        model.fit(["ab cd", "cd ab"] * 6, ["x y", "y x"] * 6)


@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        (["a", "b", None], ["x", "y", "z"], r"^X\[2\] is None"),
        (["a", "b", "c"], ["x", None, "z"], r"^y\[1\] is None"),
        (["a", "b", "c"], ["x", "y", b"\xff"], r"^y\[2\] is not UTF-8"),
        ([["a", "</s>"], ["b"]], ["x", "y"], r"^X\[0\] holds the token '</s>'"),
    ],
)
def test_errors_of_a_shared_vocabulary_name_the_place(X, y, message):
    with pytest.raises((TypeError, ValueError), match=message):
        RNNTranslator(3, share_vocabulary=True, max_iter=1).fit(X, y)


def test_the_end_of_outputs_is_no_word_of_inputs():
    model = RNNTranslator(3, share_vocabulary=True, max_iter=1)
    model.fit([["a"], ["b"]] * 3, [["x"], ["y"]] * 3)
    with pytest.raises(ValueError, match=r"^X\[1\] holds the token '</s>' at step 1"):
        model.predict([["b"], ["a", "</s>"]])


def test_empty_tokens_in_a_shared_vocabulary():
    model = RNNTranslator(3, share_vocabulary=True, max_iter=1)
    assert "" in model.fit([["a", ""], ["b"]], [["x"], ["y"]]).tokens_


def test_the_parameter_of_ids_has_its_name():
    with pytest.warns(UserWarning, match="set source_embedding_dim, as in source_emb"):
        RNNTranslator(3, max_iter=1).fit([[1, 2, 3]] * 12, ["a"] * 12)
    with pytest.raises(
        ValueError, match=r"when source_embedding_dim is set.* X\[1\], step 1, is 1.5"
    ):
        RNNTranslator(3, source_embedding_dim=4).fit([[1, 2], [3.0, 1.5]], ["a", "b"])


def test_what_cannot_be_copied_is_not_unknown():
    """Numbers hold no word that could stand in the place of <unk>."""
    rng = np.random.default_rng(0)
    X = [rng.standard_normal((4, 2)) for _ in range(8)]
    model = RNNTranslator(8, min_count=3, replace_unk=True, max_iter=30, random_state=0)
    with pytest.warns(UserWarning, match="replace_unk=True is not used: X is no text"):
        model.fit(X, [f"w{i} end" for i in range(8)])
    written = model.predict(X, max_length=3)
    assert not any("<unk>" in text for text in written)
    assert model.set_params(replace_unk=False).predict(X, max_length=3) == written
