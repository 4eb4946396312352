"""GRU:  h' = u n + (1 - u) h   with an update gate u and a candidate n."""

import numpy as np

from ._base import Cell, by_gate, squash


class SimpleGRUCell(Cell):
    """Gated recurrent unit without the relevance gate.

    ::

        u = sigm(h Uu + x Wu + bu)     (1)
        n = tanh(h Un + x Wn + bn)     (1)
        h' = u n + (1 - u) h           (2)

    Gates in this order: u, n. It is the first, simplified GRU of many courses; u = 1
    lets the candidate in, u = 0 keeps the state, and with it the gradient, unchanged.

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

    gates = ("u", "n")
    n_sigmoid = 1

    def step(self, weights, z, h, before, after, saved):
        (h_old,), (h_new,) = before, after
        z += h @ weights["U"]  # (1)
        squash(z, 1)
        _interpolate(z[0], z[1], h_old, h_new)  # (2)

    def local_derivatives(self, params, tape):
        u, n = tape.gates
        return _interpolation_derivatives(u, n, tape.before(0))

    def step_back(self, weights, local, dstates, dz, dh):
        (slopes, keep), (dh_new,) = local, dstates
        np.multiply(dh_new, slopes, out=dz)  # (2)
        dh_new *= keep
        np.add.reduce(dz @ weights["UT"], axis=0, out=dh)  # (1)


class GRUCell(Cell):
    """Gated recurrent unit, with the relevance (reset) gate r.

    ::

        r = sigm(h Ur + x Wr + br)             (1)
        u = sigm(h Uu + x Wu + bu)             (1)
        n = tanh((r h) Un + x Wn + bn)         (2)
        h' = u n + (1 - u) h                   (3)

    Gates in this order: r, u, n. With ``reset_after`` the relevance gate comes after
    the product, with a bias c of its own, as in cuDNN, PyTorch and Keras::

        n = tanh(r (h Un + c) + x Wn + bn)     (2)

    PyTorch's and ONNX's z is 1 - u.

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

    gates = ("r", "u", "n")
    n_sigmoid = 2
    saved = ("m",)  # r h, or h Un + c with reset_after: what r and Un meet at
    options = {"reset_after": (False, True)}

    def __init__(self, reset_after=False):
        self.reset_after = reset_after

    def shapes(self, n_features, n_units):
        shapes = super().shapes(n_features, n_units)
        return {**shapes, "c": (n_units,)} if self.reset_after else shapes

    def weights(self, params):
        return {**super().weights(params), "c": params.get("c")}

    def step(self, weights, z, h, before, after, saved):
        (h_old,), (h_new,), (m,) = before, after, saved
        r, u, n = z
        U = weights["U"]
        z[:2] += h @ U[:2]  # (1)
        squash(z[:2], 2)
        if self.reset_after:
            np.matmul(h, U[2], out=m)  # (2)
            m += weights["c"]
            n += r * m
        else:
            np.multiply(r, h, out=m)  # (2)
            n += m @ U[2]
        np.tanh(n, out=n)
        _interpolate(u, n, h_old, h_new)  # (3)

    def local_derivatives(self, params, tape):
        r, u, n = tape.gates
        (m,) = tape.saved
        slopes, keep = _interpolation_derivatives(u, n, tape.before(0))
        # dz_r = (gradient that reaches r) * opening
        opening = (1 - r) * r * m if self.reset_after else (1 - r) * m
        return slopes, keep, opening, r

    def step_back(self, weights, local, dstates, dz, dh):
        (slopes, keep, opening, r), (dh_new,) = local, dstates
        UT = weights["UT"]
        np.multiply(dh_new, slopes, out=dz[1:])  # (3)
        dh_new *= keep
        if self.reset_after:
            np.multiply(dz[2], opening, out=dz[0])  # (2)
            np.matmul(dz[2] * r, UT[2], out=dh)
        else:
            dm = dz[2] @ UT[2]  # (2)
            np.multiply(dm, opening, out=dz[0])
            np.multiply(dm, r, out=dh)
        dh += np.add.reduce(dz[:2] @ UT[:2], axis=0)  # (1)

    def weight_gradients(self, params, grads, tape, dZ):
        (m,), h = tape.saved, tape.h_in
        dU = by_gate(grads["U"], 3)
        dU[:2] += np.matmul(h.T, dZ[:2])
        if self.reset_after:
            dm = dZ[2] * tape.gates[0]
            dU[2] += h.T @ dm
            grads["c"] += dm.sum(axis=0)
        else:
            dU[2] += m.T @ dZ[2]


def _interpolate(u, n, h_old, h_new):
    """h' = u n + (1 - u) h, as h + u (n - h)."""
    np.subtract(n, h_old, out=h_new)
    h_new *= u
    h_new += h_old


def _interpolation_derivatives(u, n, h_old):
    """Of h' = u n + (1 - u) h: dz of (u, n) for each dh', and dh for each dh'."""
    keep = 1 - u
    slopes = np.stack([(n - h_old) * u * keep, (1 - n * n) * u])
    return slopes, keep
