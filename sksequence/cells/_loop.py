"""The loop over time, forwards and backwards, the same for every cell.

It works through a batch in *stretches*: consecutive steps whose arrays fit in the cache
of a processor. In a stretch, what is not serial is done at once: the input's share of
the gates before the steps, the local derivatives before the way back, and the products
that give the gradients of the weights after it. So arrays are touched while they are
near, and only what the way back needs is kept of all steps.

Steps of equal batch size follow one another in *runs*. The gates of a run are one array
(n_steps, n_gates, n_t, n_units), so that all gates of a step are one contiguous block.
"""

from itertools import repeat

import numpy as np
from scipy import sparse

from ._arrays import Workspace, by_gate
from ._inputs import DenseInput, SparseInput

STRETCH = 32_768  # numbers a gate may have in a stretch: 128 kB in float32


class Tape:
    """What a forward pass leaves for the backward pass.

    Attributes
    ----------
    X : ndarray or CSR matrix of shape (n_rows, n_features)
    steps : Steps
    stretches : list
        How the steps were cut, see ``Steps.stretches``.
    states : tuple of ndarray of shape (n_sequences + n_rows, n_units)
        The initial states, then the states after each row.
    saved : tuple of ndarray of shape (n_rows, n_units)
    mask : ndarray of shape (n_sequences, n_units), or None
    """

    __slots__ = ("X", "_z", "mask", "saved", "states", "steps", "stretches")

    def __init__(self, X, steps, stretches, z, states, saved, mask):
        self.X, self.steps, self.stretches = X, steps, stretches
        self._z, self.states, self.saved, self.mask = z, states, saved, mask

    def run(self, n_t, start, stop):
        """The gates of a run of steps, (n_steps, n_gates, n_t, n_units)."""
        return _blocks(self._z, n_t, start, stop)

    @property
    def gates(self):
        """A copy of all gates, (n_gates, n_rows, n_units)."""
        gates = np.empty_like(self._z)
        for _, _, runs in self.stretches:
            for run in runs:
                rows = gates[:, run[1] : run[2]]
                rows[:] = self.run(*run).swapaxes(0, 1).reshape(rows.shape)
        return gates

    def before(self, k, stretch, new):
        """State k before each row of a stretch, (stop - first, n_units)."""
        first, stop, runs = self.stretches[stretch]
        state, n_t = self.states[k], runs[0][0]
        earlier = self.stretches[stretch - 1][2][-1][0] if stretch else n_t
        if len(runs) == 1 and n_t == earlier:  # no sequence ended meanwhile
            start = self.steps.n_sequences + first - n_t
            return state[start : start + stop - first]
        rows = self.steps.previous[first:stop]
        out = new(f"before {k}", (len(rows), state.shape[1]), state.dtype)
        return np.take(state, rows, axis=0, out=out, mode="clip")


def run_forward(cell, params, X, steps, initial, mask, need_tape, workspace):
    """See ``Cell.forward``."""
    new = (Workspace() if workspace is None else workspace).array
    dtype = np.result_type(X.dtype, params["U"].dtype)
    n, n_rows, n_units = steps.n_sequences, steps.n_rows, len(params["U"])
    n_gates = len(cell.gates)
    # The products of sparse steps are made for all of them at once.
    max_rows = n_rows if sparse.issparse(X) else STRETCH // n_units
    stretches = steps.stretches(max_rows)
    longest = max(stop - first for first, stop, _ in stretches)
    inputs = _inputs(X, longest, new, dtype)
    n_kept = n_rows if need_tape else longest
    z_all = new("z", (n_gates, n_kept, n_units), dtype)
    saved = [new(f"saved {name}", (n_kept, n_units), dtype) for name in cell.saved]
    # [initial states; states after each row]: the rows before step t are a slice.
    states = [new(f"state {s}", (n + n_rows, n_units), dtype) for s in cell.states]
    for k, state in enumerate(states):
        state[:n] = 0 if initial is None else initial[k]
    space = new("work", (n_gates + 1, n, n_units), dtype)
    inputs.prepare(cell, params)
    weights = cell.weights(params)

    before = tuple(state[:n] for state in states)
    for first, last, runs in stretches:
        kept_from = 0 if need_tape else first
        inputs.take(first, last)
        for n_t, start, stop in runs:
            kept = slice(start - kept_from, stop - kept_from)
            z = _blocks(z_all, n_t, kept.start, kept.stop)
            inputs.project(start, stop, z)
            work = _work(space, n_t)
            before = tuple(state[:n_t] for state in before)
            rows = slice(start, stop)
            steps_of_run = zip(
                _parts(z, cell.z_parts),
                _together(_by_step(state[n:], n_t, rows) for state in states),
                _together(_by_step(s, n_t, kept) for s in saved),
            )
            for z_t, after_t, saved_t in steps_of_run:
                h = before[0] if mask is None else before[0] * mask[:n_t]
                cell.step(weights, z_t, h, before, after_t, saved_t, work)
                before = after_t
    final = tuple(state[n:][steps.last] for state in states)
    tape = Tape(X, steps, stretches, z_all, states, saved, mask) if need_tape else None
    return states[0][n:], final, tape


def run_back(cell, params, grads, dH, tape, dfinal, need_dX, workspace):
    """See ``Cell.backward``."""
    new = (Workspace() if workspace is None else workspace).array
    steps, mask, dtype = tape.steps, tape.mask, tape.states[0].dtype
    n, n_units, n_gates = steps.n_sequences, dH.shape[1], len(cell.gates)
    longest = max(stop - first for first, stop, _ in tape.stretches)
    inputs = _inputs(tape.X, longest, new, dtype)
    inputs.prepare_back(cell, params, need_dX)
    weights = cell.weights_back(params)
    totals = {name: np.zeros_like(grads[name]) for name in grads if name not in "Wb"}
    totals["U"] = np.zeros((n_gates, n_units, n_units), dtype)
    # At step t the first n_t rows hold the gradient of the running states; the others
    # still hold that of final states, which they join at their last step.
    if dfinal is None:
        dstates = tuple(np.zeros((n, n_units), dtype) for _ in cell.states)
    else:
        dstates = tuple(np.array(d, dtype=dtype) for d in dfinal)
    n_sums = n_gates + len(cell.other_sums)
    dZ_all = new("dZ", (n_sums, longest, n_units), dtype).ravel()
    local_all = new("local", (len(cell.local), longest, n_units), dtype)
    space = new("work", (n_gates + 1, n, n_units), dtype)
    dh_all = np.empty((n, n_units), dtype) if cell.carries_h else dstates[0]

    for k in reversed(range(len(tape.stretches))):
        first, last, runs = tape.stretches[k]
        n_rows = last - first
        dZ = dZ_all[: n_sums * n_rows * n_units].reshape(n_sums, n_rows, n_units)
        before = [tape.before(i, k, new) for i in range(len(tape.states))]
        for n_t, start, stop in reversed(runs):
            here, rows = slice(start - first, stop - first), slice(start, stop)
            local = _blocks(local_all, n_t, here.start, here.stop)
            z = tape.run(n_t, start, stop)
            cell.local_derivatives(
                z.swapaxes(0, 1),
                [_by_step(state, n_t, here) for state in before],
                [_by_step(state[n:], n_t, rows) for state in tape.states],
                [_by_step(s, n_t, rows) for s in tape.saved],
                local.swapaxes(0, 1),
            )
            dz = dZ[:, here].reshape(n_sums, -1, n_t, n_units).swapaxes(0, 1)
            d, dh = tuple(s[:n_t] for s in dstates), dh_all[:n_t]
            work = _work(space, n_t)
            steps_of_run = zip(
                _by_step(dH, n_t, rows)[::-1],
                _parts(z[::-1], cell.z_parts),
                _parts(local[::-1], cell.local_parts),
                _parts(dz[::-1], cell.dz_parts),
            )
            for dH_t, z_t, local_t, dz_t in steps_of_run:
                np.add(d[0], dH_t, d[0])
                cell.step_back(weights, z_t, local_t, d, dz_t, dh, work)
                if mask is not None:
                    dh *= mask[:n_t]
                if cell.carries_h:
                    np.add(d[0], dh, d[0])
        h = before[0]
        if mask is not None:
            h = h * mask[steps.sequence_of_row[first:last]]
        cell.weight_gradients(totals, h, [s[first:last] for s in tape.saved], dZ)
        inputs.take_back(first, last, dZ[:n_gates])

    by_gate(grads["U"], n_gates)[:] += totals.pop("U")
    for name, total in totals.items():
        grads[name] += total
    return inputs.finish(grads), dstates


def _inputs(X, longest, new, dtype):
    return (SparseInput if sparse.issparse(X) else DenseInput)(X, longest, new, dtype)


def _blocks(a, n_t, start, stop):
    """Rows start to stop of a (k, n_rows, n_units), seen as (n_steps, k, n_t, n_units).

    A run keeps its numbers step by step in the place of these rows.
    """
    k, _, n_units = a.shape
    flat = a.reshape(-1)[k * start * n_units : k * stop * n_units]
    return flat.reshape((stop - start) // n_t, k, n_t, n_units)


def _by_step(a, n_t, rows):
    """Rows (n_rows, n_units) of a run as (n_steps, n_t, n_units)."""
    return a[rows].reshape(-1, n_t, a.shape[1])


def _parts(blocks, parts):
    """Step by step: the rows, or blocks of rows, that a cell wants to see."""
    if parts is None:
        parts = range(blocks.shape[1])
    return _together(blocks[:, part] for part in parts)


def _together(arrays):
    """Step by step: a tuple of what each array has for it."""
    arrays = tuple(arrays)
    return zip(*arrays) if arrays else repeat(())


def _work(space, n_t):
    """Two arrays to calculate in, see ``Cell.step``."""
    n_gates, _, n_units = space.shape
    flat = space.reshape(-1)[: n_gates * n_t * n_units].reshape(n_gates, n_t, n_units)
    return flat[:-1], flat[-1]
