"""Transformers of whole sequences: each against the loop that says what it does."""

import pickle
from functools import partial
from itertools import product

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import (
    check_estimator_cloneable,
    check_estimator_repr,
    check_get_params_invariance,
    check_no_attributes_set_in_init,
    check_parameters_default_constructible,
    check_set_params,
    check_valid_tag_types,
)

from sksequence import RaggedArray, RNNClassifier, RNNRegressor
from sksequence.preprocessing import (
    Downsample,
    ForwardFill,
    PerStep,
    ScaleEachSequence,
    StackFrames,
)

RNG = np.random.default_rng(0)
X = [RNG.standard_normal((n, 3)) for n in RNG.integers(1, 9, 30)]
GAPS = [np.where(RNG.random(x.shape) < 0.4, np.nan, x) for x in X]


def stacked(x, before, after, deltas):
    found = []
    for t in range(len(x)):
        row = [x[min(max(t + k, 0), len(x) - 1)] for k in range(-before, after + 1)]
        found.append(np.concatenate(row + [x[t] - x[max(t - 1, 0)]] * deltas))
    return np.array(found)


def shortened(x, factor, how):
    function = {"mean": np.mean, "max": np.max, "last": lambda a, axis: a[-1]}[how]
    return np.array(
        [function(x[k : k + factor], axis=0) for k in range(0, len(x), factor)]
    )


def filled(x, means, indicator, elapsed):
    found = []
    seen, at = means.copy(), np.zeros(x.shape[1], int)
    for t, row in enumerate(x):
        here = ~np.isnan(row)
        seen, at = np.where(here, row, seen), np.where(here, t, at)
        found.append(
            np.concatenate([seen, [~here] * indicator, [t - at] * elapsed], None)
        )
    return np.array(found, float)


def scaled(x, with_mean, with_std):
    y = x - x.mean(axis=0) * with_mean
    scale = x.std(axis=0)
    return y / np.where(scale > 0, scale, 1) ** with_std


def cases():
    """(name, transformer, data, loop) of some settings of each transformer."""
    for b, a, d in [(2, 2, False), (0, 1, True), (3, 0, True), (0, 0, False)]:
        stack = StackFrames(b, a, deltas=d)
        yield (
            f"stack {b} {a} {d}",
            stack,
            X,
            partial(stacked, before=b, after=a, deltas=d),
        )
    for n, how in product((1, 3, 8, 100), ("mean", "max", "last")):
        loop = partial(shortened, factor=-(-8 // n), how=how)
        yield f"downsample {n} {how}", Downsample(n, how=how), X, loop
    means = np.nanmean(np.concatenate(GAPS), axis=0)
    for m, e in product((True, False), repeat=2):
        fill = ForwardFill(add_indicator=m, add_elapsed=e)
        loop = partial(filled, means=means, indicator=m, elapsed=e)
        yield f"fill {m} {e}", fill, GAPS, loop
    for m, s in product((True, False), repeat=2):
        scale = ScaleEachSequence(with_mean=m, with_std=s)
        yield f"scale {m} {s}", scale, X, partial(scaled, with_mean=m, with_std=s)


CASES = {name: case for name, *case in cases()}
every_case = pytest.mark.parametrize("name", CASES)
EVERY = [StackFrames(), Downsample(3), ForwardFill(), ScaleEachSequence()]
every_transformer = pytest.mark.parametrize("transformer", EVERY, ids=str)


@every_case
def test_it_is_the_loop(name):
    transformer, data, loop = CASES[name]
    assert max(map(len, X)) == 8
    Xt = clone(transformer).fit_transform(data)
    assert isinstance(Xt, RaggedArray)
    for found, x in zip(Xt, data, strict=True):
        assert_allclose(found, loop(x), rtol=1e-12, atol=1e-14)


@every_case
def test_what_comes_out_has_names(name):
    transformer, data, _ = CASES[name]
    fitted = clone(transformer).fit(data)
    assert fitted.n_features_in_ == 3
    for names in (None, ["a", "b", "c"]):
        found = fitted.get_feature_names_out(names)
        assert len(set(found)) == len(found) == fitted.transform(data).values.shape[1]
        assert all(any(n in f for f in found) for n in names or ["x0", "x1", "x2"])
    with pytest.raises(ValueError, match="input_features should have length"):
        fitted.get_feature_names_out(["a", "b"])


@every_transformer
@pytest.mark.parametrize("make", [list, RaggedArray.from_sequences])
def test_features_have_names_and_an_order(transformer, make):
    pandas = pytest.importorskip("pandas")
    frames = [pandas.DataFrame(x, columns=["a", "b", "c"]) for x in X]
    fitted = clone(transformer).fit(make(frames))
    assert fitted.feature_names_in_.tolist() == ["a", "b", "c"]
    names = fitted.get_feature_names_out().tolist()
    assert fitted.transform(make(frames)).feature_names == names
    assert clone(transformer).fit_transform(make(frames)).feature_names == names
    swapped = make([frame[["b", "a", "c"]] for frame in frames])
    for use in (
        fitted.transform,
        lambda _: fitted.get_feature_names_out(["b", "a", "c"]),
    ):
        with pytest.raises(ValueError, match="in another order"):
            use(swapped)
    other = make([frame.rename(columns={"a": "d"}) for frame in frames])
    with pytest.raises(ValueError, match=r"lacks \['a'\] and has also \['d'\]"):
        fitted.transform(other)
    with pytest.warns(UserWarning, match="X does not have feature names"):
        assert fitted.transform(X).feature_names == names
    with pytest.warns(UserWarning, match="fitted without feature names"):
        assert clone(transformer).fit(X).transform(frames).feature_names is None


@every_transformer
def test_columns_of_a_table_have_an_order(transformer):
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame(RNG.standard_normal((5, 4)), columns=[*"abcd"])
    fitted = clone(transformer).fit(table)
    with pytest.raises(ValueError, match="X has the columns of .* in another order"):
        fitted.transform(table[[*"acbd"]])
    assert fitted.transform(table[[*"abc"]]).lengths.max() <= 3


@every_transformer
@pytest.mark.parametrize("one", [X[0][:, :1], X[0][:, 0]])
def test_one_sequence_is_not_many(transformer, one):
    fitted = clone(transformer).fit([x[:, :1] for x in X])
    with pytest.raises(ValueError, match=r"pass \[X\]"):
        fitted.transform(one)
    assert len(fitted.transform([one])) == 1


@every_case
def test_a_sequence_alone_is_as_among_others(name):
    transformer, data, _ = CASES[name]
    fitted = clone(transformer).fit(data)
    together = fitted.transform(data)
    for i in (0, 7, 29):
        assert_array_equal(fitted.transform([data[i]])[0], together[i])
    again = pickle.loads(pickle.dumps(fitted))
    assert_array_equal(again.transform(data).values, together.values)


@every_transformer
def test_containers_precision_and_what_was_given(transformer):
    expected = clone(transformer).fit_transform(X)
    for form in (tuple(X), RaggedArray.from_sequences(X), [x.tolist() for x in X]):
        found = clone(transformer).fit_transform(form)
        assert_array_equal(found.values, expected.values)
    before = [x.copy() for x in X]
    low = clone(transformer).fit_transform([x.astype(np.float32) for x in X])
    assert low.values.dtype == np.float32
    assert_allclose(low.values, expected.values, rtol=1e-3, atol=1e-5)
    assert all((a == b).all() for a, b in zip(X, before, strict=True))
    whole = np.arange(12).reshape(2, 3, 2)
    ints = clone(transformer).fit_transform(whole)
    floats = clone(transformer).fit_transform(whole.astype(float))
    assert_array_equal(ints.values, floats.values)
    univariate = clone(transformer).fit([[1, 2, 4], [3, 5]])
    assert univariate.n_features_in_ == 1


@every_transformer
def test_wrong_input(transformer):
    fitted = clone(transformer).fit(X)
    with pytest.raises(ValueError, match="X has 2 features, but .* is expecting 3"):
        fitted.transform([x[:, :2] for x in X])
    with pytest.raises(ValueError, match=r"infinity.*X\[1\], step 0, feature 2"):
        fitted.transform([X[0], [[0, 0, np.inf]]])
    with pytest.raises(ValueError, match="X is empty"):
        fitted.transform([])
    with pytest.raises((TypeError, ValueError), match="X"):
        fitted.transform(["text"])
    if not isinstance(transformer, (ForwardFill, StackFrames)):
        with pytest.raises(ValueError, match=r"NaN or infinity.*X\[0\], step 0"):
            fitted.transform([[[np.nan, 0, 0]]])
    rows = [sparse.csr_matrix(x) for x in X]
    if isinstance(transformer, StackFrames):
        dense = clone(transformer).fit_transform(X).values
        assert_allclose(clone(transformer).fit_transform(rows).values.toarray(), dense)
    else:
        with pytest.raises(TypeError, match="sparse steps, which"):
            fitted.transform(rows)


@every_transformer
@pytest.mark.parametrize(
    "check",
    [
        check_estimator_cloneable,
        check_estimator_repr,
        check_get_params_invariance,
        check_no_attributes_set_in_init,
        check_parameters_default_constructible,
        check_set_params,
        check_valid_tag_types,
    ],
)
def test_those_of_scikit_learns_checks_that_need_no_table(transformer, check):
    check(type(transformer).__name__, clone(transformer))


def test_constants_and_extremes_are_safe():
    for value in (0.0, 0.1, 1e300, -1e-300):
        found = ScaleEachSequence().fit_transform([np.full((7, 1), value)])
        assert_array_equal(found.values, np.zeros((7, 1)))
    large = np.array([[-8e307], [8e307], [0.0]])
    assert_allclose(
        ScaleEachSequence().fit_transform([large])[0], scaled(large / 1e307, True, True)
    )
    offset = np.array([[1.0], [2.0], [3.0]]) + 1e9
    assert_allclose(ScaleEachSequence().fit_transform([offset])[0].std(), 1)


def test_a_feature_that_is_never_seen():
    fill = ForwardFill().fit([[[np.nan, 1.0]], [[np.nan, np.nan], [np.nan, 2.0]]])
    assert fill.means_.tolist() == [0.0, 1.5]
    assert_array_equal(fill.transform([[[np.nan, 1.0]]])[0], [[0, 1, 1, 0]])


def test_features_that_are_missing_together_share_what_is_said_of_it():
    nan = np.nan
    x = np.array([[1, 1, 1, 1, 1], [nan, 2, nan, nan, 2], [3, nan, 3, 3, 3.0]])
    fill = ForwardFill(add_elapsed=True).fit([x, x[[0, 2]]])
    assert fill.indicated_.tolist() == [0, 1]
    names = [f"x{k}" for k in range(5)]
    names += [f"{what}({x})" for what in ("missing", "elapsed") for x in ("x0", "x1")]
    assert fill.get_feature_names_out().tolist() == names
    assert_array_equal(
        fill.transform([x])[0][:, 5:], [[0, 0, 0, 0], [1, 0, 1, 0], [0, 1, 0, 1]]
    )
    apart = [*x, [5, 5, nan, 5, 5]]  # once is enough to have one of its own
    assert ForwardFill().fit([apart]).indicated_.tolist() == [0, 1, 2]


def test_in_a_search():
    y = np.arange(30) % 2
    model = make_pipeline(
        ForwardFill(),
        Downsample(),
        ScaleEachSequence(),
        StackFrames(),
        RNNClassifier(4, max_iter=1, random_state=0),
    ).set_output(transform="pandas")
    grid = {"downsample__n_steps": [2, 8], "forwardfill__add_elapsed": [True, False]}
    search = GridSearchCV(model, grid, cv=2).fit(GAPS, y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    names = search.best_estimator_[:-1].get_feature_names_out()
    assert len(names) == search.best_estimator_[-1].n_features_in_


ALL = [
    StackFrames(1, 1, deltas=True),
    Downsample(3),
    ForwardFill(),
    ScaleEachSequence(),
]


@pytest.mark.parametrize("transformer", ALL, ids=repr)
@pytest.mark.parametrize("dtype", [np.float16, np.longdouble, np.int8, np.uint8, bool])
def test_other_types_are_read_as_float64(transformer, dtype):
    given = [(100 * np.abs(x)).clip(0, 100).astype(dtype) for x in X]
    given[0] = np.full((9, 3), 60_000).astype(dtype)  # the sum is none of float16
    found = clone(transformer).fit_transform(given)
    expected = clone(transformer).fit_transform([x.astype(float) for x in given])
    assert found.dtype == np.float64
    assert_array_equal(found.values, expected.values)


@pytest.mark.parametrize("transformer", ALL, ids=repr)
def test_fit_transform_reads_once_and_changes_at_once(transformer):
    expected = clone(transformer).fit(X).transform(X)
    found = clone(transformer).fit_transform(iter(X))
    assert_array_equal(found.values, expected.values)
    fitted = clone(transformer).fit(X)
    before = vars(fitted).copy()
    for wrong in ([["a"]], [], [[[np.inf] * 3]], 3):
        with pytest.raises((TypeError, ValueError), match="^X"):
            fitted.fit_transform(wrong)
        assert vars(fitted) == before


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_means_of_numbers_whose_sum_is_too_large(dtype):
    large = np.finfo(dtype).max * dtype(0.75)
    x = np.array([[large, 1], [large, 2], [np.nan, np.nan], [large, 6]], dtype)
    fill = ForwardFill(add_indicator=False).fit([x, x[::-1]])
    assert_allclose(fill.means_, [large, 3], rtol=1e-6)
    assert_allclose(fill.transform([x[2:]])[0][0], [large, 3], rtol=1e-6)
    short = Downsample(1).fit_transform([x[[0, 1, 3]], x[:1]])
    assert short.dtype == dtype
    assert_allclose(short.values, [[large, 3], [large, 1]], rtol=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "transformer", [StackFrames(deltas=True), ScaleEachSequence(with_std=False)]
)
def test_a_number_that_gets_too_large_is_an_error(transformer, dtype):
    large = np.finfo(dtype).max * dtype(0.9)
    given = [np.ones((2, 1), dtype), np.array([[1], [-large], [large], [large]], dtype)]
    fitted = clone(transformer).fit(given[:1])
    before = vars(fitted).copy()
    message = r"X\[1\] holds numbers of which .* at step \d that is too large for float"
    for call in (fitted.transform, fitted.fit_transform):
        with pytest.raises(ValueError, match=message):
            call(given)
        assert vars(fitted) == before
    if isinstance(transformer, StackFrames):
        with pytest.raises(ValueError, match=message):
            fitted.transform([sparse.csr_matrix(x) for x in given])


def test_means_of_fit_that_float32_does_not_hold():
    fill = ForwardFill().fit([[[1e300], [np.nan]]])
    gap = np.array([[1.0], [np.nan]], np.float32)
    assert np.isfinite(fill.transform([gap])[0]).all()  # what is not used is no matter
    with pytest.raises(ValueError, match=r"X\[0\] .* float32.*, or pass float64"):
        fill.transform([gap[::-1]])


def test_missing_values_stay_missing_in_frames():
    found = StackFrames(1, 0, deltas=True).fit_transform([[[1.0], [np.nan], [3.0]]])[0]
    missing = [[0, 0, 0], [0, 1, 1], [1, 0, 1]]
    assert_array_equal(np.isnan(found), np.array(missing, bool))


@pytest.mark.parametrize("transformer", ALL, ids=repr)
@pytest.mark.parametrize(
    "wrong",
    [3, 0.5, np.array(2), "abc", [[1], [2], [3]], ["a", "b"], [[1]], None.__class__],
)
def test_wrong_names_of_features_are_named(transformer, wrong):
    fitted = clone(transformer).fit(X)
    with pytest.raises((TypeError, ValueError), match="^input_features"):
        fitted.get_feature_names_out(wrong)


@pytest.mark.parametrize(
    "estimator", [Downsample(3), PerStep(StandardScaler()), RNNRegressor(2, max_iter=1)]
)
@pytest.mark.parametrize("kind", [list, np.array, lambda rows: [*map(np.array, rows)]])
def test_one_sequence_in_place_of_many_after_vectors(estimator, kind):
    """Also as a list, whose numbers are not read as sequences of a step each."""
    X = [np.arange(6.0)[:, None], np.arange(4.0)[:, None]]
    fitted = clone(estimator).fit(X, [0.0, 1.0])
    read = getattr(fitted, "predict", None) or fitted.transform
    with pytest.raises(ValueError, match=r"X is of shape \(2, 1\): 2 sequences of one"):
        read(kind([[1.0], [2.0]]))
    assert len(read([np.array([[1.0], [2.0]])])) == 1


@pytest.mark.parametrize("dtype", ["u1", "i1", "bool", "f4", "f8"])
def test_sparse_steps_of_any_type_are_those_of_dense_ones(dtype):
    x = np.array([[1, 0], [0, 1], [1, 1]], dtype)
    stack = StackFrames(1, 0, deltas=True)
    expected = stack.fit_transform([x])[0]
    found = stack.fit_transform([sparse.csr_matrix(x)])[0]
    assert found.dtype == expected.dtype
    assert_array_equal(found.toarray(), expected)
    bad = sparse.csr_matrix([[0, 1], [1, 0], [0, np.inf]])
    with pytest.raises(ValueError, match=r"infinity.*X\[1\], step 2, feature 1"):
        stack.fit([sparse.csr_matrix(x), bad])
    with pytest.raises(TypeError, match="complex"):
        stack.fit([sparse.csr_matrix(x * 1j)])


def test_short_sequences_far_from_zero_are_scaled():
    stamps = 1.7e18 + 1e6 * np.arange(3.0)  # nanoseconds since 1970
    found = ScaleEachSequence().fit_transform([stamps[:, None]])[0][:, 0]
    assert_allclose(found, [-(1.5**0.5), 0, 1.5**0.5], atol=1e-3)
