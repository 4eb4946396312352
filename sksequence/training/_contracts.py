"""What a training asks of an objective, of its gradients and of a layout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from .._typing import FloatArray, IntArray


class Layout(Protocol):
    """Where named parameters lie in the flat vector, see ``network.Layout``."""

    size: int
    n_dense: int
    shapes: dict[str, tuple[int, ...]]
    tables: list[str]
    penalised: list[str]

    def view(self, theta: FloatArray, name: str, /) -> FloatArray: ...

    def penalised_mask(self) -> npt.NDArray[np.bool_]: ...


class RowGradient(Protocol):
    """The gradient of some rows of a table, see ``network.RowGradient``."""

    rows: IntArray
    values: npt.NDArray[Any]

    def add_rows(self, rows: IntArray, values: npt.NDArray[Any], /) -> None: ...


class Gradients(Protocol):
    """The gradient of a loss, see ``network.Gradients``."""

    dense: FloatArray

    @property
    def tables(self) -> Mapping[str, RowGradient]: ...

    def arrays(self) -> list[FloatArray]: ...


class Objective(Protocol):
    """The loss of a training set, piece by piece, see ``objectives.Objective``."""

    def batches(self) -> Sequence[Any]: ...

    def get_state(self) -> Any: ...

    def set_state(self, state: Any, /) -> None: ...

    def loss_and_gradient(
        self, theta: FloatArray, piece: Any, scale: float, /
    ) -> tuple[float, Gradients, int]: ...
