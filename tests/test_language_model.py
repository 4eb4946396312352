"""RNNLanguageModel: laws of probability, sampling, carried states, gradients."""

import itertools
import pickle

import numpy as np
import pytest
from helpers import slope_along
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.utils import get_tags

from sksequence import RNNLanguageModel
from sksequence.cells import CELLS
from sksequence.estimators._decoding import draw, sharpen
from sksequence.network import build_network
from sksequence.preprocessing import TokenEncoder
from sksequence.sequences import Steps

TEXTS = ["abba", "ab", "baab", "b", "abab", "aab"] * 4
SENTENCES = ["the cat sat .", "the dog sat .", "a cat ran .", "a dog ran home ."] * 5


def small(**options):
    options = {"hidden_layer_sizes": 6, "embedding_dim": 4, "max_iter": 3} | options
    options = {"analyzer": "char", "random_state": 0, "dtype": "float64"} | options
    return RNNLanguageModel(**options)


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
        assert p.shape == (len(text) + 1, model.n_tokens)
        assert_allclose(p.sum(axis=1), 1)
        ids = model.encoder_.transform([text])[0]
        assert_allclose(np.log(p[np.arange(len(p)), ids]), each[i], rtol=1e-9)
        assert_allclose(each[i].sum(), found[i], rtol=1e-9)
        assert_array_equal(model.predict(texts)[i], model.tokens_[p.argmax(axis=1)])
        state, log_p = model.initial_state(), []
        for before, after in itertools.pairwise([model._eos, *ids]):
            scores, state = model.step([before], state)
            log_p.append(scores[0, after])
        assert_allclose(log_p, each[i], rtol=1e-9)


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


# -- running text ----------------------------------------------------------------------


def test_carried_state_is_one_long_pass():
    text = "abba ab baab " * 30
    model = small(contiguous=True, batch_size=3, bptt_length=7, max_iter=2).fit(text)
    network = build_network(**model.architecture_)
    before, tokens = model._encode(text)
    H, _ = network.forward(
        model.theta_, before.values, Steps([len(before.values)]), below="output"
    )
    output, params = model._output(network, model.theta_)
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
    before, tokens = model._prepare("abba" * 5, None, reset=False)
    assert before.lengths.tolist() == [6, 5, 5, 5]
    assert_array_equal(tokens.values, model.encoder_.transform(["abba" * 5])[0])
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


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("chunk", [3, 10_000])
def test_gradients_of_windows_and_tied_weights(tied, chunk, monkeypatch):
    monkeypatch.setattr("sksequence.network._vocabulary.CHUNK", chunk)
    model = small(hidden_layer_sizes=(5, 4), tie_weights=tied, max_iter=1).fit(TEXTS)
    network = build_network(**model.architecture_)
    rng = np.random.RandomState(0)
    theta = model.theta_ + 0.3 * rng.standard_normal(model.theta_.size)
    steps = Steps([5, 4, 1])
    ids = rng.randint(model.n_tokens, size=(2, steps.n_rows))
    weights = rng.uniform(0.1, 2, steps.n_rows)
    start = {
        name: tuple(rng.standard_normal((3, s.shape[1])) for s in part)
        for name, part in model.initial_state().items()
    }

    def run(theta):
        return model._loss_and_gradients(
            network, theta, ids[0], steps, ids[1], weights, None, None, dict(start)
        )

    def loss(theta):
        _, params = model._output(network, theta)
        H, _ = network.forward(theta, ids[0], steps, below="output", states=dict(start))
        scores = H @ params["W"].T + params["b"]
        shifted = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
        log_p = shifted[np.arange(steps.n_rows), ids[1]]
        return -(weights * log_p).sum() / weights.sum()

    value, gradients = run(theta)
    assert_allclose(value, loss(theta), rtol=1e-10)
    gradient = gradients.to_vector()
    for name in network.layout.shapes:
        direction = np.zeros_like(theta)
        network.layout.view(direction, name)[:] = rng.standard_normal(
            network.layout.shapes[name]
        )
        expected = slope_along(loss, theta, direction)
        assert_allclose(gradient @ direction, expected, rtol=1e-9, atol=1e-13)


def test_tied_weights_are_one():
    model = small(tie_weights=True, embedding_dim=6, max_iter=2).fit(TEXTS)
    assert "output.W" not in model.params_
    assert np.isfinite(model.score(TEXTS))
    with pytest.raises(ValueError, match="tie_weights=True needs embedding_dim=4"):
        small(tie_weights=True).fit(TEXTS)


def test_the_scores_of_all_rows_are_never_held_at_once(monkeypatch):
    monkeypatch.setattr("sksequence.network._vocabulary.CHUNK", 40)
    sizes = []
    from sksequence.network import VocabularySoftmax

    scores = VocabularySoftmax.scores

    def spy(self, params, H, out=None):
        sizes.append(len(H) * self.n_tokens)
        return scores(self, params, H, out)

    monkeypatch.setattr(VocabularySoftmax, "scores", spy)
    model = small(max_iter=1).fit(TEXTS)
    model.score(TEXTS)
    assert max(sizes) <= 40


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
     ("embedding_dim", None), ("max_tokens", 0)],
)  # fmt: skip
def test_wrong_parameters(parameter, value):
    with pytest.raises(ValueError, match=f"The {parameter!r} parameter of RNNLanguage"):
        small(**{parameter: value}).fit(TEXTS)
