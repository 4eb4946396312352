"""Panels of aeon and sktime, to and from sequences."""

from typing import get_args

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from numpy.testing import assert_array_equal
from scipy import sparse

from sksequence import RaggedArray, RNNClassifier
from sksequence.preprocessing import from_panel, to_panel
from sksequence.preprocessing._panels import Format

RNG = np.random.default_rng(0)
EQUAL = [RNG.standard_normal((5, 3)) for _ in range(4)]
UNEQUAL = [RNG.standard_normal((n, 3)) for n in (4, 2, 7, 3)]
SQUARE = [RNG.standard_normal((3, 3)) for _ in range(3)]  # nothing tells the axes apart


@pytest.mark.parametrize("format", get_args(Format))
@pytest.mark.parametrize(
    "X", [EQUAL, UNEQUAL, SQUARE], ids=["equal", "unequal", "square"]
)
def test_there_and_back(format, X):
    if format == "numpy3D" and X is UNEQUAL:
        with pytest.raises(ValueError, match="lengths from 2 to 7"):
            to_panel(X, format)
        return
    panel = to_panel(X, format)
    again = from_panel(panel)
    assert isinstance(again, RaggedArray)
    for x, found in zip(X, again, strict=True):
        assert_array_equal(found, x)
    if ("-" in format and format != "np-list") or format == "nested_univ":
        assert again.feature_names == ["var_0", "var_1", "var_2"]
    series = panel[0] if isinstance(panel, list) else None
    if format in ("numpy3D", "np-list"):
        assert_array_equal(panel[0], X[0].T)
    elif series is not None:
        assert series.shape == X[0].shape


@pytest.mark.parametrize("format", ["numpy3D", "np-list", "df-list"])
@pytest.mark.parametrize("channels_first", [True, False])
def test_axes_as_asked(format, channels_first):
    panel = to_panel(SQUARE, format, channels_first=channels_first)
    turned = np.transpose(SQUARE[0]) if channels_first else SQUARE[0]
    assert_array_equal(panel[0], turned)
    again = from_panel(panel, channels_first=channels_first)
    assert_array_equal(again[0], SQUARE[0])


HELD_AS = {
    "lists": lambda panel: [x.tolist() for x in panel],
    "tuples": lambda panel: tuple(tuple(map(tuple, x)) for x in panel),
    "column": pd.Series,
    "column of lists": lambda panel: pl.Series([x.tolist() for x in panel]),
    "chunks": lambda panel: pa.chunked_array([[x.tolist()] for x in panel]),
    "objects": lambda panel: [x.astype(object) for x in panel],
    "frames of pandas": lambda panel: [pd.DataFrame(x) for x in panel],
    "frames of polars": lambda panel: [pl.DataFrame(x) for x in panel],
    "tables": lambda panel: [pa.Table.from_pandas(pd.DataFrame(x)) for x in panel],
}


@pytest.mark.parametrize("held_as", HELD_AS)
@pytest.mark.parametrize("channels_first", [True, False])
@pytest.mark.parametrize("X", [UNEQUAL, SQUARE], ids=["unequal", "square"])
def test_containers(held_as, channels_first, X):
    panel = [x.T for x in X] if channels_first else X
    again = from_panel(HELD_AS[held_as](panel), channels_first=channels_first)
    for x, found in zip(X, again, strict=True):
        assert_array_equal(found, x)


@pytest.mark.parametrize("gap", [np.nan, None, pd.NA])
def test_missing_values_in_cells(gap):
    cells = [[pd.Series([1, gap], dtype="Float64"), [gap, 2]]]
    X = from_panel(pd.DataFrame(cells, columns=["a", "b"]))
    assert_array_equal(X[0], [[1, np.nan], [np.nan, 2]])


def test_names_and_one_channel():
    X = RaggedArray.from_sequences([[1.0, 2.0], [3.0]])
    assert [x.shape for x in to_panel(X)] == [(1, 2), (1, 1)]
    table = {"who": [1, 1, 2], "pulse": [61.0, 60.0, 80.0]}
    named = RaggedArray.from_frame(table, by="who", columns=["pulse"])
    frame = to_panel(named, "pd-multiindex")
    assert list(frame.columns) == ["pulse"]
    assert from_panel(frame).feature_names == ["pulse"]


def test_made_names_sort_as_the_channels_do():
    frame = to_panel([np.arange(24.0).reshape(2, 12)], "pd-multiindex")
    assert sorted(frame.columns) == list(frame.columns)


def test_unnamed_levels_in_any_order():
    frame = to_panel(UNEQUAL, "pd-multiindex").rename_axis([None, None])
    again = from_panel(frame.sample(frac=1, random_state=0))
    for x, found in zip(UNEQUAL, again, strict=True):
        assert_array_equal(found, x)


def test_a_network_learns_from_a_panel():
    y = [0, 1, 0, 1]
    clf = RNNClassifier(4, max_iter=2, random_state=0)
    expected = clf.fit(EQUAL, y).predict_proba(EQUAL)
    found = clf.fit(from_panel(to_panel(EQUAL, "numpy3D")), y).predict_proba(EQUAL)
    assert_array_equal(found, expected)


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (np.zeros((2, 3)), "a panel of time series"),
        ([], "a panel of time series"),
        ([np.zeros(3)], "a panel of time series"),
        ("text", "a panel of time series"),
        (pl.DataFrame({"a": [[1.0, 2.0]]}), "a panel of time series"),
        (np.array(1.0), "a panel of time series"),
        (RaggedArray.from_sequences(SQUARE), "a panel of time series"),
        (pd.DataFrame({"a": [1.0, 2.0]}), "RaggedArray.from_frame"),
        (
            pd.DataFrame({"a": [pd.Series([1.0, 2])], "b": [pd.Series([1.0])]}),
            r"channels of X\[0\] must have one length. Got \[2, 1\]",
        ),
        (np.ma.array(SQUARE, mask=np.zeros((3, 3, 3)) == 0), "X is a masked array"),
        ([np.ma.array(SQUARE[0], mask=True)], r"X\[0\] is a masked array"),
        ([[[1, 2], [3]]], "a panel of time series"),
        (pl.LazyFrame({"a": [1]}), r"X is a LazyFrame.*collect\(\)"),
        (pd.DataFrame({"a": [["x"]]}), r"X\[0\]\[0\] holds"),
        (pd.DataFrame({"a": ["xy"]}), "Got 'xy' in row 0"),
        (pd.DataFrame({"a": [[1.0], None]}), "Got .* in row 1"),
        (pd.DataFrame({"a": [pd.date_range("2020", periods=2)]}), "Leave dates out"),
        (pd.DataFrame({"a": []}), r"shape \(0, 1\)"),
        (pd.DataFrame([[[1], [2]]], columns=["a", "a"]), "X has several columns 'a'"),
    ],
)
def test_what_is_no_panel(X, message):
    with pytest.raises((TypeError, ValueError), match=message):
        from_panel(X)


@pytest.mark.parametrize("format", get_args(Format))
@pytest.mark.parametrize(
    ("X", "message"),
    [
        ([], "X is empty"),
        (RaggedArray(np.ones((2, 1)), [0, 2, 2]), r"X\[1\] is an empty sequence"),
        ([sparse.csr_matrix(x) for x in EQUAL], "X holds sparse steps.*toarray"),
        (RaggedArray(np.ones((4, 1, 2)), [0, 2, 4]), r"steps of shape \(1, 2\)"),
    ],
)
def test_of_what_no_panel_is_made(format, X, message):
    with pytest.raises((TypeError, ValueError), match=message):
        to_panel(X, format)


@pytest.mark.parametrize("function", [from_panel, to_panel])
def test_channels_first_is_a_bool(function):
    with pytest.raises(ValueError, match="'channels_first' parameter of"):
        function(EQUAL, channels_first="no")


def test_static_numbers_are_not_lost_silently():
    X = RaggedArray.from_sequences(EQUAL).with_static(np.ones((4, 1)))
    with pytest.raises(ValueError, match=r"X carries static.*with_static\(None"):
        to_panel(X)


def test_an_unknown_format():
    with pytest.raises(ValueError, match="'format' parameter of to_panel"):
        to_panel(EQUAL, "numpy2D")


def test_doubled_times_of_a_series_are_asked_about():
    frame = to_panel(UNEQUAL, "pd-multiindex")
    with pytest.warns(UserWarning, match=r"\(time\).* first in row 16 .*2 such rows"):
        X = from_panel(pd.concat([frame, frame[:2]]))
    assert X.lengths.tolist() == [6, 2, 7, 3]


TWO_LEVELS = pd.MultiIndex.from_tuples([(0, 0), (0, 1)])


@pytest.mark.parametrize(
    "panel",
    [
        lambda: np.array([[["a", "b"]]]),
        lambda: np.array([[[1 + 2j, 0]]]),
        lambda: pd.DataFrame({"a": ["x", "y"]}, index=TWO_LEVELS),
        lambda: pd.DataFrame({"a": pd.date_range("2020", periods=2)}, index=TWO_LEVELS),
        lambda: pd.DataFrame({"a": [pd.Series([1 + 2j])]}),
    ],
)
def test_anything_but_numbers_is_an_error(panel):
    with pytest.raises(TypeError, match=r"numbers|a number"):
        from_panel(panel())


def test_cells_of_a_nested_frame_keep_their_type():
    for dtype in ("float32", "int64"):
        nested = pd.DataFrame({"a": [pd.Series([1, 2], dtype=dtype)]})
        assert from_panel(nested).dtype == dtype
    large = 2**53 + 1
    assert from_panel(to_panel([np.array([[large]])], "nested_univ")).values == large
