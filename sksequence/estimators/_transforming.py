"""``fit_transform`` and ``set_output`` of estimators that are transformers too."""

from collections.abc import Iterator
from itertools import tee
from typing import Any, Self

from sklearn.base import TransformerMixin

from .. import _parameters as p
from .._extras import import_extra

TABLES = "pandas", "polars"


class Transforming(TransformerMixin):
    """A transformer whose ``fit`` and ``transform`` take iterators."""

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
