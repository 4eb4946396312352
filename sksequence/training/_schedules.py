"""Learning rates over the updates of a training.

::

    constant:    lr
    adaptive:    lr, divided by 5 whenever training stalls (see ``Stopping``)
    invscaling:  lr / (t + 1)^power_t
    cosine:      lr (1 + cos(pi t / n_updates)) / 2                  [1]
    one_cycle:   from lr / 25 up to lr in 30 % of the updates, then down to 0,
                 both along half a cosine                            [2]

.. [1] Loshchilov & Hutter, "SGDR: stochastic gradient descent with warm restarts",
   ICLR 2017.
.. [2] Smith & Topin, "Super-convergence: very fast training of neural networks using
   large learning rates", 2018.
"""

from __future__ import annotations

from collections.abc import Callable
from math import cos, pi


def _constant(t, n_updates, power_t):
    return 1.0


def _invscaling(t, n_updates, power_t):
    return (t + 1.0) ** -power_t


def _cosine(t, n_updates, power_t):
    return _half_cosine(1, 0, t / n_updates)


def _one_cycle(t, n_updates, power_t):
    peak = 0.3 * n_updates
    if t < peak:
        return _half_cosine(1 / 25, 1, t / peak)
    return _half_cosine(1, 0, (t - peak) / (n_updates - peak))


def _half_cosine(start, end, progress):
    return end + (start - end) * (1 + cos(pi * min(progress, 1))) / 2


# name: factor of the initial learning rate at update t of n_updates
SCHEDULES: dict[str, Callable[[int, int, float], float]] = {
    "constant": _constant,
    "invscaling": _invscaling,
    "adaptive": _constant,
    "cosine": _cosine,
    "one_cycle": _one_cycle,
}

PLANNED = ("cosine", "one_cycle")  # over all epochs of a training
