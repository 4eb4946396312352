"""DataParallel: laws of local SGD, the same bits however it is done, lost workers."""

import os
import pickle
import time

import joblib
import numpy as np
import pytest
from helpers import PER_SEQUENCE, ragged_data
from numpy.testing import assert_allclose, assert_array_equal
from parallel_cases import CASES, FEW, TAGS, WEIGHTS, WORDS, X, Y, dies_once, same
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.callback import ScoringMonitor
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from sksequence import (
    RNNClassifier,
    RNNGenerator,
    RNNLanguageModel,
    RNNRegressor,
    RNNTagger,
)
from sksequence.inspection import integrated_gradients
from sksequence.parallel import (
    DataParallel,
    _data_parallel,
    _rounds,
    _shard,
    _stores,
    _workers,
)
from sksequence.preprocessing import PerStep

every_case = pytest.mark.parametrize("case", CASES)


def in_this_process(estimator, n_shards=2, n_local_epochs=1):
    return DataParallel(estimator, n_shards, n_local_epochs, n_jobs=1)


def classifier(**settings):
    return RNNClassifier(**FEW | settings)


# -- laws ------------------------------------------------------------------------------


@every_case
@pytest.mark.parametrize("n_local_epochs", [1 / 3, 1, 3])
def test_one_shard_is_the_ordinary_fit(case, n_local_epochs):
    """Epochs that are trained in parts draw their batches once."""
    estimator, given = CASES[case]
    plain = clone(estimator).fit(*given)
    parallel = in_this_process(estimator, 1, n_local_epochs).fit(*given)
    assert_array_equal(parallel.estimator_.theta_, plain.theta_)
    assert parallel.n_iter_ == -(-plain.n_iter_ // max(n_local_epochs, 1))
    if n_local_epochs <= 1:
        same(parallel, plain)
        for row, of_plain in zip(
            parallel.estimator_.history_, plain.history_, strict=True
        ):
            assert row["n_batches"] == of_plain["n_batches"]
            assert row["max_gradient_norm"] == of_plain["max_gradient_norm"]


def test_one_shard_has_the_moving_average_of_the_ordinary_fit():
    estimator, given = CASES["classifier of tokens"]
    estimator = clone(estimator).set_params(ema_decay=0.9)
    plain = clone(estimator).fit(*given)
    same(in_this_process(estimator, 1, 1 / 3).fit(*given), plain)


@pytest.mark.parametrize("seed", [0, np.random.RandomState(0)])
def test_one_shard_draws_on_as_the_ordinary_fits(seed):
    """A generator that is given goes on, and does not begin anew with each call."""
    _, given = CASES["classifier of tokens"]
    estimator = classifier(embedding_dim=3, warm_start=True, random_state=seed)
    parallel, plain = in_this_process(clone(estimator), 1), clone(estimator)
    for method in ("fit", "fit", "partial_fit", "partial_fit"):
        for model in (parallel, plain):
            getattr(model, method)(*given)
        assert_array_equal(parallel.estimator_.theta_, plain.theta_)


@every_case
def test_one_shard_resumes_as_the_ordinary_fit(case):
    estimator, (*given,) = CASES[case]
    given = given[:2]
    options = {}
    if hasattr(estimator, "class_weight"):
        labels = given[1]
        options["classes"] = np.unique(np.concatenate([np.ravel(k) for k in labels]))
    settings = {"learning_rate": "invscaling"}
    if options:
        settings["class_weight"] = None
    estimator = clone(estimator).set_params(**settings)
    plain, parallel = clone(estimator), in_this_process(estimator, 1, 1 / 2)
    for _ in range(3):
        plain.partial_fit(*given, **options)
        parallel.partial_fit(*given, **options)
    same(parallel, plain)
    warm = clone(estimator).set_params(warm_start=True, max_iter=2)
    plain, parallel = clone(warm), in_this_process(warm, 1, 1 / 2)
    for _ in range(2):
        plain.fit(*given)
        parallel.fit(*given)
    same(parallel, plain)


STEADY_SGD = {
    "solver": "sgd", "learning_rate": "constant", "learning_rate_init": 0.05,
    "clip_norm": None, "batch_size": 1000, "dtype": "float64",
}  # fmt: skip
LINEAR = [case for case in CASES if case not in ("sampled softmax", "running text")]


@pytest.mark.parametrize("case", LINEAR)
@pytest.mark.parametrize(
    ("momentum", "ema_decay"), [(0.0, 0.0), (0.9, 0.0), (0.0, 0.8)]
)
def test_means_of_whole_shards_are_steps_on_the_whole(case, momentum, ema_decay):
    """A step of SGD is linear in the gradient, that of the whole a weighted mean."""
    estimator, given = CASES[case]
    if momentum and hasattr(estimator, "embedding_dim") and estimator.embedding_dim:
        pytest.skip("rows of tables move in the shards only that see them")
    estimator = clone(estimator).set_params(
        momentum=momentum, ema_decay=ema_decay, **STEADY_SGD
    )
    for name in ("dropout", "recurrent_dropout", "token_dropout"):
        if hasattr(estimator, name):
            estimator.set_params(**{name: 0.0})
    plain = clone(estimator).fit(*given)
    parallel = in_this_process(estimator, 3).fit(*given)
    assert_allclose(parallel.estimator_.theta_, plain.theta_, rtol=1e-9, atol=1e-12)
    assert_allclose(parallel.estimator_.loss_curve_, plain.loss_curve_, rtol=1e-9)


def test_steps_to_the_mean_are_nesterovs():
    """Of rounds as of updates: SGD on d = mean - theta, beside the training's own."""
    settings = {"outer_learning_rate": 0.7, "outer_momentum": 0.6}
    estimator = classifier(**STEADY_SGD, momentum=0.0, dropout=0.0, max_iter=3)
    thetas = []

    class Recording(_rounds.Rounds):
        def _step_from_before(self):
            mean = self.training.theta.copy()
            super()._step_from_before()
            thetas.append((self.before.copy(), mean, self.training.theta.copy()))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_data_parallel, "Rounds", Recording)
        fit = in_this_process(estimator, 2).set_params(**settings).fit(X, Y)
    velocity = 0
    for theta, mean, stepped in thetas:
        velocity = 0.6 * velocity + 0.7 * (mean - theta)
        expected = theta + 0.6 * velocity + 0.7 * (mean - theta)
        assert_allclose(stepped, expected, rtol=1e-12, atol=1e-14)
    assert_array_equal(fit.estimator_.theta_, thetas[-1][-1])
    # One full-batch update a round: it is SGD with Nesterov's momentum itself.
    sgd = clone(estimator).set_params(momentum=0.6, learning_rate_init=0.05 * 0.7)
    assert_allclose(fit.estimator_.theta_, sgd.fit(X, Y).theta_, rtol=1e-9, atol=1e-12)


def test_every_shard_is_trained_and_learns():
    many, labels = ragged_data(300)
    fit = in_this_process(classifier(max_iter=30), 3).fit(many, labels)
    assert fit.score(many, labels) > 0.9


def test_shards_are_parts_of_like_lengths_drawn_from_random_state():
    dealt = []

    def shards_of(seed, n):
        estimator = classifier(max_iter=1, random_state=seed)
        data = _DataSpy(estimator)
        in_this_process(data.estimator, n).fit(X, Y)
        return data.rows

    for seed in (0, 0, 1):
        rows = shards_of(seed, 3)
        assert_array_equal(np.sort(np.concatenate(rows)), np.arange(len(X)))
        steps = [sum(len(X[i]) for i in part) for part in rows]
        assert max(steps) - min(steps) <= max(map(len, X))
        dealt.append([part.tolist() for part in rows])
    assert dealt[0] == dealt[1] != dealt[2]


class _DataSpy:
    """Keeps how an estimator deals out its data."""

    def __init__(self, estimator):
        spy = self

        class Spied(RNNClassifier):
            def _shards(self, data, n_shards, rng):
                data, spy.rows = super()._shards(data, n_shards, rng)
                return data, spy.rows

        Spied.__init__ = RNNClassifier.__init__
        self.estimator = Spied(**estimator.get_params())


def test_shards_of_running_text_are_stretches_of_it():
    model, (text,) = CASES["running text"]
    model = clone(model).set_params(batch_size=4, max_iter=1).fit(text)
    data = model._encode(
        model._read(text, None, None, reset=False), None, reset=False, partial=False
    )
    cut, rows = model._shards(data, 3, None)
    assert_array_equal(cut.X.values, data.X.values)
    assert [part.tolist() for part in rows] == np.arange(12).reshape(3, 4).tolist()


def test_a_round_of_several_epochs():
    fit = in_this_process(classifier(max_iter=5, learning_rate="cosine"), 2, 2)
    fit.fit(X, Y)
    rows = fit.estimator_.history_
    assert [row["n_local_epochs"] for row in rows] == [2, 2, 1]
    assert [row["n_batches"] for row in rows] == [16, 16, 8]  # 4 of each shard
    assert rows[-1]["learning_rate"] < 0.01 * rows[0]["learning_rate"]
    again = clone(fit).set_params(n_local_epochs=1).fit(X, Y)
    assert (again.estimator_.theta_ != fit.estimator_.theta_).any()
    fit.partial_fit(X, Y)
    assert fit.estimator_.history_[-1]["n_local_epochs"] == 2


def test_several_rounds_an_epoch():
    """Weights become the mean after each; all else happens once an epoch."""
    watching = Recorder()
    estimator = classifier(max_iter=3, learning_rate="cosine").set_callbacks(watching)
    fit = in_this_process(estimator, 2, 1 / 4)
    common = []

    class Recording(_rounds.Rounds):
        def _arguments(self, n_epochs):
            common.append(self.training.theta.copy())
            return super()._arguments(n_epochs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_data_parallel, "Rounds", Recording)
        fit.fit(X, Y, X_val=X, y_val=Y)
    assert len(common) == 12
    rows = fit.estimator_.history_
    assert [row["n_local_epochs"] for row in rows] == [1 / 4] * 3
    assert [row["n_batches"] for row in rows] == [8] * 3  # 4 of each shard
    assert watching.tasks == ["epoch"] * 3 + ["fit", "teardown"]
    assert len(fit.estimator_.validation_scores_) == fit.n_iter_ == 3
    rare = in_this_process(classifier(max_iter=3, learning_rate="cosine"))
    rare = rare.fit(X, Y).estimator_
    assert [row["learning_rate"] for row in rare.history_] == [
        row["learning_rate"] for row in rows
    ]
    assert (rare.theta_ != fit.estimator_.theta_).any()
    fit.partial_fit(X, Y)
    assert fit.estimator_.history_[-1]["n_batches"] == 8


def test_more_parts_than_batches():
    few = in_this_process(classifier(batch_size=1000), 2, 1 / 5).fit(X, Y)
    same(few, in_this_process(classifier(batch_size=1000), 2).fit(X, Y))


def test_epochs_of_a_schedule_that_is_a_function():
    seen = []

    def factor(epoch):
        seen.append(epoch)
        return 1.0

    fit = in_this_process(classifier(learning_rate=factor, max_iter=3), 2, 2)
    fit.fit(X, Y)
    assert seen == [1, 2, 1, 2, 3, 3]
    seen.clear()
    fit.partial_fit(X, Y)
    assert seen == [4, 5, 4, 5]


# -- the same bits ---------------------------------------------------------------------


@every_case
def test_the_same_bits_in_threads_and_in_processes(case):
    estimator, given = CASES[case]
    one = in_this_process(estimator).fit(*given)
    same(DataParallel(estimator).fit(*given), one)
    with joblib.parallel_config("threading"):
        same(DataParallel(estimator).fit(*given), one)
    same(clone(one).fit(*given), one)
    assert (one.estimator_.theta_ != clone(estimator).fit(*given).theta_).any()


def test_compiled_loops_work_in_shards():
    pytest.importorskip("numba")
    estimator = classifier(engine="numba", dtype="float64")
    plain = clone(estimator).fit(X, Y)
    assert_array_equal(
        in_this_process(estimator, 1).fit(X, Y).estimator_.theta_, plain.theta_
    )
    same(DataParallel(estimator).fit(X, Y), in_this_process(estimator).fit(X, Y))


def test_who_is_first_does_not_matter(monkeypatch):
    one = in_this_process(classifier(), 3).fit(X, Y)
    train, begun = _shard.Shard.train, []

    def slow_at_first(self, *arguments):
        begun.append(self)
        time.sleep(0.05 if len(begun) % 3 == 1 else 0)
        return train(self, *arguments)

    monkeypatch.setattr(_shard.Shard, "train", slow_at_first)
    with joblib.parallel_config("threading"):
        same(DataParallel(classifier(), 3).fit(X, Y), one)


def test_shards_are_sent_once(monkeypatch):
    put, sent, sizes = _stores.Files.put, [], []

    def counted(self, name, thing):
        stored = put(self, name, thing)
        sent.append((type(thing), stored.path.stat().st_size))
        return stored

    def measured(function):
        return lambda *arguments: (
            sizes.append(len(pickle.dumps(arguments)))
            or joblib.delayed(function)(*arguments)
        )

    monkeypatch.setattr(_stores.Files, "put", counted)
    monkeypatch.setattr(_workers, "delayed", measured)
    many, labels = ragged_data(2000)
    DataParallel(classifier(max_iter=3, batch_size=100)).fit(many, labels)
    shards = [size for kind, size in sent if kind is _shard.Shard]
    states = [size for kind, size in sent if kind is dict]
    n_bytes = sum(x.nbytes for x in many)
    assert len(shards) == 2
    assert n_bytes < sum(shards) < 1.5 * n_bytes
    assert len(states) == 3
    assert max(sizes) < 10_000 < min(shards)  # a generator, and the history


def test_nothing_stays_behind(tmp_path, monkeypatch):
    monkeypatch.setenv("JOBLIB_TEMP_FOLDER", str(tmp_path))
    DataParallel(classifier()).fit(X, Y)
    assert not [path.name for path in tmp_path.iterdir() if "sksequence" in path.name]


# -- what goes wrong -------------------------------------------------------------------


def test_the_round_of_a_worker_that_dies_is_repeated(tmp_path):
    estimator = classifier(learning_rate=dies_once(3, str(tmp_path / "died")))
    with pytest.warns(UserWarning, match="Round 3 of the training is repeated: a work"):
        fit = DataParallel(estimator).fit(X, Y)
    assert (tmp_path / "died").exists()
    same(fit, in_this_process(classifier(learning_rate="constant")).fit(X, Y))


def test_workers_that_die_again_and_again_end_the_fit():
    def dies(epoch):
        if epoch == 3:
            os._exit(1)
        return 1.0

    fit = DataParallel(classifier(learning_rate=dies))
    with (
        pytest.raises(Exception, match="terminated"),
        pytest.warns(UserWarning, match="repeated|last whole epoch"),
    ):
        fit.fit(X, Y)
    assert fit.n_iter_ == 2  # what was learnt
    assert fit.predict(X[:1]).shape == (1,)


def test_an_error_in_a_worker_is_raised_as_it_is():
    def fails(epoch):
        raise LookupError("no such epoch")

    for fit in (
        DataParallel(classifier(learning_rate=fails)),
        in_this_process(classifier(learning_rate=fails)),
    ):
        with pytest.raises(LookupError, match="no such epoch") as caught:
            fit.fit(X, Y)
        assert "In a worker:" in caught.value.__notes__[0]
        assert not hasattr(fit, "estimator_")


def test_a_shard_that_diverges_ends_the_fit_with_good_weights():
    estimator = classifier(
        cell="rnn_relu", learning_rate=lambda epoch: 1e30, clip_norm=None, solver="sgd"
    )
    with pytest.warns(ConvergenceWarning, match="diverged"):
        fit = in_this_process(estimator).fit(X, Y)
    assert np.isfinite(fit.estimator_.theta_).all()


def test_a_failed_fit_leaves_what_was_fitted():
    fit = in_this_process(classifier()).fit(X, Y)
    before = fit.estimator_
    with pytest.raises(ValueError, match="NaN"):
        fit.fit([[[np.nan]]] * 2, [0, 1])
    assert fit.estimator_ is before
    with pytest.raises(ValueError, match="features"):
        fit.partial_fit([np.zeros((3, 7))] * 2, [0, 1])
    assert fit.estimator_ is before


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"n_shards": 0}, "'n_shards' parameter of DataParallel must be an int"),
        ({"n_local_epochs": 1.5}, "'n_local_epochs' parameter of DataParallel must"),
        ({"n_local_epochs": 0.3}, "a part 1/2, 1/3, 1/4, ... of an epoch"),
        ({"n_local_epochs": 5e-324}, "a part 1/2, 1/3, 1/4, ... of an epoch"),
        ({"outer_momentum": 1.0}, "'outer_momentum' parameter of DataParallel must be"),
        ({"n_jobs": 0}, "'n_jobs' parameter of DataParallel must be"),
        ({"estimator": StandardScaler()}, "must be an estimator of sksequence"),
        ({"n_shards": 61}, "n_shards=61 .* more than there is to train on: 60 "),
    ],
)
def test_errors_name_what_is_wrong(settings, message):
    fit = in_this_process(classifier()).set_params(**settings)
    with pytest.raises(ValueError, match=message):
        fit.fit(X, Y)


def test_not_fitted():
    fit = in_this_process(classifier())
    with pytest.raises(NotFittedError):
        fit.predict(X)
    assert not hasattr(fit, "classes_")
    assert not hasattr(in_this_process(RNNRegressor()), "predict_proba")
    assert not hasattr(in_this_process(RNNGenerator()), "decision_function")


# -- as scikit-learn has it ------------------------------------------------------------


def failing(estimator):
    why = "repetitions fall into other batches and shards, with dropout of their own"
    return {"check_sample_weight_equivalence_on_dense_data": why}


@pytest.mark.slow
@parametrize_with_checks(
    [
        DataParallel(RNNClassifier(16, max_iter=30, random_state=0), n_jobs=1),
        DataParallel(RNNRegressor(hidden_layer_sizes=16, random_state=0), n_shards=1),
    ],
    expected_failed_checks=failing,
)
def test_scikit_learns_checks(estimator, check):
    check(estimator)


@every_case
def test_the_fitted_estimator_is_an_ordinary_one(case):
    estimator, given = CASES[case]
    fit = in_this_process(estimator).fit(*given)
    inner = fit.estimator_
    assert type(inner) is type(estimator)
    assert vars(inner).keys() == vars(clone(estimator).fit(*given)).keys()
    again = pickle.loads(pickle.dumps(fit))
    for model in (fit, again):
        pairs = zip(model.predict(given[0]), inner.predict(given[0]), strict=True)
        for one, other in pairs:
            assert_array_equal(one, other)
    assert fit.score(*given) == inner.score(*given)
    assert fit.n_iter_ == inner.n_iter_ == 4
    if getattr(inner, "class_weight", None) is None:
        inner.partial_fit(*given[:2])  # as ever
        assert inner.n_iter_ == 5


def test_methods_are_those_of_the_estimator():
    fit = in_this_process(classifier()).fit(X, Y)
    for name in (
        "predict_proba",
        "predict_log_proba",
        "decision_function",
        "transform",
    ):
        assert_array_equal(getattr(fit, name)(X), getattr(fit.estimator_, name)(X))
    weights = fit.score(X, Y, sample_weight=WEIGHTS)
    assert weights == fit.estimator_.score(X, Y, WEIGHTS)
    model, given = CASES["language model"]
    fit = in_this_process(model).fit(*given)
    assert_array_equal(fit.score_samples(WORDS), fit.estimator_.score_samples(WORDS))
    options = {"prefix": "a", "random_state": 0}
    assert fit.sample(3, **options) == fit.estimator_.sample(3, **options)
    assert not hasattr(in_this_process(classifier()), "sample")


def test_features_have_names_and_may_be_a_frame():
    pd = pytest.importorskip("pandas")
    fit = in_this_process(classifier())
    before = fit.set_output(transform="pandas").fit(X, Y).transform(X)
    after = in_this_process(classifier()).fit(X, Y).set_output(transform="pandas")
    for frame in (before, after.transform(X), after.fit_transform(X, Y)):
        pd.testing.assert_frame_equal(frame, before)
    assert list(before.columns) == list(fit.get_feature_names_out())
    assert not hasattr(DataParallel(RNNGenerator()), "set_output")


def test_what_looks_into_a_network_asks_for_it():
    fit = in_this_process(classifier()).fit(X, Y)
    assert integrated_gradients(fit.estimator_, X[:1])
    with pytest.raises(TypeError, match="Pass the estimator_ of this DataParallel.$"):
        integrated_gradients(fit, X[:1])


def test_parameters_and_kind():
    fit = DataParallel(classifier())
    assert clone(fit).get_params().keys() == fit.get_params().keys()
    fit.set_params(estimator__max_iter=7, n_shards=3)
    assert fit.estimator.max_iter == 7
    assert is_classifier(fit)
    assert is_regressor(DataParallel(RNNRegressor()))
    assert not is_classifier(DataParallel(RNNLanguageModel()))


@pytest.mark.parametrize("name", ["RNNClassifier", "RNNTagger"])
def test_early_stopping(name):
    data = X, (TAGS if name == "RNNTagger" else Y)
    estimator = (RNNTagger if name == "RNNTagger" else RNNClassifier)(
        **FEW | {"max_iter": 30}, early_stopping=True, n_iter_no_change=2
    )
    estimator.set_params(learning_rate="constant")
    fit = in_this_process(estimator).fit(*data)
    inner = fit.estimator_
    assert len(inner.validation_scores_) == fit.n_iter_ < 30
    assert inner.best_validation_score_ == max(inner.validation_scores_)
    same(in_this_process(estimator, 1).fit(*data), clone(estimator).fit(*data))
    given = in_this_process(clone(estimator).set_params(early_stopping=False))
    given.fit(*data, X_val=X, y_val=data[1])
    assert given.estimator_.best_validation_score_ == given.score(*data)


class Recorder:
    """Writes down the tasks that it is called for; asks to stop."""

    def __init__(self, stop=False):
        self.stop, self.tasks, self.estimators = stop, [], []

    def setup(self, estimator, context):
        pass

    def teardown(self, estimator, context):
        self.tasks.append("teardown")

    def on_fit_task_begin(self, estimator, context):
        pass

    def on_fit_task_end(self, estimator, context, *, fitted_estimator):
        self.tasks.append(context.task_name)
        self.estimators.append(pickle.loads(pickle.dumps(fitted_estimator)))
        return self.stop


def test_callbacks():
    watching, outer = Recorder(stop=True), Recorder()
    estimator = classifier().set_callbacks(watching)
    fit = DataParallel(estimator).set_callbacks(outer).fit(X, Y)
    assert watching.tasks == ["epoch", "fit", "teardown"]
    assert fit.n_iter_ == 1
    assert_array_equal(watching.estimators[0].theta_, fit.estimator_.theta_)
    assert outer.tasks == ["rounds", "fit", "teardown"]
    assert_array_equal(outer.estimators[1].predict(X), fit.predict(X))
    monitor = ScoringMonitor(scoring="accuracy")
    in_this_process(classifier()).set_callbacks(monitor).fit(X, Y)
    logs = monitor.get_logs()
    assert logs is not None


def test_in_pipelines_and_searches():
    steps = make_pipeline(PerStep(StandardScaler()), in_this_process(classifier()))
    grid = {"dataparallel__estimator__hidden_layer_sizes": [3, 4]}
    searches = [
        GridSearchCV(steps, grid, cv=2, n_jobs=n_jobs).fit(X, Y) for n_jobs in (1, 2)
    ]
    assert_array_equal(*(s.cv_results_["mean_test_score"] for s in searches))
    assert searches[0].predict(X).shape == (len(X),)
    nested = GridSearchCV(
        DataParallel(classifier()), {"n_shards": [1, 2]}, cv=2, n_jobs=2
    )
    assert nested.fit(X, Y).best_estimator_.n_iter_ == 4


def test_names_of_features_and_tables():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(np.random.default_rng(0).normal(size=(20, 6)))
    frame.columns = list("abcdef")
    fit = in_this_process(PER_SEQUENCE["RNNClassifier"](**FEW))
    fit.fit(frame, [0, 1] * 10)
    assert fit.feature_names_in_.tolist() == list("abcdef")
    assert fit.n_features_in_ == 6
    assert fit.classes_.tolist() == [0, 1]


def test_partial_fit_of_another_kind():
    """Arguments that the estimator does not have, and another estimator."""
    reg = DataParallel(RNNRegressor(**FEW), n_jobs=1)
    with pytest.raises(TypeError, match="classes must be None: partial_fit of RNNReg"):
        reg.partial_fit(X, np.arange(len(X), dtype=float), np.ones(len(X)))
    clf = DataParallel(RNNClassifier(**FEW), n_jobs=1)
    clf.partial_fit(X, Y, classes=np.unique(Y))
    with pytest.raises(ValueError, match="was of the class RNNClassifier in the call"):
        clf.set_params(estimator=RNNTagger(3)).partial_fit(X, TAGS)


def test_partial_fit_trains_with_the_parameters_as_they_are_now():
    X = [np.full((n, 1), 0.1 * n) for n in range(1, 9)]
    model = DataParallel(RNNRegressor(3, random_state=0), n_shards=1, n_jobs=1)
    before = model.partial_fit(X, np.arange(8.0)).estimator_.theta_
    model.set_params(estimator__learning_rate_init=1e-12).partial_fit(X, np.arange(8.0))
    assert 0 < np.abs(model.estimator_.theta_ - before).max() < 1e-10
