"""What a forward pass leaves for the way back, and how rows lie in memory.

Both passes work through a batch in *stretches*: consecutive steps whose arrays fit in
the cache of a processor. In a stretch, what is not serial is done at once: the input's
share of the gates before the steps, the local derivatives before the way back, and the
products that give the gradients of the weights after it. So arrays are touched while
they are near, and only what the way back needs is kept of all steps.

Steps of equal batch size follow one another in *runs*. The gates of a run are one array
(n_steps, n_gates, n_t, n_units), so that all gates of a step are one contiguous block.
"""

from functools import cache
from itertools import repeat

import numpy as np
from scipy import sparse

from ._inputs import DenseInput, SparseInput

STRETCH = 32_768  # numbers a gate may have in a stretch: 128 kB in float32
HELPED = 12_288  # numbers in the gates of a step, in the mean, from which a helper pays


class Tape:
    """What a forward pass leaves for the backward pass.

    Attributes
    ----------
    X : ndarray or CSR matrix of shape (n_rows, n_features)
    steps : Steps
    stretches : list
        How the steps were cut, see ``Steps.stretches``.
    states : list of ndarray of shape (n_sequences + n_rows, n_units)
        The initial states, then the states after each row.
    saved : list of ndarray of shape (n_rows, n_units)
    mask : ndarray of shape (n_sequences, n_units), or None
    """

    __slots__ = ("X", "_z", "mask", "saved", "states", "steps", "stretches")

    def __init__(self, X, steps, stretches, z, states, saved, mask):
        self.X, self.steps, self.stretches = X, steps, stretches
        self._z, self.states, self.saved, self.mask = z, states, saved, mask

    def run(self, n_t, start, stop):
        """The gates of a run of steps, (n_steps, n_gates, n_t, n_units)."""
        return blocks(self._z, n_t, start, stop)

    @property
    def gates(self):
        """A copy of all gates, (n_gates, n_rows, n_units)."""
        gates = np.empty_like(self._z)
        for _, _, runs in self.stretches:
            for run in runs:
                rows = gates[:, run[1] : run[2]]
                rows[:] = self.run(*run).swapaxes(0, 1).reshape(rows.shape)
        return gates

    def before(self, k, stretch, out):
        """State k before each row of a stretch, (stop - first, n_units).

        Where sequences ended meanwhile the rows do not follow one another: then they
        are gathered in ``out``.
        """
        first, stop, runs = self.stretches[stretch]
        state, n_t = self.states[k], runs[0][0]
        earlier = self.stretches[stretch - 1][2][-1][0] if stretch else n_t
        if len(runs) == 1 and n_t == earlier:
            start = self.steps.n_sequences + first - n_t
            return state[start : start + stop - first]
        rows = self.steps.previous[first:stop]
        return np.take(state, rows, axis=0, out=out[: len(rows)], mode="clip")


def cut(X, steps, n_units):
    """The stretches of a batch, and the rows of the longest one."""
    # The products of sparse steps are made for all of them at once.
    max_rows = steps.n_rows if sparse.issparse(X) else STRETCH // n_units
    stretches = steps.chunks(max_rows)
    return stretches, max(stop - first for first, stop, _ in stretches)


def helper_for(workspace, steps, width):
    """The helper of a workspace, if there is one and it has enough to do.

    ``width`` is the number of gates times that of units.
    """
    mean_size = steps.n_rows / len(steps.counts) * width
    return workspace.helper if mean_size >= HELPED else None


def make_input(X, longest, n_slots, new, dtype):
    """The input of a layer, dense or sparse."""
    kind = SparseInput if sparse.issparse(X) else DenseInput
    return kind(X, longest, n_slots, new, dtype)


def blocks(a, n_t, start, stop):
    """Rows start to stop of a (k, n_rows, n_units), seen as (n_steps, k, n_t, n_units).

    A run keeps its numbers step by step in the place of these rows.
    """
    k, _, n_units = a.shape
    flat = a.reshape(-1)[k * start * n_units : k * stop * n_units]
    return flat.reshape((stop - start) // n_t, k, n_t, n_units)


def by_step(a, n_t, start, stop):
    """Rows start to stop of a (n_rows, n_units) as (n_steps, n_t, n_units)."""
    return a[start:stop].reshape(-1, n_t, a.shape[1])


@cache
def places(parts, names):
    """Where the parts that a cell wants to see lie among arrays of these names.

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
    """Step by step: the rows, or blocks of rows, that a cell wants to see."""
    return together(run[:, place] for place in places(parts, tuple(names)))


def together(arrays):
    """Step by step: a tuple of what each array has for it."""
    arrays = tuple(arrays)
    return zip(*arrays) if arrays else repeat(())


def work_arrays(space, n_t):
    """Two arrays to calculate in, see ``Cell.step``."""
    k, _, n_units = space.shape
    flat = space.reshape(-1)[: k * n_t * n_units].reshape(k, n_t, n_units)
    return flat[:-1], flat[-1]
