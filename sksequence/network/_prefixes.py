"""What a network says after every step of a sequence, in one pass."""

from __future__ import annotations

from typing import Any, Unpack

import numpy as np

from .._typing import FloatArray, Params, Rows, Shapes, SupportsRandomSample
from ..sequences import Steps
from ._base import Layer, Options
from ._network import Network
from ._pooling import PoolingLayer


class PrefixPooling(Layer):
    """A pooling of every prefix of a sequence: one row a step, not one a sequence.

    Parameters
    ----------
    pooling : PoolingLayer
        Of rows that were read in one direction.

    Examples
    --------
    Two sequences, of two steps and of one: the last row is the second step of the
    first.

    >>> import numpy as np
    >>> from sksequence.network import Pooling, PrefixPooling
    >>> from sksequence.sequences import Steps
    >>> X, steps = np.array([[1.0, 5.0], [7.0, 8.0], [3.0, 2.0]]), Steps([2, 1])
    >>> PrefixPooling(Pooling("mean")).forward({}, X, steps)[0]
    array([[1. , 5. ],
           [7. , 8. ],
           [2. , 3.5]])
    """

    def __init__(self, pooling: PoolingLayer) -> None:
        self.pooling = pooling

    def shapes(self) -> Shapes:
        return self.pooling.shapes()

    def forward(
        self,
        params: Params,
        X: Rows,
        steps: Steps,
        rng: SupportsRandomSample | None = None,
        **options: Unpack[Options],
    ) -> tuple[FloatArray, Any]:
        """X (n_rows, n_units) -> Y (n_rows, n_outputs): no backward pass."""
        kept = self.pooling.begin(steps.n_sequences, X.shape[1], X.dtype)
        rows = []
        for n_t, start in zip(steps.counts, steps.starts):
            kept = tuple(array[:n_t] for array in kept)  # of those that go on
            Y, kept = self.pooling.step(params, X[start : start + n_t], kept)
            rows.append(Y)
        return np.concatenate(rows), None


def with_prefixes(network: Network) -> Network:
    """A network with the same parameters that predicts after every step.

    Parameters
    ----------
    network : Network
        Each layer of one direction.
    """
    return Network(
        {
            name: PrefixPooling(layer) if isinstance(layer, PoolingLayer) else layer
            for name, layer in network.layers.items()
        }
    )
