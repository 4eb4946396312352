"""What the losses of numbers mean for targets: their unit, the link, the score.

Inside, targets are in a unit of their own, and the network's scores are predictions in
it, or their logarithms::

    t = (y - center) / scale,    y-hat = center + scale s    or    y-hat = scale exp(s)

Scores begin near zero, and so predictions near the mean, the median, the quantile, or
for loss="poisson" the mean whose logarithm is that of scale.
"""

import numpy as np

from ._moments import Moments

LARGEST_EXPONENT = 700.0  # of what is still a float


class SquaredError:
    """The mean, measured by R2. The quantile is that of the estimator."""

    network_loss = "squared"

    def __init__(self, quantile):
        self.quantile = quantile

    def check(self, y, name, place):
        """Raise an error for targets that the loss does not take.

        Parameters
        ----------
        y : ndarray of shape (n, n_outputs), float64
        name : str
        place : callable
            What errors call a row.
        """

    def moments(self, y, weights):
        """The ``Moments`` of targets (n, n_outputs) with weights (n,)."""
        return Moments.of(y, weights)

    def units(self, moments):
        """Center and scale."""
        return moments.mean, moments.scale

    def numbers(self, scores, center, scale):
        """Predictions in the units of y, float64."""
        return scores * scale + center

    def slopes(self, numbers, scale):
        """The derivatives of ``numbers`` by the scores, from what it gives."""
        return np.broadcast_to(scale, numbers.shape)

    def rebase(self, W, b, old, new):
        """Let weights of the output predict the same in other units, in place."""
        (center, scale), (new_center, new_scale) = old, new
        W *= scale / new_scale
        b *= scale / new_scale
        b += (center - new_center) / new_scale

    def score(self, y, predicted, weights):
        """What ``score`` gives, for targets and predictions (n, n_outputs)."""
        from sklearn.metrics import r2_score  # not at import: it takes long

        return r2_score(y, predicted, sample_weight=weights)

    def error(self, y, predicted, weights):
        """What is watched where targets are constant, for which there is no score."""
        from sklearn.metrics import mean_squared_error

        return mean_squared_error(y, predicted, sample_weight=weights)


class QuantileError(SquaredError):
    """A quantile, measured by D2 of the pinball loss."""

    @property
    def network_loss(self):
        return "quantile", {"quantile": float(self.quantile)}

    def moments(self, y, weights):
        return Moments.about_quantile(y, weights, self.quantile)

    def score(self, y, predicted, weights):
        from sklearn.metrics import d2_pinball_score

        return d2_pinball_score(
            y, predicted, sample_weight=weights, alpha=self.quantile
        )

    def error(self, y, predicted, weights):
        from sklearn.metrics import mean_pinball_loss

        return mean_pinball_loss(
            y, predicted, sample_weight=weights, alpha=self.quantile
        )


class AbsoluteError(QuantileError):
    """The median, measured by D2 of the absolute error, which is that of the median."""

    network_loss = "absolute"

    def __init__(self, quantile):
        super().__init__(0.5)


class HuberError(AbsoluteError):
    """As the absolute error, but smooth."""

    network_loss = "huber"


class PoissonError(SquaredError):
    """The logarithm of the mean, measured by D2 of the Poisson deviance.

    Targets are only divided by their mean, which adds its logarithm to the scores.
    """

    network_loss = "poisson"

    def check(self, y, name, place):
        negative = np.flatnonzero((y < 0).any(axis=1))
        if len(negative):
            i = negative[0]
            raise ValueError(
                f"{place(i)} is {y[i].min():g}: loss='poisson' is for counts and "
                f"rates, which are not negative. {len(negative)} of {len(y)} targets "
                "are below 0."
            )

    def units(self, moments):
        none = np.flatnonzero(moments.mean == 0)
        if len(none):
            which = f"[:, {none[0]}]" if len(moments.mean) > 1 else ""
            raise ValueError(
                f"y{which} is 0 wherever it has weight: loss='poisson' has no "
                "logarithm of its mean to begin with. Train on targets of which one at "
                "least is above 0."
            )
        return np.zeros_like(moments.mean), moments.mean

    def numbers(self, scores, center, scale):
        exponents = np.log(scale) + scores
        return np.exp(np.clip(exponents, -LARGEST_EXPONENT, LARGEST_EXPONENT))

    def slopes(self, numbers, scale):
        return numbers

    def rebase(self, W, b, old, new):
        b += np.log(old[1]) - np.log(new[1])

    def score(self, y, predicted, weights):
        from sklearn.metrics import d2_tweedie_score

        predicted = np.maximum(predicted, np.finfo(np.float64).tiny)

        def d2(t, p):
            if len(t) > 1 and (t == t[0]).all():  # as of the other scores
                return float((t == p).all())
            return d2_tweedie_score(t, p, sample_weight=weights, power=1)

        return np.mean([d2(t, p) for t, p in zip(y.T, predicted.T, strict=True)])

    def error(self, y, predicted, weights):
        from sklearn.metrics import mean_poisson_deviance

        predicted = np.maximum(predicted, np.finfo(np.float64).tiny)
        return np.mean(
            [
                mean_poisson_deviance(t, p, sample_weight=weights)
                for t, p in zip(y.T, predicted.T, strict=True)
            ]
        )


NUMBER_LOSSES = {
    "squared_error": SquaredError,
    "absolute_error": AbsoluteError,
    "huber": HuberError,
    "quantile": QuantileError,
    "poisson": PoissonError,
}
