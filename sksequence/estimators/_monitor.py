"""What happens around the epochs: history, callbacks, stopping, the weights to keep."""

import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from ..training import BestWeights, Diverged

STALLED_FACTOR = 0.2  # of learning_rate="adaptive"
LOWEST_LEARNING_RATE = 1e-6


class Monitor:
    """Consumes the epochs of one training: history, callbacks, stopping, best weights.

    Parameters
    ----------
    estimator : BaseRNN
    architecture : dict
    validation : (X, y, weights) or None
    history : list of dict
        Epochs before this training.
    """

    def __init__(self, estimator, architecture, validation, history):
        self.estimator, self.architecture = estimator, architecture
        self.validation = validation
        self.history = list(history)
        self.n_epochs = len(history)  # and what is to come, see run
        self.best = BestWeights(estimator.tol, keep_weights=validation is not None)

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
        self.n_epochs += n_epochs
        good = theta.copy()  # of the last whole epoch
        reached = {"estimator": self.estimator, "X": given[0], "y": given[1]}
        if root is not None:
            root.call_on_fit_task_begin(**reached)
        try:
            self._run_epochs(epochs, n_epochs, theta, good, root, reached)
        except Diverged as error:
            self._warn(
                f"stopped, for it diverged at {error}. {self._kept()} Lower "
                "learning_rate_init, set or lower clip_norm, or scale "
                "the steps, for instance with PerStep(StandardScaler()).",
                ConvergenceWarning,
            )
        except KeyboardInterrupt:
            self._warn(
                f"was interrupted after {len(self.history)} epochs. {self._kept()}",
                UserWarning,
            )
        if self.best.theta is not None:
            good = self.best.theta
        if root is not None:
            root.call_on_fit_task_end(
                **reached, reconstruction_attributes=lambda: self.fitted(good)
            )
        return good

    def _run_epochs(self, epochs, n_epochs, theta, good, root, reached):
        factor = None
        for _ in range(n_epochs):
            task = None
            if root is not None:
                task = root.subcontext(task_name="epoch")
                task.call_on_fit_task_begin(**reached)
            self._record(epochs.send(factor), theta)
            good[:] = theta
            factor, stop = self._next()
            if task is not None:
                stop |= task.call_on_fit_task_end(
                    **reached,
                    reconstruction_attributes=lambda: self.fitted(theta.copy()),
                )
            if stop:
                break

    def _kept(self):
        if not self.history:
            return "There was no whole epoch: the start values of the weights are kept."
        which = "last" if self.validation is None else "best"
        return f"The weights of the {which} whole epoch are kept."

    def _warn(self, what, category):
        name = type(self.estimator).__name__
        warnings.warn(f"Training of {name} {what}", category, stacklevel=7)

    def fitted(self, theta):
        """All fitted attributes that come from training."""
        losses = [row["loss"] for row in self.history]
        scores = [row["validation_score"] for row in self.history]
        watched = self.validation is not None
        return {
            "theta_": theta,
            "architecture_": self.architecture,
            "history_": self.history,
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
            X, y, weights = self.validation
            scores = estimator._run_checked(theta, self.architecture, X)
            row["validation_score"] = estimator._validation_score(scores, y, weights)
        self.history.append(row)
        score = row["validation_score"]
        self.best.update(-row["loss"] if score is None else score, theta)
        if estimator.verbose:
            print(_line(row, self.n_epochs), flush=True)

    def _next(self):
        """(factor of the learning rate or None, whether to stop)."""
        estimator = self.estimator
        if self.best.n_stale < estimator.n_iter_no_change:
            return None, False
        lower = self.history[-1]["learning_rate"] * STALLED_FACTOR
        if estimator.learning_rate == "adaptive" and lower >= LOWEST_LEARNING_RATE:
            self.best.n_stale = 0
            return STALLED_FACTOR, False
        return None, True


def _line(row, n_epochs):
    """One epoch in one readable line."""
    width = len(str(n_epochs))
    line = (
        f"epoch {row['epoch']:{width}}/{n_epochs}  loss {row['loss']:.4f}  "
        f"gradient {row['gradient_norm']:.3g}  rate {row['learning_rate']:.3g}  "
        f"{row['seconds']:.2f} s  {row['steps_per_second']:,.0f} steps/s"
    )
    if row["validation_score"] is not None:
        line += f"  validation {row['validation_score']:.4f}"
    return line
