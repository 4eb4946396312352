"""Windows of series: what a forecast is made from, and what came next."""

from collections.abc import Sequence
from typing import Any, Literal, overload

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view
from scipy import sparse

from .. import _frames, _kinds, _values
from .. import _parameters as p
from .._messages import brief, name_of, renamed
from .._typing import FloatArray, Sequences
from ..sequences import (
    RaggedArray,
    as_ragged,
    check_not_empty,
    place_of,
    real_numbers_of,
    refuse_static,
)
from ._row_index import check_one_series, check_same_rows

Column = int | str
Missing = Literal["error", "drop", "keep"]


@overload
def sliding_windows(
    series: Sequences | npt.ArrayLike,
    n_steps: int,
    *,
    horizon: int = 1,
    gap: int = 0,
    stride: int = 1,
    target: Column | Sequence[Column] | None = None,
    future_exog: Sequences | npt.ArrayLike | None = None,
    missing: Missing = "error",
    return_index: Literal[False] = False,
) -> tuple[FloatArray, FloatArray]: ...


@overload
def sliding_windows(
    series: Sequences | npt.ArrayLike,
    n_steps: int,
    *,
    horizon: int = 1,
    gap: int = 0,
    stride: int = 1,
    target: Column | Sequence[Column] | None = None,
    future_exog: Sequences | npt.ArrayLike | None = None,
    missing: Missing = "error",
    return_index: Literal[True],
) -> tuple[FloatArray, FloatArray, npt.NDArray[np.intp]]: ...


def sliding_windows(
    series: Sequences | npt.ArrayLike,
    n_steps: int,
    *,
    horizon: int = 1,
    gap: int = 0,
    stride: int = 1,
    target: Column | Sequence[Column] | None = None,
    future_exog: Sequences | npt.ArrayLike | None = None,
    missing: Missing = "error",
    return_index: bool = False,
) -> Any:
    """Cut series into windows and the values that follow: X and y of forecasts.

    The targets of a window whose last step is ``t`` are those of the steps from ``t +
    gap + 1`` to ``t + gap + horizon`` of the same series. The window holds nothing of
    ``series`` after step ``t``.

    Parameters
    ----------
    series : array-like, data frame, or sequences
        One series: an array of shape (n_steps,) or (n_steps, n_columns), a list of
        numbers, a column, or a data frame. Or several, of any lengths: a list of such
        arrays or frames, a RaggedArray, or an array of shape (n_series, n_steps,
        n_columns).
    n_steps : int
        Number of steps of a window.
    horizon : int, default=1
        Number of steps to forecast.
    gap : int, default=0
        Number of steps between a window and the first step to forecast.
    stride : int, default=1
        Number of steps from one window to the next. The first window begins with its
        series.
    target : int, str or list of them, default=None
        The columns to forecast, by index or name. None: all. The others are exogenous
        columns that are not known in advance, such as the weather.
    future_exog : as series, default=None
        Exogenous columns that are known in advance, such as the calendar: one row for
        each step of ``series``, or more at the end. Beside step ``t`` of ``series``, a
        window holds their values at step ``t + gap + horizon``; so the last ``horizon``
        steps of a window hold those of the steps to forecast, in order.
    missing : {"error", "drop", "keep"}, default="error"
        What to do with NaN: raise an error, drop windows with NaN in X or y, or keep
        all windows, if a later step can handle NaN.
    return_index : bool, default=False
        Whether to also return the position of each window.

    Returns
    -------
    X : ndarray of shape (n_windows, n_steps) or (n_windows, n_steps, n_features)
        Windows in the order of the series and of time. Without the last dimension if
        the series are 1-D and there is no ``future_exog``. float32 stays float32, other
        types become float64. It may be a read-only view, in which neighboring windows
        share memory.
    y : ndarray of shape (n_windows,) or (n_windows, horizon * n_targets)
        The targets of the first step, then those of the second, and so on. 1-D if there
        is one number per window.
    index : ndarray of int, shape (n_windows, 2)
        The series of each window, and the step of the series that is the last step of
        the window. Only with ``return_index``.

    Raises
    ------
    ValueError
        If a series is shorter than ``n_steps + gap + horizon``, holds infinity, or,
        with missing="error", NaN; if ``future_exog`` does not match the series, or if
        the horizon is longer than a window with it. The message says where.
    TypeError
        If the series do not hold numbers, or are sparse.

    See Also
    --------
    last_windows : The windows from which to forecast beyond the end of the series.
    sklearn.model_selection.TimeSeriesSplit : Its ``gap`` keeps apart windows whose
        steps are the targets of others.

    Examples
    --------
    >>> from sksequence.preprocessing import sliding_windows
    >>> X, y = sliding_windows([0, 1, 2, 3, 4, 5], n_steps=3, horizon=2)
    >>> X
    array([[0., 1., 2.],
           [1., 2., 3.]])
    >>> y
    array([[3., 4.],
           [4., 5.]])

    Two series, and a column that is known one step in advance:

    >>> series, weekday = [[3, 1, 4, 1], [5, 9, 2]], [[0, 1, 2, 3], [5, 6, 0]]
    >>> X, y, index = sliding_windows(
    ...     series, 2, future_exog=weekday, return_index=True
    ... )
    >>> X[0], y[0]
    (array([[3., 1.],
           [1., 2.]]), np.float64(4.0))
    >>> index
    array([[0, 1],
           [0, 2],
           [1, 1]])
    """
    owner = "sliding_windows"
    lead = _check_sizes(owner, n_steps, horizon, gap, future_exog)
    p.check_value(stride, "stride", owner, [p.integer(1)])
    p.check_value(missing, "missing", owner, [p.one_of("error", "drop", "keep")])
    p.check_value(return_index, "return_index", owner, [p.BOOLEAN])
    found, is_one = _as_series(series, "series")
    _check_index(series, is_one)
    columns = _target_columns(target, found)
    what = f"n_steps={n_steps}, gap={gap} and horizon={horizon}"
    _check_lengths(found, series, is_one, n_steps + lead, what)
    exog = None
    if future_exog is not None:
        exog = _check_exog(future_exog, found, series, is_one, n_more=0)
    if missing == "error":
        for given, name in [(found, "series"), (exog, "future_exog")]:
            _refuse_nan(given, name, is_one)

    X, y, index, whole = [], [], [], []
    for i, values in enumerate(found):
        # What a window may hold ends where its last target would be out of reach.
        rows = values[:-lead]
        if exog is not None:
            rows = _joined(rows, exog[i], lead)
        ahead = values.reshape(len(values), -1)[n_steps + gap :, columns]
        X.append(_windows_of(rows, n_steps)[::stride])
        y.append(_windows_of(ahead, horizon)[::stride])
        last = n_steps - 1 + stride * np.arange(len(X[-1]))
        index.append(np.column_stack([np.full(len(last), i), last]))
        if missing == "drop":
            with_nan = _with_nan(rows, n_steps) | _with_nan(ahead, horizon)
            whole.append(~with_nan[::stride])
    windows, targets, places = _concatenated(X), _concatenated(y), _concatenated(index)
    if missing == "drop":
        kept = np.concatenate(whole)
        if not kept.any():
            raise ValueError(
                f"All {len(kept)} windows hold a NaN in X or y, so that "
                "missing='drop' leaves none. Fill missing values first, or make "
                "n_steps smaller."
            )
        if not kept.all():
            windows, targets, places = windows[kept], targets[kept], places[kept]
    targets = np.array(targets).reshape(len(targets), -1)
    if targets.shape[1] == 1:
        targets = targets[:, 0]
    return (windows, targets, places) if return_index else (windows, targets)


def last_windows(
    series: Sequences | npt.ArrayLike,
    n_steps: int,
    *,
    horizon: int | None = None,
    gap: int = 0,
    future_exog: Sequences | npt.ArrayLike | None = None,
) -> FloatArray:
    """Cut the last window of each series, to forecast beyond its end.

    Parameters
    ----------
    series, n_steps, gap
        As in ``sliding_windows``. The columns are not compared with those of other
        windows: keep them in one order.
    horizon : int, default=None
        As in ``sliding_windows``, where it says what windows hold of ``future_exog``.
        None: 1.
    future_exog : as series, default=None
        Columns that are known in advance, for at least ``gap + horizon`` steps beyond
        the end of each series.

    Returns
    -------
    X : ndarray of shape (n_series, n_steps) or (n_series, n_steps, n_features)
        One window per series, as from ``sliding_windows``. NaN is kept.

    Raises
    ------
    ValueError
        If a series is shorter than ``n_steps``, or if ``future_exog`` is too short.
    TypeError
        If the series do not hold numbers, or are sparse.

    Warns
    -----
    UserWarning
        If ``future_exog`` goes further than a horizon of 1, and none is given.

    See Also
    --------
    sliding_windows : Windows to train on.

    Examples
    --------
    >>> from sksequence.preprocessing import last_windows
    >>> last_windows([0, 1, 2, 3, 4, 5], n_steps=3)
    array([[3., 4., 5.]])
    >>> last_windows([0, 1, 2, 3], n_steps=2, future_exog=[9, 8, 7, 6, 5])
    array([[[2., 6.],
            [3., 5.]]])
    """
    n_ahead = 1 if horizon is None else horizon
    lead = _check_sizes("last_windows", n_steps, n_ahead, gap, future_exog)
    found, is_one = _as_series(series, "series")
    _check_index(series, is_one)
    _check_lengths(found, series, is_one, n_steps, f"n_steps={n_steps}")
    if future_exog is None:
        return np.stack([values[-n_steps:] for values in found])
    exog = _check_exog(future_exog, found, series, is_one, n_more=lead)
    more = int((exog.lengths - found.lengths).min())
    if horizon is None and more > lead:
        p.warn_user(
            f"future_exog has {more} rows beyond the series, of which windows for "
            f"horizon=1 hold {lead}. If the windows to train on are for another "
            "horizon, pass the same horizon here; horizon=1 causes no warning."
        )
    return np.stack(
        [
            _joined(values[-n_steps:], known, len(values) - n_steps + lead)
            for values, known in zip(found, exog)
        ]
    )


# -- checks ----------------------------------------------------------------------------


def _check_sizes(owner, n_steps, horizon, gap, future_exog):
    """How many steps after a window its last target is."""
    for name, value, least in [("n_steps", n_steps, 1), ("horizon", horizon, 1)]:
        p.check_value(value, name, owner, [p.integer(least)])
    p.check_value(gap, "gap", owner, [p.integer(0)])
    if future_exog is not None and horizon > n_steps:
        raise ValueError(
            f"horizon={horizon} is larger than n_steps={n_steps}. With future_exog, a "
            "window needs a step for each step that is to be forecast: make n_steps at "
            "least as large as horizon."
        )
    return int(gap) + int(horizon)


def _as_series(series, name):
    """A RaggedArray of numbers, and whether it is one series that was given."""
    _kinds.refuse_views(series, name)
    is_one = _is_one(series, name)
    refuse_static(series, "sliding_windows", name)
    if is_one:
        X = renamed(lambda s: as_ragged([s], name=name), series, name, f"{name}[0]")
    else:
        X = as_ragged(series, name=name)
    X = real_numbers_of(X, name)
    check_not_empty(X, name=name, owner="windows")
    if X.is_sparse:
        raise TypeError(
            f"{name} holds sparse steps, of which no windows are made. Pass dense "
            f"ones: [x.toarray() for x in {name}]."
        )
    values = X.values
    if values.dtype not in (np.float32, np.float64):
        X = X.with_values(_values.as_floats(values), X.feature_names)
    if X.values.ndim > 2 or X.values.shape[-1] == 0:
        raise ValueError(
            f"{name} holds steps of shape {X.values.shape[1:]}. Expected one number a "
            "step, or one row of them."
        )
    infinite = np.isinf(X.values)
    if infinite.any():
        raise ValueError(
            f"{name} holds infinity: {_place(X, infinite, name, is_one)}. Windows are "
            "made of finite numbers, or NaN for what is missing."
        )
    return X, is_one


def _check_index(series, is_one):
    """Warn of series that are several, or out of order, as their index says."""
    for one, name in _each(series, "series", is_one):
        check_one_series(one, name)


def _is_one(series, name):
    """Whether this is one series, and not several."""
    if isinstance(series, RaggedArray) or sparse.issparse(series):
        return False
    if not _kinds.is_frame(series):
        series = _frames.plain(series, name)
    if isinstance(series, np.ndarray) and (
        series.dtype != object or (series.ndim == 2 and _values.are_numbers(series))
    ):
        return series.ndim < 3
    if _kinds.is_frame(series):
        columns = _frames.column_names(series)
        if len(columns) > 1:
            return True
        series = _frames.column(series, columns[0])
    return _kinds.is_list(series) and not any(
        _kinds.is_list_like(value) or _kinds.is_frame(value) for value in series
    )


def _target_columns(target, X):
    """The places of the columns that are to be forecast."""
    names, width = X.feature_names or [], int(np.prod(X.values.shape[1:]))
    if target is None:
        return list(range(width))
    one = isinstance(target, str) or not _kinds.is_list_like(target)
    columns = []
    for name in [target] if one else target:
        if name in names:
            columns.append(names.index(name))
        elif p.integer(0, width - 1).holds(name):
            columns.append(int(name))
        else:
            named = f", or a name among {brief(names)}" if names else ""
            raise ValueError(
                "The 'target' parameter of sliding_windows must be a column of series: "
                f"an int in the range [0, {width - 1}]{named}. Got {brief(name)} "
                "instead."
            )
    if not columns:
        raise ValueError("target is empty: it must be at least one column of series.")
    return columns


def _check_lengths(X, given, is_one, needed, what):
    """Raise an error for a series that is shorter than one window needs."""
    i = int(X.lengths.argmin())
    n = int(X.lengths[i])
    if n >= needed:
        return
    name = "series" if is_one else f"series[{i}]"
    advice = "Make the windows shorter" + ("." if is_one else ", or leave it out.")
    width = X.values.shape[1] if X.values.ndim == 2 else 0
    if is_one and width >= needed:
        array = "series.to_numpy()" if _kinds.is_frame(given) else "series"
        advice += f" If it is {n} series, pass list({array})."
    if (
        not is_one
        and len(X) >= needed
        and _kinds.is_list(given)
        and not isinstance(given, RaggedArray)
        and (X.lengths == n).all()
    ):
        advice += (
            " A list of lists is several series: if it is one of "
            f"{len(X)} steps, pass np.array(series, dtype=float)."
        )
    raise ValueError(
        f"{name} has {n} steps, but windows with {what} need at least {needed}. "
        f"{advice}"
    )


def _check_exog(future_exog, series, given, is_one, n_more):
    """``future_exog`` as a RaggedArray that goes with the series, ``n_more`` longer.

    ``given`` are the series as the user has them.
    """
    names = [future_exog] if isinstance(future_exog, str) else future_exog
    listed = _kinds.is_list(names) and not _kinds.is_frame(names) and len(names)
    if listed and all(isinstance(name, str) for name in names):
        raise TypeError(
            f"future_exog holds texts: {brief(future_exog)}. Expected the columns "
            "themselves, as series of numbers; if these are names of columns of a data "
            f"frame, pass frame[{brief([str(name) for name in names])}]."
        )
    exog, one = _as_series(future_exog, "future_exog")
    if one != is_one or len(exog) != len(series):
        raise ValueError(
            "future_exog must have the form of series. Got "
            f"{'one series' if one else f'{len(exog)} series'}, but series is "
            f"{'one series' if is_one else f'{len(series)} series'}."
        )
    short = np.flatnonzero(exog.lengths < series.lengths + n_more)
    if len(short):
        i = short[0]
        at = "" if is_one else f"[{i}]"
        beyond = f", and {n_more} more for what comes after it" if n_more else ""
        raise ValueError(
            f"future_exog{at} has {exog.lengths[i]} steps, but series{at} has "
            f"{series.lengths[i]}. Expected a row for each step of the series{beyond}."
        )
    known, ours = (
        _each(future_exog, "future_exog", is_one),
        _each(given, "series", is_one),
    )
    for (rows, name), (of_rows, of) in zip(known, ours):
        check_same_rows(rows, of_rows, name, of)
    values = _values.as_floats(exog.values, series.dtype, copy=False)
    too_large = np.isinf(values)
    if too_large.any():
        raise ValueError(
            f"future_exog holds a number that is too large for {series.dtype}, the "
            f"type of series: {_place(exog, too_large, 'future_exog', is_one)}. Pass "
            "series as float64."
        )
    return exog.with_values(values)


def _each(series, name, is_one):
    """(series, what it is called) of each, as the user has them; none of an array."""
    if is_one:
        return [(series, name)]
    listed = isinstance(series, (list, tuple))
    return [(one, f"{name}[{i}]") for i, one in enumerate(series)] if listed else []


def _refuse_nan(X, name, is_one):
    """Raise an error for the first NaN."""
    if X is None:
        return
    missing = np.isnan(X.values)
    if missing.any():
        raise ValueError(
            f"{name} holds NaN: {_place(X, missing, name, is_one)}. Fill missing "
            "values first, or pass missing='drop' to leave out the windows that have "
            "one, or missing='keep'."
        )


def _place(X, bad, name, is_one):
    """Where the first of some values is."""
    row, *column = np.argwhere(bad)[0].tolist()
    i, t = place_of(X.offsets, row)
    at = "step" if is_one else f"{name}[{i}], step"
    names = X.feature_names
    return f"{at} {t}" + "".join(f", column {name_of(k, names)}" for k in column)


# -- windows ---------------------------------------------------------------------------


def _joined(values, exog, shift):
    """Steps with columns that are known ahead beside them, from a later step."""
    exog = exog[shift : shift + len(values)]
    parts = [part.reshape(len(values), -1) for part in (values, exog)]
    return np.concatenate(parts, axis=1)


def _windows_of(rows, n_steps):
    """A view (n_windows, n_steps, ...): one window for each step it may begin at."""
    return np.moveaxis(sliding_window_view(rows, n_steps, axis=0), -1, 1)


def _concatenated(parts):
    """The windows of all series; those of one series stay a view."""
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _with_nan(rows, n_steps):
    """Which windows hold a NaN."""
    bad = np.isnan(rows.reshape(len(rows), -1)).any(axis=1)
    return _windows_of(bad, n_steps).any(axis=1)
