"""A run in two parts is the run in one: processes, warm starts, ``partial_fit``.

A training stopped after any epoch resumes in another process, to the same bits.
"""

import pickle
import subprocess
import sys

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.base import clone
from sklearn.model_selection import ShuffleSplit

from sksequence import (
    RNNClassifier,
    RNNGenerator,
    RNNLanguageModel,
    RNNRegressor,
    RNNStepRegressor,
    RNNTagger,
    RNNTranslator,
)
from sksequence.preprocessing import TokenEncoder
from sksequence.training import Training

# Each sets ``fit``, which gives a fitted estimator.
COMMON = """
import numpy as np
from sksequence import *
rng = np.random.RandomState(0)
X = [rng.standard_normal((n, 2)) for n in rng.randint(1, 9, 30)]
y = np.arange(30) % 3
texts = ["".join(rng.choice(list("abcd"), size=1 + k % 6)) for k in range(30)]
options = dict(
    hidden_layer_sizes=3, max_iter=6, batch_size=7, dropout=0.2, recurrent_dropout=0.1,
    random_state=3,
)
"""
FITS = {
    "classifier": (
        "RNNClassifier(early_stopping=True, ema_decay=0.8, **options).fit(X, y)"
    ),
    "adaptive": (
        "RNNClassifier(learning_rate='adaptive', n_iter_no_change=1, tol=0.5,"
        " **options).fit(X, y)"
    ),
    "one_cycle": (
        "RNNRegressor(solver='sgd', learning_rate='one_cycle', alpha=0.1,"
        " **options).fit(X, y)"
    ),
    "tagger": (
        "RNNTagger(decoder='crf', solver='rmsprop', **options)"
        ".fit(X, [[t % 2 for t in range(len(x))] for x in X])"
    ),
    "sentences": (
        "RNNLanguageModel(analyzer='char', output='sampled', n_sampled=2, **options)"
        ".fit(texts)"
    ),
    "running text": (
        "RNNLanguageModel(analyzer='char', contiguous=True, bptt_length=5,"
        " ema_decay=0.8, **options).fit(texts, X_val=texts[:3])"
    ),
    "translator": (
        "RNNTranslator(source_analyzer='char', target_analyzer='char', solver='adamw',"
        " alpha=0.01, ema_decay=0.8, **options).fit(texts, texts)"
    ),
}
RESUME = """
import pickle, sys
from sksequence.training import Training
state = pickle.load(open(sys.argv[1], "rb"))
begin = Training.__init__
def resumed(self, *args, **kwargs):
    begin(self, *args, **kwargs)
    self.set_state(state)
Training.__init__ = resumed
"""
END = "\npickle.dump((m.theta_, m.loss_curve_, m.n_iter_), open(sys.argv[2], 'wb'))"


@pytest.mark.slow
@pytest.mark.parametrize("name", FITS)
@pytest.mark.parametrize("stopped_after", [1, 4])
def test_a_training_resumes_in_another_process(name, stopped_after, tmp_path):
    states, scope = {}, {}
    run_epoch = Training.run_epoch

    def keeps_state(self):
        if self.epoch == stopped_after:  # everything that belongs to the epoch is done
            states["state"] = pickle.dumps(self.get_state())
        return run_epoch(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Training, "run_epoch", keeps_state)
        exec(f"{COMMON}m = {FITS[name]}", scope)
    straight = scope["m"]
    (tmp_path / "state").write_bytes(states["state"])
    subprocess.run(
        [
            sys.executable,
            "-c",
            f"{COMMON}{RESUME}m = {FITS[name]}{END}",
            tmp_path / "state",
            tmp_path / "end",
        ],
        check=True,
    )
    theta, losses, n_iter = pickle.loads((tmp_path / "end").read_bytes())
    assert_array_equal(theta, straight.theta_)
    assert losses == straight.loss_curve_
    assert n_iter == straight.n_iter_ > stopped_after


def test_a_state_is_a_copy():
    layout_theta = np.zeros(3)

    class Nothing:
        penalised_mask = staticmethod(lambda: np.zeros(3, bool))

    class Optimizer:
        layout, t, moment = Nothing, 0, np.zeros(3)

        def get_state(self):
            return {"moment": self.moment}

        def set_state(self, state):
            assert (state["moment"] == 0).all()

    training = Training(
        layout_theta, None, Optimizer(), np.random.RandomState(0),
        learning_rate_init=0.1, history=[{"epoch": 1, "loss": 2.0}],
    )  # fmt: skip
    state = training.get_state()
    draw = training.rng.random_sample()
    training.theta += 1
    training.optimizer.moment += 1
    training.history[0]["loss"] = 0.0
    training.good.whole += 1
    assert (state["theta"] == 0).all()
    training.set_state(state)
    assert (training.theta == 0).all()
    assert training.theta is layout_theta  # in place
    assert training.history == [{"epoch": 1, "loss": 2.0}]
    assert (training.good.whole == 0).all()
    assert training.rng.random_sample() == draw


# -- warm starts and partial_fit -------------------------------------------------------

RNG = np.random.RandomState(1)
X = [RNG.standard_normal((n, 2)) for n in RNG.randint(1, 9, 30)]
LABELS = np.arange(30) % 3
NUMBERS = np.array([1e3 + 50 * x.sum() for x in X])
TAGS = [[k % 2 for k in range(len(x))] for x in X]
TEXTS = ["".join(RNG.choice(list("abcd"), size=1 + k % 6)) for k in range(30)]
OPTIONS = {
    "hidden_layer_sizes": 4, "batch_size": 7, "dropout": 0.2, "random_state": 3,
    "dtype": "float64", "learning_rate": "constant", "learning_rate_init": 0.02,
}  # fmt: skip
CHARS = {"source_analyzer": "char", "target_analyzer": "char"}
ALL = {
    "classifier": (RNNClassifier(**OPTIONS), (X, LABELS)),
    "regressor": (RNNRegressor(**OPTIONS), (X, NUMBERS)),
    "tagger": (RNNTagger(**OPTIONS), (X, TAGS)),
    "step regressor": (RNNStepRegressor(**OPTIONS), (X, [x[:, 0] for x in X])),
    "crf": (RNNTagger(decoder="crf", **OPTIONS), (X, TAGS)),
    "sentences": (RNNLanguageModel(analyzer="char", **OPTIONS), (TEXTS,)),
    "running text": (
        RNNLanguageModel(analyzer="char", contiguous=True, bptt_length=5, **OPTIONS),
        (TEXTS,),
    ),
    "translator": (RNNTranslator(**CHARS, **OPTIONS), (TEXTS, TEXTS)),
    "generator": (
        RNNGenerator(analyzer="char", **OPTIONS),
        (RNG.standard_normal((30, 2)), TEXTS),
    ),
}
every = pytest.mark.parametrize("name", ALL)


def made(name, **options):
    estimator, data = ALL[name]
    return clone(estimator).set_params(**options), data


def validation(data, X_val=slice(0, 12)):
    names = ("X_val", "y_val")
    return {name: part[X_val] for name, part in zip(names, data)}


def falling(epoch):
    return 1 / epoch


def losses(estimator):
    """What an estimator went through, without the times."""
    return [row["loss"] for row in estimator.history_]


@every
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"solver": "sgd", "learning_rate": "invscaling"},
        {"solver": "rmsprop", "learning_rate": falling},
        {"solver": "adamw", "alpha": 0.1, "learning_rate": "adaptive"},
        {"ema_decay": 0.9},
    ],
    ids=["adam", "invscaling", "function", "adaptive", "average"],
)
def test_a_warm_start_is_the_fit_in_one(name, options):
    straight, data = made(name, max_iter=6, **options)
    straight.fit(*data)
    halves, _ = made(name, max_iter=2, warm_start=True, **options)
    halves.fit(*data).fit(*data)
    halves = pickle.loads(pickle.dumps(halves)).fit(*data)
    assert_array_equal(halves.theta_, straight.theta_)
    assert losses(halves) == losses(straight)
    rates = [
        [row["learning_rate"] for row in model.history_] for model in (halves, straight)
    ]
    assert rates[0] == rates[1]


@every
@pytest.mark.parametrize(
    "options",
    [{}, {"learning_rate": "invscaling"}, {"ema_decay": 0.9}],
    ids=["constant", "invscaling", "average"],
)
def test_epochs_of_partial_fit_are_those_of_fit(name, options):
    straight, data = made(name, max_iter=3, **options)
    straight.fit(*data)
    parts, _ = made(name, **options)
    for _ in range(3):
        more = {"classes": [0, 1, 2]} if name == "classifier" else {}
        parts.partial_fit(*data, **more)
    assert_array_equal(parts.theta_, straight.theta_)
    then, _ = made(name, max_iter=3, warm_start=True, **options)
    then.fit(*data).partial_fit(*data)
    straight.set_params(max_iter=4).fit(*data)
    assert_array_equal(then.theta_, straight.theta_)


@every
def test_a_schedule_is_asked_for_the_epoch_of_the_history(name):
    asked = []

    def rate(epoch):
        asked.append(epoch)
        return 0.5

    model, data = made(name, learning_rate=rate, max_iter=2, warm_start=True)
    model.fit(*data).fit(*data)
    assert asked == [row["epoch"] for row in model.history_] == [1, 2, 3, 4]
    model.set_params(learning_rate="constant").partial_fit(*data)
    model.set_params(learning_rate=rate).fit(*data)
    assert asked[4:] == [6, 7]
    model.set_params(warm_start=False).fit(*data)
    assert asked[6:] == [1, 2]


@pytest.mark.parametrize("factor", [None, np.nan, np.inf, -1.0, "1"])
def test_a_schedule_gives_numbers(factor):
    model, data = made("classifier", learning_rate=lambda epoch: factor)
    with pytest.raises(
        ValueError, match=r"learning_rate\(1\) is .* must give the fact"
    ):
        model.fit(*data)


@pytest.mark.parametrize("schedule", ["cosine", "one_cycle"])
def test_a_plan_is_made_anew(schedule):
    model, data = made("tagger", learning_rate=schedule, max_iter=3, warm_start=True)
    model.fit(*data).fit(*data)
    rates = [row["learning_rate"] for row in model.history_]
    assert rates[:3] == rates[3:]


@every
def test_the_start_is_a_candidate_for_the_best(name):
    model, data = made(name, max_iter=8, warm_start=True)
    watched = validation(data)
    model.fit(*data, **watched)
    kept, best, scores = (
        model.theta_, model.best_validation_score_, model.validation_scores_
    )  # fmt: skip
    worse = model.set_params(learning_rate_init=2.0, max_iter=3).fit(*data, **watched)
    assert_array_equal(worse.theta_, kept)
    assert worse.best_validation_score_ == best == max(worse.validation_scores_)
    assert worse.validation_scores_[: len(scores)] == scores
    assert len(worse.validation_scores_) == worse.n_iter_ == len(scores) + 3


@every
def test_a_first_validation_set_sees_the_start_too(name):
    model, data = made(name, max_iter=4, warm_start=True)
    kept = model.fit(*data).theta_
    assert model.validation_scores_ is None
    watched = validation(data)
    model.set_params(learning_rate_init=2.0, max_iter=2).fit(*data, **watched)
    assert len(model.validation_scores_) == 3
    assert model.best_validation_score_ == max(model.validation_scores_)
    if model.validation_scores_[0] == model.best_validation_score_:
        assert_array_equal(model.theta_, kept)
    other = validation(data, slice(12, 20))
    model.fit(*data, **other)
    assert model.best_validation_score_ == max(model.validation_scores_)
    test = [part for part in other.values()]
    assert model.score(*test) == pytest.approx(model.best_validation_score_)


@every
@pytest.mark.parametrize("fraction", [0.4, ShuffleSplit(test_size=0.4)])
def test_what_is_held_out_stays_out_without_a_seed(name, fraction):
    """Else what was trained on would be watched."""
    if name == "running text" and fraction != 0.4:
        pytest.skip("the end of running text is held out")
    seen = []

    def scoring(estimator, X, y=None):
        seen.append(str(X if X is not None else y))
        return len(seen)

    model, data = made(name, early_stopping=True, warm_start=True, random_state=None)
    model.set_params(validation_fraction=fraction, max_iter=1, scoring=scoring)
    model.fit(*data).fit(*data)
    assert len(set(seen)) == 1
    assert len(seen) == 3


def test_a_change_of_the_rate_begins_anew():
    model, data = made("classifier", learning_rate="adaptive", warm_start=True)
    model.set_params(n_iter_no_change=1, tol=10.0, max_iter=3).fit(*data)
    rate = model.history_[-1]["learning_rate"]
    assert rate < 0.02
    model.fit(*data)
    assert model.history_[3]["learning_rate"] == pytest.approx(rate / 5)
    model.set_params(learning_rate_init=0.03, max_iter=1).fit(*data)
    assert model.history_[-1]["learning_rate"] == 0.03


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_mean_and_scale_are_those_of_all_calls(dtype):
    """And what the weights predict does not change with them."""
    y = np.where(np.arange(30) < 8, 0.0, NUMBERS * 1e5)
    model = RNNRegressor(4, random_state=0, dtype=dtype, learning_rate_init=1e-30)
    before = None
    for start, stop in [(0, 8), (8, 20), (20, 30)]:
        model.partial_fit(X[start:stop], y[start:stop])
        scale = y[:stop].std()
        assert_allclose(model.y_mean_, y[:stop].mean(), rtol=1e-12)
        assert_allclose(model.y_scale_, scale or 1.0, rtol=1e-12)
        found = model.predict(X)
        if before is not None:
            tolerance = {"float32": 1e-5, "float64": 1e-12}[dtype] * scale
            assert_allclose(found, before, atol=tolerance)
        before = found


def test_a_first_call_of_constant_targets_does_not_spoil_the_others():
    y = np.array([x.sum() * 5e4 + 1e6 for x in X])
    model = RNNRegressor(16, random_state=0, learning_rate_init=0.02, batch_size=5)
    model.partial_fit(X[:3], np.zeros(3))
    for _ in range(100):
        model.partial_fit(X, y)
    assert model.score(X, y) > 0.5


def test_a_warm_start_on_other_targets_has_their_mean_and_scale():
    model = RNNRegressor(4, random_state=0, warm_start=True, max_iter=2)
    model.fit(X, NUMBERS).fit(X, NUMBERS)
    assert_allclose(model.y_mean_, NUMBERS.mean())
    before = model.predict(X)
    model.set_params(learning_rate_init=1e-30).fit(X[:9], NUMBERS[:9] * 100)
    assert_allclose(model.y_mean_, NUMBERS[:9].mean() * 100)
    assert_allclose(model.predict(X), before, rtol=1e-9)


def test_dense_steps_go_on_with_what_sparse_ones_began():
    steps, y = np.eye(4)[[[0, 1], [2, 3], [1, 1]] * 4], np.arange(12) % 2
    fits = []
    for form in (sparse.csr_matrix, np.asarray):
        clf = RNNClassifier(3, batch_size=3, alpha=0.1, dropout=0, random_state=0)
        clf.fit([sparse.csr_matrix(x) for x in steps], y)
        fits.append(clf.partial_fit([form(x) for x in steps], y).theta_)
    assert_allclose(*fits, rtol=1e-4, atol=1e-6)


def test_what_changes_no_weight_may_change():
    """Smoothing, and how many tokens are drawn; other settings are named."""
    few = {"hidden_layer_sizes": 3, "max_iter": 1, "warm_start": True}
    X = [np.arange(n, dtype=float)[:, None] for n in (2, 3, 4, 5)]
    clf = RNNClassifier(**few).fit(X, [0, 1, 0, 1])
    clf.set_params(label_smoothing=0.2).fit(X, [0, 1, 0, 1])
    assert len(clf.history_) == 2
    texts = ["a b c", "b c a d"] * 5
    sampled = {"output": "sampled", "n_sampled": 3, "embedding_dim": 3}
    model = RNNLanguageModel(**few, **sampled).fit(texts)
    assert len(model.set_params(n_sampled=2).fit(texts).history_) == 2
    reg = RNNRegressor(**few).fit(X, [1.0, 2.0, 3.0, 5.0])
    with pytest.raises(ValueError, match="^loss was 'squared_error' .* 'huber' now"):
        reg.set_params(loss="huber").fit(X, [1.0, 2.0, 3.0, 5.0])
    with pytest.raises(ValueError, match="^tie_weights was False .* True now"):
        model.set_params(tie_weights=True).fit(texts)


TEXT_MODELS = {
    "language model": (RNNLanguageModel, {"analyzer": "word"}),
    "generator": (RNNGenerator, {"analyzer": "word"}),
    "translator": (RNNTranslator, {}),
}


@pytest.mark.parametrize("further", ["fit", "partial_fit"])
@pytest.mark.parametrize(
    ("model", "name", "value"),
    [
        *(
            (model, name, value)
            for model in TEXT_MODELS
            for name, value in {
                "dtype": "float64",
                "lowercase": True,
                "min_count": 2,
                "max_tokens": 9,
            }.items()
        ),
        ("language model", "analyzer", "char"),
        ("language model", "encoder", TokenEncoder("char")),
        ("generator", "encoder", TokenEncoder(unk_token="?")),
        ("translator", "source_analyzer", "char"),
        ("translator", "target_encoder", TokenEncoder(lowercase=True)),
        ("translator", "share_vocabulary", True),
    ],
)
def test_a_vocabulary_that_is_learnt_stays_as_it_is(model, name, value, further):
    """Settings of what only the first fit learns: a change is an error, not ignored."""
    kind, options = TEXT_MODELS[model]
    texts = ["a B c", "B a c d"] * 4
    data = (texts,) if kind is RNNLanguageModel else (texts, texts)
    if kind is RNNGenerator:
        data = np.eye(8, dtype=np.float32), texts
    fitted = kind(3, max_iter=1, warm_start=True, random_state=0, **options).fit(*data)
    getattr(fitted, further)(*data)
    theta = fitted.theta_
    said = f"{name}__" if name.endswith("encoder") else name
    with pytest.raises(ValueError, match=f"^{said}.* was .* in the fit before and is"):
        getattr(fitted.set_params(**{name: value}), further)(*data)
    assert fitted.theta_ is theta


def test_the_number_of_tokens_stays_as_it_is():
    X = [[0, 1], [2, 1], [1], [2, 0]]
    clf = RNNClassifier(3, embedding_dim=2, n_tokens=5, max_iter=1)
    clf.fit(X, [0, 1, 0, 1]).partial_fit(X, [0, 1, 0, 1])
    with pytest.raises(ValueError, match="^n_tokens was 5 in the fit before and is 60"):
        clf.set_params(n_tokens=60).partial_fit(X, [0, 1, 0, 1])


def test_a_dtype_that_is_the_same_is_no_change():
    clf, (X, y) = made("classifier", warm_start=True, max_iter=1)
    dtype = clf.fit(X, y).theta_.dtype
    assert len(clf.set_params(dtype=dtype.name).fit(X, y).history_) == 2


@pytest.mark.parametrize("solver", ["adam", "adamw", "sgd", "rmsprop"])
@pytest.mark.parametrize("ema_decay", [0.0, 0.99])
def test_an_embedding_that_trains_no_more_stands_still(solver, ema_decay):
    """Momentum does not move it on, nor does the average go to the weights."""
    texts = ["a b c", "b c d", "c d a", "d a b"] * 3
    model = RNNLanguageModel(
        8,
        embedding_dim=8,
        tie_weights=True,
        max_iter=3,
        warm_start=True,
        solver=solver,
        ema_decay=ema_decay,
        random_state=0,
    ).fit(texts)
    E = model.params_["embedding.E"].copy()
    model.set_params(embedding_trainable=False).fit(texts)
    assert_array_equal(model.params_["embedding.E"], E)
    model.set_params(embedding_trainable=True).fit(texts)
    assert (model.params_["embedding.E"] != E).any()
