"""GRU, compiled:  h' = u n + (1 - u) h   with an update gate u and a candidate n."""

from __future__ import annotations

import numpy as np

from .._gru import GRUCell, SimpleGRUCell
from ._activations import halve, sigm, tanh
from ._base import CompiledCell
from ._jit import jit, loop, multiply, rows, steps_of
from ._products import add_row_times, gemm, room_for


class CompiledSimpleGRUCell(CompiledCell, SimpleGRUCell):
    """``SimpleGRUCell`` with compiled loops."""

    def loop(self, weights, z, states, saved, mask, where):
        _forward_simple(weights["U"], z, *states, *saved, mask, *where)

    def loop_one(self, params, z, states):
        _forward_one_simple(params["U"], z, *states)

    def loop_back(self, weights, tape, before, dH, dstates, dZ, dh, mask, where):
        given = tape.z, *tape.saved, dH, *dstates, dh, dZ, mask
        _backward_simple(weights["UT"], *given, *where)


class CompiledGRUCell(CompiledCell, GRUCell):
    """``GRUCell`` with compiled loops."""

    def loop(self, weights, z, states, saved, mask, where):
        U, Un = weights["U"], weights["Un"]
        c = weights["c"] if self.reset_after else Un[0]
        _forward(U, Un, c, self.reset_after, z, *states, *saved, mask, *where)

    def loop_one(self, params, z, states):
        c = params["c"] if self.reset_after else params["b"]
        _forward_one(params["U"], c, self.reset_after, z, *states)

    def loop_back(self, weights, tape, before, dH, dstates, dZ, dh, mask, where):
        UT, UnT = weights["UT"], weights["UnT"]
        given = tape.z, *tape.saved, dH, *dstates, dh, dZ, mask
        _backward(UT, UnT, self.reset_after, *given, *where)


# -- without a relevance gate ----------------------------------------------------------


@loop
def _forward_simple(U, z, h, d, mask, runs, n_sequences, before, kept):
    w, masked = U.shape[1], len(mask) > 0
    room, h_masked = room_for(z), np.empty(mask.size, z.dtype)
    z, h, d = z.ravel(), h.ravel(), d.ravel()
    U, mask = U.ravel(), mask.ravel()
    steps = steps_of(runs, n_sequences, before)
    for t in range(len(steps)):
        n_t, old, new = steps[t, 0], steps[t, 2], n_sequences + steps[t, 1]
        here = steps[t, 1] + kept
        u, n = rows(z, w, 2 * here, n_t), rows(z, w, 2 * here + n_t, n_t)
        h_old = h_in = rows(h, w, old, n_t)
        if masked:
            h_in = multiply(h_old, mask, rows(h_masked, w, 0, n_t))
        gemm(room, h_in, rows(U, w * w, 0), u, n_t, w, True)  # (1)
        gemm(room, h_in, rows(U, w * w, 1), n, n_t, w, True)
        _interpolate(u, n, h_old, rows(h, w, new, n_t), rows(d, w, here, n_t))  # (2)


@loop
def _forward_one_simple(U, z, h):
    w, room, U, d = len(U), room_for(z), U.ravel(), np.empty(len(U), z.dtype)
    for t in range(len(z)):
        u, n = z[t, :w], z[t, w:]
        add_row_times(room, h[t], U, z[t], 2 * w)  # (1)
        halve(u)
        _interpolate(u, n, h[t], h[t + 1], d)  # (2)


@loop
def _backward_simple(UT, z, d, dH, dh, dh_in, dZ, mask, runs, n_sequences, first):
    w, m_rows, masked = dH.shape[1], len(dH), len(mask) > 0
    room, mask = room_for(z), mask.ravel()
    z, d, dH, dh = z.ravel(), d.ravel(), dH.ravel(), dh.ravel()
    dh_in, dZ, UT = dh_in.ravel(), dZ.ravel(), UT.ravel()
    steps = steps_of(runs, n_sequences, 0)
    for t in range(len(steps) - 1, -1, -1):
        n_t, row, here = steps[t, 0], steps[t, 1], steps[t, 1] - first
        u, n = rows(z, w, 2 * row, n_t), rows(z, w, 2 * row + n_t, n_t)
        dz_u, dz_n = rows(dZ, w, here, n_t), rows(dZ, w, m_rows + here, n_t)
        dh_t, dh_in_t = rows(dh, w, 0, n_t), rows(dh_in, w, 0, n_t)
        dH_t, d_t = rows(dH, w, here, n_t), rows(d, w, row, n_t)
        _interpolate_back(u, n, d_t, dh_t, dH_t, dz_u, dz_n)  # (2)
        gemm(room, dz_u, rows(UT, w * w, 0), dh_in_t, n_t, w, False)  # (1)
        gemm(room, dz_n, rows(UT, w * w, 1), dh_in_t, n_t, w, True)
        if masked:
            multiply(dh_in_t, mask, dh_in_t)
        _add(dh_in_t, dh_t)


# -- with the relevance gate r ---------------------------------------------------------


@loop
def _forward(U, Un, c, reset_after, z, h, d, m, mask, runs, n_sequences, before, kept):
    w, masked = len(Un), len(mask) > 0
    room, h_masked = room_for(z), np.empty(mask.size, z.dtype)
    z, h, d, m = z.ravel(), h.ravel(), d.ravel(), m.ravel()
    U, Un, mask = U.ravel(), Un.ravel(), mask.ravel()
    steps = steps_of(runs, n_sequences, before)
    for t in range(len(steps)):
        n_t, old, new = steps[t, 0], steps[t, 2], n_sequences + steps[t, 1]
        here = steps[t, 1] + kept
        r, u = rows(z, w, 3 * here, n_t), rows(z, w, 3 * here + n_t, n_t)
        n, m_t = rows(z, w, 3 * here + 2 * n_t, n_t), rows(m, w, here, n_t)
        h_old = h_in = rows(h, w, old, n_t)
        if masked:
            h_in = multiply(h_old, mask, rows(h_masked, w, 0, n_t))
        gemm(room, h_in, rows(U, w * w, 0), r, n_t, w, True)  # (1)
        gemm(room, h_in, rows(U, w * w, 1), u, n_t, w, True)
        if reset_after:
            for start in range(0, len(m_t), w):
                m_t[start : start + w] = c
            gemm(room, h_in, Un, m_t, n_t, w, True)  # (2)
            _reset_after(r, m_t, n)
        else:
            _reset(r, h_in, m_t)
            gemm(room, m_t, Un, n, n_t, w, True)  # (2)
        _interpolate(u, n, h_old, rows(h, w, new, n_t), rows(d, w, here, n_t))  # (3)


@loop
def _forward_one(U, c, reset_after, z, h):
    w, room, U, Un = len(U), room_for(z), U.ravel(), U.ravel()[2 * len(U) :]
    d, m = np.empty(w, z.dtype), np.empty(w, z.dtype)
    for t in range(len(z)):
        r, u, n = z[t, :w], z[t, w : 2 * w], z[t, 2 * w :]
        add_row_times(room, h[t], U, z[t, : 2 * w], 3 * w)  # (1)
        halve(z[t, : 2 * w])
        if reset_after:
            m[:] = c
            add_row_times(room, h[t], Un, m, 3 * w)  # (2)
            _reset_after(r, m, n)
        else:
            _reset(r, h[t], m)
            add_row_times(room, m, Un, n, 3 * w)  # (2)
        _interpolate(u, n, h[t], h[t + 1], d)  # (3)


@jit
def _reset(r, h, m):
    for k in range(len(r)):
        r[k] = sigm(r[k])
        m[k] = r[k] * h[k]


@jit
def _reset_after(r, m, n):
    for k in range(len(r)):
        r[k] = sigm(r[k])
        n[k] += r[k] * m[k]


@loop
def _backward(
    UT, UnT, reset_after, z, d, m, dH, dh, dh_in, dZ, mask, runs, n_sequences, first
):
    w, m_rows, masked = dH.shape[1], len(dH), len(mask) > 0
    room, mask = room_for(z), mask.ravel()
    z, d, m, dH, dh = z.ravel(), d.ravel(), m.ravel(), dH.ravel(), dh.ravel()
    dh_in, UT, UnT = dh_in.ravel(), UT.ravel(), UnT.ravel()
    last, dZ = (len(dZ) - 1) * m_rows, dZ.ravel()
    steps = steps_of(runs, n_sequences, 0)
    for t in range(len(steps) - 1, -1, -1):
        n_t, row, here = steps[t, 0], steps[t, 1], steps[t, 1] - first
        r, u = rows(z, w, 3 * row, n_t), rows(z, w, 3 * row + n_t, n_t)
        n, m_t = rows(z, w, 3 * row + 2 * n_t, n_t), rows(m, w, row, n_t)
        dz_r, dz_u = rows(dZ, w, here, n_t), rows(dZ, w, m_rows + here, n_t)
        dz_n, dz_m = rows(dZ, w, 2 * m_rows + here, n_t), rows(dZ, w, last + here, n_t)
        dh_t, dh_in_t = rows(dh, w, 0, n_t), rows(dh_in, w, 0, n_t)
        dH_t, d_t = rows(dH, w, here, n_t), rows(d, w, row, n_t)
        _interpolate_back(u, n, d_t, dh_t, dH_t, dz_u, dz_n)  # (3)
        if reset_after:
            for k in range(len(r)):
                dz_r[k] = dz_n[k] * m_t[k] * (r[k] - r[k] * r[k])  # (2)
                dz_m[k] = dz_n[k] * r[k]
            gemm(room, dz_m, UnT, dh_in_t, n_t, w, False)
        else:
            gemm(room, dz_n, UnT, dh_in_t, n_t, w, False)  # (2)
            for k in range(len(r)):
                dz_r[k] = dh_in_t[k] * (m_t[k] - r[k] * m_t[k])
                dh_in_t[k] *= r[k]
        gemm(room, dz_r, rows(UT, w * w, 0), dh_in_t, n_t, w, True)  # (1)
        gemm(room, dz_u, rows(UT, w * w, 1), dh_in_t, n_t, w, True)
        if masked:
            multiply(dh_in_t, mask, dh_in_t)
        _add(dh_in_t, dh_t)


# -- both ------------------------------------------------------------------------------


@jit
def _interpolate(u, n, h, h_new, d):
    """h' = u n + (1 - u) h, as h + u d with d = n - h."""
    for k in range(len(h)):
        u[k], n[k] = sigm(u[k]), tanh(n[k])
        d[k] = n[k] - h[k]
        h_new[k] = h[k] + u[k] * d[k]


@jit
def _interpolate_back(u, n, d, dh, dH, dz_u, dz_n):
    for k in range(len(dh)):
        dh_new = dh[k] + dH[k]
        dz_u[k] = dh_new * d[k] * (u[k] - u[k] * u[k])
        dz_n[k] = dh_new * (u[k] - u[k] * n[k] * n[k])
        dh[k] = dh_new - dh_new * u[k]


@jit
def _add(a, out):
    for k in range(len(out)):
        out[k] += a[k]
