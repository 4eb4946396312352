"""Exceptions in the midst of a fit, Ctrl-C among them: what is kept, and goes on."""

import signal
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from helpers import PER_SEQUENCE, STEADY, ragged_data
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from sksequence import (
    RNNClassifier,
    RNNGenerator,
    RNNLanguageModel,
    RNNRegressor,
    RNNStepRegressor,
    RNNTagger,
    RNNTranslator,
)
from sksequence.estimators import _monitor
from sksequence.network import Network
from sksequence.parallel import DataParallel

X, Y = ragged_data()
every_estimator = pytest.mark.parametrize("name", PER_SEQUENCE)


def small(name="RNNClassifier", **settings):
    few = {"hidden_layer_sizes": (6,), "max_iter": 3, "random_state": 0}
    return PER_SEQUENCE[name](**few | STEADY | settings)


class Raise:
    """A callback that raises in an epoch, as when a user presses Ctrl-C."""

    def __init__(self, epoch, error=KeyboardInterrupt, at="begin"):
        self.epoch, self.error, self.at = epoch, error, at

    def setup(self, estimator, context):
        pass

    def teardown(self, estimator, context):
        pass

    def on_fit_task_begin(self, estimator, context):
        self.here("begin", context)

    def on_fit_task_end(self, estimator, context):
        self.here("end", context)

    def here(self, at, context):
        if (at, context.task_name, context.task_id) == (self.at, "epoch", self.epoch):
            raise self.error


@every_estimator
@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
def test_the_last_whole_epoch_is_kept_and_the_exception_goes_on(name, error):
    estimator = small(name, max_iter=9).set_callbacks(Raise(2, error))
    how = "interrupted" if error is KeyboardInterrupt else "ended by ZeroDivisionError"
    message = f"was {how} after 2 epochs. The weights of the last whole epoch are kept"
    with pytest.warns(UserWarning, match=message), pytest.raises(error):
        estimator.fit(X, Y)
    expected = small(name, max_iter=2).fit(X, Y)
    assert_array_equal(estimator.theta_, expected.theta_)
    assert_array_equal(estimator.predict(X), expected.predict(X))
    estimator.set_callbacks().set_params(warm_start=True).fit(X, Y)
    assert len(estimator.history_) == 2 + 9
    assert not any("callback" in key for key in vars(estimator))


@every_estimator
def test_an_epoch_is_whole_when_what_follows_it_fails(name):
    estimator = small(name, max_iter=9).set_callbacks(Raise(1, OSError, at="end"))
    with pytest.warns(UserWarning, match="after 2 epochs"), pytest.raises(OSError):
        estimator.fit(X, Y)
    assert_array_equal(estimator.theta_, small(name, max_iter=2).fit(X, Y).theta_)


@every_estimator
@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
def test_before_the_first_whole_epoch_all_is_as_it_was(name, error):
    new = small(name).set_callbacks(Raise(0, error))
    before = dict(vars(new))
    with pytest.raises(error):
        new.fit(X, Y)
    assert vars(new) == before
    fitted = small(name, warm_start=True).fit(X, Y).set_callbacks(Raise(0, error))
    before = dict(vars(fitted))
    for warm_start in (True, False):
        fitted.set_params(warm_start=warm_start)
        with pytest.raises(error):
            fitted.fit(X, Y)
        assert vars(fitted) == before | {"warm_start": warm_start}


def raise_at(monkeypatch, call, error=KeyboardInterrupt):
    """Let a call of ``Network.forward`` fail, of those to come."""
    calls, forward = [], Network.forward

    def failing(self, *args, **kwargs):
        calls.append(None)
        if len(calls) == call:
            raise error
        return forward(self, *args, **kwargs)

    monkeypatch.setattr(Network, "forward", failing)


@every_estimator
@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
def test_within_an_epoch_the_epoch_before_is_kept(name, error, monkeypatch):
    estimator = small(name, max_iter=9, batch_size=8)
    expected = clone(estimator).set_params(max_iter=1).fit(X, Y)
    raise_at(monkeypatch, 8, error)  # five batches an epoch
    with pytest.warns(UserWarning, match="after 1 epochs"), pytest.raises(error):
        estimator.fit(X, Y)
    assert_array_equal(estimator.theta_, expected.theta_)


@every_estimator
def test_an_interrupted_epoch_of_partial_fit_changes_nothing(name, monkeypatch):
    estimator = small(name, batch_size=8)
    classes = {"classes": np.unique(Y)} if name == "RNNClassifier" else {}
    estimator.partial_fit(X, Y, **classes).partial_fit(X, Y)
    expected = clone(estimator).partial_fit(X, Y, **classes).partial_fit(X, Y)
    before = dict(vars(estimator))
    with pytest.MonkeyPatch.context() as patch:
        raise_at(patch, 3)
        with pytest.raises(KeyboardInterrupt):
            estimator.partial_fit(X, Y)
    assert vars(estimator) == before
    for model in (estimator, expected):
        model.partial_fit(X, Y)
    assert_array_equal(estimator.theta_, expected.theta_)


def test_the_best_weights_are_kept_where_there_is_a_validation_set():
    settings = {"early_stopping": True, "learning_rate_init": 0.5, "max_iter": 6}
    clf = small(**settings, n_iter_no_change=9).set_callbacks(Raise(5))
    message = "weights with the best validation score are kept"
    with pytest.warns(UserWarning, match=message), pytest.raises(KeyboardInterrupt):
        clf.fit(X, Y)
    expected = small(**settings | {"max_iter": 5}, n_iter_no_change=9).fit(X, Y)
    assert_array_equal(clf.theta_, expected.theta_)
    assert clf.best_validation_score_ == max(clf.validation_scores_)


def test_a_scorer_that_fails_late_loses_no_epoch():
    scored = []

    def scorer(estimator, X, y):
        scored.append(estimator.score(X, y))
        if len(scored) == 3:
            raise ZeroDivisionError
        return len(scored)

    clf = small(early_stopping=True, scoring=scorer)
    with (
        pytest.warns(UserWarning, match="ZeroDivisionError after 2 epochs"),
        pytest.raises(ZeroDivisionError),
    ):
        clf.fit(X, Y)
    assert clf.validation_scores_ == [1, 2]
    assert clf.n_iter_ == 2


def test_a_schedule_that_fails_late_loses_no_epoch():
    clf = small(learning_rate=lambda epoch: 1 / (3 - epoch))
    with (
        pytest.warns(UserWarning, match="ZeroDivisionError after 2 epochs"),
        pytest.raises(ZeroDivisionError),
    ):
        clf.fit(X, Y)
    assert clf.n_iter_ == 2


def test_lines_that_cannot_be_printed_lose_no_epoch(monkeypatch):
    lines = []

    def write(text):
        lines.append(text)
        if text.startswith("epoch 2"):
            raise BrokenPipeError

    clf = small(verbose=1)
    monkeypatch.setattr(sys, "stdout", type("Pipe", (), {"flush": lambda self: None})())
    monkeypatch.setattr(sys.stdout, "write", write, raising=False)
    with (
        pytest.warns(UserWarning, match="BrokenPipeError after 2 epochs"),
        pytest.raises(BrokenPipeError),
    ):
        clf.fit(X, Y)
    assert clf.n_iter_ == 2


def test_where_warnings_are_errors_the_exception_goes_on():
    clf = small().set_callbacks(Raise(2))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(KeyboardInterrupt):
            clf.fit(X, Y)
    assert clf.n_iter_ == 2


def test_ctrl_c_ends_a_search_and_a_loop():
    clf = small(max_iter=4).set_callbacks(Raise(1))
    search = GridSearchCV(clf, {"alpha": [0, 1]}, cv=2)
    with (
        pytest.warns(UserWarning, match="interrupted"),
        pytest.raises(KeyboardInterrupt),
    ):
        search.fit(X, Y)
    assert not hasattr(search, "cv_results_")


TEXT = "abba ab baab " * 200


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
@pytest.mark.parametrize("batch", [3, 12])
def test_what_an_interrupted_fit_on_running_text_has_learnt_stays(error, batch):
    model = RNNLanguageModel(
        6, analyzer="char", contiguous=True, bptt_length=5, max_iter=5, random_state=0
    )
    seen, whole = [], Network.loss_and_gradients

    def interrupted(self, theta, *args):
        seen.append(theta.copy())
        if len(seen) == batch:
            raise error
        return whole(self, theta, *args)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Network, "loss_and_gradients", interrupted)
        with (
            pytest.warns(UserWarning, match="after the last update are kept"),
            pytest.raises(error),
        ):
            model.fit(TEXT)
    assert_array_equal(model.theta_, seen[-1])
    assert not np.array_equal(seen[0], seen[-1])
    before = model.score(TEXT)
    assert model.partial_fit(TEXT).score(TEXT) > before


def test_predictions_pass_interrupts_on(monkeypatch):
    clf, pairs = small().fit(X, Y), (["a b", "b"], ["b a", "a"])
    translator = RNNTranslator(4, max_iter=1, random_state=0).fit(*pairs)
    before = dict(vars(clf)), dict(vars(translator))
    raise_at(monkeypatch, 1)
    with pytest.raises(KeyboardInterrupt):
        clf.predict(X)

    def failing(*args):
        raise OSError

    monkeypatch.setattr("sksequence.network.DecoderStepper.step", failing)
    with pytest.raises(OSError):
        translator.predict(pairs[0])
    assert (vars(clf), vars(translator)) == before


@pytest.mark.slow
def test_interrupts_at_random_instants_leave_nothing_behind():
    script = Path(__file__).parents[1] / "benchmarks" / "interrupts.py"
    if not script.exists():
        pytest.skip("the benchmarks are not beside the tests")
    if not hasattr(signal, "setitimer"):
        pytest.skip("no timers here")
    done = subprocess.run(
        [sys.executable, script, "--n", "60"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "60 interrupts, 0 left something behind" in done.stdout


def test_a_fit_is_the_same_after_one_that_was_interrupted(monkeypatch):
    expected = RNNClassifier(256, "gru", batch_size=40, n_jobs=2, max_iter=2)
    expected.set_params(random_state=0)
    interrupted = clone(expected)
    expected.fit(X, Y)
    with pytest.MonkeyPatch.context() as patch:
        raise_at(patch, 1)
        with pytest.raises(KeyboardInterrupt):
            interrupted.fit(X, Y)
    assert_array_equal(interrupted.fit(X, Y).theta_, expected.theta_)


TEXTS = ["abba", "ab", "baab", "b", "abab", "bb", "a", "ba"] * 5
CHARS = {"source_analyzer": "char", "target_analyzer": "char"}
FEW = {"hidden_layer_sizes": 4, "batch_size": 8, "random_state": 0, **STEADY}
TAGS = [np.arange(len(x)) % 2 for x in X]
NUMBERS = np.random.RandomState(0).standard_normal((40, 2))
ALL = {
    "classifier": (RNNClassifier(**FEW), (X, Y)),
    "regressor": (RNNRegressor(**FEW), (X, Y)),
    "tagger": (RNNTagger(decoder="crf", **FEW), (X, TAGS)),
    "step regressor": (RNNStepRegressor(**FEW), (X, TAGS)),
    "sentences": (RNNLanguageModel(analyzer="char", **FEW), (TEXTS,)),
    "running text": (
        RNNLanguageModel(analyzer="char", contiguous=True, bptt_length=5, **FEW),
        (TEXTS,),
    ),
    "generator": (RNNGenerator(analyzer="char", **FEW), (NUMBERS, TEXTS)),
    "translator": (RNNTranslator(**CHARS, **FEW), (TEXTS, TEXTS)),
    "shards": (DataParallel(RNNClassifier(**FEW), n_jobs=1), (X, Y)),
}


class Scores:
    """Better ones with each epoch, up to one that there is none of."""

    def __init__(self):
        self.n = 0

    def __call__(self, *args, **kwargs):
        self.n += 1
        if self.n > 2:
            raise ZeroDivisionError
        return self.n


def late(epoch):
    return 1 / (3 - epoch) if epoch == 3 else 1.0


def print_late(text, **options):
    if str(text).startswith("epoch 2"):
        raise ZeroDivisionError


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize(
    "what", ["begin", "end", "score", "line", "schedule", "checkpoint"]
)
def test_whatever_raises_in_a_fit_leaves_the_last_whole_epoch(
    name, what, monkeypatch, tmp_path
):
    """In every estimator, with a checkpoint or without one."""
    model, data = ALL[name]
    model, prefix = clone(model), "estimator__" if name == "shards" else ""

    def with_options(**options):
        options = {prefix + option: value for option, value in options.items()}
        return clone(model).set_params(**options)

    inner = {"max_iter": 5}
    expected, given = with_options(max_iter=2), {}
    if what == "score":
        inner |= {"early_stopping": True, "scoring": Scores()}
        expected = with_options(early_stopping=True, scoring=Scores(), max_iter=2)
    if what == "schedule":
        inner |= {"learning_rate": late}
    if what == "line":
        inner |= {"verbose": 1}
        monkeypatch.setattr(_monitor, "print", print_late, raising=False)
    if what == "checkpoint":
        given = {"checkpoint": tmp_path / "file"}
    failing = with_options(**inner)
    if what in ("begin", "end", "checkpoint"):
        raising = Raise(2, ZeroDivisionError)
        if what == "end":
            raising = Raise(1, ZeroDivisionError, at="end")
        getattr(failing, "estimator", failing).set_callbacks(raising)
    with (
        pytest.warns(UserWarning, match="was ended by ZeroDivisionError after 2"),
        pytest.raises(ZeroDivisionError),
    ):
        failing.fit(*data, **given)
    found = getattr(failing, "estimator_", failing)
    assert found.n_iter_ == len(found.history_) == len(found.loss_curve_) == 2
    expected.fit(*data)
    expected = getattr(expected, "estimator_", expected)
    assert_array_equal(found.theta_, expected.theta_)
