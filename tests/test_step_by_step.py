"""One step at a time, and predictions of all prefixes in one pass."""

import gc
import pickle
from concurrent.futures import ThreadPoolExecutor
from weakref import ref

import numpy as np
import pytest
from helpers import ALL_CELLS, every_engine, ragged_data
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.exceptions import NotFittedError

from sksequence import (
    RaggedArray,
    RNNClassifier,
    RNNRegressor,
    RNNStepRegressor,
    RNNTagger,
)
from sksequence.estimators import _step_by_step, _stepping
from sksequence.network import POOLINGS, Recurrent

N, T, WIDTH = 12, 6, 3
RNG = np.random.default_rng(0)
X = RNG.standard_normal((N, T, WIDTH)) * [1, 5, 0.1] + [0, 3, 0]
Y = np.arange(N) % 3
TARGETS = {
    "RNNClassifier": Y,
    "RNNRegressor": np.stack([3 + 0.1 * Y, X.sum(axis=(1, 2))], axis=1),
    "RNNTagger": RNG.integers(0, 3, (N, T)),
    "RNNStepRegressor": X.cumsum(axis=1)[:, :, :2],
}
ESTIMATORS = {
    e.__name__: e for e in (RNNClassifier, RNNRegressor, RNNTagger, RNNStepRegressor)
}
every_estimator = pytest.mark.parametrize("name", ESTIMATORS)
precisions = pytest.mark.parametrize("dtype", ["float32", "float64"])


def small(name="RNNClassifier", **settings):
    few = {"hidden_layer_sizes": (5,), "max_iter": 2, "random_state": 0}
    return ESTIMATORS[name](**few | {"bidirectional": False} | settings)


def fitted(name="RNNClassifier", X=X, y=None, **settings):
    return small(name, **settings).fit(X, TARGETS[name] if y is None else y)


def whole(estimator, X):
    """What the estimator says at the end of each sequence."""
    numbers = isinstance(estimator, (RNNRegressor, RNNStepRegressor))
    p = estimator.predict(X) if numbers else estimator.predict_proba(X)
    return np.array([last[-1] for last in p]) if p.dtype == object else p


def check_steps(estimator, X, dtype, slices=None):
    """Every step gives what the prefix up to it gives."""
    tolerance = {"float32": 1e-6, "float64": 1e-12}[dtype]
    state = estimator.initial_state(len(X))
    for t in range(T):
        rows = X[:, t] if slices is None else slices(t)
        output, state = estimator.step(rows, state)
        prefix = X[:, : t + 1] if slices is None else [x[: t + 1] for x in X]
        expected = whole(estimator, prefix)
        assert output.shape == expected.shape
        scale = max(1, np.abs(expected).max())
        assert_allclose(output, expected, rtol=0, atol=tolerance * scale)
    return state


# -- equal to whole sequences ----------------------------------------------------------


@every_engine
@precisions
@pytest.mark.parametrize("cell", ALL_CELLS)
def test_steps_of_every_cell(cell, dtype, engine):
    settings = {"cell": ALL_CELLS[cell], "dtype": dtype, "engine": engine}
    if cell == "a user's" and engine == "numba":
        pytest.skip("has no compiled loops")
    clf = fitted(hidden_layer_sizes=(5, 4), **settings)
    check_steps(clf, X, dtype)
    check_steps(clf, X[:1], dtype)  # compiled cells read one sequence another way


@precisions
@pytest.mark.parametrize("dense", [(), (4, 3)])
@pytest.mark.parametrize("standardize", [True, False])
@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("name", ["RNNClassifier", "RNNRegressor"])
def test_steps_of_every_pooling(name, pooling, standardize, dense, dtype):
    settings = {"dense_layer_sizes": dense, "standardize": standardize}
    estimator = fitted(name, pooling=pooling, dtype=dtype, **settings)
    check_steps(estimator, X, dtype)


@precisions
def test_attention_that_has_learnt_weights(dtype):
    clf = fitted(pooling="attention", dtype=dtype, max_iter=1)
    clf.params_["pooling.v"][:] = [300, -400, 200, 10, -1]  # whose exp would overflow
    check_steps(clf, X, dtype)


@precisions
@pytest.mark.parametrize("n_layers", [1, 3])
@pytest.mark.parametrize("name", ["RNNTagger", "RNNStepRegressor"])
def test_steps_that_each_have_an_output(name, n_layers, dtype):
    estimator = fitted(name, hidden_layer_sizes=(5,) * n_layers, dtype=dtype)
    check_steps(estimator, X, dtype)


@pytest.mark.parametrize(
    ("name", "y"),
    [
        ("RNNClassifier", np.array(["no", "yes"])[Y % 2]),
        ("RNNClassifier", RNG.integers(0, 2, (N, 4))),
        ("RNNRegressor", 1.5 * Y),
        ("RNNTagger", RNG.integers(0, 2, (N, T, 4))),
    ],
    ids=["binary", "multilabel", "one number", "tags of 0 and 1"],
)
def test_steps_of_other_targets(name, y):
    check_steps(fitted(name, y=y), X, "float64")


@every_estimator
def test_steps_of_ids(name):
    ids = RNG.integers(0, 7, (N, T))
    for dtype in ("float32", "float64"):
        estimator = fitted(name, X=list(ids), embedding_dim=4, dtype=dtype)
        check_steps(estimator, ids, dtype, lambda t: ids[:, t])
        check_steps(estimator, ids, dtype, lambda t: ids[:, t].tolist())


@every_estimator
@pytest.mark.parametrize("embedding_dim", [None, 4])
def test_sparse_steps(name, embedding_dim):
    dense = RNG.integers(0, 3, (N, T, 20)) * (RNG.random((N, T, 20)) < 0.2)
    rows = [sparse.csr_array(x.astype(float)) for x in dense]
    estimator = fitted(name, X=rows, embedding_dim=embedding_dim, dtype="float64")

    def step(t):
        return sparse.csr_array(dense[:, t].astype(float))

    check_steps(estimator, rows, "float64", step)


def test_a_table_of_univariate_sequences():
    clf = fitted(X=X[:, :, 0])
    state = clf.initial_state(N)
    for t in range(T):
        p, state = clf.step(X[:, t, :1], state)
    assert_allclose(p, clf.predict_proba(X[:, :, 0]), rtol=0, atol=1e-12)


def test_any_kind_of_rows():
    pd = pytest.importorskip("pandas")
    clf = fitted(dtype="float32")
    expected, _ = clf.step(X[:, 0].astype("float32"), clf.initial_state(N))
    state = clf.initial_state(N)
    for rows in (X[:, 0], X[:, 0].tolist(), sparse.csr_array(X[:, 0]).toarray()):
        assert_array_equal(clf.step(rows, state)[0], expected)
    frames = [pd.DataFrame(x, columns=["a", "b", "c"]) for x in X]
    clf.fit(frames, Y)
    frame = pd.DataFrame(X[:, 0], columns=["a", "b", "c"])
    assert_array_equal(clf.step(frame, clf.initial_state(N))[0], expected)
    with pytest.raises(ValueError, match="X"):
        clf.step(frame[["b", "a", "c"]], clf.initial_state(N))


# -- all prefixes ----------------------------------------------------------------------


@precisions
@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("name", ["RNNClassifier", "RNNRegressor"])
def test_staged_predictions_are_those_of_all_prefixes(name, pooling, dtype):
    tolerance = {"float32": 1e-5, "float64": 1e-12}[dtype]
    ragged, y = ragged_data(10)
    estimator = small(name, pooling=pooling, dtype=dtype, dense_layer_sizes=(4,))
    estimator.fit(ragged, y)
    classifies = name == "RNNClassifier"
    method = "predict_proba" if classifies else "predict"
    found = getattr(estimator, f"staged_{method}")(ragged)
    assert found.shape == (10,)
    for x, rows in zip(ragged, found, strict=True):
        prefixes = [x[: t + 1] for t in range(len(x))]
        expected = getattr(estimator, method)(prefixes)
        assert_allclose(rows, expected, rtol=0, atol=tolerance)
        if classifies:
            labels = estimator.staged_predict([x])[0]
            assert_array_equal(labels, estimator.predict(prefixes))


def test_staged_labels_of_other_targets():
    several = RNG.integers(0, 2, (N, 4))
    clf = fitted(y=several)
    last = [rows[-1] for rows in clf.staged_predict(X)]
    assert_array_equal(last, clf.predict(X))
    names = fitted(y=np.array(["a", "b"])[Y % 2])
    assert_array_equal([y[-1] for y in names.staged_predict(X)], names.predict(X))


def test_staged_predictions_read_each_step_once(monkeypatch):
    ragged, y = ragged_data(10)
    clf, read, forward = small().fit(ragged, y), [], Recurrent.forward

    def spy(self, params, X, *args, **kwargs):
        read.append(len(X))
        return forward(self, params, X, *args, **kwargs)

    monkeypatch.setattr(Recurrent, "forward", spy)
    clf.staged_predict_proba(ragged)
    assert sum(read) == sum(map(len, ragged))


# -- states ----------------------------------------------------------------------------


@every_estimator
def test_a_state_is_plain_and_is_not_changed(name):
    estimator = fitted(name)
    before = dict(vars(estimator))
    _, state = estimator.step(X[:, 0], estimator.initial_state(N))
    for part in state.values():
        assert all(type(array) is np.ndarray for array in part)
        assert all(len(array) == N for array in part)
    kept = pickle.dumps(state)
    expected, _ = estimator.step(X[:, 1], state)
    assert pickle.dumps(state) == kept
    # In another process:
    other = pickle.loads(pickle.dumps(estimator))
    again, _ = other.step(X[:, 1], pickle.loads(kept))
    assert_array_equal(again, expected)
    assert vars(estimator).keys() == before.keys()
    assert all(vars(estimator)[key] is before[key] for key in before)


@pytest.mark.parametrize("pooling", POOLINGS)
def test_sequences_come_and_go(pooling):
    clf = fitted(pooling=pooling)
    state = clf.initial_state(3)
    for t in range(2):
        _, state = clf.step(X[:3, t], state)
    state = {name: tuple(a[1:] for a in part) for name, part in state.items()}
    new = clf.initial_state()
    state = {
        name: tuple(np.concatenate(pair) for pair in zip(part, new[name], strict=True))
        for name, part in state.items()
    }
    p, _ = clf.step(np.stack([X[1, 2], X[2, 2], X[3, 0]]), state)
    expected = clf.predict_proba([X[1, :3], X[2, :3], X[3, :1]])
    assert_allclose(p, expected, rtol=0, atol=1e-12)


def test_threads_share_an_estimator():
    clf = fitted(pooling="mean")
    expected = clf.predict_proba(X)

    def stream(i):
        state = clf.initial_state()
        for t in range(T):
            p, state = clf.step(X[i : i + 1, t], state)
        return p[0]

    _stepping._known.clear()
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(stream, [*range(N)] * 5))
    assert_allclose(found, np.tile(expected, (5, 1)), rtol=0, atol=1e-12)


# -- what is arranged once, and when it is arranged anew -------------------------------


def test_weights_are_arranged_once(monkeypatch):
    made, stepping = [], _step_by_step.NetworkStepping
    monkeypatch.setattr(
        _step_by_step, "NetworkStepping", lambda est: made.append(0) or stepping(est)
    )
    clf = fitted()
    state = clf.initial_state(N)
    for t in range(T):
        _, state = clf.step(X[:, t], state)
    assert len(made) == 1


def test_arranged_weights_go_with_the_estimator():
    clf = fitted()
    clf.initial_state()
    theta, before = ref(clf.theta_), len(_stepping._known)
    del clf
    gc.collect()
    assert theta() is None
    assert len(_stepping._known) < before


@pytest.mark.parametrize("name", ["rnn0.U", "rnn0.b", "standardize.mean", "output.b"])
def test_weights_that_are_changed_count_at_once(name):
    clf = fitted()
    state = clf.initial_state(N)
    clf.step(X[:, 0], state)
    clf.params_[name].flat[0] += 0.5
    with pytest.raises(ValueError, match="state is not of these weights"):
        clf.step(X[:, 0], state)
    check_steps(clf, X, "float64")


@pytest.mark.parametrize("kind", ["ids", "sparse"])
def test_tables_that_are_changed_count_at_once(kind):
    ids = RNG.integers(0, 7, (N, T))
    rows = list(ids)
    if kind == "sparse":
        rows = [sparse.csr_array(np.eye(7)[x]) for x in ids]
    clf = fitted(X=rows, embedding_dim=4 if kind == "ids" else None, dtype="float64")

    def step(t):
        return ids[:, t] if kind == "ids" else sparse.csr_array(np.eye(7)[ids[:, t]])

    check_steps(clf, rows, "float64", step)
    clf.params_["embedding.E" if kind == "ids" else "rnn0.W"][:] *= 2
    check_steps(clf, rows, "float64", step)


def test_training_goes_on_and_parameters_are_set():
    clf = fitted()
    state = clf.initial_state(N)
    clf.set_params(hidden_layer_sizes=(9,), cell="lstm", bidirectional=True)
    check_steps(clf, X, "float64")  # of the network that was fitted
    clf.set_params(hidden_layer_sizes=(5,), cell="gru", bidirectional=False)
    clf.partial_fit(X, Y)
    with pytest.raises(ValueError, match="state is not of these weights"):
        clf.step(X[:, 0], state)
    check_steps(clf, X, "float64")


@every_engine
def test_the_engine_is_set_after_fit(engine):
    clf = fitted()
    check_steps(clf, X, "float64")
    check_steps(clf.set_params(engine=engine), X, "float64")


# -- errors ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("RNNClassifier", {"bidirectional": True}, "Fit it with bidirectional=False"),
        ("RNNRegressor", {"bidirectional": True}, "This RNNRegressor reads each seq"),
        ("RNNTagger", {"bidirectional": True}, "in both directions"),
        ("RNNTagger", {"decoder": "crf"}, "CRF of this RNNTagger .* decoder='softmax'"),
    ],
)
def test_networks_that_need_the_end_of_a_sequence(name, settings, message):
    estimator = fitted(name, **settings)
    state = fitted(name).initial_state(N)
    calls = [estimator.initial_state, lambda: estimator.step(X[:, 0], state)]
    if name != "RNNTagger":
        calls.append(lambda: estimator.staged_predict(X))
    for call in calls:
        with pytest.raises(ValueError, match=message):
            call()


@every_estimator
def test_not_fitted(name):
    for call in ("initial_state", "step", "staged_predict"):
        if hasattr(small(name), call):
            arguments = {"initial_state": (), "step": (X[:, 0], {})}.get(call, (X,))
            with pytest.raises(NotFittedError):
                getattr(small(name), call)(*arguments)


def without_part(state):
    return {name: part for name, part in state.items() if name != "rnn0"}


def as_float32(state):
    return state | {"rnn0": tuple(a.astype("float32") for a in state["rnn0"])}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda state: None, r"state\['weights'\].*Got None"),
        (lambda state: {}, r"state\['weights'\] a tuple of 1 array\(s\), \(n, 1\)"),
        (lambda state: state | {"weights": ()}, r"state\['weights'\]"),
        (without_part, r"state\['rnn0'\] a tuple of 1 array\(s\), \(n, 5\) float64"),
        (as_float32, r"Got \['\(12, 5\) float32'\]"),
        (
            lambda state: state | {"pooling": tuple(a[:3] for a in state["pooling"])},
            r"state\['pooling'\].*Got \['\(3, 5\)",
        ),
        (
            lambda state: fitted(hidden_layer_sizes=(6,)).initial_state(N),
            "state is not of these weights: another network made it",
        ),
        (
            lambda state: fitted(random_state=1).initial_state(N),
            r"Begin with initial_state\(\)",
        ),
        (
            lambda state: fitted().initial_state(3),
            r"one step for each of the 3 sequence\(s\) of state\. Got 12",
        ),
    ],
)
def test_bad_states(change, message):
    clf = fitted()
    with pytest.raises(ValueError, match=message):
        clf.step(X[:, 0], change(clf.initial_state(N)))


def nan_at(i, k):
    bad = X[:, 0].copy()
    bad[i, k] = np.nan
    return bad


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (X[:, 0, :2], "X has 2 features, but RNNClassifier is expecting 3"),
        (X[0, 0], r"X must have shape \(n_sequences, 3\).*Got shape \(3,\)"),
        (nan_at(4, 2), r"X contains NaN: X\[4\], step 0, feature 2"),
        (X[:, 0] * np.inf, "X contains infinity"),
        (X[:0, 0], "X is empty"),
        (X[:2, 0], r"each of the 12 sequence\(s\) of state\. Got 2"),
        (X, r"X must hold one step for each sequence\. Got shape \(12, 6, 3\)"),
        ([X[0]], r"X must hold one step for each sequence\. Got shape \(1, 6, 3\)"),
        (3.5, r"X must hold one step for each sequence\. Got shape \(\)"),
        (np.array(3.5), r"X must hold one step for each sequence\. Got shape \(\)"),
    ],
)
def test_bad_rows(rows, message):
    clf = fitted()
    with pytest.raises(ValueError, match=message):
        clf.step(rows, clf.initial_state(N))


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        ([1, 9], "holds the token id 9"),
        ([-1, 0], "must not be negative"),
        ([0.5, 1.0], "integer token ids"),
        ([[0, 1], [1, 0]], "one token id a step"),
    ],
)
def test_bad_ids(ids, message):
    clf = fitted(X=list(RNG.integers(0, 7, (N, T))), embedding_dim=4)
    for given in (ids, np.array(ids)):
        with pytest.raises(ValueError, match=message):
            clf.step(given, clf.initial_state(2))


@pytest.mark.parametrize("n", [0, -1, 1.5, "2", None])
def test_bad_numbers_of_sequences(n):
    with pytest.raises(ValueError, match="'n_sequences' parameter of initial_state"):
        fitted().initial_state(n)


def test_states_that_overflow():
    clf = fitted(cell="rnn_relu", standardize=False, dtype="float32")
    clf.params_["rnn0.U"][:] = 50 * np.eye(5)
    clf.params_["rnn0.b"][:] = 1
    rows = X[:, 0].astype("float32")

    def read_on():
        state = clf.initial_state(N)
        for _ in range(40):
            _, state = clf.step(rows, state)

    with pytest.raises(ValueError, match="overflow on the sequences so far"):
        read_on()


def test_one_blas_thread_where_products_are_large():
    threadpoolctl = pytest.importorskip("threadpoolctl")
    clf = fitted(hidden_layer_sizes=(100,), max_iter=1)
    seen, step = [], _step_by_step.NetworkStepper.step

    def spy(self, *args):
        libraries = threadpoolctl.threadpool_info()
        seen.extend(k["num_threads"] for k in libraries if k["user_api"] == "blas")
        return step(self, *args)

    with pytest.MonkeyPatch.context() as patch, threadpoolctl.threadpool_limits(2):
        patch.setattr(_step_by_step.NetworkStepper, "step", spy)
        clf.step(X[:, 0], clf.initial_state(N))
    assert set(seen) == {1}


def test_rows_may_be_a_ragged_arrays_values():
    ragged = RaggedArray.from_sequences(list(X))
    clf = fitted(X=ragged)
    p, _ = clf.step(ragged.values[:: len(X[0])], clf.initial_state(N))
    assert_allclose(p, clf.predict_proba(X[:, :1]), rtol=0, atol=1e-12)
