"""Who runs the loops over steps: NumPy, or code compiled by numba."""

from __future__ import annotations

from typing import Literal, TypeAlias

from .._messages import brief
from ._base import Cell

EngineName: TypeAlias = Literal["numpy", "numba"]
ENGINES = ("numpy", "numba")


def brings_compiled(cell: Cell) -> bool:
    """Whether a cell has compiled loops: its own class must say so.

    A subclass may change the equations, and then those of its base are not its own.
    """
    return "compiled" in vars(type(cell))


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
    return cell.compiled() if engine == "numba" and brings_compiled(cell) else cell
