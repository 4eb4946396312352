"""Sums over all labelings of a chain, and their gradients; equations in ``_crf``.

All of them are made of one operation, y = log(exp(x) @ exp(B)) for rows x of scores of
labels, and its gradient. As a rule exp(x) is scaled by the greatest entry of each row,
so that the operation is a product of matrices. That is exact as long as nothing else
is so small that its exponential vanishes (``FARTHEST``): where some scores of a batch
are farther apart, an impossible label might hide all that is possible, and the terms of
the sum are taken one by one, in logarithms.
"""

from itertools import pairwise

import numpy as np

FARTHEST = 690.0  # exp(-690) has all its digits
CHUNK = 2**20  # terms of sums of exponentials held at once


class ScaledSums:
    """y = log(exp(x) @ exp(B)) for some rows after others, by products of matrices.

    Parameters
    ----------
    B : ndarray of shape (n_labels, n_labels)
    n_rows : int
    dtype : dtype
    """

    def __init__(self, B, n_rows, dtype):
        self.highest = _highest_of(B)
        self.exp_B = np.exp(B - self.highest)
        self.exp_x = np.empty((n_rows, len(B)), dtype)
        self.sums = np.empty_like(self.exp_x)
        self.passed = np.zeros_like(self.exp_x)  # gradients of the sums

    def forward(self, x, rows):
        """y of x, which is some of the rows (a slice)."""
        scale = _highest_of(x, axis=1)
        m, sums = self.exp_x[rows], self.sums[rows]
        np.subtract(x, scale, out=m)
        np.exp(m, out=m)
        np.matmul(m, self.exp_B, out=sums)
        scale += self.highest
        y = np.log(sums)
        y += scale
        return y

    def backward(self, dy, rows):
        """The gradient of x."""
        passed, sums = self.passed[rows], self.sums[rows]
        np.divide(dy, sums, out=passed, where=sums != 0)
        return self.exp_x[rows] * (passed @ self.exp_B.T)

    def gradient(self):
        """Of B, from all rows that went backward."""
        return self.exp_B * (self.exp_x.T @ self.passed)


class LogSums:
    """As ``ScaledSums``, term by term: slower, and exact however far they are apart."""

    def __init__(self, B, n_rows, dtype):
        self.B, self.dB = B, np.zeros(B.shape, dtype)
        self.x = np.empty((n_rows, len(B)), dtype)
        self.y = np.empty_like(self.x)

    def forward(self, x, rows):
        self.x[rows], self.y[rows] = x, log_product(x, self.B)
        return self.y[rows]

    def backward(self, dy, rows):
        x, y = self.x[rows], self.y[rows]
        y = np.where(y.real == -np.inf, np.inf, y)  # of no term
        dx = np.zeros_like(x)
        for part in _columns(x, self.B):
            terms = x[:, :, None] + self.B[:, part]
            terms -= y[:, None, part]
            np.exp(terms, out=terms)  # how much of each sum a term is
            terms *= dy[:, None, part]
            dx += terms.sum(axis=2)
            self.dB[:, part] += terms.sum(axis=0)
        return dx

    def gradient(self):
        return self.dB


class Messages:
    """Backward messages: of each label at each step, the sum over what may follow.

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
        self.A, self.steps, self.pairs = A, steps, pairs_of(steps)
        self.scores = scores.astype(np.result_type(scores, A))
        self.beta = np.empty_like(self.scores)
        self._sum(ScaledSums)
        if _far_apart(self.scores + self.beta, A):
            self._sum(LogSums)

    def _sum(self, kind):
        scores, beta, steps = self.scores, self.beta, self.steps
        n = steps.n_sequences
        self.sums = kind(self.A[:-1, :-1].T, steps.n_rows - n, scores.dtype)
        beta[steps.last] = self.A[:-1, -1]
        with np.errstate(divide="ignore"):  # log 0 = -inf: nothing may follow
            for before, after in reversed(self.pairs):
                beta[before] = self.sums.forward(
                    scores[after] + beta[after], _from(after, n)
                )
            begun = scores[:n] + beta[:n] + self.A[-1, :-1]
            scale = _highest_of(begun, axis=1)
            terms = np.exp(begun - scale)
            total = terms.sum(axis=1)
            self.log_z = np.log(total) + scale[:, 0]
        with np.errstate(divide="ignore", invalid="ignore"):  # if none is allowed
            self.first = terms / total[:, None]  # p(y_0 = j)

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
        steps, n = self.steps, self.steps.n_sequences
        dscores = np.empty_like(self.scores)
        dA = np.zeros(self.A.shape, dscores.dtype)
        dscores[:n] = self.first * dlog_z[:, None]
        dA[-1, :-1] = dscores[:n].sum(axis=0)
        for before, after in self.pairs:
            d = dscores[before]
            if dbeta is not None:
                d = d + dbeta[before]
            dscores[after] = self.sums.backward(d, _from(after, n))
        ends = dscores[steps.last]
        if dbeta is not None:
            ends = ends + dbeta[steps.last]
        dA[:-1, -1] = ends.sum(axis=0)
        dA[:-1, :-1] = self.sums.gradient().T
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
        self.A, self.messages = A, messages
        self.labels, self.has_label = labels, has_label
        self.pairs = messages.pairs
        self.last = np.full(messages.steps.n_rows, -1)  # row with a label before each
        for before, after in self.pairs:
            rows = np.arange(before.start, before.stop)
            self.last[after] = np.where(has_label[before], rows, self.last[before])
        self.f = np.empty_like(messages.scores)
        self._sum(ScaledSums)
        if _far_apart(self.f, A):
            self._sum(LogSums)

    def _sum(self, kind):
        f, scores, n = self.f, self.messages.scores, self.messages.steps.n_sequences
        self.sums = kind(self.A[:-1, :-1], len(f) - n, f.dtype)
        f[:n] = scores[:n] + self.A[-1, :-1]
        with np.errstate(divide="ignore"):  # log 0 = -inf: what cannot be
            for before, after in self.pairs:
                log_m = f[before].copy()
                begins = np.flatnonzero(self.has_label[before])
                log_m[begins] = -np.inf
                log_m[begins, self.labels[before][begins]] = 0
                f[after] = self.sums.forward(log_m, _from(after, n)) + scores[after]

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
        for before, after in reversed(self.pairs):
            on = np.where(self.has_label[before], 0, 1)[:, None]
            df[before] += on * self.sums.backward(df[after], _from(after, n))
        dA[-1, :-1] += df[:n].sum(axis=0)
        dA[:-1, :-1] += self.sums.gradient()
        return loss, dscores + df, dA


def log_marginals(A, scores, steps):
    """log p(y_t = j) = f_t[j] + beta_t[j] - log Z, where no step has a label.

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
    messages = Messages(A, scores, steps)
    no_labels = np.zeros(steps.n_rows, dtype=np.intp)
    f = Bridges(A, messages, no_labels, no_labels > 0).f
    with np.errstate(invalid="ignore"):
        return f + messages.beta - messages.log_z[steps.sequence_of_row, None]


def log_product(x, B):
    """log(exp(x) @ exp(B)), exact however far apart the entries are."""
    found = np.empty((len(x), B.shape[1]), np.result_type(x, B))
    with np.errstate(divide="ignore"):
        for part in _columns(x, B):
            terms = x[:, :, None] + B[:, part]
            scale = _highest_of(terms, axis=1)
            np.exp(terms - scale, out=terms)
            found[:, part] = np.log(terms.sum(axis=1)) + scale[:, 0]
    return found


def pairs_of(steps):
    """(rows of a step that go on, rows of the next) for each step but the last."""
    spans = list(zip(steps.starts[:-1], steps.starts[1:], strict=True))
    return [
        (slice(start, start + stop - first), slice(first, stop))
        for (start, _), (first, stop) in pairwise(spans)
    ]


def _from(rows, n):
    """Rows counted from the n-th on: the first step follows nothing."""
    return slice(rows.start - n, rows.stop - n)


def _columns(x, B):
    """Some columns of B at a time, for which there is room beside x."""
    size = max(1, CHUNK // x.size)
    return [slice(k, k + size) for k in range(0, B.shape[1], size)]


def _highest_of(values, axis=None):
    """The greatest, with the axis kept; 0 in place of -inf."""
    highest = np.array(values.real.max(axis=axis, keepdims=axis is not None))
    highest[highest == -np.inf] = 0
    return highest


def _far_apart(x, A):
    """Whether entries of one row, or of A, differ by too much for ``ScaledSums``."""
    x = x.real
    lowest = x.min(axis=1)
    if lowest.min() == -np.inf:
        lowest = np.where(x == -np.inf, np.inf, x).min(axis=1)
    between = (x.max(axis=1) - lowest).max()  # -inf where a row holds nothing
    A = A.real.ravel()[:-1]  # the corner is not used
    A = A[np.isfinite(A)]
    return between + np.ptp(A) > FARTHEST if len(A) else False
