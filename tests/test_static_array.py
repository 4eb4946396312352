"""Static numbers of a RaggedArray: what is known of a sequence beside its steps."""

import pickle

import joblib
import numpy as np
import pandas
import polars
import pytest
from numpy.testing import assert_array_equal
from scipy.sparse import csr_matrix
from sklearn.model_selection import KFold, train_test_split
from sklearn.preprocessing import StandardScaler
from sklearn.utils import _safe_indexing, shuffle

from sksequence import RaggedArray
from sksequence.preprocessing import (
    Downsample,
    ForwardFill,
    PerStep,
    ScaleEachSequence,
    StackFrames,
    TokenEncoder,
    TokenFeatures,
)

S = np.array([[34.0, 1.0], [71.0, 0.0], [52.0, 0.0], [18.0, 1.0]])
NAMES = ["age", "smokes"]


def four():
    sequences = [np.arange(2.0 * n).reshape(n, 2) for n in (3, 1, 2, 5)]
    return RaggedArray.from_sequences(sequences).with_static(S, NAMES)


def words():
    sentences = [list("abc"), list("a"), list("bb"), list("cabab")]
    return RaggedArray.from_sequences(sentences).with_static(S, NAMES)


# -- how it is given -------------------------------------------------------------------


@pytest.mark.parametrize(
    "static",
    [
        S,
        S.tolist(),
        S.astype(int),
        S.astype(object),
        np.asfortranarray(S),
        pandas.DataFrame(S, index=[3, 2, 1, 0]),
        pandas.DataFrame(S).convert_dtypes(),
    ],
    ids=["array", "lists", "ints", "objects", "fortran", "frame", "extension"],
)
def test_any_container_of_numbers(static):
    X = four().with_static(static)
    assert_array_equal(X.static, S)
    assert X.static.dtype == np.float64
    assert X.static_names is None


def test_float32_stays_and_one_number_is_a_column():
    X = four()
    assert X.with_static(S.astype(np.float32)).static.dtype == np.float32
    assert X.with_static(S[:, 0]).static.shape == (4, 1)
    assert X.with_static(S > 20).static.dtype == np.float64
    assert_array_equal(X.with_static([1, None, 2, 3]).static.ravel(), [1, np.nan, 2, 3])


def test_names_are_those_given_or_of_a_frame():
    X = four()
    frame = pandas.DataFrame(S, columns=NAMES)
    assert X.with_static(frame).static_names == NAMES
    assert X.with_static(frame["age"]).static_names == ["age"]
    assert X.with_static(frame, ["a", "b"]).static_names == ["a", "b"]
    table = polars.DataFrame(S, schema=NAMES)
    assert X.with_static(table).static_names == NAMES
    assert X.with_static(table["smokes"]).static_names == ["smokes"]
    assert X.with_static(table.to_arrow()).static_names == NAMES
    assert X.with_static(None).static_names is None


def test_the_array_it_is_added_to_stays_as_it_was():
    X = four().with_static(None)
    Z = X.with_static(S)
    assert X.static is None
    assert Z.static is not None
    assert Z.values is X.values
    assert Z.with_static(None).static is None


@pytest.mark.parametrize(
    ("static", "error", "message"),
    [
        (S[:3], ValueError, r"each of the 4 sequences.*\(4, n_static\).*\(3, 2\)"),
        (S[:, :0], ValueError, r"Got shape \(4, 0\)"),
        (S[None], ValueError, r"Got shape \(1, 4, 2\)"),
        (7.0, ValueError, r"Got shape \(\)"),
        (list("abcd"), TypeError, "Expected real numbers"),
        ([[1, "uk"]] * 4, TypeError, "number"),
        (S + 1j, TypeError, "complex128 values. Expected real numbers"),
        (np.array(["2020-01-01"] * 4, "M8[D]"), TypeError, "Expected real numbers"),
        ({"age": [1, 2, 3, 4]}, TypeError, "static"),
    ],
)
def test_what_is_not_a_row_of_numbers_a_sequence(static, error, message):
    with pytest.raises(error, match=message):
        four().with_static(static)


def test_as_many_names_as_columns():
    with pytest.raises(ValueError, match=r"one entry for each column.*Got 1 names"):
        four().with_static(S, ["age"])
    with pytest.raises(TypeError, match="names must be a list"):
        four().with_static(S[:, :1], "age")


def test_repr_says_how_many():
    assert repr(four()).endswith("float64, with 2 static numbers")
    assert repr(four().with_static(S[:, 0])).endswith("with 1 static number")
    assert "static" not in repr(four().with_static(None))


# -- selecting, splitting, storing -----------------------------------------------------


@pytest.mark.parametrize(
    "key",
    [
        slice(1, 3),
        slice(None),
        slice(3, 1),
        slice(None, None, -1),
        slice(0, 4, 2),
        [2, 0, 0],
        np.array([-1, 1]),
        np.array([True, False, False, True]),
        [],
        (np.array([3, 1]), ...),
    ],
    ids=str,
)
def test_selecting_sequences_selects_their_static_numbers(key):
    rows = np.arange(4)[slice(0) if isinstance(key, list) and not key else key]
    found = four()[key]
    assert_array_equal(found.static, S[rows])
    assert found.static_names == NAMES
    assert len(found) == len(rows)


def test_an_integer_gives_the_steps_alone():
    X = four()
    assert type(X[1]) is np.ndarray
    assert_array_equal(X[1], X.values[3:4])
    assert all(type(x) is np.ndarray for x in X)


def test_scikit_learn_splits_and_shuffles_them():
    X = four()
    train, test, rows, _ = train_test_split(X, np.arange(4), random_state=0)
    assert_array_equal(train.static, S[rows])
    assert len(test.static) == 1
    for some, others in KFold(2).split(X):
        assert_array_equal(_safe_indexing(X, some).static, S[some])
        assert_array_equal(X[others].static, S[others])
    again, rows = shuffle(X, np.arange(4), random_state=1)
    assert_array_equal(again.static, S[rows])


def test_a_copy_has_them():
    X = RaggedArray.from_frame(four().to_frame(), "sequence", "step", static=NAMES)
    copy = RaggedArray.from_sequences(X)
    assert_array_equal(copy.static, X.static)
    assert (copy.static_names, copy.feature_names) == (NAMES, ["x0", "x1"])
    copy.values[:] = 0
    assert X.values.any()
    bare = RaggedArray.from_sequences(X.to_list())
    assert_array_equal(bare.with_static(X.static).static, S)


def test_pickling_and_memory_maps(tmp_path):
    X = four()
    again = pickle.loads(pickle.dumps(X))
    assert_array_equal(again.static, S)
    assert again.static_names == NAMES
    joblib.dump(X, tmp_path / "X.joblib")
    mapped = joblib.load(tmp_path / "X.joblib", mmap_mode="r")
    assert isinstance(mapped.static, np.memmap)
    assert np.shares_memory(mapped[1:3].static, mapped.static)


def test_a_pickle_from_before_there_were_static_numbers():
    old = RaggedArray.__new__(RaggedArray)
    old.__dict__ = {"values": np.zeros((2, 1)), "offsets": np.array([0, 1, 2])}
    old.feature_names = None
    assert old.static is None
    assert old[[0]].static is None


def test_other_values_of_the_same_sequences():
    X = four()
    assert_array_equal(X.with_values(X.values * 2).static, S)


@pytest.mark.parametrize(
    "transformer",
    [
        StackFrames(),
        Downsample(2),
        ForwardFill(),
        ScaleEachSequence(),
        PerStep(StandardScaler()),
    ],
    ids=lambda t: type(t).__name__,
)
def test_transformers_keep_them(transformer):
    X = four()
    for found in (transformer.fit_transform(X), transformer.transform(X[1:])):
        assert_array_equal(found.static, S[-len(found) :])
        assert found.static_names == NAMES
    assert transformer.transform(X.with_static(None)).static is None


@pytest.mark.parametrize(
    "transformer",
    [TokenEncoder(), TokenEncoder(add_eos=True), TokenFeatures()],
    ids=["ids", "ends", "features"],
)
def test_so_do_those_of_tokens(transformer):
    X = words()
    for found in (transformer.fit_transform(X), transformer.transform(X[1:])):
        assert_array_equal(found.static, S[-len(found) :])
        assert found.static_names == NAMES
    assert transformer.fit_transform(X.with_static(None)).static is None


# -- several as one --------------------------------------------------------------------


def test_concatenate_puts_sequences_after_one_another():
    X = four()
    both = RaggedArray.concatenate([X[2:], X[:2]])
    assert_array_equal(both.values, X[[2, 3, 0, 1]].values)
    assert_array_equal(both.offsets, X[[2, 3, 0, 1]].offsets)
    assert_array_equal(both.static, S[[2, 3, 0, 1]])
    assert both.static_names == NAMES
    one = RaggedArray.concatenate(iter([X[:1]]))
    assert_array_equal(one.static, S[:1])
    sparse = X.with_values(csr_matrix(X.values))
    both = RaggedArray.concatenate([sparse, sparse[:1]])
    assert both.is_sparse
    assert_array_equal(both[4].toarray(), X[0])
    plain = RaggedArray.concatenate([X.with_static(None)] * 2)
    assert plain.static is None
    assert len(plain) == 8


def test_concatenate_keeps_names_that_all_have():
    X = four()
    named = RaggedArray(X.values, X.offsets, ["a", "b"])
    assert RaggedArray.concatenate([named, named]).feature_names == ["a", "b"]
    both = RaggedArray.concatenate([named.with_static(S), X])
    assert both.feature_names is None
    assert both.static_names is None


@pytest.mark.parametrize(
    ("other", "error", "message"),
    [
        (lambda X: X.with_static(None), ValueError, r"arrays\[1\] has no static"),
        (lambda X: X.with_static(S[:, :1]), ValueError, r"arrays\[1\] has 1 static"),
        (lambda X: X.with_static(S, ["smokes", "age"]), ValueError, "another order"),
        (lambda X: X.with_static(S, ["age", "sex"]), ValueError, "lacks"),
        (lambda X: X.with_values(X.values[:, 0]), ValueError, r"of shape \(\)"),
        (lambda X: X.to_list(), TypeError, r"arrays\[1\] is .*Expected a RaggedArray"),
    ],
)
def test_concatenate_takes_arrays_of_one_form(other, error, message):
    X = four()
    with pytest.raises(error, match=message):
        RaggedArray.concatenate([X, other(X)])


def test_concatenate_needs_one():
    with pytest.raises(ValueError, match="arrays is empty"):
        RaggedArray.concatenate([])
    with pytest.raises(TypeError, match="arrays must be .*RaggedArrays"):
        RaggedArray.concatenate(3)


# -- frames ----------------------------------------------------------------------------


def frame():
    return four().to_frame(columns=["load", "heat"])


def test_a_frame_has_them_at_every_step_and_gives_them_back():
    given = frame()
    assert list(given) == ["sequence", "step", "load", "heat", "age", "smokes"]
    X = RaggedArray.from_frame(
        given.sample(frac=1, random_state=0), "sequence", "step", static=NAMES
    )
    assert_array_equal(X.values, four().values)
    assert_array_equal(X.static, S)
    assert X.static_names == NAMES
    assert X.feature_names == ["load", "heat"]
    for library in (polars.DataFrame, lambda rows: polars.DataFrame(rows).to_arrow()):
        table = library(given.to_dict("list"))
        X = RaggedArray.from_frame(table, "sequence", "step", static=NAMES)
        assert_array_equal(X.static, S)
    unnamed = four().with_static(S).to_frame()
    assert list(unnamed)[-2:] == ["s0", "s1"]


def test_one_column_and_keys():
    X, keys = RaggedArray.from_frame(
        frame(),
        ["sequence", "smokes"],
        "step",
        ["load"],
        return_keys=True,
        static="age",
    )
    assert_array_equal(X.static, S[:, :1])
    assert_array_equal(keys[:, 1], S[:, 1])


def test_what_is_missing_in_all_steps_of_a_sequence_is_nan():
    given = frame()
    given.loc[given["sequence"] == 1, "age"] = np.nan
    X = RaggedArray.from_frame(given, "sequence", "step", static=NAMES)
    assert_array_equal(np.isnan(X.static), [[0, 0], [1, 0], [0, 0], [0, 0]])


@pytest.mark.parametrize("value", [35.0, np.nan])
def test_a_column_that_changes_is_named_with_its_sequence(value):
    given = frame()
    given.loc[2, "age"] = value
    where = r"column 'age' of static changes within the sequence sequence=0"
    with pytest.raises(ValueError, match=rf"{where}: it is 34.*{value} at step 2"):
        RaggedArray.from_frame(given, "sequence", "step", static=NAMES)


def test_the_sequence_is_named_by_all_its_keys():
    given = {
        "ward": list("aabb"),
        "bed": [1, 1, 1, 1],
        "x": [0.0] * 4,
        "age": [1, 1, 2, 3],
    }
    with pytest.raises(ValueError, match=r"the sequence ward='b', bed=1: it is 2"):
        RaggedArray.from_frame(given, ["ward", "bed"], static="age")


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"static": "weight"}, ValueError, "no column 'weight'"),
        ({"static": "load", "columns": ["load"]}, ValueError, "'load' is in both"),
        ({"static": "kind"}, TypeError, "'kind' of static holds 'pump'.*OneHotEncoder"),
    ],
)
def test_columns_that_cannot_be_static(options, error, message):
    given = frame().assign(kind="pump")
    with pytest.raises(error, match=message):
        RaggedArray.from_frame(given, "sequence", "step", **options)


def test_names_of_a_frame_must_differ():
    with pytest.raises(ValueError, match="none of them.*'age'"):
        four().to_frame(columns=["age", "heat"])
