"""Which types of spans are taken for which."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sksequence.metrics import find_spans, span_confusion_matrix, span_recall_score

KINDS = ["LOC", "ORG", "PER"]


def random_labels(seed, n=30):
    """Of sequences whose lengths do not depend on the seed."""
    rng = np.random.default_rng(seed)
    tags = ["O", "O", *(f"{letter}-{kind}" for letter in "BI" for kind in KINDS)]
    return [rng.choice(tags, 1 + k % 12).tolist() for k in range(n)]


def spans(y):
    return [kind for labels in y for kind, *_ in find_spans(labels)]


def count(kinds):
    return [kinds.count(kind) for kind in KINDS]


@pytest.mark.parametrize("seed", range(5))
def test_each_span_is_counted_once(seed):
    true, found = random_labels(seed), random_labels(seed + 100)
    for labels, others in zip(found, true):
        labels[: len(labels) // 2] = others[: len(labels) // 2]  # half are right
    result = span_confusion_matrix(true, found)
    both = result.exact[:-1, :-1] + result.boundary
    assert result.labels == KINDS
    assert_array_equal(both.sum(axis=1) + result.exact[:-1, -1], count(spans(true)))
    assert_array_equal(both.sum(axis=0) + result.exact[-1, :-1], count(spans(found)))
    assert result.exact[-1, -1] == 0
    right = np.trace(result.exact[:-1, :-1])
    assert_allclose(right / len(spans(true)), span_recall_score(true, found))
    assert result.boundary.sum() > 0
    turned = span_confusion_matrix(found, true)
    assert_array_equal(turned.exact, result.exact.T)
    assert turned.boundary.sum() == result.boundary.sum()
    halves = [span_confusion_matrix(true[k::2], found[k::2]) for k in (0, 1)]
    assert_array_equal(sum(half.exact for half in halves), result.exact)
    assert_array_equal(sum(half.boundary for half in halves), result.boundary)


def test_what_is_right_is_on_the_diagonal():
    true = random_labels(7)
    result = span_confusion_matrix(true, true)
    assert_array_equal(result.exact, np.diag([*count(spans(true)), 0]))
    assert not result.boundary.any()


def test_the_span_that_shares_most_steps_is_the_one():
    true = [["B-PER", "I-PER", "I-PER", "I-PER", "I-PER"]]
    found = [["B-PER", "B-LOC", "I-LOC", "I-LOC", "I-LOC"]]
    result = span_confusion_matrix(true, found)
    assert result.labels == ["LOC", "PER"]
    assert_array_equal(result.boundary, [[0, 0], [1, 0]])
    assert_array_equal(result.exact, [[0, 0, 0], [0, 0, 0], [0, 1, 0]])
    found = [["B-LOC", "I-LOC", "O", "B-PER", "I-PER"]]  # of two alike, its own type
    result = span_confusion_matrix(true, found)
    assert_array_equal(result.boundary, [[0, 0], [0, 1]])


def test_steps_without_a_true_label_belong_to_no_span():
    true = [["B-PER", None, "B-LOC", "O"]]
    found = [["B-PER", "I-PER", "B-LOC", "B-LOC"]]
    result = span_confusion_matrix(true, found)
    assert_array_equal(result.exact, [[1, 0, 0], [0, 1, 0], [1, 0, 0]])
    assert not result.boundary.any()


def test_parts_of_a_whole():
    true, found = random_labels(1), random_labels(2)
    counts = span_confusion_matrix(true, found)
    for normalize, axis in (("true", 1), ("pred", 0), ("all", None)):
        parts = span_confusion_matrix(true, found, normalize=normalize)
        whole = parts.exact.copy()
        whole[:-1, :-1] += parts.boundary
        total = whole.sum(axis=axis)
        assert_allclose(total, np.ones_like(total))
        assert_array_equal(parts.exact > 0, counts.exact > 0)
        assert_array_equal(parts.boundary > 0, counts.boundary > 0)
    empty = span_confusion_matrix([["B-X"]], [["O"]], normalize="pred")
    assert_array_equal(empty.exact, [[0, 1], [0, 0]])


def test_some_types_in_another_order():
    true, found = random_labels(1), random_labels(2)
    whole = span_confusion_matrix(true, found)
    some = span_confusion_matrix(true, found, labels=iter(["PER", "LOC"]))
    assert some.labels == ["PER", "LOC"]
    assert_array_equal(some.exact, whole.exact[np.ix_([2, 0, 3], [2, 0, 3])])
    assert_array_equal(some.boundary, whole.boundary[np.ix_([2, 0], [2, 0])])


def test_errors():
    with pytest.raises(ValueError, match="labels holds 'Q', which is not among .*'X'"):
        span_confusion_matrix([["B-X"]], [["O"]], labels=["Q"])
    with pytest.raises(ValueError, match="labels holds None, which is not among"):
        span_confusion_matrix([["B-X"]], [["O"]], labels=[None])
    for one in ("X", 3):
        with pytest.raises(TypeError, match="labels must be a list of names"):
            span_confusion_matrix([["B-X"]], [["O"]], labels=one)
    with pytest.raises(ValueError, match="'normalize' parameter of span_confusion_mat"):
        span_confusion_matrix([["B-X"]], [["O"]], normalize="rows")
    with pytest.raises(ValueError, match=r"y_true\[0\]\[0\] is 'X'. Expected 'O', or"):
        span_confusion_matrix([["X"]], [["O"]])
    with pytest.raises(ValueError, match="the same number of sequences"):
        span_confusion_matrix([["B-X"]], [["O"], ["O"]])


def test_a_long_sequence_is_matched_quickly():
    n = 5_000  # spans, each of which overlaps one other
    true = [["B-X", "I-X", "O"] * n]
    found = [["B-X", "O", "O"] * n]
    result = span_confusion_matrix(true, found)
    assert_array_equal(result.boundary, [[n]])
