"""Recurrent cells: the equations of one step, forward and backward, in NumPy.

``Cell`` holds the contract; each family of cells is one file that opens with its
equations. The loops over time, forwards and backwards, are the same for all. ``CELLS``
is the table of names: estimators, tests, benchmarks and docs read it, so that a new
line here is a new cell everywhere. ``compiled`` has the same loops for
``engine="numba"``.
"""

from __future__ import annotations

from ._arrays import (
    Workspace,
    activate_gates,
    add_gates,
    add_rows,
    by_gate,
    constants,
    used_columns,
)
from ._base import Cell
from ._engine import ENGINES, EngineName, brings_compiled, equations_of, with_engine
from ._gru import GRUCell, SimpleGRUCell
from ._lstm import LSTMCell
from ._rnn import RNNCell
from ._stepper import CellStepper
from ._tape import Chunk, Tape

CELLS: dict[str, Cell] = {
    "rnn": RNNCell(),
    "rnn_relu": RNNCell(activation="relu"),
    "gru_simple": SimpleGRUCell(),
    "gru": GRUCell(),
    "lstm": LSTMCell(),
    "lstm_peephole": LSTMCell(peephole="current"),
}

__all__ = [
    "CELLS",
    "ENGINES",
    "Cell",
    "CellStepper",
    "Chunk",
    "EngineName",
    "GRUCell",
    "LSTMCell",
    "RNNCell",
    "SimpleGRUCell",
    "Tape",
    "Workspace",
    "activate_gates",
    "add_gates",
    "add_rows",
    "brings_compiled",
    "by_gate",
    "constants",
    "equations_of",
    "used_columns",
    "with_engine",
]
