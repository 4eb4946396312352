"""Precision, recall and F1 of spans, by the rules of the CoNLL evaluation script.

A label is "O" or a tag and a type, "B-PER". A span begins at B and S, and also wherever
I, E or L stands after O, after the end of a span, or after another type. It ends after
E, L, S and U, and before whatever begins another one. So labels of BIO, of BIO without
the B of a first span (IOB1), of BIOES and of BILOU all mean what they should, and
labels that break their scheme still mean something. A span is right if its type and
both its ends are.

.. [1] Tjong Kim Sang & Buchholz, "Introduction to the CoNLL-2000 shared task:
   chunking", CoNLL 2000, and its script conlleval.
"""

from collections import Counter

import numpy as np

from ._steps import check_pair

_LETTERS = "BIOESLU"


def find_spans(labels):
    """The spans that a sequence of labels stands for.

    Parameters
    ----------
    labels : sequence of str
        "O", or one of B, I, E, S, L, U with a type: "B-PER", or "B" with the type "".

    Returns
    -------
    spans : list of (type, start, stop)
        Steps ``start`` to before ``stop``, in their order.

    Raises
    ------
    ValueError
        If a label is neither.

    Examples
    --------
    >>> from sksequence.metrics import find_spans
    >>> find_spans(["B-PER", "I-PER", "O", "I-LOC", "B-LOC"])
    [('PER', 0, 2), ('LOC', 3, 4), ('LOC', 4, 5)]
    """
    return _find(labels, "labels")


def _find(labels, name):
    spans, start, kind, ended = [], None, None, True
    for t, label in enumerate(labels):
        tag, _, of = label.partition("-") if isinstance(label, str) else ("", "", "")
        if len(tag) != 1 or tag not in _LETTERS or (tag == "O" and label != "O"):
            raise ValueError(
                f"{name}[{t}] is {label!r}. Expected 'O', or a tag of {_LETTERS!r} and "
                "a type, such as 'B-PER'."
            )
        inside = tag in "IEL" and not ended and of == kind
        if start is not None and not inside:
            spans.append((kind, start, t))
            start = None
        if tag != "O" and not inside:
            start, kind = t, of
        ended = tag in "OESLU"
    if start is not None:
        spans.append((kind, start, len(labels)))
    return spans


def _count(y_true, y_pred):
    """How many spans of each type are right, predicted, and there."""
    y_true, y_pred = check_pair(y_true, y_pred)
    right, predicted, there = Counter(), Counter(), Counter()
    for i in range(len(y_true)):
        true = _find(y_true[i].tolist(), f"y_true[{i}]")
        found = _find(y_pred[i].tolist(), f"y_pred[{i}]")
        there.update(kind for kind, *_ in true)
        predicted.update(kind for kind, *_ in found)
        right.update(kind for kind, *_ in set(true) & set(found))
    return right, predicted, there


def _score(y_true, y_pred, average, zero_division, ratio):
    """``ratio(right, predicted, there)`` -> (numerator, denominator), averaged."""
    if average not in ("micro", "macro", "weighted", None):
        raise ValueError(
            "The 'average' parameter must be a str among {'micro', 'macro', "
            f"'weighted'}} or None. Got {average!r} instead."
        )
    right, predicted, there = _count(y_true, y_pred)

    def value(*counts):
        numerator, denominator = ratio(*counts)
        return numerator / denominator if denominator else float(zero_division)

    if average == "micro":
        return value(right.total(), predicted.total(), there.total())
    kinds = sorted(there | predicted)
    values = {k: value(right[k], predicted[k], there[k]) for k in kinds}
    if average is None:
        return values
    weights = [there[k] for k in kinds] if average == "weighted" else None
    if not kinds or (weights is not None and sum(weights) == 0):
        return float(zero_division)
    return float(np.average(list(values.values()), weights=weights))


def span_precision_score(y_true, y_pred, *, average="micro", zero_division=0.0):
    """Precision of spans: the share of the predicted ones that are right.

    Parameters
    ----------
    y_true, y_pred : sequences of labels
        One sequence of str for each sequence, in BIO, BIOES or the like.
    average : {"micro", "macro", "weighted"} or None, default="micro"
        Over all spans (as conlleval does), over types alike, over types by how many
        spans they have, or a dict of one score a type.
    zero_division : float, default=0.0
        The score where there is no span to divide by.

    Returns
    -------
    score : float, or dict of str -> float

    Raises
    ------
    ValueError
        If the sequences are not as many or not as long, or a label is no tag of spans.

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
        y_true,
        y_pred,
        average,
        zero_division,
        lambda right, predicted, there: (right, predicted),
    )


def span_recall_score(y_true, y_pred, *, average="micro", zero_division=0.0):
    """Recall of spans: the share of the true ones that are found.

    Parameters
    ----------
    y_true, y_pred : sequences of labels
        One sequence of str for each sequence, in BIO, BIOES or the like.
    average : {"micro", "macro", "weighted"} or None, default="micro"
        Over all spans (as conlleval does), over types alike, over types by how many
        spans they have, or a dict of one score a type.
    zero_division : float, default=0.0
        The score where there is no span to divide by.

    Returns
    -------
    score : float, or dict of str -> float

    Raises
    ------
    ValueError
        If the sequences are not as many or not as long, or a label is no tag of spans.

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
        y_true,
        y_pred,
        average,
        zero_division,
        lambda right, predicted, there: (right, there),
    )


def span_f1_score(y_true, y_pred, *, average="micro", zero_division=0.0):
    """F1 of spans: the harmonic mean of their precision and recall.

    Parameters
    ----------
    y_true, y_pred : sequences of labels
        One sequence of str for each sequence, in BIO, BIOES or the like.
    average : {"micro", "macro", "weighted"} or None, default="micro"
        Over all spans (as conlleval does), over types alike, over types by how many
        spans they have, or a dict of one score a type.
    zero_division : float, default=0.0
        The score where there is no span to divide by.

    Returns
    -------
    score : float, or dict of str -> float

    Raises
    ------
    ValueError
        If the sequences are not as many or not as long, or a label is no tag of spans.

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
        y_true,
        y_pred,
        average,
        zero_division,
        lambda right, predicted, there: (2 * right, predicted + there),
    )
