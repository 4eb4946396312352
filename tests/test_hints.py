"""Warnings of what is legal in data and likely a mistake, and what causes none."""

import warnings

import numpy as np
import pandas as pd
import pytest
from helpers import ragged_data
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import TimeSeriesSplit

from sksequence import (
    RaggedArray,
    RNNClassifier,
    RNNLanguageModel,
    RNNRegressor,
    RNNStepRegressor,
    RNNTagger,
)
from sksequence.preprocessing import TokenEncoder, last_windows, sliding_windows

RNG = np.random.default_rng(0)
FEW = {"max_iter": 1, "random_state": 0}
HOURS = pd.date_range("2024-01-01", periods=60, freq="h")
LOAD = pd.DataFrame({"load": np.sin(np.arange(60) / 5)}, index=HOURS)
X, _ = ragged_data(n_sequences=30)


@pytest.fixture(autouse=True)
def others_are_errors():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def ordered_by(times):
    frame = {"id": [1] * len(times), "time": times, "x": np.arange(float(len(times)))}
    return RaggedArray.from_frame(frame, by="id", order_by="time", columns=["x"])


@pytest.mark.parametrize(
    "times",
    [
        [f"{month}/1/2024" for month in range(1, 13)],
        [f"{d:02d}.{m:02d}.2024" for m in (1, 2, 3) for d in (1, 15, 30)],
        [str(k) for k in range(12)],
        ["1e3", "20", "3"],
        [f"step {k}" for k in range(12)],
        ["9:00", "9:30", "10:00"],
    ],
    ids=["month/day", "day.month", "integers", "floats", "steps", "hours"],
)
def test_times_that_are_text(times):
    with pytest.warns(UserWarning, match="order_by='time' is a column of text"):
        ordered_by(times)


@pytest.mark.parametrize(
    "times",
    [
        [f"2024-01-{d:02d}T00:00:00.{5 if d % 2 else 25}" for d in range(1, 13)],
        [f"{m:02d}/{d:02d}/2024" for m in (1, 2, 3) for d in (1, 15, 30)],
        [f"{d:02d}.01.2024" for d in (1, 15, 30)],
        ["0.25", "0.5", "1.25"],
        ["09:30", "10:00", "11:00"],
        ["a", "b", "c"],
        pd.Categorical(["1", "10", "2"], categories=["10", "2", "1"]),
        np.arange(12),
    ],
    ids=[
        "iso",
        "month/day",
        "day.month",
        "floats",
        "hours",
        "letters",
        "categories",
        "numbers",
    ],
)
def test_text_that_is_in_order(times):
    ordered_by(times)


def test_a_calendar_that_goes_beyond_the_horizon_that_is_not_given():
    known = pd.DataFrame({"hour": HOURS.hour}, index=HOURS)
    with pytest.warns(UserWarning, match="6 rows beyond the series, .* hold 1"):
        last_windows(LOAD[:-6], 24, future_exog=known)
    last_windows(LOAD[:-6], 24, horizon=6, future_exog=known)
    last_windows(LOAD[:-6], 24, horizon=1, future_exog=known)
    last_windows(LOAD[:-1], 24, future_exog=known)


def test_gaps_in_time():
    with pytest.warns(UserWarning, match="from .*03:00.* to .*05:00.* 0 days 01:00:00"):
        sliding_windows(LOAD.drop(HOURS[[4, 20, 21]]), 5)


@pytest.mark.parametrize(
    "index",
    [
        HOURS,
        HOURS.tz_localize("Europe/Berlin"),
        pd.date_range("2015-01-31", periods=60, freq="ME"),
        pd.date_range("2015-01-01", periods=60, freq="QS"),
        pd.bdate_range("2015-01-01", periods=63).delete([20, 21, 40]),
        pd.to_datetime(np.cumsum(RNG.integers(1, 10**6, 60)), unit="s"),
    ],
    ids=["hours", "time zone", "months", "quarters", "market", "events"],
)
def test_times_that_are_even_or_never(index):
    sliding_windows(pd.DataFrame({"x": np.arange(60.0)}, index=index), 5)


def test_windows_of_one_series_held_out_at_random():
    windows, y = sliding_windows(LOAD["load"], 12)
    options = {"hidden_layer_sizes": 2, "early_stopping": True, **FEW}
    with pytest.warns(UserWarning, match="windows of one series, which overlap"):
        RNNRegressor(**options).fit(windows, y)
    with pytest.warns(UserWarning, match="leaves 24 of 48 sequences out of both"):
        RNNRegressor(**options, validation_fraction=TimeSeriesSplit(3)).fit(windows, y)
    last = [(np.arange(30), np.arange(36, 48))]
    RNNRegressor(**options, validation_fraction=last).fit(windows, y)
    RNNRegressor(**options).fit(RNG.normal(size=(30, 8)), RNG.normal(size=30))


def test_rows_of_a_single_1():
    labels = np.arange(30) % 3
    with pytest.warns(UserWarning, match="Each row of y holds a single 1.*a sequence"):
        RNNClassifier(2, **FEW).fit(X, np.eye(3)[labels])
    of_steps = [np.eye(3, dtype=int)[np.arange(len(x)) % 3] for x in X]
    with pytest.warns(UserWarning, match="Each row of y holds a single 1.*a step"):
        RNNTagger(2, **FEW).fit(X, of_steps)
    RNNClassifier(2, **FEW).fit(X, np.tri(3)[labels])


def padded(front, value=0.0, n_steps=12):
    """Series of several lengths as one array, filled up at the end or in front."""
    rows = []
    for n in RNG.integers(3, n_steps + 1, 40):
        fill = np.full((n_steps - n, 2), value)
        x = RNG.normal(size=(n, 2))
        rows.append(np.concatenate([fill, x] if front else [x, fill]))
    return np.array(rows)


@pytest.mark.parametrize("value", [0.0, -1.0])
@pytest.mark.parametrize("front", [True, False])
def test_steps_that_look_like_padding(front, value):
    side = "begin" if front else "end"
    with pytest.warns(UserWarning, match=f"of the 40 sequences of X {side} in equal"):
        RNNClassifier(2, **FEW).fit(padded(front, value), np.arange(40) % 2)
    ids = np.array([[*RNG.integers(1, 9, n), *[0] * (9 - n)] for n in [3, 5, 7, 9] * 8])
    with pytest.warns(UserWarning, match="24 of the 32 sequences of X end in equal"):
        RNNClassifier(2, embedding_dim=2, **FEW).fit(ids, np.arange(32) % 2)


def test_counts_and_ends_of_texts_are_no_padding():
    counts = RNG.poisson(0.3, size=(60, 10, 1)).astype(float)
    RNNClassifier(2, **FEW).fit(counts, np.arange(60) % 2)
    ids = TokenEncoder("char", add_eos=True).fit_transform(["abc", "cab", "bca"] * 10)
    RNNClassifier(2, embedding_dim=2, **FEW).fit(ids, np.arange(30) % 2)


def test_steps_that_from_padded_leaves_out():
    in_front = padded(front=True)
    lengths = (in_front != 0).any(axis=2).sum(axis=1)
    with pytest.warns(UserWarning, match=r"padded\[\d+\] holds .*, after its length"):
        RaggedArray.from_padded(in_front, lengths)
    at_the_end = padded(front=False, value=7.0)
    lengths = (at_the_end != 7).any(axis=2).sum(axis=1)
    assert_array_equal(RaggedArray.from_padded(at_the_end, lengths).lengths, lengths)
    with pytest.warns(UserWarning, match=r"padded\[\d+\] begins with NaN"):
        RaggedArray.from_padded(padded(front=True, value=np.nan))
    RaggedArray.from_padded(padded(front=False, value=np.nan))


def test_a_loss_that_is_worse_than_that_of_a_guess():
    clf = RNNClassifier(8, max_iter=5, learning_rate_init=1e4, random_state=0)
    with pytest.warns(ConvergenceWarning, match=r"ended with a loss of .*about 0\.693"):
        clf.fit(X, np.arange(30) % 2)


def test_tokens_that_cannot_be_known():
    model = RNNLanguageModel(4, analyzer="char", **FEW).fit(["abab", "baba"] * 10)
    with pytest.warns(UserWarning, match="'ab' is given as one token, but the texts"):
        model.sample(2, prefix=["ab", "a"], max_length=3)
    with pytest.warns(UserWarning, match="'ab' is given as one token"):
        model.score_samples([["ab"]])
    model.sample(2, prefix=["a", "b"], max_length=3)
    with pytest.warns(
        UserWarning, match="30 of 30 tokens of X are not in the voc.*'x'"
    ):
        clone(model).set_params(warm_start=True).fit(["abab"] * 20).fit(["xyz"] * 10)
    encoder = TokenEncoder().fit(["the cat sat"] * 3)
    with pytest.warns(UserWarning, match="24 of 24 tokens of X are not in the"):
        encoder.transform(["THE CAT SAT"] * 8)
    encoder.transform(["THE CAT SAT"])


def test_the_path_of_a_file_is_no_text(tmp_path):
    path = tmp_path / "train.txt"
    path.write_text("abab")
    model = RNNLanguageModel(4, analyzer="char", contiguous=True, **FEW)
    with pytest.warns(
        UserWarning, match="train.txt'?, which is read as a text, and is"
    ):
        model.fit(str(path))
    model.fit("abab" * 20)


def test_a_column_that_is_named_as_an_id():
    columns = {"id": np.repeat(range(20), 4), "a": RNG.normal(size=80)}
    clf, y = RNNClassifier(2, **FEW), np.arange(80) % 2
    with pytest.warns(UserWarning, match=r"'id' looks like the id .*by='id'\)"):
        clf.fit(pd.DataFrame(columns), y)
    times = {"time": np.repeat(range(4), 20), "machine": np.tile(range(20), 4)}
    frame = pd.DataFrame(times | {"a": RNG.normal(size=80)})
    with pytest.warns(UserWarning, match=r"by='machine', order_by='time'\)"):
        clf.fit(frame, y)


def test_targets_of_steps_in_another_order():
    frames = [LOAD.iloc[:20], LOAD.iloc[20:45]]
    y = [frame["load"] * 2 for frame in frames]
    reg = RNNStepRegressor(2, **FEW).fit(frames, y)
    for other in (y[1].sort_index(ascending=False), y[1].iloc[[1, 0, *range(2, 25)]]):
        with pytest.raises(
            ValueError, match=r"index of y\[1\] is that of X\[1\] in an"
        ):
            reg.fit(frames, [y[0], other])
    later = [series.shift(1, freq="h") for series in y]  # what comes an hour later
    reg.fit(frames, later)
    reg.fit([frame.to_numpy() for frame in frames], y)
