"""What happens around the epochs: validation, callbacks, warnings, what is kept."""

from copy import copy

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from .. import _parameters as p
from .._messages import brief
from ..sequences import flat
from ..training import Diverged, Stopping
from ._batches import quietly

MUCH_WORSE = 10  # times the loss of a guess, and more than training ends with


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
    rounds : callable or None
        What takes the place of the epochs of the training.
    keeper : Keeper or None
        Keeps the state in a file, in which there may be one already.
    with_callbacks : bool
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
        rounds,
        keeper,
        *,
        with_callbacks,
    ):
        self.estimator, self.training = estimator, training
        self.rounds, self.keeper = rounds, keeper
        self.architecture, self.sample, self.X = architecture, sample, X
        self.validation, self.root = validation, None
        self.n_before, self.t_before = len(training.history), training.optimizer.t
        self.partial, self.diverged = not with_callbacks, False
        self.useless = False  # whether there are no weights with finite scores
        self.scores_before = []  # on what is watched, of the weights to begin with
        if with_callbacks:
            self.root = estimator._init_callback_context(max_subtasks=training.max_iter)
        self.reached = {"estimator": estimator, "X": given.X, "y": given.y}
        self.stopping = Stopping(
            estimator.learning_rate,
            estimator.n_iter_no_change,
            watched=validation is not None,
        )
        self.last_epoch = len(training.history) + training.max_iter

    def watch_start(self, before):
        """Let the weights to begin with be a candidate for the best ones.

        Parameters
        ----------
        before : dict
            The attributes of the estimator, fitted before. If these weights have the
            best score there was, it is on the same set, and scores go on.
        """
        if self.validation is None:
            return
        history, weights = self.training.history, self.training.weights
        try:
            score = self._score(history)
        except Diverged:
            return
        self.training.best.update(score, weights)
        if before["best_validation_score_"] == score:
            self.scores_before = list(before["validation_scores_"])
        elif not np.isnan(score):
            self.scores_before = [score]

    def run(self):
        """Train to the end, and set what is fitted.

        An exception, such as that of Ctrl-C, goes on; what has been learnt up to then
        is fitted, if it is a whole epoch.
        """
        try:
            self._set_fitted(self._train())
        except BaseException as error:
            kept = self._learnt()
            if kept is not None:
                self._set_fitted(kept)
                try:
                    self._warn_of(error)
                finally:  # where warnings are errors, too
                    raise error
            raise

    def _train(self):
        """The weights to keep when all is done."""
        training = self.training
        if self.root is not None:
            self.root.call_on_fit_task_begin(**self.reached)
        try:
            ended = self._begin()
            while not ended and training.epoch < training.max_iter:
                ended = self._run_epoch()
                if self.keeper is not None:
                    last = ended or training.epoch == training.max_iter
                    self.keeper.after_epoch(last)
            self._check_finite(self._scores())
            kept = training.weights
            if self.validation is not None and training.best.theta is None:
                self._warn(
                    "watched nothing: the score "
                    f"(scoring={brief(self.estimator.scoring)}) is not defined on the "
                    "validation set after any epoch. The weights of the last epoch "
                    "are kept. Pass another X_val, or another scoring.",
                    UserWarning,
                )
            trouble = None
        except Diverged as error:
            self.diverged, kept = True, training.good.theta
            if self.keeper is not None:
                self.keeper.save(diverged=str(error))
            trouble = f"stopped, for it diverged: {error}."
        if training.best.theta is not None:
            kept = training.best.theta
        if not self._is_finite(kept):
            kept = self._return_to_good()
            trouble = trouble or (
                "led to weights with which the scores of a part of X are not finite."
            )
        if trouble is not None:
            self._warn(
                f"{trouble} {self._kept('good')} "
                f"{self._unscaled('Set standardize=True, or lower', 'Lower')} "
                f"{self._smaller_updates}{self._bounds}.",
                ConvergenceWarning,
            )
        elif not (self.partial or self.estimator.alpha) and training.history:
            loss, guess = training.history[-1]["loss"], self._loss_of_guess()
            if loss > MUCH_WORSE * guess:
                self._warn(
                    f"ended with a loss of {loss:.3g}, where to predict the same for "
                    f"all has about {guess:.3g}. "
                    f"{self._unscaled('Set standardize=True, or lower', 'Lower')} "
                    f"{self._smaller_updates}{self._bounds}.",
                    ConvergenceWarning,
                )
        if self.root is not None:
            self.root.call_on_fit_task_end(
                **self.reached, reconstruction_attributes=lambda: self.fitted(kept)
            )
        return kept

    def _begin(self):
        """Go on from what is in the file; whether that is the end."""
        if self.keeper is None:
            return False
        ended, diverged = self.keeper.begin(self.training, self.rounds)
        done = self.training.epoch
        if self.root is not None:
            for _ in range(done):  # so that callbacks see the right numbers
                self.root.subcontext(task_name="epoch")
        if done and self.estimator.verbose:
            print(f"{self.keeper.where}: goes on after epoch {done}", flush=True)
        if diverged is not None:
            raise Diverged(diverged)
        return ended

    @property
    def _unfinished(self):
        """Whether the weights after the last update count, in the midst of an epoch."""
        return self.training.objective.keeps_unfinished

    def _learnt(self):
        """The weights to keep when an exception ends training, or None."""
        training = self.training
        learnt = len(training.history) > self.n_before
        if self._unfinished:
            learnt |= training.optimizer.t > self.t_before
        if not learnt or self.useless:
            return None
        if self.diverged:
            kept = training.good.theta
        else:
            kept = training.weights if self._unfinished else training.good.whole
        return kept if training.best.theta is None else training.best.theta

    def _set_fitted(self, theta):
        self.estimator._set_fitted(
            self.fitted(theta),
            self.training,
            partial=self.partial,
            diverged=self.diverged,
        )

    def _warn_of(self, error):
        """Say what is kept when an exception ends training."""
        how = "was interrupted"
        if not isinstance(error, KeyboardInterrupt):
            how = f"was ended by {type(error).__name__}"
        kept = "good" if self.diverged else "now" if self._unfinished else "whole"
        self._warn(
            f"{how} after {len(self.training.history)} epochs. {self._kept(kept)}",
            UserWarning,
        )

    def _run_epoch(self):
        """One epoch and all that hangs on it; whether to stop after it."""
        task = None
        if self.root is not None:
            task = self.root.subcontext(task_name="epoch")
            task.call_on_fit_task_begin(**self.reached)
        row = (self.rounds or self.training.run_epoch)()
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
        return self.fitted(self.training.weights.copy())

    def _validation_score(self, row):
        """The score of the validation set after an epoch, or None."""
        if self.validation is None:
            return None
        return self._score([*self.training.history, row])

    def _score(self, history):
        """The score of the validation set after the epochs of a history."""
        estimator, theta = self.estimator, self.training.weights
        network, data = self.training.objective.network, self.validation.data
        with quietly():  # see _check_finite
            found = estimator._watch(network, theta, data.X, data.y)
        self._check_finite(found, after=len(history))
        fitted = copy(estimator)
        kept = theta if estimator.scoring is None else theta.copy()
        vars(fitted).update(self.fitted(kept, history))
        with np.errstate(over="ignore"):
            return self.validation.score(fitted, found)

    def _scores(self):
        with quietly():  # see _check_finite
            network, theta = self.training.objective.network, self.training.weights
            return self.estimator._scores(network, theta, self.sample)

    def _is_finite(self, theta):
        """Whether the scores of all of X are, with these weights."""
        network = self.training.objective.network
        return self.estimator._is_finite(network, theta, self.X)

    def _return_to_good(self):
        """The best weights from before with which all scores are finite."""
        good = self.training.good
        if not self._is_finite(good.theta):
            good.return_to_start()
            if not self._is_finite(good.theta):
                self.useless = True
                raise ValueError(
                    "X is of a scale, or of a length, at which "
                    f"{type(self.estimator).__name__} has no finite scores, not even "
                    "with the weights that training began with. "
                    f"{self._unscaled('Set standardize=True, or pass', 'Pass')} "
                    f"smaller numbers or shorter sequences{self._bounds}."
                )
        self.diverged, self.training.best.theta = True, None
        return good.theta

    def _check_finite(self, scores, after=None):
        if not np.isfinite(flat(scores)).all():
            after = len(self.training.history) if after is None else after
            raise Diverged(f"after epoch {after} the scores are not finite")

    def _loss_of_guess(self):
        """About the loss of probabilities that are alike; inf for numbers."""
        if hasattr(self.estimator, "loss"):  # a regressor
            return np.inf
        n = self.architecture["n_outputs"]
        several = getattr(self.estimator, "_multilabel", False)
        return n * np.log(2) if several else np.log(max(n, 2))

    def _kept(self, which):
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

    def _unscaled(self, advice, otherwise):
        """The advice to standardize the steps, for an estimator that does not."""
        return otherwise if getattr(self.estimator, "standardize", True) else advice

    @property
    def _smaller_updates(self):
        """What to lower or set; the steps of SGD alone are as large as gradients."""
        estimator = self.estimator
        if estimator.clip_norm is None:
            return "learning_rate_init, or set clip_norm"
        sgd = estimator.solver == "sgd"
        return "learning_rate_init or clip_norm" if sgd else "learning_rate_init"

    @property
    def _bounds(self):
        """The advice to take another cell, where the states of this one have none."""
        bounded = self.estimator._cell.bounded
        return "" if bounded else ", or use a cell whose states are bounded, as 'gru'"

    def _warn(self, what, category):
        name = type(self.estimator).__name__
        p.warn_user(f"Training of {name} {what}", category)

    def fitted(self, theta, history=None):
        """All fitted attributes that come from training."""
        history = self.training.history if history is None else history
        losses = [row["loss"] for row in history]
        scores = [row.get("validation_score") for row in history[self.n_before :]]
        watched = self.validation is not None
        return {
            "theta_": theta,
            "architecture_": self.architecture,
            "history_": list(history),
            "n_iter_": max(len(losses), 1),
            "loss_": losses[-1] if losses else np.nan,
            "loss_curve_": losses,
            "best_loss_": min(losses, default=np.nan),
            "validation_scores_": [*self.scores_before, *scores] if watched else None,
            "best_validation_score_": self._best_score(),
        }

    def _best_score(self):
        """The score of the best weights; None if nothing was watched."""
        if self.validation is None:
            return None
        best = self.training.best.score
        return best if np.isfinite(best) else np.nan


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
