"""Panels of time series as aeon and sktime hold them, to and from sequences.

Their arrays have channels before time: a series is (n_channels, n_timepoints), where a
sequence here is (n_steps, n_features). Their lists of frames differ.
"""

from typing import Any, Literal, get_args

import numpy as np

from .. import _frames, _kinds, _values
from .. import _parameters as p
from .._extras import import_extra
from .._messages import brief
from ..sequences import (
    RaggedArray,
    as_ragged,
    check_not_empty,
    real_numbers_of,
    refuse_static,
)

Format = Literal["numpy3D", "np-list", "df-list", "pd-multiindex", "nested_univ"]


def from_panel(X: Any, *, channels_first: bool | None = None) -> RaggedArray:
    """Sequences from a panel of time series in any of the forms of aeon and sktime.

    Parameters
    ----------
    X : array of shape (n_series, n_channels, n_timepoints), list of arrays of shape \
(n_channels, n_timepoints_i), list of DataFrame, or DataFrame
        "numpy3D", "np-list" or "df-list"; a DataFrame is "pd-multiindex" (levels:
        series, time) or "nested_univ" (each cell holds a whole pandas Series).
    channels_first : bool or None, default=None
        Whether channels come before time in the arrays or frames of series. None: True
        for arrays, False for frames. For aeon's "df-list", pass True.

    Returns
    -------
    X : RaggedArray
        The series in their order; for "pd-multiindex", sorted by both levels.

    Raises
    ------
    TypeError, ValueError
        If X is none of these, holds anything but numbers, or the channels of a series
        differ in length.

    Warns
    -----
    UserWarning
        If rows of a "pd-multiindex" have the same series and time.

    See Also
    --------
    to_panel : The inverse.

    Examples
    --------
    >>> import numpy as np
    >>> from sksequence.preprocessing import from_panel, to_panel
    >>> panel = np.arange(12.0).reshape(2, 2, 3)  # 2 series, 2 channels, 3 times
    >>> X = from_panel(panel)
    >>> X[0]
    array([[0., 3.],
           [1., 4.],
           [2., 5.]])
    >>> bool((to_panel(X) == panel).all())
    True
    """
    p.check_value(channels_first, "channels_first", "from_panel", [p.BOOLEAN, p.NONE])
    return real_numbers_of(_from_panel(X, channels_first))


def _from_panel(X, channels_first):
    """As ``from_panel``, of whatever values."""
    if hasattr(X, "index") and hasattr(X, "columns"):
        if getattr(X.index, "nlevels", 1) == 2:
            frame = X.rename_axis(index=["(series)", "(time)"])
            return RaggedArray.from_frame(frame, by="(series)", order_by="(time)")
        return _from_nested(X)
    given = X
    if not _kinds.is_frame(X) and not isinstance(X, RaggedArray):
        X = _frames.plain(X)
    if isinstance(X, np.ndarray) and X.ndim == 3:
        X = X if channels_first is False else X.swapaxes(1, 2)
        return as_ragged(np.ascontiguousarray(X))
    listed = isinstance(X, (list, tuple)) or (isinstance(X, np.ndarray) and X.ndim > 0)
    if listed and len(X):
        if all(map(_kinds.is_frame, X)):
            return as_ragged([_turned(x) for x in X] if channels_first else list(X))
        arrays = [_channels(x, f"X[{i}]") for i, x in enumerate(X)]
        if all(x.ndim == 2 for x in arrays):
            first = channels_first is not False
            return as_ragged([x.T for x in arrays] if first else arrays)
    raise ValueError(
        "X must be a panel of time series: an array of shape (n_series, n_channels, "
        "n_timepoints), a list of arrays of shape (n_channels, n_timepoints) or of "
        "data frames, or a pandas DataFrame with two index levels or with a Series in "
        f"each cell. Got {brief(given)} instead."
    )


def _channels(x, name):
    """One series as an array, of 2 dimensions if it has channels of one length."""
    x = _values.array_of(_frames.plain_or_rows(x, name), name)
    return _values.array_of(list(x), name) if x.dtype == object and x.ndim == 1 else x


def _turned(frame):
    """A frame of channels as one of times; the index of pandas names the channels."""
    return frame.T if hasattr(frame, "index") else _frames.rows(frame).T


def _from_nested(X):
    """From a frame that holds a whole series in each cell."""
    names, found = _frames.column_names(X, "X"), []
    if 0 in X.shape:
        raise ValueError(f"X has the shape {X.shape}. Expected a series at least.")
    for i, cells in enumerate(X.to_numpy()):
        wrong = [cell for cell in cells if not _kinds.is_list(cell)]
        if wrong:
            raise ValueError(
                "X must have two index levels, or a pandas Series in each cell. Got "
                f"{brief(wrong[0])} in row {i}: of a table with one row a step, "
                "RaggedArray.from_frame makes sequences."
            )
        channels = real_numbers_of(as_ragged(list(cells), name=f"X[{i}]"), f"X[{i}]")
        lengths = channels.lengths.tolist()
        if len(set(lengths)) > 1:
            raise ValueError(
                f"the channels of X[{i}] must have one length. Got {lengths}."
            )
        found.append(channels.values.reshape(len(names), -1).T)
    found = RaggedArray.from_sequences(found)
    return found.with_values(found.values, [str(name) for name in names])


def to_panel(
    X: Any, format: Format = "np-list", *, channels_first: bool | None = None
) -> Any:
    """A panel of time series, as aeon and sktime hold it, from sequences.

    Parameters
    ----------
    X : sequences
        Sequences of numbers, in any form that estimators take.
    format : {"numpy3D", "np-list", "df-list", "pd-multiindex", "nested_univ"}, \
default="np-list"
        The format, by the names of aeon and sktime. "numpy3D" needs sequences of equal
        length. The last three need pandas.
    channels_first : bool or None, default=None
        As in ``from_panel``, for the first three formats; True for aeon's "df-list".

    Returns
    -------
    panel : ndarray, list or DataFrame

    Raises
    ------
    TypeError, ValueError
        If the format is "numpy3D" and sequences are of unequal length; if X is empty,
        or its steps are sparse.

    See Also
    --------
    from_panel : The inverse.

    Examples
    --------
    >>> from sksequence.preprocessing import to_panel
    >>> X = [[[1.0, 4.0], [2.0, 5.0], [3.0, 6.0]], [[7.0, 8.0]]]
    >>> panel = to_panel(X)
    >>> panel[0]
    array([[1., 2., 3.],
           [4., 5., 6.]])
    >>> panel[1].shape
    (2, 1)
    """
    p.check_value(format, "format", "to_panel", [p.one_of(*get_args(Format))])
    p.check_value(channels_first, "channels_first", "to_panel", [p.BOOLEAN, p.NONE])
    refuse_static(X, "to_panel")
    ragged = real_numbers_of(as_ragged(X))
    check_not_empty(ragged, owner="to_panel")
    if ragged.is_sparse:
        raise TypeError(
            "X holds sparse steps, which a panel cannot hold. Pass dense ones: "
            "[x.toarray() for x in X]."
        )
    if ragged.values.ndim > 2:
        raise ValueError(
            f"X holds steps of shape {ragged.values.shape[1:]}. Expected one number a "
            "step, or one row of them."
        )
    sequences = [x if x.ndim == 2 else x[:, None] for x in ragged]
    turned = format != "df-list" if channels_first is None else channels_first
    if format == "np-list":
        return [np.ascontiguousarray(x.T if turned else x) for x in sequences]
    if format == "numpy3D":
        lengths = ragged.lengths
        if len(set(lengths.tolist())) > 1:
            raise ValueError(
                "format='numpy3D' needs sequences of one length. X has lengths from "
                f"{lengths.min()} to {lengths.max()}: use 'np-list', or Downsample."
            )
        return np.stack([x.T if turned else x for x in sequences])
    return _as_frames(sequences, ragged.feature_names, format, turned)


def _as_frames(sequences, names, format, turned):
    pd = import_extra("pandas", "pandas", "to_panel")
    width = sequences[0].shape[1]
    digits = len(str(width - 1))  # so that names sort as channels are
    names = names or [f"var_{k:0{digits}}" for k in range(width)]
    frames = [pd.DataFrame(x, columns=names) for x in sequences]
    if format == "df-list":
        return [frame.T if turned else frame for frame in frames]
    if format == "pd-multiindex":
        return pd.concat(frames, keys=range(len(frames)), names=["instances", "time"])
    cells = [[frame[name] for name in names] for frame in frames]
    nested = pd.DataFrame(index=range(len(cells)), columns=names, dtype=object)
    for i, row in enumerate(cells):
        for k, cell in enumerate(row):
            nested.iat[i, k] = cell
    return nested
