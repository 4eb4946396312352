"""Types of numbers, as skl2onnx has them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .._extras import import_extra

TYPES = {
    "float32": "FloatTensorType",
    "float64": "DoubleTensorType",
    "int64": "Int64TensorType",
    "bool": "BooleanTensorType",
    "object": "StringTensorType",
}
NUMBERS = ("float32", "float64", "int64")


def import_skl2onnx(user: str) -> Any:
    """The package skl2onnx, or an error that says what to install."""
    return import_extra("skl2onnx", "sksequence[onnx]", user)


def type_of(dtype: np.dtype[Any], shape: Sequence[int | None]) -> Any:
    """An instance of the class for a type of numbers, or of strings."""
    types = import_skl2onnx("sksequence.onnx").common.data_types
    return getattr(types, TYPES[dtype.name])(list(shape))


def dtype_of(variable: Any) -> np.dtype[Any]:
    """The type of numbers of a variable."""
    name = type(variable.type).__name__
    for dtype in NUMBERS:
        if TYPES[dtype] == name:
            return np.dtype(dtype)
    raise TypeError(
        f"{variable.raw_name} must be a tensor of {', '.join(NUMBERS)}. Got {name}."
    )
