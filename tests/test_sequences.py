"""Sequences: how they are held, checked, batched and packed by time."""

import pickle
from collections import Counter
from fractions import Fraction

import joblib
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from numpy.testing import assert_array_equal
from scipy import sparse
from sklearn.model_selection import KFold, StratifiedKFold, train_test_split
from sklearn.utils import resample, shuffle

from sksequence import RaggedArray
from sksequence._extras import import_extra
from sksequence.sequences import (
    Steps,
    as_ragged,
    check_sequences,
    check_token_range,
    pack,
    similar_lengths,
    training_batches,
    unpack,
)

SEEDS = range(20)


def ragged(seed=0, n_sequences=7, n_features=2, low=1, high=6):
    """Sequences whose steps are all unlike."""
    rng = np.random.default_rng(seed)
    lengths = rng.integers(low, high + 1, n_sequences)
    values = np.arange(1.0, lengths.sum() * n_features + 1).reshape(-1, n_features)
    return RaggedArray.from_concatenated(values, lengths)


def as_csr(X):
    return RaggedArray(sparse.csr_matrix(X.values), X.offsets)


def dense(rows):
    return rows.toarray() if sparse.issparse(rows) else np.asarray(rows)


def assert_same(A, B):
    """Two RaggedArrays are the same, CSR or not."""
    assert isinstance(A, RaggedArray)
    assert isinstance(B, RaggedArray)
    assert_array_equal(A.offsets, B.offsets)
    assert_array_equal(dense(A.values), dense(B.values))


# -- RaggedArray as a container --------------------------------------------------------

X = ragged()
LIST = [X.values[a:b] for a, b in zip(X.offsets[:-1], X.offsets[1:], strict=True)]
KEYS = [
    slice(None),
    slice(2, 5),
    slice(-3, None),
    slice(5, 2),
    slice(100, 200),
    slice(None, None, 2),
    slice(None, None, -1),
    np.array([0, 3, 3, -1]),
    np.array([], dtype=int),
    np.array([6], dtype=np.uint8),
    [],
    [1, -2],
    np.arange(7) % 2 == 0,
    [True, False] * 3 + [True],
    np.zeros(7, dtype=bool),
]
with_both = pytest.mark.parametrize("make", [lambda X: X, as_csr], ids=["dense", "csr"])


def test_each_sequence_by_its_number():
    for i in range(-7, 7):
        assert_array_equal(X[i], LIST[i])
        assert_array_equal(X[np.int8(i)], LIST[i])
    for i in (-8, 7):
        with pytest.raises(IndexError, match=f"index {i} is out of bounds for 7 seq"):
            X[i]


@with_both
@pytest.mark.parametrize("key", KEYS, ids=str)
def test_many_at_once(make, key):
    chosen = make(X)[key]
    assert isinstance(chosen, RaggedArray)
    expected = np.arange(7)[key]
    assert len(chosen) == len(expected)
    for sequence, i in zip(chosen, expected, strict=True):
        assert_array_equal(dense(sequence), LIST[i])
    assert chosen.is_sparse == make(X).is_sparse
    assert_same(make(X)[key, ...], chosen)


def test_a_slice_does_not_copy():
    assert np.shares_memory(X[2:5].values, X.values)
    assert np.shares_memory(X[3], X.values)


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ((0, 1), r"indexed by sequence only. Got \(0, 1\)"),
        ((0,), "indexed by sequence only"),
        (True, "a mask or a 1-D array of indices. Got True"),
        (None, "a mask or a 1-D array of indices. Got None"),
        (np.array([[0, 1]]), "a mask or a 1-D array of indices"),
        (np.array(1), "a mask or a 1-D array of indices"),
        ([True, False], "boolean index did not match"),
        ([9], "index 9 is out of bounds"),
        (1.0, "only integers"),
        ("a", "only integers"),
    ],
    ids=str,
)
def test_keys_that_are_none(key, message):
    with pytest.raises(IndexError, match=message):
        X[key]


def test_as_an_array():
    array = np.asarray(X)
    assert array.shape == X.shape == (7,)
    assert array.dtype == object
    for a, b in zip(array, LIST, strict=True):
        assert_array_equal(a, b)
    assert np.asarray(ragged(low=3, high=3), dtype=object).shape == (7,)
    with pytest.raises(ValueError, match="no form as an array of float64"):
        np.asarray(X, dtype=np.float64)
    assert (X.ndim, X.dtype, len(X)) == (1, np.float64, 7)
    assert_array_equal(X.lengths, [len(x) for x in LIST])
    for a, b in zip(X, LIST, strict=True):
        assert_array_equal(a, b)


@pytest.mark.parametrize(
    ("X", "expected"),
    [
        (ragged(low=3, high=3), "7 sequences, 3 steps of 2 features, float64"),
        (RaggedArray([1, 2, 3], [0, 1, 3]), "2 sequences, 1 to 2 steps, int64"),
        (
            RaggedArray(np.ones((2, 1)), [0, 2]),
            "1 sequences, 2 steps of 1 feature, flo",
        ),
        (as_csr(ragged(low=2, high=2)), "7 sequences, 2 steps of 2 features, float64"),
        (X[:0], "0 sequences"),
    ],
)
def test_repr(X, expected):
    assert repr(X).startswith(f"RaggedArray of {expected}")


@with_both
def test_pickle_and_memory_map(make, tmp_path):
    X = make(ragged())
    assert_same(pickle.loads(pickle.dumps(X)), X)
    joblib.dump(X, tmp_path / "X.joblib")
    mapped = joblib.load(tmp_path / "X.joblib", mmap_mode="r")
    assert_same(mapped, X)
    part = mapped[2:5].values
    held = part.data if sparse.issparse(part) else part
    assert isinstance(mapped.offsets, np.memmap)
    if not X.is_sparse:
        assert isinstance(held, np.memmap) or isinstance(held.base, np.memmap)
    assert_same(mapped[[0, 3]], X[[0, 3]])


def test_stays_memory_mapped_in_workers():
    X = ragged(n_sequences=2000, n_features=10)

    def look(X):
        return type(X.values).__name__, X[5:].lengths

    parallel = joblib.Parallel(n_jobs=2, max_nbytes=1000)
    for kind, lengths in parallel(joblib.delayed(look)(X) for _ in range(2)):
        assert kind == "memmap"
        assert_array_equal(lengths, X.lengths[5:])


@with_both
@pytest.mark.parametrize("splitter", [KFold(3), StratifiedKFold(3)])
def test_splitters(make, splitter):
    X, y = make(ragged(n_sequences=9)), np.arange(9) % 3
    seen = []
    for train, test in splitter.split(X, y):
        assert_array_equal(X[train].lengths, X.lengths[train])
        for sequence, i in zip(X[test], test, strict=True):
            assert_array_equal(dense(sequence), dense(X[int(i)]))
        seen.extend(test)
    assert sorted(seen) == list(range(9))


@with_both
def test_scikit_learns_indexing(make):
    X, numbers = make(ragged(n_sequences=9)), np.arange(9)
    A, B, a, b = train_test_split(X, numbers, random_state=0, test_size=3)
    C, c = shuffle(X, numbers, random_state=0)
    D, d = resample(X, numbers, random_state=0, n_samples=5)
    E, F, e, f = train_test_split(X, numbers, stratify=numbers % 3, random_state=0)
    for part, chosen in [(A, a), (B, b), (C, c), (D, d), (E, e), (F, f)]:
        assert_same(part, X[chosen])


# -- from and to other forms -----------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_round_trips(seed):
    X = ragged(seed, low=0)
    assert_same(RaggedArray.from_sequences(X.to_list()), X)
    assert_same(RaggedArray.from_concatenated(*X.to_concatenated()), X)
    assert_same(RaggedArray.from_padded(*X.to_padded()), X)
    assert_same(RaggedArray.from_padded(*X.to_padded(fill=0)), X)
    assert_same(RaggedArray.from_padded(X.to_padded()[0]), X)
    held = X[X.lengths > 0]
    frame = held.to_frame()
    assert list(frame.columns) == ["sequence", "step", "x0", "x1"]
    assert_same(RaggedArray.from_frame(frame, by="sequence", order_by="step"), held)
    mixed = frame.sample(frac=1, random_state=seed)
    assert_same(RaggedArray.from_frame(mixed, by="sequence", order_by="step"), held)


def test_round_trips_of_csr():
    X = as_csr(ragged())
    assert X.is_sparse
    assert all(sparse.issparse(x) and x.format == "csr" for x in X.to_list())
    assert_same(RaggedArray.from_sequences(X.to_list()), X)
    assert_same(RaggedArray.from_concatenated(*X.to_concatenated()), X)
    assert RaggedArray(X.values.tocoo(), X.offsets).values.format == "csr"
    assert_array_equal(X.to_padded()[0], ragged().to_padded()[0])
    assert X.to_frame().equals(ragged().to_frame())


def test_no_sequences():
    none = RaggedArray.from_sequences([])
    assert len(none) == 0
    assert none.to_list() == []
    padded, lengths = none.to_padded()
    assert padded.shape == (0, 0, 0)
    assert len(lengths) == 0
    assert len(RaggedArray.from_padded(np.empty((0, 5)))) == 0
    assert len(RaggedArray.from_concatenated(np.empty((0, 2)), [])) == 0
    assert_array_equal(RaggedArray.from_padded(np.empty((3, 0, 2))).lengths, [0, 0, 0])


def test_sequences_of_steps_of_any_shape():
    images = RaggedArray.from_sequences([np.ones((2, 3, 4)), np.zeros((1, 3, 4))])
    assert images[1].shape == (1, 3, 4)
    padded, _ = images.to_padded()
    assert_same(RaggedArray.from_padded(padded), images)


def test_nan_within_a_sequence_is_no_padding():
    padded = [[1.0, np.nan, 2.0, np.nan], [np.nan] * 4, [np.nan, 3.0, np.nan, np.nan]]
    X = RaggedArray.from_padded(padded)
    assert_array_equal(X.lengths, [3, 0, 2])
    assert_array_equal(X[0], [1, np.nan, 2])
    pair = RaggedArray.from_padded([[[1.0, np.nan], [np.nan, np.nan]]])
    assert_array_equal(pair.lengths, [1])


@pytest.mark.parametrize(
    ("values", "fill", "dtype"),
    [
        (np.array([1, 2, 3], np.int8), -1, np.int8),
        (np.array([1, 2, 3]), np.nan, np.float64),
        (np.array([1, 2, 3]), 0.5, np.float64),
        (np.array([1, 2, 3], np.float32), np.nan, np.float32),
        (np.array(["a", "b", "c"]), "", np.dtype("U1")),
        (np.array(["a", "b", "c"]), "none", np.dtype("U4")),
        (np.array([{}, {}, {}]), None, object),
    ],
)
def test_padding_holds_the_fill(values, fill, dtype):
    padded, lengths = RaggedArray(values, [0, 1, 3]).to_padded(fill=fill)
    assert padded.dtype == dtype
    assert_array_equal(padded[0, 1:], np.array([fill], dtype=dtype))
    assert_array_equal(padded[1], values[1:].astype(dtype))
    assert_array_equal(lengths, [1, 2])


@pytest.mark.parametrize("dtype", [np.float16, np.float32, float, np.uint8, int, bool])
@pytest.mark.parametrize(
    "fill", [10**400, {}, "a", "f4", [1], np.ones(2), object(), b"1", Fraction(1, 2)]
)
def test_what_cannot_pad_is_named(dtype, fill):
    X = RaggedArray(np.array([1, 1, 0], dtype), [0, 1, 3])
    with pytest.raises(ValueError, match="^fill must be one value that an array of "):
        X.to_padded(fill)


def test_padding_beyond_a_type_is_named():
    for dtype, fill in [(np.float16, 1e5), (np.float32, 1e300), (np.uint8, -1)]:
        X = RaggedArray(np.array([1, 1, 0], dtype), [0, 1, 3])
        with pytest.raises(ValueError, match=f"^fill .* {np.dtype(dtype)} can hold"):
            X.to_padded(fill)


@pytest.mark.parametrize("wrong", [[[1, 2], [3]], [1, [2]], 3, np.array(1.0)])
def test_values_without_rows_are_named(wrong):
    for call in (RaggedArray.from_concatenated, RaggedArray):
        with pytest.raises((TypeError, ValueError), match="^values must be an array"):
            call(wrong, [0, 2])
    for call, name in [
        (RaggedArray.from_concatenated, "lengths"),
        (RaggedArray, "off"),
    ]:
        with pytest.raises(ValueError, match=f"^{name}.* must be a 1-D array of int"):
            call([[1.0], [2.0]], wrong)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"columns": 1}, "columns must be a list of names. Got 1 instead"),
        ({"columns": np.array(1.0)}, "columns must be a list of names"),
        ({"columns": [["a"]]}, r"columns\[0\] is \['a'\]. Expected a name"),
        ({"by": ["a"]}, r"by must be a name. Got \['a'\]"),
        ({"order_by": {}}, r"order_by must be a name. Got \{\}"),
        ({"columns": ["x" * 9000, "b"]}, "columns must be 1 names"),
    ],
)
def test_wrong_names_of_columns_are_named(given, message):
    X = RaggedArray(np.ones((3, 1)), [0, 1, 3])
    with pytest.raises((TypeError, ValueError), match=message) as caught:
        X.to_frame(**given)
    assert len(str(caught.value)) < 1000
    for wrong in (1, np.array(1.0), "a", [["a"]]):
        with pytest.raises(TypeError, match="^feature_names"):
            RaggedArray(np.ones((3, 1)), [0, 1, 3], wrong)


LONG = {
    "who": ["b", "a", "b", "a", "b"],
    "visit": [1, 1, 1, 2, 2],
    "time": [2.0, 1.0, 1.0, 1.0, 3.0],
    "x": [10.0, 20.0, 30.0, 40.0, 50.0],
    "n": [1, 2, 3, 4, 5],
}
FRAMES = {
    "pandas": pd.DataFrame,
    "polars": pl.DataFrame,
    "pyarrow": pa.table,
    "dict": dict,
}


@pytest.mark.parametrize("kind", FRAMES)
def test_from_long_frames(kind):
    frame = FRAMES[kind](LONG)

    def lists(**arguments):
        X = RaggedArray.from_frame(frame, **arguments)
        return [x.tolist() for x in X]

    assert lists(by="who", columns="n") == [[2, 4], [1, 3, 5]]
    with pytest.warns(UserWarning, match=r"order_by=.*is the same.*row 3 "):
        assert lists(by="who", order_by="time", columns="n") == [[2, 4], [3, 1, 5]]
    assert lists(by="who", order_by=["visit", "time"], columns=["x", "n"]) == [
        [[20, 2], [40, 4]],
        [[30, 3], [10, 1], [50, 5]],
    ]
    assert lists(by="who", order_by=["visit", "time"]) == lists(
        by="who", order_by=["visit", "time"], columns=["x", "n"]
    )
    assert lists(by=["who", "visit"], order_by="time", columns="n") == [
        [2],
        [4],
        [3, 1],
        [5],
    ]
    X, keys = RaggedArray.from_frame(frame, by="who", columns="x", return_keys=True)
    assert keys.tolist() == ["a", "b"]
    assert X.values.ndim == 1
    X, keys = RaggedArray.from_frame(
        frame, by=["who", "visit"], columns=["x"], return_keys=True
    )
    assert keys.tolist() == [["a", 1], ["a", 2], ["b", 1], ["b", 2]]
    assert X.values.shape == (5, 1)
    # Numbers beside text stay numbers.
    mixed = RaggedArray.from_frame(frame, by="visit", columns=["who", "n"])
    assert mixed.values.tolist()[0] == ["b", 1]


@pytest.mark.parametrize("kind", FRAMES)
def test_a_label_or_the_time_among_features_is_asked_about(kind):
    rng = np.random.default_rng(0)
    x, n = rng.normal(size=60), rng.integers(3, size=60)
    who, time = np.repeat(np.arange(6), 10), np.tile(np.arange(10.0), 6)
    same = {"class": who % 2, "name": np.array(list("abcdef"))[who]}
    given = {"by": "who", "order_by": "time"}
    for label, values in same.items():
        columns = {"who": who, "time": time, "x": x, label: values, "n": n}
        frame = FRAMES[kind](columns)
        with pytest.warns(UserWarning, match=f"column '{label}' is the same") as said:
            RaggedArray.from_frame(frame, **given)
        assert len(said) == 1
        RaggedArray.from_frame(frame, **given, columns=["x", label])  # it was chosen
    RaggedArray.from_frame(frame, **given, columns="x")
    frame = FRAMES[kind]({"who": who, "time": time, "x": x, "constant": 0 * n})
    RaggedArray.from_frame(frame, **given)  # the same everywhere tells of no sequence
    with pytest.warns(UserWarning, match="column 'time' grows .* order_by='time'"):
        RaggedArray.from_frame(frame, by="who")
    RaggedArray.from_frame(frame, by="who", columns=["time", "x"])


def test_the_order_of_a_frame_is_kept():
    rng = np.random.default_rng(0)
    by, x = rng.integers(0, 5, 200), np.arange(200)
    for sequence in RaggedArray.from_frame({"by": by, "x": x}, by="by", columns="x"):
        assert (np.diff(sequence) > 0).all()


def test_an_empty_frame():
    X, keys = RaggedArray.from_frame({"a": [], "x": []}, by="a", return_keys=True)
    assert len(X) == len(keys) == 0


def test_from_frames_by_date():
    times = pd.to_datetime(["2020-01-03", "2020-01-01", "2020-01-02"])
    frame = pd.DataFrame({"by": 1, "time": times, "x": [3, 1, 2]})
    X = RaggedArray.from_frame(frame, by="by", order_by="time", columns="x")
    assert_array_equal(X[0], [1, 2, 3])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda R: R(np.ones(3), [0.0, 3.0]),
            ValueError,
            "offsets must be a 1-D array",
        ),
        (lambda R: R(np.ones(3), []), ValueError, "offsets must be a 1-D array of int"),
        (lambda R: R(np.ones(3), [[0, 3]]), ValueError, r"Got shape \(1, 2\) of int64"),
        (lambda R: R(np.ones(3), [0, 2]), ValueError, r"number of rows, 3. Got 0 to 2"),
        (lambda R: R(np.ones(3), [1, 3]), ValueError, r"number of rows, 3. Got 1 to 3"),
        (
            lambda R: R(np.ones(3), [0, 2, 1, 3]),
            ValueError,
            r"offsets must not decrease. offsets\[1\] = 2 is followed by 1",
        ),
        (
            lambda R: R.from_sequences([[1.0], 2.0]),
            ValueError,
            r"sequences\[1\] is no sequence: it is 2.0",
        ),
        (
            lambda R: R.from_sequences([np.eye(2), sparse.csr_matrix(np.eye(2))]),
            TypeError,
            r"sequences\[1\] is a sparse matrix, but sequences\[0\] is a dense array",
        ),
        (
            lambda R: R.from_sequences([sparse.csr_matrix(np.eye(2)), np.eye(2)]),
            TypeError,
            r"sequences\[1\] is a dense array, but sequences\[0\] is a sparse matrix",
        ),
        (
            lambda R: R(np.ones(3), [0, 1, 3]).with_values(np.ones(2)),
            ValueError,
            "values must have one row for each of the 3 steps. Got 2 rows",
        ),
        (
            lambda R: R.from_concatenated(np.ones(3), [1, 1]),
            ValueError,
            "lengths must sum to the number of rows of values, 3. They sum to 2",
        ),
        (
            lambda R: R.from_concatenated(np.ones(3), [4, -1]),
            ValueError,
            r"lengths must not be negative. lengths\[1\] is -1",
        ),
        (
            lambda R: R.from_concatenated(np.ones(3), [1.5, 1.5]),
            ValueError,
            r"lengths must be a 1-D array of integers. Got shape \(2,\) of float64",
        ),
        (
            lambda R: R.from_padded(np.ones(3)),
            ValueError,
            r"padded must have shape .* Got an array of shape \(3,\)",
        ),
        (
            lambda R: R.from_padded([[1.0, 2.0], [3.0]]),
            ValueError,
            "differ in length are not padded: RaggedArray.from_sequences",
        ),
        (
            lambda R: R.from_padded(np.ones((2, 3), int)),
            ValueError,
            "padded must be a float array when lengths is None.* Got int64",
        ),
        (
            lambda R: R.from_padded(np.ones((2, 3)), [1, 2, 3]),
            ValueError,
            "one entry for each of the 2 sequences. Got 3",
        ),
        (
            lambda R: R.from_padded(np.ones((2, 3)), [1, 4]),
            ValueError,
            r"must not exceed the 3 steps of padded. lengths\[1\] is 4",
        ),
        (
            lambda R: R.from_frame(LONG, by="whom"),
            ValueError,
            r"the frame has no column 'whom'. It has \['who', 'visit'",
        ),
        (
            lambda R: R.from_frame(LONG, by=np.array([1, 1, 2])),
            TypeError,
            "by is a ndarray that holds no name of a column. Expected the name",
        ),
        (
            lambda R: R.from_frame(LONG, by="who", order_by="then"),
            ValueError,
            "no column 'then'",
        ),
        (
            lambda R: R.from_frame(LONG, by="who", columns=["y"]),
            ValueError,
            "no column 'y'",
        ),
        (
            lambda R: R.from_frame({"a": [1]}, by="a"),
            ValueError,
            "columns is empty",
        ),
        (
            lambda R: R.from_frame({"a": [1, 2], "x": [1]}, by="a"),
            ValueError,
            "column 'x' of the frame has 1 rows, but 'a' has 2",
        ),
        (
            lambda R: R.from_frame({"a": ["b", None], "x": [1, 2]}, by="a"),
            TypeError,
            "column 'a' of by cannot be sorted: it holds missing values",
        ),
        (
            lambda R: X.to_frame(columns=["a"]),
            ValueError,
            r"columns must be 2 names.* Got \['a'\]",
        ),
        (
            lambda R: X.to_frame(columns=["a", "step"]),
            ValueError,
            "none of them 'sequence' or 'step'",
        ),
    ],
)
def test_errors_of_ragged_arrays(call, error, message):
    with pytest.raises(error, match=message):
        call(RaggedArray)


def test_an_extra_that_is_not_there():
    message = "X.plot needs not_there, .* 'pip install sksequence.plots.'"
    with pytest.raises(ImportError, match=message):
        import_extra("not_there", "sksequence[plots]", "X.plot")
    assert import_extra("pandas", "pandas", "X.to_frame") is pd


# -- check_sequences: all that X may be ------------------------------------------------


def object_array(items):
    array = np.empty(len(items), dtype=object)
    for i, item in enumerate(items):
        array[i] = item
    return array


def frames(X):
    return [pd.DataFrame(X[0]), pl.DataFrame(X[1]), *X[2:]]


class Arrayable:
    """What can only be made an array, such as a tensor."""

    def __init__(self, X):
        self.X = X

    def __array__(self, dtype=None, copy=None):
        return self.X


MANY = {  # from a list of arrays of shape (n_steps_i, n_features)
    "list of arrays": list,
    "tuple of arrays": tuple,
    "generator": iter,
    "object array": object_array,
    "RaggedArray": RaggedArray.from_sequences,
    "lists": lambda X: [x.tolist() for x in X],
    "lists of arrays": lambda X: [list(x) for x in X],
    "object arrays of steps": lambda X: [object_array(list(x)) for x in X],
    "object arrays of numbers": lambda X: [x.astype(object) for x in X],
    "list of what becomes an array": lambda X: [Arrayable(x) for x in X],
    "list of CSR matrices": lambda X: [sparse.csr_matrix(x) for x in X],
    "list of CSR arrays": lambda X: [sparse.csr_array(x) for x in X],
    "list of COO matrices": lambda X: [sparse.coo_matrix(x) for x in X],
    "list of frames": frames,
    "pandas column of lists": lambda X: pd.Series([x.tolist() for x in X]),
    "pandas column of arrays": lambda X: pd.Series(list(X)),
    "pandas column of CSR": lambda X: pd.Series([sparse.csr_matrix(x) for x in X]),
    "pandas frame of a column": lambda X: pd.DataFrame({"x": list(X)}),
    "polars column": lambda X: pl.Series([x.tolist() for x in X]),
    "polars column of objects": lambda X: pl.Series(list(X), dtype=pl.Object),
    "pyarrow column": lambda X: pa.array([x.tolist() for x in X]),
    "pyarrow chunked column": lambda X: pa.chunked_array([[x.tolist() for x in X]]),
}
ONE = {  # from a list of arrays of shape (n_steps_i,)
    "list of arrays": list,
    "lists": lambda X: [x.tolist() for x in X],
    "list of columns": lambda X: [x[:, None] for x in X],
    "list of pandas columns": lambda X: [pd.Series(x, index=x) for x in X],
    "list of polars columns": lambda X: [pl.Series(x) for x in X],
    "object array": object_array,
    "RaggedArray": RaggedArray.from_sequences,
    "pandas column": lambda X: pd.Series([x.tolist() for x in X]),
    "polars column": lambda X: pl.Series([x.tolist() for x in X]),
    "pyarrow column": lambda X: pa.array([x.tolist() for x in X]),
}
EVEN = {  # from an array of shape (n_sequences, n_steps, n_features)
    "3-D array": lambda X: X,
    "list": list,
    "lists": lambda X: X.tolist(),
    "what becomes an array": Arrayable,
    "not in one block": lambda X: np.asfortranarray(X),
    "RaggedArray": RaggedArray.from_sequences,
}
FLAT = {  # from an array of shape (n_sequences, n_steps)
    "2-D array": lambda X: X,
    "lists": lambda X: X.tolist(),
    "pandas frame": pd.DataFrame,
    "polars frame": pl.DataFrame,
    "pyarrow table": lambda X: pa.table(list(X.T), names=list("abcd")),
    "list of rows": list,
    "what becomes an array": Arrayable,
}


@pytest.mark.parametrize("form", MANY)
def test_sequences_of_vectors(form):
    Xt = check_sequences(MANY[form](LIST))
    assert_same(Xt, X)
    assert Xt.is_sparse == any(word in form for word in ("CSR", "COO"))
    assert Xt.dtype == np.float64


@pytest.mark.parametrize("form", ONE)
def test_sequences_of_numbers(form):
    values = [x[:, 0] for x in LIST]
    Xt = check_sequences(ONE[form](values))
    assert Xt.values.shape[1] == 1
    assert_same(Xt, X.with_values(X.values[:, :1]))


@pytest.mark.parametrize("form", ONE)
def test_sequences_of_tokens(form):
    ids = [x[:, 0].astype(np.int32) for x in LIST]
    Xt = check_sequences(ONE[form](ids), tokens=True)
    assert Xt.dtype == np.intp
    assert_same(Xt, X.with_values(X.values[:, 0]))


@pytest.mark.parametrize("form", EVEN)
def test_sequences_of_one_length(form):
    array = np.arange(24.0).reshape(2, 3, 4)
    Xt = check_sequences(EVEN[form](array))
    assert_array_equal(Xt.offsets, [0, 3, 6])
    assert_array_equal(Xt.values, array.reshape(6, 4))


@pytest.mark.parametrize("form", FLAT)
def test_a_table_is_sequences_of_numbers(form):
    array = np.arange(12.0).reshape(3, 4)
    Xt = check_sequences(FLAT[form](array))
    assert_array_equal(Xt.offsets, [0, 4, 8, 12])
    assert_array_equal(Xt.values, array.reshape(12, 1))
    ids = check_sequences(FLAT[form](array.astype(int)), tokens=True)
    assert_array_equal(ids.values, np.arange(12))


@pytest.mark.parametrize(
    ("given", "dtype", "expected"),
    [
        (np.float32, "auto", np.float32),
        (np.float64, "auto", np.float64),
        (np.float16, "auto", np.float64),
        (np.int32, "auto", np.float64),
        (np.bool_, "auto", np.float64),
        (np.uint8, np.float32, np.float32),
        (np.float64, np.float32, np.float32),
    ],
)
def test_types(given, dtype, expected):
    array = np.ones((2, 3, 4), dtype=given)
    Xt = check_sequences(array, dtype=dtype)
    assert Xt.dtype == expected
    assert np.shares_memory(Xt.values, array) == (given == expected)
    if given != np.float16:  # which scipy does not have
        X_csr = [sparse.csr_matrix(array[0])]
        assert check_sequences(X_csr, dtype=dtype).dtype == expected


def test_finite_numbers_whose_sum_is_not():
    big = np.full((3, 1), 1.7e308)
    assert_array_equal(check_sequences([big]).values, big)
    assert_array_equal(
        check_sequences([-big, sparse.csr_array(big).toarray()])[0], -big
    )


def test_sparse_steps_are_no_tokens():
    assert check_sequences([sparse.eye_array(3, format="csr")], tokens=True).is_sparse


# -- check_sequences: bad input --------------------------------------------------------

NAN, INF = np.nan, np.inf
csr = sparse.csr_matrix


def raised(X, **arguments):
    with pytest.raises((TypeError, ValueError)) as info:
        check_sequences(X, **{"name": "seqs", "owner": "Net"} | arguments)
    return f"{info.type.__name__}: {info.value}"


BAD = [
    (
        [],
        "ValueError: seqs is empty: found array with 0 sample(s), while a minimum of 1",
    ),
    (X[:0], "ValueError: seqs is empty"),
    (np.ones((0, 3)), "ValueError: seqs is empty"),
    (None, "TypeError: seqs must be sequences: * Got NoneType instead"),
    (3.0, "TypeError: seqs must be sequences: * Got float instead"),
    ("text", "TypeError: seqs must be sequences: * Got str instead"),
    (np.ones(3), "ValueError: seqs must be an array of shape * Got shape (3,) instead"),
    (np.ones((1, 1, 1, 1)), "ValueError: seqs must be an array * (1, 1, 1, 1)"),
    (csr(np.eye(2)), "TypeError: seqs is one sparse matrix * RaggedArray.from_concat"),
    (
        [np.ones((2, 1)), np.ones((0, 1))],
        "ValueError: seqs[1] is an empty sequence (1 ",
    ),
    (np.ones((2, 0, 3)), "ValueError: seqs[0] is an empty sequence (2 of 2 are)"),
    ([[1.0], []], "ValueError: seqs[1] is an empty sequence"),
    (
        [csr((0, 2)), csr((1, 2))],
        "ValueError: seqs[0] is an empty sequence (1 of 2 are)",
    ),
    (["a", "b"], "TypeError: seqs[0] is text (str)"),
    ([[1.0], b"ab"], "TypeError: seqs[1] is text (bytes)"),
    ([[1.0], ["a"]], "TypeError: seqs[1] holds <U1 values. Expected numbers"),
    ([[["a", 1.0]]], "TypeError: seqs[0] holds 'a' at (0, 0). Expected a number"),
    ([np.array(["2020"], "M8[D]")], "TypeError: seqs[0] holds datetime64[D] values"),
    ([[{"a": 1}]], "TypeError: seqs[0] holds {'a': 1} at (0,). Expected a number"),
    ([[1.0], [2.0, None]], "ValueError: Input seqs contains NaN: seqs[1], step 1"),
    (
        [np.array([[1, "a"]], dtype=object)],
        "TypeError: seqs[0] holds 'a' at (0, 1). Expected a number",
    ),
    (np.array([["a", "b"]]), "Error: seqs holds <U1 values. Expected numbers"),
    ([np.ones((2, 3)), np.ones((2, 2))], "ValueError: seqs[1] has 2 features, but seq"),
    (
        [np.ones((2, 3)), np.ones(2)],
        "ValueError: seqs[1] has one number a step (1-D), ",
    ),
    (
        [csr((1, 3)), csr((1, 2))],
        "ValueError: seqs[1] has 2 features, but seqs[0] has 3",
    ),
    (
        [csr((1, 3)), np.ones((1, 3))],
        "TypeError: seqs[1] is a dense array, but seqs[0]",
    ),
    ([np.ones((1, 3)), csr((1, 3))], "TypeError: seqs[1] is a sparse matrix, but seqs"),
    ([sparse.coo_array(np.ones(3))], "ValueError: seqs[0] is a sparse array of 1 dim"),
    (
        [[[1.0, 2.0], [3.0]]],
        "ValueError: seqs[0] has 1 features at step 1, but 2 at step 0: its rows dif",
    ),
    (
        [object_array([np.ones(2), np.ones(3)])],
        "ValueError: seqs[0] has 3 features at step 1, but 2 at step 0",
    ),
    (
        [np.ones((1, 1)), np.ones((1, 1, 1))],
        "ValueError: seqs[1] has shape (1, 1, 1). ",
    ),
    (np.ones((3, 2, 0)), "ValueError: seqs must hold steps of at least one feature"),
    (
        RaggedArray(np.ones((3, 2, 2)), [0, 3]),
        "ValueError: seqs must hold steps of at least one feature, * shape (3, 2, 2)",
    ),
    ([[1j]], "ValueError: seqs holds complex128 values. Complex data not supported"),
    (
        [[[1.0, 2.0]], [[3.0, 4.0], [5.0, NAN]]],
        "ValueError: Input seqs contains NaN: seqs[1], step 1, feature 1. Net needs "
        "finite numbers. Fill missing values first",
    ),
    (
        [[[1.0]], [[-INF], [INF]]],
        "ValueError: Input seqs contains infinity or a value too large for float64: "
        "seqs[1], step 0, feature 0. Net needs finite numbers.",
    ),
    (
        [csr(np.eye(3)), csr([[0.0, 0.0, 0.0], [0.0, 0.0, NAN], [1.0, 0.0, 0.0]])],
        "ValueError: Input seqs contains NaN: seqs[1], step 1, feature 2.",
    ),
]


@pytest.mark.parametrize(("bad", "message"), BAD, ids=[m[:60] for _, m in BAD])
def test_bad_input_is_named(bad, message):
    text = raised(bad)
    place = 0
    for part in message.split(" * "):
        assert part in text[place:], text
        place = text.index(part, place) + len(part)


def test_one_number_where_a_sequence_is_due():
    assert "seqs[1] has shape ()." in raised([[1.0], 2.0])


def test_a_number_too_large_for_the_type():
    text = raised([[1.0], [1.0, 1e300]], dtype=np.float32)
    assert "value too large for float32: seqs[1], step 1, feature 0" in text


BAD_TOKENS = [
    ([[1], [2.5]], "ValueError: seqs must hold integer token ids"),
    ([[1.0, 2.0]], "Got float64 values: seqs[0], step 0, is 1.0"),
    ([[True]], "Got bool values"),
    (
        [[1], [2, 0, -3]],
        "seqs[1] holds the token id -3 at step 2. Token ids must not be",
    ),
    ([np.ones((2, 3), int)], "ValueError: seqs must hold one token id a step"),
    ([["a"]], "TypeError: seqs[0] holds <U1 values"),
    ([], "ValueError: seqs is empty"),
    ([[1], []], "ValueError: seqs[1] is an empty sequence"),
]


@pytest.mark.parametrize(("bad", "message"), BAD_TOKENS)
def test_bad_tokens_are_named(bad, message):
    assert message in raised(bad, tokens=True)


def test_tokens_out_of_range():
    X = check_sequences([[0, 1], [2, 3, 1]], tokens=True)
    check_token_range(X, 4)
    message = r"ids\[1\] holds the token id 3 at step 1, .* ids must be below 3"
    with pytest.raises(ValueError, match=message):
        check_token_range(X, 3, "ids")


def test_as_ragged_does_not_look_at_values():
    assert as_ragged(X) is X
    assert len(as_ragged([])) == 0
    assert np.isnan(as_ragged([[NAN]]).values).all()
    assert as_ragged(np.ones((2, 3), np.int8)).dtype == np.int8


# -- packing by time -------------------------------------------------------------------


def random_lengths(seed, low=1):
    rng = np.random.default_rng(seed)
    return rng.integers(low, rng.integers(low, 8) + 1, rng.integers(1, 9))


def naive_rows(lengths):
    """(step, sequence) of each packed row, as the words say it."""
    return [(t, i) for t in range(max(lengths)) for i, n in enumerate(lengths) if t < n]


EQUAL = [np.array(lengths) for lengths in ([1], [7], [1, 1, 1], [4, 4])]


@pytest.mark.parametrize(
    "lengths", [np.sort(random_lengths(seed))[::-1] for seed in SEEDS] + EQUAL
)
def test_steps_as_naive_loops_find_them(lengths):
    steps = Steps(lengths)
    rows = naive_rows(lengths)
    where = {row: k for k, row in enumerate(rows)}
    n_sequences = len(lengths)

    assert steps.n_rows == len(rows) == sum(lengths)
    assert steps.n_sequences == n_sequences
    assert steps.counts == [sum(lengths > t) for t in range(max(lengths))]
    assert steps.starts == [0, *np.cumsum(steps.counts)]
    assert steps.step_of_row.tolist() == [t for t, _ in rows]
    assert steps.sequence_of_row.tolist() == [i for _, i in rows]
    assert steps.last.tolist() == [where[n - 1, i] for i, n in enumerate(lengths)]
    assert steps.reverse.tolist() == [where[lengths[i] - 1 - t, i] for t, i in rows]
    assert_array_equal(steps.reverse[steps.reverse], np.arange(steps.n_rows))

    before = [f"start {i}" for i in range(n_sequences)] + rows
    for (t, i), place in zip(rows, steps.previous, strict=True):
        assert before[place] == (f"start {i}" if t == 0 else (t - 1, i))

    assert steps.pooled.counts == [n_sequences]
    assert steps.pooled.n_rows == n_sequences
    order, starts = steps.by_sequence
    assert [rows[k] for k in order] == sorted(rows, key=lambda row: row[::-1])
    assert_array_equal(starts, np.cumsum(lengths) - lengths)
    assert steps.mean_size == pytest.approx(np.mean(steps.counts))


@pytest.mark.parametrize("n_steps", [1, 5, 2000])
def test_steps_of_one_sequence_are_kept_where_they_are_few(n_steps):
    X = RaggedArray.from_concatenated(np.arange(2 * n_steps + 3), [3, n_steps, n_steps])
    (first, steps, order), (_, again, _) = (pack(X, np.array([i])) for i in (1, 2))
    assert_array_equal(first, X[1])
    assert order.tolist() == [1]
    assert (steps is again) == (n_steps <= 1000)
    assert steps.counts == [1] * n_steps


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("n_features", [None, 2])
def test_pack_and_unpack(seed, n_features):
    rng = np.random.default_rng(seed)
    lengths = random_lengths(seed)
    X = RaggedArray.from_concatenated(
        rng.normal(size=lengths.sum())
        if n_features is None
        else rng.normal(size=(lengths.sum(), n_features)),
        lengths,
    )
    indices = rng.permutation(len(X))[: rng.integers(1, len(X) + 1)]
    rows, steps, order = pack(X, indices)

    assert sorted(order) == sorted(indices)
    assert (np.diff(steps.lengths) <= 0).all()
    assert_array_equal(steps.lengths, X.lengths[order])
    expected = [X[int(order[i])][t] for t, i in naive_rows(steps.lengths)]
    assert_array_equal(rows, expected)
    assert_array_equal(rows[steps.last], [X[int(i)][-1] for i in order])

    assert_same(unpack(rows, steps), X[order])
    backwards = unpack(rows[steps.reverse], steps)
    for sequence, i in zip(backwards, order, strict=True):
        assert_array_equal(sequence, X[int(i)][::-1])


def test_pack_keeps_the_order_of_equal_lengths():
    X = ragged(low=3, high=3)
    _, _, order = pack(X, np.array([4, 1, 6, 0]))
    assert_array_equal(order, [4, 1, 6, 0])


def test_pack_csr():
    X = ragged(seed=3)
    indices = np.array([5, 2, 0, 6])
    rows, steps, order = pack(X, indices)
    sparse_rows, sparse_steps, sparse_order = pack(as_csr(X), indices)
    assert sparse_rows.format == "csr"
    assert_array_equal(sparse_rows.toarray(), rows)
    assert_array_equal(sparse_order, order)
    assert sparse_steps.counts == steps.counts


# -- batches ---------------------------------------------------------------------------


def many_lengths(seed, n=1000, high=100):
    return np.random.default_rng(seed).integers(1, high + 1, n)


def waste(lengths, batches):
    """Steps computed if each batch were padded, for each step there is."""
    padded = sum(len(b) * lengths[b].max() for b in batches)
    return padded / lengths.sum()


@pytest.mark.parametrize("seed", SEEDS)
def test_each_sequence_is_in_one_batch(seed):
    rng = np.random.RandomState(seed)
    lengths = random_lengths(seed)
    size = rng.randint(1, 6)
    for batches in (
        training_batches(lengths, size),
        training_batches(lengths, size, rng),
        similar_lengths(lengths, size),
        similar_lengths(lengths, size, max_rows=10),
    ):
        together = np.concatenate(batches)
        assert_array_equal(np.sort(together), np.arange(len(lengths)))
        assert all(1 <= len(b) <= size for b in batches)
    for batches in (
        training_batches(lengths, size, rng),
        similar_lengths(lengths, size),
    ):
        assert Counter(len(b) < size for b in batches)[True] <= 1


def test_without_chance_the_order_is_that_of_the_data():
    batches = training_batches(many_lengths(0, 10), 4)
    assert [b.tolist() for b in batches] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]


def test_training_batches_hold_similar_lengths_in_random_order():
    lengths = many_lengths(0, 5000)
    batches = training_batches(lengths, 20, np.random.RandomState(0))
    assert (
        waste(lengths, batches)
        < 1.1
        < 1.5
        < waste(lengths, training_batches(lengths, 20))
    )
    means = [lengths[b].mean() for b in batches]
    assert abs(np.corrcoef(means, np.arange(len(means)))[0, 1]) < 0.2
    # Groups are drawn at random, so the batches of another epoch are others.
    again = training_batches(lengths, 20, np.random.RandomState(1))
    assert {frozenset(b) for b in batches}.isdisjoint(frozenset(b) for b in again)
    same = training_batches(lengths, 20, np.random.RandomState(0))
    assert all((a == b).all() for a, b in zip(batches, same, strict=True))


def test_equal_lengths_and_single_batches_are_only_shuffled():
    rng = np.random.RandomState(0)
    (only,) = training_batches(many_lengths(0, 10), 10, rng)
    assert only.tolist() != sorted(only)
    order = np.random.RandomState(3).permutation(10)
    batches = training_batches(np.full(10, 4), 4, np.random.RandomState(3))
    assert_array_equal(np.concatenate(batches), order)


def test_prediction_batches_are_sorted_by_length():
    lengths = many_lengths(0)
    batches = similar_lengths(lengths, 32)
    assert (np.diff(lengths[np.concatenate(batches)]) <= 0).all()
    assert waste(lengths, batches) < 1.05


@pytest.mark.parametrize("max_rows", [1, 50, 130, 10_000])
def test_no_batch_has_more_rows_than_may_be(max_rows):
    lengths = many_lengths(1, 300)
    batches = similar_lengths(lengths, 32, max_rows)
    for batch in batches:
        assert len(batch) * lengths[batch].max() <= max_rows or len(batch) == 1
    if max_rows == 1:
        assert len(batches) == 300


def test_the_batches_of_an_epoch_are_not_ordered_by_length():
    lengths = np.arange(1, 641)  # one group of twenty batches
    batches = training_batches(lengths, 32, np.random.RandomState(0))
    means = [lengths[batch].mean() for batch in batches]
    assert means != sorted(means)
    assert means != sorted(means, reverse=True)
    assert np.std([lengths[batch].std() for batch in batches]) < 5  # alike within


def test_an_empty_list_of_indices_is_an_empty_selection():
    assert len(RaggedArray(np.arange(3), [0, 2, 3])[[]]) == 0


def test_many_columns_of_keys_do_not_overflow():
    keys = {f"k{j}": np.arange(2048) for j in range(7)}
    X, found = RaggedArray.from_frame(
        {**keys, "x": np.arange(2048.0)}, by=list(keys), return_keys=True
    )
    assert len(X) == 2048
    assert (found[:, 0] == np.arange(2048)).all()


def test_feature_names_that_are_no_list():
    ragged = as_ragged([[[1.0, 2.0]]])
    for names in (1.0, "ab"):
        with pytest.raises(TypeError, match="feature_names must be a list of names"):
            ragged.with_values(ragged.values, feature_names=names)


def test_a_frame_of_no_steps():
    pytest.importorskip("pandas")
    frame = RaggedArray(np.zeros((0, 2)), [0, 0]).to_frame()
    assert list(frame.columns) == ["sequence", "step", "x0", "x1"]
    assert len(frame) == 0


def test_numbers_do_not_become_text_nor_ids_floats():
    texts, numbers = [["a", "b"]], [[1, 2]]
    for sequences in (texts + numbers, numbers + texts):
        with pytest.raises(TypeError, match=r"sequences\[1\] is .* sequences\[0\] is"):
            RaggedArray.from_sequences(sequences)
    parts = [RaggedArray.from_sequences(part) for part in (texts, numbers)]
    with pytest.raises(ValueError, match=r"arrays\[1\] has .* of text"):
        RaggedArray.concatenate(parts[::-1])
    for sequences in ([[1, 2], []], [[], [1, 2]], [[], [1], []]):
        found = RaggedArray.from_sequences(sequences)
        assert found.dtype == np.int64
        assert [len(x) for x in found] == [len(x) for x in sequences]
    assert RaggedArray.from_sequences([[], ["a"]]).dtype.kind == "U"
    X = RaggedArray.from_sequences([["a", "b"], ["c"]])
    assert X.to_padded("")[0].tolist() == [["a", "b"], ["c", ""]]
    with pytest.raises(ValueError, match="fill must be one value"):
        X.to_padded()


# -- values stay what they are ---------------------------------------------------------

LARGE = 2**53


@pytest.mark.parametrize(
    ("sequences", "expected"),
    [
        ([[1.5, "b"], [2, "c"]], [1.5, "b", 2, "c"]),
        ([np.array([LARGE, LARGE + 1]), np.array([0.5])], [LARGE, LARGE + 1, 0.5]),
        ([["a", 1], ["b", "c"]], ["a", 1, "b", "c"]),
        ([np.array([LARGE + 1], np.uint64), [1]], [LARGE + 1, 1]),
        ([np.array([2**64 - 1], np.uint64), [-1]], [2**64 - 1, -1]),
        ([np.array([7], np.uint64), [-1]], [7, -1]),
    ],
    ids=["text", "floats", "one is text", "uint64", "beyond both", "two signs"],
)
def test_joined_values_stay_what_they_are(sequences, expected):
    X = RaggedArray.from_sequences(sequences)
    assert X.values.tolist() == expected
    parts = [RaggedArray.from_sequences([x]) for x in sequences]
    joined = RaggedArray.concatenate(parts)
    assert joined.values.tolist() == expected
    assert joined.values.dtype == X.values.dtype


def test_large_integers_that_stay_apart_are_floats_beside_floats():
    frame = {"machine": [1, 1], "ns": [17 * 10**17 + 1, 17 * 10**17 + 10**9]}
    X = RaggedArray.from_frame(frame | {"x": [0.5, 0.25]}, by="machine")
    assert X.values.dtype == np.float64


def test_no_names_of_columns_are_none():
    frame = pd.DataFrame({"id": [1, 1, 2], "a": [1.0, 2.0, 3.0]})
    X = RaggedArray.from_frame(
        frame, by="id", static=pd.Index([]), order_by=np.array([], dtype=str)
    )
    assert X.static is None


def test_small_integers_join_as_in_numpy():
    for dtypes, expected in {
        (np.int64, np.float32): np.float64,
        (np.uint8, np.int8): np.int16,
        (np.uint64, np.int64): np.int64,
        (bool, np.int32): np.int32,
    }.items():
        X = RaggedArray.from_sequences([np.array([1, 0], dtype) for dtype in dtypes])
        assert X.values.dtype == expected


def test_numbers_beside_texts_stay_numbers():
    rows = [[1.5, "b"], [2, "c"]]
    for X in (
        RaggedArray(rows, [0, 2]),
        RaggedArray.from_concatenated(rows, [2]),
        RaggedArray.from_sequences([rows]),
    ):
        assert X.values.tolist() == rows


def test_columns_of_a_long_frame_stay_what_they_are():
    ids, time = [LARGE, LARGE + 1], [0.5, 0.5]
    frame = {"id": ids, "version": time, "x": [1.0, 2.0]}
    _, keys = RaggedArray.from_frame(frame, ["id", "version"], return_keys=True)
    assert keys[:, 0].tolist() == ids
    X = RaggedArray.from_frame(frame | {"s": [0, 0]}, "s", columns=["id", "x"])
    assert X.values[:, 0].tolist() == ids
    begin, end = np.array(["2020-01-01"], "M8[ns]"), np.array(["9999-12-31"], "M8[s]")
    frame = {"begin": begin, "end": end, "x": [1.0]}
    _, keys = RaggedArray.from_frame(
        frame, ["begin", "end"], columns="x", return_keys=True
    )
    assert keys[0, 1] == end[0]


def test_dates_beside_numbers_are_named():
    dates = np.array(["2020-01-01"], "M8[D]")
    with pytest.raises(TypeError, match=r"sequences\[1\] is a dense array of dates"):
        RaggedArray.from_sequences([[1.0, 2.0], dates])
    parts = [RaggedArray(np.zeros(1), [0, 1]), RaggedArray(dates, [0, 1])]
    with pytest.raises(ValueError, match=r"arrays\[1\] has dense steps of dates"):
        RaggedArray.concatenate(parts)


def test_what_a_ragged_array_was_made_of_may_change():
    offsets, static = np.array([0, 1, 3]), np.array([[1.0], [2.0]])
    X = RaggedArray(np.arange(3.0)[:, None], offsets, ["a"]).with_static(static, ["s"])
    again = RaggedArray.from_sequences(X)
    offsets[1], static[0] = 2, 5
    assert X.lengths.tolist() == [1, 2]
    assert X.static.tolist() == [[1], [2]]
    again.offsets[1], again.static[0] = 2, 5
    again.feature_names[0] = again.static_names[0] = "z"
    assert X.lengths.tolist() == [1, 2]
    assert X.static.tolist() == [[1], [2]]
    assert (X.feature_names, X.static_names) == (["a"], ["s"])
