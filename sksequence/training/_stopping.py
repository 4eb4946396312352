"""When a training stops by itself, or continues with a lower learning rate."""

from __future__ import annotations

from collections.abc import Callable

from ._schedules import PLANNED
from ._training import Training

STALLED_FACTOR = 0.2  # of learning_rate="adaptive"
LOWEST_LEARNING_RATE = 1e-6


class Stopping:
    """Stop after some epochs without an improvement.

    Parameters
    ----------
    schedule : str or callable
        Of the learning rate. "adaptive" first lowers the rate; a schedule that is
        planned for all epochs runs to its end, unless there is a validation set.
    n_iter_no_change : int
    watched : bool
        Whether there is a validation set.
    """

    def __init__(
        self,
        schedule: str | Callable[[int], float],
        n_iter_no_change: int,
        watched: bool,
    ) -> None:
        self.schedule, self.n_iter_no_change = schedule, n_iter_no_change
        self.planned = not watched and (callable(schedule) or schedule in PLANNED)

    def __call__(self, training: Training) -> bool:
        """Whether to stop after the last epoch of a training."""
        if self.planned or training.best.n_stale < self.n_iter_no_change:
            return False
        lower = training.history[-1]["learning_rate"] * STALLED_FACTOR
        if self.schedule == "adaptive" and lower >= LOWEST_LEARNING_RATE:
            training.best.n_stale = 0
            training.factor *= STALLED_FACTOR
            return False
        return True
