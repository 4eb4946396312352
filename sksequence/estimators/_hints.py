"""What is legal in the X of ``fit`` and likely a mistake: a warning says so.

Each is looked for where it does harm, and says how to pass what is meant without it.
"""

from itertools import pairwise

import numpy as np
from scipy import sparse

from .. import _parameters as p
from .._messages import brief, name_of
from ..sequences import ROUNDING, RaggedArray

LOOKED_AT = 1_000  # steps, at random from all of X, that tell of its scale
FEWEST, MANY = 10, 0.3  # sequences, and of them, that tell what an array holds
LARGE, FAR, TINY = 100.0, 10.0, 1e-3


def warn_of_ids(X, owner, parameter="embedding_dim"):
    """Integers without an embedding: they are used as quantities.

    Parameters
    ----------
    X : RaggedArray
        As given, not yet of floats.
    owner : str
        The estimator.
    parameter : str
        That would make them ids.
    """
    values = X.values
    if sparse.issparse(values) or values.dtype.kind not in "iu" or values.ndim != 1:
        return
    few = values[:LOOKED_AT]
    repeated = len(np.unique(few)) < len(few)  # as tokens are
    if repeated and values.min() >= 0 and values.max() > 1:
        p.warn_user(
            f"X holds one integer a step, from {values.min()} to {values.max()}, and "
            f"{parameter} is None: {owner} uses them as quantities. For ids of "
            f"tokens set {parameter}, as in {parameter}=32; quantities given as "
            "floats cause no warning."
        )


def warn_of_shape(X, owner):
    """Arrays that look transposed.

    Parameters
    ----------
    X : RaggedArray
        Checked, with values (n_rows, n_features).
    owner : str
        The estimator.
    """
    values = X.values
    if sparse.issparse(values):
        return
    lengths, width = X.lengths, values.shape[1]
    few = _some_of(values)
    alike = len(X) > 1 and (lengths == lengths[0]).all()
    if alike and width >= max(10, 2 * lengths[0]) and not _is_sparse_like(few):
        p.warn_user(
            f"X holds {len(X)} sequences of {lengths[0]} steps of {width} features "
            "each. If it is of shape (n_sequences, n_features, n_steps), channels "
            f"first, it is transposed: {owner} expects (n_sequences, n_steps, "
            "n_features), as X.transpose(0, 2, 1) gives."
        )


def warn_of_padding(X):
    """Steps at one end that look like padding, which is read as data.

    Sequences of an array end in the same step, of different numbers of times, and no
    sequence has this step anywhere else.

    Parameters
    ----------
    X : RaggedArray
        As given.
    """
    n, n_steps = len(X), X.lengths[0] if len(X) else 0
    alike = n >= FEWEST and n_steps >= 2 and (X.lengths == n_steps).all()
    if X.is_sparse or not alike or X.values.dtype.kind not in "biuf":
        return
    steps = X.values.reshape(n, n_steps, -1)
    for side, rows in (("end", steps[:, ::-1]), ("begin", steps)):
        few = rows[:LOOKED_AT, 0]
        found, counts = np.unique(few, axis=0, return_counts=True)
        if counts.max() < max(2, MANY * len(few)):
            continue
        step = found[counts.argmax()]
        same = (rows == step).all(axis=2)
        runs = np.logical_and.accumulate(same, axis=1).sum(axis=1)
        if runs.max() < 2 or len(np.unique(runs)) < 3 or same.sum() > runs.sum():
            continue
        padded = np.flatnonzero(runs)
        way = "RaggedArray.from_padded(X, lengths)"
        if side == "begin":
            way = "[x[-n:] for x, n in zip(X, lengths)]"
        p.warn_user(
            f"{len(padded)} of the {n} sequences of X {side} in equal steps, "
            f"X[{padded[0]}] in {runs[padded[0]]} of {brief(step.tolist())}, that come "
            f"nowhere else. If they are padding, they are read as data: pass {way}."
        )
        return


def warn_of_overlap(X):
    """Windows of one series, of which some are to be held out at random.

    Parameters
    ----------
    X : RaggedArray, or ndarray
        Checked; an array holds no series.
    """
    if not isinstance(X, RaggedArray) or X.is_sparse or X.values.ndim != 2:
        return
    n_steps = X.lengths[0]
    if len(X) < FEWEST or n_steps < 3 or not (X.lengths == n_steps).all():
        return
    few = [X[i] for i in range(FEWEST)]
    for stride in range(1, n_steps // 2 + 1):
        overlap = [np.array_equal(a[stride:], b[:-stride]) for a, b in pairwise(few)]
        if all(overlap):
            if not all(np.array_equal(x, few[0]) for x in few):
                p.warn_user(
                    "X looks like windows of one series, which overlap: those that "
                    "early_stopping holds out at random are nearly those of training, "
                    "so their score is too high. Hold out later ones: "
                    "validation_fraction=[(train, val)] with arrays of indices, or "
                    "X_val."
                )
            return


def warn_of_one_hot(y, name, one):
    """Rows of 0 and 1 that all hold one 1, as those of one label do.

    Parameters
    ----------
    y : ndarray of shape (n, n_labels)
    name : str
    one : str
        What has a row.
    """
    n_labels = y.shape[1]
    if n_labels > 1 and len(y) > 2 * n_labels and (y.sum(axis=1) == 1).all():
        p.warn_user(
            f"Each row of {name} holds a single 1: it is read as {n_labels} labels, of "
            f"which a {one} may have several, or none. If each {one} has one label, "
            "pass the labels: argmax(axis=-1) of such rows, or idxmax(axis=1) of a "
            "data frame."
        )


def warn_of_scale(X, owner):
    """Steps of another scale than networks take, where they are not standardized.

    Parameters
    ----------
    X, owner
        As in ``warn_of_shape``.
    """
    if not X.is_sparse:
        _warn_of_scale(X.values, "Feature", "X", "steps", owner)


def warn_of_coarse_mean(mean, scale, dtype, names, what="feature"):
    """Warn of numbers whose mean a float32 network cannot subtract precisely."""
    with np.errstate(over="ignore", invalid="ignore"):
        error = np.spacing(np.abs(mean).astype(dtype)).astype(np.float64) / 2
    differs = scale > ROUNDING * np.abs(mean)
    coarse = np.flatnonzero((error > scale / 10) & differs)
    if len(coarse):
        k = coarse[0]
        p.warn_user(
            f"The {what} {name_of(k, names)} has the mean {mean[k]:.6g} "
            f"and the standard deviation {scale[k]:.3g}: {np.dtype(dtype)} is too "
            "coarse for its mean. Subtract a constant from it, or set dtype='float64'."
        )


def warn_of_coarse_steps(X):
    """The same of steps as they are given, where float32 is to hold more bits."""
    values = X.values
    if sparse.issparse(values) or values.dtype.kind not in "iuf":
        return
    if np.result_type(values, np.float32) != np.float32:
        few = _some_of(values).astype(np.float64).reshape(-1, values[:1].size)
        center = few[0]  # near the mean, from where squares of deviations are exact
        mean, scale = center + (few - center).mean(axis=0), (few - center).std(axis=0)
        warn_of_coarse_mean(mean, scale, np.float32, X.feature_names)


def warn_of_static_scale(static, owner):
    """The same of static numbers, (n_sequences, n_static)."""
    _warn_of_scale(static, "Column", "X.static", "sequences", owner)


def _warn_of_scale(values, column, name, rows, owner):
    """What each is called is for the warning."""
    few = _some_of(values).astype(np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        mean, deviation = few.mean(axis=0), few.std(axis=0)
        size = np.hypot(mean, deviation)
    off = np.abs(mean) > FAR * np.fmax(deviation, 0.5)
    bad = np.flatnonzero(~(size < LARGE) | (off & (deviation > 0)))
    if len(bad) == 0 and not 0 < size.max() < TINY:
        return
    k = bad[0] if len(bad) else size.argmax()
    p.warn_user(
        f"{column} {k} of {name} has a mean of {mean[k]:.3g} and a standard deviation "
        f"of {deviation[k]:.3g} over the {rows}. {owner} learns little from {rows} far "
        "from a mean of 0 and a standard deviation of 1: set standardize=True, or "
        "scale them before."
    )


def _some_of(values):
    """Some of many rows: at random, for every so many might be all of one kind."""
    if len(values) <= LOOKED_AT:
        return values
    return values[np.random.default_rng(0).integers(len(values), size=LOOKED_AT)]


def _is_sparse_like(values):
    """Whether most numbers are zero, as in counts and one-hot vectors."""
    return np.count_nonzero(values) < values.size / 2
