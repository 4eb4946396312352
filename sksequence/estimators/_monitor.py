"""What happens around the epochs: validation, callbacks, warnings, what is kept."""

from copy import copy

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from .. import _parameters as p
from ..sequences import flat
from ..training import Diverged, Stopping


class Monitor:
    """Runs a training to its end, for an estimator.

    Parameters
    ----------
    estimator : BaseRNN
    training : Training
    architecture : dict
    sample : RaggedArray
        A few sequences, whose scores are finite if the weights are good.
    X : RaggedArray, or ndarray of one vector a sequence
        All that is trained on, of which the same holds for the weights that are kept.
    validation : Validation or None
    given : Given
        As passed to ``fit``, for the callbacks.
    with_callbacks : bool

    Attributes
    ----------
    ended_early : bool
        Whether training diverged or was interrupted.
    """

    def __init__(
        self,
        estimator,
        training,
        architecture,
        sample,
        X,
        validation,
        given,
        *,
        with_callbacks,
    ):
        self.estimator, self.training = estimator, training
        self.architecture, self.sample, self.X = architecture, sample, X
        self.validation, self.root = validation, None
        if with_callbacks:
            self.root = estimator._init_callback_context(max_subtasks=training.max_iter)
        self.reached = {"estimator": estimator, "X": given.X, "y": given.y}
        self.stopping = Stopping(
            estimator.learning_rate,
            estimator.n_iter_no_change,
            watched=validation is not None,
        )
        self.last_epoch = len(training.history) + training.max_iter
        self.ended_early = False

    def run(self):
        """Train to the end, and return the weights to keep."""
        training = self.training
        if self.root is not None:
            self.root.call_on_fit_task_begin(**self.reached)
        try:
            while training.epoch < training.max_iter and not self._run_epoch():
                pass
            self._check_finite(self._scores())
            kept = training.theta
        except Diverged as error:
            kept = training.good.theta
            self._warn(
                f"stopped, for it diverged: {error}. {self._kept('good')} Lower "
                "learning_rate_init, set or lower clip_norm, or scale the steps, for "
                "instance with PerStep(StandardScaler()).",
                ConvergenceWarning,
            )
        except KeyboardInterrupt:
            unfinished = training.objective.keeps_unfinished
            kept = training.theta if unfinished else training.good.whole
            self._warn(
                f"was interrupted after {len(training.history)} epochs. "
                f"{self._kept('now' if unfinished else 'whole')}",
                UserWarning,
            )
        if training.best.theta is not None:
            kept = training.best.theta
        kept = self._finite_everywhere(kept)
        if self.root is not None:
            self.root.call_on_fit_task_end(
                **self.reached, reconstruction_attributes=lambda: self.fitted(kept)
            )
        return kept

    def _run_epoch(self):
        """One epoch and all that hangs on it; whether to stop after it."""
        task = None
        if self.root is not None:
            task = self.root.subcontext(task_name="epoch")
            task.call_on_fit_task_begin(**self.reached)
        row = self.training.run_epoch()
        row["validation_score"] = self._validation_score(row)
        self.training.add(row)
        if self.estimator.verbose:
            print(_line(row, self.last_epoch), flush=True)
        stop = self.stopping(self.training)
        if task is not None:
            stop |= task.call_on_fit_task_end(
                **self.reached, reconstruction_attributes=self._whole_epoch
            )
        return stop

    def _whole_epoch(self):
        """Fitted attributes after an epoch, for callbacks, which may score them."""
        self._check_finite(self._scores())
        return self.fitted(self.training.theta.copy())

    def _validation_score(self, row):
        """The score of the validation set after an epoch, or None."""
        if self.validation is None:
            return None
        estimator, theta = self.estimator, self.training.theta
        network, data = self.training.objective.network, self.validation.data
        with np.errstate(over="ignore", invalid="ignore"):  # see _check_finite
            found = estimator._watch(network, theta, data.X, data.y)
        self._check_finite(found, after=len(self.training.history) + 1)
        fitted = copy(estimator)
        kept = theta if estimator.scoring is None else theta.copy()
        vars(fitted).update(self.fitted(kept, [*self.training.history, row]))
        with np.errstate(over="ignore"):
            return self.validation.score(fitted, found)

    def _scores(self):
        with np.errstate(over="ignore", invalid="ignore"):  # see _check_finite
            network, theta = self.training.objective.network, self.training.theta
            return self.estimator._scores(network, theta, self.sample)

    def _finite_everywhere(self, kept):
        """Weights to keep, or those before, if they are good for all that there is."""
        estimator, network = self.estimator, self.training.objective.network
        if estimator._is_finite(network, kept, self.X):
            return kept
        name, good = type(estimator).__name__, self.training.good.theta
        if not estimator._is_finite(network, good, self.X):
            raise ValueError(
                f"X is of a scale, or of a length, at which {name} has no finite "
                "scores, not even with the weights that training began with. Scale "
                "the steps of X, for instance with PerStep(StandardScaler()), use a "
                "cell whose states are bounded, such as 'lstm', or shorter sequences."
            )
        self.training.best.theta = None
        self._warn(
            "led to weights with which the scores of a part of X are not finite. "
            f"{self._kept('good')} Lower learning_rate_init, set or lower clip_norm, "
            "scale the steps, or use a cell whose states are bounded, such as 'lstm'.",
            ConvergenceWarning,
        )
        return good

    def _check_finite(self, scores, after=None):
        if not np.isfinite(flat(scores)).all():
            after = len(self.training.history) if after is None else after
            raise Diverged(f"after epoch {after} the scores are not finite")

    def _kept(self, which):
        self.ended_early = True
        good = self.training.good
        if self.training.best.theta is not None:
            return "The weights with the best validation score are kept."
        if which == "now":
            return "The weights after the last update are kept."
        if not self.training.history or (which == "good" and good.epoch == 1):
            return "The start values of the weights are kept."
        if which == "whole":
            return "The weights of the last whole epoch are kept."
        return f"The weights that epoch {good.epoch}, the best, began with are kept."

    def _warn(self, what, category):
        name = type(self.estimator).__name__
        p.warn_user(f"Training of {name} {what}", category)

    def fitted(self, theta, history=None):
        """All fitted attributes that come from training."""
        history = self.training.history if history is None else history
        losses = [row["loss"] for row in history]
        scores = [row.get("validation_score") for row in history]
        scores = [score for score in scores if score is not None]
        watched = self.validation is not None
        return {
            "theta_": theta,
            "architecture_": self.architecture,
            "history_": list(history),
            "n_iter_": max(len(losses), 1),
            "loss_": losses[-1] if losses else np.nan,
            "loss_curve_": losses,
            "best_loss_": min(losses, default=np.nan),
            "validation_scores_": scores if watched else None,
            "best_validation_score_": self.training.best.score if watched else None,
        }


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
