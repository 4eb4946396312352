"""Transformers of whole sequences: they look at neighboring steps, or at all of them.

What they take are sequences of numbers in any form; what they give is a RaggedArray.
"""

from collections.abc import Sequence
from typing import Any, Literal, Self

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from .. import _frames, _kinds, _values
from .. import _parameters as p
from .._documentation import DocumentedOnline
from .._messages import name_of
from .._parameters import Parameter, documented
from .._pickling import Versioned
from .._set_output import SetOutputIgnored
from .._state import keep_parameters, kept_if_failed, reads_fitted
from .._typing import ObjectArray, Sequences
from ..sequences import (
    ROUNDING,
    RaggedArray,
    as_ragged,
    check_not_empty,
    check_width,
    is_table,
    place_of,
    real_numbers_of,
    with_static_of,
)
from ._feature_names import check_feature_names
from ._long_frames import check_long_frame
from ._sequence_form import SequenceForm

MOST_FRAMES = 1000  # of which each makes a sequence wider
LARGE = 2.0**900  # of which 2**64 together are more than a float holds


class SequenceTransformer(  # type: ignore[call-arg]
    Versioned,
    SequenceForm,
    SetOutputIgnored,
    DocumentedOnline,
    TransformerMixin,
    BaseEstimator,
    auto_wrap_output_keys=None,
):
    """Base of transformers of sequences of numbers.

    A subclass has a table ``_parameters``, and writes ``_transform`` and, if it learns
    anything, ``_learn``.
    """

    _parameters: dict[str, Parameter] = {}
    _takes_nan = True
    _takes_sparse = False

    n_features_in_: int
    feature_names_in_: ObjectArray
    _feature_names: list[Any] | None = None
    _column_names: list[Any] | None = None  # of a table, whose columns are steps

    def _learn(self, X):
        """Learn what ``_transform`` needs from a checked RaggedArray."""

    def _transform(self, X):
        """A RaggedArray, from a checked one."""
        raise NotImplementedError

    def _names_out(self, names):
        """Names of the features of a step, from those of a step that comes in."""
        return names

    @kept_if_failed
    def fit(self, X: Sequences, y: object = None) -> Self:
        """Learn the transformation.

        Parameters
        ----------
        X : sequences
            Sequences of numbers, in any form that estimators take.
        y : None
            Ignored.

        Returns
        -------
        self
        """
        self._fit(X)
        return self

    @kept_if_failed
    def fit_transform(self, X: Sequences, y: object = None) -> RaggedArray:
        """Learn the transformation, and apply it.

        Parameters
        ----------
        X, y
            As in ``fit``.

        Returns
        -------
        Xt : RaggedArray
        """
        return self._transformed(self._fit(X))

    @reads_fitted
    def transform(self, X: Sequences) -> RaggedArray:
        """Transform sequences.

        Parameters
        ----------
        X : sequences
            Sequences with as many features as in ``fit``.

        Returns
        -------
        Xt : RaggedArray

        Raises
        ------
        TypeError, ValueError
            If X does not match the data of ``fit``, or the result is too large for its
            type; the message says where.
        """
        check_is_fitted(self)
        checked = self._check_X(X, reset=False)
        check_width(checked, X, self.n_features_in_, owner=type(self).__name__)
        return self._transformed(checked)

    def _fit(self, X):
        """The checked X, of which everything is learnt."""
        p.check_parameters(self, self._parameters)
        keep_parameters(self, tuple(self._parameters))
        check_long_frame(X)
        X = self._check_X(X, reset=True)
        self._learn(X)
        self.n_features_in_ = X.values.shape[1]
        return X

    def _transformed(self, X):
        """``_transform`` of a checked X, or an error where a number gets too large."""
        with np.errstate(over="ignore", invalid="ignore"):
            Xt = self._transform(X)
        values = Xt.values
        found = values.data if Xt.is_sparse else values
        fine = ~np.isinf(found) if self._takes_nan else np.isfinite(found)
        if fine.all():
            if self._feature_names is not None:
                Xt.feature_names = list(self._names_out(self._feature_names))
            return Xt
        if Xt.is_sparse:
            row, _ = place_of(values.indptr, fine.argmin())
        else:
            row = int(fine.all(axis=1).argmin())
        i, t = place_of(Xt.offsets, row)
        owner = type(self).__name__
        raise ValueError(
            f"X[{i}] holds numbers of which {owner} makes one at step {t} that is too "
            f"large for {Xt.dtype}. Divide X by a constant"
            f"{', or pass float64' if Xt.dtype == np.float32 else ''}."
        )

    def _check_X(self, X, *, reset):
        owner = type(self).__name__
        given, X = X, real_numbers_of(as_ragged(X))
        check_not_empty(X, owner=owner)
        self._check_names(X, given, reset)
        values = X.values
        if X.is_sparse and not self._takes_sparse:
            raise TypeError(
                f"X holds sparse steps, which {owner} does not take. Pass dense "
                "ones: [x.toarray() for x in X]."
            )
        if values.dtype not in (np.float32, np.float64):  # as estimators take them
            values = _values.as_floats(values)  # infinity is reported below
        if values.ndim == 1:
            values = values[:, None]
        held = values.data if X.is_sparse else values
        bad = ~np.isfinite(held) & ~(self._takes_nan & np.isnan(held))
        if bad.any():
            if X.is_sparse:
                k = int(bad.argmax())
                row, column = place_of(values.indptr, k)[0], int(values.indices[k])
            else:
                row, column = np.argwhere(bad)[0].tolist()
            i, t = place_of(X.offsets, row)
            what = "infinity" if self._takes_nan else "NaN or infinity"
            gone = np.isnan(held[bad][0])
            way = " Fill missing values first." if gone else " Replace infinity."
            raise ValueError(
                f"X contains {what}, which {owner} does not take: X[{i}], step {t}, "
                f"feature {name_of(column, X.feature_names)}.{way}"
            )
        return X.with_values(values)

    def _check_names(self, X, given, reset):
        """Learn what X is and the names in it, or check that they are as in ``fit``."""
        table = is_table(given)
        columns = None
        if table and _kinds.is_frame(given):
            columns = _frames.column_names(given, "X")
        if reset:
            self._learn_form(X, table)
            self._column_names = columns
        else:
            self._check_form(X, given, table)
        if not reset and columns and set(columns) == set(self._column_names or ()):
            _frames.check_names(columns, self._column_names, "X", "the data of fit")
        if reset or not table:
            check_feature_names(self, X, reset=reset)

    @reads_fitted
    def get_feature_names_out(
        self, input_features: Sequence[str] | ObjectArray | None = None
    ) -> ObjectArray:
        """Name the features of a transformed step.

        Parameters
        ----------
        input_features : array-like of str, default=None
            Names of the features of a step. None: those of ``fit``, or "x0", "x1", ...;
            as is the name of the one column that holds the sequences.

        Returns
        -------
        names : ndarray of str

        Raises
        ------
        ValueError
            If there is not one name per feature.
        """
        check_is_fitted(self)
        n, known = self.n_features_in_, self._feature_names
        own = known or [f"x{k}" for k in range(n)]
        names = own
        if input_features is not None:
            names = _frames.names_of(input_features, "input_features")
        if self._is_of_column(names):
            names = own
        if len(names) != n:
            raise ValueError(
                f"input_features should have length equal to number of features ({n}), "
                f"got {len(names)}."
            )
        if known is not None:
            _frames.check_names(names, known, "input_features", "the data of fit")
        return _values.object_array(self._names_out(names))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.input_tags.allow_nan = self._takes_nan
        tags.input_tags.sparse = self._takes_sparse
        return tags


@documented
class StackFrames(SequenceTransformer):
    """Add to each step the features of the steps before and after it.

    A network then sees a window of steps at once, as a convolution does. At the ends of
    a sequence, its first or last step is repeated. Missing values (NaN) stay NaN in the
    window, and so do differences from them.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    n_features_in_ : int
        Number of features of a step.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features, if fitted on a list of data frames or on a RaggedArray
        that has names, and all are strings.

    See Also
    --------
    Downsample : Fewer steps in place of more features.

    Examples
    --------
    >>> from sksequence.preprocessing import StackFrames
    >>> X = [[[1.0], [2.0], [4.0]]]
    >>> stack = StackFrames(before=1, after=1, deltas=True).fit(X)
    >>> stack.transform(X)[0]
    array([[1., 1., 2., 0.],
           [1., 2., 4., 1.],
           [2., 4., 4., 2.]])
    >>> stack.get_feature_names_out()
    array(['x0(t-1)', 'x0(t)', 'x0(t+1)', 'x0(t)-x0(t-1)'], dtype=object)
    """

    _parameters = {
        "before": Parameter(
            2, [p.integer(0, MOST_FRAMES)], "Number of steps before each step."
        ),
        "after": Parameter(
            2, [p.integer(0, MOST_FRAMES)], "Number of steps after each step."
        ),
        "deltas": Parameter(
            False,
            [p.BOOLEAN],
            "Whether to also append the difference between each step and the one "
            "before it; it is zero at the first step.",
        ),
    }
    _takes_sparse = True

    def __init__(self, before: int = 2, after: int = 2, *, deltas: bool = False):
        self.before = before
        self.after = after
        self.deltas = deltas

    def _transform(self, X):
        first = np.repeat(X.offsets[:-1], X.lengths)
        last = np.repeat(X.offsets[1:] - 1, X.lengths)
        here = np.arange(X.offsets[-1])

        def shifted(k):
            return X.values[np.clip(here + k, first, last)]

        parts = [shifted(k) for k in range(-self.before, self.after + 1)]
        if self.deltas:
            parts.append(X.values - shifted(-1))
        if X.is_sparse:
            return X.with_values(sparse.hstack(parts, format="csr"))
        return X.with_values(np.concatenate(parts, axis=1))

    def _names_out(self, names):
        shifts = range(-self.before, self.after + 1)
        found = [
            f"{name}(t{k:+d})" if k else f"{name}(t)" for k in shifts for name in names
        ]
        if self.deltas:
            found += [f"{name}(t)-{name}(t-1)" for name in names]
        return found


@documented
class Downsample(SequenceTransformer):
    """Shorten sequences: each piece of a few steps becomes one step.

    All sequences are shortened by the same factor, so that a step lasts equally long in
    all of them. The last piece of a sequence may have fewer steps. Targets of steps, as
    ``RNNTagger`` and ``RNNStepRegressor`` take them, stay as many as they were: in a
    pipeline before these it raises an error.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    factor_ : int
        Number of steps that become one: the smallest number that shortens the longest
        sequence of ``fit`` to at most ``n_steps``.
    n_features_in_ : int
        Number of features of a step.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features, if fitted on a list of data frames or on a RaggedArray
        that has names, and all are strings.

    Examples
    --------
    >>> from sksequence.preprocessing import Downsample
    >>> X = [[[1.0], [3.0], [5.0], [7.0], [9.0]], [[2.0], [4.0]]]
    >>> Xt = Downsample(n_steps=3).fit_transform(X)
    >>> Xt[0].ravel(), Xt[1].ravel()
    (array([2., 6., 9.]), array([3.]))
    """

    _parameters = {
        "n_steps": Parameter(
            60,
            [p.integer(1)],
            "The largest number of steps that a sequence of ``fit`` has afterwards.",
        ),
        "how": Parameter(
            "mean",
            [p.one_of("mean", "max", "last")],
            "What each piece becomes: its mean, its maximum, or its last step.",
        ),
    }
    _takes_nan = False

    factor_: int

    def __init__(
        self, n_steps: int = 60, *, how: Literal["mean", "max", "last"] = "mean"
    ):
        self.n_steps = n_steps
        self.how = how

    def _learn(self, X):
        self.factor_ = int(-(-X.lengths.max() // self.n_steps))

    def _transform(self, X):
        lengths = -(-X.lengths // self.factor_)
        offsets = np.concatenate([[0], np.cumsum(lengths)])
        # Where each piece begins: those of a sequence are ``factor_`` steps apart.
        within = np.arange(offsets[-1]) - np.repeat(offsets[:-1], lengths)
        starts = np.repeat(X.offsets[:-1], lengths) + within * self.factor_
        ends = np.append(starts[1:], X.offsets[-1])
        if self.how == "last":
            values = X.values[ends - 1]
        elif self.how == "max":
            values = np.maximum.reduceat(X.values, starts, axis=0)
        else:
            values = _means(X.values, starts, (ends - starts)[:, None])
            values = values.astype(X.values.dtype)
        return with_static_of(RaggedArray(values, offsets), X)


@documented
class ForwardFill(SequenceTransformer):
    """Replace each missing value by the last known one.

    Before the first known value of a feature in a sequence, the mean of the feature
    over all steps of ``fit`` is used. The absence of a value, and how long it lasts,
    may be informative: both can become features [1]_.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    means_ : ndarray of shape (n_features_in_,)
        Means of the known values of each feature in ``fit``; zero if there were none.
    indicated_ : ndarray of int
        The features for which further features are added: those with missing values in
        ``fit``. Of several that were always missing together, only the first.
    n_features_in_ : int
        Number of features of a step.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features, if fitted on a list of data frames or on a RaggedArray
        that has names, and all are strings.

    References
    ----------
    .. [1] Che et al., "Recurrent neural networks for multivariate time series with
       missing values", Scientific Reports 8, 2018.

    Examples
    --------
    >>> import numpy as np
    >>> from sksequence.preprocessing import ForwardFill
    >>> X = [[[1.0], [np.nan], [np.nan], [4.0]], [[np.nan], [3.0]]]
    >>> fill = ForwardFill(add_elapsed=True).fit(X)
    >>> fill.transform(X)[0]
    array([[1., 0., 0.],
           [1., 1., 1.],
           [1., 1., 2.],
           [4., 0., 0.]])
    >>> fill.get_feature_names_out()
    array(['x0', 'missing(x0)', 'elapsed(x0)'], dtype=object)
    """

    _parameters = {
        "add_indicator": Parameter(
            True,
            [p.BOOLEAN],
            "Whether to add a feature that is 1 where a value is missing, for each "
            "feature with missing values in ``fit``. Features that were always "
            "missing together there, such as those of one sensor, share one "
            "indicator.",
        ),
        "add_elapsed": Parameter(
            False,
            [p.BOOLEAN],
            "Whether to add the number of steps since the value was last known (or "
            "since the beginning).",
        ),
    }

    def __init__(self, *, add_indicator: bool = True, add_elapsed: bool = False):
        self.add_indicator = add_indicator
        self.add_elapsed = add_elapsed

    def _learn(self, X):
        seen = ~np.isnan(X.values)
        counts = np.maximum(seen.sum(axis=0, keepdims=True), 1)
        self.means_ = _means(np.where(seen, X.values, 0), [0], counts)[0]
        # What is said of one sensor that failed is not said once for each number of it.
        patterns = np.packbits(~seen, axis=0)
        _, first = np.unique(patterns, axis=1, return_index=True)
        first = np.sort(first)
        self.indicated_ = first[~seen[:, first].all(axis=0)]

    def _transform(self, X):
        values, missing = X.values, np.isnan(X.values)
        here = np.arange(len(values))[:, None]
        first = np.repeat(X.offsets[:-1], X.lengths)[:, None]
        # The row in which each value was last seen: at least the first of its sequence.
        last = np.maximum(np.maximum.accumulate(np.where(missing, -1, here)), first)
        filled = np.take_along_axis(values, last, axis=0)
        filled = np.where(np.isnan(filled), self.means_.astype(values.dtype), filled)
        parts = [filled]
        if self.add_indicator:
            parts.append(missing[:, self.indicated_].astype(values.dtype))
        if self.add_elapsed:
            parts.append((here - last)[:, self.indicated_].astype(values.dtype))
        return X.with_values(np.concatenate(parts, axis=1))

    def _names_out(self, names):
        indicated = [names[k] for k in self.indicated_]
        missing = [f"missing({name})" for name in indicated] * self.add_indicator
        elapsed = [f"elapsed({name})" for name in indicated] * self.add_elapsed
        return names + missing + elapsed


@documented
class ScaleEachSequence(SequenceTransformer):
    """Scale each sequence by its own mean and standard deviation.

    So only the shape of a sequence matters, not its level or its scale. A feature that
    is constant in a sequence is not scaled there.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    n_features_in_ : int
        Number of features of a step.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features, if fitted on a list of data frames or on a RaggedArray
        that has names, and all are strings.

    See Also
    --------
    PerStep : With StandardScaler, one mean and scale for all sequences.

    Examples
    --------
    >>> from sksequence.preprocessing import ScaleEachSequence
    >>> ScaleEachSequence().fit_transform([[[1.0], [3.0]], [[10.0], [30.0]]])[1]
    array([[-1.],
           [ 1.]])
    """

    _parameters = {
        "with_mean": Parameter(True, [p.BOOLEAN], "Whether to subtract the mean."),
        "with_std": Parameter(
            True, [p.BOOLEAN], "Whether to divide by the standard deviation."
        ),
    }
    _takes_nan = False

    def __init__(self, *, with_mean: bool = True, with_std: bool = True):
        self.with_mean = with_mean
        self.with_std = with_std

    def _transform(self, X):
        starts, n = X.offsets[:-1], X.lengths[:, None]

        def mean(values):
            return np.repeat(_means(values, starts, n), X.lengths, axis=0)

        means = mean(X.values)
        centred = X.values - means
        # The sum of the deviations is zero but for rounding: so the mean is corrected.
        centred -= mean(centred)
        values = centred if self.with_mean else X.values.astype(np.float64)
        if self.with_std:
            # In units of the largest deviation, of which no square is too large.
            largest = np.maximum.reduceat(np.abs(centred), starts, axis=0)
            largest[largest == 0] = 1
            largest = np.repeat(largest, X.lengths, axis=0)
            scale = largest * np.sqrt(mean((centred / largest) ** 2))
            scale[scale <= ROUNDING * np.abs(means)] = 1  # constant
            values = values / scale
        return X.with_values(values.astype(X.values.dtype))


def _means(values, starts, counts):
    """Means of pieces of rows, float64: the sum of a piece over its count.

    Where a sum might be too large for a float, all of it is brought to a smaller unit,
    a power of two, which rounds nothing.
    """
    largest = np.abs(values).max(axis=0, initial=0).astype(np.float64)
    unit = np.where(largest > LARGE, 2.0**-64, 1.0)
    if (unit < 1).any():
        values = values * unit
    sums = np.add.reduceat(values, starts, axis=0, dtype=np.float64)
    return sums / counts / unit
