"""Unknown tokens are spelled: laws of the letters, and what a search finds by them."""

import itertools

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from sksequence import RNNLanguageModel
from sksequence.estimators._spelling import (
    END,
    N_CODE_POINTS,
    OTHER,
    learn_letters,
    log_spelling,
    spelled,
    tokens_of,
)
from sksequence.metrics import bits_per_character_scorer
from sksequence.preprocessing import TokenEncoder

RNG = np.random.RandomState(0)
NOUNS = ["cat", "dog", "cow", "hen", "fox", "owl", "bee"]
TEXTS = [f"the {a} saw the {b} ." for a in NOUNS for b in NOUNS]
RNG.shuffle(TEXTS)
SETTINGS = {"hidden_layer_sizes": 8, "embedding_dim": 6, "max_iter": 3}
SETTINGS |= {"random_state": 0, "dtype": "float64"}


def model(**options):
    return RNNLanguageModel(**SETTINGS | options)


# -- letters ---------------------------------------------------------------------------


def test_probabilities_of_all_strings_sum_to_one():
    """The sum has the letters that were seen, and all others together."""
    letters = learn_letters(["ab", "b", "cab"])
    assert letters.keys() == {"a", "b", "c", END, OTHER}
    n_others = N_CODE_POINTS - 3
    of_letter = sum(np.exp(letters[k]) for k in "abc")
    others = n_others * np.exp(letters[OTHER])
    assert_allclose(of_letter + others + np.exp(letters[END]), 1, rtol=1e-12)
    mass, left = 0.0, 1.0
    for n in range(9):
        strings = map("".join, itertools.product("abc", repeat=n))
        mass += sum(np.exp(log_spelling(text, letters)) for text in strings)
        left *= of_letter
    assert_allclose(mass, np.exp(letters[END]) * (1 - left) / (1 - of_letter))
    assert mass < 1
    unseen = log_spelling("ax", letters) - letters["a"] - letters[END]
    assert_allclose(unseen, -np.log(6 + 3 + 1) - np.log(n_others))


def test_letters_by_definition():
    letters = learn_letters(["ab", "b"])
    assert_allclose(letters["b"], np.log(2 / 6))  # 3 letters, 2 ends, 1 for others
    assert_allclose(letters[END], np.log(2 / 6))
    assert_allclose(log_spelling("ba", letters), np.log(2 / 6 * 1 / 6 * 2 / 6))
    assert log_spelling(17, learn_letters([12, 7])) == log_spelling(
        "17", learn_letters(["12", "7"])
    )
    assert np.isfinite(log_spelling("a", learn_letters([])))


def test_tokens_can_be_read_from_what_is_spelled():
    known = {"<unk>": 0, "a": 1}
    ids = np.array([1, 0, 1, 0], np.uint8)
    values = spelled(ids, ["a", "b", "c"], np.array([0, 1, 0, 2]), known, {
        "b": -1.0, OTHER: -9.0, END: -2.0
    })  # fmt: skip
    assert_allclose(values["log_p"], [0, -3, 0, -11])
    names = np.array(["<unk>", "a"], dtype=object)
    assert tokens_of(values, names).tolist() == ["a", "b", "a", "c"]
    assert tokens_of(values[::-1], names).tolist() == ["c", "a", "b", "a"]
    assert tokens_of(ids, names).tolist() == ["a", "<unk>", "a", "<unk>"]


# -- language models -------------------------------------------------------------------


@pytest.mark.parametrize("contiguous", [False, True])
def test_likelihoods_are_those_of_unk_and_of_the_spelling(contiguous):
    small = model(max_tokens=8, contiguous=contiguous).fit(TEXTS)
    texts = ["the cat saw", "zebra ran", "the"]
    known = set(small.tokens_)
    tokens = [text.split() for text in texts]
    whole = small.log_likelihoods(texts)
    plain = small.log_likelihoods(
        [[t if t in known else "<unk>" for t in text] for text in tokens]
    )
    n_unknown = 0
    for of_text, spelt, without in zip(tokens, whole, plain):
        for k, token in enumerate([*of_text, "</s>"]):
            cost = 0.0
            if token not in known:
                cost, n_unknown = log_spelling(token, small._letters), n_unknown + 1
            assert_allclose(spelt[k], without[k] + cost, rtol=1e-10)
    assert n_unknown >= 2
    assert_allclose(small.score_samples(texts), [a.sum() for a in whole])
    every = np.concatenate(whole)
    assert_allclose(small.score(texts), every.mean())
    assert_allclose(small.perplexity(texts), np.exp(-every.mean()))
    literature = small.perplexity(texts, count_unknown="token")
    assert_allclose(literature, np.exp(-np.concatenate(plain).mean()))
    held = np.concatenate([[*(t in known for t in text), True] for text in tokens])
    without = small.perplexity(texts, count_unknown=False)
    assert_allclose(without, np.exp(-np.concatenate(plain)[held].mean()))
    bits = -every.sum() / np.log(2) / sum(map(len, texts))
    assert_allclose(small.bits_per_character(texts), bits)
    with pytest.raises(ValueError, match="'count_unknown' parameter of perplexity"):
        small.perplexity(texts, count_unknown="words")


def test_probabilities_of_all_texts_as_strings_sum_to_at_most_one():
    """The sum has known tokens, and all spellings of the unknown one."""
    small = RNNLanguageModel(**SETTINGS, analyzer=str.split, max_tokens=3).fit(
        ["a a b", "a b b a", "a", "bb a"] * 4
    )
    assert small.tokens_.tolist() == ["<unk>", "</s>", "a"]
    words = ["".join(w) for n in (1, 2, 3) for w in itertools.product("ab", repeat=n)]
    texts = [" ".join(t) for n in range(4) for t in itertools.product(words, repeat=n)]
    mass = np.exp(small.score_samples(texts)).sum()
    assert 0.3 < mass < 1
    shorter = [text for text in texts if len(text.split()) < 3]
    assert np.exp(small.score_samples(shorter)).sum() < mass


def test_letters_do_not_depend_on_the_vocabulary():
    plain = model().fit(TEXTS)
    for options in ({"max_tokens": 4}, {"min_count": 9}):
        assert model(**options).fit(TEXTS)._letters == plain._letters
    given = TokenEncoder(vocabulary=["the", "saw"])
    assert model(encoder=given).fit(TEXTS)._letters == plain._letters
    assert model().fit(TEXTS + TEXTS[:9])._letters == plain._letters
    resumed = model().fit(TEXTS).partial_fit(["zzz"])
    assert resumed._letters == plain._letters


def test_without_unknown_tokens_nothing_is_spelled():
    """Nor is the unknown token itself spelled, which other texts may hold."""
    texts = ["the <unk> saw", "a <unk> <unk>"] * 5
    of_lists = [text.split() for text in texts]
    fitted = model(encoder=TokenEncoder()).fit(of_lists)
    for kind in (True, "token"):
        assert_allclose(
            fitted.perplexity(of_lists, count_unknown=kind),
            np.exp(-fitted.score(of_lists)),
        )
    _, tokens = fitted._encode_texts(of_lists, spell=True)
    assert tokens.values.dtype.names is None
    strict = model(encoder=TokenEncoder(unk_token=None)).fit(TEXTS)
    assert np.isfinite(strict.score(TEXTS))


def test_a_search_is_not_won_by_forgetting_words():
    grid = {"max_tokens": [3, 5, 8, None]}
    search = GridSearchCV(model(max_iter=15), grid, cv=3).fit(TEXTS)
    scores = search.cv_results_["mean_test_score"]
    assert (np.diff(scores) > 0).all()
    assert search.best_params_ == {"max_tokens": None}

    def uncharged(estimator, X, y=None):
        return -np.log(estimator.perplexity(X, count_unknown="token"))

    other = clone(search).set_params(scoring=uncharged).fit(TEXTS)
    assert (np.diff(other.cv_results_["mean_test_score"]) < 0).all()


def test_words_and_characters_are_compared_by_the_character():
    for analyzer in ("word", "char"):
        fitted = model(analyzer=analyzer).fit(TEXTS)
        expected = -fitted.bits_per_character(TEXTS)
        assert bits_per_character_scorer(fitted, TEXTS) == expected
        assert bits_per_character_scorer(fitted, TEXTS, None) == expected
    piped = make_pipeline(FunctionTransformer(upper), "passthrough", model())
    piped.fit(TEXTS)
    assert_allclose(
        bits_per_character_scorer(piped, TEXTS),
        -piped[-1].bits_per_character(upper(TEXTS)),
    )
    scores = cross_val_score(piped, TEXTS, cv=2, scoring=bits_per_character_scorer)
    assert (scores < 0).all()


def upper(texts):
    return [text.upper() for text in texts]


def test_characters_are_counted_alike_in_every_container():
    pd = pytest.importorskip("pandas")
    texts = ["the cat saw", "a dog", ""]
    fitted = model().fit(TEXTS)
    expected = fitted.bits_per_character(texts)
    for form in (
        [t.encode() for t in texts], np.array(texts), pd.Series(texts), iter(texts),
        pd.DataFrame({"of a long name": texts}), [*(t.split() for t in texts[:2]), []],
    ):  # fmt: skip
        assert_allclose(fitted.bits_per_character(form), expected)
    book = model(contiguous=True, analyzer="char").fit("".join(TEXTS))
    lines = ["the cat\n", "saw a dog"]
    assert_allclose(
        book.bits_per_character(iter(lines)), book.bits_per_character("".join(lines))
    )
    assert book.bits_per_character(b"the cat") == book.bits_per_character("the cat")


# -- what early stopping watches -------------------------------------------------------

ODD = [*TEXTS, "the zebu saw the yak .", "the gnu saw the emu ."] * 2


@pytest.mark.parametrize("contiguous", [False, True])
@pytest.mark.parametrize("analyzer", ["word", "char"])
@pytest.mark.parametrize("lines", [False, True])
def test_it_is_the_score_of_what_is_held_out(contiguous, analyzer, lines):
    """It is, by default and by any ``scoring``, also with unknown words."""
    options = {"contiguous": contiguous, "analyzer": analyzer, "early_stopping": True}
    options |= {"max_tokens": 9, "validation_fraction": 0.3}
    seen = []

    def spy(estimator, X, y):
        seen.append((X, estimator.score(X)))
        return seen[-1][1]

    given = lambda: iter(ODD) if lines else ODD  # noqa: E731
    plain = model(**options).fit(given())
    named = model(**options, scoring=spy).fit(given())
    assert_allclose(named.validation_scores_, plain.validation_scores_, rtol=1e-9)
    assert_array_equal(named.theta_, plain.theta_)
    last = model(**options | {"max_iter": 1}).fit(given())
    held_out = seen[0][0]
    assert_allclose(last.validation_scores_[0], last.score(held_out), rtol=1e-9)
    unspelled = np.exp(-last.score(held_out))
    assert last.perplexity(held_out, count_unknown="token") < unspelled - 0.1


def test_it_is_the_score_of_what_is_given():
    for contiguous in (False, True):
        fitted = model(max_tokens=9, contiguous=contiguous).fit(TEXTS, X_val=ODD[-9:])
        assert_allclose(fitted.best_validation_score_, max(fitted.validation_scores_))
        one = model(max_tokens=9, contiguous=contiguous, max_iter=1)
        one.fit(TEXTS, X_val=ODD[-9:])
        assert_allclose(one.validation_scores_[0], one.score(ODD[-9:]), rtol=1e-9)


def test_what_running_text_is_trained_on_is_what_is_left():
    """The last token before what is held out is trained on as it is."""
    words = [f"w{k}" for k in range(40)]
    fitted = model(contiguous=True, early_stopping=True, validation_fraction=0.25)
    fitted.fit(" ".join(words))
    given = " ".join(words), None, None
    data = fitted._read(*given, reset=False)
    training, validation = fitted._hold_out(data, given, np.random.RandomState(0))
    watched, names = validation.data, fitted.tokens_
    assert names[training.y.values].tolist() == words[:31]
    assert names[training.X.values[1:]].tolist() == words[:30]
    assert names[watched.y.values].tolist() == [*words[31:], "</s>"]
    assert names[watched.X.values[0]] == "</s>"
