"""Cross-validated predictions, one array for each sequence.

Scikit-learn's ``cross_val_predict`` does the work. It is given an estimator whose
``predict`` is the method wanted, with the columns of all classes.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn import model_selection
from sklearn.base import BaseEstimator, clone
from sklearn.utils import get_tags

from .. import _parameters as p
from .._messages import naming
from .._typing import ObjectArray, StepSequences, StepTargets, Texts
from ..sequences import labels_as_ragged, object_array

# What stands in the column of a class that a fold has not seen, as in scikit-learn.
FILL = {
    "predict_proba": lambda dtype: 0.0,
    "predict_log_proba": lambda dtype: np.finfo(dtype).min,
    "decision_function": lambda dtype: np.finfo(dtype).min,
}


def cross_val_predict(
    estimator: BaseEstimator,
    X: StepSequences | Texts,
    y: StepTargets,
    *,
    cv: Any = None,
    method: str = "predict",
    n_jobs: int | None = None,
    params: Mapping[str, Any] | None = None,
    groups: npt.ArrayLike | None = None,
) -> ObjectArray:
    """Predict each sequence with an estimator that was fitted without it.

    Like :func:`sklearn.model_selection.cross_val_predict`, which cannot predict
    probabilities or numbers if ``y`` has one target per step.

    Parameters
    ----------
    estimator : estimator
        The estimator, which is cloned for each fold.
    X : sequences
        Any container that scikit-learn can index by sequence.
    y : list, tuple, object array or RaggedArray of n_sequences entries
        Labels of shape (n_steps_i,), or matrices of 0 and 1 of shape
        (n_steps_i, n_labels); or numbers, (n_steps_i,) or (n_steps_i, n_outputs).
    cv : int, splitter or iterable of (train, test), default=None
        None: 5 folds. Each sequence must be in one test part.
    method : str, default="predict"
        The method to call: "predict", "predict_proba", "predict_log_proba",
        "decision_function" or another method with one output per sequence.
    n_jobs : int, default=None
        Number of folds to compute at the same time.
    params : dict, default=None
        Passed to ``fit`` (and to the splitter, if metadata routing is enabled). Values
        with one entry per sequence, such as ``sample_weight``, are restricted to the
        training part.
    groups : array-like of shape (n_sequences,), default=None
        For splitters that use groups. If metadata routing is enabled, pass it in
        ``params``.

    Returns
    -------
    predictions : ndarray of shape (n_sequences,), dtype object
        In the order of X, one array per sequence, of shape (n_steps_i,), or (n_steps_i,
        n_classes) for probabilities and similar outputs.

    Raises
    ------
    ValueError
        If X and y differ in length, if the estimator does not predict one value for
        each step, or if the test parts of ``cv`` do not hold each sequence once.

    See Also
    --------
    sklearn.model_selection.cross_val_predict : For one target per sequence.

    Notes
    -----
    Columns are those of the sorted classes of the whole y. If the training part of a
    fold lacks a class, its column is 0 in probabilities and the smallest finite number
    in other outputs, as in scikit-learn. There is no warning as in scikit-learn, since
    rare labels are common here, and folds cannot be stratified by labels of steps.
    Matrices of 0 and 1 have their own columns.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.base import BaseEstimator
    >>> from sksequence.metrics import cross_val_predict, token_accuracy_score
    >>> class Sign(BaseEstimator):
    ...     def fit(self, X, y):
    ...         return self
    ...
    ...     def predict(self, X):
    ...         return [np.where(x > 0, "up", "down") for x in X]
    >>> X = [[1.0, -2.0], [3.0], [-1.0, 1.0, 1.0]]
    >>> y = [["up", "down"], ["up"], ["down", "up", "down"]]
    >>> y_pred = cross_val_predict(Sign(), [np.array(x) for x in X], y, cv=3)
    >>> y_pred[0]
    array(['up', 'down'], dtype='<U4')
    >>> round(token_accuracy_score(y, y_pred), 2)
    0.83
    """
    p.check_value(method, "method", "cross_val_predict", [p.TEXT])
    p.check_value(n_jobs, "n_jobs", "cross_val_predict", [p.NONE, p.JOBS])
    classes = None
    if method in FILL:
        labels = labels_as_ragged(y)[0].values
        classes = np.unique(labels) if labels.ndim == 1 else None
    wrapped = _OneArrayASequence(estimator, method, classes)
    with naming("X and y", "X", "y", "cv", "estimator", "groups", "params"):
        return model_selection.cross_val_predict(
            wrapped, X, y, cv=cv, n_jobs=n_jobs, params=params, groups=groups
        )


class _OneArrayASequence(BaseEstimator):
    """An estimator whose ``predict`` is ``method``, with a column for each class."""

    def __init__(self, estimator, method, classes):
        self.estimator = estimator
        self.method = method
        self.classes = classes

    def fit(self, X, y=None, **params):
        self.estimator_ = clone(self.estimator).fit(X, y, **params)
        return self

    def predict(self, X):
        outputs = [np.asarray(o) for o in getattr(self.estimator_, self.method)(X)]
        if any(output.ndim == 0 for output in outputs):
            raise ValueError(
                f"estimator is {type(self.estimator).__name__}, whose {self.method} "
                "gives one value a sequence. Use "
                "sklearn.model_selection.cross_val_predict, which is for those."
            )
        return object_array([self._in_all_columns(output) for output in outputs])

    def _in_all_columns(self, output):
        if self.method not in FILL or self.classes is None:
            return output
        seen = self.estimator_.classes_
        if np.array_equal(seen, self.classes):
            return output
        if output.shape[1:] != (len(seen),) or not np.isin(seen, self.classes).all():
            raise ValueError(
                f"the output of {self.method} has shape {output.shape} for the classes "
                f"{seen} of a fold, which cannot be brought into the columns of the "
                f"classes {self.classes} of the whole y."
            )
        fill = FILL[self.method](output.dtype)
        full = np.full((len(output), len(self.classes)), fill, dtype=output.dtype)
        full[:, np.searchsorted(self.classes, seen)] = output
        return full

    def get_metadata_routing(self):
        return self.estimator.get_metadata_routing()

    def __sklearn_tags__(self):
        return get_tags(self.estimator)
