"""What a forward pass leaves for the backward pass, and how rows lie in memory.

Both passes work through a batch in *chunks*: consecutive steps whose arrays fit in the
cache of a processor. What is not serial is done for a whole chunk at once: the input
projection before its steps, the local derivatives before its steps backwards, and the
products that give the gradients of the weights after them. So arrays are used while
they are in the cache, and of all steps only what the backward pass needs is kept.

Steps of equal batch size follow one another in *runs*. The gates of a run are one array
(n_steps, n_gates, n_t, n_units), so that all gates of a step are one contiguous block.
"""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from .._cached import cached_property
from .._typing import FloatArray, IntArray, Rows
from ..sequences import Steps
from ._arrays import Workspace
from ._inputs import DenseInput, SparseInput
from ._views import blocks

CHUNK = 262_144  # numbers that the gates of a chunk may have: 1 MB in float32
# From which means of a step a second thread pays:
WORKER_STEP_SIZE = 12_288  # the size of the gates, for a worker around loops in NumPy
SHARED_PRODUCTS = 40_000  # products of numbers, for one that shares compiled loops


@dataclass
class Chunk:
    """Consecutive steps of a batch, see ``Steps.chunks``.

    Attributes
    ----------
    n_sequences : int
        Of the batch.
    first, stop : int
        Its rows.
    runs : list of (n_t, start, stop)
        The rows of steps that follow one another with n_t sequences each.
    before : int
        Where the states before its first step begin, in [initial states; states after
        each row].
    worker : Executor or None
        A second thread for loops that can share their sequences.
    """

    n_sequences: int
    first: int
    stop: int
    runs: list[tuple[int, int, int]]
    before: int
    worker: Executor | None = None

    @property
    def n_rows(self) -> int:
        """Rows of all its steps."""
        return self.stop - self.first

    @cached_property
    def table(self) -> IntArray:
        """``runs`` as an array of shape (n_runs, 3), for compiled loops."""
        return np.array(self.runs)


class Tape:
    """What a forward pass leaves for the backward pass, which does not change it.

    Attributes
    ----------
    X : ndarray or CSR matrix of shape (n_rows, n_features)
    steps : Steps
    chunks : list
        How the steps were cut, see ``Steps.chunks``.
    z : ndarray of shape (n_gates, n_rows, n_units)
        The gates, as they lie in memory: see ``run`` and ``gates``.
    states : list of ndarray of shape (n_sequences + n_rows, n_units)
        The initial states, then the states after each row.
    saved : list of ndarray of shape (n_rows, n_units)
    mask : ndarray of shape (n_sequences, n_units), or None
    workspace : Workspace
        Its memory holds these arrays, and those of the backward pass.
    worker : Executor or None
        As in ``Cell.forward``, for the backward pass too.
    """

    __slots__ = (
        "X",
        "chunks",
        "mask",
        "saved",
        "states",
        "steps",
        "worker",
        "workspace",
        "z",
    )

    def __init__(
        self,
        X: Rows,
        steps: Steps,
        chunks: list[Chunk],
        z: FloatArray,
        states: list[FloatArray],
        saved: list[FloatArray],
        mask: FloatArray | None,
        workspace: Workspace,
        worker: Executor | None,
    ) -> None:
        self.X, self.steps, self.chunks = X, steps, chunks
        self.z, self.states, self.saved, self.mask = z, states, saved, mask
        self.workspace, self.worker = workspace, worker

    def run(self, n_t: int, start: int, stop: int) -> FloatArray:
        """The gates of a run of steps, (n_steps, n_gates, n_t, n_units)."""
        return blocks(self.z, n_t, start, stop)

    @property
    def gates(self) -> FloatArray:
        """A copy of all gates, (n_gates, n_rows, n_units)."""
        gates = np.empty_like(self.z)
        for chunk in self.chunks:
            for run in chunk.runs:
                rows = gates[:, run[1] : run[2]]
                rows[:] = self.run(*run).swapaxes(0, 1).reshape(rows.shape)
        return gates

    def before(self, k: int, chunk: Chunk, out: FloatArray) -> FloatArray:
        """State k before each row of a chunk, (stop - first, n_units).

        Where sequences end in the chunk, the rows do not follow one another: then they
        are gathered in ``out``.
        """
        first, stop, before = chunk.first, chunk.stop, chunk.before
        state, n_t = self.states[k], chunk.runs[0][0]
        # A single run, after a step of as many sequences.
        if len(chunk.runs) == 1 and before + n_t == chunk.n_sequences + first:
            return state[before : before + stop - first]
        rows = self.steps.previous[first:stop]
        return np.take(state, rows, axis=0, out=out[: len(rows)], mode="clip")


def cut(X, steps, width, worker):
    """The chunks of a batch, and the rows of the longest one.

    ``width`` is the number of gates times that of units, ``worker`` that of chunks.
    """
    # The products of sparse steps are made for all of them at once.
    max_rows = steps.n_rows if sparse.issparse(X) else CHUNK // width
    n, before, chunks = steps.n_sequences, 0, []
    for first, stop, runs in steps.chunks(max_rows):
        chunks.append(Chunk(n, first, stop, runs, before, worker))
        before = n + stop - runs[-1][0]
    return chunks, max(chunk.n_rows for chunk in chunks)


def workers_for(cell, worker, steps, n_units):
    """A worker for what is around the loops over steps, and one that shares loops.

    At most one of the two is not None: where there is a worker, and steps are large
    enough for it. Small ones take as long in halves.
    """
    if worker is None:
        return None, None
    size = steps.mean_size * len(cell.gates) * n_units
    if cell.releases_gil:
        return None, worker if size * n_units >= SHARED_PRODUCTS else None
    return worker if size >= WORKER_STEP_SIZE else None, None


def make_input(X, longest, n_slots, new, dtype):
    """The input of a layer, dense or sparse."""
    kind = SparseInput if sparse.issparse(X) else DenseInput
    return kind(X, longest, n_slots, new, dtype)
