"""Predictions of sequences that a model has not seen, by cross-validation."""

import numpy as np
from joblib import Parallel, delayed
from sklearn.base import clone
from sklearn.model_selection import check_cv
from sklearn.utils import indexable

from .. import _frames
from ..sequences import RaggedArray


def cross_val_predict(
    estimator, X, y, *, groups=None, cv=None, method="predict", n_jobs=None, params=None
):
    """Predictions for each sequence from a model that was fitted without it.

    For estimators with labels of steps. scikit-learn's function of this name takes
    ``method="predict"`` only where y is ragged.

    Parameters
    ----------
    estimator : estimator
    X : sequences
    y : sequences of labels
    groups : array-like of shape (n_sequences,), default=None
        For splitters that take groups.
    cv : int, splitter or iterable, default=None
        As in :func:`sklearn.model_selection.cross_val_predict`; each sequence must be
        in one test set.
    method : str, default="predict"
        "predict", "predict_proba" or another method of one array a sequence.
    n_jobs : int, default=None
        Processes that fit at once.
    params : dict, default=None
        More arguments of ``fit``. What has one entry a sequence is split like y.

    Returns
    -------
    predictions : ndarray of object, shape (n_sequences,)
        Of one array a sequence. Columns of probabilities are those of all labels of y,
        in rising order: 0 where a fold's training part lacks one.

    Raises
    ------
    ValueError
        If a sequence is in no test set or in several.

    Examples
    --------
    >>> import numpy as np
    >>> from sksequence import RNNTagger
    >>> from sksequence.metrics import cross_val_predict
    >>> rng = np.random.default_rng(0)
    >>> X = [rng.standard_normal((n, 2)) for n in rng.integers(2, 6, 20)]
    >>> y = [np.where(x[:, 0] > 0, "up", "down") for x in X]
    >>> tagger = RNNTagger(8, max_iter=5, random_state=0)
    >>> p = cross_val_predict(tagger, X, y, cv=4, method="predict_proba")
    >>> p[0].shape == (len(X[0]), 2)
    True
    """
    X, y, groups = indexable(_as_list(X), _as_list(y), groups)
    splits = list(check_cv(cv).split(X, y, groups))
    tested = np.concatenate([test for _, test in splits])
    if not np.array_equal(np.sort(tested), np.arange(len(X))):
        raise ValueError(
            f"cv must put each of the {len(X)} sequences into one test set. Its "
            f"{len(splits)} test sets hold {len(np.unique(tested))} of them, "
            f"{len(tested)} in all."
        )
    results = Parallel(n_jobs=n_jobs)(
        delayed(_fit_and_predict)(
            clone(estimator), X, y, train, test, method, params or {}
        )
        for train, test in splits
    )
    predictions = np.empty(len(X), dtype=object)
    columns = None
    if method in ("predict_proba", "predict_log_proba", "decision_function"):
        known = [classes for _, classes in results if classes is not None]
        columns = np.unique(np.concatenate(known)) if known else None
    for (_, test), (found, classes) in zip(splits, results):
        for i, rows in zip(test, found):
            predictions[i] = _spread(rows, classes, columns, method)
    return predictions


def _fit_and_predict(estimator, X, y, train, test, method, params):
    params = {name: _part(value, train, len(X)) for name, value in params.items()}
    estimator.fit(_take(X, train), _take(y, train), **params)
    classes = getattr(estimator, "classes_", None)
    return getattr(estimator, method)(_take(X, test)), classes


def _as_list(sequences):
    return _frames.to_list(sequences) if _frames.is_column(sequences) else sequences


def _take(sequences, indices):
    if isinstance(sequences, (RaggedArray, np.ndarray)):
        return sequences[indices]
    return [sequences[i] for i in indices]


def _part(value, indices, n_sequences):
    aligned = hasattr(value, "__len__") and not isinstance(value, (str, dict))
    return _take(value, indices) if aligned and len(value) == n_sequences else value


def _spread(rows, classes, columns, method):
    """Columns of a fold's classes in the places of all."""
    if columns is None or classes is None or len(classes) == len(columns):
        return rows
    missing = 0.0 if method == "predict_proba" else -np.inf
    spread = np.full((len(rows), len(columns)), missing, dtype=rows.dtype)
    spread[:, np.searchsorted(columns, classes)] = rows
    return spread
