"""What is known of a whole sequence, beside each of the rows of its states.

::

    Y = [X, (S - mean) / scale],    S one row a sequence
"""

from __future__ import annotations

from typing import Any, Unpack

import numpy as np

from .._typing import FloatArray, Grads, Params, Rows, Shapes, SupportsRandomSample
from ..sequences import Steps
from ._base import Options
from ._layers import Standardize


class JoinStatic(Standardize):
    """Puts the static numbers of each sequence beside its rows.

    Parameters
    ----------
    n_static : int
    standardize : bool, default=False
        Whether by mean and scale, parameters that training does not change.

    Examples
    --------
    Two sequences, of two steps and of one: the last row is the second step of the
    first.

    >>> import numpy as np
    >>> from sksequence.network import JoinStatic
    >>> from sksequence.sequences import Steps
    >>> X, static = np.zeros((3, 1)), np.array([[5.0, 6.0], [7.0, 8.0]])
    >>> JoinStatic(2).forward({}, X, Steps([2, 1]), static=static)[0]
    array([[0., 5., 6.],
           [0., 7., 8.],
           [0., 5., 6.]])
    """

    joins = True

    def __init__(self, n_static: int, standardize: bool = False) -> None:
        super().__init__(n_static)
        self.standardize = standardize

    def shapes(self) -> Shapes:
        return super().shapes() if self.standardize else {}

    def init(self, params: Params, rng: np.random.RandomState) -> None:
        if self.standardize:
            super().init(params, rng)

    def standardized(self, params: Params, static: FloatArray) -> FloatArray:
        """Rows as they are put beside states, (n_sequences, n_static)."""
        return super().forward(params, static, None)[0] if self.standardize else static

    def forward(
        self,
        params: Params,
        X: Rows,
        steps: Steps | None,
        rng: SupportsRandomSample | None = None,
        *,
        static: FloatArray | None = None,
        **options: Unpack[Options],
    ) -> tuple[FloatArray, Any]:
        """X (n_rows, n_units) -> Y (n_rows, n_units + n_static).

        Parameters
        ----------
        params, X, steps, rng, **options
            As in ``Layer``.
        static : ndarray of shape (n_sequences, n_static)
        """
        if static is None or steps is None:
            raise TypeError("JoinStatic needs 'static' and 'steps'.")
        beside = self.standardized(params, static)
        return join(X, beside[steps.sequence_of_row]), None

    def backward(
        self,
        params: Params,
        grads: Grads,
        dY: FloatArray,
        tape: Any,
        need_dX: bool = True,
    ) -> FloatArray | Any:
        return dY[:, : -self.n_features] if need_dX else None


def join(X: FloatArray, static: FloatArray) -> FloatArray:
    """Rows and the static numbers of each, side by side, of the type of X."""
    return np.concatenate([X, static.astype(X.dtype, copy=False)], axis=1)
