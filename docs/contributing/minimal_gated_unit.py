"""MGU:  h' = u n + (1 - u) h   with one gate u, which also resets the candidate n."""

import numpy as np

from sksequence.cells import Cell, activate_gates


class MinimalGatedUnit(Cell):
    """Minimal gated unit: a GRU whose two gates are one.

    ::

        u = sigm(h Uu + x Wu + bu)             (1)
        n = tanh((u h) Un + x Wn + bn)         (2)
        h' = u n + (1 - u) h                   (3)

    The gates are u and n, in this order. The paper calls u the forget gate f.

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
    local = ("dh_dzu", "dh_dzn", "dh_dh", "dm_dzu")

    def step(self, weights, z, h, before, after, saved, work):
        (u, n), (h_old,), (h_new,), (m,) = z, before, after, saved
        U = weights["U"]
        u += h @ U[0]  # (1)
        activate_gates(u[None], 1)
        np.multiply(u, h, m)  # (2)
        n += m @ U[1]
        np.tanh(n, n)
        np.multiply(u, n, h_new)  # (3)
        h_new += (1 - u) * h_old

    def local_derivatives(self, z, before, after, saved, local):
        (u, n), (h_old,), (m,) = z, before, saved
        dh_dzu, dh_dzn, dh_dh, dm_dzu = local
        dh_dh[:] = 1 - u  # (3), h' by h
        dh_dzu[:] = (n - h_old) * u * (1 - u)  # (3), h' by the sum of u
        dh_dzn[:] = u * (1 - n * n)  # (3) and (2), h' by the sum of n
        dm_dzu[:] = (1 - u) * m  # (2), m by the sum of u

    def step_back(self, weights, z, local, dstates, dz, dh, work):
        (dh_dzu, dh_dzn, dh_dh, dm_dzu), (dh_new,) = local, dstates
        (u, _), (dz_u, dz_n), UT = z, dz, weights["UT"]
        np.multiply(dh_new, dh_dzn, dz_n)  # (3)
        np.multiply(dh_new, dh_dzu, dz_u)
        dh_new *= dh_dh
        dm = dz_n @ UT[1]  # (2)
        dz_u += dm * dm_dzu
        np.multiply(dm, u, dh)
        dh += dz_u @ UT[0]  # (1)

    def weight_gradients(self, grads, h, saved, dZ):
        (m,), (dZ_u, dZ_n) = saved, dZ
        grads["U"][0] += h.T @ dZ_u
        grads["U"][1] += m.T @ dZ_n
