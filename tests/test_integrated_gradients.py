"""Integrated gradients: their sums, derivatives by differences, what must be zero."""

import warnings

import numpy as np
import pytest
from helpers import ALL_CELLS, every_engine, ragged_data
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.pipeline import make_pipeline
from test_adding import BoundedRegressor, HuberRegressor

from sksequence import (
    RaggedArray,
    RNNClassifier,
    RNNGenerator,
    RNNLanguageModel,
    RNNRegressor,
    RNNStepRegressor,
    RNNTagger,
)
from sksequence.inspection import integrated_gradients
from sksequence.inspection._integrated_gradients import explain
from sksequence.network import POOLINGS, Loss
from sksequence.network._losses import SoftmaxLoss
from sksequence.preprocessing import TokenEncoder

X, Y = ragged_data(12, low=2, high=5)
IDS = [np.arange(n) % 4 for n in (4, 5, 1, 3)]
BAGS = [sparse.random(n, 6, 0.5, "csr", random_state=n) for n in (4, 5, 1, 3)]
TEXTS = ["abca", "cab", "b", "acab"]
COMMON = {"max_iter": 1, "dtype": "float64", "random_state": 0}
FINE = {"tol": 1e-6}


def fitted(estimator, X, y=None, far=0.3):
    """After an epoch, with weights far from where they began."""
    estimator.set_params(**COMMON).fit(X, y)
    rng = np.random.RandomState(1)
    size = estimator.theta_.size
    estimator.theta_ = estimator.theta_ + far * rng.standard_normal(size)
    return estimator


def labels_of_steps(X, labels="uvw"):
    return [[labels[k % len(labels)] for k in range(len(x))] for x in X]


def zeros_like(X):
    return [np.zeros_like(x) for x in X]


def means_like(model, X):
    return [np.broadcast_to(model.step_mean_, x.shape) for x in X]


def sums(attributions):
    return np.array([a.sum() for a in attributions])


def log_p(model, X, column, step=None):
    found = model.predict_log_proba(X)
    if step is None:
        return found[:, column]
    return np.array([p[step, column] for p in found])


def assert_complete(found, after, before, tol=1e-6):
    difference = after - before
    room = tol * np.maximum(1, np.abs(difference)) + 1e-12
    assert (np.abs(sums(found) - difference) <= room).all()
    assert np.abs(difference).max() > 1e-3


# -- completeness ----------------------------------------------------------------------


@pytest.mark.parametrize("cell", ALL_CELLS.values(), ids=ALL_CELLS.keys())
@pytest.mark.parametrize("bidirectional", [False, True], ids=["uni", "bi"])
def test_the_sums_are_the_difference_of_the_scores(cell, bidirectional):
    model = RNNClassifier((4, 3), cell, bidirectional=bidirectional, pooling="last")
    model = fitted(model, X, Y)
    after, before = (log_p(model, Z, 1) for Z in (X, means_like(model, X)))
    found = integrated_gradients(model, X, target=model.classes_[1])
    assert isinstance(found, RaggedArray)
    assert found.dtype == np.float64
    assert_array_equal(found.lengths, [len(x) for x in X])
    assert found.values.shape[1] == X[0].shape[1]
    assert_complete(found, after, before, tol=1e-3)
    found = integrated_gradients(model, X, target=1, **FINE)
    assert_complete(found, after, before)


@pytest.mark.parametrize("pooling", POOLINGS)
def test_poolings_and_dense_layers(pooling):
    model = RNNClassifier(4, pooling=pooling, dense_layer_sizes=(5, 4))
    model = fitted(model, X, Y)
    after, before = (log_p(model, Z, 0) for Z in (X, means_like(model, X)))
    for tol in (1e-3, 1e-6):
        found = integrated_gradients(model, X, target=0, tol=tol)
        assert_complete(found, after, before, tol)


@every_engine
def test_engines_give_the_same(engine):
    """The sums are those of the engine, and the numbers those of NumPy's."""
    model = fitted(RNNClassifier((4, 3), "lstm", pooling="mean"), X, Y)
    plain = integrated_gradients(model, X, **FINE)
    model.set_params(engine=engine).fit(X, Y)
    model.theta_ = fitted(RNNClassifier((4, 3), "lstm", pooling="mean"), X, Y).theta_
    found = integrated_gradients(model, X, **FINE)
    assert_allclose(found.values, plain.values, atol=1e-8)


def test_labels_of_sequences():
    """Binary, several labels, and the labels that are predicted."""
    binary = fitted(RNNClassifier(4, pooling="last"), X, Y % 2)
    after, before = (binary.predict_log_proba(Z) for Z in (X, means_like(binary, X)))
    for k, label in enumerate(binary.classes_):
        found = integrated_gradients(binary, X, label, **FINE)
        assert_complete(found, after[:, k], before[:, k])
    several = np.column_stack([Y == 0, Y != 1]).astype(int)
    model = fitted(RNNClassifier(4, pooling="last"), X, several)
    after, before = (model.predict_log_proba(Z) for Z in (X, means_like(model, X)))
    found = integrated_gradients(model, X, target=1, **FINE)
    assert_complete(found, after[:, 1], before[:, 1])
    likeliest = integrated_gradients(model, X, after.argmax(axis=1), **FINE)
    assert_array_equal(integrated_gradients(model, X, **FINE).values, likeliest.values)
    for model in (binary, fitted(RNNClassifier(4), X, np.array(list("uvw"))[Y])):
        named = integrated_gradients(model, X, target=model.predict(X))
        assert_array_equal(integrated_gradients(model, X).values, named.values)


@pytest.mark.parametrize("loss", ["squared_error", "poisson", "quantile"])
def test_numbers_in_the_units_of_y(loss):
    y = 100 + 9 * np.array([x.sum() for x in X])
    model = fitted(RNNRegressor(4, loss=loss, pooling="last"), X, y)
    found = integrated_gradients(model, X, **FINE)
    after, before = (model.predict(Z) for Z in (X, means_like(model, X)))
    room = 1e-6 * np.maximum(model.y_scale_, np.abs(after - before))
    assert (np.abs(sums(found) - (after - before)) <= room).all()
    curves = [np.column_stack([5 * x[:, 0], x[:, 1]]) for x in X]
    model = fitted(RNNStepRegressor(4), X, curves)
    found = integrated_gradients(model, X, target=0, step=0, **FINE)
    after, before = (
        np.array([p[0, 0] for p in model.predict(Z)]) for Z in (X, means_like(model, X))
    )
    assert_complete(found, after, before, 1e-5)


@pytest.mark.parametrize("decoder", ["softmax", "crf"])
def test_labels_of_steps(decoder):
    model = fitted(RNNTagger((4, 3), decoder=decoder), X, labels_of_steps(X))
    means = means_like(model, X)
    for step in (0, -1):
        after, before = (log_p(model, Z, 1, step) for Z in (X, means))
        found = integrated_gradients(model, X, target="v", step=step, **FINE)
        assert_complete(found, after, before)
    steps = [len(x) // 2 for x in X]
    predicted = [labels[k] for labels, k in zip(model.predict(X), steps)]
    named = integrated_gradients(model, X, predicted, step=steps)
    assert_array_equal(integrated_gradients(model, X, step=steps).values, named.values)


def test_rows_of_labels():
    tags = [np.c_[x[:, :2] > 0].astype(int) for x in X]
    model = fitted(RNNTagger(4), X, tags)
    after, before = (log_p(model, Z, 1, -1) for Z in (X, means_like(model, X)))
    assert_complete(integrated_gradients(model, X, target=1, **FINE), after, before)


def test_the_past_of_a_tagger_in_one_direction():
    model = fitted(RNNTagger(4, bidirectional=False), X, labels_of_steps(X))
    found = integrated_gradients(model, X, step=1)
    for a in found:
        assert_array_equal(a[2:], 0)
        assert (a[:2] != 0).any()


def test_a_row_of_a_frame_as_the_baseline():
    """Its labels are names of features: in another order they are an error."""
    pandas = pytest.importorskip("pandas")
    names = [f"f{k}" for k in range(X[0].shape[1])]
    frames = [pandas.DataFrame(x, columns=names) for x in X]
    model = RNNClassifier(3, max_iter=1, random_state=0)
    model.fit(frames, np.arange(len(X)) % 2)
    row = frames[0].iloc[0]
    found = integrated_gradients(model, frames, baseline=row)
    plain = integrated_gradients(model, frames, baseline=row.to_numpy())
    assert_array_equal(found.values, plain.values)
    numbered = integrated_gradients(model, frames, baseline=row.reset_index(drop=True))
    assert_array_equal(numbered.values, plain.values)
    with pytest.raises(ValueError, match="baseline has the columns of X in another or"):
        integrated_gradients(model, frames, baseline=row[::-1])
    with pytest.raises(ValueError, match="baseline has other columns than X"):
        integrated_gradients(model, frames, baseline=row.rename({"f0": "g"}))


def test_a_baseline_that_is_given():
    model = fitted(RNNClassifier(4, pooling="last"), X, Y)
    n_features = X[0].shape[1]
    vector = np.linspace(-1, 1, n_features)
    rows = [np.broadcast_to(vector, x.shape) for x in X]
    found = integrated_gradients(model, X, target=0, baseline=vector, **FINE)
    assert_complete(found, log_p(model, X, 0), log_p(model, rows, 0))
    of_rows = integrated_gradients(model, X, target=0, baseline=rows, **FINE)
    assert_allclose(of_rows.values, found.values, atol=1e-12)
    itself = integrated_gradients(model, X, baseline=X)
    assert_array_equal(itself.values, 0)
    plain = fitted(RNNClassifier(4, pooling="last", standardize=False), X, Y)
    found = integrated_gradients(plain, X, target=0, **FINE)
    assert_complete(found, log_p(plain, X, 0), log_p(plain, zeros_like(X), 0))


def test_a_step_of_one_number():
    model = fitted(RNNClassifier(3), [x[:, :1] for x in X], Y)
    one = integrated_gradients(model, [x[:, :1] for x in X], baseline=0.5)
    assert one.values.shape == (sum(map(len, X)), 1)
    other = integrated_gradients(model, [x[:, 0] for x in X], baseline=[0.5])
    assert_array_equal(one.values, other.values)


# -- each number -----------------------------------------------------------------------


def test_each_number_is_the_integral_of_a_derivative_by_differences():
    """Other gradients, by differences of predictions; another quadrature, Simpson's."""
    some, h = X[:3], 1e-6
    model = fitted(RNNClassifier(3, "gru", pooling="mean"), X, Y)
    found = integrated_gradients(model, some, target=2, tol=1e-9)
    places = np.linspace(0, 1, 121)
    weights = np.r_[1, np.tile([4, 2], 59), 4, 1] / 360
    for x, attributions in zip(some, found):
        base = np.broadcast_to(model.step_mean_, x.shape)
        nudged = [
            base + a * (x - base) + sign * h * unit.reshape(x.shape)
            for a in places
            for unit in np.eye(x.size)
            for sign in (1, -1)
        ]
        p = log_p(model, nudged, 2).reshape(len(places), x.size, 2)
        slopes = (p[:, :, 0] - p[:, :, 1]) / (2 * h)
        expected = (x - base) * (weights @ slopes).reshape(x.shape)
        assert_allclose(attributions, expected, atol=1e-7)


@pytest.mark.parametrize("bidirectional", [False, True], ids=["uni", "bi"])
@pytest.mark.parametrize("standardize", [False, True])
def test_sparse_steps_are_as_dense_ones(standardize, bidirectional):
    options = {"pooling": "last", "bidirectional": bidirectional}
    thin = RNNClassifier((4, 3), standardize=standardize, **options)
    thin = fitted(thin, BAGS, [0, 1, 0, 1])
    dense = [x.toarray() for x in BAGS]
    thick = RNNClassifier((4, 3), standardize=standardize, **options)
    thick = fitted(thick, dense, [0, 1, 0, 1])
    same_weights(thick, thin)
    if standardize:
        thick.params_["standardize.mean"][:] = (
            0  # only the scale of sparse steps counts
        )
    found = integrated_gradients(thin, BAGS, target=1, **FINE)
    assert found.is_sparse
    zeros = integrated_gradients(thick, dense, target=1, baseline=np.zeros(6), **FINE)
    for a, b, x in zip(found, zeros, BAGS):
        assert_allclose(a.toarray(), b, atol=1e-8)
        assert a.nnz == x.nnz
    assert_complete(found, log_p(thin, BAGS, 1), log_p(thin, [0 * x for x in BAGS], 1))


def same_weights(model, other):
    for name, values in model.params_.items():
        values[:] = other.params_[name]


def of_vectors(model, vectors, y):
    """The network above an embedding, as a classifier of vectors."""
    other = RNNClassifier(4, pooling="last", standardize=False)
    other = fitted(other, vectors, y)
    same_weights(other, model)
    return other


def test_token_ids_are_as_their_vectors():
    y = [0, 1, 0, 1]
    model = fitted(RNNClassifier(4, pooling="last", embedding_dim=3), IDS, y)
    table = model.params_["embedding.E"]
    vectors = [table[x] for x in IDS]
    other = of_vectors(model, vectors, y)
    assert_allclose(other.predict_proba(vectors), model.predict_proba(IDS))
    for baseline, row in [(None, np.zeros(3)), (2, table[2])]:
        found = integrated_gradients(model, IDS, 1, baseline=baseline, **FINE)
        assert found.values.ndim == 1
        each = integrated_gradients(other, vectors, 1, baseline=row, **FINE)
        assert_allclose(found.values, each.values.sum(axis=1), atol=1e-8)
    twos = [np.full_like(x, 2) for x in IDS]
    other_way = integrated_gradients(model, IDS, 1, baseline=twos, **FINE)
    assert_allclose(other_way.values, found.values, atol=1e-12)
    assert_array_equal(found.values[np.concatenate(IDS) == 2], 0)


def test_bags_of_tokens():
    model = fitted(RNNClassifier(4, pooling="last", embedding_dim=3), BAGS, [0, 1] * 2)
    found = integrated_gradients(model, BAGS, 1, **FINE)
    assert found.is_sparse
    assert found.values.shape == (13, 6)
    assert_complete(
        found, log_p(model, BAGS, 1), log_p(model, [0 * x for x in BAGS], 1)
    )


# -- texts -----------------------------------------------------------------------------


@pytest.fixture(scope="module", params=["sentences", "contiguous", "tied", "sampled"])
def language_model(request):
    settings = {"analyzer": "char", "embedding_dim": 4, "dropout": 0.0}
    settings |= {
        "sentences": {},
        "contiguous": {"contiguous": True},
        "tied": {"tie_weights": True},
        "sampled": {"output": "sampled", "n_sampled": 3},
    }[request.param]
    return fitted(RNNLanguageModel(4, "lstm", **settings), TEXTS, far=1.0)


def next_log_p(model, text, token):
    (p,) = model.predict_proba([text])
    return np.log(p[-1, model.tokens_.tolist().index(token)])


def test_the_token_after_each_text(language_model):
    model = language_model
    found = integrated_gradients(model, TEXTS, target="b", **FINE)
    assert_array_equal(found.lengths, [len(t) for t in TEXTS])
    info = explain(model, TEXTS, "b", **FINE)
    after = np.array([next_log_p(model, text, "b") for text in TEXTS])
    assert_allclose(info.scores, after, atol=1e-9)
    assert_complete(found, after, info.baseline_scores)
    likeliest = [model.predict([text])[0] for text in TEXTS]
    named = integrated_gradients(model, TEXTS, likeliest)
    assert_array_equal(integrated_gradients(model, TEXTS).values, named.values)


def test_a_token_of_the_text(language_model):
    """As of the beginning alone, and nothing of what comes later."""
    model = language_model
    texts = ["abca", "cabb"]
    found = integrated_gradients(model, texts, step=2, **FINE)
    begins = integrated_gradients(model, ["ab", "ca"], ["c", "b"], **FINE)
    for a, b in zip(found, begins):
        assert_allclose(a[:2], b, atol=1e-12)
        assert_array_equal(a[2:], 0)
    first = integrated_gradients(model, texts, step=[0, -4])
    assert_array_equal(first.values, 0)


def test_the_baseline_of_a_text(language_model):
    """A token in the place of all: the score is that of a text of these."""
    model = language_model
    found = explain(model, ["abca"], "b", baseline="c", **FINE)
    assert_allclose(found.baseline_scores, next_log_p(model, "cccc", "b"), atol=1e-9)
    assert found.attributions[0][2] == 0
    assert_complete(found.attributions, found.scores, found.baseline_scores)


def test_texts_of_integers_and_empty_ones():
    ids = [[5, 7, 5, 9], [7, 9]]
    model = fitted(RNNLanguageModel(4, embedding_dim=3), ids)
    found = integrated_gradients(model, ids, target=9, **FINE)
    assert_array_equal(found.lengths, [4, 2])
    model = fitted(RNNLanguageModel(4, analyzer="char", embedding_dim=3), TEXTS)
    assert_array_equal(integrated_gradients(model, ["ab", ""]).lengths, [2, 0])


# -- laws ------------------------------------------------------------------------------


def test_the_company_does_not_matter(monkeypatch):
    """Nor does memory: one sequence, one pass and one piece at a time."""
    model = fitted(RNNClassifier((4, 3), pooling="mean"), X, Y)
    found = integrated_gradients(model, X, target=1)
    for i in (0, 5):
        (alone,) = integrated_gradients(model, X[i : i + 1], target=1)
        assert_allclose(alone, found[i], atol=1e-12)
    here = "sksequence.inspection."
    monkeypatch.setattr(f"{here}_integrated_gradients.BLOCK", 20)
    monkeypatch.setattr(f"{here}_integrated_gradients.NUMBERS_AT_ONCE", 100)
    monkeypatch.setattr(f"{here}_path_integral.GROUP", 30)
    monkeypatch.setattr(f"{here}_explained.SCORES", 2)
    little = integrated_gradients(model, X, target=1)
    assert_allclose(little.values, found.values, atol=1e-12)
    bags = fitted(RNNClassifier(3, embedding_dim=3), BAGS, [0, 1, 0, 1])
    monkeypatch.setattr(f"{here}_input_space.PRODUCTS", 4)
    little = integrated_gradients(bags, BAGS)
    monkeypatch.undo()
    whole = integrated_gradients(bags, BAGS)
    assert_allclose(little.values.toarray(), whole.values.toarray(), atol=1e-12)


def test_float32_networks_are_explained_in_float64():
    model = RNNClassifier(4, dtype="float32", max_iter=2, random_state=0).fit(X, Y)
    theta = model.theta_.copy()
    found = integrated_gradients(model, X, target=1, tol=1e-6)
    assert found.dtype == np.float64
    after, before = (log_p(model, Z, 1) for Z in (X, means_like(model, X)))
    assert_allclose(sums(found), after - before, atol=1e-5)
    assert_array_equal(model.theta_, theta)


def test_kinks_that_are_too_many_give_a_warning(monkeypatch):
    monkeypatch.setattr("sksequence.inspection._path_integral.MOST_PIECES", 4)
    model = fitted(RNNClassifier(8, "rnn_relu", pooling="max"), X, Y)
    with pytest.warns(ConvergenceWarning, match=r"X\[\d+\] .* tol=1e-09 \(of \d+ of"):
        integrated_gradients(model, X, n_points=1, tol=1e-9)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        integrated_gradients(model, X, n_points=1, tol=np.inf)


def test_what_misses_is_done_again(monkeypatch):
    """With a smaller share of the tolerance; a few of the sequences, or none."""
    path = "sksequence.inspection._path_integral."
    model = fitted(RNNClassifier(8, "rnn_relu", pooling="max"), X, Y)
    monkeypatch.setattr(f"{path}SHARES", (0.3,))
    with pytest.warns(ConvergenceWarning, match="of [1-9] of 12 sequences"):
        once = integrated_gradients(model, X, n_points=2)
    monkeypatch.setattr(f"{path}SHARES", (0.3, 64))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        again = integrated_gradients(model, X, n_points=2)
    same = [np.array_equal(a, b) for a, b in zip(once, again)]
    assert 0 < sum(same) < 12


def test_names_of_features_stay():
    pandas = pytest.importorskip("pandas")
    frames = [pandas.DataFrame(x, columns=["a", "b", "c"][: x.shape[1]]) for x in X]
    model = fitted(RNNClassifier(3), frames, Y)
    names = list(frames[0].columns)
    assert integrated_gradients(model, frames).feature_names == names


@pytest.mark.parametrize("sizes", [(), (5,)], ids=["below the head", "dense"])
def test_static_numbers_stay_as_they_are(sizes):
    """The baseline has those of X, also where it is sequences without any."""
    rng = np.random.RandomState(0)
    Z = RaggedArray.from_sequences(X).with_static(rng.standard_normal((len(X), 2)))
    model = RNNClassifier(4, pooling="last", dense_layer_sizes=sizes)
    model = fitted(model, Z, Y)
    vector = np.linspace(-1, 1, X[0].shape[1])
    rows = [np.broadcast_to(vector, x.shape) for x in X]
    base = Z.with_values(np.concatenate(rows))
    after, before = (log_p(model, some, 1) for some in (Z, base))
    for baseline in (vector, rows, base):
        found = integrated_gradients(model, Z, target=1, baseline=baseline, **FINE)
        assert_complete(found, after, before)
    tagger = fitted(RNNTagger(3), Z, labels_of_steps(X))
    after, before = (log_p(tagger, some, 1, 0) for some in (Z, base))
    found = integrated_gradients(tagger, Z, "v", step=0, baseline=vector, **FINE)
    assert_complete(found, after, before)
    with pytest.raises(ValueError, match="static"):
        integrated_gradients(model, X)


def test_heads_and_losses_of_ones_own():
    """Whatever a regressor predicts from is explained, but not unknown labels."""
    y = np.array([x.sum() for x in X])
    for estimator in (HuberRegressor(), BoundedRegressor(4)):
        model = estimator.fit(X, y)
        found = integrated_gradients(model, X, tol=1e-5)
        after, before = (model.predict(Z) for Z in (X, means_like(model, X)))
        assert_allclose(sums(found), after - before, atol=1e-4)

    class Other(Loss):
        def value_and_gradient(self, scores, targets, weights):
            return SoftmaxLoss().value_and_gradient(scores, targets, weights)

    class OfOther(RNNClassifier):
        def _loss(self):
            return Other()

    model = OfOther(3, max_iter=1, random_state=0).fit(X, Y)
    with pytest.raises(TypeError, match="estimator has an output of its own, Other"):
        integrated_gradients(model, X)


# -- errors ----------------------------------------------------------------------------


def test_errors_of_the_estimator():
    with pytest.raises(NotFittedError):
        integrated_gradients(RNNClassifier(), X)
    pipe = make_pipeline(TokenEncoder(), RNNClassifier(embedding_dim=2))
    with pytest.raises(TypeError, match=r"Got Pipeline instead. Of a pipeline, pass"):
        integrated_gradients(pipe, ["a"])
    with pytest.raises(TypeError, match="estimator must be one of RNNClassifier"):
        integrated_gradients(RNNGenerator(), X)


CLASSIFIER = fitted(RNNClassifier(3), X, np.array(list("uvw"))[Y])
TAGGER = fitted(RNNTagger(3), X, labels_of_steps(X))
VECTORS = fitted(RNNRegressor(3), X, np.random.RandomState(0).rand(12, 2))
OF_IDS = fitted(RNNClassifier(3, embedding_dim=2), IDS, [0, 1, 0, 1])
OF_BAGS = fitted(RNNClassifier(3), BAGS, [0, 1, 0, 1])
OF_TEXTS = fitted(RNNLanguageModel(3, analyzer="char", embedding_dim=2), TEXTS)
OF_SEVERAL = fitted(RNNClassifier(3), X, np.tri(3, dtype=int)[Y])


@pytest.mark.parametrize(
    ("model", "Z", "options", "message"),
    [
        (CLASSIFIER, X, {"target": "z"}, r"target is 'z', which is not among the cl"),
        (CLASSIFIER, X, {"target": 1}, "target holds labels of type int64"),
        (CLASSIFIER, X, {"target": list("uvz" * 4)}, r"target\[2\] is 'z', which"),
        (CLASSIFIER, X, {"target": ["u"]}, "target must have one entry for each seq"),
        (CLASSIFIER, X, {"target": [["u"]] * 12}, "target must be a label, or one f"),
        (CLASSIFIER, X, {"target": {"u"}}, "target"),
        (CLASSIFIER, X, {"step": 0}, "step must be None for RNNClassifier"),
        (OF_SEVERAL, X, {"target": 3}, "target must be a column from 0 to 2. Got 3"),
        (OF_SEVERAL, X, {"target": "u"}, "target must be an int, or one for each"),
        (VECTORS, X, {}, "target must say which of the 2 outputs of RNNRegressor"),
        (VECTORS, X, {"target": 2}, "target must be a column from 0 to 1. Got 2"),
        (VECTORS, X, {"target": 0.5}, "target must be an int, or one for each"),
        (TAGGER, X, {"step": 99}, r"step is 99 for X\[0\], which has \d steps"),
        (TAGGER, X, {"step": [0, 1]}, "step must have one entry for each sequence"),
        (TAGGER, X, {"step": "x"}, "step must be an int, or one for each"),
        (TAGGER, X, {"step": -99}, r"step is -99 for X\[0\]"),
        (CLASSIFIER, X, {"baseline": [0.0]}, r"baseline must have one number for ea"),
        (CLASSIFIER, X, {"baseline": 0.0}, r"baseline must have .* Got one number"),
        (
            CLASSIFIER,
            X,
            {"baseline": [x[:, :1] for x in X]},
            "baseline has 1 features, but RNNClassifier is expecting",
        ),
        (CLASSIFIER, X, {"baseline": X[:3]}, "baseline must have one entry for each"),
        (CLASSIFIER, X, {"baseline": X[::-1]}, r"baseline\[\d+\] has \d+ entries"),
        (CLASSIFIER, X, {"baseline": "mean"}, "baseline"),
        (CLASSIFIER, X, {"baseline": [np.nan] * X[0].shape[1]}, "baseline contains"),
        (OF_IDS, IDS, {"baseline": 9}, "baseline must be a token id from 0 to 3"),
        (OF_IDS, IDS, {"baseline": 0.5}, "baseline must be a token id from 0 to 3"),
        (OF_IDS, IDS, {"baseline": "a"}, "baseline"),
        (OF_BAGS, BAGS, {"baseline": 0}, "baseline must be None for sparse steps"),
        (OF_TEXTS, TEXTS, {"baseline": "zz"}, "baseline is 'zz', which is none of th"),
        (OF_TEXTS, TEXTS, {"target": "zz"}, "target is 'zz', which is none of the"),
        (OF_TEXTS, TEXTS, {"target": list("abz")}, "target must have one entry"),
        (OF_TEXTS, TEXTS, {"target": list("abzc")}, r"target\[2\] is 'z', which is"),
        (OF_TEXTS, TEXTS, {"step": 4}, r"step is 4 for X\[0\], which has 4 steps"),
        (CLASSIFIER, X, {"n_points": 0}, "The 'n_points' parameter of integrated_gr"),
        (CLASSIFIER, X, {"tol": 0}, "The 'tol' parameter of integrated_gradients"),
        (CLASSIFIER, [x[:, :1] for x in X], {}, "X has 1 features, but RNNClassifier"),
    ],
)
def test_errors(model, Z, options, message):
    with pytest.raises((ValueError, TypeError), match=message):
        integrated_gradients(model, Z, **options)


def test_labels_that_constraints_do_not_allow():
    y = [["B-A", *["I-A"] * (len(x) - 1)] for x in X]
    y[0] = ["O"] * len(X[0])
    model = fitted(RNNTagger(3, decoder="crf", constraints="bio"), X, y)
    with pytest.raises(ValueError, match=r"target is 'I-A', which constraints do not"):
        integrated_gradients(model, X, target="I-A", step=0)


def test_scores_that_overflow():
    model = RNNRegressor(3, "rnn_relu", standardize=False, **COMMON)
    model.fit(X, [x.sum() for x in X])
    model.theta_ = np.full_like(model.theta_, 10.0)
    long = [np.ones((400, X[0].shape[1]))]
    with pytest.raises(ValueError, match=r"overflow on X\[0\]"):
        integrated_gradients(model, long)
