"""LSTM, compiled:  c' = f c + i g,   h' = o tanh(c')   with gates i, f, o, g."""

from __future__ import annotations

import numpy as np

from .._lstm import LSTMCell
from ._activations import halve, sigm, tanh
from ._base import CompiledCell
from ._jit import add_scaled, copy, flat, jitable, loop, multiply, rows
from ._products import add_row_times, gemm, room_for
from ._team import share, shared, steps_of_half


class CompiledLSTMCell(CompiledCell, LSTMCell):
    """``LSTMCell`` with compiled loops."""

    def loop(self, weights, z, states, saved, mask, where, team):
        none = z[0, :0]
        p, seen = none, (none, none)
        if self.peephole:
            p, seen = weights["half_p"], saved[1:]
        current = self.peephole == "current"
        given = p, current, z, *states, saved[0], *seen, mask
        _forward(team, weights["U"], *given, *where)

    def loop_one(self, params, z, states):
        p = params["p"] if self.peephole else z[:0]
        _forward_one(params["U"], p, self.peephole == "current", z, *states)

    def loop_back(self, weights, tape, before, dH, dstates, dZ, dh, mask, where, team):
        p = weights["p"] if self.peephole else dH[:0]
        current, (_, c) = self.peephole == "current", before
        given = tape.z, c, tape.saved[0], dH, *dstates, dZ, mask
        _backward(team, weights["UT"], p, current, *given, *where)


@loop
def _forward(team, *given):
    share(team, _forward_half, given)


@shared
def _forward_half(
    half,
    U,
    p,
    current,
    z,
    h,
    c,
    tanh_c,
    c_seen,
    c_seen_by_o,
    mask,
    runs,
    n,
    before,
    kept,
):
    u, peepholes, masked = U.shape[1], len(p) > 0, len(mask) > 0
    room, h_masked = room_for(z), np.empty(mask.size, z.dtype)
    z, h, c, tanh_c = flat(z), flat(h), flat(c), flat(tanh_c)
    U, mask = flat(U), flat(mask)
    c_seen, c_seen_by_o = flat(c_seen), flat(c_seen_by_o)
    first, steps = steps_of_half(half, runs, n, before)
    for n_t, m, row, old in steps:
        gates, here = 4 * (row + kept) + first, row + kept + first
        i, f = rows(z, u, gates, m), rows(z, u, gates + n_t, m)
        o, g = rows(z, u, gates + 2 * n_t, m), rows(z, u, gates + 3 * n_t, m)
        h_old, h_new = rows(h, u, old + first, m), rows(h, u, n + row + first, m)
        c_old, c_new = rows(c, u, old + first, m), rows(c, u, n + row + first, m)
        if masked:
            h_in = rows(h_masked, u, first, m)
            h_old = multiply(h_old, rows(mask, u, first, m), h_in)
        for k, gate in enumerate((i, f, o, g)):  # (1)
            gemm(room, h_old, rows(U, u * u, k), gate, m, u, True)
        if peepholes:
            add_scaled(p[0], c_old, i)
            add_scaled(p[1], c_old, f)
        _remember(i, f, g, c_old, c_new)
        if peepholes:
            c_o = c_new if current else c_old
            add_scaled(p[2], c_o, o)
            copy(c_old, rows(c_seen, u, here, m))
            copy(c_o, rows(c_seen_by_o, u, here, m))
        _put_out(o, c_new, rows(tanh_c, u, here, m), h_new)


@loop
def _forward_one(U, p, current, z, h, c):
    u, room, U, tanh_c = len(U), room_for(z), flat(U), np.empty(len(U), z.dtype)
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


@jitable
def _remember(i, f, g, c, c_new):
    for k in range(len(c)):
        i[k], f[k], g[k] = sigm(i[k]), sigm(f[k]), tanh(g[k])  # (1)
        c_new[k] = f[k] * c[k] + i[k] * g[k]  # (2)


@jitable
def _put_out(o, c_new, tanh_c, h_new):
    for k in range(len(o)):
        o[k], tanh_c[k] = sigm(o[k]), tanh(c_new[k])
        h_new[k] = o[k] * tanh_c[k]  # (3)


@loop
def _backward(team, *given):
    share(team, _backward_half, given)


@shared
def _backward_half(
    half, UT, p, current, z, c, tanh_c, dH, dh, dc, dZ, mask, runs, n, begin
):
    u, n_rows, peepholes, masked = dH.shape[1], len(dH), len(p) > 0, len(mask) > 0
    room, mask = room_for(z), flat(mask)
    z, c, tanh_c, UT = flat(z), flat(c), flat(tanh_c), flat(UT)
    dH, dh, dc, dZ = flat(dH), flat(dh), flat(dc), flat(dZ)
    first, steps = steps_of_half(half, runs, n, 0)
    for n_t, m, row, _ in steps[::-1]:
        gates, kept, here = 4 * row + first, row + first, row - begin + first
        i, f = rows(z, u, gates, m), rows(z, u, gates + n_t, m)
        o, g = rows(z, u, gates + 2 * n_t, m), rows(z, u, gates + 3 * n_t, m)
        dz_i, dz_f = rows(dZ, u, here, m), rows(dZ, u, n_rows + here, m)
        dz_o = rows(dZ, u, 2 * n_rows + here, m)
        dz_g = rows(dZ, u, 3 * n_rows + here, m)
        dh_t, dH_t = rows(dh, u, first, m), rows(dH, u, here, m)
        dc_t, c_old = rows(dc, u, first, m), rows(c, u, here, m)
        _put_out_back(o, rows(tanh_c, u, kept, m), dh_t, dH_t, dc_t, dz_o)
        if peepholes and current:
            add_scaled(p[2], dz_o, dc_t)
        _remember_back(i, f, g, c_old, dc_t, dz_i, dz_f, dz_g)
        if peepholes:
            add_scaled(p[0], dz_i, dc_t)
            add_scaled(p[1], dz_f, dc_t)
            if not current:
                add_scaled(p[2], dz_o, dc_t)
        for k, dz in enumerate((dz_i, dz_f, dz_o, dz_g)):  # (1)
            gemm(room, dz, rows(UT, u * u, k), dh_t, m, u, k > 0)
        if masked:
            multiply(dh_t, rows(mask, u, first, m), dh_t)


@jitable
def _put_out_back(o, tanh_c, dh, dH, dc, dz_o):
    for k in range(len(o)):
        d = dh[k] + dH[k]
        dc[k] += d * (o[k] - o[k] * tanh_c[k] * tanh_c[k])  # (3)
        dz_o[k] = d * tanh_c[k] * (o[k] - o[k] * o[k])


@jitable
def _remember_back(i, f, g, c, dc, dz_i, dz_f, dz_g):
    for k in range(len(c)):
        dz_i[k] = dc[k] * g[k] * (i[k] - i[k] * i[k])  # (2)
        dz_f[k] = dc[k] * c[k] * (f[k] - f[k] * f[k])
        dz_g[k] = dc[k] * (i[k] - i[k] * g[k] * g[k])
        dc[k] *= f[k]
