"""Scores over the steps of all sequences, and over whole sequences."""

from typing import Any

import numpy as np
import numpy.typing as npt

from .._messages import naming
from .._typing import StepLabels, Weights
from ..sequences import (
    RaggedArray,
    check_sample_weight,
    check_some_weight,
    check_step_weight,
    labels_as_ragged,
    place_of,
    weighted_mean,
)


def check_pair(
    y_true: StepLabels, y_pred: StepLabels, *, empty: bool = False
) -> tuple[RaggedArray, RaggedArray, npt.NDArray[np.bool_]]:
    """Both as RaggedArrays of the same lengths, or an error that says where not.

    And which steps count, (n_rows,): those with a true label. ``empty`` says whether
    there may be no step at all.
    """
    y_true, known = labels_as_ragged(y_true, "y_true")
    y_pred, found = labels_as_ragged(y_pred, "y_pred")
    check_alike(y_true, y_pred, known, found, "labels", empty=empty)
    texts = [y.values.dtype.kind == "U" for y in (y_true, y_pred)]
    if texts[0] != texts[1] and len(y_true.values):
        raise TypeError(
            f"y_true holds labels of {y_true.values.dtype}, but y_pred of "
            f"{y_pred.values.dtype}: no two of them can be alike."
        )
    return y_true, y_pred, known


def check_alike(
    y_true: RaggedArray,
    y_pred: RaggedArray,
    known: npt.NDArray[np.bool_],
    found: npt.NDArray[np.bool_],
    what: str,
    *,
    empty: bool = False,
) -> None:
    """Raise an error unless there is a prediction for each true target that is known.

    Parameters
    ----------
    y_true, y_pred : RaggedArray
    known, found : ndarray of bool, shape (n_rows,)
        Where they have a target.
    what : str
        Targets are, for errors.
    empty : bool
        Whether there may be no step at all.
    """
    if len(y_true) == 0:
        raise ValueError("y_true is empty: there is nothing to score.")
    if len(y_true) != len(y_pred):
        raise ValueError(
            "y_true and y_pred must hold the same number of sequences. y_true has "
            f"{len(y_true)}, y_pred has {len(y_pred)}."
        )
    unlike = np.flatnonzero(y_true.lengths != y_pred.lengths)
    if len(unlike):
        i = unlike[0]
        raise ValueError(
            f"y_true[{i}] has {y_true.lengths[i]} {what}, but y_pred[{i}] has "
            f"{y_pred.lengths[i]}."
        )
    if not known.any() and not (empty and not len(known)):
        raise ValueError(f"y_true holds no {what}: there is nothing to score.")
    if not found.all():
        i, t = place_of(y_pred.offsets, int(np.flatnonzero(~found)[0]))
        raise ValueError(
            f"y_pred[{i}][{t}] is missing. Only true {what} may be: such a step does "
            "not count."
        )
    if y_true.values.shape[1:] != y_pred.values.shape[1:]:
        raise ValueError(
            f"y_true holds values of shape {y_true.values.shape[1:]} a step, y_pred of "
            f"{y_pred.values.shape[1:]}."
        )


def _right(y_true, y_pred):
    right = y_true.values == y_pred.values
    return right.all(axis=1) if right.ndim == 2 else right


def token_accuracy_score(
    y_true: StepLabels, y_pred: StepLabels, *, sample_weight: Weights | None = None
) -> float:
    """Fraction of the steps of all sequences that have the right label.

    Parameters
    ----------
    y_true, y_pred : sequences of labels
        For each sequence one sequence of labels, or one 0/1 matrix of shape (n_steps_i,
        n_labels), in which all labels of a step must be right. A step whose true label
        is None or NaN does not count.
    sample_weight : array-like of shape (n_sequences,), or one array per sequence of \
shape (n_steps_i,), default=None
        Weights of the sequences or of their steps.

    Returns
    -------
    accuracy : float

    Raises
    ------
    ValueError
        If y_true and y_pred differ in their number of sequences or in the length of a
        sequence; the message says where.

    Examples
    --------
    >>> from sksequence.metrics import token_accuracy_score
    >>> token_accuracy_score([["A", "B"], ["A"] * 2], [["A", "A"], ["A"] * 2])
    0.75
    """
    y_true, y_pred, known = check_pair(y_true, y_pred)
    weights = check_step_weight(sample_weight, y_true, "y_true").values * known
    check_some_weight(weights, "step")
    return weighted_mean(_right(y_true, y_pred), weights)


def sequence_accuracy_score(
    y_true: StepLabels,
    y_pred: StepLabels,
    *,
    sample_weight: npt.ArrayLike | None = None,
) -> float:
    """Fraction of the sequences whose labels are all right.

    Sequences without any true label do not count.

    Parameters
    ----------
    y_true, y_pred : sequences of labels
        As in :func:`token_accuracy_score`.
    sample_weight : array-like of shape (n_sequences,), default=None
        Weights of the sequences.

    Returns
    -------
    accuracy : float

    Raises
    ------
    ValueError
        If y_true and y_pred differ in their number of sequences or in the length of a
        sequence; the message says where.

    Examples
    --------
    >>> from sksequence.metrics import sequence_accuracy_score
    >>> sequence_accuracy_score([["A", "B"], ["A"]], [["A", "A"], ["A"]])
    0.5
    """
    y_true, y_pred, known = check_pair(y_true, y_pred)
    right = ~_any_step(known & ~_right(y_true, y_pred), y_true.offsets)
    weights = check_sample_weight(sample_weight, len(y_true))
    unknown = ~_any_step(known, y_true.offsets)
    weights[unknown] = 0  # nothing to be right about
    check_some_weight(weights)
    return weighted_mean(right, weights)


def flat_classification_report(
    y_true: StepLabels,
    y_pred: StepLabels,
    *,
    sample_weight: Weights | None = None,
    **kwargs: Any,
) -> Any:
    """scikit-learn's ``classification_report`` over the steps of all sequences.

    Parameters
    ----------
    y_true, y_pred : sequences of labels
        As in :func:`token_accuracy_score`.
    sample_weight : array-like of shape (n_sequences,), or one array per sequence of \
shape (n_steps_i,), default=None
        Weights of the sequences or of their steps.
    **kwargs : dict
        Passed to :func:`sklearn.metrics.classification_report`.

    Returns
    -------
    report : str or dict

    Examples
    --------
    >>> from sksequence.metrics import flat_classification_report
    >>> y_true, y_pred = [["A", "B"], ["A"]], [["A", "A"], ["A"]]
    >>> report = flat_classification_report(
    ...     y_true, y_pred, output_dict=True, zero_division=0
    ... )
    >>> report["A"]["recall"], report["B"]["support"]
    (1.0, 1.0)
    """
    from sklearn.metrics import classification_report

    y_true, y_pred, known = check_pair(y_true, y_pred)
    right, found = y_true.values[known], y_pred.values[known]
    if sample_weight is not None:
        weights = check_step_weight(sample_weight, y_true, "y_true")
        kwargs["sample_weight"] = weights.values[known]
    with naming("y_true", "y_pred", "kwargs", *kwargs):
        return classification_report(right, found, **kwargs)


def _any_step(holds, offsets):
    """Whether something holds at a step, or at some, of each sequence."""
    n = np.concatenate([[0], np.cumsum(holds)])
    return n[offsets[1:]] != n[offsets[:-1]]
