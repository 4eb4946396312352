"""Recurrent layers as ONNX operators, of one direction or of both."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._typing import Params
from ..network import Recurrent, scope
from ._cells import operator_of, operator_weights
from ._rows import Rows, float32


def add_recurrent(rows: Rows, name: str, layer: Any, params: Params) -> str:
    """The states of all steps, (n_steps, n_sequences, n_units)."""
    g, states = rows.graph, [f"{name}_{state}" for state in layer.cell.states]
    initial = []
    if rows.goes_on:
        before = [rows.state(state, layer.n_units) for state in states]
        initial = [g.add("Unsqueeze", state, [0]) for state in before]
    Y, *final = add_operator(rows, {"forward": layer}, {"forward": params}, initial)
    rows.after |= {k: g.add("Squeeze", s, [0]) for k, s in zip(states, final)}
    rows.last, rows.width = rows.after[states[0]], layer.n_units
    return g.add("Squeeze", Y, [1])


def add_bidirectional(rows: Rows, name: str, layer: Any, params: Params) -> str:
    """Those of both directions side by side."""
    g = rows.graph
    own: dict[str, Params] = {key: scope(params, key) for key in layer.layers}
    Y, last, *_ = add_operator(rows, layer.layers, own)
    rows.width = 2 * layer.layers["forward"].n_units
    last = g.add("Transpose", last, perm=[1, 0, 2])
    rows.last = g.add("Reshape", last, [0, rows.width])
    side_by_side = g.add("Transpose", Y, perm=[0, 2, 1, 3])
    return g.add("Reshape", side_by_side, [0, 0, rows.width])


def add_operator(
    rows: Rows,
    layers: dict[str, Recurrent],
    params: dict[str, Params],
    initial: list[str] | None = None,
) -> list[str]:
    """One operator for all directions.

    Parameters
    ----------
    rows : Rows
    layers : dict of str -> Recurrent
        By direction.
    params : dict of str -> dict
    initial : list of str
        States (n_directions, n_sequences, n_units). None: zeros.

    Returns
    -------
    Y : str
        (n_steps, n_directions, n_sequences, n_units).
    *final : str
        The states where each direction ends, like ``initial``.
    """
    g, n, first = rows.graph, len(layers), layers["forward"]
    operator, attributes = operator_of(first.cell)
    attributes = {
        key: value * n if isinstance(value, list) else value
        for key, value in attributes.items()
    }
    each = [operator_weights(first.cell, params[key]) for key in layers]
    weights = {
        key: float32(np.concatenate([part[key] for part in each])) for key in each[0]
    }
    return g.add(
        operator,
        rows.values,
        weights["W"],
        weights["R"],
        weights["B"],
        None if rows.lengths is None else g.cast(rows.lengths, np.int32),
        *(initial or ("",) * len(first.cell.states)),
        weights.get("P"),
        n_outputs=1 + len(first.cell.states),
        hidden_size=first.n_units,
        direction="bidirectional" if n > 1 else "forward",
        **attributes,
    )
