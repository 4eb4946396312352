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
from itertools import pairwise

import numpy as np

from .._typing import FloatArray, Grads, IntArray, Params, Shapes
from ..sequences import Steps
from ._batch import Batch
from ._heads import LinearHead

CHUNK = 2**20  # terms of sums of exponentials held at once


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


class Messages:
    """Backward messages: of each label at each step, the sum over what may follow.

    The sums are products with exp(A), in float64: they lose nothing as long as the
    scores of a step, or of a transition, differ by less than 700.

    Parameters
    ----------
    A : ndarray of shape (n_labels + 1, n_labels + 1)
    scores : ndarray of shape (n_rows, n_labels)
    steps : Steps

    Attributes
    ----------
    beta : ndarray of shape (n_rows, n_labels)
    log_z : ndarray of shape (n_sequences,)
    """

    def __init__(self, A, scores, steps):
        self.steps = steps
        self.scores = scores.astype(np.result_type(scores, A))
        highest = max(A.real.ravel()[:-1].max(), -700)  # the corner is not used
        self.highest = highest
        exp_A = np.exp(A - highest)
        self.between, self.begin = exp_A[:-1, :-1].copy(), exp_A[-1, :-1]
        self.beta = beta = np.empty_like(self.scores)
        self.u = u = np.empty_like(beta)  # exp(e + beta) of each row, scaled
        self.sums = sums = np.empty_like(beta)  # of u over what may follow
        with np.errstate(divide="ignore"):  # log 0 = -inf: nothing may follow
            n_next = 0
            for start, stop in zip(steps.starts[-2::-1], steps.starts[:0:-1]):
                beta[start + n_next : stop] = A[:-1, -1]
                if n_next:
                    s = sums[start : start + n_next]
                    np.matmul(u[stop : stop + n_next], self.between.T, out=s)
                    scale += highest  # noqa: F821 (of the step before)
                    np.add(np.log(s), scale, out=beta[start : start + n_next])
                total = self.scores[start:stop] + beta[start:stop]
                scale = total.real.max(axis=1, keepdims=True)
                scale[scale == -np.inf] = 0
                np.exp(total - scale, out=u[start:stop])
                n_next = stop - start
            self.total = u[:n_next] @ self.begin
            self.log_z = np.log(self.total) + scale[:, 0] + highest

    def backward(self, dlog_z, dbeta=None):
        """Gradients of the scores and of A, given those of log Z and beta.

        With ``dlog_z`` one and ``dbeta`` None, the first are the marginals.

        Parameters
        ----------
        dlog_z : ndarray of shape (n_sequences,)
        dbeta : ndarray of shape (n_rows, n_labels), default=None
            None: zeros.

        Returns
        -------
        dscores : ndarray of shape (n_rows, n_labels)
        dA : ndarray like A
        """
        u, sums, steps = self.u, self.sums, self.steps
        n, n_labels = steps.n_sequences, u.shape[1]
        dscores = np.empty_like(u)
        passed = np.zeros((steps.n_rows - n, n_labels), u.dtype)  # on to the next row
        dA = np.zeros((n_labels + 1, n_labels + 1), u.dtype)
        dtotal = dlog_z / self.total
        dscores[:n] = u[:n] * self.begin * dtotal[:, None]
        dA[-1, :-1] = dscores[:n].sum(axis=0)
        for start, stop, after in zip(
            steps.starts[:-1], steps.starts[1:], [*steps.starts[2:], steps.n_rows]
        ):
            d = dscores[start:stop]
            if dbeta is not None:
                d = d + dbeta[start:stop]
            n_next = after - stop
            dA[:-1, -1] += d[n_next:].sum(axis=0)
            if n_next:
                p, s = passed[stop - n : after - n], sums[start : start + n_next]
                np.divide(d[:n_next], s, out=p, where=s != 0)
                np.matmul(p, self.between, out=dscores[stop:after])
                dscores[stop:after] *= u[stop:after]
        dA[:-1, :-1] = self.between * (passed.T @ u[n:])
        return dscores, dA


class Bridges:
    """Forward messages that begin anew at each step that has a label.

    ::

        f_t[j] = e_t[j] + log sum_i m_t-1[i] exp(A[i, j]),    f_0[j] = e_0[j] + A[K, j]
        m_t    = exp(f_t), or at a step with a label: 1 at that label, else 0
        log p(y_t | y_s) = f_t[y_t] + beta_t[y_t] - beta_s[y_s]

    s is the last step with a label before t; before the first, log Z stands for beta.

    Parameters
    ----------
    A : ndarray of shape (n_labels + 1, n_labels + 1)
    messages : Messages
    labels : ndarray of int, shape (n_rows,)
    has_label : ndarray of bool, shape (n_rows,)
    """

    def __init__(self, A, messages, labels, has_label):
        self.messages, self.labels, self.has_label = messages, labels, has_label
        steps, scores = messages.steps, messages.scores
        n = steps.n_sequences
        self.f = f = np.empty_like(scores)
        self.m = np.empty_like(scores[n:])  # of the row before each
        self.sums = np.empty_like(scores[n:])
        self.last = np.full(steps.n_rows, -1)  # row with a label before each
        spans = list(zip(steps.starts[:-1], steps.starts[1:], strict=True))
        # (rows of a step that go on, rows of the next)
        self.pairs = [
            (slice(start, start + stop - first), slice(first, stop))
            for (start, _), (first, stop) in pairwise(spans)
        ]
        f[:n] = scores[:n] + A[-1, :-1]
        for before, after in self.pairs:
            m = self.m[after.start - n : after.stop - n]
            sums = self.sums[after.start - n : after.stop - n]
            begins = np.flatnonzero(has_label[before])
            rows = np.arange(before.start, before.stop)
            self.last[after] = np.where(has_label[before], rows, self.last[before])
            scale = f[before].real.max(axis=1, keepdims=True)
            scale[scale == -np.inf] = 0
            np.exp(f[before] - scale, out=m)
            m[begins], scale[begins] = 0, 0
            m[begins, labels[before][begins]] = 1
            np.matmul(m, messages.between, out=sums)
            with np.errstate(divide="ignore"):  # log 0 = -inf: what cannot be
                f[after] = np.log(sums) + (scale + messages.highest) + scores[after]

    def value_and_gradient(self, weights):
        """(loss, dscores, dA), see ``LinearChain.value_and_gradient``."""
        messages, labels = self.messages, self.labels
        steps, beta = messages.steps, messages.beta
        n = steps.n_sequences
        rows = np.flatnonzero(self.has_label)
        w, y, last = weights[rows], labels[rows], self.last[rows]
        of_first, sequence = last < 0, steps.sequence_of_row[rows]
        begins = np.where(of_first, messages.log_z[sequence], beta[last, labels[last]])
        loss = -(w * (self.f[rows, y] + beta[rows, y] - begins)).sum()

        dlog_z = np.zeros(n)
        np.add.at(dlog_z, sequence[of_first], w[of_first])
        dbeta = np.zeros_like(beta)
        dbeta[rows, y] = -w
        last = last[~of_first]
        np.add.at(dbeta, (last, labels[last]), w[~of_first])
        dscores, dA = messages.backward(dlog_z, dbeta)

        df = np.zeros_like(self.f)
        df[rows, y] = -w
        passed = np.zeros_like(self.sums)
        for before, after in reversed(self.pairs):
            now = slice(after.start - n, after.stop - n)
            sums = self.sums[now]
            np.divide(df[after], sums, out=passed[now], where=sums != 0)
            on = np.where(self.has_label[before], 0, 1)[:, None]
            df[before] += on * self.m[now] * (passed[now] @ messages.between.T)
        dA[-1, :-1] += df[:n].sum(axis=0)
        dA[:-1, :-1] += messages.between * (self.m.T @ passed)
        return loss, dscores + df, dA


def log_marginals(A, scores, steps):
    """log p(y_t = j) = alpha_t[j] + beta_t[j] - log Z, all in logarithms.

    ::

        alpha_0[j] = A[K, j] + e_0[j]
        alpha_t[j] = e_t[j] + log sum_i exp(alpha_t-1[i] + A[i, j])

    That is slower than products with exp(A), and loses nothing.

    Parameters
    ----------
    A : ndarray of shape (n_labels + 1, n_labels + 1)
    scores : ndarray of shape (n_rows, n_labels)
    steps : Steps

    Returns
    -------
    log_p : ndarray of shape (n_rows, n_labels), float64
        Not a number where nothing is allowed.
    """
    between, n = A[:-1, :-1], steps.n_sequences
    alpha, beta = scores.astype(np.float64), np.empty(scores.shape)
    alpha[:n] += A[-1, :-1]
    beta[steps.last] = A[:-1, -1]
    spans = list(zip(steps.starts[:-1], steps.starts[1:], strict=True))
    pairs = list(pairwise(spans))  # a step and the next
    for (start, _), (first, stop) in pairs:
        alpha[first:stop] += log_product(alpha[start : start + stop - first], between)
    for (start, _), (first, stop) in reversed(pairs):
        after = scores[first:stop] + beta[first:stop]
        beta[start : start + stop - first] = log_product(after, between.T)
    log_z = np.logaddexp.reduce(alpha[steps.last] + A[:-1, -1], axis=1)
    with np.errstate(invalid="ignore"):
        return alpha + beta - log_z[steps.sequence_of_row, None]


def log_product(x, B):
    """log(exp(x) @ exp(B)), exact however far apart the entries are."""
    found = np.empty((len(x), B.shape[1]))
    size = max(1, CHUNK // x.size)
    for k in range(0, B.shape[1], size):
        part = x[:, :, None] + B[:, k : k + size]
        np.logaddexp.reduce(part, axis=1, out=found[:, k : k + size])
    return found


def viterbi(A, scores, steps, n_best=1):
    """The ``n_best`` labelings of highest score of each sequence [1]_, see ``best``.

    References
    ----------
    .. [1] Forney, "The Viterbi algorithm", Proceedings of the IEEE 61, 1973.
    """
    n, n_labels = steps.n_sequences, scores.shape[1]
    # Best prefixes that end in each label, n_best of each: (rows, labels, n_best).
    best = np.full((steps.n_rows, n_labels, n_best), -np.inf)
    origin = np.zeros((steps.n_rows, n_labels, n_best), dtype=np.intp)
    best[:n, :, 0] = scores[:n] + A[-1, :-1]
    arriving = np.repeat(A[:-1, :-1].T, n_best, axis=1)  # (labels, labels * n_best)
    before = 0
    for start, stop in zip(steps.starts[1:-1], steps.starts[2:]):
        ways = best[before : before + stop - start].reshape(stop - start, 1, -1)
        values, origin[start:stop] = _highest(ways + arriving, n_best)
        np.add(values, scores[start:stop, :, None], out=best[start:stop])
        before = start
    ends = best[steps.last] + A[:-1, -1, None]
    totals, place = _highest(ends.reshape(n, -1), n_best)
    labels = np.empty((n_best, steps.n_rows), dtype=np.intp)
    flat = origin.reshape(steps.n_rows, -1)
    for start, stop in zip(steps.starts[-2::-1], steps.starts[:0:-1]):
        running = place[: stop - start]
        labels[:, start:stop] = running.T // n_best
        if start:
            rows = np.arange(start, stop)[:, None]
            place[: stop - start] = flat[rows, running]
    return labels, totals.T


def _highest(values, n):
    """The n highest along the last axis, decreasing, and where they are."""
    if n == 1:
        place = values.argmax(axis=-1)[..., None]
    else:
        place = np.argsort(-values, axis=-1, kind="stable")[..., :n]
    return np.take_along_axis(values, place, axis=-1), place
