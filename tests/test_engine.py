"""engine="numba" in the estimators: NumPy's numbers, and NumPy's way without numba."""

import os
import pickle
import subprocess
import sys
import warnings

import numpy as np
import pytest
from helpers import LateGRU, MyCell, ragged_data
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.base import clone
from sklearn.model_selection import cross_val_score

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
from sksequence.cells import (
    CELLS,
    Cell,
    GRUCell,
    LSTMCell,
    brings_compiled,
    equations_of,
    with_engine,
)
from sksequence.estimators import ESTIMATORS
from sksequence.inspection import trace

pytest.importorskip("numba")
from sksequence.cells.compiled import CompiledCell

X, Y = ragged_data(24)
TAGS = [np.arange(len(x)) % 2 for x in X]
SPARSE = RaggedArray.from_concatenated(
    sparse.csr_matrix(np.concatenate(X) * (np.concatenate(X) > 0.5)),
    [len(x) for x in X],
)
IDS = [[(7 * k + t) % 9 for t in range(1 + k % 5)] for k in range(24)]
TEXTS = ["abba", "ab", "baab", "b", "abab", "aab"] * 4
REVERSED = [text[::-1] for text in TEXTS]

SMALL = {"max_iter": 3, "random_state": 0}
CHARS = {"analyzer": "char", "embedding_dim": 3, "dtype": "float64"}
PAIRS = {"source_analyzer": "char", "target_analyzer": "char"}
PAIRS |= {"embedding_dim": 3, "dtype": "float64"}

# name: (estimator, arguments of fit)
CASES = {
    "classifier": (RNNClassifier(6), (X, Y)),
    "regressor": (RNNRegressor((5, 4), "lstm"), (X, Y.astype(float))),
    "tagger": (RNNTagger(5, "gru_simple"), (X, TAGS)),
    "step regressor": (RNNStepRegressor(5, "rnn"), (X, [x[:, 0] for x in X])),
    "language model": (RNNLanguageModel(6, "lstm_peephole", **CHARS), (TEXTS,)),
    "generator": (RNNGenerator(6, **CHARS), (np.eye(24)[:, :3], TEXTS)),
    "translator": (RNNTranslator((4, 3), "lstm", **PAIRS), (TEXTS, REVERSED)),
    "crf": (RNNTagger(4, decoder="crf", recurrent_dropout=0.2), (X, TAGS)),
    "deep": (RNNClassifier((5, 4), dropout=0.2, recurrent_dropout=0.3), (X, Y)),
    "sparse steps": (RNNClassifier(4, "rnn"), (SPARSE, Y)),
    "embedding": (RNNClassifier(4, embedding_dim=3, dtype="float64"), (IDS, Y)),
    "attention": (RNNClassifier(4, pooling="attention"), (X, Y)),
    "translator with attention": (
        RNNTranslator(4, attention="additive", **PAIRS),
        (TEXTS, REVERSED),
    ),
    "early stopping": (RNNClassifier(4, "rnn_relu", early_stopping=True), (X, Y)),
    "weights": (RNNRegressor(4), (X, Y.astype(float), 1.0 + Y)),
}
assert {type(estimator).__name__ for estimator, _ in CASES.values()} == {*ESTIMATORS}

every_case = pytest.mark.parametrize("name", CASES)
every_estimator = pytest.mark.parametrize("name", list(CASES)[: len(ESTIMATORS)])


def make(name, engine, **settings):
    return clone(CASES[name][0]).set_params(**SMALL, engine=engine, **settings)


def fit(name, engine="numba", **settings):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # it stopped early
        return make(name, engine, **settings).fit(*CASES[name][1])


def assert_same_weights(found, expected):
    assert found.theta_.dtype == expected.theta_.dtype == np.float64
    assert_allclose(found.theta_, expected.theta_, rtol=1e-6, atol=1e-9)
    assert_allclose(found.loss_curve_, expected.loss_curve_, rtol=1e-9)


def everything(value):
    """The numbers and the other things in nested lists and arrays, in order."""
    if isinstance(value, RaggedArray):
        value = value.values
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if not isinstance(value, (list, tuple)):
        return ([value], []) if isinstance(value, float) else ([], [value])
    numbers, others = [], []
    for found in map(everything, value):
        numbers += found[0]
        others += found[1]
    return numbers, others


def assert_same(found, expected):
    (numbers, others), (of_numpy, others_of_numpy) = map(everything, (found, expected))
    assert others == others_of_numpy
    assert_allclose(numbers, of_numpy, rtol=1e-6, atol=1e-9)


def calls(model, X, *targets):
    """What the methods of a fitted model give, by name."""
    found = {}
    for method in ("predict", "predict_proba", "decision_function", "transform"):
        if hasattr(model, method):
            found[method] = getattr(model, method)(X)
    if isinstance(model, RNNLanguageModel):
        found["score_samples"] = model.score_samples(X)
        found["sample"] = model.sample(20, random_state=0)
        found["beam_search"] = model.beam_search(n_best=2)
        state = model.initial_state(2)
        for tokens in ("ab", "ba"):
            found[f"step {tokens}"], state = model.step([*tokens], state)
    elif isinstance(model, (RNNGenerator, RNNTranslator)):
        found["predict_n_best"] = model.predict_n_best(X, beam_size=3)
        found["sample"] = model.sample(X, 2, random_state=0)
        found["score_samples"] = model.score_samples(X, *targets[:1])
    return found


# -- NumPy's numbers -------------------------------------------------------------------


@every_case
def test_fits_and_predictions_are_numpys(name):
    expected, found = fit(name, "numpy"), fit(name)
    assert_same_weights(found, expected)
    for engine in ("numba", "numpy"):  # set_params is enough to change who predicts
        found.set_params(engine=engine)
        for method, value in calls(found, *CASES[name][1]).items():
            assert_same(value, calls(expected, *CASES[name][1])[method])


@every_case
def test_the_engine_that_is_asked_for_runs(name, monkeypatch):
    """And no other: what is compared above are two ways, not one."""
    from sksequence.cells.compiled._base import CompiledCell

    def fails(*args):
        raise AssertionError

    found, data = fit(name), CASES[name][1]
    expected = calls(found, *data)
    monkeypatch.setattr("sksequence.cells._base.run_steps", fails)
    monkeypatch.setattr("sksequence.cells._base.one_step", fails)
    monkeypatch.setattr("sksequence.cells._base.run_steps_back", fails)
    assert_array_equal(fit(name).theta_, found.theta_)  # the same bits
    for method, value in calls(found, *data).items():
        assert_same(value, expected[method])
    found.set_params(engine="numpy")
    with pytest.raises(AssertionError):
        calls(found, *data)
    monkeypatch.undo()
    monkeypatch.setattr(CompiledCell, "run", fails)
    monkeypatch.setattr(CompiledCell, "one_step", fails)
    for method, value in calls(found, *data).items():
        assert_same(value, expected[method])


@every_estimator
def test_float32_and_two_threads(name):
    data = CASES[name][1]
    settings = {"dtype": "float32"}
    alone = fit(name, **settings)
    assert alone.theta_.dtype == np.float32
    together = fit(name, n_jobs=2, **settings)
    assert_array_equal(together.theta_, alone.theta_)
    expected = everything(calls(alone, *data)["predict"])
    assert everything(calls(together, *data)["predict"]) == expected
    assert_allclose(alone.theta_, fit(name, "numpy", **settings).theta_, atol=1e-3)


@every_case
def test_two_threads_share_the_work(name, monkeypatch):
    """However little there is of it; sums are then made in another order."""
    for constant in (
        "cells.compiled._team.SHARED_WORK",
        "cells._tape.SHARED_PRODUCTS",
        "objectives._pairs.SHARED_STEP_SIZE",
        "estimators._batches.WORK_OF_A_THREAD",
    ):
        monkeypatch.setattr(f"sksequence.{constant}", 1)
    data = CASES[name][1]
    alone, together, again = (fit(name, n_jobs=n_jobs) for n_jobs in (1, 2, 2))
    assert_same_weights(together, alone)
    assert_array_equal(again.theta_, together.theta_)
    expected = calls(alone, *data)
    for method, value in calls(together, *data).items():
        assert_same(value, expected[method])


@every_estimator
def test_going_on(name):
    """warm_start and partial_fit, from one engine to the other."""
    data = CASES[name][1]
    models = [make(name, engine, warm_start=True) for engine in ("numpy", "numba")]
    for _ in range(2):
        for model in models:
            model.fit(*data)
    assert_same_weights(models[1], models[0])
    more = [make(name, engine) for engine in ("numpy", "numba")]
    classes = {"classes": np.unique(Y)} if name == "classifier" else {}
    for engine in ("numpy", "numba", "numba"):
        more[0].partial_fit(*data, **classes)
        more[1].set_params(engine=engine).partial_fit(*data, **classes)
    assert_same_weights(more[1], more[0])


@every_estimator
def test_copies(name):
    data, model = CASES[name][1], fit(name)
    assert clone(model).engine == "numba"
    again = pickle.loads(pickle.dumps(model))
    assert_array_equal(again.theta_, model.theta_)
    expected = everything(model.predict(data[0]))
    assert everything(again.predict(data[0])) == expected


@every_estimator
def test_traces(name):
    x, *y = (values[0] for values in CASES[name][1])
    expected, found = (
        trace(fit(name, e), x, *y, gradients=True) for e in ("numpy", "numba")
    )
    assert list(found) == list(expected)
    for key, value in expected.items():
        assert_same(found[key], value)
    assert list(found.gradients) == list(expected.gradients)
    for key, value in expected.gradients.items():
        assert_same(found.gradients[key], value)


def test_in_a_search():
    scores = [
        cross_val_score(make("classifier", engine), X, Y, cv=2, n_jobs=2)
        for engine in ("numpy", "numba")
    ]
    assert_array_equal(*scores)


@pytest.mark.parametrize("engine", ["numpy", "numba"])
def test_states_that_overflow_are_named(engine):
    steps = [np.ones((10, 1)) * (1 + k % 2) for k in range(20)]
    model = RNNRegressor(8, "rnn_relu", standardize=False, engine=engine, **SMALL)
    model.fit(steps, np.arange(20) % 2)
    U = model.params_["rnn0.U"]
    U[:] = np.abs(U) * 1.5 / np.abs(np.linalg.eigvals(np.abs(U))).max()
    longer = [steps[0], np.ones((20_000, 1))]
    with pytest.warns(UserWarning, match=r"overflow on X\[1\] \(20,000 steps\)"):
        predicted = model.predict(longer)
    assert np.isfinite(predicted).all()
    model.theta_[:] = np.nan
    with pytest.warns(UserWarning, match="not finite"):
        model.predict(steps)


# -- cells of one's own ----------------------------------------------------------------


class Halved(LSTMCell):
    """An LSTM of half the output: it inherits ``compiled``, which must not be used."""

    def step(self, weights, z, h, before, after, saved, work):
        super().step(weights, z, h, before, after, saved, work)
        after[0][:] *= 0.5

    def local_derivatives(self, z, before, after, saved, local):
        full = [2 * after[0], *after[1:]]
        super().local_derivatives(z, before, full, saved, local)
        local[2] *= 0.5
        local[4] *= 0.5


def test_only_compiled_loops_need_not_wait_for_their_turn(monkeypatch):
    """A user's cell keeps Python's lock, whatever the engine."""
    sizes = []

    def in_turn(size, function, *args, **kwargs):
        sizes.append(size)
        return function(*args, **kwargs)

    monkeypatch.setattr("sksequence.estimators._base.in_turn", in_turn)
    for cell, engine, expected in (
        ("lstm", "numpy", len(X) * 5),
        ("lstm", "numba", np.inf),
        (MyCell(), "numba", len(X) * 5),
    ):
        clf = RNNClassifier(5, cell=cell, engine=engine, max_iter=1)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            clf.fit(X, Y)
        sizes.clear()
        clf.predict(X)
        assert set(sizes) == {expected}


@pytest.mark.parametrize("cell", [MyCell(), Halved()], ids=["MyCell", "Halved"])
def test_a_cell_without_compiled_loops(cell):
    assert not brings_compiled(cell)
    assert with_engine(cell, "numba") is cell
    settings = {"cell": cell, **SMALL}
    expected = RNNClassifier(4, **settings).fit(X, Y)
    model = RNNClassifier(4, engine="numba", **settings)
    with pytest.warns(UserWarning, match="has no compiled loops.*NumPy") as caught:
        model.fit(X, Y)
    assert len(caught) == 1
    assert type(cell).__name__ in str(caught[0].message)
    assert_array_equal(model.theta_, expected.theta_)
    assert_array_equal(model.predict(X), expected.predict(X))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("reset_after", [False, True])
def test_a_cell_that_starts_with_other_values_is_compiled(reset_after):
    cell = LateGRU(reset_after)
    assert equations_of(cell) is GRUCell
    settings = {"cell": cell, **SMALL}
    expected = RNNClassifier(4, **settings).fit(X, Y)
    model = RNNClassifier(4, engine="numba", **settings).fit(X, Y)
    directions = model._network.layers["rnn0"].layers.values()
    assert all(isinstance(layer.cell, CompiledCell) for layer in directions)
    assert_allclose(model.theta_, expected.theta_, rtol=0, atol=1e-9)
    biases = expected.params_["rnn0.forward.b"], model.params_["rnn0.backward.b"]
    assert np.max(biases) < -2  # its init was asked
    again = pickle.loads(pickle.dumps(model))
    assert_array_equal(again.predict_proba(X), model.predict_proba(X))


def test_whose_equations_a_cell_has():
    class Both(LateGRU):
        pass

    class Other(LateGRU):
        n_sigmoid = 1

    assert equations_of(Both()) is GRUCell
    assert equations_of(Other()) is Other
    assert equations_of(Halved()) is Halved
    assert equations_of(GRUCell()) is GRUCell
    assert not brings_compiled(Cell())


def test_an_engine_that_there_is_not():
    model = fit("classifier").set_params(engine="torch")
    message = "engine must be 'numpy' or 'numba'. Got 'torch' instead."
    with pytest.raises(ValueError, match=message):
        model.predict(X)
    with pytest.raises(ValueError, match="must be 'numpy' or 'numba'. Got None"):
        with_engine(LSTMCell(), None)
    with pytest.raises(ValueError, match="'engine' parameter of RNNClassifier must be"):
        model.fit(X, Y)


def test_all_cells_of_the_library_have_compiled_loops():
    assert all(brings_compiled(cell) for cell in CELLS.values())
    with pytest.raises(NotImplementedError, match="Cell has no compiled loops"):
        Cell().compiled()


# -- numba itself ----------------------------------------------------------------------

FIT = """
from sksequence import RNNClassifier
X, y = [[[0.0], [1.0]], [[1.0]]] * 4, [0, 1] * 4
settings = {"max_iter": 1, "random_state": 0}
"""
WITHOUT_NUMBA = """
import sys
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("numba", "llvmlite"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Blocker())
"""


def run(code, **environment):
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split("\n")[:-1]


def test_numba_is_imported_when_it_is_asked_for():
    code = FIT + (
        "import sys\n"
        "RNNClassifier(2, **settings).fit(X, y).predict(X)\n"
        "print('numba' in sys.modules)\n"
        "RNNClassifier(2, engine='numba', **settings)\n"
        "print('numba' in sys.modules)\n"
    )
    assert run(code) == ["False", "False"]


def test_without_numba():
    code = (
        WITHOUT_NUMBA
        + FIT
        + (
            "model = RNNClassifier(2, **settings).fit(X, y)\n"
            "print(len(model.predict(X)))\n"
            "for call in (model.fit, model.predict):\n"
            "    model.set_params(engine='numba')\n"
            "    try:\n"
            "        call(X) if call == model.predict else call(X, y)\n"
            "    except ImportError as error:\n"
            "        print(error)\n"
            "print(len(model.set_params(engine='numpy').predict(X)))\n"
        )
    )
    message = (
        "engine='numba' needs numba, which is not installed. Install it with 'pip "
        "install sksequence[fast]'."
    )
    assert run(code) == ["8", message, message, "8"]


@pytest.mark.parametrize("setting", ["enable", "disable"])
@pytest.mark.parametrize("begin", ["", WITHOUT_NUMBA], ids=["numba", "none"])
def test_garbage_is_collected_as_before(setting, begin):
    code = (
        f"import gc\n{begin}{FIT}gc.{setting}()\n"
        "try:\n"
        "    RNNClassifier(2, engine='numba', **settings).fit(X, y)\n"
        "except ImportError:\n"
        "    pass\n"
        "print(gc.isenabled())\n"
    )
    assert run(code) == [str(setting == "enable")]


def test_a_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "file").touch()
    code = FIT + (
        "model = RNNClassifier(2, 'rnn', **settings).fit(X, y)\n"
        "print(len(model.set_params(engine='numba').predict(X)))\n"
    )
    assert run(code, NUMBA_CACHE_DIR=str(tmp_path / "file" / "folder")) == ["8"]
