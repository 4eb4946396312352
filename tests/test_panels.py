"""Panels of aeon and sktime, to and from sequences."""

from typing import get_args

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

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
        (pd.DataFrame({"a": [1.0, 2.0]}), "RaggedArray.from_frame"),
        (
            pd.DataFrame({"a": [pd.Series([1.0, 2])], "b": [pd.Series([1.0])]}),
            r"channels of X\[0\] must have one length. Got \[2, 1\]",
        ),
    ],
)
def test_what_is_no_panel(X, message):
    with pytest.raises(ValueError, match=message):
        from_panel(X)


def test_static_numbers_are_not_lost_silently():
    X = RaggedArray.from_sequences(EQUAL).with_static(np.ones((4, 1)))
    with pytest.raises(ValueError, match=r"X carries static.*with_static\(None"):
        to_panel(X)


def test_an_unknown_format():
    with pytest.raises(ValueError, match="'format' parameter of to_panel"):
        to_panel(EQUAL, "numpy2D")
