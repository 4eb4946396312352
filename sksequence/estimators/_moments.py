"""Center and scale of targets of any size, over one or several sets of them.

::

    mean = m1 + f (m2 - m1)
    s^2  = (1 - f) s1^2 + f s2^2 + f (1 - f) (m2 - m1)^2,    f = n2 / (n1 + n2)

of two sets of n1 and n2 targets with means m1, m2 and standard deviations s1, s2 [1]_.
Powers of two are taken out before anything is squared, which rounds nothing, so neither
1e300 nor 1e-300 leaves the range of floats.

Where outliers are not to matter, a quantile is the center, and the distance of the
quartiles the scale, divided by what it is for a normal distribution of deviation 1.
Those of several sets are put together in the same way, which is then an approximation.

.. [1] Chan, Golub & LeVeque, "Updating formulae and a pairwise algorithm for computing
   sample variances", 1979.
"""

from dataclasses import dataclass

import numpy as np

from .._typing import FloatArray
from ..sequences import ROUNDING, SMALLEST_UNIT, power_of_two

A_LITTLE = 1e-12  # of all weights, that rounding may leave out of their sum
QUARTILES = 1.349  # how far they are from each other in a normal distribution


@dataclass(frozen=True)
class Moments:
    """Center and deviation of each column of n targets."""

    n: int
    mean: FloatArray
    deviation: FloatArray

    @classmethod
    def about_quantile(cls, y, weights, q):
        """A quantile, and the scale of the quartiles; if that is 0, of the variance."""
        low, center, high = (weighted_quantile(y, weights, k) for k in (0.25, q, 0.75))
        deviation = (high - low) / QUARTILES
        usual = cls.of(y, weights)
        constant = deviation <= ROUNDING * np.abs(center)
        return cls(usual.n, center, np.where(constant, usual.deviation, deviation))

    @classmethod
    def of(cls, y, weights):
        """Mean and deviation of targets (n, n_outputs), float64, with weights (n,)."""
        unit, weights = power_of_two(y, axis=0), weights / power_of_two(weights)
        y = y / unit
        mean = np.average(y, axis=0, weights=weights)
        difference = y - mean
        rest = np.average(difference, axis=0, weights=weights)  # that rounding has left
        mean, difference = mean + rest, difference - rest
        inner = power_of_two(difference, axis=0)
        variance = np.average((difference / inner) ** 2, axis=0, weights=weights)
        return cls(len(y), mean * unit, np.sqrt(variance) * inner * unit)

    def merged(self, other):
        """Those of both sets together."""
        f = other.n / (self.n + other.n)
        shift = other.mean - self.mean
        unit = power_of_two([self.deviation, other.deviation, shift], axis=0)
        old, new, d = self.deviation / unit, other.deviation / unit, shift / unit
        variance = old**2 + f * (new**2 - old**2) + f * (1 - f) * d**2
        deviation = np.where(
            (d == 0) & (new == old), self.deviation, np.sqrt(variance) * unit
        )
        return Moments(self.n + other.n, self.mean + f * shift, deviation)

    @property
    def scale(self):
        """By what targets are divided. A constant that is not tiny has the scale 1."""
        size = np.abs(self.mean)
        tiny = (size > 0) & (size < SMALLEST_UNIT)
        constant = self.deviation <= ROUNDING * size
        return np.where(constant, np.where(tiny, size, 1.0), self.deviation)


def weighted_quantile(y, weights, q):
    """The least value of each column that has the fraction q of the weight up to it."""
    order = np.argsort(y, axis=0)
    reached = np.cumsum((weights / power_of_two(weights))[order], axis=0)
    first = (reached >= (q - A_LITTLE) * reached[-1]).argmax(axis=0)
    columns = np.arange(y.shape[1])
    return y[order[first, columns], columns]
