"""Callbacks of scikit-learn: progress, monitoring, stopping, nested in searches."""

import numpy as np
import pytest
from helpers import OF_STEPS, PER_SEQUENCE, STEADY, ragged_data
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.callback import ProgressBar, ScoringMonitor
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sksequence.preprocessing import PerStep

X, Y = ragged_data()
every_estimator = pytest.mark.parametrize("name", PER_SEQUENCE)


def small(name="RNNClassifier", **settings):
    few = {"hidden_layer_sizes": (6,), "max_iter": 4, "random_state": 0}
    return PER_SEQUENCE[name](**few | STEADY | settings)


class Recorder:
    """Writes down what it is called with; asks to stop at an epoch."""

    def __init__(self, stop_at=None):
        self.stop_at, self.events, self.estimators = stop_at, [], []

    def setup(self, estimator, context):
        self.events.append("setup")

    def teardown(self, estimator, context):
        self.events.append("teardown")

    def on_fit_task_begin(self, estimator, context):
        self.events.append(("begin", context.task_name, context.task_id))

    def on_fit_task_end(self, estimator, context, *, fitted_estimator):
        self.events.append(("end", context.task_name, context.task_id))
        self.estimators.append(fitted_estimator)
        return context.task_name == "epoch" and context.task_id == self.stop_at


@every_estimator
def test_epochs_are_tasks(name):
    recorder = Recorder()
    estimator = small(name, max_iter=2).set_callbacks(recorder).fit(X, Y)
    assert recorder.events == [
        "setup",
        ("begin", "fit", 0),
        ("begin", "epoch", 0),
        ("end", "epoch", 0),
        ("begin", "epoch", 1),
        ("end", "epoch", 1),
        ("end", "fit", 0),
        "teardown",
    ]
    first = small(name, max_iter=1).fit(X, Y)
    assert_array_equal(recorder.estimators[0].predict(X), first.predict(X))
    assert_array_equal(recorder.estimators[-1].predict(X), estimator.predict(X))
    assert recorder.estimators[0].n_iter_ == 1


@every_estimator
def test_a_callback_may_ask_to_stop(name):
    estimator = small(name).set_callbacks(Recorder(stop_at=1)).fit(X, Y)
    assert estimator.n_iter_ == 2


@every_estimator
def test_callbacks_are_torn_down_when_fit_fails(name):
    recorder = Recorder()
    estimator = small(name).fit(X, Y)
    theta = estimator.theta_
    recorder.on_fit_task_begin = lambda estimator, context: 1 / 0
    estimator.set_callbacks(recorder)
    with pytest.raises(ZeroDivisionError):
        estimator.fit(X, Y)
    assert recorder.events == ["setup", "teardown"]
    assert estimator.theta_ is theta
    assert not any(
        "callback_fit" in key or "teardown" in key for key in vars(estimator)
    )


@every_estimator
def test_scoring_monitor(name):
    if name in OF_STEPS:
        pytest.skip("callbacks see its targets of steps, which r2 does not take")
    scoring = "accuracy" if name == "RNNClassifier" else "r2"
    monitor = ScoringMonitor(scoring=scoring)
    estimator = small(name).set_callbacks(monitor).fit(X, Y)
    rows = [r for r in monitor.get_logs().data if r["task_name"] == "epoch"]
    assert len(rows) == 4
    assert rows[-1][scoring] == pytest.approx(estimator.score(X, Y))


def test_progress_and_monitoring_nested_in_pipeline_and_search(capsys):
    pytest.importorskip("rich")
    monitor = ScoringMonitor(scoring="accuracy")
    pipeline = make_pipeline(PerStep(StandardScaler()), small().set_callbacks(monitor))
    search = GridSearchCV(pipeline, {"rnnclassifier__cell": ["rnn", "gru"]}, cv=2)
    search.set_callbacks(ProgressBar(max_propagation_depth=None)).fit(X, Y)
    printed = capsys.readouterr().out
    assert "RNNClassifier" in printed
    assert "100%" in printed
    data = monitor.get_logs().data
    assert len([row for row in data if row["task_name"] == "epoch"]) == 5 * 4
    assert np.isfinite([row["accuracy"] for row in data if "accuracy" in row]).all()


@every_estimator
def test_callbacks_change_no_result(name):
    plain = small(name, dropout=0.3).fit(X, Y)
    watched = clone(plain).set_callbacks(Recorder()).fit(X, Y)
    assert_array_equal(watched.theta_, plain.theta_)
