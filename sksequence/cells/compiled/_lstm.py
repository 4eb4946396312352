"""LSTM, compiled:  c' = f c + i g,   h' = o tanh(c')   with gates i, f, o, g."""

from __future__ import annotations

import numpy as np

from .._lstm import LSTMCell
from ._activations import halve, sigm, tanh
from ._base import CompiledCell
from ._jit import add_scaled, jit, loop, multiply, rows, steps_of
from ._products import add_row_times, gemm, room_for


class CompiledLSTMCell(CompiledCell, LSTMCell):
    """``LSTMCell`` with compiled loops."""

    def loop(self, weights, z, states, saved, mask, where):
        none = z[0, :0]
        p, seen = none, (none, none)
        if self.peephole:
            p, seen = weights["half_p"], saved[1:]
        current = self.peephole == "current"
        _forward(weights["U"], p, current, z, *states, saved[0], *seen, mask, *where)

    def loop_one(self, params, z, states):
        p = params["p"] if self.peephole else z[:0]
        _forward_one(params["U"], p, self.peephole == "current", z, *states)

    def loop_back(self, weights, tape, before, dH, dstates, dZ, dh, mask, where):
        p = weights["p"] if self.peephole else dH[:0]
        current, (_, c) = self.peephole == "current", before
        given = tape.z, c, tape.saved[0], dH, *dstates, dZ, mask
        _backward(weights["UT"], p, current, *given, *where)


@loop
def _forward(
    U, p, current, z, h, c, tanh_c, c_seen, c_seen_by_o, mask, runs, n, before, kept
):
    u, peepholes, masked = U.shape[1], len(p) > 0, len(mask) > 0
    room, h_masked = room_for(z), np.empty(mask.size, z.dtype)
    z, h, c, tanh_c = z.ravel(), h.ravel(), c.ravel(), tanh_c.ravel()
    U, mask = U.ravel(), mask.ravel()
    c_seen, c_seen_by_o = c_seen.ravel(), c_seen_by_o.ravel()
    steps = steps_of(runs, n, before)
    for t in range(len(steps)):
        n_t, old, new = steps[t, 0], steps[t, 2], n + steps[t, 1]
        here = steps[t, 1] + kept
        i, f = rows(z, u, 4 * here, n_t), rows(z, u, 4 * here + n_t, n_t)
        o, g = rows(z, u, 4 * here + 2 * n_t, n_t), rows(z, u, 4 * here + 3 * n_t, n_t)
        h_old, h_new = rows(h, u, old, n_t), rows(h, u, new, n_t)
        c_old, c_new = rows(c, u, old, n_t), rows(c, u, new, n_t)
        if masked:
            h_old = multiply(h_old, mask, rows(h_masked, u, 0, n_t))
        for k, gate in enumerate((i, f, o, g)):  # (1)
            gemm(room, h_old, rows(U, u * u, k), gate, n_t, u, True)
        if peepholes:
            add_scaled(p[0], c_old, i)
            add_scaled(p[1], c_old, f)
        _remember(i, f, g, c_old, c_new)
        if peepholes:
            c_o = c_new if current else c_old
            add_scaled(p[2], c_o, o)
            rows(c_seen, u, here, n_t)[:] = c_old
            rows(c_seen_by_o, u, here, n_t)[:] = c_o
        _put_out(o, c_new, rows(tanh_c, u, here, n_t), h_new)


@loop
def _forward_one(U, p, current, z, h, c):
    u, room, U, tanh_c = len(U), room_for(z), U.ravel(), np.empty(len(U), z.dtype)
    for t in range(len(z)):
        gates, c_old, c_new = z[t], c[t], c[t + 1]
        i, f, o, g = gates[:u], gates[u : 2 * u], gates[2 * u : 3 * u], gates[3 * u :]
        add_row_times(room, h[t], U, gates, 4 * u)  # (1)
        if len(p):
            add_scaled(p[0], c_old, i)
            add_scaled(p[1], c_old, f)
            if not current:
                add_scaled(p[2], c_old, o)
        halve(gates[: 2 * u])
        _remember(i, f, g, c_old, c_new)
        if len(p) and current:
            add_scaled(p[2], c_new, o)
        halve(o)
        _put_out(o, c_new, tanh_c, h[t + 1])


@jit
def _remember(i, f, g, c, c_new):
    for k in range(len(c)):
        i[k], f[k], g[k] = sigm(i[k]), sigm(f[k]), tanh(g[k])  # (1)
        c_new[k] = f[k] * c[k] + i[k] * g[k]  # (2)


@jit
def _put_out(o, c_new, tanh_c, h_new):
    for k in range(len(o)):
        o[k], tanh_c[k] = sigm(o[k]), tanh(c_new[k])
        h_new[k] = o[k] * tanh_c[k]  # (3)


@loop
def _backward(UT, p, current, z, c, tanh_c, dH, dh, dc, dZ, mask, runs, n, first):
    u, m, peepholes, masked = dH.shape[1], len(dH), len(p) > 0, len(mask) > 0
    room, mask = room_for(z), mask.ravel()
    z, c, tanh_c, UT = z.ravel(), c.ravel(), tanh_c.ravel(), UT.ravel()
    dH, dh, dc, dZ = dH.ravel(), dh.ravel(), dc.ravel(), dZ.ravel()
    steps = steps_of(runs, n, 0)
    for t in range(len(steps) - 1, -1, -1):
        n_t, row, here = steps[t, 0], steps[t, 1], steps[t, 1] - first
        i, f = rows(z, u, 4 * row, n_t), rows(z, u, 4 * row + n_t, n_t)
        o, g = rows(z, u, 4 * row + 2 * n_t, n_t), rows(z, u, 4 * row + 3 * n_t, n_t)
        dz_i, dz_f = rows(dZ, u, here, n_t), rows(dZ, u, m + here, n_t)
        dz_o, dz_g = rows(dZ, u, 2 * m + here, n_t), rows(dZ, u, 3 * m + here, n_t)
        dh_t, dH_t = rows(dh, u, 0, n_t), rows(dH, u, here, n_t)
        dc_t, c_old = rows(dc, u, 0, n_t), rows(c, u, here, n_t)
        _put_out_back(o, rows(tanh_c, u, row, n_t), dh_t, dH_t, dc_t, dz_o)
        if peepholes and current:
            add_scaled(p[2], dz_o, dc_t)
        _remember_back(i, f, g, c_old, dc_t, dz_i, dz_f, dz_g)
        if peepholes:
            add_scaled(p[0], dz_i, dc_t)
            add_scaled(p[1], dz_f, dc_t)
            if not current:
                add_scaled(p[2], dz_o, dc_t)
        for k, dz in enumerate((dz_i, dz_f, dz_o, dz_g)):  # (1)
            gemm(room, dz, rows(UT, u * u, k), dh_t, n_t, u, k > 0)
        if masked:
            multiply(dh_t, mask, dh_t)


@jit
def _put_out_back(o, tanh_c, dh, dH, dc, dz_o):
    for k in range(len(o)):
        d = dh[k] + dH[k]
        dc[k] += d * (o[k] - o[k] * tanh_c[k] * tanh_c[k])  # (3)
        dz_o[k] = d * tanh_c[k] * (o[k] - o[k] * o[k])


@jit
def _remember_back(i, f, g, c, dc, dz_i, dz_f, dz_g):
    for k in range(len(c)):
        dz_i[k] = dc[k] * g[k] * (i[k] - i[k] * i[k])  # (2)
        dz_f[k] = dc[k] * c[k] * (f[k] - f[k] * f[k])
        dz_g[k] = dc[k] * (i[k] - i[k] * g[k] * g[k])
        dc[k] *= f[k]
