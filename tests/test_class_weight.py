"""Weights of classes where a sequence, or a step, may have several labels."""

from fractions import Fraction

import numpy as np
import pytest
from helpers import STEADY
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.utils.class_weight import compute_class_weight

from sksequence import RNNClassifier, RNNTagger

RNG = np.random.default_rng(0)
X = [RNG.standard_normal((n, 3)) for n in RNG.integers(1, 8, 25)]
OF_STEPS = [(x > [0.2, 0.8, -0.3]).astype(int) for x in X]
OF_SEQUENCES = np.array([rows.max(axis=0) for rows in OF_STEPS])
Y = {RNNClassifier: OF_SEQUENCES, RNNTagger: OF_STEPS}
both = pytest.mark.parametrize("cls", Y)


def fitted(cls, y=None, sample_weight=None, **options):
    few = {"hidden_layer_sizes": 4, "max_iter": 2, "random_state": 0}
    model = cls(**few | STEADY | options)
    return model.fit(X, Y[cls] if y is None else y, sample_weight)


def rows_of(cls):
    return OF_SEQUENCES if cls is RNNClassifier else np.concatenate(OF_STEPS)


@both
def test_weights_of_one_change_nothing(cls):
    expected = fitted(cls).theta_
    for weights in ({}, {0: 1.0, 2: 1}, [{}, {0: 1.0}, {1: 1}]):
        assert_array_equal(fitted(cls, class_weight=weights).theta_, expected)


@both
def test_a_dict_weighs_what_holds(cls):
    found = fitted(cls, class_weight={1: 5.0}).theta_
    assert_array_equal(fitted(cls, class_weight=[{}, {1: 5.0}, {}]).theta_, found)
    more = fitted(cls, class_weight={1: 5.0}, max_iter=20).predict_proba(X)
    less = fitted(cls, max_iter=20).predict_proba(X)
    if cls is RNNTagger:
        more, less = np.concatenate(more), np.concatenate(less)
    assert (more - less)[:, 1].mean() > 0.05
    assert (more - less)[:, 1].mean() > np.abs((more - less)[:, [0, 2]].mean(0)).max()


@both
def test_alike_labels_have_weights_of_samples(cls):
    """Where all labels of a row are alike, so are their weights."""
    few, many = 0.5, 3.0
    weights = [{0: few, 1: many}] * 3
    if cls is RNNClassifier:
        y = OF_SEQUENCES[:, [0]].repeat(3, axis=1)
        by_sample = np.where(y[:, 0], many, few)
    else:
        y = [rows[:, [0]].repeat(3, axis=1) for rows in OF_STEPS]
        by_sample = [np.where(rows[:, 0], many, few) for rows in y]
    found = fitted(cls, y, class_weight=weights, alpha=0.5)
    expected = fitted(cls, y, by_sample, alpha=0.5)
    assert_allclose(found.theta_, expected.theta_, rtol=1e-10, atol=1e-12)
    assert_allclose(found.loss_curve_, expected.loss_curve_, rtol=1e-12)


@both
def test_balanced_is_by_label(cls):
    rows = rows_of(cls)
    weights = [
        dict(enumerate(compute_class_weight("balanced", classes=np.arange(2), y=y)))
        for y in rows.T
    ]
    found = fitted(cls, class_weight="balanced").theta_
    assert_allclose(fitted(cls, class_weight=weights).theta_, found, rtol=1e-9)
    assert np.abs(found - fitted(cls).theta_).max() > 1e-3
    # A label that always or never holds weighs as without weights.
    n = len(rows)
    y = np.stack([rows[:, 0], np.ones(n, int), np.zeros(n, int)], axis=1)
    if cls is RNNTagger:
        y = np.split(y, np.cumsum([len(x) for x in X])[:-1])
    found = fitted(cls, y, class_weight="balanced").theta_
    assert_allclose(fitted(cls, y, class_weight=[weights[0], {}, {}]).theta_, found)


@both
def test_labels_without_weight_are_not_learnt(cls):
    def output(n):
        weights = [{0: 0, 1: 0}, {}, {1: 2.0}]
        return fitted(cls, max_iter=n, class_weight=weights).params_["output.W"]

    once, longer = output(1), output(4)
    assert_array_equal(once[:, 0], longer[:, 0])
    assert (once != longer)[:, 1:].all()
    with pytest.raises(ValueError, match="class_weight makes the weight of every seq"):
        fitted(cls, class_weight=[{0: 0, 1: 0}] * 3)


def test_steps_without_labels_weigh_nothing():
    y = [[None if t == 1 else row for t, row in enumerate(rows)] for rows in OF_STEPS]
    weights = [1.0 * (np.arange(len(x)) != 1) for x in X]
    for class_weight in ("balanced", {0: 3.0}):
        assert_allclose(
            fitted(RNNTagger, y, class_weight=class_weight).theta_,
            fitted(RNNTagger, None, weights, class_weight=class_weight).theta_,
            rtol=1e-9,
        )


BAD = [
    ([{0: 1}], "class_weight holds 1 dicts, but y has 3 labels. Expected a dict for"),
    ([{}, {2: 1}, {}], r"class_weight\[1\] has the key 2. Expected 0 and 1: the weigh"),
    ([{}, {}, {1: -1}], r"not negative. class_weight\[2\]\[1\] is -1"),
    ({1: np.inf}, r"not negative. class_weight\[1\] is inf"),
    ({1: 10**400}, r"not negative. class_weight\[1\] is an int of"),
    ([1.0, 2.0, 1.0], "'class_weight' parameter of .* a list of dicts or a str"),
]


@both
@pytest.mark.parametrize(("class_weight", "message"), BAD)
def test_bad_weights(cls, class_weight, message):
    with pytest.raises(ValueError, match=message):
        fitted(cls, class_weight=class_weight)


@both
@pytest.mark.parametrize("number", [10**30, Fraction(1, 3), np.float32(0.5)])
def test_weights_of_every_type_of_number(cls, number):
    assert_array_equal(
        fitted(cls, class_weight={1: number}).theta_,
        fitted(cls, class_weight={1: float(number)}).theta_,
    )


@both
def test_several_calls_cannot_be_balanced(cls):
    model = cls(4, class_weight="balanced")
    with pytest.raises(ValueError, match="class_weight='balanced' needs all labels at"):
        model.partial_fit(X, Y[cls])
    model.set_params(class_weight={0: 2.0}).partial_fit(X, Y[cls])


@both
def test_names_that_are_no_labels(cls):
    with pytest.warns(UserWarning, match=r"class_weight names \[7\], none of which"):
        fitted(cls, class_weight={7: 2.0})


@both
@pytest.mark.parametrize("rows", [True, False], ids=["rows", "labels"])
@pytest.mark.parametrize(
    "class_weight", ["balanced", {0: 1e200, 1: 3e200, 2: 2e200, 3: 1e200}]
)
def test_weights_of_any_size(cls, rows, class_weight):
    """Only their ratios count, also where products or sums are beyond floats."""
    y = Y[cls] if rows else [np.sum(row, axis=-1) for row in Y[cls]]
    if isinstance(class_weight, dict) and rows:
        class_weight = {k: class_weight[k] for k in range(3)}
    given = {"class_weight": class_weight, "y": y}
    expected = fitted(cls, sample_weight=np.ones(len(X)), **given).theta_
    for size in (1e307, 1e200, 1e-200):
        found = fitted(cls, sample_weight=np.full(len(X), size), **given).theta_
        assert_allclose(found, expected, rtol=1e-9)
