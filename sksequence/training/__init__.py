"""Training: its state, optimizers, schedules, stopping, the weights to return to.

An estimator's ``solver`` names an optimizer. Nothing here knows an estimator, prints,
or uses anything but its arguments.
"""

from __future__ import annotations

from ._average import AveragedWeights
from ._best import BestWeights, GoodWeights
from ._mean import pieces
from ._norms import clip_by_global_norm, global_norm
from ._optimizers import OPTIMIZERS, make_optimizer
from ._schedules import PLANNED, SCHEDULES
from ._stopping import Stopping
from ._training import Diverged, Training

__all__ = [
    "OPTIMIZERS",
    "PLANNED",
    "SCHEDULES",
    "AveragedWeights",
    "BestWeights",
    "Diverged",
    "GoodWeights",
    "Stopping",
    "Training",
    "clip_by_global_norm",
    "global_norm",
    "make_optimizer",
    "pieces",
]
