"""Panels of time series as aeon and sktime hold them, to and from sequences.

Both have channels before time: a series is (n_channels, n_timepoints), where a sequence
here is (n_steps, n_features).
"""

from typing import Any, Literal, get_args

import numpy as np

from .. import _parameters as p
from .._extras import import_extra
from .._messages import brief
from ..sequences import RaggedArray, as_ragged

Format = Literal["numpy3D", "np-list", "df-list", "pd-multiindex", "nested_univ"]


def from_panel(X: Any) -> RaggedArray:
    """Sequences from a panel of time series in any of the forms of aeon and sktime.

    Parameters
    ----------
    X : array of shape (n_series, n_channels, n_timepoints), list of arrays of shape \
(n_channels, n_timepoints_i), list of DataFrame, or DataFrame
        "numpy3D" and "np-list" have channels before time, which is turned round; in
        "df-list" each frame has a row for each time; a DataFrame is "pd-multiindex"
        (levels: series, time) or "nested_univ" (each cell holds a whole pandas Series).

    Returns
    -------
    X : RaggedArray
        The series in their order; those of "pd-multiindex" sorted by both levels.

    Raises
    ------
    ValueError
        If X is none of these, or the channels of a series differ in length.

    See Also
    --------
    to_panel : The way back.

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
    if hasattr(X, "index") and hasattr(X, "columns"):
        if getattr(X.index, "nlevels", 1) == 2:
            frame = X.rename_axis(index=["(series)", "(time)"])
            return RaggedArray.from_frame(frame, by="(series)", order_by="(time)")
        return _from_nested(X)
    if isinstance(X, np.ndarray) and X.ndim == 3:
        return as_ragged(np.ascontiguousarray(X.swapaxes(1, 2)))
    if isinstance(X, (list, tuple)) and len(X):
        if all(hasattr(x, "columns") for x in X):
            return as_ragged(list(X))
        arrays = [np.asarray(x) for x in X]
        if all(x.ndim == 2 for x in arrays):
            return as_ragged([x.T for x in arrays])
    raise ValueError(
        "X must be a panel of time series: an array of shape (n_series, n_channels, "
        "n_timepoints), a list of arrays of shape (n_channels, n_timepoints) or of "
        "data frames, or a pandas DataFrame with two index levels or with a Series in "
        f"each cell. Got {brief(X)} instead."
    )


def _from_nested(X):
    """From a frame that holds a whole series in each cell."""
    found = []
    for i, cells in enumerate(X.to_numpy()):
        if not all(hasattr(cell, "__len__") for cell in cells):
            raise ValueError(
                "X must have two index levels, or a pandas Series in each cell. Got "
                f"{brief(cells[0])} in row {i}: of a table with one row a step, "
                "RaggedArray.from_frame makes sequences."
            )
        lengths = [len(cell) for cell in cells]
        if len(set(lengths)) > 1:
            raise ValueError(
                f"the channels of X[{i}] must have one length. Got {lengths}."
            )
        found.append(np.column_stack([np.asarray(cell, float) for cell in cells]))
    offsets = np.cumsum([0, *map(len, found)])
    return RaggedArray(np.concatenate(found), offsets, [str(c) for c in X.columns])


def to_panel(X: Any, format: Format = "np-list") -> Any:
    """A panel of time series, as aeon and sktime hold it, from sequences.

    Parameters
    ----------
    X : sequences
        Of numbers, in any form that estimators take.
    format : {"numpy3D", "np-list", "df-list", "pd-multiindex", "nested_univ"}, \
default="np-list"
        What to make, by the names of aeon and sktime. "numpy3D" needs sequences of one
        length. The last three need pandas.

    Returns
    -------
    panel
        Of (n_channels, n_timepoints), channels first, in the first two; one row for
        each time in the next two.

    Raises
    ------
    ValueError
        If sequences of unequal length are to be "numpy3D".

    See Also
    --------
    from_panel : The way back.
    """
    p.check_value(format, "format", "to_panel", [p.one_of(*get_args(Format))])
    ragged = as_ragged(X)
    sequences = [x if x.ndim == 2 else x[:, None] for x in ragged]
    if format == "np-list":
        return [np.ascontiguousarray(x.T) for x in sequences]
    if format == "numpy3D":
        lengths = ragged.lengths
        if len(set(lengths.tolist())) > 1:
            raise ValueError(
                "format='numpy3D' needs sequences of one length. X has lengths from "
                f"{lengths.min()} to {lengths.max()}: use 'np-list', or Downsample."
            )
        return np.stack([x.T for x in sequences])
    return _as_frames(sequences, ragged.feature_names, format)


def _as_frames(sequences, names, format):
    pd = import_extra("pandas", "pandas", f"to_panel(format={format!r})")
    names = names or [f"var_{k}" for k in range(sequences[0].shape[1])]
    frames = [pd.DataFrame(x, columns=names) for x in sequences]
    if format == "df-list":
        return frames
    if format == "pd-multiindex":
        return pd.concat(frames, keys=range(len(frames)), names=["instances", "time"])
    cells = [[frame[name] for name in names] for frame in frames]
    nested = pd.DataFrame(index=range(len(cells)), columns=names, dtype=object)
    for i, row in enumerate(cells):
        for k, cell in enumerate(row):
            nested.iat[i, k] = cell
    return nested
