"""GRU:  h' = u n + (1 - u) h   with an update gate u and a candidate n."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .._typing import Arrays, FloatArray, Grads, Params, Shapes
from ._arrays import activate_gates, add_gates, constants
from ._base import AddProducts, Cell


class SimpleGRUCell(Cell):
    """Gated recurrent unit without the relevance gate, after [1]_.

    ::

        u = sigm(h Uu + x Wu + bu)     (1)
        n = tanh(h Un + x Wn + bn)     (1)
        h' = u n + (1 - u) h           (2)

    The gates are u and n, in this order. It is the first, simplified GRU of many
    courses: u = 1 lets the candidate in, and u = 0 keeps the state, and with it the
    gradient, unchanged.

    References
    ----------
    .. [1] Cho et al., "On the properties of neural machine translation: encoder-decoder
       approaches", SSST-8, 2014.

    Examples
    --------
    >>> from sksequence.cells import SimpleGRUCell
    >>> SimpleGRUCell().shapes(n_features=3, n_units=5)
    {'W': (3, 10), 'U': (5, 10), 'b': (10,)}
    """

    bounded = True
    gates = ("u", "n")
    n_sigmoid = 1
    saved = ("d",)  # n - h
    local = ("dh_dzu", "dh_dzn", "dh_dh")
    z_parts = ("u n", "u", "n")
    local_parts = ("dh_dzu dh_dzn", "dh_dh")
    dz_parts = ("u n",)
    course_names = {"a": "h", "c": "h", "Gamma_u": "u", "c_tilde": "n"}

    def compiled(self) -> Cell:
        from .compiled._gru import CompiledSimpleGRUCell

        return CompiledSimpleGRUCell()

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
        (gates, u, n), (h_old,), (h_new,), (d,) = z, before, after, saved
        product, _ = work
        np.matmul(h, weights["U"], product)  # (1)
        np.add(gates, product, gates)
        activate_gates(gates, 1)
        _interpolate(u, n, h_old, h_new, d)  # (2)

    def local_derivatives(
        self,
        z: FloatArray,
        before: Sequence[FloatArray],
        after: Sequence[FloatArray],
        saved: Sequence[FloatArray],
        local: FloatArray,
    ) -> None:
        _interpolation_derivatives(*z, *saved, *local)

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
        (dh_dz, dh_dh), (dh_new,), (dz,), (product, _) = local, dstates, dz, work
        np.multiply(dh_new, dh_dz, dz)  # (2)
        np.multiply(dh_new, dh_dh, dh_new)
        np.matmul(dz, weights["UT"], product)  # (1)
        add_gates(product, dh)


class GRUCell(Cell):
    """Gated recurrent unit, with the relevance (reset) gate r [1]_.

    ::

        r = sigm(h Ur + x Wr + br)             (1)
        u = sigm(h Uu + x Wu + bu)             (1)
        n = tanh((r h) Un + x Wn + bn)         (2)
        h' = u n + (1 - u) h                   (3)

    The gates are r, u and n, in this order. With ``reset_after`` the relevance gate
    comes after the product, which has a bias c of its own, as in cuDNN, PyTorch and
    Keras::

        n = tanh(r (h Un + c) + x Wn + bn)     (2)

    The z of PyTorch and ONNX is 1 - u.

    Parameters
    ----------
    reset_after : bool, default=False

    References
    ----------
    .. [1] Cho et al., "Learning phrase representations using RNN encoder-decoder for
       statistical machine translation", EMNLP 2014.

    Examples
    --------
    >>> from sksequence.cells import GRUCell
    >>> GRUCell().shapes(n_features=3, n_units=5)
    {'W': (3, 15), 'U': (5, 15), 'b': (15,)}
    """

    bounded = True
    gates = ("r", "u", "n")
    n_sigmoid = 2
    # d = n - h;  m = r h, or with reset_after m = h Un + c, which r multiplies
    saved = ("d", "m")
    local = ("dh_dzu", "dh_dzn", "dh_dh", "dreset_dzr")
    z_parts = ("r u", "r", "u", "n")
    local_parts = ("dh_dzu dh_dzn", "dh_dh", "dreset_dzr")
    biases = ("b", "c")
    options = {"reset_after": (False, True)}
    course_names = {**SimpleGRUCell.course_names, "Gamma_r": "r"}

    def __init__(self, reset_after: bool = False) -> None:
        self.reset_after = reset_after

    @property
    def other_sums(self) -> tuple[str, ...]:  # type: ignore[override]
        return ("m",) if self.reset_after else ()

    @property
    def dz_parts(self) -> tuple[str, ...]:  # type: ignore[override]
        return ("r u", "u n", "r", "n", *self.other_sums)

    def shapes(self, n_features: int, n_units: int) -> Shapes:
        shapes = super().shapes(n_features, n_units)
        return {**shapes, "c": (n_units,)} if self.reset_after else shapes

    def weights(self, params: Params) -> dict[str, Any]:
        U = super().weights(params)["U"]
        return {"U": U[:2], "Un": U[2], "c": params.get("c")}

    def weights_back(self, params: Params) -> dict[str, Any]:
        UT = super().weights_back(params)["UT"]
        return {"UT": UT[:2], "UnT": UT[2]}

    def compiled(self) -> Cell:
        from .compiled._gru import CompiledGRUCell

        return CompiledGRUCell(self.reset_after)

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
        (r_u, r, u, n), (h_old,), (h_new,), (d, m) = z, before, after, saved
        product, t = work
        np.matmul(h, weights["U"], product[:2])  # (1)
        np.add(r_u, product[:2], r_u)
        activate_gates(r_u, 2)
        if self.reset_after:
            np.dot(h, weights["Un"], m)  # (2)
            np.add(m, weights["c"], m)
            np.multiply(r, m, t)
        else:
            np.multiply(r, h, m)  # (2)
            np.dot(m, weights["Un"], t)
        np.add(n, t, n)
        np.tanh(n, n)
        _interpolate(u, n, h_old, h_new, d)  # (3)

    def local_derivatives(
        self,
        z: FloatArray,
        before: Sequence[FloatArray],
        after: Sequence[FloatArray],
        saved: Sequence[FloatArray],
        local: FloatArray,
    ) -> None:
        (r, u, n), (d, m) = z, saved
        *interpolation, dreset_dzr = local
        _interpolation_derivatives(u, n, d, *interpolation)
        # Of what r multiplies, along its sum: r (1 - r) h, or with reset_after
        # r (1 - r) (h Un + c).
        np.multiply(r, m, dreset_dzr)
        np.subtract(m, dreset_dzr, dreset_dzr)  # (1 - r) m
        if self.reset_after:
            np.multiply(dreset_dzr, r, dreset_dzr)

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
        (_, r, _, _), (dh_dz, dh_dh, dreset_dzr), (dh_new,) = z, local, dstates
        dz_r_u, dz_u_n, dz_r, dz_n, *dz_m = dz
        product, t = work
        np.multiply(dh_new, dh_dz, dz_u_n)  # (3)
        np.multiply(dh_new, dh_dh, dh_new)
        if self.reset_after:
            np.multiply(dz_n, dreset_dzr, dz_r)  # (2)
            np.multiply(dz_n, r, dz_m[0])
            np.dot(dz_m[0], weights["UnT"], t)
        else:
            np.dot(dz_n, weights["UnT"], t)  # (2)
            np.multiply(t, dreset_dzr, dz_r)
            np.multiply(t, r, t)
        np.matmul(dz_r_u, weights["UT"], product[:2])  # (1)
        add_gates(product[:2], dh)
        np.add(dh, t, dh)

    def weight_gradients(
        self,
        grads: Grads,
        h: FloatArray,
        saved: Sequence[FloatArray],
        dZ: FloatArray,
        add: AddProducts,
    ) -> None:
        dU, (_, m) = grads["U"], saved
        add(h, dZ[:2], dU[:2])
        if self.reset_after:
            add(h, dZ[3:], dU[2:])
            grads["c"] += dZ[3].sum(axis=0)
        else:
            add(m, dZ[2:], dU[2:])


def _interpolate(u, n, h, h_new, d):
    """h' = u n + (1 - u) h, as h + u d with d = n - h."""
    np.subtract(n, h, d)
    np.multiply(u, d, h_new)
    np.add(h_new, h, h_new)


def _interpolation_derivatives(u, n, d, dh_dzu, dh_dzn, dh_dh):
    """Of h' = u n + (1 - u) h, along the sums of u and n, and along h itself."""
    one, _ = constants(u.dtype)
    np.subtract(one, u, dh_dh)
    np.multiply(u, d, dh_dzu)
    np.multiply(dh_dzu, dh_dh, dh_dzu)  # (n - h) u (1 - u)
    np.multiply(u, n, dh_dzn)
    np.multiply(dh_dzn, n, dh_dzn)
    np.subtract(u, dh_dzn, dh_dzn)  # u (1 - n^2)
