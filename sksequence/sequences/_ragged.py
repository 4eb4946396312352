"""RaggedArray: sequences of unequal length in one array, sequence i at
``values[offsets[i]:offsets[i + 1]]``."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from itertools import pairwise
from types import EllipsisType
from typing import TYPE_CHECKING, Any, Literal, Self, overload

import numpy as np
import numpy.typing as npt
from scipy import sparse

from .. import _frames, _kinds, _values
from .._extras import import_extra
from .._messages import brief
from .._pickling import Versioned
from .._typing import (
    Columns,
    FloatArray,
    Frame,
    IntArray,
    ObjectArray,
    SparseMatrix,
)
from ._forms import (
    as_rows,
    long_columns,
    padded_of,
    parts_of_concatenated,
    parts_of_list,
    parts_of_padded,
)
from ._frame_hints import warn_of_columns
from ._joining import joined
from ._long_frame import Roles, sorted_rows
from ._static import static_from_frame, static_of, static_rows

if TYPE_CHECKING:
    from pandas import DataFrame


NO_TABLE = (
    "X is a RaggedArray: sequences, where a transformer or an estimator of 2-D tables "
    "expects one row of features a sample. To transform each step of each sequence, "
    "use sksequence.preprocessing.PerStep, as in PerStep(StandardScaler()); for a "
    "network in BaggingClassifier and the like, ByIndex."
)


class RaggedArray(Versioned):
    """Sequences of unequal length, held in one array.

    ``len(X)`` is the number of sequences. Indexing with an integer returns one of them;
    slices, masks and index arrays return a RaggedArray. So scikit-learn's splitters and
    searches work as on any array, and faster than on a list of arrays. It can be
    pickled, and stays memory-mapped in joblib's workers.

    Parameters
    ----------
    values : ndarray or CSR matrix of shape (n_rows, ...)
        The steps of all sequences, one after the other: numbers of shape (n_rows,
        n_features), or token ids of shape (n_rows,).
    offsets : array-like of int, shape (n_sequences + 1,)
        The row of ``values`` at which each sequence begins, and the end of the last
        one: increasing from 0 to n_rows.
    feature_names : list, default=None
        Names of the features of a step. ``from_frame`` and lists of data frames set
        them; selecting sequences keeps them.

    Raises
    ------
    ValueError
        If ``offsets`` do not begin with 0, do not end with ``len(values)``, or
        decrease.

    Attributes
    ----------
    static : ndarray of shape (n_sequences, n_static), or None
        Numbers about each sequence as a whole; ``with_static`` adds them.
    static_names : list, or None
        Names of the columns of ``static``.

    See Also
    --------
    RaggedArray.from_sequences : From a list of arrays.
    RaggedArray.from_concatenated : From concatenated steps and lengths.
    RaggedArray.from_padded : From a padded array, with lengths or NaN at the ends.
    RaggedArray.from_frame : From a long data frame.

    Examples
    --------
    >>> from sksequence import RaggedArray
    >>> X = RaggedArray.from_sequences([[[1.0], [2.0]], [[3.0]]])
    >>> X
    RaggedArray of 2 sequences, 1 to 2 steps of 1 feature, float64
    >>> X[1]
    array([[3.]])
    >>> X[[1, 0]].lengths
    array([1, 2])
    """

    values: Any  # ndarray or CSR matrix
    offsets: npt.NDArray[np.intp]
    feature_names: list[Any] | None
    static: FloatArray | None = None
    static_names: list[Any] | None = None

    def __init__(
        self,
        values: npt.ArrayLike | SparseMatrix,
        offsets: npt.ArrayLike,
        feature_names: Sequence[Any] | None = None,
    ):
        values = as_rows(values)
        offsets = _values.array_of(offsets, "offsets")
        if offsets.ndim != 1 or len(offsets) == 0 or offsets.dtype.kind not in "iu":
            raise ValueError(
                "offsets must be a 1-D array of integers, one more than there are "
                f"sequences. Got shape {offsets.shape} of {offsets.dtype} instead."
            )
        offsets = offsets.astype(np.intp)  # a copy: nobody else changes it
        if offsets[0] != 0 or offsets[-1] != values.shape[0]:
            raise ValueError(
                f"offsets must go from 0 to the number of rows, {values.shape[0]}. "
                f"Got {offsets[0]} to {offsets[-1]} instead."
            )
        drops = np.flatnonzero(np.diff(offsets) < 0)
        if len(drops):
            raise ValueError(
                f"offsets must not decrease. offsets[{drops[0]}] = {offsets[drops[0]]} "
                f"is followed by {offsets[drops[0] + 1]}."
            )
        names = None
        if feature_names is not None:
            names = _frames.names_of(feature_names, "feature_names")
        if names is not None and (values.ndim != 2 or len(names) != values.shape[1]):
            raise ValueError(
                "feature_names must have one entry for each column of values, whose "
                f"shape is {values.shape}. Got {len(names)} names."
            )
        self.values = values
        self.offsets = offsets
        self.feature_names = names

    @classmethod
    def _of(
        cls,
        values: Any,
        offsets: npt.NDArray[np.intp],
        feature_names: list[Any] | None = None,
        static: FloatArray | None = None,
        static_names: list[Any] | None = None,
    ) -> Self:
        """One whose parts are right because we made them: nothing is checked."""
        new = cls.__new__(cls)
        new.values, new.offsets, new.feature_names = values, offsets, feature_names
        new.static, new.static_names = static, static_names
        return new

    # -- from and to other forms -------------------------------------------------------

    @classmethod
    def from_sequences(cls, sequences: Iterable[npt.ArrayLike | SparseMatrix]) -> Self:
        """Make a RaggedArray from arrays (or CSR matrices) with one row for each step.

        Parameters
        ----------
        sequences : iterable of array-like of shape (n_steps_i, ...)

        Returns
        -------
        RaggedArray
            A copy, with static numbers, if ``sequences`` is one.

        Raises
        ------
        TypeError, ValueError
            If the sequences differ in the shape of their steps, or if only some of them
            are sparse; the message says which one.
        """
        if isinstance(sequences, RaggedArray):
            X = sequences
            parts: Any = X.offsets, X.feature_names, X.static, X.static_names
            return cls._of(X.values.copy(), *map(copy, parts))
        return cls(*parts_of_list(sequences))

    @classmethod
    def from_concatenated(
        cls, values: npt.ArrayLike | SparseMatrix | Frame, lengths: npt.ArrayLike
    ) -> Self:
        """Make a RaggedArray from the concatenated steps of all sequences, and lengths.

        Parameters
        ----------
        values : ndarray, CSR matrix or data frame of shape (sum(lengths), ...)
            The columns of a data frame are the features, with their names.
        lengths : array-like of int, shape (n_sequences,)

        Returns
        -------
        RaggedArray

        Raises
        ------
        ValueError
            If ``lengths`` are negative or do not sum to the number of rows.
        """
        return cls(*parts_of_concatenated(values, lengths))

    @classmethod
    def from_padded(
        cls, padded: npt.ArrayLike, lengths: npt.ArrayLike | None = None
    ) -> Self:
        """Make a RaggedArray from an array that is padded at the end of each sequence.

        Parameters
        ----------
        padded : array-like of shape (n_sequences, max_steps, ...)
        lengths : array-like of int, shape (n_sequences,), default=None
            Number of steps of each sequence. None: the steps of NaN at the end of a
            sequence are padding.

        Returns
        -------
        RaggedArray

        Raises
        ------
        ValueError
            If ``padded`` has fewer than two dimensions, if ``lengths`` is None for
            values that are no floats, or if ``lengths`` do not match ``padded``.
        """
        return cls.from_concatenated(*parts_of_padded(padded, lengths))

    @overload
    @classmethod
    def from_frame(
        cls,
        frame: Frame | Columns,
        by: str | Sequence[str],
        order_by: str | Sequence[str] | None = None,
        columns: str | Sequence[str] | None = None,
        return_keys: Literal[False] = False,
        *,
        static: str | Sequence[str] | None = None,
    ) -> Self: ...

    @overload
    @classmethod
    def from_frame(
        cls,
        frame: Frame | Columns,
        by: str | Sequence[str],
        order_by: str | Sequence[str] | None = None,
        columns: str | Sequence[str] | None = None,
        *,
        return_keys: Literal[True],
        static: str | Sequence[str] | None = None,
    ) -> tuple[Self, npt.NDArray[Any]]: ...

    @classmethod
    def from_frame(
        cls,
        frame: Frame | Columns,
        by: str | Sequence[str],
        order_by: str | Sequence[str] | None = None,
        columns: str | Sequence[str] | None = None,
        return_keys: bool = False,
        *,
        static: str | Sequence[str] | None = None,
    ) -> Self | tuple[Self, npt.NDArray[Any]]:
        """Make a RaggedArray from a long data frame, which has one row for each step.

        Parameters
        ----------
        frame : pandas or polars DataFrame, pyarrow Table, or dict of arrays
        by : str or list of str
            Column(s) that tell which sequence a row belongs to, or levels of a pandas
            index. The sequences are sorted by these keys, as in pandas' ``groupby``:
            categories in their own order, without those that have no row.
        order_by : str, list of str or None, default=None
            Column(s) or levels that order the steps of a sequence, such as the time.
            None keeps the order of the frame.
        columns : str, list of str or None, default=None
            The features. None: all columns not in ``by``, ``order_by`` and ``static``.
            One name (not in a list) makes 1-D sequences, such as token ids. Names may
            be integers or other objects, as in the frame. Text stays text, which
            ``PerStep`` can encode; estimators take numbers.
        return_keys : bool, default=False
            Whether to also return the key of each sequence.
        static : str, list of str or None, default=None
            Column(s) of numbers that are the same at all steps of a sequence, such as
            the age of a patient. They become ``static``.

        Returns
        -------
        X : RaggedArray
        keys : ndarray of shape (n_sequences,) or (n_sequences, len(by))
            Only if ``return_keys``.

        Raises
        ------
        TypeError, ValueError
            If a column does not exist, cannot be sorted, or, in ``static``, holds
            anything else than one number per sequence; the message names column and
            sequence.

        Warns
        -----
        UserWarning
            If rows of a sequence have the same ``order_by``. If, with ``columns=None``,
            a feature is the same at all steps of each sequence, as a label is, or
            (without ``order_by``) grows at every step, as time does.

        Examples
        --------
        >>> from sksequence import RaggedArray
        >>> visits = {
        ...     "patient": [1, 1, 2, 2, 2],
        ...     "pulse": [61.0, 60.0, 82.0, 80.0, 79.0],
        ...     "age": [34, 34, 71, 71, 71],
        ... }
        >>> X = RaggedArray.from_frame(visits, by="patient", static="age")
        >>> X.feature_names, X.static_names
        (['pulse'], ['age'])
        >>> X.static
        array([[34.],
               [71.]])
        """
        _frames.check_frame(frame)
        roles = Roles(frame, by, order_by, columns, static)
        order, first = sorted_rows(frame, roles)
        starts = np.flatnonzero(first)
        values = [_frames.feature(frame, name)[order] for name in roles.columns]
        if columns is None:
            warn_of_columns(roles.columns, values, first, bool(roles.order_by))
        values = values[0] if roles.one_column else _frames.side_by_side(values)
        named = not roles.one_column and values.shape[1] == len(roles.columns) != 0
        X = cls(values, np.append(starts, len(order)), roles.columns if named else None)
        if not return_keys and not roles.static:
            return X
        keys = [_frames.column(frame, name)[order][starts] for name in roles.by]
        if roles.static:
            S = static_from_frame(frame, roles.static, order, starts, keys, roles.by)
            X = X.with_static(S, roles.static)
        if not return_keys:
            return X
        return X, keys[0] if roles.one_key else _frames.side_by_side(keys)

    @classmethod
    def concatenate(cls, arrays: Iterable[RaggedArray]) -> Self:
        """Concatenate the sequences of several RaggedArrays.

        Parameters
        ----------
        arrays : iterable of RaggedArray

        Returns
        -------
        RaggedArray
            With names of features and of static numbers if all have them.

        Raises
        ------
        TypeError, ValueError
            If ``arrays`` is empty or holds other objects, or if the arrays differ in
            type, width or names of the steps or of the static numbers.

        Examples
        --------
        >>> from sksequence import RaggedArray
        >>> a = RaggedArray.from_sequences([[[1.0], [2.0]]]).with_static([[7.0]])
        >>> b = RaggedArray.from_sequences([[[3.0]]]).with_static([[8.0]])
        >>> both = RaggedArray.concatenate([a, b])
        >>> both.lengths, both.static.ravel()
        (array([2, 1]), array([7., 8.]))
        """
        if not isinstance(arrays, Iterator):
            arrays = _frames.listed(arrays, "arrays", "RaggedArrays")
        parts = list(arrays)
        if not parts:
            raise ValueError("arrays is empty. Expected one RaggedArray at least.")
        for k, part in enumerate(parts):
            if not isinstance(part, RaggedArray):
                raise TypeError(
                    f"arrays[{k}] is {brief(part)}. Expected a RaggedArray, as "
                    "RaggedArray.from_sequences makes it of a list of arrays."
                )
        return cls._of(*joined(parts))

    def to_list(self) -> list[Any]:
        """Return a list with one array (or CSR matrix) for each sequence.

        The static numbers are not part of it: see ``static``.
        """
        return list(self)

    def to_concatenated(self) -> tuple[Any, IntArray]:
        """Return the concatenated steps of all sequences, and the lengths.

        The static numbers are not part of them: see ``static``.

        Returns
        -------
        values : ndarray or CSR matrix of shape (n_rows, ...)
        lengths : ndarray of shape (n_sequences,)
        """
        return self.values, self.lengths

    def to_padded(self, fill: Any = np.nan) -> tuple[npt.NDArray[Any], IntArray]:
        """Return one array, padded at the end of each sequence, and the lengths.

        The static numbers are not part of it: see ``static``.

        Parameters
        ----------
        fill : scalar, default=nan
            Value of the padding, a number for numbers and a text for texts. If the type
            of the values cannot hold it, the array has another type: float64 for
            integers and NaN.

        Returns
        -------
        padded : ndarray of shape (n_sequences, max_steps, ...)
        lengths : ndarray of shape (n_sequences,)

        Raises
        ------
        ValueError
            If ``fill`` is beyond the numbers of the type, such as -1 for uint8.
        """
        return padded_of(self, fill), self.lengths

    def to_frame(
        self,
        by: str = "sequence",
        order_by: str = "step",
        columns: Sequence[str] | None = None,
    ) -> DataFrame:
        """Return a long pandas DataFrame with one row for each step.

        Parameters
        ----------
        by : str, default="sequence"
            Name of the column for the index of the sequence.
        order_by : str, default="step"
            Name of the column for the index of the step.
        columns : list of str, default=None
            Names of the features. None: ``feature_names``, or x0, x1, ...

        Returns
        -------
        pandas.DataFrame
            Static numbers are repeated at each step, under their names or as s0, s1,
            ...

        Raises
        ------
        TypeError, ValueError
            If names are missing, occur twice, or cannot be names of columns.
        ImportError
            If pandas is not installed.
        """
        pandas = import_extra("pandas", "pandas", "RaggedArray.to_frame")
        return pandas.DataFrame(long_columns(self, by, order_by, columns))

    # -- as a container ----------------------------------------------------------------

    @property
    def lengths(self) -> IntArray:
        """Number of steps of each sequence, ndarray of shape (n_sequences,)."""
        return self.offsets[1:] - self.offsets[:-1]

    @property
    def is_sparse(self) -> bool:
        """Whether the steps are rows of a CSR matrix."""
        return bool(sparse.issparse(self.values))

    @property
    def shape(self) -> tuple[int]:
        """(n_sequences,), so that libraries index it as a 1-D array."""
        return _Shape((len(self),))

    @property
    def ndim(self) -> int:
        """Always 1, the number of entries of ``shape``."""
        return 1

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the values."""
        return self.values.dtype

    def with_values(
        self,
        values: npt.ArrayLike | SparseMatrix,
        feature_names: Sequence[Any] | None = None,
    ) -> RaggedArray:
        """Return sequences of the same lengths with other values.

        Parameters
        ----------
        values : ndarray or CSR matrix of shape (n_rows, ...)
            One row for each row of ``self.values``.
        feature_names : list, default=None
            Names of the features of a step; those of ``self`` are not kept.

        Returns
        -------
        RaggedArray
            With the same ``static``.

        Raises
        ------
        TypeError, ValueError
            If ``values`` has another number of rows, or ``feature_names`` does not
            have one name per feature.
        """
        values = as_rows(values)
        if values.shape[0] != self.offsets[-1]:
            raise ValueError(
                f"values must have one row for each of the {self.offsets[-1]} steps. "
                f"Got {values.shape[0]} rows."
            )
        new = RaggedArray(values, self.offsets, feature_names)
        new.static, new.static_names = self.static, self.static_names
        return new

    def with_static(
        self,
        static: npt.ArrayLike | Frame | None,
        names: Sequence[Any] | None = None,
    ) -> Self:
        """Return the same sequences with static numbers, one row for each sequence.

        Static numbers describe a sequence as a whole, such as the age of a patient, or
        the type of a machine (one column per type). Slices, masks and index arrays keep
        them, and so do transformers; indexing with an integer returns only the steps.

        Parameters
        ----------
        static : array-like of shape (n_sequences, n_static) or (n_sequences,), data \
frame, or None
            Row i belongs to sequence i. None: no static numbers.
        names : list, default=None
            Names of the columns. None: those of a data frame.

        Returns
        -------
        RaggedArray
            It shares the steps with this one.

        Raises
        ------
        TypeError, ValueError
            If ``static`` does not hold numbers, with one row per sequence, or ``names``
            does not have one name per column.

        Examples
        --------
        >>> from sksequence import RaggedArray
        >>> X = RaggedArray.from_sequences([[[1.0], [2.0]], [[3.0]], [[4.0]]])
        >>> X = X.with_static([[34, 1], [71, 0], [52, 0]], names=["age", "smokes"])
        >>> X[1:].static
        array([[71.,  0.],
               [52.,  0.]])
        """
        found = None, None
        if static is not None:
            found = static_rows(static, len(self), names)
        return self._of(self.values, self.offsets, self.feature_names, *found)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __iter__(self) -> Iterator[Any]:
        return (self.values[a:b] for a, b in pairwise(self.offsets.tolist()))

    @overload
    def __getitem__(self, key: int | np.integer[Any]) -> Any: ...

    @overload
    def __getitem__(
        self,
        key: slice
        | Sequence[int]
        | npt.NDArray[Any]
        | tuple[slice | npt.NDArray[Any], EllipsisType],
    ) -> RaggedArray: ...

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, tuple):  # X[key, ...], as scikit-learn asks of arrays
            if len(key) != 2 or key[1] is not Ellipsis:
                raise IndexError(
                    f"a RaggedArray is indexed by sequence only. Got {brief(key)}."
                )
            key = key[0]
        if isinstance(key, (int, np.integer)) and not isinstance(key, bool):
            i = int(key)
            if not -len(self) <= i < len(self):
                raise IndexError(
                    f"index {i} is out of bounds for {len(self)} sequences."
                )
            i %= len(self)
            return self.values[self.offsets[i] : self.offsets[i + 1]]
        if isinstance(key, slice) and key.step in (None, 1):  # no copy of the values
            start, stop, _ = key.indices(len(self))
            offsets = self.offsets[start : max(start, stop) + 1]
            return RaggedArray._of(
                self.values[offsets[0] : offsets[-1]],
                offsets - offsets[0],
                self.feature_names,
                None if self.static is None else self.static[key],
                self.static_names,
            )
        if isinstance(key, list) and not key:
            key = slice(0, 0, 2)
        _kinds.refuse_masks(key, "the index")
        chosen = np.arange(len(self))[key]
        if chosen.ndim != 1:
            raise IndexError(
                "a RaggedArray is indexed by an int, a slice, a mask or a 1-D array of "
                f"indices. Got {brief(key)}."
            )
        lengths = self.lengths[chosen]
        offsets = np.concatenate([[0], np.cumsum(lengths)])
        source = np.arange(offsets[-1]) + np.repeat(
            self.offsets[chosen] - offsets[:-1], lengths
        )
        return RaggedArray._of(
            self.values[source],
            offsets,
            self.feature_names,
            static_of(self, chosen),
            self.static_names,
        )

    def __array__(
        self, dtype: npt.DTypeLike | None = None, copy: bool | None = None
    ) -> ObjectArray:
        """An object array of one array a sequence."""
        if _asks_for_a_table(sys._getframe(1)):
            raise ValueError(NO_TABLE)
        if dtype is not None and np.dtype(dtype) != object:
            raise ValueError(
                f"a RaggedArray of unequal lengths has no form as an array of {dtype}. "
                "Use to_padded or to_concatenated."
            )
        return _values.object_array(self.to_list())

    def __repr__(self) -> str:
        if len(self) == 0:
            return "RaggedArray of 0 sequences"
        low, high = self.lengths.min(), self.lengths.max()
        steps = f"{low} to {high} steps" if low != high else f"{low} steps"
        n_features = self.values.shape[1:]
        of = "" if not n_features else f" of {n_features[0]} features"
        if n_features == (1,):
            of = " of 1 feature"
        found = f"RaggedArray of {len(self)} sequences, {steps}{of}, {self.dtype}"
        if self.static is None:
            return found
        n = self.static.shape[1]
        return f"{found}, with {n} static number{'s' * (n > 1)}"


class _Shape(tuple[int]):
    """The shape of an array of one dimension, for those who ask for the second."""

    def __getitem__(self, key):
        if key == 1:
            raise IndexError(NO_TABLE)
        return super().__getitem__(key)


def _asks_for_a_table(frame):
    """Whether scikit-learn's ``check_array`` is to make a 2-D array.

    Its own error would print all of the sequences.
    """
    while frame is not None and frame.f_globals["__name__"].startswith("sklearn."):
        if frame.f_code.co_name == "check_array":
            return bool(frame.f_locals.get("ensure_2d"))
        frame = frame.f_back
    return False
