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
from functools import cache
from itertools import repeat
from typing import TypeAlias

import numpy as np
from scipy import sparse

from .._typing import FloatArray, Rows
from ..sequences import Steps
from ._arrays import Workspace
from ._inputs import DenseInput, SparseInput

CHUNK = 32_768  # numbers a gate may have in a chunk: 128 kB in float32
WORKER_STEP_SIZE = 12_288  # mean size of the gates of a step from which a worker pays

Chunk: TypeAlias = tuple[int, int, list[tuple[int, int, int]]]  # see ``Steps.chunks``


class Tape:
    """What a forward pass leaves for the backward pass, which does not change it.

    Attributes
    ----------
    X : ndarray or CSR matrix of shape (n_rows, n_features)
    steps : Steps
    chunks : list
        How the steps were cut, see ``Steps.chunks``.
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
        "_z",
        "chunks",
        "mask",
        "saved",
        "states",
        "steps",
        "worker",
        "workspace",
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
        self._z, self.states, self.saved, self.mask = z, states, saved, mask
        self.workspace, self.worker = workspace, worker

    def run(self, n_t: int, start: int, stop: int) -> FloatArray:
        """The gates of a run of steps, (n_steps, n_gates, n_t, n_units)."""
        return blocks(self._z, n_t, start, stop)

    @property
    def gates(self) -> FloatArray:
        """A copy of all gates, (n_gates, n_rows, n_units)."""
        gates = np.empty_like(self._z)
        for _, _, runs in self.chunks:
            for run in runs:
                rows = gates[:, run[1] : run[2]]
                rows[:] = self.run(*run).swapaxes(0, 1).reshape(rows.shape)
        return gates

    def before(self, k: int, chunk: int, out: FloatArray) -> FloatArray:
        """State k before each row of a chunk, (stop - first, n_units).

        Where sequences end in the chunk, the rows do not follow one another: then they
        are gathered in ``out``.
        """
        first, stop, runs = self.chunks[chunk]
        state, n_t = self.states[k], runs[0][0]
        earlier = self.chunks[chunk - 1][2][-1][0] if chunk else n_t
        if len(runs) == 1 and n_t == earlier:
            start = self.steps.n_sequences + first - n_t
            return state[start : start + stop - first]
        rows = self.steps.previous[first:stop]
        return np.take(state, rows, axis=0, out=out[: len(rows)], mode="clip")


def cut(X, steps, n_units):
    """The chunks of a batch, and the rows of the longest one."""
    # The products of sparse steps are made for all of them at once.
    max_rows = steps.n_rows if sparse.issparse(X) else CHUNK // n_units
    chunks = steps.chunks(max_rows)
    return chunks, max(stop - first for first, stop, _ in chunks)


def worker_for(worker, steps, width):
    """The worker, if there is one and the steps are large enough for it.

    ``width`` is the number of gates times that of units.
    """
    mean_size = steps.n_rows / len(steps.counts) * width
    return worker if mean_size >= WORKER_STEP_SIZE else None


def make_input(X, longest, n_slots, new, dtype):
    """The input of a layer, dense or sparse."""
    kind = SparseInput if sparse.issparse(X) else DenseInput
    return kind(X, longest, n_slots, new, dtype)


def blocks(a, n_t, start, stop):
    """Rows start to stop of a (k, n_rows, n_units), seen as (n_steps, k, n_t, n_units).

    The numbers of a run lie step by step in the memory of these rows.
    """
    k, _, n_units = a.shape
    flat = a.reshape(-1)[k * start * n_units : k * stop * n_units]
    return flat.reshape((stop - start) // n_t, k, n_t, n_units)


def by_step(a, n_t, start, stop):
    """Rows start to stop of a (n_rows, n_units) as (n_steps, n_t, n_units)."""
    return a[start:stop].reshape(-1, n_t, a.shape[1])


@cache
def places(parts, names):
    """Where the parts that a cell asks for lie among arrays of these names.

    Parameters
    ----------
    parts : tuple of str, or None
        Names, or several that lie side by side, as "i f o".
    names : tuple of str

    Returns
    -------
    tuple of int and slice

    Examples
    --------
    >>> from sksequence.cells._tape import places
    >>> places(("r u", "n"), ("r", "u", "n"))
    (slice(0, 2, None), 2)
    """
    found = []
    for part in names if parts is None else parts:
        wanted = tuple(part.split())
        start = names.index(wanted[0]) if wanted[0] in names else 0
        stop = start + len(wanted)
        if names[start:stop] != wanted:
            raise ValueError(f"{part!r} does not lie side by side among {names}.")
        found.append(start if len(wanted) == 1 else slice(start, stop))
    return tuple(found)


def parts_of(run, parts, names):
    """Step by step: the rows, or blocks of rows, that a cell asks for."""
    return together(run[:, place] for place in places(parts, tuple(names)))


def together(arrays):
    """Step by step: a tuple of the entries of all arrays."""
    arrays = tuple(arrays)
    return zip(*arrays) if arrays else repeat(())


def work_arrays(space, n_t):
    """Two arrays to calculate in, see ``Cell.step``."""
    k, _, n_units = space.shape
    flat = space.reshape(-1)[: k * n_t * n_units].reshape(k, n_t, n_units)
    return flat[:-1], flat[-1]
