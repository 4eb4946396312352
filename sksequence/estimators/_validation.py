"""What early stopping watches: a held-out set, and its score after each epoch."""

import inspect
from numbers import Real
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import is_classifier

from .. import _parameters as p
from .._messages import brief
from ..sequences import RaggedArray


class Given(NamedTuple):
    """What ``fit`` was given, as it was."""

    X: Any
    y: Any
    sample_weight: Any


class Validation:
    """A validation set, as the network takes it and as its user has it.

    Parameters
    ----------
    data : Data
        With sample weights only: ``class_weight`` is for training.
    given : (X, y), or None
        In the form that public methods take, for ``scoring``. None if there is none.
    sample_weight : array-like, default=None
        The weights for ``scoring``; None if there are none.
    """

    def __init__(self, data, given, sample_weight=None):
        self.data, self.given, self.sample_weight = data, given, sample_weight

    def score(self, estimator, found):
        """The score of a fitted estimator, higher is better.

        Parameters
        ----------
        estimator : BaseRNN
        found
            What its ``_watch`` made of X.

        Returns
        -------
        score : float
            NaN if it is not defined.
        """
        if estimator.scoring in (None, estimator._default_scoring):
            y, weights = self.data.y, self.data.weights
            return float(estimator._validation_score(found, y, weights))
        from sklearn.metrics import check_scoring  # not at import: it takes long

        scorer = check_scoring(estimator, scoring=estimator.scoring)
        options = {}
        if self.sample_weight is not None:
            options = {"sample_weight": self.sample_weight}
            if not _takes_weights(scorer):
                options = self._without_weights(estimator)
        try:
            score = scorer(estimator, *self.given, **options)
        except (TypeError, ValueError) as error:
            if (
                options
                and isinstance(error, TypeError)
                and "sample_weight" in str(error)
            ):
                options = self._without_weights(estimator)
                score = scorer(estimator, *self.given, **options)
            elif type(scorer).__module__.startswith("sklearn."):
                way = ""
                if estimator._scorers:
                    way = f" Use {estimator._scorers}."
                elif is_classifier(estimator):
                    way = " Does it need every class? X_val and y_val may hold each."
                raise ValueError(
                    f"scoring={brief(estimator.scoring)} does not work for "
                    f"{type(estimator).__name__} with what is held out: {error!s:.400}"
                    f"{way}"
                ) from error
            else:
                raise
        return _as_float(score, estimator.scoring)

    def _without_weights(self, estimator):
        """No options for a scorer, with a warning."""
        self.sample_weight = None
        p.warn_user(
            f"scoring={brief(estimator.scoring)} takes no sample_weight: what is "
            "held out for early stopping counts alike."
        )
        return {}


def _as_float(score, scoring):
    """The score that a scorer gives; NaN if it is not defined."""
    if np.ndim(score) or not isinstance(score, (Real, np.generic, np.ndarray)):
        raise TypeError(
            f"scoring={brief(scoring)} must give a number. Got {brief(score)} instead."
        )
    score = float(score)
    return score if np.isfinite(score) else np.nan


def split_at_random(n, fraction, rng, of=(), labels=(), *, stratified=False):
    """Sequences to train on, and to watch: of each label one at least to train on.

    Parameters
    ----------
    n : int
        Number of sequences.
    fraction : float
        Of them, to watch.
    rng : RandomState
    of, labels : ndarray of int, shape (n_pairs,)
        Which sequences hold which labels, in any order.
    stratified : bool
        Whether each sequence has one label, of which both parts hold as many, in
        proportion, as far as that is possible.

    Returns
    -------
    kept, out : ndarray of int
        ``out`` is empty if nothing can be held out.
    """
    from sklearn.model_selection import train_test_split  # not at import: it is slow

    n_out = min(int(np.ceil(fraction * n)), n - 1)
    if n_out == 0:
        return np.arange(n), np.arange(0)
    of, labels = np.asarray(of, np.intp), np.asarray(labels, np.intp)
    n_labels = labels.max(initial=0) + 1
    pairs = np.stack(np.divmod(np.unique(of * n_labels + labels), n_labels), axis=1)
    counts = np.unique(pairs[:, 1], return_counts=True)[1]
    strata = None
    if stratified:
        strata = np.unique(pairs[:, 1], return_inverse=True)[1]
        if counts.min() < 2 or len(counts) > min(n_out, n - n_out):
            return _split_greedily(n, n_out, rng, pairs)
    kept, out = train_test_split(
        np.arange(n), test_size=n_out, random_state=rng, stratify=strata
    )
    if len(np.unique(pairs[np.isin(pairs[:, 0], kept), 1])) < len(counts):
        return _split_greedily(n, n_out, rng, pairs)
    return kept, out


def _split_greedily(n, n_out, rng, pairs):
    """Hold out, in random order, what holds no label that is left once only."""
    left = np.bincount(pairs[:, 1])
    labels = np.split(pairs[:, 1], np.searchsorted(pairs[:, 0], np.arange(1, n)))
    order, out = rng.permutation(n), []
    for i in order:
        if len(out) < n_out and (left[labels[i]] > 1).all():
            left[labels[i]] -= 1
            out.append(i)
    return order[~np.isin(order, out)], np.array(out, dtype=np.intp)


def validation_pair(X_val, y_val):
    """A validation set that is given as a whole, or None."""
    if (X_val is None) != (y_val is None):
        missing = "y_val" if y_val is None else "X_val"
        raise ValueError(f"X_val and y_val go together: {missing} is missing.")
    return None if X_val is None else (X_val, y_val)


def split_as_given(splitter, y, estimator):
    """The one split that ``validation_fraction`` describes, if it is not a number.

    Parameters
    ----------
    splitter : splitter of scikit-learn, or iterable of one pair (train, test)
    y : ndarray or RaggedArray
        What a splitter is given as y.
    estimator : str
        Its name, for errors.

    Returns
    -------
    kept, out : ndarray of int
    """
    n = len(y)
    where = f"The 'validation_fraction' parameter of {estimator}"
    if hasattr(splitter, "split"):
        try:
            splits = [next(iter(splitter.split(np.zeros((n, 1)), y)))]
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"{where} cannot split {n} sequences: {error} A splitter that needs "
                "groups is given as what it gives: "
                "[next(splitter.split(X, y, groups))]; or pass X_val."
            ) from error
    else:
        splits = list(splitter)
    if len(splits) != 1 or len(splits[0]) != 2:
        raise ValueError(
            f"{where} must hold one split, a pair (train, test) of index arrays. Got "
            f"{len(splits)} entries."
        )
    kept, out = (np.asarray(part) for part in splits[0])
    for name, part in (("train", kept), ("test", out)):
        if part.ndim != 1 or part.dtype.kind not in "iu" or len(part) == 0:
            raise ValueError(
                f"{where} must hold index arrays. Its {name} part has {part.dtype} "
                f"values and shape {part.shape}."
            )
        if part.min() < 0 or part.max() >= n:
            raise ValueError(
                f"{where} must hold indices of the {n} sequences of X. Its {name} part "
                f"goes from {part.min()} to {part.max()}."
            )
    n_unused = n - len(kept) - len(out)
    if hasattr(splitter, "split") and n_unused > n / 10:
        p.warn_user(
            f"validation_fraction={brief(splitter)} leaves {n_unused} of {n} sequences "
            "out of both parts: of a splitter, the first split is used. To use all of "
            "them pass one split, as [(train, val)] with arrays of indices."
        )
    both = np.intersect1d(kept, out)
    if len(both):
        raise ValueError(
            f"{where} must not hold a sequence in both parts. Got {both[0]} in both."
        )
    return kept, out


def _takes_weights(scorer):
    parameters = inspect.signature(scorer).parameters.values()
    return any(k.name == "sample_weight" or k.kind is k.VAR_KEYWORD for k in parameters)


def take(data, indices):
    """Some entries of a container of sequences, targets or weights.

    Parameters
    ----------
    data : sequence, array, data frame or column, or None
    indices : ndarray of int

    Returns
    -------
    Of the same kind; of a tuple, or of what knows no arrays of indices, a list.
    """
    if data is None:
        return None
    if hasattr(data, "iloc"):
        return data.iloc[indices]
    if hasattr(data, "tocsr"):
        return data.tocsr()[indices]
    if hasattr(data, "to_pylist"):  # pyarrow
        return data.take(indices)
    if isinstance(data, RaggedArray) or hasattr(data, "__array__"):
        return data[indices]
    return [data[i] for i in indices.tolist()]
