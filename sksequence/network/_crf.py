"""Linear-chain conditional random field: labels that depend on their neighbors.

With scores e of the labels at each step, and transitions A between labels (one more row
and column, K, stands for the boundary: A[K, j] begins a sequence, A[i, K] ends one):

::

    score(y)      = A[K, y_0] + sum_t e_t[y_t] + sum_t A[y_t-1, y_t] + A[y_last, K]
    p(y)          = exp(score(y)) / Z
    beta_last[i]  = A[i, K]
    beta_t[i]     = log sum_j exp(A[i, j] + e_t+1[j] + beta_t+1[j])
    log Z         = log sum_j exp(A[K, j] + e_0[j] + beta_0[j])
    p(j | i)      = exp(A[i, j] + e_t[j] + beta_t[j] - beta_t-1[i])
    loss          = - sum_t w_t log p(y_t | y_t-1)

p(j | i) is exact: the probability of label j at step t, given label i before it and the
whole input. Their product over the steps is p(y), so a weight of each step is a weight
of its factor, and equal weights w give w times the log-likelihood.

A step of weight zero has no label: all that it may have are summed over. So a factor is
p(y_t | y_s), where s is the last step before t that has one (``Bridges``), and the
product of all of them the probability of the labels that there are.

.. [1] Lafferty, McCallum & Pereira, "Conditional random fields: probabilistic models
   for segmenting and labeling sequence data", ICML 2001.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .._typing import FloatArray, Grads, IntArray, Params, Shapes
from ..sequences import Steps
from ._batch import Batch
from ._chain_sums import Bridges, Messages, log_marginals
from ._heads import LinearHead
from ._viterbi import viterbi


class CRFHead(LinearHead):
    """Scores of the labels at each step, and transitions between neighbors.

    Parameters
    ----------
    n_in, n_labels : int
    forbidden : sequence of (int, int), default=()
        See ``LinearChain``.

    Examples
    --------
    >>> import numpy as np
    >>> from sksequence.network import Batch, CRFHead
    >>> from sksequence.sequences import Steps
    >>> head = CRFHead(1, 2)
    >>> params = {name: np.zeros(shape) for name, shape in head.shapes().items()}
    >>> grads = {name: np.zeros_like(values) for name, values in params.items()}
    >>> H, steps = np.zeros((3, 1)), Steps([2, 1])
    >>> batch = Batch(H, steps, np.array([0, 1, 1]), np.ones(3))
    >>> loss, dH = head.loss(params, grads, H, batch)
    >>> np.allclose(loss, 3 * np.log(2)), dH.shape  # all labels are alike
    (True, (3, 1))
    """

    def __init__(
        self, n_in: int, n_labels: int, forbidden: Sequence[tuple[int, int]] = ()
    ) -> None:
        super().__init__(n_in, n_labels, "softmax")
        self.chain = LinearChain(n_labels, forbidden)

    def shapes(self) -> Shapes:
        return {**super().shapes(), **self.chain.shapes()}

    def init(self, params: Params, rng: np.random.RandomState) -> None:
        """As a linear layer; A zero: at first every label may follow every other."""
        super().init(params, rng)
        params["A"][:] = 0

    def loss_of_scores(
        self, params: Params, grads: Grads, scores: FloatArray, batch: Batch
    ) -> tuple[float, FloatArray]:
        loss, (dscores, dA) = self.chain.value_and_gradient(
            params, scores, batch.steps, batch.targets, batch.weights
        )
        grads["A"] += dA
        return loss, dscores


class LinearChain:
    """The transitions between labels, and what follows from them.

    Parameters
    ----------
    n_labels : int
    forbidden : sequence of (int, int), default=()
        Pairs of labels that never follow one another; ``n_labels`` is the boundary.
    trained : bool, default=True
        False: no parameters, all allowed transitions score 0.

    Examples
    --------
    Two labels at three steps, of which 1 must not follow 0:

    >>> import numpy as np
    >>> from sksequence.network import LinearChain
    >>> from sksequence.sequences import Steps
    >>> chain, params = LinearChain(2, forbidden=[(0, 1)]), {"A": np.zeros((3, 3))}
    >>> scores = np.array([[1.0, 0.0], [0.0, 2.0], [0.0, 0.0]])
    >>> labels, score = chain.best(params, scores, Steps([3]))
    >>> labels, score
    (array([[1, 1, 0]]), array([[2.]]))
    >>> chain.marginals(params, scores, Steps([3])).round(2)
    array([[0.15, 0.85],
           [0.2 , 0.8 ],
           [0.6 , 0.4 ]])
    """

    def __init__(
        self,
        n_labels: int,
        forbidden: Sequence[tuple[int, int]] = (),
        trained: bool = True,
    ) -> None:
        self.n_labels, self.trained = n_labels, trained
        self.forbidden = np.zeros((n_labels + 1, n_labels + 1), dtype=bool)
        if len(forbidden):
            self.forbidden[tuple(np.transpose(forbidden))] = True

    def shapes(self) -> Shapes:
        """Shapes of the parameters, dict of str -> tuple of int."""
        size = self.n_labels + 1
        return {"A": (size, size)} if self.trained else {}

    def transitions(self, params: Params) -> FloatArray:
        """A of shape (n_labels + 1, n_labels + 1), -inf where forbidden."""
        if not self.trained:
            return np.where(self.forbidden, -np.inf, 0.0)
        A = params["A"]
        A = A.astype(np.result_type(A, np.float64))
        A[self.forbidden] = -np.inf
        return A

    def value_and_gradient(
        self,
        params: Params,
        scores: FloatArray,
        steps: Steps,
        labels: IntArray,
        weights: FloatArray,
    ) -> tuple[float, tuple[FloatArray, FloatArray]]:
        """The weighted sum over the rows of - log p(y_t | y_t-1), and its gradients.

        Parameters
        ----------
        params : dict of str -> ndarray
        scores : ndarray of shape (n_rows, n_labels)
        steps : Steps
        labels : ndarray of int, shape (n_rows,)
            What they are at steps of weight zero does not matter.
        weights : ndarray of shape (n_rows,)

        Returns
        -------
        loss : float
        gradient : (ndarray of shape (n_rows, n_labels), ndarray like A)
        """
        n, K = steps.n_sequences, self.n_labels
        A = self.transitions(params)
        messages = Messages(A, scores, steps)
        dtype = np.result_type(scores, params["A"])
        if not weights.all():
            bridges = Bridges(A, messages, labels, weights > 0)
            loss, dscores, dA = bridges.value_and_gradient(weights)
            return loss, (dscores.astype(dtype), dA.astype(dtype))
        rows = np.arange(steps.n_rows)
        before = labels[np.maximum(steps.previous - n, 0)]
        before[:n] = K
        # beta of the label before each row; before the first row it is log Z.
        beta = messages.beta[rows, labels]
        beta_before = beta[np.maximum(steps.previous - n, 0)]
        beta_before[:n] = messages.log_z
        log_p = A[before, labels] + messages.scores[rows, labels] + beta - beta_before
        loss = -(weights * log_p).sum()

        dbeta = np.zeros_like(messages.beta)
        dbeta[rows, labels] = -weights
        np.add.at(dbeta, (steps.previous[n:] - n, before[n:]), weights[n:])
        dscores, dA = messages.backward(weights[:n], dbeta)
        dscores[rows, labels] -= weights
        np.subtract.at(dA, (before, labels), weights)
        return loss, (dscores.astype(dtype), dA.astype(dtype))

    def log_z(self, params: Params, scores: FloatArray, steps: Steps) -> FloatArray:
        """Log of the sum over all labelings, shape (n_sequences,)."""
        return Messages(self.transitions(params), scores, steps).log_z

    def marginals(self, params: Params, scores: FloatArray, steps: Steps) -> FloatArray:
        """p(y_t = j) of each row, shape (n_rows, n_labels), float64."""
        messages = Messages(self.transitions(params), scores, steps)
        with np.errstate(divide="ignore", invalid="ignore"):  # NaN if none is allowed
            return messages.backward(np.ones(steps.n_sequences))[0]

    def log_marginals(
        self, params: Params, scores: FloatArray, steps: Steps
    ) -> FloatArray:
        """log p(y_t = j) of each row, (n_rows, n_labels), where p rounds to 0 too."""
        return log_marginals(self.transitions(params), scores, steps)

    def log_likelihood(
        self, params: Params, scores: FloatArray, steps: Steps, labels: IntArray
    ) -> FloatArray:
        """log p(y) of one labeling of each sequence, shape (n_sequences,).

        Parameters
        ----------
        params : dict of str -> ndarray
        scores : ndarray of shape (n_rows, n_labels)
        steps : Steps
        labels : ndarray of int, shape (n_rows,)
            Negative where there is none: all that there may be are summed over.
        """
        n, K = steps.n_sequences, self.n_labels
        A = self.transitions(params)
        if (labels < 0).any():
            others = (labels >= 0)[:, None] & (labels[:, None] != np.arange(K))
            held = np.where(others, -np.inf, scores)
            log_z = self.log_z(params, scores, steps)
            with np.errstate(invalid="ignore"):  # where nothing is allowed
                return Messages(A, held, steps).log_z - log_z
        before = labels[np.maximum(steps.previous - n, 0)]
        before[:n] = K
        terms = scores[np.arange(steps.n_rows), labels] + A[before, labels]
        score = A[labels[steps.last], K]
        np.add.at(score, steps.sequence_of_row, terms)
        with np.errstate(invalid="ignore"):  # where nothing is allowed
            return score - self.log_z(params, scores, steps)

    def best(
        self, params: Params, scores: FloatArray, steps: Steps, n_best: int = 1
    ) -> tuple[IntArray, FloatArray]:
        """The labelings of highest score (Viterbi).

        Returns
        -------
        labels : ndarray of int, shape (n_best, n_rows)
        score : ndarray of shape (n_best, n_sequences)
            Decreasing; -inf where there are fewer labelings (or none is allowed).
        """
        return viterbi(self.transitions(params), scores, steps, n_best)
