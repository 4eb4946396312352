"""Targets that are numbers, one row a sequence or a step: units, losses, scores."""

from dataclasses import replace

import numpy as np

from .. import _parameters as p
from .._messages import brief
from ..sequences import comparable, flat, with_flat
from ._moments import Moments
from ._target_losses import NUMBER_LOSSES

LARGEST_TARGET = 1e300


class NumberTargets:
    """For an estimator with the parameters ``loss`` and ``quantile``.

    Checked targets are float64 of shape (n, n_outputs), one row for each entry of the
    weights, in the units of y.
    """

    @property
    def _target_loss(self):
        return NUMBER_LOSSES[self.loss](self.quantile)

    def _loss(self):
        return self._target_loss.network_loss

    def _n_outputs(self):
        return self._n_targets

    @property
    def _default_scoring(self):
        return "r2" if self.loss == "squared_error" else None

    def _make_architecture(self, X):
        if self.loss != "quantile" and self.quantile != 0.5:
            p.warn_user(
                f"quantile={self.quantile} does nothing: it concerns loss='quantile' "
                f"only, and loss is {brief(self.loss)}."
            )
        return super()._make_architecture(X)

    def _check_numbers(self, y, name, place, *, reset):
        """Raise an error for targets (n, n_outputs) that cannot be fitted or scored."""
        beyond = np.flatnonzero((np.abs(y) > LARGEST_TARGET).any(axis=1))
        if len(beyond):
            i = beyond[0]
            raise ValueError(
                f"{place(i)} is {brief(y[i].tolist())}: targets must not be larger "
                f"than {LARGEST_TARGET:g}, so that predictions are floats. Divide "
                f"{name} by a constant."
            )
        if reset:
            self._n_targets = y.shape[1]
        elif y.shape[1] != self._n_targets:
            raise ValueError(
                f"{name} has {y.shape[1]} outputs, but the regressor was fitted with "
                f"{self._n_targets}."
            )
        self._target_loss.check(y, name, place)

    # -- units -------------------------------------------------------------------------

    def _encode(self, data, dtype, *, reset, partial):
        """Targets in units of center and scale of all that was trained on."""
        moments = self._target_loss.moments(*_counted(data.y, data.weights))
        if partial and not reset:
            moments = Moments(*self._moments).merged(moments)
        units = self._target_loss.units(moments)
        if not reset:
            self._change_units(units)
        self._moments = moments.n, moments.mean, moments.deviation
        self.y_mean_, self.y_scale_ = units
        counts = flat(data.weights)[:, None] > 0  # nothing times infinity is no number
        y = with_flat(data.y, np.where(counts, flat(data.y), self.y_mean_))
        return replace(data, y=self._encode_y(y, dtype))

    def _encode_y(self, y, dtype):
        return with_flat(y, ((flat(y) - self.y_mean_) / self.y_scale_).astype(dtype))

    def _change_units(self, units):
        """Let all weights predict the same when center and scale are others."""
        mean, scale = units
        if (mean == self.y_mean_).all() and (scale == self.y_scale_).all():
            return
        self.theta_ = self._theta_in_units_of(self.theta_, units)
        average = self._state and self._state["average"]
        if average:
            changed = {
                name: self._theta_in_units_of(average[name], units)
                for name in ("theta", "average")
            }
            self._state = {**self._state, "average": {**average, **changed}}

    def _theta_in_units_of(self, theta, units):
        theta = theta.copy()
        output = self._network.layout.views(theta)
        W, b = output["output.W"], output["output.b"]
        with np.errstate(over="ignore", invalid="ignore"):
            self._target_loss.rebase(W, b, (self.y_mean_, self.y_scale_), units)
        if not (np.isfinite(W).all() and np.isfinite(b).all()):
            W[:], b[:] = 0, 0  # what was learnt has no size in the new unit
        return theta

    def _in_units(self, scores):
        """Predictions in the units of y: float64, which those may need."""
        return self._target_loss.numbers(scores, self.y_mean_, self.y_scale_)

    def _output_of(self, scores):
        y = self._in_units(scores)
        return y[:, 0] if self._y_is_flat else y

    # -- scores ------------------------------------------------------------------------

    def _validation_score(self, scores, y, weights):
        """The score; where a column of targets is constant, minus the mean error."""
        predicted = self._in_units(flat(scores))[flat(weights) > 0]
        y, weights = _counted(y, weights)
        y, predicted, weights = comparable(y, predicted, weights)
        with np.errstate(over="ignore"):
            if (y == y[0]).all(axis=0).any():  # there is none
                return -self._target_loss.error(y, predicted, weights)
            return self._target_loss.score(y, predicted, weights)

    def _score_of(self, predicted, y, weights):
        """The score of predictions (n, n_outputs); weights of None are alike."""
        if weights is not None:
            kept = weights > 0  # nothing times infinity is no number
            y, predicted, weights = y[kept], predicted[kept], weights[kept]
        y, predicted, weights = comparable(y, predicted, weights)
        with np.errstate(over="ignore"):
            return float(self._target_loss.score(y, predicted, weights))


def _counted(y, weights):
    """Rows and weights of what counts, as arrays."""
    weights = flat(weights)
    return flat(y)[weights > 0], weights[weights > 0]
