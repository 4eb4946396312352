"""Whether there are targets, none of them missing, as many as there are sequences."""

import numpy as np

from .. import _frames


def check_lengths_agree(y, n_sequences, suffix=""):
    """Raise an error if X and y (or X_val and y_val) are not of one length."""
    if len(y) != n_sequences:
        raise ValueError(
            f"y{suffix} must have one entry for each sequence of X{suffix}. "
            f"X{suffix} has {n_sequences} sequences, y{suffix} has {len(y)} "
            "entries: inconsistent numbers of samples."
        )


def check_y_given(estimator, y):
    """Raise an error if there are no targets."""
    if y is None:
        raise ValueError(
            f"This {type(estimator).__name__} estimator requires y to be passed, but "
            "the target y is None."
        )


def refuse_missing(y, name):
    """Raise an error that names the first target of a sequence that is missing."""
    if not hasattr(y, "__len__") or isinstance(y, (str, bytes)) or hasattr(y, "tocsr"):
        return
    values = np.asarray(y) if _frames.is_frame(y) else y
    missing = _frames.is_missing(values)
    if missing.ndim == 1:
        for i, row in enumerate(values if isinstance(values, (list, tuple)) else ()):
            if isinstance(row, (list, tuple, np.ndarray)):
                missing[i] = _frames.is_missing(row).any()
    if missing.any():
        place = "".join(f"[{k}]" for k in np.argwhere(missing)[0])
        raise ValueError(
            f"Input {name} contains NaN, or None: {name}{place} is missing. Each "
            "sequence needs a target: leave out those without."
        )
