"""The loops over the steps of a chunk, ``step`` by ``step``, for every cell."""

from __future__ import annotations

import numpy as np

from ._views import blocks, by_step, parts_of, places, together, work_arrays


def project(weights, rows, z, chunk, kept):
    """See ``Cell.project``."""
    for n_t, start, stop in chunk.runs:
        out = blocks(z, n_t, start + kept, stop + kept)
        X = rows[start - chunk.first : stop - chunk.first]
        np.matmul(X.reshape(len(out), 1, n_t, -1), weights, out)


def run_steps(cell, weights, z, states, saved, chunk, kept, mask, work):
    """See ``Cell.run``."""
    n, step = chunk.n_sequences, cell.step
    before = tuple(s[chunk.before : chunk.before + n] for s in states)
    for n_t, start, stop in chunk.runs:
        here = start + kept, stop + kept
        before = tuple(state[:n_t] for state in before)
        mask_t = None if mask is None else mask[:n_t]
        room = work_arrays(work, n_t)
        for z_t, after, saved_t in zip(
            parts_of(blocks(z, n_t, *here), cell.z_parts, cell.gates),
            together(by_step(s[n:], n_t, start, stop) for s in states),
            together(by_step(s, n_t, *here) for s in saved),
        ):
            h = before[0] if mask_t is None else before[0] * mask_t
            step(weights, z_t, h, before, after, saved_t, room)
            before = after


def one_step(cell, weights, z, before):
    """See ``Cell.one_step``."""
    # Comprehensions and np.empty are the fastest way: it is all that a step takes.
    h = before[0]
    shape, dtype = h.shape, h.dtype
    after = tuple([np.empty(shape, dtype) for _ in before])
    saved = tuple([np.empty(shape, dtype) for _ in cell.saved])
    work = np.empty((len(z) + 1, *shape), dtype)
    parts = tuple([z[place] for place in places(cell.z_parts, tuple(cell.gates))])
    cell.step(weights, parts, h, before, after, saved, (work[:-1], work[-1]))
    return after


def run_steps_back(
    cell, weights, tape, chunk, before, dH, dstates, dZ, dh, local, work
):
    """See ``Cell.run_back``."""
    _local_derivatives(cell, tape, chunk, before, local)
    step_back, carries_h = cell.step_back, cell.carries_h
    sums = (*cell.gates, *cell.other_sums)
    for n_t, start, stop in reversed(chunk.runs):
        here = start - chunk.first, stop - chunk.first
        z = tape.run(n_t, start, stop)
        dz = dZ[:, slice(*here)].reshape(len(sums), -1, n_t, dZ.shape[2])
        dstates_t = tuple(d[:n_t] for d in dstates)
        dh_t, room = dh[:n_t], work_arrays(work, n_t)
        mask = None if tape.mask is None else tape.mask[:n_t]
        for dH_t, z_t, local_t, dz_t in zip(
            by_step(dH, n_t, start, stop)[::-1],
            parts_of(z[::-1], cell.z_parts, cell.gates),
            parts_of(blocks(local, n_t, *here)[::-1], cell.local_parts, cell.local),
            parts_of(dz.swapaxes(0, 1)[::-1], cell.dz_parts, sums),
        ):
            np.add(dstates_t[0], dH_t, dstates_t[0])
            step_back(weights, z_t, local_t, dstates_t, dz_t, dh_t, room)
            if mask is not None:
                dh_t *= mask
            if carries_h:
                np.add(dstates_t[0], dh_t, dstates_t[0])


def _local_derivatives(cell, tape, chunk, before, local):
    """Of all steps of a chunk."""
    n = chunk.n_sequences
    for n_t, start, stop in chunk.runs:
        here = start - chunk.first, stop - chunk.first
        cell.local_derivatives(
            tape.run(n_t, start, stop).swapaxes(0, 1),
            [by_step(state, n_t, *here) for state in before],
            [by_step(state[n:], n_t, start, stop) for state in tape.states],
            [by_step(s, n_t, start, stop) for s in tape.saved],
            blocks(local, n_t, *here).swapaxes(0, 1),
        )
