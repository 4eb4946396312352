"""Sequences of which a part can be shuffled: numbers, dicts, tokens, texts."""

from collections.abc import Iterator, Mapping, Sequence, Set
from functools import partial

import numpy as np
from scipy import sparse

from .. import _frames
from .._messages import brief, naming
from .._pipelines import does_nothing
from ..preprocessing._steps import steps_as_ragged
from ..sequences import RaggedArray, as_ragged, object_array


class Shuffled:
    """Sequences, and their features: groups of columns, keys of dicts, or a token.

    Parameters
    ----------
    X : RaggedArray
        Of objects where a step is a dict or a token.
    features : list
        What each feature is called.
    groups : ndarray of int, shape (n_columns,), or None
        The feature that each column belongs to. None: features are keys.
    form : callable, default=None
        From a RaggedArray to what the estimator reads.
    """

    def __init__(self, X, features, groups=None, form=None):
        self.X, self.features, self.groups, self.form = X, features, groups, form

    def whole(self):
        """X as it is."""
        return self._as_read(self.X)

    def of(self, what):
        """What shuffles the part of some number, and what each part is called."""
        X = self.X
        if what == "features":
            return self.without_feature, self.features
        if what == "steps":
            return self.without_step, list(range(int(X.lengths.max())))
        if X.static is None:
            raise ValueError(
                "X carries no static numbers, which of='static' is to shuffle. "
                "X.with_static(S) of a RaggedArray adds them."
            )
        names = X.static_names or range(X.static.shape[1])
        return self.without_static, list(names)

    def without_feature(self, k, rng):
        """X with the values of one feature shuffled among all steps."""
        values = self.X.values
        order = rng.permutation(values.shape[0])
        if self.groups is None:
            values = _shuffle_key(values, self.features[k], order)
        elif sparse.issparse(values):
            values = _shuffle_entries(values, self.groups == k, order)
        elif values.ndim == 1:
            values = values[order]
        else:
            values, columns = values.copy(), np.flatnonzero(self.groups == k)
            values[:, columns] = values[order[:, None], columns]
        return self._as_read(self.X.with_values(values, self.X.feature_names))

    def without_step(self, t, rng):
        """X with one step shuffled among the sequences that have it."""
        X = self.X
        rows = X.offsets[:-1][X.lengths > t] + t
        source = np.arange(X.offsets[-1])
        source[rows] = rng.permutation(rows)
        return self._as_read(X.with_values(X.values[source], X.feature_names))

    def without_static(self, k, rng):
        """X with one static number shuffled among the sequences."""
        static = self.X.static.copy()
        static[:, k] = rng.permutation(static[:, k])
        return self._as_read(self.X.with_static(static, self.X.static_names))

    def _as_read(self, X):
        return X if self.form is None else self.form(X)


def shuffled(estimator, X):
    """X to be shuffled, and what reads it: the estimator, or its last steps.

    Parameters
    ----------
    estimator : estimator
    X : sequences, of dicts or tokens too, or texts

    Returns
    -------
    estimator, Shuffled
    """
    first = _first_step(X)
    if first is not None and not isinstance(X, RaggedArray):
        X = _frames.plain_or_rows(X)
    if isinstance(first, Mapping):
        X = _of_objects(X)
        keys = dict.fromkeys(key for step in X.values for key in step)
        return estimator, Shuffled(X, list(keys), form=_as_lists)
    if not isinstance(first, (str, bytes)):
        found = _of_columns(steps_as_ragged(X), None)
        if isinstance(X, np.ndarray) and X.dtype != object:
            found.form = partial(_as_array, X.shape)
        return estimator, found
    if hasattr(estimator, "steps"):
        return _after_transformers(estimator, X)
    X = list(X)
    if any(isinstance(text, (str, bytes)) for text in X):
        raise ValueError(
            "X must be lists of tokens where estimator is no pipeline, whose first "
            f"steps read texts. Got {brief(first)}."
        )
    X = _of_objects(X)
    return estimator, Shuffled(X, ["token"], np.zeros(1, np.intp), _as_lists)


def _first_step(X):
    """The first step of the first sequence that has one, or the text if it is one.

    None of what can be nothing but numbers.
    """
    if isinstance(X, RaggedArray) and X.values.dtype == object and len(X.values):
        return X.values[0] if isinstance(X.values[0], Mapping) else None
    views = Iterator, Mapping, Set, RaggedArray
    if isinstance(X, views) or not hasattr(X, "__len__") or sparse.issparse(X):
        return None
    X = _frames.plain_or_rows(X)
    if getattr(getattr(X, "dtype", None), "kind", "O") in "biufc":
        return None
    for sequence in X:
        sequence = _frames.plain_or_rows(sequence)
        if isinstance(sequence, (str, bytes)):
            return sequence
        of_steps = isinstance(sequence, Sequence) or getattr(sequence, "ndim", 0) == 1
        if not of_steps:
            return None
        for step in sequence:
            return step
    return None


def _of_objects(X):
    """Lists of dicts, or of tokens, as a RaggedArray."""
    sequences = list(X)
    values = object_array([step for sequence in sequences for step in sequence])
    return RaggedArray.from_concatenated(values, [len(s) for s in sequences])


def _as_lists(X):
    return [sequence.tolist() for sequence in X]


def _as_array(shape, X):
    """The array that it was: what is before the estimator may be of arrays only."""
    return X.values.reshape(shape)


def _after_transformers(pipeline, X):
    """As ``shuffled``, of texts: behind the steps that make numbers of them."""
    for k, (_, step) in enumerate(pipeline.steps[:-1], 1):
        if does_nothing(step):
            continue
        X = step.transform(X)
        if _first_step(X) is None:
            return pipeline[k:], _of_columns(as_ragged(X), step)
    raise ValueError(
        "X holds texts, and no step of the pipeline before the last makes numbers of "
        "them. Pass lists of tokens and the last step as estimator."
    )


def _of_columns(X, step):
    """Numbers; columns that ``step`` made of one thing are one feature."""
    n_columns = X.values.shape[1] if X.values.ndim == 2 else 1
    names = X.feature_names
    if step is not None and X.values.ndim == 2:
        names = _kinds(step)
    if names is None or len(names) != n_columns:
        return Shuffled(X, list(range(n_columns)), np.arange(n_columns))
    if step is None:
        return Shuffled(X, list(names), np.arange(n_columns))
    features = list(dict.fromkeys(names))
    place = {name: k for k, name in enumerate(features)}
    return Shuffled(X, features, np.array([place[name] for name in names]))


def _kinds(step):
    """What each column is of: of "shape=Xx", made of a dict for instance, "shape"."""
    if hasattr(step, "_feature_kinds"):
        return step._feature_kinds()
    if not hasattr(step, "get_feature_names_out"):
        return None
    with naming("estimator"):
        names = step.get_feature_names_out()
    return [str(name).partition("=")[0] or str(name) for name in names]


def _shuffle_key(steps, key, order):
    """Dicts of which one entry, if there is one, is that of another dict."""
    found = np.empty(len(steps), object)
    for row, other in enumerate(order):
        step = {k: v for k, v in steps[row].items() if k != key}
        if key in steps[other]:
            step[key] = steps[other][key]
        found[row] = step
    return found


def _shuffle_entries(values, chosen, order):
    """A CSR matrix of which some columns are in another order."""
    moved = chosen[values.indices]
    parts = []
    for kept in (~moved, moved):
        part = sparse.csr_matrix(
            (np.where(kept, values.data, 0), values.indices, values.indptr),
            values.shape,
            copy=True,  # for what is removed in place
        )
        part.eliminate_zeros()
        parts.append(part)
    return parts[0] + parts[1][order]
