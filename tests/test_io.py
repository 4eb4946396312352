"""Saved models: the same bits when loaded, and no file that does harm."""

import json
import os
import pickle
import re
import subprocess
import sys
import warnings
from pathlib import Path

import corrupted_files
import hostile_files
import numpy as np
import pytest
import saved_models
from helpers import MyCell
from saved_models import MODELS, X, Y, fitted, predictions
from scipy import sparse
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.callback import ProgressBar
from sklearn.decomposition import TruncatedSVD
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import make_scorer
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    StandardScaler,
)
from sklearn.tree import DecisionTreeClassifier

from sksequence import (
    RaggedArray,
    RNNClassifier,
    RNNRegressor,
    RNNTagger,
    __version__,
    _container,
    _pickling,
    metrics,
)
from sksequence.estimators import ESTIMATORS, VersionWarning
from sksequence.parallel import DataParallel
from sksequence.preprocessing import ByIndex, PerStep, TokenEncoder

pytest.importorskip("skops", minversion="0.16")

from sksequence import io
from sksequence.io._nodes import public_classes
from sksequence.io._objects import taken_apart


@pytest.fixture(scope="module")
def models():
    """name: (fitted model, what to predict)."""
    return {name: fitted(name) for name in MODELS}


@pytest.fixture(scope="module")
def clf(models):
    return models["RNNClassifier"][0]


@pytest.fixture(scope="module")
def folder(models, tmp_path_factory):
    """All models, saved."""
    folder = tmp_path_factory.mktemp("models")
    for name, (model, _) in models.items():
        io.save(model, folder / name)
    return folder


LOADER = """
import json, sys
from pathlib import Path
from saved_models import MODELS, predictions
from sksequence import io
folder = Path(sys.argv[1])
said = {}
for name, (_, arguments) in MODELS.items():
    X = None if arguments is None else arguments[0]
    said[name] = predictions(io.load(folder / name), X)
print(json.dumps(said))
"""


def test_another_process_predicts_the_same_bits(models, folder):
    tests = str(Path(__file__).parent)
    paths = [tests, *filter(None, [os.environ.get("PYTHONPATH")])]
    found = subprocess.run(
        [sys.executable, "-c", LOADER, str(folder)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
    )
    said = json.loads(found.stdout)
    for name, (model, given) in models.items():
        assert said[name] == json.loads(json.dumps(predictions(model, given))), name
        assert said[name] or given is None


def test_all_that_is_public_is_saved_here(models):
    assert ESTIMATORS.keys() <= models.keys()
    texts = "".join(taken_apart(model)["tree"] for model, _ in models.values())
    for name in public_classes():
        module, _, cls = name.rpartition(".")
        assert f'"__class__":"{cls}","__module__":"{module}"' in texts


@pytest.mark.parametrize("name", MODELS)
def test_what_is_loaded_is_what_was_saved(folder, name):
    """All of it, so that fits go on to the same bits; and equal models, equal files."""
    io.save(io.load(folder / name), folder / "again")
    assert (folder / "again").read_bytes() == (folder / name).read_bytes()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # few epochs, and parameters that do nothing
@pytest.mark.parametrize("name", ESTIMATORS)
def test_models_of_any_parameters(tmp_path, name):
    """Each parameter with each name that it may have, or with another number."""
    model, (X, Y) = MODELS[name]
    saved = set()
    for parameter, entry in model._parameters.items():
        named = re.findall(r"'([^'\s]+)'", " ".join(e.what for e in entry.expected))
        for value in [*named, 0.3]:
            if not any(kind.holds(value) for kind in entry.expected):
                continue
            changed = clone(model).set_params(**{"max_iter": 1, parameter: value})
            try:
                changed.fit(*(a for a in (X, Y) if a is not None))
            except ValueError:  # does not go with another one
                continue
            io.save(changed, tmp_path / "model")
            loaded = io.load(tmp_path / "model")
            assert predictions(loaded, X) == predictions(changed, X), (parameter, value)
            saved.add(parameter)
    assert {"cell", "solver", "dropout"} < saved


def test_fits_go_on_to_the_same_bits(models, folder):
    (_, (X, Y)), (model, _) = MODELS["to go on"], models["to go on"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # few epochs
        first = io.load(folder / "to go on").fit(X, Y)
        second = pickle.loads(pickle.dumps(model)).fit(X, Y)
    assert first.loss_curve_ == second.loss_curve_
    assert first.theta_.tobytes() == second.theta_.tobytes()


@pytest.mark.parametrize("mmap_mode", ["r", "c"])
def test_memory_maps(clf, tmp_path, monkeypatch, mmap_mode):
    monkeypatch.setattr(_container, "FEWEST_MAPPED", 1)
    io.save(clf, tmp_path / "clf")
    mapped = io.load(tmp_path / "clf", mmap_mode=mmap_mode)
    assert isinstance(mapped.theta_, np.memmap)
    assert mapped.theta_.flags.writeable == (mmap_mode == "c")
    assert predictions(mapped, X) == predictions(clf, X)
    io.save(mapped, tmp_path / "clf")  # in place of what it lies in
    assert predictions(mapped, X) == predictions(clf, X)
    assert predictions(io.load(tmp_path / "clf"), X) == predictions(clf, X)
    np.testing.assert_array_equal(mapped.partial_fit(X, Y).classes_, clf.classes_)


def test_compressed_files(tmp_path):
    words = [[f"word{k}"] for k in range(300)]
    encoder = TokenEncoder().fit(words)
    clf = RNNClassifier(embedding_dim=8, max_iter=1, random_state=0)
    pipeline = make_pipeline(encoder, clf).fit(words, np.arange(300) % 2)
    clf.theta_[500:] = np.round(clf.theta_[500:], 1)
    io.save(pipeline, tmp_path / "plain")
    io.save(pipeline, tmp_path / "small", compress=True)
    sizes = [(tmp_path / name).stat().st_size for name in ("small", "plain")]
    assert sizes[0] < sizes[1] - 1000
    for mmap_mode in (None, "r"):
        loaded = io.load(tmp_path / "small", mmap_mode=mmap_mode)
        assert predictions(loaded, words) == predictions(pipeline, words)


def test_arrays_keep_their_order_and_labels_their_types(tmp_path):
    labels = np.array(["ä", "", "b\x00b"], dtype=object)
    clf = RNNClassifier(max_iter=1).fit(X[:3], labels)
    io.save(clf, tmp_path / "clf")
    assert io.load(tmp_path / "clf").classes_.tolist() == clf.classes_.tolist()
    assert io.load(tmp_path / "clf").classes_.dtype == object
    scaler = StandardScaler()
    scaler.mean_ = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    scaler.var_ = np.ma.masked_array([1.0, 2.0], [True, False])
    scaler.scale_ = {1: np.float32(0.1), 2.5: {3, 4}, "a": slice(1, None)}
    scaler.n_samples_seen_ = (np.float32, np.random.RandomState(3), np.int8(5))
    io.save(scaler, tmp_path / "scaler")
    loaded = io.load(tmp_path / "scaler")
    assert loaded.mean_.flags.f_contiguous
    assert not loaded.mean_.flags.c_contiguous
    assert loaded.var_.mask.tolist() == [True, False]
    assert repr(loaded.scale_) == repr(scaler.scale_)
    kind, random_state, number = loaded.n_samples_seen_
    assert kind is np.float32
    assert type(number) is np.int8
    assert random_state.randint(100) == np.random.RandomState(3).randint(100)


@pytest.mark.parametrize(
    "scorer",
    [getattr(metrics, name) for name in metrics.__all__ if name.endswith("_scorer")],
)
def test_scorers_of_ours_are_kept(scorer, tmp_path):
    """The one kind of function: scores, which a tagger's early stopping needs."""
    io.save(RNNTagger(scoring=scorer), tmp_path / "tagger")
    again = io.load(tmp_path / "tagger").scoring
    assert repr(again) == repr(scorer)
    assert getattr(again, "_score_func", again) is getattr(
        scorer, "_score_func", scorer
    )


class MyClassifier(RNNClassifier):
    pass


class Holder(LogisticRegression):
    """Something of a user's that holds what it is given."""


def classifier(**settings):
    return RNNClassifier(max_iter=1, **settings)


NOT_SAVED = {
    "a function of NumPy": (
        PerStep(FunctionTransformer(np.log1p)),
        r"This PerStep cannot be saved by io.save: it holds the function numpy.*log1p",
    ),
    "a lambda": (
        make_pipeline(FunctionTransformer(lambda X: X)),
        r"the function .*<lambda>: functions are not kept in files",
    ),
    "a schedule": (classifier(learning_rate=np.sqrt), "the function numpy.*sqrt"),
    "callbacks": (
        classifier().set_callbacks(ProgressBar()),
        r"with its callbacks. Call its set_callbacks\(\) first",
    ),
    "dates as labels": (
        classifier().fit([[1.0], [2.0]], np.array(["2031-04", "2031-05"], "M8[s]")),
        r"io.save: classes_ holds arrays of datetime64\[s\]. Use texts or numbers",
    ),
    "a function of the user": (
        RNNTagger(scoring=make_scorer(np.mean)),
        "the function numpy.mean: functions are not kept in files",
    ),
    "a built-in": (TokenEncoder(analyzer=len), "type builtins.len"),
    "a method": (TokenEncoder(analyzer="a".split), "type .*split"),
    "a user's cell": (classifier(cell=MyCell()), r"type .*helpers.MyCell"),
    "a user's estimator": (MyClassifier(), r"type .*test_io.MyClassifier"),
    "deep": (DataParallel(make_pipeline(Holder())), r"type .*test_io.Holder"),
    "a tree": (make_pipeline(DecisionTreeClassifier()).fit([[0], [1]], [0, 1]), "Tree"),
    "a search": (
        GridSearchCV(DecisionTreeClassifier(), {"max_depth": [1]}, cv=2).fit(
            [[0], [1]] * 4, [0, 1] * 4
        ),
        "Of a search, save search.best_estimator_",
    ),
    "calibrated": (
        make_pipeline(CalibratedClassifierCV(classifier(), cv=2)).fit(
            np.zeros((8, 2, 1)), [0, 1] * 4
        ),
        "type.* sklearn.calibration.* in the step 'calibratedclassifiercv', a Calibr.*"
        "joblib.dump saves .*, and io.save networks in it one by one",
    ),
    "sparse": (classifier(embedding_init=sparse.eye_array(3).tocsr()), "csr_array"),
    "keys that change": (
        LogisticRegression(class_weight={False: 1.0, 1.5: 2}),
        "something in it would change",
    ),
    "keys that are the same": (
        LogisticRegression(class_weight={1: 1.0, "1": 2}),
        "something in it would change",
    ),
    "a path": (TokenEncoder(vocabulary=Path("a")), "type pathlib"),
    "dates": (classifier(class_weight=np.array(["2020-01-01"], "M8[D]")), "datetime64"),
}


@pytest.mark.parametrize("name", NOT_SAVED)
def test_what_is_not_saved_is_named(tmp_path, name):
    model, message = NOT_SAVED[name]
    (tmp_path / "model").write_text("before")
    with pytest.raises(TypeError, match=message):
        io.save(model, tmp_path / "model")
    assert (tmp_path / "model").read_text() == "before"
    assert os.listdir(tmp_path) == ["model"]


@pytest.mark.parametrize("value", [{"a": 1}, RNNClassifier, RaggedArray([1], [0, 1])])
def test_only_estimators(tmp_path, value):
    with pytest.raises(TypeError, match="estimator must be an estimator .* Got "):
        io.save(value, tmp_path / "model")


def test_weights_that_cannot_be(clf, tmp_path):
    spoilt = pickle.loads(pickle.dumps(clf))
    spoilt.theta_[3] = np.nan
    with pytest.raises(ValueError, match="it holds weights .* that are not finite"):
        io.save(spoilt, tmp_path / "clf")
    spoilt.theta_ = clf.theta_[1:]
    with pytest.raises(ValueError, match=r"weights .* of shape \(\d+,\), where its"):
        io.save(make_pipeline(PerStep(StandardScaler()), spoilt), tmp_path / "clf")
    large = pickle.loads(pickle.dumps(clf))
    large.theta_ = np.full_like(clf.theta_, np.finfo(clf.theta_.dtype).max)
    io.save(large, tmp_path / "clf")  # whose squares are not finite


def test_parameters(clf, tmp_path):
    file = tmp_path / "clf"
    for name in ("compress", "sync"):
        with pytest.raises(ValueError, match=f"'{name}' parameter of io.save must be"):
            io.save(clf, file, **{name: 3})
    io.save(clf, file, sync=True)
    with pytest.raises(ValueError, match="'mmap_mode' parameter of io.load must be"):
        io.load(file, mmap_mode="w+")
    with pytest.raises(FileNotFoundError):
        io.load(tmp_path / "other")
    with pytest.raises(IsADirectoryError):
        io.load(tmp_path)
    nowhere = tmp_path / "folder" / "clf"
    for place, error in ((nowhere, FileNotFoundError), (tmp_path, IsADirectoryError)):
        with pytest.raises(error) as caught:
            io.save(clf, place)
        assert str(caught.value).endswith(f": {str(place)!r}")
    for wrong in (None, 3, clf):
        with pytest.raises(ValueError, match="'file' parameter of io.save must be"):
            io.save(clf, wrong)
        with pytest.raises(ValueError, match="'file' parameter of io.load must be"):
            io.load(wrong)
    io.save(clf, str(file))
    assert predictions(io.load(str(file)), X) == predictions(clf, X)


@pytest.mark.parametrize(
    ("version", "warns"), [("0.1.9", False), ("99.0.dev0", True), ("0.99", True)]
)
def test_files_of_other_versions(clf, tmp_path, monkeypatch, version, warns):
    monkeypatch.setattr(io._files, "__version__", version)
    monkeypatch.setattr(_pickling, "__version__", version)
    io.save(clf, tmp_path / "clf")
    monkeypatch.undo()
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        assert predictions(io.load(tmp_path / "clf"), X) == predictions(clf, X)
    assert [w.category for w in found] == [VersionWarning] * warns
    if warns:
        assert found[0].filename == __file__
        assert f"RNNClassifier was written by sksequence {version}" in str(
            found[0].message
        )


def test_parameters_that_the_writer_did_not_know(clf, tmp_path):
    content = {"sksequence": "0.2.0", **taken_apart(clf)}
    del content["states"][0]["ema_decay"]
    _container.write_container(tmp_path / "clf", "model", content)
    loaded = io.load(tmp_path / "clf")
    assert loaded.ema_decay == RNNClassifier().ema_decay
    assert predictions(loaded, X) == predictions(clf, X)


@pytest.mark.parametrize("version", [None, "0.15.3"])
def test_skops_must_be_there_and_new(clf, monkeypatch, tmp_path, version):
    if version is None:
        monkeypatch.setitem(sys.modules, "skops", None)
        message = r"sksequence.io needs skops, .* 'pip install \"sksequence\[io\]\"'"
    else:
        monkeypatch.setattr("skops.__version__", version)
        message = r"needs skops 0.16 or later. Version 0.15.3 is installed"
    with pytest.raises(ImportError, match=message):
        io.save(clf, tmp_path / "clf")
    with pytest.raises(ImportError, match=message):
        io.load(tmp_path / "clf")


# -- pickles ---------------------------------------------------------------------------

VERSIONED = [
    RaggedArray([1, 2], [0, 2]),
    RNNRegressor(),
    DataParallel(RNNRegressor()),
    *(cls() for name, cls in public_classes().items()
      if "preprocessing" in name and cls not in (ByIndex, PerStep)),
    PerStep(StandardScaler()), ByIndex(X),
]  # fmt: skip


@pytest.mark.parametrize("thing", VERSIONED, ids=lambda thing: type(thing).__name__)
def test_pickles_carry_the_version(monkeypatch, thing):
    data = pickle.dumps(thing)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert vars(pickle.loads(data)).keys() == vars(thing).keys()
    monkeypatch.setattr(_pickling, "__version__", "9.9")
    name = type(thing).__name__
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always", VersionWarning)
        pickle.loads(data)
    message = f"{name} was written by sksequence {__version__} and is loaded by 9.9. "
    assert any(str(w.message).startswith(message) for w in found)


def test_a_pickle_made_meanwhile_is_one(clf, tmp_path):
    """What a file is made of is seen by none but the thread that writes it."""
    found = []

    class Analyzer(TokenEncoder):
        def __getstate__(self):
            from threading import Thread

            thread = Thread(target=lambda: found.append(pickle.dumps(clf)))
            thread.start()
            thread.join()
            return super().__getstate__()

    with pytest.raises(TypeError, match="Analyzer"):
        io.save(Analyzer(), tmp_path / "model")
    assert pickle.loads(found[0]).theta_.tolist() == clf.theta_.tolist()


# -- damage and harm -------------------------------------------------------------------


def test_corrupted_files_are_errors(folder, tmp_path):
    names = ["RNNClassifier", "PerStep", "TokenEncoder", "to go on", "voting"]
    models = {folder / name: saved_models.MODELS[name][1][0] for name in names}
    counts = corrupted_files.try_damages(models, tmp_path, 300)
    assert counts == {"errors": 300}


def test_hostile_files_are_refused_and_nothing_runs(tmp_path):
    results = hostile_files.try_files(tmp_path, 3 * len(hostile_files.KINDS))
    assert len(results) >= 30
    assert sum(tried for tried, _, _ in results.values()) >= 240
    assert {
        kind for kind, (_, ran, loaded) in results.items() if ran or loaded
    } == set()


@pytest.mark.parametrize("place", hostile_files.PLACES)
def test_what_is_hostile_is_the_only_fault(tmp_path, monkeypatch, place):
    where = hostile_files.PLACES[place]
    monkeypatch.setattr(hostile_files, "PLACES", {place: where})
    array = hostile_files.node(
        "NdArrayNode", "numpy.ndarray", type="numpy", file="1.npy"
    )
    hostile_files.write_tree(tmp_path / "file", np.random.RandomState(0), array)
    assert hasattr(io.load(tmp_path / "file"), "get_params")


def test_payloads_would_run(tmp_path):
    """Files of pickles do run, so that the mark is one."""
    rng = np.random.RandomState(0)
    ran = 0
    for _ in range(20):
        payload = hostile_files.Payload(rng, tmp_path / "mark")
        if payload.module == hostile_files.MODULE:
            continue
        try:
            pickle.loads(pickle.dumps(payload))
        except Exception:  # no such function, as of a class
            continue
        ran += (tmp_path / "mark").exists()
        (tmp_path / "mark").unlink(missing_ok=True)
    assert ran > 5


@pytest.mark.parametrize(
    "transformer", [SimpleImputer(), KBinsDiscretizer(3), TruncatedSVD(2)]
)
def test_transformers_with_types_of_arrays_and_views_of_arrays(transformer, tmp_path):
    rows = np.random.default_rng(0).standard_normal((30, 4))
    for model, data in (
        (transformer, rows),
        (PerStep(transformer), [rows[:9], rows[9:]]),
    ):
        io.save(model.fit(data), tmp_path / "model")
        found, expected = (
            io.load(tmp_path / "model").transform(data),
            model.transform(data),
        )
        if model is not transformer:
            found, expected = found.values, expected.values
        assert np.abs(found - expected).max() == 0
