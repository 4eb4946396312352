"""Poolings as ONNX operators, of whole sequences or one step at a time.

Steps beyond the end of a sequence are masked. One step at a time, a pooling has states:
the sums and maxima that ``sksequence.network`` keeps, but all zeros before the first
step. Where that is no maximum, the number of steps so far, or a sum, says so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .._typing import Params
from ..network import AttentionPooling, ConcatPooling, Pooling
from ._rows import Rows, float32

LOWEST, ZERO, ONE = np.float32(-np.inf), np.float32(0), np.float32(1)


def add_pooling(rows: Rows, name: str, layer: Any, params: Params) -> str:
    """One row a sequence."""
    kind: Any = type(layer)
    if rows.goes_on:  # (1, n_sequences, width)
        rows.values = rows.graph.add("Squeeze", rows.values, [0])
        return POOLINGS[kind][1](rows, name, layer, params)
    return POOLINGS[kind][0](rows, layer, params)


# -- of whole sequences ----------------------------------------------------------------


def pool(rows, layer, params):
    g = rows.graph
    if layer.kind == "last":
        return rows.last
    if layer.kind == "max":
        return g.max(g.add("Where", rows.mask(), rows.values, LOWEST), 0)
    total = g.sum(g.add("Where", rows.mask(), rows.values, ZERO), 0)
    n = g.add("Unsqueeze", g.cast(rows.lengths, np.float32), [1])
    return g.add("Div", total, n)


def concat(rows, layer, params):
    parts = [pool(rows, part, params) for part in layer.parts]
    return rows.graph.add("Concat", *parts, axis=1)


def attention(rows, layer, params):
    g, mask = rows.graph, rows.mask()
    s = g.add("Where", mask, scores(rows, params), LOWEST)
    kept = g.add("Where", mask, rows.values, ZERO)
    return g.sum(g.add("Mul", g.add("Softmax", s, axis=0), kept), 0)


def scores(rows, params):
    """s = tanh(h W + b) v of each row."""
    U = rows.affine(params["W"], params["b"], "Tanh")
    return rows.graph.add("MatMul", U, float32(params["v"])[:, None])


# -- one step at a time ----------------------------------------------------------------


def step_pool(rows, name, layer, params):
    g, H = rows.graph, rows.values
    if layer.kind == "last":
        return H
    before = rows.state(f"{name}_n", 1)
    n = rows.after[before] = g.add("Add", before, ONE)
    if layer.kind == "max":
        highest = rows.state(f"{name}_max", rows.width)
        top = g.add("Max", highest, H)
        top = g.add("Where", g.add("Equal", before, ZERO), H, top)
        rows.after[highest] = top
        return top
    total = rows.state(f"{name}_sum", rows.width)
    rows.after[total] = g.add("Add", total, H)
    return g.add("Div", rows.after[total], n)


def step_concat(rows, name, layer, params):
    parts = [step_pool(rows, name, part, params) for part in layer.parts]
    return rows.graph.add("Concat", *parts, axis=1)


def step_attention(rows, name, layer, params):
    """The softmax's sums, from the highest s so far."""
    g, s = rows.graph, scores(rows, params)
    highest = rows.state(f"{name}_highest", 1)
    total = rows.state(f"{name}_total", 1)
    weighted = rows.state(f"{name}_weighted", rows.width)
    first = g.add("Equal", total, ZERO)
    top = g.add("Where", first, s, g.add("Max", highest, s))
    kept = g.add("Exp", g.add("Sub", g.add("Where", first, top, highest), top))
    e = g.add("Exp", g.add("Sub", s, top))
    rows.after |= {
        highest: top,
        total: g.add("Add", g.add("Mul", kept, total), e),
        weighted: g.add(
            "Add", g.add("Mul", kept, weighted), g.add("Mul", e, rows.values)
        ),
    }
    return g.add("Div", rows.after[weighted], rows.after[total])


# Of whole sequences, and one step at a time.
POOLINGS: dict[type, tuple[Callable[..., str], Callable[..., str]]] = {
    Pooling: (pool, step_pool),
    ConcatPooling: (concat, step_concat),
    AttentionPooling: (attention, step_attention),
}
