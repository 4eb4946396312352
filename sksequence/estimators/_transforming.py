"""``fit_transform`` of what can be read once only."""

from collections.abc import Iterator
from itertools import tee
from typing import Any

from sklearn.base import TransformerMixin


class Transforming(TransformerMixin):
    """A transformer whose ``fit`` and ``transform`` take iterators."""

    def fit_transform(self, X: Any, y: Any = None, **fit_params: Any) -> Any:
        """Fit, and transform what it was fitted on.

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
