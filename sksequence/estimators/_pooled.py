"""What the many-to-one estimators share: one prediction a sequence."""

from typing import Self

import numpy.typing as npt

from .._state import check_fitted, kept_if_failed
from .._typing import FilePath, FloatArray, Sequences, with_callbacks
from ..network import with_prefixes
from ..sequences import (
    check_lengths_agree,
    check_sample_weight,
    plain_targets,
    plain_weights,
)
from ._base import predicts
from ._batches import without_overflow
from ._checkpoint import Checkpoint
from ._stack import StackedRNN
from ._step_by_step import check_one_direction
from ._transforming import Transforming
from ._validation import validation_pair


class PooledRNN(Transforming, StackedRNN):
    """Sequences in, one prediction each out."""

    def _check_agree(self, y, X, suffix=""):
        check_lengths_agree(y, X, f"y{suffix}", f"X{suffix}")

    def _check_weights(self, sample_weight, X):
        return check_sample_weight(sample_weight, len(X))

    def _as_scored(self, y, sample_weight=None):
        """In containers that scikit-learn's scorers know."""
        return plain_targets(y), plain_weights(sample_weight)

    @kept_if_failed
    @with_callbacks
    def fit(
        self,
        X: Sequences,
        y: npt.ArrayLike,
        sample_weight: npt.ArrayLike | None = None,
        *,
        X_val: Sequences | None = None,
        y_val: npt.ArrayLike | None = None,
        checkpoint: FilePath | Checkpoint | None = None,
    ) -> Self:
        """Train a new network (or, with ``warm_start``, continue with the current one).

        Parameters
        ----------
        X : sequences
            n_sequences sequences: a list of arrays of shape (n_steps_i, n_features), or
            one of the other forms that the user guide lists.
        y : array-like of shape (n_sequences,) or (n_sequences, n_outputs)
            One target per sequence.
        sample_weight : array-like of shape (n_sequences,), default=None
            Weights of the sequences in the loss.
        X_val, y_val : sequences and targets, default=None
            Validation set: the weights of the epoch with the best score on it are kept,
            and training stops after ``n_iter_no_change`` epochs without improvement.
            All its sequences count equally; ``class_weight`` does not apply.
        checkpoint : str, PathLike or Checkpoint, default=None
            A file for the state of training, written after each epoch. If the file
            exists, training continues from it, with exactly the same result as without
            an interruption.

        Returns
        -------
        self

        Raises
        ------
        TypeError, ValueError
            If an argument or a parameter is not as described; the message says which
            one, where, what was expected and what was passed. Also if the checkpoint
            belongs to another fit, or is damaged.
        KeyboardInterrupt
            After Ctrl-C. The weights of the last complete epoch are kept.
        """
        return self._fit(
            X, y, sample_weight, validation_pair(X_val, y_val), checkpoint=checkpoint
        )

    @predicts
    def transform(self, X: Sequences) -> FloatArray:
        """The pooled states of each sequence, which the output layer reads.

        Parameters
        ----------
        X : sequences

        Returns
        -------
        features : ndarray of shape (n_sequences, n_features_out)
        """
        return self._run(X, below="output")

    def _run_prefixes(self, X):
        """Scores of every prefix of each sequence, one row a step."""
        check_fitted(self)
        check_one_direction(self)
        X = self._check_X(X, reset=False)
        scores = self._scores(with_prefixes(self._network), self.theta_, X)
        return without_overflow(scores, X, self)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
