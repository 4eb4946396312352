"""RNN:  h' = tanh(h U + x W + b),  or relu in place of tanh."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from .._typing import Arrays, FloatArray
from ._base import Cell


class RNNCell(Cell):
    """The simple recurrent unit of Elman [1]_; with relu, that of Le et al. [2]_.

    ::

        h' = tanh(h U + x W + b)       (1)

    Its gradient is multiplied by U and by 1 - h'^2 at every step back, so it vanishes
    or explodes with the number of steps [3]_.

    Parameters
    ----------
    activation : {"tanh", "relu"}, default="tanh"

    References
    ----------
    .. [1] Elman, "Finding structure in time", Cognitive Science 14, 1990.
    .. [2] Le, Jaitly & Hinton, "A simple way to initialize recurrent networks of
       rectified linear units", 2015.
    .. [3] Bengio, Simard & Frasconi, "Learning long-term dependencies with gradient
       descent is difficult", IEEE Transactions on Neural Networks 5, 1994.

    Examples
    --------
    >>> from sksequence.cells import RNNCell
    >>> RNNCell().shapes(n_features=3, n_units=5)
    {'W': (3, 5), 'U': (5, 5), 'b': (5,)}
    """

    gates = ("h",)
    local = ("dh_dz",)
    carries_h = False
    options = {"activation": ("tanh", "relu")}

    def __init__(self, activation: Literal["tanh", "relu"] = "tanh") -> None:
        self.activation = activation

    @property
    def bounded(self) -> bool:  # type: ignore[override]
        return self.activation == "tanh"

    def compiled(self) -> Cell:
        from .compiled._rnn import CompiledRNNCell

        return CompiledRNNCell(self.activation)

    def step(
        self,
        weights: dict[str, Any],
        z: Arrays,
        h: FloatArray,
        before: Arrays,
        after: Arrays,
        saved: Arrays,
        work: tuple[FloatArray, FloatArray],
    ) -> None:
        (s,), (h_new,), (product, _) = z, after, work
        np.dot(h, weights["U"][0], product[0])  # (1)
        np.add(s, product[0], s)
        if self.activation == "tanh":
            np.tanh(s, h_new)
        else:
            np.multiply(s, s.real > 0, h_new)

    def local_derivatives(
        self,
        z: FloatArray,
        before: Sequence[FloatArray],
        after: Sequence[FloatArray],
        saved: Sequence[FloatArray],
        local: FloatArray,
    ) -> None:
        (h_new,), (dh_dz,) = after, local
        if self.activation == "tanh":
            np.multiply(h_new, h_new, dh_dz)
            np.subtract(1, dh_dz, dh_dz)
        else:
            dh_dz[:] = h_new.real > 0

    def step_back(
        self,
        weights: dict[str, Any],
        z: Arrays,
        local: Arrays,
        dstates: Arrays,
        dz: Arrays,
        dh: FloatArray,
        work: tuple[FloatArray, FloatArray],
    ) -> None:
        (dh_dz,), (dh_new,), (dz_h,) = local, dstates, dz
        np.multiply(dh_new, dh_dz, dz_h)  # (1)
        np.dot(dz_h, weights["UT"][0], dh)
