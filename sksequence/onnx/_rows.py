"""What goes through the layers of a network."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from .._typing import FloatArray
from ._graph import Graph


@dataclass
class Rows:
    """Rows of sequences on their way through a network.

    They come in as (n_sequences, n_steps, n_features), or ids (n_sequences, n_steps).
    From the first recurrent layer on they are (n_steps, n_sequences, width), as
    recurrent operators take them, and after a pooling (n_sequences, width).

    Attributes
    ----------
    graph : Graph
    values : str
    dtype : dtype
        Of the values.
    lengths : str or None
        (n_sequences,) int64. None: all steps count.
    static : str or None
        What is known of each sequence as a whole, (n_sequences, n_static).
    goes_on : bool
        Whether sequences are read piece by piece: states are inputs, and outputs. Where
        a layer pools, a piece is one step.
    pooled : bool
        Whether there is one row a sequence.
    width : int
        Of the rows, from the first recurrent layer on.
    last : str
        What the highest recurrent layer ends with, (n_sequences, width): each direction
        where it ends.
    states : dict of str -> int
        Inputs (n_sequences, width) by name, zeros before the first step: their widths.
    after : dict of str -> str
        The states of these names after the last step.
    """

    graph: Graph
    values: str
    dtype: np.dtype[Any]
    lengths: str | None
    static: str | None = None
    goes_on: bool = False
    pooled: bool = False
    width: int = 0
    last: str = ""
    states: dict[str, int] = field(default_factory=dict)
    after: dict[str, str] = field(default_factory=dict)

    def to_type(self, dtype: npt.DTypeLike) -> None:
        """Let the values have another type."""
        if self.dtype != dtype:
            self.values = self.graph.cast(self.values, dtype)
            self.dtype = np.dtype(dtype)

    def state(self, name: str, width: int) -> str:
        """Declare a state, which is an input of its name; ``after`` is to have it."""
        self.states[name] = width
        return name

    def mask(self) -> str:
        """Whether each sequence has a step, (n_steps, n_sequences, 1)."""
        g = self.graph
        place = g.add("Unsqueeze", g.places(self.values, 0), [1])
        has = g.add("Less", place, self.lengths)
        return g.add("Unsqueeze", has, [2])

    def affine(self, W: FloatArray, b: FloatArray, function: str | None = None) -> str:
        """function(rows W + b)."""
        g = self.graph
        Y = g.add("Add", g.add("MatMul", self.values, float32(W)), float32(b))
        return g.add(function, Y) if function else Y


def float32(a: FloatArray) -> FloatArray:
    """As the operators of a network take it."""
    return np.asarray(a, np.float32)
