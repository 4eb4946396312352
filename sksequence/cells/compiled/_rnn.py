"""RNN, compiled:  h' = tanh(h U + x W + b),  or relu in place of tanh."""

from __future__ import annotations

import numpy as np

from .._rnn import RNNCell
from ._activations import relu, tanh
from ._base import CompiledCell
from ._jit import jit, loop, multiply, rows, steps_of
from ._products import add_row_times, gemm, room_for


class CompiledRNNCell(CompiledCell, RNNCell):
    """``RNNCell`` with compiled loops."""

    def loop(self, weights, z, states, saved, mask, where):
        _forward(weights["U"], self.activation == "relu", z, *states, mask, *where)

    def loop_one(self, params, z, states):
        _forward_one(params["U"], self.activation == "relu", z, *states)

    def loop_back(self, weights, tape, before, dH, dstates, dZ, dh, mask, where):
        given = tape.states[0], dH, *dstates, dZ, mask
        _backward(weights["UT"], self.activation == "relu", *given, *where)


@loop
def _forward(U, rectified, z, h, mask, runs, n, before, kept):
    u, masked = U.shape[1], len(mask) > 0
    room, h_masked = room_for(z), np.empty(mask.size, z.dtype)
    z, h, U, mask = z.ravel(), h.ravel(), U.ravel(), mask.ravel()
    steps = steps_of(runs, n, before)
    for t in range(len(steps)):
        n_t, row, old = steps[t]
        s, h_new = rows(z, u, row + kept, n_t), rows(h, u, n + row, n_t)
        h_old = rows(h, u, old, n_t)
        if masked:
            h_old = multiply(h_old, mask, rows(h_masked, u, 0, n_t))
        gemm(room, h_old, U, s, n_t, u, True)  # (1)
        _activate(s, rectified, h_new)


@loop
def _forward_one(U, rectified, z, h):
    u, room, U = len(U), room_for(z), U.ravel()
    for t in range(len(z)):
        add_row_times(room, h[t], U, z[t], u)  # (1)
        _activate(z[t], rectified, h[t + 1])


@jit
def _activate(s, rectified, h_new):
    if rectified:
        for k in range(len(s)):
            h_new[k] = relu(s[k])
    else:
        for k in range(len(s)):
            h_new[k] = tanh(s[k])


@loop
def _backward(UT, rectified, h, dH, dh, dZ, mask, runs, n, first):
    u, masked, room = dH.shape[1], len(mask) > 0, room_for(dH)
    h, dH, dh, dZ = h.ravel(), dH.ravel(), dh.ravel(), dZ.ravel()
    UT, mask = UT.ravel(), mask.ravel()
    steps = steps_of(runs, n, 0)
    for t in range(len(steps) - 1, -1, -1):
        n_t, row, here = steps[t, 0], steps[t, 1], steps[t, 1] - first
        h_new, dH_t = rows(h, u, n + row, n_t), rows(dH, u, here, n_t)
        dz, dh_t = rows(dZ, u, here, n_t), rows(dh, u, 0, n_t)
        if rectified:
            _relu_back(h_new, dh_t, dH_t, dz)
        else:
            _tanh_back(h_new, dh_t, dH_t, dz)
        gemm(room, dz, UT, dh_t, n_t, u, False)  # (1)
        if masked:
            multiply(dh_t, mask, dh_t)


@jit
def _tanh_back(h_new, dh, dH, dz):
    for k in range(len(dz)):
        d = dh[k] + dH[k]
        dz[k] = d - d * h_new[k] * h_new[k]


@jit
def _relu_back(h_new, dh, dH, dz):
    for k in range(len(dz)):
        dz[k] = dh[k] + dH[k] if h_new[k] > 0 else h_new[k]  # 0, of the right type
