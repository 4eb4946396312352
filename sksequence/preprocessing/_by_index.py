"""Sequences behind a column of numbers, for meta-estimators that want a table."""

from numbers import Integral
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, TransformerMixin

from .. import _frames, _kinds
from .. import _parameters as p
from .._documentation import DocumentedOnline
from .._messages import brief
from .._parameters import Parameter, documented
from .._pickling import Versioned
from .._set_output import SetOutputIgnored
from ..sequences import RaggedArray, is_table


def _is_collection(X):
    if isinstance(X, (str, bytes, dict)) or hasattr(X, "tocsr"):
        return False
    if not hasattr(X, "__getitem__"):
        return False
    return X.ndim > 0 if isinstance(X, np.ndarray) else hasattr(X, "__len__")


@documented
class ByIndex(  # type: ignore[call-arg]
    Versioned,
    SetOutputIgnored,
    DocumentedOnline,
    TransformerMixin,
    BaseEstimator,
    auto_wrap_output_keys=None,
):
    """Look up sequences by their index.

    Some meta-estimators take only tables: resampling, bagging, conformal prediction.
    Pass them a column of indices in place of X, and pass the sequences to this
    transformer, as the first step of the pipeline that they fit. They then draw, repeat
    or leave out indices.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    n_features_in_ : int
        1: the column of indices.

    See Also
    --------
    sklearn.preprocessing.FunctionTransformer : Any function as a transformer.

    Notes
    -----
    Clones share the sequences, which are not copied. Nothing is learned, so the
    sequences may include those that are only used in predictions.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.ensemble import BaggingClassifier
    >>> from sklearn.pipeline import make_pipeline
    >>> from sksequence import RNNClassifier
    >>> from sksequence.preprocessing import ByIndex
    >>> rng = np.random.default_rng(0)
    >>> X = [rng.standard_normal((n, 1)) + 3 * (n % 2) for n in rng.integers(3, 9, 60)]
    >>> y = [len(x) % 2 for x in X]
    >>> rows = np.arange(60)[:, None]
    >>> one = make_pipeline(ByIndex(X), RNNClassifier(8, max_iter=30))
    >>> bag = BaggingClassifier(one, n_estimators=3, random_state=0)
    >>> bool(bag.fit(rows[:40], y[:40]).score(rows[40:], y[40:]) > 0.8)
    True
    """

    _parameters = {
        "sequences": Parameter(
            p.REQUIRED,
            [
                p.Expected(
                    "a collection of sequences, which has a length",
                    _is_collection,
                    "sequences",
                )
            ],
            "All sequences, in any form that the next step takes as X.",
        ),
    }

    def __init__(self, sequences: Any) -> None:
        self.sequences = sequences

    def __sklearn_clone__(self) -> Self:
        return type(self)(self.sequences)

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def fit(self, X: npt.ArrayLike, y: object = None) -> Self:
        """Check indices; there is nothing to learn.

        Parameters
        ----------
        X : array-like of int, shape (n_sequences, 1) or (n_sequences,)
            Indices.
        y : None
            Ignored.

        Returns
        -------
        self
        """
        self._indices(X)
        self.n_features_in_ = 1
        return self

    def transform(self, X: npt.ArrayLike) -> Any:
        """The sequences with these indices.

        Parameters
        ----------
        X : array-like of int, shape (n_sequences, 1) or (n_sequences,)
            Indices; an index may occur several times.

        Returns
        -------
        Xt : sequences
            Of the type of ``sequences`` if this is an array, a RaggedArray or of
            pandas; an array if it is another table; else a list.

        Raises
        ------
        ValueError
            If X is not one column, or holds a value that is not the index of a
            sequence.
        """
        return _taken(self.sequences, self._indices(X))

    def _indices(self, X):
        p.check_parameters(self, self._parameters)
        X = _frames.plain(X)
        try:
            rows = np.asarray(X)
        except ValueError:  # of unequal lengths
            rows = np.empty((0, 0))
        if rows.ndim not in (1, 2) or (rows.ndim == 2 and rows.shape[1] != 1):
            raise ValueError(
                "X must be one column of indices, of shape (n_sequences, 1): the "
                "sequences themselves are the parameter 'sequences'. Got "
                f"{brief(X)} instead."
            )
        n = len(self.sequences)
        for place, row in enumerate(rows.ravel().tolist()):
            whole = isinstance(row, Integral) or (
                isinstance(row, (float, np.floating)) and row.is_integer()
            )
            if isinstance(row, bool) or not whole or not 0 <= row < n:
                raise ValueError(
                    f"X[{place}] must be the index of a sequence, 0 to {n - 1}. Got "
                    f"{brief(row)} instead."
                )
        return rows.ravel().astype(np.intp)


def _taken(sequences, rows):
    if hasattr(sequences, "iloc"):
        return sequences.iloc[rows]
    if isinstance(sequences, (RaggedArray, np.ndarray)):
        return sequences[rows]
    listed = sequences
    if _kinds.is_frame(sequences) and is_table(sequences):
        return _frames.rows(sequences)[rows]
    if _kinds.is_frame(sequences) or _kinds.is_column(sequences):
        listed = _frames.plain(sequences, "sequences")
    return [listed[i] for i in rows]
