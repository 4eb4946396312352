"""Cells as the recurrent operators of ONNX.

::

    RNN:   h' = f(h R^T + x W^T + B)
    GRU:   h' = (1 - z) n + z h           z = 1 - u,  gates in the order z, r, n
    LSTM:  c' = f c + i g,  h' = o tanh(c')           gates in the order i, o, f, g

z = 1 - sigm(s) = sigm(-s), so that the weights of u change their sign. The simplified
GRU is a GRU whose r is always 1: its weights are 0, its bias so large that the sigmoid
is 1 in any precision.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .._typing import FloatArray, Params
from ..cells import (
    Cell,
    GRUCell,
    LSTMCell,
    RNNCell,
    SimpleGRUCell,
    by_gate,
    equations_of,
)

ORDERS = {"RNN": "h", "GRU": "urn", "LSTM": "iofg"}  # of our gates in an operator
PEEPHOLES = [0, 2, 1]  # ours are those of i, f and o
SATURATED = 100.0  # sigm(100) is 1 - 4e-44


def operator_of(cell: Cell) -> tuple[str, dict[str, Any]]:
    """The operator of a cell, and its attributes for one direction.

    Parameters
    ----------
    cell : Cell

    Returns
    -------
    operator : {"RNN", "GRU", "LSTM"}
    attributes : dict

    Raises
    ------
    ValueError
        If there is none: for a cell of one's own, and for a peephole to the cell state
        before.
    """
    kind, options = equations_of(cell), vars(cell)
    if kind is RNNCell:
        return "RNN", {"activations": [options["activation"].capitalize()]}
    if kind is SimpleGRUCell:
        return "GRU", {}
    if kind is GRUCell:
        return "GRU", {"linear_before_reset": int(options["reset_after"])}
    if kind is not LSTMCell:
        raise ValueError(
            f"ONNX has no operator for the cell {type(cell).__name__}: only those of "
            "sksequence.cells can be exported."
        )
    if options["peephole"] == "previous":
        raise ValueError(
            "ONNX has no operator for LSTMCell(peephole='previous'): the output gate "
            "of its LSTM sees the new cell state. Fit with "
            "LSTMCell(peephole='current'), which is cell='lstm_peephole'."
        )
    return "LSTM", {}


def operator_weights(cell: Cell, params: Params) -> dict[str, FloatArray]:
    """The parameters of a cell as its operator has them, for one direction.

    Parameters
    ----------
    cell : Cell
    params : dict of str -> ndarray

    Returns
    -------
    dict of str -> ndarray
        "W" (1, n_gates * n_units, n_features), "R" (1, n_gates * n_units, n_units), "B"
        (1, 2 * n_gates * n_units), and with peepholes "P" (1, 3 * n_units).
    """
    order = ORDERS[operator_of(cell)[0]]

    def gates(values, without=0.0):
        """Our (n, n_gates * n_units) as (1, n_gates * n_units, n)."""
        parts = dict(zip(cell.gates, by_gate(values, len(cell.gates))))
        if "u" in parts:
            parts["u"] = -parts["u"]
        other = np.full_like(parts[cell.gates[0]], without)
        return np.concatenate([parts.get(k, other).T for k in order])[None]

    b = gates(params["b"], SATURATED)[..., 0]
    c = np.zeros_like(b)
    if "c" in params:  # of n, the last gate
        c[:, -len(params["c"]) :] = params["c"]
    weights = {
        "W": gates(params["W"]),
        "R": gates(params["U"]),
        "B": np.concatenate([b, c], axis=1),
    }
    if "p" in params:
        weights["P"] = params["p"][PEEPHOLES].reshape(1, -1)
    return weights
