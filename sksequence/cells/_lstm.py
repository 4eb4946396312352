"""LSTM:  c' = f c + i g,   h' = o tanh(c')   with gates i, f, o, g."""

import numpy as np

from ._base import Cell, by_gate, squash


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
    saved = ("tanh_c",)
    options = {"peephole": (None, "current", "previous")}

    def __init__(self, peephole=None):
        self.peephole = peephole

    def shapes(self, n_features, n_units):
        shapes = super().shapes(n_features, n_units)
        return {**shapes, "p": (3, n_units)} if self.peephole else shapes

    def init(self, params, rng):
        super().init(params, rng)
        by_gate(params["b"], 4)[1] = 1

    def weights(self, params):
        weights = super().weights(params)
        if self.peephole:
            p = params["p"][:, None]
            weights["p"], weights["half_p"] = p, p * p.dtype.type(0.5)
        return weights

    def step(self, weights, z, h, before, after, saved):
        (_, c), (h_new, c_new), (tanh_c,) = before, after, saved
        i, f, o, g = z
        z += h @ weights["U"]  # (1)
        if self.peephole is None:
            squash(z, 3)
        else:
            p = weights["half_p"]
            z[:2] += p[:2] * c
            squash(z[:2], 2)
            np.tanh(g, out=g)
        np.multiply(f, c, out=c_new)  # (2)
        c_new += i * g
        if self.peephole is not None:
            o += p[2] * (c_new if self.peephole == "current" else c)
            squash(z[2:3], 1)
        np.tanh(c_new, out=tanh_c)  # (3)
        np.multiply(o, tanh_c, out=h_new)

    def local_derivatives(self, params, tape):
        i, f, o, g = tape.gates
        (tanh_c,), c = tape.saved, tape.before(1)
        dc_dh = (1 - tanh_c * tanh_c) * o  # (3), along c'
        forget = f.copy()  # (2), along c
        # dz of each gate for each dc' (of o: for each dh'): its slope times what the
        # gate is multiplied with. In place of the gates; i and g need each other.
        along_i = (1 - i) * i * g  # (2)
        g[:] = (1 - g * g) * i  # (2)
        i[:] = along_i
        f *= (1 - f) * c  # (2)
        o *= (1 - o) * tanh_c  # (3)
        return tape.gates, dc_dh, forget

    def step_back(self, weights, local, dstates, dz, dh):
        (slopes, dc_dh, forget), (dh_new, dc_new) = local, dstates
        peephole = self.peephole
        np.multiply(dh_new, slopes[2], out=dz[2])  # (3)
        dc_new += dh_new * dc_dh
        dh_new[:] = 0
        if peephole == "current":
            dc_new += dz[2] * weights["p"][2]
        np.multiply(dc_new, slopes[:2], out=dz[:2])  # (2)
        np.multiply(dc_new, slopes[3], out=dz[3])
        dc_new *= forget
        if peephole is not None:  # (1)
            seen = 2 if peephole == "current" else 3
            dc_new += np.add.reduce(dz[:seen] * weights["p"][:seen], axis=0)
        np.add.reduce(dz @ weights["UT"], axis=0, out=dh)

    def weight_gradients(self, params, grads, tape, dZ):
        super().weight_gradients(params, grads, tape, dZ)
        if self.peephole is not None:
            c, c_new = tape.before(1), tape.after(1)
            seen_by_o = c_new if self.peephole == "current" else c
            grads["p"][:2] += (dZ[:2] * c).sum(axis=1)
            grads["p"][2] += (dZ[2] * seen_by_o).sum(axis=0)
