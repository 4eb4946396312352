"""The weights of which something was arranged, as they were then."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np

from .._typing import FloatArray, IntArray, Params
from ._parameters import Layout

WEIGHTS = "weights"  # the entry of a state that says with which weights it was made


class WeightsCopy:
    """A copy of the weights but of tables, which are large and not arranged.

    Parameters
    ----------
    layout : Layout
    theta : ndarray of shape (layout.size,)

    Attributes
    ----------
    views : dict of str -> ndarray
        The parameters in the copy, by name.
    fingerprint : bytes
        Of the copy and the shapes of all weights: 8 bytes.

    Examples
    --------
    >>> import numpy as np
    >>> from sksequence.network import Layout, WeightsCopy
    >>> layout, theta = Layout({"W": (2, 2)}), np.ones(4)
    >>> copy = WeightsCopy(layout, theta)
    >>> copy.is_of(theta)
    True
    >>> theta[0] = 2
    >>> copy.is_of(theta), copy.views["W"].tolist()
    (False, [[1.0, 1.0], [1.0, 1.0]])
    """

    def __init__(self, layout: Layout, theta: FloatArray) -> None:
        self._n_dense = layout.n_dense
        # A bytearray compares itself with the memory of an array bit by bit, and fast.
        self._copied = bytearray(theta[: layout.n_dense].tobytes())
        copy = np.frombuffer(self._copied, theta.dtype)
        self.views: Params = {
            name: layout.view(copy, name)
            for name in layout.shapes
            if name not in layout.tables
        }
        shapes = repr((layout.shapes, theta.dtype.str)).encode()
        self.fingerprint = blake2b(self._copied + shapes, digest_size=8).digest()

    def is_of(self, theta: FloatArray) -> bool:
        """Whether weights are those that were copied, bit by bit."""
        return self._copied == theta[: self._n_dense].data

    def owners(self, n: int) -> IntArray:
        """The fingerprint for the states of n sequences, (n, 1)."""
        return np.frombuffer(self.fingerprint * n, np.int64).reshape(n, 1).copy()
