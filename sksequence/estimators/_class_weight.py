"""Classes: their indices, and their weights as factors of those of sequences or steps.

A label that is missing, or that is none of the classes, has a negative index.
"""

from collections.abc import Mapping
from dataclasses import replace
from numbers import Number

import numpy as np

from .. import _parameters as p
from .._kinds import refuse_views
from .._messages import brief, naming
from .._values import is_missing
from ..sequences import flat, unit_of, with_flat

NO_LABEL, UNSEEN = -1, -2  # missing; not among the classes


def classes_of(labels, classes, multilabel, name, kind):
    """The classes of a first call, sorted: those that ``partial_fit`` is given, if any.

    Parameters
    ----------
    labels : ndarray
        Those that are there; the numbers of the columns, if ``multilabel``.
    classes : array-like, or None
    multilabel : bool
    name, kind : str
        What holds the labels, and what they are, as errors call it.
    """
    found = labels if classes is None else check_classes(classes)
    if not multilabel and len(found) < 2:
        raise ValueError(
            f"{name if classes is None else 'classes'} must hold at least 2 {kind}. "
            f"Got 1 class: {brief(found.tolist()[0])}."
        )
    if multilabel and not np.array_equal(found, labels):
        raise ValueError(
            "classes must be None where y has one column a label: they are its "
            f"columns, {brief(labels.tolist())}. Got {brief(found.tolist())}."
        )
    return found


def check_classes(classes):
    """The classes that ``partial_fit`` is given, sorted, each once."""
    refuse_views(classes, "classes")
    with naming("classes"):
        found = np.asarray(classes)
    if found.ndim != 1 or len(found) == 0:
        raise ValueError(
            "classes must be a list of all labels that will ever come. Got "
            f"{len(found)} labels."
            if found.ndim == 1
            else f"classes must have one dimension. Got shape {found.shape}."
        )
    missing = np.flatnonzero(is_missing(classes))
    if len(missing):
        raise ValueError(
            f"classes[{missing[0]}] is {brief(found[missing[0]])}. Expected labels."
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
    kinds = [_kind_of(values) for values in (labels, classes)]
    if set(kinds) == {"text", "numbers"}:
        raise ValueError(
            f"{name} holds labels of type {_type_of(labels)}: {place(0)} is not among "
            f"the classes {names}, of type {_type_of(classes)}."
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


def _kind_of(labels):
    """Whether labels are text or numbers; None if they are both, or neither."""
    if labels.dtype.kind == "U":
        return "text"
    if labels.dtype.kind in "biuf":
        return "numbers"
    values = labels.tolist()
    for kind, of in (("text", str), ("numbers", Number)):
        if values and all(isinstance(value, of) for value in values):
            return kind
    return None


def _type_of(labels):
    return type(labels[0]).__name__ if labels.dtype == object else labels.dtype


def weigh_classes(estimator, data, partial):
    """``Data`` with the weights of an estimator's classes, as far as they count.

    Those of 0/1 rows are weights of their entries.

    Parameters
    ----------
    estimator : estimator
        With ``class_weight``.
    data : Data
        With class indices, or 0/1 rows, as y.
    partial : bool
        Whether more labels will come, so that none can be counted.
    """
    class_weight = estimator.class_weight
    if class_weight is None:
        return data
    if partial and class_weight == "balanced":
        raise ValueError(
            "class_weight='balanced' needs all labels at once, which partial_fit does "
            "not have. Pass a dict of weights, such as "
            "compute_class_weight('balanced', classes=..., y=...) gives."
        )
    weigh = _weights_of_entries if estimator._multilabel else _weights_of_rows
    given = _in_unit(flat(data.weights)), flat(data.y)
    weights = with_flat(data.weights, weigh(class_weight, estimator.classes_, *given))
    return replace(data, weights=weights).counted("class_weight")[0]


def _weights_of_rows(class_weight, classes, weights, y):
    """Weights (n,) times those of the classes y (n,)."""
    if class_weight == "balanced":
        counts = np.bincount(y, weights)  # so that weights are repetitions
        n_seen = np.count_nonzero(counts)
        counts[counts == 0] = 1  # only of steps that do not count
        return weights * (weights.sum() / (n_seen * counts[y]))
    if not isinstance(class_weight, Mapping):
        raise ValueError(
            "class_weight must be a dict or 'balanced' where y has one label for each "
            f"sequence or step. Got {brief(class_weight)}: a dict for each label is "
            "for rows of 0 and 1."
        )
    return weights * _in_unit(np.array(_by_label(class_weight, classes)))[y]


def _weights_of_entries(class_weight, classes, weights, y):
    """Weights (n,) times those of each 0 and 1 of y, (n, n_labels)."""
    n_labels = len(classes)
    if class_weight == "balanced":
        counts = np.array([weights @ (1 - y), weights @ y])
        n_seen = np.count_nonzero(counts, axis=0)
        counts[counts == 0] = 1
        table = weights.sum() / (n_seen * counts)
    elif isinstance(class_weight, Mapping):
        table = np.array([[1.0] * n_labels, _by_label(class_weight, classes)])
    else:
        if len(class_weight) != n_labels:
            raise ValueError(
                f"class_weight holds {len(class_weight)} dicts, but y has {n_labels} "
                "labels. Expected a dict for each."
            )
        for k, of_label in enumerate(class_weight):
            _check_values(of_label, f"class_weight[{k}]")
            unknown = [key for key in of_label if key not in (0, 1)]
            if unknown:
                raise ValueError(
                    f"class_weight[{k}] has the key {brief(unknown[0])}. Expected 0 "
                    "and 1: the weights of the label where it does not hold, and where "
                    "it does."
                )
        table = np.array([[d.get(v, 1.0) for d in class_weight] for v in (0, 1)])
    return weights[:, None] * _in_unit(table)[y, np.arange(n_labels)]


def _in_unit(weights):
    """Weights of which products and sums are floats; only their ratios count."""
    return weights / unit_of(weights)


def _by_label(class_weight, classes):
    """The weight of each class, of a dict by label."""
    _check_values(class_weight, "class_weight")
    labels = classes.tolist()
    if class_weight and not any(label in class_weight for label in labels):
        p.warn_user(
            f"class_weight names {brief(list(class_weight))}, none of which is "
            f"among the classes {brief(labels)}: it changes nothing."
        )
    return [float(class_weight.get(label, 1.0)) for label in labels]


def _check_values(class_weight, name):
    for label, value in class_weight.items():
        if not (p.is_number(value) and value >= 0):
            raise ValueError(
                "class_weight must hold finite numbers that are not negative. "
                f"{name}[{brief(label)}] is {brief(value)}."
            )


def check_same_classes(classes, known):
    """Raise an error if ``partial_fit`` gets other classes than in its first call."""
    classes = check_classes(classes)
    if not np.array_equal(classes, known):
        raise ValueError(
            f"classes is {brief(classes.tolist())}, but was "
            f"{brief(known.tolist())} in the call before."
        )
