"""The one number of each sequence that is explained, and its gradient.

::

    softmax   log p_k = s_k - log sum_j exp(s_j)     d log p_k / d s_j = [j = k] - p_j
    sigmoid   log p   = - log(1 + exp(-s))           d log p / d s     = 1 - p
    numbers   y-hat, in the units of y               its slope
    CRF       log of the marginal p(y_t = k)         from the gradient of the CRF's loss
"""

import numpy as np

from ..network import LOSSES, Batch

SCORES = 2**21  # of a large vocabulary, held at once


class OneOutput:
    """One entry of what a head makes of its scores, of one row a sequence.

    Parameters
    ----------
    head : Head
    params : dict of str -> ndarray
        Of the head, float64.
    function : callable
        (scores, which) -> (values, gradient of the scores), row by row.
    which : ndarray of int, shape (n_sequences,)
        Which entry.
    step : ndarray of int, shape (n_sequences,), or None
        Which step. None: the head sees one row a sequence.
    """

    def __init__(self, head, params, function, which, step=None):
        self.head, self.params, self.function = head, params, function
        self.which, self.step = which, step
        self.grads = {name: np.zeros_like(a) for name, a in params.items()}

    def __call__(self, H, steps, order):
        """Values of some sequences, and the gradient of what the head sees.

        Parameters
        ----------
        H : ndarray of shape (n_rows or n_batch, n_units)
        steps : Steps
        order : ndarray of int, shape (n_batch,)
            Which sequences, as they are packed.

        Returns
        -------
        values : ndarray of shape (n_batch,)
        dH : ndarray like H
        """
        rows, dH = self._rows(steps, order), np.zeros_like(H)
        values = np.empty(len(order))
        size = max(1, SCORES // len(self.params.get("b", [0])))
        for start in range(0, len(order), size):
            some = slice(start, start + size)
            scores, tape = self.head.forward(self.params, H[rows[some]], steps)
            values[some], d = self.function(scores, self.which[order[some]])
            dH[rows[some]] = self.head.backward(self.params, self.grads, d, tape)
        return values, dH

    def _rows(self, steps, order):
        if self.step is None:
            return np.arange(len(order))
        return np.take(steps.starts, self.step[order]) + np.arange(len(order))


class OneMarginal(OneOutput):
    """Log of the marginal of one label at one step, of a CRF."""

    def __call__(self, H, steps, order):
        chain, params = self.head.chain, self.params
        scores, tape = self.head.forward(params, H, steps)
        rows, which = self._rows(steps, order), self.which[order]
        labels = np.full(len(H), -1)
        labels[rows] = which
        values = chain.log_likelihood(params, scores, steps, labels)
        weights = np.zeros(len(H))
        weights[rows] = 1
        batch = Batch(None, steps, np.maximum(labels, 0), weights)
        _, d = self.head.loss_of_scores(params, self.grads, scores, batch)
        return values, self.head.backward(params, self.grads, -d, tape)


def log_softmax(scores, which):
    """log p of one label a row."""
    rows, log_p = np.arange(len(scores)), LOSSES["softmax"].log_predict(scores)
    gradient = -np.exp(log_p)
    gradient[rows, which] += 1
    return log_p[rows, which], gradient


def log_sigmoid(scores, which):
    """log p of a 1 in one column a row."""
    return _of_one_column(scores, which, 1.0)


def log_binary(scores, which):
    """log p of one of two labels a row, of which the only score is that of the last."""
    return _of_one_column(scores, np.zeros_like(which), np.where(which > 0, 1.0, -1.0))


def _of_one_column(scores, column, sign):
    rows, gradient = np.arange(len(scores)), np.zeros_like(scores)
    values = LOSSES["sigmoid"].log_predict(sign * scores[rows, column])
    gradient[rows, column] = -sign * np.expm1(values)
    return values, gradient


class Predicted:
    """One column of the numbers of a regressor, in the units of y."""

    def __init__(self, regressor):
        self.loss = regressor._target_loss
        self.units = regressor.y_mean_, regressor.y_scale_

    def __call__(self, scores, which):
        rows, gradient = np.arange(len(scores)), np.zeros_like(scores)
        values = self.loss.numbers(scores, *self.units)
        slopes = self.loss.slopes(values, self.units[1])
        gradient[rows, which] = slopes[rows, which]
        return values[rows, which], gradient
