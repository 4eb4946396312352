"""What the index of a pandas frame or column says of its rows, where it has one."""

from typing import Any

import numpy as np

from .. import _frames, _kinds
from .. import _parameters as p
from .._messages import brief

FEWEST_DATES = 10  # which tell what step is usual


def way_of_panel(values: Any, name: str) -> str | None:
    """How to pass what has an index of ids and times; None if it has no such index.

    Its first level stays for some rows and then is another, which comes once; the last
    rises in each of these groups.
    """
    index = _frames.index_of(values)
    if index is None or index.nlevels < 2:
        return None
    outer, inner = (np.asarray(index.get_level_values(k)) for k in (0, -1))
    begins = outer[1:] != outer[:-1]
    n_groups = 1 + np.count_nonzero(begins)
    if not 1 < n_groups < len(outer) or len(set(outer.tolist())) < n_groups:
        return None
    try:
        rises = inner[1:] > inner[:-1]
    except TypeError:  # of values without an order
        return None
    if not (rises | begins).all():
        return None
    frame = name if _kinds.is_frame(values) else f"{name}.to_frame()"
    by = index.names[0]
    if by is None:
        frame, by = f"{frame}.rename_axis(['id', 'time'])", "id"
    return f"RaggedArray.from_frame({frame}, by={brief(by)})"


def check_one_series(values: Any, name: str) -> None:
    """Warn of a frame whose index says that it is several series, or one out of order.

    Parameters
    ----------
    values : object
        What is read as one series, row by row.
    name : str
        What it is called.
    """
    way = way_of_panel(values, name)
    if way is not None:
        p.warn_user(
            f"{name} is read as one series of {len(values)} steps, but the first level "
            "of its index looks like the id of several: windows would go from one to "
            f"the next. Pass {way}; or if it is one series, "
            f"{name}.reset_index(drop=True)."
        )
        return
    index = _frames.index_of(values)
    if index is None or not _is_of_time(index):
        return
    dates = np.asarray(index)
    if index.is_monotonic_increasing:
        twice = np.flatnonzero(dates[1:] == dates[:-1])
        if len(twice):
            p.warn_user(
                f"{name} has two rows of {index[twice[0]]} ({len(twice)} of its rows "
                "have the date of the row before): windows read them as two steps. "
                "Keep one of each, as groupby(level=0).mean() does."
            )
        else:
            _warn_of_gaps(index, name)
        return
    k = int(np.argmax(dates[1:] < dates[:-1]))
    p.warn_user(
        f"{name} is read in the order of its rows, but its index goes back from "
        f"{index[k]} to {index[k + 1]}. Pass {name}.sort_index(); or "
        f"{name}.reset_index(drop=True), if the order is right."
    )


def _warn_of_gaps(index, name):
    """Warn of times that are missing among even ones.

    Months and years are even, and so are days of a market, which has no weekends.
    """
    if len(index) < FEWEST_DATES or index.dtype.kind != "M":
        return
    dates = np.asarray(index, dtype="M8[ns]")
    steps = np.diff(dates)
    values, counts = np.unique(steps, return_counts=True)
    usual = values[counts.argmax()]
    longer = np.flatnonzero(steps > usual)
    if 2 * counts.max() < len(dates) or not len(longer):
        return
    months = np.diff(dates.astype("M8[M]").astype(int))
    if months.min() == months.max() > 0:
        return
    weekdays = (dates.astype("M8[D]").astype(int) + 3) % 7  # 1970 began on a Thursday
    if usual == np.timedelta64(1, "D") and weekdays.max() < 5:
        return
    k = longer[0]
    p.warn_user(
        f"{name} has {len(longer)} gaps in time: from {index[k]} to {index[k + 1]}, "
        f"where steps are {index[k + 1] - index[k] - (steps[k] - usual)} as a rule. "
        f"Windows go across them. Pass {name}.asfreq(...), filled or with "
        f"missing='drop'; or {name}.reset_index(drop=True), if rows are even steps."
    )


def check_same_rows(other: Any, values: Any, name: str, of: str) -> None:
    """Raise an error if the rows of two frames are of other times or other names.

    Parameters
    ----------
    other, values : object
        ``other`` has a row for each of ``values``, and may go on.
    name, of : str
        What they are called.
    """
    ours, theirs = _frames.index_of(values), _frames.index_of(other)
    if ours is None or theirs is None or ours.nlevels != theirs.nlevels:
        return
    if ours.dtype.kind in "iu" or type(ours) is not type(theirs):
        return  # numbers are often those of rows
    head = theirs[: len(ours)]
    if ours.equals(head):
        return
    k = int(np.argmax(np.asarray(ours != head)))
    raise ValueError(
        f"The index of {name} is {head[k]} at row {k}, where that of {of} is {ours[k]}:"
        f" rows go together by their places. Select the rows of {name} from {ours[0]} "
        "on, in the same order; or pass it without an index, with to_numpy()."
    )


def check_same_order(other: Any, values: Any, name: str, of: str) -> None:
    """Raise an error if two frames or columns have the same index in another order.

    Parameters
    ----------
    other, values : object
        What goes together row by row.
    name, of : str
        What they are called.
    """
    ours, theirs = _frames.index_of(values), _frames.index_of(other)
    if ours is None or theirs is None or len(ours) != len(theirs):
        return
    if ours.equals(theirs) or not ours.is_unique or set(ours) != set(theirs):
        return
    k = int(np.argmax(np.asarray(ours != theirs)))
    raise ValueError(
        f"The index of {name} is that of {of} in another order: at row {k} it is "
        f"{theirs[k]}, and {ours[k]} there. Rows go together by their places: pass "
        f"{name}.loc[{of}.index]; or {name}.to_numpy(), if the order is right."
    )


def _is_of_time(index):
    return index.nlevels == 1 and (
        index.dtype.kind == "M" or type(index).__name__ == "PeriodIndex"
    )
