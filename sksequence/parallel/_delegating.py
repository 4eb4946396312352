"""What ``DataParallel`` has of the estimator that it has fitted."""

from typing import Any, Self

import numpy.typing as npt
from sklearn.utils.validation import check_is_fitted

from .._typing import available_if


def inner_has(method):
    def check(self):
        getattr(getattr(self, "estimator_", self.estimator), method)
        return True

    return check


def without_none(arguments):
    """Those that are given: not all estimators know all of them."""
    return {name: value for name, value in arguments.items() if value is not None}


class Delegating:
    """Methods and attributes of ``estimator_``, as far as it has them.

    They are those that scikit-learn's estimators have; others are called of
    ``estimator_`` itself.
    """

    estimator: Any
    estimator_: Any

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "estimator_")

    @property
    def classes_(self) -> npt.NDArray[Any]:
        return self._fitted.classes_

    @property
    def n_features_in_(self) -> int:
        return self._fitted.n_features_in_

    @property
    def feature_names_in_(self) -> npt.NDArray[Any]:
        return self._fitted.feature_names_in_

    @property
    def n_iter_(self) -> int:
        return self._fitted.n_iter_

    @property
    def _fitted(self):
        try:
            check_is_fitted(self)
        except Exception as error:
            # As an attribute that is not there.
            raise AttributeError(str(error)) from error
        return self.estimator_

    def _call(self, method, X, **given):
        check_is_fitted(self)
        return getattr(self.estimator_, method)(X, **without_none(given))

    @available_if(inner_has("predict"))
    def predict(self, X: Any) -> Any:
        """Call ``predict`` of the fitted estimator.

        Parameters
        ----------
        X
            As in that method.

        Returns
        -------
        y
            As in that method.
        """
        return self._call("predict", X)

    @available_if(inner_has("predict_proba"))
    def predict_proba(self, X: Any) -> Any:
        """Call ``predict_proba`` of the fitted estimator.

        Parameters
        ----------
        X
            As in that method.

        Returns
        -------
        p
            As in that method.
        """
        return self._call("predict_proba", X)

    @available_if(inner_has("predict_log_proba"))
    def predict_log_proba(self, X: Any) -> Any:
        """Call ``predict_log_proba`` of the fitted estimator.

        Parameters
        ----------
        X
            As in that method.

        Returns
        -------
        log_p
            As in that method.
        """
        return self._call("predict_log_proba", X)

    @available_if(inner_has("decision_function"))
    def decision_function(self, X: Any) -> Any:
        """Call ``decision_function`` of the fitted estimator.

        Parameters
        ----------
        X
            As in that method.

        Returns
        -------
        scores
            As in that method.
        """
        return self._call("decision_function", X)

    @available_if(inner_has("transform"))
    def transform(self, X: Any) -> Any:
        """Call ``transform`` of the fitted estimator.

        Parameters
        ----------
        X
            As in that method.

        Returns
        -------
        features
            As in that method.
        """
        return self._call("transform", X)

    @available_if(inner_has("transform"))
    def fit_transform(self, X: Any, y: Any = None, **fit_params: Any) -> Any:
        """Fit, and call ``transform`` of the fitted estimator.

        Parameters
        ----------
        X, y, **fit_params
            As in ``fit``.

        Returns
        -------
        features
            As in that method.
        """
        return self.fit(X, y, **fit_params).transform(X)  # type: ignore[attr-defined]

    @available_if(inner_has("get_feature_names_out"))
    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[Any]:
        """Call ``get_feature_names_out`` of the fitted estimator.

        Parameters
        ----------
        input_features
            As in that method.

        Returns
        -------
        names : ndarray of str
        """
        check_is_fitted(self)
        return self.estimator_.get_feature_names_out(input_features)

    @available_if(inner_has("set_output"))
    def set_output(self, *, transform: str | None = None) -> Self:
        """Call ``set_output`` of the estimator, and of the fitted one.

        Parameters
        ----------
        transform : {"default", "pandas", "polars"} or None, default=None
            What ``transform`` and ``fit_transform`` return, as in that method.

        Returns
        -------
        self
        """
        self.estimator.set_output(transform=transform)
        if hasattr(self, "estimator_"):
            self.estimator_.set_output(transform=transform)
        return self

    @available_if(inner_has("score_samples"))
    def score_samples(self, X: Any, y: Any = None) -> Any:
        """Call ``score_samples`` of the fitted estimator.

        Parameters
        ----------
        X, y
            As in that method.

        Returns
        -------
        scores
            As in that method.
        """
        return self._call("score_samples", X, y=y)

    @available_if(inner_has("sample"))
    def sample(self, *args: Any, **options: Any) -> Any:
        """Call ``sample`` of the fitted estimator.

        Parameters
        ----------
        *args, **options
            As in that method.

        Returns
        -------
        samples
            As in that method.
        """
        check_is_fitted(self)
        return self.estimator_.sample(*args, **options)

    @available_if(inner_has("score"))
    def score(
        self, X: Any, y: Any = None, sample_weight: npt.ArrayLike | None = None
    ) -> float:
        """Call ``score`` of the fitted estimator.

        Parameters
        ----------
        X, y, sample_weight
            As in that method.

        Returns
        -------
        score : float
        """
        return self._call("score", X, y=y, sample_weight=sample_weight)
