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


# A loss by its name, or by its name and options: plain, so that files can hold it.
LossName = str | tuple[str, dict[str, float]]


def loss_of(loss: LossName | Loss) -> Loss:
    """A loss by its name, by (name, options), or one of your own."""
    if isinstance(loss, tuple):
        name, options = loss
        return type(LOSSES[name])(**options)
    return LOSSES[loss] if isinstance(loss, str) else loss


def smoothed(name: str, label_smoothing: float) -> LossName:
    """A loss of ``LOSSES`` with smoothed targets, or its name where there is none."""
    if not label_smoothing:
        return name
    return name, {"label_smoothing": float(label_smoothing)}
