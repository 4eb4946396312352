"""Precision, recall and F1 of spans, by the rules of the CoNLL evaluation script.

A label is "O" or a tag and a type, "B-PER". A span begins at B, S and U, and also
wherever I, E or L stands after O, after the end of a span, or after another type. It
ends after E, L, S and U, and before O or the beginning of another span. So labels of
BIO, of BIO without the B of a first span (IOB1), of BIOES and of BILOU all mean what
they should, and labels that break their scheme still mean something. A span is right if
its type and both its ends are right.

.. [1] Tjong Kim Sang & Buchholz, "Introduction to the CoNLL-2000 shared task:
   chunking", CoNLL 2000, and its script conlleval.
"""

from collections import Counter
from collections.abc import Sequence
from numbers import Real
from typing import Any, Literal, TypeAlias, overload

import numpy as np

from .. import _frames, _kinds
from .. import _parameters as p
from .._typing import StepLabels
from ..sequences import spans_of
from ._steps import check_pair

Average: TypeAlias = Literal["micro", "macro", "weighted"]


def _is_float(v):
    if not isinstance(v, Real):
        return False
    try:
        float(v)
    except OverflowError:
        return False
    return True


A_FLOAT = p.Expected("a float", _is_float, "float")
AVERAGE = [p.one_of("micro", "macro", "weighted"), p.NONE]


def find_spans(labels: Sequence[str]) -> list[tuple[str, int, int]]:
    """The spans in a sequence of labels.

    Parameters
    ----------
    labels : sequence of str
        "O", or one of B, I, E, S, L, U with a type, such as "B-PER". "B" has the type
        "".

    Returns
    -------
    spans : list of (type, start, stop)
        A span holds the steps from ``start`` up to, but not including, ``stop``.

    Raises
    ------
    TypeError
        If ``labels`` is not a list.
    ValueError
        If a label is none of these.

    Examples
    --------
    >>> from sksequence.metrics import find_spans
    >>> find_spans(["B-PER", "I-PER", "O", "I-LOC", "B-LOC"])
    [('PER', 0, 2), ('LOC', 3, 4), ('LOC', 4, 5)]
    """
    labels = _frames.plain(labels, "labels")
    if not _kinds.is_list(labels):
        raise TypeError(
            "labels must be a list of labels, one for each step. Got "
            f"{type(labels).__name__} instead."
        )
    if any(_kinds.is_list(label) for label in labels):
        raise ValueError(
            "labels holds sequences of labels. Expected those of one sentence at a "
            "time: [find_spans(sentence) for sentence in labels]."
        )
    return spans_of(labels, "labels")


def span_pairs(y_true, y_pred):
    """The true and the predicted spans of each sequence."""
    y_true, y_pred, known = check_pair(y_true, y_pred, empty=True)
    for i, counts in enumerate(y_true.with_values(known)):
        true = spans_of(_counted(y_true[i], counts), f"y_true[{i}]")
        yield true, spans_of(_counted(y_pred[i], counts), f"y_pred[{i}]")


def _count(y_true, y_pred):
    """How many spans of each type are predicted rightly, are predicted, are true."""
    right, predicted, support = Counter(), Counter(), Counter()
    for true, found in span_pairs(y_true, y_pred):
        support.update(kind for kind, *_ in true)
        predicted.update(kind for kind, *_ in found)
        right.update(kind for kind, *_ in set(true) & set(found))
    return right, predicted, support


def _counted(labels, counts):
    """Labels of a sequence, "O" at steps without a true one: no span goes over them."""
    labels = labels.tolist()
    return labels if counts.all() else np.where(counts, labels, "O").tolist()


def _score(owner, y_true, y_pred, average, zero_division, ratio):
    """``ratio(right, predicted, support)`` -> (numerator, denominator), averaged."""
    p.check_value(average, "average", owner, AVERAGE)
    p.check_value(zero_division, "zero_division", owner, [A_FLOAT])
    right, predicted, support = _count(y_true, y_pred)

    def value(*counts):
        numerator, denominator = ratio(*counts)
        return numerator / denominator if denominator else float(zero_division)

    if average == "micro":
        return value(right.total(), predicted.total(), support.total())
    kinds = sorted(support | predicted)
    values = {k: value(right[k], predicted[k], support[k]) for k in kinds}
    if average is None:
        return values
    weights = [support[k] for k in kinds] if average == "weighted" else None
    if not kinds or (weights is not None and sum(weights) == 0):
        return float(zero_division)
    return float(np.average(list(values.values()), weights=weights))


@overload
def span_precision_score(
    y_true: StepLabels,
    y_pred: StepLabels,
    *,
    average: Average = "micro",
    zero_division: float = 0.0,
) -> float: ...


@overload
def span_precision_score(
    y_true: StepLabels,
    y_pred: StepLabels,
    *,
    average: None,
    zero_division: float = 0.0,
) -> dict[str, float]: ...


def span_precision_score(
    y_true: StepLabels,
    y_pred: StepLabels,
    *,
    average: Average | None = "micro",
    zero_division: float = 0.0,
) -> Any:
    """Precision of spans: the fraction of the predicted spans that are right.

    Parameters
    ----------
    y_true, y_pred : sequences of labels
        One sequence of str for each sequence, in BIO, BIOES or a similar scheme. A step
        whose true label is None or NaN belongs to no span in y_true or y_pred.
    average : {"micro", "macro", "weighted"} or None, default="micro"
        "micro" counts all spans together, as conlleval does [1]_. "macro" is the mean
        over the types of spans, "weighted" the mean weighted by the number of true
        spans of each type. None returns one score for each type.
    zero_division : float, default=0.0
        The score when the number of spans to divide by is zero.

    Returns
    -------
    score : float, or dict of str -> float

    Raises
    ------
    ValueError
        If y_true and y_pred differ in their number of sequences or in the length of a
        sequence, if a label is not a tag of spans, or if ``average`` is none of the
        four.

    References
    ----------
    .. [1] Tjong Kim Sang & Buchholz, "Introduction to the CoNLL-2000 shared task:
       chunking", CoNLL 2000.

    Examples
    --------
    >>> from sksequence.metrics import span_precision_score
    >>> y_true = [["B-PER", "I-PER", "O", "B-LOC"]]
    >>> y_pred = [["B-PER", "I-PER", "O", "O"]]
    >>> round(span_precision_score(y_true, y_pred), 3)
    1.0
    """
    return _score(
        "span_precision_score",
        y_true,
        y_pred,
        average,
        zero_division,
        lambda right, predicted, support: (right, predicted),
    )


@overload
def span_recall_score(
    y_true: StepLabels,
    y_pred: StepLabels,
    *,
    average: Average = "micro",
    zero_division: float = 0.0,
) -> float: ...


@overload
def span_recall_score(
    y_true: StepLabels,
    y_pred: StepLabels,
    *,
    average: None,
    zero_division: float = 0.0,
) -> dict[str, float]: ...


def span_recall_score(
    y_true: StepLabels,
    y_pred: StepLabels,
    *,
    average: Average | None = "micro",
    zero_division: float = 0.0,
) -> Any:
    """Recall of spans: the fraction of the true spans that are found.

    Parameters
    ----------
    y_true, y_pred : sequences of labels
        One sequence of str for each sequence, in BIO, BIOES or a similar scheme. A step
        whose true label is None or NaN belongs to no span in y_true or y_pred.
    average : {"micro", "macro", "weighted"} or None, default="micro"
        "micro" counts all spans together, as conlleval does [1]_. "macro" is the mean
        over the types of spans, "weighted" the mean weighted by the number of true
        spans of each type. None returns one score for each type.
    zero_division : float, default=0.0
        The score when the number of spans to divide by is zero.

    Returns
    -------
    score : float, or dict of str -> float

    Raises
    ------
    ValueError
        If y_true and y_pred differ in their number of sequences or in the length of a
        sequence, if a label is not a tag of spans, or if ``average`` is none of the
        four.

    References
    ----------
    .. [1] Tjong Kim Sang & Buchholz, "Introduction to the CoNLL-2000 shared task:
       chunking", CoNLL 2000.

    Examples
    --------
    >>> from sksequence.metrics import span_recall_score
    >>> y_true = [["B-PER", "I-PER", "O", "B-LOC"]]
    >>> y_pred = [["B-PER", "I-PER", "O", "O"]]
    >>> round(span_recall_score(y_true, y_pred), 3)
    0.5
    """
    return _score(
        "span_recall_score",
        y_true,
        y_pred,
        average,
        zero_division,
        lambda right, predicted, support: (right, support),
    )


@overload
def span_f1_score(
    y_true: StepLabels,
    y_pred: StepLabels,
    *,
    average: Average = "micro",
    zero_division: float = 0.0,
) -> float: ...


@overload
def span_f1_score(
    y_true: StepLabels,
    y_pred: StepLabels,
    *,
    average: None,
    zero_division: float = 0.0,
) -> dict[str, float]: ...


def span_f1_score(
    y_true: StepLabels,
    y_pred: StepLabels,
    *,
    average: Average | None = "micro",
    zero_division: float = 0.0,
) -> Any:
    """F1 of spans: the harmonic mean of their precision and recall.

    Parameters
    ----------
    y_true, y_pred : sequences of labels
        One sequence of str for each sequence, in BIO, BIOES or a similar scheme. A step
        whose true label is None or NaN belongs to no span in y_true or y_pred.
    average : {"micro", "macro", "weighted"} or None, default="micro"
        "micro" counts all spans together, as conlleval does [1]_. "macro" is the mean
        over the types of spans, "weighted" the mean weighted by the number of true
        spans of each type. None returns one score for each type.
    zero_division : float, default=0.0
        The score when the number of spans to divide by is zero.

    Returns
    -------
    score : float, or dict of str -> float

    Raises
    ------
    ValueError
        If y_true and y_pred differ in their number of sequences or in the length of a
        sequence, if a label is not a tag of spans, or if ``average`` is none of the
        four.

    References
    ----------
    .. [1] Tjong Kim Sang & Buchholz, "Introduction to the CoNLL-2000 shared task:
       chunking", CoNLL 2000.

    Examples
    --------
    >>> from sksequence.metrics import span_f1_score
    >>> y_true = [["B-PER", "I-PER", "O", "B-LOC"]]
    >>> y_pred = [["B-PER", "I-PER", "O", "O"]]
    >>> round(span_f1_score(y_true, y_pred), 3)
    0.667
    """
    return _score(
        "span_f1_score",
        y_true,
        y_pred,
        average,
        zero_division,
        lambda right, predicted, support: (2 * right, predicted + support),
    )
