"""Transformers of sequences as ONNX operators.

Values are (n_sequences, n_steps, n_features), batch first. What is beyond the end of a
sequence may be anything, and comes to nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline

from .._messages import brief
from ..preprocessing import (
    Downsample,
    ForwardFill,
    PerStep,
    ScaleEachSequence,
    StackFrames,
)
from ..sequences import ROUNDING
from ._graph import Graph
from ._types import import_skl2onnx, type_of

LARGEST = 1e6  # numbers that are steps, and no options


@dataclass
class Steps:
    """Sequences on their way through a graph.

    Attributes
    ----------
    graph : Graph
    values : str
        (n_sequences, n_steps, n_features), or ids (n_sequences, n_steps).
    dtype : dtype
        Of the values.
    lengths : str or None
        (n_sequences,) int64. None: there is one step of each, for ``PerStep``.
    static : str or None
        What is known of each sequence as a whole, (n_sequences, n_static).
    """

    graph: Graph
    values: str
    dtype: np.dtype[Any]
    lengths: str | None
    static: str | None = None

    def of_sequences(self) -> str:
        """The lengths, (n_sequences, 1)."""
        return self.graph.add("Unsqueeze", self.lengths, [1])

    def places(self) -> str:
        """0, 1, ..., (1, n_steps)."""
        return self.graph.add("Unsqueeze", self.graph.places(self.values, 1), [0])

    def mask(self) -> str:
        """Whether each sequence has a step, (n_sequences, n_steps, 1)."""
        has = self.graph.add("Less", self.places(), self.of_sequences())
        return self.graph.add("Unsqueeze", has, [2])

    def at(self, places: str) -> str:
        """The steps at places (n_sequences, n) of their sequences.

        A place before the first step is that, one after the last step the last.
        """
        g = self.graph
        end = g.add("Sub", self.of_sequences(), np.int64(1))
        kept = g.add("Max", g.add("Min", places, end), np.int64(0))
        which = g.add("Unsqueeze", kept, [2])
        return g.add("GatherND", self.values, which, batch_dims=1)

    def in_float64(self) -> Steps:
        """The same, for sums."""
        return replace(self, values=self.graph.cast(self.values, np.float64))


def check_transformers(transformers: list[Any]) -> None:
    """Raise a TypeError if a transformer has no ONNX operators."""
    for transformer in transformers:
        kind: Any = type(transformer)
        if kind not in TRANSFORMERS:
            raise TypeError(
                f"{kind.__name__} cannot be exported to ONNX: of transformers of "
                f"sequences only {', '.join(k.__name__ for k in TRANSFORMERS)} can. "
                "Apply it before, and export the steps after it."
            )
        if kind is PerStep and not hasattr(transformer, "n_features_in_"):
            raise TypeError(
                "PerStep cannot be exported to ONNX where it was fitted on steps that "
                "are no rows of numbers. Apply it before, and export the steps after "
                "it."
            )


def width_of(transformer: Any) -> int:
    """Features of a step that a fitted transformer takes.

    To ``PerStep`` a table has as many features as columns, but its steps are numbers.
    """
    inner = getattr(transformer, "transformer_", None)
    return getattr(inner, "n_features_in_", transformer.n_features_in_)


def add_transformer(steps: Steps, transformer: Any) -> Steps:
    """The sequences that a fitted and checked transformer makes of others."""
    return TRANSFORMERS[type(transformer)](steps, transformer)


def stack_frames(steps, stack):
    g, here = steps.graph, steps.places()

    def shifted(k):
        return steps.at(g.add("Add", here, np.int64(k)))

    parts = [shifted(k) for k in range(-stack.before, stack.after + 1)]
    if stack.deltas:
        parts.append(g.add("Sub", steps.values, shifted(-1)))
    return replace(steps, values=g.add("Concat", *parts, axis=2))


def downsample(steps, sample):
    g, factor = steps.graph, np.int64(sample.factor_)

    def shortened(n):
        return g.add("Div", g.add("Add", n, factor - 1), factor)

    n_steps = g.add("Mul", shortened(g.size(steps.values, 1)), factor)
    n_steps = g.add("Squeeze", n_steps, [0])
    places = g.add("Range", np.int64(0), n_steps, np.int64(1))
    places = g.add("Unsqueeze", places, [0])

    def in_pieces(rows, width):
        """As (n_sequences, n_pieces, factor, width)."""
        return g.add("Reshape", rows, [0, -1, factor, width])

    width = sample.n_features_in_
    if sample.how == "mean":
        has = in_pieces(g.add("Less", places, steps.of_sequences()), 1)
        rows = in_pieces(steps.in_float64().at(places), width)
        total = g.sum(g.add("Where", has, rows, np.float64(0)), 2)
        n = g.add("Max", g.sum(g.cast(has, np.float64), 2), np.float64(1))
        values = g.cast(g.add("Div", total, n), steps.dtype)
    else:  # the last step, which ``at`` repeats, changes no maximum
        rows = in_pieces(steps.at(places), width)
        if sample.how == "max":
            values = g.max(rows, 2)
        else:
            values = g.add("Gather", rows, factor - 1, axis=2)
    return replace(steps, values=values, lengths=shortened(steps.lengths))


def forward_fill(steps, fill):
    g, dtype = steps.graph, steps.dtype
    n, means = g.size(steps.values, 0), fill.means_.astype(dtype)
    whole = g.add("Concat", n, [len(means)], axis=0)

    def of_each(values):
        """Before the first step, (n_sequences, n_features)."""
        return g.add("Expand", values, whole)

    def step(body, seen, elapsed, x):
        missing = body.add("IsNaN", x)
        seen = body.add("Where", missing, seen, x)
        one_more = body.add("Add", elapsed, dtype.type(1))
        elapsed = body.add("Where", missing, one_more, dtype.type(0))
        out = [body.add("Identity", a) for a in (seen, elapsed)]
        return (seen, elapsed), [(a, dtype) for a in out]

    # What was not seen at the first step is 0 steps old there.
    states = [(of_each(means), dtype), (of_each(-np.ones_like(means)), dtype)]
    filled, elapsed = g.add_scan(step, states, steps.values)
    parts = [filled]
    if fill.add_indicator and len(fill.indicated_):
        missing = g.cast(g.add("IsNaN", steps.values), dtype)
        parts.append(g.add("Gather", missing, fill.indicated_, axis=2))
    if fill.add_elapsed and len(fill.indicated_):
        parts.append(g.add("Gather", elapsed, fill.indicated_, axis=2))
    return replace(steps, values=g.add("Concat", *parts, axis=2))


def scale_each(steps, scale):
    """As ``ScaleEachSequence`` does it, in float64."""
    g, X, mask = steps.graph, steps.in_float64().values, steps.mask()
    n = g.cast(g.add("Unsqueeze", steps.of_sequences(), [2]), np.float64)

    def inside(values):
        return g.add("Where", mask, values, np.float64(0))

    def mean(values):
        return g.add("Div", g.sum(inside(values), 1, keepdims=True), n)

    means = mean(X)
    centred = g.add("Sub", X, means)
    centred = g.add("Sub", centred, mean(centred))
    values = centred if scale.with_mean else X
    if scale.with_std:
        largest = g.max(g.add("Abs", inside(centred)), 1, keepdims=True)
        zero = g.add("Equal", largest, np.float64(0))
        largest = g.add("Where", zero, np.float64(1), largest)
        part = g.add("Div", centred, largest)
        deviation = g.add("Sqrt", mean(g.add("Mul", part, part)))
        deviation = g.add("Mul", largest, deviation)
        least = g.add("Mul", g.add("Abs", means), np.float64(ROUNDING))
        constant = g.add("LessOrEqual", deviation, least)
        deviation = g.add("Where", constant, np.float64(1), deviation)
        values = g.add("Div", values, deviation)
    return replace(steps, values=g.cast(values, steps.dtype))


def per_step(steps, per_step):
    """skl2onnx knows the transformers of scikit-learn."""
    transformer, g = per_step.transformer_, steps.graph
    width = width_of(per_step)
    skl2onnx = import_skl2onnx("PerStep in ONNX")
    try:
        inner = skl2onnx.to_onnx(
            _by_places(transformer),
            initial_types=[("rows", type_of(steps.dtype, [None, width]))],
            target_opset=g.opset,
        )
        _check_types(g.onnx, inner, steps.dtype)
        _check_values(inner, transformer, width, steps.dtype)
    except Exception as error:  # of many kinds
        way = "Apply it before, and export the steps after it."
        if steps.dtype == np.float64:
            way += " Many can be where X in fit is of float32."
        raise TypeError(
            f"PerStep({brief(transformer, 60)}) cannot be exported to ONNX: "
            f"{brief(str(error), 200)}. {way}"
        ) from error
    given = steps.values
    if steps.lengths is not None:  # padding may be what the transformer refuses
        given = steps.at(steps.places())
    rows = g.add("Reshape", given, [-1, width])
    rows = g.add_model(inner, rows)
    ends = g.add("Shape", steps.values, start=0, end=2)
    shape = g.add("Concat", ends, [-1], axis=0)
    values = g.add("Reshape", rows, shape)
    found = inner.graph.output[0].type.tensor_type.elem_type
    dtype = g.onnx.helper.tensor_dtype_to_np_dtype(found)
    return replace(steps, values=values, dtype=dtype)


def _check_types(onnx, model, dtype):
    """Raise an error for what ONNX Runtime would not load."""
    onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True)
    imputes = any(node.op_type == "Imputer" for node in model.graph.node)
    if imputes and dtype == np.float64:
        raise TypeError("ONNX Runtime imputes float32 only")


def _check_values(model, transformer, width, dtype):
    """Raise an error if a converter gives other values than its transformer."""
    (name,) = [given.name for given in model.graph.input]
    evaluator = import_module("onnx.reference").ReferenceEvaluator(model)
    for row in _probes(transformer, width).astype(dtype):
        try:
            expected = transformer.transform(row[None])
        except Exception:  # such as an unknown category
            continue
        if sparse.issparse(expected):
            expected = expected.toarray()
        expected = np.asarray(expected)
        found = np.asarray(evaluator.run(None, {name: row[None]})[0])
        close = found.shape == expected.shape and np.allclose(
            found.astype(float), expected.astype(float), 1e-3, 1e-3, equal_nan=True
        )
        if not close:
            raise TypeError(
                f"its ONNX converter makes {brief(found.tolist())} of the step "
                f"{brief(row.tolist())}, which is to become {brief(expected.tolist())}"
            )


def _probes(transformer, width):
    """Steps to compare a transformer with its graph at, (n, width).

    Numbers that it holds, as thresholds, edges and means, and some others.
    """
    rows = [np.full(width, value) for value in (0.0, 1.0, -1.0)]
    rows += list(np.random.default_rng(0).normal(size=(20, width)))
    parts = [transformer]
    if hasattr(transformer, "get_params"):
        parts += transformer.get_params().values()
    for part in parts:
        for value in getattr(part, "__dict__", {"": part}).values():
            if isinstance(value, (int, float, np.number)) and abs(value) < LARGEST:
                rows.append(np.full(width, float(value)))
            elif isinstance(value, np.ndarray) and value.dtype.kind in "iuf":
                table = value if value.ndim == 2 else value[None]
                if table.shape[-1:] == (width,) and np.isfinite(table).all():
                    rows += list(table[:: max(1, len(table) // 20)].astype(float))
    return np.array(rows)


def _by_places(transformer):
    """A fitted transformer that selects columns by their places, and not by names."""
    if isinstance(transformer, Pipeline):
        (name, first), *others = transformer.steps
        found = copy(transformer)
        found.steps = [(name, _by_places(first)), *others]
        return found
    if not isinstance(transformer, ColumnTransformer):
        return transformer
    places = transformer._transformer_to_input_indices
    found = copy(transformer)
    found.transformers_ = [
        (name, step, list(places.get(name, columns)))
        for name, step, columns in transformer.transformers_
    ]
    return found


TRANSFORMERS: dict[type, Callable[..., Steps]] = {
    StackFrames: stack_frames,
    Downsample: downsample,
    ForwardFill: forward_fill,
    ScaleEachSequence: scale_each,
    PerStep: per_step,
}
