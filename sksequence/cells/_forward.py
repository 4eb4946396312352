"""The forward pass through a batch, the same for every cell."""

from __future__ import annotations

import numpy as np

from ._arrays import Workspace
from ._pipeline import prepare_ahead
from ._tape import (
    Tape,
    blocks,
    by_step,
    cut,
    make_input,
    work_arrays,
    worker_for,
)


class Forward:
    """One forward pass; arguments as in ``Cell.forward``."""

    def __init__(
        self, cell, params, X, steps, initial, mask, need_tape, workspace, worker
    ):
        self.cell, self.X, self.steps, self.mask = cell, X, steps, mask
        self.need_tape, new = need_tape, workspace.array
        dtype = np.result_type(X.dtype, params["U"].dtype)
        n, n_units, n_gates = steps.n_sequences, len(params["U"]), len(cell.gates)
        self.chunks, longest = cut(X, steps, n_units)
        # Without a tape, what belongs to a chunk has a slot; slots are used in turn.
        self.worker = worker_for(worker, steps, n_gates * n_units)
        self.longest, self.n_slots = longest, 2 if self.worker else 1
        n_kept = steps.n_rows if need_tape else longest * self.n_slots
        self.z = new("z", (n_gates, n_kept, n_units), dtype)
        self.saved = [
            new(f"saved {name}", (n_kept, n_units), dtype) for name in cell.saved
        ]
        # [initial states; states after each row]: the rows before step t are a slice.
        self.states = [
            new(f"state {name}", (n + steps.n_rows, n_units), dtype)
            for name in cell.states
        ]
        for k, state in enumerate(self.states):
            state[:n] = 0 if initial is None else initial[k]
        self.work = new("work", (n_gates + 1, n, n_units), dtype)
        self.inputs = make_input(X, longest, self.n_slots, new, dtype)
        self.inputs.begin(cell, params)
        self.weights = cell.weights(params)
        self.before = tuple(state[:n] for state in self.states)

    def _runs(self, k):
        """(n_t, the rows start:stop, and where they are kept) of each run."""
        first, _, runs = self.chunks[k]
        offset = 0 if self.need_tape else k % self.n_slots * self.longest - first
        return [(*run, run[1] + offset, run[2] + offset) for run in runs]

    def prepare(self, k):
        """The input projection of a chunk."""
        first, last, _ = self.chunks[k]
        self.inputs.take(first, last, k % self.n_slots)
        for n_t, start, stop, *kept in self._runs(k):
            self.inputs.project(start, stop, blocks(self.z, n_t, *kept), first)

    def loop(self, k):
        """The steps of a chunk."""
        n = self.steps.n_sequences
        for n_t, start, stop, *kept in self._runs(k):
            self.before = self.cell.run(
                self.weights,
                blocks(self.z, n_t, *kept),
                tuple(state[:n_t] for state in self.before),
                tuple(by_step(s[n:], n_t, start, stop) for s in self.states),
                tuple(by_step(s, n_t, *kept) for s in self.saved),
                None if self.mask is None else self.mask[:n_t],
                work_arrays(self.work, n_t),
            )


def run_forward(cell, params, X, steps, initial, mask, need_tape, workspace, worker):
    """See ``Cell.forward``."""
    workspace = Workspace() if workspace is None else workspace
    f = Forward(cell, params, X, steps, initial, mask, need_tape, workspace, worker)
    for k in prepare_ahead(range(len(f.chunks)), f.prepare, f.worker):
        f.loop(k)
    after = [state[steps.n_sequences :] for state in f.states]
    final = tuple(state[steps.last] for state in after)
    if not need_tape:
        return after[0], final, None
    kept = f.z, f.states, f.saved, mask
    return after[0], final, Tape(X, steps, f.chunks, *kept, workspace, worker)
