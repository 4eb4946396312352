"""Features of tokens: which there are, what unseen words have, where neighbours are."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from sksequence import RaggedArray, RNNTagger
from sksequence.datasets import load_cmudict
from sksequence.preprocessing import TokenFeatures

X = [["The", "cat", "sat", "."], ["The", "dogs"], ["McCoy's", "cat", "sat", "42"]]


def features_of(model, X, i, t):
    """How often a token has each feature that it has."""
    row = model.transform(X)[i][[t]]
    names = model.get_feature_names_out()
    return dict(zip(names[row.indices].tolist(), row.data.tolist(), strict=True))


def test_the_features_of_a_token():
    model = TokenFeatures(min_count=1, ngram_range=(2, 3)).fit(X)
    assert features_of(model, X, 2, 0) == dict.fromkeys(
        [
            *("w=McCoy's", "l=mccoy's", "s=XxXx'x"),
            *("<M", "Mc", "cC", "Co", "oy", "y'", "'s", "s>"),
            *("<Mc", "McC", "cCo", "Coy", "oy'", "y's", "'s>"),
        ],
        1.0,
    )
    assert features_of(model, X, 2, 3)["s=9"] == 1
    assert model.transform(X).values.dtype == np.float32


def test_pieces_count_as_often_as_they_occur():
    model = TokenFeatures(ngram_range=(1, 2), min_count=1).fit([["banana"]])
    found = features_of(model, [["banana"]], 0, 0)
    assert found["a"] == 3
    assert found["an"] == 2
    assert "<" not in found


def test_no_piece_is_the_feature_of_another_kind():
    """URLs and lines of logs hold "=": a piece of one looks like a name."""
    X = [["t", "xw=t", "css=x", "+1:w=t", "1=2"]]
    model = TokenFeatures(min_count=1, window=1).fit(X)
    has = model.transform(X).values.toarray()
    for name, tokens in {"w=t": [0], "l=t": [0], "s=x": [0], "-1:l=t": [1]}.items():
        assert np.flatnonzero(has[:, model.vocabulary_[name]]).tolist() == tokens
    kinds = dict(zip(model.vocabulary_, model._feature_kinds()))
    assert {kinds[name] for name in model.vocabulary_ if name.startswith("n=")} == {
        "ngram_range"
    }


@pytest.mark.parametrize(
    ("settings", "kinds"),
    [
        ({"word": False}, {"l=", "s="}),
        ({"lowercase": False}, {"w=", "s="}),
        ({"shape": False}, {"w=", "l="}),
        ({"word": False, "lowercase": False}, {"s="}),
    ],
)
def test_kinds_of_features(settings, kinds):
    model = TokenFeatures(ngram_range=None, min_count=1, **settings).fit(X)
    assert {name[:2] for name in model.vocabulary_} == kinds


def test_unseen_words_have_the_features_of_their_parts():
    model = TokenFeatures().fit(X * 2)
    found = features_of(model, [["Cats"]], 0, 0)
    assert {"s=Xx", "at", "t", "s>"} <= found.keys()
    assert not any(name.startswith(("w=", "l=")) for name in found)
    assert features_of(model, [["€"]], 0, 0) == {}


def test_rare_features_are_left_out():
    tokens = ["a", "a", "b"]
    model = TokenFeatures(min_count=2, ngram_range=None).fit([tokens])
    assert list(model.vocabulary_) == ["l=a", "s=x", "w=a"]
    with pytest.raises(ValueError, match="X has no feature that min_count=9 tokens"):
        TokenFeatures(min_count=9).fit([tokens])


def test_neighbours():
    model = TokenFeatures(window=2, min_count=1, ngram_range=None).fit(X)
    found = features_of(model, X, 0, 1)
    around = {name for name in found if ":" in name}
    assert around == {
        *("-1:l=the", "-1:s=Xx", "+1:l=sat", "+1:s=x", "+2:l=.", "+2:s=."),
    }
    # A sentence ends where it ends: the next one is no neighbour.
    assert not any(
        name.startswith(("+1", "+2")) for name in features_of(model, X, 0, 3)
    )
    assert not any(name.startswith("-") for name in features_of(model, X, 1, 0))


def test_more_features_by_a_function_and_by_what_is_given():
    cities = {"Paris"}
    model = TokenFeatures(
        extra=lambda token: ["city"] if token in cities else [], min_count=1
    )
    tagged = [[("in", "IN"), ("Paris", "NNP")], [("Paris", "NNP")]]
    model.fit(tagged)
    assert {"e=city", "1=NNP"} <= features_of(model, tagged, 0, 1).keys()
    assert "e=city" not in features_of(model, tagged, 0, 0)


def test_a_sentence_alone_is_as_among_others():
    model = TokenFeatures(window=1).fit(X * 2)
    together = model.transform(X)
    for i, sentence in enumerate(X):
        alone = model.transform([sentence])
        assert_array_equal(alone[0].toarray(), together[i].toarray())
    again = pickle.loads(pickle.dumps(model))
    assert_array_equal(again.transform(X).values.toarray(), together.values.toarray())
    fitted = clone(model)
    assert_array_equal(
        fitted.fit_transform(X * 2).values.toarray(),
        model.transform(X * 2).values.toarray(),
    )


def test_containers():
    pandas = pytest.importorskip("pandas")
    polars = pytest.importorskip("polars")
    pyarrow = pytest.importorskip("pyarrow")
    expected = TokenFeatures().fit_transform(X).values.toarray()
    columns = pandas.Series, polars.Series, pyarrow.array
    tables = pandas.DataFrame, polars.DataFrame, pyarrow.table
    forms = [tuple(X), list(pyarrow.array(X)), [list(pyarrow.array(x)) for x in X]]
    forms += [make(X) for make in columns] + [make({"text": X}) for make in tables]
    forms += [[make(x) for x in X] for make in (np.array, *columns)]
    forms += [[make({"word": x}) for x in X] for make in tables]
    for form in forms:
        assert_array_equal(
            TokenFeatures().fit_transform(form).values.toarray(), expected
        )
    tagged = [[(word, word[0]) for word in x] for x in X]
    expected = TokenFeatures().fit_transform(tagged).values.toarray()
    for make in tables:
        form = [make({"word": x, "first": [word[0] for word in x]}) for x in X]
        Xt = TokenFeatures().fit_transform(form)
        assert_array_equal(Xt.values.toarray(), expected)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("The cat sat.", r"Got one str: pass \[X.split\(\)\]"),
        (["The cat sat."], r"X\[0\] is str. Expected a list of tokens"),
        (["The", "cat"], r"for one sentence, pass \[tokens\]"),
        ([["a"], [1]], r"X\[1\]\[0\] is 1. Expected a str"),
        ([["a"], ["b", None]], r"X\[1\]\[1\] is None"),
        ([["a"], []], r"X\[1\] is an empty sentence"),
        ([], "X is empty"),
        (7, "X must be a list of sentences"),
        (np.array(1.0), "X must be a list of sentences"),
        ({"a": ["b"]}, "X must be a list of sentences"),
        ([["a"], np.array("b")], r"X\[1\] is str. Expected a list of tokens"),
        ([["a"], {"b": 1}], r"X\[1\] is dict. Expected a list of tokens"),
        (np.ma.masked_all((2, 2)), "X is a masked array"),
    ],
)
def test_wrong_input(wrong, message):
    for call in (TokenFeatures().fit, TokenFeatures().fit(X).transform):
        with pytest.raises((TypeError, ValueError), match=message):
            call(wrong)


def test_wrong_parameters():
    for name, value in [("ngram_range", (3, 1)), ("window", -1), ("extra", 1)]:
        with pytest.raises(
            ValueError, match=f"The '{name}' parameter of TokenFeatures"
        ):
            TokenFeatures(**{name: value}).fit(X)


def test_with_a_tagger_in_a_search():
    _, phones = load_cmudict(return_X_y=True)
    X = [[phone.rstrip("012") for phone in word] for word in phones[::60]]
    y = [
        [phone[-1] if phone[-1] in "012" else "-" for phone in word]
        for word in phones[::60]
    ]
    model = make_pipeline(
        TokenFeatures(),
        RNNTagger(8, embedding_dim=8, max_iter=8, random_state=0),
    )
    search = GridSearchCV(model, {"tokenfeatures__window": [0, 1]}, cv=2).fit(X, y)
    assert search.best_score_ > 0.6
    assert isinstance(search.best_estimator_[0].transform(X), RaggedArray)
    assert list(map(len, search.predict(X[:5]))) == list(map(len, X[:5]))


@pytest.mark.parametrize("settings", [{}, {"word": False}, {"ngram_range": None}])
@pytest.mark.parametrize(("parameter", "kind"), [("lowercase", "l="), ("shape", "s=")])
def test_a_kind_that_is_off_is_off_for_neighbours_too(settings, parameter, kind):
    def kinds(**more):
        model = TokenFeatures(min_count=1, **settings, **more).fit(X)
        names = model.get_feature_names_out()
        assert model.transform(X).values.shape[1] == len(names)
        return {n.removeprefix("-1:").removeprefix("+1:")[:2] for n in names}

    assert kind in kinds(window=1)
    assert kind not in kinds(window=1, **{parameter: False})
    assert kinds(window=1, **{parameter: False}) == kinds(**{parameter: False})


def test_only_lower_case_and_form_are_of_neighbours():
    tokens = [["l=a", "b"]]  # a token whose pieces look like features
    model = TokenFeatures(window=1, min_count=1, ngram_range=(3, 3)).fit(tokens)
    around = {name for name in features_of(model, tokens, 0, 1) if ":" in name}
    assert around == {"-1:l=l=a", "-1:s=x=x"}


def test_a_window_without_features_is_said():
    model = TokenFeatures(window=1, lowercase=False, shape=False, min_count=1)
    with pytest.warns(UserWarning, match="window=1 does nothing"):
        model.fit(X)
    assert not any(":" in name for name in model.vocabulary_)


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        (str.upper, r"extra\('The'\) is 'THE'. Expected a list of str"),
        (lambda token: None, r"extra\('The'\) is None. Expected a list of str"),
        (lambda token: {}["a"], "^extra: 'a'"),
    ],
)
def test_what_extra_gives_is_looked_at(extra, message):
    with pytest.raises((TypeError, ValueError), match=message):
        TokenFeatures(extra=extra).fit(X)


def test_a_fit_that_fails_leaves_what_there_was():
    model = TokenFeatures().fit(X * 2)
    before = vars(model).copy()
    with pytest.raises(ValueError, match="X has no feature"):
        model.set_params(min_count=99)._fit_transform(X)  # without what restores it
    assert vars(model)["vocabulary_"] is before["vocabulary_"]


def test_tokens_have_the_form_of_the_first():
    """A part of speech that is missing, or one too many, is not lost."""
    tagged = [[("a", "NN"), ("b", "VB")]]
    model = TokenFeatures(min_count=1).fit(tagged)
    with pytest.raises(ValueError, match=r"X\[1\]\[0\] is 'a'. Expected a tuple of 2"):
        model.transform([*tagged, ["a"]])
    with pytest.raises(ValueError, match=r"'c'\). Expected a tuple of 2 str, as in"):
        model.transform([[("a", "b", "c")]])
    with pytest.raises(ValueError, match="is 'b'.*2 str, as the first token is"):
        model.fit([[("a", "NN"), "b"]])
    words = TokenFeatures(min_count=1).fit([["a", ("b",)]])  # a word alone, either way
    with pytest.raises(ValueError, match="Expected a str, as in fit"):
        words.transform(tagged)


def test_one_token_in_several_forms_of_unicode():
    features = TokenFeatures(ngram_range=None).fit([["\u00e9t\u00e9", "the"]])
    composed, apart = features.transform([["\u00e9t\u00e9"], ["e\u0301te\u0301"]])
    assert composed.nnz > 0
    assert (composed != apart).nnz == 0
