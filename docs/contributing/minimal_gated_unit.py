"""MGU:  h' = u n + (1 - u) h   with one gate u, which also filters the candidate n."""

import numpy as np

from sksequence.cells import Cell, by_gate, squash


class MinimalGatedUnit(Cell):
    """Minimal gated unit: a GRU whose two gates are one.

    ::

        u = sigm(h Uu + x Wu + bu)             (1)
        n = tanh((u h) Un + x Wn + bn)         (2)
        h' = u n + (1 - u) h                   (3)

    Gates in this order: u, n. The paper calls u the forget gate f.

    References
    ----------
    .. [1] Zhou, Wu, Zhang & Zhou, "Minimal gated unit for recurrent neural networks",
       International Journal of Automation and Computing 13, 2016.

    Examples
    --------
    >>> MinimalGatedUnit().shapes(n_features=3, n_units=5)
    {'W': (3, 10), 'U': (5, 10), 'b': (10,)}
    """

    gates = ("u", "n")
    n_sigmoid = 1
    saved = ("m",)  # u h: what enters the product with Un

    def step(self, weights, z, h, before, after, saved):
        (h_old,), (h_new,), (m,) = before, after, saved
        u, n = z
        U = weights["U"]
        u += h @ U[0]  # (1)
        squash(z[:1], 1)
        np.multiply(u, h, out=m)  # (2)
        n += m @ U[1]
        np.tanh(n, out=n)
        np.multiply(u, n, out=h_new)  # (3)
        h_new += (1 - u) * h_old

    def local_derivatives(self, params, tape):
        u, n = tape.gates
        (m,), h_old = tape.saved, tape.before(0)
        keep = 1 - u
        slope_u = (n - h_old) * u * keep  # (3), dz of u for each dh'
        slope_n = (1 - n * n) * u  # (3) and (2), dz of n for each dh'
        opening = keep * m  # (2), dz of u for each dm
        return slope_u, slope_n, keep, opening, u

    def step_back(self, weights, local, dstates, dz, dh):
        (slope_u, slope_n, keep, opening, u), (dh_new,) = local, dstates
        UT = weights["UT"]
        np.multiply(dh_new, slope_n, out=dz[1])  # (3)
        np.multiply(dh_new, slope_u, out=dz[0])
        dh_new *= keep
        dm = dz[1] @ UT[1]  # (2)
        dz[0] += dm * opening
        np.multiply(dm, u, out=dh)
        dh += dz[0] @ UT[0]  # (1)

    def weight_gradients(self, params, grads, tape, dZ):
        (m,), dU = tape.saved, by_gate(grads["U"], 2)
        dU[0] += tape.h_in.T @ dZ[0]
        dU[1] += m.T @ dZ[1]
