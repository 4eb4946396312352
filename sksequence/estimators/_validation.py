"""What early stopping watches: a held-out set, and its score after each epoch."""

import inspect
from typing import Any, NamedTuple

import numpy as np

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
        """
        if estimator.scoring is None:
            y, weights = self.data.y, self.data.weights
            return float(estimator._validation_score(found, y, weights))
        from sklearn.metrics import check_scoring  # not at import: it takes long

        scorer = check_scoring(estimator, scoring=estimator.scoring)
        if self.sample_weight is not None:
            try:
                if not _takes_weights(scorer):
                    raise TypeError("sample_weight")
                return _as_score(
                    scorer(estimator, *self.given, sample_weight=self.sample_weight),
                    estimator,
                )
            except TypeError as error:
                if "sample_weight" not in str(error):
                    raise
                self.sample_weight = None
                p.warn_user(
                    f"scoring={estimator.scoring!r} takes no sample_weight: what is "
                    "held out for early stopping counts alike."
                )
        return _as_score(scorer(estimator, *self.given), estimator)


def _as_score(score, estimator):
    try:
        return float(score)
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"scoring={brief(estimator.scoring)} gave {brief(score)}. Expected a "
            "number, higher for what is better."
        ) from error


def _takes_weights(scorer):
    parameters = inspect.signature(scorer).parameters.values()
    return any(p.name == "sample_weight" or p.kind is p.VAR_KEYWORD for p in parameters)


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
    if hasattr(data, "take") and not isinstance(data, np.ndarray):
        return data.take(indices)  # pyarrow
    if isinstance(data, RaggedArray) or hasattr(data, "__array__"):
        return data[indices]
    return [data[i] for i in indices.tolist()]
