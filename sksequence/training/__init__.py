"""The training loop, optimisers, schedules and the best weights so far.

Nothing here knows an estimator, prints, or draws on anything but its arguments.
"""

from ._best import BestWeights
from ._loop import Diverged, clip_by_global_norm, global_norm, train
from ._optimizers import OPTIMIZERS, make_optimizer
from ._schedules import PLANNED, SCHEDULES, UNPLANNED

__all__ = [
    "OPTIMIZERS",
    "PLANNED",
    "SCHEDULES",
    "UNPLANNED",
    "BestWeights",
    "Diverged",
    "clip_by_global_norm",
    "global_norm",
    "make_optimizer",
    "train",
]
