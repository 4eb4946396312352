"""Exported models say in ONNX Runtime what the estimators say.

``benchmarks/onnx_parity.py`` has all combinations; here are some of each.
"""

import json
import sys

import numpy as np
import pytest
from helpers import ALL_CELLS, LateGRU, MyCell
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.cluster import KMeans
from sklearn.compose import make_column_transformer
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction import DictVectorizer
from sklearn.impute import SimpleImputer
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    Binarizer,
    FunctionTransformer,
    OneHotEncoder,
    PolynomialFeatures,
    SplineTransformer,
    StandardScaler,
)

from sksequence import (
    RaggedArray,
    RNNClassifier,
    RNNGenerator,
    RNNLanguageModel,
    RNNRegressor,
    RNNStepRegressor,
    RNNTagger,
    RNNTranslator,
)
from sksequence.cells import LSTMCell
from sksequence.onnx import register_skl2onnx, to_onnx
from sksequence.preprocessing import (
    ByIndex,
    Downsample,
    ForwardFill,
    PerStep,
    ScaleEachSequence,
    StackFrames,
    TokenEncoder,
)

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")

RNG = np.random.default_rng(0)
LENGTHS = RNG.permutation([9, 9, 1, 4, 2, 7, 3, 3, 6, 5, 8, 1])
X = RaggedArray.from_sequences(
    [RNG.standard_normal((n, 3)) * [1, 5, 0.1] + [0, 3, 0] for n in LENGTHS]
)
IDS = RaggedArray.from_sequences([RNG.integers(0, 7, n) for n in LENGTHS])
Y = np.arange(len(X)) % 3
SUMS = [x.cumsum(axis=0)[:, :2] for x in X]
TAGS = [np.array(["no", "yes", "maybe"])[(s[:, 0] // 1 % 3).astype(int)] for s in SUMS]
WITHOUT = ("lstm peephole previous", "a user's")
CELLS_OF_ONNX = [name for name in ALL_CELLS if name not in WITHOUT]
FEW = {"max_iter": 1, "random_state": 0, "dropout": 0.0}


def stirred(estimator, size=0.3):
    """A fitted estimator whose weights are all random: no gate is idle."""
    rng = np.random.default_rng(1)
    for name, values in estimator.params_.items():
        if "standardize" not in name:
            values += size * rng.standard_normal(values.shape)
    return estimator


def fitted(estimator, X=X, y=Y, size=0.3):
    return stirred(estimator.set_params(**FEW).fit(X, y), size)


def session_of(model):
    return onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )


def run(model, X=X, dtype=np.float64, fill=np.nan):
    """The outputs by name."""
    session = session_of(model)
    values, lengths = X.to_padded(fill)
    given = {"X": values.astype(dtype), "lengths": lengths}
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, given)))


def assert_steps(outputs, expected, lengths=LENGTHS, atol=1e-5):
    """What comes out of the steps that there are."""
    assert len(outputs) == len(expected)
    for out, array, n in zip(outputs, expected, lengths):
        if array.dtype.kind == "f":
            assert_allclose(out[:n], array, rtol=1e-5, atol=atol)
        else:
            assert_array_equal(out[:n], array)


# -- classifiers -----------------------------------------------------------------------

# (cell, pooling, bidirectional, layers, dense, dtype): each value with many others.
MANY = [
    (
        cell,
        ["last", "mean", "max", "concat", "attention"][(k + 2 * j) % 5],
        bool((k + j) % 2),
        [(5,), (4, 5), (4, 3, 5)][(k + j) % 3],
        [(), (6,)][(k // 2 + j) % 2],
        ["float32", "float64"][(k + j // 2) % 2],
    )
    for k, cell in enumerate(CELLS_OF_ONNX)
    for j in range(2)
]


@pytest.mark.parametrize("setting", MANY, ids=lambda s: "-".join(map(str, s[:3])))
def test_classifiers_agree(setting):
    cell, pooling, bidirectional, sizes, dense, dtype = setting
    clf = RNNClassifier(
        sizes,
        cell=ALL_CELLS[cell],
        pooling=pooling,
        bidirectional=bidirectional,
        dense_layer_sizes=dense,
        dense_activation="tanh" if dense else "relu",
        dtype=dtype,
    )
    clf = fitted(clf)
    found = run(to_onnx(clf), dtype=dtype)
    p = clf.predict_proba(X)
    assert np.ptp(p, axis=0).min() > 0.01  # they are not all the same
    assert_allclose(found["probabilities"], p, rtol=0, atol=1e-5)
    assert_array_equal(found["label"], clf.predict(X))


@pytest.mark.parametrize("activation", ["identity", "relu", "tanh", "logistic"])
def test_dense_layers_agree(activation):
    clf = fitted(
        RNNClassifier(4, dense_layer_sizes=(5, 4), dense_activation=activation)
    )
    p = run(to_onnx(clf))["probabilities"]
    assert_allclose(p, clf.predict_proba(X), rtol=0, atol=1e-5)


def test_neither_company_nor_padding_matters():
    model = to_onnx(fitted(RNNClassifier(5, cell="lstm", pooling="concat")))
    whole = run(model)["probabilities"]
    session = session_of(model)
    for x, p in zip(X, whole):
        for fill, more in [(0, 0), (np.nan, 3), (1e30, 1)]:
            padded = np.full((1, len(x) + more, 3), float(fill))
            padded[0, : len(x)] = x
            given = {"X": padded, "lengths": np.array([len(x)])}
            alone = session.run(["probabilities"], given)[0]
            assert_allclose(alone[0], p, rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("y", "dtype"),
    [
        (np.array([5, -3])[Y % 2], np.int64),
        (np.array(["b", "a"])[Y % 2], object),
        (np.array(["c", "a", "b"], object)[Y], object),
        (Y % 2 == 0, bool),
        (np.array([0.0, 2.0])[Y % 2], np.float64),
        (np.tri(3, dtype=int)[Y], np.int64),
    ],
    ids=["ints", "two strings", "three strings", "bools", "floats", "rows"],
)
def test_labels_are_those_of_fit(y, dtype):
    clf = fitted(RNNClassifier(4, standardize=False), y=y)
    found = run(to_onnx(clf))
    labels = clf.predict(X)
    assert len(np.unique(labels)) > 1
    assert found["label"].dtype == dtype
    assert_array_equal(found["label"], labels)
    assert_allclose(found["probabilities"], clf.predict_proba(X), rtol=0, atol=1e-5)


# -- one step at a time ----------------------------------------------------------------


def states_of(session, n):
    """Zeros, as before the first step."""
    return [
        np.zeros((n, value.shape[1]), np.float32) for value in session.get_inputs()[1:]
    ]


def check_step_by_step(model, X, staged, output):
    """Each step gives what the sequences up to it give, with states of their own."""
    session = session_of(model)
    names = [value.name for value in session.get_inputs()]
    outputs = [value.name for value in session.get_outputs()]
    assert outputs[-len(names) + 1 :] == [f"{name}_next" for name in names[1:]]
    states, n_others = states_of(session, len(X)), len(outputs) - len(names) + 1
    for t in range(X.lengths.max()):
        going = X.lengths > t
        if not going.all():  # sequences may end
            X, staged = X[going], staged[going]
            states = [state[going] for state in states]
        given = dict(zip(names, [np.stack([x[t] for x in X]), *states]))
        found = session.run(None, given)
        states = found[n_others:]
        expected = np.stack([s[t] for s in staged])
        assert_allclose(found[outputs.index(output)], expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("k", range(len(CELLS_OF_ONNX)))
def test_classifiers_agree_step_by_step(k):
    clf = RNNClassifier(
        [(5,), (4, 3)][k % 2],
        cell=ALL_CELLS[CELLS_OF_ONNX[k]],
        pooling=["concat", "attention", "max", "mean", "last"][k % 5],
        dense_layer_sizes=[(), (6,)][k // 2 % 2],
        bidirectional=False,
        dtype=["float64", "float32"][k % 2],
    )
    clf = fitted(clf, y=Y % (2 + k % 2))
    given = X.with_values(X.values.astype(clf.dtype))
    staged = clf.staged_predict_proba(given)
    check_step_by_step(to_onnx(clf, step=True), given, staged, "probabilities")


def test_estimators_of_steps_agree_step_by_step():
    tagger = fitted(RNNTagger(4, bidirectional=False), y=TAGS)
    model = to_onnx(tagger, step=True)
    check_step_by_step(model, X, tagger.predict_proba(X), "probabilities")
    reg = fitted(RNNStepRegressor(4, loss="poisson"), y=[np.abs(s) for s in SUMS])
    check_step_by_step(to_onnx(reg, step=True), X, reg.predict(X), "prediction")
    reg = fitted(RNNRegressor(4), y=np.array([s[-1] for s in SUMS]))
    model = to_onnx(reg, step=True)
    assert [value.name for value in model.graph.input] == ["X", "rnn0_h"]
    check_step_by_step(model, X, reg.staged_predict(X), "prediction")


def test_tokens_step_by_step():
    clf = fitted(RNNClassifier(4, embedding_dim=3, bidirectional=False), IDS)
    model = to_onnx(clf, step=True)
    check_step_by_step(model, IDS, clf.staged_predict_proba(IDS), "probabilities")


def test_attention_to_steps_of_very_different_scores():
    clf = fitted(RNNClassifier(4, pooling="attention", bidirectional=False))
    clf.params_["pooling.v"][:] = [300, -300, 200, 100]
    staged = clf.staged_predict_proba(X)
    check_step_by_step(to_onnx(clf, step=True), X, staged, "probabilities")


def test_what_cannot_be_said_step_by_step():
    with pytest.raises(ValueError, match="both directions"):
        to_onnx(RNNClassifier(2, **FEW).fit(X, Y), step=True)
    tagger = RNNTagger(2, bidirectional=False, decoder="crf", **FEW).fit(X, TAGS)
    with pytest.raises(ValueError, match="CRF"):
        to_onnx(tagger, step=True)
    pipe = make_pipeline(StackFrames(), RNNClassifier(2, bidirectional=False, **FEW))
    with pytest.raises(ValueError, match="StackFrames looks at other steps"):
        to_onnx(pipe.fit(X, Y), step=True)
    with pytest.raises(ValueError, match="'step' parameter of to_onnx"):
        to_onnx(pipe, step="yes")


# -- regressors ------------------------------------------------------------------------

LOSSES = ["squared_error", "absolute_error", "huber", "quantile", "poisson"]


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("n_outputs", [None, 2])
def test_regressors_agree(loss, n_outputs):
    y = 1000 + np.array([s[-1] for s in SUMS])
    y = y[:, 0] if n_outputs is None else y[:, :n_outputs]
    quantile = 0.8 if loss == "quantile" else 0.5
    reg = fitted(RNNRegressor(5, loss=loss, quantile=quantile), y=y, size=0.1)
    found = run(to_onnx(reg))["prediction"]
    assert found.dtype == np.float64
    assert_allclose((found - reg.predict(X)) / reg.y_scale_, 0, atol=1e-5)


@pytest.mark.parametrize("outputs", [0, slice(0, 1), slice(0, 2)])
@pytest.mark.parametrize("loss", ["huber", "poisson"])
def test_step_regressors_agree(outputs, loss):
    y = [np.abs(s[:, outputs]) for s in SUMS]
    reg = fitted(RNNStepRegressor((4, 5), loss=loss, bidirectional=True), y=y, size=0.1)
    assert_steps(run(to_onnx(reg))["prediction"], reg.predict(X))


def test_numbers_of_any_unit_and_offset():
    """What float32 does not hold: inputs and targets far from zero."""
    far = X.with_values(X.values * 1e-3 + 1e6)
    y = 1e9 + Y * 1.0
    reg = fitted(RNNRegressor(4), far, y)
    found = run(to_onnx(reg), far)["prediction"]
    assert np.ptp(reg.predict(far)) > 0.01
    assert_allclose(found, reg.predict(far), rtol=0, atol=1e-5)


# -- taggers ---------------------------------------------------------------------------


def best_labels(scores, A):
    """The decoder of the guide."""
    best, back = A[-1, :-1] + scores[0], []
    for of_step in scores[1:]:
        total = best[:, None] + A[:-1, :-1]
        back.append(total.argmax(axis=0))
        best = total.max(axis=0) + of_step
    labels = [(best + A[:-1, -1]).argmax()]
    for before in reversed(back):
        labels.append(before[labels[-1]])
    return labels[::-1]


@pytest.mark.parametrize("y", [TAGS, [s > 0 for s in SUMS]], ids=["labels", "rows"])
def test_taggers_agree(y):
    y = [labels.astype(int) if labels.dtype == bool else labels for labels in y]
    tagger = fitted(RNNTagger((4, 5)), y=y)
    found = run(to_onnx(tagger))
    assert_steps(found["label"], tagger.predict(X))
    assert_steps(found["probabilities"], tagger.predict_proba(X))


@pytest.mark.parametrize("decoder", ["softmax", "crf"])
def test_chains_of_labels_can_be_decoded(decoder):
    y = [np.where(s[:, 0] > np.arange(len(s)), "up", "down") for s in SUMS]
    tagger = RNNTagger(5, decoder=decoder, constraints=[("up", "up"), (None, "up")])
    y = [np.resize(["down", "up"], len(labels)) for labels in y]
    tagger = fitted(tagger, y=y)
    found = run(to_onnx(tagger))
    assert found.keys() == {"scores", "transitions"}
    H = tagger.transform(X)
    scores = H.values @ tagger.params_["output.W"] + tagger.params_["output.b"]
    assert_steps(found["scores"], list(H.with_values(scores)))
    labels = [
        tagger.classes_[best_labels(s[:n], found["transitions"])]
        for s, n in zip(found["scores"], LENGTHS)
    ]
    assert_steps(labels, tagger.predict(X))


# -- tokens ----------------------------------------------------------------------------


def test_token_ids_agree():
    clf = fitted(RNNClassifier(5, embedding_dim=4, n_tokens=9), IDS)
    found = run(to_onnx(clf), IDS, np.int64, fill=0)
    assert_allclose(found["probabilities"], clf.predict_proba(IDS), rtol=0, atol=1e-5)


@pytest.mark.parametrize("embedding_dim", [None, 4])
def test_sparse_steps_are_dense_in_a_model(embedding_dim):
    dense = IDS.with_values(np.eye(7)[IDS.values] * 3)
    some = [sparse.csr_matrix(x) for x in dense]
    clf = fitted(RNNClassifier(5, embedding_dim=embedding_dim), some)
    p = run(to_onnx(clf), dense)["probabilities"]
    assert_allclose(p, clf.predict_proba(some), rtol=0, atol=1e-5)


TEXTS = ["banana", "ban", "nab", "cabana", "a", "can", "cab"]


@pytest.mark.parametrize(
    "settings",
    [
        {"cell": "lstm", "hidden_layer_sizes": (5, 4)},
        {"tie_weights": True, "embedding_dim": 6, "hidden_layer_sizes": 6},
        {"output": "sampled", "cell": "gru_simple"},
        {"contiguous": True, "cell": "lstm_peephole"},
    ],
    ids=lambda settings: next(iter(settings)),
)
def test_language_models_agree_step_by_step_and_at_once(settings):
    lm = RNNLanguageModel(**{"hidden_layer_sizes": 5, "analyzer": "char"} | settings)
    lm = stirred(lm.set_params(**FEW).fit(TEXTS))
    model = to_onnx(lm)
    about = {e.key: json.loads(e.value) for e in model.metadata_props[2:]}
    tokens = about["tokens"]
    assert tokens == lm.tokens_.tolist()
    assert tokens[about["end"]] == "</s>"
    session = session_of(model)
    names = [value.name for value in session.get_inputs()]
    outputs = [value.name for value in session.get_outputs()]
    assert outputs == ["log_probabilities", *(f"{name}_next" for name in names[1:])]
    zeros = states_of(session, 1)
    ids = np.array([[tokens.index(c) for c in ["</s>", *"banana"]]])
    whole, *end = session.run(None, dict(zip(names, [ids, *zeros])))
    expected = lm.predict_proba(["banana"])[0]
    assert_allclose(np.exp(whole[0]), expected, rtol=0, atol=1e-5)
    states = zeros
    for k, p in enumerate(expected):
        given = dict(zip(names, [ids[:, k : k + 1], *states]))
        log_p, *states = session.run(None, given)
        assert_allclose(np.exp(log_p[0, 0]), p, rtol=0, atol=1e-5)
    for state, other in zip(states, end, strict=True):
        assert_allclose(state, other, rtol=0, atol=1e-5)


def test_a_language_model_of_integers():
    lm = RNNLanguageModel(4).set_params(**FEW).fit([[5, 7, 7], [7, 5]])
    model = to_onnx(lm)
    tokens = json.loads({e.key: e.value for e in model.metadata_props}["tokens"])
    assert tokens == lm.tokens_.tolist()


# -- static numbers --------------------------------------------------------------------

STATIC = RNG.standard_normal((len(X), 2)) * [1, 5] + [1e6, 0]
WITH_STATIC = X.with_static(STATIC, ["age", "weight"])


@pytest.mark.parametrize("pooling", ["last", "mean"])
@pytest.mark.parametrize("dense", [(), (5,)])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_static_numbers_agree(pooling, dense, dtype):
    far = 1e6 * (dtype == "float64")  # which float32 does not hold
    X = WITH_STATIC.with_static(STATIC - [1e6 - far, 0])
    clf = RNNClassifier(4, pooling=pooling, dense_layer_sizes=dense, dtype=dtype)
    clf = fitted(clf, X)
    model = to_onnx(clf)
    assert [value.name for value in model.graph.input] == ["X", "lengths", "static"]
    values, lengths = X.to_padded()
    given = {"X": values, "lengths": lengths, "static": X.static}
    given = {k: a.astype(dtype) if k != "lengths" else a for k, a in given.items()}
    p = session_of(model).run(["probabilities"], given)[0]
    assert_allclose(p, clf.predict_proba(X), rtol=0, atol=1e-5)


def test_static_numbers_beside_steps_and_through_a_pipeline():
    reg = make_pipeline(StackFrames(1, 0), RNNStepRegressor(4, **FEW))
    reg.fit(WITH_STATIC, SUMS)
    stirred(reg[-1], 0.1)
    model = to_onnx(reg)
    about = {entry.key: entry.value for entry in model.metadata_props}
    assert json.loads(about["static_names"]) == ["age", "weight"]
    values, lengths = X.to_padded()
    given = {"X": values, "lengths": lengths, "static": STATIC}
    found = session_of(model).run(["prediction"], given)[0]
    assert_steps(found, reg.predict(WITH_STATIC))


def test_static_numbers_in_skl2onnx(skl2onnx):
    types = skl2onnx.common.data_types
    given = [
        ("X", types.DoubleTensorType([None, None, 3])),
        ("lengths", types.Int64TensorType([None])),
        ("static", types.DoubleTensorType([None, 2])),
    ]
    pipe = pipe_of(Downsample(4), X=WITH_STATIC)
    model = skl2onnx.to_onnx(pipe, initial_types=given, target_opset=18)
    values, lengths = X.to_padded()
    feed = {"X": values, "lengths": lengths, "static": STATIC}
    p = session_of(model).run(["probabilities"], feed)[0]
    assert_allclose(p, pipe.predict_proba(WITH_STATIC), rtol=0, atol=1e-5)
    with pytest.raises(ValueError, match="X, lengths and static as inputs. Got X, len"):
        skl2onnx.to_onnx(pipe[-1], initial_types=given[:2])


def test_static_numbers_step_by_step():
    clf = fitted(RNNClassifier(4, bidirectional=False), WITH_STATIC)
    session = session_of(to_onnx(clf, step=True))
    names = [value.name for value in session.get_inputs()]
    assert names == ["X", "static", "rnn0_h", "pooling_n", "pooling_max"]
    staged, states = clf.staged_predict_proba(WITH_STATIC), states_of(session, 1)[1:]
    for row, p in zip(X[0], staged[0], strict=True):
        given = dict(zip(names, [row[None], STATIC[:1], *states]))
        _, found, *states = session.run(None, given)
        assert_allclose(found[0], p, rtol=0, atol=1e-5)


# -- pipelines -------------------------------------------------------------------------

HOLES = X.with_values(np.where(RNG.random(X.values.shape) < 0.3, np.nan, X.values))
HOLES.values[:, 2] = X.values[:, 2]
TRANSFORMERS = {
    "frames": StackFrames(2, 1),
    "frames and differences": StackFrames(0, 3, deltas=True),
    "downsample mean": Downsample(3),
    "downsample max": Downsample(4, how="max"),
    "downsample last": Downsample(2, how="last"),
    "downsample by 1": Downsample(60),
    "fill": ForwardFill(),
    "fill, elapsed": ForwardFill(add_elapsed=True),
    "fill only": ForwardFill(add_indicator=False),
    "scale": ScaleEachSequence(),
    "centre": ScaleEachSequence(with_std=False),
    "scale, not centre": ScaleEachSequence(with_mean=False),
}


def agrees(pipe, model, X=X, dtype=np.float64):
    found = run(model, X, dtype)
    p = pipe.predict_proba(X)
    assert np.ptp(p, axis=0).min() > 0.01
    assert_allclose(found["probabilities"], p, rtol=0, atol=1e-5)


def pipe_of(*transformers, X=X, dtype="float64"):
    clf = RNNClassifier(4, dtype=dtype, **FEW)
    pipe = make_pipeline(*transformers, clf).fit(X, Y)
    stirred(pipe[-1])
    return pipe


@pytest.mark.parametrize("name", TRANSFORMERS)
def test_transformers_agree(name):
    given = HOLES if "fill" in name else X
    dtype = "float32" if len(name) % 2 else "float64"
    given = given.with_values(given.values.astype(dtype))
    pipe = pipe_of(TRANSFORMERS[name], X=given, dtype=dtype)
    agrees(pipe, to_onnx(pipe), given, dtype)


def test_far_and_constant_features_are_scaled_alike():
    far = X.with_values(np.round(X.values * 2**9) / 2**20 * [1, 9, 0] + [1e9, 0, 0.1])
    pipe = pipe_of(ScaleEachSequence(), X=far)
    agrees(pipe, to_onnx(pipe), far)


def test_a_pipeline_of_several():
    pipe = pipe_of(ForwardFill(), "passthrough", StackFrames(1, 0), X=HOLES)
    agrees(pipe, to_onnx(pipe), HOLES)


@pytest.fixture(scope="module")
def skl2onnx():
    found = pytest.importorskip("skl2onnx")
    register_skl2onnx()
    return found


def test_per_step_agrees_step_by_step(skl2onnx):
    clf = RNNClassifier(4, bidirectional=False, **FEW)
    pipe = make_pipeline(PerStep(StandardScaler()), clf).fit(X, Y)
    staged = clf.staged_predict_proba(pipe[0].transform(X))
    check_step_by_step(to_onnx(pipe, step=True), X, staged, "probabilities")


def test_per_step_agrees(skl2onnx):
    for dtype in ("float32", "float64"):
        inner = make_pipeline(StandardScaler(), PCA(2))
        pipe = pipe_of(PerStep(inner), ForwardFill(), dtype=dtype)
        agrees(pipe, to_onnx(pipe))


def test_sequences_behind_an_index_go_in_themselves():
    pipe = make_pipeline(ByIndex(X), StackFrames(1, 0), RNNClassifier(4, **FEW))
    pipe.fit(np.arange(len(X))[:, None], Y)
    p = run(to_onnx(pipe))["probabilities"]
    expected = pipe.predict_proba(np.arange(len(X))[:, None])
    assert_allclose(p, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("scaler", ["StackFrames", "PerStep"])
def test_a_table_of_univariate_sequences(scaler, request):
    table = RNG.standard_normal((12, 6))
    if scaler == "PerStep":
        request.getfixturevalue("skl2onnx")
    first = {"StackFrames": StackFrames(), "PerStep": PerStep(StandardScaler())}
    pipe = pipe_of(first[scaler], X=table)
    given = {"X": table[..., None], "lengths": np.full(12, 6)}
    p = session_of(to_onnx(pipe)).run(["probabilities"], given)[0]
    assert_allclose(p, pipe.predict_proba(table), rtol=0, atol=1e-5)


def test_skl2onnx_converts_what_we_do(skl2onnx):
    types = skl2onnx.common.data_types
    given = [
        ("X", types.DoubleTensorType([None, None, 3])),
        ("lengths", types.Int64TensorType([None])),
    ]
    pipe = pipe_of(
        ForwardFill(add_elapsed=True),
        Downsample(4),
        PerStep(StandardScaler()),
        X=HOLES,
    )
    for zipmap in ({}, {"options": {id(pipe[-1]): {"zipmap": False}}}):
        model = skl2onnx.to_onnx(pipe, initial_types=given, target_opset=18, **zipmap)
        agrees(pipe, model, HOLES)
    reg = fitted(RNNRegressor(4))
    model = skl2onnx.convert_sklearn(reg, initial_types=given, target_opset=18)
    assert_allclose(run(model)["prediction"], reg.predict(X), rtol=0, atol=1e-5)
    clf = fitted(RNNClassifier(4, embedding_dim=3), IDS, np.array(["a", "b", "c"])[Y])
    given[0] = ("X", types.Int64TensorType([None, None]))
    model = skl2onnx.to_onnx(clf, initial_types=given, target_opset=18)
    assert_array_equal(run(model, IDS, np.int64, 0)["label"], clf.predict(IDS))


def test_skl2onnx_without_lengths(skl2onnx):
    """All sequences have all steps; and X may be of another precision."""
    whole = np.stack([x[:4] for x in X if len(x) >= 4])
    clf = fitted(RNNClassifier(4, pooling="mean"), whole, Y[: len(whole)])
    model = skl2onnx.to_onnx(clf, whole[:1].astype(np.float32), target_opset=18)
    p = session_of(model).run(["probabilities"], {"X": whole.astype(np.float32)})[0]
    assert_allclose(p, clf.predict_proba(whole), rtol=0, atol=1e-5)


def test_skl2onnx_is_told_what_cannot_be(skl2onnx):
    types = skl2onnx.common.data_types
    pipe = make_pipeline(TokenEncoder("char"), RNNClassifier(4, embedding_dim=3, **FEW))
    pipe.fit(TEXTS, [0, 1, 0, 1, 0, 1, 0])
    text = ("X", types.StringTensorType([None]))
    with pytest.raises(TypeError, match="TokenEncoder cannot be exported"):
        skl2onnx.to_onnx(pipe, initial_types=[text])
    clf = fitted(RNNClassifier(4))
    with pytest.raises(TypeError, match="X must be a tensor .* Got StringTensorType"):
        skl2onnx.to_onnx(clf, initial_types=[text])
    numbers = [(k, types.FloatTensorType([None, None, 3])) for k in "abc"]
    with pytest.raises(ValueError, match="takes X and lengths as inputs. Got a, b, c"):
        skl2onnx.to_onnx(clf, initial_types=numbers)


@pytest.mark.parametrize("within", [False, True])
def test_columns_that_are_selected_by_name(within):
    """Names of a frame are places of the rows that a model has."""
    pandas = pytest.importorskip("pandas")
    frames = [pandas.DataFrame(x, columns=list("abc")) for x in X]
    select = make_column_transformer(
        (StandardScaler(), ["c", "a"]), remainder="passthrough"
    )
    inner = make_pipeline(select, StandardScaler()) if within else select
    pipe = make_pipeline(PerStep(inner), RNNClassifier(4, **FEW)).fit(frames, Y)
    found = run(to_onnx(pipe), X)["probabilities"]
    assert_allclose(found, pipe.predict_proba(frames), rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    "columns", [[True, False, True], [-1], slice(0, 2), np.array([True, True, False])]
)
def test_columns_that_are_selected_otherwise(columns, skl2onnx):
    select = make_column_transformer((StandardScaler(), columns))
    pipe = make_pipeline(PerStep(select), RNNClassifier(4, **FEW)).fit(X, Y)
    found = run(to_onnx(pipe), X)["probabilities"]
    assert_allclose(found, pipe.predict_proba(X), rtol=0, atol=1e-5)


@pytest.mark.parametrize("transformer", [Binarizer(), KMeans(2, random_state=0)])
def test_a_converter_that_gives_other_values_is_refused(transformer, skl2onnx):
    whole = X.with_values(X.values.round())
    pipe = make_pipeline(PerStep(transformer), RNNClassifier(4, **FEW)).fit(whole, Y)
    with pytest.raises(TypeError, match="its ONNX converter makes .* is to become"):
        to_onnx(pipe)


@pytest.mark.parametrize("fill", [np.nan, 0.0, 7.0])
def test_padding_does_not_reach_transformers(fill, skl2onnx):
    some = X.with_values(np.abs(X.values).round() + 1)
    pipe = make_pipeline(PerStep(OneHotEncoder()), RNNClassifier(4, **FEW)).fit(some, Y)
    p = run(to_onnx(pipe), some, fill=fill)["probabilities"]
    assert_allclose(p, pipe.predict_proba(some), rtol=0, atol=1e-5)


@pytest.mark.filterwarnings("ignore:The feature 0 has the mean")
@pytest.mark.parametrize("first", [StackFrames(1, 0, deltas=True), ScaleEachSequence()])
def test_transformers_read_what_they_read_in_fit(first):
    far = X.with_values(X.values + 1e8)
    pipe = make_pipeline(first, RNNClassifier(4, **FEW, dtype="float32")).fit(far, Y)
    p = run(to_onnx(pipe), far)["probabilities"]
    assert_allclose(p, pipe.predict_proba(far), rtol=0, atol=1e-5)


@pytest.mark.parametrize("other", [np.uint64(2**63 + 5), "\ud800"])
def test_labels_that_onnx_cannot_hold(other):
    y = np.array([type(other)(0), other])[Y % 2]
    with pytest.raises(ValueError, match="ONNX has no type for labels of"):
        to_onnx(RNNClassifier(3, **FEW).fit(X, y))


def test_a_transformer_that_skl2onnx_does_not_know_is_named():
    pipe = make_pipeline(PerStep(SplineTransformer()), RNNClassifier(4, **FEW))
    pipe.fit(X, Y)
    with pytest.raises(TypeError, match=r"PerStep\(SplineTransformer\(\)\) cannot be"):
        to_onnx(pipe)


@pytest.mark.parametrize("transformer", [SimpleImputer(), PolynomialFeatures(2)])
def test_transformers_of_float32_only(transformer):
    """A model that no runtime loads is none: the error says so, and what helps."""
    pipe = make_pipeline(PerStep(transformer), RNNClassifier(4, **FEW))
    with pytest.raises(TypeError, match="cannot be exported.*X in fit is of float"):
        to_onnx(pipe.fit(X, Y))
    thin = X.with_values(X.values.astype(np.float32))
    model = to_onnx(pipe.fit(thin, Y))
    p = run(model, thin, np.float32, 0)["probabilities"]
    assert_allclose(p, pipe.predict_proba(thin), rtol=0, atol=1e-5)


def test_the_encoder_of_a_pipeline_is_in_the_metadata():
    pipe = make_pipeline(TokenEncoder("char"), RNNClassifier(4, embedding_dim=3, **FEW))
    pipe.fit(TEXTS, [0, 1, 0, 1, 0, 1, 0])
    model = to_onnx(pipe)
    tokens = json.loads({e.key: e.value for e in model.metadata_props}["tokens"])
    assert tokens == pipe[0].get_feature_names_out().tolist()
    ids = RaggedArray.from_sequences([[tokens.index(c) for c in t] for t in TEXTS])
    p = run(model, ids, np.int64, 0)["probabilities"]
    assert_allclose(p, pipe.predict_proba(TEXTS), rtol=0, atol=1e-5)


# -- the model -------------------------------------------------------------------------


def test_a_model_says_what_it_is():
    pandas = pytest.importorskip("pandas")
    frames = [pandas.DataFrame(x, columns=["a", "b", "c"]) for x in X]
    clf = fitted(RNNClassifier(4), frames, np.array(["u", "v", "w"])[Y])
    model = to_onnx(clf)
    about = {entry.key: entry.value for entry in model.metadata_props}
    assert about["estimator"] == "RNNClassifier"
    assert json.loads(about["classes"]) == ["u", "v", "w"]
    assert json.loads(about["feature_names"]) == ["a", "b", "c"]
    assert model.producer_name == "sksequence"
    assert model.producer_version == about["sksequence_version"]
    shapes = {
        value.name: [
            d.dim_param or d.dim_value for d in value.type.tensor_type.shape.dim
        ]
        for value in [*model.graph.input, *model.graph.output]
    }
    assert shapes == {
        "X": ["n_sequences", "n_steps", 3],
        "lengths": ["n_sequences"],
        "label": ["n_sequences"],
        "probabilities": ["n_sequences", 3],
    }
    onnx.checker.check_model(model, full_check=True)


@pytest.mark.parametrize("opset", [15, 18, 21])
def test_other_versions_of_operators(opset):
    clf = fitted(RNNClassifier(4, pooling="concat", cell="gru_simple"))
    model = to_onnx(clf, target_opset=opset)
    assert [(o.domain, o.version) for o in model.opset_import] == [("", opset)]
    p = run(model)["probabilities"]
    assert_allclose(p, clf.predict_proba(X), rtol=0, atol=1e-5)


def test_two_exports_are_equal_and_the_estimator_stays_as_it_is():
    clf = fitted(RNNClassifier(4))
    theta = clf.theta_.copy()
    first = to_onnx(clf).SerializeToString(deterministic=True)
    clf.set_params(cell="rnn", engine="numba")  # counts at the next fit
    assert to_onnx(clf).SerializeToString(deterministic=True) == first
    assert_array_equal(clf.theta_, theta)


def test_a_cell_that_starts_with_other_values():
    clf = fitted(RNNClassifier(4, cell=LateGRU(reset_after=True)))
    found = run(to_onnx(clf))["probabilities"]
    assert_allclose(found, clf.predict_proba(X), atol=1e-5)


# -- what cannot be --------------------------------------------------------------------


class Half(LSTMCell):
    """Of another class, with other equations."""

    def step(self, weights, z, h, before, after, saved, work):
        super().step(weights, z, h, before, after, saved, work)
        after[0][:] *= 0.5


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        (MyCell(), "no operator for the cell MyCell: only those of sksequence.cells"),
        (Half(), "no operator for the cell Half"),
        (
            LSTMCell(peephole="previous"),
            "no operator for LSTMCell.*'previous'.*current",
        ),
    ],
)
def test_cells_that_onnx_has_not(cell, message):
    with pytest.raises(ValueError, match=message):
        to_onnx(RNNClassifier(4, cell=cell, **FEW).fit(X, Y))


def test_estimators_that_cannot_be_exported():
    with pytest.raises(NotFittedError):
        to_onnx(RNNClassifier())
    with pytest.raises(NotFittedError):
        to_onnx(make_pipeline(StackFrames(), RNNClassifier()))
    with pytest.raises(TypeError, match="Got StandardScaler instead.$"):
        to_onnx(StandardScaler())
    with pytest.raises(TypeError, match="Got StackFrames instead.$"):
        to_onnx(make_pipeline(StackFrames()))
    for estimator in (RNNTranslator(), RNNGenerator()):
        with pytest.raises(TypeError, match="instead. It writes step by step"):
            to_onnx(estimator)
    search = GridSearchCV(RNNClassifier(2, **FEW), {"alpha": [0]}, cv=2).fit(X, Y)
    with pytest.raises(TypeError, match="Pass its best_estimator_.$"):
        to_onnx(search)


def test_labels_that_cannot_be_exported():
    days = np.array(["2020-01-01", "2021-01-01"], "M8[D]")[Y % 2]
    clf = RNNClassifier(2, **FEW).fit(X, days)
    with pytest.raises(ValueError, match=r"labels of datetime64\[D\], such as 2020-01"):
        to_onnx(clf)


def test_transformers_that_cannot_be_exported():
    pipe = make_pipeline(FunctionTransformer(), RNNClassifier(2, **FEW)).fit(X, Y)
    with pytest.raises(
        TypeError, match="FunctionTransformer cannot be .* StackFrames,"
    ):
        to_onnx(pipe)
    words = [[{"word": str(k)} for k in ids] for ids in IDS]
    pipe = make_pipeline(PerStep(DictVectorizer()), RNNClassifier(2, **FEW))
    with pytest.raises(TypeError, match="PerStep .* fitted on steps that are no rows"):
        to_onnx(pipe.fit(words, Y))
    pipe = make_pipeline(TokenEncoder("char"), RNNLanguageModel(2, **FEW)).fit(TEXTS)
    assert to_onnx(pipe).graph.input[0].name == "tokens"


@pytest.mark.parametrize("opset", [14, 1000, "17", None])
def test_versions_that_there_are_not(opset):
    clf = RNNClassifier(2, **FEW).fit(X, Y)
    with pytest.raises(ValueError, match=r"'target_opset' .* range \[15, \d+\]"):
        to_onnx(clf, target_opset=opset)


@pytest.mark.parametrize(
    ("module", "call"),
    [("onnx", lambda: to_onnx(RNNClassifier())), ("skl2onnx", register_skl2onnx)],
)
def test_what_is_missing_is_named(module, call, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=rf"{module}, .*pip install .*\[onnx\]"):
        call()
