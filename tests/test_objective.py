"""One objective: the weighted mean over the training set, however batches are cut.

With weights held still, the losses of an epoch's batches add up to the loss of the
whole training set, and their gradients to its gradient, for every estimator, head and
way through the data.
"""

import os
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from helpers import ragged_data
from numpy.testing import assert_allclose
from sklearn.base import clone

from sksequence import (
    RNNClassifier,
    RNNGenerator,
    RNNLanguageModel,
    RNNRegressor,
    RNNStepRegressor,
    RNNTagger,
    RNNTranslator,
)
from sksequence.estimators import _base
from sksequence.network import LOSSES, NoiseDistribution
from sksequence.objectives import _pairs, _running_text
from sksequence.preprocessing import TokenEncoder

RNG = np.random.RandomState(0)
X, LABELS = ragged_data(23, low=1, high=12)
NUMBERS = np.array([[x.sum(), len(x)] for x in X])
CURVES = [x[:, 0].cumsum() for x in X]
TAGS = [RNG.choice(list("abc"), size=len(x)).tolist() for x in X]
ROWS = [RNG.randint(2, size=(len(x), 2)) for x in X]
LABEL_ROWS = np.array([[x[0, 0] > 0, len(x) > 4] for x in X]).astype(int)
IDS = [RNG.randint(6, size=len(x)) for x in X]
TEXTS = ["".join(RNG.choice(list("abcd"), size=len(x))) for x in X]
OUTPUTS = ["".join(RNG.choice(list("xyz"), size=1 + k % 7)) for k in range(len(X))]
# Vocabularies are given: the id of a token, and so its start values, depend on its
# frequency.
LETTERS = TokenEncoder("char", vocabulary=list("abcd"), unk_token=None)
SIGNS = TokenEncoder("char", vocabulary=list("xyz"), unk_token=None)
WEIGHTS = RNG.uniform(0.01, 10, len(X))
WEIGHTS[4] = 0
STEP_WEIGHTS = [RNG.uniform(0, 3, len(x)) for x in X]
BALANCED = {"class_weight": "balanced"}
SMALL = {
    "hidden_layer_sizes": 3, "dropout": 0.0, "alpha": 0.7,
    "dtype": "float64", "random_state": 0,
}  # fmt: skip


def pair(cls, *data, sample_weight=None, **settings):
    """An estimator, and what its ``fit`` takes."""
    return cls(**SMALL | settings), data, sample_weight


CASES = {
    "classifier": pair(RNNClassifier, X, LABELS),
    "classifier, weights": pair(RNNClassifier, X, LABELS, sample_weight=WEIGHTS),
    "classifier, class weights": pair(RNNClassifier, X, LABELS, **BALANCED),
    "classifier, two classes": pair(RNNClassifier, X, np.array(LABELS) > 0),
    "classifier, several labels, balanced": pair(
        RNNClassifier, X, LABEL_ROWS, **BALANCED
    ),
    "classifier, pooled": pair(
        RNNClassifier, X, LABELS, pooling="mean", bidirectional=True
    ),
    "classifier, embedding": pair(RNNClassifier, IDS, LABELS, embedding_dim=2),
    "regressor": pair(RNNRegressor, X, NUMBERS, sample_weight=WEIGHTS),
    "step regressor": pair(
        RNNStepRegressor, X, CURVES, sample_weight=STEP_WEIGHTS, loss="huber"
    ),
    "tagger": pair(RNNTagger, X, TAGS, cell="gru"),
    "tagger, weights": pair(RNNTagger, X, TAGS, sample_weight=WEIGHTS),
    "tagger, step weights": pair(
        RNNTagger, X, TAGS, sample_weight=STEP_WEIGHTS, **BALANCED
    ),
    "tagger, several labels": pair(RNNTagger, X, ROWS),
    "tagger, several labels, balanced": pair(RNNTagger, X, ROWS, **BALANCED),
    "tagger, several labels, class weights": pair(
        RNNTagger, X, ROWS, sample_weight=STEP_WEIGHTS, **BALANCED
    ),
    "tagger, crf": pair(RNNTagger, X, TAGS, decoder="crf"),
    "tagger, crf, weights": pair(
        RNNTagger, X, TAGS, decoder="crf", sample_weight=STEP_WEIGHTS
    ),
    "language model": pair(RNNLanguageModel, TEXTS, encoder=LETTERS),
    "language model, weights": pair(
        RNNLanguageModel, TEXTS, encoder=LETTERS, sample_weight=WEIGHTS
    ),
    "language model, tied": pair(
        RNNLanguageModel, TEXTS, encoder=LETTERS, tie_weights=True, embedding_dim=3
    ),
    "generator": pair(RNNGenerator, NUMBERS, OUTPUTS, encoder=SIGNS),
    "generator, weights": pair(
        RNNGenerator, None, OUTPUTS, encoder=SIGNS, sample_weight=WEIGHTS
    ),
    "translator": pair(RNNTranslator, X, OUTPUTS, target_encoder=SIGNS),
    "translator, smoothed": pair(
        RNNTranslator,
        TEXTS,
        OUTPUTS,
        source_encoder=LETTERS,
        target_encoder=SIGNS,
        label_smoothing=0.2,
    ),
    "translator, weights": pair(
        RNNTranslator, X, OUTPUTS, target_encoder=SIGNS, sample_weight=WEIGHTS
    ),
}


class Halted(Exception):
    pass


def epoch(estimator, data, sample_weight=None, fit="fit", n_epochs=1):
    """An epoch's batches with the start values of the weights, which stay.

    Returns
    -------
    SimpleNamespace
        ``loss``, ``gradient``: the sums over the batches of what each contributes, of
        the last epoch; ``gradients``: those of all epochs;
        ``alpha``: the factor of the penalty; ``theta``; ``layout``; ``n_batches``.
    """
    found = SimpleNamespace(gradients=[])

    def one_epoch(theta, objective, optimizer, rng, *, alpha, **_):
        for _ in range(n_epochs):
            batches = objective.batches()
            found.loss = found.gradient = 0.0
            for batch in batches:
                loss, gradients, _ = objective.loss_and_gradient(
                    theta, batch, len(batches)
                )
                found.loss += loss / len(batches)
                found.gradient += gradients.to_vector() / len(batches)
            found.gradients.append(found.gradient)
        found.theta, found.alpha = theta, alpha
        found.layout, found.n_batches = optimizer.layout, len(batches)
        raise Halted

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_base, "Training", one_epoch)
        with pytest.raises(Halted):
            getattr(estimator, fit)(*data, sample_weight=sample_weight)
    return found


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("batch_size", [1, 5, 20])
def test_the_batches_of_an_epoch_add_up_to_the_training_set(name, batch_size):
    estimator, data, weights = CASES[name]
    whole = epoch(clone(estimator).set_params(batch_size=1000), data, weights)
    parts = epoch(clone(estimator).set_params(batch_size=batch_size), data, weights)
    assert whole.n_batches == 1 < parts.n_batches
    assert_allclose(parts.loss, whole.loss, rtol=1e-12)
    scale = np.abs(whole.gradient).max()
    assert scale > 1e-3
    assert_allclose(parts.gradient, whole.gradient, rtol=0, atol=1e-12 * scale)
    assert parts.alpha == whole.alpha


@pytest.mark.parametrize("name", CASES)
def test_the_same_with_two_threads(name, monkeypatch):
    monkeypatch.setattr(_pairs, "SHARED_STEP_SIZE", 1)
    estimator, data, weights = CASES[name]
    one = epoch(clone(estimator).set_params(batch_size=7), data, weights)
    two = epoch(clone(estimator).set_params(batch_size=7, n_jobs=2), data, weights)
    assert_allclose(two.loss, one.loss, rtol=1e-12)
    scale = np.abs(one.gradient).max()
    assert_allclose(two.gradient, one.gradient, rtol=0, atol=1e-12 * scale)


@pytest.mark.parametrize("name", [name for name in CASES if "weights" not in name])
def test_weights_equal_repetition(name):
    """This includes the penalty's part, however batches are cut."""
    estimator, data, _ = CASES[name]
    times = 1 + np.arange(len(X)) % 3
    repeated = [
        np.repeat(values, times, axis=0)
        if isinstance(values, np.ndarray)
        else [value for value, n in zip(values, times) for _ in range(n)]
        for values in data
    ]
    estimator = clone(estimator).set_params(batch_size=4)
    weighted = epoch(clone(estimator), data, times)
    twice = epoch(clone(estimator), repeated)
    if "regressor" not in name:  # equal to rounding of mean and scale
        assert_allclose(weighted.loss, twice.loss, rtol=1e-12)
    scale = np.abs(twice.gradient).max()
    assert_allclose(weighted.gradient, twice.gradient, rtol=0, atol=1e-10 * scale)
    assert_allclose(weighted.alpha, twice.alpha)


@pytest.mark.parametrize(
    "name", [n for n in CASES if n.startswith(("class", "tagger")) and "crf" not in n]
)
def test_the_loss_is_the_weighted_mean_over_rows(name):
    """The expected loss is that of the start values, sequence by sequence."""
    estimator, data, weights = CASES[name]
    found = epoch(clone(estimator).set_params(batch_size=3), data, weights)
    fitted = clone(estimator).set_params(
        batch_size=1000, max_iter=1, solver="sgd", learning_rate_init=1e-300, alpha=0
    )
    fitted.fit(*data, sample_weight=weights)
    assert_allclose(fitted.loss_, found.loss, rtol=1e-12)
    steps = isinstance(estimator, RNNTagger)
    scores = fitted._run(data[0])
    scores = scores.values if steps else scores
    y = np.concatenate(data[1]) if steps else np.asarray(data[1])
    each = np.ones(len(X)) if weights is None else weights
    if steps and np.ndim(each[0]) == 0:
        each = np.repeat(each, [len(x) for x in X])
    each = np.concatenate(each) if np.ndim(each[0]) else np.array(each)
    total = each.sum()
    if getattr(estimator, "class_weight", None) and fitted._multilabel:
        each = each[:, None] * total / (2 * np.where(y, each @ y, each @ (1 - y)))
    elif getattr(estimator, "class_weight", None):
        labels, which = np.unique(y, return_inverse=True)
        counts = np.bincount(which, each)
        each = each * total / (len(labels) * counts[which])
    if fitted._loss() == "softmax":
        y = np.searchsorted(fitted.classes_, y)
    else:
        y = y.reshape(len(scores), -1).astype(float)
    loss, _ = LOSSES[fitted._loss()].value_and_gradient(scores, y, each)
    assert_allclose(found.loss, loss / total, rtol=1e-12)


@pytest.mark.parametrize("name", CASES)
def test_partial_fit_is_its_own_training_set(name):
    estimator, data, weights = CASES[name]
    if isinstance(estimator, RNNClassifier):
        data = (*data, np.unique(data[1]))
    if getattr(estimator, "class_weight", None):
        estimator = clone(estimator).set_params(class_weight=None)
    one, many = (
        epoch(clone(estimator).set_params(batch_size=n), data, weights, "partial_fit")
        for n in (1000, 6)
    )
    assert_allclose(many.loss, one.loss, rtol=1e-12)
    scale = np.abs(one.gradient).max()
    assert_allclose(many.gradient, one.gradient, rtol=0, atol=1e-12 * scale)


# -- sampled softmax -------------------------------------------------------------------


def test_sampled_softmax_with_the_same_draws(monkeypatch):
    log_c = np.log([0.9, 0.2, 0.5, 0.7, 1, 1])
    few = SimpleNamespace(tokens=np.array([1, 3]), log_c=log_c)
    monkeypatch.setattr(NoiseDistribution, "draw", lambda self, rng: few)
    model = RNNLanguageModel(analyzer="char", output="sampled", **SMALL)
    whole, parts = (
        epoch(clone(model).set_params(batch_size=n), [TEXTS], WEIGHTS)
        for n in (1000, 4)
    )
    assert_allclose(parts.loss, whole.loss, rtol=1e-12)
    scale = np.abs(whole.gradient).max()
    assert_allclose(parts.gradient, whole.gradient, rtol=0, atol=1e-12 * scale)


def test_sampled_softmax_in_expectation():
    """The mean over many epochs of draws is the same, however batches are cut."""
    model = RNNLanguageModel(analyzer="char", output="sampled", n_sampled=8, **SMALL)
    model.set_params(dtype="float32")
    means, errors = [], []
    for n in (1000, 4):
        drawn = epoch(model.set_params(batch_size=n), [TEXTS], n_epochs=300)
        means.append(np.mean(drawn.gradients, axis=0))
        errors.append(np.std(drawn.gradients, axis=0) / np.sqrt(300))
    error = np.hypot(*errors)
    assert (np.abs(means[0] - means[1]) <= 4.5 * error + 1e-6).all()
    assert np.abs(means[0]).max() > 5 * error.max()  # sharp enough to tell


# -- running text ----------------------------------------------------------------------

RUNNING = "".join(RNG.choice(list("abcd"), size=203))


def running(**settings):
    model = RNNLanguageModel(analyzer="char", contiguous=True, **SMALL | settings)
    return epoch(model, [RUNNING])


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("bptt_length", [1, 7, 35, 50])
def test_every_token_of_running_text_counts_alike(bptt_length, n_jobs, monkeypatch):
    """The loss does not depend on windows at all, nor do gradients above the cell."""
    monkeypatch.setattr(
        _running_text.RunningText, "_may_split", lambda self: n_jobs == 2
    )
    whole = running(batch_size=3, bptt_length=1000)
    cut = running(batch_size=3, bptt_length=bptt_length, n_jobs=n_jobs)
    assert whole.n_batches == 1
    assert cut.n_batches == -(-68 // bptt_length)
    assert_allclose(cut.loss, whole.loss, rtol=1e-12)
    for name in ("output.W", "output.b"):
        assert_allclose(
            cut.layout.view(cut.gradient, name),
            whole.layout.view(whole.gradient, name),
            rtol=1e-10,
        )
    assert cut.alpha == whole.alpha == pytest.approx(0.7 / 204)


def test_windows_without_recurrence_add_up_entirely():
    """Where nothing goes from step to step, truncation takes nothing away."""
    found = []
    with pytest.MonkeyPatch.context() as patch:
        start = RNNLanguageModel._start_values

        def without_recurrence(self, network, *others):
            theta = start(self, network, *others)
            network.layout.view(theta, "rnn0.U")[:] = 0
            return theta

        patch.setattr(RNNLanguageModel, "_start_values", without_recurrence)
        for bptt_length in (1000, 7):
            found.append(running(batch_size=4, bptt_length=bptt_length, cell="rnn"))
    whole, cut = found
    scale = np.abs(whole.gradient).max()
    for name in set(cut.layout.shapes) - {"rnn0.U"}:
        assert_allclose(
            cut.layout.view(cut.gradient, name),
            whole.layout.view(whole.gradient, name),
            rtol=0,
            atol=1e-12 * scale,
        )


# -- what training ends at -------------------------------------------------------------

SHORT_AND_LONG = ["ac"] * 80 + ["b" + "c" * 20] * 80
EPOCHS = {1: 16, 2: 24, 32: 300, 160: 800}  # about as many as it takes
TWO = pytest.param(2, marks=pytest.mark.slow)


@pytest.mark.parametrize("batch_size", [1, TWO, 32, 160])
def test_long_texts_count_as_much_as_short_ones(batch_size):
    """Half of the texts begin with b; their 22 steps lie in batches of their own."""
    model = RNNLanguageModel(
        8,
        "gru",
        analyzer="char",
        embedding_dim=8,
        batch_size=batch_size,
        learning_rate="cosine",
        max_iter=EPOCHS[batch_size],
        random_state=0,
    ).fit(SHORT_AND_LONG)
    p = model.predict_proba([""])[0][0]
    assert_allclose(p[model.tokens_.tolist().index("b")], 0.5, atol=0.05)


@pytest.mark.parametrize("batch_size", [1, TWO, 32, 160])
def test_steps_of_long_sequences_count_as_much_as_others(batch_size):
    X = [np.ones((1, 1))] * 80 + [np.ones((20, 1))] * 80
    y = [["p"]] * 80 + [["q"] * 20] * 80
    tagger = RNNTagger(
        4,
        "gru",
        batch_size=batch_size,
        bidirectional=False,  # else a step knows how long its sequence is
        dropout=0,
        learning_rate="cosine",
        learning_rate_init=0.01,
        max_iter=EPOCHS[batch_size],
        standardize=False,
        random_state=0,
    ).fit(X, y)
    p = tagger.predict_proba([np.ones((1, 1))])[0][0, 0]
    assert_allclose(p, 0.5, atol=0.05)


@pytest.mark.parametrize("batch_size", [1, TWO, 8, 20])
def test_weights_count_as_much_in_small_batches(batch_size):
    clf = RNNClassifier(
        2,
        batch_size=batch_size,
        dropout=0,
        learning_rate="cosine",
        learning_rate_init=0.01,
        max_iter=500 if batch_size == 20 else 200,
        random_state=0,
    ).fit([np.ones((3, 1))] * 20, [0] * 10 + [1] * 10, [1] * 10 + [10] * 10)
    p = clf.predict_proba([np.ones((3, 1))])[0, 1]
    assert_allclose(p, 10 / 11, atol=0.005)


# -- the penalty -----------------------------------------------------------------------


def moved(estimator, data, weights, alpha, solver, batch_size, rate):
    """All parameters after an epoch of tiny updates, and how many there were."""
    fitted = clone(estimator).set_params(
        alpha=alpha,
        solver=solver,
        batch_size=batch_size,
        learning_rate_init=rate,
        momentum=0,
        clip_norm=None,
        max_iter=1,
    )
    fitted.fit(*data, sample_weight=weights)
    return fitted, fitted.history_[0]["n_batches"]


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("batch_size", [1, 7, 1000])
@pytest.mark.parametrize("solver", ["sgd", "adamw"])
def test_the_penalty_is_the_same_for_every_batch_size(name, batch_size, solver):
    """alpha times a weight over the weight of all rows, or decoupled alpha times it."""
    estimator, data, weights = CASES[name]
    estimator = clone(estimator).set_params(learning_rate="constant")
    rate = 1e-7
    without, n = moved(estimator, data, weights, 0.0, solver, batch_size, rate)
    pulled, _ = moved(estimator, data, weights, 50.0, solver, batch_size, rate)
    strength = 50.0
    if solver == "sgd":
        strength *= epoch(clone(estimator).set_params(alpha=1), data, weights).alpha
    network = pulled._build(pulled.architecture_)
    for parameter, value in without.params_.items():
        change = pulled.params_[parameter] - value
        expected = 0 * value
        if parameter in network.layout.penalised:
            expected = -n * rate * strength * value
        small = 1e-5 * n * rate * strength  # weights that were pulled train otherwise
        assert_allclose(change, expected, rtol=1e-3, atol=small, err_msg=parameter)
    biases = {
        p
        for p in network.layout.shapes
        if p.split(".")[-1] in ("b", "c", "mean", "scale")
    }
    assert set(network.layout.penalised) == set(network.layout.shapes) - biases


def test_every_row_of_a_loss_weighs_on_the_penalty():
    """Tokens, steps or sequences: the penalty stands beside the sum of their losses."""
    outputs = ["abcdefghi"] * 10
    for cls, data in [
        (RNNLanguageModel, [outputs]),
        (RNNGenerator, [None, outputs]),
        (RNNTranslator, [outputs, outputs]),
    ]:
        model = cls(4, alpha=1.0, random_state=0)
        for side in ("analyzer", "source_analyzer", "target_analyzer"):
            if side in model.get_params():
                model.set_params(**{side: "char"})
        assert epoch(model, data).alpha == pytest.approx(1 / 100), cls
    steps = epoch(RNNTagger(4, alpha=1.0, random_state=0), (X, TAGS)).alpha
    assert steps == pytest.approx(1 / sum(map(len, X)))
    few = epoch(RNNClassifier(4, alpha=1.0, random_state=0), (X, LABELS), WEIGHTS).alpha
    assert few == pytest.approx(1 / WEIGHTS.sum())


@pytest.mark.parametrize("solver", ["adam", "adamw", "sgd"])
@pytest.mark.parametrize("tied", [False, True])
def test_what_is_not_trained_is_not_pulled(solver, tied):
    vectors = np.random.RandomState(1).standard_normal((5, 3))
    model = RNNLanguageModel(
        encoder=LETTERS,
        embedding_dim=3,
        embedding_init=vectors,
        embedding_trainable=False,
        tie_weights=tied,
        solver=solver,
        max_iter=2,
        **SMALL,
    ).fit(TEXTS)
    assert (model.params_["embedding.E"] == vectors).all()


def test_equal_fits_whatever_the_hashes_of_names():
    """The order of a set of names differs between processes, and so would sums."""
    code = """
import numpy as np
from scipy import sparse
from sksequence import RNNClassifier
X = [sparse.random(3 + k % 3, 30, 0.2, "csr", random_state=k) for k in range(20)]
clf = RNNClassifier(7, alpha=1.3, bidirectional=True, max_iter=6, random_state=0)
clf.fit(X, [0, 1] * 10)
print(repr(clf.loss_), clf.theta_.sum().hex())
"""
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"PYTHONHASHSEED": str(seed)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in range(3)
    }
    assert len(found) == 1


def test_the_loss_of_many_small_batches_is_exact():
    X = np.ones((2_000, 1, 1), np.float32)
    clf = RNNClassifier(
        1, "rnn", batch_size=1, solver="sgd", learning_rate_init=1e-30, max_iter=1,
        random_state=0,
    ).fit(X, np.arange(2_000) % 2)  # fmt: skip
    log_p = clf.predict_log_proba(X[:2])
    assert_allclose(clf.loss_, -(log_p[0, 0] + log_p[1, 1]) / 2, rtol=1e-6)


def test_weights_that_are_large_beyond_their_sum():
    fits = [
        RNNClassifier(3, max_iter=3, random_state=0).fit(X, LABELS, np.full(23, w))
        for w in (1.0, 1e308)
    ]
    assert_allclose(fits[1].theta_, fits[0].theta_)


def test_draws_of_sampled_softmax_know_the_weights():
    model = RNNLanguageModel(
        encoder=LETTERS, output="sampled", n_sampled=3, random_state=0
    )
    found = []

    def spy(self, counts, *others):
        found.append(np.array(counts, float))
        raise Halted

    times = 1 + np.arange(len(TEXTS)) % 3
    repeated = [text for text, n in zip(TEXTS, times) for _ in range(n)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(NoiseDistribution, "__init__", spy)
        for given in ([TEXTS, None, times], [repeated]):
            with pytest.raises(Halted):
                clone(model).fit(*given)
    assert_allclose(found[0], found[1], rtol=1e-5)
