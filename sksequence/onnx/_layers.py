"""Networks as ONNX operators, layer by layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

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
    JoinStatic,
    LinearHead,
    Network,
    Pooling,
    Recurrent,
    Standardize,
    VocabularyHead,
    scope,
)
from ._poolings import add_pooling
from ._recurrent import add_bidirectional, add_recurrent
from ._rows import Rows, float32

FUNCTIONS = {"identity": None, "relu": "Relu", "tanh": "Tanh", "logistic": "Sigmoid"}


def add_network(rows: Rows, network: Network, theta: FloatArray) -> str:
    """The scores of a network.

    Parameters
    ----------
    rows : Rows
        As they come in.
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
    within = False
    for name, layer in network.layers.items():
        if not within and isinstance(layer, (Recurrent, Bidirectional)):
            rows.to_type(np.float32)
            rows.values = g.add("Transpose", rows.values, perm=[1, 0, 2])
            within = True
        own = scope(params, name)
        if name == "output":
            own = network.head_params(theta)
        add_layer(rows, name, layer, own)
        rows.pooled = rows.pooled or layer.pools
    if rows.pooled:
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


# -- of each row by itself -------------------------------------------------------------


def add_standardize(rows, name, layer, params):
    """In the precision of the model: offsets may be large."""
    return standardized(rows.graph, rows.values, params)


def standardized(g, values, params):
    """(x - mean) / scale."""
    return g.add("Div", g.add("Sub", values, params["mean"]), params["scale"])


def add_static(rows, name, layer, params):
    """What is known of each sequence, beside each of its rows."""
    g, static = rows.graph, rows.static
    if layer.standardize:
        static = standardized(g, g.cast(static, params["mean"].dtype), params)
    static = g.cast(static, np.float32)
    if not rows.pooled:
        shape = g.add("Concat", g.size(rows.values, 0), [1, 1], axis=0)
        static = g.add("Expand", static, shape)
    rows.width += layer.n_features
    return g.add("Concat", rows.values, static, axis=-1)


def add_embedding(rows, name, layer, params):
    g, table = rows.graph, float32(params["E"])
    if rows.dtype.kind == "f":  # bags of tokens
        rows.to_type(np.float32)
        return g.add("MatMul", rows.values, table)
    rows.dtype = np.dtype(np.float32)
    return g.add("Gather", table, rows.values, axis=0)


def add_dense(rows, name, layer, params):
    function = next(k for k, (f, _) in ACTIVATIONS.items() if f is layer.function)
    rows.width = layer.n_out
    return rows.affine(params["W"], params["b"], FUNCTIONS[function])


def add_vocabulary(rows, name, layer, params):
    W = rows.graph.add("Transpose", float32(params["W"]), perm=[1, 0])
    product = rows.graph.add("MatMul", rows.values, W)
    return rows.graph.add("Add", product, float32(params["b"]))


LAYERS: dict[type, Callable[..., str | None]] = {
    Standardize: add_standardize,
    Embedding: add_embedding,
    JoinStatic: add_static,
    Dropout: lambda *_: None,
    Recurrent: add_recurrent,
    Bidirectional: add_bidirectional,
    Dense: add_dense,
    Pooling: add_pooling,
    ConcatPooling: add_pooling,
    AttentionPooling: add_pooling,
    LinearHead: add_dense,
    CRFHead: add_dense,
    VocabularyHead: add_vocabulary,
}
