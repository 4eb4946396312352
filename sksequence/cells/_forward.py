"""The forward pass through a batch, the same for every cell."""

from __future__ import annotations

import numpy as np

from ._arrays import Workspace
from ._pipeline import prepare_ahead
from ._tape import Tape, cut, make_input, workers_for


class Forward:
    """One forward pass; arguments as in ``Cell.forward``."""

    def __init__(
        self, cell, params, X, steps, initial, mask, need_tape, workspace, worker
    ):
        self.cell, self.X, self.steps, self.mask = cell, X, steps, mask
        self.need_tape, new = need_tape, workspace.array
        dtype = np.result_type(X.dtype, params["U"].dtype)
        n, n_units, n_gates = steps.n_sequences, len(params["U"]), len(cell.gates)
        self.worker, of_loops = workers_for(cell, worker, steps, n_units)
        self.chunks, longest = cut(X, steps, n_gates * n_units, of_loops)
        # Without a tape, what belongs to a chunk has a slot; slots are used in turn.
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

    def _kept(self, k):
        """Where a row of the batch is kept, less the row itself."""
        if self.need_tape:
            return 0
        return k % self.n_slots * self.longest - self.chunks[k].first

    def prepare(self, k):
        """The input projection of a chunk."""
        self.inputs.project(self.chunks[k], k % self.n_slots, self.z, self._kept(k))

    def loop(self, k):
        """The steps of a chunk."""
        self.cell.run(
            self.weights,
            self.z,
            self.states,
            self.saved,
            self.chunks[k],
            self._kept(k),
            self.mask,
            self.work,
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
    return after[0], final, Tape(X, steps, f.chunks, *kept, workspace, f.worker)
