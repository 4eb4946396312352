"""LSTM:  c' = f c + i g,   h' = o tanh(c')   with gates i, f, o, g."""

import numpy as np

from ._arrays import add_gates, by_gate, squash
from ._base import Cell


class LSTMCell(Cell):
    """Long short-term memory with a forget gate, optionally with peepholes.

    ::

        i, f, o = sigm(h U + x W + b)          (1)
        g = tanh(h Ug + x Wg + bg)             (1)
        c' = f c + i g                         (2)
        h' = o tanh(c')                        (3)

    Gates in this order: i, f, o, g. Peepholes are weights p (3, n_units), elementwise,
    by which the gates also see the cell state: i and f see pi c and pf c. With
    ``peephole="current"`` o sees po c' [3]_ [4]_; with "previous" it sees po c.

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
    states = ("h", "c")
    local = ("slope_i", "slope_f", "slope_o", "slope_g", "dc_dh")
    carries_h = False
    # All gates at once, for what they share; the sum of gate o is overwritten last.
    z_parts = ("i f o g", "i", "f", "o", "g")
    local_parts = ("slope_i slope_f slope_o slope_g", "slope_o", "dc_dh")
    dz_parts = ("i f o g", "o")
    options = {"peephole": (None, "current", "previous")}
    course_names = {
        "a": "h",
        "Gamma_u": "i",
        "Gamma_f": "f",
        "Gamma_o": "o",
        "c_tilde": "g",
    }

    def __init__(self, peephole=None):
        self.peephole = peephole

    @property
    def saved(self):
        # Peepholes: also what they looked at.
        return ("tanh_c", "c_seen", "c_seen_by_o") if self.peephole else ("tanh_c",)

    def shapes(self, n_features, n_units):
        shapes = super().shapes(n_features, n_units)
        return {**shapes, "p": (3, n_units)} if self.peephole else shapes

    def init(self, params, rng):
        super().init(params, rng)
        by_gate(params["b"], 4)[1] = 1

    def weights(self, params):
        weights = super().weights(params)
        if self.peephole:
            weights["half_p"] = params["p"] * 0.5
        return weights

    def weights_back(self, params):
        return {**super().weights_back(params), "p": params.get("p")}

    def step(self, weights, z, h, before, after, saved, work):
        (gates, i, f, o, g), (_, c), (h_new, c_new) = z, before, after
        tanh_c, *seen = saved
        product, i_g = work
        np.matmul(h, weights["U"], product)  # (1)
        np.add(gates, product, gates)
        if self.peephole is None:
            squash(gates, 3)
        else:
            p = weights["half_p"]
            i += p[0] * c
            f += p[1] * c
            squash(gates[:2], 2)
            np.tanh(g, g)
        np.multiply(f, c, c_new)  # (2)
        np.multiply(i, g, i_g)
        np.add(c_new, i_g, c_new)
        if self.peephole is not None:
            seen[0][:] = c
            seen[1][:] = c_new if self.peephole == "current" else c
            o += p[2] * seen[1]
            squash(gates[2:3], 1)
        np.tanh(c_new, tanh_c)  # (3)
        np.multiply(o, tanh_c, h_new)

    def local_derivatives(self, z, before, after, saved, local):
        (i, f, o, g), (_, c), (h_new, _), tanh_c = z, before, after, saved[0]
        d_i, d_f, d_o, d_g, dc_dh = local
        # dz of i, f, g for each dc', of o for each dh': the slope of squashing times
        # what the gate is multiplied with. From what is there, as ab - a (ab).
        np.multiply(i, g, d_i)  # (2)
        np.multiply(g, d_i, d_g)
        np.subtract(i, d_g, d_g)  # i (1 - g^2)
        np.multiply(i, d_i, d_o)
        np.subtract(d_i, d_o, d_i)  # i (1 - i) g
        np.multiply(f, c, d_f)
        np.multiply(f, d_f, d_o)
        np.subtract(d_f, d_o, d_f)  # f (1 - f) c
        np.multiply(o, h_new, d_o)  # (3)
        np.subtract(h_new, d_o, d_o)  # o (1 - o) tanh c'
        np.multiply(h_new, tanh_c, dc_dh)
        np.subtract(o, dc_dh, dc_dh)  # o (1 - tanh^2 c'), along c'

    def step_back(self, weights, z, local, dstates, dz, dh, work):
        (slopes, slope_o, dc_dh), (_, _, forget, _, _) = local, z
        (dz, dz_o), (dh_new, dc_new), (product, t) = dz, dstates, work
        np.multiply(dh_new, dc_dh, t)  # (3)
        np.add(dc_new, t, dc_new)
        if self.peephole == "current":
            dc_new += dh_new * slope_o * weights["p"][2]
        np.multiply(dc_new, slopes, dz)  # (2)
        np.multiply(dh_new, slope_o, dz_o)  # (3)
        np.multiply(dc_new, forget, dc_new)
        if self.peephole is not None:  # (1)
            p = weights["p"][:, None]
            seen = 2 if self.peephole == "current" else 3
            dc_new += np.add.reduce(dz[:seen] * p[:seen], axis=0)
        np.matmul(dz, weights["UT"], product)
        add_gates(product, dh)

    def weight_gradients(self, grads, h, saved, dZ):
        super().weight_gradients(grads, h, saved, dZ)
        if self.peephole is not None:
            _, c, c_seen_by_o = saved
            grads["p"][:2] += (dZ[:2] * c).sum(axis=1)
            grads["p"][2] += (dZ[2] * c_seen_by_o).sum(axis=0)
