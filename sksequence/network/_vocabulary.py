"""Softmax over a vocabulary, without ever holding the scores of all rows at once.

::

    s = H W^T + b,    p = softmax(s),    loss = - sum_rows w log p[token]

The scores of n_rows steps over n_tokens tokens are by far the largest array of a
language model. Rows are processed in chunks: the scores of one chunk, its loss and its
gradients, then the next.

With label smoothing [3]_, a fraction e of each row's target is spread over all tokens:
the loss is then - sum w ((1 - e) log p[token] + e mean_k log p[k]).

A large vocabulary is *sampled* in training [1]_ [2]_. A few tokens are drawn from a
noise distribution, each being among them with probability c, and each row chooses
between its own token and those::

    s'[k] = s[k] - log c[k],   k in {token} and drawn,    loss = - sum w log softmax(s')

Without the correction frequent tokens, which are drawn often, would seem unlikely. With
it, softmax(s') is P(token k | one of these) for every draw, and so s is trained as the
scores of the softmax over all tokens, which gives the predicted probabilities. The cost
of a step does not depend on the number of tokens: gradients are those of rows of W.

.. [1] Bengio & Senécal, "Adaptive importance sampling to accelerate training of a
   neural probabilistic language model", IEEE Transactions on Neural Networks 19, 2008.
.. [2] Jean et al., "On using very large target vocabulary for neural machine
   translation", ACL 2015.
.. [3] Szegedy et al., "Rethinking the Inception architecture for computer vision",
   CVPR 2016.
"""

from __future__ import annotations

from concurrent.futures import Executor
from types import SimpleNamespace
from typing import Any, Unpack

import numpy as np
import numpy.typing as npt

from .._typing import FloatArray, Grads, IntArray, Params, Shapes, SupportsRandomSample
from ..cells import Workspace, add_rows
from ..sequences import Steps
from ._base import Options, glorot_uniform
from ._batch import Batch
from ._heads import Head, Noise
from ._layers import add_rows_of_ids
from ._losses import SoftmaxLoss

CHUNK = 2**21  # scores held at once: 8 MB in float32


class VocabularyHead(Head):
    """The output of a language model: log probabilities of the next token.

    Parameters
    ----------
    n_in, n_tokens : int
    tied : bool, default=False
        Whether W is the embedding, which then is not a parameter here: ``params`` and
        ``grads`` must be given a W [1]_.
    n_sampled : int, default=None
        How many tokens are drawn for each batch as noise; the gradients of W and b are
        then those of some rows. None: the softmax is that over all tokens.
    label_smoothing : float in [0, 1), default=0
        The fraction of the target that is spread over all tokens. Not with
        ``n_sampled``.

    References
    ----------
    .. [1] Press & Wolf, "Using the output embedding to improve language models", EACL
       2017.

    Examples
    --------
    >>> import numpy as np
    >>> from sksequence.network import VocabularyHead
    >>> head = VocabularyHead(2, 4)
    >>> params = {"W": np.zeros((4, 2)), "b": np.array([9.0, 0.0, 0.0, 0.0])}
    >>> H = np.ones((3, 2))
    >>> head.predict(head.scores(params, H)).shape
    (3, 4)
    >>> head.log_likelihood(params, H, np.array([0, 0, 1])).round(2)
    array([-0., -0., -9.])
    """

    def __init__(
        self,
        n_in: int,
        n_tokens: int,
        tied: bool = False,
        n_sampled: int | None = None,
        label_smoothing: float = 0.0,
    ) -> None:
        self.n_in, self.n_tokens = n_in, n_tokens
        self.tied, self.n_sampled = tied, n_sampled
        self.label_smoothing = label_smoothing
        self.tables = tuple(self.shapes()) if n_sampled else ()

    def shapes(self) -> Shapes:
        shapes = {"W": (self.n_tokens, self.n_in), "b": (self.n_tokens,)}
        return {"b": shapes["b"]} if self.tied else shapes

    def init(self, params: Params, rng: np.random.RandomState) -> None:
        """W Glorot uniform, b zero."""
        if not self.tied:
            params["W"][:] = glorot_uniform(rng, (self.n_tokens, self.n_in))
        params["b"][:] = 0

    def chunks(self, n_rows: int, n_threads: int = 1) -> list[slice]:
        """Slices of rows whose scores fit, as many for each thread."""
        n_chunks = -(-n_rows * self.n_tokens // CHUNK)
        n_chunks += -n_chunks % n_threads
        size = max(1, -(-n_rows // n_chunks))
        return [slice(start, start + size) for start in range(0, n_rows, size)]

    def scores(
        self, params: Params, H: FloatArray, out: FloatArray | None = None
    ) -> FloatArray:
        """Scores of the tokens after each row, shape (n_rows, n_tokens)."""
        Z = np.matmul(H, params["W"].T, out)
        Z += params["b"]
        return Z

    def forward(
        self,
        params: Params,
        H: FloatArray,
        steps: Steps,
        rng: SupportsRandomSample | None = None,
        **options: Unpack[Options],
    ) -> tuple[FloatArray, Any]:
        return self.scores(params, H), H

    def backward(
        self,
        params: Params,
        grads: Grads,
        dY: FloatArray,
        tape: Any,
        need_dX: bool = True,
    ) -> FloatArray | Any:
        rows = np.arange(self.n_tokens)
        add_rows(grads["W"], rows, dY.T @ tape)
        add_rows(grads["b"], rows, dY.sum(axis=0))
        return dY @ params["W"] if need_dX else None

    def predict(self, scores: FloatArray) -> FloatArray:
        return SoftmaxLoss.predict(scores)

    def log_predict(self, scores: FloatArray) -> FloatArray:
        """Log probabilities."""
        return SoftmaxLoss.log_predict(scores)

    def noise_distribution(
        self,
        targets: npt.NDArray[Any],
        weights: FloatArray | None,
        dtype: npt.DTypeLike,
    ) -> Noise | None:
        if self.n_sampled is None:
            return None
        counts = np.bincount(targets, weights, minlength=self.n_tokens)
        return NoiseDistribution(counts, self.n_sampled, dtype)

    def loss(
        self,
        params: Params,
        grads: Grads,
        H: FloatArray,
        batch: Batch,
        workspace: Workspace | None = None,
        worker: Executor | None = None,
    ) -> tuple[float, FloatArray]:
        given = params, grads, H, batch.targets, batch.weights
        if batch.draw is not None:
            return self.sampled_value_and_gradient(*given, batch.draw())
        return self.value_and_gradient(*given, workspace, worker)

    def log_likelihood(
        self, params: Params, H: FloatArray, tokens: IntArray
    ) -> FloatArray:
        """Log probability of one token after each row, shape (n_rows,)."""
        found = np.empty(len(H), H.dtype)
        for rows in self.chunks(len(H)):
            log_p = SoftmaxLoss.log_predict(self.scores(params, H[rows]))
            found[rows] = log_p[np.arange(len(log_p)), tokens[rows]]
        return found

    def value_and_gradient(
        self,
        params: Params,
        grads: Grads,
        H: FloatArray,
        tokens: IntArray,
        weights: FloatArray,
        workspace: Workspace | None = None,
        worker: Executor | None = None,
    ) -> tuple[float, FloatArray]:
        """The weighted sum of minus the log likelihoods, with smoothed targets.

        Parameters
        ----------
        params, grads : dict of str -> ndarray
            The gradients of W and b are added to the latter.
        H : ndarray of shape (n_rows, n_in)
        tokens : ndarray of int, shape (n_rows,)
        weights : ndarray of shape (n_rows,)
        workspace : Workspace, default=None
            Memory to use again.
        worker : Executor with one thread, default=None
            It does half of the work, if that is large enough.

        Returns
        -------
        loss : float
        dH : ndarray of shape (n_rows, n_in)
        """
        dH = np.empty_like(H)
        rest = H, tokens, weights, dH
        workspace = workspace or Workspace()
        two = worker is not None and H.shape[0] * self.n_tokens > CHUNK
        chunks = self.chunks(len(H), 1 + two)
        if worker is None or not two:
            return self._work(params, grads, *rest, chunks, workspace), dH
        space = workspace.part("worker")
        others = {}
        for name in grads:
            others[name] = space.array(name, grads[name].shape, H.dtype)
            others[name][:] = 0
        task = worker.submit(self._work, params, others, *rest, chunks[1::2], space)
        loss = self._work(params, grads, *rest, chunks[::2], workspace)
        loss += task.result()
        for name, other in others.items():
            grads[name] += other
        return loss, dH

    def _work(self, params, grads, H, tokens, weights, dH, chunks, workspace):
        """The loss of some chunks of rows; their gradients are added and written."""
        loss, smoothing = 0.0, self.label_smoothing
        room = (len(H[chunks[0]]), self.n_tokens)
        room = workspace.array("scores", room, H.dtype)
        dW = workspace.array("dW", params["W"].shape, H.dtype)
        for rows in chunks:
            h, target, w = H[rows], tokens[rows], weights[rows]
            Z = self.scores(params, h, room[: len(h)])
            each = np.arange(len(Z))
            Z -= Z.real.max(axis=1)[:, None]
            of_target = Z[each, target]
            if smoothing:
                of_target += smoothing * (Z.mean(axis=1) - of_target)
            P = np.exp(Z, Z)
            total = P.sum(axis=1)
            loss += (w * (np.log(total) - of_target)).sum()
            P *= (w / total)[:, None]
            P[each, target] -= w * (1 - smoothing)  # the gradient of the scores
            if smoothing:
                P -= (w * (smoothing / self.n_tokens))[:, None]
            grads["W"] += np.matmul(P.T, h, dW)
            grads["b"] += P.sum(axis=0)
            np.matmul(P, params["W"], dH[rows])
        return loss

    def sampled_value_and_gradient(
        self,
        params: Params,
        grads: Grads,
        H: FloatArray,
        tokens: IntArray,
        weights: FloatArray,
        drawn: SimpleNamespace,
    ) -> tuple[float, FloatArray]:
        """``value_and_gradient`` where only a few tokens besides the right one count.

        Parameters
        ----------
        params, grads, H, tokens, weights
            As in ``value_and_gradient``; W and b of ``grads`` may be RowGradients.
        drawn : SimpleNamespace
            From ``NoiseDistribution.draw``.

        Returns
        -------
        loss : float
        dH : ndarray of shape (n_rows, n_in)
        """
        W, b = params["W"], params["b"]
        W_drawn, W_right = W[drawn.tokens], W[tokens]
        scores = np.empty((len(H), 1 + len(drawn.tokens)), H.dtype)
        right, others = scores[:, 0], scores[:, 1:]
        right[:] = np.einsum("ij,ij->i", H, W_right) + b[tokens] - drawn.log_c[tokens]
        np.matmul(H, W_drawn.T, others)
        others += b[drawn.tokens] - drawn.log_c[drawn.tokens]
        place = np.searchsorted(drawn.tokens, tokens)
        is_drawn = np.searchsorted(drawn.tokens, tokens, side="right") > place
        others[is_drawn, place[is_drawn]] = -np.inf  # the right token counts once

        targets = np.zeros(len(H), dtype=np.intp)
        loss, dZ = SoftmaxLoss().value_and_gradient(scores, targets, weights)
        d_right, d_others = dZ[:, :1], dZ[:, 1:]
        add_rows(grads["W"], drawn.tokens, d_others.T @ H)
        add_rows(grads["b"], drawn.tokens, d_others.sum(axis=0))
        add_rows_of_ids(grads["W"], tokens, d_right * H)
        add_rows_of_ids(grads["b"], tokens, d_right[:, 0])
        return loss, d_others @ W_drawn + d_right * W_right


class NoiseDistribution:
    """Draws tokens about in proportion to how often they occur.

    ::

        q = (count + 1) / sum (count + 1),    c = 1 - exp(- n_draws q)

    where c is the probability that a token is drawn. The number of draws is random, of
    a Poisson distribution with mean n_draws, so that tokens are drawn independently of
    each other: otherwise log c would not be the whole correction.

    Parameters
    ----------
    counts : ndarray of shape (n_tokens,)
    n_draws : int
    dtype : dtype
        Of ``log_c``.

    Examples
    --------
    >>> import numpy as np
    >>> from sksequence.network import NoiseDistribution
    >>> noise = NoiseDistribution(np.array([99, 49, 0]), 2, np.float64)
    >>> np.exp(noise.log_c).round(2)  # how likely each token is among those drawn
    array([0.73, 0.48, 0.01])
    >>> noise.draw(np.random.RandomState(0)).tokens.dtype.kind
    'i'
    """

    def __init__(
        self, counts: npt.NDArray[Any], n_draws: int, dtype: npt.DTypeLike
    ) -> None:
        q = (counts + 1.0) / (counts + 1.0).sum()
        self.n_draws, self.ends = n_draws, np.cumsum(q)
        self.log_c = np.log(-np.expm1(-n_draws * q)).astype(dtype)

    def draw(self, rng: np.random.RandomState) -> SimpleNamespace:
        """The distinct tokens drawn, increasing: ``tokens``; and ``log_c`` of all."""
        places = rng.random_sample(rng.poisson(self.n_draws)) * self.ends[-1]
        tokens = np.unique(np.searchsorted(self.ends, places, side="right"))
        return SimpleNamespace(tokens=tokens, log_c=self.log_c)
