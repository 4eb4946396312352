"""LSTM:  c' = f c + i g,   h' = o tanh(c')   with gates i, f, o, g."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from .._typing import Arrays, FloatArray, Grads, Params, Shapes
from ._arrays import activate_gates, add_gates, by_gate
from ._base import AddProducts, Cell


class LSTMCell(Cell):
    """Long short-term memory [1]_ with a forget gate [2]_, optionally with peepholes.

    ::

        i, f, o = sigm(h U + x W + b)          (1)
        g = tanh(h Ug + x Wg + bg)             (1)
        c' = f c + i g                         (2)
        h' = o tanh(c')                        (3)

    The gates are i, f, o and g, in this order. Peepholes are elementwise weights p
    (3, n_units), by which the gates also see the cell state: i and f see pi c and pf c.
    With ``peephole="current"`` o sees po c' [3]_ [4]_; with "previous" it sees po c.

    The forget gate's bias starts at 1, so that a new cell remembers [5]_.

    Parameters
    ----------
    peephole : {None, "current", "previous"}, default=None

    References
    ----------
    .. [1] Hochreiter & Schmidhuber, "Long short-term memory", Neural Computation 9,
       1997.
    .. [2] Gers, Schmidhuber & Cummins, "Learning to forget: continual prediction with
       LSTM", Neural Computation 12, 2000.
    .. [3] Gers & Schmidhuber, "Recurrent nets that time and count", IJCNN 2000.
    .. [4] Graves, "Generating sequences with recurrent neural networks", 2013.
    .. [5] Jozefowicz, Zaremba & Sutskever, "An empirical exploration of recurrent
       network architectures", ICML 2015.

    Examples
    --------
    >>> from sksequence.cells import LSTMCell
    >>> LSTMCell(peephole="current").shapes(n_features=3, n_units=5)
    {'W': (3, 20), 'U': (5, 20), 'b': (20,), 'p': (3, 5)}
    """

    gates = ("i", "f", "o", "g")
    n_sigmoid = 3
    bounded = True
    states = ("h", "c")
    local = ("dc_dzi", "dc_dzf", "dh_dzo", "dc_dzg", "dh_dc")
    carries_h = False
    # All gates are one block, for one product with the gradient of c'. In it the part
    # of o is overwritten by the product with the gradient of h'.
    z_parts = ("i f o g", "i", "f", "o", "g")
    local_parts = ("dc_dzi dc_dzf dh_dzo dc_dzg", "dh_dzo", "dh_dc")
    dz_parts = ("i f o g", "o")
    options = {"peephole": (None, "current", "previous")}
    course_names = {
        "a": "h",
        "Gamma_u": "i",
        "Gamma_f": "f",
        "Gamma_o": "o",
        "c_tilde": "g",
    }

    def __init__(self, peephole: Literal["current", "previous"] | None = None) -> None:
        self.peephole = peephole

    @property
    def saved(self) -> tuple[str, ...]:  # type: ignore[override]
        # With peepholes, also the cell states that the gates have seen.
        return ("tanh_c", "c_seen", "c_seen_by_o") if self.peephole else ("tanh_c",)

    def shapes(self, n_features: int, n_units: int) -> Shapes:
        shapes = super().shapes(n_features, n_units)
        return {**shapes, "p": (3, n_units)} if self.peephole else shapes

    def init(self, params: Params, rng: np.random.RandomState) -> None:
        super().init(params, rng)
        by_gate(params["b"], 4)[1] = 1

    def weights(self, params: Params) -> dict[str, Any]:
        weights = super().weights(params)
        if self.peephole:
            weights["half_p"] = params["p"] * 0.5
        return weights

    def weights_back(self, params: Params) -> dict[str, Any]:
        return {**super().weights_back(params), "p": params.get("p")}

    def compiled(self) -> Cell:
        from .compiled._lstm import CompiledLSTMCell

        return CompiledLSTMCell(self.peephole)

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
        (gates, i, f, o, g), (_, c), (h_new, c_new) = z, before, after
        tanh_c, *seen = saved
        product, i_g = work
        np.matmul(h, weights["U"], product)  # (1)
        np.add(gates, product, gates)
        if self.peephole is None:
            activate_gates(gates, 3)
        else:
            p = weights["half_p"]
            i += p[0] * c
            f += p[1] * c
            activate_gates(gates[:2], 2)
            np.tanh(g, g)
        np.multiply(f, c, c_new)  # (2)
        np.multiply(i, g, i_g)
        np.add(c_new, i_g, c_new)
        if self.peephole is not None:
            seen[0][:] = c
            seen[1][:] = c_new if self.peephole == "current" else c
            o += p[2] * seen[1]
            activate_gates(gates[2:3], 1)
        np.tanh(c_new, tanh_c)  # (3)
        np.multiply(o, tanh_c, h_new)

    def local_derivatives(
        self,
        z: FloatArray,
        before: Sequence[FloatArray],
        after: Sequence[FloatArray],
        saved: Sequence[FloatArray],
        local: FloatArray,
    ) -> None:
        (i, f, o, g), (_, c), (h_new, _), tanh_c = z, before, after, saved[0]
        dc_dzi, dc_dzf, dh_dzo, dc_dzg, dh_dc = local
        # The derivative of a gate along its sum, times what the gate is multiplied
        # with: i (1 - i) g as i g - i (i g). At first dh_dzo only holds products.
        np.multiply(i, g, dc_dzi)  # (2)
        np.multiply(g, dc_dzi, dc_dzg)
        np.subtract(i, dc_dzg, dc_dzg)  # i (1 - g^2)
        np.multiply(i, dc_dzi, dh_dzo)
        np.subtract(dc_dzi, dh_dzo, dc_dzi)  # i (1 - i) g
        np.multiply(f, c, dc_dzf)
        np.multiply(f, dc_dzf, dh_dzo)
        np.subtract(dc_dzf, dh_dzo, dc_dzf)  # f (1 - f) c
        np.multiply(o, h_new, dh_dzo)  # (3)
        np.subtract(h_new, dh_dzo, dh_dzo)  # o (1 - o) tanh c'
        np.multiply(h_new, tanh_c, dh_dc)
        np.subtract(o, dh_dc, dh_dc)  # o (1 - tanh^2 c'), along c'

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
        (derivatives, dh_dzo, dh_dc), (_, _, forget, _, _) = local, z
        (dz, dz_o), (dh_new, dc_new), (product, t) = dz, dstates, work
        np.multiply(dh_new, dh_dc, t)  # (3)
        np.add(dc_new, t, dc_new)
        if self.peephole == "current":
            dc_new += dh_new * dh_dzo * weights["p"][2]
        np.multiply(dc_new, derivatives, dz)  # (2)
        np.multiply(dh_new, dh_dzo, dz_o)  # (3)
        np.multiply(dc_new, forget, dc_new)
        if self.peephole is not None:  # (1)
            p = weights["p"][:, None]
            seen = 2 if self.peephole == "current" else 3
            dc_new += np.add.reduce(dz[:seen] * p[:seen], axis=0)
        np.matmul(dz, weights["UT"], product)
        add_gates(product, dh)

    def weight_gradients(
        self,
        grads: Grads,
        h: FloatArray,
        saved: Sequence[FloatArray],
        dZ: FloatArray,
        add: AddProducts,
    ) -> None:
        super().weight_gradients(grads, h, saved, dZ, add)
        if self.peephole is not None:
            _, c, c_seen_by_o = saved
            grads["p"][:2] += (dZ[:2] * c).sum(axis=1)
            grads["p"][2] += (dZ[2] * c_seen_by_o).sum(axis=0)
