"""Backpropagation through time, the same for every cell."""

from __future__ import annotations

from functools import partial

import numpy as np

from ._arrays import by_gate
from ._pipeline import finish_behind
from ._tape import make_input


class Backward:
    """One backward pass; arguments as in ``Cell.backward``."""

    def __init__(self, cell, params, grads, dH, tape, dfinal, need_dX):
        self.cell, self.dH, self.tape = cell, dH, tape
        new, dtype = tape.workspace.array, tape.states[0].dtype
        n, n_units, n_gates = tape.steps.n_sequences, dH.shape[1], len(cell.gates)
        longest = max(chunk.n_rows for chunk in tape.chunks)
        self.worker = tape.worker
        self.n_slots = 2 if self.worker else 1
        self.inputs = make_input(tape.X, longest, self.n_slots, new, dtype)
        self.inputs.begin_back(cell, params, need_dX)
        self.weights = cell.weights_back(params)
        others = grads.keys() - {"W", "b", "U"}
        self.totals = {name: np.zeros_like(grads[name]) for name in others}
        self.totals["U"] = np.zeros((n_gates, n_units, n_units), dtype)  # gate-major
        # At step t the first n_t rows hold the gradient of the states after it. The
        # other rows hold that of final states until the last step of their sequence.
        if dfinal is None:
            self.dstates = tuple(np.zeros((n, n_units), dtype) for _ in cell.states)
        else:
            self.dstates = tuple(np.array(d, dtype=dtype) for d in dfinal)
        self.dh = new("dh", (n, n_units), dtype) if cell.carries_h else self.dstates[0]
        self.work = new("work", (n_gates + 1, n, n_units), dtype)
        self.n_sums = n_gates + len(cell.other_sums)

        self.local = new("local", (len(cell.local), longest, n_units), dtype)
        # What a chunk leaves for ``finish`` has a slot; slots are used in turn.
        shape = self.n_slots, self.n_sums, longest, n_units
        self.dZ = new("dZ", shape, dtype)
        shape = self.n_slots, len(cell.states), longest, n_units
        self.gathered = new("before", shape, dtype)
        self.before = [None] * self.n_slots

    def _dZ(self, k):
        """Gradients of the sums of a chunk, (n_sums, its rows, n_units)."""
        n_rows, n_units = self.tape.chunks[k].n_rows, self.dZ.shape[-1]
        flat = self.dZ[k % self.n_slots].reshape(-1)
        return flat[: self.n_sums * n_rows * n_units].reshape(-1, n_rows, n_units)

    def loop(self, k):
        """The steps of a chunk, backwards."""
        tape, slot = self.tape, k % self.n_slots
        chunk = tape.chunks[k]
        self.before[slot] = [
            tape.before(i, chunk, self.gathered[slot, i])
            for i in range(len(tape.states))
        ]
        self.cell.run_back(
            self.weights,
            tape,
            chunk,
            self.before[slot],
            self.dH,
            self.dstates,
            self._dZ(k),
            self.dh,
            self.local,
            self.work,
        )

    def finish(self, k):
        """The gradients of the weights from a chunk."""
        tape, slot, chunk = self.tape, k % self.n_slots, self.tape.chunks[k]
        first, stop = chunk.first, chunk.stop
        h, dZ = self.before[slot][0], self._dZ(k)
        if tape.mask is not None:
            h = h * tape.mask[tape.steps.sequence_of_row[first:stop]]
        saved = [s[first:stop] for s in tape.saved]
        add = partial(self.cell.add_products, worker=chunk.worker)
        self.cell.weight_gradients(self.totals, h, saved, dZ, add)
        self.inputs.take_back(chunk, slot, dZ[: len(self.cell.gates)])

    def add_to(self, grads):
        """Add all gradients of parameters, and return that of X (or None)."""
        by_gate(grads["U"], len(self.cell.gates))[:] += self.totals.pop("U")
        for name, total in self.totals.items():
            grads[name] += total
        return self.inputs.end_back(grads)


def run_back(cell, params, grads, dH, tape, dfinal, need_dX):
    """See ``Cell.backward``."""
    b = Backward(cell, params, grads, dH, tape, dfinal, need_dX)
    order = range(len(tape.chunks))[::-1]
    finish_behind(order, b.loop, b.finish, b.worker)
    return b.add_to(grads), b.dstates
