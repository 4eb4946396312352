"""Pooling: one row a sequence from the rows of its steps."""

from __future__ import annotations

from typing import Any, Literal, Unpack

import numpy as np

from .._typing import FloatArray, Grads, Params, Rows, SupportsRandomSample
from ..sequences import Steps
from ._base import Layer, Options

POOLINGS = ("last", "mean", "max")


class Pooling(Layer):
    """Last, mean or maximum of each sequence's rows.

    Parameters
    ----------
    kind : {"last", "mean", "max"}
    n_backward : int, default=0
        How many of the last columns come from the backward direction of a layer. That
        direction ends at the first step, where "last" takes these columns.
    """

    pools = True

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
        chosen = None
        if self.kind == "mean":
            Y = _sum_by_sequence(X, steps) / steps.lengths[:, None].astype(X.real.dtype)
        else:
            chosen = self._last(X, steps) if self.kind == "last" else _argmax(X, steps)
            Y = np.take_along_axis(X, chosen, axis=0)
        return Y, (steps, chosen, X.shape)

    def backward(
        self,
        params: Params,
        grads: Grads,
        dY: FloatArray,
        tape: Any,
        need_dX: bool = True,
    ) -> FloatArray | Any:
        steps, chosen, shape = tape
        if self.kind == "mean":
            dY = dY / steps.lengths[:, None].astype(dY.dtype)
            return dY[steps.sequence_of_row]
        dX = np.zeros(shape, dtype=dY.dtype)
        np.put_along_axis(dX, chosen, dY, axis=0)
        return dX

    def _last(self, X, steps):
        n, width = steps.n_sequences, X.shape[1]
        chosen = np.repeat(steps.last[:, None], width, axis=1)
        chosen[:, width - self.n_backward :] = np.arange(n)[:, None]
        return chosen


def _sum_by_sequence(X, steps):
    order, starts = _by_sequence(steps)
    return np.add.reduceat(X[order], starts, axis=0)


def _argmax(X, steps):
    """The row of the first maximum of each sequence and column."""
    order, starts = _by_sequence(steps)
    X = X[order].real
    highest = np.repeat(np.maximum.reduceat(X, starts, axis=0), steps.lengths, axis=0)
    first = (highest == X) | np.isnan(X)  # NaN, of weights that exploded, stays NaN
    place = np.where(first, np.arange(len(X))[:, None], len(X))
    return order[np.minimum.reduceat(place, starts, axis=0)]


def _by_sequence(steps):
    """The rows sequence by sequence, and where each sequence begins among them."""
    order = np.argsort(steps.sequence_of_row, kind="stable")
    starts = np.concatenate([[0], np.cumsum(steps.lengths)[:-1]])
    return order, starts
