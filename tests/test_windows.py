"""sliding_windows and last_windows: against the loop, and nothing of the future."""

from itertools import product

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from numpy.testing import assert_array_equal
from scipy import sparse
from sklearn.linear_model import LinearRegression

from sksequence import RaggedArray, RNNRegressor
from sksequence.preprocessing import last_windows, sliding_windows

RNG = np.random.default_rng(0)
SERIES = [RNG.standard_normal((n, 3)) for n in (17, 12, 30)]
KNOWN = [RNG.standard_normal((len(x), 2)) for x in SERIES]
SIZES = [  # n_steps, horizon, gap, stride
    (1, 1, 0, 1),
    (5, 1, 0, 1),
    (4, 3, 0, 1),
    (4, 3, 2, 1),
    (3, 2, 1, 4),
    (6, 6, 0, 50),
]
every_size = pytest.mark.parametrize("size", SIZES, ids=str)


def loop(series, n_steps, horizon, gap, stride, columns, known=None):
    X, y, index = [], [], []
    for i, x in enumerate(series):
        last = n_steps - 1
        while last + gap + horizon < len(x):
            window = []
            for t in range(last - n_steps + 1, last + 1):
                row = x[t] if known is None else [*x[t], *known[i][t + gap + horizon]]
                window.append(row)
            X.append(window)
            y.append(
                [x[last + gap + k][c] for k in range(1, horizon + 1) for c in columns]
            )
            index.append([i, last])
            last += stride
    return np.array(X), np.array(y), np.array(index)


@every_size
@pytest.mark.parametrize("with_known", [False, True])
@pytest.mark.parametrize(
    ("target", "columns"), [(None, [0, 1, 2]), (1, [1]), ([2, 0], [2, 0])]
)
def test_it_is_the_loop(size, with_known, target, columns):
    n_steps, horizon, gap, stride = size
    options = {"horizon": horizon, "gap": gap, "stride": stride, "target": target}
    for series, known in [(SERIES, KNOWN), (SERIES[1], KNOWN[1])]:
        X, y, index = sliding_windows(
            series,
            n_steps,
            **options,
            future_exog=known if with_known else None,
            return_index=True,
        )
        if isinstance(series, np.ndarray):
            series, known = [series], [known]
        found = loop(series, *size, columns, known if with_known else None)
        assert_array_equal(X, found[0])
        assert_array_equal(y.reshape(len(y), -1), found[1])
        assert y.ndim == (1 if horizon * len(columns) == 1 else 2)
        assert_array_equal(index, found[2])


@every_size
def test_nothing_of_the_future(size):
    n_steps, horizon, gap, stride = size
    options = {"horizon": horizon, "gap": gap, "stride": stride, "target": 0}

    def cut(series, known):
        return sliding_windows(
            series, n_steps, future_exog=known, return_index=True, **options
        )

    X, y, index = cut(SERIES, KNOWN)
    for k, (i, last) in enumerate(index):
        # Whatever comes after the last step, and after what is known ahead of it.
        series, known = [x.copy() for x in SERIES], [x.copy() for x in KNOWN]
        series[i][last + 1 :] += 1
        known[i][last + gap + horizon + 1 :] += 1
        X_other, y_other, _ = cut(series, known)
        assert_array_equal(X_other[k], X[k])
        assert (y_other[k] != y[k]).all()
        # What is known ahead reaches X: the law above is no accident.
        known[i][last + gap + horizon] += 1
        assert (cut(series, known)[0][k] != X[k]).any()
        # Targets are of no step but those after the gap.
        series = [x + 1 for x in SERIES]
        ahead = slice(last + gap + 1, last + gap + 1 + horizon)
        series[i][ahead] = SERIES[i][ahead]
        assert_array_equal(cut(series, known)[1][k], y[k])


def test_windows_do_not_span_two_series():
    series = [np.full(n, i) for i, n in enumerate((5, 9, 7))]
    X, y, index = sliding_windows(series, 3, horizon=2, return_index=True)
    assert_array_equal(X, np.repeat(index[:, :1], 3, axis=1))
    assert_array_equal(y, np.repeat(index[:, :1], 2, axis=1))


def test_the_last_steps_hold_what_is_known_of_the_horizon():
    hours = np.arange(40.0)
    X, y, index = sliding_windows(
        hours, 8, horizon=3, gap=2, future_exog=hours, return_index=True
    )
    assert_array_equal(X[:, -3:, 1], y)
    assert_array_equal(y[:, 0], index[:, 1] + 3)


def test_series_of_one_dimension_make_a_table():
    X, y = sliding_windows(np.arange(9), 4)
    assert X.shape == (5, 4)
    assert_array_equal(y, X[:, -1] + 1)
    assert sliding_windows(np.arange(9)[:, None], 4)[0].shape == (5, 4, 1)
    LinearRegression().fit(X, y)
    RNNRegressor(2, max_iter=1).fit(X, y).predict(last_windows(np.arange(9), 4))


def same(found, expected):
    for one, other in zip(found, expected, strict=True):
        assert_array_equal(one, other)


def test_containers():
    one, columns = SERIES[0], ["flow", "rain", "heat"]
    expected = sliding_windows(one, 4, target=1)
    for frame in (pd.DataFrame(one, columns=columns), pl.DataFrame(one, columns)):
        same(sliding_windows(frame, 4, target="rain"), expected)
        same(sliding_windows(frame, 4, target=["rain"]), expected)
        same(sliding_windows([frame], 4, target="rain"), expected)
    flat = sliding_windows(one[:, 0], 4)
    for column in (one[:, 0].tolist(), pd.Series(one[:, 0]), pl.Series(one[:, 0])):
        same(sliding_windows(column, 4), flat)
    same(sliding_windows([one[:, 0]], 4), flat)
    same(sliding_windows(pl.Series([one[:, 0].tolist()]), 4), flat)
    table = sliding_windows(one[:, :1], 4)
    same(sliding_windows(pd.DataFrame(one[:, :1]), 4), table)
    same(sliding_windows([one[:, :1].tolist()], 4), table)

    several = sliding_windows(SERIES, 4)
    objects = np.empty(3, object)
    objects[:] = SERIES
    tables = [pa.table(dict(zip(columns, x.T, strict=True))) for x in SERIES]
    for series in (RaggedArray.from_sequences(SERIES), tuple(SERIES), objects, tables):
        same(sliding_windows(series, 4), several)
    equal = [x[:12] for x in SERIES]
    same(sliding_windows(np.stack(equal), 4), sliding_windows(equal, 4))
    same(last_windows(np.stack(equal), 4), last_windows(equal, 4))


def test_precision_and_memory():
    x = np.arange(1000, dtype=np.float32)
    X, y = sliding_windows(x, 100, future_exog=np.arange(1000))
    assert X.dtype == y.dtype == np.float32
    X, y = sliding_windows(np.arange(1000), 100)
    assert X.dtype == y.dtype == np.float64
    assert np.shares_memory(X[0], X[1])
    assert not X.flags.writeable
    assert y.flags.writeable
    assert sliding_windows(x, 100, stride=7)[0].base is not None
    before = x.copy()
    y[:] = 0
    assert_array_equal(x, before)


def test_missing_values():
    x = np.arange(12.0)
    x[5] = np.nan
    X, y, index = sliding_windows(x, 2, missing="keep", return_index=True)
    assert len(X) == 10
    assert np.isnan(X).sum() == 2
    assert np.isnan(y).sum() == 1
    kept = ~np.isnan(X).any(axis=1) & ~np.isnan(y)
    dropped = sliding_windows(x, 2, missing="drop", return_index=True)
    same(dropped, (X[kept], y[kept], index[kept]))
    # A NaN in a column that is no target concerns the windows that hold it alone.
    both = np.column_stack([np.arange(12.0), x])
    index = sliding_windows(both, 2, target=0, missing="drop", return_index=True)[2]
    assert set(range(1, 11)) - set(index[:, 1]) == {5, 6}
    # Without any, nothing is left out, and X is the same view.
    assert np.shares_memory(*sliding_windows(np.arange(9), 3, missing="drop")[0][:2])
    several = sliding_windows([x, x[:5]], 2, missing="drop", return_index=True)[2]
    assert_array_equal(several[-3:], [[1, 1], [1, 2], [1, 3]])
    assert np.isnan(last_windows(x[:7], 3)).any()


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_last_windows_are_those_of_longer_series(size):
    n_steps, horizon, gap, _ = size
    lead = gap + horizon
    options = {"horizon": horizon, "gap": gap, "future_exog": KNOWN}
    short = [x[: len(x) - lead] for x in SERIES]
    X, _, index = sliding_windows(SERIES, n_steps, return_index=True, **options)
    ends = np.flatnonzero(np.diff(index[:, 0], append=-1))
    assert_array_equal(last_windows(short, n_steps, **options), X[ends])
    options["future_exog"] = None
    X = sliding_windows(SERIES, n_steps, **options)[0]
    assert_array_equal(last_windows(short, n_steps), X[ends])


def test_a_row_more_that_is_known_ahead_changes_nothing():
    longer = [np.concatenate([k, np.full((4, 2), np.inf)]) for k in KNOWN]
    longer = [np.where(np.isinf(k), 0, k) for k in longer]
    same(
        sliding_windows(SERIES, 3, future_exog=longer),
        sliding_windows(SERIES, 3, future_exog=KNOWN),
    )


X2 = np.zeros((9, 2))
WRONG = [
    (([1, 2, 3], 3), {}, r"series has 3 steps, but windows with n_steps=3, gap=0 and "
     r"horizon=1 need at least 4. Make the windows shorter\.$"),
    (([[1, 2, 3], [1, 2]], 2), {}, r"series\[1\] has 2 steps.*or leave it out\.$"),
    ((X2, 9), {}, r"series has 9 steps.*Make the windows shorter\.$"),
    ((X2.T, 8), {}, r"series has 2 steps.*If it is 2 series, pass list\(series\)"),
    ((pd.DataFrame(X2.T), 8), {}, r"it is 2 series, pass list\(series.to_numpy\(\)\)"),
    (([[1, 2], [3, 4], [5, 6]], 2), {}, r"if it is one of 3 steps, pass np.array"),
    ((X2, 3), {"gap": 5, "horizon": 2}, "gap=5 and horizon=2 need at least 10"),
    ((X2, 0), {}, "'n_steps' parameter of sliding_windows must be an int in the range"),
    ((X2, 2), {"horizon": 0}, "'horizon' parameter of sliding_windows must be an int"),
    ((X2, 2), {"gap": -1}, "'gap' parameter of sliding_windows must be an int"),
    ((X2, 2), {"stride": 1.5}, "'stride' parameter of sliding_windows must be an int"),
    ((X2, 2), {"missing": "fill"}, "'missing' parameter of sliding_windows must be a"),
    ((X2, 2), {"return_index": 1}, "'return_index' parameter of sliding_windows"),
    ((X2, 2), {"target": 2}, r"'target' parameter .* range \[0, 1\]. Got 2 instead"),
    ((X2, 2), {"target": [0, "a"]}, r"range \[0, 1\]. Got 'a' instead"),
    ((X2, 2), {"target": []}, "target is empty"),
    (([1, np.nan, 3], 1), {}, r"series holds NaN: step 1\. Fill"),
    (([X2, X2 * np.nan], 1), {}, r"series holds NaN: series\[1\], step 0, column 0\."),
    ((X2, 1), {"future_exog": X2[:, 0] * np.nan}, "future_exog holds NaN: step 0"),
    (([1, np.inf, 3], 1), {"missing": "keep"}, "series holds infinity: step 1"),
    (([np.nan] * 9, 1), {"missing": "drop"}, "All 8 windows hold a NaN in X or y"),
    ((X2, 1), {"future_exog": X2[:8]}, "future_exog has 8 steps, but series has 9"),
    (([X2, X2], 1), {"future_exog": [X2, X2[:8]]}, r"future_exog\[1\] has 8 steps, but "
     r"series\[1\] has 9. Expected a row for each step"),
    (([X2], 1), {"future_exog": X2}, "Got one series, but series is 1 series"),
    (([X2, X2], 1), {"future_exog": [X2]}, "Got 1 series, but series is 2 series"),
    ((X2, 2), {"future_exog": X2, "horizon": 3}, "horizon=3 is larger than n_steps=2"),
    ((X2.astype("f4"), 2), {"future_exog": X2 + 1e300}, "future_exog holds a number "
     "that is too large for float32, the type of series: step 0, column 0. Pass s"),
    ((np.zeros((5, 0)), 2), {}, r"series holds steps of shape \(0,\)"),
    ((RaggedArray(np.zeros((6, 2, 2)), [0, 3, 6]), 2), {}, r"of shape \(2, 2\)"),
    (([], 2), {}, "series is an empty sequence"),
    (([[]], 2), {}, r"series\[0\] is an empty sequence"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "options", "message"), WRONG)
def test_what_is_wrong_is_said(given, options, message):
    with pytest.raises(ValueError, match=message):
        sliding_windows(*given, **options)


def test_what_is_no_series():
    for given, message in [
        (3, "series must be sequences"),
        ("abc", "series must be sequences"),
        (["a", "b"], "Expected numbers"),
        (iter([1, 2]), "series is a list_iterator"),
        ([sparse.csr_array(np.eye(4))], "series holds sparse steps"),
        (sparse.csr_array(np.eye(4)), "series is one sparse matrix"),
        (pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}), "series holds 'x'"),
        (np.zeros((3, 2), complex), "series must hold numbers"),
    ]:
        for function in (sliding_windows, last_windows):
            with pytest.raises(TypeError, match=message):
                function(given, 1)


def test_last_windows_says_what_is_missing():
    with pytest.raises(ValueError, match=r"series\[1\] has 2 steps.*n_steps=3 need"):
        last_windows([[1, 2, 3], [1, 2]], 3)
    with pytest.raises(ValueError, match=r"future_exog has 5 steps.*and 2 more for"):
        last_windows([1, 2, 3, 4], 3, horizon=2, future_exog=[1, 2, 3, 4, 5])
    with pytest.raises(ValueError, match="parameter of last_windows must be an int"):
        last_windows([1, 2, 3, 4], True)


def test_names_of_columns_are_in_the_message():
    frame = pd.DataFrame(X2, columns=["flow", "rain"])
    with pytest.raises(ValueError, match=r"a name among \['flow', 'rain'\]. Got 'sun'"):
        sliding_windows(frame, 2, target="sun")


def test_numbers_of_other_types():
    for dtype, horizon in product((np.int8, bool, np.uint16), (1, 2)):
        x = np.array([1, 0, 1, 1, 0], dtype)
        same(
            sliding_windows(x, 2, horizon=horizon),
            sliding_windows(x.astype(float), 2, horizon=horizon),
        )
    x = [1, None, 2, 3]
    assert np.isnan(sliding_windows(x, 1, missing="keep")[0][1, 0])


def test_static_numbers_are_not_lost_silently():
    series = RaggedArray.from_sequences([np.arange(9.0)]).with_static([[1.0]])
    with pytest.raises(ValueError, match="series carries static numbers"):
        sliding_windows(series, 3)


@pytest.mark.parametrize("names", ["holiday", ["holiday"], np.array(["holiday"])])
def test_names_of_columns_are_not_their_values(names):
    with pytest.raises(TypeError, match=r"pass frame\[\['holiday'\]\]"):
        sliding_windows(np.arange(20.0), 3, future_exog=names)


@pytest.mark.parametrize("function", [sliding_windows, last_windows])
@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table])
def test_columns_of_a_frame_that_are_known_ahead(make, function):
    series, holiday = np.arange(20.0), (np.arange(24) % 7 == 0).astype(float)
    frame = make({"holiday": holiday})
    options = {"n_steps": 3, "horizon": 1}
    given, expected = (
        function(series, **options, future_exog=e) for e in (frame, holiday)
    )
    for a, b in zip(given, expected):
        assert_array_equal(a, b)


# -- what the index of a frame says ----------------------------------------------------

DAYS = pd.date_range("2024-01-01", periods=10)
LOAD = pd.DataFrame({"load": np.arange(10.0)}, index=DAYS)


def calendar(first, n=12):
    days = pd.date_range(first, periods=n)
    return pd.DataFrame({"day": days.day}, index=days)


@pytest.mark.parametrize("several", [False, True])
@pytest.mark.parametrize("function", [sliding_windows, last_windows])
def test_a_calendar_of_other_days_is_an_error(function, several):
    def windows(known):
        given = ([LOAD], [known]) if several else (LOAD, known)
        return function(given[0], 3, horizon=1, future_exog=given[1])

    right = calendar("2024-01-01")
    for known in (right, right.to_numpy(), right.reset_index(drop=True)):
        found = windows(known)
        X = found if function is last_windows else found[0]
        assert_array_equal(X[0][:, 1], X[0][:, 0] + 2)  # the day of the next step
    at = r"\[0\]" if several else ""
    place = rf"future_exog{at} is 2024-01-02 .* at row 0, where that of series{at} is"
    with pytest.raises(ValueError, match=place):
        windows(calendar("2024-01-02"))
    with pytest.raises(ValueError, match="at row 1, where that of series"):
        windows(right.iloc[[0, 2, 1, *range(3, 12)]])


def test_series_below_each_other_are_no_series():
    panel = pd.concat({"a": LOAD, "b": LOAD + 100}, names=["id", "day"])
    message = r"first level of its index .* RaggedArray.from_frame\({}, by='id'\)"
    with pytest.warns(UserWarning, match=message.format("series")):
        sliding_windows(panel, 3)
    with pytest.warns(UserWarning, match=message.format(r"series.to_frame\(\)")):
        sliding_windows(panel["load"], 3)
    unnamed = message.format(r"series.rename_axis\(\['id', 'time'\]\)")
    with pytest.warns(UserWarning, match=unnamed):
        sliding_windows(panel.rename_axis([None, None]), 3)
    X, _ = sliding_windows(RaggedArray.from_frame(panel, by="id", columns=["load"]), 3)
    assert len(X) == 14  # none goes from one to the other
    assert len(sliding_windows(panel.reset_index(drop=True), 3)[0]) == 17


@pytest.mark.parametrize("turned", [LOAD[::-1], LOAD[::-1].to_period("D")])
def test_the_newest_first_is_said(turned):
    with pytest.warns(UserWarning, match="goes back from 2024-01-10.*sort_index"):
        X, _ = sliding_windows(turned, 3)
    assert X[0].ravel().tolist() == [9, 8, 7]
    with pytest.warns(UserWarning, match=r"series\[1\] is read in the order"):
        sliding_windows([LOAD, turned["load"].to_frame()], 3)
    sliding_windows(turned.sort_index(), 3)  # without a warning
    later = pd.concat([turned.sort_index()[4:], turned.sort_index()[:4]])
    with pytest.warns(UserWarning, match="goes back from 2024-01-10.* to 2024-01-01"):
        sliding_windows(later, 3)
    sliding_windows(turned.reset_index(drop=True), 3)


def test_an_array_of_objects_is_one_series_as_its_frame():
    """As ``to_numpy`` gives it, of columns of several types."""
    frame = pd.DataFrame({"a": [1, 2, 3, 4], "b": [True, False] * 2, "c": [0.5] * 4})
    rows = frame.to_numpy()
    assert rows.dtype == object
    for given, expected in zip(sliding_windows(rows, 2), sliding_windows(frame, 2)):
        assert_array_equal(given, expected)
    assert_array_equal(last_windows(rows, 2), last_windows(frame, 2))


def test_dates_that_come_twice_are_warned_of():
    s = pd.Series(np.arange(10.0), index=pd.date_range("2020", periods=10))
    with pytest.warns(UserWarning, match=r"two rows of 2020-01-05 .*Keep one of each"):
        sliding_windows(pd.concat([s[:5], s[4:]]), 3)
