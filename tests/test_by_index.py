"""ByIndex: sequences behind a column of numbers."""

import pickle

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from numpy.testing import assert_array_equal
from scipy import sparse
from sklearn.base import clone
from sklearn.ensemble import BaggingClassifier
from sklearn.model_selection import cross_val_predict
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.semi_supervised import SelfTrainingClassifier

from sksequence import RaggedArray, RNNClassifier
from sksequence.preprocessing import ByIndex, TokenEncoder
from sksequence.sequences import as_ragged

RNG = np.random.default_rng(0)
Y = np.arange(30) % 3
X = [RNG.standard_normal((n, 2)) + 2 * k for n, k in zip(RNG.integers(2, 7, 30), Y)]
ROWS = np.arange(30)[:, None]
TEXTS = [("aab", "bba", "ccc")[k] * n for n, k in zip(RNG.integers(1, 4, 30), Y)]


def network():
    return RNNClassifier(8, max_iter=40, learning_rate_init=0.01, random_state=0)


FORMS = {
    "list": X,
    "ragged": RaggedArray.from_sequences(X),
    "array": np.stack([x[:2] for x in X]),
    "texts": TEXTS,
    "series": pd.Series(TEXTS),
}


@pytest.mark.parametrize("form", FORMS)
def test_sequences_come_as_they_are(form):
    given = FORMS[form]
    which = np.array([[7], [0], [7]])
    found = ByIndex(given).fit(ROWS).transform(which)
    listed = list(given)
    assert type(found) is type(given)
    for x, i in zip(found, which.ravel()):
        assert_array_equal(x, listed[i])


EVEN = RNG.standard_normal((6, 4))
COLUMNS = {f"t{k}": column for k, column in enumerate(EVEN.T)}
TABLES = {
    "pandas": pd.DataFrame(COLUMNS),
    "polars": pl.DataFrame(COLUMNS),
    "pyarrow": pa.table(COLUMNS),
    "a column of pandas": pd.DataFrame({"x": list(EVEN)}),
    "a column of polars": pl.DataFrame({"x": EVEN.tolist()}),
    "a column of pyarrow": pa.table({"x": list(EVEN)}),
    "pyarrow array": pa.array(list(EVEN)),
}


@pytest.mark.parametrize("form", TABLES)
def test_a_row_is_a_sequence(form):
    pipe = make_pipeline(ByIndex(TABLES[form]), RNNClassifier(2, max_iter=1))
    pipe.fit(ROWS[:6], Y[:6])
    for i, x in zip([2, 0, 2], as_ragged(pipe[0].transform([2, 0, 2])), strict=True):
        assert_array_equal(x.ravel(), EVEN[i])


def test_the_same_predictions_as_without():
    expected = cross_val_predict(network(), X, Y, cv=3)
    pipe = make_pipeline(ByIndex(X), network())
    assert_array_equal(cross_val_predict(pipe, ROWS, Y, cv=3), expected)
    reader = network().set_params(embedding_dim=4)
    texts = make_pipeline(TokenEncoder("char"), reader).fit(TEXTS, Y)
    pipe = make_pipeline(ByIndex(TEXTS), TokenEncoder("char"), reader).fit(ROWS, Y)
    assert_array_equal(pipe.predict_proba(ROWS), texts.predict_proba(TEXTS))


@pytest.mark.parametrize(
    "meta",
    [
        lambda one: BaggingClassifier(one, n_estimators=2, random_state=0),
        OneVsRestClassifier,
        SelfTrainingClassifier,
    ],
    ids=["bagging", "one against the rest", "self-training"],
)
def test_meta_estimators_that_want_a_table(meta):
    y = np.where(np.arange(30) < 24, Y, -1) if meta is SelfTrainingClassifier else Y
    model = meta(make_pipeline(ByIndex(X), network())).fit(ROWS, y)
    assert (model.predict(ROWS) == Y).mean() > 0.8


def test_clones_share_the_sequences():
    one = ByIndex(X)
    assert make_pipeline(one, network()).fit(ROWS, Y).n_features_in_ == 1
    assert clone(one).sequences is X
    assert clone(make_pipeline(one, network()))[0].sequences is X
    again = pickle.loads(pickle.dumps(one))
    assert_array_equal(again.transform([3])[0], X[3])


@pytest.mark.parametrize(
    "kind",
    [
        np.array,
        np.ma.array,
        pd.Series,
        pd.array,
        pl.Series,
        pa.array,
        lambda rows: list(pa.array(rows)),
        lambda rows: np.array(rows, dtype=np.longdouble),
        lambda rows: np.array(rows, dtype=object)[:, None],
        lambda rows: pd.DataFrame({"i": rows}),
        lambda rows: pl.DataFrame({"i": rows}),
        lambda rows: pa.table({"i": rows}),
    ],
)
def test_kinds_of_columns(kind):
    found = ByIndex(X).transform(kind([2, 5]))
    assert_array_equal(found[1], X[5])


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([[0, 1]], r"one column of indices.*Got \[\[0, 1\]\]"),
        ([[0], [1, 2]], "one column of indices"),
        ([0, 30], r"X\[1\] must be the index of a sequence, 0 to 29. Got 30"),
        ([-1], r"X\[0\] .* Got -1"),
        ([0.5], r"X\[0\] .* Got 0.5"),
        ([np.nan], r"X\[0\] .* Got nan"),
        (["a"], r"X\[0\] .* Got 'a'"),
        ([True], r"X\[0\] .* Got True"),
        (pd.array([0, None]), r"X\[1\] .* Got nan"),
        (np.ma.array([0, 1], mask=[1, 0]), "X is a masked array"),
        (pl.LazyFrame({"a": [0]}), r"X is a LazyFrame.*collect\(\)"),
    ],
)
def test_what_is_no_index(rows, message):
    with pytest.raises((TypeError, ValueError), match=message):
        ByIndex(X).transform(rows)
    with pytest.raises((TypeError, ValueError), match=message):
        ByIndex(X).fit(rows)


@pytest.mark.parametrize("sequences", [None, 3, "text", sparse.eye(3)])
def test_what_is_no_collection(sequences):
    with pytest.raises(ValueError, match="'sequences' parameter of ByIndex"):
        ByIndex(sequences).fit(ROWS)
