"""RNNLanguageModel: laws of probability, sampling, carried states, gradients."""

import gc
import itertools
import pickle
import unicodedata
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO, StringIO
from types import SimpleNamespace
from unittest.mock import Mock
from weakref import ref

import joblib
import numpy as np
import pandas as pd
import pytest
from helpers import STEADY, derivative_along
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.utils import get_tags

from sksequence import RaggedArray, RNNLanguageModel
from sksequence.cells import CELLS, CellStepper
from sksequence.estimators._decoding import draw, sharpen
from sksequence.network import Batch, NoiseDistribution, build_network
from sksequence.objectives import _base
from sksequence.preprocessing import TokenEncoder
from sksequence.sequences import Steps

TEXTS = ["abba", "ab", "baab", "b", "abab", "aab"] * 4
SENTENCES = ["the cat sat .", "the dog sat .", "a cat ran .", "a dog ran home ."] * 5


def small(**options):
    options = {"hidden_layer_sizes": 6, "embedding_dim": 4, "max_iter": 3} | options
    options = {"analyzer": "char", "random_state": 0, "dtype": "float64"} | options
    return RNNLanguageModel(**STEADY | options)


MODEL = small().fit(TEXTS)

# -- laws ------------------------------------------------------------------------------


def chance_of_longer(model, prefixes):
    """P(a text begins with a prefix) of each, by ``step``."""
    total = []
    for prefix in prefixes:
        state, log_p, mass = model.initial_state(), None, 0.0
        for token in [model.encoder_.eos_token, *prefix]:
            if log_p is not None:
                mass += log_p[0, model.encoder_.vocabulary_[token]]
            log_p, state = model.step([token], state)
        total.append(mass)
    return np.exp(total)


def test_probabilities_of_all_texts_sum_to_one():
    letters, longest = ["<unk>", "a", "b"], 3
    shorter = [
        list(text)
        for n in range(longest)
        for text in itertools.product(letters, repeat=n)
    ]
    longer = [list(text) for text in itertools.product(letters, repeat=longest)]
    mass = np.exp(MODEL.score_samples(shorter)).sum()
    assert_allclose(mass + chance_of_longer(MODEL, longer).sum(), 1, rtol=1e-10)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("layers", [(5,), (5, 4)])
def test_score_samples_is_the_chain_of_steps_and_of_predict_proba(cell, layers):
    model = small(cell=cell, hidden_layer_sizes=layers, max_iter=1).fit(TEXTS)
    texts = TEXTS[:6]
    found = model.score_samples(texts)
    each = model.log_likelihoods(texts)
    for i, (text, p) in enumerate(zip(texts, model.predict_proba(texts))):
        assert p.shape == (len(text) + 1, model.n_tokens_)
        assert_allclose(p.sum(axis=1), 1)
        ids = model.encoder_.transform([text])[0]
        assert_allclose(np.log(p[np.arange(len(p)), ids]), each[i], rtol=1e-9)
        assert_allclose(each[i].sum(), found[i], rtol=1e-9)
        assert_array_equal(
            model.predict_prefixes(texts)[i], model.tokens_[p.argmax(axis=1)]
        )
        state, log_p = model.initial_state(), []
        for before, after in itertools.pairwise([model._eos, *ids]):
            scores, state = model.step([before], state)
            log_p.append(scores[0, after])
        assert_allclose(log_p, each[i], rtol=1e-9)


def test_one_step_makes_no_table_of_all_tokens(monkeypatch):
    projected, project = [], CellStepper.project

    def spy(self, X):
        projected.append(len(X))
        return project(self, X)

    monkeypatch.setattr(CellStepper, "project", spy)
    log_p, state = MODEL.step(["a"], MODEL.initial_state())
    assert set(projected) == {1}
    step = MODEL._stepper()
    assert max(projected) == MODEL.n_tokens_
    ids = np.array([MODEL.encoder_.vocabulary_["a"]])
    expected, state_of_table = step(ids, MODEL.initial_state())
    assert_allclose(log_p, expected, rtol=1e-6)
    for name, arrays in state_of_table.items():
        assert_allclose(state[name], arrays, rtol=1e-5, atol=1e-7)


def test_scores():
    texts = [*TEXTS, "abba"]
    found = MODEL.score_samples(texts)
    n_tokens = sum(len(text) + 1 for text in texts)
    assert MODEL.score(texts) == pytest.approx(found.sum() / n_tokens)
    assert MODEL.perplexity(texts) == pytest.approx(np.exp(-MODEL.score(texts)))
    bits = -found.sum() / np.log(2) / sum(map(len, texts))
    assert MODEL.bits_per_character(texts) == pytest.approx(bits)
    features = MODEL.transform(texts)
    assert features.shape == (25, 6)
    assert_allclose(features[0], features[24], rtol=1e-12)


def test_predict_is_the_likeliest_token_after_each_text():
    """There is one token for each text, so that the result is as long as X."""
    texts = ["abba", "", "b", "aab"]
    for model in (MODEL, small(contiguous=True).fit(TEXTS)):
        found = model.predict(texts)
        prefixes, p = model.predict_prefixes(texts), model.predict_proba(texts)
        assert found.shape == (4,)
        assert found.dtype == object
        assert found.tolist() == [of_text[-1] for of_text in prefixes]
        assert [len(of_text) for of_text in prefixes] == [5, 1, 2, 4]
        assert found.tolist() == [model.tokens_[q[-1].argmax()] for q in p]
    assert small(contiguous=True).fit(TEXTS).predict("abba").shape == (1,)


def test_weights_of_the_score_are_repetitions():
    weights = np.arange(len(TEXTS)) % 3
    repeated = [text for text, n in zip(TEXTS, weights) for _ in range(n)]
    expected = MODEL.score(repeated)
    assert_allclose(MODEL.score(TEXTS, sample_weight=weights), expected, rtol=1e-12)
    assert_allclose(MODEL.score(TEXTS, None, weights * 7.0), expected, rtol=1e-12)
    assert_allclose(MODEL.score(TEXTS, sample_weight=np.ones(24)), MODEL.score(TEXTS))
    for wrong, message in [
        (np.zeros(24), "weight of every text zero"),
        ([1.0], "one entry for each of the 24 sequences"),
        (-np.ones(24), "not negative"),
    ]:
        with pytest.raises(ValueError, match=message):
            MODEL.score(TEXTS, sample_weight=wrong)
    book = small(contiguous=True).fit("abba")
    with pytest.raises(ValueError, match="sample_weight must be None for running text"):
        book.score("abba", sample_weight=[1.0])


def test_unknown_tokens_may_be_left_out_of_the_perplexity():
    with_unknown = MODEL.perplexity(["axb"])
    without = MODEL.perplexity(["axb"], count_unknown=False)
    log_p = MODEL.log_likelihoods(["axb"])[0]
    assert with_unknown == pytest.approx(np.exp(-log_p.mean()))
    assert without == pytest.approx(np.exp(-log_p[[0, 2, 3]].mean()))


def test_it_learns_the_language():
    model = small(hidden_layer_sizes=16, max_iter=60, analyzer="word").fit(SENTENCES)
    right, wrong = model.score_samples(["the cat sat .", "sat the . cat"])
    assert right > wrong + 3
    assert model.perplexity(SENTENCES) < 2
    words = {" ".join(s) for s in model.sample(50, random_state=0)}
    assert len(words & set(SENTENCES)) >= 3
    assert model.sample(temperature=0)[0] == model.sample(temperature=0)[0]


# -- integers --------------------------------------------------------------------------

TUNES = [[60, 62, 64, 62], [60, -1], [64, 62, 62, 60], [62], [60, 62, 60, 62]] * 5


def as_words(tunes):
    return [[f"{k}" for k in tune] for tune in tunes]


def test_sequences_of_integers_are_texts():
    """They are read like texts whose tokens are those integers as strings."""
    pd, pl = pytest.importorskip("pandas"), pytest.importorskip("polars")
    model = small(analyzer="word").fit(TUNES)
    assert model.tokens_.tolist() == ["<unk>", "</s>", 62, 60, 64, -1]
    words = small(analyzer="word").fit(as_words(TUNES))
    assert_array_equal(model.theta_, words.theta_)
    assert_array_equal(model.score_samples(TUNES), words.score_samples(as_words(TUNES)))
    assert model.score(TUNES) == words.score(as_words(TUNES))
    unknown = [[60, 99, 60], []]
    assert_array_equal(
        model.score_samples(unknown), words.score_samples(as_words(unknown))
    )
    arrays = [np.array(tune) for tune in TUNES]
    objects = np.empty(25, dtype=object)
    objects[:] = arrays
    for form in (
        arrays, tuple(map(tuple, TUNES)), objects, [a[:, None] for a in arrays],
        [a.astype(np.int8) for a in arrays], RaggedArray.from_sequences(arrays),
        RaggedArray.from_sequences([a[:, None] for a in arrays]), iter(TUNES),
        pd.Series(TUNES), pl.Series(TUNES), pd.DataFrame({"tune": TUNES}),
    ):  # fmt: skip
        assert_array_equal(small(analyzer="word").fit(form).theta_, model.theta_)
    even = [[1, 2, 3], [2, 3, 1]] * 4
    expected = small().fit(even)
    for form in (np.array(even), np.array(even, dtype=object)):
        other = small().fit(form)
        assert_array_equal(other.theta_, expected.theta_)
        assert_array_equal(other.score_samples(form), expected.score_samples(even))


def test_what_a_model_of_integers_writes_are_integers():
    model = small(hidden_layer_sizes=16, max_iter=30).fit(TUNES)
    drawn = model.sample(30, random_state=0)
    assert {type(k) for tune in drawn for k in tune} == {int}
    assert {k for tune in drawn for k in tune} <= {60, 62, 64, -1}
    assert np.isfinite(model.score(drawn))
    begun = model.sample(5, prefix=[60, 99], random_state=0)
    assert all(tune[:2] == [60, 99] for tune in begun)
    assert model.sample(5, prefix=np.array([60, 99]), random_state=0) == begun
    ((best, log_p),) = model.beam_search(prefix=[60], beam_size=50)
    whole = model.score_samples([best])[0] - model.log_likelihoods([best])[0][0]
    assert_allclose(log_p, whole)
    assert best[0] == 60
    stream = list(itertools.islice(model.iter_sample(random_state=0), 60))
    assert set(stream) <= {60, 62, 64, -1, "</s>"}
    found = model.predict([[60], [64, 62, 62, 60]])
    assert set(found.tolist()) <= {60, 62, 64, -1, "</s>"}
    state = model.initial_state()
    _, state = model.step(["</s>"], state)
    scores, _ = model.step([60], state)
    p = model.predict_proba([[60]])[0]
    assert_allclose(np.exp(scores[0]), p[1], rtol=1e-9)
    assert_array_equal(model.step([np.int64(60)], state)[0], scores)
    copy = pickle.loads(pickle.dumps(model))
    assert copy.sample(5, random_state=0) == model.sample(5, random_state=0)
    again = clone(model).fit(TUNES).partial_fit(TUNES)
    assert not np.array_equal(again.theta_, model.theta_)
    assert small(min_count=6).fit(TUNES).tokens_.tolist()[2:] == [62, 60, 64]
    assert small(max_tokens=3).fit(TUNES).n_tokens_ == 3


@pytest.mark.parametrize("contiguous", [False, True])
def test_ids_of_an_encoder_in_a_pipeline(contiguous):
    options = {"contiguous": contiguous, "analyzer": "word", "batch_size": 3}
    pipeline = make_pipeline(TokenEncoder(), small(**options)).fit(SENTENCES)
    direct = small(**options).fit(SENTENCES)
    assert_allclose(pipeline.score(SENTENCES), direct.score(SENTENCES), rtol=1e-9)
    found = pipeline.predict(SENTENCES[:3])
    ids = pipeline[0].vocabulary_
    direct_found = direct.predict(SENTENCES[:3])
    assert found.tolist() == [ids.get(token, token) for token in direct_found]
    samples = pipeline[-1].sample(3, random_state=0)
    texts = pipeline[0].inverse_transform(samples)
    assert texts == direct.sample(3, random_state=0)
    watched = make_pipeline(TokenEncoder(), small(**options, early_stopping=True))
    assert len(watched.fit(SENTENCES)[-1].validation_scores_) == 3
    grid = {"rnnlanguagemodel__cell": ["gru", "rnn"]}
    assert np.isfinite(GridSearchCV(pipeline, grid, cv=2).fit(SENTENCES).best_score_)


def test_running_text_of_integers():
    text = [60, 62, 64, 62] * 20
    options = {"contiguous": True, "batch_size": 3, "bptt_length": 7}
    model = small(**options).fit(text)
    for form in (
        np.array(text), [text], np.array([text]), iter([text[:9], text[9:]]),
        iter(text), tuple(text),
    ):  # fmt: skip
        assert_array_equal(small(**options).fit(form).theta_, model.theta_)
    assert model.score_samples(text).shape == (1,)
    assert model.predict(text).shape == (1,)
    words = small(**options, analyzer="word").fit(" ".join(map(str, text)))
    assert_array_equal(words.theta_, model.theta_)
    two = small(**options).fit([text, text[:5]])
    assert two.score_samples([text, []]).shape == (2,)
    early = {"early_stopping": True, "validation_fraction": 0.3}
    by_score = small(**options, **early, scoring=lambda m, X, y: m.score(X)).fit(text)
    plain = small(**options, **early).fit(text)
    assert_allclose(by_score.validation_scores_, plain.validation_scores_)


BAD_IDS = [
    ({}, [1, 2, 3], ValueError, r"X is one sequence of numbers. Pass \[X\], or set"),
    ({}, np.arange(3), ValueError, r"X is one sequence of numbers"),
    ({}, [[1.5, 2.0]], TypeError, r"X\[0\], step 0, is 1.5. Expected integers or text"),
    ({}, [[], [True]], TypeError, r"X\[1\], step 0, is True. Expected integers"),
    ({}, [[1], ["a"]], TypeError, r"X\[1\] holds <U1 values"),
    ({}, np.ones((2, 3, 2), int), TypeError, "one integer a step, or text. Got 2 val"),
    ({"encoder": TokenEncoder()}, [[1]], TypeError, "Set encoder=None for sequences"),
]  # fmt: skip


@pytest.mark.parametrize(("options", "X", "error", "message"), BAD_IDS)
def test_bad_integers(options, X, error, message):
    with pytest.raises(error, match=message):
        small(**options).fit(X)


@pytest.mark.parametrize(
    ("prefix", "message"),
    [
        (60, "prefix is 60. Expected a list of integers"),
        ("a", "prefix is 'a'. Expected a list of integers"),
        ({60}, r"prefix is \{60\}. Expected a list of integers"),
        (["a"], "prefix, step 0, is 'a'. Expected an integer"),
        ([60, 1.5], "prefix, step 1, is 1.5. Expected an integer"),
        ([60, None], "prefix, step 1, is None. Expected an integer"),
        ([True], "prefix, step 0, is True. Expected an integer"),
        ([[60, 62]], r"prefix, step 0, is \[60, 62\]. Expected an integer"),
    ],
    ids=repr,
)
def test_wrong_prefixes_of_integers(prefix, message):
    model = small().fit(TUNES)
    for method in (model.sample, model.iter_sample, model.beam_search):
        with pytest.raises(TypeError, match=f"^{message}"):
            method(prefix=prefix)
    rows = np.array([[60], [99]])
    drawn = model.sample(prefix=[60, 99], random_state=0)
    assert model.sample(prefix=rows, random_state=0) == drawn


def test_text_to_a_model_of_integers_and_the_reverse():
    model = small().fit(TUNES)
    with pytest.raises(TypeError, match=r"X\[0\] is text"):
        model.score(["abba"])
    with pytest.raises(TypeError, match=r"X\[0\], step 0, is 1"):
        MODEL.score([[1, 2]])
    with pytest.raises(ValueError, match="bits_per_character needs a model of text"):
        model.bits_per_character(TUNES)
    with pytest.raises(ValueError, match="X is empty"):
        model.score([])


# -- running text ----------------------------------------------------------------------


def test_carried_state_is_one_long_pass():
    text = "abba ab baab " * 30
    model = small(contiguous=True, batch_size=3, bptt_length=7, max_iter=2).fit(text)
    network = build_network(**model.architecture_)
    before, tokens = model._encode_texts(text)
    H, _ = network.forward(
        model.theta_, before.values, Steps([len(before.values)]), below="output"
    )
    output, params = network.head, network.head_params(model.theta_)
    expected = output.log_likelihood(params, H, tokens.values)
    assert_allclose(model.log_likelihoods(text)[0], expected, rtol=1e-9)
    state, log_p = model.initial_state(), []
    for a, b in zip(before.values.tolist(), tokens.values.tolist()):
        scores, state = model.step([a], state)
        log_p.append(scores[0, b])
    assert_allclose(log_p, expected, rtol=1e-8)


def test_forms_of_running_text():
    text = "abba ab\nbaab\n" * 9
    fit = {"contiguous": True, "bptt_length": 5, "batch_size": 2, "max_iter": 1}
    expected = small(**fit).fit(text).theta_
    assert_array_equal(small(**fit).fit([text]).theta_, expected)
    lines = (line for line in text.splitlines(keepends=True))
    assert_array_equal(small(**fit).fit(lines).theta_, expected)
    two = small(**fit).fit([text, "ab"])
    assert len(two.score_samples([text, "ab"])) == 2
    short = small(**fit | {"bptt_length": 500, "batch_size": 500}).fit("ab")
    assert np.isfinite(short.score("ab"))


def test_every_token_of_running_text_is_trained_on():
    model = small(contiguous=True, batch_size=4, bptt_length=3, max_iter=1).fit(
        "abba" * 5
    )
    data = model._read("abba" * 5, None, None, reset=False)
    data = model._encode(data, np.float32, reset=False, partial=False)
    assert data.X.lengths.tolist() == [6, 5, 5, 5]
    assert_array_equal(data.y.values, model.encoder_.transform(["abba" * 5])[0])
    steps = model.history_[0]["steps_per_second"] * model.history_[0]["seconds"]
    assert round(steps) == 21


def test_running_text_watched_and_trained_further():
    text = "abba ab baab " * 20
    model = small(contiguous=True, batch_size=4, bptt_length=5, max_iter=4)
    model.fit(text, X_val=text[:40])
    assert_allclose(model.best_validation_score_, model.score(text[:40]), rtol=1e-9)
    before = model.theta_.copy()
    model.partial_fit(text[:60])
    assert not np.array_equal(before, model.theta_)


# -- gradients -------------------------------------------------------------------------


class Fixture:
    """A network with two layers, and one ragged batch for it that begins anywhere."""

    def __init__(self, **options):
        self.model = small(hidden_layer_sizes=(5, 4), max_iter=1, **options).fit(TEXTS)
        self.network = build_network(**self.model.architecture_)
        rng = np.random.RandomState(0)
        theta = self.model.theta_
        self.theta = theta + 0.3 * rng.standard_normal(theta.size)
        self.steps = Steps([5, 4, 1])
        n = self.model.n_tokens_
        self.ids, self.targets = rng.randint(n, size=(2, self.steps.n_rows))
        self.weights = rng.uniform(0.1, 2, self.steps.n_rows)
        self.start = {
            name: tuple(rng.standard_normal((3, s.shape[1])) for s in part)
            for name, part in self.model.initial_state().items()
        }

    def loss_and_gradients(self, theta, draw=None, worker=None):
        batch = Batch(self.ids, self.steps, self.targets, self.weights,
                      states=dict(self.start), draw=draw)  # fmt: skip
        return self.network.loss_and_gradients(theta, batch, worker=worker)

    def scores(self, theta):
        """Scores of all tokens, (n_rows, n_tokens)."""
        params = self.network.head_params(theta)
        H, _ = self.network.forward(
            theta, self.ids, self.steps, below="output", states=dict(self.start)
        )
        return H @ params["W"].T + params["b"]

    def check(self, loss, **options):
        """Loss and gradients are those of ``loss(theta)``, a direction at a time."""
        value, gradients = self.loss_and_gradients(self.theta, **options)
        assert_allclose(value, loss(self.theta), rtol=1e-10, atol=1e-15)
        gradient, rng = gradients.to_vector(), np.random.RandomState(1)
        for name, shape in self.network.layout.shapes.items():
            direction = np.zeros_like(self.theta)
            view = self.network.layout.view(direction, name)
            view[:] = rng.standard_normal(shape)
            expected = derivative_along(loss, self.theta, direction)
            assert_allclose(gradient @ direction, expected, rtol=1e-9, atol=1e-13)

    def cross_entropy(self, scores, targets):
        log_p = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
        log_p = log_p[np.arange(len(scores)), targets]
        return -(self.weights * log_p).sum()


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("chunk", [3, 10_000])
@pytest.mark.parametrize("two_threads", [False, True])
def test_gradients_of_windows_and_tied_weights(tied, chunk, two_threads, monkeypatch):
    monkeypatch.setattr("sksequence.network._vocabulary.CHUNK", chunk)
    fixture = Fixture(tie_weights=tied)
    with ThreadPoolExecutor(1) as worker:
        fixture.check(
            lambda theta: fixture.cross_entropy(fixture.scores(theta), fixture.targets),
            worker=worker if two_threads else None,
        )


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("drawn", [[], [2], [0, 1, 3], [0, 1, 2, 3]])
def test_gradients_of_the_sampled_loss(tied, drawn):
    fixture = Fixture(tie_weights=tied, output="sampled")
    log_c = np.log([0.9, 0.2, 0.5, 0.7])

    def loss(theta):
        """Softmax over the token of a row and those that were drawn, corrected."""
        scores = fixture.scores(theta) - log_c
        among = np.zeros(scores.shape, bool)
        among[:, drawn] = True
        among[np.arange(len(scores)), fixture.targets] = True
        return fixture.cross_entropy(np.where(among, scores, -np.inf), fixture.targets)

    few = SimpleNamespace(tokens=np.array(drawn, np.intp), log_c=log_c)
    fixture.check(loss, draw=lambda: few)


def test_the_sampled_loss_with_all_tokens_drawn_is_the_softmax():
    sampled, softmax = Fixture(output="sampled"), Fixture()
    everything = SimpleNamespace(tokens=np.arange(4), log_c=np.zeros(4))
    for name, view in softmax.network.layout.views(softmax.theta).items():
        view[:] = sampled.network.layout.view(sampled.theta, name)
    found, gradients = sampled.loss_and_gradients(
        sampled.theta, draw=lambda: everything
    )
    expected, others = softmax.loss_and_gradients(softmax.theta)
    assert_allclose(found, expected, rtol=1e-12)
    for name in softmax.network.layout.shapes:
        assert_allclose(
            sampled.network.layout.view(gradients.to_vector(), name),
            softmax.network.layout.view(others.to_vector(), name),
            atol=1e-13,
        )


def test_the_noise_distribution_knows_how_likely_its_draws_are():
    counts = np.array([500, 90, 9, 0])
    noise = NoiseDistribution(counts, 20, np.float64)
    rng = np.random.RandomState(0)
    seen = np.zeros(4)
    for _ in range(4000):
        tokens = noise.draw(rng).tokens
        assert (np.diff(tokens) > 0).all()
        seen[tokens] += 1
    chances = np.exp(noise.log_c)
    assert_allclose(chances, 1 - np.exp(-20 * (counts + 1) / 603))
    error = np.sqrt(chances * (1 - chances) / 4000)
    assert (np.abs(seen / 4000 - chances) <= 4 * error + 1e-12).all()


@pytest.mark.slow
def test_training_on_sampled_tokens_learns_the_probabilities():
    """It learns those of all tokens, from a few draws that favour frequent ones."""
    rng = np.random.RandomState(0)
    p = np.array([0.5, 0.2, 0.1, 0.1, 0.05, 0.05])
    texts = ["".join(rng.choice(list("abcdef"), size=5, p=p)) for _ in range(1500)]
    options = {"learning_rate": "cosine", "max_iter": 30}
    options["encoder"] = TokenEncoder("char", unk_token=None)
    exact = small(**options).fit(texts)
    model = small(**options, output="sampled", n_sampled=4).fit(texts)
    assert model.score(texts) > exact.score(texts) - 0.02
    log_p, _ = model.step(["</s>"], model.initial_state())
    found = [np.exp(log_p[0, model.encoder_.vocabulary_[t]]) for t in "abcdef"]
    assert_allclose(found, p, atol=0.04)
    assert_allclose(np.exp(log_p).sum(), 1)
    assert model.fit(texts).sample(3, random_state=0)


@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_rows_that_every_batch_holds_move_as_in_a_full_update(solver):
    """With all tokens in every batch and draw, sampled training is softmax training."""
    texts = ["abcabc"] * 8
    options = {"solver": solver, "batch_size": 8, "max_iter": 5, "shuffle": False}
    options["encoder"] = TokenEncoder("char", unk_token=None)
    softmax = small(**options).fit(texts)
    sampled = small(**options, output="sampled", n_sampled=5000).fit(texts)
    assert_allclose(
        sampled.score_samples(texts), softmax.score_samples(texts), rtol=1e-6
    )


def test_a_training_step_on_sampled_tokens_touches_only_their_rows():
    tokens = [f"t{k}" for k in range(500)]
    encoder = TokenEncoder(vocabulary=tokens)
    options = {"output": "sampled", "n_sampled": 10, "max_iter": 1}
    model = small(encoder=encoder, analyzer="word", **options)
    texts = [tokens[:3], tokens[3:6]]
    start = small(**model.get_params(deep=False) | {"learning_rate_init": 1e-300}).fit(
        texts
    )
    model.fit(texts)
    moved = (model.params_["output.W"] != start.params_["output.W"]).any(axis=1)
    assert 8 <= moved.sum() <= 30  # seven are read, and about ten are drawn
    used = model.encoder_.transform(texts).values
    assert moved[used].all()
    moved = (model.params_["embedding.E"] != start.params_["embedding.E"]).any(axis=1)
    assert set(np.flatnonzero(moved)) == set(used)


def test_tied_weights_are_one():
    model = small(tie_weights=True, embedding_dim=6, max_iter=2).fit(TEXTS)
    assert "output.W" not in model.params_
    assert np.isfinite(model.score(TEXTS))
    frozen = {"embedding_trainable": False, "output": "sampled", "n_sampled": 3}
    before = model.params_["embedding.E"]
    model = small(tie_weights=True, embedding_dim=6, embedding_init=before, **frozen)
    assert_array_equal(model.fit(TEXTS).params_["embedding.E"], before)
    with pytest.raises(ValueError, match="tie_weights=True needs embedding_dim=4"):
        small(tie_weights=True).fit(TEXTS)


def test_the_scores_of_all_rows_are_never_held_at_once(monkeypatch):
    monkeypatch.setattr("sksequence.network._vocabulary.CHUNK", 40)
    sizes = []
    from sksequence.network import VocabularyHead

    scores = VocabularyHead.scores

    def spy(self, params, H, out=None):
        sizes.append(len(H) * self.n_tokens)
        return scores(self, params, H, out)

    monkeypatch.setattr(VocabularyHead, "scores", spy)
    model = small(max_iter=1).fit(TEXTS)
    model.score(TEXTS)
    assert max(sizes) <= 40


# -- dropout, schedules, start values --------------------------------------------------

DROPOUT_LAYERS = [
    ({"dropout": 0.5}, ["rnn0", "rnn1", "output"]),
    ({"dropout": 0.5, "input_dropout": 0.0}, ["rnn1", "output"]),
    ({"input_dropout": 0.2}, ["rnn0"]),
    ({"output_dropout": 0.3}, ["output"]),
    ({"dropout": 0.5, "input_dropout": 0, "output_dropout": 0}, ["rnn1"]),
]


@pytest.mark.parametrize(("options", "above"), DROPOUT_LAYERS)
def test_where_dropout_is(options, above):
    model = small(hidden_layer_sizes=(5, 4), max_iter=1, **options).fit(TEXTS)
    layers = build_network(**model.architecture_).layers
    dropouts = {name: layer.rate for name, layer in layers.items() if "drop" in name}
    assert list(dropouts) == [f"dropout_{name}" for name in above]
    rates = {"rnn0": "input_dropout", "output": "output_dropout"}
    for name, rate in dropouts.items():
        own = options.get(rates.get(name.removeprefix("dropout_")))
        assert rate == (options["dropout"] if own is None else own)
    plain = small(hidden_layer_sizes=(5, 4), max_iter=1).fit(TEXTS)
    assert not np.array_equal(model.theta_, plain.theta_)


def halved(epoch):
    return 0.5 ** max(epoch - 2, 0)


def test_zarembas_recipe_is_that_of_a_plain_torch_loop():
    """Zaremba, Sutskever & Vinyals (2014), on small text: the same weights.

    SGD, learning rate 1, halved each epoch (there after the fourth, here the second),
    20 parts side by side, 20 steps, gradient clipped to 5, uniform start values of 0.1,
    states carried. The loss there is summed over the steps of a window, and here it is
    the mean: 20 times the learning rate, and a 20th of the bound.
    """
    torch = pytest.importorskip("torch")
    rng = np.random.RandomState(0)
    text = [rng.choice(list("the cat sat on a mat"), size=20 * 60 - 1).tolist()]
    n_steps, n_units, n_epochs = 20, 12, 4
    model = RNNLanguageModel(
        (n_units, n_units),
        "lstm",
        encoder=TokenEncoder(unk_token=None),
        contiguous=True,
        bptt_length=n_steps,
        batch_size=20,
        embedding_dim=n_units,
        init_range=0.1,
        dropout=0.0,
        solver="sgd",
        momentum=0.0,
        learning_rate=halved,
        learning_rate_init=1.0 * n_steps,
        clip_norm=5 / n_steps / 40,  # small enough to clip here
        dtype="float64",
        random_state=0,
        max_iter=n_epochs,
    )
    start = clone(model).set_params(learning_rate_init=1e-300, max_iter=1).fit(text)
    params = start.params_
    assert all(0.05 < np.abs(values).max() <= 0.1 for values in params.values())
    model.fit(text)

    n_tokens = model.n_tokens_
    embedding = torch.nn.Embedding(n_tokens, n_units).double()
    lstm = torch.nn.LSTM(n_units, n_units, 2).double()
    linear = torch.nn.Linear(n_units, n_tokens).double()
    with torch.no_grad():
        embedding.weight[:] = torch.tensor(params["embedding.E"])
        linear.weight[:] = torch.tensor(params["output.W"])
        linear.bias[:] = torch.tensor(params["output.b"])
        for k in range(2):
            for theirs, ours in (("weight_ih", "W"), ("weight_hh", "U")):
                getattr(lstm, f"{theirs}_l{k}")[:] = in_torchs_order(
                    params[f"rnn{k}.{ours}"].T
                )
            getattr(lstm, f"bias_ih_l{k}")[:] = in_torchs_order(params[f"rnn{k}.b"])
            getattr(lstm, f"bias_hh_l{k}")[:] = 0
    weights = [*embedding.parameters(), *lstm.parameters(), *linear.parameters()]
    weights = [w for w in weights if w is not lstm.bias_hh_l0]
    weights = [w for w in weights if w is not lstm.bias_hh_l1]
    ids = np.concatenate([[model._eos], model.encoder_.transform(text)[0]])
    before, after = (
        torch.tensor(part.reshape(20, -1).T) for part in (ids[:-1], ids[1:])
    )
    for epoch in range(1, n_epochs + 1):
        states = None
        for start in range(0, len(before), n_steps):
            window = slice(start, start + n_steps)
            H, states = lstm(embedding(before[window]), states)
            states = tuple(s.detach() for s in states)
            loss = torch.nn.functional.cross_entropy(
                linear(H).reshape(-1, n_tokens), after[window].reshape(-1)
            )
            loss = loss * n_steps
            for w in weights:
                w.grad = None
            loss.backward()
            torch.nn.utils.clip_grad_norm_(weights, 5 / 40)
            with torch.no_grad():
                for w in weights:
                    w -= halved(epoch) * w.grad
    assert_allclose(
        model.params_["embedding.E"], embedding.weight.detach(), rtol=1e-4, atol=1e-6
    )
    assert_allclose(
        model.params_["output.W"], linear.weight.detach(), rtol=1e-4, atol=1e-6
    )
    rates = [row["learning_rate"] for row in model.history_]
    assert_allclose(rates, [20, 20, 10, 5])


def in_torchs_order(gates):
    """From our gates i, f, g, o or another order to torch's."""
    import torch

    n = len(gates) // 4
    order = [CELLS["lstm"].gates.index(gate) for gate in "ifgo"]
    return torch.tensor(np.concatenate([gates[k * n : (k + 1) * n] for k in order]))


def test_a_schedule_that_is_a_function():
    model = small(learning_rate=halved, max_iter=4, tol=1.0, n_iter_no_change=1)
    assert model.fit(TEXTS).n_iter_ == 4  # a plan is carried out
    model.partial_fit(TEXTS)  # the fifth epoch
    assert model.history_[-1]["learning_rate"] == 0.01 * halved(5)
    again = pickle.loads(pickle.dumps(model))
    assert again.learning_rate is halved


# -- sampling --------------------------------------------------------------------------


def test_temperature_top_k_and_top_p_by_definition():
    p = np.array([[0.5, 0.3, 0.15, 0.05], [0.1, 0.2, 0.3, 0.4]])
    log_p = np.log(p)
    assert_allclose(sharpen(log_p), p)
    hot = p**0.5 / (p**0.5).sum(axis=1, keepdims=True)
    assert_allclose(sharpen(log_p, temperature=2), hot)
    two = np.array([[0.625, 0.375, 0, 0], [0, 0, 3 / 7, 4 / 7]])
    assert_allclose(sharpen(log_p, top_k=2), two)
    assert_allclose(sharpen(log_p, top_k=99), p)
    assert_allclose(sharpen(log_p, top_p=0.7), two)
    assert_allclose(sharpen(log_p, top_p=1.0), p)
    one = np.eye(4)[[0, 3]]
    assert_allclose(sharpen(log_p, top_p=1e-9), one)
    assert_allclose(sharpen(log_p, temperature=0), one)
    forbidden = np.array([[np.log(0.5), -np.inf, np.log(0.5)]])
    drawn = draw(sharpen(forbidden), np.zeros(1000, np.intp), np.random.RandomState(0))
    assert set(drawn.tolist()) == {0, 2}


def test_samples_follow_the_distribution():
    samples = MODEL.sample(4000, allow_unk=True, max_length=2, random_state=0)
    log_p, _ = MODEL.step([MODEL.encoder_.eos_token], MODEL.initial_state())
    p = np.exp(log_p[0])
    names = MODEL.tokens_.tolist()  # "<unk>", "</s>", "a", "b"
    first = [
        next(t for t in names if (text or "</s>").startswith(t)) for text in samples
    ]
    counts = [first.count(name) for name in names]
    assert stats.chisquare(counts, 4000 * p).pvalue > 1e-3


def test_a_prefix_is_written_as_it_is():
    """It is, even where the model reads it as the unknown token."""
    assert all(t.startswith("Zoë") for t in MODEL.sample(3, prefix="Zoë"))
    assert MODEL.beam_search(prefix="axb")[0][0].startswith("axb")
    words = small(analyzer="word").fit(SENTENCES)
    assert words.sample(prefix="The zebra")[0][:2] == ["The", "zebra"]
    assert words.sample(prefix=["The", "zebra"])[0][:2] == ["The", "zebra"]
    assert MODEL.sample(prefix="", max_length=0) == [""]


def test_samples_are_reproducible_begin_as_told_and_end():
    first = MODEL.sample(20, random_state=3)
    assert first == MODEL.sample(20, random_state=3)
    assert all(text.startswith("ab") for text in MODEL.sample(9, prefix="ab"))
    assert MODEL.sample(2, prefix="ab", max_length=0) == ["ab", "ab"]
    assert max(map(len, MODEL.sample(50, max_length=4, random_state=0))) <= 4
    assert not any("<unk>" in text for text in MODEL.sample(200, random_state=0))
    words = (
        small(analyzer="word").fit(SENTENCES).sample(2, prefix="the", random_state=0)
    )
    assert all(text[0] == "the" for text in words)


def test_streaming():
    stream = MODEL.iter_sample(random_state=0)
    tokens = list(itertools.islice(stream, 200))
    assert set(tokens) <= set(MODEL.tokens_)
    assert "</s>" in tokens


def test_side_by_side_and_one_by_one_are_drawn_alike():
    """Texts that share a history share its state, and nothing else."""
    n_samples = 3000
    counts = Counter(MODEL.sample(n_samples, random_state=0, allow_unk=True))
    texts = every_text(MODEL, 4)
    expected = n_samples * np.exp(MODEL.score_samples(texts))
    assert (expected > 5).sum() > 10
    for text, n in zip(texts, expected):
        if n > 5:
            assert abs(counts[text] - n) < 4 * np.sqrt(n)


def every_text(model, max_length):
    letters = [t for t in model.tokens_ if t not in ("<unk>", "</s>")]
    return [
        "".join(text)
        for n in range(max_length + 1)
        for text in itertools.product(letters, repeat=n)
    ]


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_a_beam_that_holds_everything_finds_the_best(cell):
    model = small(cell=cell, max_iter=4, dtype="float64").fit(TEXTS)
    texts = every_text(model, 4)
    log_p = model.score_samples(texts)
    best = np.argsort(-log_p)[:5]
    found = model.beam_search(beam_size=500, n_best=5, max_length=5)
    whole = [(t, p) for t, p in found if len(t) < 5]
    for (text, p), i in zip(whole, best):
        assert text == texts[i]
        assert_allclose(p, log_p[i], rtol=1e-10)
    assert len(whole) > 2


def test_a_beam_of_one_is_greedy_and_a_wider_one_not_worse():
    for prefix in ("", "b", "ab"):
        greedy = MODEL.sample(prefix=prefix, temperature=0, max_length=8)
        ((text, log_p),) = MODEL.beam_search(prefix=prefix, beam_size=1, max_length=8)
        assert [text] == greedy
        ((_, wider),) = MODEL.beam_search(prefix=prefix, beam_size=50, max_length=8)
        assert wider >= log_p - 1e-12
        whole = MODEL.score_samples([text])[0]
        of_prefix = MODEL.log_likelihoods([text])[0][: len(prefix)].sum()
        if len(text) < 8 + len(prefix):
            assert_allclose(log_p, whole - of_prefix)
    assert MODEL.beam_search(prefix="ab", max_length=0) == [("ab", 0.0)]
    assert "<unk>" not in "".join(t for t, _ in MODEL.beam_search(n_best=5))


BAD_BEAM = [
    ({"beam_size": 0}, "'beam_size' parameter of beam_search must be an int in"),
    ({"n_best": 0}, r"'n_best' .* in the range \[1, inf\). Got 0"),
    ({"max_length": -1}, "'max_length'"),
    ({"allow_unk": 1}, "'allow_unk'"),
]  # fmt: skip


@pytest.mark.parametrize(("options", "message"), BAD_BEAM)
def test_bad_beam_options(options, message):
    with pytest.raises(ValueError, match=message):
        MODEL.beam_search(**options)


def test_bad_steps():
    with pytest.raises(ValueError, match="one token for each of the 1 texts .* Got 2"):
        MODEL.step(["a", "b"], MODEL.initial_state())
    with pytest.raises(ValueError, match="holds the id 4. Ids are 0 to 3"):
        MODEL.step([4], MODEL.initial_state())
    with pytest.raises(ValueError, match="tokens must be a sequence of tokens"):
        MODEL.step("a", MODEL.initial_state())


def test_states_are_of_the_weights_that_made_them():
    model = small(cell="lstm").fit(TEXTS)
    state = model.initial_state(2)
    _, state = model.step(["a", "b"], pickle.loads(pickle.dumps(state)))
    one = {name: tuple(a[1:] for a in part) for name, part in state.items()}
    log_p, _ = model.step(["a"], one)
    assert_allclose(log_p[0], model.step(["b", "a"], state)[0][1], rtol=1e-12)
    other = small(cell="lstm", random_state=1).fit(TEXTS)
    with pytest.raises(ValueError, match="state is not of these weights"):
        other.step(["a", "b"], state)
    model.params_["rnn0.U"][0, 0] += 1  # counts at once, as does the embedding
    with pytest.raises(ValueError, match="state is not of these weights"):
        model.step(["a", "b"], state)
    (before, _), state = model.step(["a", "b"], model.initial_state(2))
    model.params_["embedding.E"][:] *= 2
    (after, _), _ = model.step(["a", "b"], model.initial_state(2))
    assert not np.allclose(before, after)


def test_a_model_that_was_driven_is_not_kept():
    model = small().fit(TEXTS)
    model.step(["a"], model.initial_state())
    theta = ref(model.theta_)
    del model
    gc.collect()
    assert theta() is None


BAD_SAMPLING = [
    ({"temperature": -1}, "'temperature' parameter of sample must be"),
    ({"top_p": 0.0}, r"'top_p' .* in the range \(0, 1\]"),
    ({"top_p": 1.5}, "'top_p'"),
    ({"top_k": 0}, "'top_k'"),
    ({"max_length": -1}, "'max_length'"),
    ({"n_samples": 0}, "'n_samples'"),
]  # fmt: skip


@pytest.mark.parametrize(("options", "message"), BAD_SAMPLING)
def test_bad_sampling_options(options, message):
    with pytest.raises(ValueError, match=message):
        MODEL.sample(**options)


# -- text that is wrong or unusual -----------------------------------------------------


def test_unknown_characters():
    assert np.isfinite(MODEL.score(["axyb"]))
    strict = small(encoder=TokenEncoder("char", unk_token=None)).fit(TEXTS)
    with pytest.raises(ValueError, match="'x'"):
        strict.score(["axb"])
    with pytest.raises(ValueError, match="'x'"):
        strict.sample(prefix="x")
    with pytest.raises(ValueError, match="'x' is not in the vocabulary, and the model"):
        strict.step(["x"], strict.initial_state())


def test_bytes_are_text_if_they_are_utf_8():
    assert_allclose(
        MODEL.score_samples([b"abba", "ab"]), MODEL.score_samples(["abba", "ab"])
    )
    with pytest.raises(ValueError, match=r"X\[1\] is not UTF-8"):
        MODEL.score_samples(["ab", b"\xff"])


def test_one_string_is_running_text_most_likely():
    with pytest.raises(TypeError, match=r"\[text\] for only one.*contiguous=True"):
        small().fit("a long text")
    texts = ["a b", "b a"]
    with pytest.raises(TypeError, match="^X_val is one string.*contiguous=True"):
        small().fit(texts, X_val="a b")


def test_empty_running_text():
    model = small(contiguous=True, encoder=TokenEncoder("char", vocabulary=["a"]))
    assert np.isfinite(model.fit("").score("a"))  # its end is a token
    with pytest.raises(ValueError, match="X is empty"):
        small(contiguous=True).fit([])
    with pytest.raises(ValueError, match="X holds no token"):
        small(contiguous=True).fit("")
    with pytest.raises(ValueError, match="X is empty"):
        model.score([])
    with pytest.raises(ValueError, match="X holds no character"):
        MODEL.bits_per_character([""])


BAD_TEXT = [
    ([], "X is empty"),
    ("abba", "list"),
    ([["a", "</s>"], ["b"]], "</s>"),
]  # fmt: skip


@pytest.mark.parametrize(("texts", "message"), BAD_TEXT)
def test_bad_text(texts, message):
    with pytest.raises((ValueError, TypeError), match=message):
        small().fit(texts)


def test_empty_sentences_and_a_vocabulary_of_one_token():
    model = small().fit(["", "a", "aa"])
    assert np.isfinite(model.score_samples(["", "a"])).all()
    only = small(encoder=TokenEncoder("char", unk_token=None)).fit(["aaa", "aa"])
    assert only.tokens_.tolist() == ["</s>", "a"]
    assert np.isfinite(only.score_samples(["a"])).all()


def test_text_in_other_scripts():
    texts = ["안녕하세요", "한국어 문장", "👩‍👩‍👧 emoji 🇫🇷", "नमस्ते"] * 3
    model = small(max_iter=2).fit(texts)
    assert model.score_samples(texts).shape == (12,)
    assert all(isinstance(text, str) for text in model.sample(3, random_state=0))


# -- in scikit-learn -------------------------------------------------------------------


def test_search_clone_and_pickle():
    search = GridSearchCV(small(max_iter=2), {"cell": ["gru", "rnn"]}, cv=3).fit(TEXTS)
    assert np.isfinite(search.best_score_)
    again = clone(MODEL).fit(TEXTS)
    assert_array_equal(again.theta_, MODEL.theta_)
    copy = pickle.loads(pickle.dumps(MODEL))
    assert copy.sample(5, random_state=0) == MODEL.sample(5, random_state=0)
    assert get_tags(MODEL).input_tags.string
    warm = small(warm_start=True, max_iter=1).fit(TEXTS)
    assert warm.fit(TEXTS).n_iter_ == 2


def test_weights_of_sentences_are_repetitions():
    options = {"batch_size": 100, "max_iter": 3}
    weights = np.arange(len(TEXTS)) % 3
    weighted = small(**options).fit(TEXTS, sample_weight=weights)
    repeated = [text for text, n in zip(TEXTS, weights) for _ in range(n)]
    longer = small(**options, encoder=clone(weighted.encoder_)).fit(repeated)
    assert_allclose(
        weighted.score_samples(TEXTS), longer.score_samples(TEXTS), rtol=1e-7
    )
    with pytest.raises(ValueError, match="sample_weight must be None for running text"):
        small(contiguous=True).fit("abba", sample_weight=[1.0])


@pytest.mark.parametrize(
    ("parameter", "value"),
    [("encoder", "char"), ("contiguous", 1), ("bptt_length", 0), ("tie_weights", None),
     ("embedding_dim", None), ("max_tokens", 0), ("output", "adaptive"),
     ("n_sampled", 0), ("init_range", 0.0), ("input_dropout", 1.0),
     ("output_dropout", -0.1), ("learning_rate", 3)],
)  # fmt: skip
def test_wrong_parameters(parameter, value):
    with pytest.raises(ValueError, match=f"The {parameter!r} parameter of RNNLanguage"):
        small(**{parameter: value}).fit(TEXTS)


def test_threads_batches_and_reading_change_nothing(tmp_path):
    texts = TEXTS * 20
    options = {"dropout": 0.2, "recurrent_dropout": 0.1, "early_stopping": True}
    model = small(**options, dtype="float32").fit(texts)
    again = small(**options, dtype="float32", n_jobs=2).fit(texts)
    assert_array_equal(again.theta_, model.theta_)
    before = pickle.dumps(model)
    alone = model.predict_proba(["abba"])[0]
    beside = model.predict_proba(["b" * 40, "abba", "a"])[1]
    assert_allclose(alone, beside, rtol=1e-5)
    model.sample(3, prefix="a", random_state=0)
    model.beam_search()
    state = model.initial_state()
    model.step(["a"], state)
    assert all((s == 0).all() for s in state["rnn0"])
    next(model.iter_sample(random_state=0))
    model.transform(texts)
    assert pickle.dumps(model) == before
    joblib.dump(model, tmp_path / "model.joblib")
    mapped = joblib.load(tmp_path / "model.joblib", mmap_mode="r")
    assert_array_equal(mapped.score_samples(texts), model.score_samples(texts))


def test_features_of_texts_in_a_pipeline():
    texts = ["aaab", "abaa", "aaaa", "bbba", "babb", "bbbb"] * 5
    y = [text.count("a") > 2 for text in texts]
    pipeline = make_pipeline(small(max_iter=10), LogisticRegression(C=100))
    assert pipeline.fit(texts, y).score(texts, y) > 0.9
    pipeline[0].set_output(transform="pandas")
    assert pipeline[0].transform(texts).columns[0] == "rnnlanguagemodel0"


def test_sentences_given_as_columns_and_generators():
    pd = pytest.importorskip("pandas")
    expected = MODEL.theta_
    for texts in (np.array(TEXTS), pd.Series(TEXTS), tuple(TEXTS), iter(TEXTS)):
        assert_array_equal(small().fit(texts).theta_, expected)


@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_two_threads_that_split_a_window_train_the_same_model(dropout, monkeypatch):
    monkeypatch.setattr("sksequence.objectives._running_text.SPLIT_SCORES", 1)
    shared = Mock(wraps=_base.in_halves)
    monkeypatch.setattr(_base, "in_halves", shared)
    text = "".join(np.random.RandomState(0).choice(list("abcdefghijklmnop"), 400))
    options = {"hidden_layer_sizes": (2,), "contiguous": True, "bptt_length": 7}
    options |= {"dropout": dropout, "recurrent_dropout": dropout, "batch_size": 5}
    one = small(**options).fit(text)
    assert not shared.called
    two = small(**options, n_jobs=2).fit(text)
    assert shared.called
    assert_allclose(two.theta_, one.theta_, rtol=1e-7, atol=1e-10)
    assert_allclose(two.loss_curve_, one.loss_curve_, rtol=1e-9)


def texts_of(stream, model, n):
    """The texts of a stream of tokens, the last of which may not have ended."""
    eos = model.encoder_.eos_token
    tokens = ["|" if t == eos else t for t in itertools.islice(stream, n)]
    return "".join(tokens).split("|")[:-1]


def test_a_stream_of_texts_begins_each_anew():
    model = small(max_iter=60).fit(["ab", "ab", "ab", "ba"] * 4)
    (one,) = model.sample(1, temperature=0)
    found = texts_of(model.iter_sample(temperature=0), model, 60)
    assert found == [one] * 20
    begun = texts_of(model.iter_sample(prefix="b", temperature=0), model, 60)
    assert begun[1:] == [one] * (len(begun) - 1)
    drawn = texts_of(model.iter_sample(random_state=0), model, 3000)
    lengths = [len(text) for text in drawn]
    expected = [len(text) for text in model.sample(1000, random_state=1)]
    error = np.hypot(stats.sem(lengths), stats.sem(expected))
    assert abs(np.mean(lengths) - np.mean(expected)) < 4 * error


def test_a_stream_of_running_text_continues():
    """The state passes the end of a text, as it did in training."""
    model = small(contiguous=True, max_iter=30).fit(["ab", "ba"] * 30)
    state, tokens = model.initial_state(), [model.encoder_.eos_token]
    for _ in range(12):
        log_p, state = model.step(tokens[-1:], state)
        log_p[:, model.encoder_.vocabulary_["<unk>"]] = -np.inf
        tokens.append(model.tokens_[log_p[0].argmax()])
    found = list(itertools.islice(model.iter_sample(temperature=0), 12))
    assert found == tokens[1:]
    assert model.encoder_.eos_token in found


# -- one text, one treatment -----------------------------------------------------------


def fitted(texts, analyzer="char", **options):
    options = {"embedding_dim": 4, "max_iter": 2, "random_state": 0} | options
    return RNNLanguageModel(6, analyzer=analyzer, **options).fit(texts)


NAMES = ["Anna", "Zo\u00eb", "l\u00e9na", "maria"] * 3
CHARACTERS = fitted(NAMES)
LOWER = fitted(NAMES, lowercase=True)
WORD_MODEL = fitted(["The Cat sat", "café the"], "word", lowercase=True, cell="lstm")


@pytest.mark.parametrize("model", [CHARACTERS, LOWER], ids=["cased", "lower"])
@pytest.mark.parametrize(
    "prefix", ["Zoe\u0308", "\u0416x", "An\r\nn", "\ufeffAn", "", "MARI", ["Z", "o"]]
)
def test_texts_begin_with_the_prefix_exactly(model, prefix):
    begin = "".join(prefix)
    texts = model.sample(5, prefix=prefix, random_state=0, max_length=4)
    found = model.beam_search(prefix=prefix, beam_size=3, n_best=3, max_length=4)
    for text in [*texts, *(text for text, _ in found)]:
        assert text.startswith(begin)
        assert len(text) <= len(begin) + 4
    # It is read as any text: what follows is the same for all its forms.
    plain = unicodedata.normalize("NFC", begin.lstrip("\ufeff").replace("\r\n", "\n"))
    plain = plain.lower() if model.lowercase else plain
    same = model.sample(5, prefix=plain, random_state=0, max_length=4)
    assert [t[len(begin) :] for t in texts] == [t[len(plain) :] for t in same]
    first = [next(model.iter_sample(prefix=p, random_state=0)) for p in (plain, prefix)]
    assert first[0] == first[1]


def test_prefixes_in_bytes_and_of_words():
    assert CHARACTERS.sample(prefix="Zo\u00eb".encode())[0].startswith("Zo\u00eb")
    for prefix in ("The Zebra", ["The", "Zebra"], pd.Series(["The", "Zebra"])):
        text = WORD_MODEL.sample(prefix=prefix, random_state=0, max_length=2)[0]
        assert text[:2] == ["The", "Zebra"]
        found = WORD_MODEL.beam_search(prefix=prefix, max_length=2)[0][0]
        assert found[:2] == ["The", "Zebra"]


@pytest.mark.parametrize(
    ("prefix", "message"),
    [
        (3, "prefix is 3. Expected a string or a list of tokens"),
        ({"a": 1}, "prefix is of type dict"),
        (pd.DataFrame({"a": ["x"]}), "prefix is a table. Expected a string or a list"),
        ([None], "prefix, step 0, is None"),
        (["</s>"], "prefix holds the token '</s>' at step 0"),
        (b"\xff", "prefix is not UTF-8"),
    ],
    ids=repr,
)
def test_wrong_prefixes(prefix, message):
    for method in (CHARACTERS.sample, CHARACTERS.iter_sample, CHARACTERS.beam_search):
        with pytest.raises((TypeError, ValueError), match=f"^{message}"):
            method(prefix=prefix)


@pytest.mark.parametrize(
    ("token", "same"),
    [
        ("The", "the"),
        ("cafe\u0301", "café"),
        (b"CAT", "cat"),
        ("\ufeffcat", "cat"),
        (np.str_("Cat"), "cat"),
        ("dog", "<unk>"),
    ],
)
def test_step_reads_a_token_as_fit_does(token, same):
    state = WORD_MODEL.initial_state()
    expected, _ = WORD_MODEL.step([same], state)
    assert_array_equal(WORD_MODEL.step([token], state)[0], expected)
    k = WORD_MODEL.encoder_.vocabulary_[same]
    for tokens in ([k], np.array([k]), (np.int8(k),), pd.Series([same]), iter([same])):
        assert_array_equal(WORD_MODEL.step(tokens, state)[0], expected)


TOKENS = [1.0, np.nan, True, np.True_, None, pd.NA, [1], 99]


@pytest.mark.parametrize("token", TOKENS, ids=repr)
def test_step_refuses_what_is_no_token(token):
    of_integers = RNNLanguageModel(4, embedding_dim=2, max_iter=1).fit([[60, 61]])
    for model in (WORD_MODEL, of_integers):
        if token is TOKENS[-1] and model is of_integers:
            model.step([token], model.initial_state())  # an unknown token
            continue
        with pytest.raises(ValueError, match=r"tokens\[0\] (is|holds the id)"):
            model.step([token], model.initial_state())
    with pytest.raises(ValueError, match=r"tokens\[1\] is 'a'. Expected a token"):
        of_integers.step([60, "a"], of_integers.initial_state(2))


@pytest.mark.parametrize(
    "state",
    [
        {},
        None,
        [],
        {"rnn0": ()},
        {"rnn0": 3},
        {"rnn0": (np.zeros((1, 6)),)},
        {"rnn0": (np.zeros((1, 6)), np.zeros((2, 6)))},
    ],
)
def test_step_refuses_what_is_no_state(state):
    with pytest.raises(ValueError, match="state must be what initial_state or step"):
        WORD_MODEL.step(["cat"], state)


@pytest.mark.parametrize(
    "table", [pd.DataFrame({"a": ["cat"]}), {"a": 1}, {"cat"}, "cat", 3]
)
def test_step_names_what_is_no_sequence(table):
    with pytest.raises(ValueError, match="tokens must be a sequence of tokens, one a"):
        WORD_MODEL.step(table, WORD_MODEL.initial_state())


@pytest.mark.parametrize("mode", ["r", "rb"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_lines_of_a_file_are_sentences_without_their_ends(tmp_path, mode, end):
    path = tmp_path / "names.txt"
    path.write_bytes(("\ufeff" + end.join(NAMES) + end).encode())

    def file():
        text = path.read_bytes() if mode == "rb" else path.read_text(encoding="utf-8")
        return (BytesIO if mode == "rb" else StringIO)(text)

    model = fitted(file())
    assert "\n" not in model.encoder_.vocabulary_
    assert_array_equal(model.theta_, CHARACTERS.theta_)
    for method in ("score", "perplexity", "bits_per_character", "score_samples"):
        expected = getattr(CHARACTERS, method)(NAMES)
        assert_array_equal(getattr(CHARACTERS, method)(file()), expected)
    assert CHARACTERS.predict(file()).tolist() == CHARACTERS.predict(NAMES).tolist()
    watched = fitted(NAMES, early_stopping=False)
    watched.fit(file(), X_val=file())
    assert watched.validation_scores_ == [
        *fitted(NAMES).fit(NAMES, X_val=NAMES).validation_scores_
    ]
    partial = [RNNLanguageModel(4, analyzer="char", random_state=0) for _ in "ab"]
    partial[0].partial_fit(file())
    partial[1].partial_fit(NAMES)
    assert_array_equal(partial[0].theta_, partial[1].theta_)


def test_the_lines_of_running_text_are_joined_with_their_ends(tmp_path):
    path = tmp_path / "text.txt"
    text = "To be\nor not\n\nto be" * 3 + "\n"
    path.write_bytes(("\ufeff" + text.replace("\n", "\r\n")).encode())
    whole = fitted(text, contiguous=True)
    assert whole.encoder_.vocabulary_["\n"]
    for options in ({"encoding": "utf-8", "newline": ""}, {"mode": "rb"}):
        with open(path, **options) as file:
            model = fitted(file, contiguous=True)
        assert_array_equal(model.theta_, whole.theta_)
        expected = whole.bits_per_character(text)
        with open(path, **options) as file:
            assert model.bits_per_character(file) == expected


def test_bits_of_a_character_do_not_depend_on_how_it_is_written():
    composed = ["Zo\u00eb", "l\u00e9na"]
    expected = CHARACTERS.bits_per_character(composed)
    for form in (
        [unicodedata.normalize("NFD", text) for text in composed],
        [text.encode() for text in composed],
        ["\ufeff" + text for text in composed],
        pd.DataFrame({"names": composed}),
        np.array(composed),
    ):
        assert CHARACTERS.bits_per_character(form) == expected
        assert CHARACTERS.score(form) == CHARACTERS.score(composed)
        assert CHARACTERS.perplexity(form) == CHARACTERS.perplexity(composed)


def test_special_tokens_that_are_not_normalized():
    encoder = TokenEncoder(unk_token="<e\u0301>", eos_token="e\u0301nd", add_eos=True)
    model = RNNLanguageModel(4, encoder=encoder, max_iter=1, random_state=0)
    model.fit(["a b", "b a"])
    assert list(model.encoder_.vocabulary_)[:2] == ["<\u00e9>", "\u00e9nd"]
    assert np.isfinite(model.score(["a c"]))
    assert np.isfinite(model.perplexity(["a c"], count_unknown=False))
    model.sample(2, max_length=3)
    model.step(["e\u0301nd"], model.initial_state())


def test_a_perplexity_beyond_all_floats_is_infinite():
    model = RNNLanguageModel(2, max_iter=1, random_state=0).fit(["a b", "b a"])
    model.theta_ = model.theta_ * 1e6
    model.theta_[-len(model.tokens_) :] = -1e6 * np.arange(len(model.tokens_))
    assert model.score(["b b b"]) < -1000
    assert model.perplexity(["b b b"]) == np.inf


def test_the_scale_of_an_embedding_that_begins():
    text = "".join(map(chr, range(100, 1100)))
    for tied, scale in ((False, 0.3), (True, 1 / 8)):
        options = {"embedding_dim": 64, "tie_weights": tied, "learning_rate_init": 1e-9}
        model = RNNLanguageModel(
            64, analyzer="char", max_iter=1, random_state=0, **options
        ).fit([text])
        table = model.params_["embedding.E"]
        assert table.std() == pytest.approx(scale, rel=0.02)
        assert abs(table.mean()) < 0.02 * scale


def test_errors_of_what_is_held_out_name_it():
    with pytest.raises(TypeError, match=r"^X_val\[1\] is None"):
        RNNLanguageModel(3, max_iter=1).fit(["a b", "b"] * 3, X_val=["zz", None])


@pytest.mark.parametrize(("bad", "said"), [(None, "nan"), (4.5, "4.5")])
def test_what_is_no_integer_is_named(bad, said):
    with pytest.raises(TypeError, match=rf"^X\[1\], step 1, is {said}\. Expected int"):
        RNNLanguageModel(3, max_iter=1).fit([[1, 2], [3, bad]])


@pytest.mark.parametrize("temperature", [1e-310, 5e-324])
def test_the_smallest_temperatures_take_the_likeliest(temperature):
    model = RNNLanguageModel(4, analyzer="char", max_iter=1, random_state=0)
    model.fit(["ab", "b"] * 4)
    options = {"max_length": 3, "random_state": 0}
    found = model.sample(2, temperature=temperature, **options)
    assert found == model.sample(2, temperature=0, **options)
