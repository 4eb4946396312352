"""GRU, compiled:  h' = u n + (1 - u) h   with an update gate u and a candidate n."""

from __future__ import annotations

import numpy as np

from .._gru import GRUCell, SimpleGRUCell
from ._activations import halve, sigm, tanh
from ._base import CompiledCell
from ._jit import copy, flat, jitable, loop, multiply, rows
from ._products import add_row_times, gemm, room_for
from ._team import share, shared, steps_of_half


class CompiledSimpleGRUCell(CompiledCell, SimpleGRUCell):
    """``SimpleGRUCell`` with compiled loops."""

    def loop(self, weights, z, states, saved, mask, where, team):
        _forward_simple(team, weights["U"], z, *states, *saved, mask, *where)

    def loop_one(self, params, z, states):
        _forward_one_simple(params["U"], z, *states)

    def loop_back(self, weights, tape, before, dH, dstates, dZ, dh, mask, where, team):
        given = tape.z, *tape.saved, dH, *dstates, dh, dZ, mask
        _backward_simple(team, weights["UT"], *given, *where)


class CompiledGRUCell(CompiledCell, GRUCell):
    """``GRUCell`` with compiled loops."""

    def loop(self, weights, z, states, saved, mask, where, team):
        U, Un = weights["U"], weights["Un"]
        c = weights["c"] if self.reset_after else Un[0]
        given = U, Un, c, self.reset_after, z, *states, *saved, mask
        _forward(team, *given, *where)

    def loop_one(self, params, z, states):
        c = params["c"] if self.reset_after else params["b"]
        _forward_one(params["U"], c, self.reset_after, z, *states)

    def loop_back(self, weights, tape, before, dH, dstates, dZ, dh, mask, where, team):
        UT, UnT = weights["UT"], weights["UnT"]
        given = tape.z, *tape.saved, dH, *dstates, dh, dZ, mask
        _backward(team, UT, UnT, self.reset_after, *given, *where)


# -- without a relevance gate ----------------------------------------------------------


@loop
def _forward_simple(team, *given):
    share(team, _forward_half_simple, given)


@shared
def _forward_half_simple(half, U, z, h, d, mask, runs, n_sequences, before, kept):
    w, masked = U.shape[1], len(mask) > 0
    room, h_masked = room_for(z), np.empty(mask.size, z.dtype)
    z, h, d = flat(z), flat(h), flat(d)
    U, mask = flat(U), flat(mask)
    first, steps = steps_of_half(half, runs, n_sequences, before)
    for n_t, m, row, old in steps:
        gates, here = 2 * (row + kept) + first, row + kept + first
        u, n = rows(z, w, gates, m), rows(z, w, gates + n_t, m)
        h_old = h_in = rows(h, w, old + first, m)
        h_new = rows(h, w, n_sequences + row + first, m)
        if masked:
            h_in = rows(h_masked, w, first, m)
            multiply(h_old, rows(mask, w, first, m), h_in)
        gemm(room, h_in, rows(U, w * w, 0), u, m, w, True)  # (1)
        gemm(room, h_in, rows(U, w * w, 1), n, m, w, True)
        _interpolate(u, n, h_old, h_new, rows(d, w, here, m))  # (2)


@loop
def _forward_one_simple(U, z, h):
    w, room, U, d = len(U), room_for(z), flat(U), np.empty(len(U), z.dtype)
    for t in range(len(z)):
        u, n = z[t, :w], z[t, w:]
        add_row_times(room, h[t], U, z[t], 2 * w)  # (1)
        halve(u)
        _interpolate(u, n, h[t], h[t + 1], d)  # (2)


@loop
def _backward_simple(team, *given):
    share(team, _backward_half_simple, given)


@shared
def _backward_half_simple(
    half, UT, z, d, dH, dh, dh_in, dZ, mask, runs, n_sequences, begin
):
    w, n_rows, masked = dH.shape[1], len(dH), len(mask) > 0
    room, mask = room_for(z), flat(mask)
    z, d, dH, dh = flat(z), flat(d), flat(dH), flat(dh)
    dh_in, dZ, UT = flat(dh_in), flat(dZ), flat(UT)
    first, steps = steps_of_half(half, runs, n_sequences, 0)
    for n_t, m, row, _ in steps[::-1]:
        gates, here = 2 * row + first, row - begin + first
        u, n = rows(z, w, gates, m), rows(z, w, gates + n_t, m)
        dz_u, dz_n = rows(dZ, w, here, m), rows(dZ, w, n_rows + here, m)
        dh_t, dh_in_t = rows(dh, w, first, m), rows(dh_in, w, first, m)
        dH_t, d_t = rows(dH, w, here, m), rows(d, w, row + first, m)
        _interpolate_back(u, n, d_t, dh_t, dH_t, dz_u, dz_n)  # (2)
        gemm(room, dz_u, rows(UT, w * w, 0), dh_in_t, m, w, False)  # (1)
        gemm(room, dz_n, rows(UT, w * w, 1), dh_in_t, m, w, True)
        if masked:
            multiply(dh_in_t, rows(mask, w, first, m), dh_in_t)
        _add(dh_in_t, dh_t)


# -- with the relevance gate r ---------------------------------------------------------


@loop
def _forward(team, *given):
    share(team, _forward_half, given)


@shared
def _forward_half(
    half, U, Un, c, reset_after, z, h, d, m, mask, runs, n_sequences, before, kept
):
    w, masked = len(Un), len(mask) > 0
    room, h_masked = room_for(z), np.empty(mask.size, z.dtype)
    z, h, d, m = flat(z), flat(h), flat(d), flat(m)
    U, Un, mask = flat(U), flat(Un), flat(mask)
    first, steps = steps_of_half(half, runs, n_sequences, before)
    for n_t, size, row, old in steps:
        gates, here = 3 * (row + kept) + first, row + kept + first
        r, u = rows(z, w, gates, size), rows(z, w, gates + n_t, size)
        n, m_t = rows(z, w, gates + 2 * n_t, size), rows(m, w, here, size)
        h_old = h_in = rows(h, w, old + first, size)
        h_new = rows(h, w, n_sequences + row + first, size)
        if masked:
            h_in = rows(h_masked, w, first, size)
            multiply(h_old, rows(mask, w, first, size), h_in)
        gemm(room, h_in, rows(U, w * w, 0), r, size, w, True)  # (1)
        gemm(room, h_in, rows(U, w * w, 1), u, size, w, True)
        if reset_after:
            for start in range(0, len(m_t), w):
                copy(c, m_t[start : start + w])
            gemm(room, h_in, Un, m_t, size, w, True)  # (2)
            _reset_after(r, m_t, n)
        else:
            _reset(r, h_in, m_t)
            gemm(room, m_t, Un, n, size, w, True)  # (2)
        _interpolate(u, n, h_old, h_new, rows(d, w, here, size))  # (3)


@loop
def _forward_one(U, c, reset_after, z, h):
    w, room, U, Un = len(U), room_for(z), flat(U), flat(U)[2 * len(U) :]
    d, m = np.empty(w, z.dtype), np.empty(w, z.dtype)
    for t in range(len(z)):
        r, u, n = z[t, :w], z[t, w : 2 * w], z[t, 2 * w :]
        add_row_times(room, h[t], U, z[t, : 2 * w], 3 * w)  # (1)
        halve(z[t, : 2 * w])
        if reset_after:
            copy(c, m)
            add_row_times(room, h[t], Un, m, 3 * w)  # (2)
            _reset_after(r, m, n)
        else:
            _reset(r, h[t], m)
            add_row_times(room, m, Un, n, 3 * w)  # (2)
        _interpolate(u, n, h[t], h[t + 1], d)  # (3)


@jitable
def _reset(r, h, m):
    for k in range(len(r)):
        r[k] = sigm(r[k])
        m[k] = r[k] * h[k]


@jitable
def _reset_after(r, m, n):
    for k in range(len(r)):
        r[k] = sigm(r[k])
        n[k] += r[k] * m[k]


@loop
def _backward(team, *given):
    share(team, _backward_half, given)


@shared
def _backward_half(
    half,
    UT,
    UnT,
    reset_after,
    z,
    d,
    m,
    dH,
    dh,
    dh_in,
    dZ,
    mask,
    runs,
    n_sequences,
    begin,
):
    w, n_rows, masked = dH.shape[1], len(dH), len(mask) > 0
    room, mask = room_for(z), flat(mask)
    z, d, m, dH, dh = flat(z), flat(d), flat(m), flat(dH), flat(dh)
    dh_in, UT, UnT = flat(dh_in), flat(UT), flat(UnT)
    last, dZ = (len(dZ) - 1) * n_rows, flat(dZ)
    first, steps = steps_of_half(half, runs, n_sequences, 0)
    for n_t, size, row, _ in steps[::-1]:
        gates, kept, here = 3 * row + first, row + first, row - begin + first
        r, u = rows(z, w, gates, size), rows(z, w, gates + n_t, size)
        n, m_t = rows(z, w, gates + 2 * n_t, size), rows(m, w, kept, size)
        dz_r, dz_u = rows(dZ, w, here, size), rows(dZ, w, n_rows + here, size)
        dz_n = rows(dZ, w, 2 * n_rows + here, size)
        dz_m = rows(dZ, w, last + here, size)
        dh_t, dh_in_t = rows(dh, w, first, size), rows(dh_in, w, first, size)
        dH_t, d_t = rows(dH, w, here, size), rows(d, w, kept, size)
        _interpolate_back(u, n, d_t, dh_t, dH_t, dz_u, dz_n)  # (3)
        if reset_after:
            for k in range(len(r)):
                dz_r[k] = dz_n[k] * m_t[k] * (r[k] - r[k] * r[k])  # (2)
                dz_m[k] = dz_n[k] * r[k]
            gemm(room, dz_m, UnT, dh_in_t, size, w, False)
        else:
            gemm(room, dz_n, UnT, dh_in_t, size, w, False)  # (2)
            for k in range(len(r)):
                dz_r[k] = dh_in_t[k] * (m_t[k] - r[k] * m_t[k])
                dh_in_t[k] *= r[k]
        gemm(room, dz_r, rows(UT, w * w, 0), dh_in_t, size, w, True)  # (1)
        gemm(room, dz_u, rows(UT, w * w, 1), dh_in_t, size, w, True)
        if masked:
            multiply(dh_in_t, rows(mask, w, first, size), dh_in_t)
        _add(dh_in_t, dh_t)


# -- both ------------------------------------------------------------------------------


@jitable
def _interpolate(u, n, h, h_new, d):
    """h' = u n + (1 - u) h, as h + u d with d = n - h."""
    for k in range(len(h)):
        u[k], n[k] = sigm(u[k]), tanh(n[k])
        d[k] = n[k] - h[k]
        h_new[k] = h[k] + u[k] * d[k]


@jitable
def _interpolate_back(u, n, d, dh, dH, dz_u, dz_n):
    for k in range(len(dh)):
        dh_new = dh[k] + dH[k]
        dz_u[k] = dh_new * d[k] * (u[k] - u[k] * u[k])
        dz_n[k] = dh_new * (u[k] - u[k] * n[k] * n[k])
        dh[k] = dh_new - dh_new * u[k]


@jitable
def _add(a, out):
    for k in range(len(out)):
        out[k] += a[k]
