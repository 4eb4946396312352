"""Layers as ONNX operators.

Inside a network rows are (n_steps, n_sequences, width), as the recurrent operators take
them, and after a pooling (n_sequences, width). What lies beyond the end of a sequence
is never read: recurrent operators know the lengths, and poolings mask it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from .._typing import FloatArray, Params
from ..network import (
    ACTIVATIONS,
    AttentionPooling,
    Bidirectional,
    ConcatPooling,
    CRFHead,
    Dense,
    Dropout,
    Embedding,
    LinearHead,
    Network,
    Pooling,
    Recurrent,
    Standardize,
    VocabularyHead,
    scope,
)
from ._cells import operator_of, operator_weights
from ._graph import Graph

FUNCTIONS = {"identity": None, "relu": "Relu", "tanh": "Tanh", "logistic": "Sigmoid"}


@dataclass
class Rows:
    """What goes through the layers of a network.

    Attributes
    ----------
    graph : Graph
    values : str
    dtype : dtype
        Of the values.
    lengths : str or None
        (n_sequences,) int64. None: all steps count, and no layer pools.
    initial : dict of str -> str
        Initial states by "layer.state", each (n_sequences, n_units). Zeros where there
        are none.
    final : dict of str -> str
        Those after the last step.
    last : str or None
        What the highest recurrent layer ends with, (n_sequences, n_directions *
        n_units).
    n_units : int
        Of that layer, both directions together.
    """

    graph: Graph
    values: str
    dtype: np.dtype[Any]
    lengths: str | None
    initial: dict[str, str] = field(default_factory=dict)
    final: dict[str, str] = field(default_factory=dict)
    last: str | None = None
    n_units: int = 0

    def to_type(self, dtype: npt.DTypeLike) -> None:
        """Let the values have another type."""
        if self.dtype != dtype:
            self.values = self.graph.cast(self.values, dtype)
            self.dtype = np.dtype(dtype)

    def mask(self) -> str:
        """Whether each sequence has a step, (n_steps, n_sequences, 1)."""
        g = self.graph
        place = g.add("Unsqueeze", g.places(self.values, 0), [1])
        has = g.add("Less", place, self.lengths)
        return g.add("Unsqueeze", has, [2])


def add_network(rows: Rows, network: Network, theta: FloatArray) -> str:
    """The scores of a network.

    Parameters
    ----------
    rows : Rows
        Of sequences as they come in: (n_sequences, n_steps, n_features), or ids
        (n_sequences, n_steps).
    network : Network
    theta : ndarray

    Returns
    -------
    scores : str
        (n_sequences, n_outputs), or (n_sequences, n_steps, n_outputs).

    Raises
    ------
    ValueError
        If a layer has no operators.
    """
    g, params = rows.graph, network.layout.views(theta)
    if rows.dtype.kind == "f":
        rows.to_type(theta.dtype)
    within, pooled = False, False
    for name, layer in network.layers.items():
        if not within and isinstance(layer, (Recurrent, Bidirectional)):
            rows.to_type(np.float32)
            rows.values = g.add("Transpose", rows.values, perm=[1, 0, 2])
            within = True
        own = scope(params, name)
        if name == "output":
            own = network.head_params(theta)
        add_layer(rows, name, layer, own)
        pooled = pooled or layer.pools
    if pooled:
        return rows.values
    return g.add("Transpose", rows.values, perm=[1, 0, 2])


def add_layer(rows: Rows, name: str, layer: Any, params: Params) -> None:
    """Put a layer on top."""
    kind: Any = type(layer)
    if kind not in LAYERS:
        raise ValueError(
            f"The layer {name!r} ({kind.__name__}) has no ONNX operators in sksequence."
        )
    found = LAYERS[kind](rows, name, layer, params)
    if found is not None:
        rows.values = found


def float32(a: FloatArray) -> FloatArray:
    return np.asarray(a, np.float32)


# -- of each row by itself -------------------------------------------------------------


def add_standardize(rows, name, layer, params):
    """(x - mean) / scale, in the precision of the model: offsets may be large."""
    centred = rows.graph.add("Sub", rows.values, params["mean"])
    return rows.graph.add("Div", centred, params["scale"])


def add_embedding(rows, name, layer, params):
    g, table = rows.graph, float32(params["E"])
    if rows.dtype.kind == "f":  # bags of tokens
        rows.to_type(np.float32)
        return g.add("MatMul", rows.values, table)
    rows.dtype = np.dtype(np.float32)
    return g.add("Gather", table, rows.values, axis=0)


def add_dense(rows, name, layer, params):
    function = next(k for k, (f, _) in ACTIVATIONS.items() if f is layer.function)
    return affine(rows, params["W"], params["b"], FUNCTIONS[function])


def add_vocabulary(rows, name, layer, params):
    W = rows.graph.add("Transpose", float32(params["W"]), perm=[1, 0])
    product = rows.graph.add("MatMul", rows.values, W)
    return rows.graph.add("Add", product, float32(params["b"]))


def affine(rows, W, b, function=None):
    g = rows.graph
    Y = g.add("Add", g.add("MatMul", rows.values, float32(W)), float32(b))
    return g.add(function, Y) if function else Y


# -- recurrent layers ------------------------------------------------------------------


def add_recurrent(rows, name, layer, params):
    return add_directions(rows, name, {"forward": layer}, {"forward": params})


def add_bidirectional(rows, name, layer, params):
    own = {key: scope(params, key) for key in layer.layers}
    return add_directions(rows, name, layer.layers, own)


def add_directions(rows, name, layers, params):
    """One operator for both directions."""
    g, first = rows.graph, layers["forward"]
    cell, n_units, n = first.cell, first.n_units, len(layers)
    operator, attributes = operator_of(cell)
    attributes = {
        key: value * n if isinstance(value, list) else value
        for key, value in attributes.items()
    }
    each = [operator_weights(cell, params[key]) for key in layers]
    weights = {
        key: float32(np.concatenate([part[key] for part in each])) for key in each[0]
    }
    lengths = None if rows.lengths is None else g.cast(rows.lengths, np.int32)
    states = [
        g.add("Unsqueeze", rows.initial[f"{name}.{state}"], [0])
        if f"{name}.{state}" in rows.initial
        else None
        for state in cell.states
    ]
    Y, *final = g.add(
        operator,
        rows.values,
        weights["W"],
        weights["R"],
        weights["B"],
        lengths,
        *states,
        weights.get("P"),
        n_outputs=1 + len(cell.states),
        hidden_size=n_units,
        direction="bidirectional" if n > 1 else "forward",
        **attributes,
    )
    rows.n_units = n * n_units
    if n == 1:
        last = [g.add("Squeeze", state, [0]) for state in final]
        rows.final |= {f"{name}.{k}": s for k, s in zip(cell.states, last)}
        rows.last = last[0]
        return g.add("Squeeze", Y, [1])
    last = g.add("Transpose", final[0], perm=[1, 0, 2])
    rows.last = g.add("Reshape", last, [0, rows.n_units])
    side_by_side = g.add("Transpose", Y, perm=[0, 2, 1, 3])
    return g.add("Reshape", side_by_side, [0, 0, rows.n_units])


# -- poolings --------------------------------------------------------------------------


def add_pooling(rows, name, layer, params):
    return POOL[layer.kind](rows)


def last_of(rows):
    """What the layer below ends with: each direction where it ends."""
    return rows.last


def mean_of(rows):
    g = rows.graph
    kept = g.add("Where", rows.mask(), rows.values, np.float32(0))
    n = g.add("Unsqueeze", g.cast(rows.lengths, np.float32), [1])
    return g.add("Div", g.sum(kept, 0), n)


def max_of(rows):
    kept = rows.graph.add("Where", rows.mask(), rows.values, np.float32(-np.inf))
    return rows.graph.max(kept, 0)


POOL = {"last": last_of, "mean": mean_of, "max": max_of}


def add_concat_pooling(rows, name, layer, params):
    parts = [POOL[part.kind](rows) for part in layer.parts]
    return rows.graph.add("Concat", *parts, axis=1)


def add_attention_pooling(rows, name, layer, params):
    g, mask = rows.graph, rows.mask()
    U = affine(rows, params["W"], params["b"], "Tanh")
    s = g.add("MatMul", U, float32(params["v"])[:, None])
    a = g.add("Softmax", g.add("Where", mask, s, np.float32(-np.inf)), axis=0)
    kept = g.add("Where", mask, rows.values, np.float32(0))
    return g.sum(g.add("Mul", a, kept), 0)


LAYERS: dict[type, Callable[..., str | None]] = {
    Standardize: add_standardize,
    Embedding: add_embedding,
    Dropout: lambda *_: None,
    Recurrent: add_recurrent,
    Bidirectional: add_bidirectional,
    Dense: add_dense,
    Pooling: add_pooling,
    ConcatPooling: add_concat_pooling,
    AttentionPooling: add_attention_pooling,
    LinearHead: add_dense,
    CRFHead: add_dense,
    VocabularyHead: add_vocabulary,
}
