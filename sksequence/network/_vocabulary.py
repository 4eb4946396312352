"""Softmax over a vocabulary, without ever holding the scores of all rows at once.

::

    p = softmax(H W + b),    loss = - sum_rows w log p[token]

The scores of n_rows steps over n_tokens tokens are by far the largest array of a
language model. Rows are worked through in chunks: the scores of one chunk, its loss and
its gradients, then the next.
"""

import numpy as np

from ._layers import Dense
from ._losses import SoftmaxLoss

CHUNK = 2**21  # scores held at once: 8 MB in float32


class VocabularySoftmax(Dense):
    """The output of a language model: log probabilities of the next token.

    Parameters
    ----------
    n_in, n_tokens : int
    tied : bool, default=False
        Whether W is the embedding turned round, which then is not a parameter here:
        ``params`` and ``grads`` must be given a W [1]_.

    References
    ----------
    .. [1] Press & Wolf, "Using the output embedding to improve language models", EACL
       2017.
    """

    def __init__(self, n_in, n_tokens, tied=False):
        super().__init__(n_in, n_tokens)
        self.tied = tied

    def shapes(self):
        shapes = super().shapes()
        return {"b": shapes["b"]} if self.tied else shapes

    def init(self, params, rng):
        if self.tied:
            params["b"][:] = 0
        else:
            super().init(params, rng)

    def chunks(self, n_rows):
        """Slices of rows whose scores fit."""
        size = max(1, CHUNK // self.n_out)
        return [slice(start, start + size) for start in range(0, n_rows, size)]

    def scores(self, params, H):
        """Scores of the tokens after each row, shape (n_rows, n_tokens)."""
        Z = H @ params["W"]
        Z += params["b"]
        return Z

    def log_likelihood(self, params, H, tokens):
        """Log probability of one token after each row, shape (n_rows,)."""
        found = np.empty(len(H), H.dtype)
        for rows in self.chunks(len(H)):
            log_p = SoftmaxLoss.log_predict(self.scores(params, H[rows]))
            found[rows] = log_p[np.arange(len(log_p)), tokens[rows]]
        return found

    def value_and_gradient(self, params, grads, H, tokens, weights):
        """The weighted mean of minus the log likelihood.

        Parameters
        ----------
        params, grads : dict of str -> ndarray
            The gradients of W and b are added to the latter.
        H : ndarray of shape (n_rows, n_in)
        tokens : ndarray of int, shape (n_rows,)
        weights : ndarray of shape (n_rows,)

        Returns
        -------
        loss : float
        dH : ndarray of shape (n_rows, n_in)
        """
        loss, total = 0.0, weights.sum()
        dH = np.empty_like(H)
        for rows in self.chunks(len(H)):
            h = H[rows]
            value, dZ = SoftmaxLoss.value_and_gradient(
                self.scores(params, h), tokens[rows], weights[rows]
            )
            share = weights[rows].sum() / total  # of the chunk in the mean
            loss += value * share
            dZ *= share
            grads["W"] += h.T @ dZ
            grads["b"] += dZ.sum(axis=0)
            dH[rows] = dZ @ params["W"].T
        return loss, dH
