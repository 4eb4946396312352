"""What happens around the epochs: history, callbacks, stopping, the weights to keep."""

import warnings
from copy import copy

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from ..sequences import flat
from ..training import PLANNED, BestWeights, Diverged

STALLED_FACTOR = 0.2  # of learning_rate="adaptive"
LOWEST_LEARNING_RATE = 1e-6


class Monitor:
    """Consumes the epochs of one training: history, callbacks, stopping, best weights.

    Parameters
    ----------
    estimator : BaseRNN
    architecture : dict
    sample : RaggedArray
        A few sequences; weights are good if their scores are finite.
    validation : Validation or None
    history : list of dict
        Epochs before this training.

    Attributes
    ----------
    ended_early : bool
        Whether training diverged or was interrupted.
    """

    def __init__(self, estimator, architecture, sample, validation, history):
        self.estimator, self.architecture = estimator, architecture
        self.sample, self.validation = sample, validation
        self.history = list(history)
        self.best = BestWeights(estimator.tol, keep_weights=validation is not None)
        self.ended_early = False

    def run(self, epochs, n_epochs, theta, root, given):
        """Train to the end, and return the weights to keep.

        Parameters
        ----------
        epochs : generator from ``train``, which changes ``theta`` in place
        n_epochs : int
        theta : ndarray
        root : callback context, or None for no callbacks
        given : (X, y) as passed to ``fit``, for the callbacks
        """
        self.last_epoch = len(self.history) + n_epochs
        self.whole = theta.copy()  # the weights after the last whole epoch
        # A loss tells of the weights before it: those that the epoch of the lowest loss
        # began with are good, whatever became of them since.
        self.good, self.good_epoch, self.lowest = theta.copy(), 1, np.inf
        reached = {"estimator": self.estimator, "X": given[0], "y": given[1]}
        if root is not None:
            root.call_on_fit_task_begin(**reached)
        try:
            self._run_epochs(epochs, n_epochs, theta, root, reached)
            self._check_finite(self._scores(theta, self.sample))
            kept = theta
        except Diverged as error:
            kept = self.good
            self._warn(
                f"stopped, for it diverged: {error}. {self._kept('good')} Lower "
                "learning_rate_init, set or lower clip_norm, or scale the steps, for "
                "instance with PerStep(StandardScaler()).",
                ConvergenceWarning,
                root,
            )
        except KeyboardInterrupt:
            long = self.estimator._has_long_epochs
            kept = theta if long else self.whole
            self._warn(
                f"was interrupted after {len(self.history)} epochs. "
                f"{self._kept('now' if long else 'whole')}",
                UserWarning,
                root,
            )
        if self.best.theta is not None:
            kept = self.best.theta
        if root is not None:
            root.call_on_fit_task_end(
                **reached, reconstruction_attributes=lambda: self.fitted(kept)
            )
        return kept

    def _run_epochs(self, epochs, n_epochs, theta, root, reached):
        factor = None
        for _ in range(n_epochs):
            task = None
            if root is not None:
                task = root.subcontext(task_name="epoch")
                task.call_on_fit_task_begin(**reached)
            row = epochs.send(factor)
            self._record(row, theta)
            if row["loss"] <= self.lowest:
                self.good[:] = self.whole
                self.good_epoch, self.lowest = row["epoch"], row["loss"]
            self.whole[:] = theta
            factor, stop = self._next()
            if getattr(self.estimator, "_skl_callbacks", None):  # they may score it
                self._check_finite(self._scores(theta, self.sample))
            if task is not None:
                stop |= task.call_on_fit_task_end(
                    **reached,
                    reconstruction_attributes=lambda: self.fitted(theta.copy()),
                )
            if stop:
                break

    def _scores(self, theta, X):
        with np.errstate(over="ignore", invalid="ignore"):  # see _check_finite
            return self.estimator._run_checked(theta, self.architecture, X)

    def _check_finite(self, scores):
        if not np.isfinite(flat(scores)).all():
            raise Diverged(f"after epoch {len(self.history)} the scores are not finite")

    def _kept(self, which):
        self.ended_early = True
        if self.best.theta is not None:
            return "The weights with the best validation score are kept."
        if which == "now":
            return "The weights after the last update are kept."
        if not self.history or (which == "good" and self.good_epoch == 1):
            return "The start values of the weights are kept."
        if which == "whole":
            return "The weights of the last whole epoch are kept."
        return (
            f"The weights that epoch {self.good_epoch}, the best, began with are kept."
        )

    def _warn(self, what, category, root):
        wrappers = 7 if root is None else 8  # calls from here up to the user's
        name = type(self.estimator).__name__
        warnings.warn(f"Training of {name} {what}", category, stacklevel=wrappers)

    def fitted(self, theta):
        """All fitted attributes that come from training."""
        losses = [row["loss"] for row in self.history]
        scores = [row["validation_score"] for row in self.history]
        scores = [score for score in scores if score is not None]
        watched = self.validation is not None
        return {
            "theta_": theta,
            "architecture_": self.architecture,
            "history_": list(self.history),
            "n_iter_": max(len(losses), 1),
            "loss_": losses[-1] if losses else np.nan,
            "loss_curve_": losses,
            "best_loss_": min(losses, default=np.nan),
            "validation_scores_": scores if watched else None,
            "best_validation_score_": self.best.score if watched else None,
        }

    def _record(self, row, theta):
        estimator = self.estimator
        row["epoch"] = len(self.history) + 1
        row["validation_score"] = None
        if self.validation is not None:
            X, y = self.validation.X, self.validation.y
            with np.errstate(over="ignore", invalid="ignore"):  # see _check_finite
                found = estimator._watch(theta, self.architecture, X, y)
            self._check_finite(found)
            fitted = copy(estimator)
            kept = theta if estimator.scoring is None else theta.copy()
            self.history.append(row)
            vars(fitted).update(self.fitted(kept))
            self.history.pop()
            with np.errstate(over="ignore"):
                row["validation_score"] = self.validation.score(fitted, found)
        self.history.append(row)
        score = row["validation_score"]
        self.best.update(-row["loss"] if score is None else score, theta)
        if estimator.verbose:
            print(_line(row, self.last_epoch), flush=True)

    def _next(self):
        """(factor of the learning rate or None, whether to stop)."""
        estimator = self.estimator
        planned = (
            callable(estimator.learning_rate) or estimator.learning_rate in PLANNED
        )
        planned = self.validation is None and planned
        if planned or self.best.n_stale < estimator.n_iter_no_change:
            return None, False
        lower = self.history[-1]["learning_rate"] * STALLED_FACTOR
        if estimator.learning_rate == "adaptive" and lower >= LOWEST_LEARNING_RATE:
            self.best.n_stale = 0
            return STALLED_FACTOR, False
        return None, True


def _line(row, last_epoch):
    """One epoch in one readable line."""
    width = len(str(last_epoch))
    line = (
        f"epoch {row['epoch']:{width}}/{last_epoch}  loss {row['loss']:.4f}  "
        f"gradient {row['gradient_norm']:.3g}  rate {row['learning_rate']:.3g}  "
        f"{row['seconds']:.2f} s  {row['steps_per_second']:,.0f} steps/s"
    )
    if row["validation_score"] is not None:
        line += f"  validation {row['validation_score']:.4f}"
    return line
