"""Checkpoints: a fit that is stopped anywhere goes on to the same bits."""

import errno
import os
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn import config_context
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import ShuffleSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import check_random_state

from sksequence import (
    Checkpoint,
    RaggedArray,
    RNNClassifier,
    RNNGenerator,
    RNNLanguageModel,
    RNNRegressor,
    RNNStepRegressor,
    RNNTagger,
    RNNTranslator,
    _container,
)
from sksequence._container import DamagedFile, read_container, write_container
from sksequence.estimators import _checkpoint, _job
from sksequence.estimators._pickling import WALL_TIME
from sksequence.parallel import DataParallel
from sksequence.preprocessing import PerStep
from sksequence.training import Training

RNG = np.random.RandomState(0)
X = [RNG.standard_normal((n, 2)) for n in RNG.randint(1, 9, 30)]
Y = np.arange(30) % 3
TEXTS = ["".join(RNG.choice(list("abcd"), size=1 + k % 6)) for k in range(30)]
TAGS = [[t % 2 for t in range(len(x))] for x in X]
IDS = [RNG.randint(0, 5, len(x)) for x in X]
OPTIONS = {
    "hidden_layer_sizes": 3, "max_iter": 5, "batch_size": 7, "dropout": 0.2,
    "recurrent_dropout": 0.1, "random_state": 3,
}  # fmt: skip
CHAR = {"analyzer": "char", **OPTIONS}
CHARS = {"source_analyzer": "char", "target_analyzer": "char"}


def of(cls, *data, options=OPTIONS, val=None, **more):
    return cls(**options | more), data, val or {}


CASES = {
    "classifier": of(RNNClassifier, X, Y, early_stopping=True, ema_decay=0.8),
    "regressor": of(
        RNNRegressor, X, Y, solver="sgd", learning_rate="one_cycle", alpha=0.1
    ),
    "tagger": of(RNNTagger, X, TAGS, decoder="crf", solver="rmsprop"),
    "step regressor": of(
        RNNStepRegressor, X, TAGS, learning_rate="adaptive", n_iter_no_change=1,
        tol=0.5,
    ),
    "sentences": of(
        RNNLanguageModel, TEXTS, options=CHAR, output="sampled", n_sampled=2
    ),
    "running text": of(
        RNNLanguageModel, TEXTS, options=CHAR, contiguous=True, bptt_length=5,
        ema_decay=0.8, val={"X_val": TEXTS[:3]},
    ),
    "translator": of(
        RNNTranslator, TEXTS, TEXTS, **CHARS, solver="adamw", alpha=0.01,
        learning_rate="constant",
    ),
    "generator": of(RNNGenerator, RNG.standard_normal((30, 2)), TEXTS, options=CHAR),
    "two threads": of(RNNClassifier, X, Y, n_jobs=2, hidden_layer_sizes=64, max_iter=3),
    "tokens": of(
        RNNClassifier, IDS, Y, embedding_dim=3, learning_rate=lambda k: 1 / k
    ),
    "shards": (
        DataParallel(RNNClassifier(**OPTIONS, early_stopping=True), 2, n_jobs=1),
        (X, Y), {},
    ),
    "half rounds": (
        DataParallel(
            RNNRegressor(**OPTIONS, ema_decay=0.8), 2, 0.5, n_jobs=1,
            outer_momentum=0.5, outer_learning_rate=0.7,
        ),
        (X, Y), {},
    ),
}  # fmt: skip
every_case = pytest.mark.parametrize("name", CASES)


class Killed(BaseException):
    """The end of a process, as far as a file can tell."""


class Deaths:
    """Lets trainings die after so many updates each."""

    def __init__(self, monkeypatch):
        self.left, norm = np.inf, Training._norm

        def mortal(training, *args):
            self.left -= 1
            if self.left < 0:
                raise Killed
            return norm(training, *args)

        monkeypatch.setattr(Training, "_norm", mortal)

    def in_fit(self, n, name, file, **settings):
        """A fit that dies after n updates; whether it did, and the estimator."""
        estimator, data, val = CASES[name]
        estimator, self.left = clone(estimator).set_params(**settings), n
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Training of .* was ended")
            try:
                return False, estimator.fit(*data, **val, checkpoint=file)
            except Killed:
                return True, estimator
            finally:
                self.left = np.inf


@pytest.fixture
def deaths(monkeypatch):
    return Deaths(monkeypatch)


def straight(name, **settings):
    """The fit without a break."""
    estimator, data, val = CASES[name]
    return clone(estimator).set_params(**settings).fit(*data, **val)


def without_times(history):
    return [{k: v for k, v in row.items() if k not in WALL_TIME} for row in history]


def assert_same(found, expected):
    found = getattr(found, "estimator_", found)
    expected = getattr(expected, "estimator_", expected)
    assert_array_equal(found.theta_, expected.theta_)
    assert without_times(found.history_) == without_times(expected.history_)
    assert found.validation_scores_ == expected.validation_scores_
    assert found.best_validation_score_ == expected.best_validation_score_
    assert vars(found).keys() == vars(expected).keys()


@every_case
@pytest.mark.parametrize("every", [None, 0])
def test_a_fit_that_dies_goes_on_to_the_same_bits(name, every, deaths, tmp_path):
    expected, file = straight(name), tmp_path / "file"
    rounds = isinstance(expected, DataParallel)
    # Within epochs, of which "None" writes the ends, as do rounds.
    updates = 9 if every is None or rounds else 3
    died, n_deaths = True, -1
    while died:
        died, found = deaths.in_fit(updates, name, Checkpoint(file, every))
        n_deaths += 1
    assert n_deaths > 1
    assert_same(found, expected)
    assert os.listdir(tmp_path) == ["file"]
    died, again = deaths.in_fit(0, name, file)  # no update is made any more
    assert not died
    assert_same(again, expected)


def test_a_checkpoint_changes_no_result(tmp_path):
    file = tmp_path / "file"
    found = RNNClassifier(**OPTIONS).fit(X, Y, checkpoint=Checkpoint(file, every=0))
    assert_same(found, RNNClassifier(**OPTIONS).fit(X, Y))


def test_draws_without_a_seed_are_those_of_the_first_process(deaths, tmp_path):
    """``random_state`` is a generator, whose draws go on too, or that of NumPy."""
    settings = {"early_stopping": True}
    expected = straight("tagger", random_state=np.random.RandomState(7), **settings)
    after = expected.random_state.random_sample()
    rng = np.random.RandomState(7)
    died, _ = deaths.in_fit(9, "tagger", tmp_path / "a", random_state=rng, **settings)
    assert died
    rng = np.random.RandomState(8)
    _, found = deaths.in_fit(99, "tagger", tmp_path / "a", random_state=rng, **settings)
    assert_same(found, expected)
    assert rng.random_sample() == after

    of_numpy = check_random_state(None)
    kept = of_numpy.get_state()
    of_numpy.set_state(np.random.RandomState(7).get_state())
    deaths.in_fit(9, "tagger", tmp_path / "b", random_state=None, **settings)
    of_numpy.seed(1)
    _, found = deaths.in_fit(
        99, "tagger", tmp_path / "b", random_state=None, **settings
    )
    assert_same(found, expected)
    of_numpy.set_state(kept)


def test_what_is_held_out_stays_out(deaths, tmp_path):
    """By a splitter that splits otherwise each time."""
    watched, file = [], tmp_path / "file"

    def scoring(estimator, X, y):
        watched.append(np.concatenate(X).sum())
        return -len(watched)

    settings = {
        "early_stopping": True,
        "validation_fraction": ShuffleSplit(test_size=0.4),
        "scoring": scoring,
    }
    died, _ = deaths.in_fit(7, "regressor", file, **settings)
    assert died
    deaths.in_fit(99, "regressor", file, **settings)
    assert len(watched) >= 4
    assert len(set(watched)) == 1


@pytest.mark.parametrize("every", [None, 0])
def test_a_warm_start_goes_on_too(every, deaths, tmp_path):
    def two_fits(*checkpoints, dies):
        model = RNNTagger(**OPTIONS, warm_start=True, early_stopping=True)
        model.fit(X, TAGS, checkpoint=checkpoints[0])
        deaths.left = dies
        try:
            model.fit(X, TAGS, checkpoint=checkpoints[1])
        except Killed:
            assert dies < 99
        deaths.left = np.inf
        return model

    expected = two_fits(None, None, dies=99)
    files = [Checkpoint(tmp_path / name, every) for name in "ab"]
    with pytest.warns(UserWarning, match="was ended by Killed"):
        two_fits(*files, dies=9)
    assert_same(two_fits(*files, dies=99), expected)
    message = "fit: what was trained before was 5 epochs and is 10 epochs now. Pass"
    with pytest.raises(ValueError, match=message):
        expected.fit(X, TAGS, checkpoint=files[1])


def test_an_estimator_that_was_interrupted_goes_on_itself(deaths, tmp_path):
    file = tmp_path / "file"
    deaths.left = 9
    clf = RNNClassifier(**OPTIONS)
    with pytest.warns(UserWarning, match="was ended by Killed"), pytest.raises(Killed):
        clf.fit(X, Y, checkpoint=file)
    assert clf.n_iter_ == 1
    deaths.left = np.inf
    assert_same(clf.fit(X, Y, checkpoint=file), RNNClassifier(**OPTIONS).fit(X, Y))


class Epochs:
    """A callback that writes down the epochs it sees, and may stop after one."""

    def __init__(self, stop=None, error_at=None):
        self.stop, self.error_at, self.seen = stop, error_at, []

    def setup(self, estimator, context):
        pass

    def teardown(self, estimator, context):
        pass

    def on_fit_task_begin(self, estimator, context):
        if context.task_name == "epoch":
            self.seen.append(context.task_id)

    def on_fit_task_end(self, estimator, context):
        if context.task_name == "epoch" and context.task_id == self.error_at:
            raise Killed
        return context.task_name == "epoch" and context.task_id == self.stop


def test_callbacks_see_the_numbers_of_epochs(tmp_path, capsys):
    file, clf = tmp_path / "file", RNNClassifier(**OPTIONS, verbose=1)
    first, second, third = Epochs(error_at=2), Epochs(stop=3), Epochs()
    with pytest.warns(UserWarning, match="was ended by Killed"), pytest.raises(Killed):
        clone(clf).set_callbacks(first).fit(X, Y, checkpoint=file)
    capsys.readouterr()
    # What a callback has not seen the end of is trained again.
    found = clone(clf).set_callbacks(second).fit(X, Y, checkpoint=file)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"checkpoint {str(file)!r}: goes on after epoch 2"
    assert [line.split("  ")[0] for line in lines[1:]] == ["epoch 3/5", "epoch 4/5"]
    again = clone(clf).set_callbacks(third).fit(X, Y, checkpoint=file)
    assert (first.seen, second.seen, third.seen) == ([0, 1, 2], [2, 3], [])
    expected = clone(clf).set_params(max_iter=5).set_callbacks(Epochs(stop=3)).fit(X, Y)
    for model in (found, again):
        assert_array_equal(model.theta_, expected.theta_)
        assert model.n_iter_ == 4


def explosive(epoch):
    return 1e200 if epoch == 3 else 1.0


def test_a_fit_that_diverged_stays_what_it_is(deaths, tmp_path):
    settings = {
        "cell": "rnn_relu", "solver": "sgd", "clip_norm": None,
        "learning_rate": explosive,
    }  # fmt: skip
    fits = []
    for file in (None, tmp_path / "file", tmp_path / "file"):
        with pytest.warns(ConvergenceWarning, match="diverged") as caught:
            fits.append(deaths.in_fit(99, "regressor", file, **settings)[1])
        fits[-1].said = [str(w.message) for w in caught]
        assert_same(fits[-1], fits[0])
        assert fits[-1].said == fits[0].said
    with pytest.warns(ConvergenceWarning, match="diverged"):
        died, _ = deaths.in_fit(0, "regressor", tmp_path / "file", **settings)
    assert not died


# -- files of others -------------------------------------------------------------------


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """The file of a fit that was stopped."""
    file = tmp_path_factory.mktemp("checkpoints") / "file"
    clf = RNNClassifier(**OPTIONS, early_stopping=True, ema_decay=0.8)
    with pytest.warns(UserWarning, match="was ended by Killed"), pytest.raises(Killed):
        clf.set_callbacks(Epochs(error_at=2)).fit(X, Y, checkpoint=file)
    return file


def resume(file, X=X, y=Y, sample_weight=None, X_val=None, y_val=None, **settings):
    clf = RNNClassifier(**OPTIONS, early_stopping=True, ema_decay=0.8)
    clf.set_params(**settings)
    return clf.fit(X, y, sample_weight, X_val=X_val, y_val=y_val, checkpoint=file)


def changed(x, k, value):
    x = list(x)
    x[k] = value
    return x


OTHERS = {
    "size": (
        {"hidden_layer_sizes": (4, 4)},
        r"hidden_layer_sizes was 3 and is \(4, 4\) now",
    ),
    "epochs": ({"max_iter": 6}, "max_iter was 5 and is 6 now"),
    "seed": ({"random_state": 4}, "random_state was 3 and is 4 now"),
    "no seed": ({"random_state": None}, "random_state was 3 and is 'NoneType' now"),
    "precision": ({"dtype": "float32"}, "dtype was 'auto' and is 'float32' now"),
    "threads": ({"n_jobs": 2}, "n_jobs was None and is 2 now"),
    "engine": ({"engine": "numba"}, "engine was 'numpy' and is 'numba' now"),
    "schedule": (
        {"learning_rate": lambda epoch: 1.0},
        "learning_rate was 'cosine' and is <function",
    ),
    "weights of classes": (
        {"class_weight": {0: 2.0}},
        r"class_weight was None and is \{0: 2\.0\} now",
    ),
    "three": (
        {"alpha": 0.1, "tol": 0.5, "beta_1": 0.8},
        "alpha was .*; beta_1 was .*; tol was 0.0001 and is 0.5 now. Pass",
    ),
    "four": (
        {"alpha": 0.1, "tol": 0.5, "beta_1": 0.8, "power_t": 0.1},
        r"alpha was .*; beta_1 was .*; power_t was [^;]*; and 1 others\. Pass",
    ),
    "a number": ({"X": changed(X, 3, X[3] + 1e-9)}, "fit: X has other values"),
    "an order": ({"X": X[::-1]}, "fit: X has other values"),
    "labels": ({"y": Y % 2}, "y has other values"),
    "names of labels": ({"y": np.array(list("abc"))[Y]}, "fit: classes_ was"),
    "sequences": (
        {"X": X[1:], "y": Y[1:]},
        "X was RaggedArray of 30 sequences, .* and is RaggedArray of 29",
    ),
    "weights": (
        {"sample_weight": 1.0 + Y},
        "fit: sample_weight has other values",
    ),
    "validation": (
        {"X_val": X[:9], "y_val": Y[:9]},
        "fit: X_val was not given and is RaggedArray of 9",
    ),
}


@pytest.mark.parametrize("name", OTHERS)
def test_the_file_of_another_fit(name, written):
    options, message = OTHERS[name]
    before = written.read_bytes()
    with pytest.raises(ValueError, match=f"'{written}' is of another fit: ") as caught:
        resume(written, **options)
    caught.match(message)
    caught.match(r"Pass another file, or remove this one to begin anew\.$")
    assert written.read_bytes() == before


def test_the_file_of_another_estimator_version_or_number_of_shards(
    written, monkeypatch
):
    reg = RNNRegressor(**OPTIONS, early_stopping=True, ema_decay=0.8)
    message = "the estimator was 'RNNClassifier' and is 'RNNRegressor' now. Pass"
    with pytest.raises(ValueError, match=message):
        reg.fit(X, Y, checkpoint=written)
    shards = DataParallel(
        RNNClassifier(**OPTIONS, early_stopping=True, ema_decay=0.8), n_jobs=1
    )
    with pytest.raises(ValueError, match="n_shards was not there and is 2 now"):
        shards.fit(X, Y, checkpoint=written)
    monkeypatch.setattr(_job, "__version__", "9.9")
    with pytest.raises(ValueError, match=r"version of sksequence was '0.* is '9\.9'"):
        resume(written)


def test_what_does_not_matter_may_change(written, tmp_path):
    """How X is given, what is printed, and numbers that are equal."""
    for k, options in enumerate(
        [
            {"verbose": 1},
            {"X": RaggedArray.from_sequences(X), "y": Y.tolist()},
            {"alpha": 0, "hidden_layer_sizes": np.int64(3)},
            {"sample_weight": np.ones(30)},
        ]
    ):
        file = tmp_path / str(k)
        file.write_bytes(written.read_bytes())
        assert resume(file, **options).n_iter_ == 5


LABELS = {
    "numpy": lambda numpy, y: numpy.array(y),
    "numpy objects": lambda numpy, y: numpy.array(y, object),
    "pandas": lambda pandas, y: pandas.Series(y, index=range(5, 5 + len(y))),
    "pandas categories": lambda pandas, y: pandas.Series(y, dtype="category"),
    "polars": lambda polars, y: polars.Series(y),
    "pyarrow": lambda pyarrow, y: pyarrow.array(y),
}


@pytest.mark.parametrize("form", LABELS)
def test_the_container_of_labels_may_change(form, tmp_path):
    """Of texts too, for which each library has an array of its own kind."""
    labels, file = [["low", "high", "mid"][k] for k in Y], tmp_path / "fit"
    theta = RNNClassifier(**OPTIONS).fit(X, labels, checkpoint=file).theta_
    given = LABELS[form](pytest.importorskip(form.split()[0]), labels)
    again = RNNClassifier(**OPTIONS).fit(X, given, checkpoint=file)
    assert_array_equal(again.theta_, theta)
    others = ["deep" if label == "low" else label for label in labels]
    with pytest.raises(ValueError, match="classes_ has other values"):
        RNNClassifier(**OPTIONS).fit(X, others, checkpoint=file)


def test_texts_that_differ_in_their_words_only(tmp_path):
    model = RNNLanguageModel(**OPTIONS, min_count=2)
    model.fit(["a b c", "a b", "b a"], checkpoint=tmp_path / "file")
    for what, texts in {
        "encoder_": ["A b c", "A b", "b A"],
        # Of a word that is not in the vocabulary.
        "encoder_ has other values; the letters of X has": ["a b d", "a b", "b a"],
    }.items():
        with pytest.raises(ValueError, match=f"is of another fit: {what}"):
            clone(model).fit(texts, checkpoint=tmp_path / "file")


def test_static_numbers_and_names_count(tmp_path):
    static, file = np.arange(30.0)[:, None], tmp_path / "file"
    ragged = RaggedArray.from_sequences(X)
    clf = RNNClassifier(**OPTIONS)
    clf.fit(ragged.with_static(static), Y, checkpoint=file)
    for other in (ragged, ragged.with_static(static + 1)):
        with pytest.raises(ValueError, match="is of another fit: X "):
            clone(clf).fit(other, Y, checkpoint=file)
    again = clone(clf).fit(ragged.with_static(static), Y, checkpoint=file)
    assert_same(again, clf)


# -- files that are damaged ------------------------------------------------------------


def test_damaged_files(written, tmp_path):
    """What is random is where; every byte is checked, see ``test_container``."""
    whole, rng = written.read_bytes(), np.random.RandomState(0)
    file = tmp_path / "file"
    for k in rng.randint(0, len(whole), 30):
        spoilt = bytearray(whole)
        spoilt[k] ^= 1 << rng.randint(8)
        for content in (spoilt, whole[:k]):
            file.write_bytes(content)
            with pytest.raises(ValueError, match=r"^checkpoint '.*file' is "):
                resume(file)
            assert file.read_bytes() == content
    file.write_text("a file of something else")
    with pytest.raises(DamagedFile, match=r"is no file of sksequence.*Remove it to"):
        resume(file)
    write_container(file, "model", None)
    with pytest.raises(DamagedFile, match=r"is a 'model', not a checkpoint\. Remove"):
        resume(file)


def put(content, path, value):
    *way, last = path
    for key in way:
        content = content[key]
    content[last] = value


NO_STATES = {
    "no dict": ([], 3),
    "no job": (["job"], None),
    "no names": (["job", "parameters"], 3),
    "weights": (["training", "theta"], np.zeros(5)),
    "precision": (["training", "theta"], "float32"),
    "one weight": (["training", "theta"], np.zeros(1)),
    "no average": (["training", "average"], None),
    "average": (["training", "average", "average"], np.zeros((3, 3))),
    "moments": (["training", "optimizer", "moments"], []),
    "moment": (["training", "optimizer", "moments", 1], np.zeros(3)),
    "updates": (["training", "optimizer", "t"], "3"),
    "generator": (["training", "random"], ("MT19937", 3)),
    "keys": (["training", "random", 1], None),
    "beginning": (["random"], ("PCG64", np.zeros(624, np.uint32), 1, 0, 0.0)),
    "good": (["training", "good"], {}),
    "best": (["training", "best", "theta"], np.zeros(2)),
    "reference": (["training", "best", "theta"], 77),
    "history": (["training", "history"], 3),
    "rows": (["training", "history"], [3]),
    "no loss": (["training", "history"], [{"epoch": 1}]),
    "losses": (["training", "history"], [{"loss": "low"}]),
    "epochs": (["training", "epoch"], "three"),
    "score": (["training", "best", "score"], None),
    "epoch": (["training", "under_way"], "soon"),
    "part of an epoch": (["training", "under_way"], {"loss": 0.0}),
    "missing": (["training"], {}),
}


@pytest.mark.parametrize("name", NO_STATES)
def test_states_that_no_training_has_written(name, written, tmp_path):
    """Whoever made the file: its checksums are right."""
    path, value = NO_STATES[name]
    content = {"root": read_container(written, "checkpoint")}
    if isinstance(value, str) and value == "float32":
        value = content["root"]["training"]["theta"].astype(np.float32)
    if name == "keys":
        path, value = path[:-1], ("MT19937", None, 3, 0, 0.0)
    put(content, ["root", *path], value)
    file = tmp_path / "file"
    write_container(file, "checkpoint", content["root"])
    clf = RNNClassifier(**OPTIONS)
    before = dict(vars(clf))
    with pytest.raises(DamagedFile, match="holds what no training has written"):
        clf.set_params(early_stopping=True, ema_decay=0.8).fit(X, Y, checkpoint=file)
    assert vars(clf).keys() == before.keys()


# -- where writing fails ---------------------------------------------------------------


def failing(monkeypatch, name, error, calls):
    """Let a function of ``os`` fail in some of its calls; what was called."""
    made, function = [], getattr(os, name)

    def fails(*args, **kwargs):
        made.append(args)
        if len(made) in calls:
            raise error
        return function(*args, **kwargs)

    monkeypatch.setattr(os, name, fails)


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("fsync", OSError(errno.ENOSPC, "No space left on device")),
        ("replace", PermissionError(errno.EACCES, "Permission denied")),
        ("fsync", MemoryError()),
    ],
)
def test_training_goes_on_where_writing_fails(name, error, monkeypatch, tmp_path):
    file, expected = tmp_path / "file", RNNClassifier(**OPTIONS).fit(X, Y)
    clf = RNNClassifier(**OPTIONS)
    failing(monkeypatch, name, error, range(5, 500))
    message = f"could not be written after . epochs \\({type(error).__name__}"
    with pytest.warns(UserWarning, match=message) as caught:
        assert_same(clf.fit(X, Y, checkpoint=file), expected)
    assert len(caught) == 1  # not after each epoch
    assert os.listdir(tmp_path) == ["file"]
    before = file.read_bytes()
    monkeypatch.undo()
    assert_same(RNNClassifier(**OPTIONS).fit(X, Y, checkpoint=file), expected)
    assert file.read_bytes() != before  # it was whole, and is at its end now


def test_a_folder_that_takes_no_files(monkeypatch, tmp_path):
    """Which root does not see in the mode of a folder."""
    expected, opened = RNNClassifier(**OPTIONS).fit(X, Y), open

    def read_only(path, mode="r", **options):
        if "x" in mode:
            raise OSError(errno.EROFS, "Read-only file system")
        return opened(path, mode, **options)

    monkeypatch.setattr("sksequence._container.open", read_only, raising=False)
    with pytest.warns(UserWarning, match="after 0 epochs .OSError: .*Read-only"):
        found = RNNClassifier(**OPTIONS).fit(X, Y, checkpoint=tmp_path / "file")
    assert_same(found, expected)
    assert not os.listdir(tmp_path)


class AfterEpoch(Epochs):
    def __init__(self, epoch, action):
        super().__init__()
        self.epoch, self.action = epoch, action

    def on_fit_task_end(self, estimator, context):
        if context.task_id == self.epoch and context.task_name == "epoch":
            self.action()


def test_a_file_that_vanishes_is_written_anew(tmp_path):
    file, expected = tmp_path / "file", RNNClassifier(**OPTIONS).fit(X, Y)
    clf = RNNClassifier(**OPTIONS).set_callbacks(AfterEpoch(2, file.unlink))
    with pytest.warns(UserWarning, match="had vanished. Training goes on"):
        clf.fit(X, Y, checkpoint=file)
    assert_array_equal(clf.theta_, expected.theta_)
    assert_same(RNNClassifier(**OPTIONS).fit(X, Y, checkpoint=file), expected)


def test_a_folder_that_vanishes(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    file, expected = folder / "file", RNNClassifier(**OPTIONS).fit(X, Y)
    clf = RNNClassifier(**OPTIONS)
    clf.set_callbacks(AfterEpoch(2, lambda: (file.unlink(), folder.rmdir())))
    with pytest.warns(UserWarning, match=r"after 3 epochs \(FileNotFoundError"):
        clf.fit(X, Y, checkpoint=file)
    assert_array_equal(clf.theta_, expected.theta_)


def test_a_file_that_somebody_else_writes_is_left_to_them(tmp_path):
    file, other = tmp_path / "file", RNNRegressor(**OPTIONS)
    clf = RNNClassifier(**OPTIONS)

    def write():
        file.unlink()
        other.fit(X, Y, checkpoint=file)

    clf.set_callbacks(AfterEpoch(2, write))
    with pytest.warns(UserWarning, match="was written by somebody else"):
        clf.fit(X, Y, checkpoint=file)
    assert_array_equal(clf.theta_, RNNClassifier(**OPTIONS).fit(X, Y).theta_)
    RNNRegressor(**OPTIONS).fit(X, Y, checkpoint=file)  # it is whole, and the other's


def test_leftovers_of_processes_that_were_killed_go(written, tmp_path):
    file = tmp_path / "file"
    file.write_bytes(written.read_bytes())
    (tmp_path / f"{_container._stem(file)}12345678.tmp").write_bytes(b"half of a")
    (tmp_path / "other.tmp").touch()
    resume(file)
    assert sorted(os.listdir(tmp_path)) == ["file", "other.tmp"]


# -- arguments -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("checkpoint", "error", "message"),
    [
        (3, TypeError, "checkpoint must be the name of a file.* Got 3 instead"),
        (b"file", TypeError, "checkpoint must be the name of a file"),
        ("", ValueError, "checkpoint '' is a folder"),
        (".", ValueError, r"checkpoint '\.' is a folder\. Pass the name of a file"),
        ("no/such/file", ValueError, "there is no folder 'no/such'"),
        ("x" * 5000, ValueError, "checkpoint 'x.* is no name of a file: "),
        ("a\0b", ValueError, "checkpoint 'a.* is no name of a file: .*null"),
    ],
)
@every_case
def test_checkpoints_that_are_none(name, checkpoint, error, message):
    estimator, data, val = CASES[name]
    with pytest.raises(error, match=message):
        clone(estimator).fit(*data, **val, checkpoint=checkpoint)


@pytest.mark.parametrize("every", [-1, np.nan, np.inf, "3", True])
def test_seconds_between_checkpoints(every):
    with pytest.raises(ValueError, match="The 'every' parameter of Checkpoint must be"):
        Checkpoint("file", every)


def test_how_often(monkeypatch, tmp_path):
    """None: after each epoch, and in long ones every ten minutes."""
    writes, now = [], [0.0]
    monkeypatch.setattr(_checkpoint, "monotonic", lambda: now[0])
    save = _checkpoint.Keeper.save

    def counted(self, *args, **kwargs):
        writes.append(self.training.optimizer.t)
        save(self, *args, **kwargs)

    def slow(self, *args):
        now[0] += 100
        return 1.0

    monkeypatch.setattr(_checkpoint.Keeper, "save", counted)
    monkeypatch.setattr(Training, "_norm", slow)
    found = []
    for k, every in enumerate([None, 0, 250, 10_000]):
        file = Checkpoint(tmp_path / str(k), every)
        RNNClassifier(**OPTIONS | {"max_iter": 2, "batch_size": 4}).fit(
            X, Y, checkpoint=file
        )
        found.append(list(writes))
        writes.clear()
    assert found == [
        [0, 6, 8, 14, 16],
        list(range(17)),
        [0, 3, 6, 9, 12, 15, 16],
        [0, 16],
    ]


def test_in_a_pipeline(deaths, tmp_path):
    file = tmp_path / "file"

    def pipeline():
        return make_pipeline(PerStep(StandardScaler()), RNNClassifier(**OPTIONS))

    expected = pipeline().fit(X, Y)
    deaths.left = 9
    with pytest.warns(UserWarning, match="was ended by Killed"), pytest.raises(Killed):
        pipeline().fit(X, Y, rnnclassifier__checkpoint=file)
    deaths.left = np.inf
    found = pipeline().fit(X, Y, rnnclassifier__checkpoint=file)
    assert_same(found[-1], expected[-1])
    with config_context(enable_metadata_routing=True):
        routed = pipeline()
        routed[-1].set_fit_request(checkpoint=True)
        deaths.left = 0
        assert_array_equal(
            routed.fit(X, Y, checkpoint=file)[-1].theta_, expected[-1].theta_
        )


def test_a_file_runs_no_code_and_names_no_object(written):
    """It is numbers and JSON: no pickle is in it."""
    content = read_container(written, "checkpoint")
    assert content.keys() == {
        "job", "random", "split", "training", "rounds", "ended", "diverged",
    }  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        for name in ("load", "loads", "Unpickler"):
            patch.setattr(f"pickle.{name}", None)
        read_container(written, "checkpoint")


@pytest.mark.slow
def test_fits_that_are_killed():
    """By SIGKILL, at random points."""
    script = Path(__file__).parents[1] / "benchmarks" / "kills.py"
    if not script.exists():
        pytest.skip("the benchmarks are not beside the tests")
    if os.name != "posix":
        pytest.skip("no SIGKILL here")
    done = subprocess.run(
        [sys.executable, script, "--n", "8"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "8 fits killed" in done.stdout
    assert "times, 0 with other bits" in done.stdout
