"""What estimators say of scores, as ONNX operators."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .._messages import brief
from ..estimators._target_losses import LARGEST_EXPONENT
from ._graph import Graph


class Output(NamedTuple):
    """One result of a model.

    Attributes
    ----------
    value : str
    dtype : dtype
        Object for strings.
    widths : tuple of int
        Axes after those of sequences and steps.
    shape : tuple or None
        All axes, where these are others.
    """

    value: str
    dtype: np.dtype[Any]
    widths: tuple[int, ...] = ()
    shape: tuple[int | str | None, ...] | None = None


FLOAT, DOUBLE = np.dtype(np.float32), np.dtype(np.float64)
INT = np.dtype(np.int64)


def of_labels(g: Graph, model: Any, scores: str) -> dict[str, Output]:
    """Label and probabilities of a classifier, or of a tagger at each step."""
    n = len(model.classes_)
    if model._multilabel:
        return {
            "label": Output(is_positive(g, scores), INT, (n,)),
            "probabilities": Output(g.add("Sigmoid", scores), FLOAT, (n,)),
        }
    if model._n_outputs() == 1:
        best = g.add("Squeeze", is_positive(g, scores), [-1])
        p = g.add("Sigmoid", scores)
        q = g.add("Sub", np.float32(1), p)
        p = g.add("Concat", q, p, axis=-1)
    else:
        best = g.add("ArgMax", scores, axis=-1, keepdims=0)
        p = g.add("Softmax", scores, axis=-1)
    classes = in_types_of_onnx(model.classes_)
    label = g.add("Gather", classes, best, axis=0)
    return {
        "label": Output(label, classes.dtype),
        "probabilities": Output(p, FLOAT, (n,)),
    }


def in_types_of_onnx(classes):
    """Labels as int64, strings (objects), bools or floats."""
    kind = classes.dtype.kind
    without = np.zeros(len(classes), bool)
    if kind in "iu":
        found = classes.astype(np.int64)
        without = found != classes
    elif kind == "U" or (kind == "O" and all(isinstance(k, str) for k in classes)):
        found = classes.astype(object)
        without = np.array([k != k.encode(errors="ignore").decode() for k in found])
    elif kind in "bf":
        found = classes
    else:
        without |= True
    if without.any():
        (label, *_) = classes[without]
        raise ValueError(
            f"ONNX has no type for labels of {classes.dtype}, such as "
            f"{brief(label) if isinstance(label, str) else label}. Fit with strings or "
            "ints of 64 bits."
        )
    return found


def is_positive(g, scores):
    """1 where a score is above 0, else 0."""
    return g.cast(g.add("Greater", scores, np.float32(0)), INT)


def of_chain(g: Graph, model: Any, scores: str) -> dict[str, Output]:
    """What a decoder of a chain of labels needs."""
    chain, params = model._chain()
    A = chain.transitions(params).astype(np.float32)
    return {
        "scores": Output(scores, FLOAT, (len(model.classes_),)),
        "transitions": Output(g.add("Identity", A), FLOAT, shape=A.shape),
    }


def of_numbers(g: Graph, model: Any, scores: str) -> dict[str, Output]:
    """Numbers in the units of y: float64, which these may need."""
    s, flat = g.cast(scores, DOUBLE), model._y_is_flat
    if model.loss == "poisson":
        s = g.add("Add", s, np.log(model.y_scale_))
        most = np.float64(LARGEST_EXPONENT)
        y = g.add("Exp", g.add("Clip", s, -most, most))
    else:
        y = g.add("Add", g.add("Mul", s, model.y_scale_), model.y_mean_)
    if flat:
        y = g.add("Squeeze", y, [-1])
    return {"prediction": Output(y, DOUBLE, () if flat else (len(model.y_mean_),))}
