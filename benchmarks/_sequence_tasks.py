"""Quality tasks: classification and regression of sequences of numbers."""

import time

import numpy as np
from _rentals import hours_of_rentals
from _tasks import mean_of, task, train_and
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.pipeline import make_pipeline

from sksequence import RaggedArray, RNNClassifier, RNNRegressor, RNNStepRegressor
from sksequence.datasets import (
    load_japanese_vowels,
    load_sunspots,
    make_adding_problem,
)
from sksequence.preprocessing import Downsample, StackFrames


def accuracies(X_train, y_train, X_test, y_test, seeds, **settings):
    """Test accuracy of a bidirectional LSTM's last states, seed by seed."""
    settings = {
        "cell": "lstm",
        "pooling": "last",
        "dropout": 0.0,
        "learning_rate": "constant",
        "learning_rate_init": 0.01,
        **settings,
    }
    return [
        RNNClassifier(random_state=seed, **settings)
        .fit(X_train, y_train)
        .score(X_test, y_test)
        for seed in range(seeds)
    ]


# -- classification --------------------------------------------------------------------


@task(needs_data=False)
def japanese_vowels(data, part):
    """Nine speakers."""
    train = load_japanese_vowels(subset="train", return_X_y=True)
    test = load_japanese_vowels(subset="test", return_X_y=True)
    train, test = train_and(part, train, test)
    started = time.perf_counter()
    scores = accuracies(*train, *test, seeds=5, max_iter=40)
    seconds = time.perf_counter() - started
    published = "BiLSTM 0.954 (MathWorks), MLSTM-FCN 0.976"
    yield "JapaneseVowels, accuracy, 5 seeds", mean_of(scores), ">= 0.975", published
    yield "its training, all seeds, seconds", f"{seconds:.1f}", "< 60", "one core"


def uea(data, part, name):
    """X and y to train on, X and y to score, of a set of the UEA archive."""
    parts = []
    for given in ("train", "test"):
        with np.load(data / "uea" / name / f"{given}.npz") as file:
            X = RaggedArray.from_concatenated(file["X"], file["lengths"])
            parts.append((X, file["y"]))
    train, test = train_and(part, *parts)
    return *train, *test


@task
def pendigits(data, part):
    """Chosen on a quarter of the training set: mean pooling with a cosine schedule had
    0.995 there, max pooling at a constant rate 0.985."""
    scores = accuracies(
        *uea(data, part, "PenDigits"),
        seeds=3,
        cell="gru",
        pooling="mean",
        dropout=0.2,
        learning_rate="cosine",
        max_iter=40,
    )
    yield "PenDigits, accuracy, 3 seeds", mean_of(scores), ">= 0.983", "MLSTM-FCN 0.978"


@task
def natops(data, part):
    """Chosen on a quarter of the training set (45 sequences, so by a narrow margin)
    among four settings with mean or max pooling, 64 or 128 units, and dropout."""
    scores = accuracies(
        *uea(data, part, "NATOPS"), seeds=12, cell="gru", pooling="max", max_iter=60
    )
    yield "NATOPS, accuracy, 12 seeds", mean_of(scores), ">= 0.940", "MLSTM-FCN 0.889"


def beginnings(X, share):
    """The first steps of each sequence."""
    return RaggedArray.from_sequences([x[: max(1, int(share * len(x)))] for x in X])


def after_share(model, X, share):
    """The label that a pipeline of ``Downsample`` and more gives after a share of X."""
    staged = model[-1].staged_predict(model[:-1].transform(X))
    steps = (share * X.lengths / model[0].factor_).astype(int)  # none beyond the share
    return np.array([labels[max(n, 1) - 1] for labels, n in zip(staged, steps)])


@task
def gestures(data, part):
    """Ten gestures by one axis of an accelerometer, after half of each.

    Trained on whole gestures and on their first halves. What a half tells at all is
    learnt by networks of both directions, from halves alone.
    """
    X, y, X_test, y_test = uea(data, part, "AllGestureWiimoteX")
    begun, begun_test = beginnings(X, 0.5), beginnings(X_test, 0.5)
    both = RaggedArray.from_sequences([*X, *begun])
    halves, wholes, alone = [], [], []
    for seed in range(3):
        model = make_pipeline(
            Downsample(120),
            StackFrames(4, 0, deltas=True),  # of the past alone
            RNNClassifier(bidirectional=False, random_state=seed),
        ).fit(both, np.tile(y, 2))
        halves.append(np.mean(after_share(model, X_test, 0.5) == y_test))
        wholes.append(model.score(X_test, y_test))
        model = make_pipeline(
            Downsample(60),  # pieces as long as those of wholes
            StackFrames(4, 0, deltas=True),
            RNNClassifier(random_state=seed),
        ).fit(begun, y)
        alone.append(model.score(begun_test, y_test))
    beside = f"after the whole {mean_of(wholes)}; of halves alone {mean_of(alone)}"
    yield "gestures, accuracy after half, 3 seeds", mean_of(halves), "", beside
    ratio = f"{np.mean(halves) / np.mean(wholes):.3f}"
    yield "the same, part of that after the whole", ratio, ">= 0.9", ""


# -- regression ------------------------------------------------------------------------


@task(needs_data=False)
def adding_problem(data, part):
    """Vanishing gradients: the simple cell learns nothing over 200 steps."""
    X, y = make_adding_problem(10_000, 200, random_state=0)
    X_test, y_test = make_adding_problem(
        1_000, 200, random_state=1 if part == "test" else 2
    )
    for cell, goal in [("gru", "<= 0.005"), ("rnn", "near 0.167")]:
        reg = RNNRegressor(
            64,
            cell=cell,
            batch_size=50,
            learning_rate_init=0.005,
            learning_rate="cosine",
            max_iter=20,
            clip_norm=1.0,
            dtype="float32",
            random_state=0,
        ).fit(X, y)
        error = np.mean((reg.predict(X_test) - y_test) ** 2)
        beside = "predicting 1: 1/6; at 600 steps GRU 5.3e-5 (Bai 2018)"
        yield f"adding problem, 200 steps, {cell}, MSE", f"{error:.5f}", goal, beside


@task(needs_data=False)
def adding_at_every_step(data, part):
    """The adding problem told at every step: the sum of the marked numbers so far."""
    X, _ = make_adding_problem(2_000, 100, random_state=0)
    X_test, _ = make_adding_problem(500, 100, random_state=1 if part == "test" else 2)
    y, y_test = ((x[:, :, 0] * x[:, :, 1]).cumsum(axis=1) for x in (X, X_test))
    scores = [
        RNNStepRegressor(32, max_iter=20, dtype="float32", random_state=seed)
        .fit(X, y)
        .score(X_test, y_test)
        for seed in range(3)
    ]
    what = "running sum of marked numbers, 100 steps, R2, 3 seeds"
    yield what, mean_of(scores), ">= 0.99", "half the number of marks: 0.59"


@task(needs_data=False)
def sunspots(data, part):
    """One year ahead from twelve, square roots, three seeds.

    Chosen by four forward splits of the years to 1920 among 12 and 24 years, roots or
    not, GRU or LSTM, two penalties. The variance is that of 1700-1979, the record of
    Weigend, Huberman & Rumelhart (1990), whose network had 0.086.
    """
    record = load_sunspots()
    variance = record.data[record.year <= 1979].var()
    X, y = load_sunspots(n_lags=12, return_X_y=True)
    year = load_sunspots(n_lags=12).year
    end = {"test": 1920, "dev": 1885}[part]
    train, test = year <= end, (year > end) & (year <= end + 35)
    errors = []
    for seed in range(3):
        reg = RNNRegressor(
            16,
            cell="gru",
            batch_size=16,
            learning_rate="cosine",
            max_iter=100,
            random_state=seed,
            learning_rate_init=0.01,
        ).fit(np.sqrt(X[train]), np.sqrt(y[train]))
        prediction = np.maximum(reg.predict(np.sqrt(X[test])), 0) ** 2
        errors.append(np.mean((prediction - y[test]) ** 2) / variance)
    persistence = np.mean((X[test, -1] - y[test]) ** 2) / variance
    beside = f"persistence {persistence:.3f}; Weigend 1990 0.086"
    yield "sunspots 1921-55, MSE / variance", mean_of(errors), "<= 0.12", beside


@task
def bike_rentals(data, part):
    """The next hour's rentals from the 48 hours before, as square roots.

    The boosted trees see the same, flattened. Chosen on the last 2,800 training hours:
    50.6 there; 52.6 with 8 epochs and no dropout, 52.7 with two such layers.
    """
    count, train, test, windows = hours_of_rentals(data, part)

    def rmse(prediction):
        return np.sqrt(np.mean((prediction - count[test]) ** 2))

    X_train, X_test = windows(train), windows(test)
    for X in (X_train, X_test):
        X[:, :, 0] = np.sqrt(X[:, :, 0]) / 15
    trees = HistGradientBoostingRegressor(random_state=0)
    trees.fit(X_train.reshape(len(train), -1), count[train])
    errors = []
    for seed in range(2):
        reg = RNNRegressor(
            64,
            cell="gru",
            batch_size=64,
            learning_rate="one_cycle",
            max_iter=15,
            dropout=0.1,
            random_state=seed,
            learning_rate_init=0.01,
        ).fit(X_train, np.sqrt(count[train]))
        errors.append(rmse(reg.predict(X_test) ** 2))
    beside = (
        f"persistence {rmse(count[test - 1]):.1f}, same hour last week "
        f"{rmse(count[test - 168]):.1f}, boosted trees "
        f"{rmse(trees.predict(X_test.reshape(len(test), -1))):.1f}"
    )
    yield "bike rentals, RMSE, 2 seeds", mean_of(errors, 2), "<= 65", beside
