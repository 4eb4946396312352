"""What the public interface takes, as types.

pandas, polars, pyarrow and scipy are described by what is asked of their objects, so
none of them is imported. Results have NumPy's types.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:  # scikit-learn has no types: its decorators would hide ours
    Method = TypeVar("Method", bound=Callable[..., Any])

    def with_callbacks(method: Method) -> Method: ...

    def available_if(check: Callable[[Any], bool]) -> Callable[[Method], Method]: ...

else:
    from sklearn.callback import with_callbacks
    from sklearn.utils.metaestimators import available_if

__all__ = [
    "Arrays",
    "Columns",
    "Corpus",
    "FilePath",
    "FloatArray",
    "Frame",
    "Grads",
    "IdSequences",
    "Inputs",
    "IntArray",
    "Label",
    "ObjectArray",
    "Outputs",
    "Params",
    "Prefix",
    "RandomState",
    "Rows",
    "Scorer",
    "Sequences",
    "Shapes",
    "SparseMatrix",
    "Split",
    "State",
    "StepLabels",
    "StepNumbers",
    "StepSequences",
    "StepTargets",
    "SupportsAddRows",
    "SupportsArray",
    "SupportsRandomSample",
    "Texts",
    "Weights",
    "available_if",
    "with_callbacks",
]


class SupportsArray(Protocol):
    """An ndarray, a RaggedArray, a column or a table of pandas, polars or pyarrow."""

    def __len__(self) -> int: ...

    def __array__(self) -> npt.NDArray[Any]: ...


class SparseMatrix(Protocol):
    """A matrix or array of scipy.sparse."""

    def tocsr(self) -> Any: ...


class Frame(Protocol):
    """A table of pandas, polars or pyarrow."""

    @property
    def columns(self) -> Any: ...

    def __getitem__(self, name: Any, /) -> Any: ...


class SupportsAddRows(Protocol):
    """The gradient of some rows of a table."""

    def add_rows(self, rows: Any, values: npt.NDArray[Any], /) -> None: ...


class SupportsRandomSample(Protocol):
    """What dropout draws from: a RandomState, or some rows of its draws."""

    def random_sample(self, shape: tuple[int, ...], /) -> npt.NDArray[np.float64]: ...


# Results.
FloatArray: TypeAlias = npt.NDArray[np.floating[Any]]
IntArray: TypeAlias = npt.NDArray[np.integer[Any]]
ObjectArray: TypeAlias = npt.NDArray[np.object_]  # one entry a sequence
Scorer: TypeAlias = Callable[..., float]

# Sequences of numbers or of token ids, dense or sparse.
Number: TypeAlias = float | np.number[Any] | np.bool_
OneSequence: TypeAlias = (
    SupportsArray
    | SparseMatrix
    | Sequence[Number]
    | Sequence[Sequence[Number]]
    | Sequence[SupportsArray]
)
Sequences: TypeAlias = SupportsArray | Sequence[OneSequence]
IdSequences: TypeAlias = SupportsArray | Sequence[SupportsArray | Sequence[Number]]

# The steps of these may also be dicts, strings, or rows that hold strings.
StepSequences: TypeAlias = Sequences | Sequence[Sequence[Any]]

# Texts: strings, or lists of tokens. Outputs may be of integers too.
Texts: TypeAlias = SupportsArray | Iterable[str | bytes | Sequence[str] | SupportsArray]
Outputs: TypeAlias = (
    SupportsArray | Iterable[str | Sequence[str] | Sequence[Number] | SupportsArray]
)

Prefix: TypeAlias = str | bytes | Sequence[str] | Sequence[int] | SupportsArray
Corpus: TypeAlias = Texts | IdSequences | Sequence[int]  # of a language model
# For which outputs are written.
Inputs: TypeAlias = Texts | Sequences | SparseMatrix | npt.ArrayLike
State: TypeAlias = dict[str, tuple[FloatArray, ...]]  # of recurrent layers, by name

# Of cells and networks: arrays by name, and one for each state, gate, ...
Params: TypeAlias = Mapping[str, FloatArray]
Grads: TypeAlias = dict[str, Any]  # arrays, and what has add_rows
Shapes: TypeAlias = dict[str, tuple[int, ...]]
Arrays: TypeAlias = tuple[FloatArray, ...]
Rows: TypeAlias = Any  # of a batch: an array or a CSR matrix

# Labels of steps, or rows of 0 and 1, None where a step has none; numbers of steps;
# either of them. Weights of sequences, or of their steps.
Label: TypeAlias = str | Number
StepLabels: TypeAlias = (
    SupportsArray
    | Sequence[
        Sequence[Label | None] | Sequence[Sequence[Number] | None] | SupportsArray
    ]
)
StepNumbers: TypeAlias = (
    SupportsArray
    | Sequence[
        Sequence[Number | None] | Sequence[Sequence[Number] | None] | SupportsArray
    ]
)
StepTargets: TypeAlias = StepLabels  # a label may be a number
Weights: TypeAlias = npt.ArrayLike | SupportsArray | Sequence[SupportsArray]


# How to split into what is trained on and what is watched.
class Splitter(Protocol):
    """A cross-validation splitter of scikit-learn."""

    def split(self, X: Any, y: Any = None, groups: Any = None) -> Any: ...


Split: TypeAlias = Splitter | Iterable[tuple[npt.ArrayLike, npt.ArrayLike]]

RandomState: TypeAlias = int | np.random.RandomState | None
FilePath: TypeAlias = str | PathLike[str]
Columns: TypeAlias = Mapping[str, Any]
