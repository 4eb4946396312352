"""Classes: their weights as factors of those of sequences or steps, and their names."""

from dataclasses import replace
from numbers import Real

import numpy as np

from ..sequences import flat, with_flat


def weigh_classes(estimator, data, partial):
    """``Data`` with the weights of an estimator's classes, as far as they count."""
    weights = apply_class_weight(
        estimator.class_weight,
        estimator.classes_,
        flat(data.weights),
        flat(data.y),
        estimator._multilabel,
        partial,
    )
    data = replace(data, weights=with_flat(data.weights, weights))
    return data.counted("class_weight")[0]


def apply_class_weight(class_weight, classes, weights, y, multilabel, partial):
    """Weights times those of their classes.

    Parameters
    ----------
    class_weight : dict, "balanced" or None
    classes : ndarray of shape (n_classes,)
    weights : ndarray of shape (n,)
    y : ndarray of int, shape (n,)
        Class indices.
    multilabel : bool
        Whether y is 0/1 rows, which have no class.
    partial : bool
        Whether more labels will come, so that none can be counted.

    Returns
    -------
    weights : ndarray of shape (n,)
    """
    if class_weight is None:
        return weights
    if multilabel:
        raise ValueError(
            "class_weight must be None for multilabel targets. Pass sample_weight "
            "instead."
        )
    if class_weight == "balanced":
        if partial:
            raise ValueError(
                "class_weight='balanced' needs all labels at once, which "
                "partial_fit does not have. Pass a dict of weights, such as "
                "compute_class_weight('balanced', classes=..., y=...) gives."
            )
        counts = np.bincount(y, weights)  # so that weights are repetitions
        n_seen = np.count_nonzero(counts)
        counts[counts == 0] = 1  # only of steps that do not count
        return weights * (weights.sum() / (n_seen * counts[y]))
    for label, value in class_weight.items():
        if label not in classes:
            raise ValueError(
                f"class_weight names {label!r}, which is not among the classes "
                f"{classes.tolist()}."
            )
        if not (isinstance(value, Real) and np.isfinite(value) and value >= 0):
            raise ValueError(
                "class_weight must hold finite numbers that are not negative. "
                f"class_weight[{label!r}] is {value!r}."
            )
    by_class = [class_weight.get(k, 1.0) for k in classes.tolist()]
    return weights * np.asarray(by_class, dtype=np.float64)[y]


def check_same_classes(classes, known):
    """Raise an error if ``partial_fit`` gets other classes than in its first call."""
    if not np.array_equal(np.unique(classes), known):
        raise ValueError(
            f"classes is {np.unique(classes).tolist()}, but was {known.tolist()} in "
            "the call before."
        )
