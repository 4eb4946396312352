"""Classes: their indices, and their weights as factors of those of sequences or steps.

A label that is missing, or that is none of the classes, has a negative index.
"""

from dataclasses import replace
from numbers import Real

import numpy as np

from .. import _parameters as p
from .._frames import is_missing
from .._messages import brief, naming
from ..sequences import flat, with_flat

NO_LABEL, UNSEEN = -1, -2  # missing; not among the classes


def check_classes(classes):
    """The classes that ``partial_fit`` is given, sorted, each once."""
    labels = classes if hasattr(classes, "__len__") else [classes]
    with naming("classes"):
        found = np.asarray(labels)
    if found.ndim != 1 or len(found) == 0:
        raise ValueError(
            "classes must be a list of all labels that will ever come. Got "
            f"{len(found)} labels."
            if found.ndim == 1
            else f"classes must have one dimension. Got shape {found.shape}."
        )
    missing = np.flatnonzero(is_missing(labels))
    if len(missing):
        raise ValueError(
            f"classes[{missing[0]}] is {brief(labels[missing[0]])}. Expected labels."
        )
    with naming("classes"):
        return np.unique(found)


def class_indices(labels, classes, *, name, place, unseen):
    """The index of each label among the classes.

    Parameters
    ----------
    labels : ndarray of shape (n,)
    classes : ndarray of shape (n_classes,)
        Sorted.
    name : str
        What errors call all labels.
    place : callable
        Index of a label -> what errors call it.
    unseen : bool
        Whether labels may be none of the classes, for which there is ``UNSEEN``.

    Returns
    -------
    indices : ndarray of int, shape (n,)
    """
    names = brief(classes.tolist())
    texts = [values.dtype.kind == "U" for values in (labels, classes)]
    if texts[0] != texts[1] and "O" not in labels.dtype.kind + classes.dtype.kind:
        raise ValueError(
            f"{name} holds labels of type {labels.dtype}: {place(0)} is not among the "
            f"classes {names}, of type {classes.dtype}."
        )
    known = np.isin(labels, classes)
    if known.all():
        return np.searchsorted(classes, labels)
    if not unseen:
        first = int(np.flatnonzero(~known)[0])
        label = labels[first : first + 1].tolist()[0]
        raise ValueError(
            f"{place(first)} is {brief(label)}, which is not among the classes {names}."
        )
    indices = np.full(len(labels), UNSEEN, dtype=np.intp)
    indices[known] = np.searchsorted(classes, labels[known])
    return indices


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
        if not (isinstance(value, Real) and np.isfinite(value) and value >= 0):
            raise ValueError(
                "class_weight must hold finite numbers that are not negative. "
                f"class_weight[{brief(label)}] is {brief(value)}."
            )
    if class_weight and not any(label in class_weight for label in classes.tolist()):
        p.warn_user(
            f"class_weight names {brief(list(class_weight))}, none of which is "
            f"among the classes {brief(classes.tolist())}: it changes nothing."
        )
    by_class = [class_weight.get(k, 1.0) for k in classes.tolist()]
    return weights * np.asarray(by_class, dtype=np.float64)[y]


def check_same_classes(classes, known):
    """Raise an error if ``partial_fit`` gets other classes than in its first call."""
    classes = check_classes(classes)
    if not np.array_equal(classes, known):
        raise ValueError(
            f"classes is {brief(classes.tolist())}, but was "
            f"{brief(known.tolist())} in the call before."
        )
