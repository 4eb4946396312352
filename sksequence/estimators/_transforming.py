"""``fit_transform`` and ``set_output`` of estimators that are transformers too."""

from collections.abc import Iterator, Sequence
from itertools import tee
from typing import Any, Self

from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin

from .. import _parameters as p
from .._extras import import_extra
from .._state import reads_fitted
from .._typing import ObjectArray

TABLES = "pandas", "polars"


class Transforming(ClassNamePrefixFeaturesOutMixin, TransformerMixin):
    """A transformer whose ``fit`` and ``transform`` take iterators."""

    _fitted_on_table = False

    def set_output(self, *, transform: str | None = None) -> Self:
        """Choose what ``transform`` and ``fit_transform`` return.

        Parameters
        ----------
        transform : {"default", "pandas", "polars"} or None, default=None
            "default": as documented in ``transform``. "pandas" or "polars": a data
            frame. None changes nothing.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If ``transform`` is none of these. The error comes now, not after training.
        ImportError
            If the library of the data frame is not installed.
        """
        kinds = [p.one_of("default", *TABLES), p.NONE]
        p.check_value(transform, "transform", "set_output", kinds)
        if transform in TABLES:
            import_extra(transform, transform, f"set_output({transform!r})")
        return super().set_output(transform=transform)

    @reads_fitted
    def get_feature_names_out(
        self, input_features: Sequence[str] | ObjectArray | None = None
    ) -> ObjectArray:
        """Name the features that ``transform`` returns: the class, and a number.

        Parameters
        ----------
        input_features : array-like of str, default=None
            For scikit-learn. Of sequences they may be the names of what one step holds,
            or of the one column that holds the sequences, and do not matter.

        Returns
        -------
        names : ndarray of str
        """
        of_table = self._fitted_on_table
        return super().get_feature_names_out(input_features if of_table else None)

    def fit_transform(self, X: Any, y: Any = None, **fit_params: Any) -> Any:
        """Fit, and transform the training data.

        Parameters
        ----------
        X, y, **fit_params
            As in ``fit``.

        Returns
        -------
        features
            As of ``transform``.
        """
        if not isinstance(X, Iterator):
            return super().fit_transform(X, y, **fit_params)
        X, again = tee(X)
        return self.fit(X, y, **fit_params).transform(again)
