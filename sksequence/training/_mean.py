"""The mean of flat vectors of parameters, or of their moments, of several trainings.

::

    mean = sum_k w_k x_k,    sum_k w_k = 1

A row of a table moves in those trainings only whose batches hold it. An optimiser that
scales the gradient to unit size makes steps of one length, however seldom a row is
seen. For such a one the mean of a row is over the trainings that have moved it, else
rare rows would move the less, the more trainings there are [1]_.

.. [1] Ding et al., "Federated submodel optimization for hot and cold data features",
   NeurIPS 2022.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from .._typing import FloatArray
from ._contracts import Layout


class Mean:
    """The weighted mean of flat vectors, one of each training.

    Parameters
    ----------
    layout : Layout
    fractions : list of float
        The weights of the trainings, which sum to one.
    moved : dict of str -> list of ndarray of bool, shape (n_rows_of_table,)
        For each training which rows of a table it has moved: the mean is over those
        that have. Tables that are not in it are as all other parameters.
    """

    def __init__(
        self,
        layout: Layout,
        fractions: Sequence[float],
        moved: dict[str, list[npt.NDArray[np.bool_]]],
    ) -> None:
        self.layout, self.fractions = layout, [float(f) for f in fractions]
        self.rows = {}
        for name, masks in moved.items():
            weights = np.array(
                [f * mask for f, mask in zip(self.fractions, masks, strict=True)]
            )
            total = weights.sum(axis=0)
            self.rows[name] = weights / np.where(total > 0, total, 1)

    def __call__(self, vectors: Sequence[FloatArray]) -> FloatArray:
        """The mean of vectors of shape (layout.size,), one of each training.

        Where all are equal it is exactly what they are: it is the first one and the
        weighted differences from it.
        """
        mean = vectors[0].copy()
        for k, vector in enumerate(vectors[1:], start=1):
            difference = vector - vectors[0]
            for name in self.layout.tables:
                rows = self.layout.view(difference, name)
                if name in self.rows:
                    rows.T[...] *= self.rows[name][k].astype(rows.dtype)
                else:
                    rows *= self.fractions[k]
            difference[: self.layout.n_dense] *= self.fractions[k]
            mean += difference
        return mean
