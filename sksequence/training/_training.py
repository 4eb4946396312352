"""Training: epochs of batches of (loss, gradient, clip, update), and all their state.

One function of the weights is minimized, in whatever way the data are cut::

    L(theta) = sum_r w_r loss_r / sum_r w_r  +  alpha / 2 ||weights||^2 / sum_r w_r

over all rows r of the training set (sequences, steps or tokens). Each batch contributes
the part of the sum that its rows have in it. An update takes that part times the number
of batches: an estimate of the gradient of L whose mean over an epoch's batches, with
the weights held still, is the gradient itself.

A training returns facts. Its caller prints, monitors and stops.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from copy import copy, deepcopy
from numbers import Real
from time import perf_counter
from typing import Any, Self

import numpy as np

from .._messages import brief
from .._typing import FloatArray
from ._average import AveragedWeights
from ._best import BestWeights, GoodWeights
from ._contracts import Objective
from ._epoch import Epoch
from ._mean import set_to_mean
from ._norms import clip_by_global_norm, global_norm
from ._optimizers import Optimizer
from ._schedules import PLANNED, SCHEDULES


class Diverged(ArithmeticError):
    """The loss or its gradient is no longer finite."""


class Training:
    """The training of one network, with everything that changes in it.

    Parameters
    ----------
    theta : ndarray of shape (n_parameters,)
        The weights, changed in place.
    objective : Objective
        Has ``batches()``, sized pieces that together are the training set, and
        ``loss_and_gradient(theta, piece, scale)`` -> (loss, Gradients, n_steps):
        ``scale`` times the part that a piece has in the loss of the training set.
    optimizer : Optimizer
    rng : RandomState
        From which the objective draws.
    learning_rate_init : float
    schedule : str or callable, default="constant"
        A name in ``SCHEDULES``, or epoch -> factor of the learning rate, where epochs
        count from 1 over all trainings.
    power_t : float, default=0.5
        Exponent of "invscaling".
    max_iter : int, default=200
        Epochs.
    alpha : float, default=0.0
        L2 penalty: adds alpha / 2 times the sum of squares of all weights that are
        not biases.
    clip_norm : float, default=None
        Gradients with a greater global norm are scaled down to it [1]_.
    ema_decay : float, default=0.0
        Of an exponential moving average of the weights; 0 for none.
    tol : float, default=0.0
        See ``BestWeights``.
    keep_best : bool, default=False
        Whether to keep the weights of the best score.
    keep_good : bool, default=True
        Whether to keep weights to restore when training breaks off.
    history : sequence of dict, default=()
        Epochs before this training.

    Attributes
    ----------
    epoch : int
        Finished epochs of this training.
    under_way : Epoch or None
        The epoch of which a part has been trained.
    between_batches : (callable, callable) or None
        Whether to keep the state in the midst of an epoch, asked after each batch, and
        what to call then: ``get_state`` gives a state that goes on with the epoch.
    factor : float
        Of the learning rate; ``Stopping`` lowers it.
    history : list of dict
        One for each epoch, as ``run_epoch`` gives them.
    average : AveragedWeights or None
    best : BestWeights
    good : GoodWeights or None
        To restore when training breaks off. Both are of ``weights``.

    References
    ----------
    .. [1] Pascanu, Mikolov & Bengio, "On the difficulty of training recurrent neural
       networks", ICML 2013.

    Examples
    --------
    What an estimator does, by hand: a network that tells whether the sum of a sequence
    is positive.

    >>> import numpy as np
    >>> from sksequence import RaggedArray
    >>> from sksequence.network import build_network
    >>> from sksequence.objectives import PackedSequences
    >>> from sksequence.training import Training, make_optimizer
    >>> rng = np.random.RandomState(0)
    >>> X = RaggedArray.from_sequences(
    ...     [rng.standard_normal((n, 1)) for n in rng.randint(2, 7, size=50)]
    ... )
    >>> y = np.array([int(x.sum() > 0) for x in X])
    >>> network = build_network(
    ...     n_features=1, n_outputs=2, hidden_layer_sizes=(8,), cell="gru",
    ...     pooling="last",
    ... )
    >>> objective = PackedSequences(
    ...     network, X, y, np.ones(len(X)), np.float64, batch_size=10, shuffle=True,
    ...     worker=None, rng=rng, dropout_rng=None,
    ... )
    >>> theta = network.init(rng, np.float64)
    >>> optimizer = make_optimizer("adam", network.layout, theta.dtype)
    >>> training = Training(theta, objective, optimizer, rng, learning_rate_init=0.02)
    >>> for _ in range(20):
    ...     training.add(training.run_epoch())
    >>> training.history[-1]["loss"] < training.history[0]["loss"] / 5
    True
    """

    def __init__(
        self,
        theta: FloatArray,
        objective: Objective,
        optimizer: Optimizer,
        rng: np.random.RandomState,
        *,
        learning_rate_init: float,
        schedule: str | Callable[[int], float] = "constant",
        power_t: float = 0.5,
        max_iter: int = 200,
        alpha: float = 0.0,
        clip_norm: float | None = None,
        ema_decay: float = 0.0,
        tol: float = 0.0,
        keep_best: bool = False,
        keep_good: bool = True,
        history: Iterable[dict[str, Any]] = (),
    ) -> None:
        self.theta, self.objective, self.optimizer = theta, objective, optimizer
        self.rng, self.learning_rate_init = rng, learning_rate_init
        self.schedule, self.power_t, self.max_iter = schedule, power_t, max_iter
        self.alpha, self.clip_norm = alpha, clip_norm
        self.penalised = optimizer.layout.penalised_mask() if alpha else None
        self.epoch, self.factor, self.history = 0, 1.0, list(history)
        self.under_way: Epoch | None = None
        self.between_batches: tuple[Callable[[], bool], Callable[[], object]] | None = (
            None
        )
        self.average = (
            AveragedWeights(theta, optimizer, ema_decay) if ema_decay else None
        )
        self.best = BestWeights(tol, keep_best)
        self.good = GoodWeights(theta) if keep_good else None

    @property
    def weights(self) -> FloatArray:
        """What the network is to have: the average of the weights, if there is one."""
        return self.theta if self.average is None else self.average.value()

    # -- an epoch ----------------------------------------------------------------------

    def run_epoch(self) -> dict[str, Any]:
        """Go once through the training set.

        Returns
        -------
        dict
            epoch (counted from 1 over all trainings), loss (L, each batch with the
            weights before its update), gradient_norm and max_gradient_norm (mean
            and greatest over the batches, before clipping), n_batches, n_clipped (how
            many of them were clipped), learning_rate (of the last update), seconds,
            sequences_per_second, steps_per_second.

        Raises
        ------
        Diverged
            At the first loss or gradient that is not finite, before it moves ``theta``.
        """
        row = self.run_part(1)
        assert row is not None
        return row

    def run_part(self, n_parts: int) -> dict[str, Any] | None:
        """Go on with an epoch, through the next one of its ``n_parts`` parts.

        Batches are drawn when an epoch begins: all parts together are the epoch, to
        the bit.

        Returns
        -------
        dict or None
            That of ``run_epoch`` after the last part, None after the others.

        Raises
        ------
        Diverged
            As ``run_epoch``.
        """
        started = perf_counter()
        epoch, batches = self._batches()
        n = len(batches)
        end = n * (epoch.n_parts_done + 1) // n_parts
        factor = self._schedule_of_epoch(n)
        for k in range(epoch.n_batches, end):
            loss, gradients, n_steps = self._loss_and_gradient(batches[k], n)
            norm = self._norm(loss, gradients, k, n)
            clipped = clip_by_global_norm(gradients.arrays(), norm, self.clip_norm)
            learning_rate = self.factor * self.learning_rate_init * factor(k)
            # Weights that this spoils are found out by those who keep them.
            with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
                if self.average is not None:
                    self.average.before_update(gradients)
                self.optimizer.update(self.theta, gradients, learning_rate)
            epoch.add(
                float(loss) / n, norm, clipped, learning_rate, len(batches[k]), n_steps
            )
            if self.between_batches is not None and k + 1 < end:
                started = self._between_batches(epoch, started)
        epoch.seconds += perf_counter() - started
        epoch.n_parts_done += 1
        if epoch.n_parts_done < n_parts:
            epoch.states = self.objective.get_state()
            self.under_way = epoch
            return None
        self.under_way = None
        self.epoch += 1
        return epoch.row(len(self.history) + 1)

    def _between_batches(self, epoch, started):
        """Let the state be kept, if it is time to; since when time counts."""
        is_time, keep = self.between_batches
        if not is_time():
            return started
        epoch.seconds += perf_counter() - started
        epoch.states, self.under_way = self.objective.get_state(), epoch
        try:
            keep()
        finally:
            self.under_way = None
        return perf_counter()

    def _batches(self):
        """The epoch to go on with, and all of its batches, as drawn when it began."""
        if self.under_way is None:
            epoch = Epoch(self.rng.get_state())
            return epoch, self.objective.batches()
        epoch, now = copy(self.under_way), self.rng.get_state()
        self.rng.set_state(epoch.random)
        batches = self.objective.batches()
        self.rng.set_state(now)
        self.objective.set_state(epoch.states)
        return epoch, batches

    def _loss_and_gradient(self, batch, n_batches):
        # Diverged says so.
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            loss, gradients, n_steps = self.objective.loss_and_gradient(
                self.theta, batch, n_batches
            )
            if self.alpha:
                loss += self._add_penalty(gradients)
        return loss, gradients, n_steps

    def _norm(self, loss, gradients, k, n_batches):
        with np.errstate(over="ignore", invalid="ignore"):
            norm = global_norm(gradients.arrays())
        if not (np.isfinite(loss) and np.isfinite(norm)):
            raise Diverged(
                f"epoch {self.epoch + 1}, batch {k + 1} of {n_batches}: loss "
                f"{loss:.4g}, gradient norm {norm:.4g}"
            )
        return norm

    def _schedule_of_epoch(self, n_batches):
        """A function that gives the factor of the learning rate at batch k."""
        if callable(self.schedule):
            factor = self._planned_factor(len(self.history) + 1)
            return lambda k: factor
        # A plan is for the epochs of this training; else all updates count.
        planned = self.schedule in PLANNED
        epochs = self.history[len(self.history) - self.epoch :]
        done = sum(
            row.get("n_batches", 0) for row in (epochs if planned else self.history)
        )
        schedule, n_updates = SCHEDULES[self.schedule], self.max_iter * n_batches
        return lambda k: schedule(done + k, n_updates, self.power_t)

    def _planned_factor(self, epoch):
        """What a function says of an epoch, checked."""
        factor = self.schedule(epoch)
        good = isinstance(factor, Real) and not isinstance(factor, bool)
        try:
            good = good and 0 <= float(factor) < np.inf
        except OverflowError:
            good = False
        if not good:
            raise ValueError(
                f"learning_rate({epoch}) is {brief(factor)}. A function for "
                "learning_rate must give the factor of learning_rate_init in that "
                "epoch: a finite number that is not negative."
            )
        return float(factor)

    def _add_penalty(self, gradients):
        """The penalty; its gradient is added, for all rows of tables."""
        layout, alpha = self.optimizer.layout, self.alpha
        weights = np.where(self.penalised, self.theta[: layout.n_dense], 0)
        gradients.dense += alpha * weights
        square = weights @ weights
        for name in layout.tables:  # in this order: sums must not depend on hashes
            if name not in layout.penalised:
                continue
            values = layout.view(self.theta, name)
            gradients.tables[name].add_rows(np.arange(len(values)), alpha * values)
            square += np.vdot(values, values)
        return alpha / 2 * square

    def add(self, row: dict[str, Any]) -> None:
        """Take an epoch into the history.

        Parameters
        ----------
        row : dict
            Of ``run_epoch``. Its "validation_score", or its loss if it has none, says
            whether the epoch was the best.
        """
        weights = self.weights
        if self.good is not None:
            self.good.update(self.epoch, row["loss"], weights)
        self.history.append(row)  # from here on the epoch is whole
        score = row.get("validation_score")
        self.best.update(-row["loss"] if score is None else score, weights)

    # -- its state ---------------------------------------------------------------------

    def get_state(self, *, copied: bool = True) -> dict[str, Any]:
        """All that changes, as arrays and plain values.

        A training with the same arguments that is given it continues to the same bits.

        Parameters
        ----------
        copied : bool, default=True
            Whether the arrays are copied: else training goes on to change them.
        """
        shared, good = self.shared_state(), self.good and self.good.get_state()
        return {
            **(deepcopy(shared) if copied else shared),
            **self.own_state(),
            "best": self.best.get_state(),
            "good": deepcopy(good) if copied else good,
        }

    def shared_state(self) -> dict[str, Any]:
        """Of ``get_state`` what may be averaged: weights and moments, not copied."""
        return {
            "theta": self.theta,
            "average": self.average and self.average.get_state(),
            "optimizer": self.optimizer.get_state(),
        }

    def own_state(self) -> dict[str, Any]:
        """All else of ``get_state`` that training reads, copied."""
        return {
            "random": self.rng.get_state(),
            "epoch": self.epoch,
            "under_way": self.under_way and self.under_way.get_state(),
            "factor": self.factor,
            "history": [dict(row) for row in self.history],
        }

    def set_state(self, state: dict[str, Any]) -> Self:
        """Take over a state from ``get_state``, copying its arrays.

        The weights to return to stay as they are if the state does not hold them.
        """
        self.theta[:] = state["theta"]
        if self.average is not None:
            self.average.set_state(state["average"])
        self.optimizer.set_state(state["optimizer"])
        self.rng.set_state(state["random"])
        self.epoch, self.factor = state["epoch"], state["factor"]
        under_way = state["under_way"]
        self.under_way = under_way and Epoch.from_state(under_way)
        self.history = [dict(row) for row in state["history"]]
        if "best" in state:
            self.best.set_state(state["best"])
        if self.good is not None and "good" in state:
            self.good.set_state(state["good"])
        return self

    def hold(self, name: str, theta: FloatArray) -> None:
        """Let parameters that train no more stand still, as they are in ``theta``.

        Neither momentum nor the way of the average to the weights moves them on.
        """
        layout = self.optimizer.layout
        held = layout.view(theta, name).copy()
        layout.view(self.theta, name)[...] = held
        for moments in self.optimizer.moments:
            layout.view(moments, name)[...] = 0
        if self.average is not None:
            self.average.hold(name, held)

    def bring_up_to_date(self) -> None:
        """Let moments, and the average, of all rows be those after the last update."""
        self.optimizer.bring_up_to_date()
        if self.average is not None:
            self.average.value()

    def set_mean(
        self, states: Sequence[dict[str, Any]], fractions: Sequence[float]
    ) -> Self:
        """Take over the weighted mean of trainings that began as this one.

        Weights, their moving average and the moments of the optimizer are averaged. If
        it were not for the latter, the trainings need not converge [1]_, [2]_. All else
        stays as it is.

        Parameters
        ----------
        states : list of dict
            From ``shared_state``, after ``bring_up_to_date`` if there are several.
        fractions : list of float
            Their weights, which sum to one.

        References
        ----------
        .. [1] Yu, Jin & Yang, "On the linear speedup analysis of communication
           efficient momentum SGD for distributed non-convex optimization", ICML 2019.
        .. [2] Chen, Li & Li, "Toward communication efficient adaptive gradient method",
           FODS 2020.
        """
        set_to_mean(self.theta, [state["theta"] for state in states], fractions)
        if self.average is not None:
            averages = [state["average"] for state in states]
            mean = np.empty_like(self.theta)
            set_to_mean(mean, [held["average"] for held in averages], fractions)
            self.average.set_state(averages[0] | {"average": mean})
        optimizers = [state["optimizer"] for state in states]
        if len(states) == 1:
            self.optimizer.set_state(optimizers[0])
        else:
            self.optimizer.set_mean(optimizers, fractions)
        return self
