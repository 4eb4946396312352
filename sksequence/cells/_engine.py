"""Who runs the loops over steps: NumPy, or code compiled by numba."""

from __future__ import annotations

from typing import Literal, TypeAlias

from .._messages import brief
from ._base import Cell

EngineName: TypeAlias = Literal["numpy", "numba"]
ENGINES = ("numpy", "numba")


def equations_of(cell: Cell) -> type[Cell]:
    """The class that has the equations of a cell.

    It is the cell's own class, but for one that only starts with other values: a class
    that changes nothing except ``init`` has the equations of its base.

    Parameters
    ----------
    cell : Cell

    Returns
    -------
    type

    Examples
    --------
    >>> from sksequence.cells import GRUCell, equations_of
    >>> class LateGRU(GRUCell):
    ...     def init(self, params, rng):
    ...         super().init(params, rng)
    ...         params["b"] -= 1
    >>> equations_of(LateGRU()).__name__
    'GRUCell'
    """
    return next(kind for kind in type(cell).__mro__ if _changes(kind) - {"init"})


def _changes(kind):
    """What the body of a class says, but for Python's own names, such as __doc__."""
    return {name for name in vars(kind) if not name.startswith("__")}


def brings_compiled(cell: Cell) -> bool:
    """Whether a cell has compiled loops: the class with its equations must say so.

    A subclass may change the equations, and then those of its base are not its own.
    """
    kind = equations_of(cell)
    return kind is not Cell and "compiled" in vars(kind)


def with_engine(cell: Cell, engine: str) -> Cell:
    """A cell whose loops an engine runs, as far as the cell has them.

    Parameters
    ----------
    cell : Cell
    engine : {"numpy", "numba"}

    Returns
    -------
    Cell
    """
    if not isinstance(engine, str) or engine not in ENGINES:
        names = " or ".join(map(repr, ENGINES))
        raise ValueError(f"engine must be {names}. Got {brief(engine)} instead.")
    if engine == "numpy" or not brings_compiled(cell):
        return cell
    compiled = cell.compiled()
    compiled.init = cell.init  # type: ignore[method-assign]  # which may be its own
    return compiled
