"""PerStep: rows in the transformer's eyes, sequences in the user's."""

import pickle
import subprocess
import sys
import warnings
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pytest
from helpers import ragged_data
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn import config_context
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.decomposition import PCA, IncrementalPCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction import DictVectorizer
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.feature_selection import SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold, cross_val_score
from sklearn.pipeline import Pipeline, make_pipeline, make_union
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    MaxAbsScaler,
    MinMaxScaler,
    Normalizer,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    StandardScaler,
    TargetEncoder,
)
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import (
    check_dataframe_column_names_consistency,
    parametrize_with_checks,
)

from sksequence import RaggedArray, RNNClassifier
from sksequence.preprocessing import PerStep

X, Y = ragged_data(n_sequences=12)
ROWS = np.concatenate(X)
LENGTHS = [len(x) for x in X]
WORDS = [["the", "cat", "sat"], ["a", "cat"], ["the", "end"]]
DICTS = [[{"word": w, "length": len(w)} for w in sentence] for sentence in WORDS]


@parametrize_with_checks([PerStep(StandardScaler()), PerStep(MinMaxScaler())])
def test_scikit_learns_checks(estimator, check):
    check(estimator)


def test_names_of_columns_are_checked():
    check_dataframe_column_names_consistency("PerStep", PerStep(StandardScaler()))


# -- the transformer sees rows ---------------------------------------------------------


@pytest.mark.parametrize(
    "transformer",
    [
        StandardScaler(),
        MinMaxScaler(),
        PCA(n_components=2, random_state=0),
        SimpleImputer(add_indicator=True),
        PolynomialFeatures(),
        Normalizer(),
        FunctionTransformer(np.exp),
        KBinsDiscretizer(encode="ordinal", quantile_method="averaged_inverted_cdf"),
        make_union(StandardScaler(), PCA(n_components=1, random_state=0)),
        make_pipeline(StandardScaler(), "passthrough", MinMaxScaler()),
    ],
    ids=lambda t: type(t).__name__,
)
def test_same_as_on_the_rows(transformer):
    per_step = PerStep(transformer)
    expected = clone(transformer).fit_transform(ROWS)
    for Xt in (per_step.fit_transform(X), per_step.fit(X).transform(X)):
        assert isinstance(Xt, RaggedArray)
        assert_array_equal(Xt.lengths, LENGTHS)
        assert_allclose(Xt.values, expected, rtol=1e-12)
    assert_allclose(per_step.transform(X[3:4])[0], Xt[3], rtol=1e-12)
    assert per_step.n_features_in_ == ROWS.shape[1]
    if hasattr(transformer, "inverse_transform"):
        back = per_step.inverse_transform(Xt)
        assert_array_equal(back.lengths, LENGTHS)
        expected = clone(transformer).fit(ROWS).inverse_transform(Xt.values)
        assert_allclose(back.values, expected, rtol=1e-12)


def test_inverse_transform_round_trip():
    scaler = PerStep(make_pipeline(MinMaxScaler(), StandardScaler()))
    back = scaler.inverse_transform(scaler.fit_transform(X))
    for a, b in zip(X, back, strict=True):
        assert_allclose(a, b, rtol=1e-10)


FORMS = {
    "tuple": tuple,
    "lists": lambda X: [x.tolist() for x in X],
    "object array": lambda X: np.asarray(RaggedArray.from_sequences(X)),
    "RaggedArray": RaggedArray.from_sequences,
    "pandas column": lambda X: pd.Series([x.tolist() for x in X]),
    "polars column": lambda X: pl.Series([x.tolist() for x in X]),
    "frame of a column": lambda X: pd.DataFrame({"x": X}),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same(form):
    Xt = PerStep(StandardScaler()).fit_transform(FORMS[form](X))
    assert isinstance(Xt, RaggedArray)
    assert_array_equal(Xt.lengths, LENGTHS)
    assert_allclose(Xt.values, StandardScaler().fit_transform(ROWS), rtol=1e-12)


def test_one_number_a_step():
    Xt = PerStep(StandardScaler()).fit_transform([[1.0, 2.0], [3.0]])
    assert Xt.values.shape == (3, 1)
    assert_allclose(Xt.values.mean(), 0, atol=1e-12)


def test_float32_stays():
    X32 = [x.astype(np.float32) for x in X]
    assert PerStep(StandardScaler()).fit_transform(X32).dtype == np.float32


def test_nan_is_the_transformers_affair():
    gaps = [np.array([[1.0, np.nan], [3.0, 4.0]]), np.array([[5.0, 6.0]])]
    filled = PerStep(SimpleImputer()).fit_transform(gaps)
    assert_array_equal(filled[0], [[1, 5], [3, 4]])
    with pytest.raises(ValueError, match="PCA does not accept missing values"):
        PerStep(PCA()).fit(gaps)
    assert get_tags(PerStep(SimpleImputer())).input_tags.allow_nan
    assert not get_tags(PerStep(PCA())).input_tags.allow_nan


def test_partial_fit_is_fit_in_parts():
    parts = PerStep(StandardScaler()).partial_fit(X[:5]).partial_fit(X[5:])
    assert_allclose(
        parts.transform(X).values, StandardScaler().fit_transform(ROWS), rtol=1e-10
    )
    with pytest.raises(ValueError, match="X has 2 features, but PerStep"):
        parts.partial_fit([x[:, :2] for x in X])


# -- arrays ----------------------------------------------------------------------------


def test_a_2d_array_is_univariate_sequences():
    X2 = np.random.default_rng(0).normal(size=(5, 4))
    scaler = PerStep(StandardScaler())
    Xt = scaler.fit_transform(X2)
    assert type(Xt) is np.ndarray
    assert_allclose(Xt, (X2 - X2.mean()) / X2.std(), rtol=1e-12)
    assert_allclose(scaler.inverse_transform(Xt), X2, rtol=1e-12)
    assert scaler.n_features_in_ == 4
    with pytest.raises(ValueError, match="X has 3 features, but PerStep is expecting"):
        scaler.transform(X2[:, :3])
    # Ragged sequences have no width to keep, and 3-D ones say what their features are.
    assert_allclose(scaler.transform([X2[0, :2], X2[1]]).values[:2, 0], Xt[0, :2])
    assert_allclose(scaler.transform(X2[:, :3, None])[..., 0], Xt[:, :3])


def test_a_2d_array_gets_a_third_axis_with_more_features():
    X2 = np.random.default_rng(0).normal(size=(5, 4))
    bins = PerStep(
        KBinsDiscretizer(
            2, encode="onehot-dense", quantile_method="averaged_inverted_cdf"
        )
    )
    Xt = bins.fit_transform(X2)
    assert Xt.shape == (5, 4, 2)
    assert bins.inverse_transform(Xt).shape == (5, 4)
    assert_array_equal(bins.get_feature_names_out(), ["x0_0.0", "x0_1.0"])


def test_a_3d_array_gives_one():
    X3 = np.random.default_rng(0).normal(size=(5, 4, 3))
    pca = PerStep(PCA(n_components=1)).fit(X3)
    assert pca.n_features_in_ == 3
    assert pca.transform(X3).shape == (5, 4, 1)
    assert pca.inverse_transform(pca.transform(X3)).shape == X3.shape
    assert isinstance(pca.transform(list(X3)), RaggedArray)
    with pytest.raises(
        ValueError, match="X has 2 features, but PerStep is expecting 3"
    ):
        pca.transform(X3[:, :, :2])


def test_lists_of_one_length_are_no_table_whose_width_must_stay():
    scaler = PerStep(StandardScaler())
    Xt = scaler.fit_transform([[1.0, 2.0], [3.0, 4.0]])
    assert Xt.shape == (2, 2, 1)
    assert scaler.n_features_in_ == 1
    assert scaler.transform([[1.0, 2.0, 3.0]]).shape == (1, 3, 1)
    assert isinstance(scaler.transform([[1.0], [1.0, 2.0]]), RaggedArray)


def test_a_function_may_give_one_number_a_row():
    norm = PerStep(FunctionTransformer(lambda rows: np.linalg.norm(rows, axis=1)))
    assert norm.fit_transform(X).values.shape == (len(ROWS),)
    assert norm.fit_transform(np.ones((5, 4, 3))).shape == (5, 4)


def test_refitting_forgets_the_names_of_columns():
    scaler = PerStep(StandardScaler()).fit(pd.DataFrame({"a": [1.0], "b": [2.0]}))
    assert_array_equal(scaler.feature_names_in_, ["a", "b"])
    scaler.fit(X)
    assert not hasattr(scaler, "feature_names_in_")
    assert scaler.n_features_in_ == 3


# -- steps that are no numbers ---------------------------------------------------------


def test_dicts():
    vectorizer = PerStep(DictVectorizer())
    Xt = vectorizer.fit_transform(DICTS)
    assert Xt.is_sparse
    assert_array_equal(Xt.lengths, [3, 2, 2])
    assert_array_equal(
        vectorizer.get_feature_names_out(),
        ["length", "word=a", "word=cat", "word=end", "word=sat", "word=the"],
    )
    assert_array_equal(Xt[1].toarray(), [[1, 1, 0, 0, 0, 0], [3, 0, 1, 0, 0, 0]])
    back = vectorizer.inverse_transform(Xt)
    assert list(back[1]) == [{"length": 1, "word=a": 1}, {"length": 3, "word=cat": 1}]
    assert not hasattr(vectorizer, "n_features_in_")
    dense = PerStep(DictVectorizer(sparse=False)).fit_transform(DICTS)
    assert_array_equal(dense.values, Xt.values.toarray())


@pytest.mark.parametrize("vectorizer", [CountVectorizer(), TfidfVectorizer()])
def test_texts(vectorizer):
    X = [["the cat sat", "a dog"], ["", "the end", "cat"]]
    per_step = PerStep(vectorizer)
    Xt = per_step.fit_transform(X)
    assert Xt.is_sparse
    flat = clone(vectorizer).fit_transform(
        ["the cat sat", "a dog", "", "the end", "cat"]
    )
    assert_array_equal(Xt.values.toarray(), flat.toarray())
    assert_array_equal(Xt.lengths, [2, 3])
    back = per_step.inverse_transform(Xt)
    assert sorted(back[0][0]) == ["cat", "sat", "the"]
    assert len(back[1][0]) == 0


def words_in_a_frame():
    frame = pd.DataFrame(
        {"s": np.repeat([0, 1, 2], [3, 2, 2]), "w": np.concatenate(WORDS)}
    )
    return RaggedArray.from_frame(frame, by="s", columns="w")


@pytest.mark.parametrize(
    "sentences",
    [
        WORDS,
        tuple(WORDS),
        [np.array(s) for s in WORDS],
        [pd.Series(s, index=list(s)) for s in WORDS],
        pd.Series(WORDS),
        pl.Series(WORDS),
        np.asarray(pd.Series(WORDS)),
        words_in_a_frame(),
    ],
    ids=lambda X: type(X).__name__,
)
def test_words(sentences):
    counts = PerStep(CountVectorizer(token_pattern=r"\w+")).fit_transform(sentences)
    assert_array_equal(counts.lengths, [3, 2, 2])
    assert_array_equal(
        counts[1].toarray(), [[1, 0, 0, 0, 0], [0, 1, 0, 0, 0]]
    )  # a, cat, end, sat, the
    codes = PerStep(OrdinalEncoder()).fit_transform(sentences)
    assert_array_equal(codes.values[:, 0], [4, 1, 3, 0, 1, 4, 2])
    one_hot = PerStep(make_pipeline(OneHotEncoder(), MaxAbsScaler()))
    assert_array_equal(
        one_hot.fit_transform(sentences)[1].toarray(), counts[1].toarray()
    )


def test_an_array_of_words():
    X = np.array([["the", "cat"], ["a", "cat"]], dtype=object)
    encoder = PerStep(OrdinalEncoder())
    assert_array_equal(encoder.fit_transform(X), [[2, 1], [0, 1]])
    assert_array_equal(encoder.inverse_transform(encoder.transform(X)), X)
    assert_array_equal(encoder.fit_transform(X.astype(str)), [[2, 1], [0, 1]])


def test_rows_that_hold_strings():
    X = [[["red", 1], ["blue", 2]], [["red", 2]]]
    Xt = PerStep(OrdinalEncoder()).fit_transform(X)
    assert_array_equal(Xt[0], [[1, 0], [0, 1]])
    assert_array_equal(Xt[1], [[1, 1]])
    encoder = PerStep(OrdinalEncoder()).fit(X)
    assert encoder.n_features_in_ == 2
    back = encoder.inverse_transform(Xt)
    assert back.values.tolist() == [["red", 1], ["blue", 2], ["red", 2]]


def test_csr_is_never_made_dense(monkeypatch):
    steps = [sparse.csr_matrix(x * (x > 0)) for x in X]

    def densify(*args, **kwargs):
        raise AssertionError("made dense")

    for cls in (sparse.csr_matrix, sparse.csr_array):
        monkeypatch.setattr(cls, "toarray", densify)
    for transformer in (MaxAbsScaler(), StandardScaler(with_mean=False)):
        scaler = PerStep(transformer)
        Xt = scaler.fit_transform(steps)
        assert Xt.is_sparse
        back = scaler.inverse_transform(Xt)
        assert back.is_sparse
        assert abs(back.values - sparse.vstack(steps)).max() < 1e-12
    assert PerStep(DictVectorizer()).fit_transform(DICTS).is_sparse
    assert PerStep(CountVectorizer()).fit(WORDS).transform(WORDS).is_sparse
    assert PerStep(OneHotEncoder()).fit_transform(np.eye(3)).is_sparse


# -- y ---------------------------------------------------------------------------------


def test_a_label_a_sequence_is_repeated():
    for y in (Y, Y.tolist(), pd.Series(Y), pl.Series(Y), np.array(list("abc"))[Y]):
        select = PerStep(SelectKBest(k=1)).fit(X, y)
        expected = SelectKBest(k=1).fit(ROWS, np.repeat(Y, LENGTHS))
        assert_allclose(select.transformer_.scores_, expected.scores_, rtol=1e-12)
    Xt = PerStep(LinearDiscriminantAnalysis()).fit_transform(X, Y)
    lda = LinearDiscriminantAnalysis().fit(ROWS, np.repeat(Y, LENGTHS))
    assert_allclose(Xt.values, lda.transform(ROWS), rtol=1e-12)


class Seen(BaseEstimator):
    """Keeps the y it is fitted with; has no fit_transform."""

    def fit(self, X, y=None):
        self.y_ = y
        return self

    def transform(self, X):
        return X


def test_labels_of_steps_are_joined():
    steps = np.concatenate([np.arange(n) for n in LENGTHS])
    as_list = [np.arange(n) for n in LENGTHS]
    ragged = RaggedArray.from_sequences(as_list)
    for y in (as_list, [a.tolist() for a in as_list], ragged, np.asarray(ragged)):
        per_step = PerStep(Seen())
        assert_array_equal(per_step.fit_transform(X, y).values, ROWS)
        assert_array_equal(per_step.transformer_.y_, steps)


def test_rows_of_labels_are_repeated():
    y = np.eye(12)
    per_step = PerStep(Seen()).fit(X, y)
    assert_array_equal(per_step.transformer_.y_, np.repeat(y, LENGTHS, axis=0))


def test_sequences_of_other_lengths_are_no_labels():
    y = [np.arange(n + i % 2) for i, n in enumerate(LENGTHS)]
    assert PerStep(Seen()).fit(X, y).transformer_.y_ is None
    message = rf"y\[1\] has shape \({LENGTHS[1] + 1},\), but X\[1\] has {LENGTHS[1]} st"
    with pytest.raises(ValueError, match=message):
        PerStep(LinearDiscriminantAnalysis()).fit(X, y)
    with pytest.raises(ValueError, match="X has 12 sequences, y has 11 entries"):
        PerStep(StandardScaler()).fit(X, Y[:11])


def test_cross_fitting_is_used():
    y = np.arange(12) % 2
    sequences = [[["a", "b"][k]] * n for k, n in zip(y, LENGTHS)]
    encoder = TargetEncoder(cv=StratifiedKFold(2))
    encoded = PerStep(encoder).fit_transform(sequences, y)
    expected = clone(encoder).fit_transform(
        np.concatenate(sequences)[:, None], np.repeat(y, LENGTHS)
    )
    assert_array_equal(encoded.values, expected)


# -- as an estimator -------------------------------------------------------------------


def test_parameters_have_two_names():
    per_step = PerStep(StandardScaler())
    params = per_step.get_params()
    for name in ("transformer", "standardscaler"):
        assert params[name] is per_step.transformer
        assert params[f"{name}__with_mean"] is True
        per_step.set_params(**{f"{name}__with_mean": False})
        assert per_step.transformer.with_mean is False
        per_step.transformer.with_mean = True
    assert per_step.get_params(deep=False).keys() == {"transformer"}
    assert per_step.set_params() is per_step


def test_the_transformer_is_replaced_before_its_parameters_are_set():
    per_step = PerStep(StandardScaler())
    per_step.set_params(pca__n_components=2, transformer=PCA())
    assert per_step.transformer.n_components == 2
    per_step.set_params(pca=MinMaxScaler())
    assert isinstance(per_step.transformer, MinMaxScaler)


def test_parameters_inside_a_pipeline():
    outer = make_pipeline(
        PerStep(make_pipeline(SimpleImputer(), StandardScaler())), LogisticRegression()
    )
    outer.set_params(perstep__pipeline__standardscaler__with_mean=False)
    inner = outer.named_steps["perstep"].transformer
    assert inner.named_steps["standardscaler"].with_mean is False
    assert "perstep__transformer__simpleimputer__strategy" in outer.get_params()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("pca__whiten", "Invalid parameter 'pca' for estimator PerStep"),
        ("whiten", "Invalid parameter 'whiten' for estimator PerStep"),
        ("standardscaler__whiten", "Invalid parameter 'whiten' for estimator Standard"),
        ("transformer__whiten", "Invalid parameter 'whiten' for estimator Standard"),
    ],
)
def test_unknown_parameters(name, message):
    with pytest.raises(ValueError, match=message):
        PerStep(StandardScaler()).set_params(**{name: 1})


def test_in_a_grid_over_ragged_lists():
    pipeline = make_pipeline(
        PerStep(StandardScaler()),
        RNNClassifier(hidden_layer_sizes=(2,), max_iter=2, random_state=0),
    )
    grid = {
        "perstep__standardscaler__with_mean": [True, False],
        "perstep__transformer__with_std": [True],
    }
    search = GridSearchCV(pipeline, grid, cv=2, n_jobs=2, error_score="raise")
    search.fit(X, Y)
    assert len(search.cv_results_["params"]) == 2
    assert search.predict(X).shape == (12,)
    scaler = search.best_estimator_[0].transformer_
    assert scaler.with_mean == search.best_params_["perstep__standardscaler__with_mean"]
    scores = cross_val_score(pipeline, RaggedArray.from_sequences(X), Y, cv=2)
    assert np.isfinite(scores).all()


def test_clone_and_pickle():
    per_step = PerStep(make_pipeline(SimpleImputer(), PCA(n_components=2)))
    per_step.fit(X)
    copy = clone(per_step)
    assert copy.transformer is not per_step.transformer
    assert not hasattr(copy, "transformer_")
    assert repr(copy) == repr(per_step)
    assert "PerStep" in per_step._repr_html_()
    loaded = pickle.loads(pickle.dumps(per_step))
    assert_array_equal(loaded.transform(X).values, per_step.transform(X).values)


def test_fitting_leaves_the_given_transformer_alone():
    scaler = StandardScaler()
    PerStep(scaler).fit(X)
    assert not hasattr(scaler, "mean_")


def test_methods_are_those_of_the_transformer():
    assert not hasattr(PerStep(PolynomialFeatures()), "inverse_transform")
    assert not hasattr(PerStep(PCA()), "partial_fit")
    assert not hasattr(PerStep(Seen()), "get_feature_names_out")
    assert hasattr(PerStep(IncrementalPCA()), "partial_fit")
    assert hasattr(PerStep(PCA()), "inverse_transform")
    with pytest.raises(AttributeError, match="inverse_transform"):
        PerStep(Normalizer()).fit(X).inverse_transform(X)


def test_names_of_features():
    names = PerStep(StandardScaler()).fit(X).get_feature_names_out(["a", "b", "c"])
    assert_array_equal(names, ["a", "b", "c"])


def test_set_output_changes_nothing():
    pipeline = make_pipeline(PerStep(StandardScaler())).set_output(transform="pandas")
    assert isinstance(pipeline.fit_transform(X), RaggedArray)
    inner = PerStep(StandardScaler().set_output(transform="pandas"))
    assert isinstance(inner.fit_transform(X).values, np.ndarray)


# -- errors ----------------------------------------------------------------------------


@pytest.mark.parametrize("transformer", [StandardScaler, LogisticRegression(), None])
def test_no_transformer(transformer):
    with pytest.raises(ValueError, match="'transformer' parameter of PerStep must be"):
        PerStep(transformer).fit(X)


@pytest.mark.parametrize("function", [lambda rows: rows[1:], lambda rows: [*rows, 0]])
def test_rows_may_not_come_or_go(function):
    with pytest.raises(
        ValueError, match=rf"FunctionTransformer gave \d+ rows for {len(ROWS)} steps"
    ):
        PerStep(FunctionTransformer(function)).fit_transform(X)


@pytest.mark.parametrize(
    ("bad", "error", "message"),
    [
        ([], ValueError, "X is empty: found array with 0 sample"),
        (RaggedArray(np.ones((0, 2)), [0]), ValueError, "X is empty"),
        ([np.ones((2, 3)), np.ones((0, 3))], ValueError, r"X\[1\] is an empty seq"),
        ([["a"], []], ValueError, r"X\[1\] is an empty sequence \(1 of 2 are\)"),
        ([[], []], ValueError, r"X\[0\] is an empty sequence"),
        ([np.ones((2, 3)), np.ones((2, 2))], ValueError, r"X\[1\] has 2 features, but"),
        (["the cat", "a dog"], TypeError, r"X\[0\] is text"),
        (
            [["a", "b"], "cd"],
            TypeError,
            r"X\[1\] is a string. Expected a list of steps",
        ),
        ([["a"], 3], TypeError, r"X\[1\] is a value of type int. Expected a list"),
        (
            [["a"], ["b", 3]],
            TypeError,
            r"X\[1\] has a value of type int at step 1, but X",
        ),
        (
            [[{"a": 1}], ["b"]],
            TypeError,
            r"X\[1\] has a string at step 0, but X\[0\] ha",
        ),
        (
            [[["a", 1]], [["b"]]],
            TypeError,
            r"X\[1\] has a row of 1 at step 0, but X\[0\] has a row of 2 at step 0",
        ),
        (3, TypeError, "X must be sequences"),
        (np.ones(3), ValueError, "Reshape your data"),
        (sparse.eye(3, format="csr"), TypeError, "X is one sparse matrix"),
    ],
    ids=str,
)
def test_bad_input(bad, error, message):
    with pytest.raises(error, match=message):
        PerStep(StandardScaler()).fit(bad)


WITHOUT_PANDAS = """
import sys
from importlib.machinery import PathFinder

class NoPandas(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name.partition(".")[0] != "pandas":
            return PathFinder.find_spec(name, path, target)

sys.meta_path[sys.meta_path.index(PathFinder)] = NoPandas

import polars as pl
from sklearn.preprocessing import StandardScaler
from sksequence import RaggedArray
from sksequence.preprocessing import PerStep

frame = pl.DataFrame({"sequence": [0, 0, 1], "step": [0, 1, 0], "a": [1.0, 2.0, 3.0]})
X = RaggedArray.from_frame(frame, by="sequence", order_by="step")
scaled = PerStep(StandardScaler()).fit(X)
assert scaled.n_features_in_ == 1
assert scaled.transform(X).values.shape == (3, 1)
"""


def test_rows_with_names_where_only_polars_is_installed():
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_PANDAS], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("wrong", ["passthrough", None, StandardScaler, 3])
def test_what_is_no_transformer_is_said_by_fit(wrong):
    per_step = PerStep(wrong)
    assert get_tags(per_step).input_tags.three_d_array
    with pytest.raises(NotFittedError):
        per_step.transform([[[1.0]]])
    with pytest.raises(ValueError, match="The 'transformer' parameter of PerStep must"):
        per_step.fit([[[1.0]]])


MIXED = make_column_transformer(
    (StandardScaler(), ["speed"]), (OneHotEncoder(handle_unknown="ignore"), ["road"])
)


@pytest.mark.parametrize(
    ("transformer", "fitted", "given"),
    [
        (
            MIXED,
            pd.DataFrame({"speed": [1.0, 2, 3], "road": ["wet", None, "dry"]}),
            pd.DataFrame({"speed": [1.0, 2], "road": [None, None]}),
        ),
        (OneHotEncoder(), ["wet", None, "dry"], [None]),
        (OneHotEncoder(), [["wet", 1], [None, 2], ["dry", 1]], [[None, 2]]),
        (OrdinalEncoder(), ["wet", None, "dry"], [None, None]),
    ],
)
def test_what_is_missing_at_every_step_is_what_it_was_in_fit(
    transformer, fitted, given
):
    """Company does not matter: what else is transformed changes nothing."""
    per_step = PerStep(transformer).fit([fitted])
    alone = per_step.transform([given])[0]
    beside = per_step.transform([fitted, given])[1]
    dense = [x.toarray() if sparse.issparse(x) else x for x in (alone, beside)]
    assert_array_equal(*dense)


@pytest.mark.parametrize("library", ["pandas", "polars"])
@pytest.mark.parametrize("with_text", [True, False])
def test_columns_are_selected_by_type_as_in_one_table(library, with_text):
    """A list of frames is to the transformer as all of them below each other."""
    rng, frames = np.random.default_rng(0), []
    for n in (4, 6):
        frame = pd.DataFrame({"road": rng.choice(["dry", "wet"], n)})
        frame["road"] = frame["road"].astype(pd.CategoricalDtype(["dry", "wet"]))
        frame["night"], frame["km"] = rng.random(n) > 0.5, rng.random(n)
        frame["gear"] = rng.integers(1, 6, n)
        frames.append(frame.assign(name=["a", "b"] * (n // 2)) if with_text else frame)
    select = make_column_selector
    by_type = make_column_transformer(
        (OneHotEncoder(), select(dtype_include="category")),
        (OrdinalEncoder(), select(dtype_include=[bool, "int64"])),
        (StandardScaler(), select(dtype_include="float64")),
    )
    expected = by_type.fit(pd.concat(frames))
    given = frames
    if library == "polars":
        given = list(map(pytest.importorskip("polars").from_pandas, frames))
    per_step = clone(PerStep(by_type)).fit(given)
    names = per_step.get_feature_names_out()
    assert_array_equal(names, expected.get_feature_names_out())
    found = per_step.transform(given[::-1])
    assert_allclose(found[0], expected.transform(frames[1]))
    again = pickle.loads(pickle.dumps(per_step)).transform(given[:1])
    assert_array_equal(again[0], found[1])


def test_types_that_the_values_do_not_allow_are_those_of_numpy():
    """An integer that is missing in one frame, or at a step that is transformed."""
    select = make_column_transformer(
        (OneHotEncoder(), make_column_selector(dtype_include="int64")),
        ("passthrough", make_column_selector(dtype_include="float64")),
    )
    whole, lacking = pd.DataFrame({"k": [1, 2]}), pd.DataFrame({"k": [1.0, np.nan]})
    for other in (lacking, pd.DataFrame({"k": [1.0, 3.0]})):  # as below each other
        for frames in ([whole, other], [other, whole]):
            names = PerStep(select).fit(frames).get_feature_names_out()
            assert names.tolist() == ["passthrough__k"]
    per_step = PerStep(make_column_transformer((SimpleImputer(), ["k"])))
    found = per_step.fit([whole]).transform([lacking])
    assert found[0].tolist() == [[1.0], [1.5]]


def test_sparse_rows_where_frames_are_asked_for():
    """Steps are no frames, so that scikit-learn's setting does not matter."""
    X = [[["a"], ["b"]], [["a"]]]
    expected = PerStep(OneHotEncoder()).fit_transform(X)
    with config_context(transform_output="pandas"):
        found = PerStep(OneHotEncoder()).fit_transform(X)
    assert (found.values != expected.values).nnz == 0


def test_a_pipeline_whose_first_step_is_passed_through():
    X = [np.random.default_rng(0).standard_normal((n, 3)) for n in (4, 5)]
    for first in ("passthrough", None):
        steps = Pipeline([("scale", first), ("pca", PCA(2))])
        assert PerStep(steps).fit_transform(X).values.shape == (9, 2)
        nothing = PerStep(Pipeline([("scale", first)])).fit_transform(X)
        assert_array_equal(nothing.values, np.concatenate(X))


def test_there_and_back_without_a_warning():
    frame = pd.DataFrame([[1.0, 2.0, 4.0], [3.0, 5.0, 6.0]], columns=list("abc"))
    per_step = PerStep(StandardScaler()).fit(frame)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        back = per_step.inverse_transform(per_step.transform(frame))
    assert_allclose(np.asarray(back).reshape(2, 3), frame)


# -- names and values that are kept ----------------------------------------------------


def test_names_of_features_are_kept():
    frames = [
        pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 5.0]}),
        pd.DataFrame({"a": [4.0], "b": [5.0]}),
    ]
    scale = PerStep(StandardScaler())
    Xt = scale.fit_transform(frames)
    assert Xt.feature_names == scale.transform(frames).feature_names == ["a", "b"]
    assert scale.inverse_transform(Xt).feature_names == ["a", "b"]
    chosen = make_column_transformer((StandardScaler(), ["b"]))
    pipe = make_pipeline(PerStep(SimpleImputer()), PerStep(chosen))
    assert pipe.fit_transform(frames).feature_names == ["standardscaler__b"]
    assert scale.fit_transform([f.to_numpy() for f in frames]).feature_names is None


@pytest.mark.parametrize("form", ["frames", "from_frame"])
def test_large_ids_beside_floats_stay_apart(form):
    large = 2**53
    frames = [
        pd.DataFrame({"id": [large + 1 + k % 2, large], "v": [0.5, k]})
        for k in range(4)
    ]
    X = frames
    if form == "from_frame":
        of = pd.concat(frames).assign(sequence=np.repeat(range(4), 2))
        X = RaggedArray.from_frame(of, "sequence", columns=["id", "v"])
    encode = make_column_transformer((OneHotEncoder(sparse_output=False), ["id"]))
    Xt = PerStep(encode).fit_transform(X)
    assert Xt.values.tolist()[:4] == [[0, 1, 0], [1, 0, 0], [0, 0, 1], [1, 0, 0]]
    assert PerStep(StandardScaler()).fit_transform(X).dtype == np.float64
    assert len(RNNClassifier(2, max_iter=1).fit(X, [0, 1] * 2).predict(X)) == 4


def plus_one(rows):
    return rows + 1


@pytest.mark.parametrize(
    "transformer",
    [
        make_column_transformer(
            (StandardScaler(), ["a"]), (FunctionTransformer(plus_one), ["b"])
        ),
        make_pipeline(FunctionTransformer(plus_one), StandardScaler()),
        FunctionTransformer(plus_one),
    ],
    ids=["columns", "pipeline", "alone"],
)
def test_a_transformer_that_does_not_name_its_features(transformer):
    frames = [pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 5.0]})] * 4
    Xt = PerStep(transformer).fit_transform(frames)
    assert Xt.feature_names is None
    assert Xt.values.shape == (8, 2)


@pytest.mark.parametrize("columns", [["p", "when"], ["when"], ["p", "when", "road"]])
def test_dates_are_read_whatever_stands_beside_them(columns):
    frame = pd.DataFrame(
        {
            "p": [0.0, 1.0, 2.0],
            "when": pd.date_range("2020-01-01 05:00", periods=3, freq="h"),
            "road": ["wet", "dry", "wet"],
        }
    )[columns]
    hour = FunctionTransformer(hour_of_day)
    take = make_column_transformer((hour, ["when"]))
    Xt = PerStep(take).fit_transform([frame] * 2)
    assert Xt.values.ravel().tolist() == [5, 6, 7] * 2


def hour_of_day(frame):
    return pd.to_datetime(frame["when"]).dt.hour.to_numpy()[:, None]


def test_inverse_transform_compares_names():
    frames = [pd.DataFrame({"a": [1.0, 2.0], "b": [30.0, 50.0]})] * 2
    scale = PerStep(StandardScaler())
    scaled = scale.fit_transform(frames)
    back = [pd.DataFrame(x, columns=["a", "b"]) for x in scaled]
    assert_allclose(scale.inverse_transform(back)[0], frames[0].to_numpy())
    with pytest.raises(ValueError, match="what transform gives in another order"):
        scale.inverse_transform([x[["b", "a"]] for x in back])


# -- what is not needed does not fail --------------------------------------------------


@pytest.mark.parametrize(
    "X",
    [
        pd.DataFrame({"a": [1, None], "b": [3, 4]}, dtype="Int64").to_numpy(),
        RaggedArray.from_sequences([[1, pd.NA], [2]]),
        [[Decimal("sNaN")], [2]],
    ],
    ids=["array", "RaggedArray", "Decimal"],
)
def test_missing_objects_among_numbers_are_imputed(X):
    Xt = PerStep(SimpleImputer()).fit_transform(X)
    values = Xt.values if isinstance(Xt, RaggedArray) else Xt
    assert values.dtype == np.float64
    assert np.isfinite(values).all()


def test_decimals_are_floats():
    X = [[Decimal("0.1"), Decimal("0.2")], [Decimal("0.3")]]
    halved = PerStep(FunctionTransformer(lambda X: X * 0.5)).fit_transform(X)
    assert_allclose(halved.values.ravel(), [0.05, 0.1, 0.15])


class ManyNames(TransformerMixin, BaseEstimator):
    """Fits nothing; ``names`` is called for the names."""

    def __init__(self, names):
        self.names = names

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return np.asarray(X)

    def get_feature_names_out(self, input_features):
        return self.names(input_features)


def _raise(names):
    raise NotImplementedError


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (lambda names: names, ["a", "b"]),
        (lambda names: ["a", "a"], None),
        (lambda names: ["a"], None),
        (lambda names: [n for n in None], None),
        (_raise, None),
    ],
    ids=["given", "twice", "too few", "an error", "not implemented"],
)
def test_names_of_transformed_features_are_given_where_they_can_be(names, expected):
    frames = [pd.DataFrame(x[:, :2], columns=["a", "b"]) for x in X]
    Xt = PerStep(ManyNames(names)).fit_transform(frames)
    assert Xt.feature_names == expected


def test_an_inverse_of_another_width_has_no_names():
    frames = [pd.DataFrame(x[:, :2], columns=["a", "b"]) for x in X]
    first = FunctionTransformer(
        inverse_func=lambda X: np.asarray(X)[:, :1], check_inverse=False
    )
    Xt = PerStep(first).fit(frames).inverse_transform(frames)
    assert Xt.values.shape[1:] == (1,)
    assert Xt.feature_names is None


def test_missing_names_are_warned_of_once_in_a_pipeline():
    frames = [pd.DataFrame(x, columns=list("abcd")[: x.shape[1]]) for x in X]
    model = make_pipeline(
        PerStep(StandardScaler()),
        PerStep(MinMaxScaler()),
        RNNClassifier(4, max_iter=1, random_state=0),
    ).fit(frames, Y)
    with pytest.warns(UserWarning, match="PerStep was fitted with") as warned:
        model.predict(X)
    assert len(warned) == 1


def test_dates_beside_numbers_say_what_to_do():
    frame = pd.DataFrame({"d": pd.to_datetime(["2020", "2021"]), "b": [1.0, 2.0]})
    with pytest.raises(TypeError, match="leave dates out"):
        PerStep(StandardScaler()).fit([frame])


def test_one_frame_of_numbers_and_text_is_no_table_of_sequences():
    frame = pd.DataFrame({"a": [1.0, 2.0, 3.0], "c": ["x", "y", "x"]})
    columns = make_column_transformer(
        (StandardScaler(), ["a"]), (OneHotEncoder(), ["c"])
    )
    step = PerStep(columns)
    for X in (frame, pl.from_pandas(frame)):
        with pytest.raises(ValueError, match=r"'a' holds numbers and 'c'.*pass \[X\]"):
            step.fit(X)
    step.fit([frame, frame])
    for X in (frame, frame[["c", "c"]].set_axis(["a", "c"], axis=1)):
        with pytest.raises(ValueError, match=r"If X is one sequence, pass it as \[X\]"):
            step.transform(X)
    gone = pd.DataFrame({"first": ["x", "y"], "second": [np.nan, np.nan]})
    assert PerStep(OneHotEncoder()).fit(gone).n_features_in_ == 2
