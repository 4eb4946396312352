"""Options of generating tokens: one set of names in three estimators; dead ends."""

import inspect
import itertools

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.base import clone

from sksequence import RNNGenerator, RNNLanguageModel, RNNTranslator
from sksequence.estimators._generation import GENERATION

TEXTS = ["abba", "ab", "baab", "b", "abab", "aab"] * 4
SETTINGS = {"hidden_layer_sizes": 6, "embedding_dim": 4, "max_iter": 3}
SETTINGS |= {"random_state": 0, "dtype": "float64"}
MODELS = {
    "RNNLanguageModel": RNNLanguageModel(analyzer="char", **SETTINGS).fit(TEXTS),
    "RNNGenerator": RNNGenerator(**SETTINGS).fit(None, TEXTS),
    "RNNTranslator": RNNTranslator(
        source_analyzer="char", target_analyzer="char", **SETTINGS
    ).fit(TEXTS, [text[::-1] for text in TEXTS]),
}
METHODS = {
    "RNNLanguageModel": ["sample", "iter_sample", "beam_search"],
    "RNNGenerator": ["sample", "predict", "predict_n_best"],
    "RNNTranslator": ["sample", "predict", "predict_n_best"],
}
PAIRS = [(name, method) for name in MODELS for method in METHODS[name]]
APPLY = {  # what does not, of the nine
    "sample": {"beam_size", "length_penalty"},
    "iter_sample": {"beam_size", "length_penalty", "min_length", "max_length"}
    | {"no_repeat_ngram"},
    "beam_search": {"temperature", "top_k", "top_p"},
    "predict": {"temperature", "top_k", "top_p"},
    "predict_n_best": {"temperature", "top_k", "top_p"},
}
OTHER = {  # values that make a difference
    "beam_size": 6, "length_penalty": "avg", "min_length": 6, "max_length": 2,
    "no_repeat_ngram": 1, "temperature": 0.2, "top_k": 1, "top_p": 0.3,
    "allow_unk": True,
}  # fmt: skip
every = pytest.mark.parametrize("name", MODELS)
every_method = pytest.mark.parametrize(("name", "method"), PAIRS)


def call(model, method, **options):
    """What a method gives, as plain values."""
    name = type(model).__name__
    if method == "iter_sample":
        return list(itertools.islice(model.iter_sample(random_state=0, **options), 99))
    if method == "sample":
        given = (["abb"] if name == "RNNTranslator" else [None], 40)
        if name == "RNNLanguageModel":
            given = (40,)
        elif name == "RNNGenerator":
            given = (None, 40)
        return model.sample(*given, random_state=0, **options)
    if method == "beam_search":
        return model.beam_search(n_best=3, **options)
    X = ["abb", "a"] if name == "RNNTranslator" else None
    return getattr(model, method)(X, **options)


def best(model, **options):
    """The outputs of a search, the best first, with their log probabilities."""
    if isinstance(model, RNNLanguageModel):
        return model.beam_search(**options)
    n = options.pop("n_best", 1)
    X = ["abb"] if isinstance(model, RNNTranslator) else None
    return model.predict_n_best(X, n, **options)[0]


def log_p_of(model, outputs):
    if isinstance(model, RNNLanguageModel):
        return model.score_samples(outputs)
    X = ["abb"] * len(outputs) if isinstance(model, RNNTranslator) else None
    return model.score_samples(X, outputs)


def every_output(max_length):
    return [
        "".join(text)
        for n in range(max_length + 1)
        for text in itertools.product("ab", repeat=n)
    ]


def repeats(text, n):
    grams = [text[i : i + n] for i in range(len(text) - n + 1)]
    return len(set(grams)) < len(grams)


# -- one set of names ------------------------------------------------------------------


def test_names_order_and_defaults_are_the_same():
    found = {}
    for name, model in MODELS.items():
        parameters = inspect.signature(type(model)).parameters
        found[name] = {k: v.default for k, v in parameters.items() if k in GENERATION}
    assert list(found["RNNGenerator"]) == list(GENERATION)
    first, *others = found.values()
    assert all(list(o.items()) == list(first.items()) for o in others)


@every_method
def test_methods_take_what_applies_and_none_is_the_constructors(name, method):
    parameters = inspect.signature(getattr(MODELS[name], method)).parameters
    taken = [k for k in parameters if k in GENERATION]
    assert taken == [k for k in GENERATION if k not in APPLY[method]]
    for k in taken:
        assert parameters[k].default is None
        assert parameters[k].kind is inspect.Parameter.KEYWORD_ONLY


@every_method
@pytest.mark.parametrize("option", GENERATION)
def test_an_argument_is_the_parameter_of_that_name(name, method, option):
    model, value = MODELS[name], OTHER[option]
    changed = {option: value}
    if option == "min_length":
        changed["max_length"] = 9
    of_parameter = call(clone_fitted(model).set_params(**changed), method)
    if option in APPLY[method]:
        assert of_parameter == call(model, method)
        return
    allowed = {k: v for k, v in changed.items() if k not in APPLY[method]}
    found = call(model, method, **allowed)
    assert found == of_parameter
    if option not in ("beam_size", "length_penalty", "allow_unk"):
        assert found != call(model, method)
    with pytest.raises(ValueError, match=f"{option!r} parameter of {method} must be"):
        call(model, method, **{option: -1})
    with pytest.raises(ValueError, match=f"{option!r} parameter of {name} must be"):
        call(clone_fitted(model).set_params(**{option: -1}), method)


def clone_fitted(model):
    copied = clone(model)
    vars(copied).update(vars(model))
    return copied


@every
@pytest.mark.parametrize("beam_size", [1, 3, 8])
def test_n_best_whatever_the_width_of_the_beam(name, beam_size):
    model = MODELS[name]
    found = best(model, n_best=4, beam_size=beam_size)
    assert found == best(model, n_best=4, beam_size=max(4, beam_size))
    assert len({text for text, _ in found}) == 4
    with pytest.raises(ValueError, match=r"must be an int in the range \[1, inf\)"):
        best(model, n_best=0)


@every
@pytest.mark.parametrize("penalty", [None, "avg", "wu"])
def test_the_best_by_any_length_penalty(name, penalty):
    """A beam that holds everything is brute force."""
    model, outputs = MODELS[name], every_output(4)
    lengths = np.array([len(text) + 1 for text in outputs])
    power = {None: 1, "avg": lengths, "wu": ((5 + lengths) / 6) ** 0.6}[penalty]
    order = np.argsort(-log_p_of(model, outputs) / power)
    options = {"beam_size": 200, "length_penalty": penalty, "max_length": 4}
    if name == "RNNLanguageModel":
        options["max_length"] = 5  # which need not have ended
    found = best(model, n_best=100, **options)
    found = [(text, log_p) for text, log_p in found if len(text) < 5]
    assert len(found) > 3
    held = [outputs[i] for i in order][: len(found)]
    assert [text for text, _ in found] == held
    assert_allclose([log_p for _, log_p in found], log_p_of(model, held), rtol=1e-9)


@every
def test_samples_keep_the_rules(name):
    model = MODELS[name]
    for text in call(model, "sample", min_length=2, max_length=3):
        assert 2 <= len(text) <= 3
    for text in call(model, "sample", no_repeat_ngram=2):
        assert not repeats(text, 2)
    assert "<unk>" not in "".join(call(model, "sample"))
    hot = call(model, "sample", temperature=9.0, allow_unk=True)
    assert "<unk>" in "".join(hot)


def test_a_translators_samples_are_as_long_as_the_factor_allows():
    model = MODELS["RNNTranslator"]
    X = ["a", "abbaabbaab"]
    drawn = model.sample(X, 50, max_length=0.5, temperature=5.0, random_state=0)
    assert max(map(len, drawn[:50])) == 6
    assert 6 < max(map(len, drawn[50:])) <= 10


# -- dead ends -------------------------------------------------------------------------


@every
@pytest.mark.parametrize("n", [1, 2])
@pytest.mark.parametrize("min_length", [0, 2, 3, 5, 9])
def test_outputs_that_cannot_continue_end_and_come_last(name, n, min_length):
    """Of two letters without repetition there are at most 2 (n=1) or 5 (n=2)."""
    model = MODELS[name]
    legal = [text for text in every_output(5) if not repeats(text, n)]
    longest = max(map(len, legal))
    wanted = [text for text in legal if len(text) >= min(min_length, longest)]
    log_p = log_p_of(model, wanted)
    rules = {"no_repeat_ngram": n, "min_length": min_length}
    found = best(model, n_best=3, beam_size=300, **rules)
    order = np.argsort(-log_p)[:3]
    assert [text for text, _ in found] == [wanted[i] for i in order]
    assert_allclose([p for _, p in found], log_p[order], rtol=1e-9)
    for width in (1, 2, 3):
        assert best(model, beam_size=width, **rules)[0][0] in legal
    for text in call(model, "sample", **rules):
        assert text in legal


def test_a_search_prefers_what_keeps_the_rules():
    """Two letters: after "aa" comes "b", after "ab" both: greedy may be stuck."""
    model = MODELS["RNNLanguageModel"]
    for beam_size in range(1, 9):
        ((text, _),) = model.beam_search(
            beam_size=beam_size, no_repeat_ngram=2, min_length=5, max_length=9
        )
        assert not repeats(text, 2)
        assert len(text) == 5 or beam_size < 6


def test_a_vocabulary_without_a_token_that_may_come():
    only = RNNLanguageModel(analyzer="char", max_tokens=3, **SETTINGS).fit(["ab", "a"])
    assert only.tokens_.tolist() == ["<unk>", "</s>", "a"]
    rules = {"no_repeat_ngram": 1, "min_length": 4}
    assert only.beam_search(prefix="a", **rules)[0][0] == "a"
    assert only.sample(2, **rules, random_state=0) == ["a", "a"]
    for text, log_p in only.beam_search(n_best=3, **rules):
        assert text == "a"
        assert log_p > -np.inf


def test_ngrams_of_the_prefix_are_not_repeated_either():
    model = MODELS["RNNLanguageModel"]
    for text in model.sample(20, prefix="aab", no_repeat_ngram=2, random_state=0):
        assert text.startswith("aab")
        assert not repeats(text, 2)
    assert not repeats(model.beam_search(prefix="bba", no_repeat_ngram=2)[0][0], 2)
    ((repeated, _),) = model.beam_search(prefix="abab", no_repeat_ngram=1, min_length=9)
    assert repeated == "abab"


@every
def test_lengths_that_exclude_each_other(name):
    model = MODELS[name]
    with pytest.raises(ValueError, match="max_length=2 is shorter than min_length=3"):
        best(model, min_length=3, max_length=2)
    with pytest.raises(ValueError, match="max_length=100 is shorter than min_length=1"):
        call(model, "sample", min_length=101, max_length=100)
    assert min(map(len, call(model, "sample", min_length=101))) >= 101  # "auto" follows
    X = TEXTS if name == "RNNTranslator" else None
    given = (TEXTS,) if name == "RNNLanguageModel" else (X, TEXTS)
    with pytest.raises(ValueError, match="max_length=3 is shorter than min_length=4"):
        clone(model).set_params(min_length=4, max_length=3).fit(*given)


# -- how many samples ------------------------------------------------------------------


def test_samples_of_a_generator_of_nothing():
    model = MODELS["RNNGenerator"]
    expected = model.sample(None, 5, random_state=0)
    assert len(expected) == 5
    assert model.sample(5, random_state=0) == expected
    assert model.sample(n_samples=5, random_state=0) == expected
    assert len(model.sample(np.int64(2), 3)) == 6
    with pytest.raises(ValueError, match=r"'X' parameter of sample .* \[1, inf\)"):
        model.sample(0)
    vectors = RNNGenerator(**SETTINGS).fit(np.eye(2), ["a", "b"])
    with pytest.raises(ValueError, match=r"vectors of 2 features.* pass n_samples=5"):
        vectors.sample(5)
    with pytest.raises(ValueError, match="X is None, but this RNNGenerator was fitted"):
        vectors.sample(n_samples=5)
    assert len(vectors.sample(np.eye(2), 5)) == 10


# -- outputs as long as those of fit ---------------------------------------------------


def fit_on(name, texts, method="fit", model=None, **options):
    """A model whose outputs have never ended: the end has no chance."""
    if model is None:
        model = clone(MODELS[name]).set_params(max_iter=1, **options)
    X = ["a"] * len(texts) if name == "RNNTranslator" else None
    given = (texts,) if name == "RNNLanguageModel" else (X, texts)
    getattr(model, method)(*given)
    views = model.params_
    output = next(key for key in views if key.endswith("output.b"))
    views[output][model._eos] = -1e9
    return model


@every
def test_outputs_may_become_twice_as_long_as_those_of_fit(name):
    def length(model, **options):
        return len(best(model, **options)[0][0])

    assert length(fit_on(name, ["ab" * 30, "b"])) == 120
    short = fit_on(name, ["ab", "b"])
    assert length(short) == 100
    assert length(short, max_length=7) == 7
    assert length(short.set_params(max_length=8)) == 8
    assert length(short, max_length="auto") == 100
    assert length(short, max_length="auto", min_length=130) == 130
    short.set_params(max_length="auto")
    fit_on(name, ["ab" * 40], "partial_fit", short)
    assert length(short) == 160
    fit_on(name, ["ab"], "partial_fit", short)
    assert length(short) == 160
    assert length(fit_on(name, ["ab"], model=short)) == 100
    with pytest.raises(ValueError, match="'max_length' .* {'auto'}(,| or) an int in t"):
        short.set_params(max_length="long").fit(["ab"], ["ab"])


def test_running_text_has_no_length():
    model = fit_on("RNNLanguageModel", "ab" * 200, contiguous=True, bptt_length=9)
    assert len(model.sample(random_state=0)[0]) == 100
