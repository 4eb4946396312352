"""Pooling: one row a sequence from the rows of its steps.

::

    last, mean, max: each column by itself
    concat:          these three side by side [1]_
    attention:       y = sum_t a_t h_t, a = softmax(s), s_t = tanh(h_t W + b) v [2]_

Each can also be told one step at a time, from what it keeps of the steps before: sums,
maxima, and of attention the softmax's sums from the highest s so far [3]_.

.. [1] Howard & Ruder, "Universal language model fine-tuning for text classification",
   ACL 2018.
.. [2] Yang et al., "Hierarchical attention networks for document classification",
   NAACL 2016.
.. [3] Milakov & Gimelshein, "Online normalizer calculation for softmax", 2018.
"""

from __future__ import annotations

from typing import Any, Literal, Unpack

import numpy as np
import numpy.typing as npt

from .._typing import (
    Arrays,
    FloatArray,
    Grads,
    Params,
    Rows,
    Shapes,
    SupportsRandomSample,
)
from ..sequences import Steps
from ._base import Layer, Options, glorot_uniform

POOLINGS = ("last", "mean", "max", "concat", "attention")
POOL_STATES = ("last", "concat")  # of recurrent layers: they look at directions


class PoolingLayer(Layer):
    """Base of poolings: what they are besides layers.

    Examples
    --------
    >>> import numpy as np
    >>> from sksequence.network import Pooling
    >>> pooling = Pooling("max")
    >>> kept = pooling.begin(1, 2, float)
    >>> for row in ([1.0, 5.0], [3.0, 2.0]):
    ...     Y, kept = pooling.step({}, np.array([row]), kept)
    ...     print(Y)
    [[1. 5.]]
    [[3. 5.]]
    """

    pools = True

    def begin(self, n: int, n_units: int, dtype: npt.DTypeLike) -> Arrays:
        """What is kept of n sequences before their first step.

        Parameters
        ----------
        n, n_units : int
            Sequences, and the width of their rows.
        dtype : dtype

        Returns
        -------
        kept : tuple of ndarray of shape (n, ...)
        """
        raise NotImplementedError(f"{type(self).__name__} must define 'begin'.")

    def step(
        self, params: Params, H: FloatArray, before: Arrays
    ) -> tuple[FloatArray, Arrays]:
        """One more step of n sequences, each read in one direction.

        Parameters
        ----------
        params : dict of str -> ndarray
        H : ndarray of shape (n, n_units)
            The rows of the step.
        before : tuple of ndarray of shape (n, ...)
            What is kept of the steps before; not changed.

        Returns
        -------
        Y : ndarray of shape (n, n_outputs)
            What comes out if the sequences end here.
        after : tuple of ndarray
        """
        raise NotImplementedError(f"{type(self).__name__} must define 'step'.")


class Pooling(PoolingLayer):
    """Last, mean or maximum of each sequence's rows.

    Parameters
    ----------
    kind : {"last", "mean", "max"}
    n_backward : int, default=0
        How many of the last columns come from the backward direction of a layer. That
        direction ends at the first step, where "last" takes these columns.

    Examples
    --------
    Two sequences, of two steps and of one: the last row is the second step of the
    first.

    >>> import numpy as np
    >>> from sksequence.network import Pooling
    >>> from sksequence.sequences import Steps
    >>> X, steps = np.array([[1.0, 5.0], [7.0, 8.0], [3.0, 2.0]]), Steps([2, 1])
    >>> Pooling("mean").forward({}, X, steps)[0]
    array([[2. , 3.5],
           [7. , 8. ]])
    >>> Pooling("last").forward({}, X, steps)[0]
    array([[3., 2.],
           [7., 8.]])
    """

    def __init__(
        self, kind: Literal["last", "mean", "max"], n_backward: int = 0
    ) -> None:
        self.kind, self.n_backward = kind, n_backward

    def forward(
        self,
        params: Params,
        X: Rows,
        steps: Steps,
        rng: SupportsRandomSample | None = None,
        **options: Unpack[Options],
    ) -> tuple[FloatArray, Any]:
        """X (n_rows, n_units) -> Y (n_sequences, n_units)."""
        highest = None
        if self.kind == "mean":
            Y = _sum(X, steps) / steps.lengths[:, None].astype(X.real.dtype)
        elif self.kind == "last":
            Y = X[steps.last]
            if self.n_backward:
                Y[:, -self.n_backward :] = X[: len(Y), -self.n_backward :]
        elif not options.get("need_tape", True):
            Y = _highest(X, steps)
        else:
            highest = _argmax(X, steps)
            Y = np.take_along_axis(X, highest, axis=0)
        return Y, (steps, highest, X.shape)

    def begin(self, n: int, n_units: int, dtype: npt.DTypeLike) -> Arrays:
        if self.kind == "mean":  # the sum, and of how many
            return np.zeros((n, n_units), dtype), np.zeros((n, 1), np.intp)
        return (np.full((n, n_units), -np.inf, dtype),) if self.kind == "max" else ()

    def step(
        self, params: Params, H: FloatArray, before: Arrays
    ) -> tuple[FloatArray, Arrays]:
        if self.kind == "last":
            return H, ()
        if self.kind == "max":
            highest = np.maximum(before[0], H)
            return highest, (highest,)
        total, n_steps = before[0] + H, before[1] + 1
        return total / n_steps.astype(H.dtype), (total, n_steps)

    def backward(
        self,
        params: Params,
        grads: Grads,
        dY: FloatArray,
        tape: Any,
        need_dX: bool = True,
    ) -> FloatArray | Any:
        steps, highest, shape = tape
        if self.kind == "mean":
            dY = dY / steps.lengths[:, None].astype(dY.dtype)
            return dY[steps.sequence_of_row]
        dX = np.zeros(shape, dtype=dY.dtype)
        if self.kind == "max":
            np.put_along_axis(dX, highest, dY, axis=0)
            return dX
        forward = shape[1] - self.n_backward
        dX[steps.last, :forward] = dY[:, :forward]
        dX[: len(dY), forward:] = dY[:, forward:]
        return dX


class ConcatPooling(PoolingLayer):
    """The last, the mean and the maximum of each sequence's rows, side by side.

    Parameters
    ----------
    n_backward : int, default=0
        As in ``Pooling``.

    Examples
    --------
    Two sequences, of two steps and of one: the last row is the second step of the
    first.

    >>> import numpy as np
    >>> from sksequence.network import ConcatPooling
    >>> from sksequence.sequences import Steps
    >>> X, steps = np.array([[1.0, 5.0], [7.0, 8.0], [3.0, 2.0]]), Steps([2, 1])
    >>> ConcatPooling().forward({}, X, steps)[0]  # last, mean, max
    array([[3. , 2. , 2. , 3.5, 3. , 5. ],
           [7. , 8. , 7. , 8. , 7. , 8. ]])
    """

    def __init__(self, n_backward: int = 0) -> None:
        self.parts = [Pooling("last", n_backward), Pooling("mean"), Pooling("max")]

    def forward(
        self,
        params: Params,
        X: Rows,
        steps: Steps,
        rng: SupportsRandomSample | None = None,
        **options: Unpack[Options],
    ) -> tuple[FloatArray, Any]:
        """X (n_rows, n_units) -> Y (n_sequences, 3 n_units)."""
        found = [part.forward({}, X, steps, **options) for part in self.parts]
        return np.concatenate([Y for Y, _ in found], axis=1), [t for _, t in found]

    def begin(self, n: int, n_units: int, dtype: npt.DTypeLike) -> Arrays:
        parts = (part.begin(n, n_units, dtype) for part in self.parts)
        return tuple(array for arrays in parts for array in arrays)

    def step(
        self, params: Params, H: FloatArray, before: Arrays
    ) -> tuple[FloatArray, Arrays]:
        last, mean, highest = self.parts
        Y, after = mean.step({}, H, before[:2])
        M, (most,) = highest.step({}, H, before[2:])
        return np.concatenate([last.step({}, H, ())[0], Y, M], axis=1), (*after, most)

    def backward(
        self,
        params: Params,
        grads: Grads,
        dY: FloatArray,
        tape: Any,
        need_dX: bool = True,
    ) -> FloatArray | Any:
        pieces = zip(self.parts, np.split(dY, len(self.parts), axis=1), tape)
        return sum(part.backward({}, {}, dy, kept) for part, dy, kept in pieces)


class AttentionPooling(PoolingLayer):
    """A mean of each sequence's rows with weights that are learnt.

    Parameters
    ----------
    n_units : int
        Of a row.

    Examples
    --------
    Two sequences, of two steps and of one: the last row is the second step of the
    first.

    >>> import numpy as np
    >>> from sksequence.network import AttentionPooling
    >>> from sksequence.sequences import Steps
    >>> X, steps = np.array([[1.0, 5.0], [7.0, 8.0], [3.0, 2.0]]), Steps([2, 1])
    >>> pooling = AttentionPooling(2)
    >>> params = {"W": np.eye(2), "b": np.zeros(2), "v": np.zeros(2)}
    >>> pooling.forward(params, X, steps)[0]  # v = 0: the mean
    array([[2. , 3.5],
           [7. , 8. ]])
    >>> params["v"][:] = 100.0  # what is large counts
    >>> pooling.forward(params, X, steps)[0].round(2)
    array([[3., 2.],
           [7., 8.]])
    """

    def __init__(self, n_units: int) -> None:
        self.n_units = n_units

    def shapes(self) -> Shapes:
        n = self.n_units
        return {"W": (n, n), "b": (n,), "v": (n,)}

    def init(self, params: Params, rng: np.random.RandomState) -> None:
        """W Glorot uniform; v is zero, so that training begins with the plain mean."""
        params["b"][:] = params["v"][:] = 0
        params["W"][:] = glorot_uniform(rng, params["W"].shape)

    def forward(
        self,
        params: Params,
        X: Rows,
        steps: Steps,
        rng: SupportsRandomSample | None = None,
        **options: Unpack[Options],
    ) -> tuple[FloatArray, Any]:
        """X (n_rows, n_units) -> Y (n_sequences, n_units)."""
        U = np.tanh(X @ params["W"] + params["b"])
        order, starts = steps.by_sequence
        s = (U @ params["v"])[order]
        highest = np.maximum.reduceat(s.real, starts)
        e = np.exp(s - np.repeat(highest, steps.lengths))
        a = np.empty_like(e)
        a[order] = e / np.repeat(np.add.reduceat(e, starts), steps.lengths)
        Y = np.add.reduceat((a[:, None] * X)[order], starts, axis=0)
        return Y, (X, U, a, Y, steps)

    def begin(self, n: int, n_units: int, dtype: npt.DTypeLike) -> Arrays:
        # The highest s, and the sums of e and e h with e = exp(s - highest).
        empty = np.full((n, 1), -np.inf, dtype), np.zeros((n, 1), dtype)
        return *empty, np.zeros((n, n_units), dtype)

    def step(
        self, params: Params, H: FloatArray, before: Arrays
    ) -> tuple[FloatArray, Arrays]:
        highest, total, weighted = before
        s = (np.tanh(H @ params["W"] + params["b"]) @ params["v"])[:, None]
        top = np.maximum(highest, s)
        kept, e = np.exp(highest - top), np.exp(s - top)
        total, weighted = kept * total + e, kept * weighted + e * H
        return weighted / total, (top, total, weighted)

    def backward(
        self,
        params: Params,
        grads: Grads,
        dY: FloatArray,
        tape: Any,
        need_dX: bool = True,
    ) -> FloatArray | Any:
        X, U, a, Y, steps = tape
        dY_of_row, Y_of_row = dY[steps.sequence_of_row], Y[steps.sequence_of_row]
        # da = dY h, and through the softmax: ds = a (da - sum_t a_t da_t).
        ds = a * ((X - Y_of_row) * dY_of_row).sum(axis=1)
        grads["v"] += ds @ U
        dZ = ds[:, None] * params["v"] * (1 - U * U)
        grads["W"] += X.T @ dZ
        grads["b"] += dZ.sum(axis=0)
        return a[:, None] * dY_of_row + dZ @ params["W"].T if need_dX else None


def make_pooling(
    kind: Literal["last", "mean", "max", "concat", "attention"],
    n_units: int,
    n_backward: int = 0,
) -> tuple[PoolingLayer, int]:
    """The pooling of a name, and the width of what comes out of it.

    Parameters
    ----------
    kind : {"last", "mean", "max", "concat", "attention"}
    n_units : int
        Of a row.
    n_backward : int, default=0
        As in ``Pooling``.
    """
    if kind == "concat":
        return ConcatPooling(n_backward), 3 * n_units
    if kind == "attention":
        return AttentionPooling(n_units), n_units
    return Pooling(kind, n_backward), n_units


def _sum(X, steps):
    """The sum of each sequence's rows."""
    if steps.n_sequences == 1:
        return X.sum(axis=0, keepdims=True)
    order, starts = steps.by_sequence
    return np.add.reduceat(X[order], starts, axis=0)


def _highest(X, steps):
    """The maximum of each sequence and column. NaN stays NaN."""
    n_units = X.shape[1]
    highest = np.full((steps.n_sequences, n_units), -np.inf, X.dtype)
    ((_, _, runs),) = steps.chunks(steps.n_rows)
    for n_t, start, stop in runs:
        of_run = X[start:stop].reshape(-1, n_t, n_units).max(axis=0)
        np.maximum(highest[:n_t], of_run, out=highest[:n_t])
    return highest


def _argmax(X, steps):
    """The row of the first maximum of each sequence and column."""
    X = X.real
    highest, sequence = _highest(X, steps), steps.sequence_of_row
    found = highest[sequence] == X
    if np.isnan(highest).any():  # of weights that exploded
        found |= np.isnan(X)
    row, column = np.divmod(np.flatnonzero(found)[::-1], X.shape[1])
    place = np.empty(highest.shape, np.intp)
    place[sequence[row], column] = row  # what comes first is written last
    return place
