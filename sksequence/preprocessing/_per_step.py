"""Any transformer of tables, over the steps of all sequences as rows of one table."""

from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from numpy.exceptions import DTypePromotionError
from scipy import sparse
from sklearn import config_context
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.callback import CallbackSupportMixin
from sklearn.utils import get_tags
from sklearn.utils.validation import check_is_fitted

from .. import _frames, _kinds, _values
from .. import _parameters as p
from .._documentation import DocumentedOnline
from .._messages import brief, naming
from .._pickling import Versioned
from .._pipelines import does_nothing
from .._set_output import SetOutputIgnored
from .._state import keep_parameters, kept_if_failed, reads_fitted
from .._typing import (
    ObjectArray,
    StepLabels,
    StepSequences,
    available_if,
    with_callbacks,
)
from ..sequences import (
    RaggedArray,
    check_lengths_agree,
    check_not_empty,
    check_width,
    is_table,
    object_array,
    place_of,
)
from ._feature_names import check_feature_names, check_table
from ._long_frames import check_long_frame
from ._sequence_form import SequenceForm
from ._steps import array_ndim, kind_of, refuse_mixed_frame, steps_as_ragged

TRANSFORMER = p.Expected(
    "an instance with fit and transform",
    lambda v: not isinstance(v, type) and hasattr(v, "fit") and hasattr(v, "transform"),
)


def _inner_has(method):
    def check(self):
        getattr(getattr(self, "transformer_", self.transformer), method)
        return True

    return check


class PerStep(  # type: ignore[call-arg]
    Versioned,
    SequenceForm,
    CallbackSupportMixin,
    SetOutputIgnored,
    DocumentedOnline,
    TransformerMixin,
    BaseEstimator,
    auto_wrap_output_keys=None,
):
    """Apply a scikit-learn transformer to each step of each sequence.

    The steps of all sequences are the rows of one table, which the transformer is
    fitted on and transforms; the result is converted back to sequences. So a scaler
    learns one mean for each feature, over all steps of all sequences.

    Parameters
    ----------
    transformer : transformer
        A scaler, imputer, PCA, encoder, vectorizer, or a union or pipeline of these:
        any transformer that returns one row for each row. In a grid, its parameters
        have two names: ``perstep__transformer__with_mean`` and, with the name of its
        class as in ``make_pipeline``, ``perstep__standardscaler__with_mean``.

    Attributes
    ----------
    transformer_ : transformer
        The fitted clone.
    n_features_in_ : int
        Number of features of a step; for a 2-D array or a data frame, its number of
        columns. It is not set if the steps are dicts or texts.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features of a step, if fitted on a list of data frames or on a
        RaggedArray that has names, such as one from ``RaggedArray.from_frame``; names
        of the columns, if fitted on a data frame with one sequence per row.

    Notes
    -----
    If features have names, the transformer gets its rows as a data frame (of pandas, or
    of polars if only that is installed), so that it can select columns by name. It gets
    missing numbers and categories (None, NaN, ``pd.NA``) as NaN. Columns of a list of
    frames that hold categories, integers or Booleans in each of them are of this type,
    so that they can be selected by type too; a RaggedArray keeps no types.

    ``inverse_transform``, ``partial_fit`` and ``get_feature_names_out`` exist if the
    transformer has them. ``sample_weight`` and other metadata with one entry per
    sequence are not passed to it. ``set_output`` does nothing.

    Examples
    --------
    >>> from sklearn.preprocessing import StandardScaler
    >>> from sksequence.preprocessing import PerStep
    >>> X = [[[1.0], [2.0]], [[3.0]]]
    >>> Xt = PerStep(StandardScaler()).fit_transform(X)
    >>> Xt
    RaggedArray of 2 sequences, 1 to 2 steps of 1 feature, float64
    >>> Xt[0].round(2)
    array([[-1.22],
           [ 0.  ]])

    Steps may be dicts of features, or texts:

    >>> from sklearn.feature_extraction import DictVectorizer
    >>> X = [[{"word": "the"}, {"word": "cat", "noun": 1}], [{"word": "the"}]]
    >>> step_features = PerStep(DictVectorizer()).fit(X)
    >>> step_features.get_feature_names_out()
    array(['noun', 'word=cat', 'word=the'], dtype=object)
    >>> step_features.transform(X)[0].toarray()
    array([[0., 0., 1.],
           [1., 1., 0.]])

    Names of columns are kept:

    >>> from sklearn.compose import make_column_transformer
    >>> from sklearn.preprocessing import OneHotEncoder
    >>> from sksequence import RaggedArray
    >>> rows = {"trip": [1, 1, 2], "km": [1.0, 2.0, 3.0], "road": ["wet", "dry", "wet"]}
    >>> X = RaggedArray.from_frame(rows, by="trip")
    >>> by_name = make_column_transformer(
    ...     (StandardScaler(), ["km"]), (OneHotEncoder(), ["road"])
    ... )
    >>> PerStep(by_name).fit_transform(X)
    RaggedArray of 2 sequences, 1 to 2 steps of 3 features, float64
    """

    transformer_: Any
    n_features_in_: int
    feature_names_in_: ObjectArray
    _objects: list[bool] | None = None  # features that were no numbers in ``fit``

    def __init__(self, transformer: Any):
        self.transformer = transformer

    @kept_if_failed
    @with_callbacks
    def fit(
        self, X: StepSequences, y: StepLabels | npt.ArrayLike | None = None
    ) -> Self:
        """Fit the transformer on the steps of all sequences.

        Parameters
        ----------
        X : sequences
            Any sequences that estimators take, also with NaN, and sequences whose steps
            are dicts, strings, or rows that hold strings.
        y : array-like of shape (n_sequences, ...), or labels of each step, default=None
            For a supervised transformer. If there is one label per sequence, it is
            repeated for each of its steps. Entries that are as long as their sequences
            are labels of the steps.

        Returns
        -------
        self : PerStep
        """
        with self._fit_task(X, y):
            X, rows, _ = self._start(X)
            y = self._y_of_rows(y, X)
            with self._of_transformer():
                self.transformer_.fit(rows, y)
        return self

    @kept_if_failed
    @with_callbacks
    def fit_transform(
        self, X: StepSequences, y: StepLabels | npt.ArrayLike | None = None
    ) -> Any:
        """Fit the transformer, and transform the same steps.

        Parameters
        ----------
        X : sequences
            As in ``fit``.
        y : array-like, default=None
            As in ``fit``.

        Returns
        -------
        Xt : RaggedArray or ndarray
            As of ``transform``.
        """
        if not hasattr(self.transformer, "fit_transform"):
            return self.fit(X, y).transform(X)
        with self._fit_task(X, y):
            X, rows, ndim = self._start(X)
            y = self._y_of_rows(y, X)
            with self._of_transformer():
                rows = self.transformer_.fit_transform(rows, y)
            return self._sequences(rows, X, ndim, self._names_out())

    @available_if(_inner_has("partial_fit"))
    @kept_if_failed
    def partial_fit(
        self, X: StepSequences, y: StepLabels | npt.ArrayLike | None = None
    ) -> Self:
        """Fit the transformer further, on more sequences.

        Parameters
        ----------
        X : sequences
            As in ``fit``.
        y : array-like, default=None
            As in ``fit``.

        Returns
        -------
        self : PerStep
        """
        if hasattr(self, "transformer_"):
            X, _ = self._check_X(X, reset=False)
            rows = self._rows(X)
            self.transformer_ = deepcopy(self.transformer_)  # it may fail half-way
        else:
            X, rows, _ = self._start(X)
        y = self._y_of_rows(y, X)
        with self._of_transformer():
            self.transformer_.partial_fit(rows, y)
        return self

    @reads_fitted
    def transform(self, X: StepSequences) -> Any:
        """Transform each step.

        Parameters
        ----------
        X : sequences
            As in ``fit``.

        Returns
        -------
        Xt : RaggedArray or ndarray
            Dense or CSR steps, as the transformer returns them. An array if the steps
            are dense and X is an array, or lists of numbers of equal length: of shape
            (n_sequences, n_steps) if X is an array of this shape and a step keeps one
            feature, else (n_sequences, n_steps, n_features).
        """
        check_is_fitted(self)
        X, ndim = self._check_X(X, reset=False)
        rows = self._rows(X)
        with self._of_transformer():
            rows = self.transformer_.transform(rows)
        return self._sequences(rows, X, ndim, self._names_out())

    @available_if(_inner_has("inverse_transform"))
    @reads_fitted
    def inverse_transform(self, X: StepSequences) -> Any:
        """Transform each step back.

        Parameters
        ----------
        X : sequences
            As ``transform`` returns them.

        Returns
        -------
        Xt : RaggedArray or ndarray
        """
        check_is_fitted(self)
        X, ndim = self._check_X(X, reset=False, named=False)
        if ndim == 3 and self._fitted_on_table:
            ndim = 2
        rows = X.values if X.values.ndim == 2 else X.values[:, None]
        given, names = X.feature_names, self._names_out()
        if given and names and set(given) == set(names):
            _frames.check_names(given, names, "X", "what transform gives")
        with self._of_transformer():
            rows = self.transformer_.inverse_transform(rows)
        return self._sequences(rows, X, ndim, self._feature_names)

    @available_if(_inner_has("get_feature_names_out"))
    @reads_fitted
    def get_feature_names_out(
        self, input_features: Sequence[str] | ObjectArray | None = None
    ) -> ObjectArray:
        """Name the features of a transformed step.

        Parameters
        ----------
        input_features : array-like of str, default=None
            Names of the features of a step. None: those of ``fit``; as is the name of
            the one column that holds the sequences.

        Returns
        -------
        names : ndarray of str
        """
        check_is_fitted(self)
        if hasattr(self, "n_features_in_") and self._is_of_column(input_features):
            input_features = None
        with naming("input_features"):
            return self.transformer_.get_feature_names_out(input_features)

    # -- parameters --------------------------------------------------------------------

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters; those of the transformer have two names.

        Parameters
        ----------
        deep : bool, default=True
            Whether to also return the parameters of the transformer.

        Returns
        -------
        params : dict of str -> value
        """
        params = super().get_params(deep)
        if deep:
            name = self._inner_name()
            params |= {name + k.removeprefix("transformer"): params[k] for k in params}
        return params

    def set_params(self, **params: Any) -> Self:
        """Set parameters; those of the transformer have two names.

        Parameters
        ----------
        **params : dict
            ``transformer=``, ``transformer__with_mean=`` and so on, or with the name of
            its class in lower case in place of ``transformer``.

        Returns
        -------
        self : PerStep
        """
        if "transformer" in params:  # first, for the other names depend on it
            self.transformer = params.pop("transformer")
        name = self._inner_name()
        return super().set_params(
            **{
                "transformer" + key[len(name) :]
                if key.partition("__")[0] == name
                else key: value
                for key, value in params.items()
            }
        )

    def _inner_name(self):
        return type(self.transformer).__name__.lower()

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        if not TRANSFORMER.holds(self.transformer):  # fit will say so
            return tags
        inner = get_tags(self.transformer)
        tags.input_tags.allow_nan = inner.input_tags.allow_nan
        tags.input_tags.positive_only = inner.input_tags.positive_only
        tags.target_tags.required = inner.target_tags.required
        tags.transformer_tags = inner.transformer_tags
        return tags

    @contextmanager
    def _fit_task(self, X, y):
        """The one task that callbacks see."""
        task = self._init_callback_context()
        task.call_on_fit_task_begin(estimator=self, X=X, y=y)
        yield
        task.call_on_fit_task_end(
            estimator=self, X=X, y=y, reconstruction_attributes={}
        )

    # -- sequences to rows, and back ---------------------------------------------------

    def _start(self, X):
        """Check everything and make the transformer that is to be fitted.

        Returns
        -------
        X : RaggedArray
        rows : of ``_rows``
        ndim : of ``_check_X``
        """
        inner = self.transformer
        p.check_value(inner, "transformer", type(self).__name__, [TRANSFORMER])
        keep_parameters(self, ["transformer"])
        self.transformer_ = clone(inner)
        self._dtypes = _frames.common_dtypes(X)
        X, ndim = self._check_X(X, reset=True)
        self._objects = _are_objects(X.values)
        rows = self._rows(X)
        if not self._fitted_on_table and len(rows.shape) == 2:
            self.n_features_in_ = rows.shape[1]
        return X, rows, ndim

    def _check_X(self, X, *, reset, named=True):
        """X as a RaggedArray, and its dimensions if it was an array (else 0).

        Scikit-learn reads a 2-D array as a table, and so do we as to its width.
        ``named`` says whether its features are those of ``fit``.
        """
        _kinds.refuse_views(X, "X")
        given, ndim, table = X, array_ndim(X), is_table(X)
        if reset:
            check_long_frame(X)
            refuse_mixed_frame(X)
        if table and (reset or (named and self._fitted_on_table)):
            check_table(self, X, reset=reset)
        X = steps_as_ragged(X)
        if X.values.dtype.kind == "c":
            raise ValueError(
                f"X holds {X.values.dtype} values. Complex data not supported."
            )
        if not reset:
            self._check_form(X, given, table)
        check_not_empty(X, owner="PerStep")
        if reset:
            self._learn_form(X, table)
            self._feature_names = None
            if not table:
                vars(self).pop("n_features_in_", None)
                check_feature_names(self, X, reset=True)
        elif named and not table:
            check_feature_names(self, X, reset=False)
        if named and not reset and not isinstance(X.values[0], Mapping):
            width = 1 if self._fitted_on_table else getattr(self, "n_features_in_", 0)
            if width:
                check_width(X, given, width, owner="PerStep")
        return X, ndim

    def _rows(self, X):
        """The steps as the transformer takes them: (n_rows, n_features) or (n_rows,).

        A number is a row of one feature. A dict is passed as it is; so is a string,
        for it is a text, unless the transformer takes categories. With names of the
        features, it is a data frame that has them.
        """
        rows, inner = self._as_in_fit(X.values), _first(self.transformer)
        tags = get_tags(inner).input_tags
        if rows.ndim == 1 and isinstance(rows[0], Mapping):
            return rows
        if tags.string and not tags.two_d_array:
            return self._texts(X, inner)
        if tags.dict and getattr(inner, "input_type", "dict") == "dict":
            first = X.values[0] if X.values.ndim == 1 else X[0].shape[1] * [0]
            raise TypeError(
                f"X[0] has {kind_of(first)} at step 0. {type(inner).__name__} needs a "
                "dict of features for each step."
            )
        if rows.ndim == 2:
            frame = self._frame(rows)
            return rows if frame is None else frame
        takes_columns = tags.categorical or tags.allow_nan
        if not takes_columns and any(isinstance(row, str) for row in rows):
            return rows
        return rows[:, None]

    def _as_in_fit(self, values):
        """Values as objects, where some were others than numbers in ``fit``.

        Where all are missing, they would else be numbers.
        """
        if sparse.issparse(values) or values.dtype.kind not in "biuf":
            return values
        return values.astype(object) if any(self._objects or ()) else values

    def _frame(self, rows):
        """The rows as a data frame, if their features have names."""
        if self._feature_names is None or sparse.issparse(rows):
            return None
        columns = dict(zip(self._feature_names, rows.T, strict=True))
        held = self._objects or [False] * len(columns)
        for (name, values), is_object in zip(columns.items(), held, strict=True):
            if not is_object:
                columns[name] = _values.as_exact_numbers(values, name)
        return _frames.make_frame(columns, getattr(self, "_dtypes", {}))

    def _texts(self, X, inner):
        """What is cut into tokens at each step: as a rule one text, none missing."""
        rows, owner = X.values, type(inner).__name__
        takes_text = not callable(getattr(inner, "analyzer", callable))
        if rows.ndim > 1 and (takes_text or self._feature_names is not None):
            if rows.shape[1] != 1 or sparse.issparse(rows):
                raise ValueError(
                    f"X has {rows.shape[1]} features a step, but {owner} takes one "
                    "text a step. Select one column."
                )
            rows = rows[:, 0]
        if not takes_text:
            return rows  # whatever a function takes, or tokens
        bad = [k for k, row in enumerate(rows) if not isinstance(row, (str, bytes))]
        if bad:
            i, t = place_of(X.offsets, bad[0])
            value = rows[bad[0]]
            gone = _values.is_missing_value(value)
            what = "it is missing" if gone else f"it is {brief(value)}"
            raise TypeError(
                f"X[{i}] has no text at step {t}: {what}. {owner} needs a string, "
                'which may be "".'
            )
        return rows

    def _y_of_rows(self, y, X):
        """One entry of y for each step: labels of the steps, or repeated ones.

        None if entries are sequences of other lengths (translations, say), which a
        transformer that does not ask for y can do without.
        """
        if y is None:
            return None
        if not isinstance(y, RaggedArray):
            if hasattr(y, "tocsr"):
                y = y.toarray()
            y = _frames.listed(_frames.plain_or_rows(y, "y"), "y", "labels")
        check_lengths_agree(y, X)
        y = [
            _values.array_of(_frames.plain(labels, f"y[{i}]"), f"y[{i}]")
            for i, labels in enumerate(y)
        ]
        if any(labels.dtype.kind == "U" for labels in y):
            y = [labels.astype(object) for labels in y]  # to repeat a text is no copy
        n_labels = [labels.shape[:1] for labels in y]
        if n_labels == [(n,) for n in X.lengths]:
            return np.concatenate(y)
        if len({labels.shape for labels in y}) == 1:
            return np.repeat(np.stack(y), X.lengths, axis=0)
        if not get_tags(self.transformer_).target_tags.required:
            return None
        i = next(i for i, n in enumerate(n_labels) if n != (X.lengths[i],))
        raise ValueError(
            f"y[{i}] has shape {y[i].shape}, but X[{i}] has {X.lengths[i]} steps. "
            f"{type(self.transformer_).__name__} needs one entry of y for each "
            "sequence or one for each step."
        )

    @contextmanager
    def _of_transformer(self):
        """Errors of the transformer say that they are its own.

        It may give sparse rows, whatever scikit-learn is to return of tables.
        """
        name = f"transformer {type(self.transformer).__name__}, given the steps of X"
        with naming(name, "X"), config_context(transform_output="default"):
            try:
                yield
            except DTypePromotionError as error:
                raise TypeError(
                    f"{error!s:.200} ... Columns of dates and of numbers have no type "
                    "in common: leave dates out, turn them into numbers, or select "
                    "them by a ColumnTransformer."
                ) from error

    def _names_out(self):
        """Names of the transformed features, if those of ``fit`` have names."""
        if self._feature_names is None:
            return None
        try:
            names = list(self.get_feature_names_out(self._feature_names))
            return names if len(set(names)) == len(names) else None
        except Exception:  # of any transformer, and what needs no names goes on
            return None

    def _sequences(self, rows, X, ndim, names):
        """The rows the transformer gave, in the form of X; names if they fit."""
        if isinstance(rows, list):
            rows = object_array(rows)
        elif not sparse.issparse(rows):
            rows = np.asarray(rows)
        n_steps = X.offsets[-1]
        if rows.shape[0] != n_steps:
            raise ValueError(
                f"{type(self.transformer_).__name__} gave {rows.shape[0]} rows for "
                f"{n_steps} steps. PerStep needs a transformer that gives one row for "
                "each."
            )
        if ndim not in (2, 3) or sparse.issparse(rows):
            fit = names is not None and rows.shape[1:] == (len(names),)
            return X.with_values(rows, names if fit else None)
        shape = rows.shape[1:]
        if ndim == 2 and shape == (1,):
            shape = ()
        return rows.reshape(len(X), X.lengths[0], *shape)


def _first(transformer):
    """The transformer that sees the rows."""
    from sklearn.pipeline import Pipeline  # slow to import, and rarely needed

    while isinstance(transformer, Pipeline):
        held = [step for _, step in transformer.steps if not does_nothing(step)]
        if not held:
            break
        transformer = held[0]
    return transformer


def _are_objects(values):
    """Which columns of an array hold something else than numbers."""
    if sparse.issparse(values) or values.dtype.kind in "biufc":
        return None
    columns = values.reshape(len(values), -1).T
    return [not _values.are_numbers(column) for column in columns]
