"""RNN, compiled:  h' = tanh(h U + x W + b),  or relu in place of tanh."""

from __future__ import annotations

import numpy as np

from .._rnn import RNNCell
from ._activations import relu, tanh
from ._base import CompiledCell
from ._jit import flat, jitable, loop, multiply, rows
from ._products import add_row_times, gemm, room_for
from ._team import share, shared, steps_of_half


class CompiledRNNCell(CompiledCell, RNNCell):
    """``RNNCell`` with compiled loops."""

    def loop(self, weights, z, states, saved, mask, where, team):
        given = weights["U"], self.activation == "relu", z, *states, mask
        _forward(team, *given, *where)

    def loop_one(self, params, z, states):
        _forward_one(params["U"], self.activation == "relu", z, *states)

    def loop_back(self, weights, tape, before, dH, dstates, dZ, dh, mask, where, team):
        given = tape.states[0], dH, *dstates, dZ, mask
        _backward(team, weights["UT"], self.activation == "relu", *given, *where)


@loop
def _forward(team, *given):
    share(team, _forward_half, given)


@shared
def _forward_half(half, U, rectified, z, h, mask, runs, n, before, kept):
    u, masked = U.shape[1], len(mask) > 0
    room, h_masked = room_for(z), np.empty(mask.size, z.dtype)
    z, h, U, mask = flat(z), flat(h), flat(U), flat(mask)
    first, steps = steps_of_half(half, runs, n, before)
    for _, m, row, old in steps:
        s, h_new = rows(z, u, row + kept + first, m), rows(h, u, n + row + first, m)
        h_old = rows(h, u, old + first, m)
        if masked:
            h_in = rows(h_masked, u, first, m)
            h_old = multiply(h_old, rows(mask, u, first, m), h_in)
        gemm(room, h_old, U, s, m, u, True)  # (1)
        _activate(s, rectified, h_new)


@loop
def _forward_one(U, rectified, z, h):
    u, room, U = len(U), room_for(z), flat(U)
    for t in range(len(z)):
        add_row_times(room, h[t], U, z[t], u)  # (1)
        _activate(z[t], rectified, h[t + 1])


@jitable
def _activate(s, rectified, h_new):
    if rectified:
        for k in range(len(s)):
            h_new[k] = relu(s[k])
    else:
        for k in range(len(s)):
            h_new[k] = tanh(s[k])


@loop
def _backward(team, *given):
    share(team, _backward_half, given)


@shared
def _backward_half(half, UT, rectified, h, dH, dh, dZ, mask, runs, n, begin):
    u, masked, room = dH.shape[1], len(mask) > 0, room_for(dH)
    h, dH, dh, dZ = flat(h), flat(dH), flat(dh), flat(dZ)
    UT, mask = flat(UT), flat(mask)
    first, steps = steps_of_half(half, runs, n, 0)
    for _, m, row, _ in steps[::-1]:
        here = row - begin + first
        h_new, dH_t = rows(h, u, n + row + first, m), rows(dH, u, here, m)
        dz, dh_t = rows(dZ, u, here, m), rows(dh, u, first, m)
        if rectified:
            _relu_back(h_new, dh_t, dH_t, dz)
        else:
            _tanh_back(h_new, dh_t, dH_t, dz)
        gemm(room, dz, UT, dh_t, m, u, False)  # (1)
        if masked:
            multiply(dh_t, rows(mask, u, first, m), dh_t)


@jitable
def _tanh_back(h_new, dh, dH, dz):
    for k in range(len(dz)):
        d = dh[k] + dH[k]
        dz[k] = d - d * h_new[k] * h_new[k]


@jitable
def _relu_back(h_new, dh, dH, dz):
    for k in range(len(dz)):
        dz[k] = dh[k] + dH[k] if h_new[k] > 0 else h_new[k]  # 0, of the right type
