"""What the many-to-many estimators of equal lengths share: one prediction a step."""

from dataclasses import replace
from typing import ClassVar, Self

import numpy as np

from .._set_output import SetOutputIgnored
from .._state import kept_if_failed
from .._typing import FilePath, Sequences, StepTargets, Weights, with_callbacks
from ..preprocessing._row_index import check_same_order
from ..sequences import (
    RaggedArray,
    check_some_weight,
    check_step_weight,
    check_steps_agree,
)
from ._base import predicts
from ._checkpoint import Checkpoint
from ._stack import StackedRNN
from ._transforming import Transforming
from ._validation import validation_pair


class EveryStepRNN(
    SetOutputIgnored,
    Transforming,
    StackedRNN,
    auto_wrap_output_keys=None,  # type: ignore[call-arg]
):
    """Sequences in, one prediction for each of their steps out."""

    pooling = None
    _target: ClassVar[str]  # what a step has, for errors

    def _has_target(self, y):
        """Which steps of checked targets have one, (n_rows,)."""
        raise NotImplementedError

    def _without_missing(self, y):
        """Checked targets with any other where there is none."""
        raise NotImplementedError

    def _read(self, X, y, sample_weight, *, suffix="", **options):
        if isinstance(X, (list, tuple)) and isinstance(y, (list, tuple)):
            for i, (steps, targets) in enumerate(zip(X, y)):
                check_same_order(targets, steps, f"y{suffix}[{i}]", f"X{suffix}[{i}]")
        data = super()._read(X, y, sample_weight, suffix=suffix, **options)
        return replace(data, weights=self._of_targets(data.weights, data.y, suffix))

    def _of_targets(self, weights, y, suffix=""):
        """Weights of steps that have a target; a step without one weighs nothing."""
        has_target = self._has_target(y)
        if not has_target.any():
            raise ValueError(f"y{suffix} holds no {self._target}: all are missing.")
        return weights.with_values(np.where(has_target, weights.values, 0))

    def _weights_to_score(self, sample_weight, y, predicted):
        """Weights of the steps of checked targets, of which one at least counts."""
        check_steps_agree(y, predicted)
        weights = self._of_targets(check_step_weight(sample_weight, predicted), y)
        check_some_weight(weights.values, "step")
        return weights

    def _check_agree(self, y, X, suffix=""):
        check_steps_agree(y, X, f"y{suffix}", f"X{suffix}")

    def _check_weights(self, sample_weight, X):
        return check_step_weight(sample_weight, X)

    @kept_if_failed
    @with_callbacks
    def fit(
        self,
        X: Sequences,
        y: StepTargets,
        sample_weight: Weights | None = None,
        *,
        X_val: Sequences | None = None,
        y_val: StepTargets | None = None,
        checkpoint: FilePath | Checkpoint | None = None,
    ) -> Self:
        """Train a new network (or, with ``warm_start``, continue with the current one).

        Parameters
        ----------
        X : sequences
            n_sequences sequences: a list of arrays of shape (n_steps_i, n_features), or
            one of the other forms that the user guide lists.
        y : sequences of targets
            For each sequence of X one target per step, as the class describes; None or
            NaN for a step without a target.
        sample_weight : array-like of shape (n_sequences,), or one array per sequence \
of shape (n_steps_i,), default=None
            Weights in the loss, of sequences or of their steps. A step of weight zero
            is still read, but its target does not count.
        X_val, y_val : sequences and targets, default=None
            Validation set: the weights of the epoch with the best score on it are kept,
            and training stops after ``n_iter_no_change`` epochs without improvement.
            All its steps count equally; ``class_weight`` does not apply.
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
    def transform(self, X: Sequences) -> RaggedArray:
        """The state at each step, which the output layer reads.

        Parameters
        ----------
        X : sequences

        Returns
        -------
        features : RaggedArray
            n_sequences sequences, with n_features_out numbers per step.
        """
        return self._run(X, below="output")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.estimator_type = None  # targets of steps are none to scikit-learn
        tags.target_tags.required = True
        tags.target_tags.one_d_labels = False
        tags.target_tags.multi_output = True
        return tags
