"""Which spans are taken for which: by exact spans, and apart from them by overlap."""

from bisect import bisect_right
from collections.abc import Sequence
from typing import Literal

import numpy as np
from sklearn.utils import Bunch

from .. import _frames
from .. import _parameters as p
from .._messages import brief
from .._typing import StepLabels
from ._spans import span_pairs


def span_confusion_matrix(
    y_true: StepLabels,
    y_pred: StepLabels,
    *,
    labels: Sequence[str] | None = None,
    normalize: Literal["true", "pred", "all"] | None = None,
) -> Bunch:
    """Count which types of spans are predicted as which.

    Each true and each predicted span is counted once:

    - in ``exact``, with the span that has the same two ends, of any type;
    - else in ``boundary``, with a span that it overlaps: something was found, but with
      a wrong end. Of several overlapping spans, those that share the most steps are
      paired;
    - else in ``exact``, as a missed span (last column), or as a predicted span where
      there is none (last row).

    Parameters
    ----------
    y_true, y_pred : sequences of labels
        One sequence of str for each sequence, in BIO, BIOES or a similar scheme. A step
        whose true label is None or NaN belongs to no span in y_true or y_pred.
    labels : list of str, default=None
        The types to count, in this order. None: all that occur, sorted.
    normalize : {"true", "pred", "all"} or None, default=None
        Divide the counts by the number of true spans of the type (row), by the number
        of predicted spans of the type (column), or by the sum of all counts. ``exact``
        and ``boundary`` are divided by the same numbers.

    Returns
    -------
    result : :class:`~sklearn.utils.Bunch`
        ``exact`` : ndarray of shape (n_types + 1, n_types + 1)
            Rows are true types, columns predicted ones; the last of each means "no
            span".
        ``boundary`` : ndarray of shape (n_types, n_types)
            Pairs of spans that overlap and differ in an end.
        ``labels`` : list of str
            The types.

    Raises
    ------
    ValueError
        If y_true and y_pred differ in their number of sequences or in the length of a
        sequence, if a label is not a tag of spans, if ``labels`` holds a type that does
        not occur, or if ``normalize`` is none of the four.

    See Also
    --------
    span_f1_score : F1 of exact spans, those on the diagonal of ``exact``.
    sksequence.inspection.SpanConfusionDisplay : Draw it.

    Examples
    --------
    >>> from sksequence.metrics import span_confusion_matrix
    >>> y_true = [["B-PER", "I-PER", "O", "B-LOC", "O"]]
    >>> y_pred = [["B-PER", "O", "O", "B-PER", "B-LOC"]]
    >>> result = span_confusion_matrix(y_true, y_pred)
    >>> result.labels
    ['LOC', 'PER']
    >>> result.exact  # the place is taken for a person, another one is made up
    array([[0, 1, 0],
           [0, 0, 0],
           [1, 0, 0]])
    >>> result.boundary  # a person whose end is wrong
    array([[0, 0],
           [0, 1]])
    """
    owner = "span_confusion_matrix"
    kinds = [p.one_of("true", "pred", "all"), p.NONE]
    p.check_value(normalize, "normalize", owner, kinds)
    pairs = list(span_pairs(y_true, y_pred))
    known = sorted({kind for pair in pairs for spans in pair for kind, *_ in spans})
    place = {kind: k for k, kind in enumerate(known)}
    place[None] = n = len(known)
    exact = np.zeros((n + 1, n + 1), np.int64)
    boundary = np.zeros((n, n), np.int64)
    for true, found in pairs:
        right, overlapping = _matched(true, found)
        for a, b in right:
            exact[place[a], place[b]] += 1
        for a, b in overlapping:
            boundary[place[a], place[b]] += 1
    if normalize is not None:
        exact, boundary = _divided(exact, boundary, normalize)
    if labels is not None:
        labels = _frames.names_of(labels, "labels")
        rows = [_place(label, place, known) for label in labels]
        exact = exact[np.ix_([*rows, n], [*rows, n])]
        boundary, known = boundary[np.ix_(rows, rows)], labels
    return Bunch(exact=exact, boundary=boundary, labels=known)


def _place(label, place, known):
    if label not in known:
        raise ValueError(
            f"labels holds {brief(label)}, which is not among the types of spans: "
            f"{brief(known)}."
        )
    return place[label]


def _matched(true, found):
    """Pairs of types, None for no span: with the same ends (or alone), and with others.

    Spans of one side do not overlap, and are in the order of their steps.
    """
    ends = {(start, stop): kind for kind, start, stop in found}
    exact, left = [], []
    for kind, start, stop in true:
        if (start, stop) in ends:
            exact.append((kind, ends.pop((start, stop))))
        else:
            left.append((kind, start, stop))
    others = [(kind, *end) for end, kind in ends.items()]
    stops, shared = [stop for *_, stop in others], []
    for i, (kind, start, stop) in enumerate(left):
        for j in range(bisect_right(stops, start), len(others)):
            other, first, last = others[j]
            if first >= stop:
                break
            n_shared = min(stop, last) - max(start, first)
            shared.append((-n_shared, kind != other, i, j))
    overlapping, true_used, found_used = [], set(), set()
    for *_, i, j in sorted(shared):
        if i not in true_used and j not in found_used:
            true_used.add(i)
            found_used.add(j)
            overlapping.append((left[i][0], others[j][0]))
    exact += [(s[0], None) for i, s in enumerate(left) if i not in true_used]
    exact += [(None, s[0]) for j, s in enumerate(others) if j not in found_used]
    return exact, overlapping


def _divided(exact, boundary, by):
    """Both as parts of a row, a column or all, of which both are parts."""
    whole = exact.astype(float)
    whole[:-1, :-1] += boundary
    axis = {"true": 1, "pred": 0, "all": None}[by]
    total = np.broadcast_to(whole.sum(axis=axis, keepdims=True), whole.shape)
    total = np.maximum(total, 1)
    return exact / total, boundary / total[:-1, :-1]
