"""Views of the rows of a run of steps: by step, by gate, and by name."""

from __future__ import annotations

from functools import cache
from itertools import repeat


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
    >>> from sksequence.cells._views import places
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
