"""The losses by name."""

from __future__ import annotations

from ._losses import Loss, SigmoidLoss, SoftmaxLoss
from ._number_losses import (
    AbsoluteLoss,
    HuberLoss,
    PoissonLoss,
    QuantileLoss,
    SquaredLoss,
)

LOSSES: dict[str, Loss] = {
    "softmax": SoftmaxLoss(),
    "sigmoid": SigmoidLoss(),
    "squared": SquaredLoss(),
    "absolute": AbsoluteLoss(),
    "huber": HuberLoss(),
    "quantile": QuantileLoss(),
    "poisson": PoissonLoss(),
}


def smoothed(name: str, label_smoothing: float) -> str | Loss:
    """A loss of ``LOSSES`` with smoothed targets, or its name where there is none."""
    if not label_smoothing:
        return name
    return type(LOSSES[name])(label_smoothing=float(label_smoothing))
