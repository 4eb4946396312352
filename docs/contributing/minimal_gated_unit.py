"""MGU:  h' = u n + (1 - u) h   with one gate u, which also resets the candidate n."""

from functools import cache

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

    def weight_gradients(self, grads, h, saved, dZ, add):
        (m,), dU = saved, grads["U"]
        add(h, dZ[:1], dU[:1])
        add(m, dZ[1:], dU[1:])

    def compiled(self):
        return compiled_class()()


# -- for engine="numba" ----------------------------------------------------------------


@cache
def compiled_class():
    """The unit with compiled loops. Only who asks for them needs numba."""
    from sksequence.cells import compiled as c

    class CompiledMinimalGatedUnit(c.CompiledCell, MinimalGatedUnit):
        def loop(self, weights, z, states, saved, mask, where, team):
            forward(weights["U"], z, *states, *saved, mask, *where)

        def loop_back(
            self, weights, tape, before, dH, dstates, dZ, dh, mask, where, team
        ):
            given = tape.z, *before, *tape.saved, dH, *dstates, dh, dZ, mask
            backward(weights["UT"], *given, *where)

    @c.loop
    def forward(U, z, h, m, mask, runs, n_sequences, before, kept):
        w, masked = U.shape[1], len(mask) > 0
        room, h_masked = c.room_for(z), np.empty(mask.size, z.dtype)
        z, h, m, mask = z.ravel(), h.ravel(), m.ravel(), mask.ravel()
        Uu, Un = U[0].ravel(), U[1].ravel()
        for n_t, row, old in c.steps_of(runs, n_sequences, before):
            here, new = row + kept, n_sequences + row
            u, n = c.rows(z, w, 2 * here, n_t), c.rows(z, w, 2 * here + n_t, n_t)
            h_old, h_new = c.rows(h, w, old, n_t), c.rows(h, w, new, n_t)
            h_in, m_t = h_old, c.rows(m, w, here, n_t)
            if masked:
                h_in = c.multiply(h_old, mask, c.rows(h_masked, w, 0, n_t))
            c.gemm(room, h_in, Uu, u, n_t, w, True)  # (1)
            for k in range(len(u)):
                u[k] = c.sigm(u[k])
                m_t[k] = u[k] * h_in[k]  # (2)
            c.gemm(room, m_t, Un, n, n_t, w, True)
            for k in range(len(u)):
                n[k] = c.tanh(n[k])
                h_new[k] = h_old[k] + u[k] * (n[k] - h_old[k])  # (3)

    @c.loop
    def backward(UT, z, h, m, dH, dh, dh_in, dZ, mask, runs, n_sequences, first):
        w, masked, room = UT.shape[1], len(mask) > 0, c.room_for(z)
        z, h, m, dH, dh = z.ravel(), h.ravel(), m.ravel(), dH.ravel(), dh.ravel()
        dh_in, mask, UuT, UnT = (
            dh_in.ravel(),
            mask.ravel(),
            UT[0].ravel(),
            UT[1].ravel(),
        )
        dZ_u, dZ_n = dZ[0].ravel(), dZ[1].ravel()
        for n_t, row, _ in c.steps_of(runs, n_sequences, 0)[::-1]:
            here = row - first
            u, n = c.rows(z, w, 2 * row, n_t), c.rows(z, w, 2 * row + n_t, n_t)
            h_old, m_t = c.rows(h, w, here, n_t), c.rows(m, w, row, n_t)
            dz_u, dz_n = c.rows(dZ_u, w, here, n_t), c.rows(dZ_n, w, here, n_t)
            dh_t, dm = c.rows(dh, w, 0, n_t), c.rows(dh_in, w, 0, n_t)
            dH_t = c.rows(dH, w, here, n_t)
            for k in range(len(u)):
                d = dh_t[k] + dH_t[k]
                dz_n[k] = d * (u[k] - u[k] * n[k] * n[k])  # (3)
                dz_u[k] = d * (n[k] - h_old[k]) * (u[k] - u[k] * u[k])
                dh_t[k] = d - d * u[k]
            c.gemm(room, dz_n, UnT, dm, n_t, w, False)  # (2)
            for k in range(len(u)):
                dz_u[k] += dm[k] * (m_t[k] - m_t[k] * u[k])
                dm[k] *= u[k]
            c.gemm(room, dz_u, UuT, dm, n_t, w, True)  # (1)
            if masked:
                c.multiply(dm, mask, dm)
            for k in range(len(dm)):
                dh_t[k] += dm[k]

    return CompiledMinimalGatedUnit
